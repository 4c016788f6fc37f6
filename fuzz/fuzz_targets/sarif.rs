//! Any bytes as what an engine printed, about two folders: they are refused, or give findings that lie in their files.
#![no_main]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use tempergate::engine::{Answer, Folder, answer};
use tempergate::policy::{Engine, EngineSource};
use tempergate::syntax::Source;

fuzz_target!(|bytes: &[u8]| {
    let source = Arc::new(Source::new("def f(x):\n    return eval(x)  # ä😀\n".as_bytes()));
    let folder = |name: &str| Folder {
        name: name.to_owned(),
        files: BTreeMap::from([("a.py".to_owned(), Arc::clone(&source)), ("b/c.js".to_owned(), Arc::clone(&source))]),
    };
    let folders = [folder("base"), folder("head")];
    for from in [EngineSource::Run("{paths}".to_owned()), EngineSource::Sarif("x".to_owned())] {
        let engine = Engine {
            name: "fuzz".to_owned(),
            source: from,
            required: true,
            timeout: Some(Duration::from_secs(1)),
            cwe: BTreeMap::from([("R".to_owned(), vec![79])]),
            languages: Vec::new(),
            paths: Vec::new(),
        };
        let answer = Answer { sarif: bytes.to_vec(), root: "/tmp/x".to_owned() };
        let Ok(looked) = answer::read(&engine, &answer, &folders) else { continue };
        for (at, folder) in folders.iter().enumerate() {
            for path in folder.files.keys() {
                let findings = looked.of(at, path);
                let ids: BTreeSet<&str> = findings.iter().map(|finding| finding.fingerprint.as_str()).collect();
                assert_eq!(ids.len(), findings.len());
                for finding in findings {
                    assert!(finding.rule.starts_with("fuzz:") && (0.0..=10.0).contains(&finding.severity));
                    let span = finding.region.span();
                    assert!(source.text().get(span.range()).is_some());
                }
            }
        }
    }
});
