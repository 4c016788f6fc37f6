//! Any bytes as a Java or Go file: the analysis ends, and never by an internal error. The first byte chooses the language.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tempergate::finding::FileStatus;
use tempergate::inspect::{Limits, inspect};
use tempergate::rules::Library;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, text)) = bytes.split_first() else { return };
    let path = if first % 2 == 0 { "Fuzz.java" } else { "fuzz.go" };
    let inspected = inspect(path, text, Library::built_in(), Limits { steps: 200_000, ..Limits::default() });
    if let FileStatus::NotAnalysed { reason } = &inspected.result.status {
        assert_ne!(reason, "internal");
    }
});
