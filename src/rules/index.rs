//! The compiled rules, and finding what they say about a path.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};

use super::compiled::{Kind, Models, Rule, RuleSet, Trigger};
use super::memo::Memo;
use super::place::{Pattern, Segment};
use crate::syntax::hir::Language;

static RULES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));
static EXAMPLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/examples.bin"));
/// The models, in the order of [`Language::MODELLED`].
static MODELS: [&[u8]; 4] = [
    include_bytes!(concat!(env!("OUT_DIR"), "/python.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/javascript.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/java.bin")),
    include_bytes!(concat!(env!("OUT_DIR"), "/go.bin")),
];

/// Types of the languages themselves: what a model says of them also holds for a receiver of unknown type.
const BUILTIN_TYPES: &[&str] = &[
    "str",
    "bytes",
    "list",
    "dict",
    "set",
    "tuple",
    "String",
    "Array",
    "Object",
    "Promise",
    "string",
    "array",
    "Map",
    "Set",
    "RegExp",
    "Function",
    "Number",
    "java.lang.String",
    "java.lang.CharSequence",
    "java.lang.Object",
    "java.util.List",
    "java.util.Map",
    "java.util.Set",
    "java.util.Collection",
    "java.util.Optional",
    "map",
    "error",
];

/// Whether a path is a type of the language itself.
pub fn is_builtin_type(path: &str) -> bool {
    BUILTIN_TYPES.contains(&path)
}

/// An entry of the models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "named as the sections of a model file")]
pub enum Ref {
    Type(u32),
    Entry(u32),
    Source(u32),
    Sink(u32),
    Barrier(u32),
    Guard(u32),
    Step(u32),
    Operation(u32),
    Pattern(u32),
    Effect(u32),
    Match(u32),
}

/// All rules, and the models of every language, each read when it is first needed.
pub struct Library {
    set: RuleSet,
    /// In the order of [`Language::MODELLED`].
    models: [OnceLock<ModelIndex>; 4],
}

impl Library {
    /// The rules and models that are built in.
    pub fn built_in() -> &'static Library {
        static LIBRARY: OnceLock<Library> = OnceLock::new();
        LIBRARY.get_or_init(|| Library {
            set: postcard::from_bytes(RULES).unwrap_or_default(),
            models: Default::default(),
        })
    }

    /// A library of other rules: those of `set`, and for each language the models given, or the built-in ones where there
    /// are none. Sink kinds and labels are numbered as in `set`, which therefore begins as the built-in one does.
    pub fn new(set: RuleSet, mut models: BTreeMap<Language, Models>) -> Library {
        let models = Language::MODELLED.map(|language| match models.remove(&language) {
            Some(models) => OnceLock::from(ModelIndex::new(models, &set.kinds)),
            None => OnceLock::new(),
        });
        Library { set, models }
    }

    /// Rules, sink kinds and labels.
    pub fn set(&self) -> &RuleSet {
        &self.set
    }

    /// All rules: the built-in ones sorted by id, then users' own.
    pub fn rules(&self) -> &[Rule] {
        &self.set.rules
    }

    /// The rule with this id.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.set.rules.iter().find(|r| r.id == id)
    }

    /// The bit of a sink kind; 0 for one that no rule or model names.
    pub fn kind_bit(&self, name: &str) -> u64 {
        self.set.kinds.iter().position(|k| k.name == name).map_or(0, |i| 1 << i)
    }

    /// The number of a label.
    pub fn label(&self, name: &str) -> Option<u8> {
        self.set.labels.iter().position(|l| l == name).map(|i| i as u8)
    }

    /// The models for a language.
    pub fn models(&self, language: Language) -> &ModelIndex {
        let [python, javascript, java, go] = &self.models;
        let [python_bytes, javascript_bytes, java_bytes, go_bytes] = MODELS;
        let (cell, bytes) = match language {
            Language::Python => (python, python_bytes),
            Language::JavaScript | Language::TypeScript => (javascript, javascript_bytes),
            Language::Java => (java, java_bytes),
            Language::Go => (go, go_bytes),
        };
        cell.get_or_init(|| ModelIndex::new(postcard::from_bytes(bytes).unwrap_or_default(), &self.set.kinds))
    }

    /// The built-in examples: rule id, language and Markdown text, sorted.
    pub fn examples() -> Vec<(String, String, String)> {
        postcard::from_bytes(EXAMPLES).unwrap_or_default()
    }
}

/// Patterns by their last segment.
#[derive(Default)]
struct Table {
    by_last: FxHashMap<String, Vec<(Arc<Pattern>, Ref)>>,
    any_last: Vec<(Arc<Pattern>, Ref)>,
}

impl Table {
    fn add(&mut self, patterns: &[Pattern], entry: Ref) {
        for pattern in patterns {
            let pattern = Arc::new(pattern.clone());
            if pattern.last().is_empty() {
                self.any_last.push((pattern.clone(), entry));
            }
            for last in pattern.last() {
                self.by_last.entry(last.clone()).or_default().push((pattern.clone(), entry));
            }
        }
    }

    /// Adds what is said of `path`. `shape`: its receiver is of unknown or unmodelled type.
    fn find(&self, path: &str, shape: bool, out: &mut Vec<Ref>) {
        let parts: Vec<&str> = path.rsplit('.').collect();
        let last = parts.first().copied().unwrap_or(path);
        let candidates = self.by_last.get(last).map_or(&[][..], |v| v);
        for (pattern, entry) in candidates.iter().chain(&self.any_last) {
            let fits = if pattern.any_receiver {
                shape && pattern.fits_parts(parts.iter().copied())
            } else {
                pattern.fits_parts(parts.iter().copied()) || (shape && is_builtin_method(pattern))
            };
            if fits && !out.contains(entry) {
                out.push(*entry);
            }
        }
    }
}

/// Whether the pattern is about a method of a built-in type (`str.isalnum`).
fn is_builtin_method(pattern: &Pattern) -> bool {
    let Some((Segment::OneOf(_), owner)) = pattern.segments.split_last() else { return false };
    let names =
        |segment: &Segment, part: &str| matches!(segment, Segment::OneOf(texts) if texts.iter().any(|t| t == part));
    // What holds text can be of unknown type; the collections of Java have methods that others have too.
    BUILTIN_TYPES.iter().filter(|ty| !ty.starts_with("java.util")).any(|ty| {
        ty.split('.').count() == owner.len() && ty.split('.').zip(owner).all(|(part, segment)| names(segment, part))
    })
}

/// The models of one language, indexed.
pub struct ModelIndex {
    /// The entries that a [`Ref`] counts into.
    pub models: Models,
    calls: Table,
    reads: Table,
    writes: Table,
    decorators: Table,
    owners: FxHashSet<String>,
    kinds_of: FxHashMap<String, Vec<String>>,
    /// Sources by name, with their number.
    pub named: Vec<(Regex, u32)>,
    /// Sources that are caught exceptions.
    pub caught: Vec<u32>,
    /// Sinks that are JSX attributes, by name.
    pub attributes: FxHashMap<String, Vec<u32>>,
    /// Entries by base class, and by the names of parameters.
    pub other_entries: Vec<u32>,
    /// Sources by the annotated type or the decorators of a parameter.
    pub param_sources: Vec<u32>,
    regexes: FxHashMap<String, OnceLock<Option<Regex>>>,
    lineages: Memo<Arc<Vec<String>>>,
    known: Memo<bool>,
    /// What is said of calls, reads, writes and decorators, without and with shape.
    said: [Memo<Arc<[Ref]>>; 8],
}

/// What is done with a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "named for what they are")]
pub enum Asked {
    Call,
    Read,
    Write,
    Decorator,
}

impl Asked {
    /// A number for each, with and without shape.
    pub fn index(self, shape: bool) -> usize {
        2 * self as usize + usize::from(shape)
    }
}

impl ModelIndex {
    /// Indexes models, and what is known of the sink kinds.
    pub fn new(models: Models, kinds: &[Kind]) -> Self {
        let mut index = ModelIndex {
            calls: Table::default(),
            reads: Table::default(),
            writes: Table::default(),
            decorators: Table::default(),
            owners: FxHashSet::default(),
            kinds_of: FxHashMap::default(),
            named: Vec::new(),
            caught: Vec::new(),
            attributes: FxHashMap::default(),
            other_entries: Vec::new(),
            param_sources: Vec::new(),
            regexes: FxHashMap::default(),
            lineages: Memo::default(),
            known: Memo::default(),
            said: Default::default(),
            models: Models::default(),
        };
        index.add_all(&models);
        for kind in &models.kinds_of {
            for of in &kind.of {
                index.kinds_of.entry(of.clone()).or_default().push(kind.is.clone());
                index.owners.insert(of.clone());
            }
        }
        index.models = models;
        index.collect_regexes(kinds);
        index
    }

    fn add_all(&mut self, m: &Models) {
        let number = |i: usize| i as u32;
        m.types.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Type(number(i))));
        m.entries.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Entry(number(i))));
        m.sources.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Source(number(i))));
        m.sinks.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Sink(number(i))));
        m.barriers.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Barrier(number(i))));
        m.guards.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Guard(number(i))));
        m.steps.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Step(number(i))));
        m.operations.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Operation(number(i))));
        m.patterns.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Pattern(number(i))));
        m.effects.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Effect(number(i))));
        m.matches.iter().enumerate().for_each(|(i, e)| self.add(&e.trigger, Ref::Match(number(i))));
        for entry in &m.types {
            self.owners.insert(entry.gives.clone());
        }
    }

    fn add(&mut self, trigger: &Trigger, entry: Ref) {
        let (table, patterns) = match trigger {
            Trigger::Call(p) => (&mut self.calls, p),
            Trigger::Read(p) => (&mut self.reads, p),
            Trigger::Write(p) => (&mut self.writes, p),
            Trigger::Decorator(p) => (&mut self.decorators, p),
            other => return self.add_other(other, entry),
        };
        table.add(patterns, entry);
        for pattern in patterns {
            self.owners.extend(pattern.owners());
        }
    }

    fn add_other(&mut self, trigger: &Trigger, entry: Ref) {
        match (trigger, entry) {
            (Trigger::Named(pattern), Ref::Source(i)) => {
                self.named.extend(Regex::new(pattern).ok().map(|r| (r, i)));
            }
            (Trigger::Caught, Ref::Source(i)) => self.caught.push(i),
            (Trigger::ParamType(_) | Trigger::ParamDecorator(_), Ref::Source(i)) => self.param_sources.push(i),
            (Trigger::Attribute(names), Ref::Sink(i)) => {
                for name in names {
                    self.attributes.entry(name.clone()).or_default().push(i);
                }
            }
            (Trigger::Base(..) | Trigger::ParamsNamed(_), Ref::Entry(i)) => self.other_entries.push(i),
            _ => {}
        }
    }

    fn collect_regexes(&mut self, kinds: &[Kind]) {
        use super::compiled::{Test, TestKind};
        let m = &self.models;
        let all = (m.types.iter().map(|e| &e.when))
            .chain(m.entries.iter().flat_map(|e| [&e.when, &e.returns_when]))
            .chain(m.sources.iter().map(|e| &e.when))
            .chain(m.sinks.iter().map(|e| &e.when))
            .chain(m.barriers.iter().map(|e| &e.when))
            .chain(m.guards.iter().map(|e| &e.when))
            .chain(m.steps.iter().map(|e| &e.when))
            .chain(m.operations.iter().map(|e| &e.when))
            .chain(m.patterns.iter().map(|e| &e.when))
            .chain(m.matches.iter().map(|e| &e.when));
        let prefixes = kinds.iter().flat_map(|k| [&k.safe_prefix, &k.harmful_prefix, &k.safe_suffix]);
        let mut patterns: Vec<String> = prefixes.flatten().cloned().collect();
        let texts = |t: &Test| match &t.kind {
            TestKind::Matches(p) | TestKind::Named(p) | TestKind::Around(p) | TestKind::Written(p) => Some(p.clone()),
            _ => None,
        };
        all.for_each(|tests| patterns.extend(tests.iter().filter_map(texts)));
        for entry in &m.entries {
            if let Trigger::ParamsNamed(names) = &entry.trigger {
                patterns.extend(names.iter().map(|n| format!("^(?:{n})$")));
            }
        }
        self.regexes = patterns.into_iter().map(|p| (p, OnceLock::new())).collect();
    }

    /// Whether a regular expression of the models (as written there) matches somewhere in `text`. Compiled when first asked for.
    pub fn regex_matches(&self, pattern: &str, text: &str) -> bool {
        let Some(cell) = self.regexes.get(pattern) else {
            return Regex::new(pattern).is_ok_and(|r| r.is_match(text));
        };
        cell.get_or_init(|| Regex::new(pattern).ok()).as_ref().is_some_and(|r| r.is_match(text))
    }

    /// Whether the models say something about members of `path`, so that shape alone no longer counts for them.
    pub fn is_modelled(&self, path: &str) -> bool {
        self.owners.contains(path)
    }

    /// Whether the models name `path` at all: as a type, or as something that is called, read or used as a decorator.
    pub fn knows(&self, path: &str) -> bool {
        self.is_modelled(path) || self.kinds_of.contains_key(path) || self.known.get(path, || self.names(path))
    }

    /// Whether a pattern of the models fits `path`.
    fn names(&self, path: &str) -> bool {
        let mut found = Vec::new();
        for table in [&self.calls, &self.reads, &self.decorators] {
            table.find(path, false, &mut found);
        }
        let fits = |patterns: &[Pattern]| patterns.iter().any(|p| p.fits(path));
        !found.is_empty()
            || self
                .models
                .sources
                .iter()
                .any(|s| matches!(&s.trigger, Trigger::ParamType(p) | Trigger::ParamDecorator(p) if fits(p)))
            || self.models.entries.iter().any(|e| {
                matches!(&e.trigger, Trigger::Base(bases, _) if fits(bases)) || fits(&e.with) || fits(&e.without)
            })
    }

    /// The path itself and everything that it is a kind of, nearest first.
    pub fn lineage(&self, path: &str) -> Arc<Vec<String>> {
        self.lineages.get(path, || Arc::new(self.all_that_it_is(path)))
    }

    fn all_that_it_is(&self, path: &str) -> Vec<String> {
        let mut out = vec![path.to_string()];
        let mut next = 0;
        while let Some(current) = out.get(next).cloned() {
            next += 1;
            for (i, _) in current.match_indices('.').chain([(current.len(), "")]) {
                let (prefix, rest) = current.split_at(i);
                for is in self.kinds_of.get(prefix).into_iter().flatten() {
                    let derived = format!("{is}{rest}");
                    if out.len() < 16 && !out.contains(&derived) {
                        out.push(derived);
                    }
                }
            }
        }
        out
    }

    /// What is said of doing something with `path`, or with what it is a kind of. `shape`: the receiver is of unknown or
    /// unmodelled type.
    pub fn said(&self, asked: Asked, path: &str, shape: bool) -> Arc<[Ref]> {
        let find = || self.said_of_any(asked, &self.lineage(path), shape);
        match self.said.get(asked.index(shape)) {
            Some(memo) => memo.get(path, find),
            None => find(),
        }
    }

    /// What is said of doing something with one of `paths`.
    pub fn said_of_any(&self, asked: Asked, paths: &[String], shape: bool) -> Arc<[Ref]> {
        let table = match asked {
            Asked::Call => &self.calls,
            Asked::Read => &self.reads,
            Asked::Write => &self.writes,
            Asked::Decorator => &self.decorators,
        };
        Self::find(table, paths, shape).into()
    }

    fn find(table: &Table, paths: &[String], shape: bool) -> Vec<Ref> {
        let mut out = Vec::new();
        for path in paths {
            table.find(path, shape, &mut out);
        }
        out.sort_unstable();
        out
    }
}
