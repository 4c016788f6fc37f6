#![allow(clippy::unwrap_used, clippy::expect_used)]
//! What each construct is lowered to, as S-expressions.
use super::lower;
use crate::syntax::hir::*;
use crate::syntax::javascript::lower::dump::dump;

#[test]
fn probe() {
    let text = std::fs::read_to_string("/tmp/gt/probe.go").unwrap();
    for part in text.split("----\n") {
        let file = lower(part);
        println!("{part}=>\n{}\nerrors {:?}\n", dump(&file), file.errors);
    }
}
