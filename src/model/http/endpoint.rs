//! Where requests go, with which key, and over which connections.

use reqwest::header::HeaderMap;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};

use super::dialect::Dialect;
use super::settings::{ENDPOINT, PLAIN_HTTP, Settings};
use crate::model::{Failure, FailureKind};
use crate::net::{self, Connection, is_loopback, shown};

/// A key, and the environment variable that it came from. Only the variable is ever shown.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) variable: String,
    secret: SecretString,
}

impl Key {
    /// Whether a text holds a part of the key, and must not be shown.
    pub(super) fn is_in(&self, text: &str) -> bool {
        super::words::shares(text, self.secret.expose_secret(), 6)
    }
}

/// The key in the variable that the settings name, which must then have one.
pub(super) fn key(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Result<Option<Key>, Failure> {
    let Some(name) = &settings.key_env else { return Ok(None) };
    match variable(name).map(|k| k.trim().to_string()).filter(|k| !k.is_empty()) {
        Some(key) => Ok(Some(Key { variable: name.clone(), secret: key.into() })),
        None => {
            let why = format!("the environment variable {name}, which is to have the key of the model, is not set");
            Err(Failure::new(FailureKind::Refused, why))
        }
    }
}

/// The base address of a provider, which is safe to send the key to.
pub(super) fn address(settings: &Settings, dialect: Dialect, has_key: bool) -> Result<Url, Failure> {
    let refused = |why: String| Failure::new(FailureKind::Refused, why);
    let text = settings.endpoint.as_deref().or(dialect.default_endpoint()).ok_or_else(|| {
        refused(format!("{} needs an endpoint: `model.endpoint` of the policy, or {ENDPOINT}", settings.id()))
    })?;
    // The text is not shown, because somebody may have put a key into it.
    let url = Url::parse(text.trim()).map_err(|e| refused(format!("the endpoint of the model is no URL: {e}")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(refused("the endpoint of the model does not begin with https:// or http://".to_string()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let why = "the endpoint of the model has a user or password in it; keys come from the environment (key-env)";
        return Err(refused(why.to_string()));
    }
    if url.scheme() == "http" && has_key && !is_loopback(&url) && !settings.allow_plain_http {
        let why = format!("{} would get the key unencrypted: use https://, or set {PLAIN_HTTP}=1", shown(&url));
        return Err(refused(why));
    }
    Ok(url)
}

/// The headers with the key.
pub(super) fn headers(dialect: Dialect, key: Option<&Key>) -> Result<HeaderMap, Failure> {
    let variable = key.map_or("", |k| k.variable.as_str());
    dialect.headers(key.map(|k| k.secret.expose_secret())).ok_or_else(|| {
        let why = format!("the key in {variable} has characters that no key can have");
        Failure::new(FailureKind::Refused, why)
    })
}

/// The connections to it, which follow no redirection.
pub(super) fn client(settings: &Settings, url: &Url) -> Result<Client, Failure> {
    let connection = Connection {
        url,
        ca_file: settings.ca_file.as_ref(),
        timeout: settings.timeout,
        redirects: reqwest::redirect::Policy::none(),
    };
    net::client(connection).map_err(|why| Failure::new(FailureKind::Unreachable, why))
}
