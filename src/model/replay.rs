//! Recorded exchanges: what was asked and answered, one JSON object a line, so that runs can be repeated exactly and for
//! nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Answer, Failure, FailureKind, Model, Request};

/// The version of the format, which is part of every line.
const VERSION: u32 = 1;
/// Longer lines are refused.
const MAX_LINE: u64 = 8_000_000;
/// How every line begins that was recorded.
const BEGIN: &[u8] = b"{\"version\":";
/// Larger files are refused.
const MAX_FILE: u64 = 1_000_000_000;

/// One line of a file of exchanges.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    version: u32,
    /// The hash of the model's name and the request.
    key: String,
    model: String,
    adapter: Option<String>,
    context_tokens: Option<u32>,
    request: Request,
    answer: Answer,
}

/// The name under which an exchange is found again: the SHA-256 of the model's name and the request, in hexadecimal digits.
pub fn key(model: &str, request: &Request) -> String {
    let text = serde_json::to_string(&(VERSION, model, request)).unwrap_or_default();
    let mut out = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// A model whose exchanges are recorded. A file that is there is continued.
pub struct Recording<M> {
    model: M,
    file: Mutex<File>,
}

impl<M: Model> Recording<M> {
    /// Records to a file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn new(model: M, path: &Path) -> Result<Self, Failure> {
        if path.exists() {
            // What is no file of exchanges is not written to.
            read_lines(path, |_| Ok(()))?;
        }
        let file = continued(path).map_err(|e| {
            Failure::new(FailureKind::Unreachable, format!("exchanges cannot be recorded in {}: {e}", path.display()))
        })?;
        Ok(Recording { model, file: Mutex::new(file) })
    }

    /// Whole lines only: what a stopped run leaves behind can be read.
    fn write(&self, request: &Request, answer: &Answer) -> std::io::Result<()> {
        let exchange = Exchange {
            version: VERSION,
            key: key(self.model.id(), request),
            model: self.model.id().to_string(),
            adapter: self.model.adapter().map(str::to_string),
            context_tokens: self.model.context_tokens(),
            request: request.clone(),
            answer: answer.clone(),
        };
        let mut line = serde_json::to_string(&exchange)?;
        line.push('\n');
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(line.as_bytes())?;
        file.flush()
    }
}

/// Opens a file of exchanges for appending. What stands behind its last line break is a line that was cut off when a run was
/// killed or the disk was full, or a whole line that somebody wrote by hand.
fn continued(path: &Path) -> std::io::Result<File> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    let length = file.metadata()?.len();
    let last = length.saturating_sub(MAX_LINE);
    file.seek(SeekFrom::Start(last))?;
    let mut end = Vec::new();
    (&mut file).take(MAX_LINE).read_to_end(&mut end)?;
    let line = end.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    if line.is_empty() {
        return Ok(file);
    }
    match serde_json::from_slice::<Exchange>(line) {
        Ok(_) => file.write_all(b"\n")?,
        Err(_) => file.set_len(length - line.len() as u64)?,
    }
    Ok(file)
}

impl<M: Model> Model for Recording<M> {
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
        let answer = self.model.answer(request)?;
        self.write(request, &answer)
            .map_err(|e| Failure::new(FailureKind::Unreachable, format!("the exchange cannot be recorded: {e}")))?;
        Ok(answer)
    }
}

/// Answers what was asked before as it was answered then, and nothing else.
pub struct Replay {
    model: String,
    adapter: Option<String>,
    context_tokens: Option<u32>,
    answers: BTreeMap<String, Answer>,
}

impl Replay {
    /// Reads a file of exchanges, of one model. Where a request stands in it more than once, the first answer counts.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or one of its lines is no exchange: which.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let mut replay = Replay { model: String::new(), adapter: None, context_tokens: None, answers: BTreeMap::new() };
        read_lines(path, |exchange| replay.add(exchange))?;
        Ok(replay)
    }

    fn add(&mut self, exchange: Exchange) -> Result<(), String> {
        if exchange.version != VERSION {
            return Err(format!("version {} of the format is not known", exchange.version));
        }
        if self.answers.is_empty() {
            self.model = exchange.model.clone();
        } else if self.model != exchange.model {
            return Err(format!("of another model: {}, not {}", exchange.model, self.model));
        }
        self.adapter = self.adapter.take().or(exchange.adapter);
        self.context_tokens = self.context_tokens.or(exchange.context_tokens);
        let key = key(&exchange.model, &exchange.request);
        if key != exchange.key {
            return Err("the request was changed after it had been recorded".to_string());
        }
        self.answers.entry(key).or_insert(exchange.answer);
        Ok(())
    }
}

/// Reads the exchanges of a file, line by line. A last line that was cut off is none.
fn read_lines(path: &Path, mut each: impl FnMut(Exchange) -> Result<(), String>) -> Result<(), Failure> {
    let wrong = |why: String| Failure::new(FailureKind::Unreachable, format!("{}: {why}", path.display()));
    let file = File::open(path).map_err(|e| wrong(format!("exchanges cannot be read: {e}")))?;
    if file.metadata().map(|m| m.len()).unwrap_or(0) > MAX_FILE {
        return Err(wrong("too large for recorded exchanges".to_string()));
    }
    let mut reader = BufReader::new(file);
    for number in 1.. {
        let mut line = Vec::new();
        let read = reader.by_ref().take(MAX_LINE + 1).read_until(b'\n', &mut line);
        let length = read.map_err(|e| wrong(format!("line {number}: {e}")))?;
        if length == 0 {
            break;
        }
        if length as u64 > MAX_LINE {
            return Err(wrong(format!("line {number}: far too long for an exchange")));
        }
        match serde_json::from_slice::<Exchange>(&line) {
            Ok(exchange) => each(exchange).map_err(|why| wrong(format!("line {number}: {why}")))?,
            Err(_) if line.trim_ascii().is_empty() => {}
            Err(_) if !line.ends_with(b"\n") && line.starts_with(BEGIN) => break,
            Err(e) => {
                let what = format!("line {number}, column {}: not a recorded exchange: {e}", e.column());
                return Err(wrong(what));
            }
        }
    }
    Ok(())
}

impl Model for Replay {
    fn id(&self) -> &str {
        &self.model
    }

    fn adapter(&self) -> Option<&str> {
        self.adapter.as_deref()
    }

    fn context_tokens(&self) -> Option<u32> {
        self.context_tokens
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        let key = key(&self.model, request);
        self.answers.get(&key).cloned().ok_or_else(|| {
            let short: String = key.chars().take(12).collect();
            let why = format!("this request was not recorded (key {short}…, {} exchanges)", self.answers.len());
            Failure::new(FailureKind::NotRecorded, why)
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::model::{End, Role, Turn};

    struct Echo;

    impl Model for Echo {
        fn id(&self) -> &str {
            "test:echo"
        }

        fn answer(&self, request: &Request) -> Result<Answer, Failure> {
            let text = request.turns.last().map(|t| t.text.to_uppercase()).unwrap_or_default();
            Ok(Answer { text, end: End::Complete, tokens_in: 3, tokens_out: 4, seconds: 0.25 })
        }
    }

    fn request(text: &str) -> Request {
        Request {
            system: "s".to_string(),
            turns: vec![Turn { role: Role::User, text: text.to_string() }],
            max_tokens: 10,
            temperature: 0.0,
            seed: Some(7),
            tuned: false,
            schema: None,
        }
    }

    #[test]
    fn what_was_recorded_is_answered_again_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchanges.jsonl");
        for text in ["one", "two\nlines"] {
            // Each run continues the file of the one before.
            Recording::new(Echo, &path).unwrap().answer(&request(text)).unwrap();
        }
        let replay = Replay::read(&path).unwrap();
        assert_eq!(replay.id(), "test:echo");
        assert_eq!(replay.answer(&request("two\nlines")).unwrap().text, "TWO\nLINES");
        assert_eq!(replay.answer(&request("one")).unwrap(), Echo.answer(&request("one")).unwrap());
        for other in
            [request("three"), Request { seed: Some(8), ..request("one") }, Request { tuned: true, ..request("one") }]
        {
            assert_eq!(replay.answer(&other).unwrap_err().kind, FailureKind::NotRecorded);
        }
    }

    #[test]
    fn a_run_that_was_killed_is_continued() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchanges.jsonl");
        Recording::new(Echo, &path).unwrap().answer(&request("one")).unwrap();
        let good = std::fs::read_to_string(&path).unwrap();
        // Cut off in the second line, in the first one, or only its end.
        for (rest, lines) in
            [(format!("{good}{}", &good[..40]), 2), (good[..40].to_string(), 1), (good.trim_end().to_string(), 2)]
        {
            std::fs::write(&path, &rest).unwrap();
            assert_eq!(Replay::read(&path).unwrap().answers.len(), lines - 1);
            Recording::new(Echo, &path).unwrap().answer(&request("two")).unwrap();
            assert_eq!(Replay::read(&path).unwrap().answers.len(), lines);
        }
    }

    #[test]
    fn what_is_no_file_of_exchanges_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("profile");
        std::fs::write(&path, "export PATH=1").unwrap();
        assert!(Recording::new(Echo, &path).is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "export PATH=1");
    }

    #[test]
    fn what_is_wrong_with_a_file_is_said_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exchanges.jsonl");
        Recording::new(Echo, &path).unwrap().answer(&request("one")).unwrap();
        let good = std::fs::read_to_string(&path).unwrap();
        for (text, place) in [
            (format!("{good}{{\"version\":1\n"), "line 2"),
            (format!("{good}export PATH=1"), "line 2"),
            (format!("{good}\n{}", good.replace("test:echo", "test:other")), "line 3"),
            (good.replace("\"one\"", "\"won\""), "changed after"),
            (good.replace("\"version\":1", "\"version\":9"), "version 9"),
        ] {
            std::fs::write(&path, text).unwrap();
            let failure = Replay::read(&path).err().unwrap();
            assert!(failure.explanation.contains(place), "{failure}");
        }
        assert!(Replay::read(&folder.path().join("none")).is_err());
    }
}
