//! The program itself, run as users run it.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// What a run said and how it ended.
pub struct Run {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the program in a folder.
pub fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(folder: &Path, arguments: I) -> Run {
    run_with(folder, arguments, &[])
}

/// Runs the program in a folder with variables of the environment.
pub fn run_with<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
    folder: &Path,
    arguments: I,
    variables: &[(&str, &str)],
) -> Run {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tempergate"));
    command.current_dir(folder).args(arguments);
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "TEMPERGATE_THREADS"] {
        command.env_remove(name);
    }
    let output = command.envs(variables.iter().copied()).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Run { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// A file as JSON.
pub fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// A finding of a JSON report, in short: `new sql-injection app.py:12`.
pub fn short(finding: &Value) -> String {
    let text = |key: &str| finding[key].as_str().unwrap().to_string();
    format!("{} {} {}:{}", text("state"), text("rule"), text("path"), finding["region"]["startLine"])
}

/// All findings of a JSON report in short.
pub fn findings(report: &Value) -> Vec<String> {
    report["findings"].as_array().unwrap().iter().map(short).collect()
}
