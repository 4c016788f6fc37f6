//! Which policy judges.

use std::path::Path;

use anyhow::{Context, Result, anyhow};

use crate::policy::{KnownNames, Policy};
use crate::rules::Library;
use crate::snapshot::Snapshot;

/// The policy's file at the root of a repository.
pub const POLICY_FILE: &str = ".tempergate.yml";

/// Reads the policy of a file.
pub fn from_file(path: &Path, library: &Library) -> Result<Policy> {
    let text = std::fs::read_to_string(path).with_context(|| format!("the policy {}", path.display()))?;
    parse(&path.to_string_lossy(), &text, library)
}

/// The policy of a change: that of its base, never of its head; the built-in one where the base has none.
pub fn of_base(base: &dyn Snapshot, library: &Library) -> Result<Policy> {
    let read = base.read(POLICY_FILE).map_err(|e| anyhow!("the policy {POLICY_FILE} of the base: {e}"))?;
    match read {
        Some(bytes) => {
            let text = std::str::from_utf8(&bytes).with_context(|| format!("the policy {POLICY_FILE} of the base"))?;
            parse(POLICY_FILE, text, library)
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
