//! The REST operations.

use std::fmt::Write;

use base64::Engine;
use serde_json::{Value, json};

use super::{Client, packed, review, sarif, started};
use crate::git::Repo;
use crate::github::{Author, Fake, Pull, TOKEN};

#[test]
fn a_pull_request_shows_its_ends_and_its_size() {
    let (repo, _fake, client, head) = started();
    let reply = client.get("pulls/1");
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body["head"]["sha"], *head);
    assert_eq!(reply.body["base"]["sha"], *repo.git(["rev-parse", "main"]));
    let size = ["changed_files", "additions", "deletions", "commits"].map(|name| reply.body[name].as_u64().unwrap());
    assert_eq!(size, [2, 4, 2, 1]);
    assert_eq!(client.get("pulls/2").status, 404);
    repo.write("new.py", "one\n");
    let moved = repo.commit("again");
    assert_eq!(client.get("pulls/1").body["head"]["sha"], *moved);
}

#[test]
fn pull_requests_are_found_by_their_head() {
    let (_repo, fake, client, _) = started();
    let fork = Pull { number: 2, fork: Some("mallory".into()), ..Pull::default() };
    fake.state().pulls.push(fork);
    let numbers = |query: &str| -> Vec<u64> {
        let reply = client.get(&format!("pulls?{query}"));
        reply.body.as_array().unwrap().iter().map(|pull| pull["number"].as_u64().unwrap()).collect()
    };
    assert_eq!(numbers("state=open&head=octo:topic"), [1]);
    assert_eq!(numbers("state=open&head=mallory:topic"), [2]);
    assert_eq!(numbers("head=octo:other"), [0_u64; 0]);
    fake.state().pulls[0].open = false;
    assert_eq!((numbers("state=open"), numbers("state=closed")), (vec![2], vec![1]));
}

#[test]
fn files_come_in_pages_and_large_ones_without_their_difference() {
    let (_repo, fake, client, _) = started();
    let first = client.get("pulls/1/files?per_page=1");
    assert_eq!(first.body[0]["filename"], "app.py");
    let hunks = first.body[0]["patch"].as_str().unwrap().lines().filter(|line| line.starts_with("@@")).count();
    assert_eq!(hunks, 2);
    let link = first.headers["link"].to_str().unwrap();
    assert!(link.contains("page=2&per_page=1>; rel=\"next\"") && link.contains("rel=\"last\""), "{link}");
    let second = client.get("pulls/1/files?per_page=1&page=2");
    assert_eq!(second.body[0]["filename"], "new.py");
    assert!(second.headers["link"].to_str().unwrap().contains("rel=\"prev\""));
    assert!(client.get("pulls/1/files").headers.get("link").is_none());
    fake.state().page_limit = 1;
    assert_eq!(client.get("pulls/1/files?per_page=100").body.as_array().unwrap().len(), 1);
    fake.state().patch_limit = 40;
    assert!(client.get("pulls/1/files?per_page=1").body[0].get("patch").is_none());
}

#[test]
fn the_whole_difference_is_refused() {
    let (_repo, fake, client, _) = started();
    let request = client.http.get(format!("{}/repos/octo/shop/pulls/1", fake.url())).bearer_auth(TOKEN);
    let request = request.header("accept", "application/vnd.github.diff");
    assert_eq!(client.runtime.block_on(request.send()).unwrap().status(), 406);
}

#[test]
fn a_review_begins_a_thread_for_each_comment() {
    let (_repo, fake, client, head) = started();
    let comments = json!([
        { "path": "app.py", "line": 10, "side": "RIGHT", "body": "one line" },
        { "path": "app.py", "start_line": 28, "start_side": "RIGHT", "line": 33, "side": "RIGHT", "body": "six lines" },
        { "path": "app.py", "line": 30, "side": "LEFT", "body": "what was there" },
    ]);
    let reply = client.post("pulls/1/reviews", review(&head, comments));
    assert_eq!((reply.status, &reply.body["user"]["login"]), (200, &json!("github-actions[bot]")));
    let state = fake.state();
    let lines: Vec<_> = state.threads.iter().map(|thread| (thread.start_line, thread.line, thread.left)).collect();
    assert_eq!(lines, [(None, Some(10), false), (Some(28), Some(33), false), (None, Some(30), true)]);
    assert_eq!(state.reviews[0].commit, head);
}

#[test]
fn one_comment_that_does_not_fit_refuses_the_whole_review() {
    let (repo, fake, client, head) = started();
    let good = json!({ "path": "app.py", "line": 10, "side": "RIGHT", "body": "fits" });
    let bad = [
        (json!({ "path": "app.py", "line": 6, "body": "b" }), "Line could not be resolved"),
        (json!({ "path": "app.py", "line": 20, "body": "b" }), "Line could not be resolved"),
        (json!({ "path": "app.py", "line": 0, "body": "b" }), "Line could not be resolved"),
        (json!({ "path": "new.py", "line": 1, "side": "LEFT", "body": "b" }), "Line could not be resolved"),
        (json!({ "path": "gone.py", "line": 1, "body": "b" }), "Path could not be resolved"),
        (
            json!({ "path": "app.py", "start_line": 10, "line": 10, "body": "b" }),
            "Start line must precede the end line",
        ),
        (json!({ "path": "app.py", "start_line": 10, "line": 30, "body": "b" }), "same hunk"),
        (json!({ "path": "app.py", "line": 10, "body": "b".repeat(65_537) }), "Body is too long"),
        (json!({ "path": "app.py", "line": 10, "body": " " }), "Body can't be blank"),
    ];
    for (comment, reason) in bad {
        let reply = client.post("pulls/1/reviews", review(&head, json!([good, comment])));
        assert_eq!(reply.status, 422, "{}", reply.body);
        assert!(reply.body["errors"][0].as_str().unwrap().contains(reason), "{}", reply.body);
    }
    let base = repo.git(["rev-parse", "main"]);
    assert_eq!(client.post("pulls/1/reviews", review(&base, json!([good]))).status, 422);
    assert!(fake.state().threads.is_empty() && fake.state().reviews.is_empty());
    fake.state().patch_limit = 40;
    let reply = client.post("pulls/1/reviews", review(&head, json!([good])));
    assert_eq!(reply.body["errors"][0], "Path diff too large");
}

#[test]
fn comments_on_files_are_made_and_changed() {
    let (_repo, fake, client, head) = started();
    let body = json!({ "commit_id": head, "path": "app.py", "body": "whole file", "subject_type": "file" });
    let reply = client.post("pulls/1/comments", body);
    assert_eq!((reply.status, &reply.body["subject_type"]), (201, &json!("file")));
    let id = reply.body["id"].as_u64().unwrap();
    assert_eq!(client.patch(&format!("pulls/comments/{id}"), json!({ "body": "new" })).body["body"], "new");
    assert_eq!(client.patch("pulls/comments/7", json!({ "body": "new" })).status, 404);
    assert_eq!(fake.state().threads[0].comments[0].body, "new");
    let beside = json!({ "commit_id": head, "path": "app.py", "body": "b", "line": 20, "side": "RIGHT" });
    assert_eq!(client.post("pulls/1/comments", beside).status, 422);
    assert_eq!(client.get("pulls/1/comments").body[0]["body"], "new");
}

#[test]
fn comments_on_the_pull_request_are_made_and_changed() {
    let (_repo, fake, client, _) = started();
    let reply = client.post("issues/1/comments", json!({ "body": "summary" }));
    assert_eq!(reply.status, 201);
    let id = reply.body["id"].as_u64().unwrap();
    assert_eq!(client.patch(&format!("issues/comments/{id}"), json!({ "body": "new" })).status, 200);
    assert_eq!(client.patch(&format!("issues/comments/{id}"), json!({ "body": "x".repeat(65_537) })).status, 422);
    assert_eq!(client.get("issues/1/comments").body[0]["body"], "new");
    assert_eq!(fake.state().issue_comments[0].author, Author::actions());
}

#[test]
fn check_runs_collect_their_annotations() {
    let (_repo, fake, client, head) = started();
    let annotation =
        json!({ "path": "app.py", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m" });
    let output = |count: usize| json!({ "title": "t", "summary": "s", "annotations": vec![annotation.clone(); count] });
    let run = json!({ "name": "Tempergate", "head_sha": head, "status": "in_progress", "output": output(50) });
    let reply = client.post("check-runs", run);
    assert_eq!((reply.status, &reply.body["status"]), (201, &json!("in_progress")));
    let path = format!("check-runs/{}", reply.body["id"]);
    let reply = client.patch(&path, json!({ "conclusion": "failure", "output": output(3) }));
    assert_eq!((reply.status, &reply.body["status"]), (200, &json!("completed")));
    assert_eq!(reply.body["output"]["annotations_count"], 53);
    let found = client.get(&format!("commits/{head}/check-runs?check_name=Tempergate&per_page=100"));
    assert_eq!(
        (&found.body["total_count"], &found.body["check_runs"][0]["conclusion"]),
        (&json!(1), &json!("failure"))
    );
    assert_eq!(client.get(&format!("commits/{head}/check-runs?check_name=Other")).body["total_count"], 0);
    fake.state().checks[0].app = "somebody-else".into();
    assert_eq!(client.patch(&path, json!({ "conclusion": "success" })).status, 403);
    let nowhere = json!({ "name": "Tempergate", "head_sha": "0".repeat(40) });
    assert_eq!(client.post("check-runs", nowhere).status, 422);
    let mut wide = output(1);
    wide["annotations"][0]["end_line"] = json!(2);
    wide["annotations"][0]["start_column"] = json!(1);
    assert_eq!(client.post("check-runs", json!({ "name": "n", "head_sha": head, "output": wide })).status, 422);
}

#[test]
fn more_than_fifty_annotations_are_not_as_described() {
    let (_repo, mut fake, client, head) = started();
    let annotation =
        json!({ "path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m" });
    let output = json!({ "title": "t", "summary": "s", "annotations": vec![annotation; 51] });
    assert_eq!(client.post("check-runs", json!({ "name": "n", "head_sha": head, "output": output })).status, 422);
    assert!(fake.take_violations()[0].contains("/output/annotations"));
}

#[test]
fn uploads_are_processed_later() {
    let (_repo, fake, client, head) = started();
    let upload = |sarif: &Value| {
        let body = json!({ "commit_sha": head, "ref": "refs/pull/1/merge", "sarif": packed(sarif) });
        let reply = client.post("code-scanning/sarifs", body);
        assert_eq!(reply.status, 202, "{}", reply.body);
        let path = format!("code-scanning/sarifs/{}", reply.body["id"].as_str().unwrap());
        assert_eq!(client.get(&path).body["processing_status"], "pending");
        client.get(&path).body
    };
    assert_eq!(upload(&sarif(2))["processing_status"], "complete");
    assert_eq!(fake.state().uploads[0].sarif, sarif(2));
    let mut twice = sarif(1);
    twice["runs"] = json!([twice["runs"][0], twice["runs"][0]]);
    let mut absolute = sarif(1);
    absolute["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = json!("/app.py");
    let bad = [
        (sarif(25_001), "25001 > 25000"),
        (json!({ "version": "2.0.0", "runs": [] }), "not SARIF 2.1.0"),
        (twice, "same tool and category"),
        (absolute, "relative path"),
    ];
    for (sarif, reason) in bad {
        let status = upload(&sarif);
        assert_eq!(status["processing_status"], "failed");
        assert!(status["errors"][0].as_str().unwrap().contains(reason), "{status}");
    }
    assert_eq!(client.get("code-scanning/sarifs/7").status, 404);
}

#[test]
fn uploads_that_cannot_be_unpacked_are_refused() {
    let (_repo, fake, client, head) = started();
    let upload = |text: String| {
        client
            .post("code-scanning/sarifs", json!({ "commit_sha": head, "ref": "refs/heads/topic", "sarif": text }))
            .status
    };
    assert_eq!((upload("%".into()), upload("aGVsbG8=".into())), (400, 400));
    let mut noise = 1_u64;
    let bytes: Vec<u8> = std::iter::repeat_with(|| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (noise >> 56) as u8
    })
    .take(10_000_001)
    .collect();
    assert_eq!(upload(base64::engine::general_purpose::STANDARD.encode(bytes)), 413);
    fake.state().code_scanning = false;
    assert_eq!(upload(packed(&sarif(1))), 403);
}

#[cfg(unix)]
#[test]
fn many_files_with_awkward_names_are_listed_as_git_lists_them() {
    let repo = Repo::with(&[("keep", "k\n")]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    let mut names = vec!["a b.py".to_owned(), "ü\"q.py".to_owned(), "tab\there.py".to_owned(), "-dash.py".to_owned()];
    names.extend((0..150).map(|number| format!("many/{number:03}.py")));
    for name in &names {
        let mut text = String::new();
        writeln!(text, "-- looks like a removed line of {name}").unwrap();
        repo.write(name, text);
    }
    repo.commit("many");
    let fake = Fake::start(repo.path());
    let client = Client::new(&fake);
    let mut found = Vec::new();
    for page in 1..=2 {
        let reply = client.get(&format!("pulls/1/files?per_page=100&page={page}"));
        found.extend(reply.body.as_array().unwrap().iter().map(|file| {
            assert_eq!(file["additions"], 1);
            file["filename"].as_str().unwrap().to_owned()
        }));
    }
    found.sort();
    names.sort();
    assert_eq!(found, names);
}
