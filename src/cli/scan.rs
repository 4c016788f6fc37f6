//! `tempergate scan PATH…`: whole files or trees, no git.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::Outcome;
use super::files::{self, Listed};
use super::output::{Output, Texts};
use crate::assemble::{self, Parts};
use crate::finding::{Confidence, FileStatus};
use crate::inspect::{self, Inspected, Limits};
use crate::policy::Policy;
use crate::report::model::{Action, Command, Reported, State};
use crate::rules::Library;

/// Analyses whole files or trees.
#[derive(Debug, Args)]
pub struct Scan {
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    output: Output,
}

impl Scan {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        self.output.check()?;
        let policy = Policy::baseline();
        let library = Library::built_in();
        let listed = files::list(&self.paths)?;
        let inspected = inspect_all(&listed, library, &policy);
        let mut texts = Texts::new();
        let mut findings = Vec::new();
        let mut results = Vec::new();
        for file in inspected {
            if let (Some(source), false) = (&file.source, file.findings.is_empty()) {
                texts.insert(file.result.path.clone(), source.clone());
            }
            for finding in file.findings.into_iter().filter(|f| f.confidence >= Confidence::Medium) {
                let decision = policy.decide(&finding, State::New, file.result.language);
                findings.push(Reported {
                    finding,
                    state: State::New,
                    action: decision.action,
                    decided_by: decision.decided_by,
                    fix: None,
                    rejected: Vec::new(),
                });
            }
            results.push(file.result);
        }
        findings.retain(|f| f.action != Action::Off);
        let parts = Parts { command: Command::Scan, change: None, findings, resolved: Vec::new(), files: results };
        let report = assemble::report(parts, &policy, library);
        self.output.write(&report, &texts)?;
        Ok(Outcome::Pass)
    }
}

fn inspect_all(listed: &[Listed], library: &Library, policy: &Policy) -> Vec<Inspected> {
    let limits = Limits { file_bytes: policy.max_file_bytes(), steps: policy.max_steps() };
    let progress = progress(listed.len());
    let done = AtomicUsize::new(0);
    let inspected = listed
        .par_iter()
        .map(|file| {
            let inspected = match files::read(&file.path, limits.file_bytes) {
                Ok(bytes) => {
                    let mut inspected = inspect::inspect(&file.name, &bytes, library, limits);
                    if inspected.findings.is_empty() {
                        inspected.source = None;
                    }
                    inspected.file = None;
                    inspected.facts = Default::default();
                    inspected
                }
                Err(_) => {
                    let status = FileStatus::NotAnalysed { reason: "unreadable".to_string() };
                    inspect::not_analysed(&file.name, crate::syntax::language_of(&file.name), status)
                }
            };
            if let Some(progress) = &progress {
                progress.set_position(done.fetch_add(1, Ordering::Relaxed) as u64 + 1);
            }
            inspected
        })
        .collect();
    if let Some(progress) = progress {
        progress.finish_and_clear();
    }
    inspected
}

/// A bar on standard error for long scans, if that is a terminal.
fn progress(files: usize) -> Option<ProgressBar> {
    if files < 200 || !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        return None;
    }
    let bar = ProgressBar::new(files as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Some(bar)
}
