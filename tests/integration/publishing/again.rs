//! Publishing again: what is there already stays, and what has changed is changed.

use serde_json::json;

use super::{Site, ended, routes};
use crate::github::{Access, Author};

#[test]
fn publishing_again_writes_nothing() {
    let site = Site::weak();
    ended(&site.ci(&["--publish", "review,comment,check"]), 1);
    assert_eq!(site.writes().len(), 3);
    let run = site.ci(&["--publish", "review,comment,check"]);
    ended(&run, 1);
    assert_eq!(site.writes(), [""; 0]);
    assert_eq!(run.out.matches("says so already").count(), 3, "{}", run.out);
}

#[test]
fn another_push_with_the_same_weakness_doubles_nothing() {
    let site = Site::weak();
    ended(&site.ci(&[]), 1);
    site.push("other.py", "TOTAL = 1\n");
    ended(&site.ci(&[]), 1);
    let (threads, summary) = (site.threads(), site.summary());
    assert_eq!((threads.len(), threads[0].0), (1, false));
    site.push("app.py", &format!("# One line more.\n{}", routes(&["users", "weak"])));
    ended(&site.ci(&[]), 1);
    assert_eq!(site.threads().len(), 1);
    assert_eq!(site.fake.state().checks.len(), 3, "one check for each commit");
    assert_ne!(site.summary(), summary, "the summary names the line");
}

#[test]
fn the_thread_of_a_fixed_weakness_is_resolved_and_comes_back_with_it() {
    let site = Site::weak();
    ended(&site.ci(&[]), 1);
    site.push("app.py", &routes(&["users", "orders"]));
    site.writes();
    ended(&site.ci(&[]), 0);
    let expected =
        ["mutation ResolveThread", "PATCH /pulls/comments/1003", "PATCH /issues/comments/1004", "POST /check-runs"];
    assert_eq!(site.writes(), expected);
    let [(resolved, body)] = <[_; 1]>::try_from(site.threads()).unwrap();
    assert!(resolved && body.contains("✅ Tempergate does not find this any more"), "{body}");
    assert_eq!(site.fake.state().checks[1].fields["conclusion"], "success");
    ended(&site.ci(&[]), 0);
    assert_eq!(site.writes(), [""; 0]);

    site.push("app.py", &routes(&["users", "weak"]));
    ended(&site.ci(&[]), 1);
    let [(resolved, body)] = <[_; 1]>::try_from(site.threads()).unwrap();
    assert!(!resolved && body.contains("```suggestion"), "{body}");
}

#[test]
fn without_the_permission_to_resolve_the_comment_is_hidden() {
    let site = Site::weak();
    site.fake.state().permit("contents", Access::Read);
    ended(&site.ci(&[]), 1);
    site.push("app.py", &routes(&["users", "orders"]));
    let run = site.ci(&[]);
    ended(&run, 0);
    assert!(run.out.contains("`contents: write`"), "{}", run.out);
    let minimized = site.fake.state().threads[0].comments[0].minimized.clone();
    assert_eq!((site.threads()[0].0, minimized.as_deref()), (false, Some("resolved")));
    site.writes();
    ended(&site.ci(&[]), 0);
    assert_eq!(site.writes(), [""; 0]);
    site.push("app.py", &routes(&["users", "weak"]));
    ended(&site.ci(&[]), 1);
    assert_eq!(site.fake.state().threads[0].comments[0].minimized, None);
    assert!(site.threads()[0].1.contains("```suggestion"));
}

#[test]
fn a_thread_that_people_answered_in_is_left_to_them() {
    let site = Site::weak();
    ended(&site.ci(&[]), 1);
    let before = site.threads();
    let id = site.fake.state().threads[0].id;
    site.fake.state().reply(id, Author::person("ada"), "This is a test server.");
    site.push("app.py", &routes(&["users", "orders"]));
    ended(&site.ci(&[]), 0);
    assert_eq!(site.threads(), before);
}

#[test]
fn a_thread_that_somebody_resolved_stays_resolved() {
    let site = Site::weak();
    ended(&site.ci(&[]), 1);
    site.fake.state().threads[0].resolved = true;
    site.push("other.py", "TOTAL = 1\n");
    ended(&site.ci(&[]), 1);
    let threads = site.threads();
    assert_eq!((threads.len(), threads[0].0), (1, true));
}

#[test]
fn comments_of_others_with_the_hidden_mark_are_not_taken_for_ours() {
    let site = Site::weak();
    ended(&site.ci(&[]), 1);
    let (ours, summary) = (site.threads()[0].1.clone(), site.summary());
    // The same pull request anew, where somebody was quicker and wrote what the gate would write.
    let site = Site::weak();
    let eve = Author::person("eve");
    site.fake.state().thread(1, eve.clone(), "app.py", 20, &ours);
    site.fake.state().comment(1, eve.clone(), &summary);
    let gone = ours
        .replace("-->", "x")
        .split_once('\n')
        .map(|(mark, _)| format!("{}:gone -->", mark.rsplit_once(':').unwrap().0));
    site.fake.state().thread(1, eve, "app.py", 20, &gone.unwrap());
    ended(&site.ci(&[]), 1);
    let written = site.writes();
    assert_eq!(written, ["POST /pulls/1/reviews", "POST /issues/1/comments", "POST /check-runs"]);
    let state = site.fake.state();
    assert_eq!((state.threads.len(), state.issue_comments.len()), (3, 2));
    assert!(state.threads[2].comments[0].author == Author::actions() && !state.threads[0].resolved);
    drop(state);
    ended(&site.ci(&[]), 1);
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_new_head_meanwhile_leaves_the_pull_request_to_a_later_run() {
    let site = Site::weak();
    let event = site.pull_request_event("octo/shop");
    site.push("app.py", &routes(&["users", "orders"]));
    let run = site.event("pull_request", &event, &[]);
    ended(&run, 1);
    // The check is of the commit that was judged.
    assert_eq!(site.writes(), ["POST /check-runs"]);
    assert!(run.out.contains("since the pull request has newer commits"), "{}", run.out);
}

#[test]
fn gates_of_two_categories_keep_to_themselves() {
    let site = Site::weak();
    ended(&site.ci(&["--category", "api"]), 1);
    ended(&site.ci(&["--category", "web"]), 1);
    let state = site.fake.state();
    assert_eq!((state.threads.len(), state.issue_comments.len(), state.checks.len()), (2, 2, 2));
    let names: Vec<&serde_json::Value> = state.checks.iter().map(|check| &check.fields["name"]).collect();
    assert_eq!(names, [&json!("Tempergate (api)"), &json!("Tempergate (web)")]);
    drop(state);
    site.writes();
    ended(&site.ci(&["--category", "api"]), 1);
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_file_that_cannot_be_judged_any_more_keeps_its_threads() {
    let site = Site::weak();
    ended(&site.ci(&[]), 1);
    let before = site.threads();
    site.push("app.py", "\0binary\0");
    ended(&site.ci(&[]), 1);
    assert_eq!(site.threads(), before);
}

#[test]
fn of_two_threads_about_one_finding_one_stays() {
    let site = Site::weak();
    ended(&site.ci(&["--publish", "review"]), 1);
    // Two jobs that ran at the same time.
    let body = site.threads()[0].1.clone();
    site.fake.state().thread(1, Author::actions(), "app.py", 20, &body);
    ended(&site.ci(&["--publish", "review"]), 1);
    let resolved: Vec<bool> = site.threads().iter().map(|(resolved, _)| *resolved).collect();
    assert_eq!(resolved, [false, true]);
    site.writes();
    ended(&site.ci(&["--publish", "review"]), 1);
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_comment_whose_lines_only_move_is_not_written_anew() {
    let site = Site::weak();
    ended(&site.ci(&[]), 1);
    let before = site.threads();
    site.push("app.py", &format!("# One line more.\n{}", routes(&["users", "weak"])));
    site.writes();
    ended(&site.ci(&[]), 1);
    assert_eq!(site.writes(), ["PATCH /issues/comments/1004", "POST /check-runs"]);
    assert_eq!(site.threads(), before);
    assert!(before[0].1.contains("lines as of"), "{}", before[0].1);
}

#[test]
fn a_thread_that_is_outdated_stays_that_of_its_finding() {
    let site = Site::weak();
    ended(&site.ci(&["--publish", "review"]), 1);
    let weak = routes(&["users", "weak"]);
    let changed = weak.replace("+ name).fetchall()", "+ name).fetchall()  # All of them.");
    assert_ne!(weak, changed);
    site.push("app.py", &changed);
    site.writes();
    ended(&site.ci(&["--publish", "review"]), 1);
    // GitHub no longer knows a place for it, so nothing can be committed from there.
    assert_eq!(site.writes(), ["PATCH /pulls/comments/1003"]);
    let [(resolved, body)] = <[_; 1]>::try_from(site.threads()).unwrap();
    assert!(!resolved && body.contains("At `app.py:20`") && !body.contains("```suggestion"), "{body}");
    ended(&site.ci(&["--publish", "review"]), 1);
    assert_eq!(site.writes(), [""; 0]);
    // The line is again what it was.
    site.push("app.py", &weak);
    ended(&site.ci(&["--publish", "review"]), 1);
    assert_eq!(site.writes(), ["PATCH /pulls/comments/1003"]);
    assert!(site.threads()[0].1.contains("```suggestion"));
    // It is changed and mended at once.
    site.push("app.py", &changed);
    ended(&site.ci(&["--publish", "review"]), 1);
    site.push("app.py", &routes(&["users", "orders"]));
    ended(&site.ci(&["--publish", "review"]), 0);
    let [(resolved, body)] = <[_; 1]>::try_from(site.threads()).unwrap();
    assert!(resolved && body.contains("does not find this any more"), "{body}");
}

#[test]
fn a_renamed_file_keeps_its_threads() {
    let site = Site::new(&[("app.py", &routes(&["users"]))]);
    site.push("app.py", &routes(&["users", "weak"]));
    ended(&site.ci(&["--publish", "review"]), 1);
    site.repo.git(["mv", "app.py", "pages.py"]);
    site.repo.commit("rename");
    ended(&site.ci(&["--publish", "review"]), 1);
    let state = site.fake.state();
    let open: Vec<&str> =
        state.threads.iter().filter(|thread| !thread.resolved).map(|thread| thread.path.as_str()).collect();
    assert_eq!(open.len(), 1, "{:?}", state.threads);
}
