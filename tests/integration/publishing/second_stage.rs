//! Forks: a first stage that can only read, and a second one that trusts nothing of it.

use std::fs;

use serde_json::{Value, json};

use super::{Site, ended};
use crate::github::{Access, Kind, Pull};
use crate::program::{Run, json as read_json};

/// A pull request from a fork whose first stage has run and left its report.
fn first_stage() -> (Site, String) {
    let site = Site::weak();
    site.fake.state().pulls[0] = Pull { fork: Some("mallory".into()), ..Pull::default() };
    site.fake.state().read_only();
    let reports = site.file("reports").to_string_lossy().into_owned();
    let run = site.event("pull_request", &site.pull_request_event("mallory/shop"), &["--reports", &reports]);
    ended(&run, 1);
    assert_eq!(site.fake.take_log(), [""; 0], "the first stage asks for nothing");
    for scope in ["pull-requests", "checks", "security-events"] {
        site.fake.state().permit(scope, Access::Write);
    }
    (site, reports)
}

fn finished(head: &str) -> Value {
    let source = json!({ "full_name": "mallory/shop", "owner": { "login": "mallory" } });
    json!({ "workflow_run": { "event": "pull_request", "head_sha": head, "head_branch": "topic", "head_repository": source } })
}

fn second_stage(site: &Site, reports: &str) -> Run {
    site.event("workflow_run", &finished(&site.head()), &["--from", reports, "--publish", "review,comment,check,sarif"])
}

#[test]
fn the_second_stage_publishes_what_the_first_found() {
    let (site, reports) = first_stage();
    ended(&second_stage(&site, &reports), 0);
    let expected =
        ["POST /pulls/1/reviews", "POST /issues/1/comments", "POST /check-runs", "POST /code-scanning/sarifs"];
    assert_eq!(site.writes(), expected);
    let body = site.threads()[0].1.clone();
    assert!(body.contains("CWE-89") && body.contains("```diff"), "{body}");
    assert!(!body.contains("```suggestion"), "what somebody else may have made up is not one click away: {body}");
    ended(&second_stage(&site, &reports), 0);
    assert_eq!(site.writes(), ["POST /code-scanning/sarifs"]);
}

#[test]
fn what_the_token_does_not_permit_is_left_out_of_the_second_stage_too() {
    let (site, reports) = first_stage();
    site.fake.state().permit("security-events", Access::Read);
    let run = second_stage(&site, &reports);
    ended(&run, 0);
    assert_eq!(site.writes().iter().filter(|write| !write.contains("sarifs")).count(), 3);
    assert!(run.out.contains("::warning title=Tempergate did not publish::code scanning"), "{}", run.out);
    // What is there already counts as published; what fails does not count as left out.
    site.fake.state().permit("pull-requests", Access::Read);
    ended(&second_stage(&site, &reports), 0);
    site.fake.trouble(Kind::Status(500).times(100, "check-runs"));
    ended(&second_stage(&site, &reports), 2);
}

#[test]
fn a_second_stage_that_may_publish_nothing_does_not_look_like_success() {
    let (site, reports) = first_stage();
    site.fake.state().read_only();
    let run = second_stage(&site, &reports);
    ended(&run, 2);
    assert!(run.err.contains("the token permits nothing of what was asked for"), "{}", run.err);
    assert_eq!(run.out.matches("::warning title=Tempergate did not publish::").count(), 4, "{}", run.out);
    let report = format!("{reports}/report.json");
    ended(&site.run(&["publish", "--report", &report, "--pull-request", "1"], &[]), 2);
}

#[test]
fn a_report_about_another_commit_is_not_published() {
    let (site, reports) = first_stage();
    site.push("other.py", "TOTAL = 1\n");
    let run = second_stage(&site, &reports);
    ended(&run, 2);
    assert!(run.err.contains("the report is about the commit"), "{}", run.err);
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_pull_request_that_has_moved_on_or_is_closed_is_left_alone() {
    let (site, reports) = first_stage();
    let event = finished(&site.head());
    site.fake.state().pulls[0].open = false;
    ended(&site.event("workflow_run", &event, &["--from", &reports]), 0);
    site.fake.state().pulls[0].open = true;
    site.push("other.py", "TOTAL = 1\n");
    ended(&site.event("workflow_run", &event, &["--from", &reports]), 0);
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_report_that_is_none_is_refused() {
    let (site, reports) = first_stage();
    let file = std::path::Path::new(&reports).join("report.json");
    let sound = read_json(&file);
    let mut outside = sound.clone();
    outside["findings"][0]["path"] = json!("../../etc/passwd");
    let mut nameless = sound.clone();
    nameless["findings"][0]["fingerprint"] = json!("-->");
    for text in [String::new(), "[]".into(), "[".repeat(100_000), outside.to_string(), nameless.to_string()] {
        fs::write(&file, &text).unwrap();
        ended(&second_stage(&site, &reports), 2);
    }
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_report_of_any_length_fits_what_github_takes() {
    let (site, reports) = first_stage();
    let file = std::path::Path::new(&reports).join("report.json");
    let mut report = read_json(&file);
    let finding = &mut report["findings"][0];
    let mut step = finding["flow"][0].clone();
    step["message"] = json!("`<".repeat(500));
    finding["flow"] = json!(vec![step; 3_000]);
    finding["message"] = json!("@octocat ".repeat(20_000));
    finding["fix"]["description"] = json!("ü".repeat(100_000));
    finding["fix"]["diff"] =
        json!(format!("--- a/app.py\n+++ b/app.py\n@@ -1,1 +1,1 @@\n-x\n+{}\n", "y".repeat(200_000)));
    finding["fix"]["verification"]["reason"] = json!("z|\n".repeat(50_000));
    finding["fix"]["strategy"] = json!("s".repeat(100_000));
    fs::write(&file, report.to_string()).unwrap();
    let run = second_stage(&site, &reports);
    ended(&run, 0);
    let state = site.fake.state();
    assert_eq!((state.threads.len(), state.issue_comments.len(), state.checks.len()), (1, 1, 1), "{}", run.out);
    assert_eq!(state.reviews.len(), 1, "nothing was refused");
}

#[test]
fn publish_takes_a_report_of_check() {
    let (site, reports) = first_stage();
    let report = format!("{reports}/report.json");
    let run = site.run(&["publish", "--report", &report, "--pull-request", "1"], &[]);
    ended(&run, 0);
    assert_eq!(site.writes(), ["POST /pulls/1/reviews", "POST /issues/1/comments", "POST /check-runs"]);
    ended(&site.run(&["publish", "--report", &report, "--pull-request", "9"], &[]), 2);
    site.fake.state().read_only();
    site.push("other.py", "TOTAL = 1\n");
    ended(&site.run(&["publish", "--report", &report, "--pull-request", "1"], &[]), 2);
}
