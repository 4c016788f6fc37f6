//! Real git repositories in temporary folders, made with the `git` command and no configuration of the user.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A repository that is removed when it goes out of scope. Its first branch is `main`.
pub struct Repo {
    dir: PathBuf,
    _temporary: TempDir,
}

impl Repo {
    /// An empty repository.
    pub fn new() -> Self {
        let repo = Repo::place();
        fs::create_dir(repo.path()).unwrap();
        repo.git(["init", "--quiet", "--initial-branch=main"]);
        repo
    }

    /// A repository with these files in one commit on `main`.
    pub fn with<C: AsRef<[u8]>>(files: &[(&str, C)]) -> Self {
        let repo = Repo::new();
        for (path, content) in files {
            repo.write(path, content);
        }
        repo.commit("base");
        repo
    }

    /// A clone of another repository, with further arguments for `git clone`.
    pub fn clone_of(source: &Path, arguments: &[&str]) -> Self {
        let repo = Repo::place();
        let url = format!("file://{}", source.display());
        let mut command = command(repo._temporary.path());
        command.args(["clone", "--quiet"]).args(arguments).arg(url).arg(repo.path());
        succeed(command);
        repo
    }

    fn place() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Repo { dir: temporary.path().join("repository"), _temporary: temporary }
    }

    /// The directory of the working tree.
    pub fn path(&self) -> &Path {
        &self.dir
    }

    /// A place beside the repository, removed with it.
    pub fn outside(&self, name: &str) -> PathBuf {
        self._temporary.path().join(name)
    }

    /// Writes a file of the working tree, with its folders.
    pub fn write(&self, path: impl AsRef<OsStr>, content: impl AsRef<[u8]>) {
        let path = self.dir.join(path.as_ref());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Removes a file of the working tree.
    pub fn remove(&self, path: &str) {
        fs::remove_file(self.dir.join(path)).unwrap();
    }

    /// Runs git in the repository and gives its trimmed output.
    pub fn git<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(&self, arguments: I) -> String {
        let mut command = command(&self.dir);
        command.args(arguments);
        succeed(command)
    }

    /// Commits everything in the working tree and gives the id.
    pub fn commit(&self, message: &str) -> String {
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "-m", message]);
        self.git(["rev-parse", "HEAD"])
    }
}

fn succeed(mut command: Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Git with a fixed identity and time, deaf to the environment and to the configuration of user and system.
fn command(dir: &Path) -> Command {
    let mut command = Command::new("git");
    let inherited = std::env::vars_os().map(|(name, _)| name);
    for name in inherited.filter(|name| name.as_encoded_bytes().starts_with(b"GIT_")) {
        command.env_remove(name);
    }
    command.current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for role in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{role}_NAME"), "Ada").env(format!("GIT_{role}_EMAIL"), "ada@example.com");
        command.env(format!("GIT_{role}_DATE"), "2024-01-01T00:00:00Z");
    }
    command.args(["-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"]);
    command
}
