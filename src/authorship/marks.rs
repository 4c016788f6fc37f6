//! The marks, ready to be looked up: those of `marks.yml`, and those that a policy declares.

use std::sync::LazyLock;

use globset::GlobMatcher;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::declared::{Declared, Sign};
use super::{Level, identity};
use crate::yaml;

const BUILT_IN: &str = include_str!("marks.yml");

static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    // The tests hold that the file can be read.
    yaml::typed::<File>(BUILT_IN, "list of marks").map(Marks::of_file).unwrap_or_default()
});

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct File {
    identities: Vec<IdentityRow>,
    trailers: Vec<TrailerRow>,
    branches: Vec<BranchRow>,
    pull_requests: Vec<PullRequestRow>,
    quoting: Vec<IdentityRow>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct IdentityRow {
    agent: Option<String>,
    email: Option<String>,
    account: Option<u64>,
    login: Option<String>,
    name_ending: Option<String>,
    author: Option<Level>,
    co_author: Option<Level>,
    model: Option<ModelIn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct TrailerRow {
    agent: Option<String>,
    name: String,
    value: Option<String>,
    form: Option<Form>,
    level: Level,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BranchRow {
    agent: String,
    prefix: String,
    level: Level,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PullRequestRow {
    agent: String,
    user: Option<String>,
    label: Option<String>,
    title: Option<String>,
    footer: Option<String>,
    link: Option<String>,
    comment: Option<String>,
    level: Level,
}

/// Where a co-author's name holds the model.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ModelIn {
    /// Behind this word.
    Behind(String),
    /// In brackets at the end.
    InBrackets,
}

impl ModelIn {
    pub(super) fn of<'a>(&self, name: &'a str) -> Option<&'a str> {
        match self {
            ModelIn::Behind(word) => name.strip_prefix(word.as_str())?.strip_prefix(' '),
            ModelIn::InBrackets => Some(name.strip_suffix(')')?.split_once('(')?.1),
        }
    }
}

/// What the value of a trailer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Form {
    Link,
    Word,
    AgentAndModel,
    /// Anything; for declared marks.
    Any,
}

/// What a mark says once it is found.
#[derive(Clone, Debug)]
pub(super) struct Says {
    pub agent: Option<String>,
    pub level: Level,
    /// Where a policy declares it.
    pub declared: Option<String>,
}

/// What an identity says, by where it stands.
#[derive(Clone, Debug)]
pub(super) struct Identity {
    pub agent: Option<String>,
    pub author: Option<Level>,
    pub committer: Option<Level>,
    pub co_author: Option<Level>,
    pub model: Option<ModelIn>,
    pub declared: Option<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Trailer {
    pub value: Option<String>,
    pub form: Form,
    pub says: Says,
}

#[derive(Clone, Debug)]
pub(super) enum Branch {
    Prefix(String),
    Glob(GlobMatcher),
}

/// What is looked for in a pull request beside its branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Feature {
    User(String),
    Label(String),
    Title(String),
    Footer(String),
    Link(String),
    Comment(String),
}

/// All marks that are looked for.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    identities: Vec<Identity>,
    emails: FxHashMap<String, Vec<usize>>,
    accounts: FxHashMap<u64, Vec<usize>>,
    logins: FxHashMap<String, Vec<usize>>,
    name_endings: Vec<(String, usize)>,
    trailers: FxHashMap<String, Vec<Trailer>>,
    pub(super) branches: Vec<(Branch, Says)>,
    pub(super) features: Vec<(Feature, Says)>,
    quoting_emails: Vec<String>,
    quoting_logins: Vec<String>,
}

impl Marks {
    /// Those that come with the program.
    pub fn built_in() -> &'static Marks {
        &MARKS
    }

    /// Those that come with the program, and those that a policy declares.
    pub fn with(declared: &Declared) -> Marks {
        let mut marks = Marks::built_in().clone();
        for mark in &declared.marks {
            marks.declare(mark.agent.clone(), &mark.sign, &mark.origin);
        }
        for (list, sign) in [
            (&declared.users, Sign::User as fn(String) -> Sign),
            (&declared.branches, Sign::Branch),
            (&declared.labels, Sign::Label),
        ] {
            for (value, origin) in list {
                marks.declare_written(&sign(value.clone()), origin);
            }
        }
        marks
    }

    pub(super) fn of_file(file: File) -> Marks {
        let mut marks = Marks::default();
        for row in file.identities {
            let committer = row.author;
            let identity = Identity {
                agent: row.agent,
                author: row.author,
                committer,
                co_author: row.co_author,
                model: row.model,
                declared: None,
            };
            let at = marks.identities.len();
            marks.identities.push(identity);
            row.email.into_iter().for_each(|email| marks.emails.entry(email).or_default().push(at));
            row.account.into_iter().for_each(|number| marks.accounts.entry(number).or_default().push(at));
            row.login.into_iter().for_each(|login| marks.logins.entry(login).or_default().push(at));
            row.name_ending.into_iter().for_each(|ending| marks.name_endings.push((ending, at)));
        }
        for row in file.trailers {
            let says = Says { agent: row.agent, level: row.level, declared: None };
            let trailer = Trailer { value: row.value, form: row.form.unwrap_or(Form::Any), says };
            marks.trailers.entry(row.name.to_ascii_lowercase()).or_default().push(trailer);
        }
        for row in file.branches {
            let says = Says { agent: Some(row.agent), level: row.level, declared: None };
            marks.branches.push((Branch::Prefix(row.prefix), says));
        }
        for row in file.pull_requests {
            let says = Says { agent: Some(row.agent), level: row.level, declared: None };
            let features = [
                row.user.map(Feature::User),
                row.label.map(Feature::Label),
                row.title.map(Feature::Title),
                row.footer.map(Feature::Footer),
                row.link.map(Feature::Link),
                row.comment.map(Feature::Comment),
            ];
            marks.features.extend(features.into_iter().flatten().map(|feature| (feature, says.clone())));
        }
        for row in file.quoting {
            marks.quoting_emails.extend(row.email);
            marks.quoting_logins.extend(row.login);
        }
        marks
    }

    /// A mark of an agent.
    fn declare(&mut self, agent: String, sign: &Sign, origin: &str) {
        let agent = Some(agent);
        match sign {
            Sign::Author(who) => self.declare_identity(agent, who, true, origin),
            Sign::Committer(who) => self.declare_identity(agent, who, false, origin),
            _ => self.declare_sign(agent, Level::Assisted, sign, origin),
        }
    }

    /// What makes a whole pull request AI-written.
    fn declare_written(&mut self, sign: &Sign, origin: &str) {
        self.declare_sign(None, Level::Agent, sign, origin);
    }

    fn declare_identity(&mut self, agent: Option<String>, who: &str, author: bool, origin: &str) {
        let at = self.identities.len();
        self.identities.push(Identity {
            agent,
            author: author.then_some(Level::Agent),
            committer: (!author).then_some(Level::Agent),
            // Where its commits are squashed, the author becomes a co-author.
            co_author: author.then_some(Level::Assisted),
            model: None,
            declared: Some(origin.to_owned()),
        });
        match identity::is_bot_login(who) {
            true => self.logins.entry(who.to_owned()).or_default().push(at),
            false => self.emails.entry(who.to_ascii_lowercase()).or_default().push(at),
        }
    }

    fn declare_sign(&mut self, agent: Option<String>, level: Level, sign: &Sign, origin: &str) {
        let says = Says { agent, level, declared: Some(origin.to_owned()) };
        match sign {
            Sign::Trailer { name, value } => {
                let trailer = Trailer { value: value.clone(), form: Form::Any, says };
                self.trailers.entry(name.to_ascii_lowercase()).or_default().push(trailer);
            }
            Sign::Branch(glob) => {
                // The policy's reader has tried it.
                if let Some(glob) = super::declared::branch_glob(glob) {
                    self.branches.push((Branch::Glob(glob), says));
                }
            }
            Sign::Label(label) => self.features.push((Feature::Label(label.clone()), says)),
            Sign::User(user) => self.features.push((Feature::User(user.clone()), says)),
            Sign::Author(_) | Sign::Committer(_) => {}
        }
    }

    /// The identities that a name with an address has.
    pub(super) fn identities(&self, name: &str, email: &str) -> impl Iterator<Item = &Identity> {
        let account = identity::account(email);
        let by_number = account.and_then(|(number, _)| self.accounts.get(&number?));
        let login = account.map(|(_, login)| login).filter(|login| identity::is_bot_login(login));
        let by_login = self.logins.get(login.unwrap_or(name));
        let by_email = self.emails.get(email.to_ascii_lowercase().as_str());
        let endings = self
            .name_endings
            .iter()
            .filter(|(ending, _)| name.strip_suffix(ending.as_str()).is_some_and(|before| !before.trim().is_empty()));
        let mut found: Vec<usize> = [by_email, by_number, by_login].into_iter().flatten().flatten().copied().collect();
        found.extend(endings.map(|(_, at)| *at));
        found.into_iter().filter_map(|at| self.identities.get(at))
    }

    /// The identities that a user of GitHub has.
    pub(super) fn users(&self, login: &str) -> impl Iterator<Item = &Identity> {
        self.logins.get(login).into_iter().flatten().filter_map(|at| self.identities.get(*at))
    }

    /// The marks that are trailers of this name.
    pub(super) fn trailers(&self, name: &str) -> &[Trailer] {
        self.trailers.get(name.to_ascii_lowercase().as_str()).map_or(&[], Vec::as_slice)
    }

    /// Whether what this identity writes quotes others.
    pub(super) fn is_quoting(&self, name: &str, email: &str) -> bool {
        let login = identity::account(email).map_or(name, |(_, login)| login);
        self.quoting_logins.iter().any(|known| known == login || known == name)
            || self.quoting_emails.iter().any(|known| known.eq_ignore_ascii_case(email))
    }

    /// The same of a user of GitHub.
    pub(super) fn is_quoting_user(&self, login: &str) -> bool {
        self.quoting_logins.iter().any(|known| known == login)
    }
}

/// The built-in marks with one part of one mark taken away, each with what that is.
#[cfg(test)]
pub(super) fn mutants() -> Vec<(String, Marks)> {
    let file = || -> File { serde_saphyr::from_str(BUILT_IN).unwrap_or_else(|error| panic!("{error}")) };
    let mut out = Vec::new();
    let mut add = |what: String, change: &dyn Fn(&mut File)| {
        let mut changed = file();
        change(&mut changed);
        out.push((what, Marks::of_file(changed)));
    };
    let all = file();
    for (at, row) in all.identities.iter().enumerate() {
        let name = |part: &str| format!("identity {at} ({:?}): {part}", row.agent);
        if row.author.is_some() {
            add(name("author"), &|file| file.identities[at].author = None);
        }
        if row.co_author.is_some() {
            add(name("co-author"), &|file| file.identities[at].co_author = None);
        }
        if row.model.is_some() {
            add(name("model"), &|file| file.identities[at].model = None);
        }
    }
    for at in 0..all.trailers.len() {
        add(format!("trailer {at}"), &|file| drop(file.trailers.remove(at)));
    }
    for at in 0..all.branches.len() {
        add(format!("branch {at}"), &|file| drop(file.branches.remove(at)));
    }
    for at in 0..all.pull_requests.len() {
        add(format!("pull request {at}"), &|file| drop(file.pull_requests.remove(at)));
    }
    for at in 0..all.quoting.len() {
        add(format!("quoting {at}"), &|file| drop(file.quoting.remove(at)));
    }
    out
}
