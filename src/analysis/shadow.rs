//! Variables that a block declares anew where the language has scopes smaller than functions.

use super::engine::Engine;
use super::exec::Flow;
use super::state::{State, Variable};
use super::value::Value;
use crate::syntax::hir::*;

impl Engine<'_> {
    /// Walks a block inside a function. In Go, what it declares shadows the variables of the same names around it, which are
    /// again what they were when it is left.
    pub fn exec_scope(&mut self, block: &[StmtId], state: State) -> Flow {
        let shadowed = self.shadowed(block, &state);
        let mut flow = self.exec_block(block, state);
        for end in [&mut flow.next, &mut flow.broken, &mut flow.continued] {
            restore(&shadowed, end);
        }
        flow
    }

    /// The variables that exist already and are declared anew by the statements of a block, with their values.
    pub fn shadowed(&self, block: &[StmtId], state: &State) -> Vec<(Variable, Value)> {
        if self.file.language != Language::Go || state.is_dead() {
            return Vec::new();
        }
        let mut names = Vec::new();
        for stmt in block {
            if let StmtKind::Assign { targets, declares: true, .. } = &self.file.stmt(*stmt).kind {
                targets.iter().for_each(|t| self.names_in(*t, &mut names));
            }
        }
        self.known_variables(&names, state)
    }

    /// The variables that a loop's target declares anew.
    pub fn shadowed_by_target(&self, target: ExprId, declares: bool, state: &State) -> Vec<(Variable, Value)> {
        let mut names = Vec::new();
        if declares && self.file.language == Language::Go {
            self.names_in(target, &mut names);
        }
        self.known_variables(&names, state)
    }

    pub fn names_in(&self, pattern: ExprId, out: &mut Vec<Name>) {
        match &self.file.expr(pattern).kind {
            ExprKind::Name(name) => out.push(*name),
            ExprKind::Collection { entries, .. } => {
                out.extend(entries.iter().filter_map(|e| match self.file.expr(e.value).kind {
                    ExprKind::Name(name) => Some(name),
                    _ => None,
                }));
            }
            _ => {}
        }
    }

    pub fn known_variables(&self, names: &[Name], state: &State) -> Vec<(Variable, Value)> {
        let variables = names.iter().map(|name| (self.current(), *name));
        variables.filter_map(|variable| Some((variable, state.get(variable)?.clone()))).collect()
    }
}

/// Gives the shadowed variables their values back.
pub fn restore(shadowed: &[(Variable, Value)], state: &mut State) {
    if !state.is_dead() {
        shadowed.iter().for_each(|(variable, value)| state.set(*variable, value.clone()));
    }
}
