//! The folder of a study: its records, read and added to.
//!
//! Lines are only added, each with one write, so that a run which is killed loses at most the sample that it was at. A line that
//! was torn in the middle is cut off when the next run begins, and that sample is asked for again.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::shard::Shard;
use crate::study::record::{Analysis, Sample};

/// What the names of files with samples begin with.
pub const SAMPLES: &str = "samples";
/// What the names of files with analyses begin with.
pub const ANALYSES: &str = "analyses";
/// The longest line, in bytes: a program of the largest size that is analysed, escaped.
pub const MAX_LINE: u64 = 32_000_000;

/// The files of a study whose names begin with a word, sorted: `samples.jsonl`, `samples.2-of-4.jsonl`, `samples.jsonl.gz`.
///
/// # Errors
///
/// The folder cannot be listed.
pub fn files(folder: &Path, begin: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let entry = entry.with_context(|| format!("{}", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let fits = name.strip_prefix(begin).is_some_and(|rest| rest.starts_with('.'));
        if fits && (name.ends_with(".jsonl") || name.ends_with(".jsonl.gz")) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Gives all records of a file, line by line. A torn last line is told to `torn`.
///
/// # Errors
///
/// The file cannot be read, or a line of it, with its place.
pub fn each<T: DeserializeOwned>(file: &Path, torn: &mut dyn FnMut(), take: &mut dyn FnMut(T)) -> Result<()> {
    let opened = File::open(file).with_context(|| format!("{}", file.display()))?;
    let mut reader: Box<dyn BufRead> = match file.extension().is_some_and(|e| e == "gz") {
        true => Box::new(BufReader::new(MultiGzDecoder::new(opened))),
        false => Box::new(BufReader::with_capacity(1 << 20, opened)),
    };
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line);
        let read = read.with_context(|| format!("{}:{number}", file.display()))?;
        if read == 0 {
            break;
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match serde_json::from_slice(&line) {
            Ok(record) => take(record),
            Err(_) if line.last() != Some(&b'\n') && (read as u64) < MAX_LINE => torn(),
            Err(error) => bail!("{}:{number}:{}: {}", file.display(), error.column(), said(&error)),
        }
    }
    Ok(())
}

/// What a reader of JSON complains of, without the place, which is told in front.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_string()
}

/// All that a study has.
#[derive(Debug, Default)]
pub struct Records {
    /// The samples by key.
    pub samples: HashMap<String, Sample>,
    /// The last analysis of each, by analyser and sample.
    pub analyses: HashMap<(String, String), Analysis>,
}

impl Records {
    /// Reads the records of a folder.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or a line of it, with its place.
    pub fn read(folder: &Path) -> Result<Records> {
        Records::read_of(folder, &|_| true)
    }

    /// Reads the records of those samples of a folder whose keys are wanted.
    ///
    /// # Errors
    ///
    /// As [`Records::read`].
    pub fn read_of(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Records> {
        let mut records = Records::default();
        for file in files(folder, SAMPLES)? {
            let mut torn = || super::super::output::note(&torn_line(&file));
            each(&file, &mut torn, &mut |sample: Sample| {
                if wanted(&sample.key) {
                    records.samples.entry(sample.key.clone()).or_insert(sample);
                }
            })?;
        }
        for file in files(folder, ANALYSES)? {
            let mut torn = || super::super::output::note(&torn_line(&file));
            each(&file, &mut torn, &mut |analysis: Analysis| {
                if wanted(&analysis.sample) {
                    records.analyses.insert((analysis.analyser.clone(), analysis.sample.clone()), analysis);
                }
            })?;
        }
        Ok(records)
    }

    /// What an analyser says about a sample.
    pub fn analysis(&self, analyser: &str, sample: &str) -> Option<&Analysis> {
        self.analyses.get(&(analyser.to_string(), sample.to_string()))
    }
}

/// What is said of a file whose last line was torn.
pub fn torn_line(file: &Path) -> String {
    format!("{}: its last line is not whole, and is left out", file.display())
}

/// A file to which lines are added. Nobody else adds to it as long as it is open.
#[derive(Debug)]
pub struct Appender {
    path: PathBuf,
    file: Mutex<File>,
}

impl Appender {
    /// Opens the file for the records of a job, and cuts off what a killed run left behind.
    ///
    /// # Errors
    ///
    /// It cannot be written, or another run is writing it.
    pub fn open(folder: &Path, begin: &str, shard: Option<Shard>) -> Result<Appender> {
        let name = match shard {
            Some(shard) => format!("{begin}.{}-of-{}.jsonl", shard.number, shard.of),
            None => format!("{begin}.jsonl"),
        };
        let path = folder.join(name);
        let at = || format!("{}", path.display());
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path).with_context(at)?;
        if file.try_lock().is_err() {
            bail!("{}: another run is writing it", path.display());
        }
        let whole = whole_lines(&mut file).with_context(at)?;
        file.set_len(whole).with_context(at)?;
        Ok(Appender { path, file: Mutex::new(file) })
    }

    /// Adds a record.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub fn add<T: Serialize>(&self, record: &T) -> Result<()> {
        let mut line = serde_json::to_vec(record).context("a record cannot be written as JSON")?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&line).with_context(|| format!("{}", self.path.display()))
    }
}

/// How many bytes of a file are whole lines.
fn whole_lines(file: &mut File) -> std::io::Result<u64> {
    const STEP: u64 = 65_536;
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut buffer = Vec::new();
    while end > 0 {
        let start = end.saturating_sub(STEP);
        file.seek(SeekFrom::Start(start))?;
        buffer.clear();
        Read::by_ref(file).take(end - start).read_to_end(&mut buffer)?;
        if let Some(at) = buffer.iter().rposition(|byte| *byte == b'\n') {
            return Ok(start + at as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn analysis(sample: &str) -> Analysis {
        Analysis {
            sample: sample.to_string(),
            analyser: "x".to_string(),
            alerts: Vec::new(),
            parses: Some(true),
            incomplete: None,
        }
    }

    #[test]
    fn what_a_killed_run_left_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("analyses.jsonl");
        Appender::open(folder.path(), ANALYSES, None).unwrap().add(&analysis("a")).unwrap();
        let whole = fs::read(&path).unwrap();
        fs::write(&path, [&whole[..], &b"{\"sample\":\""[..], &b"b".repeat(100_000)[..]].concat()).unwrap();
        assert_eq!(Records::read(folder.path()).unwrap().analyses.len(), 1);
        Appender::open(folder.path(), ANALYSES, None).unwrap().add(&analysis("c")).unwrap();
        let read = Records::read(folder.path()).unwrap();
        assert!(read.analysis("x", "a").is_some() && read.analysis("x", "c").is_some());
        assert_eq!(read.analyses.len(), 2);
        assert!(fs::read_to_string(&path).unwrap().lines().count() == 2);
    }

    #[test]
    fn a_wrong_line_is_told_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.2-of-3.jsonl");
        fs::write(&path, "\n{\"key\": 1}\n").unwrap();
        let said = Records::read(folder.path()).unwrap_err().to_string();
        assert!(said.contains("samples.2-of-3.jsonl:2:9: invalid type: integer"), "{said}");
    }

    #[test]
    fn two_runs_do_not_write_one_file() {
        let folder = tempfile::tempdir().unwrap();
        let first = Appender::open(folder.path(), SAMPLES, None).unwrap();
        assert!(Appender::open(folder.path(), SAMPLES, None).unwrap_err().to_string().contains("another run"));
        assert!(Appender::open(folder.path(), SAMPLES, Some(Shard { number: 1, of: 2 })).is_ok());
        drop(first);
        assert!(Appender::open(folder.path(), SAMPLES, None).is_ok());
    }
}
