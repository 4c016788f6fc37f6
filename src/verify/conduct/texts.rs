//! What is newly written: hidden characters, encoded text, addresses, parts of statements, secrets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::units::{Kind, Unit, folded};
use super::{Case, rejected, shown};
use crate::checks::secrets;
use crate::report::text::is_hidden;
use crate::syntax::hir::{Expr, ExprKind, Literal, Span};
use crate::verify::Rejection;

static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)[a-z][a-z0-9+.-]*://[^/\s]|^//[^/]|\b\d{1,3}(?:\.\d{1,3}){3}\b|[\w.+-]+@[\w-]+\.\w").ok()
});
static HOST: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?i)^\.?(?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?$").ok());
static ENCODED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z0-9+/_=-]{40,}").ok());
static ESCAPES: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(?:\\x[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\[0-7]{3}){3,}").ok());
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[A-Za-z_]\w*|\d+").ok());

/// Names of features of XML parsers look like addresses, and are none. So do hosts that nobody can own.
const NO_ADDRESSES: &[&str] = &[
    "http://apache.org/xml/",
    "http://xml.org/sax/",
    "http://javax.xml.",
    "http://www.w3.org/",
    "http://xml.apache.org/",
];
const NOBODYS: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    ".example",
    ".test",
    ".invalid",
    "localhost",
    "127.0.0.1",
    "0.0.0.0",
    "169.254.169.254",
];

fn found(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|p| p.is_match(text))
}

/// What the edit writes is plain to read, and says nothing that the file did not know.
pub fn plain(case: &Case<'_>) -> Result<(), Rejection> {
    hidden(case)?;
    let written = case.edits.written();
    let file = case.new.file;
    let inside = |e: &&Expr| written.iter().any(|w| w.overlaps(e.span));
    let old = case.old.source.text();
    for expr in file.exprs.iter().filter(inside) {
        match &expr.kind {
            ExprKind::Literal(Literal::Str(value) | Literal::Bytes(value)) => {
                literal(case, old, case.new.source.slice(expr.span), value)?;
            }
            ExprKind::Name(name) | ExprKind::Member { name, .. } => {
                let name = file.text(*name);
                if !name.is_ascii() && !old.contains(name) {
                    return Err(rejected(format!(
                        "it writes the name {} in letters that look like others",
                        shown(name)
                    )));
                }
            }
            _ => {}
        }
    }
    secret(case)
}

/// No characters that hide something, unless they stood there; no word that mixes alphabets.
fn hidden(case: &Case<'_>) -> Result<(), Rejection> {
    let old = case.old.source.text();
    for edit in case.edits.edits() {
        let bad = |c: &char| is_hidden(*c) && !matches!(c, '\n' | '\r' | '\t') && !old.contains(*c);
        if let Some(c) = edit.text.chars().find(bad) {
            return Err(rejected(format!("it writes the hidden character U+{:04X}", u32::from(c))));
        }
        let mixed = edit.text.split(|c: char| !c.is_alphanumeric()).find(|w| {
            let letters = || w.chars().filter(|c| c.is_alphabetic());
            letters().any(|c| c.is_ascii()) && letters().any(|c| matches!(c, '\u{370}'..='\u{52f}')) && !old.contains(w)
        });
        if let Some(word) = mixed {
            return Err(rejected(format!("it writes {} in letters of two alphabets", shown(word))));
        }
    }
    Ok(())
}

fn literal(case: &Case<'_>, old: &str, written: &str, value: &str) -> Result<(), Rejection> {
    if value.is_empty() || old.contains(value) {
        return Ok(());
    }
    let encoded = ENCODED.iter().flat_map(|p| p.find_iter(value)).any(|m| {
        let text = m.as_str();
        !old.contains(text) && text.chars().any(|c| c.is_ascii_digit()) && text.matches('/').count() < 4
    });
    let rules = || case.rules.iter().map(|r| &r.id);
    let pattern = value.contains(['\\', '[', '('])
        && rules().any(|id| ["regex", "sanit", "inject"].iter().any(|w| id.contains(w)));
    let escaped = found(&ESCAPES, written) && !old.contains(written);
    if (encoded && !pattern) || escaped {
        return Err(rejected(format!("it writes encoded text: {}", shown(value))));
    }
    let harmless = NO_ADDRESSES.iter().any(|a| value.starts_with(a)) || NOBODYS.iter().any(|h| value.contains(h));
    let requests = case.rules.iter().any(|r| matches!(r.id.as_str(), "server-side-request-forgery" | "open-redirect"));
    if !harmless && (found(&ADDRESS, value) || requests && found(&HOST, value)) {
        return Err(rejected(format!("it writes an address that the file did not have: {}", shown(value))));
    }
    Ok(())
}

/// Words that stand in for values, and functions that put texts together.
const GLUE: &[&str] = &["concat", "escape", "cast", "as", "text", "char", "varchar", "s", "d", "lower", "upper"];

/// A statement of a database says the same as before, but for its placeholders.
pub fn statement(case: &Case<'_>) -> Result<(), Rejection> {
    if !case.rules.iter().any(|r| r.id == "sql-injection") {
        return Ok(());
    }
    let (before, after) = (statements(case, true), statements(case, false));
    if before.is_empty() || after.is_empty() {
        return Ok(());
    }
    let words = |texts: &BTreeSet<String>| -> BTreeMap<String, usize> {
        let mut out = BTreeMap::new();
        for text in texts {
            for word in WORD.iter().flat_map(|p| p.find_iter(text)) {
                let placeholder =
                    text[..word.start()].ends_with([':', '$', '@', '%', '{']) || text[..word.start()].ends_with("%(");
                if !placeholder {
                    *out.entry(word.as_str().to_ascii_lowercase()).or_default() += 1;
                }
            }
        }
        out
    };
    let (before, after) = (words(&before), words(&after));
    let known = |w: &String| GLUE.contains(&w.as_str());
    if let Some((word, _)) = after.iter().find(|(w, n)| !known(w) && before.get(*w).copied().unwrap_or(0) < **n) {
        return Err(rejected(format!("the statement has {} now, which it did not have", shown(word))));
    }
    if let Some((word, _)) = before.iter().find(|(w, n)| !known(w) && after.get(*w).copied().unwrap_or(0) < **n) {
        return Err(rejected(format!("the statement no longer has {}", shown(word))));
    }
    Ok(())
}

/// The constant texts of the units that changed and that hold statements of a database, or parts of one.
fn statements(case: &Case<'_>, old: bool) -> BTreeSet<String> {
    let (code, other) = if old { (&case.old, &case.new) } else { (&case.new, &case.old) };
    let mut out = BTreeSet::new();
    for (name, units) in &code.scopes {
        let others: BTreeSet<&str> = other.scopes.get(name).into_iter().flatten().map(|u| u.text.as_str()).collect();
        // Conditions and what has nothing to do with the finding are judged for themselves.
        let about = |u: &Unit| {
            let names = code.names(u);
            u.kind != Kind::Test
                && (names.iter().any(|n| case.concern.touches(n)) || names.iter().any(|n| case.is_new(n)))
        };
        let changed = || units.iter().filter(|u| !others.contains(u.text.as_str()) && about(u));
        let texts = changed().flat_map(|u| code.exprs(u)).filter_map(|(_, e)| match &e.kind {
            ExprKind::Literal(Literal::Str(text)) => Some((e.span, text.to_string())),
            _ => None,
        });
        let texts: Vec<(Span, String)> = texts.collect();
        let sql = |t: &str| {
            let head = t.trim_start().to_ascii_uppercase();
            ["SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "MERGE ", "REPLACE ", "CALL "]
                .iter()
                .any(|w| head.starts_with(w))
        };
        if texts.iter().any(|(_, t)| sql(t)) {
            // Equal parts count as often as they stand there.
            out.extend(texts.into_iter().map(|(span, t)| format!("{t}\u{0}{}", span.start)));
        }
    }
    out.into_iter().map(|t| t.split('\u{0}').next().unwrap_or_default().to_string()).collect()
}

/// A secret of the file goes nowhere else: neither its text nor the variable that holds it is named more often.
fn secret(case: &Case<'_>) -> Result<(), Rejection> {
    let (old, new) = (case.old.source.text(), case.new.source.text());
    let facts = &case.old.inspected.facts;
    let named = facts.constants.iter().filter(|c| secrets::judge(Some(&c.name), &c.value).is_some());
    let mut holders: BTreeSet<&str> = BTreeSet::new();
    for constant in named {
        let holds = |u: &&super::units::Unit| u.has(constant.literal) && case.old.bound(u).contains(&*constant.name);
        if case.old.scopes.values().flatten().any(|u| holds(&u)) {
            holders.insert(&constant.name);
        }
        if constant.value.len() >= 4 && new.matches(&*constant.value).count() > old.matches(&*constant.value).count() {
            return Err(rejected("it copies a secret to another place".to_string()));
        }
        let comments = |code: &super::units::Units<'_>| {
            let holds = |c: &&Span| code.source.slice(**c).contains(&*constant.value);
            code.file.comments.iter().filter(holds).count()
        };
        if constant.value.len() >= 4 && comments(&case.new) > comments(&case.old) {
            return Err(rejected("it copies a secret to a comment".to_string()));
        }
    }
    let mentions = |code: &super::units::Units<'_>, name: &str| {
        code.file.exprs.iter().filter(|e| matches!(e.kind, ExprKind::Name(n) if code.file.text(n) == name)).count()
    };
    for name in holders {
        if case.old.file.names.get(name).is_some() && mentions(&case.new, name) > mentions(&case.old, name) {
            return Err(rejected(format!("it uses the secret {} at another place", shown(&folded(name)))));
        }
    }
    Ok(())
}
