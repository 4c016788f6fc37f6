//! What may stand on the page: text whose hidden characters are visible, and addresses of a few fixed shapes. The template
//! engine escapes both for HTML; nothing that a report quotes reaches the page in any other type.

use serde::Serialize;

use crate::report::{cwe, text};

/// Characters of an address that a rule refers to.
const URL: usize = 300;
/// Paragraphs of a text.
const PARAGRAPHS: usize = 20;

/// Text that is fit to be shown, once it is escaped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Shown(String);

impl Shown {
    /// The text on one line, cut to about `limit` characters.
    pub fn brief(text: &str, limit: usize) -> Shown {
        Shown(text::brief(text, limit))
    }

    /// Code of one line; the caller has cut it.
    pub fn code(line: &str) -> Shown {
        Shown(text::visible_code(line).into_owned())
    }

    /// Code of several lines, each made visible by itself; the caller has cut them.
    pub fn block<'l>(lines: impl IntoIterator<Item = &'l str>) -> Shown {
        let lines = lines.into_iter().map(text::visible_code);
        Shown(lines.collect::<Vec<_>>().join("\n"))
    }

    /// The text with words of the program in front of it.
    pub fn after(&self, words: &str) -> Shown {
        Shown(format!("{words}{}", self.0))
    }

    /// The text without white space at its beginning.
    pub fn without_indentation(&self) -> Shown {
        Shown(self.0.trim_start().to_owned())
    }

    /// What is shown, not escaped yet.
    #[cfg(test)]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Part of a sentence or of a line of code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Piece {
    /// In a sentence: code. In a line of code: the part in question.
    pub marked: bool,
    /// The text.
    pub text: Shown,
}

/// The pieces that are not empty.
pub fn pieces<const N: usize>(parts: [(bool, &str); N]) -> Vec<Piece> {
    let parts = parts.into_iter().filter(|(_, part)| !part.is_empty());
    parts.map(|(marked, part)| Piece { marked, text: Shown::code(part) }).collect()
}

/// A sentence in which pairs of backticks make code, cut to about `limit` characters.
pub fn prose(text: &str, limit: usize) -> Vec<Piece> {
    let text = text::brief(text, limit);
    let mut out: Vec<(bool, String)> = Vec::new();
    let mut push = |marked: bool, part: &str| match out.last_mut() {
        Some((last, text)) if *last == marked && !marked => text.push_str(part),
        _ if part.is_empty() => {}
        _ => out.push((marked, part.to_owned())),
    };
    let mut rest = text.as_str();
    while let Some((before, quoted)) = rest.split_once('`') {
        push(false, before);
        match quoted.split_once('`') {
            Some((inside, after)) if !inside.is_empty() => {
                push(true, inside);
                rest = after;
            }
            _ => {
                push(false, "`");
                rest = quoted;
            }
        }
    }
    push(false, rest);
    out.into_iter().map(|(marked, text)| Piece { marked, text: Shown(text) }).collect()
}

/// The paragraphs of a longer text, which empty lines part; other line feeds are spaces.
pub fn paragraphs(text: &str, limit: usize) -> Vec<Vec<Piece>> {
    let paragraphs = text.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|part| !part.is_empty()).take(PARAGRAPHS).map(|part| prose(&part, limit)).collect()
}

/// Text that leads somewhere, where its address has one of the shapes that are let through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What is read.
    pub text: Shown,
    /// Where it leads; absent where it leads nowhere.
    url: Option<String>,
}

impl Link {
    /// A weakness of the CWE list, with its short name if `named`.
    pub fn weakness(number: u32, named: bool) -> Link {
        let text = if named { cwe::title(number) } else { cwe::id(number) };
        Link { text: Shown(text), url: Some(cwe::url(number)) }
    }

    /// What a rule refers to: `CWE-89`, a page on the web, or anything else, which stays text.
    pub fn reference(reference: &str) -> Link {
        let number = reference.strip_prefix("CWE-").and_then(|number| number.parse().ok());
        let url = match number {
            Some(number) => Some(cwe::url(number)),
            None => is_plain_https(reference).then(|| reference.to_owned()),
        };
        Link { text: Shown::brief(reference, URL), url }
    }
}

/// Whether this is the address of a page by its host's name, without a user, a port, or anything that needs quoting.
fn is_plain_https(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or("");
    let labels_fit =
        host.split('.').all(|label| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/?#=&%+,:;()".contains(&b);
    address.len() <= URL && host.contains('.') && labels_fit && rest.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(reference: &str) -> Option<String> {
        Link::reference(reference).url
    }

    #[test]
    fn only_two_shapes_of_references_lead_anywhere() {
        assert_eq!(url("CWE-89").as_deref(), Some("https://cwe.mitre.org/data/definitions/89.html"));
        assert_eq!(url("https://owasp.org/a_b/c?d=e#f").as_deref(), Some("https://owasp.org/a_b/c?d=e#f"));
        for nowhere in [
            "OWASP A03:2021",
            "CWE-x",
            "javascript:alert(1)",
            "JAVASCRIPT:alert(1)//https://owasp.org/",
            "http://owasp.org/",
            "https://",
            "https://localhost/",
            "https://user@owasp.org/",
            "https://owasp.org:8443/",
            "https://owasp..org/",
            "https://owasp.org/\"onclick=alert(1)",
            "https://owasp.org/<b>",
            "https://owasp.org/a b",
            "https://ow\u{430}sp.org/",
            "data:text/html,x",
            "//owasp.org/",
        ] {
            assert_eq!(url(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn pairs_of_backticks_make_code() {
        let shown = |text: &str| -> String {
            let pieces = prose(text, 100).into_iter();
            pieces.map(|p| if p.marked { format!("[{}]", p.text.0) } else { p.text.0 }).collect()
        };
        assert_eq!(shown("call `f(x)` or `g`"), "call [f(x)] or [g]");
        assert_eq!(shown("`a`b`c"), "[a]b`c");
        assert_eq!(shown("``"), "``");
        assert_eq!(shown(""), "");
        assert_eq!(shown("a\u{202e}b\n"), "a<U+202E>b<U+000A>");
    }
}
