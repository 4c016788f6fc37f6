//! What the files of a folder of Go declare, as far as a look at the beginnings of their lines tells: enough to know which of
//! them belong together, without reading them as code.

use rustc_hash::FxHashSet;

use super::Unit;

/// A folder with more files is no package that somebody wrote.
pub const MAX_FILES: usize = 200;

/// What a file declares for its whole package.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// The name in its package clause.
    pub package: String,
    /// Functions, types, variables and constants.
    pub names: FxHashSet<String>,
    /// Types that it gives methods to.
    pub receivers: FxHashSet<String>,
}

impl Declared {
    /// Reads the declarations of a text.
    pub fn of(text: &str) -> Declared {
        let mut out = Declared::default();
        let mut group = false;
        let text = without_asides(text);
        for line in text.lines() {
            if group {
                group = !line.starts_with(')');
                let inside = line.strip_prefix('\t').or_else(|| line.strip_prefix("    "));
                out.names.extend(inside.map(identifier).filter(|n| !n.is_empty()).map(str::to_owned));
                continue;
            }
            let Some((keyword, rest)) = line.split_once(' ') else { continue };
            match keyword {
                "package" if out.package.is_empty() => out.package = identifier(rest.trim_start()).to_owned(),
                "func" if rest.starts_with('(') => {
                    let inside = rest.get(1..).and_then(|r| r.split_once(')')).map_or("", |(inside, _)| inside);
                    let ty = inside.split([' ', '*']).rfind(|w| !w.is_empty()).map_or("", identifier);
                    out.receivers.insert(ty.to_owned());
                }
                "var" | "const" | "type" if rest.trim_start().starts_with('(') => group = true,
                "func" | "var" | "const" | "type" => _ = out.names.insert(identifier(rest.trim_start()).to_owned()),
                _ => {}
            }
        }
        out
    }

    /// Whether a file can be of the same package, and speaks of what this one declares. Two files that declare the same name
    /// do not build together.
    pub fn belongs_to(&self, unit: &Unit, own: &Declared) -> bool {
        let repeated = |name: &&String| own.names.contains(*name) && *name != "init" && *name != "_";
        self.package == own.package
            && !self.names.iter().any(|name| repeated(&name))
            && (self.is_named_by(unit) || self.receivers.iter().any(|ty| own.names.contains(ty)))
    }

    /// Whether a file names anything that is declared here.
    pub fn is_named_by(&self, unit: &Unit) -> bool {
        self.names.iter().any(|name| unit.file.names.get(name).is_some())
    }
}

/// The text without what stands in comments and raw strings, both of which can go over several lines.
fn without_asides(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['`', '"', '\'', '/']) {
        let (before, behind) = rest.split_at(at);
        out.push_str(before);
        let end = match behind.as_bytes() {
            [b'/', b'/', ..] => behind.find('\n'),
            [b'/', b'*', ..] => behind.get(2..).and_then(|b| b.find("*/")).map(|i| i + 4),
            [b'`', ..] => behind.get(1..).and_then(|b| b.find('`')).map(|i| i + 2),
            [b'/', ..] => Some(1),
            [quote, ..] => Some(quoted_length(behind, *quote)),
            [] => None,
        };
        rest = end.and_then(|end| behind.get(end..)).unwrap_or("");
    }
    out + rest
}

/// How long the string in quotes is that a text begins with; it ends with its line at the latest.
fn quoted_length(text: &str, quote: u8) -> usize {
    let mut escaped = false;
    for (i, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'\n' => return i,
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            _ if byte == quote => return i + 1,
            _ => {}
        }
    }
    text.len()
}

/// The identifier that a text begins with.
fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    const WORDS: &str = "\
// package wrong
package web

import \"fmt\"

var letters = 3
const (
\tMax = 1
\tmin, mid = 2, 3
)
type Store struct {
\tDB string
}
func (s *Store) Find(name string) {}
func (Cart) Empty() {}
func clean[T any](x T) T {
\tvar inner = x
\treturn inner
}
";

    #[test]
    fn declarations_are_read_off_the_lines() {
        let declared = Declared::of(WORDS);
        let mut names: Vec<&str> = declared.names.iter().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(declared.package, "web");
        assert_eq!(names, ["Max", "Store", "clean", "letters", "min"]);
        let mut receivers: Vec<&str> = declared.receivers.iter().map(String::as_str).collect();
        receivers.sort_unstable();
        assert_eq!(receivers, ["Cart", "Store"]);
    }

    #[test]
    fn files_that_declare_the_same_do_not_belong_together() {
        let belongs = |code: &str| {
            let unit = crate::inspect::lowered("a.go", code.as_bytes(), 1000).expect("it can be read");
            Declared::of(WORDS).belongs_to(&unit, &Declared::of(code))
        };
        assert!(belongs("package web\n\nfunc use() { clean(1) }\n"));
        assert!(!belongs("package shop\n\nfunc use() { clean(1) }\n"), "another package");
        assert!(!belongs("package web\n\nfunc use() { other(1) }\n"), "nothing in common");
        assert!(!belongs("package web\n\nvar letters = 1\nfunc use() { clean(1) }\n"), "declared twice");
        assert!(belongs("package web\n\ntype Cart struct{}\n"), "its methods");
    }

    #[test]
    fn comments_and_texts_declare_nothing() {
        let text = "/*\npackage wrong\nfunc a() {}\n*/\npackage web\nvar b = `\nfunc c() {}\n`\nvar d = \"/*\"\nfunc e() {} // *\nvar f = '`'\n/*\npackage other\n*/\n";
        let declared = Declared::of(text);
        let mut names: Vec<&str> = declared.names.iter().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!((declared.package.as_str(), names), ("web", vec!["b", "d", "e", "f"]));
    }

    #[test]
    fn any_text_is_read() {
        for text in ["", "package", "func (", "func ()", "func", "type ( x", "var (\n)\n)", "func (é *", "const \u{0}"]
        {
            Declared::of(text);
        }
    }
}
