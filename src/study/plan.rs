//! What a study asks of whom: its file `study.yml`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::record::{Mode, NONE};
use super::task::Task;
use crate::diagnostic::{Diagnostic, FileError};
use crate::policy::Strategy;
use crate::syntax::hir::Language;
use crate::yaml;

/// The file's name in a study's folder.
pub const FILE: &str = "study.yml";
/// The tasks that come with the program, as the file names them.
const BUILT_IN: &str = "built-in";
/// Our own analyser's name in records.
pub const OWN_ANALYSER: &str = "tempergate";

/// The file, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    version: Spanned<u32>,
    name: Spanned<String>,
    #[serde(default)]
    seed: u64,
    #[serde(default = "built_in")]
    tasks: String,
    #[serde(default)]
    scenarios: Option<Vec<Spanned<String>>>,
    languages: Spanned<Vec<Spanned<Language>>>,
    models: Spanned<Vec<ModelEntry>>,
    strategies: Spanned<Vec<Spanned<String>>>,
    #[serde(default = "generate")]
    modes: Spanned<Vec<Mode>>,
    #[serde(default = "ten")]
    samples: Spanned<u32>,
    #[serde(default)]
    policy: Option<String>,
    #[serde(default)]
    analysers: Vec<Spanned<String>>,
    #[serde(default = "temperature")]
    temperature: Spanned<f64>,
    #[serde(default = "answer_tokens")]
    answer_tokens: Spanned<u32>,
    #[serde(default = "rounds")]
    rounds: Spanned<u32>,
}

/// A model, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct ModelEntry {
    model: Spanned<String>,
    #[serde(default)]
    lora: Option<String>,
    #[serde(default)]
    endpoint: Option<String>,
    #[serde(default)]
    key_env: Option<String>,
    #[serde(default)]
    requests_at_once: Option<Spanned<u32>>,
    #[serde(default)]
    timeout_seconds: Option<Spanned<u64>>,
    #[serde(default)]
    strategies: Option<Vec<Spanned<String>>>,
    #[serde(default)]
    modes: Option<Vec<Mode>>,
}

fn built_in() -> String {
    BUILT_IN.to_string()
}

fn generate() -> Spanned<Vec<Mode>> {
    unplaced(vec![Mode::Generate])
}

fn ten() -> Spanned<u32> {
    unplaced(10)
}

fn temperature() -> Spanned<f64> {
    unplaced(0.8)
}

fn answer_tokens() -> Spanned<u32> {
    unplaced(2048)
}

fn rounds() -> Spanned<u32> {
    unplaced(2)
}

fn unplaced<T>(value: T) -> Spanned<T> {
    Spanned { value, referenced: serde_saphyr::Location::UNKNOWN, defined: serde_saphyr::Location::UNKNOWN }
}

/// A study's plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// What everything that is drawn at random begins with.
    pub seed: u64,
    /// The file of tasks; those that come with the program when absent.
    pub tasks: Option<String>,
    /// Only these scenarios; all when absent.
    pub scenarios: Option<Vec<String>>,
    /// The languages.
    pub languages: Vec<Language>,
    /// Who is asked.
    pub models: Vec<Asked>,
    /// How many samples there are of each.
    pub samples: u32,
    /// The policy that says what is a finding, what a ladder is, and which other analysers there are.
    pub policy: Option<String>,
    /// The analysers, ours among them.
    pub analysers: Vec<String>,
    /// 0 answers greedily, so that all samples are the same.
    pub temperature: f64,
    /// The most tokens of an answer.
    pub answer_tokens: u32,
    /// How often a model may answer for one repair that is verified.
    pub rounds: u32,
}

/// A model and what it is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// As the argument `--model` has it.
    pub model: String,
    /// Tuned weights for the strategy `lora`.
    pub lora: Option<String>,
    /// The endpoint, where it is not the provider's own.
    pub endpoint: Option<String>,
    /// The environment variable with the key, where it is not the usual one.
    pub key_env: Option<String>,
    /// The most requests at one time, where the provider's default does not do.
    pub requests_at_once: Option<u32>,
    /// The longest that one request may take, likewise.
    pub timeout: Option<Duration>,
    /// The strategies, the bare task among them where programs are written.
    pub strategies: Vec<Way>,
    /// How samples come to be.
    pub modes: BTreeSet<Mode>,
}

/// A strategy, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The bare task.
    Bare,
    /// A strategy.
    By(Strategy),
}

impl Way {
    /// The name in records.
    pub fn name(self) -> &'static str {
        match self {
            Way::Bare => NONE,
            Way::By(strategy) => strategy.name(),
        }
    }

    fn from_name(name: &str) -> Option<Way> {
        match Strategy::from_name(name)? {
            Strategy::None => Some(Way::Bare),
            strategy => Some(Way::By(strategy)),
        }
    }

    /// Whether there is such a sample: only strategies with prompts of their own write programs, nothing is repaired by the bare
    /// task, and what composes others takes what is verified.
    pub fn has(self, mode: Mode) -> bool {
        use Strategy::{Auto, BestOf, ChainOfThought, Ladder, Lora, MetaPrompt, NegativeExample, None, Template};
        match (self, mode) {
            (Way::Bare, mode) => mode == Mode::Generate,
            (Way::By(None), _) => false,
            (Way::By(NegativeExample | ChainOfThought | MetaPrompt | Lora), _) => true,
            (Way::By(Template), mode) => mode != Mode::Generate,
            (Way::By(Ladder | BestOf | Auto), mode) => mode == Mode::RepairVerified,
        }
    }
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    ///
    /// What is wrong, with its place.
    pub fn parse(file: &str, text: &str) -> Result<Plan, FileError> {
        let read: File = yaml::typed(text, "study").map_err(|wrong| FileError::new(file, text, vec![wrong], 0))?;
        let mut checked = Checked { text, wrong: Vec::new() };
        let plan = checked.plan(read);
        match checked.wrong.is_empty() {
            true => Ok(plan),
            false => Err(FileError::new(file, text, checked.wrong, 0)),
        }
    }

    /// Those of all tasks that the plan is about, in their order.
    ///
    /// # Errors
    ///
    /// A sentence: nothing is left, or a scenario that the plan names is in no task.
    pub fn chosen(&self, tasks: Vec<Task>) -> Result<Vec<Task>, String> {
        if let Some(missing) = self.scenarios.iter().flatten().find(|s| !tasks.iter().any(|t| t.scenario == **s)) {
            let known: BTreeSet<&str> = tasks.iter().map(|t| t.scenario.as_str()).take(100).collect();
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            return Err(format!("no task is of the scenario `{missing}`; there are {known}"));
        }
        let mut tasks = tasks;
        tasks.retain(|task| {
            let scenarios = self.scenarios.as_deref();
            self.languages.contains(&task.language) && scenarios.is_none_or(|s| s.contains(&task.scenario))
        });
        if tasks.is_empty() {
            return Err("no task is in the languages of the study".to_string());
        }
        Ok(tasks)
    }
}

/// A plan while it is checked.
struct Checked<'t> {
    text: &'t str,
    wrong: Vec<Diagnostic>,
}

impl Checked<'_> {
    fn say(&mut self, span: Range<usize>, why: impl Into<String>) {
        self.wrong.push(Diagnostic::new(self.text, span, why));
    }

    /// A value within limits.
    fn within<T: PartialOrd + Copy + std::fmt::Display>(
        &mut self,
        key: &str,
        given: &Spanned<T>,
        least: T,
        most: T,
    ) -> T {
        if !(least..=most).contains(&given.value) {
            let span = yaml::place_of(self.text, given);
            self.say(span, format!("`{key}` is from {least} to {most}"));
        }
        given.value
    }

    fn plan(&mut self, read: File) -> Plan {
        if read.version.value != 1 {
            let span = yaml::place_of(self.text, &read.version);
            self.say(span, format!("version {} of studies is not supported", read.version.value));
        }
        if read.name.value.trim().is_empty() || read.name.value.len() > 200 {
            let span = yaml::place_of(self.text, &read.name);
            self.say(span, "`name` has from 1 to 200 bytes");
        }
        let languages: Vec<Language> = read.languages.value.iter().map(|l| l.value).collect();
        if languages.is_empty() {
            let span = yaml::place_of(self.text, &read.languages);
            self.say(span, "at least one language is needed");
        }
        let strategies = self.ways(&read.strategies.value);
        let modes: BTreeSet<Mode> = read.modes.value.iter().copied().collect();
        let models = read.models.value.iter().map(|entry| self.asked(entry, &strategies, &modes)).collect();
        if read.models.value.is_empty() {
            let span = yaml::place_of(self.text, &read.models);
            self.say(span, "at least one model is needed");
        }
        let mut analysers: Vec<String> = vec![OWN_ANALYSER.to_string()];
        for analyser in read.analysers.into_iter().map(|a| a.value) {
            if !analysers.contains(&analyser) {
                analysers.push(analyser);
            }
        }
        Plan {
            name: read.name.value.clone(),
            seed: read.seed,
            tasks: Some(read.tasks).filter(|tasks| tasks != BUILT_IN),
            scenarios: read.scenarios.map(|all| all.into_iter().map(|s| s.value).collect()),
            languages,
            models,
            samples: self.within("samples", &read.samples, 1, 1_000),
            policy: read.policy,
            analysers,
            temperature: self.within("temperature", &read.temperature, 0.0, 2.0),
            answer_tokens: self.within("answer-tokens", &read.answer_tokens, 64, 32_768),
            rounds: self.within("rounds", &read.rounds, 1, 10),
        }
    }

    fn ways(&mut self, names: &[Spanned<String>]) -> Vec<Way> {
        let mut ways = Vec::new();
        for name in names {
            let span = yaml::place_of(self.text, name);
            match Way::from_name(&name.value) {
                Some(way) if ways.contains(&way) => self.say(span, format!("`{}` is named twice", name.value)),
                Some(way) => ways.push(way),
                None => {
                    let known = Strategy::ALL.map(Strategy::name).join(", ");
                    self.say(span, format!("there is no strategy of this name; known are {known}"));
                }
            }
        }
        ways
    }

    fn asked(&mut self, entry: &ModelEntry, strategies: &[Way], modes: &BTreeSet<Mode>) -> Asked {
        let span = yaml::place_of(self.text, &entry.model);
        let own = entry.strategies.as_ref().map(|own| self.ways(own));
        let mut ways = own.clone().unwrap_or_else(|| strategies.to_vec());
        if entry.lora.is_none() {
            if own.is_some_and(|own| own.contains(&Way::By(Strategy::Lora))) {
                self.say(span.clone(), "the strategy `lora` needs tuned weights: `lora: ADAPTER`");
            }
            // What holds for all models is asked of those that can do it.
            ways.retain(|way| *way != Way::By(Strategy::Lora));
        }
        let modes = entry.modes.as_ref().map_or_else(|| modes.clone(), |own| own.iter().copied().collect());
        let compares = modes.iter().any(|mode| *mode != Mode::Generate);
        if !ways.contains(&Way::Bare) && (compares || ways.contains(&Way::By(Strategy::NegativeExample))) {
            self.say(
                span.clone(),
                "repairs and negative examples begin with what the bare task gives: add the strategy `none`",
            );
        }
        if !ways.iter().any(|way| modes.iter().any(|mode| way.has(*mode))) {
            self.say(span, "nothing is asked of this model: no strategy has one of its modes");
        }
        Asked {
            model: entry.model.value.clone(),
            lora: entry.lora.clone(),
            endpoint: entry.endpoint.clone(),
            key_env: entry.key_env.clone(),
            requests_at_once: entry.requests_at_once.as_ref().map(|n| self.within("requests-at-once", n, 1, 64)),
            timeout: (entry.timeout_seconds.as_ref())
                .map(|n| Duration::from_secs(self.within("timeout-seconds", n, 1, 86_400))),
            strategies: ways,
            modes,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const PLAN: &str = "version: 1\nname: Small\nlanguages: [python, go]\nmodels:\n  - model: small.gguf\n    lora: tuned.gguf\n  - model: openai-compatible:large\n    modes: [generate, repair]\nstrategies: [none, negative-example, lora, ladder]\nmodes: [generate, repair-verified]\nsamples: 2\n";

    #[test]
    fn a_plan_is_read() {
        let plan = Plan::parse("study.yml", PLAN).unwrap();
        assert_eq!((plan.name.as_str(), plan.samples, plan.tasks.as_deref()), ("Small", 2, None));
        assert_eq!(plan.analysers, [OWN_ANALYSER]);
        let names = |asked: &Asked| asked.strategies.iter().map(|w| w.name()).collect::<Vec<_>>();
        assert_eq!(names(&plan.models[0]), ["none", "negative-example", "lora", "ladder"]);
        assert_eq!(names(&plan.models[1]), ["none", "negative-example", "ladder"]);
        assert_eq!(plan.models[1].modes, BTreeSet::from([Mode::Generate, Mode::Repair]));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (old, new, says, place) in [
            ("name: Small", "name: Small\nsampels: 3", "unknown key `sampels`", "study.yml:3:1"),
            ("samples: 2", "samples: 0", "`samples` is from 1 to 1000", ":11"),
            ("version: 1", "version: 3", "version 3 of studies", "study.yml:1:10"),
            (
                "[none, negative-example, lora, ladder]",
                "[none, magic]",
                "there is no strategy of this name",
                "study.yml:9",
            ),
            ("[none, negative-example, lora, ladder]", "[negative-example]", "add the strategy `none`", "study.yml:5"),
            ("[python, go]", "[]", "at least one language", "study.yml:3"),
            ("[python, go]", "[cobol]", "cobol", "study.yml:3"),
        ] {
            assert!(PLAN.contains(old), "{old}");
            let said = Plan::parse("study.yml", &PLAN.replace(old, new)).unwrap_err().render(false);
            assert!(said.contains(says) && said.contains(place), "{new}: {said}");
        }
        let own = PLAN.replace("modes: [generate, repair]", "strategies: [none, lora]");
        let said = Plan::parse("study.yml", &own).unwrap_err().render(false);
        assert!(said.contains("needs tuned weights") && said.contains("study.yml:7"), "{said}");
    }

    #[test]
    fn tasks_are_chosen() {
        let plan = Plan::parse("study.yml", PLAN).unwrap();
        assert_eq!(plan.chosen(crate::study::task::built_in()).unwrap().len(), 20);
        let some = Plan { scenarios: Some(vec!["sql-injection".to_string()]), ..plan.clone() };
        assert_eq!(some.chosen(crate::study::task::built_in()).unwrap().len(), 2);
        let none = Plan { scenarios: Some(vec!["sql".to_string()]), ..plan };
        assert!(none.chosen(crate::study::task::built_in()).unwrap_err().contains("sql-injection"));
    }
}
