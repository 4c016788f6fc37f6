//! `tempergate study run`: asks for what is missing.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use rayon::prelude::*;

use super::judge::Judge;
use super::models::{self, Tally};
use super::sampler::{Sampler, Unasked};
use super::store::{ANALYSES, Appender, Records, SAMPLES};
use crate::cli::network::Network;
use crate::cli::{Outcome, files, interrupt, output, policies};
use crate::model::Model;
use crate::model::connect::World;
use crate::model::stop::Stop;
use crate::policy::Policy;
use crate::report::text;
use crate::rules::Library;
use crate::shard::Shard;
use crate::study::ask::{Cell, Wanted};
use crate::study::plan::{Asked, FILE, OWN_ANALYSER, Plan};
use crate::study::record::{Analysis, Mode, Sample};
use crate::study::task::{self, Task};

/// How often it is told how far a run is, where nobody looks at a bar.
const TELL: Duration = Duration::from_secs(60);

/// Asks models for what is missing of a study, and analyses it.
#[derive(Debug, Args)]
pub struct Run {
    /// The study's folder.
    #[arg(value_name = "STUDY")]
    folder: PathBuf,
    /// Only this job's part: `2/4` is the second of four. Jobs may run at the same time, in one folder or in copies of it.
    #[arg(long, value_name = "K/N")]
    shard: Option<Shard>,
    /// Only models whose name in the plan, or whose id, holds this text.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Append what the models are asked and answer to this file, to be replayed.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    network: Network,
}

impl Run {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The plan, its tasks or its policy cannot be read, or a record; nothing can be written.
    pub fn run(&self) -> Result<Outcome> {
        let library = Library::built_in();
        let (plan, tasks) = read_plan(&self.folder)?;
        let policy = policy(&plan, &self.folder, library, self.network)?;
        let study = Study {
            plan: &plan,
            judge: Judge { library, policy: &policy },
            records: Mutex::new(Records::read(&self.folder)?),
            samples: Appender::open(&self.folder, SAMPLES, self.shard)?,
            analyses: Appender::open(&self.folder, ANALYSES, self.shard)?,
            stop: interrupt::stop()?,
            told: Progress::new(),
        };
        study.analyse_what_is_there()?;
        let mut missing = 0;
        for asked in &plan.models {
            if study.stop.is_asked() {
                break;
            }
            missing += self.ask(&study, asked, &tasks)?;
        }
        if study.stop.is_asked() {
            output::note("stopped; run it again to go on");
            return Ok(Outcome::Fail);
        }
        study.told.end();
        if missing > 0 {
            output::note(&format!("{} still missing; run it again to go on", text::count(missing, "sample")));
            return Ok(Outcome::Fail);
        }
        Ok(Outcome::Pass)
    }

    /// Asks one model for all of its cells; gives how many samples are still missing.
    fn ask(&self, study: &Study<'_>, asked: &Asked, tasks: &[Task]) -> Result<usize> {
        let settings = models::settings(study.plan, asked, &self.folder)?;
        let world = World {
            no_network: self.network.no_network,
            record: self.record.clone(),
            run_time: None,
            stop: study.stop.clone(),
        };
        if self.only.as_ref().is_some_and(|only| !asked.model.contains(only.as_str())) {
            return Ok(0);
        }
        let adapter = models::adapter(&settings)?;
        let model = Tally::connect(&settings, &world).with_context(|| asked.model.clone())?;
        let id = model.id().to_string();
        let cells: Vec<Cell<'_>> = tasks
            .iter()
            .map(|task| Cell { plan: study.plan, asked, model: &id, adapter: &adapter, task })
            .filter(|cell| cell.is_of(self.shard))
            .collect();
        study.told.begin(&id, cells.iter().map(Cell::most).sum());
        let sampler = Sampler::new(study.plan, study.judge, &model);
        let asking = Asking { study, sampler: &sampler, broken: AtomicBool::new(false), missing: AtomicUsize::new(0) };
        // Waiting for answers must not bound how many requests wait.
        files::threads(settings.requests_at_once.max(1) as usize)?
            .install(|| cells.par_iter().try_for_each(|cell| asking.cell(cell)))?;
        Ok(asking.missing.into_inner())
    }
}

/// The plan of a study and its tasks.
///
/// # Errors
///
/// They cannot be read, with the place of what is wrong.
pub fn read_plan(folder: &Path) -> Result<(Plan, Vec<Task>)> {
    let path = folder.join(FILE);
    let name = path.display().to_string();
    let text =
        std::fs::read_to_string(&path).with_context(|| format!("{name} (`tempergate study init` writes one)"))?;
    let plan = Plan::parse(&name, &text)?;
    let tasks = match &plan.tasks {
        None => task::built_in(),
        Some(file) => {
            let path = folder.join(file);
            let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
            task::read(&path.display().to_string(), &text)?
        }
    };
    match plan.chosen(tasks) {
        Ok(tasks) => Ok((plan, tasks)),
        Err(why) => bail!("{name}: {why}"),
    }
}

/// The policy of a study.
///
/// # Errors
///
/// It cannot be read.
pub fn policy(plan: &Plan, folder: &Path, library: &Library, network: Network) -> Result<Policy> {
    match &plan.policy {
        None => Ok(Policy::baseline()),
        Some(name) if folder.join(name).is_file() => policies::from_file(&folder.join(name), library, network),
        Some(name) => policies::named(Path::new(name), library, network),
    }
}

/// A study that is under way.
struct Study<'a> {
    plan: &'a Plan,
    judge: Judge<'a>,
    records: Mutex<Records>,
    samples: Appender,
    analyses: Appender,
    stop: Stop,
    told: Progress,
}

impl Study<'_> {
    fn records(&self) -> std::sync::MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run can be killed between a sample and its analysis.
    fn analyse_what_is_there(&self) -> Result<()> {
        let missing: Vec<Sample> = {
            let records = self.records();
            let is_missing = |s: &&Sample| s.code.is_some() && records.analysis(OWN_ANALYSER, &s.key).is_none();
            let mut missing: Vec<Sample> = records.samples.values().filter(is_missing).cloned().collect();
            missing.sort_by(|a, b| a.key.cmp(&b.key));
            missing
        };
        let analyses: Vec<Analysis> = missing.par_iter().filter_map(|sample| self.judge.analysis(sample)).collect();
        analyses.into_iter().try_for_each(|analysis| self.note_analysis(analysis))
    }

    fn note_analysis(&self, analysis: Analysis) -> Result<()> {
        self.analyses.add(&analysis)?;
        self.records().analyses.insert((analysis.analyser.clone(), analysis.sample.clone()), analysis);
        Ok(())
    }

    fn note(&self, sample: Sample) -> Result<()> {
        self.samples.add(&sample)?;
        let analysis = self.judge.analysis(&sample);
        self.records().samples.insert(sample.key.clone(), sample);
        analysis.map_or(Ok(()), |analysis| self.note_analysis(analysis))
    }

    fn has(&self, wanted: &Wanted<'_>) -> bool {
        self.records().samples.contains_key(&wanted.key)
    }

    /// Those of some samples that have a program with findings: key, number and program.
    fn weak(&self, wanted: &[Wanted<'_>]) -> Vec<(String, u32, String)> {
        let records = self.records();
        let weak = |w: &Wanted<'_>| {
            let alerts = &records.analysis(OWN_ANALYSER, &w.key)?.alerts;
            let code = records.samples.get(&w.key)?.code.clone()?;
            (!alerts.is_empty()).then_some((w.key.clone(), w.number, code))
        };
        wanted.iter().filter_map(weak).collect()
    }
}

/// A model that is being asked.
struct Asking<'a> {
    study: &'a Study<'a>,
    sampler: &'a Sampler<'a>,
    /// Nothing more can be had of it in this run.
    broken: AtomicBool,
    missing: AtomicUsize,
}

impl Asking<'_> {
    fn cell(&self, cell: &Cell<'_>) -> Result<()> {
        let bare = cell.bare();
        self.all(&bare, &[])?;
        let weak = self.study.weak(&bare);
        self.all(&cell.by_strategies(), &weak)?;
        let parents: Vec<(String, u32)> = weak.iter().map(|(key, number, _)| (key.clone(), *number)).collect();
        let repairs = cell.repairs(&parents);
        self.all(&repairs, &weak)?;
        // What was sound is not mended.
        self.study.told.less(cell.most() - bare.len() - cell.by_strategies().len() - repairs.len());
        Ok(())
    }

    fn all(&self, wanted: &[Wanted<'_>], weak: &[(String, u32, String)]) -> Result<()> {
        for wanted in wanted {
            let known = self.study.has(wanted);
            if !known {
                self.one(wanted, weak)?;
            }
            self.study.told.step(known);
        }
        Ok(())
    }

    fn one(&self, wanted: &Wanted<'_>, weak: &[(String, u32, String)]) -> Result<()> {
        if self.study.stop.is_asked() || self.broken.load(Ordering::Relaxed) {
            self.missing.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        let parent = weak.iter().find(|(key, _, _)| Some(key) == wanted.parent.as_ref());
        let insecure: Vec<&str> = match wanted.mode {
            Mode::Generate => weak.iter().map(|(_, _, code)| code.as_str()).collect(),
            Mode::Repair | Mode::RepairVerified => Vec::new(),
        };
        match self.sampler.sample(wanted, &insecure, parent.map(|(_, _, code)| code.as_str())) {
            Ok(sample) => self.study.note(sample),
            Err(Unasked(failure)) => {
                self.missing.fetch_add(1, Ordering::Relaxed);
                if failure.kind.is_final() && !self.broken.swap(true, Ordering::Relaxed) && !self.study.stop.is_asked()
                {
                    output::note(&format!("nothing more is asked of this model: {failure}"));
                } else if !failure.kind.is_final() {
                    output::note(&format!("{} by {}: {failure}", wanted.task.id, wanted.way.name()));
                }
                Ok(())
            }
        }
    }
}

/// How far a run is, and how long the rest takes: a line a minute, with an estimate by what this run has done.
struct Progress {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    model: String,
    done: usize,
    all: usize,
    /// Of them, those that were there before: they took no time.
    before: usize,
    began: Option<Instant>,
    told: Option<Instant>,
}

impl Progress {
    fn new() -> Self {
        Progress { state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, model: &str, all: usize) {
        let now = Instant::now();
        *self.state() = State { model: model.to_string(), all, began: Some(now), told: Some(now), ..State::default() };
        output::note(&format!("{model}: at most {}", text::count(all, "sample")));
    }

    fn step(&self, known: bool) {
        let mut state = self.state();
        state.done += 1;
        state.before += usize::from(known);
        if state.told.is_none_or(|told| told.elapsed() < TELL) {
            return;
        }
        state.told = Some(Instant::now());
        let took = state.began.map_or(0.0, |began| began.elapsed().as_secs_f64());
        let asked = state.done.saturating_sub(state.before).max(1);
        let left = took / asked as f64 * state.all.saturating_sub(state.done) as f64;
        output::note(&format!(
            "{}: {} of at most {}, about {} left",
            state.model,
            state.done,
            state.all,
            duration(left)
        ));
    }

    fn less(&self, fewer: usize) {
        let mut state = self.state();
        state.all = state.all.saturating_sub(fewer);
    }

    fn end(&self) {
        let state = self.state();
        if !state.model.is_empty() {
            output::note("everything that the plan wants is there");
        }
    }
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} s"),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
