//! What a model file says about a library.

use serde::Deserialize;

use super::{OneOrMany, TestSpec};

/// `rules/models/<language>/<library>.yml`: what a library does.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModelFile {
    /// The whole file counts only where the analysed file imports one of these modules.
    #[serde(default)]
    pub when_imports: OneOrMany<String>,
    /// What gives which type, and what is a kind of what.
    #[serde(default)]
    pub types: Vec<TypeSpec>,
    /// Functions that a framework calls.
    #[serde(default)]
    pub entries: Vec<EntrySpec>,
    /// Where data comes from.
    #[serde(default)]
    pub sources: Vec<SourceSpec>,
    /// Where data must not get unchecked.
    #[serde(default)]
    pub sinks: Vec<SinkSpec>,
    /// Calls whose result is safe for some sinks.
    #[serde(default)]
    pub barriers: Vec<BarrierSpec>,
    /// Tests that make data safe on one branch.
    #[serde(default)]
    pub guards: Vec<GuardSpec>,
    /// How data moves through calls; without one, arguments and receiver reach the result.
    #[serde(default)]
    pub steps: Vec<StepSpec>,
    /// What calls compute, where that can be followed in detail. Where it cannot, the steps count.
    #[serde(default)]
    pub operations: Vec<OperationSpec>,
    /// Calls that match text against a regular expression.
    #[serde(default)]
    pub patterns: Vec<PatternSpec>,
    /// What calls do to the world.
    #[serde(default)]
    pub effects: Vec<EffectSpec>,
}

/// A call that matches text against a regular expression. A truthy outcome is a guard for every sink kind whose dangerous
/// characters (`rules/kinds.yml`) the pattern keeps out; the pattern is checked for backtracking.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PatternSpec {
    /// These calls.
    pub call: OneOrMany<String>,
    /// The pattern: a constant string, a regular expression literal, or a value with a key `pattern` (to which a step of the
    /// compiling call has moved it).
    pub pattern: String,
    /// The text that is matched; absent where the call only compiles the pattern.
    #[serde(default)]
    pub input: Option<String>,
    /// Constant flags, if the language passes them as text (`new RegExp(p, "i")`).
    #[serde(default)]
    pub flags: Option<String>,
    /// Where a match may begin and must end: `search` (default), `start`, `full`.
    #[serde(default)]
    pub anchor: Option<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
}

/// `{ call, gives }`, `{ call, at, gives }`, `{ read, gives }` or `{ type, is }`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TypeSpec {
    /// Calls of these …
    #[serde(default)]
    pub call: OneOrMany<String>,
    /// Reads of these …
    #[serde(default)]
    pub read: OneOrMany<String>,
    /// … give this type (a path) …
    #[serde(default)]
    pub gives: Option<String>,
    /// … to this place; the result when absent. `arg[0].param[0]` is a callback's parameter.
    #[serde(default)]
    pub at: Option<String>,
    /// These types or paths …
    #[serde(default, rename = "type")]
    pub of: OneOrMany<String>,
    /// … are a kind of this one (or an alias of it): what the models say of it holds for them.
    #[serde(default)]
    pub is: Option<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
}

/// Functions that a framework calls. One of `decorator`, `call` + `handler`, `base` (+ `methods`), `params-named`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EntrySpec {
    /// Functions with one of these decorators.
    #[serde(default)]
    pub decorator: OneOrMany<String>,
    /// Functions that are passed to these calls …
    #[serde(default)]
    pub call: OneOrMany<String>,
    /// … at this place (`arg[1:]`).
    #[serde(default)]
    pub handler: Option<String>,
    /// Methods of classes with one of these bases …
    #[serde(default)]
    pub base: OneOrMany<String>,
    /// … and these names; all public ones when absent.
    #[serde(default)]
    pub methods: Vec<String>,
    /// Functions whose first parameters have these names (each a regular expression that must match the whole name).
    #[serde(default)]
    pub params_named: Vec<String>,
    /// What the parameters are, receiver (`self`) left out, in order.
    #[serde(default)]
    pub params: Vec<ParamSpec>,
    /// A label for all (further) parameters (path parameters, for one).
    #[serde(default)]
    pub rest_label: Option<String>,
    /// A sink kind that the returned value reaches.
    #[serde(default)]
    pub returns: Option<String>,
    /// Where in what is returned: a part of a tuple (`arg[2].key(Location)`); the body when absent.
    #[serde(default)]
    pub returns_at: Option<String>,
    /// Conditions on the returned value (place `value`) for `returns`.
    #[serde(default)]
    pub returns_when: Vec<TestSpec>,
    /// Whether it answers requests from outside: routes are checked for what they lack.
    #[serde(default)]
    pub route: bool,
    /// Only functions that have one of these decorators too, or whose class has.
    #[serde(default)]
    pub with: OneOrMany<String>,
    /// Only functions of which neither they nor their class have any of these decorators.
    #[serde(default)]
    pub without: OneOrMany<String>,
    /// All must hold of the call.
    #[serde(default)]
    pub when: Vec<TestSpec>,
}

/// What an entry's parameter is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ParamSpec {
    /// Its type.
    #[serde(default, rename = "type")]
    pub is: Option<String>,
    /// Its label.
    #[serde(default)]
    pub label: Option<String>,
}

/// Where data comes from. One of `call`, `read`, `named`, `caught`, `param-type`, `param-decorator`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SourceSpec {
    /// The result (or place `at`) of these calls.
    #[serde(default)]
    pub call: OneOrMany<String>,
    /// Reading these.
    #[serde(default)]
    pub read: OneOrMany<String>,
    /// A variable, parameter, member or constant key whose name matches this regular expression.
    #[serde(default)]
    pub named: Option<String>,
    /// A caught exception.
    #[serde(default)]
    pub caught: bool,
    /// A parameter annotated with one of these types.
    #[serde(default)]
    pub param_type: OneOrMany<String>,
    /// A parameter that has one of these decorators (`@RequestParam String name`).
    #[serde(default)]
    pub param_decorator: OneOrMany<String>,
    /// Where at the call; the result when absent.
    #[serde(default)]
    pub at: Option<String>,
    /// The label that the data gets: `remote`, `stored`, `local`, `environment`, `exception`, `password`, `secret`, `weak-random`, …
    pub label: String,
    /// What to call it in messages: "the query string".
    #[serde(default)]
    pub description: Option<String>,
    /// Sink kinds to which it can do no harm from the beginning.
    #[serde(default)]
    pub safe_for: OneOrMany<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
}

/// Where data must not get unchecked. One of `call` (+ `at`), `write`, `attribute`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SinkSpec {
    /// The sink kind.
    pub kind: String,
    /// These calls …
    #[serde(default)]
    pub call: OneOrMany<String>,
    /// Assignments to these (`*.innerHTML`).
    #[serde(default)]
    pub write: OneOrMany<String>,
    /// A JSX attribute with one of these names.
    #[serde(default)]
    pub attribute: OneOrMany<String>,
    /// … at these places; `value` for assignments and attributes (`value.key(__html)`).
    #[serde(default)]
    pub at: OneOrMany<String>,
    /// A format as `printf` knows it, which says how the values at the places are written.
    #[serde(default)]
    pub format: Option<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
    /// How values are bound instead of becoming part of the text.
    #[serde(default)]
    pub bind: Option<BindSpec>,
    /// The best confidence that a finding here can have: `high` (default), `medium`, `low`.
    #[serde(default)]
    pub confidence: Option<String>,
}

/// How a SQL sink binds parameters.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BindSpec {
    /// Where the values go.
    pub at: String,
    /// `qmark` (`?`), `format` (`%s`), `named` (`:name`), `numbered` (`$1`).
    pub style: String,
}

/// A call whose result is safe for some sinks.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct BarrierSpec {
    /// These calls.
    #[serde(default)]
    pub call: OneOrMany<String>,
    /// Reads of these (`*.length`).
    #[serde(default)]
    pub read: OneOrMany<String>,
    /// Only what comes from this place is made safe; everything when absent.
    #[serde(default)]
    pub at: Option<String>,
    /// Sink kinds, or `all`.
    pub clears: OneOrMany<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
}

/// A test that makes data safe on one branch.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GuardSpec {
    /// A call of one of these is the test.
    pub call: OneOrMany<String>,
    /// What becomes safe.
    pub at: OneOrMany<String>,
    /// The outcome that makes it safe: `true` (truthy), `false` (falsy), `returned` (did not throw).
    pub safe_when: SafeWhen,
    /// The data must have been made safe for these kinds before (`path-normalised`, say), or the test proves nothing.
    #[serde(default)]
    pub requires: OneOrMany<String>,
    /// Sink kinds, or `all`.
    pub clears: OneOrMany<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
}

/// The outcome of a guard that makes data safe.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum SafeWhen {
    /// Truthy or falsy.
    Outcome(bool),
    /// `returned`.
    Word(String),
}

/// How data moves through a call.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct StepSpec {
    /// These calls.
    pub call: OneOrMany<String>,
    /// From these places; an empty list says that nothing moves.
    pub from: OneOrMany<String>,
    /// A format as `printf` knows it, with verbs such as `%s`: the result is its text with the values of `from` put in.
    #[serde(default)]
    pub format: Option<String>,
    /// To this place (`return` when absent): `receiver`, `arg[0]`, `arg[1].param[0]`.
    #[serde(default)]
    pub to: Option<String>,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
}

/// What a call computes: with the elements of a collection, told apart by key and position, or with constants.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct OperationSpec {
    /// These calls.
    pub call: OneOrMany<String>,
    /// Which operation it is.
    pub does: super::super::compiled::Operation,
    /// All must hold.
    #[serde(default)]
    pub when: Vec<TestSpec>,
}

/// What calls do to the world.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct EffectSpec {
    /// These calls.
    pub call: OneOrMany<String>,
    /// `network`, `process`, `file-read`, `file-write`, `database`, `evaluation`, `environment`, `import`, `authentication`,
    /// `log`, `exit`; `none` says that the call is known to do nothing of the kind.
    pub does: OneOrMany<String>,
}
