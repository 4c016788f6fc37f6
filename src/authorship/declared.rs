//! The marks that a policy declares beside those that everybody knows.

use globset::{GlobBuilder, GlobMatcher};

/// What a policy declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// Marks of agents.
    pub marks: Vec<DeclaredMark>,
    /// Users whose pull requests are AI-written, each with where that was written.
    pub users: Vec<(String, String)>,
    /// Globs of branches whose pull requests are.
    pub branches: Vec<(String, String)>,
    /// Labels of pull requests that are.
    pub labels: Vec<(String, String)>,
}

/// A mark of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredMark {
    /// The agent.
    pub agent: String,
    /// The mark.
    pub sign: Sign,
    /// Where it was written: `.tempergate.yml:7`.
    pub origin: String,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// The author of a commit: an address, or the login of a bot with `[bot]`.
    Author(String),
    /// The committer of a commit, in the same form.
    Committer(String),
    /// A trailer.
    Trailer {
        /// Its name.
        name: String,
        /// Its value; any where absent.
        value: Option<String>,
    },
    /// A glob of the pull request's branch.
    Branch(String),
    /// A label of the pull request.
    Label(String),
    /// The user who opened the pull request.
    User(String),
}

/// A glob of branches, as in a policy's paths: `*` stays between slashes, `**` crosses them.
pub(super) fn branch_glob(glob: &str) -> Option<GlobMatcher> {
    let glob = GlobBuilder::new(glob).literal_separator(true).backslash_escape(true).build();
    glob.ok().map(|glob| glob.compile_matcher())
}
