//! What the author, the committer and the trailers of a commit say.

use super::identity::name_and_email;
use super::marks::{Form, Marks, Says};
use super::{Authorship, Evidence, Level, Source};

/// Trailers of a message that say something; further ones change nothing.
const MAX_MARKS: usize = 50;
/// The longest name of a trailer, and the longest value that is looked at, in bytes.
const MAX_TRAILER: usize = 64;
const MAX_VALUE: usize = 1_000;

/// A name with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Person<'a> {
    /// The name.
    pub name: &'a str,
    /// The address.
    pub email: &'a str,
}

/// What marks of a commit are looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit<'a> {
    /// Its id.
    pub id: &'a str,
    /// Who wrote it.
    pub author: Person<'a>,
    /// Who committed it.
    pub committer: Person<'a>,
    /// The whole message.
    pub message: &'a str,
}

impl Commit<'_> {
    /// What the commit's marks say.
    pub fn authorship(&self, marks: &Marks) -> Authorship {
        let mut found = Authorship::default();
        for (role, person) in [("author", self.author), ("committer", self.committer)] {
            for identity in marks.identities(person.name, person.email) {
                let level = if role == "author" { identity.author } else { identity.committer };
                let Some(level) = level else { continue };
                let mark = with_origin(format!("{role} {} <{}>", person.name, person.email), &identity.declared);
                found = found.and(&self.says(level, identity.agent.as_deref(), None, mark));
            }
        }
        if !marks.is_quoting(self.author.name, self.author.email) {
            found = self.trailers(marks, found);
        }
        found
    }

    fn trailers(&self, marks: &Marks, mut found: Authorship) -> Authorship {
        let mut left = MAX_MARKS;
        for (name, value) in trailers(self.message) {
            let says = match name.eq_ignore_ascii_case("Co-authored-by") {
                true => self.co_author(marks, name, value),
                false => Authorship::default(),
            };
            let says = marks.trailers(name).iter().fold(says, |says, trailer| {
                let wanted = trailer.value.as_deref();
                let fits = wanted.map_or_else(|| trailer.form.fits(value), |wanted| wanted == value);
                if fits { says.and(&self.trailer(&trailer.says, trailer.form, name, value)) } else { says }
            });
            if says.level == Level::Unknown {
                continue;
            }
            found = found.and(&says);
            left -= 1;
            if left == 0 {
                break;
            }
        }
        found
    }

    fn co_author(&self, marks: &Marks, trailer: &str, value: &str) -> Authorship {
        let Some((name, email)) = name_and_email(value) else { return Authorship::default() };
        let mut found = Authorship::default();
        for identity in marks.identities(name, email) {
            let Some(level) = identity.co_author else { continue };
            let model = identity.model.as_ref().and_then(|model| model.of(name));
            let mark = with_origin(format!("trailer {trailer}: {value}"), &identity.declared);
            found = found.and(&self.says(level, identity.agent.as_deref(), model, mark));
        }
        found
    }

    fn trailer(&self, says: &Says, form: Form, name: &str, value: &str) -> Authorship {
        let (agent, model) = match (form, agent_and_model(value)) {
            (Form::AgentAndModel, Some((agent, model))) => (Some(agent), Some(model)),
            _ => (says.agent.as_deref(), None),
        };
        self.says(says.level, agent, model, with_origin(format!("trailer {name}: {value}"), &says.declared))
    }

    fn says(&self, level: Level, agent: Option<&str>, model: Option<&str>, mark: String) -> Authorship {
        let evidence = Evidence { source: Source::Commit, commit: Some(self.id.to_owned()), mark };
        Authorship::of_mark(level, agent, model, evidence)
    }
}

/// A mark with where the policy declares it, if it does.
pub(super) fn with_origin(mark: String, declared: &Option<String>) -> String {
    match declared {
        Some(origin) => format!("{mark}, declared at {origin}"),
        None => mark,
    }
}

/// The lines of a message that have the form of a trailer, with name and value, wherever they stand behind the subject: the
/// message of a squash merge has those of many commits in its middle. Lines that are indented or in a block of code are quoted.
pub(super) fn trailers(message: &str) -> impl Iterator<Item = (&str, &str)> {
    let body = message.trim_start_matches(['\n', '\r']).split_once('\n').map_or("", |(_, body)| body);
    unfenced(body).filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_name = (1..=MAX_TRAILER).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !name.starts_with('-');
        let value = value.trim();
        (is_name && !value.is_empty() && value.len() <= MAX_VALUE).then_some((name, value))
    })
}

/// The lines of a text that are not between two fences of a block of code. A fence without a second one is none.
pub(super) fn unfenced(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            if rest.is_empty() {
                return None;
            }
            let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
            rest = behind;
            match fence(line).and_then(|fence| behind_fence(behind, fence)) {
                Some(after) => rest = after,
                None => return Some(line.strip_suffix('\r').unwrap_or(line)),
            }
        }
    })
}

/// The sign that opens a block of code.
fn fence(line: &str) -> Option<&'static str> {
    let line = line.trim_start_matches(' ');
    ["```", "~~~"].into_iter().find(|fence| line.starts_with(fence))
}

/// The text behind the line that closes a block of code.
fn behind_fence<'a>(text: &'a str, fence: &str) -> Option<&'a str> {
    let mut rest = text;
    while !rest.is_empty() {
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        if line.trim_start_matches(' ').starts_with(fence) {
            return Some(behind);
        }
        rest = behind;
    }
    None
}

impl Form {
    fn fits(self, value: &str) -> bool {
        match self {
            Form::Link => is_link(value),
            Form::Word => !value.contains(char::is_whitespace),
            Form::AgentAndModel => agent_and_model(value).is_some(),
            Form::Any => true,
        }
    }
}

fn is_link(value: &str) -> bool {
    let rest = value.strip_prefix("https://").unwrap_or_default();
    !rest.is_empty() && !value.contains(char::is_whitespace)
}

/// `Claude:claude-opus-4-5`, perhaps with tools behind it. Where people are thanked there is a name, an address or a link.
fn agent_and_model(value: &str) -> Option<(&str, &str)> {
    let (agent, rest) = value.split_once(':')?;
    let model = rest.split(' ').next().unwrap_or_default();
    let word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_agent = agent.len() <= 40
        && agent.starts_with(|c: char| c.is_ascii_alphabetic())
        && !agent.ends_with(' ')
        && agent.chars().all(|c| word(c) || c == ' ');
    let is_model = model.starts_with(|c: char| c.is_ascii_alphanumeric())
        && model.chars().all(|c| word(c) || "/:@[]".contains(c))
        && model.contains(|c: char| c.is_ascii_alphabetic());
    (is_agent && is_model).then_some((agent, model))
}
