//! Any text as a policy: it is read or refused with a place in it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tempergate::policy::{KnownNames, Policy};
use tempergate::rules::Library;

fuzz_target!(|text: &str| {
    let known = KnownNames::new(Library::built_in().rules().iter().map(|r| r.id.as_str()));
    if let Err(error) = Policy::parse("fuzz.yml", text, &known) {
        assert!(!error.render(false).is_empty());
    }
});
