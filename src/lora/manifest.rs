//! What a set of rows consists of, for the people who use the weights.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::row::Row;
use super::split::Split;

/// What is said of one part of the rows: counts by what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// All rows.
    pub rows: usize,
    /// About how many tokens they have.
    pub tokens: usize,
    /// Those for which our own analysis finds the weakness before and not after.
    pub analysed: usize,
    /// By what they teach.
    pub kinds: BTreeMap<String, usize>,
    /// By source.
    pub sources: BTreeMap<String, usize>,
    /// By licence; `unknown` where none is said.
    pub licences: BTreeMap<String, usize>,
    /// By language.
    pub languages: BTreeMap<String, usize>,
    /// By weakness, `CWE-89`; `none` where none is said.
    pub weaknesses: BTreeMap<String, usize>,
}

impl Part {
    /// Counts rows.
    pub fn of(rows: &[Row]) -> Part {
        let mut part = Part { rows: rows.len(), ..Part::default() };
        for row in rows {
            part.tokens += row.tokens();
            part.analysed += usize::from(row.analysed);
            let mut count = |all: fn(&mut Part) -> &mut BTreeMap<String, usize>, name: String| {
                *all(&mut part).entry(name).or_default() += 1;
            };
            count(|p| &mut p.kinds, row.kind.name().to_string());
            count(|p| &mut p.sources, row.source.name().to_string());
            count(|p| &mut p.licences, row.licence.clone());
            count(|p| &mut p.languages, row.language.clone());
            count(|p| &mut p.weaknesses, row.cwe.map_or("none".to_string(), |cwe| format!("CWE-{cwe}")));
        }
        part
    }
}

/// Why material gave no row, by source and reason.
pub type LeftOut = BTreeMap<String, BTreeMap<String, usize>>;

/// The file `manifest.json` beside the rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of this file's form.
    pub version: u32,
    /// The program that wrote it.
    pub tool: String,
    /// What the split was drawn with.
    pub seed: u64,
    /// The share of rows for validation.
    pub validation_share: f64,
    /// Longer rows were left out, by an estimate; none where all were taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<usize>,
    /// The SHA-256 of the words that tuned weights are asked with. Weights that learnt other words fit less well.
    pub prompts: String,
    /// What is learnt from.
    pub train: Part,
    /// What the learning is measured with.
    pub validation: Part,
    /// What was left out, by source and reason.
    pub left_out: LeftOut,
}

impl Manifest {
    /// That of a split.
    pub fn of(
        split: &Split,
        left_out: LeftOut,
        seed: u64,
        validation_share: f64,
        max_tokens: Option<usize>,
    ) -> Manifest {
        Manifest {
            version: 1,
            tool: format!("tempergate {}", env!("CARGO_PKG_VERSION")),
            seed,
            validation_share,
            max_tokens,
            prompts: crate::harden::prompted::prompt::tuned_digest(),
            train: Part::of(&split.train),
            validation: Part::of(&split.validation),
            left_out,
        }
    }
}
