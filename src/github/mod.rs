//! GitHub: which change an event is about, what is said where on a pull request, and the client that says it.
//!
//! `event`, `hunks`, `suggestion`, `comment`, `plan`, `received` and `workflow` are pure: they make values and texts from values. Only
//! `client` and `publish` touch the world. What goes through here is hostile: names and texts in events, comments of other
//! people, reports that another job made. Nothing is decided about findings here; the report has been judged already.

pub mod client;
pub mod comment;
pub mod event;
pub mod hunks;
pub mod marker;
pub mod plan;
pub mod publish;
pub mod received;
pub mod suggestion;
#[cfg(test)]
mod tests;
pub mod workflow;
