//! Small programs, and a stand-in for the analysis: `sink_N(TEXT)` is a finding of rule N in the function of the last
//! `def` before it.

use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

use crate::change::LineMap;
use crate::compare::{At, Comparison, FilePair, Mapping, State, compare};
use crate::finding::{Confidence, Finding, Region};
use crate::syntax::Source;
use crate::syntax::hir::Span;

/// A function: its name and its lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    pub name: String,
    pub lines: Vec<String>,
}

impl Block {
    pub fn text(&self) -> String {
        let lines: String = self.lines.iter().map(|line| format!("    {line}\n")).collect();
        format!("def {}():\n{lines}", self.name)
    }
}

pub fn text(blocks: &[Block]) -> String {
    blocks.iter().map(Block::text).collect::<Vec<_>>().join("\n")
}

pub fn is_sink(line: &str) -> bool {
    line.contains("sink_")
}

/// The number of sinks.
pub fn sinks(blocks: &[Block]) -> usize {
    blocks.iter().flat_map(|block| &block.lines).filter(|line| is_sink(line)).count()
}

/// A line with a sink; the pools are small, so that equal ones are common.
pub fn sink_line() -> impl Strategy<Value = String> {
    let argument =
        prop_oneof![Just("query".to_string()), Just("name".to_string()), (0..3).prop_map(|n| format!("'a' + x{n}"))];
    (1..3, argument).prop_map(|(rule, argument)| format!("sink_{rule}({argument})"))
}

pub fn clean_line() -> impl Strategy<Value = String> {
    prop_oneof![Just("pass".to_string()), Just(String::new()), (0..4).prop_map(|n| format!("x{n} = get({n})"))]
}

pub fn block(name: String) -> impl Strategy<Value = Block> {
    let line = prop_oneof![sink_line(), clean_line()];
    prop::collection::vec(line, 0..7).prop_map(move |lines| Block { name: name.clone(), lines })
}

/// Functions of different names, all beginning with `prefix`.
pub fn program(prefix: &'static str) -> impl Strategy<Value = Vec<Block>> {
    (1usize..5).prop_flat_map(move |count| (0..count).map(|n| block(format!("{prefix}{n}"))).collect::<Vec<_>>())
}

/// A file at one state.
#[derive(Clone, Debug)]
pub struct Analysed {
    pub source: Source,
    pub findings: Vec<Finding>,
}

static PARTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"def (\S+)\(|sink_(\d+)(\w*)\(\s*([^)]*?)\s*\)").unwrap());

/// Analyses a text. `sink_Nlow(…)` has low confidence; the severity comes from the rule.
pub fn analyse(path: &str, text: &str) -> Analysed {
    let source = Source::new(text.as_bytes());
    let mut symbol = "<module>".to_string();
    let mut findings = Vec::new();
    for found in PARTS.captures_iter(text) {
        if let Some(name) = found.get(1) {
            symbol = name.as_str().to_string();
            continue;
        }
        let (rule, argument) = (&found[2], found.get(4).unwrap());
        findings.push(Finding {
            rule: format!("rule-{rule}"),
            cwe: vec![89],
            severity: 8.0,
            confidence: if &found[3] == "low" { Confidence::Low } else { Confidence::High },
            precision: Confidence::High,
            path: path.to_string(),
            region: Region::of(&source, Span::new(argument.start(), argument.end())),
            message: "Text".to_string(),
            flow: Vec::new(),
            symbol: symbol.clone(),
            sink: format!("sink_{rule} arg[0]"),
            related: Vec::new(),
            fingerprint: String::new(),
        });
    }
    Analysed { source, findings }
}

/// The path and the text of a file.
pub type Text<'a> = (&'a str, &'a str);

/// Files at two states, with their line maps.
pub struct Two {
    files: Vec<(Analysed, Analysed, LineMap)>,
}

impl Two {
    /// Files by their old and new path and text; no text for a file that is not there.
    pub fn files(files: &[(Text<'_>, Text<'_>)]) -> Two {
        let file = |&((old_path, old), (new_path, new)): &(Text<'_>, Text<'_>)| {
            (analyse(old_path, old), analyse(new_path, new), LineMap::from_texts(old.as_bytes(), new.as_bytes()))
        };
        Two { files: files.iter().map(file).collect() }
    }

    pub fn texts(old: &str, new: &str) -> Two {
        Two::files(&[(("a.py", old), ("a.py", new))])
    }

    pub fn programs(old: &[Block], new: &[Block]) -> Two {
        Two::texts(&text(old), &text(new))
    }

    pub fn swapped(&self) -> Two {
        Two { files: self.files.iter().map(|(old, new, map)| (new.clone(), old.clone(), map.inverse())).collect() }
    }

    /// The same in another order: of the files, and of the findings of each.
    pub fn reversed(&self) -> Two {
        let mut files = self.files.clone();
        files.reverse();
        for (old, new, _) in &mut files {
            old.findings.reverse();
            let middle = new.findings.len() / 2;
            new.findings.rotate_left(middle);
        }
        Two { files }
    }

    pub fn compare(&self) -> Comparison {
        let pairs: Vec<FilePair<'_>> =
            self.files.iter().map(|(old, new, map)| pair(old, new, Mapping::Lines(map))).collect();
        compare(&pairs)
    }

    /// How many findings are new, worsened, moved, persisting and resolved.
    pub fn counts(&self) -> [usize; 5] {
        counts(&self.compare())
    }

    pub fn old(&self, at: At) -> &Finding {
        &self.files[at.file].0.findings[at.finding]
    }

    pub fn new_finding(&self, at: At) -> &Finding {
        &self.files[at.file].1.findings[at.finding]
    }

    pub fn sizes(&self) -> (usize, usize) {
        self.files.iter().fold((0, 0), |sum, (old, new, _)| (sum.0 + old.findings.len(), sum.1 + new.findings.len()))
    }

    /// The comparison in terms of places instead of indices: what is new or which old one it is, and what is resolved.
    pub fn said(&self) -> Vec<(String, String)> {
        let name = |f: &Finding| format!("{} {:?} {}", f.path, f.region.span(), f.rule);
        let comparison = self.compare();
        let items = comparison.items().iter().map(|item| {
            let from = item.state.from().map_or(String::new(), |from| name(self.old(from)));
            let kind = format!("{:?}", item.state);
            let kind = kind.split(' ').next().unwrap().to_string();
            (name(self.new_finding(item.at)), format!("{kind} {from}"))
        });
        let resolved = comparison.resolved().iter().map(|&at| (name(self.old(at)), "Resolved".to_string()));
        let mut said: Vec<_> = items.chain(resolved).collect();
        said.sort();
        said
    }
}

pub fn pair<'a>(old: &'a Analysed, new: &'a Analysed, mapping: Mapping<'a>) -> FilePair<'a> {
    FilePair {
        old: &old.findings,
        new: &new.findings,
        old_source: Some(&old.source),
        new_source: Some(&new.source),
        mapping,
    }
}

/// How many findings are new, worsened, moved, persisting and resolved.
pub fn counts(comparison: &Comparison) -> [usize; 5] {
    let mut counts = [0; 5];
    for item in comparison.items() {
        let index = match item.state {
            State::New => 0,
            State::Worsened { .. } => 1,
            State::Moved { .. } => 2,
            State::Persisting { .. } => 3,
        };
        counts[index] += 1;
    }
    counts[4] = comparison.resolved().len();
    counts
}
