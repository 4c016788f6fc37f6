//! GitHub's API as far as the program uses it, in this process and on loopback: with a memory, with a real repository behind
//! it, with the rules that requests break in practice, and with everything that goes wrong now and then. Requests and answers
//! are held against GitHub's own descriptions. What the program does with it is tested elsewhere.

pub mod control;
mod diff;
mod graphql;
mod openapi;
mod request;
mod rest;
mod server;
mod state;
#[cfg(test)]
mod tests;
mod trouble;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

pub use request::Request;
pub use server::Server;
pub use state::{Access, Author, Pull, State, TOKEN};
pub use trouble::Kind;

/// A running fake. Dropping it fails the test if anything was not as GitHub describes it.
pub struct Fake {
    state: Arc<Mutex<State>>,
    server: Server,
    lenient: bool,
}

impl Fake {
    /// Starts a fake of `octo/shop` with one pull request, number 1 from `topic` to `main`.
    pub fn start(repository: &Path) -> Self {
        let mut state = State::new(repository);
        state.pulls.push(Pull::default());
        let state = Arc::new(Mutex::new(state));
        let server = Server::start(Arc::clone(&state), 0);
        Fake { state, server, lenient: false }
    }

    /// Where the API is.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// What the fake knows, to look at and to change.
    pub fn state(&self) -> MutexGuard<'_, State> {
        server::lock(&self.state)
    }

    /// Has the next requests run into trouble.
    pub fn trouble(&self, trouble: trouble::Trouble) {
        self.state().troubles.push(trouble);
    }

    /// All requests since the last call, in short, with the status of the answer.
    pub fn take_log(&self) -> Vec<String> {
        let log = std::mem::take(&mut self.state().log);
        log.iter().map(|(request, status)| format!("{} {status}", request.short())).collect()
    }

    /// Requests for changes since the log was last taken; takes the log.
    pub fn take_writes(&self) -> Vec<Request> {
        let log = std::mem::take(&mut self.state().log);
        log.into_iter().map(|(request, _)| request).filter(Request::writes).collect()
    }

    /// What was not as described so far; the fake then no longer minds.
    pub fn take_violations(&mut self) -> Vec<String> {
        self.lenient = true;
        std::mem::take(&mut self.state().violations)
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        let violations = std::mem::take(&mut self.state().violations);
        if !self.lenient && !std::thread::panicking() {
            assert!(violations.is_empty(), "not as GitHub describes it: {violations:#?}");
        }
    }
}
