//! Endpoints that do everything but answer.

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::server::{Server, http, said, write};
use super::*;
use crate::model::FailureKind;

/// Runs, and must not take longer than this.
fn within<T>(seconds: f64, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    assert!(start.elapsed().as_secs_f64() < seconds, "took {:?}", start.elapsed());
    result
}

#[test]
fn nobody_listens() {
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let settings = settings_at(format!("http://{address}/v1"));
    let failure = within(10.0, || failure(&model(&settings)));
    assert_eq!(failure.kind, FailureKind::Unreachable);
    assert!(failure.explanation.contains("refused") && failure.explanation.contains("tried 4 times"), "{failure}");
}

#[test]
fn no_answer_in_time() {
    let server = Server::start(|_, _| thread::sleep(Duration::from_secs(60)));
    let settings = Settings { timeout: Duration::from_secs(1), ..settings(&server) };
    let failure = within(10.0, || failure(&model(&settings)));
    assert_eq!(failure.kind, FailureKind::TimedOut);
    assert_eq!(server.heard().len(), 1);
}

#[test]
fn drops_that_never_end() {
    let server = Server::start(|_, stream| {
        write(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n");
        while stream.write_all(b" ").is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    let settings = Settings { timeout: Duration::from_millis(300), ..settings(&server) };
    let failure = within(10.0, || failure(&model(&settings)));
    assert_eq!(failure.kind, FailureKind::TimedOut);
}

#[test]
fn a_storm_of_too_many_requests() {
    let server = Server::answering(http("429 Too Many Requests", "", r#"{"error": {"message": "slow down"}}"#));
    let failure = within(10.0, || failure(&model(&Settings { retries: 2, ..settings(&server) })));
    assert_eq!(failure.kind, FailureKind::Overloaded);
    assert!(failure.explanation.contains("(429): slow down (tried 3 times)"), "{failure}");
    assert_eq!(server.heard().len(), 3);
}

#[test]
fn an_endpoint_that_wants_to_be_left_alone() {
    let server = Server::start(|number, stream| match number {
        1 => write(stream, &http("429 Too Many Requests", "Retry-After: 1\r\n", "{}")),
        _ => write(stream, &said("fine")),
    });
    let start = Instant::now();
    assert_eq!(model(&settings(&server)).answer(&request()).unwrap().text, "fine");
    assert!(start.elapsed() >= Duration::from_secs(1));

    // An hour is too long, for the request or for the run.
    let hour = Server::answering(http("503 Service Unavailable", "Retry-After: 3600\r\n", "{}"));
    let failure = within(10.0, || super::failure(&model(&settings(&hour))));
    assert_eq!(failure.kind, FailureKind::Overloaded);
    assert!(failure.explanation.contains("waiting 3600 s"), "{failure}");
    let date =
        Server::answering(http("503 Service Unavailable", "Retry-After: Fri, 06 Nov 2195 08:49:37 GMT\r\n", "{}"));
    within(10.0, || super::failure(&model(&settings(&date))));
    assert_eq!(date.heard().len(), 1);
}

#[test]
fn the_time_of_a_run_bounds_all_its_requests() {
    let server = Server::answering(http("500 Internal Server Error", "", "{}"));
    let run = Settings { run_time: Some(Duration::from_millis(400)), retries: 1_000, ..settings(&server) };
    let model = model(&run);
    // The end comes in a pause or in an attempt.
    let ended = within(10.0, || failure(&model).kind);
    assert!(matches!(ended, FailureKind::Overloaded | FailureKind::BudgetSpent), "{ended:?}");
    thread::sleep(Duration::from_millis(450));
    let heard = server.heard().len();
    assert_eq!(failure(&model).kind, FailureKind::BudgetSpent);
    assert_eq!(server.heard().len(), heard);
}

#[test]
fn an_error_that_passes() {
    let server = Server::start(|number, stream| match number {
        1 => write(stream, &http("500 Internal Server Error", "", "oops")),
        2 => {} // The connection ends without a word.
        3 => write(stream, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\": [{\"mess"),
        _ => write(stream, &said("fine")),
    });
    let answer = model(&settings(&server)).answer(&request()).unwrap();
    assert_eq!((answer.text.as_str(), answer.tokens_in, answer.tokens_out), ("fine", 11, 7));
    assert_eq!(server.heard().len(), 4);
}

#[test]
fn answers_that_are_always_cut_off() {
    for cut in [
        "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"choices\": [{\"mess",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{\"choices\": [",
    ] {
        let server = Server::answering(cut);
        let failure = failure(&model(&Settings { retries: 1, ..settings(&server) }));
        assert_eq!(failure.kind, FailureKind::Malformed);
        assert!(failure.explanation.contains("cut off"), "{failure}");
    }
}

#[test]
fn answers_that_are_none() {
    let deep = "[".repeat(100_000);
    for body in [
        "{\"choices\": [",
        "<html>Log in to the Wi-Fi</html>",
        "",
        "null",
        "[]",
        "{}",
        r#"{"choices": []}"#,
        r#"{"choices": [{}]}"#,
        r#"{"choices": [{"message": {"content": 7}}]}"#,
        r#"{"error": {"message": "overloaded"}}"#,
        &deep,
    ] {
        let server = Server::answering(http("200 OK", "", body));
        assert_eq!(failure(&model(&settings(&server))).kind, FailureKind::Malformed, "{body:.60}");
        assert_eq!(server.heard().len(), 1);
    }
    let server = Server::answering("this is not HTTP\r\n\r\n");
    assert_eq!(failure(&model(&Settings { retries: 0, ..settings(&server) })).kind, FailureKind::Overloaded);
}

#[test]
fn a_hundred_megabytes_are_not_read() {
    for head in ["Content-Length: 104857600\r\n\r\n", "Connection: close\r\n\r\n"] {
        let written = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&written);
        let server = Server::start(move |_, stream| {
            write(stream, &format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{head}"));
            let part = vec![b' '; 64 << 10];
            while count.load(Ordering::Relaxed) < 100 << 20 && stream.write_all(&part).is_ok() {
                count.fetch_add(part.len(), Ordering::Relaxed);
            }
        });
        let failure = within(30.0, || failure(&model(&settings(&server))));
        assert_eq!(failure.kind, FailureKind::Malformed);
        assert!(failure.explanation.contains("more than 4 MB"), "{failure}");
        // What the two ends of the connection hold between them comes on top.
        assert!(written.load(Ordering::Relaxed) < 50 << 20);
        assert_eq!(server.heard().len(), 1);
    }
}

#[test]
fn a_small_answer_that_unpacks_to_a_large_one_is_not_read_either() {
    let packed = gzip_of_spaces(100 << 20);
    assert!(packed.len() < 1 << 20);
    let server = Server::start(move |_, stream| {
        let length = packed.len();
        write(stream, &format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n"));
        let _ = stream.write_all(&packed);
    });
    let failure = within(30.0, || failure(&model(&settings(&server))));
    assert!(failure.explanation.contains("more than 4 MB"), "{failure}");
}

/// A gzip file of that many spaces: one block of the fixed code, a space and repetitions of 258 of them. Its checksum is not
/// looked at by those who stop before the end.
fn gzip_of_spaces(length: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![true, true, false];
    let code =
        |bits: &mut Vec<bool>, value: u32, count: u32| bits.extend((0..count).rev().map(|b| value >> b & 1 == 1));
    code(&mut bits, 0x30 + 0x20, 8);
    for _ in 0..length / 258 {
        // Length 258, distance 1.
        code(&mut bits, 0xc5, 8);
        code(&mut bits, 0, 5);
    }
    code(&mut bits, 0, 7);
    let mut bytes = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    bytes.extend(bits.chunks(8).map(|part| {
        part.iter().rev().fold(0, |byte, bit| byte << 1 | u8::from(*bit)) << (8 - part.len()) >> (8 - part.len())
    }));
    bytes.extend([0; 8]);
    bytes
}

#[test]
fn an_endless_complaint_is_not_read() {
    let server = Server::start(|_, stream| {
        write(stream, "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
        let part = vec![b'x'; 64 << 10];
        while stream.write_all(&part).is_ok() {}
    });
    assert_eq!(within(30.0, || failure(&model(&settings(&server)))).kind, FailureKind::Refused);
}

#[test]
fn a_stop_ends_waiting_requests_at_once() {
    let server = Server::start(|_, _| thread::sleep(Duration::from_secs(60)));
    let stop = Stop::default();
    // One at a time, so that the second one waits for its turn.
    let settings = Settings { at_once: 1, key_env: None, ..settings(&server) };
    let model = Http::new(&settings, &|_| None, stop.clone()).unwrap();
    within(10.0, || {
        thread::scope(|scope| {
            let asking: Vec<_> = (0..2).map(|_| scope.spawn(|| model.answer(&request()))).collect();
            thread::sleep(Duration::from_millis(150));
            stop.ask();
            for one in asking {
                assert_eq!(one.join().unwrap().unwrap_err().kind, FailureKind::Stopped);
            }
        });
        assert_eq!(model.answer(&request()).unwrap_err().kind, FailureKind::Stopped);
        drop(model);
    });
    assert_eq!(server.heard().len(), 1);
}

#[test]
fn no_more_requests_at_once_than_may_be() {
    let most = Arc::new(AtomicUsize::new(0));
    let (now, seen) = (AtomicUsize::new(0), Arc::clone(&most));
    let server = Server::start(move |_, stream| {
        seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        thread::sleep(Duration::from_millis(60));
        now.fetch_sub(1, Ordering::SeqCst);
        write(stream, &said("fine"));
    });
    let model = model(&Settings { at_once: 2, ..settings(&server) });
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| model.answer(&request()).unwrap());
        }
    });
    assert_eq!(server.heard().len(), 6);
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
}
