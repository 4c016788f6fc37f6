//! How long it takes to tell who wrote a change: `cargo bench --bench authorship`.
//!
//! It makes a repository with `git fast-import`: 50,000 commits on 400 files, with messages as projects have them (short and
//! long ones, squash merges with the trailers of many commits, release notes quoted by robots, marks of most agents). Then it
//! takes the time of what reads them: marks alone, and a whole change of them all with git, blame, marks and lines.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempergate::authorship::{Commit, Level, Marks, Person};
use tempergate::change::{Change, Head, Limits};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const COMMITS: usize = 50_000;
const FILES: usize = 400;
/// The fastest run counts, since others were disturbed.
const ROUNDS: usize = 3;

const PEOPLE: [(&str, &str); 4] = [
    ("Ada Byron", "ada@example.com"),
    ("Claude Monet", "claude@example.org"),
    ("Grace Hopper", "1234567+grace@users.noreply.github.com"),
    ("dependabot[bot]", "49699333+dependabot[bot]@users.noreply.github.com"),
];

const AGENTS: [(&str, &str); 4] = [
    ("Claude", "noreply@anthropic.com"),
    ("copilot-swe-agent[bot]", "198982749+Copilot@users.noreply.github.com"),
    ("Cursor Agent", "cursoragent@cursor.com"),
    ("Ada Byron (aider)", "ada@example.com"),
];

const TRAILERS: [&str; 8] = [
    "Co-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>",
    "Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>",
    "Co-authored-by: Grace Hopper <1234567+grace@users.noreply.github.com>",
    "Signed-off-by: Ada Byron <ada@example.com>",
    "Made-with: Cursor",
    "Assisted-by: Claude:claude-opus-4-5 coccinelle",
    "Reviewed-by: Claude Monet <claude@example.org>",
    "Change-Id: I8473b95934b5732ac55d26311a706c9c2bde9940",
];

const SENTENCES: [&str; 6] = [
    "The parser read one token too many where a list ended with a comma, so that the next statement began in its middle.",
    "Note: this changes the default of `timeout` from 30 to 60 seconds.",
    "- moves the checks into one place",
    "See https://example.com/issues/4711 for the whole story.",
    "* Fix a typo (#123)",
    "Bumps [serde](https://github.com/serde-rs/serde) from 1.0.1 to 1.0.2. Generated with [Claude Code](https://claude.ai/code) as its notes say.",
];

/// A plain generator of numbers, so that every run makes the same history.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

struct Made {
    author: (&'static str, &'static str),
    message: String,
}

fn made(number: usize, numbers: &mut Numbers) -> Made {
    let author = if numbers.below(10) == 0 { numbers.one(&AGENTS) } else { numbers.one(&PEOPLE) };
    let mut message = format!("Change number {number} (#{number})\n");
    let parts = if numbers.below(20) == 0 { 30 } else { numbers.below(3) };
    for _ in 0..parts {
        let _ = write!(message, "\n{}\n{}\n", numbers.one(&SENTENCES), numbers.one(&SENTENCES));
        if numbers.below(3) == 0 {
            let _ = write!(message, "\n{}\n", numbers.one(&TRAILERS));
        }
    }
    Made { author, message }
}

/// The history as `git fast-import` reads it: a base with all files, and a commit a message that adds a line to one of them.
fn history(messages: &[Made]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut texts: Vec<String> = (0..FILES).map(|file| format!("file = {file}\n")).collect();
    let commit = |out: &mut Vec<u8>, branch: &str, (name, email): (&str, &str), message: &str, from: &str| {
        let data = message.len();
        write!(out, "commit refs/heads/{branch}\nauthor {name} <{email}> 1700000000 +0000\n").unwrap();
        write!(out, "committer GitHub <noreply@github.com> 1700000000 +0000\ndata {data}\n{message}\n{from}").unwrap();
    };
    let file = |out: &mut Vec<u8>, number: usize, text: &str| {
        write!(out, "M 100644 inline src/part{}/file{number}.py\ndata {}\n{text}\n", number % 20, text.len()).unwrap();
    };
    commit(&mut out, "main", PEOPLE[0], "Base\n", "");
    for (number, text) in texts.iter().enumerate() {
        file(&mut out, number, text);
    }
    for (number, made) in messages.iter().enumerate() {
        let from = if number == 0 { "from refs/heads/main\n" } else { "" };
        commit(&mut out, "topic", made.author, &made.message, from);
        let text = &mut texts[number % FILES];
        let _ = writeln!(text, "value_{number} = {number}");
        file(&mut out, number % FILES, text);
    }
    out
}

fn import(folder: &Path, history: &[u8]) {
    let git = |arguments: &[&str]| {
        let mut command = Command::new("git");
        command.current_dir(folder).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
        command
    };
    assert!(git(&["init", "--quiet", "--bare", "--initial-branch=main"]).status().unwrap().success());
    let mut import = git(&["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn().unwrap();
    import.stdin.take().unwrap().write_all(history).unwrap();
    assert!(import.wait().unwrap().success());
}

fn fastest<T>(mut work: impl FnMut() -> T) -> (Duration, T) {
    let mut run = || {
        let start = Instant::now();
        let value = work();
        (start.elapsed(), value)
    };
    let mut best = run();
    for _ in 1..ROUNDS {
        let next = run();
        if next.0 < best.0 {
            best = next;
        }
    }
    best
}

fn main() {
    let mut numbers = Numbers(7);
    let messages: Vec<Made> = (0..COMMITS).map(|number| made(number, &mut numbers)).collect();
    let bytes: usize = messages.iter().map(|made| made.message.len()).sum();
    let marks = Marks::built_in();
    let person = |(name, email): (&'static str, &'static str)| Person { name, email };
    let (time, marked) = fastest(|| {
        let commits = messages.iter().map(|made| {
            let (author, committer) = (person(made.author), person(("GitHub", "noreply@github.com")));
            Commit { id: "0", author, committer, message: &made.message }.authorship(marks).level
        });
        commits.filter(|level| *level != Level::Unknown).count()
    });
    println!(
        "marks alone: {COMMITS} commits with {:.1} MB of messages in {time:.2?}; {marked} marked",
        bytes as f64 / 1e6
    );

    let folder = tempfile::tempdir().unwrap();
    import(folder.path(), &history(&messages));
    let between = || Change::between(folder.path(), "main", &Head::Commit("topic".into()), Limits::default()).unwrap();
    let (time, change) = fastest(between);
    println!("the change itself: {} files in {time:.2?}", change.files().len());
    let (time, authors) = fastest(|| change.authors(marks, None));
    let counted = [Level::Agent, Level::Assisted, Level::Unknown].map(|level| authors.commits(level));
    println!("its authors: {COMMITS} commits and {COMMITS} lines in {time:.2?}; by level {counted:?}");
    assert_eq!(counted.iter().sum::<usize>(), COMMITS);
    assert_eq!(authors.incomplete(), None);
    assert_eq!(counted[0] + counted[1], marked);
}
