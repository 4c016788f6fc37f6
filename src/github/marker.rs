//! The hidden mark in everything that is written on a pull request: what it is about, and the digest of its text, by which
//! the next run knows it again and sees whether it has to be written anew.
//!
//! Anybody can write such a mark. It counts only in comments that the same account wrote.

use sha2::{Digest, Sha256};

/// What stands in the place of the digest where a comment says that its finding is gone.
pub const GONE: &str = "gone";

/// What a comment is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A finding, by its fingerprint.
    Finding(String),
    /// The whole report.
    Summary,
}

/// A mark that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// What the comment is about.
    pub subject: Subject,
    /// The digest of the text that was written; `gone` when it said that the finding is gone.
    pub digest: String,
}

impl Marker {
    /// Whether the comment said that the finding is gone.
    pub fn says_gone(&self) -> bool {
        self.digest == GONE
    }

    /// Whether the comment was written with this text, or with this essence of it.
    pub fn is_of(&self, text: &str) -> bool {
        self.digest == digest(text)
    }
}

/// The text with its mark in front. `category` keeps several gates on one pull request apart.
pub fn marked(category: &str, subject: &Subject, text: &str) -> String {
    marked_by(category, subject, text, text)
}

/// The text with a mark that has the digest of its essence: of what makes it worth writing anew.
pub fn marked_by(category: &str, subject: &Subject, text: &str, essence: &str) -> String {
    format!("{}\n{text}", mark(category, subject, &digest(essence)))
}

fn mark(category: &str, subject: &Subject, digest: &str) -> String {
    let subject = match subject {
        Subject::Finding(fingerprint) => fingerprint,
        Subject::Summary => "summary",
    };
    format!("<!-- tempergate:{}:{subject}:{digest} -->", plain(category))
}

/// Reads the mark at the beginning of a comment, if it is of this category.
pub fn read(category: &str, body: &str) -> Option<Marker> {
    let (mark, _) = body.strip_prefix("<!-- tempergate:")?.split_once(" -->")?;
    let mut parts = mark.split(':');
    let (of, subject, digest) = (parts.next()?, parts.next()?, parts.next()?);
    if of != plain(category) || parts.next().is_some() {
        return None;
    }
    let subject = match subject {
        "summary" => Subject::Summary,
        fingerprint if is_hexadecimal(fingerprint) => Subject::Finding(fingerprint.to_string()),
        _ => return None,
    };
    Some(Marker { subject, digest: digest.to_string() })
}

fn is_hexadecimal(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// A category without what could end the mark; those that differ only in what is left out stay apart.
fn plain(category: &str) -> String {
    let plain: String =
        category.chars().map(|c| if c.is_ascii_alphanumeric() || "_./".contains(c) { c } else { '_' }).collect();
    if plain == category { plain } else { format!("{plain}_{}", digest(category)) }
}

/// The first 16 hexadecimal digits of a text's SHA-256, whatever its line ends, which GitHub may change.
pub fn digest(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    Sha256::digest(text.trim_end().as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const FINGERPRINT: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn what_was_written_is_known_again() {
        let subject = Subject::Finding(FINGERPRINT.into());
        let body = marked("", &subject, "text\n");
        let marker = read("", &body.replace('\n', "\r\n")).unwrap();
        assert_eq!(marker.subject, subject);
        assert!(marker.is_of("text") && !marker.is_of("other") && !marker.says_gone());
        let gone = format!("<!-- tempergate::{FINGERPRINT}:{GONE} -->\ntext");
        assert!(read("", &gone).unwrap().says_gone());
        assert_eq!(read("", &marked("", &Subject::Summary, "x")).unwrap().subject, Subject::Summary);
    }

    #[test]
    fn categories_are_kept_apart_and_cannot_end_a_mark() {
        let categories = ["", "web_api", "web-api", "web:api", "web api", "api --> <b>:x"];
        for category in categories {
            let body = marked(category, &Subject::Summary, "x");
            assert_eq!(body.matches("-->").count(), 1, "{body}");
            let readers: Vec<&str> = categories.into_iter().filter(|of| read(of, &body).is_some()).collect();
            assert_eq!(readers, [category], "{body}");
        }
    }

    #[test]
    fn other_texts_have_no_mark() {
        for body in [
            "",
            "text <!-- tempergate::summary:0 -->",
            "<!-- tempergate::nonsense:0 -->",
            "<!-- tempergate::summary -->",
            "<!-- tempergate::summary:0:1 -->",
            "<!-- tempergate::summary:0",
        ] {
            assert_eq!(read("", body), None, "{body}");
        }
    }
}
