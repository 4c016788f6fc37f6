//! `tempergate fix`: verified fixes as a diff, or written to the files.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::asking::Asking;
use super::check::ChangeArguments;
use super::{Outcome, files, output, policies, scan};
use crate::edit::{EditSet, TextEdit};
use crate::harden::registry::Registry;
use crate::policy::Policy;
use crate::report::diff;
use crate::report::model::{Reported, State};
use crate::rules::Library;

/// Prints verified fixes as a unified diff, or writes them to the working tree.
#[derive(Debug, Args)]
pub struct Fix {
    /// Files and folders whose findings are mended.
    #[arg(value_name = "PATH", required_unless_present = "base", conflicts_with = "base")]
    paths: Vec<PathBuf>,
    /// Mend what a change brings in; compared with this branch, tag or commit.
    #[arg(long, value_name = "REF")]
    base: Option<String>,
    /// The repository, or a folder in it.
    #[arg(long, value_name = "DIR", default_value = ".", requires = "base")]
    repo: PathBuf,
    /// The policy that says what is mended how.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Only the fix of this finding, by its fingerprint or the first eight or more digits of it.
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    finding: Option<String>,
    /// Write the fixes to the working tree.
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    asking: Asking,
}

/// A file with its accepted fixes.
pub struct Mended {
    /// Its path in diffs.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its text as it is.
    pub old: String,
    /// Its text with the fixes.
    pub new: String,
}

impl Fix {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        let (mut mended, mut findings) = match &self.base {
            Some(base) => self.mend_change(base)?,
            None => self.mend_paths()?,
        };
        if let Some(wanted) = &self.finding {
            findings.retain(|r| r.finding.fingerprint.starts_with(wanted.as_str()));
            mended = only(&findings, wanted, mended)?;
        }
        let fixed = findings.iter().filter(|r| r.fix.is_some()).count();
        if self.write {
            for file in &mended {
                write(file)?;
            }
            output::note(&format!("{fixed} of {} findings mended in {} files", findings.len(), mended.len()));
        } else {
            let diffs: String = mended.iter().map(|m| diff::unified(&m.name, &m.old, &m.new)).collect();
            output::print(&diffs)?;
            output::note(&format!("{fixed} of {} findings have a verified fix", findings.len()));
        }
        Ok(Outcome::Pass)
    }

    fn mend_change(&self, base: &str) -> Result<(Vec<Mended>, Vec<Reported>)> {
        let arguments = ChangeArguments {
            base: base.to_string(),
            head: None,
            repo: self.repo.clone(),
            policy: self.policy.clone(),
            policy_of_base: None,
            shard: None,
            pull_request: None,
        };
        let change = arguments.judge(&self.asking)?;
        let Some(root) = change.root else { bail!("the repository has no working tree to mend") };
        let old = |name: &str| change.judged.texts.get(name).map_or(String::new(), |s| s.text().to_string());
        let mended = with_paths(change.judged.mended, &old, &|name| root.join(name));
        let findings = change.judged.report.findings;
        let new = findings.into_iter().filter(|r| matches!(r.state, State::New | State::Worsened)).collect();
        Ok((mended, new))
    }

    fn mend_paths(&self) -> Result<(Vec<Mended>, Vec<Reported>)> {
        let library = Library::built_in();
        let policy = policies::chosen(self.policy.as_deref(), library, self.asking.network)?;
        let listed = files::list(&self.paths)?;
        let paths: BTreeMap<String, PathBuf> = listed.iter().map(|l| (l.name.clone(), l.path.clone())).collect();
        let scan = |policy: &Policy, registry: &Registry<'_>| {
            scan::inspect_and_decide(&listed, library, policy, Some(registry))
        };
        let (_, collected) = self.asking.with_registry(policy, true, scan)?;
        let old = |name: &str| collected.texts.get(name).map_or(String::new(), |s| s.text().to_string());
        let place = |name: &str| paths.get(name).cloned().unwrap_or_else(|| PathBuf::from(name));
        Ok((with_paths(collected.mended, &old, &place), collected.findings))
    }
}

/// The beginning of a fingerprint.
fn fingerprint(text: &str) -> Result<String, String> {
    match (8..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err("8 to 32 hexadecimal digits".to_string()),
    }
}

/// The file of one finding with its fix alone: every fix is valid by itself.
fn only(findings: &[Reported], wanted: &str, mended: Vec<Mended>) -> Result<Vec<Mended>> {
    let [reported] = findings else {
        bail!("{} findings have a fingerprint that begins with {wanted}", findings.len());
    };
    let Some(fix) = &reported.fix else { bail!("the finding {wanted} has no verified fix") };
    let replacements = fix.replacements.iter().map(|r| TextEdit::replace(r.region.span(), r.text.as_str()));
    let Some(edit) = EditSet::new(replacements.collect()) else { bail!("the fix of {wanted} contradicts itself") };
    let file = mended.into_iter().find(|file| file.name == reported.finding.path);
    Ok(file.into_iter().map(|file| Mended { new: edit.apply(&file.old), ..file }).collect())
}

fn with_paths(
    mended: BTreeMap<String, String>,
    old: &dyn Fn(&str) -> String,
    place: &dyn Fn(&str) -> PathBuf,
) -> Vec<Mended> {
    mended.into_iter().map(|(name, new)| Mended { path: place(&name), old: old(&name), new, name }).collect()
}

/// Writes a file, unless it has changed since it was read or its bytes are not those of its text.
pub fn write(file: &Mended) -> Result<()> {
    let now = fs::read(&file.path).with_context(|| format!("{}", file.path.display()))?;
    if now != file.old.as_bytes() {
        bail!("{}: not written, because it is not UTF-8 or has changed meanwhile", file.path.display());
    }
    replace(&file.path, &file.new).with_context(|| format!("{}", file.path.display()))
}

/// The new content is complete before it takes the old one's place; permissions are kept.
fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = tempfile::NamedTempFile::new_in(folder)?;
    fs::write(temporary.path(), text)?;
    fs::set_permissions(temporary.path(), fs::metadata(path)?.permissions())?;
    temporary.persist(path).map(drop).map_err(|e| e.error)
}
