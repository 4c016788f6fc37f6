//! Python: how its tree is lowered, and how Python is written back.

pub mod emit;
mod lower;

pub use lower::lower;
