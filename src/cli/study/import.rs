//! `tempergate study import`: samples and SARIF that were made elsewhere.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use ignore::WalkBuilder;
use rayon::prelude::*;

use super::merge::Known;
use super::store::{ANALYSES, Appender, SAMPLES};
use crate::cli::{Outcome, output};
use crate::report::text;
use crate::study::import::alerts::{self, Imported, Samples};
use crate::study::import::layout::{self, Found, Place};
use crate::study::record::Sample;
use crate::syntax::Source;

/// A program of more bytes is left out.
const MAX_PROGRAM: u64 = 4_000_000;

/// Takes over samples and SARIF that were made elsewhere.
#[derive(Debug, Args)]
pub struct Import {
    /// The folder with samples, as `<Language>/<Model>/Scenarios/<Scenario>/{CopilotRaw,Idea1,Idea2,Idea3,Idea4}/…`, and with SARIF
    /// files about them, one for a language and model.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The study's folder; made where it is not there. What it has already is not added again.
    #[arg(long, value_name = "STUDY")]
    output: PathBuf,
}

/// What lies in the folder.
#[derive(Default)]
struct Listed {
    samples: Vec<(String, Place, PathBuf)>,
    sarif: Vec<(String, PathBuf)>,
    others: usize,
    too_large: Vec<String>,
}

impl Import {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The folder has no samples; a file cannot be read; a SARIF file is none, or it is not certain what it is about; nothing can
    /// be written.
    pub fn run(&self) -> Result<Outcome> {
        let listed = self.list()?;
        if listed.samples.is_empty() {
            bail!(
                "{}: there are no samples in it; they are looked for as \
                 <Language>/<Model>/Scenarios/<Scenario>/<CopilotRaw or Idea1 to Idea4>/<file>",
                self.folder.display()
            );
        }
        let found: Vec<Found> = listed
            .samples
            .into_par_iter()
            .map(|(path, place, file)| {
                let bytes = fs::read(&file).with_context(|| format!("{}", file.display()))?;
                Ok(Found { path, place, code: Source::new(&bytes).text().to_owned() })
            })
            .collect::<Result<_>>()?;
        let samples = layout::samples(found);
        let imported = read_sarif(&samples, &listed.sarif)?;
        tell(&listed.too_large, listed.others, &imported);
        self.write(&samples, imported)
    }

    fn list(&self) -> Result<Listed> {
        let root = self.folder.canonicalize().with_context(|| format!("{}", self.folder.display()))?;
        let mut listed = Listed::default();
        // Everything is looked at: what the folder's own git would ignore is a sample too.
        let walk = WalkBuilder::new(&root).standard_filters(false).follow_links(false).build();
        for entry in walk {
            let entry = entry.with_context(|| format!("{}", self.folder.display()))?;
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            let path = entry.path();
            let below = slashed(path.strip_prefix(&root).unwrap_or(path));
            let whole = slashed(path);
            let lower = below.to_ascii_lowercase();
            match Place::of(&whole.split('/').collect::<Vec<_>>()) {
                _ if lower.ends_with(".sarif") || lower.ends_with(".sarif.json") => {
                    listed.sarif.push((below, path.to_path_buf()));
                }
                Some(_) if entry.metadata().is_ok_and(|data| data.len() > MAX_PROGRAM) => listed.too_large.push(below),
                Some(place) => listed.samples.push((below, place, path.to_path_buf())),
                None => listed.others += 1,
            }
        }
        listed.sarif.sort();
        listed.too_large.sort();
        Ok(listed)
    }

    fn write(&self, samples: &[Sample], imported: Vec<Imported>) -> Result<Outcome> {
        fs::create_dir_all(&self.output).with_context(|| format!("{}", self.output.display()))?;
        let to_samples = Appender::open(&self.output, SAMPLES, None)?;
        let to_analyses = Appender::open(&self.output, ANALYSES, None)?;
        let mut known = Known::default();
        known.add_from(&self.output, &mut |_| Ok(()), &mut |_| Ok(()))?;
        let mut added = 0;
        for sample in samples {
            if known.sample(sample) {
                to_samples.add(sample)?;
                added += 1;
            }
        }
        let mut analysed = 0;
        for analysis in alerts::analyses(imported) {
            if known.analysis(&analysis) {
                to_analyses.add(&analysis)?;
                analysed += 1;
            }
        }
        output::note(&format!(
            "{} and {} added",
            text::count(added, "sample"),
            if analysed == 1 { "1 analysis".to_string() } else { format!("{analysed} analyses") }
        ));
        Ok(Outcome::Pass)
    }
}

fn read_sarif(samples: &[Sample], files: &[(String, PathBuf)]) -> Result<Vec<Imported>> {
    let samples = Samples::new(samples);
    // One at a time: such files are large.
    files
        .iter()
        .map(|(below, file)| {
            let bytes = fs::read(file).with_context(|| format!("{}", file.display()))?;
            samples.read(below, &bytes).map_err(|why| anyhow!("{}: {why}", file.display()))
        })
        .collect()
}

fn tell(too_large: &[String], others: usize, imported: &[Imported]) {
    for path in too_large {
        output::note(&format!("{path}: more than {MAX_PROGRAM} bytes; left out"));
    }
    if others > 0 {
        output::note(&format!("{} left out", text::count(others, "other file")));
    }
    let elsewhere: usize = imported.iter().map(|file| file.elsewhere).sum();
    if elsewhere > 0 {
        output::note(&format!("{} in other files left out", text::count(elsewhere, "alert")));
    }
    if imported.is_empty() {
        output::note("there is no SARIF file; `tempergate study analyse` has the samples analysed");
    }
    for note in imported.iter().flat_map(|file| &file.notes) {
        output::note(&text::brief(note, 300));
    }
}

/// A path with '/' between its segments, whatever the system's own sign.
fn slashed(path: &Path) -> String {
    path.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
}
