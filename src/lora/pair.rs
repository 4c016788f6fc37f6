//! Code before and after a fix.

use super::row::Source;
use crate::syntax::hir::Language;
use crate::syntax::language_of;

/// Languages that weights can learn from though we do not analyse them: the ends of file names, and the name.
const OTHERS: &[(&[&str], &str)] = &[
    (&["c", "h"], "C"),
    (&["cc", "cpp", "cxx", "hpp", "hh", "C"], "C++"),
    (&["rb"], "Ruby"),
    (&["php"], "PHP"),
    (&["cs"], "C#"),
    (&["rs"], "Rust"),
    (&["kt"], "Kotlin"),
    (&["swift"], "Swift"),
    (&["scala"], "Scala"),
];

/// The language of some code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// One that we analyse.
    Ours(Language),
    /// Another one, by the name that people write.
    Other(&'static str),
}

impl Tongue {
    /// The language of a file by its name, or of a name such as `python`; `None` where neither is known.
    pub fn of(file: &str, name: &str) -> Option<Tongue> {
        let by_file = || {
            let (_, end) = file.rsplit_once('.')?;
            let own = language_of(file).map(Tongue::Ours);
            own.or_else(|| OTHERS.iter().find(|(ends, _)| ends.contains(&end)).map(|(_, name)| Tongue::Other(name)))
        };
        let by_name = || {
            let named = |text: &str| text.eq_ignore_ascii_case(name);
            let languages =
                [Language::Python, Language::JavaScript, Language::TypeScript, Language::Java, Language::Go];
            let own = languages.into_iter().find(|l| named(l.name())).map(Tongue::Ours);
            own.or_else(|| OTHERS.iter().find(|(_, other)| named(other)).map(|(_, other)| Tongue::Other(other)))
        };
        by_name().or_else(by_file)
    }

    /// Its name, as people write it.
    pub fn name(self) -> &'static str {
        match self {
            Tongue::Ours(language) => crate::harden::prompted::prompt::language_name(language),
            Tongue::Other(name) => name,
        }
    }

    /// The word behind a fence.
    pub fn fence(self) -> String {
        match self {
            Tongue::Ours(language) => crate::harden::prompted::prompt::fence(language).to_string(),
            Tongue::Other(name) => name.to_lowercase(),
        }
    }
}

/// Code before and after a fix: a file, or a function alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Where it is from.
    pub source: Source,
    /// Its licence, or `unknown`.
    pub licence: String,
    /// What it belongs to: pairs of one group are learnt from, or measured with, and never both.
    pub group: String,
    /// Its language.
    pub tongue: Tongue,
    /// The weakness that was mended, where the source says it.
    pub cwe: Option<u32>,
    /// The weak code.
    pub before: String,
    /// The mended code.
    pub after: String,
}

/// The repository of a commit that is named by a place such as `host/owner/name/commit/ID`; else the whole name.
pub fn repository(commit: &str) -> &str {
    commit.split_once("/commit/").map_or(commit, |(repository, _)| repository)
}

/// Text without the indentation that all of its lines share; methods are cut out of their classes with it.
pub fn dedented(text: &str) -> String {
    let filled = || text.lines().filter(|line| !line.trim().is_empty());
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let Some(first) = filled().next() else { return String::new() };
    let least = filled().map(indent).min().unwrap_or(0);
    let shared = first.get(..least).unwrap_or_default();
    if !filled().all(|line| line.starts_with(shared)) {
        return text.trim_end().to_string() + "\n";
    }
    let lines = text.lines().map(|line| line.strip_prefix(shared).unwrap_or(line.trim_start()).trim_end());
    lines.collect::<Vec<_>>().join("\n").trim_end().trim_start_matches('\n').to_string() + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_known_by_file_or_name() {
        assert_eq!(Tongue::of("src/a.py", ""), Some(Tongue::Ours(Language::Python)));
        assert_eq!(Tongue::of("x", "Go"), Some(Tongue::Ours(Language::Go)));
        assert_eq!(Tongue::of("a.C", ""), Some(Tongue::Other("C++")));
        assert_eq!(Tongue::of("", "ruby").map(|t| t.fence()), Some("ruby".to_string()));
        assert_eq!(Tongue::of("Makefile", ""), None);
    }

    #[test]
    fn what_all_lines_share_is_taken_away() {
        assert_eq!(dedented("    def f():\n\n        return 1\n"), "def f():\n\n    return 1\n");
        assert_eq!(dedented("\tf {\n  g\n"), "\tf {\n  g\n");
        assert_eq!(dedented("\n\n"), "");
    }

    #[test]
    fn a_commit_is_of_its_repository() {
        assert_eq!(repository("host/a/b/commit/12ab"), "host/a/b");
        assert_eq!(repository("12ab"), "12ab");
    }
}
