//! Where requests go, with which key, and over which connections.

use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Certificate, Client, Url};
use secrecy::{ExposeSecret, SecretString};

use super::dialect::Dialect;
use super::settings::{ENDPOINT, PLAIN_HTTP, Settings};
use crate::model::{Failure, FailureKind};

/// The longest file of certificates; that of a whole system has a quarter of it.
const MAX_CERTIFICATES: u64 = 1 << 20;

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

/// Whether an address is this machine.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|a| a.is_loopback())
}

/// An address as messages show it: without its query, which may hold a key.
pub(super) fn shown(url: &Url) -> String {
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

/// The headers with the key.
pub(super) fn headers(dialect: Dialect, key: Option<&Key>) -> Result<HeaderMap, Failure> {
    let variable = key.map_or("", |k| k.variable.as_str());
    dialect.headers(key.map(|k| k.secret.expose_secret())).ok_or_else(|| {
        let why = format!("the key in {variable} has characters that no key can have");
        Failure::new(FailureKind::Refused, why)
    })
}

/// The connections: encrypted by ring, through the system's proxies except to this machine, never redirected.
pub(super) fn client(settings: &Settings, url: &Url) -> Result<Client, Failure> {
    // Another part of the program may have done so already, with the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("tempergate/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(settings.timeout.min(Duration::from_secs(20)));
    if is_loopback(url) {
        builder = builder.no_proxy();
    }
    if url.scheme() == "http" {
        // Works where a system has no certificates at all.
        builder = builder.tls_certs_only([]);
    } else if let Some(file) = &settings.ca_file {
        let authorities = certificates(file)?;
        builder = match cfg!(target_os = "macos") {
            // The system's verifier takes no others beside its own there.
            true => builder.tls_certs_only(authorities),
            false => builder.tls_certs_merge(authorities),
        };
    }
    builder.build().map_err(|e| {
        let why = format!("no connection can be set up: {}", super::words::deepest(&e.without_url()));
        Failure::new(FailureKind::Unreachable, why)
    })
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, Failure> {
    let failed = |why: String| {
        Failure::new(FailureKind::Unreachable, format!("the certificate authorities of {}: {why}", file.display()))
    };
    let mut pem = Vec::new();
    let opened = File::open(file).map_err(|e| failed(e.to_string()))?;
    opened.take(MAX_CERTIFICATES + 1).read_to_end(&mut pem).map_err(|e| failed(e.to_string()))?;
    if pem.len() as u64 > MAX_CERTIFICATES {
        return Err(failed("the file is too long".to_string()));
    }
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(failed("there is no certificate in PEM form".to_string())),
        Err(error) => Err(failed(super::words::deepest(&error))),
    }
}
