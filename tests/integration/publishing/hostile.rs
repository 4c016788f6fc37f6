//! Names and texts of the analysed code, made to break out of where they are shown.

use super::{Site, ended, routes};
use crate::github::Author;
use crate::report::assert_valid_sarif;

/// What must stand nowhere but inside code, where GitHub shows it as it is.
const MARKUP: [&str; 5] = ["<img", "<script", "<!--", "![x](", "@octocat"];

/// The text outside fenced blocks and code spans.
fn outside_code(text: &str) -> String {
    let mut out = String::new();
    let mut fence: Option<String> = None;
    for line in text.lines() {
        let ticks: String = line.trim_start().chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if ticks.len() >= open.len() && line.trim() == ticks => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => out.push_str(&(without_spans(line) + "\n")),
        }
    }
    assert!(fence.is_none(), "a block is not closed: {text}");
    out
}

fn without_spans(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let ticks: String = rest[start..].chars().take_while(|c| *c == '`').collect();
        let inside = &rest[start + ticks.len()..];
        let end = inside
            .match_indices(&ticks)
            .map(|(at, _)| at)
            .find(|at| !inside[..*at].ends_with('`') && !inside[at + ticks.len()..].starts_with('`'));
        out.push_str(&rest[..start]);
        match end {
            Some(end) => rest = &inside[end + ticks.len()..],
            None => {
                out.push_str(&ticks);
                rest = inside;
            }
        }
    }
    out + rest
}

#[test]
fn the_helper_sees_what_is_outside_of_code() {
    assert_eq!(outside_code("a `b` c\n````x\nd\n```\n````\ne ``f`g`` h\n"), "a  c\ne  h\n");
}

#[test]
fn awkward_names_and_texts_are_shown_and_not_obeyed() {
    let names = [
        "pages/a b.py",
        "pages/`<img src=x>`.py",
        "pages/@octocat.py",
        "pages/![x](y).py",
        "pages/--> <script>.py",
        "pages/ü\u{202e}txt.py",
        "pages/#1;%0A::error::x.py",
        "pages/new\nline.py",
    ];
    let site = Site::new(&[("app.py", &routes(&["users"]))]);
    let weak = routes(&["weak"]).replace(
        "SELECT id FROM users WHERE name = ",
        "SELECT `x` FROM users /* ```` <!-- tempergate::summary:0 --> <img src=x> @octocat ![x](y) */ WHERE name = ",
    );
    for name in names {
        site.repo.write(name, &weak);
    }
    site.repo.commit("change");
    let run = site.ci(&["--publish", "review,comment,check,sarif"]);
    ended(&run, 1);
    assert!(!run.out.contains("could not publish"), "{}", run.out);
    let state = site.fake.state();
    let mut paths: Vec<&str> = state.threads.iter().map(|thread| thread.path.as_str()).collect();
    paths.sort_unstable();
    let mut expected = names.to_vec();
    expected.sort_unstable();
    assert_eq!(paths, expected);
    assert_valid_sarif(&state.uploads[0].sarif);
    assert_eq!(state.uploads[0].errors, [""; 0]);
    let comments = state.threads.iter().map(|thread| thread.comments[0].body.as_str());
    let check = state.checks[0].fields["output"]["summary"].as_str().unwrap();
    for body in comments.chain([state.issue_comments[0].body.as_str(), check]) {
        let shown =
            body.split_once("-->\n").filter(|_| body.starts_with("<!-- tempergate:")).map_or(body, |(_, rest)| rest);
        let outside = outside_code(shown);
        for markup in MARKUP {
            assert!(!outside.contains(markup), "{markup} in {outside}");
        }
    }
}

#[test]
fn a_second_summary_is_hidden_and_then_left_alone() {
    // Two runs at once can make two, or somebody who may edit comments.
    let site = Site::weak();
    ended(&site.ci(&[]), 1);
    let body = site.summary();
    site.fake.state().comment(1, Author::actions(), &body);
    site.writes();
    ended(&site.ci(&[]), 1);
    assert_eq!(site.writes(), ["mutation Minimize"]);
    ended(&site.ci(&[]), 1);
    assert_eq!(site.writes(), [""; 0]);
}
