//! The GraphQL operations. Documents are checked against GitHub's own schema, trimmed, and answers hold nothing that was not
//! selected, so that a client cannot live on a field that it never asks for.

mod nodes;
mod schema;

use graphql_parser::query::{
    Definition, Document, Field, OperationDefinition, Selection, SelectionSet, TypeCondition, VariableDefinition,
    parse_query,
};
use serde_json::{Map, Value, json};

use self::schema::{SCHEMA, Text, plain};
use super::request::{Answer, Request};
use super::state::State;

/// An error as GitHub gives it: with HTTP's status 200.
struct Failure {
    kind: &'static str,
    message: String,
}

impl Failure {
    fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Failure { kind, message: message.into() }
    }

    fn forbidden() -> Self {
        Failure::new("FORBIDDEN", "Resource not accessible by integration")
    }

    fn not_found(id: &str) -> Self {
        Failure::new("NOT_FOUND", format!("Could not resolve to a node with the global id of '{id}'"))
    }
}

/// What the operation answers, and what GitHub's schema says against it.
pub fn answer(state: &mut State, request: &Request) -> (Answer, Vec<String>) {
    let query = request.field("query").as_str().unwrap_or_default();
    let document = match parse_query::<Text>(query) {
        Ok(document) => document.into_static(),
        Err(error) => return refused(vec![format!("the document does not parse: {error}")]),
    };
    let Some((root, defined, selection)) = operation(&document) else {
        return refused(vec!["there is not exactly one operation, a query or a mutation".to_owned()]);
    };
    let variables = request.field("variables");
    let mut faults = Vec::new();
    SCHEMA.check(root, selection, &mut faults);
    SCHEMA.check_variables(defined, variables, &mut faults);
    if !faults.is_empty() {
        return refused(faults);
    }
    let mut run = Run { state, variables, faults, errors: Vec::new() };
    let data = run.execute(root, selection);
    let mut body = json!({ "data": data });
    if !run.errors.is_empty() {
        body["errors"] = json!(run.errors);
    }
    (Answer::new(200, body), run.faults)
}

fn refused(faults: Vec<String>) -> (Answer, Vec<String>) {
    let errors: Vec<Value> = faults.iter().map(|fault| json!({ "message": fault })).collect();
    (Answer::new(200, json!({ "errors": errors })), faults)
}

type Operation<'d> = (&'static str, &'d [VariableDefinition<'static, Text>], &'d SelectionSet<'static, Text>);

fn operation<'d>(document: &'d Document<'static, Text>) -> Option<Operation<'d>> {
    match document.definitions.as_slice() {
        [Definition::Operation(OperationDefinition::Query(query))] => {
            Some(("Query", &query.variable_definitions, &query.selection_set))
        }
        [Definition::Operation(OperationDefinition::Mutation(mutation))] => {
            Some(("Mutation", &mutation.variable_definitions, &mutation.selection_set))
        }
        _ => None,
    }
}

struct Run<'r> {
    state: &'r mut State,
    variables: &'r Value,
    faults: Vec<String>,
    errors: Vec<Value>,
}

impl Run<'_> {
    fn execute(&mut self, root: &str, selection: &SelectionSet<'static, Text>) -> Value {
        let mut data = Map::new();
        for item in &selection.items {
            let Selection::Field(field) = item else { continue };
            let key = field.alias.as_ref().unwrap_or(&field.name).clone();
            let found = nodes::root(self.state, &field.name, &self.arguments(field));
            let value = found.and_then(|value| self.value(root, field, &value));
            let value = value.unwrap_or_else(|failure| {
                self.errors.push(json!({ "type": failure.kind, "path": [key], "message": failure.message }));
                Value::Null
            });
            data.insert(key, value);
        }
        Value::Object(data)
    }

    fn arguments(&self, field: &Field<'static, Text>) -> Value {
        let one = |(name, value): &(Text, _)| (name.clone(), plain(value, self.variables));
        Value::Object(field.arguments.iter().map(one).collect())
    }

    /// What is selected of a field's value.
    fn value(&mut self, of: &str, field: &Field<'static, Text>, value: &Value) -> Result<Value, Failure> {
        let Some(named) = SCHEMA.field(of, &field.name).map(|known| known.named.as_str()) else {
            return Ok(Value::Null);
        };
        match value {
            Value::Array(pulls) if field.name == "pullRequest" => {
                let number = &self.arguments(field)["number"];
                let message = format!("Could not resolve to a PullRequest with the number of {number}.");
                let found = pulls.iter().find(|pull| pull["number"] == *number);
                self.selected(named, &field.selection_set, found.ok_or(Failure::new("NOT_FOUND", message))?)
            }
            Value::Array(items) if named.ends_with("Connection") => {
                let page = page(&field.name, items, &self.arguments(field), self.state.page_limit)?;
                self.selected(named, &field.selection_set, &page)
            }
            Value::Array(items) => items.iter().map(|item| self.selected(named, &field.selection_set, item)).collect(),
            Value::Object(_) => self.selected(named, &field.selection_set, value),
            scalar => Ok(scalar.clone()),
        }
    }

    fn selected(&mut self, of: &str, selection: &SelectionSet<'static, Text>, value: &Value) -> Result<Value, Failure> {
        let concrete = value["__typename"].as_str().unwrap_or(of);
        let mut kept = Map::new();
        for item in &selection.items {
            match item {
                Selection::Field(field) => {
                    let key = field.alias.as_ref().unwrap_or(&field.name).clone();
                    let selected = if field.name == "__typename" {
                        json!(concrete)
                    } else if let Some(found) = value.get(&field.name) {
                        self.value(concrete, field, found)?
                    } else {
                        self.faults.push(format!("the fake does not know {concrete}.{}", field.name));
                        Value::Null
                    };
                    kept.insert(key, selected);
                }
                Selection::InlineFragment(fragment) => {
                    let Some(TypeCondition::On(name)) = &fragment.type_condition else { continue };
                    if name != concrete {
                        continue;
                    }
                    if let Value::Object(fields) = self.selected(name, &fragment.selection_set, value)? {
                        kept.extend(fields);
                    }
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(Value::Object(kept))
    }
}

/// A page of a connection. Cursors are positions.
fn page(name: &str, items: &[Value], arguments: &Value, limit: usize) -> Result<Value, Failure> {
    let Some(first) = arguments["first"].as_u64() else {
        let message =
            format!("You must provide a `first` or `last` value to properly paginate the `{name}` connection.");
        return Err(Failure::new("MISSING_PAGINATION_BOUNDARIES", message));
    };
    if first > 100 {
        let message =
            format!("Requesting {first} records on the `{name}` connection exceeds the `first` limit of 100 records.");
        return Err(Failure::new("EXCESSIVE_PAGINATION", message));
    }
    let start = match arguments["after"].as_str() {
        None => 0,
        Some(cursor) => cursor.strip_prefix("Y3Vyc29y").and_then(|at| at.parse().ok()).ok_or_else(|| {
            let message = format!("`{cursor}` does not appear to be a valid cursor.");
            Failure::new("INVALID_CURSOR_ARGUMENTS", message)
        })?,
    };
    let size = usize::try_from(first).unwrap().min(limit);
    let nodes: Vec<&Value> = items.iter().skip(start).take(size).collect();
    let end = start + nodes.len();
    Ok(json!({
        "totalCount": items.len(),
        "nodes": nodes,
        "pageInfo": {
            "hasNextPage": end < items.len(),
            "hasPreviousPage": start > 0,
            "endCursor": (!nodes.is_empty()).then(|| format!("Y3Vyc29y{end}")),
            "startCursor": (!nodes.is_empty()).then(|| format!("Y3Vyc29y{}", start + 1)),
        },
    }))
}
