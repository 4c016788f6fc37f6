//! Recorded exchanges: written while a model answers, and answered from later, which costs nothing and always gives the same.
//!
//! A record is a file of JSON Lines, one exchange a line, only ever appended to. An exchange is found by the SHA-256 of what
//! was asked of which model. Requests are redacted before a model sees them, so a record holds no secret of the code; keys
//! never come near it.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Answer, Failure, FailureKind, Model, Request};

/// The longest file that is read. A study of some ten thousand exchanges has a tenth of it.
const MAX_BYTES: u64 = 1 << 30;
/// The longest line.
const MAX_LINE: u64 = 16 << 20;
/// The version of the format.
const VERSION: u32 = 1;

/// One line of a record.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    version: u32,
    /// Absent in exchanges that somebody wrote by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    adapter: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    context_tokens: Option<u32>,
    request: Request,
    answer: Answer,
}

/// What an exchange is found by: the SHA-256, in hexadecimal, of the request, the model's name, and that of the tuned weights
/// where they are asked for.
pub fn key(model: &str, adapter: Option<&str>, request: &Request) -> String {
    let mut request = request.clone();
    if let Some(schema) = &mut request.schema {
        // Objects are the same in any order.
        schema.sort_all_objects();
    }
    let adapter = adapter.filter(|_| request.tuned);
    // Values of this kind can always be written; an empty text would only mean that all requests look alike.
    let text = serde_json::to_string(&(VERSION, model, adapter, &request)).unwrap_or_default();
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A model whose exchanges are recorded.
pub struct Recording<M> {
    model: M,
    path: PathBuf,
    file: Mutex<File>,
}

impl<M: Model> Recording<M> {
    /// Appends the exchanges of a model to a record, which need not exist yet.
    ///
    /// # Errors
    ///
    /// A file that cannot be written, or that holds something else.
    pub fn new(model: M, path: &Path) -> Result<Self, Failure> {
        let whole = if path.exists() { read(path, |_, _| Ok(()))? } else { 0 };
        let file = open_at(path, whole).map_err(|e| cannot_write(path, &e))?;
        Ok(Recording { model, path: path.to_path_buf(), file: Mutex::new(file) })
    }

    fn write(&self, request: &Request, answer: &Answer) -> std::io::Result<()> {
        let (model, adapter) = (self.model.id(), self.model.adapter());
        let exchange = Exchange {
            version: VERSION,
            key: Some(key(model, adapter, request)),
            model: model.to_string(),
            adapter: adapter.map(str::to_string),
            context_tokens: self.model.context_tokens(),
            request: request.clone(),
            answer: answer.clone(),
        };
        let mut line = serde_json::to_vec(&exchange)?;
        line.push(b'\n');
        // One write a line, so that a run that is killed leaves whole lines.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)?;
        file.flush()
    }
}

/// Opens a record for appending. What stands behind its last whole line is the rest of a write that was cut off.
fn open_at(path: &Path, whole: u64) -> std::io::Result<File> {
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
    file.set_len(whole)?;
    if whole > 0 {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        if last != *b"\n" {
            file.write_all(b"\n")?;
        }
    }
    Ok(file)
}

fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(FailureKind::Unreachable, format!("the record {} cannot be written: {error}", path.display()))
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
        // A record with gaps would fail much later, and far from here.
        self.write(request, &answer).map_err(|e| cannot_write(&self.path, &e))?;
        Ok(answer)
    }
}

/// Recorded exchanges as a model, which says it is the one that was recorded.
#[derive(Debug)]
pub struct Replay {
    path: PathBuf,
    model: String,
    adapter: Option<String>,
    context_tokens: Option<u32>,
    answers: BTreeMap<String, Answer>,
}

impl Replay {
    /// Reads a record. Where several models were recorded, a name chooses one: `openai-compatible:qwen`, or `qwen`. Where
    /// something was asked twice, the later answer stands.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or is no record, with the line; no or several models that are meant.
    pub fn open(path: &Path, name: Option<&str>) -> Result<Self, Failure> {
        let mut exchanges: BTreeMap<String, Replay> = BTreeMap::new();
        read(path, |number, exchange| {
            let key = key(&exchange.model, exchange.adapter.as_deref(), &exchange.request);
            if exchange.key.is_some_and(|written| written != key) {
                return Err(unreadable(path, number, "the key is not that of the request"));
            }
            let replay = exchanges.entry(exchange.model.clone()).or_insert_with(|| Replay {
                path: path.to_path_buf(),
                model: exchange.model,
                adapter: None,
                context_tokens: exchange.context_tokens,
                answers: BTreeMap::new(),
            });
            replay.adapter = replay.adapter.take().or(exchange.adapter);
            replay.answers.insert(key, exchange.answer);
            Ok(())
        })?;
        let recorded: Vec<String> = exchanges.keys().cloned().collect();
        let is_meant = |id: &str| name.is_none_or(|n| id == n || id.split_once(':').is_some_and(|(_, rest)| rest == n));
        let mut meant = exchanges.into_values().filter(|r| is_meant(&r.model));
        match (meant.next(), meant.next()) {
            (Some(one), None) => Ok(one),
            (None, _) if recorded.is_empty() => Err(unreachable(path, "it has no exchange")),
            _ => Err(unreachable(path, &format!("which of its models is meant? It has {}", recorded.join(", ")))),
        }
    }
}

fn unreachable(path: &Path, why: &str) -> Failure {
    Failure::new(FailureKind::Unreachable, format!("the record {}: {why}", path.display()))
}

fn unreadable(path: &Path, line: usize, why: &str) -> Failure {
    unreachable(path, &format!("line {line}: {why}"))
}

/// Reads all exchanges with their line numbers. Gives the bytes of all lines but one that is cut off.
fn read(path: &Path, mut each: impl FnMut(usize, Exchange) -> Result<(), Failure>) -> Result<u64, Failure> {
    let failed = |e: std::io::Error| unreachable(path, &e.to_string());
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let (mut whole, mut line) = (0, Vec::new());
    for number in 1.. {
        line.clear();
        let bytes = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).map_err(failed)? as u64;
        if bytes == 0 {
            break;
        }
        if bytes == MAX_LINE || whole + bytes > MAX_BYTES {
            return Err(unreadable(path, number, "this is too long for a record of exchanges"));
        }
        match serde_json::from_slice::<Exchange>(&line) {
            Ok(exchange) if exchange.version != VERSION => {
                return Err(unreadable(path, number, &format!("version {} is not known", exchange.version)));
            }
            Ok(exchange) => each(number, exchange)?,
            Err(_) if line.trim_ascii().is_empty() => {}
            // The run was killed while it wrote the last line.
            Err(_) if !line.ends_with(b"\n") && line.starts_with(b"{\"version\":") => break,
            Err(error) => return Err(unreadable(path, number, &without_place(&error))),
        }
        whole += bytes;
    }
    Ok(whole)
}

/// An error of a line says "line 1", which is not the line of the file.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    format!("{} (column {})", &text[..end], error.column())
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
        let key = key(&self.model, self.adapter(), request);
        self.answers.get(&key).cloned().ok_or_else(|| {
            let (path, count) = (self.path.display(), self.answers.len());
            let what = format!("the record {path} has no answer to this request among its {count}");
            Failure::new(FailureKind::NotRecorded, format!("{what} (SHA-256 {key})"))
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::fs;
    use std::sync::atomic::{AtomicU64, Ordering};

    use serde_json::Value;

    use super::*;
    use crate::model::{End, Role, Turn};

    /// Counts its answers.
    #[derive(Default)]
    struct Counter(AtomicU64);

    impl Model for Counter {
        fn id(&self) -> &str {
            "test:counter"
        }

        fn adapter(&self) -> Option<&str> {
            Some("tuned")
        }

        fn context_tokens(&self) -> Option<u32> {
            Some(512)
        }

        fn answer(&self, request: &Request) -> Result<Answer, Failure> {
            if request.system == "fail" {
                return Err(Failure::new(FailureKind::Overloaded, "no"));
            }
            let n = self.0.fetch_add(1, Ordering::Relaxed);
            Ok(Answer {
                text: format!("answer {n}\nä"),
                end: End::Complete,
                tokens_in: 3,
                tokens_out: 2,
                seconds: 0.25,
            })
        }
    }

    fn request(text: &str) -> Request {
        Request {
            system: String::new(),
            turns: vec![Turn { role: Role::User, text: text.to_string() }],
            max_tokens: 100,
            temperature: 0.0,
            seed: None,
            tuned: false,
            schema: None,
        }
    }

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("record.jsonl");
        (folder, path)
    }

    #[test]
    fn what_was_recorded_is_answered_again() {
        let (_folder, path) = place();
        let recording = Recording::new(Counter::default(), &path).unwrap();
        let first = recording.answer(&request("a")).unwrap();
        recording.answer(&Request { system: "fail".to_string(), ..request("a") }).unwrap_err();
        let tuned = recording.answer(&Request { tuned: true, ..request("a") }).unwrap();

        let replay = Replay::open(&path, None).unwrap();
        assert_eq!(
            (replay.id(), replay.adapter(), replay.context_tokens()),
            ("test:counter", Some("tuned"), Some(512))
        );
        for _ in 0..2 {
            assert_eq!(replay.answer(&request("a")).unwrap(), first);
        }
        assert_eq!(replay.answer(&Request { tuned: true, ..request("a") }).unwrap(), tuned);
        let missing = replay.answer(&request("b")).unwrap_err();
        assert_eq!(missing.kind, FailureKind::NotRecorded);
        assert!(missing.explanation.contains(&key("test:counter", None, &request("b"))), "{missing}");
    }

    #[test]
    fn a_later_run_appends_and_its_answers_stand() {
        let (_folder, path) = place();
        Recording::new(Counter::default(), &path).unwrap().answer(&request("a")).unwrap();
        // A second run that was killed in the middle of a line.
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str(&text.clone()[..40]);
        fs::write(&path, &text).unwrap();
        assert_eq!(Replay::open(&path, None).unwrap().answers.len(), 1);

        let again = Recording::new(Counter(AtomicU64::new(7)), &path).unwrap();
        again.answer(&request("a")).unwrap();
        again.answer(&request("b")).unwrap();
        let replay = Replay::open(&path, Some("counter")).unwrap();
        assert_eq!(replay.answer(&request("a")).unwrap().text, "answer 7\nä");
        assert_eq!(replay.answers.len(), 2);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 3);
    }

    #[test]
    fn a_last_line_without_its_end_is_kept() {
        let (_folder, path) = place();
        Recording::new(Counter::default(), &path).unwrap().answer(&request("a")).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.trim_end()).unwrap();
        Recording::new(Counter::default(), &path).unwrap().answer(&request("b")).unwrap();
        assert_eq!(Replay::open(&path, None).unwrap().answers.len(), 2);
    }

    #[test]
    fn the_order_of_a_schema_is_not_asked_for() {
        let with = |schema: &str| Request { schema: serde_json::from_str(schema).unwrap(), ..request("a") };
        let (one, two) = (r#"{"a": {"x": 1, "y": [2]}, "b": 1}"#, r#"{"b": 1, "a": {"y": [2], "x": 1}}"#);
        assert_eq!(key("m", None, &with(one)), key("m", None, &with(two)));
        assert_ne!(key("m", None, &with(one)), key("n", None, &with(one)));
        assert_ne!(key("m", None, &with(one)), key("m", None, &request("a")));
        // Another adapter gives other answers, but only where it is asked.
        assert_eq!(key("m", Some("l"), &request("a")), key("m", None, &request("a")));
    }

    #[test]
    fn a_file_that_is_no_record_is_refused_with_the_line_and_left_alone() {
        let (_folder, path) = place();
        Recording::new(Counter::default(), &path).unwrap().answer(&request("a")).unwrap();
        let good = fs::read_to_string(&path).unwrap();
        let other_key = good.replace("answer 0", "answer 9").replace("\"text\":\"a\"", "\"text\":\"z\"");
        let newer = good.replace("\"version\":1", "\"version\":2");
        for (bad, says) in [
            (format!("{good}\n{{}}\n"), "line 3"),
            (format!("{good}export PATH=1"), "line 2"),
            (other_key, "line 1: the key"),
            (newer, "version 2"),
        ] {
            fs::write(&path, &bad).unwrap();
            let failure = Replay::open(&path, None).unwrap_err();
            assert_eq!(failure.kind, FailureKind::Unreachable);
            assert!(failure.explanation.contains(says), "{failure}");
        }
        fs::write(&path, "export PATH=1").unwrap();
        assert!(Recording::new(Counter::default(), &path).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "export PATH=1");
        assert!(Replay::open(Path::new("no/such/file"), None).is_err());
    }

    #[test]
    fn several_models_need_a_name() {
        let (_folder, path) = place();
        Recording::new(Counter::default(), &path).unwrap().answer(&request("a")).unwrap();
        let mut exchange: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        exchange["model"] = "test:other".into();
        exchange.as_object_mut().unwrap().remove("key");
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        writeln!(file, "{exchange}").unwrap();
        assert!(Replay::open(&path, None).unwrap_err().explanation.contains("test:counter, test:other"));
        assert_eq!(Replay::open(&path, Some("other")).unwrap().id(), "test:other");
        assert_eq!(Replay::open(&path, Some("test:counter")).unwrap().id(), "test:counter");
        assert!(Replay::open(&path, Some("nobody")).is_err());
    }
}
