//! Reading a folder of a user's own rules: `<weakness>/rule.yml` with examples beside it, and `models/<language>/*.yml`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use super::files;
use crate::rules::examples::Document;
use crate::rules::load::{self, Loaded, UserFile, UserFileKind};
use crate::syntax::hir::Language;

/// The largest file that is read, in bytes.
const MAX_BYTES: u64 = 2_000_000;

/// A folder of a user's rules.
pub struct UserRules {
    /// The rules, with the built-in ones.
    pub loaded: Loaded,
    /// The examples.
    pub documents: Vec<Document>,
}

/// Reads a folder. The error names everything that is wrong with its rules and models. Files of other kinds are left
/// alone, but a folder that holds no rule is an error, because nobody would see that it counts for nothing.
pub fn read(folder: &Path) -> Result<UserRules> {
    let mut files = Vec::new();
    let mut documents = Vec::new();
    for path in entries(folder)?.into_iter().filter(|p| p.is_dir()) {
        let name = name_of(&path);
        if name == "models" {
            read_models(&path, &mut files)?;
        } else if !name.starts_with('.') {
            read_rule(&path, &name, &mut files, &mut documents)?;
        }
    }
    if files.is_empty() {
        bail!("{}: there are no rules (<weakness>/rule.yml) and no models (models/<language>/*.yml)", folder.display());
    }
    let loaded = load::load(&files).map_err(|errors| {
        let all: Vec<String> = errors.iter().map(|e| e.render(false)).collect();
        anyhow!("the rules in {} cannot be used\n{}", folder.display(), all.join("\n").trim_end())
    })?;
    Ok(UserRules { loaded, documents })
}

fn read_rule(path: &Path, name: &str, files: &mut Vec<UserFile>, documents: &mut Vec<Document>) -> Result<()> {
    let rule = path.join("rule.yml");
    if !rule.is_file() {
        bail!("{}: a folder of a rule needs a file `rule.yml`", path.display());
    }
    let is = UserFileKind::Rule { folder: name.to_string() };
    files.push(UserFile { file: shown(&rule), text: text(&rule)?, is });
    for example in entries(path)?.into_iter().filter(|p| has_extension(p, &["md"])) {
        documents.push(Document { rule: name.to_string(), file: shown(&example), text: text(&example)? });
    }
    Ok(())
}

fn read_models(path: &Path, files: &mut Vec<UserFile>) -> Result<()> {
    for folder in entries(path)?.into_iter().filter(|p| p.is_dir()) {
        let name = name_of(&folder);
        let Some(language) = Language::ALL.into_iter().find(|l| l.name() == name) else {
            let known = Language::ALL.map(|l| l.name()).join(", ");
            bail!("{}: `{name}` is no language that is analysed; known are {known}", folder.display());
        };
        for model in entries(&folder)?.into_iter().filter(|p| has_extension(p, &["yml", "yaml"])) {
            files.push(UserFile { file: shown(&model), text: text(&model)?, is: UserFileKind::Model { language } });
        }
    }
    Ok(())
}

/// What is in a folder, sorted.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let read = fs::read_dir(folder).with_context(|| format!("{}", folder.display()))?;
    let paths: std::io::Result<Vec<PathBuf>> = read.map(|e| e.map(|e| e.path())).collect();
    let mut paths = paths.with_context(|| format!("{}", folder.display()))?;
    paths.sort();
    Ok(paths)
}

fn text(path: &Path) -> Result<String> {
    let bytes = files::read(path, MAX_BYTES).with_context(|| format!("{}", path.display()))?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!("{}: larger than {MAX_BYTES} bytes", path.display());
    }
    String::from_utf8(bytes).with_context(|| format!("{}", path.display()))
}

fn has_extension(path: &Path, extensions: &[&str]) -> bool {
    path.is_file() && path.extension().is_some_and(|e| extensions.iter().any(|known| e == *known))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
