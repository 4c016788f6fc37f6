//! Types that exist in no library, only in the models: a state that an object of a real type is in. Their names carry a mark, so
//! that no message shows them.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;

use super::Library;
use super::place::documented;
use crate::inspect::{Limits, inspect};
use crate::rules::ModelIndex;
use crate::rules::examples::{parse, without_markers};
use crate::syntax::hir::Language;

/// Words that say what state an object is in.
const STATES: &[&str] = &[
    "Safe",
    "Unsafe",
    "Html",
    "Plain",
    "Weak",
    "Fast",
    "Broken",
    "Bare",
    "Protected",
    "Secure",
    "Nameless",
    "Xxe",
    "Without",
    "Filtered",
    "Typed",
    "Typing",
    "Escaping",
    "Implicit",
    "Canonical",
    "Normalized",
    "Normalised",
    "Cleaned",
    "Relative",
    "Limited",
    "Keyed",
    "Injected",
    "Shared",
    "Raw",
    "Only",
    "Half",
    "Almost",
    "Trusted",
    "Tainted",
    "Checked",
    "Unchecked",
];
/// Types with such a word in their name that their libraries document.
const DOCUMENTED: &[&str] = &[
    "java.security.SecureRandom",
    "fastapi.FastAPI",
    "github.com/gorilla/securecookie.SecureCookie",
    "yaml.SafeLoader",
];

/// The types that models of a language give, and what they say that types are.
fn types(index: &ModelIndex) -> BTreeSet<&str> {
    let given = index.models.types.iter().map(|t| t.gives.as_str());
    given.chain(index.models.kinds_of.iter().map(|k| k.is.as_str())).collect()
}

/// The last segment of a path.
fn last(path: &str) -> &str {
    path.rsplit(['.', '/']).next().unwrap_or_default()
}

/// The words of a name in camel case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for c in name.chars() {
        match words.last_mut() {
            Some(word) if !c.is_uppercase() => word.push(c),
            _ => words.push(c.to_string()),
        }
    }
    words
}

#[test]
fn invented_types_carry_a_mark() {
    let mut marked = 0;
    for language in Language::MODELLED {
        for ty in types(Library::built_in().models(language)) {
            marked += usize::from(ty.contains('#'));
            let known = documented(ty);
            let invented =
                words(last(&known)).iter().any(|w| STATES.contains(&w.as_str())) && !DOCUMENTED.contains(&&*known);
            assert!(!invented, "`{ty}` ({language:?}) says a state in its name: write `Type#state`");
        }
    }
    assert!(marked > 50, "only {marked} types have a state");
}

#[test]
fn a_mark_stands_behind_a_type() {
    for language in Language::MODELLED {
        for ty in types(Library::built_in().models(language)).into_iter().filter(|ty| ty.contains('#')) {
            let (real, state) = ty.split_once('#').unwrap();
            assert!(!real.is_empty() && !real.ends_with('.'), "`{ty}`: a state of what?");
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(!state.is_empty() && state.chars().all(plain), "`{ty}`: a state is a lower-case word");
            assert_eq!(documented(ty), real);
        }
    }
}

#[test]
fn no_finding_shows_a_mark() {
    let library = Library::built_in();
    let marks: BTreeSet<String> = Language::MODELLED
        .iter()
        .flat_map(|l| types(library.models(*l)))
        .filter_map(|ty| ty.split_once('#').map(|(real, state)| format!("{}#{state}", last(real))))
        .collect();
    for (rule, file, text) in Library::examples() {
        for block in parse(&text).0 {
            let code = without_markers(&block.text, block.language);
            for finding in inspect(block.path, code.as_bytes(), library, Limits::default()).findings {
                let steps = finding.flow.iter().map(|s| s.message.as_str());
                let mut shown = [finding.message.as_str(), finding.sink.as_str()].into_iter().chain(steps);
                let marked = shown.find(|t| marks.iter().any(|m| t.contains(m.as_str())));
                assert_eq!(marked, None, "{rule}/{file}");
            }
        }
    }
}

#[test]
fn messages_name_what_the_library_documents() {
    let code = r#"
import java.security.MessageDigest;
import javax.servlet.http.HttpServletRequest;

class A {
    byte[] hash(HttpServletRequest request) throws Exception {
        String password = request.getParameter("password");
        MessageDigest md = MessageDigest.getInstance("SHA-256");
        return md.digest(password.getBytes("UTF-8"));
    }
}
"#;
    let found = inspect("A.java", code.as_bytes(), Library::built_in(), Limits::default()).findings;
    let finding = found.iter().find(|f| f.rule == "password-hash-without-work-factor").expect("the finding");
    assert!(finding.message.contains("`java.security.MessageDigest.digest`"), "{}", finding.message);
    assert_eq!(finding.flow.last().unwrap().message, "reaches `java.security.MessageDigest.digest`");
}
