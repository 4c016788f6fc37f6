//! The engine's own state, and the order in which the functions of a file are walked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::{Facts, SinkFact, SinkStatus};
use super::functions::{EntryInfo, Summary};
use super::results::{Finder, Hit};
use super::scope::Scopes;
use super::state::{State, Variable};
use super::value::{Clear, OriginId, Path, StepId, Taint, Value};
use crate::finding::Finding;
use crate::links::program::{Links, Program};
use crate::rules::compiled::Anchor;
use crate::rules::index::Ref;
use crate::rules::{Library, ModelIndex};
use crate::syntax::Source;
use crate::syntax::hir::*;

/// How many variables of a state are copied or compared, and how many taints are moved, at the cost of a step.
pub const VARIABLES_A_STEP: usize = 32;
const TAINTS_A_STEP: usize = 8;

/// How many steps of flows are kept; what data goes through after these is not shown. They are most of the memory that a
/// file takes.
const MAX_STEPS: usize = 300_000;

/// How much work a file may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Steps of the engine (evaluations of an expression, about) a file.
    pub steps: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { steps: 5_000_000 }
    }
}

/// The result of analysing a file.
#[derive(Debug, Clone, Default)]
pub struct Analysis {
    /// What was found, in order; without what the checks of `checks` add.
    pub findings: Vec<Finding>,
    /// What was found in other files of the program, on ways that begin in this one.
    pub elsewhere: Vec<Finding>,
    /// What was seen besides.
    pub facts: Facts,
    /// Whether the steps ran out, in this file or in another of the program.
    pub spent: bool,
    /// Functions (dotted) that were not walked to their end because the steps ran out, sorted.
    pub unfinished: Vec<String>,
}

/// Where labelled data comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum OriginKind {
    /// A source: its label, and what identifies it (a path read, or a place).
    Source { label: u8, identity: Rc<str> },
    /// A parameter of a function, when it is walked by itself.
    Param { function: FunctionId, index: u32 },
    /// A part of another origin's data.
    Part { of: OriginId, key: Rc<str> },
}

pub struct Origin {
    pub kind: OriginKind,
    pub label: Option<u8>,
    pub span: Span,
    pub description: Rc<str>,
}

/// A step of a flow.
#[derive(Clone)]
pub struct Step {
    pub span: Span,
    pub message: StepMessage,
    pub before: Option<StepId>,
}

#[derive(Clone, PartialEq)]
pub enum StepMessage {
    Source(Rc<str>),
    Assigned(Name),
    Argument(Rc<str>),
    Returned,
    Through(Rc<str>),
}

/// What a function's walk collects.
#[derive(Default)]
pub struct Frame {
    pub returned: Option<Value>,
    pub exit: Option<State>,
    /// What is safe when the returned value is true, false.
    pub when_true: Option<Vec<Clear>>,
    pub when_false: Option<Vec<Clear>>,
    pub yielded: Option<Value>,
    /// The entries that say where returned values go.
    pub returns: Vec<u32>,
}

/// What the models say of paths, by path.
type Said = FxHashMap<Rc<str>, Arc<[Ref]>>;

/// The sink kinds that patterns keep out, by pattern, flags and anchor.
type KeptOut = FxHashMap<(Rc<str>, Rc<str>, Anchor), u64>;

pub struct Engine<'a> {
    pub file: &'a File,
    pub source: &'a Source,
    pub links: &'a Links,
    pub library: &'a Library,
    pub index: &'a ModelIndex,
    pub scopes: Scopes,
    pub origins: Vec<Origin>,
    origin_ids: FxHashMap<OriginKind, OriginId>,
    pub steps: Vec<Step>,
    step_ids: FxHashMap<(Span, Option<StepId>), StepId>,
    pub entries: Vec<Option<EntryInfo>>,
    pub closures: Vec<Option<State>>,
    pub walked: Vec<bool>,
    pub summaries: Vec<Option<Rc<Summary>>>,
    /// Parameters whose way to a sink is told only of callers that are known.
    pub quiet_params: FxHashSet<(FunctionId, u32)>,
    /// Functions that are being called by what their decorators put in their place.
    pub replaced: Vec<FunctionId>,
    /// What functions have delivered that a call handed out for it.
    pub delivered: Vec<Value>,
    /// What handlers have kept for each other, by the path or the key.
    pub kept: BTreeMap<Rc<str>, Value>,
    /// The functions that wait for events.
    pub listeners: BTreeMap<Rc<str>, Vec<FunctionId>>,
    /// Functions that were called while they were being walked by themselves.
    pub recursive: FxHashSet<FunctionId>,
    pub active: Vec<FunctionId>,
    /// The functions whose parameters' defaults are being evaluated.
    pub defaults: Vec<FunctionId>,
    pub frames: Vec<Frame>,
    /// The last call of which neither the file nor a model says what it returns.
    pub guessed: Option<Span>,
    /// Data that has been thrown and not been caught yet.
    pub raised: Vec<Value>,
    pub class_fields: Vec<BTreeMap<Rc<str>, Value>>,
    pub local_classes: FxHashMap<Rc<str>, ClassId>,
    /// Whether any of these is made from others.
    pub has_bases: bool,
    pub module_state: State,
    /// Functions of other files that this one has a framework call.
    pub sent_out: Vec<FunctionId>,
    /// Whether these are being walked.
    pub out: bool,
    /// What modules export as a whole.
    pub default_exports: FxHashMap<FunctionId, Value>,
    pub hits: Vec<Hit>,
    pub hit_ids: FxHashMap<(u16, Span), usize>,
    pub facts: Facts,
    pub sink_ids: FxHashMap<(u8, Span), usize>,
    pub call_ids: FxHashMap<Span, usize>,
    pub pattern_ids: FxHashMap<(Span, Span), usize>,
    pub route_ids: FxHashMap<Span, usize>,
    /// Calls that give what they were called on, changed.
    pub fluent: FxHashSet<ExprId>,
    /// Variables of which one was assigned to the other somewhere.
    pub aliases: FxHashMap<(FunctionId, Name), Vec<(FunctionId, Name)>>,
    write_ids: FxHashSet<Span>,
    read_ids: FxHashSet<Span>,
    pub clear_ids: FxHashSet<super::facts::ClearFact>,
    pub lineages: RefCell<FxHashMap<Rc<str>, Arc<Vec<String>>>>,
    /// What the models say, by what is done with a path and whether shape counts.
    pub said: RefCell<[Said; 8]>,
    pub kept_out: RefCell<KeptOut>,
    /// The functions that are declared directly inside each, methods left out.
    pub nested: Vec<Vec<FunctionId>>,
    pub names: FxHashMap<Rc<str>, Rc<[u32]>>,
    pub imports: Vec<String>,
    /// The modules of which the file takes all names.
    pub on_demand_modules: Vec<String>,
    /// What names were found to be among these, if anything.
    pub on_demand_names: RefCell<FxHashMap<Box<str>, Option<Path>>>,
    /// The declared types of variables, where the language has such.
    pub variable_types: FxHashMap<Variable, Path>,
    /// The declared types of fields.
    pub field_types: FxHashMap<(ClassId, Name), Path>,
    pub fuel: Cell<u64>,
    /// What is left of the fuel when the function that is being walked by itself has had its share: the functions that it
    /// calls are then no longer walked with it.
    pub floor: Cell<u64>,
    pub unfinished: FxHashSet<FunctionId>,
    pub sizes: Vec<u32>,
}

/// Analyses the first file of a program. Never fails; what could not be walked is in [`Analysis::unfinished`].
pub fn analyse(program: &Program<'_>, library: &Library, limits: Limits) -> Analysis {
    let mut engine = Engine::new(program, library, limits);
    engine.run();
    Finder::new(&engine, program).finish()
}

impl<'a> Engine<'a> {
    fn new(program: &'a Program<'_>, library: &'a Library, limits: Limits) -> Self {
        let (file, source) = (&*program.file, &*program.source);
        let local_classes =
            (file.classes.iter().enumerate()).map(|(i, c)| (Rc::from(&*c.symbol), ClassId(i as u32))).collect();
        Engine {
            scopes: Scopes::new(file),
            index: library.models(file.language),
            origins: Vec::new(),
            origin_ids: FxHashMap::default(),
            steps: Vec::new(),
            step_ids: FxHashMap::default(),
            entries: vec![None; file.functions.len()],
            closures: vec![None; file.functions.len()],
            walked: vec![false; file.functions.len()],
            summaries: vec![None; file.functions.len()],
            quiet_params: FxHashSet::default(),
            replaced: Vec::new(),
            delivered: Vec::new(),
            kept: BTreeMap::new(),
            listeners: BTreeMap::new(),
            recursive: FxHashSet::default(),
            active: Vec::new(),
            defaults: Vec::new(),
            frames: Vec::new(),
            guessed: None,
            raised: Vec::new(),
            class_fields: vec![BTreeMap::new(); file.classes.len()],
            local_classes,
            has_bases: file.classes.iter().any(|class| !class.bases.is_empty()),
            module_state: State::default(),
            sent_out: Vec::new(),
            out: false,
            default_exports: FxHashMap::default(),
            hits: Vec::new(),
            hit_ids: FxHashMap::default(),
            facts: Facts::default(),
            sink_ids: FxHashMap::default(),
            call_ids: FxHashMap::default(),
            pattern_ids: FxHashMap::default(),
            route_ids: FxHashMap::default(),
            fluent: FxHashSet::default(),
            aliases: FxHashMap::default(),
            write_ids: FxHashSet::default(),
            read_ids: FxHashSet::default(),
            clear_ids: FxHashSet::default(),
            lineages: RefCell::new(FxHashMap::default()),
            said: RefCell::default(),
            kept_out: RefCell::default(),
            nested: super::functions::nested(file),
            names: FxHashMap::default(),
            imports: super::types::modules(file),
            on_demand_modules: super::types::on_demand_modules(source, file),
            on_demand_names: RefCell::default(),
            variable_types: FxHashMap::default(),
            field_types: FxHashMap::default(),
            fuel: Cell::new(limits.steps),
            floor: Cell::new(0),
            unfinished: FxHashSet::default(),
            sizes: super::functions::sizes(file),
            file,
            source,
            links: &program.links,
            library,
        }
    }

    /// The module first, since functions see its variables; then every function by itself. Class fields are known only
    /// after the methods that set them, so methods are walked twice, constructors first.
    fn run(&mut self) {
        self.declare_fields();
        for root in self.links.roots.iter().copied().chain([MODULE]) {
            // One that ends the program leaves the variables of those before it as they were.
            let after = self.walk_module(root);
            if !after.is_dead() {
                self.module_state = after;
            }
        }
        // What was said on the way about functions still lacked the module's later variables.
        self.summaries.iter_mut().for_each(|s| *s = None);
        self.walked.iter_mut().for_each(|w| *w = false);
        self.find_entries();
        let constructors = ["__init__", "constructor", "<init>", "__post_init__", "setUp"];
        let is_constructor = |m: &FunctionId| {
            let name = self.file.function(*m).name.map_or("", |n| self.file.text(n));
            constructors.contains(&name)
        };
        // Of other files, a class has to be made before it is used; the rest is walked where it is called.
        let mut methods: Vec<FunctionId> = (self.file.classes.iter())
            .flat_map(|c| c.methods.iter().copied())
            .filter(|m| self.is_own(*m) || is_constructor(m))
            .collect();
        methods.sort_by_key(|m| (!is_constructor(m), *m));
        for method in &methods {
            self.walk_function(*method);
        }
        self.summaries.iter_mut().for_each(|s| *s = None);
        for method in &methods {
            self.walk_function(*method);
        }
        for i in 1..self.links.functions {
            if !self.walked[i] && self.summaries[i].is_none() {
                self.walk_function(FunctionId(i as u32));
            }
        }
        self.out = true;
        for function in std::mem::take(&mut self.sent_out) {
            self.walk_function(function);
        }
    }

    /// Gives a function that is walked by itself, with what it calls, its share of the steps that are left.
    pub fn begin_share(&self) {
        if self.active.is_empty() {
            let left = self.fuel.get();
            let parts = 2 + self.links.functions as u64;
            self.floor.set(left - left / parts);
        }
    }

    /// Takes a step; false when none is left.
    pub fn tick(&mut self) -> bool {
        if self.fuel.get() == 0 {
            if let Some(&function) = self.active.last() {
                self.unfinished.insert(function);
            }
            return false;
        }
        self.charge(1);
        true
    }

    /// Counts work that grows with the size of what is worked on, in steps.
    pub fn charge(&self, steps: usize) {
        self.fuel.set(self.fuel.get().saturating_sub(steps as u64));
    }

    /// The function that is being walked.
    pub fn current(&self) -> FunctionId {
        self.active.last().copied().unwrap_or(MODULE)
    }

    pub fn origin(&mut self, kind: OriginKind, label: Option<u8>, span: Span, description: &str) -> OriginId {
        if let Some(&id) = self.origin_ids.get(&kind) {
            return id;
        }
        let id = OriginId(self.origins.len() as u32);
        self.origins.push(Origin { kind: kind.clone(), label, span, description: description.into() });
        self.origin_ids.insert(kind, id);
        id
    }

    /// The origin of a part of some data; beyond three levels, and for numbered elements, the whole.
    pub fn part(&mut self, of: OriginId, key: &str) -> OriginId {
        let depth = self.part_depth(of);
        if depth >= 3 || self.origins.len() > 20_000 {
            return of;
        }
        let Some(whole) = self.origins.get(of.0 as usize) else { return of };
        let (label, span, description) = (whole.label, whole.span, whole.description.clone());
        self.origin(OriginKind::Part { of, key: key.into() }, label, span, &description)
    }

    fn part_depth(&self, mut of: OriginId) -> u32 {
        let mut depth = 0;
        while let Some(OriginKind::Part { of: outer, .. }) = self.origins.get(of.0 as usize).map(|o| &o.kind) {
            of = *outer;
            depth += 1;
        }
        depth
    }

    /// The origin that this one is a part of in the end.
    pub fn root(&self, mut of: OriginId) -> OriginId {
        while let Some(OriginKind::Part { of: outer, .. }) = self.origins.get(of.0 as usize).map(|o| &o.kind) {
            of = *outer;
        }
        of
    }

    /// The kinds that tests have made data of `origin`, or of what it is a part of, safe for.
    pub fn cleared_in(&self, state: &State, origin: OriginId) -> u64 {
        if !state.clears_anything() {
            return 0;
        }
        let mut kinds = state.cleared(origin);
        let mut current = origin;
        while let Some(OriginKind::Part { of, .. }) = self.origins.get(current.0 as usize).map(|o| &o.kind) {
            kinds |= state.cleared(*of);
            current = *of;
        }
        kinds
    }

    /// A value's taints with what tests cleared written into them; none when nothing changes.
    pub fn settled(&self, state: &State, taints: &[Taint]) -> Option<Vec<Taint>> {
        let mut changed = false;
        let all = taints
            .iter()
            .map(|t| {
                let cleared = t.cleared | self.cleared_in(state, t.origin);
                changed |= cleared != t.cleared;
                Taint { cleared, ..*t }
            })
            .collect();
        changed.then_some(all)
    }

    /// A value as it is in a state, tests included.
    pub fn settle(&self, state: &State, value: Value) -> Value {
        if !state.clears_anything() {
            return value;
        }
        super::state::settle_value(state, &value, &|s, t| self.settled(s, t), 3).unwrap_or(value)
    }

    pub fn join(&self, a: State, b: State) -> State {
        if !a.shares_variables(&b) {
            self.charge(a.size().max(b.size()) / VARIABLES_A_STEP);
        }
        a.join(b, &|state, taints| self.settled(state, taints))
    }

    pub fn step(&mut self, span: Span, message: StepMessage, before: Option<StepId>) -> StepId {
        if let Some(&id) = self.step_ids.get(&(span, before))
            && self.steps.get(id.0 as usize).is_some_and(|s| s.message == message)
        {
            return id;
        }
        if let (Some(before), true) = (before, self.steps.len() >= MAX_STEPS) {
            return before;
        }
        let id = StepId(self.steps.len() as u32);
        self.steps.push(Step { span, message, before });
        self.step_ids.insert((span, before), id);
        id
    }

    /// The same value, its own data one step further.
    pub fn stepped(&mut self, mut value: Value, span: Span, message: &StepMessage) -> Value {
        if let Some(taints) = &value.taints {
            self.charge(taints.len() / TAINTS_A_STEP);
            let moved =
                taints.iter().map(|t| Taint { step: self.step(span, message.clone(), Some(t.step)), ..*t }).collect();
            value.taints = Some(Rc::new(moved));
        }
        value
    }

    /// Notes what arrives at a sink. The worst of several walks counts.
    pub fn note_sink(&mut self, fact: SinkFact) {
        let key = (fact.kind, fact.span);
        match self.sink_ids.get(&key).and_then(|&i| self.facts.sinks.get_mut(i)) {
            Some(old) => {
                let status = old.status.clone().max(fact.status);
                old.status = status;
                old.bound |= fact.bound;
            }
            None => {
                self.sink_ids.insert(key, self.facts.sinks.len());
                self.facts.sinks.push(fact);
            }
        }
    }

    /// Notes an assignment to a member.
    pub fn note_write(&mut self, span: Span, path: &str) {
        if self.write_ids.insert(span) {
            let function = self.current();
            self.facts.writes.push(super::facts::WriteFact { span, function, path: path.to_string() });
        }
    }

    /// Notes a read that a model speaks of.
    pub fn note_read(&mut self, span: Span, path: &str) {
        if self.read_ids.insert(span) {
            self.facts.reads.push(super::facts::ReadFact { span, path: path.to_string() });
        }
    }

    /// Notes that something made data safe.
    pub fn note_clear(&mut self, span: Span, by: &str, kinds: u64) {
        let fact = super::facts::ClearFact { span, by: by.to_string(), kinds };
        if self.clear_ids.insert(fact.clone()) {
            self.facts.clears.push(fact);
        }
    }

    /// Whether data has been made safe for a kind: for itself, or for all of a set of kinds that come to the same.
    pub fn is_safe(&self, taint: &Taint, kind: u8) -> bool {
        if taint.cleared & (1u64 << kind) != 0 {
            return true;
        }
        let known = self.library.set().kinds.get(kind as usize);
        known.is_some_and(|k| k.safe_when.iter().any(|set| taint.cleared & set == *set))
    }

    /// What arrives, as a status: by taints and constants.
    pub fn status(&self, kind: u8, value: &Value, taints: &[Taint]) -> SinkStatus {
        if taints.iter().any(|t| !self.is_safe(t, kind)) {
            SinkStatus::Labelled
        } else if !taints.is_empty() {
            SinkStatus::Cleared(String::new())
        } else if value.is_constant() {
            SinkStatus::Constant
        } else {
            SinkStatus::Unlabelled
        }
    }

    pub fn text(&self, span: Span) -> &'a str {
        self.source.slice(span)
    }
}
