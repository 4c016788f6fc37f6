//! The JSON schema of policy files, for editors and for checks in other tools. The reader is stricter: it also knows the
//! rule ids and tests the globs.

use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use super::categories::Category;
use super::layer::Layer;
use super::model::Provider;
use super::quantities::{DIGITS_AND_UNIT, MAX_SEED, MAX_USD};
use super::read_harden::MAX_ROUNDS;
use super::read_model::{MAX_CHARS, MAX_SCALE, MAX_TEMPERATURE, VARIABLE, needs};
use super::settings::lockable;
use super::strategy::Strategy;
use super::values::{DIGITS_AND_BYTES, DIGITS_AND_COUNT, LANGUAGES, MAX_CWE};
use super::waivers::{DAY, FINGERPRINT};

/// The schema (JSON Schema, draft 2020-12) of policy files. `policies/schema.json` is this value, printed.
pub fn json_schema() -> Value {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<Layer>().to_value();
    tidy(&mut schema);
    let mut named = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Tempergate policy",
    });
    if let (Some(named), Value::Object(keys)) = (named.as_object_mut(), schema) {
        named.extend(keys.into_iter().filter(|(key, _)| key != "$schema" && key != "title"));
    }
    named
}

/// A key that may be left out is not a key that may be null: `exclude:` without a value is an error. And what the reader
/// gives as an empty value may be left out too. Our own schema is a few levels deep, so recursion is bounded.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(object) => {
            if let Some(Value::Array(types)) = object.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    object.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = object.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type") != Some(&json!("null")));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    object.shift_remove("anyOf");
                    object.extend(only);
                }
            }
            if let Some(Value::String(description)) = object.get_mut("description") {
                *description = description.replace('\n', " ");
            }
            object.values_mut().for_each(tidy);
        }
        _ => {}
    }
}

pub(super) fn version(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": 1 })
}

pub(super) fn extends(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = super::BUILTIN.iter().map(|builtin| builtin.name).collect();
    let file = json!({ "type": "string", "pattern": "/|\\.ya?ml$" });
    let remote = json!({
        "type": "object",
        "properties": {
            "from": { "type": "string", "pattern": "^[^/]+/[^/]+//.+@[0-9a-fA-F]{40}$" },
            "sha256": { "type": "string", "pattern": "^[0-9a-fA-F]{64}$" },
        },
        "required": ["from", "sha256"],
        "additionalProperties": false,
    });
    one_or_many(&json!({ "anyOf": [{ "enum": names }, file, remote] }))
}

pub(super) fn locked(_: &mut SchemaGenerator) -> Schema {
    one_or_many(&json!({ "enum": lockable() }))
}

pub(super) fn categories(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = Category::all().map(Category::name).collect();
    one_or_many(&json!({ "enum": names }))
}

pub(super) fn waivers(generator: &mut SchemaGenerator) -> Schema {
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 500 });
    json_schema!({
        "type": "array",
        "items": {
            "type": "object",
            "description": "A finding that is let through until a day.",
            "properties": {
                "fingerprint": { "type": "string", "pattern": FINGERPRINT },
                "rule": names(generator),
                "cwe": cwe(generator),
                "paths": globs(generator),
                "owner": text,
                "reason": text,
                "expires": { "type": "string", "pattern": DAY },
            },
            "required": ["owner", "reason", "expires"],
            "oneOf": [
                { "required": ["fingerprint"] },
                { "required": ["rule", "paths"] },
                { "required": ["cwe", "paths"] },
            ],
            "additionalProperties": false,
        },
    })
}

pub(super) fn file_action(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "enum": ["fail", "warn", "note"] })
}

pub(super) fn count(_: &mut SchemaGenerator) -> Schema {
    number(DIGITS_AND_COUNT)
}

pub(super) fn bytes(_: &mut SchemaGenerator) -> Schema {
    number(DIGITS_AND_BYTES)
}

fn number(pattern: &str) -> Schema {
    json_schema!({ "anyOf": [{ "type": "integer", "minimum": 1 }, { "type": "string", "pattern": pattern }] })
}

pub(super) fn languages_or_all(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "anyOf": [{ "const": "all" }, language_list()] })
}

pub(super) fn languages(_: &mut SchemaGenerator) -> Schema {
    language_list().try_into().unwrap_or_default()
}

fn language_list() -> Value {
    let names: Vec<&str> = LANGUAGES.iter().map(|language| language.name()).collect();
    json!({ "type": "array", "minItems": 1, "items": { "enum": names } })
}

pub(super) fn cwe(_: &mut SchemaGenerator) -> Schema {
    one_or_many(&json!({ "type": "integer", "minimum": 1, "maximum": MAX_CWE }))
}

pub(super) fn names(_: &mut SchemaGenerator) -> Schema {
    one_or_many(&json!({ "type": "string" }))
}

pub(super) fn globs(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "minItems": 1, "items": { "type": "string" } })
}

fn one_or_many(item: &Value) -> Schema {
    json_schema!({ "anyOf": [item, { "type": "array", "minItems": 1, "items": item }] })
}

/// Every key of the object may be left out.
pub(super) fn all_optional(schema: &mut Schema) {
    schema.remove("required");
}

/// Exactly one of `cwe`, `category` and `rule`, and an action.
pub(super) fn cwe_or_rule(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["action"]));
    schema.insert(
        "oneOf".to_owned(),
        json!([{ "required": ["cwe"] }, { "required": ["category"] }, { "required": ["rule"] }]),
    );
}

/// A strategy, and at least one key that says for which findings. At most one of `cwe`, `category` and `rule`.
pub(super) fn some_selector(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["strategy"]));
    schema.insert("minProperties".to_owned(), json!(2));
    let pairs = [["cwe", "category"], ["cwe", "rule"], ["category", "rule"]];
    let pairs: Vec<Value> = pairs.iter().map(|pair| json!({ "required": pair })).collect();
    schema.insert("not".to_owned(), json!({ "anyOf": pairs }));
}

pub(super) fn ladder(_: &mut SchemaGenerator) -> Schema {
    let names = Strategy::SINGLE.map(Strategy::name);
    json_schema!({ "type": "array", "minItems": 1, "uniqueItems": true, "items": { "enum": names } })
}

pub(super) fn rounds(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 1, "maximum": MAX_ROUNDS })
}

pub(super) fn globs_or_none(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "items": { "type": "string" } })
}

pub(super) fn duration(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": DIGITS_AND_UNIT })
}

pub(super) fn text(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "minLength": 1 })
}

/// A text without spaces.
pub(super) fn word(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^\\S+$", "maxLength": MAX_CHARS })
}

pub(super) fn endpoint(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": "^https?://[^@?#\\s]+$", "maxLength": MAX_CHARS })
}

pub(super) fn variable(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": VARIABLE, "maxLength": MAX_CHARS })
}

pub(super) fn usd(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": MAX_USD })
}

pub(super) fn price(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0, "maximum": MAX_USD })
}

pub(super) fn temperature(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "minimum": 0, "maximum": MAX_TEMPERATURE })
}

pub(super) fn scale(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "number", "exclusiveMinimum": 0, "maximum": MAX_SCALE })
}

pub(super) fn seed(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "integer", "minimum": 0, "maximum": MAX_SEED })
}

/// The provider, and what it needs; nothing that means nothing to it.
pub(super) fn model_keys(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["provider"]));
    let cases = Provider::ALL.map(|provider| {
        let (needed, meaningless) = needs(provider);
        let mut refused: serde_json::Map<String, Value> =
            meaningless.iter().map(|key| ((*key).to_owned(), json!(false))).collect();
        if provider.is_remote() && !refused.contains_key("lora") {
            refused.insert("lora".to_owned(), json!({ "properties": { "scale": false } }));
        }
        json!({
            "if": { "properties": { "provider": { "const": provider.name() } } },
            "then": { "required": needed, "properties": refused },
        })
    });
    schema.insert("allOf".to_owned(), json!(cases));
}

/// The adapter, and perhaps its scale.
pub(super) fn adapter_needed(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["adapter"]));
}
