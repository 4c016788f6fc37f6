//! `tempergate scan PATH…`: whole files or trees, no git.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::Result;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use rayon::prelude::*;

use super::asking::Asking;
use super::files::{self, Listed, Listing};
use super::output::Output;
use super::{Outcome, command, policies};
use crate::assemble::{self, Parts};
use crate::decided;
use crate::finding::{FileStatus, Finding, Level};
use crate::gate::{self, Collected, Judgement};
use crate::harden::mend::Mended;
use crate::harden::registry::Registry;
use crate::harden::second_look::SecondLook;
use crate::inspect::{self, Inspected, Limits};
use crate::links::Unit;
use crate::links::gather::Gatherer;
use crate::policy::{Circumstances, InlineWaivers, Policy};
use crate::reached;
use crate::report::model::{Command, Reported, State};
use crate::rules::Library;
use crate::snapshot::{ReadError, Snapshot};
use crate::syntax::language_of;
use crate::verify::Available;
use crate::verify::modules::MANIFESTS;

/// The least severity that makes a scan end with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FailOn {
    Low,
    Medium,
    High,
    Critical,
}

impl FailOn {
    fn level(self) -> Level {
        match self {
            FailOn::Low => Level::Low,
            FailOn::Medium => Level::Medium,
            FailOn::High => Level::High,
            FailOn::Critical => Level::Critical,
        }
    }
}

/// Analyses whole files or trees.
#[derive(Debug, Args)]
pub struct Scan {
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The policy; when absent, `.tempergate.yml` of the working folder, else the built-in `baseline`.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Propose and verify fixes too.
    #[arg(long)]
    fix: bool,
    /// End with 1 when there is a finding of at least this severity, or a file that could not be analysed.
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    #[command(flatten)]
    asking: Asking,
    #[command(flatten)]
    output: Output,
}

impl Scan {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        self.output.check()?;
        let library = Library::built_in();
        let policy = policies::chosen(self.policy.as_deref(), library, self.asking.network)?;
        let listed = files::list(&self.paths)?;
        let scan = |policy: &Policy, registry: &Registry<'_>| {
            inspect_and_decide(&listed, library, policy, self.fix.then_some(registry))
        };
        let (policy, collected) = self.asking.with_registry(policy, self.fix, scan)?;
        let Collected { findings, files, texts, inline, .. } = collected;
        let parts = Parts {
            command: Command::Scan,
            change: None,
            shard: None,
            findings,
            authors: None,
            resolved: Vec::new(),
            files,
            inline,
            engines: Vec::new(),
            rules: BTreeMap::new(),
        };
        let failed = self.fail_on.is_some_and(|least| fails(&parts, least.level()));
        let report = assemble::report(parts, &policy, library);
        self.output.write(&report, &texts)?;
        Ok(if failed { Outcome::Fail } else { Outcome::Pass })
    }
}

/// Not analysed is not clean.
fn fails(parts: &Parts, least: Level) -> bool {
    parts.findings.iter().any(|r| r.finding.level() >= least)
        || parts.files.iter().any(|f| matches!(f.status, FileStatus::NotAnalysed { .. }))
}

/// Inspects files, decides what the policy says of their findings, and mends them where strategies are given.
pub fn inspect_and_decide(
    listed: &[Listed],
    library: &Library,
    policy: &Policy,
    registry: Option<&Registry<'_>>,
) -> Collected {
    command::say_not_asked(policy);
    if registry.is_some() {
        command::say_not_run(policy);
    }
    let available = if registry.is_some() { manifests() } else { Available::default() };
    let snapshot = Listing::new(listed, policy.max_file_bytes());
    let gatherer = Gatherer::new(&snapshot, library, policy.max_file_bytes());
    let read =
        |file: &Listed| files::read(&file.path, policy.max_file_bytes()).map(Arc::from).map_err(|_| "unreadable");
    let scanner = Scanner { gatherer: &gatherer, read: &read, library, policy, available: &available, registry };
    scanner.scan_all(listed)
}

/// Inspects all files of a commit, and decides what the policy says of their findings.
pub fn of_commit(snapshot: &dyn Snapshot, library: &Library, policy: &Policy) -> Collected {
    let gatherer = Gatherer::new(snapshot, library, policy.max_file_bytes());
    let known = snapshot.paths().into_iter().filter(|name| language_of(name).is_some());
    let listed: Vec<Listed> = known.map(|name| Listed { path: PathBuf::from(&name), name }).collect();
    let read = |file: &Listed| match snapshot.read(&file.name) {
        Ok(Some(bytes)) => Ok(bytes),
        Err(ReadError::TooLarge { .. }) => Err("too-large"),
        Ok(None) | Err(_) => Err("unreadable"),
    };
    let available = Available::default();
    let scanner = Scanner { gatherer: &gatherer, read: &read, library, policy, available: &available, registry: None };
    scanner.scan_all(&listed)
}

/// Gives the bytes of a file, or why it cannot be analysed.
type Read<'a> = dyn Fn(&Listed) -> Result<Arc<[u8]>, &'static str> + Sync + 'a;

/// What scanning a file needs.
struct Scanner<'a> {
    gatherer: &'a Gatherer<'a>,
    /// Reads a file, or says why it cannot be analysed.
    read: &'a Read<'a>,
    library: &'a Library,
    policy: &'a Policy,
    /// The dependencies that fixes may use.
    available: &'a Available,
    /// The strategies; none where no fixes are asked for.
    registry: Option<&'a Registry<'a>>,
}

/// A scanned file. A tree can have many; only what the report needs is kept.
struct Scanned {
    file: Judgement,
    /// What was found in other files.
    elsewhere: Vec<Finding>,
    /// What was found there only on ways from other files.
    rest: Vec<Reported>,
    /// The waivers in its comments.
    inline: InlineWaivers,
}

impl Scanner<'_> {
    /// Scans the files that the policy is about.
    fn scan_all(&self, listed: &[Listed]) -> Collected {
        let progress = progress(listed.len());
        let done = AtomicUsize::new(0);
        let mut scanned: Vec<Scanned> = listed
            .par_iter()
            .filter(|file| self.policy.file_in_scope(&file.name, language_of(&file.name)))
            .map(|file| {
                let scanned = self.scan(file, Vec::new());
                if let Some(progress) = &progress {
                    progress.set_position(done.fetch_add(1, Ordering::Relaxed) as u64 + 1);
                }
                scanned
            })
            .collect();
        if let Some(progress) = progress {
            progress.finish_and_clear();
        }
        self.scan_reached(listed, &mut scanned);
        let mut collected = Collected::default();
        for Scanned { file, rest, inline, .. } in scanned {
            collected.inline.push((file.result.path.clone(), inline));
            let (result, source) = (file.result.clone(), file.source.clone());
            collected.add(file);
            collected.add_unlisted(Judgement { result, source, reported: rest, mended: Mended::default() });
        }
        collected
    }

    /// Scans a file into which data was seen to go on from others.
    fn scan(&self, file: &Listed, reached: Vec<Finding>) -> Scanned {
        let mut inspected = self.read_and_inspect(file);
        let rest = reached::raised(&mut inspected, reached);
        let language = inspected.result.language;
        let inline = match &inspected.source {
            Some(source) if self.policy.reads_comments() => {
                InlineWaivers::read(source.text(), |_| true, |id| self.library.rule(id).is_some())
            }
            _ => InlineWaivers::default(),
        };
        let circumstances = Circumstances { language, inline: Some(&inline), ..Circumstances::of(State::New) };
        let decide = |f: &Finding| decided::reported(f.clone(), &circumstances, self.policy);
        let reported: Vec<Reported> = inspected.findings.iter().map(decide).collect();
        let mended = match self.registry {
            Some(registry) => gate::mend_file(
                &inspected,
                &reported,
                self.policy,
                self.library,
                self.available,
                registry,
                &SecondLook::default(),
            ),
            None => Mended::default(),
        };
        let rest: Vec<Reported> = rest.iter().map(decide).collect();
        let quoted = !reported.is_empty() || !rest.is_empty();
        let Inspected { result, source, elsewhere, .. } = inspected;
        let source = source.filter(|_| quoted);
        Scanned { file: Judgement { result, source, reported, mended }, elsewhere, rest, inline }
    }

    fn read_and_inspect(&self, file: &Listed) -> Inspected {
        let limits = Limits { file_bytes: self.policy.max_file_bytes(), steps: self.policy.max_steps() };
        let around = |unit: &Unit| self.gatherer.neighbours(unit);
        match (self.read)(file) {
            Ok(bytes) => inspect::inspect_among(&file.name, &bytes, &around, self.library, limits),
            Err(reason) => {
                let status = FileStatus::NotAnalysed { reason: reason.to_string() };
                inspect::not_analysed(&file.name, language_of(&file.name), status)
            }
        }
    }

    /// Scans again the files in which something was found while others were analysed.
    fn scan_reached(&self, listed: &[Listed], scanned: &mut [Scanned]) {
        let mut elsewhere: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
        for finding in scanned.iter_mut().flat_map(|s| std::mem::take(&mut s.elsewhere)) {
            if let Some(finding) = reached::told(&finding, self.policy, &|path| self.gatherer.unit(path)) {
                elsewhere.entry(finding.path.clone()).or_default().push(finding);
            }
        }
        let places: BTreeMap<&str, &Listed> = listed.iter().map(|l| (l.name.as_str(), l)).collect();
        scanned.par_iter_mut().for_each(|one| {
            let path = &one.file.result.path;
            if let (Some(reached), Some(file)) = (elsewhere.get(path), places.get(path.as_str())) {
                *one = self.scan(file, reached.clone());
            }
        });
    }
}

/// The dependencies that manifests in the working folder name.
fn manifests() -> Available {
    let texts: Vec<(&str, String)> =
        MANIFESTS.iter().filter_map(|name| Some((*name, std::fs::read_to_string(name).ok()?))).collect();
    Available::from_manifests(texts.iter().map(|(name, text)| (*name, text.as_str())))
}

/// A bar on standard error for long scans, if that is a terminal.
fn progress(files: usize) -> Option<ProgressBar> {
    if files < 200 || !std::io::IsTerminal::is_terminal(&std::io::stderr()) {
        return None;
    }
    let bar = ProgressBar::new(files as u64);
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} files, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Some(bar)
}
