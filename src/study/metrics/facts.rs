//! What figures need of each record.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::study::record::{Analysis, Mode, Precision, Sample, Usage};
use crate::syntax::hir::Language;

/// A text that is kept once, by its number.
pub(super) type Id = u32;

/// Texts, each kept once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    all: Vec<String>,
    by_text: HashMap<String, Id>,
}

impl Texts {
    fn id(&mut self, text: &str) -> Id {
        if let Some(id) = self.by_text.get(text) {
            return *id;
        }
        let id = self.all.len() as Id;
        self.all.push(text.to_owned());
        self.by_text.insert(text.to_owned(), id);
        id
    }

    pub fn text(&self, id: Id) -> &str {
        self.all.get(id as usize).map_or("", String::as_str)
    }
}

/// A rule as an alert has it; all alerts alike share one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Kind {
    pub rule: Id,
    pub cwe: Vec<u32>,
    pub precision: Option<Precision>,
    pub severity: f64,
}

/// An alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hit {
    pub kind: Id,
    /// From one; 0 where none is given.
    pub line: u32,
}

/// What a program is like.
#[derive(Debug)]
pub(super) struct Program {
    /// Tells programs apart: of its lines without white space at their ends, empty ones left out.
    pub hash: u64,
    /// Lines that are not empty.
    pub lines: u32,
    /// What stands in each line, without white space around it, as a hash.
    pub texts: Box<[u32]>,
}

/// A sample.
#[derive(Debug)]
pub(super) struct Fact {
    pub key: u128,
    pub parent: Option<u128>,
    pub mode: Mode,
    pub model: Id,
    pub scenario: Id,
    pub strategy: Id,
    pub language: Language,
    pub number: u32,
    /// Among [`Facts::targets`].
    pub target: Id,
    pub program: Option<Program>,
    pub usage: Usage,
}

/// An analysis.
#[derive(Debug)]
pub(super) struct Seen {
    pub hits: Box<[Hit]>,
    pub parses: Option<bool>,
    pub incomplete: Option<Id>,
}

/// The records of a study, reduced to what figures need. The order in which records come decides nothing, but that of several
/// analyses of one sample the last one counts.
#[derive(Debug)]
pub struct Facts {
    analyser: String,
    pub(super) texts: Texts,
    pub(super) kinds: Vec<Kind>,
    by_kind: HashMap<(Id, Vec<u32>, Option<Precision>, u64), Id>,
    pub(super) targets: Vec<Vec<u32>>,
    by_target: HashMap<Vec<u32>, Id>,
    pub(super) samples: HashMap<u128, Fact>,
    pub(super) seen: HashMap<u128, Seen>,
}

impl Facts {
    /// No records yet; only the analyses of this analyser will count.
    pub fn new(analyser: &str) -> Facts {
        Facts {
            analyser: analyser.to_owned(),
            texts: Texts::default(),
            kinds: Vec::new(),
            by_kind: HashMap::new(),
            targets: Vec::new(),
            by_target: HashMap::new(),
            samples: HashMap::new(),
            seen: HashMap::new(),
        }
    }

    /// The analyser whose analyses count.
    pub fn analyser(&self) -> &str {
        &self.analyser
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.samples.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    /// So many samples, and the programs that those among them which are repairs were made of: of each request the first answers,
    /// so that nothing is left out that others of its kind are not left out of.
    pub fn first(&self, most: usize) -> Chosen {
        if self.samples.len() <= most {
            return Chosen { keys: None, left_out: 0 };
        }
        let mut all: Vec<&Fact> = self.samples.values().collect();
        all.sort_unstable_by_key(|fact| (fact.number, fact.key));
        let first = || all.iter().take(most);
        let keys: HashSet<u128> = first().map(|fact| fact.key).chain(first().filter_map(|fact| fact.parent)).collect();
        let left_out = all.iter().filter(|fact| !keys.contains(&fact.key)).count();
        Chosen { keys: Some(keys), left_out }
    }

    /// Adds a sample; one whose key is there already says nothing new.
    pub fn sample(&mut self, sample: &Sample) {
        let key = number_of(&sample.key);
        if self.samples.contains_key(&key) {
            return;
        }
        let target = match self.by_target.get(&sample.target_cwe) {
            Some(id) => *id,
            None => {
                let id = self.targets.len() as Id;
                self.targets.push(sample.target_cwe.clone());
                self.by_target.insert(sample.target_cwe.clone(), id);
                id
            }
        };
        let fact = Fact {
            key,
            parent: sample.parent.as_deref().map(number_of),
            mode: sample.mode,
            model: self.texts.id(&sample.model),
            scenario: self.texts.id(&sample.scenario),
            strategy: self.texts.id(&sample.strategy),
            language: sample.language,
            number: sample.number,
            target,
            program: sample.code.as_deref().map(program),
            usage: sample.usage.unwrap_or_default(),
        };
        self.samples.insert(key, fact);
    }

    /// Adds an analysis, in the place of an earlier one of the same sample.
    pub fn analysis(&mut self, analysis: &Analysis) {
        if analysis.analyser != self.analyser {
            return;
        }
        let mut hits = Vec::with_capacity(analysis.alerts.len());
        for alert in &analysis.alerts {
            let rule = self.texts.id(&alert.rule);
            let known = (rule, alert.cwe.clone(), alert.precision, alert.severity.to_bits());
            let kind = match self.by_kind.get(&known) {
                Some(id) => *id,
                None => {
                    let id = self.kinds.len() as Id;
                    let (cwe, precision, severity) = (alert.cwe.clone(), alert.precision, alert.severity);
                    self.kinds.push(Kind { rule, cwe, precision, severity });
                    self.by_kind.insert(known, id);
                    id
                }
            };
            hits.push(Hit { kind, line: alert.line });
        }
        let incomplete = analysis.incomplete.as_deref().map(|reason| self.texts.id(reason));
        let seen = Seen { hits: hits.into_boxed_slice(), parses: analysis.parses, incomplete };
        self.seen.insert(number_of(&analysis.sample), seen);
    }
}

/// Which samples are looked at one by one.
#[derive(Debug)]
pub struct Chosen {
    keys: Option<HashSet<u128>>,
    left_out: usize,
}

impl Chosen {
    /// Whether the sample of this key is among them.
    pub fn has(&self, key: &str) -> bool {
        self.keys.as_ref().is_none_or(|keys| keys.contains(&number_of(key)))
    }

    /// How many samples are not among them.
    pub fn left_out(&self) -> usize {
        self.left_out
    }
}

/// A key as a number; of one that is none, the start of its SHA-256.
fn number_of(key: &str) -> u128 {
    let hex = (key.len() == 32 && key.bytes().all(|b| b.is_ascii_hexdigit())).then_some(key);
    hex.and_then(|key| u128::from_str_radix(key, 16).ok()).unwrap_or_else(|| hash(key.as_bytes()))
}

fn hash(bytes: &[u8]) -> u128 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(16).fold(0, |number, byte| (number << 8) | u128::from(*byte))
}

fn program(code: &str) -> Program {
    let mut whole = Sha256::new();
    let mut lines = 0;
    let mut texts = Vec::new();
    for line in code.lines() {
        if line.trim().is_empty() {
            texts.push(0);
            continue;
        }
        lines += 1;
        whole.update(line.trim_end());
        whole.update(b"\n");
        // Short, since a line is only ever compared with one of the same program's repairs.
        texts.push(hash_of_line(line.trim()));
    }
    let hash = whole.finalize().iter().take(8).fold(0, |number: u64, byte| (number << 8) | u64::from(*byte));
    Program { hash, lines, texts: texts.into_boxed_slice() }
}

/// FNV-1a (Fowler, Noll and Vo) in 32 bits.
fn hash_of_line(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}
