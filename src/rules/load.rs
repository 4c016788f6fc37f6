//! Users' own rules and models, read at run time and laid over the built-in ones. Reading the files is the caller's affair;
//! here they are texts, and everything that is wrong with them is said with its place.

use std::collections::BTreeMap;

use super::Library;
use super::compile::{Compiler, Mistake};
use super::compiled::{Match, Models};
use super::reach::{Reach, kind_bit, label_bit};
use super::schema::{self, OneOrMany};
use crate::diagnostic::{Diagnostic, FileError, Severity, suggest};
use crate::syntax::hir::Language;
use crate::yaml::{self, Kind, Node};
use crate::{checks, harden};

/// A file of a user's rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFile {
    /// The file as it is named in errors.
    pub file: String,
    /// Its YAML.
    pub text: String,
    /// What it is.
    pub is: UserFileKind,
}

/// What a file of a user's rules is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserFileKind {
    /// `<weakness>/rule.yml`.
    Rule {
        /// The name of its folder, which the rule's id must be.
        folder: String,
    },
    /// `models/<language>/*.yml`.
    Model {
        /// The language; TypeScript shares JavaScript's models.
        language: Language,
    },
}

/// A user's rules.
pub struct Loaded {
    /// The built-in rules and models together with the user's.
    pub library: Library,
    /// The ids of the user's rules, in the order of the files.
    pub rules: Vec<String>,
    /// What can never lead to a finding, file by file.
    pub warnings: Vec<FileError>,
}

/// Reads a user's rules. Errors: everything that is wrong, file by file in the given order.
pub fn load(files: &[UserFile]) -> Result<Loaded, Vec<FileError>> {
    let mut loader = Loader::new();
    let parsed: Vec<Parsed<'_>> = files.iter().filter_map(|file| loader.parse(file)).collect();
    // Models refer to kinds and labels that rules name, and rules are numbered first in the built-in set too.
    parsed.iter().for_each(|p| loader.rule(p));
    parsed.iter().for_each(|p| loader.model(p));
    loader.locate_mistakes(&parsed);
    let reach = loader.reach();
    parsed.iter().for_each(|p| loader.judge_names(p, &reach));
    let (errors, warnings): (Vec<Noted>, Vec<Noted>) =
        loader.noted.into_iter().partition(|n| n.diagnostic.severity == Severity::Error);
    if !errors.is_empty() {
        return Err(by_file(files, errors));
    }
    let rules = parsed.iter().filter_map(|p| Some(p.rule()?.id.clone())).collect();
    let library = Library::new(loader.compiler.set, loader.models);
    Ok(Loaded { library, rules, warnings: by_file(files, warnings) })
}

fn by_file(files: &[UserFile], noted: Vec<Noted>) -> Vec<FileError> {
    let mut noted = noted;
    let mut out = Vec::new();
    for file in files {
        let (here, rest): (Vec<Noted>, Vec<Noted>) = noted.into_iter().partition(|n| n.file == file.file);
        noted = rest;
        if !here.is_empty() {
            let diagnostics = here.into_iter().map(|n| n.diagnostic).collect();
            out.push(FileError::new(&file.file, &file.text, diagnostics, 0));
        }
    }
    out
}

/// A diagnostic and the file that it is about.
struct Noted {
    file: String,
    diagnostic: Diagnostic,
}

/// A file whose form is right, as it was written and as a tree that knows its places.
struct Parsed<'f> {
    file: &'f UserFile,
    spec: Spec,
    tree: Option<Node>,
}

enum Spec {
    Rule(Box<schema::RuleFile>),
    Model(Box<schema::ModelFile>, Language),
}

impl Parsed<'_> {
    fn rule(&self) -> Option<&schema::RuleFile> {
        match &self.spec {
            Spec::Rule(rule) => Some(rule),
            Spec::Model(..) => None,
        }
    }

    /// A diagnostic at a text inside the entry of a section; at the entry where the text is not found.
    fn at(&self, entry: Option<(&str, usize)>, word: &str, message: String, help: Option<String>) -> Noted {
        let text = &self.file.text;
        let root = self.tree.as_ref();
        let node = match entry {
            Some((section, index)) => root.and_then(|r| item(r, section, index)).or(root),
            None => root,
        };
        let found = node.and_then(|n| find(n, word)).or(entry.and(node));
        let span = found.map_or(0..0, |n| yaml::span_of(text, n));
        let mut diagnostic = Diagnostic::new(text, span, message);
        diagnostic.help = help;
        Noted { file: self.file.file.clone(), diagnostic }
    }
}

fn item<'n>(root: &'n Node, section: &str, index: usize) -> Option<&'n Node> {
    let Kind::Map(entries) = &root.value else { return None };
    let (_, list) = entries.iter().find(|(key, _)| key.value == section)?;
    match &list.value {
        Kind::List(items) => items.get(index),
        _ => None,
    }
}

/// The first scalar that is this text, else the first that holds it. The tree's depth is bounded.
fn find<'n>(node: &'n Node, word: &str) -> Option<&'n Node> {
    if word.is_empty() {
        return None;
    }
    find_by(node, &|text| text == word).or_else(|| find_by(node, &|text| text.contains(word)))
}

fn find_by<'n>(node: &'n Node, fits: &dyn Fn(&str) -> bool) -> Option<&'n Node> {
    match &node.value {
        Kind::Text(text) => fits(text).then_some(node),
        Kind::List(items) => items.iter().find_map(|item| find_by(item, fits)),
        Kind::Map(entries) => entries.iter().find_map(|(_, value)| find_by(value, fits)),
        _ => None,
    }
}

struct Loader {
    compiler: Compiler,
    /// The models, where the user's files add to the built-in ones.
    models: BTreeMap<Language, Models>,
    noted: Vec<Noted>,
}

impl Loader {
    fn new() -> Loader {
        let set = Library::built_in().set().clone();
        Loader { compiler: Compiler::new(set), models: BTreeMap::new(), noted: Vec::new() }
    }

    fn models(&mut self, language: Language) -> &mut Models {
        let built_in = || Library::built_in().models(language).models.clone();
        self.models.entry(language.base()).or_insert_with(built_in)
    }

    fn parse<'f>(&mut self, file: &'f UserFile) -> Option<Parsed<'f>> {
        let text = &file.text;
        let spec = match &file.is {
            UserFileKind::Rule { .. } => yaml::typed(text, "rule").map(|rule| Spec::Rule(Box::new(rule))),
            UserFileKind::Model { language } => {
                yaml::typed(text, "model").map(|model| Spec::Model(Box::new(model), *language))
            }
        };
        match spec {
            Ok(spec) => Some(Parsed { file, spec, tree: yaml::read(text, "file").ok().flatten() }),
            Err(diagnostic) => {
                let diagnostic = in_other_words(diagnostic);
                self.noted.push(Noted { file: file.file.clone(), diagnostic });
                None
            }
        }
    }

    fn rule(&mut self, parsed: &Parsed<'_>) {
        let (Some(rule), UserFileKind::Rule { folder }) = (parsed.rule(), &parsed.file.is) else { return };
        if rule.id != *folder {
            let message = format!("the id `{}` is not the name of the rule's folder, `{folder}`", rule.id);
            self.noted.push(parsed.at(None, &rule.id, message, None));
        }
        if let Some(name) = rule.check.as_deref().filter(|name| !checks::exists(name)) {
            self.noted.push(parsed.at(None, name, format!("there is no check `{name}`"), None));
        }
        for (i, fix) in rule.fixes.iter().enumerate() {
            if let schema::FixSpec::Named(name) = fix
                && !harden::template::exists(name)
            {
                self.noted.push(parsed.at(Some(("fixes", i)), name, format!("there is no fixer `{name}`"), None));
            }
        }
        let known = Language::ALL.map(Language::name);
        let all = rule.languages.iter().chain(rule.matches.iter().flat_map(|m| &m.languages));
        for name in all.filter(|l| !known.contains(&l.as_str())) {
            let message = format!("`{name}` is no language that is analysed");
            self.noted.push(parsed.at(None, name, message, Some(format!("known are {}", known.join(", ")))));
        }
        for (languages, entry) in self.compiler.rule(&parsed.file.file, rule) {
            self.add_match(&languages, &entry);
        }
    }

    fn add_match(&mut self, languages: &[String], entry: &Match) {
        let names = |language: Language| languages.iter().any(|name| name == language.name());
        for base in Language::MODELLED {
            let wanted = Language::ALL.into_iter().any(|language| language.base() == base && names(language));
            if languages.is_empty() || wanted {
                self.models(base).matches.push(entry.clone());
            }
        }
    }

    fn model(&mut self, parsed: &Parsed<'_>) {
        let Spec::Model(model, language) = &parsed.spec else { return };
        let mut models = std::mem::take(self.models(*language));
        self.compiler.model(&parsed.file.file, model, &mut models);
        *self.models(*language) = models;
    }

    fn locate_mistakes(&mut self, parsed: &[Parsed<'_>]) {
        for mistake in std::mem::take(&mut self.compiler.errors) {
            let Mistake { file, entry, message } = mistake;
            let Some(parsed) = parsed.iter().find(|p| p.file.file == file) else { continue };
            let word = message.split('`').nth(1).unwrap_or("").to_string();
            self.noted.push(parsed.at(entry, &word, message, None));
        }
    }

    fn reach(&self) -> Reach {
        let built_in = Library::built_in();
        let models = |l: Language| self.models.get(&l).unwrap_or_else(|| &built_in.models(l).models);
        Reach::of(&self.compiler.set, Language::MODELLED.map(models))
    }

    fn judge_names(&mut self, parsed: &Parsed<'_>, reach: &Reach) {
        let mut judge = Judge { loader: self, parsed, reach: *reach };
        match &parsed.spec {
            Spec::Rule(rule) => judge.rule(rule),
            Spec::Model(model, _) => judge.model(model),
        }
    }
}

/// Errors inside values that can be written in several ways say only the type's name.
fn in_other_words(mut diagnostic: Diagnostic) -> Diagnostic {
    let Some((_, name)) = diagnostic.message.split_once("any variant of untagged enum ") else { return diagnostic };
    diagnostic.message = match name {
        "FixSpec" => "a fix is the name of a fixer, or an edit with no other keys than those of edits",
        "SafeWhen" => "`safe-when` is true, false or returned",
        "Constant" => "expected a constant: a text, a number, true, false or null",
        _ => "expected one text or a list of texts",
    }
    .to_string();
    diagnostic
}

/// Judges the kinds and labels that a file names.
struct Judge<'j, 'f> {
    loader: &'j mut Loader,
    parsed: &'j Parsed<'f>,
    reach: Reach,
}

impl Judge<'_, '_> {
    fn rule(&mut self, rule: &schema::RuleFile) {
        let Some(flow) = &rule.flow else { return };
        for kind in flow.to.as_slice() {
            if self.kind(kind) & self.reach.kinds_given == 0 {
                self.warn_of_kind(None, kind, "no model has a sink of the kind", self.reach.kinds_given);
            }
        }
        for label in flow.from.as_slice() {
            if self.label(label) & self.reach.labels_given == 0 {
                self.warn_of_label(None, label, "no model gives data the label", self.reach.labels_given);
            }
        }
    }

    fn model(&mut self, model: &schema::ModelFile) {
        let (asked, labels_asked) = (self.reach.kinds_asked, self.reach.labels_asked);
        for (i, sink) in model.sinks.iter().enumerate() {
            if self.kind(&sink.kind) & asked == 0 {
                self.warn_of_kind(Some(("sinks", i)), &sink.kind, "no rule asks for the kind", asked);
            }
        }
        for (i, entry) in model.entries.iter().enumerate() {
            if let Some(kind) = entry.returns.as_ref().filter(|k| self.kind(k) & asked == 0) {
                self.warn_of_kind(Some(("entries", i)), kind, "no rule asks for the kind", asked);
            }
            let labels = entry.params.iter().filter_map(|p| p.label.as_ref()).chain(&entry.rest_label);
            for label in labels.filter(|l| self.label(l) & labels_asked == 0).collect::<Vec<_>>() {
                self.warn_of_label(Some(("entries", i)), label, "no rule asks for the label", labels_asked);
            }
        }
        for (i, source) in model.sources.iter().enumerate() {
            if self.label(&source.label) & labels_asked == 0 {
                self.warn_of_label(Some(("sources", i)), &source.label, "no rule asks for the label", labels_asked);
            }
        }
        let live = asked | self.reach.kinds_given;
        for (i, barrier) in model.barriers.iter().enumerate() {
            self.known(("barriers", i), &barrier.clears, live | self.reach.kinds_required);
        }
        for (i, guard) in model.guards.iter().enumerate() {
            self.known(("guards", i), &guard.clears, live | self.reach.kinds_required);
            self.known(("guards", i), &guard.requires, self.reach.kinds_cleared);
        }
    }

    /// Kinds that are cleared or required must be known from elsewhere: a slip of the pen here would go unnoticed.
    fn known(&mut self, entry: (&str, usize), kinds: &OneOrMany<String>, known: u64) {
        for kind in kinds.as_slice().iter().filter(|k| *k != "all") {
            if self.kind(kind) & known == 0 {
                let help = self.near_kind(kind, known);
                let noted = self.parsed.at(Some(entry), kind, format!("unknown sink kind `{kind}`"), help);
                self.loader.noted.push(noted);
            }
        }
    }

    fn kind(&self, name: &str) -> u64 {
        let position = self.loader.compiler.set.kinds.iter().position(|k| k.name == name);
        position.map_or(0, |i| kind_bit(i as u8))
    }

    fn label(&self, name: &str) -> u32 {
        let position = self.loader.compiler.set.labels.iter().position(|l| l == name);
        position.map_or(0, |i| label_bit(i as u8))
    }

    fn near_kind(&self, name: &str, among: u64) -> Option<String> {
        let names = self.loader.compiler.set.kinds.iter().map(|k| k.name.as_str());
        let names = names.zip(0u8..).filter(|(_, i)| kind_bit(*i) & among != 0).map(|(name, _)| name);
        suggest(name, names).map(|near| format!("did you mean `{near}`?"))
    }

    fn warn_of_kind(&mut self, entry: Option<(&str, usize)>, kind: &str, why: &str, among: u64) {
        let help = self.near_kind(kind, among);
        self.warn(entry, kind, why, help);
    }

    fn warn_of_label(&mut self, entry: Option<(&str, usize)>, label: &str, why: &str, among: u32) {
        let names = self.loader.compiler.set.labels.iter().map(String::as_str);
        let names = names.zip(0u8..).filter(|(_, i)| label_bit(*i) & among != 0).map(|(name, _)| name);
        let help = suggest(label, names).map(|near| format!("did you mean `{near}`?"));
        self.warn(entry, label, why, help);
    }

    fn warn(&mut self, entry: Option<(&str, usize)>, word: &str, why: &str, help: Option<String>) {
        let message = format!("this can never lead to a finding: {why} `{word}`");
        let mut noted = self.parsed.at(entry, word, message, help);
        noted.diagnostic.severity = Severity::Warning;
        self.loader.noted.push(noted);
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
