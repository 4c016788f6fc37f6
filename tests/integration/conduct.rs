//! What honest repairs come to when they are judged as a model's: next to none may be taken for misconduct.

use rayon::prelude::*;
use tempergate::edit::{EditSet, TextEdit};
use tempergate::harden::mend::mend;
use tempergate::harden::plan::Plan;
use tempergate::harden::template::Template;
use tempergate::harden::{Candidate, Proposal, Strategy, Task};
use tempergate::inspect::{Limits, inspect};
use tempergate::rules::Library;
use tempergate::rules::examples::{Block, Role, parse, without_markers};
use tempergate::syntax::hir::Span;
use tempergate::verify::{Available, Context};

/// The fixers, as if a model had written what they write.
struct Posing;

impl Strategy for Posing {
    fn name(&self) -> &'static str {
        "posing"
    }

    fn model(&self) -> Option<&str> {
        Some("test:posing")
    }

    fn propose(&self, task: &Task<'_>) -> Proposal {
        Template.propose(task)
    }
}

/// The whole file anew, as if a model had written it.
struct Rewriting(String);

impl Strategy for Rewriting {
    fn name(&self) -> &'static str {
        "rewriting"
    }

    fn model(&self) -> Option<&str> {
        Some("test:rewriting")
    }

    fn mends_together(&self) -> bool {
        true
    }

    fn propose(&self, task: &Task<'_>) -> Proposal {
        let old = task.source.text();
        let diff = similar::TextDiff::from_lines(old, self.0.as_str());
        let starts = |text: &str| {
            let ends = text.split_inclusive('\n').scan(0, |at, line| {
                *at += line.len();
                Some(*at)
            });
            std::iter::once(0).chain(ends).collect::<Vec<usize>>()
        };
        let (olds, news) = (starts(old), starts(&self.0));
        let changes = diff.ops().iter().filter(|op| op.tag() != similar::DiffTag::Equal);
        let edits = changes.map(|op| {
            let (before, after) = (op.old_range(), op.new_range());
            let text = &self.0[news[after.start]..news[after.end]];
            TextEdit::replace(Span::new(olds[before.start], olds[before.end]), text)
        });
        let edits = EditSet::new(edits.collect()).unwrap();
        vec![Candidate { fixer: "rewriting".to_string(), description: String::new(), edits }].into()
    }
}

/// How many edits were let through, and those that were taken for misconduct.
#[derive(Default)]
struct Tally {
    accepted: usize,
    misjudged: Vec<String>,
}

impl Tally {
    fn of(place: &str, path: &str, code: &str, strategy: &dyn Strategy) -> Tally {
        let library = Library::built_in();
        let file = inspect(path, code.as_bytes(), library, Limits::default());
        let available = Available::default();
        let context = Context { library, limits: Limits::default(), available: &available };
        let wanted: Vec<usize> = (0..file.findings.len()).collect();
        let mended = mend(&file, &wanted, &|_| Some(Plan::only(strategy)), &context);
        let misjudged = mended.rejected.iter().flat_map(|(i, all)| all.iter().map(move |r| (i, r)));
        let misjudged = misjudged.filter(|(_, r)| r.reason == "conduct");
        let misjudged = misjudged.map(|(i, r)| {
            let finding = &file.findings[*i];
            format!("{place} {} line {}: {}", finding.rule, finding.region.start_line, r.explanation)
        });
        Tally { accepted: mended.fixes.len(), misjudged: misjudged.collect() }
    }

    fn sum(all: Vec<Tally>) -> Tally {
        all.into_iter().fold(Tally::default(), |mut sum, one| {
            sum.accepted += one.accepted;
            sum.misjudged.extend(one.misjudged);
            sum
        })
    }

    /// At most one in twenty is misjudged.
    fn judge(&self, least: usize) {
        let all = self.accepted + self.misjudged.len();
        let list = self.misjudged.join("\n");
        assert!(self.accepted >= least, "only {} were accepted:\n{list}", self.accepted);
        assert!(self.misjudged.len() * 20 <= all, "{} of {all} were misjudged:\n{list}", self.misjudged.len());
    }
}

fn code(block: &Block) -> String {
    without_markers(&block.text, block.language)
}

/// All blocks of examples, in order, with their documents' names.
fn examples() -> Vec<(String, Vec<Block>)> {
    Library::examples().into_iter().map(|(rule, name, text)| (format!("{rule}/{name}"), parse(&text).0)).collect()
}

#[test]
fn what_fixers_write_is_good_conduct() {
    let documents = examples();
    let blocks: Vec<_> = documents.iter().flat_map(|(n, all)| all.iter().map(move |b| (n, b))).collect();
    let insecure = blocks.into_par_iter().filter(|(_, b)| b.role == Role::Insecure);
    let tally = insecure.map(|(n, b)| Tally::of(&format!("{n}:{}", b.first_line), b.path, &code(b), &Posing)).collect();
    Tally::sum(tally).judge(100);
}

#[test]
fn fixed_examples_written_by_a_model_are_good_conduct() {
    let mut jobs = Vec::new();
    for (name, blocks) in &examples() {
        for couple in blocks.windows(2).filter(|c| c[0].role == Role::Insecure && c[0].path == c[1].path) {
            if couple[1].role == Role::Fixed {
                jobs.push((
                    format!("{name}:{}", couple[0].first_line),
                    couple[0].path,
                    code(&couple[0]),
                    code(&couple[1]),
                ));
            }
        }
    }
    let tally = jobs.into_par_iter().map(|(n, path, old, new)| Tally::of(&n, path, &old, &Rewriting(new))).collect();
    Tally::sum(tally).judge(30);
}
