//! All strategies that a run can use, and the plan that the policy's words stand for.

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::Strategy;
use super::auto;
use super::plan::{Choice, Plan};
use super::prompted::Client;
use super::prompted::chain_of_thought::ChainOfThought;
use super::prompted::lora::Lora;
use super::prompted::meta_prompt::MetaPrompt;
use super::prompted::negative_example::NegativeExample;
use super::template::Template;
use crate::finding::Finding;
use crate::model::budget::Prices;
use crate::policy;
use crate::syntax::hir::Language;

/// The strategies of a run. Those that ask a model keep what they learn in it.
pub struct Registry<'m> {
    model: Option<String>,
    asking: Vec<Box<dyn Strategy + 'm>>,
    prices: Prices,
}

impl Registry<'static> {
    /// Templates alone.
    pub fn without_model() -> Self {
        Registry { model: None, asking: Vec::new(), prices: Prices::default() }
    }
}

impl<'m> Registry<'m> {
    /// All strategies, with the model that they ask.
    pub fn new(client: Client<'m>, prices: Prices) -> Self {
        let asking: Vec<Box<dyn Strategy + 'm>> = vec![
            Box::new(NegativeExample(client)),
            Box::new(ChainOfThought(client)),
            Box::new(MetaPrompt::new(client)),
            Box::new(Lora(client)),
        ];
        Registry { model: Some(client.model.id().to_string()), asking, prices }
    }

    /// What is done about a finding: `strategy` is what the policy names, `ladder` what composed ones consist of. None where
    /// nothing is.
    pub fn plan(
        &self,
        strategy: policy::Strategy,
        ladder: &[policy::Strategy],
        finding: &Finding,
        language: Option<Language>,
    ) -> Option<Plan<'_>> {
        let names: Vec<&str> = match strategy {
            policy::Strategy::None => return None,
            policy::Strategy::Ladder | policy::Strategy::BestOf => ladder.iter().map(|s| s.name()).collect(),
            policy::Strategy::Auto => {
                let names: Vec<&str> = ladder.iter().map(|s| s.name()).collect();
                auto::order(&names, self.model.as_deref(), language?, &finding.cwe)
            }
            single => vec![single.name()],
        };
        let choice = if strategy == policy::Strategy::BestOf { Choice::Best } else { Choice::First };
        let strategies: Vec<&dyn Strategy> = names.iter().filter_map(|name| self.named(name)).collect();
        let fallback = (!names.contains(&Template.name())).then_some(&Template as &dyn Strategy);
        // A policy that names a model strategy where there is no model still gets what templates can do.
        let strategies = if strategies.is_empty() { vec![&Template as &dyn Strategy] } else { strategies };
        Some(Plan { choice, strategies, fallback, prices: self.prices })
    }

    fn named(&self, name: &str) -> Option<&dyn Strategy> {
        if name == Template.name() {
            return Some(&Template);
        }
        self.asking.iter().find(|s| s.name() == name).map(|s| &**s)
    }
}

/// The findings that a model has been asked about, and how many there may be.
#[derive(Debug)]
pub struct Admission {
    most: u64,
    admitted: Mutex<BTreeSet<(String, String)>>,
}

impl Admission {
    /// Admits at most so many findings.
    pub fn new(most: u64) -> Self {
        Admission { most, admitted: Mutex::default() }
    }

    /// Whether a model may be asked about these findings; once it may, it may again.
    pub fn admits<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> bool {
        let mut admitted = self.admitted.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let keys: BTreeSet<(String, String)> = findings.map(|f| (f.path.clone(), f.fingerprint.clone())).collect();
        let new = keys.difference(&admitted).count() as u64;
        if new > 0 && admitted.len() as u64 + new > self.most {
            return false;
        }
        admitted.extend(keys);
        true
    }
}
