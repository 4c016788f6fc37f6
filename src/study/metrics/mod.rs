//! From the records of a study to its report: pure functions. `facts` keeps of each record what figures need, so that a hundred
//! thousand of them fit into little memory; `table` lays them out in cells and groups; each other file computes one list of the
//! report. Not here: reading records, which belongs to `cli::study`, and what the figures look like, which belongs to
//! `study::report`.
//!
//! A *cell* is a language × model × scenario. What a strategy does is judged against a *baseline*: for programs that were written
//! from the task, those of the bare task in the same cell; for repairs, the weak programs that they were made from. Only samples
//! with a program that was analysed count; what was analysed in part counts with what was found.

mod co_occurrence;
mod facts;
mod improvement;
pub mod measured;
mod prevalence;
mod quality;
mod repairs;
mod shifts;
mod side_effects;
pub mod stats;
mod table;
mod tests_of_strategies;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use facts::{Chosen, Facts};

use self::table::{Row, Table};
use super::record::{Alert, Precision};
use super::report::model::{Reference, SCHEMA_VERSION, Scope, StudyReport};
use crate::report::text;

/// All references, in the order of reports.
pub const REFERENCES: [Reference; 4] = [Reference::All, Reference::WithoutLow, Reference::HighOnly, Reference::Target];

/// What decides what is drawn at random.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// What drawing begins with.
    pub seed: u64,
    /// How many resamples an interval is taken from.
    pub resamples: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options { seed: 1, resamples: 1_000 }
    }
}

/// Whether an alert counts by a reference, for a task that invites the weaknesses `target`. A rule of which nobody says how often
/// it is right counts as one whose precision is medium.
pub fn counts(alert: &Alert, target: &[u32], reference: Reference) -> bool {
    is_counted(alert.precision, &alert.cwe, target, reference)
}

fn is_counted(precision: Option<Precision>, cwe: &[u32], target: &[u32], reference: Reference) -> bool {
    match reference {
        Reference::All => true,
        Reference::WithoutLow => precision != Some(Precision::Low),
        Reference::HighOnly => matches!(precision, Some(Precision::High | Precision::VeryHigh)),
        Reference::Target => cwe.iter().any(|number| target.contains(number)),
    }
}

/// The report of a study of this name.
pub fn report(name: &str, facts: &Facts, options: Options) -> StudyReport {
    let table = Table::new(facts);
    // The lists that take longest beside each other; none depends on another.
    let ((prevalence, alerts), (improvement, (side_effects, (co_occurrence, tests)))) = rayon::join(
        || rayon::join(|| prevalence::prevalence(&table, options), || prevalence::alerts(&table)),
        || {
            rayon::join(
                || improvement::improvement(&table, options),
                || {
                    rayon::join(
                        || side_effects::side_effects(&table),
                        || rayon::join(|| co_occurrence::co_occurrence(&table), || tests_of_strategies::tests(&table)),
                    )
                },
            )
        },
    );
    StudyReport {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        name: name.to_owned(),
        analyser: facts.analyser().to_owned(),
        scope: scope(&table),
        prevalence,
        alerts,
        improvement,
        co_occurrence,
        side_effects,
        shifts: shifts::shifts(&table),
        repairs: repairs::repairs(&table),
        quality: quality::quality(&table),
        tests,
        notes: notes(&table),
    }
}

fn scope(table: &Table<'_>) -> Scope {
    let mut scope = Scope::default();
    for row in &table.rows {
        match (row.fact.program.is_some(), row.is_analysed()) {
            (false, _) => scope.failed += 1,
            (true, false) => scope.not_analysed += 1,
            (true, true) => {
                scope.samples += 1;
                scope.alerts += row.hits().len();
            }
        }
        scope.modes.push(row.group.mode);
        scope.languages.push(row.group.language);
    }
    scope.modes.sort();
    scope.modes.dedup();
    scope.languages.sort();
    scope.languages.dedup();
    scope.models = table.models.iter().map(|name| (*name).to_owned()).collect();
    scope.strategies = table.strategies.iter().map(|name| (*name).to_owned()).collect();
    scope.scenarios = table.scenarios.iter().map(|name| (*name).to_owned()).collect();
    scope
}

/// What was left out, and why.
fn notes(table: &Table<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    let mut say = |rows: usize, why: String| {
        if rows > 0 {
            notes.push(format!("{} {why}.", text::count(rows, "sample")));
        }
    };
    let count = |wanted: &dyn Fn(&Row<'_>) -> bool| table.rows.iter().filter(|row| wanted(row)).count();
    say(count(&|row| row.fact.program.is_none()), "without a program: failed, and counted nowhere else".to_owned());
    let reasons: BTreeSet<&str> = table.rows.iter().filter_map(|row| row.reason).collect();
    for reason in reasons {
        let of = |analysed: bool| {
            count(&|row| row.fact.program.is_some() && row.reason == Some(reason) && row.is_analysed() == analysed)
        };
        say(of(true), format!("analysed in part only ({reason}): counted with what was found"));
        say(of(false), format!("not analysed ({reason}): left out"));
    }
    let unseen = count(&|row| row.fact.program.is_some() && row.seen.is_none());
    say(unseen, "without an analysis by this analyser: left out".to_owned());
    let lonely = count(&|row| row.is_analysed() && table.lacks_baseline(row));
    say(lonely, "without a baseline in the study: compared with nothing".to_owned());
    notes
}
