//! GitHub's API, as far as a gate needs it: `send` sends one request and waits where that helps, `calls` knows the addresses
//! and the bodies.
//!
//! The token goes to the address of the API and nowhere else, and no message quotes it.

mod calls;
mod send;

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client as Http, Url};
use secrecy::{ExposeSecret, SecretString};
use tokio::runtime::Runtime;

pub use self::calls::{Check, Processing, Pull};

use super::event::Repository;
use crate::net::{self, Connection};

/// How long one answer may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// How long all waiting together may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is set for a client.
pub struct Settings {
    /// The address of the API: `https://api.github.com`.
    pub api: String,
    /// The address of the query language: `https://api.github.com/graphql`.
    pub graphql: String,
    /// The repository.
    pub repository: Repository,
    /// The token; an empty one to ask without.
    pub token: SecretString,
    /// Certificate authorities to trust beside those of the system, as a PEM file.
    pub ca_file: Option<PathBuf>,
    /// Whether the token may be sent unencrypted to another machine.
    pub allow_plain_http: bool,
}

/// Why a request had no success.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// The token must not do this.
    #[error("the token does not permit it: {0}")]
    NotPermitted(String),
    /// There is no such thing, or the token must not see it.
    #[error("not found: {0}")]
    NotFound(String),
    /// GitHub does not take the request.
    #[error("refused ({status}): {message}")]
    Refused {
        /// The status of the answer.
        status: u16,
        /// What it says.
        message: String,
    },
    /// There were too many requests, and waiting would take too long.
    #[error("too many requests: {0}")]
    RateLimited(String),
    /// Nobody knows whether it was done.
    #[error("no answer: {0}")]
    Uncertain(String),
    /// No connection, or no answer that can be read.
    #[error("{0}")]
    Failed(String),
}

/// A client for one repository.
pub struct Client {
    http: Http,
    api: Url,
    graphql: Url,
    headers: HeaderMap,
    repository: Repository,
    runtime: Runtime,
    /// How long one answer may take.
    answer_time: Duration,
    /// What is left of the time for waiting.
    patience: std::sync::Mutex<Duration>,
}

impl Client {
    /// Prepares requests; nothing is sent yet.
    ///
    /// # Errors
    ///
    /// An address or the token cannot be used, or the connections cannot be set up.
    pub fn new(settings: Settings) -> Result<Client, ApiError> {
        let failed = |why: String| ApiError::Failed(why);
        let [api, graphql] = [&settings.api, &settings.graphql].map(|text| address(text, settings.allow_plain_http));
        let (api, graphql) = (api.map_err(failed)?, graphql.map_err(failed)?);
        let connection = Connection {
            url: &api,
            ca_file: settings.ca_file.as_ref(),
            timeout: TIMEOUT,
            redirects: Policy::custom(within_the_server),
        };
        let http = net::client(connection).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.map_err(|e| failed(format!("no thread for requests: {e}")))?;
        let headers =
            headers(&settings.token).ok_or_else(|| failed("the token has characters that no token can have".into()))?;
        let patience = std::sync::Mutex::new(PATIENCE);
        let repository = settings.repository;
        Ok(Client { http, api, graphql, headers, repository, runtime, answer_time: TIMEOUT, patience })
    }

    /// The same, with another limit than 30 seconds on how long one answer may take.
    pub fn with_answer_time(self, answer_time: Duration) -> Client {
        Client { answer_time, ..self }
    }
}

/// A repository that was renamed is redirected on the same server; elsewhere the token must not go.
fn within_the_server(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let same = |a: &Url, b: &Url| a.origin() == b.origin();
    match attempt.previous() {
        before if before.len() > 3 => attempt.stop(),
        before if before.last().is_some_and(|last| same(last, attempt.url())) => attempt.follow(),
        _ => attempt.stop(),
    }
}

/// An address that the token may be sent to.
fn address(text: &str, allow_plain_http: bool) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| format!("the address of GitHub's API is no URL: {e}"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if net::is_loopback(&url) || allow_plain_http => Ok(url),
        "http" => Err(format!("{} would get the token unencrypted", net::shown(&url))),
        _ => Err("the address of GitHub's API does not begin with https://".to_string()),
    }
}

fn headers(token: &SecretString) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    // What is public can be read without one.
    if !token.expose_secret().is_empty() {
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret())).ok()?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    headers.insert(ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
    headers.insert("x-github-api-version", HeaderValue::from_static("2022-11-28"));
    Some(headers)
}
