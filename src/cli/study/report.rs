//! `tempergate study report`: what a study says.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde::Deserialize;

use super::store::{ANALYSES, Records, SAMPLES, each, files, torn_line};
use crate::cli::{Outcome, output};
use crate::study::metrics::measured::{Measured, measured};
use crate::study::metrics::{self, Facts, Options};
use crate::study::plan::{FILE, OWN_ANALYSER, Plan};
use crate::study::record::{Analysis, Sample};
use crate::study::report::model::StudyReport;
use crate::study::report::{csv, html, json, markdown, terminal};

/// The format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The tables that matter most.
    Terminal,
    /// The same, for a page of documentation.
    Markdown,
    /// Every figure; see docs/study-report-schema.json.
    Json,
    /// Every figure, as one table.
    Csv,
    /// One page for a browser, with charts and every sample; needs no other file and no network.
    Html,
}

/// Reports what a study says.
#[derive(Debug, Args)]
pub struct Report {
    /// The study's folder.
    #[arg(value_name = "STUDY")]
    folder: PathBuf,
    /// The format.
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,
    /// Where the report is written; standard output when absent.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Whose alerts count; when absent our own analysis, or the only analyser that there is.
    #[arg(long, value_name = "NAME")]
    analyser: Option<String>,
    /// How many samples an HTML page shows at most, with their code; the figures are always those of all.
    #[arg(long, value_name = "N", default_value_t = 5_000)]
    samples: usize,
    /// Also write the table of verified repairs by which the strategy `auto` orders others.
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
}

/// Whose an analysis is; the rest of it is passed over.
#[derive(Deserialize)]
struct Whose {
    analyser: String,
}

impl Report {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// There are no samples, or the records cannot be read; it is not clear whose alerts count; nothing can be written.
    pub fn run(&self) -> Result<Outcome> {
        let analyser = self.analyser()?;
        let facts = read(&self.folder, &analyser)?;
        if facts.is_empty() {
            bail!("{}: there are no samples in it", self.folder.display());
        }
        let report = metrics::report(&name(&self.folder)?, &facts, Options::default());
        if let Some(file) = &self.table {
            let rows = measured(&facts);
            if rows.is_empty() {
                bail!(
                    "a table for `auto` is made of verified repairs, and the study has none (mode `repair-verified`)"
                );
            }
            fs::write(file, table(&report, &rows)).with_context(|| format!("{}", file.display()))?;
        }
        let text = match self.format {
            Format::Terminal => terminal::render(&report),
            Format::Markdown => markdown::render(&report),
            Format::Json => return self.json(&report),
            Format::Csv => csv::render(&report),
            Format::Html => self.html(&facts, &report)?,
        };
        match &self.output {
            Some(file) => fs::write(file, text).with_context(|| format!("{}", file.display()))?,
            None => output::print(&text)?,
        }
        Ok(Outcome::Pass)
    }

    /// Writes piece by piece: of a large study it is long.
    fn json(&self, report: &StudyReport) -> Result<Outcome> {
        match &self.output {
            Some(path) => {
                let at = || format!("{}", path.display());
                let mut file = BufWriter::new(File::create(path).with_context(at)?);
                json::write(report, &mut file).and_then(|()| file.flush()).with_context(at)?;
            }
            None => output::print_by(|out| json::write(report, out))?,
        }
        Ok(Outcome::Pass)
    }

    fn html(&self, facts: &Facts, report: &StudyReport) -> Result<String> {
        let chosen = facts.first(self.samples);
        let records = Records::read_of(&self.folder, &|key| chosen.has(key))?;
        let details = html::Details::of(&records.samples, &records.analyses, &report.analyser, chosen.left_out());
        Ok(html::render(report, &details)?)
    }

    fn analyser(&self) -> Result<String> {
        let mut known: Vec<String> = Vec::new();
        for file in files(&self.folder, ANALYSES)? {
            each(&file, &mut || {}, &mut |whose: Whose| {
                if !known.contains(&whose.analyser) {
                    known.push(whose.analyser);
                }
            })?;
        }
        known.sort();
        let all = known.join(", ");
        match &self.analyser {
            Some(named) if known.contains(named) => Ok(named.clone()),
            Some(named) => bail!("there are no analyses by `{named}`; there are some by: {all}"),
            None if known.iter().any(|name| name == OWN_ANALYSER) => Ok(OWN_ANALYSER.to_owned()),
            None => match known.as_slice() {
                [one] => Ok(one.clone()),
                [] => bail!("{}: nothing was analysed (`tempergate study analyse`)", self.folder.display()),
                _ => bail!("there are analyses by {all}; `--analyser` says whose count"),
            },
        }
    }
}

/// The facts of a study, read line by line: no more of a record is kept than figures need.
fn read(folder: &Path, analyser: &str) -> Result<Facts> {
    let mut facts = Facts::new(analyser);
    for file in files(folder, SAMPLES)? {
        let mut torn = || output::note(&torn_line(&file));
        each(&file, &mut torn, &mut |sample: Sample| facts.sample(&sample))?;
    }
    for file in files(folder, ANALYSES)? {
        let mut torn = || output::note(&torn_line(&file));
        each(&file, &mut torn, &mut |analysis: Analysis| facts.analysis(&analysis))?;
    }
    Ok(facts)
}

/// The study's name: its plan's, else its folder's.
fn name(folder: &Path) -> Result<String> {
    let path = folder.join(FILE);
    if path.is_file() {
        let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        return Ok(Plan::parse(&path.display().to_string(), &text)?.name);
    }
    let whole = folder.canonicalize().with_context(|| format!("{}", folder.display()))?;
    Ok(whole.file_name().map_or_else(|| "Study".to_owned(), |name| name.to_string_lossy().into_owned()))
}

/// The rows as the table that `auto` reads, with where they come from.
fn table(report: &StudyReport, rows: &[Measured]) -> String {
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = format!(
        "# Verified repairs by model, language and CWE: weak programs tried, and those mended. `auto` takes its order from here.\n\
         # Study: {}; analyser: {}; Tempergate {}.\nmodel,language,cwe,strategy,tried,verified\n",
        one_line(&report.name),
        one_line(&report.analyser),
        report.tool_version
    );
    for row in rows {
        // A comma would make one column two.
        let model = one_line(&row.model).replace(',', " ");
        let Measured { language, cwe, strategy, tried, verified, .. } = row;
        out.push_str(&format!("{model},{language},{cwe},{strategy},{tried},{verified}\n"));
    }
    out
}
