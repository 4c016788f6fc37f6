//! Pairs of files that differ in what makes one of them safe: a finding is due at every marker of the insecure one, and
//! its rules must be silent about the secure one. Where that does not succeed yet is listed in `tests/pairs/known.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use tempergate::finding::{Confidence, FileStatus};
use tempergate::inspect::{Limits, inspect};
use tempergate::rules::Library;
use tempergate::rules::examples::{self, Block, Role};

/// Two files, and where they stand.
struct Pair {
    /// The document under `tests/pairs` and the line of the first block's fence, as `known.md` names them.
    place: String,
    insecure: Block,
    secure: Block,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pairs")
}

/// The documents, one folder a language, sorted: name and text.
fn documents() -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    let entries = |path: &Path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    for language in entries(&folder()).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&language).into_iter().filter(|path| path.extension().is_some_and(|e| e == "md")) {
            let part = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_string();
            let name = format!("{}/{}", part(&language), part(&file));
            found.insert(name, fs::read_to_string(&file).unwrap().replace("\r\n", "\n"));
        }
    }
    found.into_iter().collect()
}

/// The pairs of a document; anything but pairs in it is a mistake in the document.
fn pairs(name: &str, text: &str) -> Vec<Pair> {
    let (blocks, malformed) = examples::parse(text);
    assert!(malformed.is_empty(), "{name}: {malformed:?}");
    let line = |block: &Block| block.first_line - 1;
    let couples = blocks.chunks(2).map(|couple| {
        let place = format!("{name}:{}", line(&couple[0]));
        let [insecure, secure] = couple else { panic!("{place}: a block without its other half") };
        let in_order = insecure.role == Role::Insecure && secure.role == Role::Secure;
        assert!(in_order && insecure.path == secure.path, "{place}: no insecure block with a secure one behind it");
        assert!(!insecure.markers.is_empty(), "{place}: no marker in the insecure block");
        assert!(secure.markers.is_empty(), "{place}: a marker in the secure block");
        for marker in &insecure.markers {
            assert!(Library::built_in().rule(&marker.rule).is_some(), "{place}: no rule is called `{}`", marker.rule);
        }
        Pair { place, insecure: insecure.clone(), secure: secure.clone() }
    });
    couples.collect()
}

/// Where the rules that the pair is about find something in a block, as lines of the block.
fn findings<'a>(block: &Block, rules: &BTreeSet<&'a str>) -> Result<BTreeSet<(u32, &'a str)>, String> {
    let inspected = inspect(block.path, block.text.as_bytes(), Library::built_in(), Limits::default());
    if !matches!(inspected.result.status, FileStatus::Clean | FileStatus::Findings) {
        return Err(format!("not analysed whole: {:?}", inspected.result.status));
    }
    let counting = inspected.findings.iter().filter(|finding| finding.confidence >= Confidence::Medium);
    let of_the_pair = counting.filter_map(|f| rules.get(f.rule.as_str()).map(|rule| (f.region.start_line, *rule)));
    Ok(of_the_pair.collect())
}

/// Why a pair is not told apart, if it is not.
fn mistaken(pair: &Pair) -> Option<String> {
    let rules: BTreeSet<&str> = pair.insecure.markers.iter().map(|marker| marker.rule.as_str()).collect();
    let due: BTreeSet<(u32, &str)> = pair.insecure.markers.iter().map(|m| (m.line, m.rule.as_str())).collect();
    let list = |block: &Block, set: Vec<&(u32, &str)>| {
        let each = set.into_iter().map(|(line, rule)| format!(" line {} {rule}", block.first_line + line - 1));
        each.collect::<String>()
    };
    let mut wrong = String::new();
    match findings(&pair.insecure, &rules) {
        Err(why) => wrong += &format!(" insecure {why};"),
        Ok(found) if found != due => {
            let missing = list(&pair.insecure, due.difference(&found).collect());
            let surplus = list(&pair.insecure, found.difference(&due).collect());
            wrong += &format!(" insecure: missed{missing}, too much{surplus};");
        }
        Ok(_) => {}
    }
    match findings(&pair.secure, &rules) {
        Err(why) => wrong += &format!(" secure {why};"),
        Ok(found) if !found.is_empty() => {
            wrong += &format!(" secure: too much{};", list(&pair.secure, found.iter().collect()));
        }
        Ok(_) => {}
    }
    (!wrong.is_empty()).then_some(wrong)
}

/// The places that `known.md` lists, each at the start of an item and in backquotes.
fn known() -> BTreeSet<String> {
    let text = fs::read_to_string(folder().join("known.md")).unwrap();
    let items = text.lines().filter_map(|line| line.strip_prefix("- `"));
    items.filter_map(|item| item.split_once('`')).map(|(place, _)| place.to_string()).collect()
}

#[test]
fn pairs_are_told_apart() {
    let documents = documents();
    let pairs: Vec<Pair> = documents.iter().flat_map(|(name, text)| pairs(name, text)).collect();
    assert!(!pairs.is_empty(), "no pairs were found");
    let judged = pairs.par_iter().filter_map(|pair| Some((pair.place.clone(), mistaken(pair)?)));
    let failed: BTreeMap<String, String> = judged.collect();
    let known = known();
    let unexpected = failed.iter().filter(|(place, _)| !known.contains(*place));
    let mut report: String = unexpected.map(|(place, wrong)| format!("{place}:{wrong}\n")).collect();
    for place in known.iter().filter(|place| !failed.contains_key(*place)) {
        report += &format!("{place}: known.md lists this pair, but it is no pair, or is told apart by now\n");
    }
    let succeeded = pairs.len() - failed.len();
    assert!(
        report.is_empty(),
        "{succeeded} of {} pairs are told apart; these are not as expected:\n{report}",
        pairs.len()
    );
}
