//! The engine's own state, and the order in which the functions of a file are walked.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::facts::{ClearFact, Facts};
use super::functions::{EntryInfo, Summary};
use super::results::{Finder, Hit};
use super::scope::Scopes;
use super::state::{State, Variable};
use super::trace::{Origin, OriginKind, Step};
use super::value::{Clear, OriginId, Path, StepId, Value};
use crate::finding::Finding;
use crate::links::program::{Links, Program};
use crate::rules::compiled::Anchor;
use crate::rules::index::Ref;
use crate::rules::{Library, ModelIndex};
use crate::syntax::Source;
use crate::syntax::hir::*;

/// How many variables of a state are copied or compared at the cost of a step.
pub const VARIABLES_A_STEP: usize = 32;

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

/// What has been looked up once.
#[derive(Default)]
pub struct Memo {
    pub lineages: RefCell<FxHashMap<Rc<str>, Arc<Vec<String>>>>,
    /// What the models say, by what is done with a path and whether shape counts.
    pub said: RefCell<[Said; 8]>,
    pub kept_out: RefCell<KeptOut>,
    /// What names were found to be among the modules of which the file takes all names, if anything.
    pub on_demand_names: RefCell<FxHashMap<Box<str>, Option<Path>>>,
    /// The sources that names alone are.
    pub named: FxHashMap<Rc<str>, Rc<[u32]>>,
}

/// The places, in the lists of what was seen, of what must stand there once only.
#[derive(Default)]
pub struct Ids {
    pub origins: FxHashMap<OriginKind, OriginId>,
    pub steps: FxHashMap<(Span, Option<StepId>), StepId>,
    pub hits: FxHashMap<(u16, Span), usize>,
    pub sinks: FxHashMap<(u8, Span), usize>,
    pub calls: FxHashMap<Span, usize>,
    pub patterns: FxHashMap<(Span, Span), usize>,
    pub routes: FxHashMap<Span, usize>,
    pub writes: FxHashSet<Span>,
    pub reads: FxHashSet<Span>,
    pub clears: FxHashSet<ClearFact>,
}

pub struct Engine<'a> {
    pub file: &'a File,
    pub source: &'a Source,
    pub links: &'a Links,
    pub library: &'a Library,
    pub index: &'a ModelIndex,
    pub scopes: Scopes,
    pub origins: Vec<Origin>,
    pub steps: Vec<Step>,
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
    pub facts: Facts,
    pub ids: Ids,
    pub memo: Memo,
    /// Calls that give what they were called on, changed.
    pub fluent: FxHashSet<ExprId>,
    /// Variables of which one was assigned to the other somewhere.
    pub aliases: FxHashMap<(FunctionId, Name), Vec<(FunctionId, Name)>>,
    /// The functions that are declared directly inside each, methods left out.
    pub nested: Vec<Vec<FunctionId>>,
    pub imports: Vec<String>,
    /// The modules of which the file takes all names.
    pub on_demand_modules: Vec<String>,
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
            steps: Vec::new(),
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
            facts: Facts::default(),
            ids: Ids::default(),
            memo: Memo::default(),
            fluent: FxHashSet::default(),
            aliases: FxHashMap::default(),
            nested: super::functions::nested(file),
            imports: super::types::modules(file),
            on_demand_modules: super::types::on_demand_modules(source, file),
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
        let methods = self.methods_in_order();
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

    /// The methods, constructors first. Of other files, a class has to be made before it is used; the rest is walked where it is
    /// called.
    fn methods_in_order(&self) -> Vec<FunctionId> {
        let constructors = ["__init__", "constructor", "<init>", "__post_init__", "setUp"];
        let is_constructor = |m: &FunctionId| {
            let name = self.file.function(*m).name.map_or("", |n| self.file.text(n));
            constructors.contains(&name)
        };
        let mut methods: Vec<FunctionId> = (self.file.classes.iter())
            .flat_map(|c| c.methods.iter().copied())
            .filter(|m| self.is_own(*m) || is_constructor(m))
            .collect();
        methods.sort_by_key(|m| (!is_constructor(m), *m));
        methods
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

    pub fn text(&self, span: Span) -> &'a str {
        self.source.slice(span)
    }
}
