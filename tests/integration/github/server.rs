//! HTTP on loopback: reads requests, has them answered, and sends the answers as badly as was asked for.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Response, server::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::request::{Answer, Request};
use super::state::State;
use super::trouble::{self, Kind};
use super::{control, graphql, rest};

/// A server that ends when it is dropped.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on a free port, or the given one.
    pub fn start(state: Arc<Mutex<State>>, port: u16) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (ready, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
                ready.send(listener.local_addr().unwrap()).unwrap();
                tokio::spawn(accept(listener, state));
                let _ = stopped.await;
            });
        });
        Server { address: address.recv().unwrap(), stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let (Some(stop), Some(thread)) = (self.stop.take(), self.thread.take()) {
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

async fn accept(listener: TcpListener, state: Arc<Mutex<State>>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let state = Arc::clone(&state);
        tokio::spawn(async move {
            let service = service_fn(|request| serve(request, &state));
            // A connection that breaks is the client's affair, or was asked for.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn serve(request: hyper::Request<Incoming>, state: &Mutex<State>) -> Result<Response<Pieces>, Infallible> {
    let request = read(request).await;
    let (answer, kind) = {
        let mut state = lock(state);
        if request.path.starts_with("/_fake/") {
            (control::answer(&mut state, &request), None)
        } else {
            let kind = trouble::next(&mut state.troubles, &request);
            (handle(&mut state, &request, kind.as_ref()), kind)
        }
    };
    if let Some(Kind::Slow(time)) = kind {
        tokio::time::sleep(time).await;
    }
    Ok(response(&answer, kind.as_ref()))
}

/// The state, even after a panic elsewhere.
pub fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn read(request: hyper::Request<Incoming>) -> Request {
    let (parts, body) = request.into_parts();
    let text = |value: &hyper::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let mut headers: BTreeMap<String, String> =
        parts.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let token = headers.remove("authorization").and_then(|value| {
        let token = value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("token "));
        token.map(str::to_owned)
    });
    let bytes = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let body = (!bytes.is_empty()).then(|| serde_json::from_slice(&bytes).unwrap_or(Value::Null));
    let pairs = parts.uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
    let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let query = query.map(|(name, value)| (decoded(name, true), decoded(value, true))).collect();
    Request { method: parts.method.to_string(), path: decoded(parts.uri.path(), false), query, headers, body, token }
}

/// Undoes percent-encoding.
fn decoded(text: &str, plus_is_blank: bool) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let digits = String::from_utf8_lossy(&[*high, *low]).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap_or(b'?'));
                rest = tail;
            }
            (b'+', _) if plus_is_blank => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn handle(state: &mut State, request: &Request, kind: Option<&Kind>) -> Answer {
    let (mut answer, faults) = match kind.and_then(Kind::instead) {
        Some(answer) => (answer, Vec::new()),
        None => authorised(state, request),
    };
    if let Some(Kind::DoneThen(status)) = kind {
        answer = Answer::error(*status, "Bad Gateway");
    }
    let short = request.short();
    state.violations.extend(faults.iter().map(|fault| format!("{short}: {fault}")));
    state.log.push((request.clone(), answer.status));
    answer
}

/// What holds for every request before anybody looks at what it wants.
fn authorised(state: &mut State, request: &Request) -> (Answer, Vec<String>) {
    let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
    if header("user-agent").is_empty() {
        let text = "Request forbidden by administrative rules. Please make sure your request has a User-Agent header";
        return (Answer::error(403, text), vec!["there is no User-Agent".to_owned()]);
    }
    if !["", "2022-11-28"].contains(&header("x-github-api-version")) {
        let text = "The version of the API is not supported";
        return (Answer::error(400, text), vec![text.to_owned()]);
    }
    if request.body.is_some() && !header("content-type").starts_with("application/json") {
        return (Answer::error(415, "Unsupported Media Type"), vec!["the body's type is not JSON".to_owned()]);
    }
    if request.token.as_ref() != Some(&state.token) {
        return (Answer::error(401, "Bad credentials"), Vec::new());
    }
    match (request.method.as_str(), request.path.as_str()) {
        ("POST", "/graphql") => graphql::answer(state, request),
        _ => rest::answer(state, request),
    }
}

fn response(answer: &Answer, kind: Option<&Kind>) -> Response<Pieces> {
    let text = match kind {
        Some(Kind::Text(text)) => text.clone(),
        _ => answer.body.to_string(),
    };
    let mut builder = Response::builder()
        .status(answer.status)
        .header("content-type", "application/json; charset=utf-8")
        .header("x-github-media-type", "github.v3; format=json")
        .header("x-github-request-id", "0000:FAKE");
    if !answer.headers.iter().any(|(name, _)| name == "x-ratelimit-remaining") {
        builder = builder.header("x-ratelimit-remaining", "900").header("x-ratelimit-limit", "1000");
    }
    for (name, value) in &answer.headers {
        builder = builder.header(name, value);
    }
    let bytes = Bytes::from(text);
    let body = match kind {
        Some(Kind::Cut) => {
            builder = builder.header("content-length", bytes.len());
            Pieces::cut(bytes.slice(..bytes.len() / 2))
        }
        Some(Kind::Padded(blanks)) => Pieces::padded(bytes, *blanks),
        _ => {
            builder = builder.header("content-length", bytes.len());
            Pieces::padded(bytes, 0)
        }
    };
    builder.body(body).unwrap()
}

/// A body that may end too early or hardly ever.
struct Pieces {
    pieces: VecDeque<io::Result<Bytes>>,
    blanks: u64,
}

impl Pieces {
    fn cut(bytes: Bytes) -> Self {
        Pieces { pieces: VecDeque::from([Ok(bytes), Err(io::Error::other("cut off"))]), blanks: 0 }
    }

    fn padded(bytes: Bytes, blanks: u64) -> Self {
        Pieces { pieces: VecDeque::from([Ok(bytes)]), blanks }
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        const PIECE: u64 = 65_536;
        if let Some(piece) = self.pieces.pop_front() {
            return Poll::Ready(Some(piece.map(Frame::data)));
        }
        let size = self.blanks.min(PIECE);
        self.blanks -= size;
        let blanks = || Ok(Frame::data(Bytes::from(vec![b' '; usize::try_from(size).unwrap()])));
        Poll::Ready((size > 0).then(blanks))
    }
}
