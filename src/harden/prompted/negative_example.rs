//! Negative examples: code that has the weakness as what not to write, beside what the flagged code does right, so that no
//! protection that is there gets lost.

use std::collections::BTreeSet;

use minijinja::context;

use super::section::Section;
use super::{Client, examples, repair};
use crate::harden::{Proposal, Strategy, Task};
use crate::rules::examples::Role;

/// The `negative-example` strategy.
pub struct NegativeExample<'m>(pub Client<'m>);

/// The most examples of one rule that a prompt has.
const MOST: usize = 2;

/// What is done right in a section: barriers and guards that the analysis saw there, and checks in front of it.
fn keeps(task: &Task<'_>, section: &Section) -> Vec<String> {
    let inside = task.facts.clears.iter().filter(|c| section.span.overlaps(c.span));
    let lines: BTreeSet<String> = inside
        .map(|c| {
            let line = task.source.line_text(task.source.line(c.span.start)).trim();
            format!("`{}`", crate::report::text::brief(line, 200))
        })
        .collect();
    lines.into_iter().collect()
}

impl Strategy for NegativeExample<'_> {
    fn name(&self) -> &'static str {
        "negative-example"
    }

    fn model(&self) -> Option<&str> {
        Some(self.0.model.id())
    }

    fn mends_together(&self) -> bool {
        true
    }

    fn rounds(&self) -> u32 {
        self.0.rounds
    }

    fn propose(&self, task: &Task<'_>) -> Proposal {
        repair(&self.0, self.name(), false, task, &mut |section, _| {
            let rules: BTreeSet<&str> = task.findings().map(|f| f.rule.as_str()).collect();
            let code = task.source.slice(section.span);
            let of = |rule: &&str| examples::nearest(&[Role::Insecure], rule, task.file.language, code, MOST);
            let examples: Vec<&str> = rules.iter().flat_map(of).take(MOST + 1).collect();
            Ok(context! { examples, keeps => keeps(task, section) })
        })
    }
}
