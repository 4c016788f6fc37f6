//! Where data comes from, and the steps by which it came.

use std::rc::Rc;

use super::engine::Engine;
use super::value::{OriginId, StepId, Taint, Value};
use crate::syntax::hir::*;

/// How many taints are moved at the cost of a step.
const TAINTS_A_STEP: usize = 8;
/// How many steps of flows are kept; what data goes through after these is not shown. They are most of the memory that a
/// file takes.
const MAX_STEPS: usize = 300_000;

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

impl Engine<'_> {
    pub fn origin(&mut self, kind: OriginKind, label: Option<u8>, span: Span, description: &str) -> OriginId {
        if let Some(&id) = self.ids.origins.get(&kind) {
            return id;
        }
        let id = OriginId(self.origins.len() as u32);
        self.origins.push(Origin { kind: kind.clone(), label, span, description: description.into() });
        self.ids.origins.insert(kind, id);
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

    pub fn step(&mut self, span: Span, message: StepMessage, before: Option<StepId>) -> StepId {
        if let Some(&id) = self.ids.steps.get(&(span, before))
            && self.steps.get(id.0 as usize).is_some_and(|s| s.message == message)
        {
            return id;
        }
        if let (Some(before), true) = (before, self.steps.len() >= MAX_STEPS) {
            return before;
        }
        let id = StepId(self.steps.len() as u32);
        self.steps.push(Step { span, message, before });
        self.ids.steps.insert((span, before), id);
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
}
