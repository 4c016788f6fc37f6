//! `tempergate study`: a small study with a model on this machine, interrupted, resumed, shared between jobs, and merged.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

use super::engines::SCRIPT;
use super::program::{Run, run_with};

const WEAK: &str = "import os\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/ping\")\ndef ping():\n    os.system(\"ping \" + request.args[\"host\"])\n    return \"done\"\n";
const SOUND: &str = "import subprocess\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n\n@app.route(\"/ping\")\ndef ping():\n    subprocess.run([\"ping\", \"--\", request.args[\"host\"]])\n    return \"done\"\n";

/// A model: what it says to a prompt, or nothing where it fails.
pub type Says = dyn Fn(&str) -> Option<String> + Send + Sync;

/// A model that looks at whole requests.
type SaysToRequest = dyn Fn(&Value) -> Option<String> + Send + Sync;

/// A server that speaks OpenAI's protocol, and how often it was asked.
pub fn server(says: Box<Says>) -> (String, Arc<AtomicUsize>) {
    endpoint(Box::new(move |request| {
        let turns = request["messages"].as_array().cloned().unwrap_or_default();
        says(turns.last().and_then(|turn| turn["content"].as_str()).unwrap_or_default())
    }))
}

/// The same, for a model that looks at whole requests.
pub fn endpoint(says: Box<SaysToRequest>) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let (mut bytes, mut part) = (Vec::new(), [0; 4096]);
            let request = loop {
                let read = stream.read(&mut part).unwrap_or(0);
                bytes.extend_from_slice(&part[..read]);
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let body = text.split_once("\r\n\r\n").map(|(_, body)| body.to_string()).unwrap_or_default();
                match serde_json::from_str::<Value>(&body) {
                    Ok(request) => break request,
                    Err(_) if read == 0 => break Value::Null,
                    Err(_) => {}
                }
            };
            count.fetch_add(1, Ordering::SeqCst);
            let (status, body) = match says(&request) {
                Some(said) => (
                    "200 OK",
                    json!({"choices": [{"message": {"content": said}}], "usage": {"prompt_tokens": 9, "completion_tokens": 5}}),
                ),
                None => ("401 Unauthorized", json!({"error": {"message": "no"}})),
            };
            let body = body.to_string();
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    (format!("http://{address}/v1"), asked)
}

/// Writes weak programs from the bare task, sound ones when told what not to write, and mends what it is shown.
pub fn small_model(prompt: &str) -> String {
    let fenced = |code: &str| format!("Here it is.\n\n```python\n{code}\n```\n");
    match prompt {
        p if p.contains("Write the\nprompt alone") => "Look after what comes from outside.".to_string(),
        p if p.contains("prints the sum") => fenced("import sys\n\nprint(sum(map(int, sys.argv[1:])))"),
        p if p.contains("Do not write code like the following") => fenced(SOUND),
        p if p.contains("in one fenced block") && p.contains("Write it in") => fenced(WEAK),
        _ => fenced(SOUND),
    }
}

const TASKS: &str = concat!(
    r#"{"id":"ping","scenario":"command-injection","language":"python","cwe":[78],"prompt":"Write a Flask page that pings a host."}"#,
    "\n",
    r#"{"id":"sum","language":"python","cwe":[89],"prompt":"Write a program that prints the sum of its arguments."}"#,
    "\n"
);

pub fn study(folder: &Path, endpoint: &str) {
    let plan = format!(
        "version: 1\nname: Small\ntasks: tasks.jsonl\nlanguages: [python]\nsamples: 2\n\
         strategies: [none, negative-example, meta-prompt, template, ladder]\nmodes: [generate, repair, repair-verified]\n\
         models: [{{ model: 'openai-compatible:small', endpoint: '{endpoint}', requests-at-once: 2 }}]\n"
    );
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("study.yml"), plan).unwrap();
    fs::write(folder.join("tasks.jsonl"), TASKS).unwrap();
}

pub fn run(folder: &Path, arguments: &[&str]) -> Run {
    run_with(folder, [&["study"], arguments].concat(), &[("TEMPERGATE_MODEL_KEY", "sk-secret")])
}

/// The lines of all files of a folder whose names begin so.
fn lines(folder: &Path, begin: &str) -> Vec<Value> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let ours = files.iter().filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with(begin));
    ours.flat_map(|path| {
        let text = fs::read_to_string(path).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    })
    .collect()
}

/// How many samples there are of each mode and strategy, and how many of them have findings.
fn counts(folder: &Path) -> BTreeMap<String, (usize, usize)> {
    let weak: BTreeSet<String> = lines(folder, "analyses")
        .iter()
        .filter(|analysis| analysis.get("alerts").is_some())
        .map(|analysis| analysis["sample"].as_str().unwrap().to_string())
        .collect();
    let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for sample in lines(folder, "samples") {
        let kind = format!("{} {}", sample["mode"].as_str().unwrap(), sample["strategy"].as_str().unwrap());
        let count = counts.entry(kind).or_default();
        count.0 += 1;
        count.1 += usize::from(weak.contains(sample["key"].as_str().unwrap()));
    }
    counts
}

/// Two tasks, two samples each; the two weak programs are mended.
fn all() -> BTreeMap<String, (usize, usize)> {
    let counts = [
        ("generate none", (4, 2)),
        ("generate negative-example", (4, 0)),
        ("generate meta-prompt", (4, 2)),
        ("repair negative-example", (2, 0)),
        ("repair meta-prompt", (2, 0)),
        ("repair template", (2, 0)),
        ("repair-verified negative-example", (2, 0)),
        ("repair-verified meta-prompt", (2, 0)),
        ("repair-verified template", (2, 0)),
        ("repair-verified ladder", (2, 0)),
    ];
    counts.map(|(kind, count)| (kind.to_string(), count)).into()
}

#[test]
fn a_study_asks_for_what_is_missing_and_for_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    // It stops answering after ten requests.
    let left = AtomicUsize::new(10);
    let fails = move |prompt: &str| {
        let ok = left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
        ok.then(|| small_model(prompt))
    };
    let (endpoint, _) = server(Box::new(fails));
    study(folder.path(), &endpoint);
    let first = run(folder.path(), &["run", "."]);
    assert_eq!(first.code, 1, "{}", first.err);
    assert!(
        first.err.contains("nothing more is asked of this model") && first.err.contains("still missing"),
        "{}",
        first.err
    );
    assert!(!first.err.contains("sk-secret"));
    let before = lines(folder.path(), "samples");
    assert!(!before.is_empty() && before.len() < 14, "{}", before.len());

    // As after a kill: the last line of each file is torn.
    for file in ["samples.jsonl", "analyses.jsonl"] {
        let path = folder.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, &text[..text.len() - 20]).unwrap();
    }
    let (endpoint, asked) = server(Box::new(|prompt| Some(small_model(prompt))));
    study(folder.path(), &endpoint);
    let second = run(folder.path(), &["run", "."]);
    assert_eq!(second.code, 0, "{}", second.err);
    assert_eq!(counts(folder.path()), all());
    let keys: BTreeSet<String> =
        lines(folder.path(), "samples").iter().map(|s| s["key"].as_str().unwrap().into()).collect();
    assert_eq!(keys.len(), 26);
    assert!(before[..before.len() - 1].iter().all(|sample| keys.contains(sample["key"].as_str().unwrap())));
    // What costs nothing says so, and what was asked says what it cost.
    for sample in lines(folder.path(), "samples") {
        let requests = sample["usage"]["requests"].as_u64();
        assert_eq!(
            requests.is_none(),
            ["template", "ladder"].contains(&sample["strategy"].as_str().unwrap()),
            "{sample}"
        );
    }
    let once = asked.load(Ordering::SeqCst);
    let table = run(folder.path(), &["report", ".", "--table", "measured.csv"]);
    assert!(table.code == 0 && table.out.contains("Repairs"), "{}", table.err);
    let table = fs::read_to_string(folder.path().join("measured.csv")).unwrap();
    assert!(table.contains("\nmodel,language,cwe,strategy,tried,verified\n"), "{table}");
    assert!(table.contains(",python,78,meta-prompt,2,2\n") && !table.contains("ladder"), "{table}");
    let third = run(folder.path(), &["run", "."]);
    assert_eq!((third.code, asked.load(Ordering::SeqCst)), (0, once), "{}", third.err);
}

#[test]
fn jobs_share_a_study_and_what_they_have_is_merged() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, _) = server(Box::new(|prompt| Some(small_model(prompt))));
    let at = |name: &str| folder.path().join(name);
    for name in ["whole", "one", "two"] {
        study(&at(name), &endpoint);
    }
    for (name, shard) in [("whole", "1/1"), ("one", "1/2"), ("two", "2/2")] {
        let done = run(folder.path(), &["run", name, "--shard", shard]);
        assert_eq!(done.code, 0, "{}", done.err);
    }
    assert!(!lines(&at("one"), "samples").is_empty() && !lines(&at("two"), "samples").is_empty());
    let merged = run(folder.path(), &["merge", "one", "two", "--output", "both"]);
    assert_eq!(merged.code, 0, "{}", merged.err);
    assert!(merged.err.contains("26 samples"), "{}", merged.err);
    assert_eq!(counts(&at("both")), all());
    let keys = |name: &str| -> BTreeSet<String> {
        lines(&at(name), "samples").iter().map(|s| s["key"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(keys("both"), keys("whole"));
    // Again, nothing is added.
    let again = run(folder.path(), &["merge", "one", "two", "--output", "both"]);
    assert!(again.err.contains("0 samples and 0 analyses added"), "{}", again.err);
    // The merged folder goes on as a study of its own.
    let more = run(folder.path(), &["run", "both"]);
    assert_eq!((more.code, counts(&at("both"))), (0, all()), "{}", more.err);
}

#[test]
fn an_analysis_can_be_repeated_and_a_policy_decides_what_counts() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, _) = server(Box::new(|prompt| Some(small_model(prompt))));
    study(folder.path(), &endpoint);
    assert_eq!(run(folder.path(), &["run", "."]).code, 0);
    let before = lines(folder.path(), "analyses");
    let nothing = run(folder.path(), &["analyse", "."]);
    assert!(nothing.code == 0 && nothing.err.contains("0 samples analysed"), "{}", nothing.err);
    fs::write(folder.path().join("lenient.yml"), "gate: { rules: [{ rule: command-injection, action: off }] }\n")
        .unwrap();
    let again = run(folder.path(), &["analyse", ".", "--again", "--policy", "lenient.yml"]);
    assert_eq!(again.code, 0, "{}", again.err);
    let after = lines(folder.path(), "analyses");
    assert_eq!(after.len(), 2 * before.len());
    assert!(after[before.len()..].iter().all(|analysis| analysis.get("alerts").is_none()));
}

#[test]
fn another_engine_analyses_the_samples_too() {
    let folder = tempfile::tempdir().unwrap();
    let (endpoint, _) = server(Box::new(|prompt| Some(small_model(prompt))));
    study(folder.path(), &endpoint);
    assert_eq!(run(folder.path(), &["run", "."]).code, 0);
    fs::create_dir(folder.path().join("tools")).unwrap();
    fs::write(folder.path().join("tools/engine.sh"), SCRIPT).unwrap();
    let engine = "sh tools/engine.sh R1 78 'subprocess[.]run' {paths}";
    fs::write(folder.path().join("policy.yml"), format!("engines: [{{ name: grepper, run: \"{engine}\" }}]\n"))
        .unwrap();
    let analyse = |engine: &str| run(folder.path(), &["analyse", ".", "--policy", "policy.yml", "--engine", engine]);
    let done = analyse("grepper");
    assert!(done.code == 0 && done.err.contains("26 samples analysed"), "{}", done.err);
    let own: Vec<Value> = lines(folder.path(), "analyses").into_iter().filter(|a| a["analyser"] == "grepper").collect();
    assert_eq!(own.len(), 26);
    let samples = lines(folder.path(), "samples");
    for analysis in own {
        let sample = samples.iter().find(|sample| sample["key"] == analysis["sample"]).unwrap();
        let found = sample["code"].as_str().unwrap().contains("subprocess.run");
        assert_eq!(analysis["alerts"][0]["cwe"] == json!([78]), found, "{sample} {analysis}");
    }
    assert!(analyse("grepper").err.contains("0 samples analysed"));
    let none = analyse("nobody");
    assert!(none.code == 2 && none.err.contains("no engine `nobody`; the policy names grepper"), "{}", none.err);
    fs::write(folder.path().join("policy.yml"), "engines: [{ name: broken, run: 'exit 3 # {paths}' }]\n").unwrap();
    let broken = analyse("broken");
    assert!(broken.code == 2 && broken.err.contains("the engine broken: it failed: it ended with 3"), "{}", broken.err);
}

#[test]
fn a_plan_is_made_and_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["init", "mine", "--model", "small.gguf", "--model", "openai-compatible:large"];
    let made = run(folder.path(), &arguments);
    assert_eq!(made.code, 0, "{}", made.err);
    let plan = fs::read_to_string(folder.path().join("mine/study.yml")).unwrap();
    assert!(plan.contains("small.gguf") && plan.contains("openai-compatible:large") && plan.contains("name: \"mine\""));
    fs::write(folder.path().join("mine/study.yml"), plan.replace("samples: 10", "samples: ten")).unwrap();
    let again = run(folder.path(), &arguments);
    assert!(again.code == 2 && again.err.contains("there is a plan already"), "{}", again.err);
    let wrong = run(folder.path(), &["run", "mine"]);
    assert!(wrong.code == 2 && wrong.err.contains("study.yml:"), "{}", wrong.err);
    let none = run(folder.path(), &["run", "."]);
    assert!(none.code == 2 && none.err.contains("study init"), "{}", none.err);
}
