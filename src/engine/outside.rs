//! Asking engines for real: files in a scratch folder, a command in the shell, a file on disk.
//!
//! What a command names of the repository, such as a folder of rules, lies in the scratch folder as the tip of the base has
//! it: a change cannot bring along the rules that it is judged by. Of the head, only the files that are to be looked at are
//! there.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::{Answer, Engines, Folder, MAX_SARIF};
use crate::change::{Change, Scratch};
use crate::model::stop::Stop;
use crate::policy::{Engine, EngineSource, PATHS, duration_in_words};
use crate::process::{Captured, capture};
use crate::report::text::{brief, visible};
use crate::verify::command::End;

/// Before the names of all folders of ours; what a repository calls so is not laid out.
const OURS: &str = "tempergate-";
/// The files and bytes of the base that are laid out because a command names them.
const MAX_FILES: usize = 5_000;
const MAX_BYTES: usize = 64_000_000;
/// Characters of what a command said last.
const QUOTED: usize = 400;

/// Asks the engines of a policy that somebody vouches for.
pub struct ForReal<'a> {
    /// The change.
    pub change: &'a Change,
    /// Ends a run early.
    pub stop: &'a Stop,
}

impl Engines for ForReal<'_> {
    fn look(&self, engine: &Engine, folders: &[Folder]) -> Result<Answer, String> {
        match &engine.source {
            EngineSource::Run(command) => self.run(engine, command, folders),
            EngineSource::Sarif(file) => self.file(file),
        }
    }
}

impl ForReal<'_> {
    fn run(&self, engine: &Engine, command: &str, folders: &[Folder]) -> Result<Answer, String> {
        let unready = |error: &dyn std::fmt::Display| format!("it was not started: {}", visible(&error.to_string()));
        let scratch = self.change.empty_scratch().map_err(|error| unready(&error))?;
        self.lay_out_named(command, &scratch)?;
        run(engine, command, folders, &scratch, self.stop)
    }

    /// Lays out the files of the base that a command names.
    fn lay_out_named(&self, command: &str, scratch: &Scratch) -> Result<(), String> {
        let names = names(command);
        let failed =
            |error: &dyn std::fmt::Display| format!("its files cannot be laid out: {}", visible(&error.to_string()));
        let paths = self.change.named_at_base_tip(&names).map_err(|error| failed(&error))?;
        if paths.len() > MAX_FILES {
            return Err(format!("its command names more than {MAX_FILES} files of the base"));
        }
        let mut left = MAX_BYTES;
        for path in paths.iter().filter(|path| !path.starts_with(OURS)) {
            let Some(bytes) = self.change.at_base_tip(path).map_err(|error| failed(&error))? else { continue };
            let too_many = || format!("its command names files of the base with more than {MAX_BYTES} bytes");
            left = left.checked_sub(bytes.len()).ok_or_else(too_many)?;
            scratch.write(path, &bytes).map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// A SARIF file that is there already: beside the repository's files, or anywhere. One that the change itself has is
    /// refused, since then the change would say what was found in it.
    fn file(&self, file: &str) -> Result<Answer, String> {
        let root = self.change.root().map(Path::to_path_buf);
        let written = file.trim_start_matches("./").replace('\\', "/");
        let path = match &root {
            Some(root) if !Path::new(file).is_absolute() => root.join(&written),
            _ => PathBuf::from(file),
        };
        let failed = |why: String| format!("its file {} {why}", brief(file, 200));
        let real = path.canonicalize().map_err(|error| failed(format!("cannot be read: {error}")))?;
        let real_root = root.as_ref().and_then(|root| root.canonicalize().ok());
        let inside = real_root.as_ref().and_then(|root| real.strip_prefix(root).ok());
        if let Some(inside) = inside {
            let name = inside.to_string_lossy().replace('\\', "/");
            if [self.change.head(), self.change.base()].iter().any(|side| side.contains(&name)) {
                return Err(failed("is one of the repository; the change could say what was found in it".to_owned()));
            }
        }
        let mut sarif = Vec::new();
        let opened = File::open(&real).map(|file| file.take(MAX_SARIF as u64 + 1).read_to_end(&mut sarif));
        opened.and_then(|read| read).map_err(|error| failed(format!("cannot be read: {error}")))?;
        let root = real_root.map(|root| root.to_string_lossy().into_owned());
        Ok(Answer { sarif, root: root.unwrap_or_default() })
    }
}

/// Asks the engines of a policy about files that are in no repository. What a command names lies beside the policy.
pub struct Loose<'a> {
    /// The folder that a command's paths are relative to.
    pub root: &'a Path,
    /// Ends a run early.
    pub stop: &'a Stop,
}

impl Engines for Loose<'_> {
    fn look(&self, engine: &Engine, folders: &[Folder]) -> Result<Answer, String> {
        let EngineSource::Run(command) = &engine.source else {
            return Err("it is a file, which cannot be asked about anything else".to_owned());
        };
        let scratch =
            Scratch::empty().map_err(|error| format!("it was not started: {}", visible(&error.to_string())))?;
        self.lay_out_named(command, &scratch)?;
        run(engine, command, folders, &scratch, self.stop)
    }
}

impl Loose<'_> {
    fn lay_out_named(&self, command: &str, scratch: &Scratch) -> Result<(), String> {
        let failed = |path: &Path, error: &dyn std::fmt::Display| {
            format!("{} cannot be laid out: {}", visible(&path.to_string_lossy()), visible(&error.to_string()))
        };
        let (mut files, mut left) = (0, MAX_BYTES as u64);
        for name in names(command) {
            // Only what lies beside the policy: `..` leads elsewhere, and a word of the command is no path mostly.
            if Path::new(&name).components().any(|part| !matches!(part, Component::Normal(_))) {
                continue;
            }
            for entry in
                ignore::WalkBuilder::new(self.root.join(&name)).standard_filters(false).follow_links(false).build()
            {
                let Ok(entry) = entry else { continue };
                let (Some(true), Ok(relative)) =
                    (entry.file_type().map(|kind| kind.is_file()), entry.path().strip_prefix(self.root))
                else {
                    continue;
                };
                files += 1;
                let size = entry.metadata().map_or(0, |meta| meta.len());
                left = left.checked_sub(size).filter(|_| files <= MAX_FILES).ok_or_else(|| {
                    format!("its command names more than {MAX_FILES} files, or more than {MAX_BYTES} bytes")
                })?;
                let bytes = std::fs::read(entry.path()).map_err(|error| failed(entry.path(), &error))?;
                let name = relative.to_string_lossy().replace('\\', "/");
                scratch.write(&name, &bytes).map_err(|error| failed(entry.path(), &error))?;
            }
        }
        Ok(())
    }
}

/// Runs an engine over folders that are laid out for it.
fn run(engine: &Engine, command: &str, folders: &[Folder], scratch: &Scratch, stop: &Stop) -> Result<Answer, String> {
    let unready = |error: &dyn std::fmt::Display| format!("it was not started: {}", visible(&error.to_string()));
    for folder in folders {
        for (path, source) in &folder.files {
            let path = format!("{}/{path}", folder.name);
            scratch.write(&path, source.text().as_bytes()).map_err(|error| unready(&error))?;
        }
    }
    let filled: Vec<&str> =
        folders.iter().filter(|folder| !folder.files.is_empty()).map(|folder| folder.name.as_str()).collect();
    let command = command.replace(PATHS, &filled.join(" "));
    let captured = capture(&command, engine.time(), scratch, stop, MAX_SARIF);
    let sarif = judged(captured.map_err(|error| unready(&error))?, engine)?;
    Ok(Answer { sarif, root: scratch.tree().to_string_lossy().into_owned() })
}

/// The words of a command that could be paths of a repository, without quotes and without what stands before `=`.
fn names(command: &str) -> Vec<String> {
    let words =
        command.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '=' | ';' | '&' | '|' | '(' | ')'));
    let words = words.map(|word| word.trim_start_matches("./").trim_end_matches('/'));
    let plain = |word: &&str| !word.is_empty() && *word != "." && !word.starts_with(['-', '/']) && *word != PATHS;
    words.filter(plain).map(str::to_owned).collect()
}

/// The output of a command that came to its end. Analysers end with 0, or with 1 where they found something.
fn judged(captured: Captured, engine: &Engine) -> Result<Vec<u8>, String> {
    let Captured { end, output, said } = captured;
    let how = match end {
        End::Code(0 | 1) => {
            return output.ok_or_else(|| format!("it wrote more than {MAX_SARIF} bytes, or did not close its output"));
        }
        End::Code(127) => "was not found: it ended with 127".to_owned(),
        End::Code(code) => format!("failed: it ended with {code}"),
        End::Signal(signal) => format!("was ended by signal {signal}"),
        End::TimedOut => format!("was stopped after {}", duration_in_words(engine.time())),
        End::Stopped => "was interrupted".to_owned(),
        End::NotStarted(why) => format!("was not started: {why}"),
    };
    Err(format!("it {how}{}", last(&said)))
}

/// The end of what a command said, in one line and with everything visible.
fn last(said: &str) -> String {
    let words = said.split_whitespace().collect::<Vec<_>>().join(" ");
    let skipped = words.chars().count().saturating_sub(QUOTED);
    let kept: String = words.chars().skip(skipped).collect();
    match (kept.is_empty(), skipped) {
        (true, _) => String::new(),
        (_, 0) => format!("; it said: {}", visible(&kept)),
        _ => format!("; it said last: …{}", visible(&kept)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_could_be_paths_are_found() {
        let command = "semgrep scan --config security/semgrep/ --x=\"./a b.yml\" -c 'p.toml' /etc/x {paths} . && true";
        assert_eq!(names(command), ["semgrep", "scan", "security/semgrep", "a", "b.yml", "p.toml", "true"]);
    }

    #[test]
    fn what_was_said_is_cut_from_the_front_and_made_visible() {
        assert_eq!(last(" \n"), "");
        assert_eq!(last("no\u{1b}[31m\n such rule"), "; it said: no<U+001B>[31m such rule");
        let long = last(&format!("{} end", "x".repeat(1_000)));
        assert!(long.starts_with("; it said last: …x") && long.ends_with(" end"), "{long}");
    }
}
