//! Two pull requests with the same last commit and different bases, and so with two verdicts.

use serde_json::json;

use super::{Site, ended};
use crate::github::Pull;

#[test]
fn each_of_two_pull_requests_with_the_same_head_has_its_own_check() {
    let site = Site::weak();
    // From the branch that has the weakness already, the second one brings none in.
    site.repo.git(["branch", "release", "topic"]);
    site.push("other.py", "TOTAL = 1\n");
    site.fake.state().pulls.push(Pull { number: 2, base: "release".into(), ..Pull::default() });
    let mut second = site.pull_request_event("octo/shop");
    second["number"] = json!(2);
    second["pull_request"]["base"]["sha"] = json!(site.repo.git(["rev-parse", "release"]));
    let conclusions = || -> Vec<String> {
        let state = site.fake.state();
        assert!(
            state.checks.iter().all(|check| check.fields["name"] == "Tempergate"),
            "a check can be required by name"
        );
        state.checks.iter().map(|check| check.fields["conclusion"].as_str().unwrap().to_string()).collect()
    };
    ended(&site.ci(&[]), 1);
    ended(&site.event("pull_request", &second, &[]), 0);
    assert_eq!(conclusions(), ["failure", "success"]);
    // GitHub lists the newest of a name unless it is asked for all.
    site.writes();
    ended(&site.ci(&[]), 1);
    ended(&site.event("pull_request", &second, &[]), 0);
    assert_eq!(site.writes(), [""; 0]);
    // A verdict that changes is written where it was.
    let policy = site.file("lax.yml");
    std::fs::write(&policy, "gate: { rules: [{ cwe: [89], action: warn }] }\n").unwrap();
    ended(&site.ci(&["--publish", "check", "--policy", &policy.to_string_lossy()]), 0);
    assert_eq!(conclusions(), ["success", "success"]);
    assert_eq!(site.writes().len(), 1);
}

#[test]
fn a_push_leaves_the_check_of_a_pull_request_alone() {
    let site = Site::weak();
    ended(&site.ci(&["--publish", "check"]), 1);
    let head = site.head();
    // The branch was set to where another one was already, so that nothing is new in it.
    let event = json!({ "before": head, "after": head, "repository": { "default_branch": "main" } });
    ended(&site.event("push", &event, &["--publish", "check"]), 0);
    let state = site.fake.state();
    let said: Vec<_> = state.checks.iter().map(|check| check.fields["conclusion"].as_str().unwrap()).collect();
    assert_eq!(said, ["failure", "success"]);
}
