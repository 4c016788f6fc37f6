//! Functions: what their parameters are, walking them, and calling them.

use std::rc::Rc;

use super::engine::{Engine, Frame, VARIABLES_A_STEP};
use super::eval::shorten;
use super::literals::is_number_type;
use super::state::State;
use super::trace::{OriginKind, StepMessage};
use super::value::{Clear, Fields, Taint, Truth, Value, common};
use crate::syntax::hir::*;

/// How many functions of the file may be walked inside each other; beyond, what is known of the function by itself counts.
pub const MAX_CALL_DEPTH: usize = 6;
/// Functions larger than this (bytes of source) are walked for a call only from the outermost function.
pub const LARGE_FUNCTION: u32 = 6_000;

/// How often a function that calls itself is walked: what it gives in the second round is made of what it gave in the first.
const RECURSION_ROUNDS: usize = 2;

/// That a framework calls a function: the entries of the models that say so.
#[derive(Clone, Default)]
pub struct EntryInfo {
    pub entries: Vec<u32>,
}

/// What is known of a function by itself.
pub struct Summary {
    /// What it returns; data of its parameters stands for the arguments.
    pub returned: Value,
    /// Whether the walk that finds it out is still going on.
    pub preliminary: bool,
}

/// What `this` or `self` is.
pub enum ThisKind {
    Receiver(ClassId),
    Nothing,
}

/// A walk's outcome.
pub struct Walked {
    pub value: Value,
    pub state: State,
}

/// The size of each function's body in bytes.
pub fn sizes(file: &File) -> Vec<u32> {
    file.functions.iter().map(|f| f.body_span.end.saturating_sub(f.body_span.start)).collect()
}

/// The functions directly inside each function, methods left out.
pub fn nested(file: &File) -> Vec<Vec<FunctionId>> {
    let mut inside = vec![Vec::new(); file.functions.len()];
    for (i, function) in file.functions.iter().enumerate().filter(|(_, f)| f.class.is_none()) {
        if let Some(list) = function.parent.and_then(|p| inside.get_mut(p.index())) {
            list.push(FunctionId(i as u32));
        }
    }
    inside
}

impl Engine<'_> {
    /// The variables after a module has run, those of the modules before it included.
    pub fn walk_module(&mut self, root: FunctionId) -> State {
        let body = self.file.function(root).body.clone();
        let before = if self.module_state.is_dead() { State::default() } else { self.module_state.clone() };
        self.active.push(root);
        self.frames.push(Frame::default());
        let flow = self.exec_block(&body, before);
        self.frames.pop();
        self.active.pop();
        flow.next
    }

    /// The parameters without the receiver.
    pub fn own_params(&self, id: FunctionId) -> impl Iterator<Item = &Param> {
        let function = self.file.function(id);
        let skip = usize::from(self.has_receiver_param(id));
        function.params.iter().skip(skip)
    }

    /// Whether the first parameter is the receiver (Python's and Go's methods).
    pub fn has_receiver_param(&self, id: FunctionId) -> bool {
        let function = self.file.function(id);
        matches!(self.file.language, Language::Python | Language::Go)
            && function.class.is_some()
            && !function.is_static
            && !function.params.is_empty()
    }

    pub fn this_kind(&self) -> ThisKind {
        let mut current = Some(self.current());
        while let Some(id) = current {
            let function = self.file.function(id);
            if let Some(class) = function.class {
                return ThisKind::Receiver(class);
            }
            current = if function.is_arrow { function.parent } else { None };
        }
        ThisKind::Nothing
    }

    /// A function value. Outside functions its walk waits until the module is known; inside, until it is called or the
    /// function around it ends.
    pub fn closure(&mut self, function: FunctionId, state: &State) -> Value {
        self.closures_snapshot(function, state);
        Value { callables: Some(Rc::new(vec![function])), ..Value::default() }
    }

    pub fn closures_snapshot(&mut self, function: FunctionId, state: &State) {
        if self.is_module(self.current()) {
            return;
        }
        // The variables will be copied when they are next written to, and both are kept.
        self.charge(state.size());
        if let Some(slot) = self.closures.get_mut(function.index()) {
            *slot = Some(state.clone());
        }
    }

    /// A function that is passed on without anything being known of how it is called; the data that it returns, its own
    /// parameters' left out.
    pub fn walk_closure(&mut self, id: FunctionId, state: &mut State) -> Vec<Taint> {
        if self.active.contains(&id) || self.active.len() > MAX_CALL_DEPTH {
            return Vec::new();
        }
        let bound = self.standalone_params(id);
        let base = self.base_state(id, state);
        let returns = self.returns_of(id);
        let walked = self.walk(id, bound, None, base, returns);
        self.mark_walked(id);
        self.absorb(id, &walked.state, state);
        let mut returned = walked.value.deep_taints();
        returned.retain(|t| {
            let root = self.origins.get(self.root(t.origin).0 as usize).map(|o| &o.kind);
            !matches!(root, Some(OriginKind::Param { function, .. }) if *function == id)
        });
        returned
    }

    pub fn mark_walked(&mut self, id: FunctionId) {
        if let Some(flag) = self.walked.get_mut(id.index()) {
            *flag = true;
        }
    }

    /// What a function that may be called later leaves in the variables around it.
    pub fn absorb(&self, id: FunctionId, after: &State, state: &mut State) {
        if after.is_dead() || state.is_dead() {
            return;
        }
        for (variable, value) in after.variables() {
            if variable.0 != id && state.get(*variable) != Some(value) && self.is_outer(variable.0, id) {
                state.add(*variable, value);
            }
        }
    }

    /// Walks a function by itself: its parameters are what its entry says, or stand for whatever they may be.
    pub fn walk_function(&mut self, id: FunctionId) {
        self.begin_share();
        let mut returned = Value::default();
        for _ in 0..RECURSION_ROUNDS {
            self.summarise(id, returned.clone(), true);
            let raised = std::mem::take(&mut self.raised);
            let bound = self.standalone_params(id);
            let base = self.standalone_state(id);
            let returns = self.returns_of(id);
            let this = self.file.function(id).class.map(|c| Value::of_path(&*self.file.class(c).symbol));
            let walked = self.walk(id, bound, this, base, returns);
            self.raised = raised;
            let changed = walked.value != returned;
            returned = walked.value;
            if !self.recursive.remove(&id) || !changed {
                break;
            }
        }
        self.mark_walked(id);
        self.summarise(id, returned, false);
    }

    fn summarise(&mut self, id: FunctionId, returned: Value, preliminary: bool) {
        if let Some(slot) = self.summaries.get_mut(id.index()) {
            *slot = Some(Rc::new(Summary { returned, preliminary }));
        }
    }

    /// The module's variables, and those that the functions around had when this one was defined.
    pub fn standalone_state(&self, id: FunctionId) -> State {
        let mut base = self.module_state.clone();
        self.charge(base.size() / VARIABLES_A_STEP);
        if base.is_dead() {
            base = State::default();
        }
        if let Some(Some(captured)) = self.closures.get(id.index()) {
            if captured.is_dead() {
                return base;
            }
            for (variable, value) in captured.variables() {
                if !self.is_module(variable.0) {
                    base.set(*variable, value.clone());
                }
            }
            captured.clears().into_iter().for_each(|c| base.clear(c));
        }
        base
    }

    pub fn standalone_params(&mut self, id: FunctionId) -> Vec<Value> {
        let function = self.file.function(id);
        let skip = usize::from(self.has_receiver_param(id));
        let mut bound = Vec::with_capacity(function.params.len());
        for (i, param) in function.params.iter().enumerate() {
            if i < skip {
                let class = function.class.map(|c| self.file.class(c).symbol.clone());
                bound.push(class.map(|c| Value::of_path(&*c)).unwrap_or_default());
                continue;
            }
            let mut value = self.entry_param(id, (i - skip) as u32, param);
            if value == Value::default() {
                value = self.plain_param(id, i as u32, param);
            } else if value.taints.is_none() && self.is_text_path(value.path.as_deref()) {
                // Where most parameters are declared as texts, there is nothing to be told of them but to those who call.
                value = self.plain_param(id, i as u32, param);
                self.quiet_params.insert((id, i as u32));
            }
            if let Some(default) = param.default {
                let default = self.default_value(id, default);
                value = value.join(&Value { open: true, ..default });
            }
            bound.push(value);
        }
        bound
    }

    /// A parameter's default. It may call the function that it is a default of.
    pub fn default_value(&mut self, id: FunctionId, default: ExprId) -> Value {
        if self.defaults.contains(&id) || self.defaults.len() > MAX_CALL_DEPTH {
            return Value::default();
        }
        self.defaults.push(id);
        let value = self.eval(default, &mut State::default());
        self.defaults.pop();
        value
    }

    pub fn plain_param(&mut self, id: FunctionId, index: u32, param: &Param) -> Value {
        let text = self.text(self.file.expr(param.pattern).span);
        let description = format!("the parameter `{}`", shorten(text));
        let origin = self.origin(OriginKind::Param { function: id, index }, None, param.span, &description);
        let step = self.step(param.span, StepMessage::Source(description.into()), None);
        let declared = param.ty.map(|t| self.declared(t)).unwrap_or_default();
        let number = declared.path.as_deref().is_some_and(is_number_type);
        let taints = if number { Vec::new() } else { vec![Taint { origin, cleared: 0, step }] };
        declared.with_taints(taints)
    }

    pub fn walk(
        &mut self,
        id: FunctionId,
        bound: Vec<Value>,
        this: Option<Value>,
        base: State,
        returns: Vec<u32>,
    ) -> Walked {
        let file = self.file;
        let function = file.function(id);
        self.active.push(id);
        self.frames.push(Frame { returns, ..Frame::default() });
        let mut state = base;
        if let (Some(this), Some(name)) = (this, file.names.get("this")) {
            state.set((id, name), this);
        }
        for (param, value) in function.params.iter().zip(bound) {
            self.assign_param(param.pattern, value, &mut state);
        }
        let flow = self.exec_block(&function.body, state);
        self.exec_later(&function.body, &flow.next);
        self.walk_nested(id);
        let frame = self.frames.pop().unwrap_or_default();
        self.active.pop();
        let state = match frame.exit {
            Some(exit) => self.join(exit, flow.next),
            None => flow.next,
        };
        let mut value = frame.returned.unwrap_or_default();
        if let Some(yielded) = frame.yielded {
            value = Value { fields: Some(Fields { rest: yielded, ..Fields::default() }.sealed()), ..Value::default() };
        }
        let truth =
            Truth { when_true: frame.when_true.unwrap_or_default(), when_false: frame.when_false.unwrap_or_default() };
        value.truth = (truth != Truth::default()).then(|| Rc::new(truth));
        Walked { value, state }
    }

    /// Go: what is deferred, and what goes on beside the function, also sees what the variables and channels hold at its end.
    fn exec_later(&mut self, body: &[StmtId], end: &State) {
        if self.file.language != Language::Go {
            return;
        }
        let file = self.file;
        let exit = self.frames.last().and_then(|f| f.exit.clone());
        let state = exit.map_or(end.clone(), |e| self.join(e, end.clone()));
        for stmt in body {
            let again = match &file.stmt(*stmt).kind {
                StmtKind::Unknown(exprs, blocks) => match (exprs.as_slice(), blocks.as_slice()) {
                    ([], [inner]) => inner.first().filter(|s| self.is_call_of_literal(**s)),
                    _ => None,
                },
                StmtKind::Expr(call) if self.text(file.stmt(*stmt).span).starts_with("go ") => {
                    Some(stmt).filter(|_| self.takes_channel(*call, &state))
                }
                _ => None,
            };
            if let (Some(again), false) = (again, state.is_dead()) {
                self.exec(*again, state.clone());
            }
        }
    }

    fn is_call_of_literal(&self, stmt: StmtId) -> bool {
        let StmtKind::Expr(call) = self.file.stmt(stmt).kind else { return false };
        let ExprKind::Call { callee, .. } = self.file.expr(call).kind else { return false };
        matches!(self.file.expr(callee).kind, ExprKind::Lambda(_))
    }

    fn takes_channel(&mut self, call: ExprId, state: &State) -> bool {
        let file = self.file;
        let ExprKind::Call { args, .. } = &file.expr(call).kind else { return false };
        args.iter().any(|a| self.eval(a.value, &mut state.clone()).path.as_deref() == Some("chan"))
    }

    /// Binding a parameter is no step of its own.
    pub fn assign_param(&mut self, pattern: ExprId, value: Value, state: &mut State) {
        match self.file.expr(pattern).kind {
            ExprKind::Name(name) => state.set((self.current(), name), value),
            _ => self.assign(pattern, value, state),
        }
    }

    /// Functions defined inside that nobody has called by the end are walked too, with what they capture.
    pub fn walk_nested(&mut self, id: FunctionId) {
        if self.active.len() > MAX_CALL_DEPTH {
            return;
        }
        for nested in self.nested.get(id.index()).cloned().unwrap_or_default() {
            let walked = self.walked.get(nested.index()).is_none_or(|w| *w);
            if !walked && !self.active.contains(&nested) {
                self.walk_function(nested);
            }
        }
    }

    pub fn note_return(&mut self, value: Value, state: &State) {
        let merged =
            self.frames.last().and_then(|f| f.exit.clone()).map_or(state.clone(), |e| self.join(e, state.clone()));
        let clears = state.clears();
        let truth = value.truth.as_deref().cloned().unwrap_or_default();
        let extended = |own: &[Clear]| own.iter().copied().chain(clears.iter().copied()).collect::<Vec<_>>();
        let (when_true, when_false) = (extended(&truth.when_true), extended(&truth.when_false));
        let (may_be_true, may_be_false) = (value.may_be(true), value.may_be(false) && !is_made_error(&value));
        let Some(frame) = self.frames.last_mut() else { return };
        frame.exit = Some(merged);
        if may_be_true {
            frame.when_true = Some(frame.when_true.as_ref().map_or(when_true.clone(), |old| common(old, &when_true)));
        }
        if may_be_false {
            frame.when_false =
                Some(frame.when_false.as_ref().map_or(when_false.clone(), |old| common(old, &when_false)));
        }
        frame.returned = Some(match &frame.returned {
            Some(old) => old.join(&value),
            None => value,
        });
    }
}

/// Whether a value is an error that is made where it stands, and so is not nothing.
fn is_made_error(value: &Value) -> bool {
    let makers = ["errors.New()", "fmt.Errorf()", "github.com/pkg/errors.New()", "github.com/pkg/errors.Errorf()"];
    value.path.as_deref().is_some_and(|p| makers.contains(&p))
}
