//! The same input gives the same bytes: in every run, and with any number of threads.

use std::fs;
use std::path::Path;

use tempergate::rules::examples::{built_in, parse};

use super::program::run_with;

/// Every example of the rules, and broken halves of them, as files.
fn write_corpus(folder: &Path) -> usize {
    let mut count = 0;
    for document in built_in() {
        for block in parse(&document.text).0 {
            let extension = Path::new(block.path).extension().unwrap().to_str().unwrap();
            let half: String = block.text.lines().take(block.text.lines().count() / 2).collect::<Vec<_>>().join("\n");
            for (text, name) in [(&block.text, "whole"), (&half, "half")] {
                fs::write(folder.join(format!("{}-{count}-{name}.{extension}", document.rule)), text).unwrap();
            }
            count += 1;
        }
    }
    count
}

#[test]
fn runs_and_thread_counts_give_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let corpus = folder.path().join("corpus");
    fs::create_dir(&corpus).unwrap();
    let blocks = write_corpus(&corpus);
    assert!(blocks > 200, "only {blocks} examples");
    let mut reports: Vec<[Vec<u8>; 4]> = Vec::new();
    for threads in ["1", "1", "8", "8", "3"] {
        let formats = ["json", "sarif", "markdown", "terminal"];
        let arguments = formats.iter().flat_map(|f| ["--report".to_string(), format!("{f}=r.{f}")]);
        let all = ["scan", "corpus", "--output", "out.txt"].map(String::from).into_iter().chain(arguments);
        let run = run_with(folder.path(), all, &[("TEMPERGATE_THREADS", threads)]);
        assert_eq!(run.code, 0, "{}", run.err);
        reports.push(formats.map(|f| fs::read(folder.path().join(format!("r.{f}"))).unwrap()));
    }
    assert!(reports[0][0].len() > 100_000, "the report is nearly empty");
    for (i, report) in reports.iter().enumerate().skip(1) {
        for (format, (one, other)) in report.iter().zip(&reports[0]).enumerate() {
            assert!(one == other, "run {i} differs from run 0 in format {format}");
        }
    }
}
