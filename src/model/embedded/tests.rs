//! What can be tried without a model. What needs one is tried by CI with a small real one.
#![allow(clippy::unwrap_used)]

use std::io::Write as _;

use super::*;
use crate::policy::{Lora, Provider};

fn load(path: &Path, adapter: Option<&Path>) -> Failure {
    let lora = adapter.map(|a| Lora { adapter: a.to_string_lossy().into_owned(), scale: 1.0 });
    let settings = ModelSettings { lora, ..ModelSettings::of(Provider::Embedded) };
    Embedded::load(path, &settings, &World::default()).unwrap_err()
}

fn file(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

#[test]
fn files_that_are_no_models_are_refused_with_the_reason() {
    let none = load(Path::new("no/such/model.gguf"), None);
    assert!(none.explanation.contains("no/such/model.gguf cannot be loaded"), "{none}");
    for bytes in [&b""[..], b"GG", b"PK\x03\x04 something else"] {
        let failure = load(file(bytes).path(), None);
        assert_eq!(failure.kind, FailureKind::Unreachable);
        assert!(failure.explanation.contains("it is no GGUF file"), "{failure}");
    }
    // It begins as one, and ends there.
    for bytes in [&b"GGUF"[..], b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\xff\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x7f"] {
        let failure = load(file(bytes).path(), None);
        assert!(failure.explanation.contains("it is broken"), "{failure}");
    }
}

#[test]
fn an_adapter_is_looked_at_before_the_model_is_loaded() {
    let (model, adapter) = (file(b"GGUF"), file(b"{}"));
    let failure = load(model.path(), Some(adapter.path()));
    assert!(failure.explanation.starts_with("the adapter"), "{failure}");
}
