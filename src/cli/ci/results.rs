//! What a job leaves: the reports in a folder, the summary of the step, its annotations and outputs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::surroundings;
use crate::cli::output::{self, Format, Target, Texts};
use crate::github::workflow::{self, Outputs};
use crate::report::{Report, markdown, sarif};

/// The most bytes of a step's summary; GitHub takes 1 MiB of a step.
const SUMMARY: usize = 900_000;

/// The reports in a folder.
pub struct Written {
    /// Each with the name of its output.
    pub reports: Vec<(&'static str, PathBuf)>,
    /// The results as they can be uploaded.
    pub sarif: String,
}

impl Written {
    /// Names another file as the one with the results for Code Scanning.
    pub fn replace_sarif(&mut self, other: &Path) {
        for (_, file) in self.reports.iter_mut().filter(|(name, _)| *name == "sarif") {
            *file = other.to_path_buf();
        }
    }
}

/// Writes the reports into a folder.
pub fn write(folder: &Path, report: &Report, texts: &Texts, category: &str) -> Result<Written> {
    fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    let mut reports = Vec::new();
    for (name, format, file) in [
        ("report", Format::Json, "report.json"),
        ("markdown", Format::Markdown, "report.md"),
        ("html", Format::Html, "report.html"),
    ] {
        let target = Target::new(format, folder.join(file));
        output::write_target(&target, report, texts)?;
        reports.push((name, target.file().to_path_buf()));
    }
    let sources = |path: &str| texts.get(path).cloned();
    let sarif = sarif::render(report, &sources, sarif::Audience::Upload { category })?;
    let file = folder.join("report.sarif");
    fs::write(&file, &sarif).with_context(|| format!("{}", file.display()))?;
    reports.push(("sarif", file));
    Ok(Written { reports, sarif })
}

/// Tells the runner and the reader of the log.
pub fn tell(report: &Report, texts: &Texts, reports: &[(&'static str, PathBuf)]) -> Result<()> {
    let shown = output::terminal(report, texts);
    output::print(&workflow::not_commands(&shown, &surroundings::random_word()))?;
    output::print(&workflow::annotations(report))?;
    surroundings::append("GITHUB_STEP_SUMMARY", &markdown::render(report, SUMMARY))?;
    let mut outputs = Outputs::of(report);
    for (name, file) in reports {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        outputs.add(name, file.to_string_lossy().into_owned());
    }
    surroundings::append("GITHUB_OUTPUT", &outputs.text())
}

/// Tells the runner that there is no judgement, and why.
pub fn tell_error(error: &anyhow::Error) {
    let says = workflow::data(&format!("{error:#}"));
    // What cannot be told here, the exit code and standard error tell.
    let _ = output::print(&format!("::error title=Tempergate could not judge::{says}\n"));
    let _ = surroundings::append("GITHUB_OUTPUT", "verdict=error\n");
    let summary = "## ⚠️ Tempergate could not judge\n\nThe log of the job says why.\n";
    let _ = surroundings::append("GITHUB_STEP_SUMMARY", summary);
}
