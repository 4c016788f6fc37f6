//! What an endpoint says about a failure, made safe to show.

use std::error::Error;

/// The longest remark of an endpoint that is shown.
const LONGEST: usize = 240;

/// Whether two texts share a run of that many characters (or the whole secret, if it is shorter).
pub(super) fn shares(text: &str, secret: &str, run: usize) -> bool {
    let secret: Vec<char> = secret.chars().collect();
    if secret.is_empty() {
        return false;
    }
    secret.windows(run.min(secret.len())).any(|part| text.contains(&part.iter().collect::<String>()))
}

/// Whether a remark quotes a text, with whatever white space.
pub(super) fn quotes(remark: &str, text: &str) -> bool {
    const RUN: usize = 16;
    let remark: Vec<char> = remark.chars().filter(|c| !c.is_whitespace()).collect();
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    remark.windows(RUN).any(|part| text.contains(&part.iter().collect::<String>()))
}

/// One line of plain text.
pub(super) fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = words.char_indices().nth(LONGEST) {
        words.truncate(end);
        words.push('…');
    }
    words
}

/// The innermost cause of an error, which says what happened; the outer ones say what was tried.
pub(super) fn deepest(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    one_line(&innermost.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_secret_is_noticed() {
        assert!(shares("Incorrect API key: sk-abc***", "sk-abcdefgh", 6));
        assert!(!shares("Incorrect API key: sk-ab***", "sk-abcdefgh", 6));
        assert!(shares("it was abc", "abc", 6));
        assert!(!shares("anything", "", 6));
    }

    #[test]
    fn a_quotation_is_noticed() {
        let code = "def login(user,\n          password): pass";
        assert!(quotes("cannot parse: `def login(user, password)`", code));
        assert!(!quotes("cannot parse the login of a user", code));
        assert!(!quotes("login", code));
    }

    #[test]
    fn a_remark_is_one_short_line() {
        assert_eq!(one_line(" a\n\u{1b}[31mb\t c "), "a [31mb c");
        assert_eq!(one_line(&"ä".repeat(1_000)).chars().count(), LONGEST + 1);
    }
}
