//! GitHub's own description of its REST API, trimmed: which requests it allows, which answers it promises, and the smallest
//! answer that keeps a promise.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use super::request::Request;

/// The description that all fakes share.
pub static DESCRIPTION: LazyLock<Description> = LazyLock::new(Description::load);

/// All operations, and the schemas that they refer to.
pub struct Description {
    components: Value,
    operations: Vec<Operation>,
}

/// One method of one path.
pub struct Operation {
    /// GitHub's name for it, such as `pulls/create-review`.
    pub id: String,
    method: String,
    template: Vec<String>,
    path_parameters: BTreeMap<String, Value>,
    query_parameters: BTreeMap<String, Value>,
    body: Option<Validator>,
    answers: BTreeMap<String, Option<Validator>>,
}

impl Description {
    fn load() -> Self {
        let text = include_str!("../../fixtures/github/openapi.json");
        let mut document: Value = serde_json::from_str(text).unwrap();
        nullable_as_json_schema(&mut document);
        let components = document["components"].take();
        let mut operations = Vec::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                operations.push(Operation::load(path, method, operation, &components));
            }
        }
        Description { components, operations }
    }

    /// The operation that a request asks for, and the values in its path.
    pub fn find(&self, method: &str, path: &str) -> Option<(&Operation, BTreeMap<String, String>)> {
        self.operations
            .iter()
            .filter(|operation| operation.method == method)
            .find_map(|operation| Some((operation, matched(&operation.template, path)?)))
    }

    /// The smallest value that a schema allows, with what is given put over it.
    pub fn filled(&self, schema: &str, over: Value) -> Value {
        let mut value = sample(&self.components["schemas"][schema], &self.components, true, 0);
        lay(&mut value, over);
        value
    }
}

impl Operation {
    fn load(path: &str, method: &str, source: &Value, components: &Value) -> Self {
        let template = path.trim_matches('/').split('/').map(str::to_owned).collect();
        let mut operation = Operation {
            id: source["operationId"].as_str().unwrap().to_owned(),
            method: method.to_uppercase(),
            template,
            path_parameters: BTreeMap::new(),
            query_parameters: BTreeMap::new(),
            body: None,
            answers: BTreeMap::new(),
        };
        for parameter in source["parameters"].as_array().unwrap() {
            let parameter = resolved(parameter, components);
            let name = parameter["name"].as_str().unwrap().to_owned();
            match parameter["in"].as_str().unwrap() {
                "path" => operation.path_parameters.insert(name, parameter["schema"].clone()),
                "query" => operation.query_parameters.insert(name, parameter["schema"].clone()),
                other => panic!("{path}: a parameter in {other}"),
            };
        }
        if let Some(schema) = source["requestBody"]["content"]["application/json"].get("schema") {
            let mut schema = schema.clone();
            refuse_unknown(&mut schema);
            operation.body = Some(validator(&schema, components));
        }
        for (status, answer) in source["responses"].as_object().unwrap() {
            let schema = resolved(answer, components)["content"]["application/json"].get("schema");
            operation.answers.insert(status.clone(), schema.map(|schema| validator(schema, components)));
        }
        operation
    }

    /// What the description says against a request.
    pub fn faults_of_request(&self, values: &BTreeMap<String, String>, request: &Request) -> Vec<String> {
        let mut faults = Vec::new();
        for (name, schema) in &self.path_parameters {
            if !text_fits(values.get(name).map_or("", String::as_str), schema) {
                faults.push(format!("`{name}` in the path is not as described"));
            }
        }
        for (name, value) in &request.query {
            match self.query_parameters.get(name) {
                None => faults.push(format!("the query has `{name}`, which is not described")),
                Some(schema) if !text_fits(value, schema) => faults.push(format!("the query's `{name}` is `{value}`")),
                Some(_) => {}
            }
            if name == "per_page" && value.parse::<u32>().is_ok_and(|wanted| wanted > 100) {
                faults.push("a page has at most 100 entries".to_owned());
            }
        }
        match (&self.body, &request.body) {
            (Some(validator), Some(body)) => {
                faults.extend(validator.iter_errors(body).map(|e| format!("body{}: {e}", e.instance_path())));
            }
            (Some(_), None) => faults.push("the body is missing or is not JSON".to_owned()),
            (None, Some(_)) => faults.push("there is a body, which is not described".to_owned()),
            (None, None) => {}
        }
        faults
    }

    /// What the description says against an answer. Statuses that it leaves out, such as 401, may have anything.
    pub fn faults_of_answer(&self, status: u16, body: &Value) -> Vec<String> {
        match self.answers.get(&status.to_string()) {
            Some(Some(validator)) => {
                validator.iter_errors(body).map(|e| format!("answer{}: {e}", e.instance_path())).collect()
            }
            Some(None) => Vec::new(),
            None if status >= 400 => Vec::new(),
            None => vec![format!("{} has no answer with status {status}", self.id)],
        }
    }
}

fn matched(template: &[String], path: &str) -> Option<BTreeMap<String, String>> {
    let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    if segments.len() != template.len() {
        return None;
    }
    let mut values = BTreeMap::new();
    for (expected, segment) in template.iter().zip(segments) {
        match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(name) => _ = values.insert(name.to_owned(), segment.to_owned()),
            None if expected != segment => return None,
            None => {}
        }
    }
    Some(values)
}

fn resolved<'v>(value: &'v Value, components: &'v Value) -> &'v Value {
    let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
    let place = reference.strip_prefix("#/components").unwrap();
    resolved(components.pointer(place).unwrap(), components)
}

fn validator(schema: &Value, components: &Value) -> Validator {
    let whole = json!({ "allOf": [schema], "components": components });
    jsonschema::options().with_draft(Draft::Draft4).should_validate_formats(true).build(&whole).unwrap()
}

/// OpenAPI 3.0 says `nullable` where JSON Schema has a type `null`.
fn nullable_as_json_schema(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(nullable_as_json_schema),
        Value::Object(fields) => {
            fields.values_mut().for_each(nullable_as_json_schema);
            if fields.get("nullable") != Some(&Value::Bool(true)) {
                return;
            }
            fields.remove("nullable");
            let schema = std::mem::take(fields);
            *fields = Map::from_iter([("anyOf".to_owned(), json!([schema, { "type": "null" }]))]);
        }
        _ => {}
    }
}

/// Has a schema of a request refuse fields that it does not know: GitHub would pass over them in silence.
fn refuse_unknown(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    if let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut) {
        properties.values_mut().for_each(refuse_unknown);
        fields.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    if let Some(items) = fields.get_mut("items") {
        refuse_unknown(items);
    }
}

fn text_fits(text: &str, schema: &Value) -> bool {
    let of_type = match schema["type"].as_str() {
        Some("integer") => text.parse::<u64>().is_ok_and(|number| number > 0),
        Some("boolean") => text == "true" || text == "false",
        _ => !text.is_empty(),
    };
    of_type && schema["enum"].as_array().is_none_or(|allowed| allowed.iter().any(|one| one == text))
}

/// The smallest value of a schema; `present` asks for a value where null would do.
fn sample(schema: &Value, components: &Value, present: bool, depth: u32) -> Value {
    assert!(depth < 40, "a required field holds itself");
    let schema = resolved(schema, components);
    if let Some(alternatives) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let null = alternatives.iter().any(|one| one["type"] == "null");
        if null && !present {
            return Value::Null;
        }
        return sample(&alternatives[0], components, present, depth + 1);
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut value = json!({});
        for part in parts {
            lay(&mut value, sample(part, components, present, depth + 1));
        }
        return value;
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return allowed[0].clone();
    }
    match schema["type"].as_str() {
        Some("string") => match schema["format"].as_str() {
            Some("uri") => json!("https://github.test/"),
            Some("date-time") => json!("2026-01-01T00:00:00Z"),
            _ => json!(""),
        },
        Some("integer" | "number") => json!(0),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        _ => {
            let names = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
            let fields = names.iter().filter_map(Value::as_str);
            let value_of = |name: &str| sample(&schema["properties"][name], components, false, depth + 1);
            Value::Object(fields.map(|name| (name.to_owned(), value_of(name))).collect())
        }
    }
}

/// Puts values over others, field by field.
fn lay(value: &mut Value, over: Value) {
    match (value, over) {
        (Value::Object(fields), Value::Object(over)) => {
            for (name, field) in over {
                lay(fields.entry(name).or_insert(Value::Null), field);
            }
        }
        (value, over) => *value = over,
    }
}
