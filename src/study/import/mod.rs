//! Samples and SARIF that were made elsewhere, as records. Here: which sample a file is by its place, and which sample an alert
//! is about. Not here: walking folders and reading files, which `cli::study` does.

pub mod alerts;
pub mod layout;
