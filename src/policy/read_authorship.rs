//! Reading the section `authorship`.

use super::authorship::{AiWrittenLayer, AuthorshipLayer, MarkLayer, SIGNS};
use super::fields::{Entry, Fields, Keys, Reader};
use super::origin::Located;
use crate::diagnostic::clip;

pub(super) const AUTHORSHIP: Keys = Keys { now: &["marks", "ai-written"], later: &[] };
pub(super) const AI_WRITTEN: Keys = Keys { now: &["users", "branches", "labels"], later: &[] };
const MARK: Keys = Keys { now: &["agent", "author", "committer", "trailer", "branch", "label", "user"], later: &[] };

/// Of one list.
const MAX_ENTRIES: usize = 500;
const MAX_CHARS: usize = 254;
/// Trailers that people sign with; without a value they would mark everybody's commits.
const OF_PEOPLE: [&str; 6] = ["signed-off-by", "co-authored-by", "reviewed-by", "acked-by", "tested-by", "reported-by"];

impl Reader<'_> {
    pub(super) fn authorship(&mut self, entry: &Entry<'_>) -> AuthorshipLayer {
        let Some(fields) = self.fields(entry, &AUTHORSHIP) else { return AuthorshipLayer::default() };
        let marks = fields.get("marks").and_then(|entry| {
            let items = self.items_or_none(entry)?;
            let items = self.not_too_many(entry, items)?;
            self.every(items, Self::mark)
        });
        AuthorshipLayer {
            marks: marks.unwrap_or_default(),
            ai_written: fields.get("ai-written").map(|entry| self.ai_written(entry)).unwrap_or_default(),
        }
    }

    fn mark(&mut self, entry: &Entry<'_>) -> Option<Located<MarkLayer>> {
        let fields = self.fields(entry, &MARK)?;
        let agent = self.required(&fields, "agent", "the name of the agent");
        let agent = agent.and_then(|entry| self.plain_text(entry, "the name of an agent"));
        self.one_sign(&fields)?;
        let mut text = |key: &str, read: fn(&mut Self, &Entry<'_>) -> Option<String>| match fields.get(key) {
            Some(entry) => read(self, entry).map(Some),
            None => Some(None),
        };
        let mark = MarkLayer {
            author: text("author", Self::identity)?,
            committer: text("committer", Self::identity)?,
            trailer: text("trailer", Self::trailer)?,
            branch: text("branch", Self::branch)?,
            label: text("label", Self::label)?,
            user: text("user", Self::user)?,
            agent: agent?,
        };
        Some(self.located(entry, mark))
    }

    fn one_sign(&mut self, fields: &Fields<'_>) -> Option<()> {
        let mut given = SIGNS.into_iter().filter_map(|key| Some((key, fields.get(key)?)));
        let Some((first, _)) = given.next() else {
            let message = format!("`{}` does not say what the mark is", fields.path);
            let help = format!("give one of {}", SIGNS.map(|key| format!("`{key}`")).join(", "));
            return self.error(fields.span.clone(), message, Some(help));
        };
        if let Some((second, entry)) = given.next() {
            let message = format!("`{}` has both `{first}` and `{second}`", fields.path);
            let help = "write two entries, one for each".to_owned();
            return self.error(entry.key.clone(), message, Some(help));
        }
        Some(())
    }

    fn ai_written(&mut self, entry: &Entry<'_>) -> AiWrittenLayer {
        let Some(fields) = self.fields(entry, &AI_WRITTEN) else { return AiWrittenLayer::default() };
        let mut list = |key: &str, read: fn(&mut Self, &Entry<'_>) -> Option<String>| {
            let entry = fields.get(key)?;
            let items = self.items(entry)?;
            let items = self.not_too_many(entry, items)?;
            self.every(items, |reader, item| read(reader, item).map(|value| reader.located(item, value)))
        };
        AiWrittenLayer {
            users: list("users", Self::user).unwrap_or_default(),
            branches: list("branches", Self::branch).unwrap_or_default(),
            labels: list("labels", Self::label).unwrap_or_default(),
        }
    }

    fn not_too_many<'n>(&mut self, entry: &Entry<'_>, items: Vec<Entry<'n>>) -> Option<Vec<Entry<'n>>> {
        if items.len() > MAX_ENTRIES {
            let message = format!("`{}` has {} entries, at most {MAX_ENTRIES} are read", entry.path, items.len());
            return self.report(entry, message, None);
        }
        Some(items)
    }

    /// Text of one line without anything around it.
    fn plain_text(&mut self, entry: &Entry<'_>, wanted: &str) -> Option<String> {
        let text = self.string(entry, wanted)?;
        let plain = !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control);
        match plain && text.chars().count() <= MAX_CHARS {
            true => Some(text.to_owned()),
            false => {
                let message = format!("`{}` must be {wanted}, not `{}`", entry.path, clip(text));
                self.report(entry, message, Some(format!("one line of 1 to {MAX_CHARS} characters")))
            }
        }
    }

    fn identity(&mut self, entry: &Entry<'_>) -> Option<String> {
        let text = self.plain_text(entry, "an address or the login of a bot")?;
        let spaced = text.contains(|c: char| c.is_whitespace() || "<>".contains(c));
        let is_address = text
            .split_once('@')
            .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty() && !domain.contains('@'));
        let is_bot = text.strip_suffix("[bot]").is_some_and(|login| !login.is_empty());
        if !spaced && (is_address || is_bot) {
            return Some(text);
        }
        let message = format!("`{}` must be an address or the login of a bot, not `{}`", entry.path, clip(&text));
        let help = "write `name@example.com` or `name[bot]`; by their names alone, people would be marked too";
        self.report(entry, message, Some(help.to_owned()))
    }

    fn trailer(&mut self, entry: &Entry<'_>) -> Option<String> {
        let text = self.plain_text(entry, "a trailer")?;
        let (name, value) = text.split_once(':').map_or((text.as_str(), None), |(name, value)| (name, Some(value)));
        let is_name = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !name.starts_with('-');
        if !is_name || value.is_some_and(|value| value.trim().is_empty()) {
            let message = format!("`{}` must be a trailer, not `{}`", entry.path, clip(&text));
            return self.report(entry, message, Some("write `Name`, or `Name: value`".to_owned()));
        }
        if value.is_none() && OF_PEOPLE.contains(&name.to_ascii_lowercase().as_str()) {
            let message = format!("the trailer `{name}` alone would mark the commits of people");
            let help = "for a co-author, write `author: name@example.com`, which looks at this trailer too".to_owned();
            return self.report(entry, message, Some(help));
        }
        Some(text)
    }

    fn branch(&mut self, entry: &Entry<'_>) -> Option<String> {
        self.glob_list(entry, vec![entry.clone()])?.pop()
    }

    fn label(&mut self, entry: &Entry<'_>) -> Option<String> {
        self.plain_text(entry, "a label")
    }

    fn user(&mut self, entry: &Entry<'_>) -> Option<String> {
        let text = self.plain_text(entry, "the login of a user")?;
        let login = text.strip_suffix("[bot]").unwrap_or(&text);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if !login.is_empty() && login.chars().all(plain) && login.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Some(text);
        }
        let message = format!("`{}` must be the login of a user, not `{}`", entry.path, clip(&text));
        let near = text.strip_prefix('@').map(|login| format!("write `{}`", clip(login)));
        self.report(entry, message, near.or_else(|| Some("letters, digits, `-` and `_`, perhaps `[bot]`".to_owned())))
    }
}
