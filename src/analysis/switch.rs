//! Switches: which cases can be reached, and what holds in them.

use super::call::truth_of;
use super::engine::Engine;
use super::exec::Flow;
use super::state::State;
use super::value::{Const, Value};
use crate::syntax::hir::*;

/// What is switched on.
struct Subject {
    value: Value,
    span: Span,
}

/// A case before its body is walked.
struct Entered {
    /// What holds in it.
    state: State,
    /// Whether it is certain that no later case is reached.
    matched: bool,
    is_default: bool,
}

impl Engine<'_> {
    pub fn exec_switch(&mut self, subject: ExprId, cases: &[Case], mut state: State) -> Flow {
        let value = self.eval(subject, &mut state);
        let subject = Subject { value, span: self.file.expr(subject).span };
        let mut out = State::dead();
        let mut continued = State::dead();
        let mut falling = State::dead();
        let mut has_default = false;
        let mut excluded: Vec<Value> = Vec::new();
        for case in cases {
            let entered = self.enter_case(case, &subject, &mut excluded, &mut state);
            has_default |= entered.is_default;
            let entry = self.join(entered.state, falling);
            if entered.matched {
                state.kill();
            }
            let flow = self.exec_scope(&case.body, entry);
            continued = self.join(continued, flow.continued);
            out = self.join(out, flow.broken);
            if case.falls_through {
                falling = flow.next;
            } else {
                falling = State::dead();
                out = self.join(out, flow.next);
            }
        }
        out = self.join(out, falling);
        if !has_default {
            out = self.join(out, state);
        }
        Flow { next: out, broken: State::dead(), continued }
    }

    /// What holds where a case is entered by its test; `state` becomes what holds where it is not.
    fn enter_case(&mut self, case: &Case, subject: &Subject, excluded: &mut Vec<Value>, state: &mut State) -> Entered {
        let mut entry = state.clone();
        let mut matched = false;
        let tests: Vec<Value> = case.tests.iter().map(|t| self.case_value(*t, &subject.value, &mut entry)).collect();
        let is_default = tests.is_empty() && case.guard.is_none();
        if is_default {
            self.is_none_of(&subject.value, excluded, subject.span).into_iter().for_each(|c| entry.clear(c));
        }
        if self.is_character(&subject.value) {
            excluded.extend(tests.iter().filter(|t| !self.spells(&case.body, t)).cloned());
        }
        if !tests.is_empty() && tests.iter().all(Value::is_constant) {
            matched = self.compare_with_constants(&tests, subject, &mut entry);
        }
        if let Some(guard) = case.guard {
            let (yes, no) = self.branch(guard, entry);
            entry = yes;
            matched = false;
            // Without values to compare with, the further cases are reached only where the condition does not hold.
            if tests.is_empty() {
                *state = no;
            }
        }
        Entered { state: entry, matched, is_default }
    }

    /// What follows from the subject's being one of some constants; whether it certainly is.
    fn compare_with_constants(&mut self, tests: &[Value], subject: &Subject, entry: &mut State) -> bool {
        let value = &subject.value;
        let clears = self.clears(&value.deep_taints(), u64::MAX, subject.span, "a comparison with constants");
        if let Some(truth) = truth_of(clears, true) {
            truth.when_true.iter().for_each(|c| entry.clear(*c));
        }
        let is_possible = |test: &super::value::Constant| value.constants().iter().any(|c| c.value == test.value);
        if value.is_constant() && !tests.iter().flat_map(Value::constants).any(is_possible) {
            entry.kill();
        }
        match (value.single(), tests.iter().map(Value::single).collect::<Option<Vec<_>>>()) {
            (Some(subject), Some(tests)) => tests.contains(&subject),
            _ => false,
        }
    }

    /// What a case is for. Members of enumerations stand there by their names alone.
    fn case_value(&mut self, test: ExprId, subject: &Value, state: &mut State) -> Value {
        let value = self.eval(test, state);
        match self.file.expr(test).kind {
            ExprKind::Name(name) if self.file.language == Language::Java && !value.is_constant() => {
                // They are the constants that no literal stands for.
                let is_member = subject.is_constant() && subject.constants().iter().all(|c| c.span == Span::default());
                let text = Const::Str(self.file.text(name).into());
                if is_member { Value::constant(text, Span::default()) } else { value }
            }
            _ => value,
        }
    }
}
