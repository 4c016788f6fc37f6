//! The report formats, from reports built by hand.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod html;
mod sample;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use proptest::prelude::*;
use sample::Texts;
use serde_json::Value;
use tempergate::finding::Region;
use tempergate::report::model::{Action, State};
use tempergate::report::sarif::{self, Audience};
use tempergate::report::{Report, diff, json, markdown, terminal};
use tempergate::syntax::Source;
use tempergate::syntax::hir::Span;

fn lookup(texts: &Texts) -> impl Fn(&str) -> Option<Arc<Source>> {
    |path| texts.get(path).cloned()
}

fn sarif_of((report, texts): &(Report, Texts), audience: Audience<'_>) -> Value {
    let text = sarif::render(report, &lookup(texts), audience).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn terminal_of((report, texts): &(Report, Texts), options: &terminal::Options) -> String {
    terminal::render(report, &lookup(texts), options)
}

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Fails when SARIF's own schema says that the text is not SARIF.
fn assert_valid_sarif(log: &Value) {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let text = std::fs::read_to_string(root("tests/fixtures/sarif-schema-2.1.0.json")).unwrap();
        jsonschema::options().should_validate_formats(true).build(&serde_json::from_str(&text).unwrap()).unwrap()
    });
    let errors: Vec<String> = schema.iter_errors(log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root("tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn sarif_is_valid_for_its_schema() {
    for sample in [sample::rich(), sample::clean(), sample::hostile()] {
        assert_valid_sarif(&sarif_of(&sample, Audience::Complete));
        assert_valid_sarif(&sarif_of(&sample, Audience::Upload { category: "" }));
    }
}

#[test]
fn the_schema_test_notices_what_is_not_sarif() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(root("tests/fixtures/sarif-schema-2.1.0.json")).unwrap())
            .unwrap();
    let mut log = sarif_of(&sample::rich(), Audience::Complete);
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert!(!jsonschema::is_valid(&schema, &log));
}

#[test]
fn sarif_of_the_rich_sample() {
    let (report, texts) = sample::rich();
    golden("report-rich.sarif", &sarif::render(&report, &lookup(&texts), Audience::Complete).unwrap());
}

#[test]
fn terminal_of_the_rich_sample() {
    golden("report-rich.terminal", &terminal_of(&sample::rich(), &terminal::Options::default()));
    let options = terminal::Options { unicode: true, colour: true, show_old: true, ..terminal::Options::default() };
    golden("report-rich.terminal-colour", &terminal_of(&sample::rich(), &options).replace('\u{1b}', "\\e"));
    golden("report-clean.terminal", &terminal_of(&sample::clean(), &terminal::Options::default()));
}

#[test]
fn without_source_texts_the_place_still_stands() {
    let (report, _) = sample::rich();
    let out = terminal::render(&report, &|_| None, &terminal::Options::default());
    assert!(out.contains("--> app/store.py:9:20\n") && !out.contains("^^^"), "{out}");
    golden("report-rich.terminal-without-texts", &out);
}

#[test]
fn terminal_of_the_hostile_sample() {
    golden("report-hostile.terminal", &terminal_of(&sample::hostile(), &terminal::Options::default()));
}

#[test]
fn ten_thousand_findings_in_one_file_render_in_linear_time() {
    let text: String = (0..10_000).map(|i| format!("eval(request.args['a{i}'])\n")).collect();
    let report_of = |number: usize| {
        let (mut report, _) = sample::clean();
        let source = Source::new(text.as_bytes());
        let (starts, message) = (text.match_indices("eval(").map(|(at, _)| at), "Foreign data is evaluated");
        report.findings = starts
            .take(number)
            .map(|at| {
                let region = Region::of(&source, Span::new(at, at + 5));
                let finding = sample::finding("code-injection", &[94], 9.0, "app.py", region, message);
                sample::reported(finding, State::New, Action::Fail, "gate.fail-on")
            })
            .collect();
        (report, sample::texts(&[("app.py", &text)]))
    };
    let timed = |number| {
        let sample = report_of(number);
        let begin = std::time::Instant::now();
        let results = sarif_of(&sample, Audience::Complete)["runs"][0]["results"].as_array().unwrap().len();
        assert_eq!(results, number);
        assert!(markdown::render(&sample.0, markdown::LIMIT).len() <= markdown::LIMIT);
        assert_eq!(html::html_of(&sample).matches("<article ").count(), number.min(5_000));
        let out = terminal_of(&sample, &terminal::Options::default());
        assert_eq!(out.matches("error[code-injection]").count(), number);
        begin.elapsed()
    };
    let (few, many) = (timed(1_000), timed(10_000));
    // Quadratic time would give a factor of a hundred.
    assert!(many < few * 30 + std::time::Duration::from_millis(500), "{few:?} for 1,000 and {many:?} for 10,000");
}

#[test]
fn markdown_of_the_samples() {
    golden("report-rich.markdown", &markdown::render(&sample::rich().0, markdown::LIMIT));
    golden("report-hostile.markdown", &markdown::render(&sample::hostile().0, markdown::LIMIT));
    golden("report-clean.markdown", &markdown::render(&sample::clean().0, markdown::LIMIT));
}

#[test]
fn markdown_keeps_its_size_and_says_what_it_left_out() {
    let (mut report, _) = sample::hostile();
    let (evil, file) = (report.findings[0].clone(), report.files[1].clone());
    report.findings = vec![evil; 3_000];
    report.files = vec![file; 3_000];
    report.verdict.reasons = vec![sample::EVIL.repeat(100); 3_000];
    for limit in [0, 10_000, markdown::LIMIT] {
        let out = markdown::render(&report, limit);
        assert!(out.len() <= limit.max(20_000), "{} of {limit}", out.len());
        assert!(out.starts_with("## ❌ Tempergate: failed\n"));
        let left_out: Vec<&str> =
            out.lines().filter(|line| line.contains("… and ") && line.contains(" more")).collect();
        assert_eq!(left_out.len(), 4, "reasons, rows, files, details: {left_out:#?}");
        assert_eq!(out.matches("<details>").count(), out.matches("\n</details>\n").count());
    }
}

#[test]
fn json_is_valid_for_its_published_schema() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(root("docs/report-schema.json")).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for (report, _) in [sample::rich(), sample::clean(), sample::hostile()] {
        let text = json::render(&report).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = schema.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }
    let mut wrong: Value = serde_json::from_str(&json::render(&sample::rich().0).unwrap()).unwrap();
    wrong["findings"][0]["state"] = "sometimes".into();
    assert!(!schema.is_valid(&wrong));
}

#[test]
fn the_published_schema_is_fresh() {
    let path = root("docs/report-schema.json");
    let fresh = json::schema().unwrap();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(&path, &fresh).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == fresh, "docs/report-schema.json is not what the code gives: run this test with UPDATE_SCHEMA=1");
}

#[test]
fn json_of_the_rich_sample() {
    golden("report-rich.json", &json::render(&sample::rich().0).unwrap());
}

/// Two texts that share lines, with all that makes diffs hard: no line feed at the end, carriage returns, empty texts.
fn texts() -> impl Strategy<Value = (String, String)> {
    let line = prop::sample::select(vec![
        "a",
        "b",
        "é",
        "",
        "\r",
        "x\ry",
        "--- a/x",
        "@@ -1 +1 @@",
        "\\ No newline",
        "\u{1b}",
    ]);
    let text = || {
        (prop::collection::vec(line.clone(), 0..14), any::<bool>()).prop_map(|(lines, end)| {
            let text = lines.join("\n");
            if end && !lines.is_empty() { text + "\n" } else { text }
        })
    };
    (text(), text())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn git_applies_every_diff(
        (old, new) in texts(),
        path in prop::sample::select(vec!["a.py", "d e/f g.py", "é.py", "q\"uote\\.py", "tab\t.py", "new\nline.py", "a b"]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, &old).unwrap();
        let diff = diff::unified(path, &old, &new);
        if old == new {
            prop_assert_eq!(diff, "");
        } else {
            std::fs::write(folder.path().join("patch"), &diff).unwrap();
            let git = std::process::Command::new("git")
                .args(["apply", "--whitespace=nowarn", "patch"])
                .current_dir(&folder)
                .env("GIT_CEILING_DIRECTORIES", folder.path().parent().unwrap())
                .env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .output()
                .unwrap();
            prop_assert!(git.status.success(), "{}\n{}", String::from_utf8_lossy(&git.stderr), diff);
            prop_assert_eq!(std::fs::read_to_string(&file).unwrap(), new);
        }
    }
}

/// A region that may lie anywhere, also outside the text, end before its start, or stand on no line at all.
fn any_region() -> impl Strategy<Value = Region> {
    let number = || prop_oneof![0u32..40, Just(u32::MAX), any::<u32>()];
    (number(), number(), number(), number(), number(), number()).prop_map(
        |(start, end, start_line, start_column, end_line, end_column)| Region {
            start,
            end,
            start_line,
            start_column,
            end_line,
            end_column,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn any_report_gives_every_format(
        text in "[a-c\\t\r\n\u{1b}é漢\u{202e}]{0,60}",
        (path, message) in (any::<String>(), any::<String>()),
        regions in prop::collection::vec(any_region(), 5),
    ) {
        let (mut report, _) = sample::hostile();
        let reported = &mut report.findings[0];
        let finding = &mut reported.finding;
        (finding.path, finding.message, finding.region) = (path.clone(), message.clone(), regions[0]);
        for (step, region) in finding.flow.iter_mut().zip(&regions[1..]) {
            (step.path, step.message, step.region) = (path.clone(), message.clone(), *region);
        }
        if let Some(fix) = &mut reported.fix {
            fix.replacements[0].region = regions[4];
            fix.diff = message.clone();
        }
        let sample = (report, sample::texts(&[(&path, &text)]));
        assert_valid_sarif(&sarif_of(&sample, Audience::Complete));
        let page = markdown::render(&sample.0, markdown::LIMIT);
        let web = html::html_of(&sample);
        for shown in [terminal_of(&sample, &terminal::Options::default()), page, web] {
            let hidden: Vec<char> =
                shown.chars().filter(|&c| c != '\n' && tempergate::report::text::is_hidden(c)).collect();
            prop_assert!(hidden.is_empty(), "{:?}", hidden);
        }
    }
}

#[test]
fn nothing_hidden_reaches_a_reader() {
    let sample = sample::hostile();
    for text in [
        terminal_of(&sample, &terminal::Options::default()),
        terminal_of(&sample, &terminal::Options { unicode: true, ..terminal::Options::default() }),
        markdown::render(&sample.0, markdown::LIMIT),
        html::html_of(&sample),
    ] {
        let hidden: Vec<char> = text.chars().filter(|&c| c != '\n' && tempergate::report::text::is_hidden(c)).collect();
        assert!(hidden.is_empty(), "{hidden:?}");
    }
    // With colours, the only escapes are those that set colours.
    let options = terminal::Options { colour: true, ..terminal::Options::default() };
    let coloured = terminal_of(&sample, &options);
    for (at, _) in coloured.match_indices('\u{1b}') {
        let rest = &coloured[at + 1..];
        let end = rest.find(|c: char| c != '[' && c != ';' && !c.is_ascii_digit());
        assert_eq!(end.map(|end| &rest[end..=end]), Some("m"), "{:?}", &rest[..20]);
    }
}

#[test]
fn what_is_gone_stays_out_of_an_upload() {
    let states = |audience| -> Vec<Value> {
        let log = sarif_of(&sample::rich(), audience);
        log["runs"][0]["results"].as_array().unwrap().iter().map(|r| r["baselineState"].clone()).collect()
    };
    assert_eq!(states(Audience::Complete), ["new", "updated", "unchanged", "absent"]);
    assert_eq!(states(Audience::Upload { category: "" }), ["new", "updated", "unchanged"]);
}

#[test]
fn sarif_names_the_fitting_weakness_first() {
    let log = sarif_of(&sample::rich(), Audience::Complete);
    let run = &log["runs"][0];
    let result = &run["results"][0];
    assert_eq!((&result["properties"]["cwe"][0], &result["taxa"][0]["id"]), (&"CWE-89".into(), &"CWE-89".into()));
    let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap() as usize];
    assert_eq!(rule["id"], result["ruleId"]);
    assert_eq!(
        rule["properties"]["tags"],
        serde_json::json!(["security", "external/cwe/cwe-089", "external/cwe/cwe-943"])
    );
    let taxon = &run["taxonomies"][0]["taxa"][result["taxa"][0]["index"].as_u64().unwrap() as usize];
    assert_eq!(taxon["id"], "CWE-89");
    let artifact = &result["locations"][0]["physicalLocation"]["artifactLocation"];
    let listed = &run["artifacts"][artifact["index"].as_u64().unwrap() as usize];
    assert_eq!(listed["location"]["uri"], artifact["uri"]);
}
