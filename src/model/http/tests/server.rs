//! A server that says exactly the bytes that a test wants.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A request as it came.
#[derive(Clone, Debug)]
pub(super) struct Heard {
    pub head: String,
    pub body: String,
}

impl Heard {
    pub(super) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Listens on this machine until the tests end.
pub(super) struct Server {
    pub address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Server {
    /// Each connection has one request, and is closed behind what `say` writes. It gets the number of the request.
    pub(super) fn start(say: impl Fn(usize, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (all, say) = (Arc::clone(&heard), Arc::new(say));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (Ok(mut stream), all, say) = (stream, Arc::clone(&all), Arc::clone(&say)) else { break };
                thread::spawn(move || {
                    let Some(request) = hear(&mut stream) else { return };
                    let number = {
                        let mut all = all.lock().unwrap();
                        all.push(request);
                        all.len()
                    };
                    say(number, &mut stream);
                });
            }
        });
        Server { address, heard }
    }

    /// Always the same whole answer.
    pub(super) fn answering(text: impl Into<String>) -> Self {
        let text = text.into();
        Server::start(move |_, stream| write(stream, &text))
    }

    pub(super) fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }
}

fn hear(stream: &mut TcpStream) -> Option<Heard> {
    let mut bytes = Vec::new();
    let mut part = [0; 4_096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length =
                head.lines().find_map(|l| l.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
            if body.len() >= length.unwrap_or(0) {
                return Some(Heard { head: head.to_string(), body: body.to_string() });
            }
        }
        match stream.read(&mut part) {
            Ok(0) | Err(_) => return None,
            Ok(n) => bytes.extend_from_slice(&part[..n]),
        }
    }
}

/// Writes; whoever has gone away need not hear it.
pub(super) fn write(stream: &mut TcpStream, text: &str) {
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

/// A whole answer with a body.
pub(super) fn http(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// What OpenAI would answer.
pub(super) fn said(text: &str) -> String {
    let body = serde_json::json!({
        "choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 11, "completion_tokens": 7}
    });
    http("200 OK", "", &body.to_string())
}
