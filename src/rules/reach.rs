//! Which sink kinds and labels connect: a model gives a kind or label, and a rule asks for it. What only one side names can
//! never lead to a finding.

use super::compiled::{Entry, Models, RuleSet, Test, TestKind, Trigger};

/// The kinds and labels that rules ask for and that models give, as bit sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reach {
    /// Kinds that a rule's flow ends in.
    pub kinds_asked: u64,
    /// Kinds of which a model has a sink.
    pub kinds_given: u64,
    /// Kinds that a barrier, a guard or a test for a word clears.
    pub kinds_cleared: u64,
    /// Kinds that a guard needs to have been cleared before.
    pub kinds_required: u64,
    /// Labels that a rule's flow begins with, or that a condition asks for.
    pub labels_asked: u32,
    /// Labels that a model gives.
    pub labels_given: u32,
}

impl Reach {
    /// What the rules and the models of all languages name.
    pub fn of<'m>(set: &RuleSet, models: impl IntoIterator<Item = &'m Models>) -> Reach {
        let mut reach = Reach::default();
        for flow in set.rules.iter().filter_map(|r| r.flow) {
            reach.kinds_asked |= flow.to;
            reach.labels_asked |= flow.from;
        }
        // A kind that has only words is cleared where the code tests that one of them is absent.
        for (i, kind) in set.kinds.iter().enumerate() {
            if kind.dangerous.is_none() && !kind.dangerous_words.is_empty() {
                reach.kinds_cleared |= kind_bit(i as u8);
            }
        }
        // Of parameters nobody has to say that there are some.
        reach.labels_given = set.labels.iter().position(|l| l == "parameter").map_or(0, |i| label_bit(i as u8));
        // What is known to be dangerous for a kind makes guards of tests that keep it out.
        for (kind, number) in set.kinds.iter().zip(0u8..) {
            if kind.dangerous.is_some() || !kind.dangerous_words.is_empty() {
                reach.kinds_cleared |= kind_bit(number);
            }
        }
        for models in models {
            reach.add(models);
            reach.kinds_asked |= returned_kinds(set, models);
        }
        reach
    }

    fn add(&mut self, m: &Models) {
        for sink in &m.sinks {
            self.kinds_given |= kind_bit(sink.kind);
        }
        for entry in &m.entries {
            self.kinds_given |= entry.returns.map_or(0, kind_bit);
            self.labels_given |= labels_of(entry);
        }
        for source in &m.sources {
            self.labels_given |= label_bit(source.label);
        }
        let cleared = m.barriers.iter().map(|b| b.clears).chain(m.guards.iter().map(|g| g.clears));
        for clears in cleared.filter(|c| *c != u64::MAX) {
            self.kinds_cleared |= clears;
        }
        for guard in &m.guards {
            self.kinds_required |= guard.requires;
        }
        let conditions = (m.types.iter().map(|e| &e.when))
            .chain(m.entries.iter().flat_map(|e| [&e.when, &e.returns_when]))
            .chain(m.sources.iter().map(|e| &e.when))
            .chain(m.sinks.iter().map(|e| &e.when))
            .chain(m.barriers.iter().map(|e| &e.when))
            .chain(m.guards.iter().map(|e| &e.when))
            .chain(m.steps.iter().map(|e| &e.when))
            .chain(m.operations.iter().map(|e| &e.when))
            .chain(m.patterns.iter().map(|e| &e.when))
            .chain(m.matches.iter().map(|e| &e.when));
        for test in conditions.flatten() {
            self.labels_asked |= labels_asked(test);
        }
    }
}

/// The kinds for which a rule asks what an entry returns, flow or not.
fn returned_kinds(set: &RuleSet, models: &Models) -> u64 {
    let asked = |path: &str| {
        let written =
            models.matches.iter().filter_map(|m| if let Trigger::Write(p) = &m.trigger { Some(p) } else { None });
        written.flatten().any(|pattern| pattern.fits(path))
    };
    let kinds = set.kinds.iter().zip(0u8..).filter(|(kind, _)| asked(&format!("returned.{}", kind.name)));
    kinds.fold(0, |all, (_, number)| all | kind_bit(number))
}

/// The bit of a kind's number.
pub fn kind_bit(kind: u8) -> u64 {
    1u64.checked_shl(kind.into()).unwrap_or(0)
}

/// The bit of a label's number.
pub fn label_bit(label: u8) -> u32 {
    1u32.checked_shl(label.into()).unwrap_or(0)
}

fn labels_of(entry: &Entry) -> u32 {
    entry.params.iter().filter_map(|p| p.label).chain(entry.rest_label).fold(0, |set, label| set | label_bit(label))
}

fn labels_asked(test: &Test) -> u32 {
    match test.kind {
        TestKind::Label(labels) => labels,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Library;
    use crate::syntax::hir::Language;

    fn names<'n>(names: impl Iterator<Item = &'n str>, set: u64) -> Vec<&'n str> {
        names.enumerate().filter(|(i, _)| set & (1 << i) != 0).map(|(_, name)| name).collect()
    }

    #[test]
    fn what_is_built_in_connects() {
        let library = Library::built_in();
        let models = Language::MODELLED.map(|l| &library.models(l).models);
        let reach = Reach::of(library.set(), models);
        let kinds = |set: u64| names(library.set().kinds.iter().map(|k| k.name.as_str()), set);
        let labels = |set: u32| names(library.set().labels.iter().map(String::as_str), set.into());
        assert_eq!(kinds(reach.kinds_given & !reach.kinds_asked), [""; 0], "kinds that no rule asks for");
        assert_eq!(kinds(reach.kinds_asked & !reach.kinds_given), [""; 0], "kinds that no model gives");
        assert_eq!(kinds(reach.kinds_required & !reach.kinds_cleared), [""; 0], "kinds that nothing clears");
        assert_eq!(labels(reach.labels_given & !reach.labels_asked), [""; 0], "labels that no rule asks for");
        assert_eq!(labels(reach.labels_asked & !reach.labels_given), [""; 0], "labels that no model gives");
    }
}
