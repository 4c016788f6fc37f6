//! The table by which `auto` orders strategies: of how many tasks with a weakness each strategy had a verified fix.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::repairs::outcome;
use super::table::{Row, Table};
use crate::policy::Strategy;
use crate::study::record::Mode;

/// The strategies that stand alone; `auto` orders those, and what composes them has none of its own.
const SINGLE: [Strategy; 5] =
    [Strategy::Template, Strategy::NegativeExample, Strategy::ChainOfThought, Strategy::MetaPrompt, Strategy::Lora];

/// One row of the table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measured {
    /// The model's id.
    pub model: String,
    /// The language's name.
    pub language: String,
    /// The weakness.
    pub cwe: u32,
    /// The strategy's name.
    pub strategy: String,
    /// Weak programs with it that were to be mended.
    pub tried: usize,
    /// Those of them from which all findings of it are gone, and to which nothing was added.
    pub verified: usize,
}

/// What verified repairs came to, by model, language, weakness and strategy. Templates ask no model, and `auto` tries them first
/// whatever the table says; they are in it for its readers.
pub fn measured(facts: &Facts) -> Vec<Measured> {
    let table = Table::new(facts);
    let mut counts: BTreeMap<(usize, &str, u32, usize), (usize, usize)> = BTreeMap::new();
    let name = |row: &Row<'_>| table.strategies.get(row.group.strategy).copied().unwrap_or_default();
    let is_single = |row: &&Row<'_>| SINGLE.iter().any(|strategy| strategy.name() == name(row));
    for row in table.rows.iter().filter(|row| row.group.mode == Mode::RepairVerified).filter(is_single) {
        let Some(parent) = table.parent(row).filter(|_| row.is_analysed() || row.fact.program.is_none()) else {
            continue;
        };
        let outcome = outcome(&table, parent, row);
        let weaknesses = |row: &Row<'_>| -> BTreeSet<u32> {
            row.hits().iter().filter_map(|hit| table.kind(hit)?.cwe.first().copied()).collect()
        };
        let after = match row.fact.program {
            Some(_) => weaknesses(row),
            None => weaknesses(parent),
        };
        for cwe in weaknesses(parent) {
            let key = (row.group.model, row.group.language.base().name(), cwe, row.group.strategy);
            let count = counts.entry(key).or_default();
            count.0 += 1;
            count.1 += usize::from(!after.contains(&cwe) && outcome.introduced.is_empty());
        }
    }
    counts
        .into_iter()
        .map(|((model, language, cwe, strategy), (tried, verified))| Measured {
            model: table.models.get(model).copied().unwrap_or_default().to_owned(),
            language: language.to_owned(),
            cwe,
            strategy: table.strategies.get(strategy).copied().unwrap_or_default().to_owned(),
            tried,
            verified,
        })
        .collect()
}
