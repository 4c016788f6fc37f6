//! Which policy judges.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};

use crate::change::Change;
use crate::policy::{KnownNames, Policy};
use crate::rules::Library;

/// The policy's file at the root of a repository.
pub const POLICY_FILE: &str = ".tempergate.yml";

/// Reads the policy of a file.
pub fn from_file(path: &Path, library: &Library) -> Result<Policy> {
    let text = std::fs::read_to_string(path).with_context(|| format!("the policy {}", path.display()))?;
    parse(&path.to_string_lossy(), &text, library)
}

/// The policy of a change: that of its base, never of its head; the built-in one where the base has none. `named` is another
/// file than the usual one, which must be there.
///
/// It is read at the tip of the base and not at the merge-base, so that a change cannot choose an older policy by where it
/// branches off.
pub fn of_base(change: &Change, named: Option<&str>, library: &Library) -> Result<Policy> {
    let file = named.unwrap_or(POLICY_FILE);
    let read = change.at_base_tip(file).map_err(|e| anyhow!("the policy {file} of the base: {e}"))?;
    match read {
        Some(bytes) => {
            let text = std::str::from_utf8(&bytes).with_context(|| format!("the policy {file} of the base"))?;
            parse(file, text, library)
        }
        None if named.is_some() => {
            bail!("the base has no policy {file}; a policy that the change brings in is not used")
        }
        None => Ok(Policy::baseline()),
    }
}

/// The policy that was named; where none was, that of the working folder, if it has one. Nobody has vouched for the latter: it
/// may have come with code from anywhere, so the model that it names is not asked.
pub fn chosen(named: Option<&Path>, library: &Library) -> Result<Policy> {
    let found = Path::new(POLICY_FILE);
    match named {
        Some(path) => from_file(path, library),
        None if found.is_file() => Ok(from_file(found, library)?.found()),
        None => Ok(Policy::baseline()),
    }
}

fn parse(name: &str, text: &str, library: &Library) -> Result<Policy> {
    let known = KnownNames::new(library.rules().iter().map(|r| r.id.as_str()));
    Policy::parse(name, text, &known).map_err(|e| anyhow!("the policy cannot be read\n{}", e.render(false)))
}
