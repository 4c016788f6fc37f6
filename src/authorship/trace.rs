//! Agent Trace records, version 0.1.0: JSON that says which lines of files an agent wrote, at a revision. A repository keeps them
//! under `.agent-trace`, one in a file, several in a list, or one a line.

use serde::Deserialize;

use super::coverage::{LineRecord, Writer};

/// The longest file that is read, in bytes.
pub const MAX_BYTES: usize = 8 << 20;
/// The most records of a file, and the most ranges in all of them.
const MAX_RECORDS: usize = 50_000;
const MAX_RANGES: usize = 200_000;
const MAX_PATH: usize = 4_096;

/// What a record says of one revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The id of the commit.
    pub revision: String,
    /// Its lines.
    pub records: Vec<LineRecord>,
}

#[derive(Deserialize)]
struct Record {
    version: String,
    vcs: Option<Vcs>,
    tool: Option<Tool>,
    files: Vec<File>,
}

#[derive(Deserialize)]
struct Vcs {
    #[serde(rename = "type")]
    kind: String,
    revision: String,
}

#[derive(Deserialize)]
struct Tool {
    name: Option<String>,
}

#[derive(Deserialize)]
struct File {
    path: String,
    #[serde(default)]
    conversations: Vec<Conversation>,
}

#[derive(Deserialize)]
struct Conversation {
    contributor: Option<Contributor>,
    #[serde(default)]
    ranges: Vec<Range>,
}

#[derive(Deserialize)]
struct Range {
    start_line: u32,
    end_line: u32,
    contributor: Option<Contributor>,
}

#[derive(Deserialize)]
struct Contributor {
    #[serde(rename = "type")]
    kind: String,
    model_id: Option<String>,
}

/// Reads a file of records. Records that are malformed, of another version, or that do not say of which commit of git they are,
/// are left out: without a revision nobody knows which lines they mean.
pub fn parse(file: &[u8]) -> Vec<Trace> {
    if file.len() > MAX_BYTES {
        return Vec::new();
    }
    let mut left = MAX_RANGES;
    let one = |bytes: &[u8]| serde_json::from_slice::<Record>(bytes).ok();
    let records: Vec<Record> = match serde_json::from_slice::<Vec<Record>>(file) {
        Ok(records) => records,
        Err(_) => match one(file) {
            Some(record) => vec![record],
            None => {
                file.split(|b| *b == b'\n').filter(|line| !line.is_empty()).take(MAX_RECORDS).filter_map(one).collect()
            }
        },
    };
    records.iter().take(MAX_RECORDS).filter_map(|record| record.trace(&mut left)).collect()
}

impl Record {
    fn trace(&self, left: &mut usize) -> Option<Trace> {
        let vcs = self.vcs.as_ref().filter(|vcs| vcs.kind == "git" && is_commit(&vcs.revision))?;
        // The schema of the format asks for two numbers, its text gives three.
        if self.version != "0.1.0" && self.version != "0.1" {
            return None;
        }
        let mut records = Vec::new();
        for file in self.files.iter().filter(|file| (1..=MAX_PATH).contains(&file.path.len())) {
            for conversation in &file.conversations {
                for range in &conversation.ranges {
                    let contributor = range.contributor.as_ref().or(conversation.contributor.as_ref());
                    let Some(writer) = contributor.and_then(|contributor| self.writer(contributor)) else { continue };
                    if range.start_line == 0 || range.end_line < range.start_line {
                        continue;
                    }
                    *left = left.checked_sub(1)?;
                    let path = file.path.strip_prefix("./").unwrap_or(&file.path).to_owned();
                    records.push(LineRecord { path, ranges: vec![(range.start_line, range.end_line)], writer });
                }
            }
        }
        Some(Trace { revision: vcs.revision.to_ascii_lowercase(), records })
    }

    /// What an agent and a person wrote together counts as the agent's.
    fn writer(&self, contributor: &Contributor) -> Option<Writer> {
        match contributor.kind.as_str() {
            "ai" | "mixed" => {
                let agent = self.tool.as_ref().and_then(|tool| tool.name.clone());
                Some(Writer::Agent { agent, model: contributor.model_id.clone() })
            }
            "human" => Some(Writer::Human),
            _ => None,
        }
    }
}

fn is_commit(id: &str) -> bool {
    matches!(id.len(), 40 | 64) && id.bytes().all(|b| b.is_ascii_hexdigit())
}
