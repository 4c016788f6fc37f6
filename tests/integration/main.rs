//! The integration tests, in one binary: what needs the real world, such as git repositories or the program itself, and
//! whole output formats.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod across;
#[cfg(unix)]
mod action;
mod authorship;
mod change;
mod check;
mod ci;
#[cfg(unix)]
mod command;
mod conduct;
mod demo;
mod determinism;
#[cfg(unix)]
mod engines;
mod exchanges;
mod git;
mod github;
mod hostile;
mod init;
mod lora;
mod markup;
mod models;
mod mutation;
mod pairs;
mod policy;
mod program;
mod publishing;
mod redteam;
mod report;
mod rules;
mod study;
mod study_page;
mod study_report;
