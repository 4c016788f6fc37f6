//! Whether the network may be used, and what is read over it for policies.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use sha2::Digest;

use super::ci::surroundings;
use crate::github::client::ApiError;
use crate::github::event::Repository;
use crate::policy::Remote;

/// Whether the network may be used.
#[derive(Clone, Copy, Debug, Default, Args)]
pub struct Network {
    /// Use the network for nothing.
    #[arg(long, global = true, env = "TEMPERGATE_NO_NETWORK", value_parser = clap::builder::BoolishValueParser::new(), num_args = 0..=1, default_value_t = false, default_missing_value = "true")]
    pub no_network: bool,
}

impl Network {
    /// The bytes of a policy of another repository: from the cache, else from GitHub. What is in the cache is taken only if it
    /// has the hash, so nothing is lost if somebody else writes there. Errors: why it cannot be read, in one clause.
    pub fn policy(self, remote: &Remote) -> Result<Vec<u8>, String> {
        let cached = cache().map(|folder| folder.join(format!("{}.yml", remote.sha256)));
        if let Some(bytes) = cached.as_ref().and_then(|path| fs::read(path).ok()).filter(|b| has_hash(b, remote)) {
            return Ok(bytes);
        }
        if self.no_network {
            return Err("the network is not used in this run, and the file is not in the cache".to_owned());
        }
        let bytes = from_github(remote)?;
        if let Some(path) = cached.filter(|_| has_hash(&bytes, remote)) {
            // A cache that cannot be written is no reason to fail.
            let _ = path.parent().map(fs::create_dir_all);
            let _ = fs::write(path, &bytes);
        }
        Ok(bytes)
    }
}

fn has_hash(bytes: &[u8], remote: &Remote) -> bool {
    let hash = sha2::Sha256::digest(bytes);
    hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == remote.sha256
}

fn from_github(remote: &Remote) -> Result<Vec<u8>, String> {
    let repository = Repository::parse(&format!("{}/{}", remote.owner, remote.repository))
        .ok_or_else(|| "its repository is not OWNER/NAME".to_owned())?;
    let token = surroundings::token().unwrap_or_default();
    let client = surroundings::client(repository, token).map_err(|error| error.to_string())?;
    client.file(&remote.path, &remote.commit).map_err(|error| match error {
        ApiError::NotFound(_) => "there is no such file at this commit, or the token must not see it".to_owned(),
        other => other.to_string(),
    })
}

/// The folder for policies of other repositories.
fn cache() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = || set("HOME").map(|home| home.join(".cache"));
    let caches = set("XDG_CACHE_HOME").or_else(|| set("LOCALAPPDATA")).or_else(home)?;
    Some(caches.join("tempergate").join("policies"))
}
