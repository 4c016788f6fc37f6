//! Which policy judges.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::network::Network;
use super::output;

use crate::change::Change;
use crate::policy::{BUILTIN, KnownNames, Policy, Remote, Texts};
use crate::rules::Library;

/// The policy's file at the root of a repository.
pub const POLICY_FILE: &str = ".tempergate.yml";

/// Reads the policy of a file, with the files that it extends: they lie relative to it.
pub fn from_file(path: &Path, library: &Library, network: Network) -> Result<Policy> {
    let text = std::fs::read_to_string(path).with_context(|| format!("the policy {}", path.display()))?;
    parse(&path.to_string_lossy(), &text, library, &OnDisk(network))
}

/// The policy of a change: that of its base, never of its head; the built-in one where the base has none. `named` is another
/// file than the usual one, which must be there.
///
/// It is read at the tip of the base and not at the merge-base, so that a change cannot choose an older policy by where it
/// branches off.
pub fn of_base(change: &Change, named: Option<&str>, library: &Library, network: Network) -> Result<Policy> {
    let file = named.unwrap_or(POLICY_FILE);
    let read = change.at_base_tip(file).map_err(|e| anyhow!("the policy {file} of the base: {e}"))?;
    match read {
        Some(bytes) => {
            let text = std::str::from_utf8(&bytes).with_context(|| format!("the policy {file} of the base"))?;
            parse(file, text, library, &AtBaseTip(change, network))
        }
        None if named.is_some() => {
            bail!("the base has no policy {file}; a policy that the change brings in is not used")
        }
        None => Ok(Policy::baseline().on(today())),
    }
}

/// The policy with a name: one that comes with the program, or that of a file. A file that is called as one of the former must
/// be written as `./strict`, so that no checkout can put itself in its place.
pub fn named(name: &Path, library: &Library, network: Network) -> Result<Policy> {
    match BUILTIN.iter().find(|builtin| Path::new(builtin.name) == name) {
        Some(builtin) => Ok(Policy::builtin(builtin).on(today())),
        None => from_file(name, library, network),
    }
}

/// The policy that was named; where none was, that of the working folder, if it has one. Nobody has vouched for the latter: it
/// may have come with code from anywhere, so the model that it names is not asked, and nothing is fetched for it.
pub fn chosen(named: Option<&Path>, library: &Library, network: Network) -> Result<Policy> {
    let found = Path::new(POLICY_FILE);
    match named {
        Some(path) => self::named(path, library, network),
        None if found.is_file() => Ok(from_file(found, library, Network { no_network: true })?.found()),
        None => Ok(Policy::baseline().on(today())),
    }
}

fn parse(name: &str, text: &str, library: &Library, texts: &dyn Texts) -> Result<Policy> {
    let known = KnownNames::new(library.rules().iter().map(|r| r.id.as_str()));
    let policy = Policy::load(name, text, &known, texts);
    let policy = policy.map_err(|e| anyhow!("the policy cannot be read\n{}", e.render(false)))?;
    for problem in policy.waiver_problems() {
        output::note(problem.render(false).trim_end());
    }
    Ok(policy.on(today()))
}

/// The day on which waivers are looked at: today, in UTC.
pub fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Files beside a policy of the file system. Whoever names a policy there answers for what it extends.
struct OnDisk(Network);

impl Texts for OnDisk {
    fn path_of(&self, from: &str, written: &str) -> Result<String, String> {
        let folder = Path::new(from).parent().unwrap_or(Path::new(""));
        Ok(folder.join(written).components().collect::<PathBuf>().to_string_lossy().into_owned())
    }

    fn file(&self, path: &str) -> Result<Option<String>, String> {
        match std::fs::read_to_string(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.to_string()),
        }
    }

    fn remote(&self, remote: &Remote) -> Result<Vec<u8>, String> {
        self.0.policy(remote)
    }
}

/// Files of the tip of the base, from which its policy comes.
struct AtBaseTip<'a>(&'a Change, Network);

impl Texts for AtBaseTip<'_> {
    fn file(&self, path: &str) -> Result<Option<String>, String> {
        let Some(bytes) = self.0.at_base_tip(path).map_err(|error| error.to_string())? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        Ok(Some(text.to_owned()))
    }

    fn remote(&self, remote: &Remote) -> Result<Vec<u8>, String> {
        self.1.policy(remote)
    }
}
