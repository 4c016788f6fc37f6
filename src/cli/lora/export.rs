//! `tempergate lora export`: rows to train with.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use rayon::prelude::*;
use serde::Serialize;

use super::material::{self, Made};
use crate::cli::{Outcome, output};
use crate::lora::manifest::{LeftOut, Manifest};
use crate::lora::pair::{Pair, Tongue};
use crate::lora::repair;
use crate::lora::row::{Row, Source};
use crate::lora::sources::{self, Line, UNKNOWN};
use crate::lora::split;
use crate::report::text;
use crate::rules::Library;

/// Writes rows to train with.
#[derive(Debug, Args)]
pub struct Export {
    /// The folder that gets `train.jsonl`, `validation.jsonl`, `held-out.jsonl` and `manifest.json`; made where it is not there.
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
    /// Take the examples of the rules that come with the program.
    #[arg(long)]
    rules: bool,
    /// Take the fixes of a repository: functions from which a commit took a finding of ours, and brought none in.
    #[arg(long, value_name = "REPOSITORY")]
    history: Vec<PathBuf>,
    /// Look at so many commits of each repository, the latest ones.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    commits: usize,
    /// Take the programs of a study that nothing was found in.
    #[arg(long, value_name = "STUDY")]
    study: Vec<PathBuf>,
    /// Take code before and after fixes: JSON lines with `before`, `after`, `language` or `file`, and where known `cwe`,
    /// `commit`, `group`, `licence`; also gzipped.
    #[arg(long, value_name = "FILE")]
    pairs: Vec<PathBuf>,
    /// Of pairs, take also those in languages that are not analysed here, such as C or Ruby.
    #[arg(long)]
    all_languages: bool,
    /// The licence of what does not say it, by source: `--licence history=MIT`.
    #[arg(long, value_name = "SOURCE=NAME", value_parser = licence)]
    licence: Vec<(Source, String)>,
    /// Decides which rows are for validation.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The share of rows for validation, from 0 to 0.5.
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = share)]
    validation_share: f64,
    /// Leave out rows with more tokens, by an estimate (3.2 bytes a token).
    #[arg(long, value_name = "N")]
    max_tokens: Option<usize>,
}

fn licence(given: &str) -> Result<(Source, String), String> {
    let named = given.split_once('=').and_then(|(source, name)| {
        let source = Source::ALL.into_iter().find(|s| s.name() == source)?;
        (!name.trim().is_empty()).then(|| (source, name.trim().to_string()))
    });
    named.ok_or_else(|| "expected SOURCE=NAME, with rules, history, study or pairs as the source".to_string())
}

fn share(given: &str) -> Result<f64, String> {
    let share = given.parse().ok().filter(|share| (0.0..=0.5).contains(share));
    share.ok_or_else(|| "expected a number from 0 to 0.5".to_string())
}

impl Export {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// No source is named, one cannot be read, none of them gives a row to train with, or nothing can be written.
    pub fn run(&self) -> Result<Outcome> {
        if !self.rules && self.history.is_empty() && self.study.is_empty() && self.pairs.is_empty() {
            bail!("no source is named: give --rules, --history, --study or --pairs");
        }
        let (rows, mut left_out) = self.rows(Library::built_in())?;
        let (rows, again) = split::distinct(rows);
        again.iter().for_each(|row| leave(&mut left_out, row.source, "duplicate"));
        let mut split = split::split(rows, self.validation_share, self.seed);
        let held_out = split::held_out(&split.validation);
        let most = self.max_tokens.unwrap_or(usize::MAX);
        for part in [&mut split.train, &mut split.validation] {
            part.iter().filter(|r| r.tokens() > most).for_each(|r| leave(&mut left_out, r.source, "too-long"));
            part.retain(|row| row.tokens() <= most);
        }
        if split.train.is_empty() {
            bail!("there is no row to train with; left out: {}", told(&left_out));
        }
        let manifest = Manifest::of(&split, left_out, self.seed, self.validation_share, self.max_tokens);
        fs::create_dir_all(&self.output).with_context(|| format!("{}", self.output.display()))?;
        self.write("train.jsonl", &lines(&split.train)?)?;
        self.write("validation.jsonl", &lines(&split.validation)?)?;
        self.write("held-out.jsonl", &lines(&held_out.iter().map(|pair| Line::of(pair)).collect::<Vec<_>>())?)?;
        self.write("manifest.json", &format!("{}\n", serde_json::to_string_pretty(&manifest)?))?;
        output::note(&format!(
            "{} to train with, {} for validation and {} to evaluate with written to {}",
            text::count(split.train.len(), "row"),
            split.validation.len(),
            text::count(held_out.len(), "pair"),
            self.output.display()
        ));
        if !manifest.left_out.is_empty() {
            output::note(&format!("left out: {}", told(&manifest.left_out)));
        }
        let unknown = |part: &crate::lora::manifest::Part| part.licences.get(UNKNOWN).copied().unwrap_or_default();
        let unknown = unknown(&manifest.train) + unknown(&manifest.validation);
        if unknown > 0 {
            output::note(&format!("the licence of {} is not known (--licence)", text::count(unknown, "row")));
        }
        Ok(Outcome::Pass)
    }

    /// All rows, in an order that depends on the sources alone; and why other material gives none.
    fn rows(&self, library: &Library) -> Result<(Vec<Row>, LeftOut)> {
        let (mut rows, mut left_out) = (Vec::new(), LeftOut::new());
        let mut take = |source: Source, made: Made| {
            for one in made {
                match one {
                    Ok(row) => rows.push(row),
                    Err(why) => leave(&mut left_out, source, why),
                }
            }
        };
        if self.rules {
            take(Source::Rules, repairs(sources::rules(library), library));
        }
        for repository in &self.history {
            let pairs = material::history(repository, self.commits, self.licence_of(Source::History))?;
            take(Source::History, repairs(pairs, library));
        }
        for folder in &self.study {
            take(Source::Study, material::study(folder, self.licence_of(Source::Study))?);
        }
        for file in &self.pairs {
            let pairs = material::pairs(file, self.licence_of(Source::Pairs))?;
            let wanted = |pair: &Pair| self.all_languages || matches!(pair.tongue, Tongue::Ours(_));
            let (known, others): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|p| p.as_ref().is_some_and(wanted));
            take(Source::Pairs, others.iter().map(|_| Err("language")).collect());
            take(Source::Pairs, repairs(known.into_iter().flatten().collect(), library));
        }
        Ok((rows, left_out))
    }

    fn licence_of(&self, source: Source) -> &str {
        self.licence.iter().find(|(named, _)| *named == source).map_or(UNKNOWN, |(_, name)| name)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        write(&self.output.join(name), text)
    }
}

fn repairs(pairs: Vec<Pair>, library: &Library) -> Made {
    let pairs: Vec<Arc<Pair>> = pairs.into_iter().map(Arc::new).collect();
    let each = pairs.par_iter().map(|pair| match repair::rows(pair, library) {
        Ok(rows) => rows.into_iter().map(Ok).collect(),
        Err(why) => vec![Err(why)],
    });
    each.collect::<Vec<Made>>().into_iter().flatten().collect()
}

fn leave(left_out: &mut LeftOut, source: Source, why: &str) {
    *left_out.entry(source.name().to_string()).or_default().entry(why.to_string()).or_default() += 1;
}

fn told(left_out: &LeftOut) -> String {
    let each = left_out
        .iter()
        .flat_map(|(source, reasons)| reasons.iter().map(move |(why, count)| format!("{count} of {source} ({why})")));
    each.collect::<Vec<_>>().join(", ")
}

fn lines<T: Serialize>(rows: &[T]) -> Result<String> {
    let mut text = String::new();
    for row in rows {
        text.push_str(&serde_json::to_string(row)?);
        text.push('\n');
    }
    Ok(text)
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    let part = path.with_extension("part");
    fs::write(&part, text).and_then(|()| fs::rename(&part, path)).with_context(|| format!("{}", path.display()))
}
