//! Answers that come too late: what can be asked twice is, and what may have been done is looked for first.

use std::time::{Duration, Instant};

use tempergate::github::client::{ApiError, Check, Client, Settings};
use tempergate::github::event::Repository;
use tempergate::github::plan::Draft;

use super::Site;
use crate::github::{Kind, TOKEN};

/// Longer than the client waits.
const LATE: Kind = Kind::Slow(Duration::from_millis(1_500));

fn client(site: &Site) -> Client {
    let settings = Settings {
        api: site.fake.url(),
        graphql: format!("{}/graphql", site.fake.url()),
        repository: Repository::parse("octo/shop").unwrap(),
        token: TOKEN.to_string().into(),
        ca_file: None,
        allow_plain_http: false,
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new(settings).unwrap().with_answer_time(Duration::from_millis(500))
}

#[test]
fn what_can_be_asked_twice_is_asked_again_after_a_late_answer() {
    let site = Site::weak();
    let client = client(&site);
    site.fake.trouble(LATE.once("GET /repos/octo/shop/pulls/1"));
    assert_eq!(client.pull(1).unwrap().head, site.head());
    site.fake.trouble(LATE.once("query ReviewThreads"));
    assert_eq!(client.threads(1).unwrap(), []);
    // A change that can be made twice without harm.
    client.write_summary(1, None, "first").unwrap();
    let id = site.fake.state().issue_comments[0].id;
    site.fake.trouble(LATE.once("PATCH /repos/octo/shop/issues/comments"));
    client.write_summary(1, Some(id), "second").unwrap();
    assert_eq!(site.fake.state().issue_comments[0].body, "second");
}

#[test]
fn nobody_claims_to_know_what_became_of_what_was_to_be_made() {
    let site = Site::weak();
    let client = client(&site);
    let head = site.head();
    let body = "text".to_string();
    let draft = Draft { path: "app.py".into(), lines: None, at_file: body.clone(), body };
    let check = Check {
        name: "Tempergate".into(),
        commit: head.clone(),
        subject: "tempergate:1:".into(),
        digest: "0".into(),
        conclusion: "success",
        title: "t".into(),
        summary: "s".into(),
    };
    site.fake.trouble(LATE.times(4, "POST /repos"));
    let uncertain = |came: Result<(), ApiError>| assert!(matches!(came, Err(ApiError::Uncertain(_))), "{came:?}");
    uncertain(client.review(1, &head, "review", std::slice::from_ref(&draft)));
    uncertain(client.comment(1, &head, &draft));
    uncertain(client.write_summary(1, None, "summary"));
    uncertain(client.write_check(&check).map(drop));
    // All of it was done, each once; whoever looks finds it.
    let posts = site.writes();
    assert_eq!(posts.len(), 4, "{posts:?}");
    assert!(!client.write_check(&check).unwrap());
    assert_eq!(client.comments(1).unwrap().len(), 1);
}

#[test]
fn a_server_that_is_always_late_is_given_up() {
    let site = Site::weak();
    let client = client(&site);
    site.fake.trouble(LATE.times(100, ""));
    let begin = Instant::now();
    let came = client.pull(1);
    assert!(matches!(&came, Err(ApiError::Failed(why)) if why.contains("gave no answer")), "{came:?}");
    assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    assert_eq!(site.fake.take_log().len(), 4);
}
