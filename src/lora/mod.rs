//! Tuned weights: what they are taught, and whether they are better for it.
//!
//! Here: pairs of weak and mended code become rows to train with, in the words that the strategy `lora` asks with; rows are told
//! apart, counted and split; the outcome of a comparison is judged. All of it is pure. Not here: files, repositories and
//! processes, which `cli::lora` reaches; training itself, which is `training/`, a recipe in Python that knows nothing of this.

pub mod case;
pub mod judge;
pub mod manifest;
pub mod pair;
pub mod repair;
pub mod row;
pub mod sources;
pub mod split;
