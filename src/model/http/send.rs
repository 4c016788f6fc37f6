//! One request: sent, waited for, sent again where that may help, and read within bounds.

use std::hash::{BuildHasher, Hasher};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Response, Url};
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::dialect::{Dialect, Said, Without};
use super::endpoint::Key;
use super::settings::Settings;
use super::status::{self, Asked, Next};
use super::words;
use crate::model::stop::Stop;
use crate::model::{Answer, Failure, FailureKind, Request, budget};
use crate::net::{self, Cut};

/// The longest answer. The longest that models give today have some hundred thousand tokens.
pub(super) const MAX_ANSWER: usize = 4 << 20;
/// How much of a complaint is read.
const MAX_COMPLAINT: usize = 64 << 10;
/// The longest wait between two attempts, where the endpoint does not ask for a longer one.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Where no time limit is set that a clock can hold.
const FOREVER: Duration = Duration::from_secs(30 * 86_400);

/// What all requests to a model share.
pub(super) struct Shared {
    pub dialect: Dialect,
    pub client: Client,
    pub headers: HeaderMap,
    pub key: Option<Key>,
    pub base: Url,
    /// The address as messages show it.
    pub shown: String,
    pub settings: Settings,
    pub at_once: Semaphore,
    /// When the first request was asked, from which on the time of the run counts.
    pub first: OnceLock<Instant>,
    /// What the model turned out not to take.
    pub without: AtomicU8,
    /// Ends what waits.
    pub stop: Stop,
}

/// Why an attempt gave no answer.
enum Attempt {
    Next(Next),
    TimedOut,
}

impl Shared {
    /// Asks until there is an answer, or nothing helps any more, or the time is over.
    pub(super) async fn exchange(&self, request: &Request) -> Result<Answer, Failure> {
        let asked = Instant::now();
        let end = self.settings.run_time.and_then(|limit| self.first.get_or_init(|| asked).checked_add(limit));
        let _place = match end {
            Some(end) => timeout_at(end, self.at_once.acquire()).await.map_err(|_| self.run_is_over())?,
            None => self.at_once.acquire().await,
        };
        let mut without = Without(self.without.load(Ordering::Relaxed));
        let mut failed = 0;
        loop {
            // A place that another request leaves because of a stop is none for the next one.
            self.go_on()?;
            let limit = Instant::now() + self.settings.timeout.min(FOREVER);
            let limit = end.map_or(limit, |end| limit.min(end));
            let attempt = timeout_at(limit, self.attempt(request, without)).await;
            let (failure, wanted) = match attempt.unwrap_or(Err(Attempt::TimedOut)) {
                Ok(said) => return Ok(answer(said, request, asked.elapsed())),
                Err(Attempt::TimedOut) => return Err(self.timed_out(end)),
                Err(Attempt::Next(Next::Never(failure))) => return Err(failure),
                Err(Attempt::Next(Next::Without(optional, failure))) if without.has(optional) => return Err(failure),
                Err(Attempt::Next(Next::Without(optional, _))) => {
                    without.0 |= optional.bit();
                    self.without.fetch_or(optional.bit(), Ordering::Relaxed);
                    continue;
                }
                Err(Attempt::Next(Next::Again(failure, wanted))) => (failure, wanted),
            };
            if failed >= self.settings.retries {
                return Err(tried(failure, failed + 1));
            }
            let wait = self.wait(failed, wanted);
            // Nobody waits an hour for one answer.
            let is_long = wanted.is_some_and(|wanted| wanted > self.settings.timeout);
            if is_long || end.is_some_and(|end| Instant::now() + wait >= end) {
                let why = format!("{}; waiting {} s would take too long", failure.explanation, wait.as_secs());
                return Err(Failure::new(failure.kind, why));
            }
            tokio::time::sleep(wait).await;
            failed += 1;
        }
    }

    /// Nothing, unless the run is to end.
    pub(super) fn go_on(&self) -> Result<(), Failure> {
        match self.stop.is_asked() {
            true => Err(Failure::new(FailureKind::Stopped, "the run was stopped")),
            false => Ok(()),
        }
    }

    async fn attempt(&self, request: &Request, without: Without) -> Result<Said, Attempt> {
        let model = self.model(request);
        let body = self.dialect.body(model, request, without).to_string();
        let sent = self
            .client
            .post(self.dialect.url(&self.base, model))
            .headers(self.headers.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body)
            .send()
            .await;
        let mut response = sent.map_err(|error| self.unsent(error))?;
        if !response.status().is_success() {
            return Err(Attempt::Next(self.judge(response, request).await));
        }
        let body = net::body_of(&mut response, MAX_ANSWER).await.map_err(|cut| self.cut(cut))?;
        let never = |kind, why: String| Attempt::Next(Next::Never(Failure::new(kind, why)));
        let value: Value = serde_json::from_slice(&body).map_err(|_| {
            never(FailureKind::Malformed, format!("{} answers with something that is not JSON", self.shown))
        })?;
        (self.dialect.read(&value))
            .map_err(|f| never(f.kind, format!("{} gives no answer: {}", self.shown, f.explanation)))
    }

    /// The name that the request goes to: tuned weights are models of their own at an endpoint.
    fn model(&self, request: &Request) -> &str {
        match &self.settings.adapter {
            Some(adapter) if request.tuned => adapter,
            _ => &self.settings.name,
        }
    }

    async fn judge(&self, mut response: Response, request: &Request) -> Next {
        let (status, headers) = (response.status(), response.headers().clone());
        // The beginning is enough, and nothing of it is better than no judgement.
        let body = net::beginning(&mut response, MAX_COMPLAINT).await;
        let is_private = |text: &str| {
            let says = |said: &str| words::quotes(text, said);
            self.key.as_ref().is_some_and(|k| k.is_in(text))
                || says(&request.system)
                || request.turns.iter().any(|t| says(&t.text))
        };
        let asked = Asked {
            dialect: self.dialect,
            shown: &self.shown,
            model: self.model(request),
            variable: self.key.as_ref().map(|k| k.variable.as_str()),
            is_private: &is_private,
        };
        status::judge(status, &headers, &body, &asked)
    }

    /// Nothing came back at all.
    fn unsent(&self, error: reqwest::Error) -> Attempt {
        let error = error.without_url();
        let cause = net::deepest(&error);
        let (kind, mut why) = match error.is_connect() {
            true => (FailureKind::Unreachable, format!("{} cannot be reached: {cause}", self.shown)),
            false => (FailureKind::Overloaded, format!("{} broke the connection: {cause}", self.shown)),
        };
        if cause.contains("certificate") {
            why.push_str(" (TEMPERGATE_CA_FILE can name further authorities)");
            return Attempt::Next(Next::Never(Failure::new(kind, why)));
        }
        Attempt::Next(Next::Again(Failure::new(kind, why), None))
    }

    /// The answer did not come whole.
    fn cut(&self, cut: Cut) -> Attempt {
        let kind = FailureKind::Malformed;
        Attempt::Next(match cut {
            Cut::Long => {
                let why = format!("{} answers with more than {} MB", self.shown, MAX_ANSWER >> 20);
                Next::Never(Failure::new(kind, why))
            }
            Cut::Broken(error) => {
                let cause = net::deepest(&error.without_url());
                Next::Again(Failure::new(kind, format!("the answer of {} is cut off: {cause}", self.shown)), None)
            }
        })
    }

    /// How long to wait: twice as long each time, and not all at the same moment; never shorter than the endpoint wants.
    fn wait(&self, failed: u32, wanted: Option<Duration>) -> Duration {
        let longest = self.settings.first_wait.saturating_mul(2_u32.saturating_pow(failed)).min(MAX_WAIT);
        let random = std::hash::RandomState::new().build_hasher().finish();
        let jittered = longest.mul_f64(0.5 + (random % 1_024) as f64 / 2_048.0);
        jittered.max(wanted.unwrap_or_default())
    }

    fn timed_out(&self, end: Option<Instant>) -> Failure {
        if end.is_some_and(|end| Instant::now() >= end) {
            return self.run_is_over();
        }
        let why = format!("{} gave no answer within {} s", self.shown, self.settings.timeout.as_secs_f64());
        Failure::new(FailureKind::TimedOut, why)
    }

    fn run_is_over(&self) -> Failure {
        let seconds = self.settings.run_time.unwrap_or_default().as_secs_f64();
        Failure::new(FailureKind::BudgetSpent, format!("the {seconds} s that models may take in one run are over"))
    }
}

fn tried(failure: Failure, times: u32) -> Failure {
    match times {
        1 => failure,
        _ => Failure::new(failure.kind, format!("{} (tried {times} times)", failure.explanation)),
    }
}

fn answer(said: Said, request: &Request, took: Duration) -> Answer {
    Answer {
        tokens_in: said.tokens_in.unwrap_or_else(|| budget::estimate(request)),
        tokens_out: said.tokens_out.unwrap_or_else(|| (said.text.len() as u64).div_ceil(3)),
        text: said.text,
        end: said.end,
        seconds: (took.as_secs_f64() * 1_000.0).round() / 1_000.0,
    }
}
