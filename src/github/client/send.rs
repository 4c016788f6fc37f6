//! One request: sent, waited for where GitHub asks for patience, sent again where that cannot do a thing twice.

use std::time::{Duration, SystemTime};

use reqwest::header::{CONTENT_TYPE, HeaderMap, LINK};
use reqwest::{Method, StatusCode, Url};
use serde_json::Value;

use super::{ApiError, Client};
use crate::net::{self, Cut};

/// The longest answer: a hundred files with their diffs.
const MAX_ANSWER: usize = 32 << 20;

/// How often a request is sent at most.
const ATTEMPTS: u32 = 4;

/// An answer that is a success.
pub(super) struct Reply {
    pub body: Value,
    /// The address of the next page.
    pub next: Option<Url>,
}

/// What to do after an attempt.
enum Next {
    /// It may help to wait; nothing was done.
    Again(ApiError, Option<Duration>),
    /// It may help to wait; nobody knows what was done.
    Unclear(ApiError),
    Never(ApiError),
}

impl Client {
    /// Sends a request until there is an answer, or nothing helps any more. One that is not `repeatable` makes something, and
    /// is sent again only where it is certain that nothing was made.
    pub(super) fn send(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&Value>,
        repeatable: bool,
    ) -> Result<Reply, ApiError> {
        self.runtime.block_on(async {
            let mut attempt = 1;
            loop {
                let (error, wanted) = match self.attempt(method, url, body).await {
                    Ok(reply) => return Ok(reply),
                    Err(Next::Never(error)) => return Err(error),
                    // The caller looks what is there.
                    Err(Next::Unclear(error)) if !repeatable => return Err(uncertain(error)),
                    Err(Next::Unclear(error)) => (error, None),
                    Err(Next::Again(error, wanted)) => (error, wanted),
                };
                let wait = wanted.unwrap_or(Duration::from_secs(1 << (attempt - 1)));
                if attempt == ATTEMPTS || !self.may_wait(wait) {
                    return Err(error);
                }
                tokio::time::sleep(wait).await;
                attempt += 1;
            }
        })
    }

    /// Takes the time from what is left for waiting, if there is as much.
    fn may_wait(&self, wait: Duration) -> bool {
        let mut patience = self.patience.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        match patience.checked_sub(wait) {
            Some(rest) => {
                *patience = rest;
                true
            }
            None => false,
        }
    }

    /// Waits for something that GitHub does by itself; `false` where all patience is spent.
    pub(super) fn wait(&self, time: Duration) -> bool {
        let may = self.may_wait(time);
        if may {
            // A timer can only be made inside the runtime.
            self.runtime.block_on(async { tokio::time::sleep(time).await });
        }
        may
    }

    async fn attempt(&self, method: &Method, url: &Url, body: Option<&Value>) -> Result<Reply, Next> {
        let request = self.http.request(method.clone(), url.clone());
        let mut request = request.headers(self.headers.clone()).timeout(self.answer_time);
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let mut response = request.send().await.map_err(|error| unsent(&error, url))?;
        let (status, headers) = (response.status(), response.headers().clone());
        if !status.is_success() {
            let body = net::beginning(&mut response, 64 << 10).await;
            return Err(judge(status, &headers, &body));
        }
        let body = net::body_of(&mut response, MAX_ANSWER).await.map_err(|cut| match cut {
            Cut::Long => Next::Never(ApiError::Failed(format!("an answer of more than {} MB", MAX_ANSWER >> 20))),
            Cut::Broken(error) => Next::Unclear(ApiError::Failed(net::deepest(&error.without_url()))),
        })?;
        let body = match body.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&body).map_err(|_| {
                Next::Never(ApiError::Failed(format!("{} answers with something that is not JSON", net::shown(url))))
            })?,
        };
        Ok(Reply { body, next: next_page(&headers, url) })
    }
}

fn uncertain(error: ApiError) -> ApiError {
    match error {
        ApiError::Failed(why) => ApiError::Uncertain(why),
        other => other,
    }
}

/// Nothing came back.
fn unsent(error: &reqwest::Error, url: &Url) -> Next {
    let shown = net::shown(url);
    let cause = net::deepest(error);
    match error.is_connect() {
        true if cause.contains("certificate") => Next::Never(ApiError::Failed(format!(
            "{shown} cannot be reached: {cause} ({} can name further authorities)",
            net::AUTHORITIES
        ))),
        true => Next::Again(ApiError::Failed(format!("{shown} cannot be reached: {cause}")), None),
        false => Next::Unclear(ApiError::Failed(format!("{shown} gave no answer: {cause}"))),
    }
}

/// What an answer that is no success means.
fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Next {
    let says = message(body);
    match status.as_u16() {
        401 => Next::Never(ApiError::NotPermitted("GitHub does not know the token (401)".to_string())),
        403 | 429 if is_limit(headers, &says) || status == StatusCode::TOO_MANY_REQUESTS => {
            Next::Again(ApiError::RateLimited(says), Some(wanted(headers).unwrap_or(Duration::from_secs(60))))
        }
        403 => Next::Never(ApiError::NotPermitted(says)),
        404 | 410 => Next::Never(ApiError::NotFound(says)),
        500..=599 => Next::Unclear(ApiError::Failed(format!("GitHub has an error of its own ({})", status.as_u16()))),
        number => Next::Never(ApiError::Refused { status: number, message: says }),
    }
}

/// What an answer says of its failure, in one line.
fn message(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or_default();
    let mut says = value["message"].as_str().unwrap_or("no reason given").to_string();
    for error in value["errors"].as_array().into_iter().flatten().take(5) {
        let detail = error.as_str().map(str::to_string).or_else(|| error["message"].as_str().map(str::to_string));
        says.push_str(&format!("; {}", detail.unwrap_or_else(|| error.to_string())));
    }
    net::one_line(&says)
}

fn is_limit(headers: &HeaderMap, says: &str) -> bool {
    let spent = headers.get("x-ratelimit-remaining").is_some_and(|left| left.as_bytes() == b"0");
    spent || headers.contains_key("retry-after") || says.to_ascii_lowercase().contains("secondary rate limit")
}

/// How long GitHub wants one to wait.
fn wanted(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    let reset = Duration::from_secs(number("x-ratelimit-reset")?);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Some(reset.saturating_sub(now) + Duration::from_secs(1))
}

/// The next page, if it is on the same server.
fn next_page(headers: &HeaderMap, url: &Url) -> Option<Url> {
    let links = headers.get(LINK)?.to_str().ok()?;
    let link = links.split(',').find(|link| link.contains("rel=\"next\""))?;
    let target = link.split_once('<')?.1.split_once('>')?.0;
    Url::parse(target).ok().filter(|next| next.origin() == url.origin())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn limits_and_missing_permissions_are_told_apart() {
        let judged = |pairs: &[(&'static str, &'static str)], body: &str| {
            judge(StatusCode::FORBIDDEN, &headers(pairs), body.as_bytes())
        };
        let no = r#"{"message": "Resource not accessible by integration"}"#;
        assert!(matches!(judged(&[], no), Next::Never(ApiError::NotPermitted(_))));
        let slow = r#"{"message": "You have exceeded a secondary rate limit."}"#;
        assert!(matches!(judged(&[("retry-after", "7")], slow), Next::Again(_, Some(wait)) if wait.as_secs() == 7));
        assert!(matches!(judged(&[], slow), Next::Again(_, Some(wait)) if wait.as_secs() == 60));
        assert!(matches!(judged(&[("x-ratelimit-remaining", "0")], no), Next::Again(..)));
    }

    #[test]
    fn the_next_page_is_on_the_same_server() {
        let here = Url::parse("https://api.github.com/x").unwrap();
        let next = |link| next_page(&headers(&[("link", link)]), &here).map(|url| url.to_string());
        let one = r#"<https://api.github.com/x?page=1>; rel="prev", <https://api.github.com/x?page=3>; rel="next""#;
        assert_eq!(next(one), Some("https://api.github.com/x?page=3".to_string()));
        assert_eq!(next(r#"<https://evil.example/x?page=3>; rel="next""#), None);
        assert_eq!(next(r#"<https://api.github.com/x?page=1>; rel="last""#), None);
    }

    #[test]
    fn a_refusal_says_why_in_one_line() {
        let body =
            br#"{"message": "Unprocessable\nEntity", "errors": ["line must be part of the diff", {"message": "x"}]}"#;
        assert_eq!(message(body), "Unprocessable Entity; line must be part of the diff; x");
        assert_eq!(message(b"<html>"), "no reason given");
    }
}
