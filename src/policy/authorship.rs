//! The section `authorship`: what it says in one file, how files are laid over each other, and how it is printed.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::json;

use super::origin::Located;
use super::show::{Printer, quoted, with_origin};
use crate::authorship::{Declared, DeclaredMark, Sign};

/// Marks of AI agents beside those that the program knows, and pull requests that are AI-written whatever marks they have.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "Authorship", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AuthorshipLayer {
    /// Marks of agents, in addition to those of the policy below.
    pub marks: Vec<Located<MarkLayer>>,
    /// Pull requests whose every line is AI-written.
    #[schemars(with = "AiWrittenLayer")]
    pub ai_written: AiWrittenLayer,
}

/// A mark of an agent: its name, and exactly one other key.
#[derive(Clone, Debug, PartialEq, JsonSchema)]
#[schemars(rename = "Mark", transform = one_sign, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct MarkLayer {
    /// The agent.
    #[schemars(schema_with = "super::schema::text")]
    pub agent: String,
    /// The author of a commit: an address, or the login of a bot with `[bot]`.
    #[schemars(schema_with = "identity")]
    pub author: Option<String>,
    /// The committer of a commit, in the same form.
    #[schemars(schema_with = "identity")]
    pub committer: Option<String>,
    /// A trailer of a commit's message: its name, or `Name: value`.
    #[schemars(schema_with = "trailer")]
    pub trailer: Option<String>,
    /// A glob of the branch that a pull request comes from.
    #[schemars(schema_with = "super::schema::text")]
    pub branch: Option<String>,
    /// A label of a pull request.
    #[schemars(schema_with = "super::schema::text")]
    pub label: Option<String>,
    /// The user who opened a pull request.
    #[schemars(schema_with = "user")]
    pub user: Option<String>,
}

/// Pull requests whose every line is AI-written. Each list comes on top of that of the policy below.
#[derive(Clone, Debug, Default, PartialEq, JsonSchema)]
#[schemars(rename = "AiWritten", transform = super::schema::all_optional, rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct AiWrittenLayer {
    /// Those that these users opened.
    #[schemars(schema_with = "users")]
    pub users: Vec<Located<String>>,
    /// Those from branches that one of these globs matches.
    #[schemars(schema_with = "super::schema::globs")]
    pub branches: Vec<Located<String>>,
    /// Those with one of these labels.
    #[schemars(schema_with = "super::schema::globs")]
    pub labels: Vec<Located<String>>,
}

/// How identities, trailers and users are written, for the schema.
const IDENTITY: &str = "^([^@\\s<>]+@[^@\\s<>]+|\\S+\\[bot\\])$";
const TRAILER: &str = "^[A-Za-z0-9][A-Za-z0-9-]*(: *\\S.*)?$";
const USER: &str = "^[A-Za-z0-9][A-Za-z0-9_-]*(\\[bot\\])?$";

fn identity(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": IDENTITY })
}

fn trailer(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": TRAILER })
}

fn user(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "string", "pattern": USER })
}

fn users(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "array", "minItems": 1, "items": { "type": "string", "pattern": USER } })
}

/// The keys of a mark beside the agent.
pub(super) const SIGNS: [&str; 6] = ["author", "committer", "trailer", "branch", "label", "user"];

fn one_sign(schema: &mut Schema) {
    schema.insert("required".to_owned(), json!(["agent"]));
    schema.insert("oneOf".to_owned(), json!(SIGNS.map(|sign| json!({ "required": [sign] }))));
}

impl AuthorshipLayer {
    /// Everything adds up: a mark can only make the bar higher, so no policy takes away what one below declares.
    pub(super) fn over(self, mut below: AuthorshipLayer) -> AuthorshipLayer {
        below.marks.extend(self.marks);
        below.ai_written.users.extend(self.ai_written.users);
        below.ai_written.branches.extend(self.ai_written.branches);
        below.ai_written.labels.extend(self.ai_written.labels);
        below
    }

    /// The same as the program looks it up.
    pub(super) fn declared(&self) -> Declared {
        let located = |list: &[Located<String>]| -> Vec<(String, String)> {
            list.iter().map(|item| (item.value.clone(), item.origin.to_string())).collect()
        };
        let marks = self.marks.iter().filter_map(|mark| {
            Some(DeclaredMark {
                agent: mark.value.agent.clone(),
                sign: mark.value.sign()?,
                origin: mark.origin.to_string(),
            })
        });
        Declared {
            marks: marks.collect(),
            users: located(&self.ai_written.users),
            branches: located(&self.ai_written.branches),
            labels: located(&self.ai_written.labels),
        }
    }

    pub(super) fn show(&self, out: &mut Printer) {
        if *self == AuthorshipLayer::default() {
            return;
        }
        out.line(0, "authorship:");
        if !self.marks.is_empty() {
            out.line(1, "marks:");
        }
        for mark in &self.marks {
            out.line(2, &with_origin(&format!("- {}", mark.value.shown()), &mark.origin));
        }
        let lists = [
            ("users", &self.ai_written.users),
            ("branches", &self.ai_written.branches),
            ("labels", &self.ai_written.labels),
        ];
        if lists.iter().any(|(_, list)| !list.is_empty()) {
            out.line(1, "ai-written:");
        }
        for (key, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
            out.line(2, &format!("{key}:"));
            for item in list {
                out.line(3, &with_origin(&format!("- {}", quoted(&item.value)), &item.origin));
            }
        }
    }
}

impl MarkLayer {
    /// As it is written in YAML.
    pub(super) fn shown(&self) -> String {
        let sign = self.texts().into_iter().zip(SIGNS).find_map(|(text, key)| Some((key, text.as_ref()?)));
        let sign = sign.map(|(key, text)| format!(", {key}: {}", quoted(text))).unwrap_or_default();
        format!("{{ agent: {}{sign} }}", quoted(&self.agent))
    }

    /// The texts of [`SIGNS`], in that order.
    fn texts(&self) -> [&Option<String>; 6] {
        [&self.author, &self.committer, &self.trailer, &self.branch, &self.label, &self.user]
    }

    fn sign(&self) -> Option<Sign> {
        let trailer = |text: String| {
            let (name, value) = text.split_once(':').map_or((text.as_str(), None), |(name, value)| (name, Some(value)));
            Sign::Trailer { name: name.to_owned(), value: value.map(|value| value.trim().to_owned()) }
        };
        let one = |text: &Option<String>, sign: fn(String) -> Sign| text.clone().map(sign);
        one(&self.author, Sign::Author)
            .or_else(|| one(&self.committer, Sign::Committer))
            .or_else(|| self.trailer.clone().map(trailer))
            .or_else(|| one(&self.branch, Sign::Branch))
            .or_else(|| one(&self.label, Sign::Label))
            .or_else(|| one(&self.user, Sign::User))
    }
}
