//! Any bytes as a Python file: the analysis ends, and never by an internal error.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tempergate::finding::FileStatus;
use tempergate::inspect::{Limits, inspect};
use tempergate::rules::Library;

fuzz_target!(|bytes: &[u8]| {
    let inspected = inspect("fuzz.py", bytes, Library::built_in(), Limits { steps: 200_000, ..Limits::default() });
    if let FileStatus::NotAnalysed { reason } = &inspected.result.status {
        assert_ne!(reason, "internal");
    }
});
