//! What models are told: the templates of `prompts/`, filled in.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::LazyLock;

use minijinja::{Environment, Value, context};
use sha2::{Digest, Sha256};

use super::examples;
use super::redact::Redaction;
use super::section::{self, Section};
use crate::harden::Task;
use crate::rules::examples::Role;
use crate::syntax::hir::Language;

/// The templates, by the name that they include each other under.
const TEMPLATES: &[(&str, &str)] = &[
    ("system", include_str!("../../../prompts/system.md")),
    ("answer-format", include_str!("../../../prompts/answer-format.md")),
    ("weaknesses", include_str!("../../../prompts/weaknesses.md")),
    ("code", include_str!("../../../prompts/code.md")),
    ("feedback", include_str!("../../../prompts/feedback.md")),
    ("negative-example.repair", include_str!("../../../prompts/negative-example.repair.md")),
    ("negative-example.generate", include_str!("../../../prompts/negative-example.generate.md")),
    ("chain-of-thought.repair", include_str!("../../../prompts/chain-of-thought.repair.md")),
    ("chain-of-thought.generate", include_str!("../../../prompts/chain-of-thought.generate.md")),
    ("meta-prompt.instruct", include_str!("../../../prompts/meta-prompt.instruct.md")),
    ("meta-prompt.repair", include_str!("../../../prompts/meta-prompt.repair.md")),
    ("meta-prompt.generate-instruct", include_str!("../../../prompts/meta-prompt.generate-instruct.md")),
    ("meta-prompt.generate", include_str!("../../../prompts/meta-prompt.generate.md")),
    ("lora.system", include_str!("../../../prompts/lora.system.md")),
    ("lora.repair", include_str!("../../../prompts/lora.repair.md")),
    ("lora.generate", include_str!("../../../prompts/lora.generate.md")),
];

static PROMPTS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    for (name, text) in TEMPLATES {
        // A template that cannot be read is missing when it is asked for; a test asks for each.
        let _ = environment.add_template(name, text);
    }
    environment
});

/// A template filled in; empty where it cannot be (a test holds that each can).
pub fn render(template: &str, values: &Value) -> String {
    let filled = PROMPTS.get_template(template).and_then(|t| t.render(values));
    filled.unwrap_or_default().trim().to_string()
}

/// What the names of all placeholders begin with.
const PLACEHOLDER: &str = "REDACTED_SECRET_";
/// Sections with more lines are changed by blocks that search and replace.
const WHOLE_LINES: usize = 120;
/// Longer examples of how it is done right are not shown, in bytes: small models write them down instead of the code.
const SHORT: usize = 1_200;
/// Of so many rules of a task, an example shows how it is done right.
const EXPLAINED: usize = 2;

/// What all repair prompts are filled in with, and the code as it is shown.
pub struct Shown {
    /// The values.
    pub values: Value,
    /// Everything of the file that the model gets to see, secrets hidden.
    pub text: String,
    /// About how many tokens the section has.
    pub section_tokens: u32,
}

/// The parts of a task that a model gets to see, at most about `room` bytes of code; none where the section alone is longer.
/// A model that was tuned for the task is told of it plainly, without examples.
pub fn shown(task: &Task<'_>, section: &Section, redaction: &Redaction, tuned: bool, room: usize) -> Option<Shown> {
    let source = task.source;
    let hide = |text: &str| redaction.hide(text);
    let indent = source.indentation(section.span.start);
    let code = hide(&format!("{}{}", if starts_line(task, section) { indent } else { "" }, source.slice(section.span)));
    let imports = hide(&section::imports(task.file, source));
    let left = room.checked_sub(code.len())?.saturating_sub(imports.len());
    let around: Vec<String> =
        section::surroundings(section, task, left / 2).into_iter().map(|s| hide(source.slice(s))).collect();
    let around = around.join("\n\n");
    let mut explained = BTreeSet::new();
    let weaknesses: Vec<Value> = (task.findings())
        .map(|f| {
            let first = explained.insert(f.rule.as_str()) && explained.len() <= EXPLAINED;
            let own = source.slice(section.span);
            let example = (first && !tuned).then(|| well_done(&f.rule, task.file.language, own)).flatten();
            weakness(task, f, section, redaction, example)
        })
        .collect();
    let id = marker(source.text());
    let section_tokens = u32::try_from(code.len().div_ceil(3)).unwrap_or(u32::MAX);
    let text = format!("{imports}\n{around}\n{code}");
    let values = context! {
        id,
        secrets => text.contains(PLACEHOLDER),
        whole => code.lines().count() <= WHOLE_LINES,
        code, imports,
        context => around,
        language => fence(task.file.language),
        language_name => language_name(task.file.language),
        weaknesses,
    };
    Some(Shown { values, text, section_tokens })
}

/// An example of how a rule wants code to be, as like `code` as there is.
fn well_done(rule: &str, language: Language, code: &str) -> Option<&'static str> {
    let all = examples::nearest(&[Role::Secure, Role::Fixed], rule, language, code, usize::MAX);
    all.into_iter().find(|example| example.len() <= SHORT)
}

/// Whether only white space stands in front of the section on its line.
fn starts_line(task: &Task<'_>, section: &Section) -> bool {
    let line = task.source.line_span(task.source.line(section.span.start));
    let before = crate::syntax::hir::Span { start: line.start, end: section.span.start };
    task.source.slice(before).trim().is_empty()
}

/// A weakness as prompts tell it. What is made of the code is one line each.
fn weakness(
    task: &Task<'_>,
    finding: &crate::finding::Finding,
    section: &Section,
    redaction: &Redaction,
    example: Option<&str>,
) -> Value {
    let rule = task.library.rule(&finding.rule);
    let line = |text: &str| crate::report::text::brief(&redaction.hide(text), 300);
    let steps: Vec<String> = (finding.flow.iter())
        .filter(|s| s.path == finding.path)
        .map(|s| format!("{}: {}", line(task.source.line_text(s.region.start_line).trim()), line(&s.message)))
        .collect();
    context! {
        name => rule.map_or(finding.rule.as_str(), |r| &r.name),
        cwe => finding.cwe.first(),
        code_line => finding.region.start_line.saturating_sub(task.source.line(section.span.start)) + 1,
        line => line(task.source.line_text(finding.region.start_line).trim()),
        message => line(&finding.message),
        steps,
        remedy => rule.map_or("", |r| r.remedy.trim()),
        example,
    }
}

/// An id for the markers around code that the file itself does not have: the beginning of its hash.
pub fn marker(text: &str) -> String {
    let mut hash = String::new();
    for byte in Sha256::digest(text.as_bytes()) {
        let _ = write!(hash, "{byte:02x}");
    }
    let free = (8..hash.len()).find(|length| !text.contains(&hash[..*length]));
    hash.truncate(free.unwrap_or(hash.len()));
    hash
}

/// A function and what is wrong with it, for tuned weights; where no analysis of ours stands behind it.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The language, as people write it.
    pub language: &'a str,
    /// What the weakness is called.
    pub name: &'a str,
    /// Its number.
    pub cwe: Option<u32>,
    /// The line of the code that it stands in, from one.
    pub line: u32,
    /// The code.
    pub code: &'a str,
}

/// The system's words and the user's that tuned weights are asked with to repair a function. What the strategy `lora` asks about a
/// finding is made by the same template.
pub fn tuned(told: &Told<'_>) -> (String, String) {
    let values = context! {
        id => marker(told.code),
        secrets => told.code.contains(PLACEHOLDER),
        whole => told.code.lines().count() <= WHOLE_LINES,
        code => told.code,
        imports => "",
        language => told.language.to_lowercase(),
        language_name => told.language,
        weaknesses => vec![context! { name => told.name, cwe => told.cwe, code_line => told.line }],
    };
    (render("lora.system", &Value::UNDEFINED), render("lora.repair", &values))
}

/// The SHA-256 of the words that tuned weights are asked with, as hexadecimal digits.
pub fn tuned_digest() -> String {
    let mut hash = Sha256::new();
    for (name, text) in TEMPLATES.iter().filter(|(name, _)| name.starts_with("lora.") || *name == "answer-format") {
        hash.update(format!("{name}\n{text}\n"));
    }
    let mut out = String::new();
    for byte in hash.finalize() {
        let _ = write!(out, "{byte:02x}");
    }
    out
}

/// The word behind a fence.
pub fn fence(language: Language) -> &'static str {
    language.name()
}

/// A language as people write it.
pub fn language_name(language: Language) -> &'static str {
    match language {
        Language::Python => "Python",
        Language::JavaScript => "JavaScript",
        Language::TypeScript => "TypeScript",
        Language::Java => "Java",
        Language::Go => "Go",
    }
}
