//! Java: its tree lowered to HIR (`lower`), and code written back (`emit`).

pub mod emit;
mod lower;

pub use lower::lower;
