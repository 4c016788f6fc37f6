//! The end of what a command writes. All of it is read, so that the command never waits; little is kept.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The bytes that are kept.
const KEPT: usize = 16 * 1024;
/// How long the end of the output is waited for when the command has ended. A process that left the group may hold the pipe.
const PATIENCE: Duration = Duration::from_secs(2);

/// The last bytes that come out of a pipe.
pub(super) struct Tail {
    bytes: Arc<Mutex<VecDeque<u8>>>,
    done: Receiver<()>,
}

impl Tail {
    /// Begins to read, on a thread of its own.
    pub(super) fn of(mut pipe: impl Read + Send + 'static) -> Tail {
        let bytes = Arc::new(Mutex::new(VecDeque::new()));
        let (tell, done) = sync_channel(1);
        let kept = Arc::clone(&bytes);
        std::thread::spawn(move || {
            let mut buffer = [0; 8192];
            loop {
                match pipe.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(many) => push(&kept, buffer.get(..many).unwrap_or_default()),
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            let _ = tell.send(());
        });
        Tail { bytes, done }
    }

    /// What came last.
    pub(super) fn text(self) -> String {
        let _ = self.done.recv_timeout(PATIENCE);
        let bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = bytes.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn push(kept: &Mutex<VecDeque<u8>>, new: &[u8]) {
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.extend(new);
    let over = kept.len().saturating_sub(KEPT);
    kept.drain(..over);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_end_is_kept() {
        let text = "é".repeat(20_000) + "the end";
        let tail = Tail::of(std::io::Cursor::new(text.into_bytes())).text();
        assert!(tail.len() <= KEPT + 2 && tail.ends_with("éthe end"), "{}", tail.len());
        assert_eq!(Tail::of(std::io::empty()).text(), "");
    }
}
