//! How requests and answers are written for each kind of endpoint.

mod anthropic;
mod gemini;
mod openai;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use crate::model::{End, Failure, FailureKind, Request};
use crate::policy::Provider;

/// The language that an endpoint speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    OpenAi,
    Anthropic,
    Gemini,
}

/// What an endpoint said, as far as it is of use.
#[derive(Debug, PartialEq)]
pub(super) struct Said {
    pub text: String,
    pub end: End,
    /// As the endpoint counts; some do not.
    pub tokens_in: Option<u64>,
    pub tokens_out: Option<u64>,
}

/// Something that not every model of an endpoint takes. A request is sent again without it where it is refused for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Optional {
    /// The older name of the limit; reasoning models of OpenAI know only `max_completion_tokens`.
    MaxTokens,
    Temperature,
    Seed,
    Schema,
}

impl Optional {
    /// A bit of its own.
    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Which of the optional things are left out.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Without(pub u8);

impl Without {
    pub(super) fn has(self, optional: Optional) -> bool {
        self.0 & optional.bit() != 0
    }
}

impl Dialect {
    /// The dialect of a provider, if it is one that is asked over HTTP.
    pub(super) fn of(provider: Provider) -> Option<Self> {
        match provider {
            Provider::OpenaiCompatible => Some(Dialect::OpenAi),
            Provider::Anthropic => Some(Dialect::Anthropic),
            Provider::Gemini => Some(Dialect::Gemini),
            Provider::Embedded | Provider::Replay => None,
        }
    }

    /// Where the provider itself is.
    pub(super) fn default_endpoint(self) -> Option<&'static str> {
        match self {
            Dialect::OpenAi => None,
            Dialect::Anthropic => Some("https://api.anthropic.com/v1"),
            Dialect::Gemini => Some("https://generativelanguage.googleapis.com/v1beta"),
        }
    }

    /// Where requests to a model go.
    pub(super) fn url(self, base: &Url, model: &str) -> Url {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty();
            match self {
                Dialect::OpenAi => path.extend(["chat", "completions"]),
                Dialect::Anthropic => path.push("messages"),
                // `tunedModels/mine` says what it is, `gemini-pro` does not.
                Dialect::Gemini if model.contains('/') => path.extend(format!("{model}:generateContent").split('/')),
                Dialect::Gemini => path.push("models").push(&format!("{model}:generateContent")),
            };
        }
        url
    }

    /// The headers of every request.
    pub(super) fn headers(self, key: Option<&str>) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        if self == Dialect::Anthropic {
            headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
        }
        let Some(key) = key else { return Some(headers) };
        let (name, value) = match self {
            Dialect::OpenAi => (reqwest::header::AUTHORIZATION, format!("Bearer {key}")),
            Dialect::Anthropic => (HeaderName::from_static("x-api-key"), key.to_string()),
            Dialect::Gemini => (HeaderName::from_static("x-goog-api-key"), key.to_string()),
        };
        let mut value = HeaderValue::from_str(&value).ok()?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Some(headers)
    }

    /// A request as the endpoint wants it.
    pub(super) fn body(self, model: &str, request: &Request, without: Without) -> Value {
        match self {
            Dialect::OpenAi => openai::body(model, request, without),
            Dialect::Anthropic => anthropic::body(model, request, without),
            Dialect::Gemini => gemini::body(request, without),
        }
    }

    /// What the endpoint's answer says.
    pub(super) fn read(self, answer: &Value) -> Result<Said, Failure> {
        let said = match self {
            Dialect::OpenAi => openai::read(answer),
            Dialect::Anthropic => anthropic::read(answer),
            Dialect::Gemini => gemini::read(answer),
        };
        said.map_err(|why| Failure::new(FailureKind::Malformed, why))
    }

    /// Which optional thing a complaint of the endpoint is about, if any.
    pub(super) fn complains_of(self, complaint: &str) -> Option<Optional> {
        let names: &[(&str, Optional)] = match self {
            Dialect::OpenAi => &[
                ("max_tokens", Optional::MaxTokens),
                ("temperature", Optional::Temperature),
                ("seed", Optional::Seed),
                ("response_format", Optional::Schema),
                ("json_schema", Optional::Schema),
            ],
            Dialect::Anthropic => &[
                ("temperature", Optional::Temperature),
                ("output_config", Optional::Schema),
                ("output_format", Optional::Schema),
            ],
            Dialect::Gemini => &[
                ("temperature", Optional::Temperature),
                ("seed", Optional::Seed),
                ("response_json_schema", Optional::Schema),
                ("responseJsonSchema", Optional::Schema),
                ("response_mime_type", Optional::Schema),
                ("JSON mode", Optional::Schema),
            ],
        };
        names.iter().find(|(name, _)| complaint.contains(name)).map(|(_, optional)| *optional)
    }
}

/// A count of tokens somewhere in an answer.
fn count(answer: &Value, pointer: &str) -> Option<u64> {
    answer.pointer(pointer).and_then(Value::as_u64)
}

/// The answer was held back by a filter of the provider.
fn withheld(reason: &str) -> String {
    let reason: String = reason.chars().filter(|c| c.is_ascii_alphanumeric() || "_-".contains(*c)).take(40).collect();
    format!("the provider withheld the answer ({reason})")
}
