//! What a rule file says.

use serde::Deserialize;

use super::OneOrMany;

/// `rules/<weakness>/rule.yml`: what a weakness is, how to see it, how to mend it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleFile {
    /// The rule's id, the same as its folder's name.
    pub id: String,
    /// The CWE numbers, the most fitting first.
    pub cwe: Vec<u32>,
    /// A short name for people.
    pub name: String,
    /// CVSS-like severity from 0 to 10.
    pub severity: f64,
    /// How often a finding is right: `high` (default), `medium`, `low`.
    #[serde(default)]
    pub precision: Option<String>,
    /// The languages it is for; all when absent.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Data flow from labels to a sink kind.
    #[serde(default)]
    pub flow: Option<FlowSpec>,
    /// Calls, assignments and declarations that are weak by themselves.
    #[serde(default, rename = "match")]
    pub matches: Vec<MatchSpec>,
    /// An algorithm in `src/checks/`, by name.
    #[serde(default)]
    pub check: Option<String>,
    /// The finding's message; `{source}` and `{sink}` are replaced by what they are in the code.
    pub message: String,
    /// One paragraph for people: what can happen, and when.
    pub explain: String,
    /// How it is done right.
    pub remedy: String,
    /// Fixers in order of preference.
    #[serde(default)]
    pub fixes: Vec<FixSpec>,
    /// Patterns of calls that do the same job safely: a sink replaced by one of them is explained.
    #[serde(default)]
    pub remedies: Vec<String>,
    /// `CWE-89`, `OWASP A03:2021`, links.
    #[serde(default)]
    pub references: Vec<String>,
}

/// Which data must not get where.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FlowSpec {
    /// Source labels.
    pub from: OneOrMany<String>,
    /// Sink kinds.
    pub to: OneOrMany<String>,
}

/// Something that is weak without any data flow. Exactly one of `call`, `write`, `decorator`, `read`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MatchSpec {
    /// A call of one of these patterns.
    #[serde(default)]
    pub call: OneOrMany<String>,
    /// An assignment to one of these (a name, member or constant key: `flask.Flask.config.key(DEBUG)`, `*.verify_mode`,
    /// `flask.Flask.secret_key`). Keyword-like class fields match too.
    #[serde(default)]
    pub write: OneOrMany<String>,
    /// A read of one of these.
    #[serde(default)]
    pub read: OneOrMany<String>,
    /// A function with one of these decorators.
    #[serde(default)]
    pub decorator: OneOrMany<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
    /// Where the finding points; the call when absent. The place's constant is followed to its literal with `origin: true`.
    #[serde(default)]
    pub at: Option<String>,
    /// Point at the literal that the constant at `at` comes from.
    #[serde(default)]
    pub origin: bool,
    /// Replaces the rule's message.
    #[serde(default)]
    pub message: Option<String>,
    /// `high` (default), `medium`, `low`.
    #[serde(default)]
    pub confidence: Option<String>,
    /// Only these languages.
    #[serde(default)]
    pub languages: Vec<String>,
}

/// A condition on a place. A test on something unknown does not hold, negated or not; but an unknown path is none of those
/// asked for, and a string of unknown text begins with nothing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TestSpec {
    /// The place; not needed by `imports`, `around`, `later` and `becomes`.
    #[serde(default)]
    pub at: Option<String>,
    /// It is one of these constants (all its possible values are).
    #[serde(default)]
    pub is: Option<OneOrMany<Constant>>,
    /// It may be one of these constants (at least one of its possible values is).
    #[serde(default)]
    pub may_be: Option<OneOrMany<Constant>>,
    /// It is a constant string, and this regular expression matches it somewhere; of a string built from constant and
    /// unknown parts, the constant beginning is matched.
    #[serde(default)]
    pub matches: Option<String>,
    /// It is a constant number below this.
    #[serde(default)]
    pub below: Option<f64>,
    /// It is a constant number above this.
    #[serde(default)]
    pub above: Option<f64>,
    /// Whether the argument or key is given. A key of something unknown is neither given nor not.
    #[serde(default)]
    pub present: Option<bool>,
    /// It has one of these paths (is that function, or an instance of that type).
    #[serde(default)]
    pub path: OneOrMany<String>,
    /// It carries data of one of these labels.
    #[serde(default)]
    pub label: OneOrMany<String>,
    /// It may be a constant of this class: `string` (not empty), `number`, `boolean`, `any`; or it is a `collection` (no text)
    /// without labelled data, such as an allow-list. A `credential` is a string that may let somebody in somewhere else: not
    /// one that only says what it is (`password`) and is taken only where the settings say nothing.
    #[serde(default)]
    pub constant: Option<String>,
    /// Its expression is a name, member, constant key or call (its callee) whose last name matches this regular expression.
    #[serde(default)]
    pub named: Option<String>,
    /// It is a function of this file that does nothing but return one of these constants.
    #[serde(default)]
    pub returns: Option<OneOrMany<Constant>>,
    /// It is an object whose class stands in the file, or a function, and its method of this name lets everything through: it
    /// neither throws nor asks anybody, and gives nothing or `true`.
    #[serde(default)]
    pub hollow: Option<String>,
    /// This regular expression matches the name of a function around, a condition that it stands under, or what it is assigned
    /// to; needs no `at`.
    #[serde(default)]
    pub around: Option<String>,
    /// A later statement assigns to a part of what the result is assigned to (`page.mimetype = "text/plain"`), and this
    /// regular expression matches the statement; needs no `at`.
    #[serde(default)]
    pub later: Option<String>,
    /// What becomes of the call's result, as far as the file shows it: `name` where it ends as a part of the name of a file, the
    /// key of a cache or an entity tag and nowhere else, `nothing` where nobody looks at it; needs no `at`.
    #[serde(default)]
    pub becomes: Option<String>,
    /// This regular expression matches the code that it is written as: of a constant, the literal that it comes from.
    #[serde(default)]
    pub written: Option<String>,
    /// The file imports one of these modules, or something inside them.
    #[serde(default)]
    pub imports: OneOrMany<String>,
    /// The test must not hold.
    #[serde(default)]
    pub not: bool,
}

/// A constant as written in a rule.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Constant {
    /// true or false.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// Another number.
    Float(f64),
    /// A string.
    Str(String),
    /// None, null, undefined.
    Null(()),
}

/// A fixer: a name from `src/harden/template/`, or a declarative edit.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum FixSpec {
    /// A fixer in Rust.
    Named(String),
    /// An edit of the call at which the finding stands.
    Edit(EditSpec),
}

/// A declarative edit. Exactly one of `set`, `remove`, `callee`, `wrap`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EditSpec {
    /// Set this argument or key (`arg[verify]`, `arg[2].key(httpOnly)`) to `value`; it is added where it is missing.
    #[serde(default)]
    pub set: Option<String>,
    /// Code in the file's language. `{module.name}` in braces is a path to import and becomes the name to use.
    #[serde(default)]
    pub value: Option<String>,
    /// Remove this argument or key.
    #[serde(default)]
    pub remove: Option<String>,
    /// Call this path instead (imported where needed).
    #[serde(default)]
    pub callee: Option<String>,
    /// Arguments to drop together with a new callee.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Wrap the expression at this place (`sink` is the one that the data reaches) …
    #[serde(default)]
    pub wrap: Option<String>,
    /// … in a call of this path.
    #[serde(default)]
    pub with: Option<String>,
    /// Only where the call is one of these.
    #[serde(default)]
    pub call: OneOrMany<String>,
    /// Only in these languages.
    #[serde(default)]
    pub languages: Vec<String>,
}
