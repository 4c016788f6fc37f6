//! What a runner of GitHub Actions tells a step by its environment.

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use crate::change::fetch::Variables;
use crate::github::client::{Client, Settings};
use crate::github::event::{self, Event, Repository};
use crate::net;

/// A variable of the environment; an empty one counts as absent.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable that a runner always sets.
fn needed(name: &str) -> Result<String> {
    variable(name).ok_or_else(|| {
        anyhow!("{name} is not set; `tempergate ci` is for GitHub Actions, and `tempergate check` for everywhere else")
    })
}

/// The token, if there is one.
pub fn token() -> Option<SecretString> {
    variable("GITHUB_TOKEN").or_else(|| variable("GH_TOKEN")).map(|token| token.trim().to_string().into())
}

/// The folder with the checkout.
pub fn workspace() -> PathBuf {
    variable("GITHUB_WORKSPACE").map_or_else(|| PathBuf::from("."), PathBuf::from)
}

/// The event.
pub fn event() -> Result<Event> {
    let name = needed("GITHUB_EVENT_NAME")?;
    let path = needed("GITHUB_EVENT_PATH")?;
    let mut text = Vec::new();
    let file = fs::File::open(&path).with_context(|| format!("the event {path}"))?;
    file.take(event::MAX_BYTES + 1).read_to_end(&mut text).with_context(|| format!("the event {path}"))?;
    if text.len() as u64 > event::MAX_BYTES {
        bail!("the event {path} has more than {} MB", event::MAX_BYTES >> 20);
    }
    Event::parse(&name, &text).map_err(|why| anyhow!("{why}"))
}

/// The repository.
pub fn repository() -> Result<Repository> {
    let name = needed("GITHUB_REPOSITORY")?;
    Repository::parse(&name).ok_or_else(|| anyhow!("GITHUB_REPOSITORY is not OWNER/NAME"))
}

/// Where the reports are put.
pub fn reports() -> PathBuf {
    let folder = variable("RUNNER_TEMP").map_or_else(std::env::temp_dir, PathBuf::from);
    folder.join("tempergate")
}

/// A client of the API, with the token.
pub fn client(repository: Repository, token: SecretString) -> Result<Client> {
    let api = variable("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_string());
    let graphql = variable("GITHUB_GRAPHQL_URL").unwrap_or_else(|| format!("{}/graphql", api.trim_end_matches("/v3")));
    let settings = Settings {
        api,
        graphql,
        repository,
        token,
        ca_file: variable(net::AUTHORITIES).map(PathBuf::from),
        allow_plain_http: variable("TEMPERGATE_ALLOW_PLAIN_HTTP").is_some_and(|value| value == "1"),
    };
    Client::new(settings).map_err(|e| anyhow!("GitHub's API: {e}"))
}

/// What lets `git` read the repository with the token.
pub fn access(token: &SecretString) -> Variables {
    let server = variable("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_string());
    let pair = STANDARD.encode(format!("x-access-token:{}", token.expose_secret()));
    let own = |name: &str, value: String| (name.to_string(), value);
    vec![
        own("GIT_CONFIG_COUNT", "1".to_string()),
        own("GIT_CONFIG_KEY_0", format!("http.{server}/.extraheader")),
        own("GIT_CONFIG_VALUE_0", format!("AUTHORIZATION: basic {pair}")),
    ]
}

/// Appends to the file that a variable names, if it names one.
pub fn append(name: &str, text: &str) -> Result<()> {
    let Some(path) = variable(name) else { return Ok(()) };
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(Path::new(&path))
        .with_context(|| format!("{name}: {path}"))?;
    file.write_all(text.as_bytes()).with_context(|| format!("{name}: {path}"))
}

/// A word that nobody can foresee.
pub fn random_word() -> String {
    use std::hash::{BuildHasher, Hasher};
    let random = || std::hash::RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", random(), random())
}
