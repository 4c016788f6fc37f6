//! Any pattern in either dialect: judging it and rewriting it ends. The first byte chooses dialect, flags and kind.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tempergate::checks::regex::{Dialect, Flags, MatchKind, analyse, anchored_charset, suggest_linear};

fuzz_target!(|input: (u8, &str)| {
    let (choice, pattern) = input;
    let dialect = if choice & 1 == 0 { Dialect::Python } else { Dialect::JavaScript };
    let kind = match choice >> 1 & 3 {
        0 => MatchKind::FullMatch,
        1 => MatchKind::MatchStart,
        _ => MatchKind::Search,
    };
    let letters = ["", "i", "m", "s", "u", "x", "v", "ims"][usize::from(choice >> 3 & 7)];
    let flags = Flags::from_letters(letters, dialect);
    let _ = analyse(pattern, dialect, flags, kind);
    let _ = anchored_charset(pattern, dialect, flags, kind);
    let _ = suggest_linear(pattern, dialect, flags, kind);
});
