//! Declarative edits of rules: an argument set, removed or wrapped, another callee.

use crate::harden::{Candidate, Task};
use crate::rules::compiled::Edit;

/// The edit as a candidate; none where it does not apply.
pub fn propose(_edit: &Edit, _task: &Task<'_>) -> Option<Candidate> {
    None
}
