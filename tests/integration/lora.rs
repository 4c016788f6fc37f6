//! `tempergate lora`: rows to train with, the recipe's process, and the comparison with and without tuned weights.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::git::Repo;
use super::program::{Run, json, run, run_with};
use super::study;

/// A program that runs what it is sent, under a name of its own; mended, or not.
fn program(name: &str, mended: bool) -> String {
    let (import, line) = match mended {
        true => ("subprocess", "subprocess.run([\"ping\", \"--\", request.args[\"host\"]])"),
        false => ("os", "os.system(\"ping \" + request.args[\"host\"])"),
    };
    format!(
        "import {import}\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/{name}\")\ndef {name}():\n    {line}\n    return \"done\"\n"
    )
}

fn pair(name: &str) -> Value {
    json!({
        "before": program(name, false), "after": program(name, true), "cwe": "CWE-78", "language": "python",
        "commit": format!("host/owner/{name}/commit/12ab"), "licence": "MIT",
    })
}

fn write_lines(path: &Path, lines: &[Value]) {
    fs::write(path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
}

fn rows(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn export(folder: &Path, arguments: &[&str]) -> Run {
    run(folder, [&["lora", "export", "--output", "data"], arguments].concat())
}

fn said<'r>(row: &'r Value, role: &str) -> &'r str {
    let messages = row["messages"].as_array().unwrap();
    messages.iter().find(|m| m["role"] == role).unwrap()["content"].as_str().unwrap()
}

#[test]
fn what_is_learnt_is_what_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    write_lines(&folder.path().join("pairs.jsonl"), &[pair("ping")]);
    let exported = export(folder.path(), &["--pairs", "pairs.jsonl", "--validation-share", "0"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    let row = rows(&folder.path().join("data/train.jsonl")).remove(0);
    assert_eq!((&row["analysed"], &row["cwe"], &row["licence"]), (&json!(true), &json!(78), &json!("MIT")));
    // The gate asks a server about the same program.
    let asked = Arc::new(Mutex::new(Vec::new()));
    let (heard, answer) = (asked.clone(), said(&row, "assistant").to_string());
    let (endpoint, _) = study::endpoint(Box::new(move |request| {
        heard.lock().unwrap().push(request.clone());
        Some(answer.clone())
    }));
    fs::write(folder.path().join("app.py"), program("ping", false)).unwrap();
    let arguments = ["harden", "app.py", "--strategy", "lora", "--model", "openai-compatible:small", "--lora", "tuned"];
    let hardened = run_with(folder.path(), arguments, &[("TEMPERGATE_MODEL_ENDPOINT", &endpoint)]);
    // What is learnt as an answer is taken as a fix.
    assert_eq!(hardened.code, 0, "{}{}", hardened.out, hardened.err);
    assert!(hardened.out.contains("+    subprocess.run("), "{}", hardened.out);
    assert!(hardened.err.contains("fixed by lora"), "{}", hardened.err);
    let request = asked.lock().unwrap().remove(0);
    assert_eq!(request["model"], "tuned");
    let messages = request["messages"].as_array().unwrap();
    let learnt = row["messages"].as_array().unwrap();
    assert_eq!(messages.as_slice(), &learnt[..learnt.len() - 1]);
}

#[test]
fn rows_are_split_counted_and_the_same_every_time() {
    let folder = tempfile::tempdir().unwrap();
    let mut pairs: Vec<Value> = (0..20).map(|n| pair(&format!("ping{n}"))).collect();
    pairs.push(pair("ping3"));
    pairs.push(json!({"before": "f = 1", "after": "f = 1", "file": "a.py"}));
    pairs.push(json!({"before": "int f() {}", "after": "int f() { return 0; }", "file": "a.c", "cwe": 457}));
    write_lines(&folder.path().join("pairs.jsonl"), &pairs);
    let arguments = ["--rules", "--pairs", "pairs.jsonl", "--validation-share", "0.2"];
    assert_eq!(export(folder.path(), &arguments).code, 0);
    let data = folder.path().join("data");
    let read = || {
        ["train.jsonl", "validation.jsonl", "held-out.jsonl", "manifest.json"].map(|n| fs::read(data.join(n)).unwrap())
    };
    let first = read();
    let (train, validation) = (rows(&data.join("train.jsonl")), rows(&data.join("validation.jsonl")));
    let groups = |rows: &[Value]| -> BTreeSet<String> {
        rows.iter().map(|row| row["group"].as_str().unwrap().to_string()).collect()
    };
    assert!(groups(&train).is_disjoint(&groups(&validation)));
    let manifest = json(&data.join("manifest.json"));
    assert_eq!(manifest["train"]["rows"], train.len());
    assert_eq!(manifest["validation"]["rows"], validation.len());
    assert_eq!(manifest["leftOut"]["pairs"], json!({"duplicate": 1, "language": 1, "unchanged": 1}));
    let licences = &manifest["train"]["licences"];
    assert!(licences["MIT"].as_u64() > Some(10) && licences["Apache-2.0 OR MIT"].as_u64() > Some(100), "{licences}");
    let held_out = rows(&data.join("held-out.jsonl"));
    assert_eq!(groups(&held_out), groups(&validation));
    assert!(train.len() > 6 * validation.len() / 2 && validation.len() > 20, "{} {}", train.len(), validation.len());
    run(folder.path(), [&["--threads", "1", "lora", "export", "--output", "data"][..], &arguments].concat());
    assert!(read() == first);
    // Other languages are there for those who want them, and the source is believed.
    let all = export(folder.path(), &["--pairs", "pairs.jsonl", "--all-languages", "--validation-share", "0"]);
    assert!(all.err.contains("the licence of 1 row is not known"), "{}", all.err);
    let c: Vec<Value> = rows(&data.join("train.jsonl")).into_iter().filter(|row| row["language"] == "C").collect();
    assert_eq!((c.len(), &c[0]["analysed"], &c[0]["licence"]), (1, &json!(false), &json!("unknown")));
    assert_eq!(said(&c[0], "assistant"), "```c\nint f() { return 0; }\n```");
}

#[test]
fn fixes_of_a_history_are_found_by_what_they_mend() {
    let repo = Repo::with(&[("app.py", program("ping", false)), ("other.py", "x = 1\n".to_string())]);
    repo.write("other.py", "x = 2\n");
    repo.commit("Another number");
    repo.write("app.py", program("ping", true));
    repo.commit("Take no shell");
    let folder = tempfile::tempdir().unwrap();
    let path = repo.path().to_str().unwrap();
    let arguments = ["--history", path, "--licence", "history=BSD-3-Clause", "--validation-share", "0"];
    let exported = export(folder.path(), &arguments);
    assert_eq!(exported.code, 0, "{}", exported.err);
    let train = rows(&folder.path().join("data/train.jsonl"));
    assert_eq!(train.len(), 1);
    assert_eq!((&train[0]["licence"], &train[0]["group"]), (&json!("BSD-3-Clause"), &json!("app.py")));
    assert!(said(&train[0], "assistant").contains("import subprocess\n"), "{}", train[0]);
    assert_eq!(json(&folder.path().join("data/manifest.json"))["leftOut"]["history"], json!({"not-found": 1}));
}

#[test]
fn sound_programs_of_a_study_are_learnt_with_their_tasks() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, _) = study::server(Box::new(|prompt| Some(study::small_model(prompt))));
    study::study(&folder.path().join("small"), &endpoint);
    assert_eq!(study::run(folder.path(), &["run", "small"]).code, 0);
    let exported = export(folder.path(), &["--study", "small", "--validation-share", "0"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    let train = rows(&folder.path().join("data/train.jsonl"));
    // A sum, and the page that pings without a shell; each program once.
    assert_eq!(train.len(), 2, "{train:#?}");
    for row in &train {
        assert_eq!((&row["kind"], row["messages"].as_array().unwrap().len()), (&json!("generate"), 2));
        let (task, code) = (said(row, "user"), said(row, "assistant"));
        assert!(!code.contains("os.system") && task.ends_with("in one fenced block."), "{row}");
        assert_eq!(task.contains("pings a host"), code.contains("subprocess"), "{row}");
    }
}

#[test]
fn an_export_of_nothing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let none = export(folder.path(), &[]);
    assert!(none.code == 2 && none.err.contains("no source is named"), "{}", none.err);
    write_lines(&folder.path().join("pairs.jsonl"), &[json!({"before": "a", "after": "a", "file": "a.py"})]);
    let same = export(folder.path(), &["--pairs", "pairs.jsonl"]);
    assert!(same.code == 2 && same.err.contains("1 of pairs (unchanged)"), "{}", same.err);
    assert!(!folder.path().join("data").exists());
    let wrong = export(folder.path(), &["--rules", "--licence", "MIT"]);
    assert!(wrong.code == 2 && wrong.err.contains("SOURCE=NAME"), "{}", wrong.err);
}

#[cfg(unix)]
#[test]
fn the_recipe_runs_in_an_environment_of_its_own() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("python");
    let script = "#!/bin/sh\nenv > \"$0.env\"\necho \"$@\" > \"$0.arguments\"\nls \"$PYTHONPATH/tempergate_training\" > \"$0.files\"\nexit $(cat \"$0.code\")\n";
    fs::write(&python, script).unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    let train = |code: &str, more: &[&str]| {
        fs::write(folder.path().join("python.code"), code).unwrap();
        let own = ["lora", "train", "--data", "data", "--base", "a.gguf", "--output", "run", "--python", "./python"];
        run_with(folder.path(), [&own[..], more].concat(), &[("A_SECRET", "hush"), ("CUDA_VISIBLE_DEVICES", "1")])
    };
    assert_eq!(train("0", &["--cpu", "--seed", "7"]).code, 0);
    let read = |end: &str| fs::read_to_string(folder.path().join(format!("python.{end}"))).unwrap();
    let (environment, arguments) = (read("env"), read("arguments"));
    assert!(!environment.contains("hush") && environment.contains("CUDA_VISIBLE_DEVICES=1"), "{environment}");
    for set in ["HF_HUB_OFFLINE=1", "OMP_WAIT_POLICY=passive", "PYTHONSAFEPATH=1"] {
        assert!(environment.lines().any(|line| line == set), "{set}: {environment}");
    }
    assert!(arguments.starts_with("-m tempergate_training.train --data data --base a.gguf --output run "));
    assert!(arguments.contains("--seed 7") && arguments.contains("--cpu"), "{arguments}");
    // All of the package comes along.
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("training/tempergate_training");
    let mut names: Vec<String> =
        fs::read_dir(own).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name.ends_with(".py"));
    names.sort();
    assert_eq!(read("files").lines().collect::<Vec<_>>(), names);
    assert_eq!(train("3", &[]).code, 1);
    let failed = train("1", &[]);
    assert!(failed.code == 2 && failed.err.contains("ended with 1"), "{}", failed.err);
    train("0", &["--processes", "2"]);
    assert!(
        read("arguments").contains("accelerate.commands.launch") && read("arguments").contains("--num_processes 2")
    );
    let missing = run(folder.path(), ["lora", "convert", "run", "--output", "a.gguf", "--python", "./no-python"]);
    assert!(missing.code == 2 && missing.err.contains("--python"), "{}", missing.err);
}

#[cfg(unix)]
#[test]
fn ctrl_c_is_passed_on_and_waited_for() {
    use std::os::unix::fs::PermissionsExt;
    use std::process::{Command, Stdio};
    let folder = tempfile::tempdir().unwrap();
    let python = folder.path().join("python");
    let script = "#!/bin/sh\ntrap 'echo ended > ended; exit 3' TERM\necho > started\nwhile :; do sleep 0.05; done\n";
    fs::write(&python, script).unwrap();
    fs::set_permissions(&python, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tempergate"));
    command.current_dir(folder.path()).stderr(Stdio::piped());
    let own = ["lora", "train", "--data", "data", "--base", "a.gguf", "--output", "run", "--python", "./python"];
    let mut training = command.args(own).spawn().unwrap();
    while !folder.path().join("started").exists() {
        assert!(training.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &training.id().to_string()]).status().unwrap().success());
    let ended = training.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(folder.path().join("ended").exists());
}

/// A model that mends functions by the number in their names: with tuned weights below `tuned`, without them below `base`.
fn evaluated(folder: &Path, tuned: u32, base: u32) -> (Run, usize) {
    let (endpoint, count) = study::endpoint(Box::new(move |request| {
        let below = if request["model"] == "tuned" { tuned } else { base };
        let prompt = request["messages"].as_array()?.last()?["content"].as_str()?.to_string();
        let name = prompt.split("def ").nth(1)?.split('(').next()?.to_string();
        let number: u32 = name.trim_start_matches("ping").parse().ok()?;
        let code = program(&name, number < below);
        Some(format!("```python\n{code}\n```"))
    }));
    let arguments =
        ["lora", "evaluate", "--pairs", "pairs.jsonl", "--base", "openai-compatible:small", "--lora", "tuned"];
    let arguments = [&arguments[..], &["--output", "outcomes", "--format", "json"]].concat();
    let ran = run_with(folder, arguments, &[("TEMPERGATE_MODEL_ENDPOINT", &endpoint)]);
    (ran, count.load(Ordering::SeqCst))
}

#[test]
fn tuned_weights_are_better_only_where_it_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let mut pairs: Vec<Value> = (0..12).map(|n| pair(&format!("ping{n}"))).collect();
    pairs.push(json!({"before": "x = 1\n", "after": "x = 2\n", "language": "python"}));
    write_lines(&folder.path().join("pairs.jsonl"), &pairs);
    let (ran, asked) = evaluated(folder.path(), 10, 1);
    assert_eq!((ran.code, asked), (0, 24), "{}{}", ran.out, ran.err);
    assert!(ran.err.contains("1 pair left out"), "{}", ran.err);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found["verdict"], "better");
    assert_eq!(found["paired"], json!({"both": 1, "tuned_only": 9, "base_only": 0, "neither": 2}));
    // What is there is not asked for again; what a killed run left behind is.
    let file = folder.path().join("outcomes/outcomes.jsonl");
    let whole = fs::read_to_string(&file).unwrap();
    fs::write(&file, &whole[..whole.trim_end().len() - 9]).unwrap();
    let (again, asked) = evaluated(folder.path(), 10, 1);
    assert_eq!((again.out == ran.out, asked), (true, 1), "{}", again.out);
    // One more is no proof.
    fs::remove_file(&file).unwrap();
    let (ran, _) = evaluated(folder.path(), 5, 4);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((ran.code, &found["verdict"]), (1, &json!("not-shown")), "{}", ran.out);
    fs::remove_file(&file).unwrap();
    let (ran, _) = evaluated(folder.path(), 0, 12);
    assert!(ran.code == 1 && ran.out.contains("\"worse\""), "{}", ran.out);
}

#[test]
fn what_was_learnt_from_is_not_measured_with() {
    let folder = tempfile::tempdir().unwrap();
    write_lines(&folder.path().join("pairs.jsonl"), &[pair("ping1"), pair("ping2")]);
    export(folder.path(), &["--pairs", "pairs.jsonl", "--validation-share", "0"]);
    let arguments = ["--base", "openai-compatible:small", "--lora", "tuned", "--output", "o", "--no-network"];
    let arguments = [&["lora", "evaluate", "--pairs", "pairs.jsonl", "--trained-on", "data"], &arguments[..]].concat();
    let ran = run(folder.path(), arguments);
    assert!(ran.code == 2 && ran.err.contains("2 pairs left out: learnt from"), "{}", ran.err);
    assert!(ran.err.contains("there is no pair"), "{}", ran.err);
}
