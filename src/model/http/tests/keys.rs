//! Where keys go, and where they must not.

use std::io::Write as _;

use super::server::{Server, http, said};
use super::*;
use crate::model::FailureKind;

#[test]
fn a_wrong_key_is_named_by_its_variable_only() {
    let body = format!(r#"{{"error": {{"message": "Incorrect API key provided: {KEY}"}}}}"#);
    let server = Server::answering(http("401 Unauthorized", "", &body));
    let failure = failure(&model(&settings(&server)));
    assert_eq!(failure.kind, FailureKind::Refused);
    assert!(failure.explanation.contains("the key in MODEL_KEY (401)"), "{failure}");
    assert_eq!(server.heard().len(), 1);

    let without = model(&Settings { key_env: None, ..settings(&server) });
    let failure = without.answer(&request()).unwrap_err();
    assert!(failure.explanation.contains("wants a key (401)"), "{failure}");
}

#[test]
fn a_complaint_that_quotes_the_key_or_the_conversation_is_not_shown() {
    for quoted in ["masked sk-very-*** key", "cannot read 'def login(user,\\npassword): ret'"] {
        let server =
            Server::answering(http("403 Forbidden", "", &format!(r#"{{"error": {{"message": "{quoted}"}}}}"#)));
        let failure = failure(&model(&settings(&server)));
        assert!(failure.explanation.ends_with("refuses the request (403)"), "{failure}");
    }
}

#[test]
fn a_redirection_does_not_get_the_key() {
    let other = Server::answering(said("stolen"));
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let server = Server::answering(http(status, &format!("Location: http://{}/v1/x\r\n", other.address), ""));
        let failure = failure(&model(&settings(&server)));
        assert_eq!(failure.kind, FailureKind::Refused);
        assert!(failure.explanation.contains("redirects elsewhere (127.0.0.1)"), "{failure}");
    }
    assert!(other.heard().is_empty());
}

#[test]
fn keys_are_not_sent_unencrypted() {
    for far in [
        "http://models.example.com/v1",
        "http://10.0.0.7:8000/v1",
        "http://localhost.example.com",
        "http://[2001:db8::1]/v1",
    ] {
        let refused = connect(&settings_at(far)).unwrap_err();
        assert!(refused.explanation.contains("unencrypted"), "{refused}");
        model(&Settings { allow_plain_http: true, ..settings_at(far) });
        // Without a key there is nothing to lose but the code, which the policy sends there.
        model(&Settings { key_env: None, ..settings_at(far) });
    }
    for near in ["http://localhost:8080/v1", "http://127.0.0.1", "http://127.9.9.9/v1", "http://[::1]:8000/v1"] {
        model(&settings_at(near));
    }
}

#[test]
fn endpoints_that_are_none_are_refused_without_showing_what_they_hold() {
    for bad in
        ["", "models.example.com", "file:///etc/passwd", "https://user:sk-very-secret@m.example/v1", "https://:80"]
    {
        let refused = connect(&settings_at(bad)).unwrap_err();
        assert_eq!(refused.kind, FailureKind::Refused, "{bad}");
        assert!(!refused.explanation.contains("very-secret"), "{refused}");
    }
    let none = connect(&plain(Provider::OpenaiCompatible)).unwrap_err();
    assert!(none.explanation.contains("TEMPERGATE_MODEL_ENDPOINT"), "{none}");
}

#[test]
fn a_key_that_is_asked_for_must_be_there() {
    let with = |value: &'static str| {
        let settings = settings_at("https://m.example/v1");
        Http::new(&settings, &|_| Some(value.to_string()), Stop::default()).unwrap_err()
    };
    let refused = with(" \n");
    assert!(refused.explanation.contains("MODEL_KEY") && refused.explanation.contains("not set"), "{refused}");
    let refused = with("sk-very-secret\nX-Evil: 1");
    assert!(refused.explanation.contains("MODEL_KEY") && !refused.explanation.contains("very-secret"), "{refused}");
    assert!(connect(&plain(Provider::Anthropic)).unwrap_err().explanation.contains("ANTHROPIC_API_KEY"));
}

#[test]
fn a_query_of_the_endpoint_is_kept_and_not_shown() {
    let server = Server::answering(http("403 Forbidden", "", "{}"));
    let endpoint = format!("http://{}/openai/v1/?api-version=preview&code=very-secret", server.address);
    let failure = failure(&model(&settings_at(endpoint)));
    assert_eq!(failure.kind, FailureKind::Refused);
    let head = &server.heard()[0].head;
    assert!(
        head.starts_with("POST /openai/v1/chat/completions?api-version=preview&code=very-secret HTTP/1.1"),
        "{head}"
    );
}

#[test]
fn certificate_authorities_must_be_readable() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    writeln!(file, "no certificate").unwrap();
    for ca_file in [file.path().to_path_buf(), "no/such/file.pem".into()] {
        let settings = Settings { ca_file: Some(ca_file), ..settings_at("https://localhost:1/v1") };
        let refused = connect(&settings).unwrap_err();
        assert!(refused.explanation.contains("certificate authorities"), "{refused}");
    }
}
