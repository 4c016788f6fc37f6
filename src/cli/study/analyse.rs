//! `tempergate study analyse`: what analysers say about the samples of a study.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, anyhow, bail};
use clap::Args;
use rayon::prelude::*;

use super::judge::{Judge, alert, file_name};
use super::run::{policy, read_plan};
use super::store::{ANALYSES, Appender, Records};
use crate::cli::network::Network;
use crate::cli::{Outcome, interrupt, output, policies};
use crate::engine::outside::Loose;
use crate::engine::{Engines, Folder, answer};
use crate::policy::{Engine, Policy};
use crate::report::text;
use crate::rules::Library;
use crate::study::plan::{FILE, OWN_ANALYSER};
use crate::study::record::{Analysis, Sample};
use crate::syntax::Source;

/// The folder in which samples are laid out.
const FOLDER: &str = "tempergate-samples";
/// So many samples are looked at in one run.
const AT_ONCE: usize = 500;

/// Analyses the samples of a study, with our own analysis or with another engine of a policy.
#[derive(Debug, Args)]
pub struct Analyse {
    /// The study's folder.
    #[arg(value_name = "STUDY")]
    folder: PathBuf,
    /// Analyse again what was analysed before. What is said last counts.
    #[arg(long)]
    again: bool,
    /// The policy that says what counts and which engines there are; the study's own when absent, else `baseline`.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Analyse with this engine of the policy; our own analysis when absent. Its command runs on this machine.
    #[arg(long, value_name = "NAME")]
    engine: Option<String>,
    #[command(flatten)]
    network: Network,
}

impl Analyse {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The study or the policy cannot be read; nothing can be written.
    pub fn run(&self) -> Result<Outcome> {
        let library = Library::built_in();
        let policy = self.chosen_policy(library)?;
        let records = Records::read(&self.folder)?;
        let analyser = self.engine.as_deref().unwrap_or(OWN_ANALYSER);
        let mut wanted: Vec<&Sample> = records
            .samples
            .values()
            .filter(|sample| sample.code.is_some())
            .filter(|sample| self.again || records.analysis(analyser, &sample.key).is_none())
            .collect();
        wanted.sort_by(|a, b| a.key.cmp(&b.key));
        let out = Appender::open(&self.folder, ANALYSES, None)?;
        let analysed = match &self.engine {
            None => {
                let judge = Judge { library, policy: &policy };
                let analyses: Vec<Analysis> = wanted.par_iter().filter_map(|sample| judge.analysis(sample)).collect();
                analyses.iter().try_for_each(|analysis| out.add(analysis))?;
                analyses.len()
            }
            Some(name) => {
                let engine = policy.engines().iter().find(|engine| engine.name == *name);
                let Some(engine) = engine else { bail!("{}", no_engine(name, &policy)) };
                let root = self.policy.as_deref().and_then(Path::parent).unwrap_or(&self.folder);
                Looking { engine, root, out: &out }.at(&wanted)?
            }
        };
        output::note(&format!("{} analysed", text::count(analysed, "sample")));
        Ok(Outcome::Pass)
    }

    fn chosen_policy(&self, library: &Library) -> Result<Policy> {
        match &self.policy {
            Some(named) => policies::named(named, library, self.network),
            None if self.folder.join(FILE).is_file() => {
                policy(&read_plan(&self.folder)?.0, &self.folder, library, self.network)
            }
            None => Ok(Policy::baseline()),
        }
    }
}

fn no_engine(name: &str, policy: &Policy) -> String {
    let known: Vec<&str> = policy.engines().iter().map(|engine| engine.name.as_str()).collect();
    match known.is_empty() {
        true => format!("there is no engine `{name}`; the policy names none"),
        false => format!("there is no engine `{name}`; the policy names {}", known.join(", ")),
    }
}

/// Another analyser that looks at samples.
struct Looking<'a> {
    engine: &'a Engine,
    root: &'a Path,
    out: &'a Appender,
}

impl Looking<'_> {
    /// Has it look at samples, many in one run, since starting it costs seconds; gives how many it has looked at.
    fn at(&self, samples: &[&Sample]) -> Result<usize> {
        let limits = self.engine.limits();
        let wanted: Vec<(String, &Sample)> = (samples.iter())
            .map(|sample| (format!("{}/{}", sample.key, file_name(sample.language)), *sample))
            .filter(|(path, sample)| limits.has(path, Some(sample.language)))
            .collect();
        let stop = interrupt::stop()?;
        let asked = Loose { root: self.root, stop: &stop };
        for part in wanted.chunks(AT_ONCE) {
            let source = |sample: &Sample| Arc::new(Source::new(sample.code.as_deref().unwrap_or_default().as_bytes()));
            let files = part.iter().map(|(path, sample)| (path.clone(), source(sample))).collect();
            let folders = [Folder { name: FOLDER.to_string(), files }];
            let looked = asked.look(self.engine, &folders).and_then(|said| answer::read(self.engine, &said, &folders));
            let looked = looked.map_err(|why| anyhow!("the engine {}: {why}", self.engine.name))?;
            for note in &looked.notes {
                output::note(&format!("{}: {note}", self.engine.name));
            }
            for (path, sample) in part {
                self.out.add(&Analysis {
                    sample: sample.key.clone(),
                    analyser: self.engine.name.clone(),
                    alerts: looked.of(0, path).iter().map(alert).collect(),
                    parses: None,
                    incomplete: None,
                })?;
            }
        }
        Ok(wanted.len())
    }
}
