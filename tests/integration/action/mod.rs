//! The GitHub Action: its scripts run as the runner runs them, against releases on loopback, and what its files say.

mod find;
mod run;
mod server;
mod workflows;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The root of this repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A job's folders, with programs of its own in front of the system's.
struct Job {
    folder: TempDir,
}

/// How a step ended.
struct Step {
    code: i32,
    out: String,
    outputs: BTreeMap<String, String>,
}

impl Job {
    fn new() -> Job {
        let job = Job { folder: tempfile::tempdir().unwrap() };
        for name in ["temp", "workspace", "bin"] {
            fs::create_dir(job.path(name)).unwrap();
        }
        job
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a program that is a script into a folder of the job.
    fn program(&self, path: &str, script: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("#!/usr/bin/env bash\nset -eu\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Runs a script of the action with nothing in its environment but what a runner sets and these.
    fn step(&self, script: &str, variables: &[(&str, &str)]) -> Step {
        let outputs = self.path("outputs");
        fs::write(&outputs, "").unwrap();
        let system_path = std::env::var("PATH").unwrap();
        let mut command = Command::new("bash");
        command.arg(root().join("action").join(script)).current_dir(self.path("workspace")).env_clear();
        command.env("PATH", format!("{}:{system_path}", self.path("bin").display()));
        command.env("RUNNER_OS", "Linux").env("RUNNER_ARCH", "X64").env("RUNNER_TEMP", self.path("temp"));
        command.env("GITHUB_WORKSPACE", self.path("workspace")).env("GITHUB_OUTPUT", &outputs);
        command.env("GITHUB_ACTION_PATH", root()).envs(variables.iter().copied());
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let lines = fs::read_to_string(&outputs).unwrap();
        let outputs = lines.lines().map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            (name.to_string(), value.to_string())
        });
        Step { code: output.status.code().unwrap(), out: String::from_utf8(said).unwrap(), outputs: outputs.collect() }
    }
}

impl Step {
    /// The message that the step failed with, which is one annotation and leaves nothing to run.
    fn failure(&self) -> &str {
        assert_eq!(self.code, 2, "{}", self.out);
        assert!(!self.outputs.contains_key("binary") && !self.outputs.contains_key("build"), "{:?}", self.outputs);
        let errors: Vec<&str> = self.out.lines().filter_map(|l| l.strip_prefix("::error title=Tempergate::")).collect();
        let [error] = errors[..] else { panic!("{}", self.out) };
        error
    }

    fn succeeded(&self) -> &Step {
        assert_eq!(self.code, 0, "{}", self.out);
        self
    }
}
