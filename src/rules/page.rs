//! What is known of a rule, for people: the page of one, and the table of all. Both are Markdown.

use std::fmt::Write;

use super::Library;
use super::compiled::{EditAction, Fix, Rule};
use super::examples::Document;
use crate::finding::Level;
use crate::syntax::hir::Language;

/// The languages that a rule is for.
pub fn languages(rule: &Rule) -> Vec<Language> {
    Language::ALL.into_iter().filter(|language| crate::inspect::applies(rule, *language)).collect()
}

/// The level of a severity in lower case.
pub fn level(severity: f64) -> &'static str {
    match Level::of(severity) {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
        Level::Critical => "critical",
    }
}

/// All rules, sorted by id.
pub fn sorted(library: &Library) -> Vec<&Rule> {
    let mut rules: Vec<&Rule> = library.rules().iter().collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// `CWE-79, CWE-80`.
pub fn cwe(rule: &Rule) -> String {
    rule.cwe.iter().map(|n| format!("CWE-{n}")).collect::<Vec<_>>().join(", ")
}

/// Everything about a rule: what, why, remedy, references and examples.
pub fn page(rule: &Rule, examples: &[Document]) -> String {
    let names: Vec<&str> = languages(rule).into_iter().map(display).collect();
    let mut out = format!("# {} (`{}`)\n\n", rule.name, rule.id);
    let _ = writeln!(
        out,
        "{} · severity {:.1} ({}) · {}\n",
        cwe(rule),
        rule.severity,
        level(rule.severity),
        names.join(", ")
    );
    let _ = writeln!(out, "{}\n\n## Remedy\n\n{}", rule.explain, rule.remedy);
    if !rule.fixes.is_empty() {
        out.push_str("\n## Fixes\n\n");
        for fix in &rule.fixes {
            let _ = writeln!(out, "- {}", fix_line(fix));
        }
    }
    if !rule.references.is_empty() {
        out.push_str("\n## References\n\n");
        for reference in &rule.references {
            let _ = writeln!(out, "- {reference}");
        }
    }
    for document in examples.iter().filter(|d| d.rule == rule.id) {
        let _ = write!(out, "\n{}", demoted(&document.text));
    }
    out
}

/// The table of all rules for the documentation.
pub fn table(library: &Library) -> String {
    let mut out = String::from(
        "# Rules\n\nGenerated from `rules/`; do not edit. `tempergate rules explain ID` prints the page of a rule with its \
         examples.\n\n| Rule | Weakness | CWE | Severity | Languages |\n| --- | --- | --- | --- | --- |\n",
    );
    for rule in sorted(library) {
        let names: Vec<&str> = languages(rule).into_iter().map(display).collect();
        let severity = format!("{:.1} {}", rule.severity, level(rule.severity));
        let name = rule.name.replace('|', "\\|");
        let (id, cwe, names) = (&rule.id, cwe(rule), names.join(", "));
        let _ = writeln!(out, "| [`{id}`](../../rules/{id}/rule.yml) | {name} | {cwe} | {severity} | {names} |");
    }
    out
}

/// A language's name as people write it.
pub fn display(language: Language) -> &'static str {
    match language {
        Language::Python => "Python",
        Language::JavaScript => "JavaScript",
        Language::TypeScript => "TypeScript",
        Language::Java => "Java",
        Language::Go => "Go",
    }
}

fn fix_line(fix: &Fix) -> String {
    let edit = match fix {
        Fix::Named(name) => return format!("`{name}`"),
        Fix::Edit(edit) => edit,
    };
    let what = match &edit.action {
        EditAction::Set { value, .. } => format!("an argument or option becomes `{value}`"),
        EditAction::Remove { .. } => "an argument or option is removed".to_string(),
        EditAction::Callee { path, .. } => format!("`{path}` is called instead"),
        EditAction::Wrap { with, .. } => format!("the data goes through `{with}`"),
    };
    if edit.languages.is_empty() { what } else { format!("{what} ({})", edit.languages.join(", ")) }
}

/// Markdown with its headings one level down; code is left alone.
fn demoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut in_code = false;
    for line in text.lines() {
        if line.starts_with("```") {
            in_code = !in_code;
        }
        if !in_code && line.starts_with('#') {
            out.push('#');
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn a_page_says_what_why_and_how() {
        let library = Library::built_in();
        let rule = library.rule("sql-injection").unwrap();
        let text = "# Title\n\n```python secure\n# a comment\n```\n".to_string();
        let mine = Document { rule: rule.id.clone(), file: "a.md".to_string(), text };
        let other = Document { rule: "other".to_string(), file: "b.md".to_string(), text: "# Not mine\n".to_string() };
        let page = page(rule, &[mine, other]);
        for part in
            ["(`sql-injection`)", "CWE-89 · severity 8.8 (high)", "## Remedy", "- `bind-parameters`", "## Title"]
        {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
        assert!(page.contains("\n# a comment\n") && !page.contains("Not mine"));
    }

    #[test]
    fn the_table_is_sorted() {
        let table = table(Library::built_in());
        let ids: Vec<&str> = table.lines().filter_map(|l| l.strip_prefix("| [`")?.split('`').next()).collect();
        assert_eq!(ids.len(), Library::built_in().rules().len());
        assert!(ids.is_sorted(), "{ids:?}");
    }
}
