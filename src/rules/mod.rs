//! What is known about weaknesses: the format of `rules/`, its compiled form, and the index by which the engine finds what
//! is said of a call, a read or an assignment. What is *done* with it stands in `analysis`.

pub mod compile;
pub mod compiled;
pub mod examples;
pub mod index;
pub mod load;
mod memo;
pub mod page;
pub mod place;
pub mod reach;
pub mod schema;
#[cfg(test)]
mod states_tests;

pub use index::{Library, ModelIndex};
