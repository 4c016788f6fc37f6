//! From the files as written to the compiled form, with every mistake named.

use super::compiled::*;
use super::place::{Pattern, Place};
use super::schema::{self, OneOrMany};

/// Collects rules and models; a mistake goes to `errors` with the file and entry it is in, and the entry is left out.
#[derive(Default)]
pub struct Compiler {
    /// The weaknesses.
    pub set: RuleSet,
    /// Mistakes, in the order in which they were met.
    pub errors: Vec<Mistake>,
    file: String,
    entry: Option<(&'static str, usize)>,
}

/// Something that is wrong in a file whose form is right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file as it was named.
    pub file: String,
    /// The section and the number in it, from zero; none where it is about the file as a whole.
    pub entry: Option<(&'static str, usize)>,
    /// What is wrong: one clause. What it is about stands first in backquotes, where it is about a text of the file.
    pub message: String,
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.entry {
            Some((section, index)) => write!(f, "{}: {section}[{index}]: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

const SINGLE_LABELS: &[&str] = &["parameter"];
const PRECISIONS: &[&str] = &["low", "medium", "high"];

impl Compiler {
    /// A compiler that knows `set` already (for users' own rules: the built-in one).
    pub fn new(set: RuleSet) -> Self {
        let mut compiler = Compiler { set, ..Compiler::default() };
        for label in SINGLE_LABELS {
            compiler.label(label);
        }
        compiler
    }

    fn fail(&mut self, message: impl std::fmt::Display) {
        self.errors.push(Mistake { file: self.file.clone(), entry: self.entry, message: message.to_string() });
    }

    fn kind(&mut self, name: &str) -> u8 {
        let position = self.set.kinds.iter().position(|k| k.name == name).unwrap_or_else(|| {
            self.set.kinds.push(Kind { name: name.to_string(), ..Kind::default() });
            self.set.kinds.len() - 1
        });
        if position >= 63 {
            self.fail("more than 63 sink kinds");
        }
        position.min(63) as u8
    }

    fn label(&mut self, name: &str) -> u8 {
        let position = self.set.labels.iter().position(|k| k == name).unwrap_or_else(|| {
            self.set.labels.push(name.to_string());
            self.set.labels.len() - 1
        });
        if position >= 31 {
            self.fail("more than 31 labels");
        }
        position.min(31) as u8
    }

    fn kinds(&mut self, names: &OneOrMany<String>) -> u64 {
        let mut set = 0;
        for name in names.as_slice() {
            if name == "all" {
                return u64::MAX;
            }
            set |= 1 << self.kind(name);
        }
        set
    }

    fn labels(&mut self, names: &OneOrMany<String>) -> u32 {
        names.as_slice().iter().fold(0, |set, name| set | 1 << self.label(name))
    }

    fn patterns(&mut self, texts: &[String]) -> Vec<Pattern> {
        let mut out = Vec::with_capacity(texts.len());
        for text in texts {
            match Pattern::parse(text) {
                Ok(pattern) => out.push(pattern),
                Err(error) => self.fail(error),
            }
        }
        out
    }

    fn place(&mut self, text: &str) -> Option<Place> {
        Place::parse(text).map_err(|error| self.fail(error)).ok()
    }

    fn optional_place(&mut self, text: Option<&String>) -> Option<Place> {
        text.and_then(|t| self.place(t))
    }

    fn grade(&mut self, text: Option<&String>) -> u8 {
        let Some(text) = text else { return 2 };
        PRECISIONS.iter().position(|p| p == text).unwrap_or_else(|| {
            self.fail(format_args!("`{text}` is not high, medium or low"));
            2
        }) as u8
    }

    fn regex(&mut self, pattern: &str) -> String {
        if let Err(error) = regex::Regex::new(pattern) {
            self.fail(format_args!("`{pattern}` is no regular expression: {error}"));
        }
        pattern.to_string()
    }

    fn trigger(&mut self, options: Vec<(Trigger, bool)>) -> Option<Trigger> {
        let mut given = options.into_iter().filter(|(_, is_given)| *is_given).map(|(trigger, _)| trigger);
        match (given.next(), given.next()) {
            (Some(trigger), None) => Some(trigger),
            (None, _) => {
                self.fail("says nothing about where it applies (call, read, …)");
                None
            }
            _ => {
                self.fail("says two things about where it applies; split it");
                None
            }
        }
    }

    fn tests(&mut self, specs: &[schema::TestSpec]) -> Vec<Test> {
        specs.iter().filter_map(|spec| self.test(spec)).collect()
    }

    fn test(&mut self, spec: &schema::TestSpec) -> Option<Test> {
        let constants = |c: &OneOrMany<schema::Constant>| c.as_slice().iter().map(constant).collect::<Vec<_>>();
        let mut kinds: Vec<TestKind> = Vec::new();
        kinds.extend(spec.is.as_ref().map(|c| TestKind::Is(constants(c))));
        kinds.extend(spec.may_be.as_ref().map(|c| TestKind::MayBe(constants(c))));
        kinds.extend(spec.matches.as_ref().map(|p| TestKind::Matches(self.regex(p))));
        kinds.extend(spec.returns.as_ref().map(|c| TestKind::Returns(constants(c))));
        kinds.extend(spec.below.map(TestKind::Below));
        kinds.extend(spec.above.map(TestKind::Above));
        kinds.extend(spec.present.map(TestKind::Present));
        if !spec.path.as_slice().is_empty() {
            kinds.push(TestKind::Path(self.patterns(spec.path.as_slice())));
        }
        if !spec.label.as_slice().is_empty() {
            kinds.push(TestKind::Label(self.labels(&spec.label)));
        }
        kinds.extend(spec.constant.as_ref().map(|c| {
            TestKind::Constant(match c.as_str() {
                "string" => ConstantClass::String,
                "number" => ConstantClass::Number,
                "boolean" => ConstantClass::Boolean,
                "collection" => ConstantClass::Collection,
                "credential" => ConstantClass::Credential,
                _ => ConstantClass::Any,
            })
        }));
        kinds.extend(spec.named.as_ref().map(|p| TestKind::Named(self.regex(p))));
        kinds.extend(spec.hollow.clone().map(TestKind::Hollow));
        kinds.extend(spec.around.as_ref().map(|p| TestKind::Around(self.regex(p))));
        kinds.extend(spec.later.as_ref().map(|p| TestKind::Later(self.regex(p))));
        match spec.becomes.as_deref() {
            Some("name") => kinds.push(TestKind::Becomes(Fate::Name)),
            Some("nothing") => kinds.push(TestKind::Becomes(Fate::Nothing)),
            Some(other) => self.fail(format_args!("a result becomes `name` or `nothing`, not `{other}`")),
            None => {}
        }
        kinds.extend(spec.written.as_ref().map(|p| TestKind::Written(self.regex(p))));
        if !spec.imports.as_slice().is_empty() {
            kinds.push(TestKind::Imports(spec.imports.as_slice().to_vec()));
        }
        let at = self.optional_place(spec.at.as_ref());
        if kinds.len() != 1 {
            self.fail(format_args!("a test says {} things instead of one", kinds.len()));
            return None;
        }
        let kind = kinds.pop()?;
        let placeless =
            matches!(kind, TestKind::Imports(_) | TestKind::Around(_) | TestKind::Later(_) | TestKind::Becomes(_));
        if at.is_none() && !placeless {
            self.fail("a test says not at which place");
            return None;
        }
        Some(Test { at, kind, not: spec.not })
    }

    /// Notes what `rules/kinds.yml` says.
    pub fn kinds_file(&mut self, file: &str, kinds: &schema::KindsFile) {
        (self.file, self.entry) = (file.to_string(), None);
        for spec in &kinds.kinds {
            let safe_when = spec.safe_when.iter().map(|set| self.kinds(&OneOrMany::Many(set.clone()))).collect();
            let short = |s: &schema::ShortSpec, cleared| Short { cleared, unsure: s.unsure, but: s.but.clone() };
            let falls_short = spec.falls_short.iter().map(|s| short(s, self.kinds(&s.cleared))).collect();
            let index = self.kind(&spec.kind) as usize;
            let safe_prefix = spec.safe_prefix.as_ref().map(|p| self.regex(p));
            let harmful_prefix = spec.harmful_prefix.as_ref().map(|p| self.regex(p));
            let safe_suffix = spec.safe_suffix.as_ref().map(|p| self.regex(p));
            if let Some(kind) = self.set.kinds.get_mut(index) {
                kind.dangerous.clone_from(&spec.dangerous);
                kind.safe_suffix = safe_suffix;
                kind.words_alone = spec.words_alone;
                kind.harmful_prefix = harmful_prefix;
                kind.safe_prefix = safe_prefix;
                kind.dangerous_words.clone_from(&spec.dangerous_words);
                kind.library = spec.library;
                kind.limited = spec.limited;
                kind.safe_when = safe_when;
                kind.falls_short = falls_short;
            }
        }
    }

    /// Adds a weakness. `matches` receives its match entries, to be sorted by language by the caller.
    pub fn rule(&mut self, file: &str, spec: &schema::RuleFile) -> Vec<(Vec<String>, Match)> {
        (self.file, self.entry) = (file.to_string(), None);
        if spec.flow.is_none() && spec.matches.is_empty() && spec.check.is_none() {
            self.fail("has neither flow, match nor check");
        }
        if spec.cwe.is_empty() || !(0.0..=10.0).contains(&spec.severity) {
            self.fail("needs a CWE and a severity between 0 and 10");
        }
        if self.set.rules.iter().any(|r| r.id == spec.id) {
            self.fail(format_args!("a second rule `{}`", spec.id));
        }
        let flow = spec.flow.as_ref().map(|f| Flow { from: self.labels(&f.from), to: self.kinds(&f.to) });
        let mut fixes = Vec::with_capacity(spec.fixes.len());
        for (i, fix) in spec.fixes.iter().enumerate() {
            self.entry = Some(("fixes", i));
            fixes.extend(self.fix(fix));
        }
        self.entry = None;
        let rule = Rule {
            id: spec.id.clone(),
            cwe: spec.cwe.clone(),
            name: spec.name.clone(),
            severity: spec.severity,
            precision: self.grade(spec.precision.as_ref()),
            languages: spec.languages.clone(),
            flow,
            check: spec.check.clone(),
            message: folded(&spec.message),
            explain: folded(&spec.explain),
            remedy: folded(&spec.remedy),
            fixes,
            remedies: self.patterns(&spec.remedies),
            references: spec.references.clone(),
        };
        self.set.rules.push(rule);
        let number = (self.set.rules.len() - 1) as u16;
        let mut matches = Vec::with_capacity(spec.matches.len());
        for (i, entry) in spec.matches.iter().enumerate() {
            self.entry = Some(("match", i));
            matches.extend(self.matcher(number, spec, entry));
        }
        matches
    }

    fn matcher(
        &mut self,
        rule: u16,
        file: &schema::RuleFile,
        spec: &schema::MatchSpec,
    ) -> Option<(Vec<String>, Match)> {
        let trigger = self.calls_and_so_on(&spec.call, &spec.read, &spec.write, &spec.decorator)?;
        let languages = if spec.languages.is_empty() { file.languages.clone() } else { spec.languages.clone() };
        Some((
            languages,
            Match {
                rule,
                trigger,
                when: self.tests(&spec.when),
                at: self.optional_place(spec.at.as_ref()),
                origin: spec.origin,
                message: spec.message.clone(),
                confidence: self.grade(spec.confidence.as_ref()),
            },
        ))
    }

    fn calls_and_so_on(
        &mut self,
        call: &OneOrMany<String>,
        read: &OneOrMany<String>,
        write: &OneOrMany<String>,
        decorator: &OneOrMany<String>,
    ) -> Option<Trigger> {
        let options = vec![
            (Trigger::Call(self.patterns(call.as_slice())), !call.as_slice().is_empty()),
            (Trigger::Read(self.patterns(read.as_slice())), !read.as_slice().is_empty()),
            (Trigger::Write(self.patterns(write.as_slice())), !write.as_slice().is_empty()),
            (Trigger::Decorator(self.patterns(decorator.as_slice())), !decorator.as_slice().is_empty()),
        ];
        self.trigger(options)
    }

    fn fix(&mut self, spec: &schema::FixSpec) -> Option<Fix> {
        let spec = match spec {
            schema::FixSpec::Named(name) => return Some(Fix::Named(name.clone())),
            schema::FixSpec::Edit(spec) => spec,
        };
        let action = match (&spec.set, &spec.value, &spec.remove, &spec.callee, &spec.with) {
            (Some(at), Some(value), None, None, None) => EditAction::Set { at: self.place(at)?, value: value.clone() },
            (None, None, Some(at), None, None) => EditAction::Remove { at: self.place(at)? },
            (None, None, None, Some(path), None) => {
                let drop = spec.drop.iter().filter_map(|d| self.place(d)).collect();
                EditAction::Callee { path: path.clone(), drop }
            }
            (None, None, None, None, Some(with)) => {
                let at = match spec.wrap.as_deref() {
                    None | Some("sink") => None,
                    Some(at) => Some(self.place(at)?),
                };
                EditAction::Wrap { at, with: with.clone() }
            }
            _ => {
                self.fail("a fix is one of: set + value, remove, callee (+ drop), wrap + with");
                return None;
            }
        };
        Some(Fix::Edit(Edit { action, call: self.patterns(spec.call.as_slice()), languages: spec.languages.clone() }))
    }

    /// Adds a model file to `models`.
    pub fn model(&mut self, file: &str, spec: &schema::ModelFile, models: &mut Models) {
        let imports = spec.when_imports.as_slice();
        let requires: Vec<Test> = if imports.is_empty() {
            Vec::new()
        } else {
            vec![Test { at: None, kind: TestKind::Imports(imports.to_vec()), not: false }]
        };
        self.file = file.to_string();
        let section = |c: &mut Self, name: &'static str, i: usize| c.entry = Some((name, i));
        for (i, entry) in spec.types.iter().enumerate() {
            section(self, "types", i);
            self.type_entry(entry, &requires, models);
        }
        for (i, entry) in spec.entries.iter().enumerate() {
            section(self, "entries", i);
            models.entries.extend(self.entry(entry, &requires));
        }
        for (i, entry) in spec.sources.iter().enumerate() {
            section(self, "sources", i);
            models.sources.extend(self.source(entry, &requires));
        }
        for (i, entry) in spec.sinks.iter().enumerate() {
            section(self, "sinks", i);
            models.sinks.extend(self.sink(entry, &requires));
        }
        for (i, entry) in spec.barriers.iter().enumerate() {
            section(self, "barriers", i);
            models.barriers.extend(self.barrier(entry, &requires));
        }
        for (i, entry) in spec.guards.iter().enumerate() {
            section(self, "guards", i);
            models.guards.extend(self.guard(entry, &requires));
        }
        for (i, entry) in spec.steps.iter().enumerate() {
            section(self, "steps", i);
            models.steps.extend(self.step(entry, &requires));
        }
        for (i, entry) in spec.patterns.iter().enumerate() {
            section(self, "patterns", i);
            models.patterns.extend(self.regex_use(entry, &requires));
        }
        for (i, entry) in spec.operations.iter().enumerate() {
            section(self, "operations", i);
            let trigger = Trigger::Call(self.patterns(entry.call.as_slice()));
            let when = self.when(&entry.when, &requires);
            models.operations.push(OperationUse { trigger, does: entry.does, when });
        }
        for (i, entry) in spec.effects.iter().enumerate() {
            section(self, "effects", i);
            let call = self.patterns(entry.call.as_slice());
            models.effects.push(Effect { trigger: Trigger::Call(call), does: entry.does.as_slice().to_vec() });
        }
    }

    fn when(&mut self, own: &[schema::TestSpec], requires: &[Test]) -> Vec<Test> {
        let mut tests = requires.to_vec();
        tests.extend(self.tests(own));
        tests
    }

    fn type_entry(&mut self, spec: &schema::TypeSpec, requires: &[Test], models: &mut Models) {
        if let Some(is) = &spec.is {
            models.kinds_of.push(KindOf { of: spec.of.as_slice().to_vec(), is: is.clone() });
            return;
        }
        let none = OneOrMany::default();
        let Some(trigger) = self.calls_and_so_on(&spec.call, &spec.read, &none, &none) else { return };
        let Some(gives) = spec.gives.clone() else { return self.fail("needs `gives` or `is`") };
        let at = self.optional_place(spec.at.as_ref());
        let when = self.when(&spec.when, requires);
        models.types.push(Type { trigger, at, gives, when });
    }

    fn entry(&mut self, spec: &schema::EntrySpec, requires: &[Test]) -> Option<Entry> {
        for name in &spec.params_named {
            self.regex(name);
        }
        let options = vec![
            (Trigger::Decorator(self.patterns(spec.decorator.as_slice())), !spec.decorator.as_slice().is_empty()),
            (Trigger::Call(self.patterns(spec.call.as_slice())), !spec.call.as_slice().is_empty()),
            (
                Trigger::Base(self.patterns(spec.base.as_slice()), spec.methods.clone()),
                !spec.base.as_slice().is_empty(),
            ),
            (Trigger::ParamsNamed(spec.params_named.clone()), !spec.params_named.is_empty()),
        ];
        let trigger = self.trigger(options)?;
        if matches!(trigger, Trigger::Call(_)) != spec.handler.is_some() {
            self.fail("`call` and `handler` go together");
        }
        Some(Entry {
            trigger,
            handler: self.optional_place(spec.handler.as_ref()),
            params: spec
                .params
                .iter()
                .map(|p| Param { is: p.is.clone(), label: p.label.as_ref().map(|l| self.label(l)) })
                .collect(),
            rest_label: spec.rest_label.as_ref().map(|l| self.label(l)),
            returns: spec.returns.as_ref().map(|k| self.kind(k)),
            returns_when: self.tests(&spec.returns_when),
            returns_at: self.optional_place(spec.returns_at.as_ref()),
            route: spec.route,
            with: self.patterns(spec.with.as_slice()),
            without: self.patterns(spec.without.as_slice()),
            when: self.when(&spec.when, requires),
        })
    }

    fn source(&mut self, spec: &schema::SourceSpec, requires: &[Test]) -> Option<Source> {
        let named = spec.named.clone().map(|n| self.regex(&n));
        let options = vec![
            (Trigger::Call(self.patterns(spec.call.as_slice())), !spec.call.as_slice().is_empty()),
            (Trigger::Read(self.patterns(spec.read.as_slice())), !spec.read.as_slice().is_empty()),
            (Trigger::Named(named.clone().unwrap_or_default()), named.is_some()),
            (Trigger::Caught, spec.caught),
            (Trigger::ParamType(self.patterns(spec.param_type.as_slice())), !spec.param_type.as_slice().is_empty()),
            (
                Trigger::ParamDecorator(self.patterns(spec.param_decorator.as_slice())),
                !spec.param_decorator.as_slice().is_empty(),
            ),
        ];
        Some(Source {
            trigger: self.trigger(options)?,
            at: self.optional_place(spec.at.as_ref()),
            label: self.label(&spec.label),
            description: spec.description.clone(),
            safe_for: self.kinds(&spec.safe_for),
            when: self.when(&spec.when, requires),
        })
    }

    fn sink(&mut self, spec: &schema::SinkSpec, requires: &[Test]) -> Option<Sink> {
        let options = vec![
            (Trigger::Call(self.patterns(spec.call.as_slice())), !spec.call.as_slice().is_empty()),
            (Trigger::Write(self.patterns(spec.write.as_slice())), !spec.write.as_slice().is_empty()),
            (Trigger::Attribute(spec.attribute.as_slice().to_vec()), !spec.attribute.as_slice().is_empty()),
        ];
        let trigger = self.trigger(options)?;
        let bind = spec.bind.as_ref().and_then(|b| self.bind(b));
        let mut at: Vec<Place> = spec.at.as_slice().iter().filter_map(|p| self.place(p)).collect();
        if spec.at.as_slice().is_empty() {
            match trigger {
                Trigger::Call(_) => self.fail("a sink at a call needs `at`"),
                _ => at.extend(self.place("value")),
            }
        }
        Some(Sink {
            trigger,
            kind: self.kind(&spec.kind),
            at,
            format: self.optional_place(spec.format.as_ref()),
            when: self.when(&spec.when, requires),
            bind,
            confidence: self.grade(spec.confidence.as_ref()),
        })
    }

    fn bind(&mut self, spec: &schema::BindSpec) -> Option<Bind> {
        let style = match spec.style.as_str() {
            "qmark" => BindStyle::Qmark,
            "format" | "pyformat" => BindStyle::Format,
            "named" => BindStyle::Named,
            "numbered" => BindStyle::Numbered,
            other => {
                self.fail(format_args!("`{other}` is no style of placeholders: qmark, format, named, numbered"));
                return None;
            }
        };
        Some(Bind { at: self.place(&spec.at)?, style })
    }

    fn barrier(&mut self, spec: &schema::BarrierSpec, requires: &[Test]) -> Option<Barrier> {
        let none = OneOrMany::default();
        Some(Barrier {
            trigger: self.calls_and_so_on(&spec.call, &spec.read, &none, &none)?,
            at: self.optional_place(spec.at.as_ref()),
            clears: self.kinds(&spec.clears),
            when: self.when(&spec.when, requires),
        })
    }

    fn guard(&mut self, spec: &schema::GuardSpec, requires: &[Test]) -> Option<Guard> {
        let safe_when = match &spec.safe_when {
            schema::SafeWhen::Outcome(true) => Outcome::True,
            schema::SafeWhen::Outcome(false) => Outcome::False,
            schema::SafeWhen::Word(word) if word == "returned" => Outcome::Returned,
            schema::SafeWhen::Word(word) => {
                self.fail(format_args!("`safe-when: {word}`: true, false or returned"));
                return None;
            }
        };
        Some(Guard {
            trigger: Trigger::Call(self.patterns(spec.call.as_slice())),
            at: spec.at.as_slice().iter().filter_map(|p| self.place(p)).collect(),
            safe_when,
            requires: self.kinds(&spec.requires),
            clears: self.kinds(&spec.clears),
            when: self.when(&spec.when, requires),
        })
    }

    fn regex_use(&mut self, spec: &schema::PatternSpec, requires: &[Test]) -> Option<RegexUse> {
        let anchor = match spec.anchor.as_deref() {
            None | Some("search") => Anchor::Search,
            Some("start") => Anchor::Start,
            Some("full") => Anchor::Full,
            Some(other) => {
                self.fail(format_args!("`anchor: {other}`: search, start or full"));
                return None;
            }
        };
        Some(RegexUse {
            trigger: Trigger::Call(self.patterns(spec.call.as_slice())),
            pattern: self.place(&spec.pattern)?,
            input: self.optional_place(spec.input.as_ref()),
            flags: self.optional_place(spec.flags.as_ref()),
            anchor,
            when: self.when(&spec.when, requires),
        })
    }

    fn step(&mut self, spec: &schema::StepSpec, requires: &[Test]) -> Option<Step> {
        Some(Step {
            trigger: Trigger::Call(self.patterns(spec.call.as_slice())),
            from: spec.from.as_slice().iter().filter_map(|p| self.place(p)).collect(),
            format: spec.format.as_deref().and_then(|p| self.place(p)),
            to: self.place(spec.to.as_deref().unwrap_or("return"))?,
            when: self.when(&spec.when, requires),
        })
    }
}

/// A text as paragraphs: line breaks inside one are how the file is written, not what it says.
fn folded(text: &str) -> String {
    let paragraphs = text.split("\n\n").map(|p| p.split_whitespace().collect::<Vec<_>>().join(" "));
    paragraphs.filter(|p| !p.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn constant(value: &schema::Constant) -> Constant {
    match value {
        schema::Constant::Bool(b) => Constant::Bool(*b),
        schema::Constant::Int(i) => Constant::Int(*i),
        schema::Constant::Float(f) => Constant::Float(*f),
        schema::Constant::Str(s) => Constant::Str(s.clone()),
        schema::Constant::Null(()) => Constant::Null,
    }
}
