//! Where reports go: standard output, files, several at once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::github::workflow;
use crate::report::{Report, html, json, markdown, sarif, terminal};
use crate::syntax::Source;

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Terminal,
    /// SARIF 2.1.0.
    Sarif,
    /// The report as it stands; see docs/report-schema.json.
    Json,
    /// For a pull request or a step summary.
    Markdown,
    /// One page for a browser that needs no other file and no network.
    Html,
}

/// `FORMAT=FILE`.
#[derive(Debug, Clone)]
pub struct Target {
    format: Format,
    file: PathBuf,
}

impl Target {
    /// A report in this format to this file.
    pub fn new(format: Format, file: PathBuf) -> Self {
        Target { format, file }
    }

    /// The file.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').ok_or_else(|| "expected FORMAT=FILE".to_string())?;
        let format = Format::from_str(format, true)
            .map_err(|_| format!("`{format}` is none of terminal, sarif, json, markdown, html"))?;
        if file.is_empty() {
            return Err("expected a file behind `=`".to_string());
        }
        Ok(Target::new(format, PathBuf::from(file)))
    }
}

/// Where reports go.
#[derive(Debug, Args)]
pub struct Output {
    /// The format of the report.
    #[arg(long, value_enum, default_value = "terminal")]
    pub format: Format,
    /// Where it is written; standard output when absent.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// A further report (terminal, sarif, json, markdown or html); can be given several times.
    #[arg(long = "report", value_name = "FORMAT=FILE")]
    pub reports: Vec<Target>,
}

/// The texts that reports quote.
pub type Texts = BTreeMap<String, Arc<Source>>;

impl Output {
    /// Writes all reports.
    pub fn write(&self, report: &Report, texts: &Texts) -> Result<()> {
        for target in &self.reports {
            write_file(target.format, &target.file, report, texts)?;
        }
        match &self.output {
            Some(file) => write_file(self.format, file, report, texts),
            None => print(&render(self.format, report, texts, colours())?),
        }
    }

    /// Refuses two reports to one file, where one would be lost.
    pub fn check(&self) -> Result<()> {
        let mut files: Vec<&PathBuf> = self.reports.iter().map(|t| &t.file).chain(&self.output).collect();
        files.sort();
        if let Some(twice) = files.windows(2).find(|w| w[0] == w[1]) {
            bail!("two reports would be written to {}", twice[0].display());
        }
        Ok(())
    }
}

/// Writes one report to its file.
pub fn write_target(target: &Target, report: &Report, texts: &Texts) -> Result<()> {
    write_file(target.format, &target.file, report, texts)
}

/// The report for people, without colours.
pub fn terminal(report: &Report, texts: &Texts) -> String {
    let sources = |path: &str| texts.get(path).cloned();
    terminal::render(report, &sources, &terminal::Options::default())
}

fn write_file(format: Format, file: &Path, report: &Report, texts: &Texts) -> Result<()> {
    // Two formats can grow to many megabytes on a large tree, and need not be held whole.
    let written = match format {
        Format::Json => fs::File::create(file).and_then(|out| json::write(report, BufWriter::new(out))),
        Format::Sarif => fs::File::create(file).and_then(|out| {
            let sources = |path: &str| texts.get(path).cloned();
            sarif::write(report, &sources, sarif::Audience::Complete, BufWriter::new(out))
        }),
        _ => fs::write(file, render(format, report, texts, false)?),
    };
    written.with_context(|| format!("{}", file.display()))
}

fn render(format: Format, report: &Report, texts: &Texts, colour: bool) -> Result<String> {
    let sources = |path: &str| texts.get(path).cloned();
    Ok(match format {
        Format::Terminal => {
            let options = terminal::Options { colour, ..terminal::Options::default() };
            terminal::render(report, &sources, &options)
        }
        Format::Sarif => sarif::render(report, &sources, sarif::Audience::Complete)?,
        Format::Json => json::render(report)?,
        Format::Markdown => markdown::render(report, markdown::LIMIT),
        Format::Html => html::render(report, &sources)?,
    })
}

/// Whether standard output shows colours: a terminal, or anything when CLICOLOR_FORCE asks for them (a value other than
/// `0`), unless NO_COLOR asks for none.
pub fn colours() -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty());
    let forced = set("CLICOLOR_FORCE").is_some_and(|v| v != "0");
    set("NO_COLOR").is_none() && (forced || std::io::stdout().is_terminal())
}

/// Prints to standard output; a reader that has gone away is no error.
pub fn print(text: &str) -> Result<()> {
    print_by(|out| out.write_all(text.as_bytes()))
}

/// Prints to standard output what is written piece by piece, like [`print()`].
pub fn print_by(write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>) -> Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match write(&mut out).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("standard output"),
    }
}

/// Prints an error to standard error.
pub fn error(message: &str) {
    let _ = writeln!(std::io::stderr(), "{}", for_the_log(&format!("error: {message}")));
}

/// Prints a note to standard error.
pub fn note(message: &str) {
    let _ = writeln!(std::io::stderr(), "{}", for_the_log(message));
}

/// Prints text that is ready to show to standard error.
pub fn complaint(text: &str) {
    let _ = std::io::stderr().write_all(for_the_log(text).as_bytes());
}

/// The text, which may quote what somebody else wrote; in a job of GitHub Actions without what the runner would take for
/// commands.
fn for_the_log(text: &str) -> Cow<'_, str> {
    match std::env::var_os("GITHUB_ACTIONS") {
        Some(_) => Cow::Owned(workflow::harmless(text)),
        None => Cow::Borrowed(text),
    }
}
