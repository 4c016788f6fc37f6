//! What a pull request says: who opened it, from which branch, with which labels, title and body.

use super::commit::{unfenced, with_origin};
use super::marks::{Branch, Feature, Marks, Says};
use super::{Authorship, Evidence, Level, Source};

/// The longest body that is looked at, in bytes. GitHub takes 65,536 characters.
const MAX_BODY: usize = 512 * 1024;

/// The texts of a pull request, as whoever opened it wrote them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PullRequest {
    /// The login of the user who opened it.
    pub user: String,
    /// The branch that it comes from.
    pub branch: String,
    /// The names of its labels.
    pub labels: Vec<String>,
    /// Its title.
    pub title: String,
    /// Its body, in Markdown.
    pub body: String,
}

impl PullRequest {
    /// What its marks say of every line that it brings in.
    pub fn authorship(&self, marks: &Marks) -> Authorship {
        let mut found = Authorship::default();
        for identity in marks.users(&self.user) {
            // An agent's account opened it; who committed which line, the commits say.
            if identity.author.is_some() {
                let mark = with_origin(format!("user {}", self.user), &identity.declared);
                found = found.and(&says(Level::Assisted, identity.agent.as_deref(), mark));
            }
        }
        for (branch, meaning) in &marks.branches {
            let fits = match branch {
                Branch::Prefix(prefix) => {
                    self.branch.strip_prefix(prefix.as_str()).is_some_and(|rest| !rest.is_empty())
                }
                Branch::Glob(glob) => !self.branch.is_empty() && glob.is_match(&self.branch),
            };
            if fits {
                found = found.and(&meaning.of(format!("branch {}", self.branch)));
            }
        }
        let body = if marks.is_quoting_user(&self.user) { Body::default() } else { Body::of(&self.body) };
        for (feature, meaning) in &marks.features {
            if let Some(mark) = self.has(feature, &body) {
                found = found.and(&meaning.of(mark));
            }
        }
        found
    }

    /// The mark in words, if the pull request has it.
    fn has(&self, feature: &Feature, body: &Body<'_>) -> Option<String> {
        match feature {
            Feature::User(user) => user.eq_ignore_ascii_case(&self.user).then(|| format!("user {user}")),
            Feature::Label(label) => {
                self.labels.iter().any(|has| has.eq_ignore_ascii_case(label)).then(|| format!("label {label}"))
            }
            Feature::Title(start) => self.title.starts_with(start.as_str()).then(|| format!("title {}", self.title)),
            Feature::Footer(start) => {
                body.lines.iter().any(|line| is_footer(line, start)).then(|| format!("line \"{start}\" of the body"))
            }
            Feature::Link(link) => {
                body.lines.iter().any(|line| has_link(line, link)).then(|| format!("link to {link} in the body"))
            }
            Feature::Comment(word) => {
                body.lines.iter().any(|line| has_comment(line, word)).then(|| format!("comment {word} in the body"))
            }
        }
    }
}

impl Says {
    fn of(&self, mark: String) -> Authorship {
        says(self.level, self.agent.as_deref(), with_origin(mark, &self.declared))
    }
}

fn says(level: Level, agent: Option<&str>, mark: String) -> Authorship {
    Authorship::of_mark(level, agent, None, Evidence { source: Source::PullRequest, commit: None, mark })
}

/// The lines of a body that its author wrote there, and does not quote: no block of code, no quotation, nothing folded up.
#[derive(Default)]
struct Body<'a> {
    lines: Vec<&'a str>,
}

impl<'a> Body<'a> {
    fn of(text: &'a str) -> Body<'a> {
        let text = text.get(..crate::report::text::floor_boundary(text, MAX_BODY)).unwrap_or_default();
        let mut depth = 0_usize;
        let mut lines = Vec::new();
        for line in unfenced(text) {
            let outside = depth == 0;
            let tags = tags(line);
            depth = (depth + tags.0).saturating_sub(tags.1);
            let quoted = line.trim_start().starts_with('>') || line.starts_with("    ") || line.starts_with('\t');
            if outside && tags.0 == 0 && !quoted {
                lines.push(line);
            }
        }
        Body { lines }
    }
}

/// How many foldings or quotations of HTML a line opens and closes.
fn tags(line: &str) -> (usize, usize) {
    if !line.contains('<') {
        return (0, 0);
    }
    let line = line.to_ascii_lowercase();
    let count = |tag: &str| line.matches(tag).count();
    (count("<details") + count("<blockquote"), count("</details") + count("</blockquote"))
}

/// Whether a line begins so, behind signs that are no quotation and no bullet of a list.
fn is_footer(line: &str, start: &str) -> bool {
    let is_item = |sign: char| line.trim_start().strip_prefix(sign).is_some_and(|rest| rest.starts_with(' '));
    if ['-', '*', '+'].into_iter().any(is_item) {
        return false;
    }
    // A picture such as a robot's face, the stars of emphasis. Letters of any script are none.
    let behind = line.trim_start_matches(|c: char| !c.is_alphanumeric() && !"[(<>\"'`".contains(c));
    behind.starts_with(start) && behind.get(start.len()..).is_none_or(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// Whether an address on a line begins so and goes on.
fn has_link(line: &str, link: &str) -> bool {
    let mut parts = line.split(link);
    let mut before = parts.next().unwrap_or_default();
    for after in parts {
        let alone = !before.ends_with(|c: char| c.is_alphanumeric() || "/=&%".contains(c));
        if alone && after.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return true;
        }
        before = after;
    }
    false
}

/// Whether a line has a comment of HTML that says nothing but this.
fn has_comment(line: &str, word: &str) -> bool {
    let comments = line.split("<!--").skip(1).filter_map(|rest| rest.split_once("-->"));
    comments.into_iter().any(|(inside, _)| inside.trim() == word)
}
