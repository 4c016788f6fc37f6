//! Running a command that a policy names: through the shell, in a scratch copy of the change's head, with a time limit,
//! without the environment of this process and without anything to read, and with no more of its output kept than an
//! explanation needs.
//!
//! This is no sandbox. The command runs as the user that Tempergate runs as, and may read and write what that user may; the
//! narrow environment keeps tokens from being picked up by accident or by code that looks where tokens usually are.

mod end;
mod output;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::change::{Change, Scratch};
use crate::model::stop::Stop;
use crate::policy::VerifyCommand;
use crate::verify::command::{End, Outcome, Runner};
use output::{Tail, Whole};

/// How often a running command is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// Runs a command over scratch copies of a change's head, each run in a new one.
pub struct InScratch<'a> {
    /// The change.
    pub change: &'a Change,
    /// The command.
    pub command: &'a VerifyCommand,
    /// Ends a run early.
    pub stop: &'a Stop,
}

impl Runner for InScratch<'_> {
    fn run(&self, edited: &BTreeMap<String, String>) -> Outcome {
        let nothing = |end: End| Outcome { end, output: String::new() };
        let scratch = match self.change.scratch(edited, self.stop) {
            Ok(scratch) => scratch,
            Err(_) if self.stop.is_asked() => return nothing(End::Stopped),
            Err(error) => return nothing(End::NotStarted(error.to_string())),
        };
        let outcome = match run(self.command, &scratch, self.stop) {
            Ok(outcome) => outcome,
            Err(error) => nothing(End::NotStarted(format!("the shell cannot be started: {error}"))),
        };
        // The folder's name is another one each time, and says nothing.
        let output = without_name(&outcome.output, scratch.tree());
        Outcome { end: outcome.end, output }
    }
}

fn without_name(output: &str, tree: &Path) -> String {
    let name = tree.to_string_lossy();
    output.replace(&format!("{name}/"), "").replace(&*name, ".")
}

/// What a command wrote, and how it ended.
pub struct Captured {
    /// How it ended.
    pub end: End,
    /// Its standard output; none where that was longer than it may be.
    pub output: Option<Vec<u8>>,
    /// The end of its standard error.
    pub said: String,
}

/// Runs a command in a scratch folder, and keeps its standard output where that has at most `most` bytes.
///
/// # Errors
/// The shell cannot be started.
pub fn capture(command: &str, timeout: Duration, scratch: &Scratch, stop: &Stop, most: usize) -> io::Result<Captured> {
    let ((reader, writer), (error_reader, error_writer)) = (io::pipe()?, io::pipe()?);
    let mut shell = shell(command);
    shell.current_dir(scratch.tree()).stdin(Stdio::null()).stdout(writer).stderr(error_writer);
    environment(&mut shell, scratch);
    end::in_own_group(&mut shell);
    let mut child = shell.spawn()?;
    // It holds the pipes' other ends, too.
    drop(shell);
    let (whole, tail) = (Whole::of(reader, most), Tail::of(error_reader));
    let end = wait(&mut child, timeout, stop);
    end::everything(&mut child, scratch.folder());
    Ok(Captured { end: end?, output: whole.bytes(), said: without_name(&tail.text(), scratch.tree()) })
}

/// Runs a command in a scratch copy, until it ends or has to.
fn run(command: &VerifyCommand, scratch: &Scratch, stop: &Stop) -> io::Result<Outcome> {
    let (reader, writer) = io::pipe()?;
    let mut shell = shell(&command.command);
    shell.current_dir(scratch.tree()).stdin(Stdio::null());
    shell.stdout(writer.try_clone()?).stderr(writer);
    environment(&mut shell, scratch);
    end::in_own_group(&mut shell);
    let mut child = shell.spawn()?;
    // It holds the pipe's other end, too.
    drop(shell);
    let tail = Tail::of(reader);
    let end = wait(&mut child, command.timeout, stop);
    // What it started and left behind ends with it, or it would go on writing to a folder that is to be removed.
    end::everything(&mut child, scratch.folder());
    Ok(Outcome { end: end?, output: tail.text() })
}

fn wait(child: &mut Child, timeout: Duration, stop: &Stop) -> io::Result<End> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(end_of(status));
        }
        if stop.is_asked() {
            return Ok(End::Stopped);
        }
        if begin.elapsed() >= timeout {
            return Ok(End::TimedOut);
        }
        std::thread::sleep(LOOK);
    }
}

#[cfg(unix)]
fn end_of(status: ExitStatus) -> End {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Code(code),
        (None, signal) => End::Signal(signal.unwrap_or_default()),
    }
}

#[cfg(not(unix))]
fn end_of(status: ExitStatus) -> End {
    End::Code(status.code().unwrap_or(-1))
}

#[cfg(not(windows))]
fn shell(text: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(text);
    command
}

#[cfg(windows)]
fn shell(text: &str) -> Command {
    use std::os::windows::process::CommandExt;
    let mut command = Command::new("cmd");
    // As it is written: `cmd` has quoting rules of its own.
    command.arg("/C").raw_arg(text);
    command
}

/// What a program needs to be found and to write somewhere; nothing else of this process's environment.
fn environment(command: &mut Command, scratch: &Scratch) {
    let path = std::env::var_os("PATH");
    let language = std::env::var_os("LANG").unwrap_or_else(|| "C.UTF-8".into());
    command.env_clear().env("LANG", language).env("TERM", "dumb");
    command.env("HOME", scratch.home()).env("TMPDIR", scratch.temporary());
    if let Some(path) = path {
        command.env("PATH", path);
    }
    if cfg!(windows) {
        command.env("USERPROFILE", scratch.home()).env("TEMP", scratch.temporary()).env("TMP", scratch.temporary());
        // Without these hardly any program starts.
        for name in ["SystemRoot", "ComSpec", "PATHEXT"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
    }
}
