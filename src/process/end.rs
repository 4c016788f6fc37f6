//! Ending a command with all that it started.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Makes the command the first of a process group of its own, so that its children can be ended with it.
#[cfg(unix)]
pub(super) fn in_own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
pub(super) fn in_own_group(_: &mut Command) {}

/// Ends the command, its process group, and (on Linux) what left the group but still has the scratch folder in its
/// environment. Elsewhere a process that leaves the group on purpose lives on.
#[cfg(unix)]
pub(super) fn everything(child: &mut Child, scratch: &Path) {
    kill(&[format!("-{}", child.id())]);
    let _ = child.kill();
    let _ = child.wait();
    // A process may have started another one between the look and the end.
    for _ in 0..4 {
        let left = left_behind(scratch);
        if left.is_empty() {
            break;
        }
        kill(&left);
    }
}

#[cfg(not(unix))]
pub(super) fn everything(child: &mut Child, _: &Path) {
    let mut command = Command::new("taskkill");
    command.args(["/T", "/F", "/PID", &child.id().to_string()]);
    let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let _ = child.kill();
    let _ = child.wait();
}

/// Sends the signal that cannot be refused. Every shell can, and there is no safe call for it.
#[cfg(unix)]
fn kill(whom: &[String]) {
    let mut command = Command::new("sh");
    command.args(["-c", "kill -s KILL -- \"$@\"", "sh"]).args(whom);
    let _ = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// The ids of running processes that were given the scratch folder for their temporary files: nobody else knows its name.
#[cfg(target_os = "linux")]
fn left_behind(scratch: &Path) -> Vec<String> {
    let name = scratch.as_os_str().as_encoded_bytes();
    let own = std::process::id().to_string();
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let ids = processes.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    ids.filter(|id| id.bytes().all(|b| b.is_ascii_digit()) && *id != own)
        .filter(|id| {
            let environment = std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
            let mut variables = environment.split(|b| *b == 0);
            variables.any(|v| v.strip_prefix(b"TMPDIR=").is_some_and(|value| value.starts_with(name)))
        })
        .collect()
}

#[cfg(all(unix, not(target_os = "linux")))]
fn left_behind(_: &Path) -> Vec<String> {
    Vec::new()
}
