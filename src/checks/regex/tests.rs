#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;

fn js(pattern: &str) -> Verdict {
    analyse(pattern, Dialect::JavaScript, Flags::default(), MatchKind::Search)
}

#[test]
fn known() {
    for p in [
        r"^[a-z]+$",
        r"^\w+@\w+\.\w+$",
        r"^(\d{3})-(\d{4})$",
        r"^[^@]+@[^@]+$",
        r"(a+)+$",
        "(a|aa)*b",
        r"(\w|\d)*!",
        "(?:a|b|ab)*c",
        r"^(\s*,?\s*)*$",
        r"^([a-zA-Z0-9._-]+)*@",
        r"^\s*(.*?)\s*$",
        r"^[\w.]+@[\w.]+\.\w+$",
        r"\s+$",
        r"^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$",
        r"^[^\s@]+@[^\s@]+\.[^\s@]+$",
    ] {
        println!("{p}: {:?}", js(p));
        println!("   => {:?}", suggest_linear(p, Dialect::JavaScript, Flags::default(), MatchKind::Search));
    }
    panic!();
}
