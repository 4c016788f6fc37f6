//! How the program is built and run.

use std::fs;
use std::time::{Duration, Instant};

use super::{Job, Step, root};

/// A program that says what it was called with, and ends with the code in `$CODE`.
fn job() -> Job {
    let job = Job::new();
    job.program(
        "gate",
        "echo \"called: $(printf '[%s]' \"$@\")\"\nenv | grep -E '^(TEMPERGATE_|GITHUB_TOKEN)' | sort\nexit \"${CODE:-0}\"",
    );
    job
}

fn run(job: &Job, variables: &[(&str, &str)]) -> Step {
    let gate = job.path("gate");
    job.step("run.sh", &[variables, &[("TEMPERGATE_BINARY", gate.to_str().unwrap())]].concat())
}

#[test]
fn inputs_arrive_and_those_that_were_not_given_are_absent() {
    let job = job();
    let empty = [
        "POLICY",
        "PUBLISH",
        "REPORTS",
        "FROM",
        "BASE",
        "SHARD",
        "STRATEGY",
        "MODEL",
        "NO_NETWORK",
        "CATEGORY",
        "MERGE",
    ];
    let names: Vec<String> = empty.iter().map(|name| format!("TEMPERGATE_{name}")).collect();
    let variables: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    assert_eq!(run(&job, &variables).succeeded().out, "called: [ci]\n");
    let given = [("TEMPERGATE_POLICY", "p.yml"), ("TEMPERGATE_SHARD", "1/4"), ("GITHUB_TOKEN", "secret")];
    let said = run(&job, &given).out;
    assert_eq!(said, "called: [ci]\nGITHUB_TOKEN=secret\nTEMPERGATE_POLICY=p.yml\nTEMPERGATE_SHARD=1/4\n");
}

#[test]
fn values_are_values_and_never_code_or_options() {
    let job = job();
    let hostile = "--help; $(touch pwned) `touch pwned` \"'";
    let said = run(
        &job,
        &[("TEMPERGATE_STRATEGY", hostile), ("TEMPERGATE_MODEL", "replay:a b"), ("TEMPERGATE_BASE", hostile)],
    );
    assert!(
        said.succeeded().out.starts_with(&format!("called: [ci][--strategy={hostile}][--model=replay:a b]\n")),
        "{}",
        said.out
    );
    assert!(!job.path("workspace").join("pwned").exists());
}

#[test]
fn the_scripts_take_less_than_a_second() {
    let job = job();
    let gate = job.path("gate");
    let start = Instant::now();
    job.step("find.sh", &[("TEMPERGATE_BINARY", gate.to_str().unwrap())]).succeeded();
    run(&job, &[]).succeeded();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn the_exit_code_is_the_programs() {
    let job = job();
    for code in ["0", "1", "2"] {
        assert_eq!(run(&job, &[("CODE", code)]).code.to_string(), code);
    }
}

#[test]
fn reports_of_shards_are_joined_instead() {
    let job = job();
    let shards = ("TEMPERGATE_MERGE", "-shards of it");
    let said = run(&job, &[shards]);
    assert!(said.succeeded().out.starts_with("called: [merge][--publish=auto][--][-shards of it]\n"), "{}", said.out);
    let more = [("TEMPERGATE_PUBLISH", "none"), ("TEMPERGATE_REPORTS", "out"), ("TEMPERGATE_CATEGORY", "web")];
    let said = run(&job, &[&more[..], &[shards, ("CODE", "1")]].concat());
    assert_eq!(said.code, 1);
    let called = "called: [merge][--publish=none][--reports=out][--category=web][--][-shards of it]\n";
    assert!(said.out.starts_with(called), "{}", said.out);
}

#[test]
fn the_program_itself_takes_what_the_script_gives_it() {
    let job = job();
    let program = [("TEMPERGATE_BINARY", env!("CARGO_BIN_EXE_tempergate"))];
    let event = job.step("run.sh", &program);
    assert_eq!((event.code, event.outputs["verdict"].as_str()), (2, "error"));
    assert!(event.out.contains("GITHUB_EVENT_NAME is not set"), "{}", event.out);
    let temp = job.path("temp").display().to_string();
    let merge = [("TEMPERGATE_MERGE", temp.as_str()), ("TEMPERGATE_REPORTS", "out"), ("TEMPERGATE_CATEGORY", "web")];
    let none = job.step("run.sh", &[&program[..], &merge].concat());
    assert_eq!(none.code, 2);
    assert!(none.out.contains("there is no report.json in it"), "{}", none.out);
    let strategy = job.step("run.sh", &[program[0], ("TEMPERGATE_STRATEGY", "guess")]);
    assert!(strategy.out.contains("guess") && strategy.code == 2, "{}", strategy.out);
}

#[test]
fn the_build_takes_nothing_from_the_workspace() {
    let job = Job::new();
    job.program(
        "bin/cargo",
        "echo \"cargo in $PWD: $* (${RUSTC_WRAPPER-none}, ${RUSTFLAGS-none})\"\n\
         mkdir -p \"$5/release\" && echo built >\"$5/release/tempergate\"",
    );
    let binary = job.path("temp/tempergate-program/tempergate").display().to_string();
    let wanted =
        [("TEMPERGATE_BINARY", binary.as_str()), ("RUSTC_WRAPPER", "./evil"), ("RUSTFLAGS", "-C linker=./evil")];
    let step = job.step("build.sh", &wanted);
    let target = job.path("temp/tempergate-build");
    assert_eq!(
        step.succeeded().out,
        format!(
            "cargo in {}: build --release --locked --target-dir {} (none, none)\n",
            fs::canonicalize(root()).unwrap().display(),
            target.display()
        )
    );
    assert_eq!(fs::read_to_string(&binary).unwrap(), "built\n");
    job.program("bin/cargo", "exit 101");
    assert!(job.step("build.sh", &wanted).failure().contains("could not be built"));
}
