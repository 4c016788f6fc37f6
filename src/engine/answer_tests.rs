#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::engine::Folder;

const TEXT: &str =
    "import os\n\n\ndef run(ä):\n    os.system(ä)  # 😀\n\n\nclass A:\n    def b(self):\n        eval('1')\n";

fn engine(source: EngineSource) -> Engine {
    Engine {
        name: "e".to_owned(),
        source,
        required: true,
        timeout: None,
        cwe: BTreeMap::from([("R".to_owned(), vec![79])]),
        languages: Vec::new(),
        paths: Vec::new(),
    }
}

fn folders() -> Vec<Folder> {
    let source = Arc::new(Source::new(TEXT.as_bytes()));
    let folder = |name: &str| Folder {
        name: name.to_owned(),
        files: BTreeMap::from([("a.py".to_owned(), Arc::clone(&source)), ("b c/d.py".to_owned(), Arc::clone(&source))]),
    };
    vec![folder("base"), folder("head")]
}

fn looked(source: EngineSource, sarif: &[u8]) -> Result<Looked, String> {
    let answer = Answer { sarif: sarif.to_vec(), root: "/tmp/x".to_owned() };
    read(&engine(source), &answer, &folders())
}

fn result(uri: &str, line: i64) -> Value {
    let region = json!({ "startLine": line });
    let place = json!({ "artifactLocation": { "uri": uri }, "region": region });
    json!({ "ruleId": "R", "message": { "text": "see /tmp/x/head/a.py" }, "locations": [{ "physicalLocation": place }] })
}

fn log(results: &Value) -> Vec<u8> {
    json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "T" } }, "results": results }] })
        .to_string()
        .into_bytes()
}

#[test]
fn results_become_findings_in_the_files_that_were_asked_about() {
    let results = json!([
        result("head/a.py", 5),
        result("head/a.py", 5),
        result("base/b%20c/d.py", 10),
        result("head/other.py", 1),
        result("../head/a.py", 1),
        result("elsewhere/a.py", 1),
        result("/tmp/x/head/a.py", 10),
    ]);
    let looked = looked(EngineSource::Run("{paths}".to_owned()), &log(&results)).unwrap();
    assert_eq!(looked.elsewhere, 3);
    let symbols: Vec<(&str, u32)> =
        looked.of(1, "a.py").iter().map(|f| (f.symbol.as_str(), f.region.start_line)).collect();
    assert_eq!(symbols, [("run", 5), ("A.b", 10)]);
    assert_eq!(looked.of(0, "b c/d.py").len(), 1);
    let finding = &looked.of(1, "a.py")[0];
    assert_eq!(
        (finding.rule.as_str(), finding.cwe.as_slice(), finding.message.as_str()),
        ("e:R", &[79][..], "see head/a.py")
    );
    assert_eq!(looked.rules.keys().collect::<Vec<_>>(), ["e:R"]);
}

#[test]
fn a_file_names_paths_of_the_repository() {
    let results = json!([result("a.py", 5), result("/tmp/x/b%20c/d.py", 5), result("head/a.py", 5)]);
    let looked = looked(EngineSource::Sarif("x".to_owned()), &log(&results)).unwrap();
    assert_eq!((looked.of(1, "a.py").len(), looked.of(1, "b c/d.py").len(), looked.elsewhere), (1, 1, 1));
}

/// A region, a URI and texts of whatever kind.
fn any_result() -> impl Strategy<Value = Value> {
    let number = || prop_oneof![any::<i64>(), -2_i64..40, Just(i64::MAX), Just(i64::MIN)];
    let uri = prop_oneof![
        Just("head/a.py".to_owned()),
        Just("file:///tmp/x/base/b%20c/d.py".to_owned()),
        "(%[0-9a-f]{0,2}|[./a-z:]){0,12}",
        any::<String>(),
    ];
    let places = (number(), number(), number(), number(), proptest::option::of(number()));
    (uri, places, any::<String>(), any::<String>()).prop_map(|(uri, (a, b, c, d, offset), rule, text)| {
        let region = match offset {
            Some(offset) => json!({ "charOffset": offset, "charLength": a, "byteLength": b }),
            None => json!({ "startLine": a, "startColumn": b, "endLine": c, "endColumn": d }),
        };
        let place = json!({ "physicalLocation": { "artifactLocation": { "uri": uri, "index": a }, "region": region } });
        json!({ "ruleId": rule, "ruleIndex": b, "message": { "text": text, "id": "x" }, "locations": [place] })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_stands_in_sarif_gives_findings_that_fit_their_files(results in prop::collection::vec(any_result(), 0..12)) {
        let bytes = log(&Value::Array(results));
        for source in [EngineSource::Run("{paths}".to_owned()), EngineSource::Sarif("x".to_owned())] {
            let first = looked(source.clone(), &bytes).unwrap();
            let again = looked(source, &bytes).unwrap();
            prop_assert_eq!(&first.found, &again.found);
            for findings in first.found.iter().flat_map(BTreeMap::values) {
                let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
                prop_assert_eq!(ids.len(), findings.len());
                for finding in findings {
                    prop_assert!(TEXT.get(finding.region.span().range()).is_some());
                    prop_assert!(finding.rule.chars().all(|c| c.is_ascii_graphic()));
                    prop_assert!(finding.region.start_line >= 1 && finding.region.start_line <= finding.region.end_line);
                }
            }
        }
    }

    #[test]
    fn broken_sarif_is_refused_or_read(at in 0_usize..400, byte in any::<u8>(), cut in 0_usize..400) {
        let mut bytes = log(&json!([result("head/a.py", 5), result("base/a.py", 7)]));
        let (at, cut) = (at % bytes.len(), cut % bytes.len());
        bytes[at] = byte;
        let _ = looked(EngineSource::Run("{paths}".to_owned()), &bytes);
        bytes.truncate(cut);
        let cut = looked(EngineSource::Run("{paths}".to_owned()), &bytes);
        prop_assert!(cut.is_err());
    }
}
