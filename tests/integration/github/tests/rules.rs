//! What holds for all operations: tokens, descriptions, trouble, the log.

use std::time::{Duration, Instant};

use serde_json::json;

use super::graphql::{RESOLVE, THREADS, of_shop};
use super::{packed, review, sarif, started};
use crate::github::{Access, Kind, Request, TOKEN};

#[test]
fn a_token_does_what_its_scopes_allow() {
    let (_repo, fake, mut client, head) = started();
    fake.state().read_only();
    assert_eq!(client.get("pulls/1").status, 200);
    let writes = [
        ("pulls/1/reviews", review(&head, json!([]))),
        ("issues/1/comments", json!({ "body": "b" })),
        ("check-runs", json!({ "name": "n", "head_sha": head })),
        ("code-scanning/sarifs", json!({ "commit_sha": head, "ref": "refs/heads/topic", "sarif": packed(&sarif(1)) })),
    ];
    for (path, body) in &writes {
        let reply = client.post(path, body.clone());
        let message = &reply.body["message"];
        assert_eq!((reply.status, message), (403, &json!("Resource not accessible by integration")), "{path}");
    }
    for scope in ["pull-requests", "checks", "security-events"] {
        fake.state().permit(scope, Access::Write);
    }
    for (path, body) in writes {
        assert!(client.post(path, body).status < 300, "{path}");
    }
    fake.state().permissions.clear();
    assert_eq!(client.get("pulls/1").status, 403);
    fake.state().private = true;
    assert_eq!(client.get("pulls/1").status, 404);
    client.token = "wrong";
    let reply = client.get("pulls/1");
    assert_eq!((reply.status, &reply.body["message"]), (401, &json!("Bad credentials")));
}

#[test]
fn requests_and_queries_that_are_not_described_are_noticed() {
    let (_repo, mut fake, client, head) = started();
    let mut unknown_field = review(&head, json!([{ "path": "app.py", "line": 10, "body": "b", "colour": "red" }]));
    let bad = [
        (client.get("pulls/one"), "`pull_number` in the path"),
        (client.get("pulls/1/files?colour=red"), "the query has `colour`"),
        (client.get("pulls/1/files?per_page=101"), "at most 100"),
        (client.get("pulls?state=ajar"), "the query's `state` is `ajar`"),
        (client.post("pulls/1/reviews", unknown_field.take()), "colour"),
        (client.post("pulls/1/reviews", json!({ "event": "SHOUT" })), "SHOUT"),
        (client.post("issues/1/comments", json!({ "text": "b" })), "body"),
        (client.post("issues/1/comments", json!({ "body": 7 })), "/body"),
        (client.patch("pulls/1", json!({ "body": "b" })), "no such operation"),
    ];
    let violations = fake.take_violations();
    for ((reply, fault), index) in bad.iter().zip(0..) {
        assert!([404, 422].contains(&reply.status));
        assert!(violations.iter().any(|one| one.contains(fault)), "{index}: {fault}: {violations:#?}");
    }
}

#[test]
#[should_panic(expected = "not as GitHub describes it")]
fn a_test_with_a_wrong_request_fails() {
    let (_repo, _fake, client, _) = started();
    client.post("issues/1/comments", json!({ "text": "b" }));
}

#[test]
fn troubles_come_as_often_as_asked_for() {
    let (_repo, fake, client, _) = started();
    fake.trouble(Kind::Status(502).times(2, "GET /repos/octo/shop/pulls/1"));
    let statuses: Vec<u16> = (0..3).map(|_| client.get("pulls/1").status).collect();
    assert_eq!(statuses, [502, 502, 200]);
    fake.trouble(Kind::PrimaryLimit(30).once(""));
    let reply = client.get("pulls/1");
    assert_eq!((reply.status, &reply.headers["x-ratelimit-remaining"]), (403, &"0".parse().unwrap()));
    assert!(reply.headers.contains_key("x-ratelimit-reset"));
    fake.trouble(Kind::SecondaryLimit(429, Some(2)).once(""));
    let reply = client.get("pulls/1");
    assert_eq!((reply.status, &reply.headers["retry-after"]), (429, &"2".parse().unwrap()));
    fake.trouble(Kind::SecondaryLimit(403, None).once(""));
    assert!(client.get("pulls/1").body["message"].as_str().unwrap().contains("secondary rate limit"));
    fake.trouble(Kind::Text("<html>".into()).once("GET"));
    assert_eq!(client.get("pulls/1").body, "<html>");
    fake.trouble(Kind::Slow(Duration::from_millis(300)).once("GET"));
    let begin = Instant::now();
    assert_eq!((client.get("pulls/1").status, begin.elapsed() >= Duration::from_millis(300)), (200, true));
    assert_eq!(client.get("pulls/1").status, 200);
}

#[test]
fn an_answer_can_be_lost_after_the_work_is_done() {
    let (_repo, fake, client, _) = started();
    fake.trouble(Kind::DoneThen(502).once("POST"));
    assert_eq!(client.post("issues/1/comments", json!({ "body": "summary" })).status, 502);
    assert_eq!(fake.state().issue_comments.len(), 1);
}

#[test]
fn bodies_end_too_early_or_too_late() {
    let (_repo, fake, client, _) = started();
    fake.trouble(Kind::Cut.once("GET"));
    assert!(client.send("GET", "/repos/octo/shop/pulls/1", None).is_err());
    fake.trouble(Kind::Padded(3_000_000).once("GET"));
    let request = client.http.get(format!("{}/repos/octo/shop/pulls/1", fake.url())).bearer_auth(TOKEN);
    let size = client.runtime.block_on(async { request.send().await.unwrap().bytes().await.unwrap().len() });
    assert!(size > 3_000_000);
}

#[test]
fn the_log_names_every_request() {
    let (_repo, fake, client, head) = started();
    client.get("pulls/1");
    client.graphql(THREADS, of_shop());
    client.post("pulls/1/reviews", review(&head, json!([])));
    let expected =
        ["GET /repos/octo/shop/pulls/1 200", "query ReviewThreads 200", "POST /repos/octo/shop/pulls/1/reviews 200"];
    assert_eq!(fake.take_log(), expected);
    client.get("pulls/1");
    client.graphql(RESOLVE, json!({ "thread": "PRRT_1" }));
    let writes: Vec<String> = fake.take_writes().iter().map(Request::short).collect();
    assert_eq!(writes, ["mutation ResolveThread"]);
}
