//! Secrets in the code that a model is to see: they are replaced by placeholders, and put back in its answer.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use crate::checks::secrets;
use crate::harden::Task;
use crate::syntax::hir::{ExprKind, Literal, Span};

/// The secrets of a file and what stands for them.
#[derive(Default)]
pub struct Redaction {
    /// The longest first, so that none is taken for a part of another.
    secrets: Vec<(String, String)>,
}

/// What stands beside a value that nobody else should see.
static SPEAKS_OF_SECRETS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)passw|passphrase|passcode|pwd|secret|token|credential|pepper|\bsalt|\bpin\b|licen[cs]e|private|kennwort|passwort|schl(?:ü|ue)ssel|contrase|mot de passe|密码|密钥|пароль|パスワード|(?:^|[^a-z])keys?(?:[^a-z]|$)|[a-z]Key\b").ok()
});
/// What a URL or a connection string carries as a password.
static CARRIED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?:[a-z][a-z0-9+.-]*://[^\s:/@"']*:([^\s/@"']+)@)|(?:(?:password|passwd|pwd|secret|token|accountkey|api_?key)\s*[=:]\s*["']?([^\s;&"',)]{4,}))|(?:\b(?:bearer|basic)\s+([A-Za-z0-9+/=_.~-]{8,}))"#).ok()
});

/// What names of secrets end in.
const HOLDERS: &[&str] = &[
    "key",
    "keys",
    "secret",
    "token",
    "password",
    "passwd",
    "pwd",
    "pass",
    "credential",
    "credentials",
    "pepper",
    "salt",
    "auth",
    "license",
    "dsn",
    "pin",
    "passphrase",
    "apikey",
    "expected",
];

/// Whether a word looks like nothing that people say or programs are called: letters with digits, and longer than a name of
/// an algorithm.
fn looks_random(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let plain = word.contains("://") || word.contains('(') || word.contains(' ') || word.starts_with("REDACTED_SECRET");
    let cases = word.contains(char::is_uppercase) && word.contains(char::is_lowercase);
    let mixed = digits >= 2 || cases || word.contains(['!', '#', '$', '%', '&', '*', '+', '~', '^', '|']);
    word.len() >= DISTINCT && digits >= 1 && letters >= 2 && mixed && !plain && secrets::entropy(word) >= 2.8
}

/// The secrets that a text of any kind tells, by the words beside them.
fn told(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    for line in text.lines() {
        for found in CARRIED.iter().flat_map(|p| p.captures_iter(line)) {
            out.extend(found.iter().skip(1).flatten().map(|m| m.as_str().to_string()));
        }
        if !SPEAKS_OF_SECRETS.as_ref().is_some_and(|p| p.is_match(line)) {
            continue;
        }
        let words = line.split(|c: char| c.is_whitespace() || "\"'`,;()<>[]{}".contains(c));
        for word in words.flat_map(|w| [Some(w), w.split_once(['=', ':']).map(|(_, value)| value)]).flatten() {
            let word = word.trim_end_matches(['.', ':', '!', '?']);
            if looks_random(word) {
                out.push(word.to_string());
            }
        }
    }
    out
}

/// Shorter values are hidden only as whole literals, since they can be parts of other words.
const DISTINCT: usize = 8;

impl Redaction {
    /// Finds the secrets of the file of a task: what is given to a name that says so, what has the shape of a token, also in
    /// comments, and what a finding about credentials points at.
    pub fn of(task: &Task<'_>) -> Redaction {
        let text = task.source.text();
        let mut values: Vec<String> = secrets::tokens(text).into_iter().map(|r| text[r].to_string()).collect();
        for comment in &task.file.comments {
            let comment = task.source.slice(*comment);
            values.extend(secrets::named_in_prose(comment).map(str::to_string));
            values.extend(told(comment));
        }
        // A name that speaks of a key says less than one that the rule about credentials goes by; here it is enough.
        let speaks = |name: &str| {
            let last = secrets::words(name).pop().unwrap_or_default();
            HOLDERS.contains(&last.as_str())
        };
        let held = task.facts.constants.iter().filter(|c| speaks(&c.name) && looks_random(&c.value));
        values.extend(held.map(|c| between_quotes(task.source.slice(c.literal)).to_string()));
        let named = task.facts.constants.iter().filter(|c| secrets::judge(Some(&c.name), &c.value).is_some());
        let mut literals: Vec<Span> = named.map(|c| c.literal).collect();
        let pointed_at: Vec<Span> =
            task.findings().filter(|f| f.rule == "hard-coded-credentials").map(|f| f.region.span()).collect();
        for expr in &task.file.exprs {
            let ExprKind::Literal(Literal::Str(value) | Literal::Bytes(value)) = &expr.kind else { continue };
            if secrets::judge(None, value).is_some() || pointed_at.iter().any(|s| s.contains(expr.span)) {
                literals.push(expr.span);
            }
            values.extend(told(value));
        }
        values.extend(literals.into_iter().map(|s| between_quotes(task.source.slice(s)).to_string()));
        Redaction::from_values(text, values)
    }

    fn from_values(text: &str, mut values: Vec<String>) -> Redaction {
        values.retain(|v| !v.trim().is_empty() && text.contains(v.as_str()));
        values.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        values.dedup();
        let mut number = 0;
        let secrets = values.into_iter().map(|value| {
            loop {
                number += 1;
                let placeholder = format!("REDACTED_SECRET_{number}");
                if !text.contains(&placeholder) {
                    return (value, placeholder);
                }
            }
        });
        Redaction { secrets: secrets.collect() }
    }

    /// A text without the secrets. A short one is hidden where it is a whole literal: elsewhere it is part of other words.
    pub fn hide(&self, text: &str) -> String {
        self.secrets.iter().fold(text.to_string(), |text, (value, placeholder)| {
            if value.len() >= DISTINCT {
                return text.replace(value, placeholder);
            }
            let quoted = |text: String, quote| {
                text.replace(&format!("{quote}{value}{quote}"), &format!("{quote}{placeholder}{quote}"))
            };
            ['"', '\'', '`'].into_iter().fold(text, quoted)
        })
    }

    /// A model's text with the secrets back in their places.
    ///
    /// # Errors
    ///
    /// Says so when a secret stands at more places than in `before`, the text that the model was shown: an answer may keep a
    /// secret where it was, or leave it out, but not carry it elsewhere.
    pub fn restore(&self, answer: &str, before: &str) -> Result<String, String> {
        let shown: BTreeMap<&str, usize> =
            self.secrets.iter().map(|(_, p)| (p.as_str(), occurrences(before, p))).collect();
        let mut out = answer.to_string();
        // From the last one on, since `…_1` is the beginning of `…_10`.
        for (value, placeholder) in self.secrets.iter().rev() {
            if occurrences(answer, placeholder) > shown.get(placeholder.as_str()).copied().unwrap_or(0) {
                return Err("it copies a secret to another place".to_string());
            }
            out = replace_whole(&out, placeholder, value);
        }
        Ok(out)
    }
}

/// What stands between the quotes of a literal, as written.
fn between_quotes(literal: &str) -> &str {
    let inner = literal.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let quotes = ["\"\"\"", "\'\'\'", "\"", "'", "`"];
    let found = quotes.iter().find_map(|q| inner.strip_prefix(q)?.strip_suffix(q));
    found.unwrap_or(inner)
}

/// Where a placeholder stands, not as the beginning of a longer one.
fn places(text: &str, placeholder: &str) -> Vec<usize> {
    let ends = |at: &usize| !text[at + placeholder.len()..].starts_with(|c: char| c.is_ascii_digit());
    text.match_indices(placeholder).map(|(at, _)| at).filter(ends).collect()
}

fn occurrences(text: &str, placeholder: &str) -> usize {
    places(text, placeholder).len()
}

fn replace_whole(text: &str, placeholder: &str, value: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for at in places(text, placeholder) {
        out.push_str(&text[done..at]);
        out.push_str(value);
        done = at + placeholder.len();
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn redaction(text: &str, values: &[&str]) -> Redaction {
        Redaction::from_values(text, values.iter().map(|v| (*v).to_string()).collect())
    }

    #[test]
    fn secrets_come_back_where_they_were() {
        let text = "connect('hunter2pass', key='hunter2pass-long')";
        let redaction = redaction(text, &["hunter2pass", "hunter2pass-long"]);
        let hidden = redaction.hide(text);
        assert_eq!(hidden, "connect('REDACTED_SECRET_2', key='REDACTED_SECRET_1')");
        assert_eq!(redaction.restore(&hidden, &hidden).unwrap(), text);
    }

    #[test]
    fn a_secret_that_goes_elsewhere_is_refused() {
        let redaction = redaction("a = 'hunter2pass'", &["hunter2pass"]);
        let answer = "a = 'REDACTED_SECRET_1'; send('REDACTED_SECRET_1')";
        assert!(redaction.restore(answer, "a = 'REDACTED_SECRET_1'").is_err());
        assert_eq!(redaction.restore("a = b()", "a = 'REDACTED_SECRET_1'").unwrap(), "a = b()");
    }

    #[test]
    fn ten_secrets_are_told_apart() {
        let values: Vec<String> = (0..12).map(|i| format!("secret-value-{i:02}")).collect();
        let text = values.join(" ");
        let redaction = Redaction::from_values(&text, values);
        let hidden = redaction.hide(&text);
        assert!(!hidden.contains("secret-value"));
        assert_eq!(redaction.restore(&hidden, &hidden).unwrap(), text);
    }

    #[test]
    fn short_secrets_are_hidden_as_literals_only() {
        let redaction = redaction("root_path = login('root', \"root\")", &["root"]);
        let hidden = redaction.hide("root_path = login('root', \"root\")");
        assert_eq!(hidden, "root_path = login('REDACTED_SECRET_1', \"REDACTED_SECRET_1\")");
    }

    #[test]
    fn a_placeholder_that_the_code_has_already_is_not_used() {
        let text = "REDACTED_SECRET_1 hunter2pass";
        let redaction = redaction(text, &["hunter2pass"]);
        assert_eq!(redaction.hide(text), "REDACTED_SECRET_1 REDACTED_SECRET_2");
        assert_eq!(redaction.restore("REDACTED_SECRET_1", text).unwrap(), "REDACTED_SECRET_1");
    }
}
