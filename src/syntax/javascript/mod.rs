//! JavaScript and TypeScript, with JSX: how their trees are lowered, and how code is written back.

pub mod emit;
#[cfg(not(test))]
mod lower;
#[cfg(test)]
pub(crate) mod lower;

pub use lower::lower;
