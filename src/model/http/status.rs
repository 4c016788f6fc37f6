//! What an answer that is not a success means: ask again, ask differently, or give up.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::Value;

use super::dialect::{Dialect, Optional};
use crate::model::{Failure, FailureKind};
use crate::net;

/// What to do next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Ask again, after this time where the endpoint names one.
    Again(Failure, Option<Duration>),
    /// Ask again at once without something that the model does not take.
    Without(Optional, Failure),
    /// Nothing helps.
    Never(Failure),
}

/// What an endpoint complains of.
#[derive(Debug, Default)]
struct Complaint {
    text: String,
    /// The kind, in the words of the endpoint.
    code: String,
}

/// Who is asked, for messages.
pub(super) struct Asked<'a> {
    pub dialect: Dialect,
    /// The address.
    pub shown: &'a str,
    pub model: &'a str,
    /// The variable with the key, if there is one.
    pub variable: Option<&'a str>,
    /// Whether a text holds something that must not be shown.
    pub is_private: &'a dyn Fn(&str) -> bool,
}

/// Judges an answer by its status. The beginning of its body says more, in most cases.
pub(super) fn judge(status: StatusCode, headers: &HeaderMap, body: &[u8], asked: &Asked<'_>) -> Next {
    let complaint = complaint(body);
    let says = remark(&complaint, asked);
    let who = asked.shown;
    let failure = |kind, why: String| Failure::new(kind, format!("{who} {why}{says}"));
    match status.as_u16() {
        300..=399 => {
            let why = format!("{who} redirects elsewhere{}; the key is not sent there", target(headers));
            Next::Never(Failure::new(FailureKind::Refused, why))
        }
        401 => Next::Never(Failure::new(FailureKind::Refused, key_refused(asked))),
        429 if complaint.code.contains("insufficient_quota") => {
            Next::Never(failure(FailureKind::Refused, "has no credit left (429)".to_string()))
        }
        408 | 425 | 429 | 500..=599 if !matches!(status.as_u16(), 501 | 505) => {
            let why = match status.as_u16() {
                429 => "has too many requests (429)".to_string(),
                number => format!("has an error of its own ({number})"),
            };
            Next::Again(failure(FailureKind::Overloaded, why), wait(headers))
        }
        404 => {
            let why = format!("knows no model {}, or nothing at this address (404)", net::one_line(asked.model));
            Next::Never(failure(FailureKind::Refused, why))
        }
        400 | 413 | 422 => refused(status.as_u16(), &complaint, asked, &failure),
        number => Next::Never(failure(FailureKind::Refused, format!("refuses the request ({number})"))),
    }
}

/// A request that the endpoint does not like.
fn refused(
    number: u16,
    complaint: &Complaint,
    asked: &Asked<'_>,
    failure: &dyn Fn(FailureKind, String) -> Failure,
) -> Next {
    let lower = complaint.text.to_lowercase();
    let is_long = lower.contains("context") && ["length", "token", "size", "window"].iter().any(|w| lower.contains(w))
        || lower.contains("prompt is too long")
        || complaint.code.contains("context_length");
    if number == 413 || is_long {
        let why = format!("says that the request is too long for the model ({number})");
        return Next::Never(failure(FailureKind::TooLong, why));
    }
    if complaint.code.contains("content_filter") {
        return Next::Never(failure(FailureKind::Malformed, format!("withheld the answer ({number})")));
    }
    let refusal = failure(FailureKind::Refused, format!("refuses the request ({number})"));
    match asked.dialect.complains_of(&complaint.text) {
        Some(optional) => Next::Without(optional, refusal),
        None => Next::Never(refusal),
    }
}

fn key_refused(asked: &Asked<'_>) -> String {
    match asked.variable {
        Some(variable) => format!("{} does not accept the key in {variable} (401)", asked.shown),
        None => format!("{} wants a key (401): name its environment variable in `key-env`", asked.shown),
    }
}

/// Reads a complaint; every provider wraps it differently.
fn complaint(body: &[u8]) -> Complaint {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return Complaint::default() };
    let value = value.get(0).unwrap_or(&value);
    let error = value.get("error").unwrap_or(value);
    let text = |field: &str| error.get(field).and_then(Value::as_str).map(str::to_string);
    Complaint {
        text: error
            .as_str()
            .map(str::to_string)
            .or_else(|| text("message"))
            .or_else(|| text("detail"))
            .unwrap_or_default(),
        code: ["code", "type", "status"].iter().filter_map(|f| text(f)).collect::<Vec<_>>().join(" "),
    }
}

/// What of a complaint is shown: nothing where it quotes what it was sent.
fn remark(complaint: &Complaint, asked: &Asked<'_>) -> String {
    let text = net::one_line(&complaint.text);
    match text.is_empty() || (asked.is_private)(&text) {
        true => String::new(),
        false => format!(": {text}"),
    }
}

/// The host that a redirection leads to.
fn target(headers: &HeaderMap) -> String {
    let location = headers.get(reqwest::header::LOCATION).and_then(|l| l.to_str().ok());
    let url = location.and_then(|l| reqwest::Url::parse(l).ok());
    url.and_then(|u| u.host_str().map(|h| format!(" ({})", net::one_line(h)))).unwrap_or_default()
}

/// How long the endpoint wants to be left alone: seconds, milliseconds, or until a date.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).map(str::trim);
    let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    if let Some(milliseconds) = text("retry-after-ms").and_then(number) {
        return Some(Duration::from_secs_f64((milliseconds / 1_000.0).min(1e9)));
    }
    let after = text("retry-after")?;
    if let Some(seconds) = number(after) {
        return Some(Duration::from_secs_f64(seconds.min(1e9)));
    }
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    Some(Duration::from_secs(http_date(after)?.saturating_sub(now)))
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` as seconds since 1970. The two older forms are not sent by anybody any more.
fn http_date(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, rest) = text.split_once(", ")?;
    let words: Vec<&str> = rest.split(' ').collect();
    let &[day, month, year, time, "GMT"] = words.as_slice() else { return None };
    let clock: Vec<u64> = time.split(':').map(|n| n.parse().ok()).collect::<Option<_>>()?;
    let &[hours, minutes, seconds] = clock.as_slice() else { return None };
    let (day, year) = (day.parse::<u64>().ok()?, year.parse::<u64>().ok()?);
    let month = MONTHS.iter().position(|m| *m == month)? as u64;
    if !(1970..10_000).contains(&year) || !(1..=31).contains(&day) || hours > 23 || minutes > 59 || seconds > 60 {
        return None;
    }
    // Years that begin with March, so that the leap day is the last one.
    let (months, years) = if month < 2 { (month + 10, year - 1) } else { (month - 2, year) };
    let days = years * 365 + years / 4 - years / 100 + years / 400 + (months * 153 + 2) / 5 + day - 1;
    // 719468 of them lie before 1970.
    Some((days.checked_sub(719_468)?) * 86_400 + hours * 3_600 + minutes * 60 + seconds)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    fn asked() -> Asked<'static> {
        Asked {
            dialect: Dialect::OpenAi,
            shown: "https://m.example/v1",
            model: "m",
            variable: Some("KEY"),
            is_private: &|text| text.contains("private"),
        }
    }

    #[test]
    fn dates_are_read() {
        assert_eq!(http_date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(http_date("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        for bad in
            ["", "soon", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 99 Nov 1994 08:49:37 GMT"]
        {
            assert_eq!(http_date(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_wait_is_read_in_every_form() {
        assert_eq!(wait(&headers("retry-after", "7")), Some(Duration::from_secs(7)));
        assert_eq!(wait(&headers("retry-after-ms", "1500")), Some(Duration::from_millis(1_500)));
        assert_eq!(wait(&headers("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")), Some(Duration::ZERO));
        assert!(wait(&headers("retry-after", "Fri, 06 Nov 2195 08:49:37 GMT")).unwrap() > Duration::from_secs(86_400));
        for bad in ["-1", "NaN", "inf", "later"] {
            assert_eq!(wait(&headers("retry-after", bad)), None, "{bad}");
        }
    }

    #[test]
    fn what_a_model_does_not_take_is_left_out() {
        let body =
            br#"{"error": {"message": "Unsupported parameter: 'max_tokens' is not supported with this model."}}"#;
        let next = judge(StatusCode::BAD_REQUEST, &HeaderMap::new(), body, &asked());
        assert!(matches!(next, Next::Without(Optional::MaxTokens, _)), "{next:?}");
    }

    #[test]
    fn too_long_is_not_the_end_of_everything() {
        let body = br#"{"error": {"message": "This model's maximum context length is 8192 tokens", "code": 400}}"#;
        let Next::Never(failure) = judge(StatusCode::BAD_REQUEST, &HeaderMap::new(), body, &asked()) else { panic!() };
        assert_eq!(failure.kind, FailureKind::TooLong);
        assert!(!failure.kind.is_final());
    }

    #[test]
    fn complaints_are_found_in_every_wrapping_and_private_ones_are_not_shown() {
        let shown = |body: &str| {
            let next = judge(StatusCode::FORBIDDEN, &HeaderMap::new(), body.as_bytes(), &asked());
            let Next::Never(failure) = next else { panic!() };
            failure.explanation
        };
        for body in [
            r#"{"error": {"message": "no\nway"}}"#,
            r#"{"error": "no way"}"#,
            r#"[{"error": {"message": "no way"}}]"#,
            r#"{"object": "error", "message": "no way"}"#,
            r#"{"detail": "no way"}"#,
        ] {
            assert_eq!(shown(body), "https://m.example/v1 refuses the request (403): no way");
        }
        for body in [r#"{"error": "a private matter"}"#, "<html>", "", "[]"] {
            assert_eq!(shown(body), "https://m.example/v1 refuses the request (403)");
        }
    }
}
