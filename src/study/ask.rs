//! What is asked of a model for a task, in the order in which one thing needs another: programs from the bare task first, since
//! negative examples and repairs begin with the weak ones among them.

use sha2::{Digest, Sha256};

use super::plan::{Asked, Plan, Way};
use super::record::{Mode, Sample};
use super::task::Task;
use crate::shard::Shard;

/// The version of what keys are made of; another one asks for everything again.
const KEY_VERSION: &str = "1";

/// A sample that the plan wants.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted<'a> {
    /// The task.
    pub task: &'a Task,
    /// How it comes to be.
    pub mode: Mode,
    /// The strategy.
    pub way: Way,
    /// Which of several, from one.
    pub number: u32,
    /// The key of the weak program that is mended.
    pub parent: Option<String>,
    /// What it is known by.
    pub key: String,
}

impl Wanted<'_> {
    /// The seed of what is drawn at random for it.
    pub fn seed(&self) -> u64 {
        u64::from_str_radix(self.key.get(..8).unwrap_or_default(), 16).unwrap_or(0)
    }

    /// The sample, without what came.
    pub fn sample(&self, model: &str) -> Sample {
        Sample {
            key: self.key.clone(),
            mode: self.mode,
            task: self.task.id.clone(),
            scenario: self.task.scenario.clone(),
            language: self.task.language,
            target_cwe: self.task.cwe.clone(),
            model: model.to_string(),
            strategy: self.way.name().to_string(),
            number: self.number,
            parent: self.parent.clone(),
            path: None,
            code: None,
            failure: None,
            rejected: Vec::new(),
            usage: None,
        }
    }
}

/// A model and a task: all that is asked of the one for the other. What needs one another is in one cell, so that jobs can share
/// a study by cells.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// What is asked of the model.
    pub asked: &'a Asked,
    /// The model's id.
    pub model: &'a str,
    /// What tells the tuned weights from others: their digest, or their name.
    pub adapter: &'a str,
    /// The task.
    pub task: &'a Task,
}

impl<'a> Cell<'a> {
    /// Whether the cell is a job's.
    pub fn is_of(&self, shard: Option<Shard>) -> bool {
        shard.is_none_or(|shard| shard.has(&format!("{}\n{}", self.model, self.task.id)))
    }

    /// The programs that are written from the bare task.
    pub fn bare(&self) -> Vec<Wanted<'a>> {
        self.written(&[Way::Bare])
    }

    /// The programs that are written by strategies.
    pub fn by_strategies(&self) -> Vec<Wanted<'a>> {
        let ways: Vec<Way> = self.asked.strategies.iter().copied().filter(|way| *way != Way::Bare).collect();
        self.written(&ways)
    }

    fn written(&self, ways: &[Way]) -> Vec<Wanted<'a>> {
        // Repairs need the bare ones also where nothing else is written.
        let wanted = |way: &&Way| **way == Way::Bare || self.asked.modes.contains(&Mode::Generate);
        let ways =
            ways.iter().filter(|way| way.has(Mode::Generate) && self.asked.strategies.contains(way)).filter(wanted);
        ways.flat_map(|way| (1..=self.plan.samples).map(|number| self.wanted(Mode::Generate, *way, number, None)))
            .collect()
    }

    /// The repairs of weak programs, which are given by key and number.
    pub fn repairs(&self, weak: &[(String, u32)]) -> Vec<Wanted<'a>> {
        let modes = self.asked.modes.iter().filter(|mode| **mode != Mode::Generate);
        let pairs =
            modes.flat_map(|mode| self.asked.strategies.iter().filter(|way| way.has(*mode)).map(|way| (*mode, *way)));
        let each =
            |(mode, way)| weak.iter().map(move |(key, number)| self.wanted(mode, way, *number, Some(key.clone())));
        pairs.flat_map(each).collect()
    }

    /// The most samples that the cell can have: all programs weak.
    pub fn most(&self) -> usize {
        let weak: Vec<(String, u32)> = self.bare().iter().map(|w| (w.key.clone(), w.number)).collect();
        self.bare().len() + self.by_strategies().len() + self.repairs(&weak).len()
    }

    fn wanted(&self, mode: Mode, way: Way, number: u32, parent: Option<String>) -> Wanted<'a> {
        let key = self.key(mode, way, number, parent.as_deref());
        Wanted { task: self.task, mode, way, number, parent, key }
    }

    fn key(&self, mode: Mode, way: Way, number: u32, parent: Option<&str>) -> String {
        let plan = self.plan;
        let tuned = way == Way::By(crate::policy::Strategy::Lora);
        let parts = [
            KEY_VERSION,
            self.model,
            if tuned { self.adapter } else { "" },
            &self.task.prompt,
            &self.task.language.to_string(),
            &format!("{mode:?}"),
            way.name(),
            &number.to_string(),
            parent.unwrap_or(""),
            &plan.seed.to_string(),
            &plan.temperature.to_string(),
            &plan.answer_tokens.to_string(),
            &if mode == Mode::RepairVerified { plan.rounds.to_string() } else { String::new() },
        ];
        digest(&parts)
    }
}

/// 32 hexadecimal digits for a list of texts, with what tells where one ends.
pub fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::*;
    use crate::study::task;

    fn plan(modes: &str) -> Plan {
        let text = format!(
            "version: 1\nname: x\nlanguages: [go]\nsamples: 2\nmodes: [{modes}]\nstrategies: [none, negative-example, lora, template, ladder]\nmodels: [{{model: a.gguf, lora: b.gguf}}]\n"
        );
        Plan::parse("study.yml", &text).unwrap()
    }

    fn names(wanted: &[Wanted<'_>]) -> Vec<(Mode, &'static str, u32)> {
        wanted.iter().map(|w| (w.mode, w.way.name(), w.number)).collect()
    }

    #[test]
    fn a_cell_asks_for_what_the_plan_names() {
        let (tasks, plan) = (task::built_in(), plan("generate, repair, repair-verified"));
        let cell = Cell { plan: &plan, asked: &plan.models[0], model: "a", adapter: "b", task: &tasks[0] };
        assert_eq!(names(&cell.bare()), [(Mode::Generate, "none", 1), (Mode::Generate, "none", 2)]);
        let written: Vec<_> = names(&cell.by_strategies()).into_iter().map(|(_, way, number)| (way, number)).collect();
        assert_eq!(written, [("negative-example", 1), ("negative-example", 2), ("lora", 1), ("lora", 2)]);
        let repairs = names(&cell.repairs(&[("k".to_string(), 2)]));
        let (once, proved) = (Mode::Repair, Mode::RepairVerified);
        let single = ["negative-example", "lora", "template"];
        let expected: Vec<_> = single
            .map(|way| (once, way, 2))
            .into_iter()
            .chain(single.into_iter().chain(["ladder"]).map(|way| (proved, way, 2)))
            .collect();
        assert_eq!(repairs, expected);
        assert_eq!(cell.most(), 2 + 4 + 2 * 7);
    }

    #[test]
    fn keys_differ_where_something_else_is_asked() {
        let (tasks, plan) = (task::built_in(), plan("generate, repair, repair-verified"));
        let cell = |model, adapter, task| Cell { plan: &plan, asked: &plan.models[0], model, adapter, task };
        let keys = |cell: Cell<'_>| -> Vec<String> {
            let weak = [("k".to_string(), 1), ("l".to_string(), 2)];
            let all = [cell.bare(), cell.by_strategies(), cell.repairs(&weak)].concat();
            all.into_iter().map(|wanted| wanted.key).collect()
        };
        let one = keys(cell("a", "b", &tasks[0]));
        assert_eq!(one.iter().collect::<BTreeSet<_>>().len(), one.len());
        assert_eq!(one, keys(cell("a", "b", &tasks[0])));
        for other in [cell("c", "b", &tasks[0]), cell("a", "b", &tasks[1])] {
            assert!(keys(other).iter().all(|key| !one.contains(key)));
        }
        // Other tuned weights change what they answer, and nothing else.
        let tuned = keys(cell("a", "d", &tasks[0]));
        assert_eq!(one.iter().zip(&tuned).filter(|(a, b)| a != b).count(), 2 + 2 + 2);
    }

    #[test]
    fn jobs_share_all_cells() {
        let (tasks, plan) = (task::built_in(), plan("generate"));
        for task in &tasks {
            let cell = Cell { plan: &plan, asked: &plan.models[0], model: "a", adapter: "", task };
            let jobs = (1..=3).filter(|n| cell.is_of(Some(Shard { number: *n, of: 3 }))).count();
            assert!(jobs == 1 && cell.is_of(None));
        }
    }
}
