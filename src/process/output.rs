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

/// All that comes out of a pipe, unless it is too much.
pub(super) struct Whole {
    done: Receiver<Option<Vec<u8>>>,
}

impl Whole {
    /// Begins to read, on a thread of its own; what is beyond `most` bytes is read and dropped.
    pub(super) fn of(mut pipe: impl Read + Send + 'static, most: usize) -> Whole {
        let (tell, done) = sync_channel(1);
        std::thread::spawn(move || {
            let (mut kept, mut buffer) = (Some(Vec::new()), [0; 8192]);
            loop {
                match pipe.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(many) => {
                        let new = buffer.get(..many).unwrap_or_default();
                        kept = kept.filter(|kept: &Vec<u8>| kept.len() + new.len() <= most);
                        if let Some(kept) = &mut kept {
                            kept.extend_from_slice(new);
                        }
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            let _ = tell.send(kept);
        });
        Whole { done }
    }

    /// What came; none where it was too much, or where somebody still holds the pipe.
    pub(super) fn bytes(self) -> Option<Vec<u8>> {
        self.done.recv_timeout(PATIENCE).ok().flatten()
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
    fn all_is_kept_or_nothing() {
        let of = |most| Whole::of(std::io::Cursor::new(vec![7; 20_000]), most).bytes();
        assert_eq!((of(20_000), of(19_999)), (Some(vec![7; 20_000]), None));
        assert_eq!(Whole::of(std::io::empty(), 0).bytes(), Some(Vec::new()));
    }

    #[test]
    fn only_the_end_is_kept() {
        let text = "é".repeat(20_000) + "the end";
        let tail = Tail::of(std::io::Cursor::new(text.into_bytes())).text();
        assert!(tail.len() <= KEPT + 2 && tail.ends_with("éthe end"), "{}", tail.len());
        assert_eq!(Tail::of(std::io::empty()).text(), "");
    }
}
