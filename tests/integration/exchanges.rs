//! Runs with a real model, recorded and replayed: every strategy comes to the same as it did when the model was there.
//!
//! `.ci/record.sh MODEL ADAPTER_MODEL ADAPTER` records them anew; that is needed whenever a prompt changes.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::program::run;

const STRATEGIES: [&str; 7] =
    ["negative-example", "chain-of-thought", "meta-prompt", "lora", "ladder", "best-of", "auto"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/asked")
}

/// The report of a run in which a strategy is answered by what was recorded.
fn replayed(strategy: &str) -> Value {
    let record = fixtures().join("exchanges").join(format!("{strategy}.jsonl"));
    let model = format!("replay:{}", record.display());
    let mut arguments = vec!["scan", "app.py", "--fix", "--policy", "policy.yml", "--format", "json", "--no-network"];
    arguments.extend(["--strategy", strategy, "--model", &model]);
    if strategy == "lora" {
        arguments.extend(["--lora", "recorded"]);
    }
    let run = run(&fixtures(), arguments);
    serde_json::from_str(&run.out).unwrap_or_else(|_| panic!("{strategy}: {}", run.err))
}

/// What became of each finding: who mended it in which round, or why proposals were turned away.
fn outcome(report: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let words = |value: &Value| value.as_str().unwrap_or_default().to_string();
    let mut all = Vec::new();
    for finding in list(&report["findings"]) {
        let fix = &finding["fix"];
        let rejected: Vec<String> = list(&finding["rejected"])
            .iter()
            .map(|r| format!("{} {}", words(&r["strategy"]), words(&r["reason"])))
            .collect();
        let by = match fix.is_null() {
            true => "open".to_string(),
            false => format!("fixed by {}, answer {}", words(&fix["strategy"]), fix["asked"]["round"]),
        };
        let line = format!("{} line {}: {by}", words(&finding["rule"]), finding["region"]["startLine"]);
        all.push(if rejected.is_empty() { line } else { format!("{line}; rejected: {}", rejected.join(", ")) });
    }
    all
}

#[test]
fn recorded_runs_come_to_the_same() {
    let mut text = String::new();
    for strategy in STRATEGIES {
        let report = replayed(strategy);
        let outcome = outcome(&report);
        let anew = "a prompt has changed: record anew with .ci/record.sh";
        assert!(!outcome.iter().any(|line| line.contains("not-recorded")), "{strategy}: {anew}\n{outcome:#?}");
        for finding in report["findings"].as_array().unwrap().iter().filter(|f| !f["fix"].is_null()) {
            assert_eq!(finding["fix"]["verification"]["introduced"], Value::Array(Vec::new()), "{strategy}");
        }
        let asked = report["strategies"].as_array().unwrap().iter().any(|s| s["tokensOut"].as_u64() > Some(0));
        assert!(asked, "{strategy}: no model was asked");
        text.push_str(&format!("{strategy}\n"));
        for line in outcome {
            text.push_str(&format!("  {line}\n"));
        }
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.bind(|| insta::assert_snapshot!("recorded-runs", text));
}
