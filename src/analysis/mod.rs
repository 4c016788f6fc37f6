//! The engine: what a file's code does with data. It works on the HIR alone and knows no weakness and no language; what it
//! should look for it is told by the rules and models.
//!
//! Functions are walked with abstract values ([`value::Value`]) over structured control flow. What the walk sees at calls,
//! assignments and returns is looked up in the models; data of a source that reaches a sink becomes a finding. Everything
//! is counted in steps, never in seconds.

pub mod facts;
pub mod value;

mod assign;
mod call;
mod callee;
mod calling;
mod casts;
mod characters;
mod classes;
mod collections;
mod conditions;
mod displays;
mod elements;
mod engine;
mod entries;
mod eval;
mod exceptions;
mod exec;
mod fold;
mod format;
mod functions;
mod given;
mod handed;
mod hollow;
mod lineage;
mod links;
mod literals;
mod lookup;
mod loops;
mod names;
mod notes;
mod operations;
mod operators;
mod passed;
mod patterns;
mod properties;
mod results;
mod scope;
mod settle;
mod several;
mod shadow;
mod sinks;
mod state;
mod switch;
#[cfg(test)]
mod tests;
mod text_operations;
mod texts;
mod trace;
mod types;
mod uses;
mod when;

pub use engine::{Analysis, Limits, analyse};
pub use results::{number, number_behind};
