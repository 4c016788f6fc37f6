//! The rules' own examples, as prompts show them: of all that a rule has in a language, those most like the code in question.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use crate::rules::Library;
use crate::rules::examples::{Role, parse, without_markers};
use crate::syntax::hir::Language;

/// Longer examples are not shown, in bytes.
const LONGEST: usize = 1_500;

/// The least likeness (Jaccard index of the words) of an example that is shown: what has less in common is written for other
/// libraries and misleads.
const LEAST_ALIKE: f64 = 0.08;

/// An example that comes with a rule.
struct Example {
    rule: String,
    role: Role,
    language: Language,
    text: String,
    words: BTreeSet<String>,
}

static EXAMPLES: LazyLock<Vec<Example>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for (rule, _, text) in Library::examples() {
        for block in parse(&text).0 {
            let text = without_markers(&block.text, block.language).trim_end().to_string();
            if text.len() <= LONGEST {
                let words = words(&text);
                all.push(Example { rule: rule.clone(), role: block.role, language: block.language, text, words });
            }
        }
    }
    all.sort_by(|a, b| (a.text.len(), &a.text).cmp(&(b.text.len(), &b.text)));
    all
});

/// At most `most` examples of a rule that play one of the `roles`, in the language of `code`: those that share the most of
/// their words with it, and of the same the shorter ones. None where all are about something else.
pub fn nearest(roles: &[Role], rule: &str, language: Language, code: &str, most: usize) -> Vec<&'static str> {
    let fitting = ranked(roles, rule, language, code).into_iter().filter(|(alike, _)| *alike >= LEAST_ALIKE);
    fitting.take(most).map(|(_, text)| text).collect()
}

/// The insecure example of a rule in a language that fits a task in prose best. Prose and code have few words in common, so that
/// there is one wherever the rule has one.
pub fn for_task(rule: &str, language: Language, task: &str) -> Option<&'static str> {
    ranked(&[Role::Insecure], rule, language, task).first().map(|(_, text)| *text)
}

/// A rule's examples and how much each is like the words, the most alike first, of the same the shorter ones.
fn ranked(roles: &[Role], rule: &str, language: Language, text: &str) -> Vec<(f64, &'static str)> {
    let own = words(text);
    let fits = |e: &&Example| e.rule == rule && roles.contains(&e.role) && e.language.base() == language.base();
    let mut ranked: Vec<(f64, &'static str)> =
        EXAMPLES.iter().filter(fits).map(|e| (alike(&own, &e.words), e.text.as_str())).collect();
    // The sort is stable, so that the shorter ones stay in front.
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
}

/// The distinct names and words of a text.
fn words(text: &str) -> BTreeSet<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    parts.filter(|word| word.len() > 2).map(str::to_string).collect()
}

fn alike(a: &BTreeSet<String>, b: &BTreeSet<String>) -> f64 {
    let both = a.intersection(b).count();
    let any = a.len() + b.len() - both;
    if any == 0 { 0.0 } else { both as f64 / any as f64 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn the_example_of_the_same_library_comes_first() {
        let code = "app.get('/ping', ctx -> { Process p = new ProcessBuilder(command).start(); ctx.result(\"\"); });";
        let found = nearest(&[Role::Insecure], "command-injection", Language::Java, code, 1);
        assert!(found.first().unwrap().contains("Javalin"), "{found:?}");
        let servlet =
            "protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {}";
        let found = nearest(&[Role::Secure], "command-injection", Language::Java, servlet, 1);
        assert!(found.first().unwrap().contains("HttpServletRequest"), "{found:?}");
    }

    #[test]
    fn examples_are_of_the_rule_the_role_and_the_language() {
        let code = "app.get('/item', (req, res) => { db.query(`SELECT * FROM items WHERE id = ${req.query.id}`); });";
        let secure = nearest(&[Role::Secure], "sql-injection", Language::TypeScript, code, 100);
        let insecure = nearest(&[Role::Insecure], "sql-injection", Language::TypeScript, code, 100);
        assert!(!secure.is_empty() && !insecure.is_empty());
        assert!(secure.iter().all(|text| !insecure.contains(text) && text.len() <= LONGEST));
        assert!(nearest(&[Role::Secure], "no-such-rule", Language::Go, code, 3).is_empty());
    }
    #[test]
    fn a_task_in_prose_gets_an_example_too() {
        let task = "Write a web service that deserialises the session in the cookie and greets the user.";
        assert!(nearest(&[Role::Insecure], "unsafe-deserialization", Language::Java, task, 1).is_empty());
        assert!(for_task("unsafe-deserialization", Language::Java, task).is_some_and(|text| text.len() <= LONGEST));
        assert_eq!(for_task("no-such-rule", Language::Java, task), None);
    }
}
