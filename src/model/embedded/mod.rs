//! Models in GGUF files, answered in this process by llama.cpp.
//!
//! One thread has the model and answers one request at a time; whoever asks waits for it and can be stopped meanwhile.
//! A file is trusted as much as a program: llama.cpp checks what it reads, but is not made for files of attackers.

mod generate;
mod load;
mod prompt;

use std::fmt;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use self::load::Files;
use super::connect::World;
use super::stop::Stop;
use super::{Answer, Failure, FailureKind, Model, Request};
use crate::policy::ModelSettings;

/// How often a waiting request looks whether the run is to end.
const GLANCE: Duration = Duration::from_millis(25);

/// What the model's thread is asked.
struct Job {
    request: Request,
    /// When the answer must be there.
    end: Option<Instant>,
    /// Gone where nobody waits any more.
    reply: Sender<Result<Answer, Failure>>,
}

/// A model in this process.
pub(super) struct Embedded {
    id: String,
    adapter: Option<String>,
    context_tokens: u32,
    /// The end of the run, from the first request on.
    first: OnceLock<Instant>,
    run_time: Option<Duration>,
    stop: Stop,
    jobs: Mutex<Option<Sender<Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Embedded {
    /// Loads a model, and its adapter if it has one.
    pub(super) fn load(path: &Path, settings: &ModelSettings, world: &World) -> Result<Self, Failure> {
        let files = Files::of(path, settings)?;
        let name = settings.name.clone().unwrap_or_else(|| load::stem(path));
        let stop = world.stop.clone();
        let adapter = files.adapter_name();
        let (jobs, asked) = channel();
        let (ready, loaded) = channel();
        let (timeout, stopped) = (settings.timeout, stop.clone());
        let thread = std::thread::Builder::new()
            .name("model".to_string())
            .spawn(move || work(&files, timeout, &stopped, &ready, &asked))
            .map_err(|e| Failure::new(FailureKind::Unreachable, format!("no thread for the model: {e}")))?;
        let context_tokens = wait(&loaded, &stop)?;
        Ok(Embedded {
            id: format!("embedded:{name}"),
            adapter,
            context_tokens,
            first: OnceLock::new(),
            run_time: world.run_time,
            stop,
            jobs: Mutex::new(Some(jobs)),
            thread: Some(thread),
        })
    }
}

/// Waits for the model's thread.
fn wait<T>(from: &Receiver<Result<T, Failure>>, stop: &Stop) -> Result<T, Failure> {
    loop {
        match from.recv_timeout(GLANCE) {
            Ok(result) => return result,
            Err(RecvTimeoutError::Disconnected) => return Err(broken()),
            Err(RecvTimeoutError::Timeout) if stop.is_asked() => return Err(stopped()),
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

fn broken() -> Failure {
    Failure::new(FailureKind::Unreachable, "the embedded model ended without a result")
}

fn stopped() -> Failure {
    Failure::new(FailureKind::Stopped, "the run was stopped")
}

/// The model's thread: loads, says so, and answers until nobody can ask any more.
fn work(files: &Files, timeout: Duration, stop: &Stop, ready: &Sender<Result<u32, Failure>>, jobs: &Receiver<Job>) {
    let mut loaded = match load::load(files, stop) {
        Ok(loaded) => loaded,
        Err(failure) => {
            let _ = ready.send(Err(failure));
            return;
        }
    };
    let mut writer = loaded.writer(files);
    if ready.send(Ok(writer.context_tokens())).is_err() {
        return;
    }
    while let Ok(job) = jobs.recv() {
        // The time of a request counts from when it is its turn.
        let own = Instant::now().checked_add(timeout);
        let limits = generate::Limits { own, run: job.end, stop };
        let _ = job.reply.send(writer.answer(&job.request, &limits));
    }
}

impl fmt::Debug for Embedded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embedded").field("id", &self.id).field("adapter", &self.adapter).finish_non_exhaustive()
    }
}

impl Model for Embedded {
    fn id(&self) -> &str {
        &self.id
    }

    fn adapter(&self) -> Option<&str> {
        self.adapter.as_deref()
    }

    fn context_tokens(&self) -> Option<u32> {
        Some(self.context_tokens)
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        if self.stop.is_asked() {
            return Err(stopped());
        }
        let first = *self.first.get_or_init(Instant::now);
        let end = self.run_time.and_then(|limit| first.checked_add(limit));
        let (reply, answered) = channel();
        let job = Job { request: request.clone(), end, reply };
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        jobs.ok_or_else(broken)?.send(job).map_err(|_| broken())?;
        wait(&answered, &self.stop)
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        // The thread ends when nobody can ask any more; memory of llama.cpp is not left to the end of the process.
        drop(self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
