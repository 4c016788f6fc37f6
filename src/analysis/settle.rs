//! What tests have made safe, written into values where states meet or are left.

use super::engine::{Engine, VARIABLES_A_STEP};
use super::state::{State, settle_value};
use super::trace::OriginKind;
use super::value::{OriginId, Taint, Value};

impl Engine<'_> {
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
        settle_value(state, &value, &|s, t| self.settled(s, t), 3).unwrap_or(value)
    }

    pub fn join(&self, a: State, b: State) -> State {
        if !a.shares_variables(&b) {
            self.charge(a.size().max(b.size()) / VARIABLES_A_STEP);
        }
        a.join(b, &|state, taints| self.settled(state, taints))
    }
}
