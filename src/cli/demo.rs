//! `tempergate demo`: a small repository with a change in it, judged as any other.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use git2::build::{CheckoutBuilder, TreeUpdateBuilder};
use git2::{Commit, FileMode, Oid, Repository, RepositoryInitOptions, Signature, Time};

use super::Outcome;
use super::asking::Asking;
use super::check::{ChangeArguments, Check};
use super::output::{self, Format, Output, Target};

/// Makes a git repository with an AI-written change in Python and JavaScript, and judges that change.
#[derive(Debug, Args)]
pub struct Demo {
    /// Where the repository and the reports are put: a folder that is empty or does not exist. When absent, a new folder
    /// among the system's temporary ones, which stays there.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// The branch of the people.
const BASE: &str = "main";
/// The branch of the change.
const HEAD: &str = "assistant/accounts-and-reports";

macro_rules! file {
    ($tree:literal, $path:literal) => {
        ($path, include_str!(concat!("../../demo/", $tree, "/", $path)))
    };
}

/// The files as people wrote them: path and text.
const BASE_FILES: &[(&str, &str)] = &[
    file!("base", "README.md"),
    file!("base", "backoffice/__init__.py"),
    file!("base", "backoffice/accounts.py"),
    file!("base", "backoffice/app.py"),
    file!("base", "backoffice/files.py"),
    file!("base", "backoffice/printing.py"),
    file!("base", "backoffice/reports.py"),
    file!("base", "backoffice/settings.py"),
    file!("base", "package.json"),
    file!("base", "requirements.txt"),
    file!("base", "shop/orders.js"),
    file!("base", "shop/server.js"),
    file!("base", "shop/webhooks.js"),
];

/// The files that the change writes: path and text.
const CHANGED_FILES: &[(&str, &str)] = &[
    file!("change", "backoffice/accounts.py"),
    file!("change", "backoffice/app.py"),
    file!("change", "backoffice/files.py"),
    file!("change", "backoffice/labels.py"),
    file!("change", "backoffice/reports.py"),
    file!("change", "shop/orders.js"),
    file!("change", "shop/server.js"),
    file!("change", "shop/tokens.js"),
    file!("change", "shop/webhooks.js"),
];

/// The files that the change removes; `labels.py` has the text of this one.
const REMOVED_FILES: &[&str] = &["backoffice/printing.py"];

/// A person or a program that commits, and when: fixed, so that the ids of the commits are always the same.
struct Author {
    name: &'static str,
    email: &'static str,
    /// Seconds since 1970.
    time: i64,
}

const PERSON: Author = Author { name: "Robin Marsh", email: "robin@bramble.example", time: 1_767_603_600 };
const ASSISTANT: Author = Author { name: "Coding Assistant", email: "assistant@tools.example", time: 1_767_690_000 };

const BASE_MESSAGE: &str = "Back office and shop\n";
const HEAD_MESSAGE: &str = "\
Add sign-up, search, report layouts, attachments and the order pages

- customers can sign up and search; reports have layouts and an export
- attachments and the archive can be downloaded
- the shop has order search, redirects after payment, tokens and parcel webhooks
- printing.py is now called labels.py

Co-authored-by: Robin Marsh <robin@bramble.example>
Assisted-by: Coding Assistant
";

impl Demo {
    /// Runs the command. That the change fails the gate is what the demo is to show, so it is no failure of the command.
    pub fn run(&self) -> Result<Outcome> {
        let folder = self.folder()?;
        let repository = folder.join("bramble");
        let (base, head) = make(&repository).context("the demo's repository could not be made")?;
        let shown = repository.display();
        output::print(&format!(
            "A small shop, in Python and JavaScript, in a new git repository: {shown}\n\
             {base:.10} on {BASE}: what people wrote\n\
             {head:.10} on {HEAD}: what a coding assistant added\n\
             \n$ tempergate check --repo {shown} --base {BASE} --head {HEAD}\n\n"
        ))?;
        let report = |format, name: &str| Target::new(format, folder.join(name));
        let reports = vec![
            report(Format::Sarif, "report.sarif"),
            report(Format::Json, "report.json"),
            report(Format::Markdown, "report.md"),
            report(Format::Html, "report.html"),
        ];
        let lines: String = reports.iter().map(|r| format!("  {}\n", r.file().display())).collect();
        let change = ChangeArguments {
            base: BASE.to_string(),
            head: Some(HEAD.to_string()),
            repo: repository,
            policy: None,
            policy_of_base: None,
            shard: None,
            pull_request: None,
        };
        Check { change, asking: Asking::default(), output: Output { format: Format::Terminal, output: None, reports } }
            .run()?;
        let stays = if self.keep.is_some() { "" } else { ", in a temporary folder that stays until you remove it" };
        output::print(&format!(
            "\nThe same report as SARIF, JSON, Markdown and a page for a browser{stays}:\n{lines}\
             Change the code in {} and check again:\n  tempergate check --repo {} --base {BASE}\n",
            folder.join("bramble").display(),
            folder.join("bramble").display()
        ))?;
        Ok(Outcome::Pass)
    }

    /// The folder that everything is put into, as an absolute path.
    fn folder(&self) -> Result<PathBuf> {
        let folder = match &self.keep {
            Some(folder) => {
                fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
                let mut entries = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
                if entries.next().is_some() {
                    bail!("{}: the folder is not empty; the demo only writes to a new one", folder.display());
                }
                folder.clone()
            }
            None => tempfile::Builder::new()
                .prefix("tempergate-demo-")
                .tempdir()
                .context("a temporary folder could not be made")?
                .keep(),
        };
        std::path::absolute(&folder).with_context(|| format!("{}", folder.display()))
    }
}

/// Makes the repository with both commits, the second checked out, and gives their ids. The contents do not pass through
/// git's filters, and no template of the user is taken, so that the result is the same everywhere.
fn make(folder: &Path) -> Result<(Oid, Oid), git2::Error> {
    let mut options = RepositoryInitOptions::new();
    options.initial_head(BASE).external_template(false).no_reinit(true);
    let repo = Repository::init_opts(folder, &options)?;
    let empty = repo.treebuilder(None)?.write()?;
    let tree = update(&repo, empty, BASE_FILES, &[])?;
    let base = commit(&repo, BASE, &PERSON, BASE_MESSAGE, tree, None)?;
    let tree = update(&repo, tree, CHANGED_FILES, REMOVED_FILES)?;
    let parent = repo.find_commit(base)?;
    let head = commit(&repo, HEAD, &ASSISTANT, HEAD_MESSAGE, tree, Some(&parent))?;
    repo.set_head(&format!("refs/heads/{HEAD}"))?;
    repo.checkout_head(Some(CheckoutBuilder::new().force().disable_filters(true)))?;
    Ok((base, head))
}

/// A tree with files written and removed.
fn update(repo: &Repository, tree: Oid, written: &[(&str, &str)], removed: &[&str]) -> Result<Oid, git2::Error> {
    let mut update = TreeUpdateBuilder::new();
    for (path, text) in written {
        update.upsert(*path, repo.blob(text.as_bytes())?, FileMode::Blob);
    }
    for path in removed {
        update.remove(*path);
    }
    update.create_updated(repo, &repo.find_tree(tree)?)
}

/// Commits a tree to a branch.
fn commit(
    repo: &Repository,
    branch: &str,
    author: &Author,
    message: &str,
    tree: Oid,
    parent: Option<&Commit<'_>>,
) -> Result<Oid, git2::Error> {
    let signature = Signature::new(author.name, author.email, &Time::new(author.time, 0))?;
    let parents: Vec<&Commit<'_>> = parent.into_iter().collect();
    let reference = format!("refs/heads/{branch}");
    repo.commit(Some(&reference), &signature, &signature, message, &repo.find_tree(tree)?, &parents)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::collections::BTreeSet;

    use super::*;

    /// The files under a folder of `demo/`, by their paths in it.
    fn listed(tree: &str) -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").join(tree);
        let mut folders = vec![root.clone()];
        let mut files = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(path.strip_prefix(&root).unwrap().to_str().unwrap().replace('\\', "/"));
                }
            }
        }
        files
    }

    fn embedded(files: &[(&str, &str)]) -> BTreeSet<String> {
        files.iter().map(|(path, _)| path.to_string()).collect()
    }

    #[test]
    fn every_file_of_the_demo_is_embedded() {
        assert_eq!(embedded(BASE_FILES), listed("base"));
        assert_eq!(embedded(CHANGED_FILES), listed("change"));
    }

    #[test]
    fn the_removed_file_lives_on_under_another_name() {
        let text = |files: &[(&str, &'static str)], path: &str| files.iter().find(|(p, _)| *p == path).unwrap().1;
        assert_eq!(REMOVED_FILES, ["backoffice/printing.py"]);
        assert_eq!(text(BASE_FILES, "backoffice/printing.py"), text(CHANGED_FILES, "backoffice/labels.py"));
    }

    #[test]
    fn the_commits_are_always_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let first = make(&folder.path().join("one")).unwrap();
        let second = make(&folder.path().join("two")).unwrap();
        assert_eq!(first, second);
        assert_ne!(first.0, first.1);
        let repo = Repository::open(folder.path().join("one")).unwrap();
        assert_eq!(repo.merge_base(first.0, first.1).unwrap(), first.0);
        assert!(repo.statuses(None).unwrap().is_empty(), "the working tree is the change's commit");
    }
}
