//! What the fake does, shown with plain requests.

use std::fmt::Write;
use std::io::Write as _;
use std::time::{Duration, Instant};

use base64::Engine;
use flate2::{Compression, write::GzEncoder};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::{Access, Author, Fake, Kind, Pull, TOKEN};
use crate::git::Repo;

/// Plain requests, with the headers that a client of GitHub sends.
struct Client {
    runtime: tokio::runtime::Runtime,
    http: reqwest::Client,
    base: String,
    token: &'static str,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Client {
    fn new(fake: &Fake) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let http = reqwest::Client::builder().no_proxy().user_agent("test").build().unwrap();
        Client { runtime, http, base: fake.url(), token: TOKEN }
    }

    fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<Reply, reqwest::Error> {
        let method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base)).bearer_auth(self.token);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        self.runtime.block_on(async {
            let answer = request.send().await?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let text = answer.text().await?;
            Ok(Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
        })
    }

    fn get(&self, path: &str) -> Reply {
        self.send("GET", &format!("/repos/octo/shop/{path}"), None).unwrap()
    }

    fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", &format!("/repos/octo/shop/{path}"), Some(body)).unwrap()
    }

    fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", &format!("/repos/octo/shop/{path}"), Some(body)).unwrap()
    }

    fn graphql(&self, query: &str, variables: Value) -> Value {
        let reply = self.send("POST", "/graphql", Some(json!({ "query": query, "variables": variables }))).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    }
}

/// `main` with a file of forty lines, and `topic` with lines 10 and 30 changed and a new file.
fn repository() -> Repo {
    let text = |changed: &[usize]| {
        let line = |n| if changed.contains(&n) { format!("changed {n}\n") } else { format!("line {n}\n") };
        (1..=40).map(line).collect::<String>()
    };
    let repo = Repo::with(&[("app.py", text(&[]))]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.write("app.py", text(&[10, 30]));
    repo.write("new.py", "one\ntwo\n");
    repo.commit("change");
    repo
}

fn started() -> (Repo, Fake, Client, String) {
    let repo = repository();
    let fake = Fake::start(repo.path());
    let client = Client::new(&fake);
    let head = repo.git(["rev-parse", "topic"]);
    (repo, fake, client, head)
}

fn review(head: &str, comments: Value) -> Value {
    json!({ "commit_id": head, "event": "COMMENT", "body": "Findings.", "comments": comments })
}

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

fn packed(sarif: &Value) -> String {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(sarif.to_string().as_bytes()).unwrap();
    base64::engine::general_purpose::STANDARD.encode(encoder.finish().unwrap())
}

fn sarif(results: usize) -> Value {
    let place = json!([{ "physicalLocation": { "artifactLocation": { "uri": "app.py" } } }]);
    let result = json!({ "message": { "text": "m" }, "locations": place });
    json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "T" } }, "results": vec![result; results] }] })
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

const THREADS: &str = "query ReviewThreads($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { id isResolved path comments(first: 1) { totalCount nodes { id body viewerDidAuthor author { login } } } }
      }
      comments(first: 50) { nodes { body isMinimized ... on IssueComment { databaseId } } }
    }
  }
}";

const RESOLVE: &str = "mutation ResolveThread($thread: ID!) {
  resolveReviewThread(input: { threadId: $thread }) { thread { id isResolved } }
}";

fn of_shop() -> Value {
    json!({ "owner": "octo", "name": "shop", "number": 1 })
}

#[test]
fn threads_are_listed_in_pages() {
    let (_repo, fake, client, _) = started();
    for number in 0..3 {
        let body = format!("thread {number}");
        let thread = fake.state().thread(1, Author::person("eve"), "app.py", 10, &body);
        fake.state().reply(thread, Author::actions(), "answer");
    }
    fake.state().comment(1, Author::person("eve"), "hello");
    fake.state().page_limit = 2;
    let data = client.graphql(THREADS, of_shop());
    let pull = &data["data"]["repository"]["pullRequest"];
    let first = &pull["reviewThreads"]["nodes"][0];
    assert_eq!(first["comments"]["totalCount"], 2);
    assert_eq!(first["comments"]["nodes"][0]["author"]["login"], "eve");
    assert_eq!(first["comments"]["nodes"][0]["viewerDidAuthor"], false);
    assert!(first.get("line").is_none(), "nothing is answered that was not asked for");
    assert!(pull["comments"]["nodes"][0]["databaseId"].is_u64());
    assert_eq!(pull["reviewThreads"]["pageInfo"]["hasNextPage"], true);
    let mut variables = of_shop();
    variables["after"] = pull["reviewThreads"]["pageInfo"]["endCursor"].clone();
    let data = client.graphql(THREADS, variables);
    let rest = &data["data"]["repository"]["pullRequest"]["reviewThreads"];
    assert_eq!(rest["nodes"].as_array().unwrap().len(), 1);
    assert_eq!(rest["nodes"][0]["comments"]["nodes"][0]["body"], "thread 2");
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
}

#[test]
fn resolving_a_thread_takes_more_than_commenting() {
    let (_repo, fake, client, _) = started();
    let thread = fake.state().thread(1, Author::actions(), "app.py", 10, "finding");
    let id = json!({ "thread": format!("PRRT_{thread}") });
    fake.state().permit("contents", Access::Read);
    let data = client.graphql(RESOLVE, id.clone());
    assert_eq!((&data["errors"][0]["type"], &data["data"]["resolveReviewThread"]), (&json!("FORBIDDEN"), &Value::Null));
    assert!(!fake.state().threads[0].resolved);
    fake.state().permit("contents", Access::Write);
    let data = client.graphql(RESOLVE, id.clone());
    assert_eq!(data["data"]["resolveReviewThread"]["thread"]["isResolved"], true);
    let data = client.graphql(&RESOLVE.replace("resolveReview", "unresolveReview"), id);
    assert_eq!(data["data"]["unresolveReviewThread"]["thread"]["isResolved"], false);
    let data = client.graphql(RESOLVE, json!({ "thread": "PRRT_7" }));
    assert_eq!(data["errors"][0]["type"], "NOT_FOUND");
}

#[test]
fn comments_are_hidden_with_a_reason() {
    let (_repo, fake, client, _) = started();
    let comment = fake.state().comment(1, Author::actions(), "old");
    let query = "mutation Minimize($id: ID!) {
      minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { minimizedComment { isMinimized minimizedReason } }
    }";
    let data = client.graphql(query, json!({ "id": format!("IC_{comment}") }));
    assert_eq!(data["data"]["minimizeComment"]["minimizedComment"]["minimizedReason"], "outdated");
    assert_eq!(fake.state().issue_comments[0].minimized.as_deref(), Some("outdated"));
}

#[test]
fn what_the_schema_of_graphql_does_not_have_is_noticed() {
    let (_repo, mut fake, client, _) = started();
    let shop = |inner: &str| format!("query {{ repository(owner: \"octo\", name: \"shop\") {{ {inner} }} }}");
    let bad = [
        ("query {".to_owned(), Value::Null, "does not parse"),
        (shop("pullRequest(number: 1) { colour }"), Value::Null, "PullRequest has no field colour"),
        (shop("pullRequest { id }"), Value::Null, "lacks its argument number"),
        (shop("pullRequest(number: 1, size: 2) { id }"), Value::Null, "has no argument size"),
        (shop("pullRequest(number: 1)"), Value::Null, "needs a selection"),
        (shop("id { name }"), Value::Null, "has no fields to select"),
        (THREADS.to_owned(), json!({ "owner": "octo", "name": "shop", "number": "1" }), "variable number is not a Int"),
        (THREADS.to_owned(), json!({ "owner": "octo", "name": "shop" }), "variable number is not a Int!"),
        (RESOLVE.to_owned(), json!({ "thread": "PRRT_1", "more": 1 }), "there is no variable more"),
    ];
    for (query, variables, fault) in bad {
        let data = client.graphql(&query, variables);
        assert!(data["errors"][0]["message"].as_str().unwrap().contains(fault), "{data}");
        assert!(fake.take_violations()[0].contains(fault));
    }
    let unpaged = shop("pullRequest(number: 1) { reviewThreads { totalCount } }");
    let data = client.graphql(&unpaged, Value::Null);
    assert_eq!(data["errors"][0]["type"], "MISSING_PAGINATION_BOUNDARIES");
    let data = client.graphql(&unpaged.replace("reviewThreads", "reviewThreads(first: 101)"), Value::Null);
    assert_eq!(data["errors"][0]["type"], "EXCESSIVE_PAGINATION");
    assert!(fake.take_violations().is_empty());
}

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
    let writes: Vec<String> = fake.take_writes().iter().map(super::Request::short).collect();
    assert_eq!(writes, ["mutation ResolveThread"]);
}

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
