//! Tempergate finds the weaknesses (CWE) that a change brings in, suggests fixes, and lets a fix through only after the
//! same analysis has shown that it removed its weakness and brought in no other.

pub mod analysis;
pub mod assemble;
pub mod authorship;
pub mod change;
pub mod checks;
pub mod cli;
pub mod compare;
pub mod decided;
pub mod diagnostic;
pub mod edit;
pub mod engine;
pub mod finding;
pub mod gate;
pub mod github;
pub mod harden;
pub mod inspect;
pub mod links;
pub mod lora;
pub mod model;
pub mod net;
pub mod policy;
pub mod process;
pub mod reached;
pub mod report;
pub mod rules;
pub mod setup;
pub mod shard;
pub mod snapshot;
pub mod study;
pub mod subject;
pub mod syntax;
pub mod trial;
pub mod verify;
mod yaml;
