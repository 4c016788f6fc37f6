//! What goes wrong with an API now and then, on demand.

use std::time::{Duration, SystemTime};

use super::request::{Answer, Request};

/// Something that goes wrong with the next requests of a kind.
#[derive(Clone, Debug)]
pub struct Trouble {
    /// How many requests it still happens to.
    pub times: u32,
    /// A part of [`Request::short`] of the requests that it happens to; all, if empty.
    pub to: String,
    /// What happens.
    pub kind: Kind,
}

/// What can go wrong.
#[derive(Clone, Debug)]
pub enum Kind {
    /// This status, with GitHub's form of an error, and nothing is done.
    Status(u16),
    /// What was asked for is done, and then the answer is lost behind this status.
    DoneThen(u16),
    /// The hour's requests are used up; there are new ones after as many seconds.
    PrimaryLimit(u64),
    /// Too many requests at once: this status, and perhaps a `retry-after` in seconds.
    SecondaryLimit(u16, Option<u64>),
    /// The answer comes late.
    Slow(Duration),
    /// The answer ends in the middle.
    Cut,
    /// The answer is followed by as many blanks.
    Padded(u64),
    /// The answer is this text.
    Text(String),
}

impl Kind {
    /// Lets it happen once to the requests with this in their short form.
    pub fn once(self, to: &str) -> Trouble {
        self.times(1, to)
    }

    /// Lets it happen several times.
    pub fn times(self, times: u32, to: &str) -> Trouble {
        Trouble { times, to: to.to_owned(), kind: self }
    }

    /// The answer that takes the place of doing what was asked for.
    pub fn instead(&self) -> Option<Answer> {
        Some(match self {
            Kind::Status(status) => Answer::error(*status, status_text(*status)),
            Kind::PrimaryLimit(seconds) => primary_limit(*seconds),
            Kind::SecondaryLimit(status, seconds) => {
                let message =
                    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.";
                let answer = Answer::error(*status, message);
                match seconds {
                    Some(seconds) => answer.with("retry-after", seconds),
                    None => answer,
                }
            }
            _ => return None,
        })
    }
}

fn primary_limit(seconds: u64) -> Answer {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    Answer::error(403, "API rate limit exceeded for installation.")
        .with("x-ratelimit-limit", 1000)
        .with("x-ratelimit-remaining", 0)
        .with("x-ratelimit-reset", now + seconds)
}

fn status_text(status: u16) -> &'static str {
    match status {
        401 => "Bad credentials",
        403 => "Resource not accessible by integration",
        404 => "Not Found",
        406 => "Sorry, the diff exceeded the maximum number of lines (20000)",
        422 => "Unprocessable Entity",
        500 => "Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Something went wrong",
    }
}

/// Takes the first trouble that a request runs into.
pub fn next(troubles: &mut Vec<Trouble>, request: &Request) -> Option<Kind> {
    let short = request.short();
    let at = troubles.iter().position(|trouble| short.contains(&trouble.to))?;
    troubles[at].times -= 1;
    let kind = troubles[at].kind.clone();
    if troubles[at].times == 0 {
        troubles.remove(at);
    }
    Some(kind)
}
