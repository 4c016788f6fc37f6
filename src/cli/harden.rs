//! `tempergate harden FILE`: one file, chosen weaknesses, one strategy; what was proposed and what verification said of it.

use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;

use super::asking::Asking;
use super::fix::{Mended, write};
use super::{Outcome, files, output, policies, scan};
use crate::harden::registry::Registry;
use crate::policy::Policy;
use crate::report::model::{RejectedFix, Reported};
use crate::report::{diff, strategies, text};
use crate::rules::Library;

/// Hardens one file against chosen weaknesses, and shows what was proposed and what verification said of it.
#[derive(Debug, Args)]
pub struct Harden {
    /// The file.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only findings with one of these CWE numbers: `--cwe 89,79`.
    #[arg(long, value_name = "CWE", value_delimiter = ',', value_parser = cwe)]
    cwe: Vec<u32>,
    /// The policy that says what is mended how.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Write the verified fixes to the file.
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    asking: Asking,
}

fn cwe(text: &str) -> Result<u32, String> {
    let digits = text.trim().trim_start_matches("CWE-").trim_start_matches("cwe-");
    digits.parse().ok().filter(|n| (1..=9999).contains(n)).ok_or_else(|| "a CWE number such as 89".to_string())
}

impl Harden {
    /// Runs the command. It ends with 0 when every chosen finding has a verified fix, else with 1.
    pub fn run(&self) -> Result<Outcome> {
        let library = Library::built_in();
        let policy = policies::chosen(self.policy.as_deref(), library, self.asking.network)?;
        if !self.file.is_file() {
            bail!("{}: not a file", self.file.display());
        }
        let listed = files::list(std::slice::from_ref(&self.file))?;
        let scan = |policy: &Policy, registry: &Registry<'_>| {
            scan::inspect_and_decide(&listed, library, policy, Some(registry))
        };
        let (_, mut collected) = self.asking.with_registry(policy.only_for(&self.cwe), true, scan)?;
        collected.findings.retain(|r| self.chosen(r));
        if collected.findings.is_empty() {
            output::note("nothing to harden was found");
            return Ok(Outcome::Pass);
        }
        for (name, new) in &collected.mended {
            let old = collected.texts.get(name).map_or(String::new(), |s| s.text().to_string());
            let mended = Mended { name: name.clone(), path: self.file.clone(), old, new: new.clone() };
            if self.write {
                write(&mended)?;
            } else {
                output::print(&diff::unified(&mended.name, &mended.old, &mended.new))?;
            }
        }
        for reported in &collected.findings {
            output::note(&outcome(reported));
            reported.rejected.iter().for_each(|r| output::note(&rejection(r)));
        }
        for summary in strategies::summaries(&collected.findings).iter().filter(|s| s.model.is_some()) {
            output::note(&text::brief(&strategies::line(summary), 300));
        }
        let all = collected.findings.iter().all(|r| r.fix.is_some());
        Ok(if all { Outcome::Pass } else { Outcome::Fail })
    }

    fn chosen(&self, reported: &Reported) -> bool {
        self.cwe.is_empty() || reported.finding.cwe.iter().any(|c| self.cwe.contains(c))
    }
}

fn outcome(reported: &Reported) -> String {
    let finding = &reported.finding;
    let place = format!("{}:{}: {}", text::visible(&finding.path), finding.region.start_line, finding.rule);
    match &reported.fix {
        Some(fix) => format!("{place}: fixed by {}; {}", fix.strategy, crate::report::fix_record(&fix.verification)),
        None => format!("{place}: no verified fix"),
    }
}

fn rejection(rejected: &RejectedFix) -> String {
    let why = text::brief(&rejected.explanation, 300);
    let round = rejected.asked.as_ref().map(|a| format!(", answer {}", a.round)).unwrap_or_default();
    format!("  rejected ({}{round}): {why} [{}]", rejected.strategy, rejected.reason)
}
