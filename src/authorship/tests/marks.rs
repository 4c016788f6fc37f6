use proptest::prelude::*;
use serde::Deserialize;

use super::*;
use crate::authorship::commit::trailers;
use crate::authorship::declared::branch_glob;
use crate::authorship::marks::mutants;

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Examples {
    commits: Vec<CommitExample>,
    pull_requests: Vec<PullRequestExample>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CommitExample {
    author: Option<String>,
    committer: Option<String>,
    message: Option<String>,
    #[serde(default)]
    trailers: Vec<String>,
    expect: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PullRequestExample {
    #[serde(default)]
    user: String,
    #[serde(default)]
    branch: String,
    #[serde(default)]
    labels: Vec<String>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
    expect: String,
}

fn examples() -> Examples {
    serde_saphyr::from_str(include_str!("examples.yml")).unwrap()
}

const ADA: &str = "Ada Byron <ada@example.com>";

fn person(text: &str) -> Person<'_> {
    let (name, email) = text.strip_suffix('>').and_then(|text| text.rsplit_once(" <")).expect(text);
    Person { name, email }
}

impl CommitExample {
    fn message(&self) -> String {
        match &self.message {
            Some(message) => message.clone(),
            None => format!("Subject\n\nBody.\n\n{}\n", self.trailers.join("\n")),
        }
    }

    fn found(&self, marks: &Marks) -> Authorship {
        let (author, committer) = (self.author.as_deref().unwrap_or(ADA), self.committer.as_deref().unwrap_or(ADA));
        let message = self.message();
        let commit = Commit { id: "0123", author: person(author), committer: person(committer), message: &message };
        commit.authorship(marks)
    }
}

impl PullRequestExample {
    fn found(&self, marks: &Marks) -> Authorship {
        let PullRequestExample { user, branch, labels, title, body, .. } = self;
        let (user, branch, title, body) = (user.clone(), branch.clone(), title.clone(), body.clone());
        PullRequest { user, branch, labels: labels.clone(), title, body }.authorship(marks)
    }
}

/// What is found in all examples.
fn all_found(examples: &Examples, marks: &Marks) -> Vec<String> {
    let commits = examples.commits.iter().map(|example| example.found(marks).in_words());
    commits.chain(examples.pull_requests.iter().map(|example| example.found(marks).in_words())).collect()
}

#[test]
fn every_example_is_what_it_says() {
    let examples = examples();
    let marks = Marks::built_in();
    for example in &examples.commits {
        let found = example.found(marks);
        assert_eq!(found.in_words(), example.expect, "{:?} {:?}", example.author, example.message());
        assert_eq!(found.level.is_ai(), !found.evidence.is_empty(), "{found:?}");
    }
    for example in &examples.pull_requests {
        let found = example.found(marks);
        let what = (&example.user, &example.branch, &example.labels, &example.title, &example.body);
        assert_eq!(found.in_words(), example.expect, "{what:?}");
    }
    let refused = |expect: &String| expect == "unknown";
    let expects: Vec<&String> =
        (examples.commits.iter().map(|e| &e.expect)).chain(examples.pull_requests.iter().map(|e| &e.expect)).collect();
    assert!(expects.iter().filter(|e| refused(e)).count() >= 80, "look-alikes are missing");
}

/// Each mark by itself: without it, some example is not what it says.
#[test]
fn every_mark_is_needed_by_an_example() {
    let examples = examples();
    let expected = all_found(&examples, Marks::built_in());
    let mutants = mutants();
    assert!(mutants.len() >= 100, "{}", mutants.len());
    for (what, marks) in mutants {
        assert_ne!(all_found(&examples, &marks), expected, "no example needs {what}");
    }
}

#[test]
fn evidence_says_what_was_found_where() {
    let message = "Fix\n\nCo-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>\n";
    let commit = Commit { id: "0123456789abcdef", author: person(ADA), committer: person(ADA), message };
    let found = commit.authorship(Marks::built_in());
    assert_eq!(
        found.first_evidence(),
        "commit 0123456789ab: trailer Co-Authored-By: Claude Opus 4.5 <noreply@anthropic.com>"
    );
    let request = PullRequest { branch: "claude/x".into(), ..PullRequest::default() };
    assert_eq!(request.authorship(Marks::built_in()).first_evidence(), "pull request: branch claude/x");
}

fn declared(sign: Sign) -> Marks {
    let mark = DeclaredMark { agent: "Acme".into(), sign, origin: "p.yml:3".into() };
    Marks::with(&Declared { marks: vec![mark], ..Declared::default() })
}

fn commit_by(author: &str, trailer: &str, marks: &Marks) -> Authorship {
    let example = CommitExample {
        author: Some(author.into()),
        committer: None,
        message: None,
        trailers: vec![trailer.into()],
        expect: String::new(),
    };
    example.found(marks)
}

#[test]
fn declared_marks_count_beside_the_known_ones() {
    let marks = declared(Sign::Author("Robot@acme.example".into()));
    let found = commit_by("Robo <robot@acme.example>", "", &marks);
    assert_eq!(found.in_words(), "agent Acme");
    assert!(found.first_evidence().ends_with(", declared at p.yml:3"), "{}", found.first_evidence());
    assert_eq!(commit_by(ADA, "Co-authored-by: R <robot@acme.example>", &marks).in_words(), "assisted Acme");
    assert_eq!(commit_by(ADA, "Made-with: Cursor", &marks).in_words(), "assisted Cursor");
    assert_eq!(commit_by("acme[bot] <x@y>", "", &declared(Sign::Author("acme[bot]".into()))).in_words(), "agent Acme");
    let committer = declared(Sign::Committer("robot@acme.example".into()));
    assert_eq!(commit_by("R <robot@acme.example>", "", &committer).level, Level::Unknown);
    let trailer =
        |value: Option<&str>| declared(Sign::Trailer { name: "Acme-Run".into(), value: value.map(Into::into) });
    assert_eq!(commit_by(ADA, "acme-run: 7", &trailer(None)).in_words(), "assisted Acme");
    assert_eq!(commit_by(ADA, "Acme-Run: 7", &trailer(Some("8"))).level, Level::Unknown);
    let request = PullRequest { branch: "acme/a/b".into(), user: "acme-1".into(), ..PullRequest::default() };
    assert_eq!(request.authorship(&declared(Sign::Branch("acme/**".into()))).in_words(), "assisted Acme");
    assert_eq!(request.authorship(&declared(Sign::Branch("acme/*".into()))).level, Level::Unknown);
    assert_eq!(request.authorship(&declared(Sign::User("Acme-1".into()))).in_words(), "assisted Acme");
}

#[test]
fn whole_pull_requests_can_be_declared() {
    let list = |value: &str| vec![(value.to_string(), "p.yml:9".to_string())];
    let request =
        PullRequest { user: "ada".into(), branch: "bot/1".into(), labels: vec!["AI".into()], ..PullRequest::default() };
    for declared in [
        Declared { users: list("ada"), ..Declared::default() },
        Declared { branches: list("bot/*"), ..Declared::default() },
        Declared { labels: list("ai"), ..Declared::default() },
    ] {
        let found = request.authorship(&Marks::with(&declared));
        assert_eq!(found.in_words(), "agent");
        assert!(found.first_evidence().contains("declared at p.yml:9"), "{found:?}");
        assert_eq!(PullRequest::default().authorship(&Marks::with(&declared)).level, Level::Unknown);
    }
}

#[test]
fn much_of_everything_stays_little() {
    let line = "Co-authored-by: Claude <noreply@anthropic.com>\n";
    let message = format!("x\n\n{}{}", line.repeat(100_000), "Made-with: ".to_string() + &"x".repeat(1 << 20));
    let commit = Commit { id: "0", author: person(ADA), committer: person(ADA), message: &message };
    let found = commit.authorship(Marks::built_in());
    assert_eq!((found.in_words().as_str(), found.evidence.len()), ("assisted Claude Code", 1));
    let many: String = (0..1000).map(|n| format!("Assisted-by: A{n}:m{n}\n")).collect();
    let message = format!("x\n\n{many}");
    let found = Commit { message: &message, ..commit }.authorship(Marks::built_in());
    assert_eq!(found.evidence.len(), MAX_EVIDENCE);
    let long = format!("x\n\nAssisted-by: {}:{}\n", "a".repeat(40), "m".repeat(900));
    let found = Commit { message: &long, ..commit }.authorship(Marks::built_in());
    assert!(found.model.unwrap().chars().count() <= MAX_NAME + 1);
    // Fences without an end are looked for once, not again for each line.
    let fences = format!("x\n{}", "```\n~~~\n".repeat(50_000));
    assert_eq!(trailers(&fences).count(), 0);
}

proptest! {
    #[test]
    fn any_texts_are_read(name in ".{0,40}", email in ".{0,60}", message in "(?s).{0,400}", branch in ".{0,40}") {
        let who = Person { name: &name, email: &email };
        let commit = Commit { id: "0", author: who, committer: who, message: &message };
        let found = commit.authorship(Marks::built_in());
        prop_assert!(found.evidence.len() <= MAX_EVIDENCE);
        let request = PullRequest {
            user: name.clone(),
            branch,
            labels: vec![email.clone()],
            title: name.clone(),
            body: message.clone(),
        };
        let _ = request.authorship(Marks::built_in());
        let _ = branch_glob(&name);
    }

    #[test]
    fn text_around_an_identity_makes_it_another(before in "[a-z0-9.+-]{0,5}", behind in "[a-z0-9.-]{0,5}") {
        let author = format!("x <{before}noreply@anthropic.com{behind}>");
        let found = commit_by(&author, "", Marks::built_in());
        prop_assert_eq!(found.level == Level::Agent, before.is_empty() && behind.is_empty());
    }
}
