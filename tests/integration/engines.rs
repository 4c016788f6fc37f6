//! Other analysers as engines, on real repositories: a script that prints SARIF stands for them.

use std::fs;

use serde_json::{Value, json};

use crate::git::Repo;
use crate::program::{self, Run};

/// `engine.sh RULE CWE PATTERN FOLDER…` finds the pattern.
pub const SCRIPT: &str = r#"#!/bin/sh
rule=$1; cwe=$2; pattern=$3; shift 3
printf '{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"Grepper","version":"1.2","rules":[{"id":"%s",' "$rule"
printf '"shortDescription":{"text":"A pattern"},"properties":{"tags":["external/cwe/cwe-%s"],"precision":"high"}}]}},' "$cwe"
printf '"results":['
grep -rnE -- "$pattern" "$@" | sort | {
  comma=
  while IFS=: read -r file line rest; do
    printf '%s{"ruleId":"%s","level":"error","message":{"text":"It matches in %s"},' "$comma" "$rule" "$PWD/$file"
    printf '"locations":[{"physicalLocation":{"artifactLocation":{"uri":"%s"},"region":{"startLine":%s}}}]}' "$file" "$line"
    comma=,
  done
}
printf ']}]}'
"#;

const OLD: &str = "import random\n\n\ndef session_token():\n    return random.choice('abcdef')\n";
const NEW: &str = "\
import random


def session_token():
    return random.choice('abcdef')


def reset_token():
    return ''.join(random.choice('0123456789abcdef') for _ in range(32))
";

fn engine(name: &str, rule: &str, cwe: u32, pattern: &str, more: &str) -> String {
    let command = serde_json::to_string(&format!("sh tools/engine.sh {rule} {cwe} '{pattern}' {{paths}}")).unwrap();
    format!("  - {{ name: {name}, run: {command}{more} }}\n")
}

/// A repository whose base has these engines, and whose branch `topic` adds a weakness that a template mends.
fn changed(engines: &str) -> Repo {
    let policy = format!("version: 1\nengines:\n  - builtin\n{engines}");
    let repo = Repo::with(&[(".tempergate.yml", policy.as_str()), ("tools/engine.sh", SCRIPT), ("tokens.py", OLD)]);
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.write("tokens.py", NEW);
    repo.commit("change");
    repo
}

/// Runs the program with a folder of its own for temporary files, which must be empty afterwards.
fn run(repo: &Repo, arguments: &[&str]) -> Run {
    let temporary = repo.outside("temporary");
    fs::create_dir_all(&temporary).unwrap();
    let run = program::run_with(repo.path(), arguments, &[("TMPDIR", temporary.to_str().unwrap())]);
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0, "something is left behind");
    assert_eq!(repo.git(["status", "--porcelain", "--untracked-files=no"]), "");
    run
}

fn check(repo: &Repo) -> Value {
    let run = run(repo, &["check", "--base", "main", "--head", "topic", "--format", "json"]);
    assert!(run.code < 2, "{}", run.err);
    serde_json::from_str(&run.out).unwrap()
}

fn finding<'r>(report: &'r Value, rule: &str, line: u32) -> &'r Value {
    let all = report["findings"].as_array().unwrap();
    let found = all.iter().find(|f| f["rule"] == rule && f["region"]["startLine"] == line);
    found.unwrap_or_else(|| panic!("no {rule} at {line} in {all:#?}"))
}

#[test]
fn what_an_engine_finds_is_compared_decided_and_joined() {
    let engines = engine("grepper", "R1", 338, "random.choice", "") + &engine("other", "R2", 703, "^import random", "");
    let report = check(&changed(&engines));
    // Tempergate sees it too: one finding, which names the engine.
    let own = finding(&report, "weak-random", 9);
    assert_eq!(own["state"], "new");
    let also = &own["alsoFoundBy"][0];
    assert_eq!(
        (&also["engine"], &also["rule"], &also["cwe"]),
        (&json!("grepper"), &json!("grepper:R1"), &json!([338]))
    );
    assert_eq!(also["message"], "It matches in tempergate-head/tokens.py");
    let looks = own["fix"]["verification"]["engines"].as_array().unwrap();
    assert_eq!(looks.len(), 2);
    assert_eq!(looks[0]["engine"], "grepper");
    assert_eq!((&looks[0]["resolved"][0]["rule"], &looks[0]["resolved"][0]["line"]), (&json!("grepper:R1"), &json!(9)));
    assert_eq!(looks[1], json!({ "engine": "other" }));
    // What was there before is old for engines, too.
    assert_eq!(finding(&report, "weak-random", 5)["state"], "persisting");
    assert_eq!(finding(&report, "weak-random", 5)["alsoFoundBy"][0]["rule"], "grepper:R1");
    let import = finding(&report, "other:R2", 1);
    assert_eq!(
        (&import["state"], &import["engine"], &import["action"]),
        (&json!("persisting"), &json!("other"), &json!("note"))
    );
    assert_eq!(report["rules"].as_array().unwrap().iter().filter(|rule| rule["id"] == "other:R2").count(), 1);
    let told = |at: usize| {
        let engine = &report["engines"][at];
        let number = |key: &str| engine[key].as_u64().unwrap();
        (engine["name"].as_str().unwrap().to_owned(), number("findings"), number("joined"), number("fixes"))
    };
    assert_eq!(told(0), ("grepper".to_owned(), 2, 2, 1));
    assert_eq!(told(1), ("other".to_owned(), 1, 0, 1));
    assert_eq!((&report["engines"][0]["tool"], &report["engines"][0]["version"]), (&json!("Grepper"), &json!("1.2")));
}

#[test]
fn a_fix_that_brings_in_what_an_engine_sees_is_rejected() {
    let repo = changed(&engine("grepper", "R9", 1, "secrets.choice", ""));
    let report = check(&repo);
    let own = finding(&report, "weak-random", 9);
    assert!(own["fix"].is_null(), "{own:#}");
    let rejected = &own["rejected"][0];
    assert_eq!(rejected["reason"], "introduces");
    assert_eq!(rejected["explanation"], "brings in grepper:R9 (CWE-1) at line 10, as grepper sees it");
    assert_eq!(rejected["verification"]["introduced"][0]["rule"], "grepper:R9");
    assert_eq!(report["engines"][0]["rejected"], 1);
    // Unless the policy switches the rule off.
    let policy = fs::read_to_string(repo.path().join(".tempergate.yml")).unwrap();
    let policy = format!("{policy}gate: {{ rules: [{{ rule: \"grepper:R9\", action: \"off\" }}] }}\n");
    fs::write(repo.outside("policy.yml"), policy).unwrap();
    let named = repo.outside("policy.yml");
    let named = named.to_str().unwrap();
    let run = run(&repo, &["check", "--base", "main", "--head", "topic", "--format", "json", "--policy", named]);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert!(finding(&report, "weak-random", 9)["fix"].is_object());
}

#[test]
fn several_fixes_are_looked_at_alone_and_together() {
    // Only where both fixes are there does the engine see anything.
    let both = r#"sh -c 'for f in "$@"; do [ $(grep -c secrets.choice $f/tokens.py) -gt 1 ] && echo $f; done | xargs -r sh tools/engine.sh R3 1 secrets.choice > o; [ -s o ] && cat o || sh tools/engine.sh R3 1 NOTHING {paths}' sh {paths}"#;
    let engines = format!("  - {{ name: both, run: {} }}\n", serde_json::to_string(both).unwrap());
    let repo = changed(&engines);
    let other = "\n\ndef access_token():\n    return ''.join(random.choice('0123456789abcdef') for _ in range(16))\n";
    repo.write("tokens.py", format!("{NEW}{other}"));
    repo.commit("more");
    let report = check(&repo);
    let new = report["findings"].as_array().unwrap().iter().filter(|f| f["state"] == "new");
    let fixes: Vec<bool> = new.map(|finding| finding["fix"].is_object()).collect();
    assert_eq!(fixes.iter().filter(|fixed| **fixed).count(), 1, "{report:#}");
    assert_eq!(fixes.len(), 2);
    let all = report.to_string();
    assert!(all.contains("together with the other fixes, brings in both:R3 (CWE-1)"), "{all}");
}

#[test]
fn without_a_required_engine_nothing_is_judged() {
    let missing = "  - { name: gone, run: \"no-such-analyser {paths}\" }\n";
    let run_of = |engines: &str| run(&changed(engines), &["check", "--base", "main", "--head", "topic"]);
    let missed = run_of(missing);
    assert_eq!(missed.code, 2, "{}", missed.out);
    let why =
        "the change cannot be judged: the engine gone is required, and it was not found: it ended with 127; it said:";
    assert!(missed.err.contains(why) && missed.err.contains("no-such-analyser"), "{}", missed.err);
    for (command, why) in [
        (
            "echo {paths} >&2; printf '\\\\033[31mbroken' >&2; exit 3",
            "it failed: it ended with 3; it said: tempergate-base",
        ),
        ("echo {paths}", "what it gave is no SARIF"),
        ("true {paths}", "it gave no SARIF"),
        ("sleep 20; echo {paths}", "it was stopped after 1s"),
    ] {
        let failed = run_of(&format!("  - {{ name: bad, run: \"{command}\", timeout: 1s }}\n"));
        assert!(failed.code == 2 && failed.err.contains(why), "{command}: {}", failed.err);
        assert!(!failed.err.contains('\u{1b}'), "{}", failed.err);
    }
    // One that is not required is told of.
    let optional = run_of("  - { name: gone, run: \"no-such-analyser {paths}\", required: false }\n");
    assert_eq!(optional.code, 1, "{}", optional.err);
    assert!(optional.out.contains("engine: gone said nothing about this change: it was not found"), "{}", optional.out);
    assert!(optional.out.contains("gone did not look: it failed before"), "{}", optional.out);
}

#[test]
fn a_change_cannot_choose_its_engines_nor_their_files() {
    let repo = changed(&engine("grepper", "R1", 338, "random.choice", ""));
    repo.write("tools/engine.sh", "touch \"$HOME/../../hijacked\"; printf '{\"runs\":[{\"results\":[]}]}'\n");
    repo.write(".tempergate.yml", "engines: [{ name: own, run: \"touch hijacked {paths}\" }]\n");
    repo.write("eslint.config.js", "eval(process.argv[1])\n");
    repo.commit("hostile");
    let report = check(&repo);
    assert_eq!(finding(&report, "weak-random", 9)["alsoFoundBy"][0]["rule"], "grepper:R1");
    assert_eq!(report["engines"].as_array().unwrap().len(), 1);
    assert!(!repo.outside("temporary").join("hijacked").exists());
    // Files that tell tools how to behave are not shown to engines.
    let lists = "  - { name: lists, run: \"ls -R {paths} >&2; exit 9\" }\n";
    let repo = changed(lists);
    repo.write("eslint.config.js", "eval(process.argv[1])\n");
    repo.write(".hidden.py", "eval(input())\n");
    repo.write("setup.cfg", "[bandit]\n");
    repo.commit("more");
    let said = run(&repo, &["check", "--base", "main", "--head", "topic"]).err;
    assert!(
        said.contains("tokens.py") && !said.contains("eslint") && !said.contains("hidden") && !said.contains("cfg"),
        "{said}"
    );
}

#[test]
fn engines_are_asked_about_changes_only() {
    let repo = changed("  - { name: gone, run: \"no-such-analyser {paths}\" }\n");
    let policy = repo.path().join(".tempergate.yml");
    let scanned = run(&repo, &["scan", "tokens.py", "--policy", policy.to_str().unwrap()]);
    assert_eq!(scanned.code, 0, "{}", scanned.err);
    assert!(
        scanned.err.contains("the policy's engine is not asked (gone): they look at a change (--base)"),
        "{}",
        scanned.err
    );
    // Nor where nothing is for them.
    let repo = changed("  - { name: gone, run: \"no-such-analyser {paths}\", languages: [go] }\n");
    let report = check(&repo);
    assert_eq!(report["engines"][0]["outcome"], "nothing-to-look-at");
}

#[test]
fn a_sarif_file_tells_of_the_head() {
    let repo = changed("  - { name: codeql, sarif: out.sarif, cwe: { R: [338] } }\n");
    let sarif = |uri: &str| {
        let at = |line: u32| {
            json!({ "ruleId": "R", "message": { "text": "It is weak" }, "locations": [{ "physicalLocation": {
                "artifactLocation": { "uri": uri }, "region": { "startLine": line } } }] })
        };
        json!({ "version": "2.1.0", "runs": [{ "tool": { "driver": { "name": "CodeQL" } }, "results": [at(5), at(9)] }] }).to_string()
    };
    let missing = run(&repo, &["check", "--base", "main", "--head", "topic"]);
    assert!(missing.code == 2 && missing.err.contains("its file out.sarif cannot be read"), "{}", missing.err);
    let absolute = format!("file://{}/tokens.py", repo.path().canonicalize().unwrap().display());
    for uri in ["tokens.py", absolute.as_str()] {
        repo.write("out.sarif", sarif(uri));
        let report = check(&repo);
        assert_eq!(finding(&report, "weak-random", 9)["alsoFoundBy"][0]["rule"], "codeql:R");
        assert_eq!(finding(&report, "weak-random", 5)["alsoFoundBy"][0]["rule"], "codeql:R");
        assert_eq!(finding(&report, "weak-random", 5)["state"], "persisting");
        let look = &finding(&report, "weak-random", 9)["fix"]["verification"]["engines"][0];
        assert_eq!(look["notAsked"], "its findings come from a file");
    }
    // A change that brings the file along would say itself what was found.
    repo.commit("the file");
    let refused = run(&repo, &["check", "--base", "main", "--head", "topic"]);
    assert!(refused.code == 2 && refused.err.contains("out.sarif is one of the repository"), "{}", refused.err);
}

#[test]
fn jobs_that_share_a_change_tell_of_all_engines_together() {
    let repo = changed(&engine("grepper", "R1", 338, "random.choice", ""));
    for number in 0..6 {
        repo.write(format!("more{number}.py"), NEW);
    }
    repo.commit("more");
    let whole = check(&repo);
    let mut files = Vec::new();
    for shard in ["1/2", "2/2"] {
        let file = repo.outside(&shard.replace('/', "-"));
        let file = file.to_str().unwrap().to_owned();
        let out =
            ["check", "--base", "main", "--head", "topic", "--shard", shard, "--format", "json", "--output", &file];
        let part = run(&repo, &out);
        assert!(part.code < 2, "{}", part.err);
        files.push(file);
    }
    let mut words = vec!["merge"];
    words.extend(files.iter().map(String::as_str));
    let folder = repo.outside("merged");
    words.extend(["--reports", folder.to_str().unwrap()]);
    let merged = run(&repo, &words);
    assert!(merged.code < 2, "{}", merged.err);
    let merged: Value = serde_json::from_str(&fs::read_to_string(folder.join("report.json")).unwrap()).unwrap();
    assert_eq!(merged["engines"], whole["engines"]);
    assert_eq!(merged["findings"], whole["findings"]);
}
