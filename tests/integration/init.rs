//! `tempergate init` in real repositories, and the completions and the manual.

use std::fs;

use crate::git::Repo;
use crate::program::{Run, run};

const WORKFLOW: &str = ".github/workflows/tempergate.yml";
const POLICY: &str = ".tempergate.yml";

fn repository() -> Repo {
    Repo::with(&[
        ("app/main.py", "print(1)\n"),
        ("web/a.ts", "export {}\n"),
        ("web/b.tsx", "export {}\n"),
        ("x.rs", ""),
    ])
}

fn init(repo: &Repo, arguments: &[&str]) -> Run {
    run(repo.path(), [&["init"], arguments].concat())
}

fn text(repo: &Repo, path: &str) -> String {
    fs::read_to_string(repo.path().join(path)).unwrap()
}

#[test]
fn without_a_terminal_it_shows_and_writes_nothing() {
    let repo = repository();
    let shown = init(&repo, &[]);
    assert_eq!(shown.code, 2, "{}", shown.out);
    assert!(shown.err.contains("--yes") && shown.err.contains("--dry-run"), "{}", shown.err);
    assert!(shown.out.contains(&format!("new file: {WORKFLOW}\n")) && shown.out.contains("\n+version: 1\n"));
    assert!(
        shown.out.contains("Default branch: main\nFiles by language: python (1), typescript (2)\n"),
        "{}",
        shown.out
    );
    assert_eq!(repo.git(["status", "--porcelain"]), "");
    let dry = init(&repo, &["--dry-run"]);
    assert_eq!((dry.code, &dry.out), (0, &shown.out));
    assert_eq!(repo.git(["status", "--porcelain"]), "");
}

#[test]
fn it_writes_what_it_showed_and_the_policy_is_one() {
    let repo = repository();
    let written = run(&repo.path().join("app"), ["init", "--yes"]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert!(written.out.contains("tempergate check --base main"), "{}", written.out);
    for file in [WORKFLOW, POLICY] {
        let lines: Vec<String> = text(&repo, file).lines().map(|l| format!("+{l}\n")).collect();
        assert!(lines.len() > 10 && lines.iter().all(|l| written.out.contains(l)), "{file}");
    }
    let checked = run(repo.path(), ["policy", "check", POLICY]);
    assert_eq!((checked.code, checked.err.as_str()), (0, ""));
    let again = init(&repo, &["--yes"]);
    assert_eq!(again.code, 0);
    assert!(again.out.contains(&format!("unchanged: {WORKFLOW}\n")), "{}", again.out);
}

#[test]
fn what_is_there_is_replaced_only_by_force() {
    let repo = repository();
    repo.write(POLICY, "version: 1\n");
    let kept = init(&repo, &["--yes", "--forks"]);
    assert_eq!(kept.code, 0, "{}", kept.err);
    assert!(kept.out.contains(&format!("kept as it is: {POLICY}")), "{}", kept.out);
    assert_eq!(text(&repo, POLICY), "version: 1\n");
    assert!(text(&repo, ".github/workflows/tempergate-publish.yml").contains("workflow_run"));
    assert!(text(&repo, ".github/workflows/tempergate-analyse.yml").contains("publish: none"));
    let forced = init(&repo, &["--yes", "--forks", "--force"]);
    assert_eq!(forced.code, 0, "{}", forced.err);
    assert!(text(&repo, POLICY).contains("fail-on"));
}

#[test]
#[cfg(unix)]
fn a_link_in_the_repository_leads_nowhere() {
    let repo = repository();
    let outside = repo.outside("elsewhere");
    fs::create_dir(&outside).unwrap();
    std::os::unix::fs::symlink(&outside, repo.path().join(".github")).unwrap();
    std::os::unix::fs::symlink(outside.join("policy"), repo.path().join(POLICY)).unwrap();
    let refused = init(&repo, &["--yes", "--force"]);
    assert_eq!(refused.code, 2, "{}", refused.out);
    assert!(refused.out.contains(&format!("not written: {WORKFLOW} is behind a link")), "{}", refused.out);
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
}

#[test]
fn the_default_branch_is_the_one_of_the_remote() {
    let origin = Repo::with(&[("a.go", "package a\n")]);
    origin.git(["branch", "--move", "trunk"]);
    let clone = Repo::clone_of(origin.path(), &[]);
    clone.git(["switch", "--quiet", "--create", "main"]);
    let shown = init(&clone, &["--dry-run"]);
    assert!(shown.out.starts_with("Default branch: trunk\nFiles by language: go (1)\n"), "{}", shown.out);
    let outside = tempfile::tempdir().unwrap();
    let none = run(outside.path(), ["init", "--yes"]);
    assert_eq!(none.code, 2);
    assert!(none.err.contains("no git repository"), "{}", none.err);
}

#[test]
fn shells_get_completions_of_every_subcommand() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = run(folder.path(), ["completions", shell]);
        assert_eq!(script.code, 0, "{}", script.err);
        for subcommand in ["check", "explain", "completions"] {
            assert!(script.out.contains(subcommand), "{shell} {subcommand}");
        }
    }
    assert_eq!(run(folder.path(), ["completions", "cmd.exe"]).code, 2);
}

#[test]
fn the_manual_is_one_page_or_many() {
    let folder = tempfile::tempdir().unwrap();
    let page = run(folder.path(), ["man"]);
    assert_eq!(page.code, 0, "{}", page.err);
    assert!(page.out.contains(".TH tempergate 1") && page.out.contains("\\-\\-dry\\-run"), "{}", page.out);
    let pages = run(folder.path(), ["man", "--dir", "pages"]);
    assert_eq!((pages.code, pages.out.as_str()), (0, ""));
    for name in ["tempergate.1", "tempergate-check.1", "tempergate-rules-explain.1", "tempergate-init.1"] {
        assert!(fs::read_to_string(folder.path().join("pages").join(name)).unwrap().contains(".TH"), "{name}");
    }
}
