//! The GraphQL operations.

use serde_json::{Value, json};

use super::started;
use crate::github::{Access, Author};

pub const THREADS: &str = "query ReviewThreads($owner: String!, $name: String!, $number: Int!, $after: String) {
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

pub const RESOLVE: &str = "mutation ResolveThread($thread: ID!) {
  resolveReviewThread(input: { threadId: $thread }) { thread { id isResolved } }
}";

pub fn of_shop() -> Value {
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
fn lines_move_with_newer_commits_and_are_outdated_where_these_change_them() {
    let (repo, fake, client, _) = started();
    let text: String = (1..=30).map(|line| format!("VALUE_{line} = {line}\n")).collect();
    repo.write("lines.py", &text);
    repo.commit("lines");
    fake.state().thread(1, Author::person("eve"), "lines.py", 10, "here");
    let query = THREADS.replace("isResolved path", "isResolved isOutdated line originalLine path");
    let now = || {
        let data = client.graphql(&query, of_shop());
        let node = data["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"][0].clone();
        (node["isOutdated"].clone(), node["line"].clone(), node["originalLine"].clone())
    };
    let shown = |change: &dyn Fn(&str) -> String| {
        repo.write("lines.py", change(&text));
        repo.commit("change");
        now()
    };
    assert_eq!(now(), (json!(false), json!(10), json!(10)));
    assert_eq!(shown(&|text| format!("# One.\n# Two.\n{text}")), (json!(false), json!(12), json!(10)));
    assert_eq!(shown(&|text| text.replace("VALUE_3 = 3\n", "")), (json!(false), json!(9), json!(10)));
    assert_eq!(shown(&|text| format!("{text}# Last.\n")), (json!(false), json!(10), json!(10)));
    assert_eq!(shown(&|text| text.replace("VALUE_10 =", "VALUE_10 = -")), (json!(true), Value::Null, json!(10)));
    repo.remove("lines.py");
    repo.commit("gone");
    assert_eq!(now(), (json!(true), Value::Null, json!(10)));
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
