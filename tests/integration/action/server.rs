//! A server of releases on loopback: it answers with what it was given, and remembers what it was asked for.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

/// What is at which path, and with which status.
pub type Pages = BTreeMap<String, (u16, Vec<u8>)>;

/// The server; it ends when it goes out of scope.
pub struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves these pages, and 404 for everything else.
    pub fn new(pages: Pages) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (log, end) = (Arc::clone(&asked), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if end.load(Ordering::SeqCst) {
                    break;
                }
                if let Some(path) = answer(stream, &pages) {
                    log.lock().unwrap().push(path);
                }
            }
        });
        Server { address, asked, ended, thread: Some(thread) }
    }

    /// Its address as GitHub's own would be given.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The paths that it was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers one request and gives its path.
fn answer(mut stream: TcpStream, pages: &Pages) -> Option<String> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_string();
    for line in lines {
        if line.ok()?.is_empty() {
            break;
        }
    }
    let missing = (404, b"Not Found".to_vec());
    let (status, body) = pages.get(&path).unwrap_or(&missing);
    let head = format!("HTTP/1.1 {status} -\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body).ok()?;
    Some(path)
}
