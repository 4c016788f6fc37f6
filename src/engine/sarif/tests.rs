#![allow(clippy::unwrap_used, clippy::expect_used)]

use serde_json::json;

use super::*;

fn log(run: Value) -> Vec<u8> {
    json!({ "version": "2.1.0", "runs": [run] }).to_string().into_bytes()
}

fn one(rule: Value, result: Value) -> Found {
    let place =
        json!([{ "physicalLocation": { "artifactLocation": { "uri": "a.py" }, "region": { "startLine": 3 } } }]);
    let mut result = result;
    result.as_object_mut().unwrap().entry("locations").or_insert(place);
    let bytes = log(json!({ "tool": { "driver": { "name": "T", "rules": [rule] } }, "results": [result] }));
    read(&bytes).unwrap().0.results.remove(0)
}

#[test]
fn a_result_with_nothing_but_a_place_is_a_finding() {
    let found = one(json!({}), json!({}));
    assert_eq!((found.rule.as_str(), found.severity, found.confidence), ("unnamed", 5.0, Confidence::Medium));
    assert_eq!(found.message, "A finding without a message");
    assert!(found.cwe.is_empty());
}

#[test]
fn weaknesses_are_read_in_the_forms_of_all_tools() {
    let cases = [
        (json!({ "id": "R", "properties": { "tags": ["security", "external/cwe/cwe-089"] } }), json!({})),
        (
            json!({ "id": "R", "properties": { "tags": ["CWE-89: Improper Neutralization", "OWASP-A03:2021"] } }),
            json!({}),
        ),
        (json!({ "id": "R", "properties": { "cwe": ["CWE-89: SQL"] } }), json!({})),
        (json!({ "id": "R", "properties": { "cwe": "89" } }), json!({})),
        (json!({ "id": "R" }), json!({ "properties": { "cwe": 89 } })),
        (json!({ "id": "R" }), json!({ "taxa": [{ "id": "89", "toolComponent": { "name": "CWE" } }] })),
        (
            json!({ "id": "R", "relationships": [{ "target": { "id": "CWE-89", "toolComponent": { "name": "CWE" } } }] }),
            json!({}),
        ),
    ];
    for (rule, mut result) in cases {
        result.as_object_mut().unwrap().insert("ruleId".to_owned(), json!("R"));
        assert_eq!(one(rule.clone(), result.clone()).cwe, [89], "{rule} {result}");
    }
    let other = json!({ "taxa": [{ "id": "89", "toolComponent": { "name": "OWASP" } }, { "id": "89" }] });
    assert!(one(json!({}), other).cwe.is_empty());
}

#[test]
fn severity_and_confidence_come_from_what_says_most() {
    let rule =
        |properties: Value| json!({ "id": "R", "defaultConfiguration": { "level": "note" }, "properties": properties });
    let of = |rule: Value, result: Value| {
        let found = one(rule, result);
        (found.severity, found.confidence, found.precision)
    };
    let (low, medium, high) = (Confidence::Low, Confidence::Medium, Confidence::High);
    assert_eq!(of(rule(json!({})), json!({ "ruleId": "R" })), (2.5, medium, medium));
    assert_eq!(of(rule(json!({})), json!({ "ruleId": "R", "level": "error" })), (7.5, medium, medium));
    let scored = json!({ "security-severity": "9.8", "precision": "very-high", "tags": ["LOW CONFIDENCE"] });
    assert_eq!(of(rule(scored), json!({ "ruleId": "R" })), (9.8, low, high));
    let bandit = json!({ "ruleId": "R", "properties": { "issue_confidence": "HIGH", "issue_severity": "LOW" } });
    assert_eq!(of(rule(json!({ "precision": "low" })), bandit), (2.5, high, low));
    for nonsense in [json!("NaN"), json!("inf"), json!([]), json!({})] {
        assert_eq!(of(rule(json!({ "security-severity": nonsense })), json!({ "ruleId": "R" })).0, 2.5);
    }
    assert_eq!(of(rule(json!({ "security-severity": 1e300 })), json!({ "ruleId": "R" })).0, 10.0);
}

#[test]
fn rules_are_found_by_index_by_id_and_by_what_they_are_a_case_of() {
    let run = |result: Value| {
        let place = json!([{ "physicalLocation": { "artifactLocation": { "index": 0 } } }]);
        let mut result = result;
        result.as_object_mut().unwrap().insert("locations".to_owned(), place);
        let bytes = log(json!({
            "tool": {
                "driver": { "name": "T", "rules": [{ "id": "A", "name": "of A" }, { "id": "B", "name": "of B" }] },
                "extensions": [{ "name": "E", "rules": [{ "id": "C", "name": "of C" }] }],
            },
            "artifacts": [{ "location": { "uri": "x.py" } }],
            "results": [result],
        }));
        let found = read(&bytes).unwrap().0.results.remove(0);
        assert_eq!(found.location.uri.as_deref(), Some("x.py"));
        (found.rule, found.message)
    };
    for (result, rule, name) in [
        (json!({ "ruleIndex": 1 }), "B", "of B"),
        (json!({ "ruleId": "B", "ruleIndex": 0 }), "B", "of B"),
        (json!({ "ruleId": "A/2", "ruleIndex": 0 }), "A/2", "of A"),
        (json!({ "ruleId": "A/2" }), "A/2", "of A"),
        (json!({ "rule": { "id": "C", "index": 0, "toolComponent": { "index": 0 } } }), "C", "of C"),
        (json!({ "ruleId": "x\u{1b}[31m y", "ruleIndex": -1 }), "x--31m-y", "A finding without a message"),
    ] {
        assert_eq!(run(result.clone()), (rule.to_owned(), name.to_owned()), "{result}");
    }
}

#[test]
fn messages_are_put_together_and_cut() {
    let rule = json!({ "id": "R", "messageStrings": { "m": { "text": "use of {0} in {1}" } } });
    let result = json!({ "ruleId": "R", "message": { "id": "m", "arguments": ["eval", "main"] } });
    assert_eq!(one(rule, result).message, "use of eval in main");
    let long = one(json!({}), json!({ "message": { "text": "a\n\u{202e} b ".repeat(5_000) } })).message;
    assert!(long.chars().count() <= MESSAGE + 10 && !long.contains('\n') && !long.contains('\u{202e}'), "{long}");
    let grown =
        json!({ "message": { "text": "{0}".repeat(400), "arguments": ["{1}".repeat(900), "{2}".repeat(900)] } });
    assert!(one(json!({}), grown).message.chars().count() <= MESSAGE + 10);
}

#[test]
fn what_is_no_finding_now_is_left_out() {
    let results = json!([
        { "kind": "pass" }, { "kind": "notApplicable" }, { "baselineState": "absent" },
        { "suppressions": [{ "kind": "external" }] }, { "suppressions": [{ "kind": "external", "status": "accepted" }] },
        // These count: a change could bring the comment along.
        { "suppressions": [{ "kind": "inSource" }] }, { "suppressions": [{ "kind": "external", "status": "rejected" }] },
        // Nowhere.
        { "locations": [] },
    ]);
    let mut results = results;
    for result in results.as_array_mut().unwrap() {
        let place = json!([{ "physicalLocation": { "artifactLocation": { "uri": "a.py" } } }]);
        result.as_object_mut().unwrap().entry("locations").or_insert(place);
    }
    let bytes = log(json!({ "results": results }));
    assert_eq!(read(&bytes).unwrap().0.results.len(), 2);
}

#[test]
fn what_was_not_understood_is_an_error() {
    let failed = json!({ "results": [], "invocations": [{
        "executionSuccessful": false,
        "toolExecutionNotifications": [{ "level": "error", "message": { "text": "no such\u{1b} rule" } }],
    }] });
    let many: Vec<Value> = (0..100_001).map(|_| json!({})).collect();
    for (bytes, why) in [
        (b"".to_vec(), "it gave no SARIF"),
        (b" \n".to_vec(), "it gave no SARIF"),
        (b"Traceback".to_vec(), "what it gave is no SARIF: expected value"),
        (b"{}".to_vec(), "there are no `runs`"),
        (b"[]".to_vec(), "what it gave is no SARIF"),
        (json!({ "runs": [] }).to_string().into_bytes(), "no list of results"),
        (log(json!({})), "no list of results"),
        (log(json!({ "results": null })), "no list of results"),
        (log(json!({ "results": [{ "ruleId": 5 }] })), "what it gave is no SARIF: invalid type"),
        (log(json!({ "results": many })), "more than 100000 items"),
        (log(failed), "it failed: no such<U+001B> rule"),
        (json!({ "version": "1.0.0", "runs": [] }).to_string().into_bytes(), "SARIF 1.0.0, and only 2.1.0 is read"),
        (format!("{{\"runs\":{}", "[".repeat(100_000)).into_bytes(), "what it gave is no SARIF"),
        (format!("{{\"x\":{}", "[".repeat(100_000)).into_bytes(), "what it gave is no SARIF"),
        (vec![b' '; MAX_SARIF + 1], "more than 32000000 bytes"),
    ] {
        let error = read(&bytes).unwrap_err();
        assert!(error.contains(why), "{error} lacks {why}");
        assert!(error.chars().count() < 900);
    }
}

#[test]
fn what_went_wrong_on_the_way_is_passed_on() {
    let notes: Vec<Value> =
        (0..50).map(|n| json!({ "level": "error", "message": { "text": format!("{n}") } })).collect();
    let bytes = log(json!({ "results": [], "invocations": [{ "toolExecutionNotifications": notes }] }));
    assert_eq!(read(&bytes).unwrap().0.notes.len(), NOTES);
    let mut bom = b"\xef\xbb\xbf".to_vec();
    bom.extend(log(json!({ "results": [] })));
    assert!(read(&bom).unwrap().0.results.is_empty());
}
