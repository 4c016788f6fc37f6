//! Any text as a policy, with a second one that it may extend, and as the files beside it: it is read or refused with a place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tempergate::policy::{Accepted, Cases, InlineWaivers, KnownNames, Policy, Remote, Texts};
use tempergate::rules::Library;

/// The same second text under every name.
struct Second<'t>(&'t str);

impl Texts for Second<'_> {
    fn file(&self, _: &str) -> Result<Option<String>, String> {
        Ok(Some(self.0.to_owned()))
    }

    fn remote(&self, _: &Remote) -> Result<Vec<u8>, String> {
        Ok(self.0.as_bytes().to_vec())
    }
}

fuzz_target!(|text: &str| {
    let known = KnownNames::new(Library::built_in().rules().iter().map(|r| r.id.as_str()));
    let (first, second) = text.split_once("\n===\n").unwrap_or((text, ""));
    match Policy::load("fuzz.yml", first, &known, &Second(second)) {
        // What names a baseline file needs that file.
        Ok(policy) if policy.show().contains("baseline-file") => {}
        Ok(policy) => assert!(Policy::parse("shown.yml", &policy.show(), &known).is_ok()),
        Err(error) => assert!(!error.render(false).is_empty()),
    }
    if let Err(error) = Cases::parse("cases.yml", text) {
        assert!(!error.render(false).is_empty());
    }
    let _ = Accepted::parse(text);
    let _ = InlineWaivers::read(text, |_| true, |_| true);
});
