//! What the files of `rules/` may say, as written.
//!
//! This file, `place.rs` and `compile.rs` are compiled twice: into the build script, which reads our own YAML and writes
//! the index, and into the crate, which reads users' own rules at run time. So they depend on serde and std alone.
//!
//! ## Paths and patterns
//!
//! A *path* is a dotted qualified name: a module, a function in it, a type, a method of a type. A value that is an
//! instance of a type has the type's path, so `cursor.execute` has the path `sqlite3.Cursor.execute` when `cursor` came
//! from `sqlite3.connect(…).cursor()` and the model gives those their types. The result of a call that no model describes
//! has the callee's path with `()` behind it. JavaScript modules stand as imported, without `node:` (`child_process.exec`,
//! `express.Router`). Names neither imported nor defined in the file are globals and are their own path (`open`, `eval`,
//! `document.cookie`, `process.env`). An assignment to a variable of a function has the path `local.` and its name; what an
//! entry with `returns` returns is written to `returned.` and the sink kind; a test for equality is a call of `operator.eq` or
//! `operator.ne`, and one for containment a call of `operator.contains`.
//!
//! A *pattern* is a path in which a segment may be `{a,b,c}` (one of) or `*` (any one segment; last: any member). A leading
//! `*.` matches a receiver of unknown or unmodelled type, and only that: it is how a model opts in to shape alone.
//!
//! ## Places
//!
//! `arg[0]`, `arg[-1]`, `arg[1:]` (all from there on), `arg[*]` (all), `arg[name]` (keyword), `arg[0|name]` (either), `receiver`,
//! `owner` (of `w.Header().Set(…)`, `w`: what the receiver is a part of), `return`, `callee`, `value` (what is assigned or read). Behind it any of `.field`, `.key(x)`, `.element`, `.param[1]` (a
//! parameter of the function that is passed there). Of an assignment `arg[0]` is a key that is not known, and of a returned
//! tuple they are its parts. In JavaScript an option is a key of an argument:
//! `arg[2].key(httpOnly)`; a key of a nested object `arg[0].key(cookie).key(secure)`.

use serde::Deserialize;

/// One or several of something, written with or without a list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum OneOrMany<T> {
    /// Written as a list.
    Many(Vec<T>),
    /// Written alone.
    One(T),
}

impl<T> Default for OneOrMany<T> {
    fn default() -> Self {
        OneOrMany::Many(Vec::new())
    }
}

impl<T> OneOrMany<T> {
    /// The items, however they were written.
    pub fn as_slice(&self) -> &[T] {
        match self {
            OneOrMany::Many(items) => items,
            OneOrMany::One(item) => std::slice::from_ref(item),
        }
    }
}

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
    /// The place; not needed by `imports`, `around` and `later`.
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
    pub does: super::compiled::Operation,
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

/// `rules/kinds.yml`: what is known about sink kinds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KindsFile {
    /// One entry a kind.
    pub kinds: Vec<KindSpec>,
}

/// What is known about a sink kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct KindSpec {
    /// The kind.
    pub kind: String,
    /// Characters without which data cannot do harm there: a full match of a pattern that lets none of them through is a
    /// guard. Absent: no set of characters is known to be safe.
    #[serde(default)]
    pub dangerous: Option<String>,
    /// A constant beginning of a string that matches this leaves the rest of it no power to do harm (a fixed host of a URL).
    #[serde(default)]
    pub safe_prefix: Option<String>,
    /// The data does harm only behind a constant beginning that matches this; without a known one the empty text counts.
    #[serde(default)]
    pub harmful_prefix: Option<String>,
    /// A constant end of a string that matches this leaves what stands in front of it no power to do harm (the extension of
    /// a file). A pattern whose every match has such an end is a guard.
    #[serde(default)]
    pub safe_suffix: Option<String>,
    /// Substrings with the same meaning (`..`). A kind that has only these is cleared by a test that one of them is absent.
    #[serde(default)]
    pub dangerous_words: Vec<String>,
    /// Whether these words do harm only as a whole text, where there are no dangerous characters around them.
    #[serde(default)]
    pub words_alone: bool,
    /// Whether a library is weak when it hands its callers' data on to here: parameters of functions that a module exports
    /// explicitly count with medium confidence.
    #[serde(default)]
    pub library: bool,
    /// Whether a comparison with a constant upper limit makes data safe.
    #[serde(default)]
    pub limited: bool,
    /// Sets of kinds: data that is safe for all of one of the sets is safe for this kind too.
    #[serde(default)]
    pub safe_when: Vec<Vec<String>>,
    /// What guards lack that do not suffice: the first that fits is said in the finding.
    #[serde(default)]
    pub falls_short: Vec<ShortSpec>,
}

/// What a guard lacks that does not suffice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ShortSpec {
    /// The data has been made safe for these kinds …
    pub cleared: OneOrMany<String>,
    /// Whether what is left is harmful in few places only: findings have medium confidence at the most.
    #[serde(default)]
    pub unsure: bool,
    /// … and this is what is still open: a clause that a finding's message ends in.
    pub but: String,
}

/// `rules/modules.yml`: which modules a fix may import.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModulesFile {
    /// Python's.
    pub python: ModulesSpec,
    /// JavaScript's and TypeScript's.
    pub javascript: ModulesSpec,
    /// Java's.
    pub java: ModulesSpec,
    /// Go's.
    pub go: ModulesSpec,
}

/// The modules of a language.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ModulesSpec {
    /// Those of the language's own library.
    pub standard: Vec<String>,
    /// Modules that come with a package.
    #[serde(default)]
    pub comes_with: std::collections::BTreeMap<String, Vec<String>>,
    /// Packages that are imported under another name.
    #[serde(default)]
    pub provides: std::collections::BTreeMap<String, String>,
    /// Names that stand for something without being imported.
    #[serde(default)]
    pub globals: Vec<String>,
}
