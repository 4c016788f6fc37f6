//! `tempergate policy check | show | explain | test | diff | schema`: the policy by itself.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};
use jiff::civil::Date;

use super::network::Network;
use super::{Outcome, output, policies};
use crate::policy::{self, Cases, Circumstances, Difference, Strictness, differences};
use crate::report::Report;
use crate::report::model::Reported;
use crate::report::text::visible;
use crate::rules::Library;
use crate::syntax::language_of;

/// Checks, shows, explains, tests and compares policies.
#[derive(Debug, Args)]
pub struct Policy {
    #[command(flatten)]
    network: Network,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a policy, with those that it extends, and say everything that is wrong with it.
    Check {
        /// The policy.
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Print the policy that judges, with every default filled in and where each value comes from.
    Show {
        /// The policy: a file, or the name of one that comes with Tempergate; `.tempergate.yml` of the working folder when
        /// absent, else the built-in `baseline`.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Say which line of which policy decides what about a finding.
    Explain {
        /// The finding: its fingerprint, the first eight or more digits of it, or PATH:LINE.
        #[arg(value_name = "FINDING")]
        finding: String,
        /// The report that has it: a file that `--report json=FILE` wrote.
        #[arg(long, value_name = "FILE")]
        report: PathBuf,
        /// The policy, as for `show`.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// The day on which waivers are looked at; today when absent.
        #[arg(long, value_name = "DATE", value_parser = day)]
        on: Option<Date>,
    },
    /// Run cases that say what the policy must decide. Ends with 1 where one is decided otherwise.
    Test {
        /// Files of cases.
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// The policy; when absent that which the file names, else as for `show`.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
    },
    /// Say what of the second policy is looser and what is stricter than the first.
    Diff {
        /// The first policy: a file, or the name of one that comes with Tempergate.
        #[arg(value_name = "FIRST")]
        first: PathBuf,
        /// The second policy.
        #[arg(value_name = "SECOND")]
        second: PathBuf,
        /// End with 1 when something is looser, or differs without being stricter.
        #[arg(long)]
        fail_on_looser: bool,
    },
    /// Print the JSON schema of policies, for editors.
    Schema,
}

fn day(text: &str) -> Result<Date, String> {
    policy::day(text).ok_or_else(|| "a day like 2027-01-31".to_owned())
}

impl Policy {
    /// Runs the command. A policy that cannot be read is an error.
    pub fn run(&self) -> Result<Outcome> {
        let library = Library::built_in();
        match &self.command {
            Command::Check { file } => {
                let policy = policies::from_file(file, library, self.network)?;
                if let Some(problem) = policy.model_problem() {
                    output::note(&format!("note: {problem}"));
                }
                if !policy.waiver_problems().is_empty() {
                    return Ok(Outcome::Fail);
                }
                output::print(&format!("{}: ok\n", file.display()))?;
            }
            Command::Show { policy } => {
                let policy = policies::chosen(policy.as_deref(), library, self.network)?;
                output::print(&policy.show())?;
            }
            Command::Explain { finding, report, policy, on } => {
                let mut policy = policies::chosen(policy.as_deref(), library, self.network)?;
                if let Some(day) = on {
                    policy = policy.on(*day);
                }
                let report = read_report(report)?;
                let mut explained = Vec::new();
                for reported in wanted(&report, finding)? {
                    let circumstances = Circumstances {
                        language: language_of(&reported.finding.path),
                        ai_written: reported.author.as_ref().is_some_and(|author| author.level.is_ai()),
                        ..Circumstances::of(reported.state)
                    };
                    explained.push(policy.explain(&reported.finding, &circumstances));
                }
                output::print(&explained.join("\n"))?;
            }
            Command::Test { files, policy } => return self.test(files, policy.as_deref(), library),
            Command::Diff { first, second, fail_on_looser } => {
                let first = policies::named(first, library, self.network)?;
                let second = policies::named(second, library, self.network)?;
                let found = differences(&first, &second);
                output::print(&table(&found))?;
                let looser = |d: &Difference| matches!(d.strictness, Strictness::Looser | Strictness::Other);
                return Ok(if *fail_on_looser && found.iter().any(looser) { Outcome::Fail } else { Outcome::Pass });
            }
            Command::Schema => {
                let schema = serde_json::to_string_pretty(&policy::json_schema())?;
                output::print(&format!("{schema}\n"))?;
            }
        }
        Ok(Outcome::Pass)
    }

    fn test(&self, files: &[PathBuf], named: Option<&Path>, library: &Library) -> Result<Outcome> {
        let mut out = String::new();
        let (mut cases, mut failed) = (0, 0);
        for file in files {
            let name = file.to_string_lossy();
            let text = std::fs::read_to_string(file).with_context(|| format!("the cases {name}"))?;
            let unreadable = |error: policy::PolicyError| anyhow!("the cases cannot be run\n{}", error.render(false));
            let read = Cases::parse(&name, &text).map_err(unreadable)?;
            let beside = read.policy.as_ref().map(|policy| file.parent().unwrap_or(Path::new("")).join(policy));
            let policy = match named.or(beside.as_deref()) {
                Some(path) => policies::named(path, library, self.network)?,
                None => policies::chosen(None, library, self.network)?,
            };
            let facts = |id: &str| library.rule(id).map(|rule| (rule.cwe.clone(), rule.severity));
            for case in read.run(&name, &text, &policy, &facts, &|path| language_of(path)).map_err(unreadable)? {
                cases += 1;
                if let Some(problem) = case.problem {
                    failed += 1;
                    let _ = writeln!(out, "{name}:{}: {}: {}", case.line, visible(&case.name), visible(&problem));
                }
            }
        }
        let _ = writeln!(out, "{cases} cases, {failed} decided otherwise");
        output::print(&out)?;
        Ok(if failed == 0 { Outcome::Pass } else { Outcome::Fail })
    }
}

fn read_report(path: &Path) -> Result<Report> {
    let text = std::fs::read(path).with_context(|| format!("the report {}", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("the report {}", path.display()))
}

/// The findings that somebody means.
fn wanted<'r>(report: &'r Report, wanted: &str) -> Result<Vec<&'r Reported>> {
    let is_fingerprint = wanted.len() >= 8 && wanted.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_it = |reported: &&Reported| {
        let finding = &reported.finding;
        match is_fingerprint {
            true => finding.fingerprint.starts_with(&wanted.to_ascii_lowercase()),
            false => format!("{}:{}", finding.path, finding.region.start_line) == wanted,
        }
    };
    let found: Vec<&Reported> = report.findings.iter().filter(is_it).collect();
    if found.is_empty() {
        bail!("the report has no finding {wanted}; name it by its fingerprint, or by PATH:LINE");
    }
    Ok(found)
}

fn table(found: &[Difference]) -> String {
    let mut out = String::new();
    let value = |said: &Option<(String, policy::Origin)>| match said {
        Some((shown, origin)) => format!("{shown} ({origin})"),
        None => "nothing".to_owned(),
    };
    for difference in found {
        let word = match difference.strictness {
            Strictness::Looser => "looser",
            Strictness::Stricter => "stricter",
            Strictness::Other => "other",
            Strictness::Same => "same",
        };
        let _ = match (&difference.before, &difference.after) {
            (None, None) => writeln!(out, "{word:<9} {}: the same entries in another order", difference.setting),
            (None, Some(_)) => writeln!(out, "{word:<9} {}: now {}", difference.setting, value(&difference.after)),
            (Some(_), None) => writeln!(out, "{word:<9} {}: no more {}", difference.setting, value(&difference.before)),
            (Some(_), Some(_)) => writeln!(
                out,
                "{word:<9} {}: {} is now {}",
                difference.setting,
                value(&difference.before),
                value(&difference.after)
            ),
        };
    }
    let count = |wanted: Strictness| found.iter().filter(|d| d.strictness == wanted).count();
    let (looser, stricter, other) = (count(Strictness::Looser), count(Strictness::Stricter), count(Strictness::Other));
    let _ = writeln!(out, "{looser} looser, {stricter} stricter, {other} other");
    out
}
