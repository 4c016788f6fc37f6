//! The recipe: a Python package that comes with the program, and the process that runs it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::cli::{interrupt, output};

/// The package's name.
const PACKAGE: &str = "tempergate_training";
/// Its files.
const FILES: [(&str, &str); 6] = [
    ("__init__.py", include_str!("../../../training/tempergate_training/__init__.py")),
    ("base.py", include_str!("../../../training/tempergate_training/base.py")),
    ("convert.py", include_str!("../../../training/tempergate_training/convert.py")),
    ("curve.py", include_str!("../../../training/tempergate_training/curve.py")),
    ("rows.py", include_str!("../../../training/tempergate_training/rows.py")),
    ("train.py", include_str!("../../../training/tempergate_training/train.py")),
];
/// What of the environment the recipe gets: what programs need to start, and which GPUs and threads it may use.
const PASSED: [&str; 20] = [
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
    "VIRTUAL_ENV",
    "LD_LIBRARY_PATH",
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "SystemRoot",
    "ComSpec",
    "PATHEXT",
    "USERPROFILE",
    "LOCALAPPDATA",
    "APPDATA",
    "TEMP",
    "TMP",
];
/// How often the process is looked at.
const LOOK: Duration = Duration::from_millis(50);

/// The recipe, ready to run.
pub struct Recipe {
    python: PathBuf,
    folder: PathBuf,
    _temporary: Option<TempDir>,
}

impl Recipe {
    /// The recipe of a folder that holds the package; without one, that of the program.
    ///
    /// # Errors
    ///
    /// There is no package in the folder, or no place to put the program's own.
    pub fn new(python: &Path, folder: Option<&Path>) -> Result<Recipe> {
        let python = python.to_path_buf();
        if let Some(folder) = folder {
            if !folder.join(PACKAGE).join("train.py").is_file() {
                bail!("{}: there is no recipe in it ({PACKAGE}/train.py)", folder.display());
            }
            let folder = std::path::absolute(folder).with_context(|| format!("{}", folder.display()))?;
            return Ok(Recipe { python, folder, _temporary: None });
        }
        let temporary = tempfile::tempdir().context("there is no place for the recipe")?;
        let package = temporary.path().join(PACKAGE);
        fs::create_dir(&package).context("there is no place for the recipe")?;
        for (name, text) in FILES {
            fs::write(package.join(name), text).context("there is no place for the recipe")?;
        }
        Ok(Recipe { python, folder: temporary.path().to_path_buf(), _temporary: Some(temporary) })
    }

    /// Runs a module of it and waits for its end. On Ctrl-C it is asked to end in order, and waited for.
    ///
    /// # Errors
    ///
    /// Python cannot be started.
    pub fn run(&self, module: &str, processes: u32, arguments: Vec<OsString>) -> Result<ExitStatus> {
        // Before the process is there, so that no Ctrl-C ends this one and leaves that one behind.
        let stop = interrupt::stop()?;
        let mut command = self.command(module, processes);
        let mut child = command.args(arguments).spawn().with_context(|| {
            format!(
                "{} cannot be started (--python names the Python with the recipe's packages)",
                self.python.display()
            )
        })?;
        let mut asked = false;
        loop {
            if let Some(status) = child.try_wait().context("the recipe cannot be waited for")? {
                return Ok(status);
            }
            if stop.is_asked() && !asked {
                asked = true;
                output::note("stopping behind the step that is under way");
                ask_to_end(&mut child);
            }
            std::thread::sleep(LOOK);
        }
    }

    fn command(&self, module: &str, processes: u32) -> Command {
        let mut command = Command::new(&self.python);
        command.env_clear().stdin(Stdio::null());
        for name in PASSED {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        // Nothing is downloaded, and nothing of the working folder is taken for a module.
        command.env("HF_HUB_OFFLINE", "1").env("TRANSFORMERS_OFFLINE", "1").env("HF_HUB_DISABLE_TELEMETRY", "1");
        command.env("OMP_WAIT_POLICY", "passive").env("TOKENIZERS_PARALLELISM", "false");
        command.env("PYTHONPATH", &self.folder).env("PYTHONSAFEPATH", "1").env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PYTHONUNBUFFERED", "1");
        if processes > 1 {
            command.args(["-m", "accelerate.commands.launch", "--num_machines", "1", "--mixed_precision", "no"]);
            command.args(["--dynamo_backend", "no", "--main_process_port", "0", "--num_processes"]);
            command.arg(processes.to_string());
        }
        command.arg("-m").arg(format!("{PACKAGE}.{module}"));
        own_group(&mut command);
        command
    }
}

/// A terminal sends Ctrl-C to all processes of a group: the recipe is asked once, by us.
#[cfg(unix)]
fn own_group(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    command.process_group(0);
}

#[cfg(not(unix))]
fn own_group(_: &mut Command) {}

/// Asks a process, and those that it started, to end.
#[cfg(unix)]
fn ask_to_end(child: &mut Child) {
    // There is no way to send another signal than the last one without a call to the system, which `kill` makes.
    let group = format!("-{}", child.id());
    let sent = Command::new("kill").args(["-TERM", "--", &group]).stdin(Stdio::null()).stderr(Stdio::null()).status();
    if !sent.is_ok_and(|status| status.success()) {
        let _ = child.kill();
    }
}

/// Asks a process to end: here it cannot be asked, only ended. It goes on from its last checkpoint.
#[cfg(not(unix))]
fn ask_to_end(child: &mut Child) {
    let _ = child.kill();
}
