//! Any bytes as what marks of AI agents are looked for in: a git-ai note, Agent Trace records, a commit, a pull request.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tempergate::authorship::{Commit, Marks, Person, PullRequest, parse_note, parse_traces};

fuzz_target!(|bytes: &[u8]| {
    for record in parse_note(bytes).unwrap_or_default() {
        assert!(record.ranges.iter().all(|(start, end)| 0 < *start && start <= end));
    }
    for trace in parse_traces(bytes) {
        assert!(matches!(trace.revision.len(), 40 | 64));
    }
    let text = String::from_utf8_lossy(bytes);
    let (name, email) = text.split_once('\n').unwrap_or((&text, ""));
    let who = Person { name, email };
    let commit = Commit { id: "0", author: who, committer: who, message: &text };
    let found = commit.authorship(Marks::built_in());
    assert_eq!(found.level.is_ai(), !found.evidence.is_empty());
    let request = PullRequest {
        user: name.to_owned(),
        branch: name.to_owned(),
        labels: text.lines().map(str::to_owned).collect(),
        title: name.to_owned(),
        body: text.into_owned(),
    };
    let found = request.authorship(Marks::built_in());
    assert_eq!(found.level.is_ai(), !found.evidence.is_empty());
});
