#![allow(clippy::unwrap_used, clippy::expect_used)]

use proptest::prelude::*;

use super::coverage::{depth, lost};
use super::dump::dump;
use super::lower;
use crate::syntax::hir::*;

#[test]
fn adhoc_corpus() {
    let Ok(dirs) = std::env::var("CORPUS") else { return };
    let mut open: Vec<std::path::PathBuf> = dirs.split(':').map(Into::into).collect();
    let (mut files, mut bad, mut deepest) = (0, 0, 0);
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(std::fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
            continue;
        }
        let name = path.to_string_lossy().into_owned();
        let language = match crate::syntax::language_of(&name) {
            Some(Language::Python) | None => continue,
            Some(language) => language,
        };
        let source = crate::syntax::Source::new(&std::fs::read(&path).unwrap());
        let start = std::time::Instant::now();
        let file = lower(&name, language, source.text());
        let took = start.elapsed().as_millis();
        if took > 300 {
            println!("SLOW {name} {took} ms {} bytes", source.text().len());
        }
        files += 1;
        deepest = deepest.max(depth(&file));
        for entry in lost(&name, source.text(), &file) {
            bad += 1;
            if bad < 60 {
                println!("LOST {}", entry.lines().next().unwrap());
            }
        }
        if !file.too_deep.is_empty() {
            println!("DEEP {name} {}", file.too_deep.len());
        }
    }
    println!("{files} files, {bad} lost, depth {deepest}");
}
