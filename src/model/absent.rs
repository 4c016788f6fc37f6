//! A model that is not there, and says why.

use super::{Answer, Failure, FailureKind, Model, Request};

/// Fails every request for the same reason.
pub struct Absent {
    failure: Failure,
}

impl Absent {
    /// A model that nobody has named.
    pub fn new(why: impl Into<String>) -> Self {
        Absent::because(Failure::new(FailureKind::Unreachable, why))
    }

    /// A model that cannot be had.
    pub fn because(failure: Failure) -> Self {
        Absent { failure }
    }
}

impl Model for Absent {
    fn id(&self) -> &str {
        ""
    }

    fn answer(&self, _request: &Request) -> Result<Answer, Failure> {
        Err(self.failure.clone())
    }
}
