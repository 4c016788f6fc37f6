//! `tempergate study import` and `study report`, as a user has them.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::program::{Run, run_with};

const WEAK: &str = "import os\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/ping\")\ndef ping():\n    os.system(\"ping \" + request.args[\"host\"])\n    return \"done\"\n";
const SOUND: &str = "print(\"sound\")\n";

fn run(folder: &Path, arguments: &[&str]) -> Run {
    run_with(folder, [&["study"], arguments].concat(), &[])
}

/// Two models of the package's layout: the first with SARIF, the second without.
fn package(folder: &Path) {
    let sample = |model: &str, strategy: &str, number: u32, code: &str| {
        let at = folder.join(format!("Scenarios/Python/{model}/Scenarios/Scenario8CommandInjection/{strategy}"));
        fs::create_dir_all(&at).unwrap();
        fs::write(at.join(format!("copilot_{number}.py")), code).unwrap();
    };
    for (strategy, first) in [("CopilotRaw", WEAK), ("Idea1", SOUND), ("Idea4", WEAK)] {
        sample("Large_1.0", strategy, 1, first);
        sample("Large_1.0", strategy, 2, SOUND);
    }
    sample("Small", "CopilotRaw", 1, WEAK);
    fs::write(folder.join("Scenarios/Python/Large_1.0/notes.txt"), "no sample").unwrap();
    let result = |strategy: &str| {
        let uri = format!("Scenarios/Scenario8CommandInjection/{strategy}/copilot_1.py");
        json!({"ruleId": "py/shell", "message": {"text": "told"}, "locations": [{"physicalLocation":
            {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 9}}}]})
    };
    let rule = json!({"id": "py/shell", "properties":
        {"tags": ["security", "external/cwe/cwe-078"], "precision": "high", "security-severity": "9.8"}});
    let log = json!({"version": "2.1.0", "runs": [{
        "tool": {"driver": {"name": "CodeQL", "rules": [rule]}},
        "results": [result("CopilotRaw"), result("Idea4"), result("Idea4"), result("Elsewhere")],
    }]});
    fs::write(folder.join("Scenarios/Python/Large_1.0/results.sarif"), log.to_string()).unwrap();
}

fn imported() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    package(&folder.path().join("package"));
    let done = run(folder.path(), &["import", "package", "--output", "mine"]);
    assert_eq!(done.code, 0, "{}", done.err);
    for said in ["7 samples and 6 analyses added", "1 other file left out", "1 alert in other files left out"] {
        assert!(done.err.contains(said), "{said}: {}", done.err);
    }
    folder
}

fn report(folder: &Path, arguments: &[&str]) -> Value {
    let done = run(folder, &[&["report", "mine", "--format", "json"], arguments].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

/// The items of a list for a strategy over everything, by one reference.
fn overall<'r>(report: &'r Value, list: &str, strategy: &str) -> Vec<&'r Value> {
    let fits = |item: &&Value| {
        item["strategy"] == strategy
            && ["model", "language", "scenario"].iter().all(|part| item.get(part).is_none())
            && item.get("reference").is_none_or(|reference| reference == "all")
    };
    report[list].as_array().unwrap().iter().filter(fits).collect()
}

#[test]
fn samples_and_sarif_of_others_are_taken_over() {
    let folder = imported();
    let report = report(folder.path(), &[]);
    assert_eq!((&report["analyser"], &report["name"]), (&json!("CodeQL"), &json!("mine")));
    assert_eq!(report["scope"]["samples"], 6);
    assert_eq!((&report["scope"]["alerts"], &report["scope"]["notAnalysed"]), (&json!(3), &json!(1)));
    assert_eq!(report["scope"]["strategies"], json!(["none", "negative-example", "meta-prompt"]));
    assert_eq!(report["scope"]["scenarios"], json!(["8"]));
    assert!(report["notes"][0].as_str().unwrap().contains("1 sample without an analysis"), "{}", report["notes"]);
    let rate = &overall(&report, "prevalence", "none")[0]["vulnerable"];
    assert_eq!((&rate["count"], &rate["of"], &rate["percent"]), (&json!(1), &json!(2), &json!(50.0)));
    // 9.8 → 0, and 9.8 → 19.6.
    assert_eq!(overall(&report, "improvement", "negative-example")[0]["percent"], 100.0);
    assert_eq!(overall(&report, "improvement", "meta-prompt")[0]["percent"], -100.0);
    // The study's own target for the scenario.
    let target = report["prevalence"].as_array().unwrap().iter().find(|p| p["reference"] == "target").unwrap();
    assert_eq!(target["vulnerable"]["count"], 1);

    let again = run(folder.path(), &["import", "package", "--output", "mine"]);
    assert!(again.err.contains("0 samples and 0 analyses added"), "{}", again.err);
}

#[test]
fn our_own_analysis_stands_beside_that_of_others() {
    let folder = imported();
    let done = run(folder.path(), &["analyse", "mine"]);
    assert!(done.err.contains("7 samples analysed"), "{}", done.err);
    let own = report(folder.path(), &[]);
    assert_eq!((&own["analyser"], &own["scope"]["samples"]), (&json!("tempergate"), &json!(7)));
    assert_eq!(report(folder.path(), &["--analyser", "CodeQL"])["scope"]["samples"], 6);
    let wrong = run(folder.path(), &["report", "mine", "--analyser", "Semgrep"]);
    assert!(wrong.code == 2 && wrong.err.contains("by: CodeQL, tempergate"), "{}", wrong.err);
}

#[test]
fn all_formats_say_the_same() {
    let folder = imported();
    let of = |format: &str| {
        let done = run(folder.path(), &["report", "mine", "--format", format, "--output", "out"]);
        assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
        fs::read_to_string(folder.path().join("out")).unwrap()
    };
    let terminal = of("terminal");
    assert!(terminal.contains("Weak samples") && terminal.contains("50.0 % [10–90] (1/2)"), "{terminal}");
    let markdown = of("markdown");
    assert!(markdown.starts_with("# mine\n") && markdown.contains("1.0 | python | 50.0 % |"), "{markdown}");
    let csv = of("csv");
    assert!(csv.contains("prevalence,generate,none,,,,all,,vulnerable,1,2,50,9.5,90.5\r\n"), "{csv}");
    let columns = csv.lines().next().unwrap().split(',').count();
    assert!(csv.lines().all(|line| line.split(',').count() == columns));
    let html = of("html");
    assert!(html.starts_with("<!doctype html>") && html.contains("copilot_1.py") && html.contains("os.system"));
    let json: Value = serde_json::from_str(&of("json")).unwrap();
    assert_eq!(json["schemaVersion"], "1");
}

#[test]
fn a_page_of_a_large_study_says_what_is_not_on_it() {
    let folder = imported();
    let page = |samples: &str| {
        let args = ["report", "mine", "--format", "html", "--samples", samples, "--output", "page.html"];
        let done = run(folder.path(), &args);
        assert_eq!(done.code, 0, "{}", done.err);
        fs::read_to_string(folder.path().join("page.html")).unwrap()
    };
    let all = page("7");
    assert!(all.contains("7 of 7 samples shown") && !all.contains("Not on this page"));
    let some = page("4");
    assert!(some.contains("4 of 4 samples shown") && some.contains("Not on this page: 3 more samples"));
    // Of each request the first answers; the figures are those of all.
    assert!(all.contains("copilot_2.py") && some.contains("copilot_1.py") && !some.contains("copilot_2.py"));
    let none = page("0");
    assert!(none.contains("Not on this page: 7 more samples") && !none.contains("os.system"));
    let figures = |page: &str| page[page.find("id=\"figures\"").unwrap()..page.find("id=\"samples\"").unwrap()].len();
    assert!(figures(&some).abs_diff(figures(&all)) < 2_000, "{} {}", figures(&some), figures(&all));
}

/// The studies of docs/study, each with a page that its records make. UPDATE_DOCS=1 writes the pages anew.
#[test]
fn pages_of_kept_studies_say_what_their_records_say() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/study");
    let folders = fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path());
    let studies: Vec<PathBuf> = folders.filter(|folder| folder.join("study.yml").is_file()).collect();
    assert!(!studies.is_empty());
    for study in studies {
        let done = run(&root, &["report", study.to_str().unwrap(), "--format", "markdown"]);
        assert_eq!(done.code, 0, "{}", done.err);
        let page = study.join("report.md");
        if std::env::var_os("UPDATE_DOCS").is_some_and(|v| v == "1") {
            fs::write(&page, &done.out).unwrap();
        }
        let kept = fs::read_to_string(&page).unwrap();
        assert!(kept == done.out, "{} is stale; run the tests once with UPDATE_DOCS=1", page.display());
    }
}

#[test]
fn the_report_is_valid_for_its_schema() {
    let folder = imported();
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs/study-report-schema.json");
    let fresh = tempergate::study::report::json::schema().unwrap();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        fs::write(&path, &fresh).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap();
    assert!(
        kept == fresh,
        "docs/study-report-schema.json is not what the code gives: run this test with UPDATE_SCHEMA=1"
    );
    let schema: Value = serde_json::from_str(&fresh).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut report = report(folder.path(), &[]);
    assert!(
        validator.is_valid(&report),
        "{:?}",
        validator.iter_errors(&report).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    report["prevalence"][0]["vulnerable"]["count"] = json!("one");
    assert!(!validator.is_valid(&report));
}

#[test]
fn what_cannot_be_reported_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("empty/x")).unwrap();
    let import = run(folder.path(), &["import", "empty", "--output", "mine"]);
    assert!(import.code == 2 && import.err.contains("there are no samples in it"), "{}", import.err);
    assert!(!folder.path().join("mine").exists());
    let report = run(folder.path(), &["report", "empty"]);
    assert!(report.code == 2 && report.err.contains("nothing was analysed"), "{}", report.err);
    let report = run(folder.path(), &["report", "nowhere"]);
    assert!(report.code == 2 && report.err.contains("nowhere"), "{}", report.err);

    package(&folder.path().join("package"));
    fs::write(
        folder.path().join("package/Scenarios/Python/Small/broken.sarif"),
        "{\"version\": \"2.1.0\", \"runs\": 3}",
    )
    .unwrap();
    let import = run(folder.path(), &["import", "package", "--output", "mine"]);
    assert!(import.code == 2 && import.err.contains("broken.sarif"), "{}", import.err);
    assert!(!folder.path().join("mine").exists());
}

#[test]
fn the_table_for_auto_needs_verified_repairs() {
    let folder = imported();
    let none = run(folder.path(), &["report", "mine", "--table", "measured.csv"]);
    assert!(none.code == 2 && none.err.contains("repair-verified"), "{}", none.err);
    assert!(!folder.path().join("measured.csv").exists());
}
