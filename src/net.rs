//! Connections over HTTP, for models and for GitHub: encrypted by ring, through the system's proxies, with the certificate
//! authorities that the environment names, and with answers read within bounds. What is asked belongs elsewhere.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, Url};

/// The environment variable that names a file of certificate authorities to trust beside those of the system.
pub const AUTHORITIES: &str = "TEMPERGATE_CA_FILE";

/// The longest file of certificates; that of a whole system has a quarter of it.
const MAX_CERTIFICATES: u64 = 1 << 20;

/// The longest remark of a server that is shown.
const LONGEST: usize = 240;

/// What is set for the connections to a server.
pub struct Connection<'a> {
    /// The server.
    pub url: &'a Url,
    /// Certificate authorities to trust beside those of the system, as a PEM file.
    pub ca_file: Option<&'a PathBuf>,
    /// How long connecting may take.
    pub timeout: Duration,
    /// Which redirections are followed.
    pub redirects: Policy,
}

/// The connections to a server. To this machine they go directly.
///
/// # Errors
///
/// A sentence on the certificates that cannot be read, or on what else is missing.
pub fn client(connection: Connection<'_>) -> Result<Client, String> {
    // Another part of the program may have done so already, with the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("tempergate/", env!("CARGO_PKG_VERSION")))
        .redirect(connection.redirects)
        .referer(false)
        .retry(reqwest::retry::never())
        .connect_timeout(connection.timeout.min(Duration::from_secs(20)));
    if is_loopback(connection.url) {
        builder = builder.no_proxy();
    }
    if connection.url.scheme() == "http" {
        // Works where a system has no certificates at all.
        builder = builder.tls_certs_only([]);
    } else if let Some(file) = connection.ca_file {
        let authorities = certificates(file)?;
        builder = match cfg!(target_os = "macos") {
            // The system's verifier takes no others beside its own there.
            true => builder.tls_certs_only(authorities),
            false => builder.tls_certs_merge(authorities),
        };
    }
    builder.build().map_err(|e| format!("no connection can be set up: {}", deepest(&e.without_url())))
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, String> {
    let failed = |why: String| format!("the certificate authorities of {}: {why}", file.display());
    let mut pem = Vec::new();
    let opened = File::open(file).map_err(|e| failed(e.to_string()))?;
    opened.take(MAX_CERTIFICATES + 1).read_to_end(&mut pem).map_err(|e| failed(e.to_string()))?;
    if pem.len() as u64 > MAX_CERTIFICATES {
        return Err(failed("the file is too long".to_string()));
    }
    match Certificate::from_pem_bundle(&pem) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(failed("there is no certificate in PEM form".to_string())),
        Err(error) => Err(failed(deepest(&error))),
    }
}

/// Whether an address is this machine.
pub fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|a| a.is_loopback())
}

/// An address as messages show it: without its query, which may hold a key.
pub fn shown(url: &Url) -> String {
    let port = url.port().map(|p| format!(":{p}")).unwrap_or_default();
    format!("{}://{}{port}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path())
}

/// What of a body could not be had.
pub enum Cut {
    /// It is longer than it may be.
    Long,
    /// The connection broke.
    Broken(reqwest::Error),
}

/// A whole body of at most `most` bytes, whatever it says of its length.
///
/// # Errors
///
/// It is longer, or does not come whole.
pub async fn body_of(response: &mut Response, most: usize) -> Result<Vec<u8>, Cut> {
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Err(Cut::Long);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Cut::Broken)? {
        if body.len() + chunk.len() > most {
            return Err(Cut::Long);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// As much of a body as there is, up to a limit.
pub async fn beginning(response: &mut Response, most: usize) -> Vec<u8> {
    let mut body = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = most - body.len();
        body.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if body.len() == most {
            break;
        }
    }
    body
}

/// One line of plain text of somebody else's.
pub fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(LONGEST) {
        words.truncate(end);
        words.push('…');
    }
    words
}

/// The innermost cause of an error, which says what happened; the outer ones say what was tried.
pub fn deepest(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    one_line(&innermost.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_is_one_short_line() {
        assert_eq!(one_line(" a\n\u{1b}[31mb\t c "), "a [31mb c");
        assert_eq!(one_line(&"ä".repeat(1_000)).chars().count(), LONGEST + 1);
    }
}
