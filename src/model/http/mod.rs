//! Models over HTTP.
//!
//! What crosses the network here is written for three dialects (`dialect/`), and read within bounds: of bytes, time and
//! attempts. The key goes to the endpoint that was set and nowhere else. No message quotes the conversation.

mod dialect;
mod endpoint;
mod send;
mod settings;
mod status;
#[cfg(test)]
mod tests;
mod words;

use std::fmt;
use std::sync::atomic::AtomicU8;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::Semaphore;

use self::dialect::Dialect;
use self::send::Shared;
pub(super) use self::settings::Settings;
use super::stop::Stop;
use super::{Answer, Failure, FailureKind, Model, Request};
use crate::net;

/// How often a waiting request looks whether the run is to end.
const GLANCE: Duration = Duration::from_millis(25);

/// A model at an endpoint.
pub(super) struct Http {
    id: String,
    shared: Arc<Shared>,
    /// Taken only at the end.
    runtime: Option<Runtime>,
}

impl Http {
    /// Prepares to ask a model; nothing is sent yet.
    pub(super) fn new(
        settings: &Settings,
        variable: &dyn Fn(&str) -> Option<String>,
        stop: Stop,
    ) -> Result<Self, Failure> {
        let dialect = Dialect::of(settings.provider)
            .ok_or_else(|| Failure::new(FailureKind::Refused, format!("{} is not asked over HTTP", settings.id())))?;
        let key = endpoint::key(settings, variable)?;
        let base = endpoint::address(settings, dialect, key.is_some())?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(4)
            .thread_name("model")
            .enable_all()
            .build()
            .map_err(|e| Failure::new(FailureKind::Unreachable, format!("no thread for requests: {e}")))?;
        let shared = Shared {
            dialect,
            client: endpoint::client(settings, &base)?,
            headers: endpoint::headers(dialect, key.as_ref())?,
            key,
            shown: net::shown(&base),
            base,
            at_once: Semaphore::new(settings.at_once.clamp(1, 256)),
            settings: settings.clone(),
            first: OnceLock::new(),
            without: AtomicU8::new(0),
            stop,
        };
        Ok(Http { id: settings.id(), shared: Arc::new(shared), runtime: Some(runtime) })
    }
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("id", &self.id).field("endpoint", &self.shared.shown).finish_non_exhaustive()
    }
}

impl Model for Http {
    fn id(&self) -> &str {
        &self.id
    }

    fn adapter(&self) -> Option<&str> {
        self.shared.settings.adapter.as_deref()
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        let broken = || Failure::new(FailureKind::Malformed, "the request ended without a result");
        self.shared.go_on()?;
        let runtime = self.runtime.as_ref().ok_or_else(broken)?;
        let (send, receive) = channel();
        let (shared, request) = (Arc::clone(&self.shared), request.clone());
        let task = runtime.spawn(async move {
            // Nobody listens any more where the run was stopped.
            let _ = send.send(shared.exchange(&request).await);
        });
        loop {
            match receive.recv_timeout(GLANCE) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Disconnected) => return Err(broken()),
                Err(RecvTimeoutError::Timeout) => self.shared.go_on().inspect_err(|_| task.abort())?,
            }
        }
    }
}

impl Drop for Http {
    fn drop(&mut self) {
        // A name that is being looked up cannot be interrupted, and nobody should wait for it.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
