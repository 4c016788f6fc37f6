//! The lines of a change by file and author, for `tempergate authorship`: as a table for people, and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Authors, Authorship, Level};
use crate::report::model::ChangeInfo;
use crate::report::text;

/// Characters of an agent's name and of a piece of evidence in the table.
const AGENT: usize = 40;
const EVIDENCE: usize = 140;

/// What is listed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listing {
    /// What was compared.
    #[serde(flatten)]
    pub change: ChangeInfo,
    /// How many commits of the change are of each level, by their own marks.
    pub commits: BTreeMap<String, usize>,
    /// Changed lines.
    pub lines: usize,
    /// Those that are AI-written.
    pub ai_lines: usize,
    /// Their share in percent; absent where no line changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ai_share: Option<f64>,
    /// By file, then the strongest level first, then by agent and model.
    pub files: Vec<Listed>,
    /// Why not all of the change was looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub incomplete: Option<String>,
}

/// Lines of a file by one author.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    /// The file.
    pub path: String,
    /// How many changed lines.
    pub lines: usize,
    /// How many of the file's changed lines that is, in percent.
    pub share: f64,
    /// Who wrote them.
    #[serde(flatten)]
    pub author: Authorship,
}

fn percent(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 * 1_000.0 / whole as f64).round() / 10.0 }
}

/// Counts the lines of a change.
pub fn listing(change: ChangeInfo, authors: &Authors) -> Listing {
    let rows = authors.rows();
    let mut by_file: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *by_file.entry(row.path.as_str()).or_default() += row.lines;
    }
    let lines = by_file.values().sum();
    let ai_lines = rows.iter().filter(|row| row.author.level.is_ai()).map(|row| row.lines).sum();
    let files = rows.iter().map(|row| {
        let of_file = by_file.get(row.path.as_str()).copied().unwrap_or_default();
        let share = percent(row.lines, of_file);
        Listed { path: row.path.clone(), lines: row.lines, share, author: row.author.clone() }
    });
    let levels = [Level::Agent, Level::Assisted, Level::Unknown];
    Listing {
        change,
        commits: levels.map(|level| (level.to_string(), authors.commits(level))).into(),
        lines,
        ai_lines,
        ai_share: (lines > 0).then(|| percent(ai_lines, lines)),
        files: files.collect(),
        incomplete: authors.incomplete().map(str::to_owned),
    }
}

impl Listing {
    /// The table for people. Whatever others wrote is on one line and has no hidden characters.
    pub fn table(&self) -> String {
        let mut out = format!("{}\n", self.compared());
        if self.lines == 0 {
            out.push_str("No line of a text file changed.\n");
            return out;
        }
        let heads = ["file", "lines", "share", "level", "agent", "evidence"].map(str::to_owned);
        let mut rows = vec![heads];
        let mut before = None;
        for file in &self.files {
            let path = if before == Some(&file.path) { String::new() } else { text::visible(&file.path).into_owned() };
            before = Some(&file.path);
            rows.push([
                path,
                file.lines.to_string(),
                format!("{}%", file.share),
                file.author.level.to_string(),
                agent(&file.author),
                evidence(&file.author),
            ]);
        }
        out.push('\n');
        out.push_str(&aligned(&rows));
        out.push_str(&format!("\n{}\n", self.sum()));
        if let Some(why) = &self.incomplete {
            out.push_str(&format!("Not all of it was looked at: {}.\n", text::brief(why, 200)));
        }
        out
    }

    fn compared(&self) -> String {
        let change = &self.change;
        let short = |id: &str| text::brief(id.get(..12).unwrap_or(id), 12);
        let (base, head) = (text::brief(&change.base, 80), text::brief(&change.head, 80));
        format!("From {base} (merge-base {}) to {head}", short(&change.merge_base))
    }

    fn sum(&self) -> String {
        let count = |level: Level| self.commits.get(&level.to_string()).copied().unwrap_or_default();
        let commits = [Level::Agent, Level::Assisted, Level::Unknown].map(count);
        format!(
            "{} of {} AI-written ({}%); of {}, {} by agents, {} assisted, {} without a mark",
            self.ai_lines,
            text::count(self.lines, "changed line"),
            self.ai_share.unwrap_or_default(),
            text::count(commits.iter().sum(), "commit"),
            commits[0],
            commits[1],
            commits[2],
        )
    }
}

fn agent(author: &Authorship) -> String {
    let name = match (&author.agent, author.level) {
        (Some(agent), _) => agent.clone(),
        (None, Level::Unknown) => "–".to_owned(),
        (None, _) => "not named".to_owned(),
    };
    let model = author.model.as_ref().map(|model| format!(" ({model})")).unwrap_or_default();
    text::brief(&format!("{name}{model}"), AGENT)
}

fn evidence(author: &Authorship) -> String {
    let more = author.evidence.len().saturating_sub(1);
    let more = if more == 0 { String::new() } else { format!(" (and {more} more)") };
    match author.evidence.first() {
        Some(first) => format!("{}{more}", text::brief(&first.to_string(), EVIDENCE)),
        None => "–".to_owned(),
    }
}

/// Rows in columns; numbers stand to the right.
fn aligned(rows: &[[String; 6]]) -> String {
    let width = |column: usize| {
        rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            match column {
                1 | 2 => line.extend([pad.as_str(), cell, "  "]),
                _ => line.extend([cell.as_str(), &pad, "  "]),
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}
