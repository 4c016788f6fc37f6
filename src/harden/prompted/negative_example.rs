//! Negative examples: code that has the weakness as what not to write, beside what the flagged code does right, so that no
//! protection that is there gets lost.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use minijinja::context;

use super::section::Section;
use super::{Client, repair};
use crate::harden::{Proposal, Strategy, Task};
use crate::rules::Library;
use crate::rules::examples::{Role, parse, without_markers};
use crate::syntax::hir::Language;

/// The `negative-example` strategy.
pub struct NegativeExample<'m>(pub Client<'m>);

/// The most examples that a prompt has, and the longest, in bytes.
const MOST: usize = 2;
const LONGEST: usize = 1_500;

/// The insecure examples that come with the rules: the rule, the language, the code.
static INSECURE: LazyLock<Vec<(String, Language, String)>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (rule, _, text) in Library::examples() {
        for block in parse(&text).0.into_iter().filter(|b| b.role == Role::Insecure) {
            all.push((rule.clone(), block.language, without_markers(&block.text, block.language)));
        }
    }
    all.sort_by(|a, b| (&a.0, a.2.len(), &a.2).cmp(&(&b.0, b.2.len(), &b.2)));
    all
});

/// The shortest insecure examples of a rule in a language.
pub fn insecure_examples(rule: &str, language: Language) -> Vec<&'static str> {
    let fits = |l: Language| l.base() == language.base();
    let own = INSECURE.iter().filter(|(id, l, text)| id == rule && fits(*l) && text.len() <= LONGEST);
    own.take(MOST).map(|(_, _, text)| text.trim_end()).collect()
}

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
            let examples: Vec<&str> =
                rules.iter().flat_map(|r| insecure_examples(r, task.file.language)).take(MOST + 1).collect();
            Ok(context! { examples, keeps => keeps(task, section) })
        })
    }
}
