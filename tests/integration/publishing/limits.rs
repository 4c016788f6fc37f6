//! What goes wrong with the API, and what is too much for it.

use std::time::{Duration, Instant};

use super::{HEAD, Site, ended, route, routes};
use crate::github::Kind;

#[test]
fn a_refused_review_is_written_comment_by_comment() {
    let site = Site::new(&[("app.py", &routes(&["users"]))]);
    site.push("app.py", &routes(&["users", "weak_one", "weak_two"]));
    site.fake.trouble(Kind::Status(422).once("POST /repos/octo/shop/pulls/1/reviews"));
    ended(&site.ci(&["--publish", "review"]), 1);
    let expected = ["POST /pulls/1/reviews", "POST /pulls/1/comments", "POST /pulls/1/comments"];
    assert_eq!(site.writes(), expected);
    assert_eq!(site.threads().len(), 2);
    ended(&site.ci(&["--publish", "review"]), 1);
    assert_eq!(site.writes(), [""; 0]);
}

#[test]
fn a_comment_whose_line_is_refused_goes_to_its_file() {
    let site = Site::weak();
    site.fake.trouble(Kind::Status(422).once("POST /repos/octo/shop/pulls/1/reviews"));
    site.fake.trouble(Kind::Status(422).once("POST /repos/octo/shop/pulls/1/comments"));
    ended(&site.ci(&["--publish", "review"]), 1);
    let lines: Vec<_> = site.fake.state().threads.iter().map(|thread| thread.line).collect();
    assert_eq!(lines, [None]);
}

#[test]
fn what_was_written_although_the_answer_was_lost_is_not_written_twice() {
    for (path, counted) in [("pulls/1/reviews", 0), ("issues/1/comments", 1), ("check-runs", 2)] {
        let site = Site::weak();
        site.fake.trouble(Kind::DoneThen(502).once(&format!("POST /repos/octo/shop/{path}")));
        let run = site.ci(&[]);
        ended(&run, 1);
        let state = site.fake.state();
        let counts = [state.threads.len(), state.issue_comments.len(), state.checks.len()];
        assert_eq!(counts, [1, 1, 1], "{counted} {path}\n{}", run.out);
        assert!(!run.out.contains("could not publish"), "{path}: {}", run.out);
    }
}

#[test]
fn errors_of_a_moment_pass() {
    let site = Site::weak();
    site.fake.trouble(Kind::Status(503).times(2, "GET /repos/octo/shop/pulls/1"));
    site.fake.trouble(Kind::Status(502).once("query ReviewThreads"));
    site.fake.trouble(Kind::SecondaryLimit(403, Some(1)).once("POST /repos/octo/shop/pulls/1/reviews"));
    site.fake.trouble(Kind::SecondaryLimit(429, Some(1)).once("POST /repos/octo/shop/issues"));
    site.fake.trouble(Kind::PrimaryLimit(1).once("POST /repos/octo/shop/check-runs"));
    site.fake.trouble(Kind::Slow(Duration::from_millis(500)).once("query IssueComments"));
    site.fake.trouble(Kind::Cut.once("GET /repos/octo/shop/commits"));
    let run = site.ci(&[]);
    ended(&run, 1);
    let state = site.fake.state();
    assert_eq!((state.threads.len(), state.issue_comments.len(), state.checks.len()), (1, 1, 1), "{}", run.out);
    assert!(!run.out.contains("could not publish"), "{}", run.out);
}

#[test]
fn nobody_waits_an_hour_for_new_requests() {
    let site = Site::weak();
    site.fake.trouble(Kind::PrimaryLimit(3600).times(100, ""));
    let begin = Instant::now();
    let run = site.ci(&[]);
    ended(&run, 1);
    assert!(begin.elapsed() < Duration::from_secs(30), "{:?}", begin.elapsed());
    assert!(run.out.contains("::warning title=Tempergate could not publish::review: too many requests"), "{}", run.out);
}

#[test]
fn answers_that_are_no_answers_change_nothing_of_the_verdict() {
    for kind in [Kind::Status(500), Kind::Text("<html>".into()), Kind::Cut, Kind::Padded(40 << 20), Kind::Status(410)] {
        let site = Site::weak();
        site.fake.trouble(kind.clone().times(100, "GET"));
        let run = site.ci(&["--publish", "review"]);
        ended(&run, 1);
        assert!(run.out.contains("::warning title=Tempergate could not publish::review: "), "{kind:?} {}", run.out);
        assert_eq!(site.threads().len(), 0);
    }
}

#[test]
fn an_upload_that_is_not_taken_is_told() {
    let site = Site::weak();
    site.fake.state().code_scanning = false;
    let run = site.ci(&["--publish", "sarif"]);
    ended(&run, 1);
    assert!(run.out.contains("did not publish::code scanning: ") && run.out.contains("must be enabled"), "{}", run.out);
    let site = Site::weak();
    site.fake.state().pending_polls = 1_000;
    let run = site.ci(&["--publish", "sarif"]);
    ended(&run, 1);
    assert!(run.out.contains("GitHub is still looking at it"), "{}", run.out);
}

/// Files with ten weaknesses each.
fn many_weaknesses(files: usize) -> Vec<(String, String)> {
    let text =
        |file: usize| (0..10).fold(HEAD.to_owned(), |text, number| text + &route(&format!("weak_{file}_{number}")));
    (0..files).map(|file| (format!("pages/page_{file:02}.py"), text(file))).collect()
}

#[test]
fn of_two_hundred_findings_thirty_have_comments_and_all_are_in_the_summary() {
    let site = Site::new(&[("app.py", &routes(&["users"]))]);
    for (path, text) in many_weaknesses(20) {
        site.repo.write(path, text);
    }
    site.repo.commit("change");
    let run = site.ci(&["--publish", "review,comment,check,sarif"]);
    ended(&run, 1);
    assert_eq!(site.threads().len(), 30);
    assert!(run.out.contains("170 findings in the summary only"), "{}", run.out);
    let summary = site.summary();
    assert!(summary.contains("200") && summary.chars().count() <= 65_536, "{}", summary.len());
    let results = site.fake.state().uploads[0].sarif["runs"][0]["results"].as_array().unwrap().len();
    assert_eq!(results, 200);
    site.writes();
    ended(&site.ci(&[]), 1);
    assert_eq!(site.writes(), [""; 0]);
    // Where some are fixed, others take their places.
    site.push("pages/page_00.py", HEAD);
    ended(&site.ci(&["--publish", "review"]), 1);
    let threads = site.threads();
    assert_eq!(threads.iter().filter(|(resolved, _)| !resolved).count(), 30);
}

#[test]
fn four_hundred_files_and_twenty_five_thousand_lines_are_published() {
    let site = Site::new(&[("app.py", &routes(&["users"]))]);
    let filling: String = (0..61).map(|line| format!("VALUE_{line} = {line}\n")).collect();
    for number in 0..400 {
        site.repo.write(format!("data/values_{number:03}.py"), &filling);
    }
    // The last in the list of files.
    site.repo.write("zoo.py", routes(&["weak"]));
    site.repo.commit("change");
    let changed = site.repo.git(["diff", "--shortstat", "main", "topic"]);
    assert!(changed.contains("401 files changed, 244"), "{changed}");
    for number in 0..10 {
        site.repo.write(format!("notes/{number}.md"), "text\n".repeat(60));
    }
    site.repo.commit("change");
    let begin = Instant::now();
    ended(&site.ci(&["--publish", "review,comment,check,sarif"]), 1);
    assert!(begin.elapsed() < Duration::from_secs(120), "{:?}", begin.elapsed());
    let state = site.fake.state();
    assert_eq!((state.threads[0].path.as_str(), state.threads[0].line), ("zoo.py", Some(12)));
    let pages = state.log.iter().filter(|(request, _)| request.path.ends_with("/files")).count();
    assert_eq!(pages, 5, "411 files are five pages");
    let diffs = state.log.iter().filter(|(request, _)| request.headers["accept"].contains("diff")).count();
    assert_eq!(diffs, 0, "the whole difference is never asked for");
}

#[test]
fn lists_are_read_to_their_end_however_short_their_pages_are() {
    let site = Site::new(&[("app.py", &routes(&["users"]))]);
    site.push("app.py", &routes(&["users", "weak_one", "weak_two", "weak_three"]));
    site.push("zoo.py", &routes(&["weak"]));
    site.fake.state().page_limit = 1;
    ended(&site.ci(&[]), 1);
    assert_eq!(site.threads().len(), 4);
    site.writes();
    ended(&site.ci(&[]), 1);
    assert_eq!(site.writes(), [""; 0]);
}
