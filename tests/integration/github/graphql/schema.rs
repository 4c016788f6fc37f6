//! GitHub's GraphQL schema, trimmed, and what it says against a document and its variables.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use graphql_parser::query::{Field, Selection, SelectionSet, TypeCondition, Value as Literal, VariableDefinition};
use graphql_parser::schema::{Definition, InputValue, Type, TypeDefinition, parse_schema};
use serde_json::Value;

/// A text of a document.
pub type Text = String;

/// The schema that all fakes share.
pub static SCHEMA: LazyLock<Schema> = LazyLock::new(Schema::load);

/// All types by name.
pub struct Schema {
    types: BTreeMap<String, Kind>,
}

enum Kind {
    Scalar,
    Enum(Vec<String>),
    Fields(BTreeMap<String, FieldType>),
    Input(Vec<InputValue<'static, Text>>),
}

/// A field of an object or an interface.
pub struct FieldType {
    /// The name of its type, without lists and exclamation marks.
    pub named: String,
    arguments: Vec<InputValue<'static, Text>>,
}

impl Schema {
    fn load() -> Self {
        let text = include_str!("../../../fixtures/github/schema.graphql");
        let document = parse_schema::<Text>(text).unwrap().into_static();
        let mut types: BTreeMap<String, Kind> = BTreeMap::new();
        for name in ["ID", "String", "Int", "Float", "Boolean"] {
            types.insert(name.to_owned(), Kind::Scalar);
        }
        for definition in document.definitions {
            let Definition::TypeDefinition(definition) = definition else { continue };
            let (name, kind) = match definition {
                TypeDefinition::Scalar(scalar) => (scalar.name, Kind::Scalar),
                TypeDefinition::Object(object) => (object.name, fields(object.fields)),
                TypeDefinition::Interface(interface) => (interface.name, fields(interface.fields)),
                TypeDefinition::Enum(of) => (of.name, Kind::Enum(of.values.into_iter().map(|one| one.name).collect())),
                TypeDefinition::InputObject(input) => (input.name, Kind::Input(input.fields)),
                TypeDefinition::Union(union) => panic!("the trimmed schema has no unions, but {}", union.name),
            };
            types.insert(name, kind);
        }
        Schema { types }
    }

    /// A field of a type.
    pub fn field(&self, of: &str, name: &str) -> Option<&FieldType> {
        match self.types.get(of)? {
            Kind::Fields(fields) => fields.get(name),
            _ => None,
        }
    }

    /// What the schema says against the fields that are selected of a type.
    pub fn check(&self, of: &str, selection: &SelectionSet<'static, Text>, faults: &mut Vec<String>) {
        for item in &selection.items {
            match item {
                Selection::Field(field) if field.name == "__typename" => {}
                Selection::Field(field) => self.check_field(of, field, faults),
                Selection::InlineFragment(fragment) => {
                    let of = match &fragment.type_condition {
                        Some(TypeCondition::On(name)) => name,
                        None => of,
                    };
                    self.check(of, &fragment.selection_set, faults);
                }
                Selection::FragmentSpread(spread) => {
                    faults.push(format!("the fake knows no named fragments, such as {}", spread.fragment_name));
                }
            }
        }
    }

    fn check_field(&self, of: &str, field: &Field<'static, Text>, faults: &mut Vec<String>) {
        let Some(known) = self.field(of, &field.name) else {
            return faults.push(format!("{of} has no field {}", field.name));
        };
        for (name, _) in &field.arguments {
            if !known.arguments.iter().any(|argument| argument.name == *name) {
                faults.push(format!("{of}.{} has no argument {name}", field.name));
            }
        }
        for argument in known.arguments.iter().filter(|argument| required(argument)) {
            if !field.arguments.iter().any(|(name, _)| *name == argument.name) {
                faults.push(format!("{of}.{} lacks its argument {}", field.name, argument.name));
            }
        }
        let composite = matches!(self.types.get(&known.named), Some(Kind::Fields(_)));
        if composite == field.selection_set.items.is_empty() {
            let what = if composite { "needs a selection of its fields" } else { "has no fields to select" };
            return faults.push(format!("{of}.{} {what}", field.name));
        }
        self.check(&known.named, &field.selection_set, faults);
    }

    /// What the schema says against the values of variables.
    pub fn check_variables(
        &self,
        defined: &[VariableDefinition<'static, Text>],
        given: &Value,
        faults: &mut Vec<String>,
    ) {
        for (name, _) in given.as_object().into_iter().flatten() {
            if !defined.iter().any(|one| one.name == *name) {
                faults.push(format!("there is no variable {name}"));
            }
        }
        for one in defined {
            if given[&one.name].is_null() && one.default_value.is_some() {
                continue;
            }
            self.check_value(&one.name, &one.var_type, &given[&one.name], faults);
        }
    }

    fn check_value(&self, name: &str, of: &Type<'static, Text>, value: &Value, faults: &mut Vec<String>) {
        let fits = match of {
            Type::NonNullType(_) if value.is_null() => false,
            Type::NonNullType(inner) => return self.check_value(name, inner, value, faults),
            _ if value.is_null() => true,
            Type::ListType(inner) => {
                for item in value.as_array().into_iter().flatten() {
                    self.check_value(name, inner, item, faults);
                }
                value.is_array()
            }
            Type::NamedType(named) => match self.types.get(named) {
                Some(Kind::Enum(values)) => value.as_str().is_some_and(|text| values.iter().any(|one| one == text)),
                Some(Kind::Input(fields)) => return self.check_input(name, fields, value, faults),
                Some(Kind::Scalar) => match named.as_str() {
                    "Int" => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
                    "Boolean" => value.is_boolean(),
                    "Float" => value.is_number(),
                    _ => value.is_string(),
                },
                _ => false,
            },
        };
        if !fits {
            faults.push(format!("variable {name} is not a {of}: {value}"));
        }
    }

    fn check_input(&self, name: &str, fields: &[InputValue<'static, Text>], value: &Value, faults: &mut Vec<String>) {
        let Some(given) = value.as_object() else {
            return faults.push(format!("variable {name} is no object: {value}"));
        };
        for key in given.keys().filter(|key| !fields.iter().any(|field| field.name == **key)) {
            faults.push(format!("variable {name} has no field {key}"));
        }
        for field in fields {
            self.check_value(&format!("{name}.{}", field.name), &field.value_type, &value[&field.name], faults);
        }
    }
}

fn fields(fields: Vec<graphql_parser::schema::Field<'static, Text>>) -> Kind {
    let one = |field: graphql_parser::schema::Field<'static, Text>| {
        (field.name, FieldType { named: named(&field.field_type).to_owned(), arguments: field.arguments })
    };
    Kind::Fields(fields.into_iter().map(one).collect())
}

fn named<'t>(of: &'t Type<'static, Text>) -> &'t str {
    match of {
        Type::NamedType(name) => name,
        Type::ListType(inner) | Type::NonNullType(inner) => named(inner),
    }
}

fn required(argument: &InputValue<'static, Text>) -> bool {
    matches!(argument.value_type, Type::NonNullType(_)) && argument.default_value.is_none()
}

/// A value of the document with the variables put in.
pub fn plain(literal: &Literal<'static, Text>, variables: &Value) -> Value {
    match literal {
        Literal::Variable(name) => variables[name].clone(),
        Literal::Int(number) => number.as_i64().into(),
        Literal::Float(number) => (*number).into(),
        Literal::String(text) | Literal::Enum(text) => text.clone().into(),
        Literal::Boolean(truth) => (*truth).into(),
        Literal::Null => Value::Null,
        Literal::List(items) => items.iter().map(|item| plain(item, variables)).collect(),
        Literal::Object(fields) => {
            Value::Object(fields.iter().map(|(name, value)| (name.clone(), plain(value, variables))).collect())
        }
    }
}
