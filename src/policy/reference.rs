//! What a policy can extend: a policy that comes with the program, a file beside it, or a file of another repository at a
//! pinned commit.

use std::fmt;

use super::BUILTIN;
use super::fields::{Entry, Keys, Reader};
use super::origin::Located;
use crate::diagnostic::clip;
use crate::yaml::Kind;

const REMOTE: Keys = Keys { now: &["from", "sha256"], later: &[] };
const MAX_CHARS: usize = 512;

/// A policy that another one extends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// One that comes with the program, by its name.
    Builtin(&'static str),
    /// A file, as it was written: relative to the folder of the file that extends it.
    File(String),
    /// A file of another repository.
    Remote(Remote),
}

/// A file of another repository at a commit, with the hash of its bytes. Neither can change under its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remote {
    /// Who owns the repository.
    pub owner: String,
    /// The repository.
    pub repository: String,
    /// The file's path in it.
    pub path: String,
    /// The commit: 40 hexadecimal digits.
    pub commit: String,
    /// SHA-256 of the file's bytes: 64 hexadecimal digits.
    pub sha256: String,
}

impl fmt::Display for Remote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Remote { owner, repository, path, commit, .. } = self;
        let commit = commit.get(..12).unwrap_or(commit);
        write!(f, "{owner}/{repository}//{path}@{commit}")
    }
}

impl Reader<'_> {
    pub(super) fn extends(&mut self, entry: &Entry<'_>) -> Vec<Located<Reference>> {
        let Some(items) = self.one_or_many(entry) else { return Vec::new() };
        self.every(items, |reader, item| {
            let reference = reader.reference(item)?;
            Some(reader.located(item, reference))
        })
        .unwrap_or_default()
    }

    fn reference(&mut self, entry: &Entry<'_>) -> Option<Reference> {
        if matches!(entry.node.value, Kind::Map(_)) {
            return self.remote(entry);
        }
        let name = self.string(entry, "the name of a policy, a file, or a file of another repository")?;
        if let Some(builtin) = BUILTIN.iter().find(|builtin| builtin.name == name) {
            return Some(Reference::Builtin(builtin.name));
        }
        if name.contains("//") || name.contains("://") {
            let help = "write `{ from: OWNER/REPOSITORY//PATH@COMMIT, sha256: HASH }`".to_owned();
            let message = format!("`{}` names a file of another repository without the hash of its bytes", clip(name));
            return self.report(entry, message, Some(help));
        }
        let is_file = name.contains('/') || name.ends_with(".yml") || name.ends_with(".yaml");
        if is_file {
            return self.file_name(entry, name).map(Reference::File);
        }
        let near = self.near(name, BUILTIN.iter().map(|builtin| builtin.name));
        let names: Vec<&str> = BUILTIN.iter().map(|builtin| builtin.name).collect();
        let help = format!("the policies that come with Tempergate are {}; a file ends in `.yml`", names.join(", "));
        self.report(entry, format!("no policy has the name `{}`", clip(name)), Some(near.unwrap_or(help)))
    }

    /// The name of a file that is read beside the policy.
    pub(super) fn file_name(&mut self, entry: &Entry<'_>, name: &str) -> Option<String> {
        let problem = if name.is_empty() || name.ends_with('/') {
            "is not the name of a file"
        } else if name.chars().count() > MAX_CHARS {
            "is too long for the name of a file"
        } else if name.starts_with(['/', '~']) || name.contains('\\') || name.get(1..2) == Some(":") {
            "is not relative to the folder of this file, with `/` between folders"
        } else if name.chars().any(char::is_control) {
            "has characters that no name of a file should have"
        } else {
            return Some(name.to_owned());
        };
        self.report(entry, format!("`{}` {problem}", clip(name)), None)
    }

    fn remote(&mut self, entry: &Entry<'_>) -> Option<Reference> {
        let fields = self.fields(entry, &REMOTE)?;
        let from = self.required(&fields, "from", "a file of another repository: `OWNER/REPOSITORY//PATH@COMMIT`");
        let place = from.and_then(|entry| {
            let text = self.string(entry, "`OWNER/REPOSITORY//PATH@COMMIT`")?;
            let parts = place(text);
            if parts.is_none() {
                let message = format!("`{}` is not `OWNER/REPOSITORY//PATH@COMMIT`", clip(text));
                let help = "the commit has 40 hexadecimal digits; a branch or a tag can change".to_owned();
                return self.report(entry, message, Some(help));
            }
            parts
        });
        let hash = self.required(&fields, "sha256", "the SHA-256 of the file's bytes: 64 hexadecimal digits");
        let sha256 = hash.and_then(|entry| {
            let text = self.string(entry, "64 hexadecimal digits")?;
            if is_hex(text, 64) {
                return Some(text.to_ascii_lowercase());
            }
            self.report(entry, format!("`{}` is not a SHA-256: 64 hexadecimal digits", clip(text)), None)
        });
        let (owner, repository, path, commit) = place?;
        Some(Reference::Remote(Remote { owner, repository, path, commit, sha256: sha256? }))
    }
}

/// The parts of `OWNER/REPOSITORY//PATH@COMMIT`.
fn place(text: &str) -> Option<(String, String, String, String)> {
    let (rest, commit) = text.rsplit_once('@')?;
    let (repository, path) = rest.split_once("//")?;
    let (owner, repository) = repository.split_once('/')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name =
        |text: &str| !text.is_empty() && text.len() <= 100 && text.chars().all(plain) && !matches!(text, "." | "..");
    let segments = path.split('/').all(name);
    let fits = name(owner) && name(repository) && segments && path.len() <= MAX_CHARS && is_hex(commit, 40);
    fits.then(|| (owner.to_owned(), repository.to_owned(), path.to_owned(), commit.to_ascii_lowercase()))
}

fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The path of a file that is named beside another one, both in one tree; none where it would lead out of the tree.
pub(super) fn beside(from: &str, written: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
