//! Material to learn from: files with pairs, repositories, studies.

use std::path::Path;

use anyhow::{Context, Result};
use rayon::prelude::*;

use crate::change::{self, Change, Head, Limits};
use crate::cli::output;
use crate::cli::study::{run, store};
use crate::lora::pair::{Pair, Tongue};
use crate::lora::row::{Row, Source};
use crate::lora::sources::{self, Line};
use crate::study::plan::OWN_ANALYSER;

/// What came of material: rows, and why some gives none.
pub type Made = Vec<Result<Row, &'static str>>;

/// The pairs of a file, in its order; `None` where the language of one is not known.
///
/// # Errors
///
/// The file cannot be read, or a line of it, with its place.
pub fn pairs(file: &Path, licence: &str) -> Result<Vec<Option<Pair>>> {
    let mut all = Vec::new();
    let mut torn = || output::note(&format!("{}: its last line is not whole, and is left out", file.display()));
    store::each(file, &mut torn, &mut |line: Line| all.push(line.pair(licence)))?;
    Ok(all)
}

/// The changed files of the latest commits of a repository, before and after.
///
/// # Errors
///
/// The repository cannot be read.
pub fn history(repository: &Path, commits: usize, licence: &str) -> Result<Vec<Pair>> {
    let steps = change::history(repository, commits).with_context(|| format!("{}", repository.display()))?;
    let each: Result<Vec<Vec<Pair>>> =
        steps.par_iter().map(|step| changed(repository, &step.parent, &step.commit, licence)).collect();
    Ok(each?.into_iter().flatten().collect())
}

fn changed(repository: &Path, parent: &str, commit: &str, licence: &str) -> Result<Vec<Pair>> {
    // Larger files are not analysed either.
    let limits = Limits { max_file_bytes: crate::inspect::Limits::default().file_bytes };
    let change = Change::between(repository, parent, &Head::Commit(commit.to_string()), limits)?;
    let mut pairs = Vec::new();
    for file in change.files() {
        let (Some(old), Some(new)) = (file.old_path(), file.new_path()) else { continue };
        let Some(language) = crate::syntax::language_of(new) else { continue };
        let text = |bytes: Option<std::sync::Arc<[u8]>>| bytes.and_then(|b| String::from_utf8(b.to_vec()).ok());
        let before = change.base().read(old).ok().and_then(text);
        let after = change.head().read(new).ok().and_then(text);
        let (Some(before), Some(after)) = (before, after) else { continue };
        pairs.push(Pair {
            source: Source::History,
            licence: licence.to_string(),
            group: new.to_string(),
            tongue: Tongue::Ours(language),
            cwe: None,
            before,
            after,
        });
    }
    Ok(pairs)
}

/// The clean programs of a study.
///
/// # Errors
///
/// The study cannot be read.
pub fn study(folder: &Path, licence: &str) -> Result<Made> {
    let (_, tasks) = run::read_plan(folder)?;
    let records = store::Records::read(folder)?;
    let mut samples: Vec<_> = records.samples.values().collect();
    samples.sort_by(|a, b| a.key.cmp(&b.key));
    let row = |sample: &&_| {
        let sample: &crate::study::record::Sample = sample;
        sources::clean(sample, records.analysis(OWN_ANALYSER, &sample.key), &tasks, licence)
    };
    Ok(samples.iter().map(row).collect())
}
