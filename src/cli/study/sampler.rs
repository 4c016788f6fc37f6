//! One sample: what is asked for it, and what comes.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::judge::Judge;
use super::models::Tally;
use crate::edit::EditSet;
use crate::harden::mend::mend;
use crate::harden::plan::Plan as Mending;
use crate::harden::prompted::Client;
use crate::harden::prompted::examples::for_task;
use crate::harden::prompted::generate::{self, Assignment};
use crate::harden::registry::{Admission, Registry};
use crate::harden::unverified::believe;
use crate::inspect::Inspected;
use crate::model::budget::Prices;
use crate::model::{Failure, FailureKind, Model, Request, Spent};
use crate::policy::Strategy;
use crate::study::ask::Wanted;
use crate::study::plan::{Plan, Way};
use crate::study::program;
use crate::study::record::{Mode, Sample, Usage};
use crate::study::task::Task;
use crate::syntax::hir::Language;
use crate::verify::{Available, Context};

/// The most insecure programs that are shown.
const MOST_EXAMPLES: usize = 3;

/// A model that is asked for samples.
pub struct Sampler<'a> {
    plan: &'a Plan,
    judge: Judge<'a>,
    model: &'a Tally,
    admission: Admission,
    available: Available,
    /// The instructions that the model wrote for itself, by language.
    instructions: Mutex<BTreeMap<Language, String>>,
}

/// What came in the place of a sample: why the model cannot be asked now. Nothing is noted then, and it is asked for again.
pub struct Unasked(pub Failure);

impl<'a> Sampler<'a> {
    /// Asks this model.
    pub fn new(plan: &'a Plan, judge: Judge<'a>, model: &'a Tally) -> Self {
        Sampler {
            plan,
            judge,
            model,
            admission: Admission::new(u64::MAX),
            available: Available::default(),
            instructions: Mutex::default(),
        }
    }

    fn client(&self, seed: u64, temperature: f64) -> Client<'_> {
        Client {
            model: self.model,
            rounds: self.plan.rounds,
            answer_tokens: self.plan.answer_tokens,
            temperature,
            // Some models take seeds of 32 bits only.
            seed: Some((self.plan.seed ^ seed) & u64::from(u32::MAX)),
            may_see: &|_| true,
            admission: &self.admission,
        }
    }

    /// The sample, or why there is none now. `weak` gives programs for the same task with findings, for negative examples;
    /// `parent` is the one that is mended.
    pub fn sample(&self, wanted: &Wanted<'_>, weak: &[&str], parent: Option<&str>) -> Result<Sample, Unasked> {
        let _ = self.model.take();
        let mut sample = wanted.sample(self.model.id());
        let failure = match (wanted.mode, parent) {
            (Mode::Generate, _) => self.write(wanted, weak, &mut sample),
            (_, Some(parent)) => self.mend(wanted, parent, &mut sample),
            (_, None) => None,
        };
        let spent = self.model.take();
        sample.usage = (spent != Spent::default()).then_some(Usage {
            requests: spent.requests,
            tokens_in: spent.tokens_in,
            tokens_out: spent.tokens_out,
            seconds: (spent.seconds * 1000.0).round() / 1000.0,
        });
        match failure {
            // What another try cannot change is an outcome.
            Some(failure) if matches!(failure.kind, FailureKind::TooLong | FailureKind::Malformed) => {
                (sample.code, sample.failure) = (None, Some(failure.kind.name().to_string()));
            }
            Some(failure) => return Err(Unasked(failure)),
            None => {}
        }
        Ok(sample)
    }

    /// Has a program written from the task.
    fn write(&self, wanted: &Wanted<'_>, weak: &[&str], sample: &mut Sample) -> Option<Failure> {
        let request = match self.request(wanted, weak) {
            Ok(request) => request,
            Err(failure) => return Some(failure),
        };
        match self.model.answer(&request).map(|answer| program::of(&answer)) {
            Ok(Ok(code)) => sample.code = Some(code),
            Ok(Err(why)) => sample.failure = Some(why.to_string()),
            Err(failure) => return Some(failure),
        }
        None
    }

    fn request(&self, wanted: &Wanted<'_>, weak: &[&str]) -> Result<Request, Failure> {
        let task = wanted.task;
        let client = self.client(wanted.seed(), self.plan.temperature);
        let way = match wanted.way {
            Way::By(Strategy::NegativeExample) => generate::Way::NegativeExample,
            Way::By(Strategy::ChainOfThought) => generate::Way::ChainOfThought,
            Way::By(Strategy::MetaPrompt) => generate::Way::MetaPrompt,
            Way::By(Strategy::Lora) => generate::Way::Lora,
            // The bare task is what tuned weights are asked, without them.
            Way::Bare | Way::By(_) => generate::Way::Lora,
        };
        let insecure = match way {
            generate::Way::NegativeExample => self.insecure(task, weak),
            _ => Vec::new(),
        };
        let instruction = match way {
            generate::Way::MetaPrompt => self.instruction(task.language)?,
            _ => String::new(),
        };
        let assignment = Assignment { task: &task.prompt, language: task.language, insecure: &insecure };
        let mut request = generate::request(&client, way, &assignment, &instruction);
        request.tuned = wanted.way == Way::By(Strategy::Lora);
        Ok(request)
    }

    /// What not to write: the model's own weak programs for the task; where it has written none, examples of the weaknesses that
    /// the task invites.
    fn insecure<'w>(&self, task: &Task, weak: &[&'w str]) -> Vec<&'w str> {
        if !weak.is_empty() {
            return weak.iter().copied().take(MOST_EXAMPLES).collect();
        }
        let rules = self.judge.library.rules().iter().filter(|rule| rule.cwe.iter().any(|cwe| task.cwe.contains(cwe)));
        let examples = rules.filter_map(|rule| for_task(&rule.id, task.language, &task.prompt));
        examples.take(MOST_EXAMPLES).collect()
    }

    /// The instruction that the model writes for a language, the most likely one, so that it is the same in every run.
    fn instruction(&self, language: Language) -> Result<String, Failure> {
        let known = |all: &BTreeMap<Language, String>| all.get(&language).cloned();
        if let Some(known) = known(&self.instructions.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(known);
        }
        let answer = generate::instruction(&self.client(0, 0.0), language, &mut Spent::default())?;
        let mut all = self.instructions.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(all.entry(language).or_insert(answer.text).clone())
    }

    /// Has a weak program mended.
    fn mend(&self, wanted: &Wanted<'_>, parent: &str, sample: &mut Sample) -> Option<Failure> {
        let Way::By(strategy) = wanted.way else { return None };
        let inspected = self.judge.inspect(wanted.task.language, parent);
        let found = self.judge.counted(&inspected);
        let client = self.client(wanted.seed(), self.plan.temperature);
        let registry = Registry::new(client, Prices::default());
        let mended = match wanted.mode {
            Mode::RepairVerified => self.proved(&inspected, &found, strategy, &registry, sample),
            _ => self.believed(&inspected, &found, strategy, &registry, sample),
        };
        match mended {
            Ok(edits) => {
                sample.code = Some(edits.apply(parent));
                None
            }
            Err(failure) => Some(failure),
        }
    }

    /// What verification lets through.
    fn proved(
        &self,
        file: &Inspected,
        found: &[usize],
        strategy: Strategy,
        registry: &Registry<'_>,
        sample: &mut Sample,
    ) -> Result<EditSet, Failure> {
        let context = Context { library: self.judge.library, limits: self.judge.limits(), available: &self.available };
        let plan_for = |index: usize| self.mending(file, index, strategy, registry);
        let mended = mend(file, found, &plan_for, &context);
        for rejected in mended.rejected.values().flatten() {
            if let Some(kind) = FailureKind::ALL.into_iter().find(|kind| kind.name() == rejected.reason) {
                return Err(Failure::new(kind, rejected.explanation.clone()));
            }
            sample.rejected.push(rejected.reason.clone());
        }
        Ok(mended.accepted)
    }

    /// What is done about a finding. No template stands in for a model that cannot be asked.
    fn mending<'r>(
        &self,
        file: &Inspected,
        index: usize,
        strategy: Strategy,
        registry: &'r Registry<'_>,
    ) -> Option<Mending<'r>> {
        let (finding, ladder) = (file.findings.get(index)?, self.judge.policy.ladder());
        let plan = registry.plan(strategy, ladder, finding, file.result.language)?;
        Some(Mending { fallback: None, ..plan })
    }

    /// What the strategy proposes, as it stands.
    fn believed(
        &self,
        file: &Inspected,
        found: &[usize],
        strategy: Strategy,
        registry: &Registry<'_>,
        sample: &mut Sample,
    ) -> Result<EditSet, Failure> {
        let Some(first) = found.first() else { return Ok(EditSet::default()) };
        let Some(plan) = self.mending(file, *first, strategy, registry) else { return Ok(EditSet::default()) };
        let Some(single) = plan.strategies.first() else { return Ok(EditSet::default()) };
        let believed = believe(file, found, *single, self.judge.library);
        sample.rejected = believed.missing.into_iter().map(str::to_string).collect();
        match believed.failure {
            Some(failure) => Err(failure),
            None => Ok(believed.edits),
        }
    }
}
