//! The compiled form of rules and models: what the build script writes and the engine reads.

use serde::{Deserialize, Serialize};

use super::place::{Pattern, Place};

/// All weaknesses, with the tables that sink kinds and labels are numbered by.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleSet {
    /// The rules, sorted by id.
    pub rules: Vec<Rule>,
    /// Sink kinds; a kind's number is its position.
    pub kinds: Vec<Kind>,
    /// Labels; a label's number is its position.
    pub labels: Vec<String>,
}

/// What a guard lacks that does not suffice.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Short {
    /// The kinds that the data has been made safe for.
    pub cleared: u64,
    /// Whether what is left does harm in few places only.
    pub unsure: bool,
    /// What is still open, as a clause.
    pub but: String,
}

/// A sink kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::KindSpec`")]
pub struct Kind {
    pub name: String,
    pub dangerous: Option<String>,
    pub safe_prefix: Option<String>,
    pub harmful_prefix: Option<String>,
    pub safe_suffix: Option<String>,
    pub dangerous_words: Vec<String>,
    pub words_alone: bool,
    pub library: bool,
    pub safe_when: Vec<u64>,
    pub limited: bool,
    pub falls_short: Vec<Short>,
}

/// A weakness.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::RuleFile`")]
pub struct Rule {
    pub id: String,
    pub cwe: Vec<u32>,
    pub name: String,
    pub severity: f64,
    pub precision: u8,
    pub languages: Vec<String>,
    pub flow: Option<Flow>,
    pub check: Option<String>,
    pub message: String,
    pub explain: String,
    pub remedy: String,
    pub fixes: Vec<Fix>,
    pub remedies: Vec<Pattern>,
    pub references: Vec<String>,
}

/// Which labels must not reach which kinds, as bit sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    /// Labels.
    pub from: u32,
    /// Sink kinds.
    pub to: u64,
}

/// A fixer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fix {
    /// In Rust, by name.
    Named(String),
    /// Declarative.
    Edit(Edit),
}

/// A declarative edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::EditSpec`")]
pub struct Edit {
    pub action: EditAction,
    pub call: Vec<Pattern>,
    pub languages: Vec<String>,
}

/// What a declarative edit does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the variants are those of `schema::EditSpec`")]
pub enum EditAction {
    Set { at: Place, value: String },
    Remove { at: Place },
    Callee { path: String, drop: Vec<Place> },
    Wrap { at: Option<Place>, with: String },
}

/// What the models and the match rules say for one language.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::ModelFile`")]
pub struct Models {
    pub types: Vec<Type>,
    pub kinds_of: Vec<KindOf>,
    pub entries: Vec<Entry>,
    pub sources: Vec<Source>,
    pub sinks: Vec<Sink>,
    pub barriers: Vec<Barrier>,
    pub guards: Vec<Guard>,
    pub steps: Vec<Step>,
    pub operations: Vec<OperationUse>,
    pub patterns: Vec<RegexUse>,
    pub effects: Vec<Effect>,
    pub matches: Vec<Match>,
    pub modules: Modules,
}

/// Which modules a fix may import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::ModulesSpec`")]
pub struct Modules {
    pub standard: Vec<String>,
    pub comes_with: std::collections::BTreeMap<String, Vec<String>>,
    pub provides: std::collections::BTreeMap<String, String>,
    pub globals: Vec<String>,
}

/// What a model entry is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Trigger {
    /// A call.
    Call(Vec<Pattern>),
    /// A read of a name, member or constant key.
    Read(Vec<Pattern>),
    /// An assignment.
    Write(Vec<Pattern>),
    /// A decorator of a function.
    Decorator(Vec<Pattern>),
    /// A JSX attribute of one of these names.
    Attribute(Vec<String>),
    /// A base class, with the names of the methods (none: all public ones).
    Base(Vec<Pattern>, Vec<String>),
    /// The names of the first parameters, as regular expressions for the whole name.
    ParamsNamed(Vec<String>),
    /// A variable, parameter, member or key by its name, as a regular expression.
    Named(String),
    /// A caught exception.
    Caught,
    /// A parameter annotated with one of these.
    ParamType(Vec<Pattern>),
    /// A parameter decorated with one of these.
    ParamDecorator(Vec<Pattern>),
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// The place; none for [`TestKind::Imports`], [`TestKind::Around`], [`TestKind::Later`] and [`TestKind::Becomes`].
    pub at: Option<Place>,
    /// What is tested.
    pub kind: TestKind,
    /// The test must not hold.
    pub not: bool,
}

/// What is tested.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the variants are those of `schema::TestSpec`")]
pub enum TestKind {
    Is(Vec<Constant>),
    MayBe(Vec<Constant>),
    Matches(String),
    Below(f64),
    Above(f64),
    Present(bool),
    Path(Vec<Pattern>),
    Label(u32),
    Constant(ConstantClass),
    Named(String),
    Returns(Vec<Constant>),
    Hollow(String),
    Around(String),
    Later(String),
    Becomes(Fate),
    Written(String),
    Imports(Vec<String>),
}

/// What becomes of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in `schema::TestSpec::becomes`")]
pub enum Fate {
    Name,
    Nothing,
}

/// A class of constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "named as in `schema::TestSpec::constant`")]
pub enum ConstantClass {
    String,
    Number,
    Boolean,
    Any,
    Collection,
    Credential,
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the variants name themselves")]
pub enum Constant {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Str(String),
}

/// Something gets a type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::TypeSpec`")]
pub struct Type {
    pub trigger: Trigger,
    pub at: Option<Place>,
    pub gives: String,
    pub when: Vec<Test>,
}

/// Paths that are a kind of another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::TypeSpec`")]
pub struct KindOf {
    pub of: Vec<String>,
    pub is: String,
}

/// Functions that a framework calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::EntrySpec`")]
pub struct Entry {
    pub trigger: Trigger,
    pub handler: Option<Place>,
    pub params: Vec<Param>,
    pub rest_label: Option<u8>,
    pub returns: Option<u8>,
    pub returns_when: Vec<Test>,
    /// Where in what is returned; the body when none.
    pub returns_at: Option<Place>,
    pub route: bool,
    pub with: Vec<Pattern>,
    pub without: Vec<Pattern>,
    pub when: Vec<Test>,
}

/// What an entry's parameter is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::ParamSpec`")]
pub struct Param {
    pub is: Option<String>,
    pub label: Option<u8>,
}

/// Where data comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::SourceSpec`")]
pub struct Source {
    pub trigger: Trigger,
    pub at: Option<Place>,
    pub label: u8,
    pub description: Option<String>,
    pub safe_for: u64,
    pub when: Vec<Test>,
}

/// Where data must not get unchecked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::SinkSpec`")]
pub struct Sink {
    pub trigger: Trigger,
    pub kind: u8,
    pub at: Vec<Place>,
    pub format: Option<Place>,
    pub when: Vec<Test>,
    pub bind: Option<Bind>,
    pub confidence: u8,
}

/// How a sink binds values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// Where the values go.
    pub at: Place,
    /// The placeholders.
    pub style: BindStyle,
}

/// Placeholders of SQL parameters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum BindStyle {
    /// `?`
    Qmark,
    /// `%s`
    Format,
    /// `:name`
    Named,
    /// `$1`
    Numbered,
}

/// A call or read whose result is safe for some sinks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::BarrierSpec`")]
pub struct Barrier {
    pub trigger: Trigger,
    pub at: Option<Place>,
    pub clears: u64,
    pub when: Vec<Test>,
}

/// A test that makes data safe on one branch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::GuardSpec`")]
pub struct Guard {
    pub trigger: Trigger,
    pub at: Vec<Place>,
    pub safe_when: Outcome,
    pub requires: u64,
    pub clears: u64,
    pub when: Vec<Test>,
}

/// The outcome of a guard that makes data safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the variants name themselves")]
pub enum Outcome {
    True,
    False,
    Returned,
}

/// How data moves through a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::StepSpec`")]
pub struct Step {
    pub trigger: Trigger,
    pub from: Vec<Place>,
    pub format: Option<Place>,
    pub to: Place,
    pub when: Vec<Test>,
}

/// What a call computes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::OperationSpec`")]
pub struct OperationUse {
    pub trigger: Trigger,
    pub does: Operation,
    pub when: Vec<Test>,
}

/// What a call can compute. The receiver is the collection or text; keys and positions come before values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// A list with the elements of the first argument, if that is a collection; else an empty one.
    NewList,
    /// The same for a map.
    NewMap,
    /// A list of the arguments.
    ListOf,
    /// A map of the arguments, keys and values in turn.
    MapOf,
    /// The first argument as it is.
    Same,
    /// The receiver as it is.
    Itself,
    /// Adds the last argument: at its end, or at the position that is the first of two.
    Add,
    /// Adds the argument at the beginning.
    AddFirst,
    /// Adds all elements of the last argument.
    AddAll,
    /// Sets what stands at a key or position.
    Put,
    /// What stands at a key or position; a second argument is what is given where nothing does.
    Get,
    /// Sets what stands at a key of what stands at a key.
    PutIn,
    /// What stands at a key of what stands at a key.
    GetIn,
    /// The member of the first argument that has the second as its name.
    Member,
    /// The first element.
    First,
    /// The last element.
    Last,
    /// Any element; an argument is what is given where there is none.
    Any,
    /// Takes the first element out.
    TakeFirst,
    /// Takes the last element out.
    TakeLast,
    /// Takes out what stands at a key or position, or the first one (no argument).
    Remove,
    /// The elements from a position on; a second position is where they end.
    Slice,
    /// Takes everything out.
    Clear,
    /// A collection of the same elements.
    Elements,
    /// Nothing, but the call that was handed the function around gives the first argument.
    Deliver,
    /// Nothing, but the second argument is kept in the receiver under the first one, whoever asks for it.
    Keep,
    /// What has been kept in receivers of this type under the first argument.
    Kept,
    /// Nothing, but the function that is the second argument is called when what the first one says happens.
    Listen,
    /// Calls the functions that wait for what the first argument says, with the further arguments.
    Emit,
    /// A type of records whose parts have the names that the second argument lists.
    RecordType,
    /// A record of the type that is called.
    Record,
    /// Nothing, but all elements of the first argument are the second one afterwards.
    Fill,
    /// Nothing, but that what is behind the call can count on the first argument's being true.
    Require,
    /// The elements for which a function gives true. Function and collection are receiver and argument, or two arguments.
    Filter,
    /// Pairs of a position and an element.
    Numbered,
    /// The keys.
    Keys,
    /// The entries, each with its key and value.
    Entries,
    /// The key of an entry.
    EntryKey,
    /// The value of an entry.
    EntryValue,
    /// A text that can be added to, of the first argument.
    NewText,
    /// Adds the first argument to a text, and gives the text.
    AppendText,
    /// Puts the second argument into a text at the position that is the first.
    InsertText,
    /// The text with arguments put in where it has braces.
    FillBraces,
    /// Cuts a text to a length; without one, to nothing.
    CutText,
    /// The text itself.
    Text,
    /// The character at a position.
    CharAt,
    /// All characters.
    Characters,
    /// From a position, to another.
    Substring,
    /// In lower case.
    Lower,
    /// In upper case.
    Upper,
    /// Without white space at the ends.
    Trim,
    /// How many characters.
    Length,
    /// Whether there are none.
    IsEmpty,
    /// Whether receiver and argument (or two arguments) are equal.
    Equals,
    /// The same, whatever the case.
    EqualsIgnoreCase,
    /// Whether the argument is part of the text.
    Contains,
    /// Whether the text begins with the argument.
    StartsWith,
    /// Whether the text ends with the argument.
    EndsWith,
    /// Where the argument stands in the text.
    IndexOf,
    /// The text with the argument behind it.
    Concat,
    /// The number that the first argument is written as.
    ParseInt,
    /// Whether the first argument is the text `true`.
    ParseBool,
    /// The pieces of a constant text between the places where the argument stands, as a list.
    Split,
    /// The first argument as a text.
    ToText,
    /// A text in which `%s` and the like stand for the arguments behind it: the receiver, or the first argument that is one.
    Format,
}

/// What calls do to the world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::EffectSpec`")]
pub struct Effect {
    pub trigger: Trigger,
    pub does: Vec<String>,
}

/// Something that is weak without any data flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::MatchSpec`")]
pub struct Match {
    pub rule: u16,
    pub trigger: Trigger,
    pub when: Vec<Test>,
    pub at: Option<Place>,
    pub origin: bool,
    pub message: Option<String>,
    pub confidence: u8,
}

/// A call that matches text against a regular expression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are those of `schema::PatternSpec`")]
pub struct RegexUse {
    pub trigger: Trigger,
    pub pattern: Place,
    pub input: Option<Place>,
    pub flags: Option<Place>,
    pub anchor: Anchor,
    pub when: Vec<Test>,
}

/// Where a match may begin and must end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Anchor {
    /// Anywhere.
    Search,
    /// At the beginning of the text.
    Start,
    /// The whole text.
    Full,
}
