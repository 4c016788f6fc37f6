//! Pushes to the default branch: the verdict is that of the change, and Code Scanning gets the whole branch.

use serde_json::{Value, json};

use super::{Site, ended, routes};
use crate::github::Access;
use crate::program::{Run, json as read_json};
use crate::report::assert_valid_sarif;

/// A site whose default branch has an old weakness and is given a new one.
fn pushed() -> (Site, Value) {
    let site = Site::new(&[("app.py", &routes(&["users"])), ("old.py", &routes(&["weak_old"]))]);
    site.repo.git(["checkout", "--quiet", "main"]);
    let head = site.push("app.py", &routes(&["users", "weak"]));
    let event = json!({ "before": site.base, "after": head, "repository": { "default_branch": "main" } });
    (site, event)
}

fn on(site: &Site, name: &str, event: &Value, reference: &str, arguments: &[&str]) -> Run {
    std::fs::write(site.file("event.json"), event.to_string()).unwrap();
    let path = site.file("event.json").to_string_lossy().into_owned();
    let head = site.repo.git(["rev-parse", "HEAD"]);
    let variables =
        [("GITHUB_EVENT_NAME", name), ("GITHUB_EVENT_PATH", &path), ("GITHUB_REF", reference), ("GITHUB_SHA", &head)];
    site.run(&[&["ci"], arguments].concat(), &variables)
}

/// The files of the results of an upload, sorted.
fn files(sarif: &Value) -> Vec<&str> {
    let results = sarif["runs"][0]["results"].as_array().unwrap().iter();
    let place = |result: &'_ Value| result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].clone();
    let mut files: Vec<&str> = results
        .map(|result| match place(result).as_str() {
            Some("app.py") => "app.py",
            Some("old.py") => "old.py",
            other => panic!("{other:?}"),
        })
        .collect();
    files.sort_unstable();
    files
}

fn output(site: &Site, name: &str) -> String {
    let text = std::fs::read_to_string(site.file("output")).unwrap();
    text.lines().rev().find_map(|line| line.strip_prefix(&format!("{name}="))).unwrap().to_string()
}

#[test]
fn a_push_to_the_default_branch_is_judged_as_a_change_and_uploaded_as_a_whole() {
    let (site, event) = pushed();
    let run = on(&site, "push", &event, "refs/heads/main", &["--publish", "auto,sarif"]);
    ended(&run, 1);
    assert_eq!(site.writes(), ["POST /code-scanning/sarifs"]);
    let state = site.fake.state();
    let [upload] = state.uploads.as_slice() else { panic!("{:?}", state.uploads) };
    assert_eq!(
        (upload.commit.as_str(), upload.reference.as_str()),
        (event["after"].as_str().unwrap(), "refs/heads/main")
    );
    assert_valid_sarif(&upload.sarif);
    assert_eq!(files(&upload.sarif), ["app.py", "old.py"]);
    assert_eq!(read_json(std::path::Path::new(&output(&site, "sarif"))), upload.sarif);
    // The verdict, the reports and the summary are about the change.
    assert_eq!([output(&site, "new"), output(&site, "findings")], ["1", "1"]);
    let report = read_json(std::path::Path::new(&output(&site, "report")));
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(files(&read_json(&site.file("temp/tempergate/report.sarif"))), ["app.py"]);
    assert!(!std::fs::read_to_string(site.file("summary.md")).unwrap().contains("old.py"));
    assert!(run.err.contains("the whole repository, for Code Scanning: 2 findings in 2 files"), "{}", run.err);
}

#[test]
fn a_branch_and_its_pull_requests_have_the_same_category() {
    let (site, event) = pushed();
    let arguments = ["--publish", "sarif", "--category", "api"];
    ended(&on(&site, "push", &event, "refs/heads/main", &arguments), 1);
    site.repo.git(["checkout", "--quiet", "-B", "topic"]);
    site.push("app.py", &routes(&["users", "weak_two"]));
    ended(&site.ci(&arguments), 1);
    let state = site.fake.state();
    let ids: Vec<&Value> = state.uploads.iter().map(|u| &u.sarif["runs"][0]["automationDetails"]["id"]).collect();
    assert_eq!(ids, ["tempergate/api/", "tempergate/api/"]);
    let references: Vec<&str> = state.uploads.iter().map(|u| u.reference.as_str()).collect();
    assert_eq!(references, ["refs/heads/main", "refs/pull/1/head"]);
}

#[test]
fn a_timetable_and_a_start_by_hand_upload_the_default_branch_too() {
    let (site, _) = pushed();
    let event = json!({ "repository": { "default_branch": "main" } });
    for name in ["schedule", "workflow_dispatch"] {
        ended(&on(&site, name, &event, "refs/heads/main", &["--publish", "sarif"]), 0);
    }
    assert_eq!(site.fake.state().uploads.iter().map(|u| files(&u.sarif).len()).collect::<Vec<_>>(), [2, 2]);
    site.repo.git(["checkout", "--quiet", "-b", "release"]);
    ended(&on(&site, "workflow_dispatch", &event, "refs/heads/release", &["--publish", "sarif"]), 0);
    ended(&on(&site, "schedule", &json!({}), "refs/heads/main", &["--publish", "sarif", "--base", "main"]), 0);
    assert_eq!(site.fake.state().uploads.len(), 2, "of another branch, or an unknown one, nothing is uploaded");
}

#[test]
fn the_whole_branch_is_analysed_only_where_it_is_uploaded() {
    let (site, event) = pushed();
    let analysed = |site: &Site| site.file("temp/tempergate/repository.sarif").exists();
    ended(&on(&site, "push", &event, "refs/heads/main", &["--publish", "auto"]), 1);
    ended(&on(&site, "push", &event, "refs/heads/main", &["--publish", "sarif", "--shard", "1/1"]), 1);
    assert!(!analysed(&site) && site.fake.take_log().is_empty());
    // The policy of the base does not want it.
    site.repo.git(["checkout", "--quiet", &site.base]);
    let base = site.push(".tempergate.yml", "publish: { sarif: false }\n");
    let head = site.push("app.py", &routes(&["users", "weak"]));
    let event = json!({ "before": base, "after": head, "repository": { "default_branch": "main" } });
    ended(&on(&site, "push", &event, "refs/heads/main", &["--publish", "sarif"]), 1);
    assert!(!analysed(&site) && site.fake.take_log().is_empty());
}

#[test]
fn the_scope_and_the_caps_of_the_policy_hold_for_the_whole_branch() {
    let policy = "scope: { exclude: [\"old.py\"] }\n";
    let site = Site::new(&[("old.py", &routes(&["weak_old"])), (".tempergate.yml", policy)]);
    site.repo.git(["checkout", "--quiet", "main"]);
    let head = site.push("app.py", &routes(&["weak"]));
    let event = json!({ "before": site.base, "after": head, "repository": { "default_branch": "main" } });
    ended(&on(&site, "push", &event, "refs/heads/main", &["--publish", "sarif"]), 1);
    assert_eq!(files(&site.fake.state().uploads[0].sarif), ["app.py"]);
    let base = site.push(".tempergate.yml", "gate: { caps: { findings: 1 } }\n");
    let head = site.push("app.py", &routes(&["weak", "weak_too"]));
    let event = json!({ "before": base, "after": head, "repository": { "default_branch": "main" } });
    let run = on(&site, "push", &event, "refs/heads/main", &["--publish", "sarif"]);
    ended(&run, 1);
    assert_eq!(files(&site.fake.state().uploads[1].sarif).len(), 1);
    assert!(run.err.contains("2 findings more are left out because of the policy's cap"), "{}", run.err);
}

#[test]
fn a_token_that_may_not_upload_changes_nothing_of_the_verdict() {
    let (site, event) = pushed();
    site.fake.state().permit("security-events", Access::Read);
    let run = on(&site, "push", &event, "refs/heads/main", &["--publish", "auto,sarif"]);
    ended(&run, 1);
    assert!(run.out.contains("::notice title=Tempergate did not publish::code scanning"), "{}", run.out);
}

#[test]
fn a_branch_of_four_hundred_files_is_uploaded_as_a_whole() {
    let text = routes(&["users", "orders", "items", "carts", "sales"]);
    let site = Site::new(&[("app.py", &routes(&["users"]))]);
    site.repo.git(["checkout", "--quiet", "main"]);
    for number in 0..400 {
        site.repo.write(format!("pages/page_{number:03}.py"), &text);
    }
    site.repo.write("old.py", routes(&["weak_old"]));
    let base = site.repo.commit("many");
    let head = site.push("app.py", &routes(&["users", "weak"]));
    let event = json!({ "before": base, "after": head, "repository": { "default_branch": "main" } });
    let run = on(&site, "push", &event, "refs/heads/main", &["--publish", "auto,sarif"]);
    ended(&run, 1);
    assert_eq!(files(&site.fake.state().uploads[0].sarif), ["app.py", "old.py"]);
}
