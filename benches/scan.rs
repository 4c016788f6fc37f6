//! How long an analysis takes, beside parsing alone: `cargo bench --bench scan`.
//!
//! - `parse` and `inspect`: all examples of the rules, by language;
//! - `cold_start`: the program itself on one small file, a new process each time;
//! - with `TEMPERGATE_BENCH_CORPUS=FOLDER`, before these: every file of known languages in that folder, parsed by
//!   tree-sitter and analysed whole, one after the other in one thread, and how many times longer the analysis takes.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use divan::{Bencher, black_box};
use tempergate::inspect::{Limits, inspect};
use tempergate::rules::Library;
use tempergate::rules::examples::{built_in, parse as blocks};
use tempergate::syntax::hir::Language;
use tempergate::syntax::language_of;
use tree_sitter::Parser;

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How often the corpus is measured; the fastest run counts, since others were disturbed.
const ROUNDS: usize = 5;

fn main() {
    if let Some(folder) = std::env::var_os("TEMPERGATE_BENCH_CORPUS") {
        corpus(Path::new(&folder));
    }
    divan::main();
}

struct Text {
    path: String,
    language: Language,
    bytes: Vec<u8>,
}

fn examples(language: Language) -> Vec<Text> {
    let all = built_in().into_iter().flat_map(|document| blocks(&document.text).0);
    let wanted = all.filter(|block| block.language == language);
    wanted.map(|b| Text { path: b.path.to_string(), language, bytes: b.text.into_bytes() }).collect()
}

fn grammar(language: Language, path: &str) -> tree_sitter::Language {
    match language {
        Language::Python => tree_sitter_python::LANGUAGE.into(),
        Language::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
        Language::TypeScript if path.ends_with(".tsx") => tree_sitter_typescript::LANGUAGE_TSX.into(),
        Language::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
        Language::Java => tree_sitter_java::LANGUAGE.into(),
        Language::Go => tree_sitter_go::LANGUAGE.into(),
    }
}

fn parse_all(texts: &[Text]) {
    for text in texts {
        let mut parser = Parser::new();
        parser.set_language(&grammar(text.language, &text.path)).unwrap();
        black_box(parser.parse(&text.bytes, None));
    }
}

fn inspect_all(texts: &[Text]) {
    let library = Library::built_in();
    for text in texts {
        black_box(inspect(&text.path, &text.bytes, library, Limits::default()));
    }
}

const LANGUAGES: [Language; 5] = Language::ALL;

#[divan::bench(args = LANGUAGES)]
fn parse(bencher: Bencher, language: Language) {
    let texts = examples(language);
    bencher.bench(|| parse_all(&texts));
}

#[divan::bench(args = LANGUAGES)]
fn inspect_whole(bencher: Bencher, language: Language) {
    let texts = examples(language);
    bencher.bench(|| inspect_all(&texts));
}

#[divan::bench(args = ["py", "js"])]
fn cold_start(bencher: Bencher, extension: &str) {
    let folder = std::env::temp_dir().join(format!("tempergate-bench-{}-{extension}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("small.{extension}"));
    let language = if extension == "py" { Language::Python } else { Language::JavaScript };
    fs::write(&file, &examples(language).first().unwrap().bytes).unwrap();
    bencher.bench(|| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tempergate"));
        let status = command.arg("scan").arg(&file).stdout(Stdio::null()).status();
        assert!(status.unwrap().success());
    });
    fs::remove_dir_all(&folder).unwrap();
}

fn files_under(folder: &Path, out: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_under(&path, out);
        } else if path.is_file() {
            out.push(path);
        }
    }
}

fn fastest(mut work: impl FnMut()) -> Duration {
    let run = |_| {
        let start = Instant::now();
        work();
        start.elapsed()
    };
    (0..ROUNDS).map(run).min().unwrap_or_default()
}

fn corpus(folder: &Path) {
    let mut paths = Vec::new();
    files_under(folder, &mut paths);
    for language in LANGUAGES {
        let of_language = paths.iter().filter(|p| language_of(&p.to_string_lossy()) == Some(language));
        let texts: Vec<Text> = of_language
            .map(|p| Text { path: p.to_string_lossy().into_owned(), language, bytes: fs::read(p).unwrap() })
            .collect();
        if texts.is_empty() {
            continue;
        }
        let bytes: usize = texts.iter().map(|t| t.bytes.len()).sum();
        let (parsing, whole) = (fastest(|| parse_all(&texts)), fastest(|| inspect_all(&texts)));
        println!(
            "{language:?}: {} files, {:.1} MB: parsing {parsing:.1?}, analysis {whole:.1?}, {:.2} times as long",
            texts.len(),
            bytes as f64 / 1e6,
            whole.as_secs_f64() / parsing.as_secs_f64()
        );
    }
}
