//! What asking a model may cost in one run, and what it has cost so far.

use std::fmt;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::{Answer, Failure, FailureKind, Model, Request, Spent};

/// The most that a run may spend on models; nothing is unlimited by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Requests.
    pub requests: u64,
    /// Tokens, those of requests and answers together.
    pub tokens: u64,
    /// US dollars, by [`Prices`]; no limit where none is set.
    pub usd: Option<f64>,
    /// Seconds by the clock, from the first request on.
    pub seconds: u64,
}

/// US dollars for a million tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Prices {
    /// Of a request.
    pub input: f64,
    /// Of an answer.
    pub output: f64,
}

impl Prices {
    /// What an answer cost.
    pub fn of(&self, tokens_in: u64, tokens_out: u64) -> f64 {
        (tokens_in as f64 * self.input + tokens_out as f64 * self.output) / 1_000_000.0
    }
}

/// Which limit was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exhausted {
    /// [`Limits::requests`].
    Requests,
    /// [`Limits::tokens`].
    Tokens,
    /// [`Limits::usd`].
    Usd,
    /// [`Limits::seconds`].
    Seconds,
}

impl fmt::Display for Exhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Exhausted::Requests => "requests",
            Exhausted::Tokens => "tokens",
            Exhausted::Usd => "money",
            Exhausted::Seconds => "time",
        })
    }
}

/// A model that may be asked as long as the budget lasts. What a request may cost at most is set aside before it is sent, so
/// that requests side by side cannot spend more than there is.
pub struct Budgeted<M> {
    model: M,
    limits: Limits,
    prices: Prices,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Requests that were sent, also those that still wait for their answer.
    sent: u64,
    spent: Spent,
    /// Tokens set aside for requests that are under way: theirs, and those of the longest answers.
    reserved_in: u64,
    reserved_out: u64,
    first: Option<Instant>,
    exhausted: Option<Exhausted>,
}

impl<M: Model> Budgeted<M> {
    /// A model with its budget.
    pub fn new(model: M, limits: Limits, prices: Prices) -> Self {
        Budgeted { model, limits, prices, state: Mutex::default() }
    }

    /// What was spent so far.
    pub fn spent(&self) -> Spent {
        self.lock().spent
    }

    /// The prices.
    pub fn prices(&self) -> Prices {
        self.prices
    }

    /// The limit that kept a request from being sent, if one did.
    pub fn exhausted(&self) -> Option<Exhausted> {
        self.lock().exhausted
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Sets aside what a request may cost; the tokens of it and of its answer.
    fn reserve(&self, request: &Request) -> Result<(u64, u64), Exhausted> {
        let (tokens_in, tokens_out) = (estimate(request), u64::from(request.max_tokens));
        let mut state = self.lock();
        let first = *state.first.get_or_insert_with(Instant::now);
        let all_in = state.spent.tokens_in + state.reserved_in + tokens_in;
        let all_out = state.spent.tokens_out + state.reserved_out + tokens_out;
        let reached = if state.sent >= self.limits.requests {
            Some(Exhausted::Requests)
        } else if all_in + all_out > self.limits.tokens {
            Some(Exhausted::Tokens)
        } else if self.limits.usd.is_some_and(|most| self.prices.of(all_in, all_out) > most) {
            Some(Exhausted::Usd)
        } else if first.elapsed() >= Duration::from_secs(self.limits.seconds) {
            Some(Exhausted::Seconds)
        } else {
            None
        };
        if let Some(reached) = reached {
            state.exhausted = Some(reached);
            return Err(reached);
        }
        state.sent += 1;
        state.reserved_in += tokens_in;
        state.reserved_out += tokens_out;
        Ok((tokens_in, tokens_out))
    }

    /// Replaces what was set aside by what it was. A request without an answer may have cost what it holds.
    fn settle(&self, reserved: (u64, u64), answer: &Result<Answer, Failure>) {
        let mut state = self.lock();
        state.reserved_in = state.reserved_in.saturating_sub(reserved.0);
        state.reserved_out = state.reserved_out.saturating_sub(reserved.1);
        state.spent.count(answer);
    }
}

impl<M: Model> Model for Budgeted<M> {
    fn id(&self) -> &str {
        self.model.id()
    }

    fn adapter(&self) -> Option<&str> {
        self.model.adapter()
    }

    fn context_tokens(&self) -> Option<u32> {
        self.model.context_tokens()
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        let reserved = self.reserve(request).map_err(|reached| {
            Failure::new(FailureKind::BudgetSpent, format!("the budget for models is spent ({reached})"))
        })?;
        let answer = self.model.answer(request);
        self.settle(reserved, &answer);
        answer
    }
}

impl<M: Model + ?Sized> Model for Box<M> {
    fn id(&self) -> &str {
        (**self).id()
    }

    fn adapter(&self) -> Option<&str> {
        (**self).adapter()
    }

    fn context_tokens(&self) -> Option<u32> {
        (**self).context_tokens()
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        (**self).answer(request)
    }
}

/// About how many tokens a request has: code has some three bytes a token, and chat templates a few for each turn.
pub fn estimate(request: &Request) -> u64 {
    let texts = request.turns.iter().map(|t| t.text.len()).sum::<usize>() + request.system.len();
    (texts as u64).div_ceil(3) + 8 * (request.turns.len() as u64 + 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::{End, Role, Turn};

    /// Answers everything with two tokens a word.
    struct Parrot;

    impl Model for Parrot {
        fn id(&self) -> &str {
            "parrot"
        }

        fn answer(&self, request: &Request) -> Result<Answer, Failure> {
            let text = request.turns.last().map(|t| t.text.clone()).unwrap_or_default();
            if text == "fail" {
                return Err(Failure::new(FailureKind::Overloaded, "no"));
            }
            Ok(Answer { text, end: End::Complete, tokens_in: 100, tokens_out: 50, seconds: 0.0 })
        }
    }

    fn request(text: &str) -> Request {
        Request {
            system: String::new(),
            turns: vec![Turn { role: Role::User, text: text.to_string() }],
            max_tokens: 100,
            temperature: 0.0,
            seed: None,
            tuned: false,
            schema: None,
        }
    }

    fn limits() -> Limits {
        Limits { requests: 3, tokens: 10_000, usd: None, seconds: 1_000 }
    }

    #[test]
    fn requests_are_counted_and_then_refused_without_being_sent() {
        let model = Budgeted::new(Parrot, limits(), Prices::default());
        for text in ["a", "fail", "c"] {
            let _ = model.answer(&request(text));
        }
        let failure = model.answer(&request("d")).unwrap_err();
        assert_eq!(failure.kind, FailureKind::BudgetSpent);
        assert_eq!(model.exhausted(), Some(Exhausted::Requests));
        assert_eq!(model.spent(), Spent { requests: 3, tokens_in: 200, tokens_out: 100, seconds: 0.0 });
    }

    #[test]
    fn tokens_are_set_aside_for_the_longest_answer() {
        let model = Budgeted::new(Parrot, Limits { tokens: 240, ..limits() }, Prices::default());
        model.answer(&request("a")).unwrap();
        // 150 are spent; another answer might have a hundred tokens.
        assert_eq!(model.answer(&request("b")).unwrap_err().kind, FailureKind::BudgetSpent);
        assert_eq!(model.exhausted(), Some(Exhausted::Tokens));
    }

    #[test]
    fn money_follows_the_prices() {
        let prices = Prices { input: 1_000.0, output: 2_000.0 };
        let model = Budgeted::new(Parrot, Limits { usd: Some(0.5), ..limits() }, prices);
        model.answer(&request("a")).unwrap();
        let spent = model.spent();
        assert!((model.prices().of(spent.tokens_in, spent.tokens_out) - 0.2).abs() < 1e-9);
        model.answer(&request("b")).unwrap();
        assert_eq!(model.answer(&request("c")).unwrap_err().kind, FailureKind::BudgetSpent);
        assert_eq!(model.exhausted(), Some(Exhausted::Usd));
    }

    #[test]
    fn no_time_means_no_request() {
        let model = Budgeted::new(Parrot, Limits { seconds: 0, ..limits() }, Prices::default());
        assert_eq!(model.answer(&request("a")).unwrap_err().kind, FailureKind::BudgetSpent);
        assert_eq!(model.exhausted(), Some(Exhausted::Seconds));
        assert_eq!(model.spent().requests, 0);
    }
}
