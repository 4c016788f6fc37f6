//! The study: strategies × models × languages, measured. What is asked of whom, what came, and what the numbers say.
//!
//! Here: the plan of a study and its tasks, what follows from them (`ask`), the records, the metrics (pure functions of
//! records) and the report. Not here: files, models and processes, which `cli::study` reaches; strategies, which belong to
//! `harden`.

pub mod ask;
pub mod import;
pub mod metrics;
pub mod plan;
pub mod program;
pub mod record;
pub mod report;
pub mod task;
