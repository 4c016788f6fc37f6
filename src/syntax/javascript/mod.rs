//! JavaScript and TypeScript, with JSX: how their trees are lowered, and how code is written back.

pub mod emit;
pub(in crate::syntax) mod lower;

pub use lower::lower;
