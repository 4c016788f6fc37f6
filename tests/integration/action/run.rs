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
fn reports_of_shards_are_joined_and_then_published() {
    let job = job();
    for name in ["b b", "a"] {
        fs::create_dir_all(job.path("shards").join(name)).unwrap();
        fs::write(job.path("shards").join(name).join("report.json"), "{}").unwrap();
    }
    let (shards, temp) = (job.path("shards").display().to_string(), job.path("temp").display().to_string());
    let called = |step: &Step| -> Vec<String> {
        step.out.lines().filter_map(|l| l.strip_prefix("called: ")).map(str::to_string).collect()
    };
    let joined = format!("[merge][--reports][{temp}/tempergate][--][{shards}/a/report.json][{shards}/b b/report.json]");
    let shards_of = [("TEMPERGATE_MERGE", shards.as_str()), ("PULL_REQUEST", "7")];
    let published = |what: &str| {
        format!("[publish][--report][{temp}/tempergate/report.json][--pull-request=7][--publish={what}][--category=]")
    };
    let merge = |more: &[(&str, &str)]| {
        let step = run(&job, &[&shards_of, more].concat());
        (step.code, called(&step))
    };
    assert_eq!(merge(&[]), (0, vec![joined.clone(), published("auto")]));
    let list = [("TEMPERGATE_PUBLISH", "check,sarif"), ("FROM_FORK", "true")];
    assert_eq!(merge(&list), (0, vec![joined.clone(), published("check,sarif")]));
    assert_eq!(merge(&[("CODE", "1")]), (1, vec![joined.clone(), published("auto")]));
    for silent in [("TEMPERGATE_PUBLISH", "none"), ("PULL_REQUEST", ""), ("FROM_FORK", "true")] {
        assert_eq!(merge(&[silent]), (0, vec![joined.clone()]), "{silent:?}");
    }
    assert_eq!(merge(&[("CODE", "2")]), (2, vec![joined.clone()]), "what could not be judged is not published");
    fs::write(job.path("report.json"), "{}").unwrap();
    let one = run(&job, &[("TEMPERGATE_MERGE", job.folder.path().to_str().unwrap()), ("TEMPERGATE_REPORTS", "out")]);
    assert!(called(&one)[0].starts_with("[merge][--reports][out][--]["), "{}", one.out);
    let none = run(&job, &[("TEMPERGATE_MERGE", &temp)]);
    assert!(none.failure().contains("holds no report.json"), "{}", none.out);
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
