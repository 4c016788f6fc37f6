//! What has been found out once, for all files. Only values that depend on nothing but their key belong here.

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

/// The most values that are kept: names of a code base repeat, but anybody can write down new ones.
const MAX_ENTRIES: usize = 4_000;
/// Longer keys are not kept, in bytes.
const MAX_KEY: usize = 120;

/// Values by their key, made when they are first asked for.
pub struct Memo<V> {
    entries: RwLock<FxHashMap<Box<str>, V>>,
}

impl<V> Default for Memo<V> {
    fn default() -> Self {
        Memo { entries: RwLock::default() }
    }
}

impl<V: Clone> Memo<V> {
    /// The value of a key; `make` has to give the same for the same key always.
    pub fn get(&self, key: &str, make: impl FnOnce() -> V) -> V {
        if let Some(known) = self.entries.read().unwrap_or_else(PoisonError::into_inner).get(key) {
            return known.clone();
        }
        let value = make();
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if key.len() <= MAX_KEY && entries.len() < MAX_ENTRIES {
            entries.insert(key.into(), value.clone());
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_made_once_and_the_number_of_values_is_bounded() {
        let memo = Memo::default();
        let mut made = 0;
        for key in ["a", "b", "a"] {
            memo.get(key, || made += 1);
        }
        assert_eq!(made, 2);
        for i in 0..2 * MAX_ENTRIES {
            memo.get(&i.to_string(), || ());
        }
        memo.get(&"x".repeat(MAX_KEY + 1), || ());
        assert_eq!(memo.entries.read().unwrap_or_else(PoisonError::into_inner).len(), MAX_ENTRIES);
    }
}
