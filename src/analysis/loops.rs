//! Loops: how often a body is walked, and what holds behind it.

use super::characters::CHARACTER;
use super::engine::Engine;
use super::exec::Flow;
use super::state::State;
use super::trace::OriginKind;
use super::value::{Clear, Value};
use crate::syntax::hir::*;

/// How often a loop's body is walked before its state counts as settled. Taints only grow and settle in two rounds for
/// all but contrived chains of copies, constants are given up after the first.
const LOOP_ROUNDS: usize = 3;

impl Engine<'_> {
    pub fn exec_while(
        &mut self,
        test: Option<ExprId>,
        body: &[StmtId],
        update: &[StmtId],
        otherwise: &[StmtId],
        test_last: bool,
        state: State,
    ) -> Flow {
        let mut entry = state;
        let mut broken = State::dead();
        let mut exit = State::dead();
        for round in 0..LOOP_ROUNDS {
            let (inside, outside) = match test {
                Some(test) if !test_last || round > 0 => self.branch(test, entry.clone()),
                Some(_) => (entry.clone(), State::dead()),
                None => (entry.clone(), State::dead()),
            };
            exit = self.join(exit, outside);
            let flow = self.exec_scope(body, inside);
            broken = self.join(broken, flow.broken);
            let end = self.join(flow.next, flow.continued);
            let end = self.exec_block(update, end).next;
            let next = self.join(entry.clone(), end);
            if next == entry || round + 1 == LOOP_ROUNDS {
                exit = if test_last { self.join(exit, next) } else { exit };
                break;
            }
            entry = forget_constants(&entry, next);
        }
        let mut flow = self.exec_block(otherwise, exit);
        flow.next = self.join(flow.next, broken);
        flow
    }

    pub fn exec_for_each(
        &mut self,
        target: ExprId,
        iter: ExprId,
        body: &[StmtId],
        otherwise: &[StmtId],
        keys: bool,
        mut state: State,
    ) -> Flow {
        let iterated = self.eval_settled(iter, &mut state);
        let mut entry = state;
        let mut broken = State::dead();
        let mut passed: Vec<Clear> = Vec::new();
        for round in 0..LOOP_ROUNDS {
            let mut inside = entry.clone();
            self.bind_walked(target, &iterated, keys, &mut inside);
            let flow = self.exec_scope(body, inside);
            broken = self.join(broken, flow.broken);
            let end = self.join(flow.next, flow.continued);
            passed = if end.is_dead() { Vec::new() } else { self.passed_by(&iterated, &end) };
            let next = self.join(entry.clone(), end);
            if next == entry || round + 1 == LOOP_ROUNDS {
                entry = next;
                break;
            }
            entry = forget_constants(&entry, next);
        }
        if !entry.is_dead() {
            passed.into_iter().for_each(|c| entry.clear(c));
        }
        let mut flow = self.exec_block(otherwise, entry);
        flow.next = self.join(flow.next, broken);
        flow
    }

    /// What every element has passed where a loop's body is left at its end: then all of them have.
    fn passed_by(&self, iterated: &Value, end: &State) -> Vec<Clear> {
        if !end.clears_anything() {
            return Vec::new();
        }
        let mut passed = Vec::new();
        for taint in iterated.deep_taints() {
            let kinds = self.cleared_in(end, taint.origin);
            passed.push(Clear { origin: taint.origin, kinds });
            // What each of a text's characters is, the text is.
            if let Some(OriginKind::Part { of, key }) = self.origins.get(taint.origin.0 as usize).map(|o| &o.kind)
                && &**key == CHARACTER
            {
                passed.push(Clear { origin: *of, kinds });
            }
        }
        passed.retain(|c| c.kinds != 0);
        passed
    }
}

/// Constants that changed in a loop's round are not known any more: they may take any number of values.
pub fn forget_constants(before: &State, mut after: State) -> State {
    let changed: Vec<_> = after
        .variables()
        .filter(|(variable, value)| {
            value.constants.is_some() && before.get(**variable).is_some_and(|b| b.constants != value.constants)
        })
        .map(|(variable, value)| (*variable, Value { constants: None, open: false, ..value.clone() }))
        .collect();
    for (variable, value) in changed {
        after.set(variable, value);
    }
    after
}
