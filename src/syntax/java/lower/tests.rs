#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::coverage::lost;
use super::lower;
use crate::syntax::javascript::lower::dump::dump;

fn java(text: &str) -> String {
    let file = lower(text);
    assert_eq!(lost(text, &file), Vec::<String>::new(), "{text}");
    dump(&file)
}

#[test]
fn show() {
    let t = std::fs::read_to_string("/tmp/a.java").unwrap();
    println!("{}", java(&t).replace("(fn", "\n(fn").replace("(let", "\n   (let").replace("(class","\n(class"));
}
