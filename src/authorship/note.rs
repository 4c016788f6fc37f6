//! The notes of git-ai (`refs/notes/ai`, standard 3.0.0): which lines of a commit an agent wrote.
//!
//! Paths stand at the margin; below each, indented, the lines: who (`s_…::t_…` a session, sixteen digits a prompt, `h_…` a
//! person), and ranges. Behind a line `---` follows JSON that says of each session and prompt which tool and model it is.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::coverage::{LineRecord, Writer};

/// The longest note that is read, in bytes, and the most ranges in it.
pub const MAX_BYTES: usize = 4 << 20;
const MAX_RANGES: usize = 200_000;
const MAX_PATH: usize = 4_096;

const SCHEMA: &str = "authorship/3.0.0";

#[derive(Deserialize)]
struct Metadata {
    schema_version: String,
    #[serde(default)]
    prompts: BTreeMap<String, Entry>,
    #[serde(default)]
    sessions: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
struct Entry {
    agent_id: Option<AgentId>,
}

#[derive(Deserialize)]
struct AgentId {
    tool: Option<String>,
    model: Option<String>,
}

/// Who a line of the attestation names.
enum Who<'a> {
    Session(&'a str),
    Prompt(&'a str),
    Human,
}

/// Reads a note.
///
/// # Errors
///
/// What is wrong with it, as a phrase. Nothing of a note that is wrong anywhere is used.
pub fn parse(note: &[u8]) -> Result<Vec<LineRecord>, &'static str> {
    if note.len() > MAX_BYTES {
        return Err("it is too long");
    }
    let text = std::str::from_utf8(note).map_err(|_| "it is not UTF-8")?;
    let (attestations, metadata) = split(text).ok_or("it has no line `---`")?;
    let metadata: Metadata = serde_json::from_str(metadata).map_err(|_| "its JSON is not that of a note")?;
    if metadata.schema_version != SCHEMA {
        return Err("it is of another version");
    }
    let mut records = Vec::new();
    let mut path: Option<String> = None;
    let mut left = MAX_RANGES;
    for line in attestations.lines().filter(|line| !line.trim().is_empty()) {
        let Some(entry) = line.strip_prefix("  ") else {
            path = Some(unquoted(line)?);
            continue;
        };
        let path = path.clone().ok_or("lines stand before any path")?;
        let (who, ranges) = entry.split_once(' ').ok_or("an entry has no lines")?;
        let ranges = ranges_of(ranges, &mut left)?;
        let writer = metadata.writer(&who_of(who).ok_or("an entry has no known id")?);
        records.push(LineRecord { path, ranges, writer });
    }
    Ok(records)
}

/// The attestations and the JSON.
fn split(text: &str) -> Option<(&str, &str)> {
    match text.strip_prefix("---\n") {
        Some(metadata) => Some(("", metadata)),
        None => text.split_once("\n---\n"),
    }
}

/// A path; one with white space stands in quotes.
fn unquoted(line: &str) -> Result<String, &'static str> {
    let line = line.trim_end();
    let path = line.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(line);
    match path.is_empty() || path.len() > MAX_PATH || path.starts_with(' ') {
        true => Err("a path is empty, too long or indented"),
        false => Ok(path.to_owned()),
    }
}

fn who_of(id: &str) -> Option<Who<'_>> {
    let hexadecimal = |text: &str, digits: usize| text.len() == digits && text.bytes().all(|b| b.is_ascii_hexdigit());
    let with = |id: &str, prefix: &str| id.strip_prefix(prefix).is_some_and(|rest| hexadecimal(rest, 14));
    match id.split_once("::") {
        Some((session, trace)) => (with(session, "s_") && with(trace, "t_")).then_some(Who::Session(session)),
        None if with(id, "s_") => Some(Who::Session(id)),
        None if with(id, "h_") => Some(Who::Human),
        None => hexadecimal(id, 16).then_some(Who::Prompt(id)),
    }
}

/// `1-4,9`
fn ranges_of(text: &str, left: &mut usize) -> Result<Vec<(u32, u32)>, &'static str> {
    let mut ranges = Vec::new();
    for part in text.trim().split(',') {
        *left = left.checked_sub(1).ok_or("it has too many ranges")?;
        let (start, end) = part.split_once('-').unwrap_or((part, part));
        let number = |text: &str| match text.bytes().all(|b| b.is_ascii_digit()) {
            true => text.parse::<u32>().ok().filter(|line| *line > 0),
            false => None,
        };
        let (start, end) = number(start).zip(number(end)).ok_or("a line is no number")?;
        if start > end {
            return Err("a range ends before it begins");
        }
        ranges.push((start, end));
    }
    Ok(ranges)
}

impl Metadata {
    fn writer(&self, who: &Who<'_>) -> Writer {
        let entry = match who {
            Who::Human => return Writer::Human,
            Who::Session(id) => self.sessions.get(*id),
            Who::Prompt(id) => self.prompts.get(*id),
        };
        let agent_id = entry.and_then(|entry| entry.agent_id.as_ref());
        let of = |name: fn(&AgentId) -> &Option<String>| agent_id.and_then(|id| name(id).clone());
        Writer::Agent { agent: of(|id| &id.tool), model: of(|id| &id.model) }
    }
}
