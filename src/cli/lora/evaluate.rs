//! `tempergate lora evaluate`: with and without tuned weights, on code that was not learnt from.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::material;
use crate::cli::asking::named_model;
use crate::cli::network::Network;
use crate::cli::study::{models, store};
use crate::cli::{Outcome as Ending, files, interrupt, output};
use crate::harden::prompted::Client;
use crate::harden::prompted::lora::Lora;
use crate::harden::prompted::prompt::tuned_digest;
use crate::harden::registry::Admission;
use crate::harden::unverified::believe;
use crate::lora::case::{Arm, Case, Outcome, digest};
use crate::lora::judge::{Estimate, Paired, Verdict};
use crate::lora::pair::Pair;
use crate::model::connect::{self, World};
use crate::model::stop::Stop;
use crate::model::{Answer, Failure, FailureKind, Model, Request};
use crate::policy::{ModelSettings, Policy};
use crate::report::text;
use crate::rules::Library;

/// What the names of files with outcomes begin with.
const OUTCOMES: &str = "outcomes";

/// Measures tuned weights.
#[derive(Debug, Args)]
pub struct Evaluate {
    /// Code before and after fixes, in the form of `lora export --pairs`: its `held-out.jsonl`, say.
    #[arg(long, value_name = "FILE", required = true)]
    pairs: Vec<PathBuf>,
    /// The model: a GGUF file, `PROVIDER:NAME`, or `replay:FILE`.
    #[arg(long, value_name = "MODEL")]
    base: String,
    /// The LoRA adapter: a GGUF file for an embedded model, else the adapter's name at the endpoint.
    #[arg(long, value_name = "ADAPTER")]
    lora: String,
    /// The folder for the outcomes; what is there is not asked for again.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// The folder of rows that the adapter was trained with: pairs of a group that is in it are left out.
    #[arg(long, value_name = "DIR")]
    trained_on: Option<PathBuf>,
    /// Where answers are drawn at random, what decides them.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Append what the model is asked and answers to this file, to be replayed.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// The format of the result.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    #[command(flatten)]
    network: Network,
}

/// How the result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What was found out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    model: String,
    adapter: String,
    paired: Paired,
    tuned: Estimate,
    base: Estimate,
    difference: Estimate,
    verdict: Verdict,
}

impl Evaluate {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// The pairs cannot be read, none of them can be judged, the model cannot be asked, or nothing can be written.
    pub fn run(&self) -> Result<Ending> {
        let library = Library::built_in();
        let cases = self.cases(library)?;
        fs::create_dir_all(&self.output).with_context(|| format!("{}", self.output.display()))?;
        let settings = named_model(&self.base, Some(&self.lora), &Policy::baseline())?;
        let stop = interrupt::stop()?;
        let world = World {
            no_network: self.network.no_network,
            record: self.record.clone(),
            run_time: None,
            stop: stop.clone(),
        };
        let model = connect::connect(&settings, &world).map_err(|failure| anyhow!("{failure}"))?;
        let adapter = models::adapter(&settings)?;
        let run = Run {
            model: &*model,
            settings: &settings,
            adapter: &adapter,
            seed: self.seed,
            library,
            known: known(&self.output)?,
            file: store::Appender::open(&self.output, OUTCOMES, None)?,
            stop,
            broken: AtomicBool::new(false),
            missing: AtomicUsize::new(0),
        };
        output::note(&format!("{} to mend, with and without {}", text::count(cases.len(), "program"), self.lora));
        let asked: Vec<(&Case, Arm)> = cases.iter().flat_map(|case| [(case, Arm::Base), (case, Arm::Tuned)]).collect();
        let threads = files::threads(settings.requests_at_once.max(1) as usize)?;
        let outcomes: Result<Vec<Option<Outcome>>> =
            threads.install(|| asked.par_iter().map(|(case, arm)| run.outcome(case, *arm)).collect());
        let outcomes: Vec<Outcome> = outcomes?.into_iter().flatten().collect();
        let missing = run.missing.into_inner();
        if missing > 0 {
            output::note(&format!("{} still missing; run it again to go on", text::count(missing, "answer")));
            return Ok(Ending::Fail);
        }
        self.tell(model.id(), &outcomes)
    }

    /// The programs that can be judged and were not learnt from, each once.
    fn cases(&self, library: &Library) -> Result<Vec<Case>> {
        let mut pairs: Vec<Pair> = Vec::new();
        for file in &self.pairs {
            pairs.extend(material::pairs(file, "")?.into_iter().flatten());
        }
        let all = pairs.len();
        if let Some(folder) = &self.trained_on {
            let learnt = groups(&folder.join("train.jsonl"))?;
            pairs.retain(|pair| !learnt.contains(&pair.group));
            if pairs.len() < all {
                output::note(&format!("{} left out: learnt from", text::count(all - pairs.len(), "pair")));
            }
        }
        let judged: Vec<Case> = pairs.par_iter().filter_map(|pair| Case::of(pair, library).ok()).collect();
        let mut seen = BTreeSet::new();
        let unjudged = pairs.len() - judged.len();
        let cases: Vec<Case> = judged.into_iter().filter(|case| seen.insert(case.program.clone())).collect();
        if unjudged > 0 {
            let pairs = text::count(unjudged, "pair");
            output::note(&format!("{pairs} left out: our analysis does not see the weakness go"));
        }
        if cases.is_empty() {
            bail!("there is no pair of which our analysis finds the weakness before and not after");
        }
        Ok(cases)
    }

    fn tell(&self, model: &str, outcomes: &[Outcome]) -> Result<Ending> {
        let mut by_program: BTreeMap<&str, (Option<bool>, Option<bool>)> = BTreeMap::new();
        for outcome in outcomes {
            let (tuned, base) = by_program.entry(&outcome.program).or_default();
            *(if outcome.arm == Arm::Tuned { tuned } else { base }) = Some(outcome.fixed);
        }
        let mut paired = Paired::default();
        for (tuned, base) in by_program.into_values() {
            if let (Some(tuned), Some(base)) = (tuned, base) {
                paired.add(tuned, base);
            }
        }
        let found = Found {
            model: model.to_string(),
            adapter: self.lora.clone(),
            paired,
            tuned: paired.tuned(),
            base: paired.base(),
            difference: paired.difference(),
            verdict: paired.verdict(),
        };
        match self.format {
            Format::Text => output::print(&found.to_text())?,
            Format::Json => output::print(&format!("{}\n", serde_json::to_string_pretty(&found)?))?,
        }
        Ok(if found.verdict == Verdict::Better { Ending::Pass } else { Ending::Fail })
    }
}

impl Found {
    fn to_text(&self) -> String {
        let percent = |share: f64| format!("{:.0} %", share * 100.0);
        let rate = |name: &str, mended: u64, e: &Estimate| {
            let (value, low, high) = (percent(e.value), percent(e.low), percent(e.high));
            format!("  {name}: {mended} of {} mended, {value} ({low} to {high})\n", self.paired.cases())
        };
        let points = |share: f64| format!("{:+.0}", share * 100.0);
        let d = &self.difference;
        let (value, low, high) = (points(d.value), points(d.low), points(d.high));
        let says = match self.verdict {
            Verdict::Better => "The tuned weights mend more.",
            Verdict::Worse => "The tuned weights mend less.",
            Verdict::NotShown => "The interval includes zero: it is not shown that the tuned weights mend more.",
        };
        format!(
            "{}, {}\n{}{}  difference: {value} points ({low} to {high}, 95 %)\n{says}\n",
            text::visible(&self.model),
            text::visible(&self.adapter),
            rate("with the adapter", self.paired.both + self.paired.tuned_only, &self.tuned),
            rate("without it", self.paired.both + self.paired.base_only, &self.base),
        )
    }
}

/// The groups that were learnt from.
fn groups(file: &Path) -> Result<BTreeSet<String>> {
    #[derive(Deserialize)]
    struct Learnt {
        group: String,
    }
    let mut groups = BTreeSet::new();
    store::each(file, &mut || {}, &mut |row: Learnt| {
        groups.insert(row.group);
    })?;
    Ok(groups)
}

/// The outcomes of a folder, by key.
fn known(folder: &Path) -> Result<HashMap<String, Outcome>> {
    let mut known = HashMap::new();
    for file in store::files(folder, OUTCOMES)? {
        store::each(&file, &mut || {}, &mut |outcome: Outcome| {
            known.insert(outcome.key.clone(), outcome);
        })?;
    }
    Ok(known)
}

/// An evaluation that is under way.
struct Run<'a> {
    model: &'a dyn Model,
    settings: &'a ModelSettings,
    adapter: &'a str,
    seed: u64,
    library: &'a Library,
    known: HashMap<String, Outcome>,
    file: store::Appender,
    stop: Stop,
    /// Nothing more can be had of the model in this run.
    broken: AtomicBool,
    missing: AtomicUsize,
}

impl Run<'_> {
    fn key(&self, case: &Case, arm: Arm) -> String {
        let adapter = if arm == Arm::Tuned { self.adapter } else { "" };
        let (seed, tokens) = (self.seed.to_string(), self.settings.answer_tokens.to_string());
        let heat = self.settings.temperature.to_string();
        digest(&[&case.program, &tuned_digest(), self.model.id(), adapter, &seed, &tokens, &heat])
    }

    /// What becomes of a case; nothing where the model gave no answer, which is counted and told.
    fn outcome(&self, case: &Case, arm: Arm) -> Result<Option<Outcome>> {
        let key = format!("{}-{}", self.key(case, arm), if arm == Arm::Tuned { "tuned" } else { "base" });
        if let Some(known) = self.known.get(&key) {
            return Ok(Some(known.clone()));
        }
        if self.stop.is_asked() || self.broken.load(Ordering::Relaxed) {
            self.missing.fetch_add(1, Ordering::Relaxed);
            return Ok(None);
        }
        let (model, admission) = (Answering { model: self.model, arm }, Admission::new(u64::MAX));
        let client = Client {
            model: &model,
            rounds: 1,
            answer_tokens: self.settings.answer_tokens,
            temperature: self.settings.temperature,
            seed: Some(self.seed & u64::from(u32::MAX)),
            may_see: &|_| true,
            admission: &admission,
        };
        let believed = believe(&case.file, &case.targets, &Lora(client), self.library);
        let mut missing: Vec<String> = believed.missing.into_iter().map(str::to_string).collect();
        match believed.failure {
            // What another try cannot change is an outcome.
            Some(failure) if matches!(failure.kind, FailureKind::TooLong | FailureKind::Malformed) => {
                missing.push(failure.kind.name().to_string());
            }
            Some(failure) => {
                self.missing.fetch_add(1, Ordering::Relaxed);
                let first = !failure.kind.is_final() || !self.broken.swap(true, Ordering::Relaxed);
                if first && !self.stop.is_asked() {
                    output::note(&text::brief(&failure.to_string(), 300));
                }
                return Ok(None);
            }
            None => {}
        }
        let outcome = case.outcome(arm, key, &believed.edits, missing, self.library);
        self.file.add(&outcome)?;
        Ok(Some(outcome))
    }
}

/// The model with its tuned weights or without them, asked the same.
struct Answering<'a> {
    model: &'a dyn Model,
    arm: Arm,
}

impl Model for Answering<'_> {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn adapter(&self) -> Option<&str> {
        self.model.adapter()
    }

    fn context_tokens(&self) -> Option<u32> {
        self.model.context_tokens()
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        self.model.answer(&Request { tuned: self.arm == Arm::Tuned, ..request.clone() })
    }
}
