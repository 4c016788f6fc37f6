//! `tempergate study merge`: the records of several jobs in one folder.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::store::{ANALYSES, Appender, SAMPLES, each, files};
use crate::cli::{Outcome, output};
use crate::report::text;
use crate::study::plan::{FILE, Plan};
use crate::study::record::{Analysis, Sample};

/// Puts the records of several folders into one.
#[derive(Debug, Args)]
pub struct Merge {
    /// The folders, in the order in which later analyses stand in the place of earlier ones.
    #[arg(required = true, value_name = "STUDY")]
    folders: Vec<PathBuf>,
    /// The folder that gets the records which it does not have. The plan of the first folder with one comes along,
    /// with its tasks and its policy where they lie beside it.
    #[arg(long, value_name = "STUDY")]
    output: PathBuf,
}

impl Merge {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// A folder has no records, or they cannot be read; nothing can be written.
    pub fn run(&self) -> Result<Outcome> {
        fs::create_dir_all(&self.output).with_context(|| format!("{}", self.output.display()))?;
        let (samples, analyses) =
            (Appender::open(&self.output, SAMPLES, None)?, Appender::open(&self.output, ANALYSES, None)?);
        let mut known = Known::default();
        known.add_from(&self.output, &mut |_| Ok(()), &mut |_| Ok(()))?;
        let (before, said) = (known.samples.len(), known.analyses.len());
        for folder in &self.folders {
            if files(folder, SAMPLES)?.is_empty() {
                bail!("{}: there are no samples in it", folder.display());
            }
            known.add_from(folder, &mut |sample| samples.add(sample), &mut |analysis| analyses.add(analysis))?;
        }
        self.bring_plan()?;
        let (samples, analyses) = (known.samples.len() - before, known.analyses.len() - said);
        output::note(&format!(
            "{} and {} added",
            text::count(samples, "sample"),
            if analyses == 1 { "1 analysis".to_string() } else { format!("{analyses} analyses") }
        ));
        Ok(Outcome::Pass)
    }

    /// Copies the plan, and what it names beside it.
    fn bring_plan(&self) -> Result<()> {
        let to = self.output.join(FILE);
        let from = self.folders.iter().find(|folder| folder.join(FILE).is_file());
        let (Some(from), false) = (from, to.exists()) else { return Ok(()) };
        let path = from.join(FILE);
        let text = fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        let plan = Plan::parse(&path.display().to_string(), &text)?;
        for name in [plan.tasks, plan.policy].into_iter().flatten() {
            // What is named by a path to elsewhere is found there, or has to be brought along.
            if Path::new(&name).components().count() == 1 && from.join(&name).is_file() {
                fs::copy(from.join(&name), self.output.join(&name)).with_context(|| name.clone())?;
            }
        }
        fs::write(&to, text).with_context(|| format!("{}", to.display()))
    }
}

/// What is in the output already.
#[derive(Default)]
pub struct Known {
    samples: HashSet<String>,
    analyses: HashSet<String>,
}

impl Known {
    /// Whether a sample is new; from now on it is known.
    pub fn sample(&mut self, one: &Sample) -> bool {
        self.samples.insert(one.key.clone())
    }

    /// Whether an analysis is new. One that says the same is there already; one that says something else is newer.
    pub fn analysis(&mut self, one: &Analysis) -> bool {
        self.analyses.insert(serde_json::to_string(one).unwrap_or_default())
    }

    /// Gives on what is not known yet of a folder.
    pub fn add_from(
        &mut self,
        folder: &Path,
        sample: &mut dyn FnMut(&Sample) -> Result<()>,
        analysis: &mut dyn FnMut(&Analysis) -> Result<()>,
    ) -> Result<()> {
        let mut failed = Ok(());
        let torn =
            |file: &Path| output::note(&format!("{}: its last line is not whole, and is left out", file.display()));
        for file in files(folder, SAMPLES)? {
            each(&file, &mut || torn(&file), &mut |one: Sample| {
                if failed.is_ok() && self.sample(&one) {
                    failed = sample(&one);
                }
            })?;
        }
        for file in files(folder, ANALYSES)? {
            each(&file, &mut || torn(&file), &mut |one: Analysis| {
                if failed.is_ok() && self.analysis(&one) {
                    failed = analysis(&one);
                }
            })?;
        }
        failed
    }
}
