//! The first publication.

use serde_json::json;

use super::{Site, ended, routes};
use crate::github::{Access, Fake};
use crate::report::assert_valid_sarif;

#[test]
fn a_weakness_becomes_a_comment_at_its_line_a_summary_and_a_check() {
    let site = Site::weak();
    let run = site.ci(&[]);
    ended(&run, 1);
    assert_eq!(site.writes(), ["POST /pulls/1/reviews", "POST /issues/1/comments", "POST /check-runs"]);
    let state = site.fake.state();
    let [thread] = state.threads.as_slice() else { panic!("{:?}", state.threads) };
    assert_eq!((thread.path.as_str(), thread.line, thread.start_line), ("app.py", Some(20), None));
    let body = &thread.comments[0].body;
    assert!(body.starts_with("<!-- tempergate:"), "{body}");
    assert!(body.contains("CWE-89") && body.contains("**Verified fix.**"), "{body}");
    let suggestion =
        "```suggestion\n        rows = db.execute('SELECT id FROM users WHERE name = ?', (name,)).fetchall()\n```";
    assert!(body.contains(suggestion), "{body}");
    let check = &state.checks[0].fields;
    assert_eq!((&check["conclusion"], &check["head_sha"]), (&json!("failure"), &json!(site.head())));
    assert!(run.out.contains("published review: 1 new comment"), "{}", run.out);
}

#[test]
fn a_harmless_change_gets_a_check_and_no_comment() {
    let site = Site::new(&[("app.py", &routes(&["users"]))]);
    site.push("app.py", &routes(&["users", "orders"]));
    ended(&site.ci(&[]), 0);
    assert_eq!(site.writes(), ["POST /check-runs"]);
    assert_eq!(site.fake.state().checks[0].fields["conclusion"], "success");
}

#[test]
fn the_policy_has_a_say_in_what_is_published() {
    let policy = "publish: { review: false, check: false, max-comments: 5 }\n";
    let site = Site::new(&[("app.py", &routes(&["users"])), (".tempergate.yml", policy)]);
    site.push("app.py", &routes(&["users", "weak"]));
    ended(&site.ci(&[]), 1);
    assert_eq!(site.writes(), ["POST /issues/1/comments"]);

    let site = Site::new(&[("app.py", &routes(&[])), (".tempergate.yml", "publish: { max-comments: 1 }\n")]);
    site.push("app.py", &routes(&["weak", "weak_too"]));
    ended(&site.ci(&[]), 1);
    assert_eq!(site.fake.state().threads.len(), 1);
}

#[test]
fn results_are_uploaded_and_looked_after() {
    let site = Site::weak();
    let run = site.ci(&["--publish", "sarif"]);
    ended(&run, 1);
    assert!(run.out.contains("uploaded and processed"), "{}", run.out);
    let state = site.fake.state();
    let [upload] = state.uploads.as_slice() else { panic!("{:?}", state.uploads) };
    assert_eq!((upload.commit.as_str(), upload.reference.as_str()), (site.head().as_str(), "refs/pull/1/head"));
    assert_valid_sarif(&upload.sarif);
    assert_eq!(upload.sarif["runs"][0]["results"].as_array().unwrap().len(), 1);
    assert_eq!((upload.errors.len(), upload.polls), (0, 2));
}

#[test]
fn a_push_gets_a_check_where_one_is_asked_for_and_a_queue_nothing() {
    let site = Site::weak();
    let event = json!({ "before": site.base, "after": site.head(), "repository": { "default_branch": "main" } });
    std::fs::write(site.file("event.json"), event.to_string()).unwrap();
    let path = site.file("event.json").to_string_lossy().into_owned();
    let push = [("GITHUB_EVENT_NAME", "push"), ("GITHUB_EVENT_PATH", &path), ("GITHUB_REF", "refs/heads/topic")];
    let run = site.run(&["ci", "--publish", "auto,sarif"], &push);
    ended(&run, 1);
    assert_eq!(site.fake.take_log(), [""; 0], "results of a part would close the alerts of the rest");
    assert!(run.err.contains("only the default branch is analysed as a whole"), "{}", run.err);
    ended(&site.run(&["ci", "--publish", "review,comment,check"], &push), 1);
    assert_eq!(site.writes(), ["POST /check-runs"]);
    let group = json!({ "merge_group": { "base_sha": site.base, "head_sha": site.head() } });
    ended(&site.event("merge_group", &group, &["--publish", "auto,sarif"]), 1);
    assert_eq!(site.fake.take_log(), [""; 0]);
}

#[test]
fn a_finding_outside_the_difference_stands_near_it_or_at_the_file() {
    let padding: String = (0..30).map(|n| format!("LINE_{n} = {n}\n")).collect();
    let text = |source: &str| {
        format!(
            "import os\nimport sys\nfrom flask import request\n\n\ndef ping():\n    host = {source}\n    # Here begins what is long.\n{}    os.system('ping ' + host)\n",
            padding.replace("LINE", "    line")
        )
    };
    let site = Site::new(&[("app.py", &text("'localhost'"))]);
    site.push("app.py", &text("request.args['host']"));
    ended(&site.ci(&[]), 1);
    let state = site.fake.state();
    let [thread] = state.threads.as_slice() else { panic!("{:?}", state.threads) };
    assert_eq!(thread.line, None);
    assert!(thread.comments[0].body.contains("\nAt `app.py:39`.\n"), "{}", thread.comments[0].body);
}

#[test]
fn a_file_whose_difference_is_not_shown_gets_a_comment_as_a_whole() {
    let site = Site::weak();
    site.fake.state().patch_limit = 10;
    ended(&site.ci(&[]), 1);
    let state = site.fake.state();
    assert_eq!(state.threads.iter().map(|thread| thread.line).collect::<Vec<_>>(), [None]);
    assert!(state.reviews.is_empty());
}

#[test]
fn nothing_is_published_where_nothing_is_asked_for() {
    let site = Site::weak();
    ended(&site.ci(&["--publish", "none"]), 1);
    assert_eq!(site.fake.take_log(), [""; 0]);
}

#[test]
fn a_token_that_can_only_read_changes_nothing_of_the_verdict() {
    let site = Site::weak();
    site.fake.state().read_only();
    let run = site.ci(&["--publish", "auto,sarif"]);
    ended(&run, 1);
    assert!(run.out.contains("::notice title=Tempergate did not publish::review"), "{}", run.out);
    assert!(!run.out.contains("::warning"), "{}", run.out);
    let site = Site::weak();
    site.fake.state().read_only();
    let run = site.ci(&["--publish", "review,comment,check,sarif"]);
    ended(&run, 1);
    assert_eq!(run.out.matches("::warning title=Tempergate did not publish::").count(), 4, "{}", run.out);
}

#[test]
fn each_scope_of_the_token_is_used_for_itself() {
    let site = Site::weak();
    site.fake.state().read_only();
    site.fake.state().permit("checks", Access::Write);
    ended(&site.ci(&[]), 1);
    let counts = |fake: &Fake| {
        let state = fake.state();
        (state.threads.len(), state.issue_comments.len(), state.checks.len())
    };
    assert_eq!(counts(&site.fake), (0, 0, 1));
    site.fake.state().permit("pull-requests", Access::Write);
    ended(&site.ci(&[]), 1);
    assert_eq!(counts(&site.fake), (1, 1, 1));
}

#[test]
fn a_wrong_token_and_a_private_repository_are_told() {
    let site = Site::weak();
    site.fake.state().token = "another".into();
    let run = site.ci(&["--publish", "review"]);
    ended(&run, 1);
    assert!(run.out.contains("GitHub does not know the token (401)"), "{}", run.out);
    let site = Site::weak();
    site.fake.state().private = true;
    site.fake.state().permissions.clear();
    let run = site.ci(&["--publish", "review"]);
    ended(&run, 1);
    assert!(run.out.contains("::warning title=Tempergate could not publish::pull request: not found"), "{}", run.out);
}
