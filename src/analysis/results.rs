//! From what the walk noted to findings.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use super::engine::{Analysis, Engine};
use super::eval::shorten;
use super::facts::{FALLBACK, Facts};
use super::lookup::Site;
use super::trace::{OriginKind, StepMessage};
use super::value::{StepId, Taint};
use crate::finding::{Confidence, Finding};
use crate::links::program::Program;
use crate::rules::compiled::{Rule, Short};
use crate::rules::place::documented;
use crate::syntax::Source;
use crate::syntax::hir::*;

/// The longest flow that is shown; the middle of a longer one is left out.
const MAX_FLOW: usize = 24;

/// How many hits are looked through at the cost of a step.
const HITS_A_STEP: usize = 64;

/// That a rule's condition was met at a place.
#[derive(Clone)]
pub struct Hit {
    pub rule: u16,
    pub span: Span,
    pub function: FunctionId,
    pub sink: String,
    pub confidence: Confidence,
    /// The last step of the way here, and what the data is called.
    pub step: Option<(StepId, String)>,
    pub message: Option<String>,
    /// The parameter that the data is, when nothing is known of where it comes from.
    pub param: Option<(FunctionId, u32)>,
    pub kind: Option<u8>,
    pub cleared: u64,
    /// Whether the walk that came here began in the file itself.
    pub from_own: bool,
    /// What a guard on the way lacks.
    pub lacks: Option<String>,
}

/// The confidence that a label gives by itself.
fn confidence_of(label: &str) -> Confidence {
    match label {
        "stored" | "file" | "local" | "environment" => Confidence::Medium,
        "parameter" => Confidence::Low,
        _ => Confidence::High,
    }
}

fn grade(number: u8) -> Confidence {
    match number {
        0 => Confidence::Low,
        1 => Confidence::Medium,
        _ => Confidence::High,
    }
}

impl<'a> Engine<'a> {
    fn applies(&self, rule: &Rule) -> bool {
        crate::inspect::applies(rule, self.file.language)
    }

    /// Lower is stronger: which of several labelled data a report should name.
    pub fn weakness_of(&self, taint: &Taint) -> u8 {
        let Some(origin) = self.origins.get(taint.origin.0 as usize) else { return 9 };
        let name = origin.label.and_then(|l| self.library.set().labels.get(l as usize));
        match name.map(|n| confidence_of(n)) {
            Some(Confidence::High) => 0,
            Some(Confidence::Medium) => 1,
            Some(Confidence::Low) => 2,
            None => 3,
        }
    }

    /// Whether a function is part of what a module offers to its users. In Java nearly all methods are public, and in Go every
    /// other package of the program is a user, which tells nothing.
    fn is_offered(&self, function: FunctionId) -> bool {
        let tells = !matches!(self.file.language, Language::Python | Language::Java | Language::Go);
        tells && self.file.function(function).is_exported
    }

    /// Whether a function for others is given something that is no command by its name: whoever passes it does not know that
    /// it becomes part of one. A function that is given the whole command is there to run it.
    fn is_library_input(&self, (id, index): (FunctionId, u32), taint: &Taint) -> bool {
        let function = self.file.function(id);
        let name = function.params.get(index as usize).map_or("", |p| self.text(p.span)).to_ascii_lowercase();
        let words = ["cmd", "command", "code", "script", "expr", "args", "option"];
        let behind_text = taint.cleared & self.library.kind_bit("path-relative") != 0;
        if words.iter().any(|word| name.contains(word)) {
            return false;
        }
        let is_entry = self.entries.get(id.index()).is_some_and(Option::is_some);
        // Python has no list of what a module offers: there only names tell.
        let by_name = self.file.language == Language::Python && function.is_exported && function.class.is_none();
        self.is_offered(id) || by_name && behind_text && !is_entry
    }

    /// Whether a function is called in its own file, which shows what it is given.
    fn is_called_here(&self, function: FunctionId) -> bool {
        self.facts.calls.iter().any(|c| c.callees.contains(&function))
    }

    /// The label of parameters, as a bit, when some of the data are parameters of functions that the module offers.
    pub fn library_input(&self, taints: &[Taint]) -> u32 {
        let offered = taints.iter().any(|t| {
            let origin = self.origins.get(self.root(t.origin).0 as usize).map(|o| &o.kind);
            matches!(origin, Some(OriginKind::Param { function, .. }) if self.is_offered(*function))
        });
        match self.library.label("parameter") {
            Some(label) if offered => 1 << label,
            _ => 0,
        }
    }

    /// Labelled data has reached a sink of a kind, at `span`, by way of `path`. `confidence` is the best that a finding here
    /// can have, as the models grade it.
    pub fn hit(&mut self, kind: u8, confidence: u8, taints: &[Taint], span: Span, path: &str) {
        self.hit_in(self.current(), (kind, confidence), taints, span, path);
    }

    /// The same in a function that is not walked at the moment.
    fn hit_in(&mut self, function: FunctionId, sink: (u8, u8), taints: &[Taint], span: Span, path: &str) {
        let (kind, confidence) = sink;
        let bit = 1u64 << kind;
        for taint in taints {
            if self.is_safe(taint, kind) {
                continue;
            }
            let root = self.root(taint.origin);
            let Some(origin) = self.origins.get(root.0 as usize) else { continue };
            let (label, param) = match origin.kind {
                OriginKind::Param { function, index } => (self.library.label("parameter"), Some((function, index))),
                _ => (origin.label, None),
            };
            let Some(label) = label else { continue };
            let description = origin.description.to_string();
            let name = self.library.set().labels.get(label as usize).map_or("", |l| l);
            // Whoever calls a library cannot know that it runs what it is given.
            let library = self.library.set().kinds.get(kind as usize).is_some_and(|k| k.library)
                && param.is_some_and(|param| self.is_library_input(param, taint));
            let own = if library { Confidence::Medium } else { confidence_of(name) };
            let short = self.lack_of(kind, taint);
            let unsure = short.is_some_and(|s| s.unsure);
            let sure = own.min(grade(confidence)).min(if unsure { Confidence::Medium } else { Confidence::High });
            for (i, rule) in self.library.rules().iter().enumerate() {
                let Some(flow) = rule.flow else { continue };
                if flow.to & bit == 0 || flow.from & (1 << label) == 0 || !self.applies(rule) {
                    continue;
                }
                self.add_hit(Hit {
                    rule: i as u16,
                    span,
                    function,
                    sink: path.to_string(),
                    confidence: sure,
                    step: Some((taint.step, description.clone())),
                    message: None,
                    param,
                    kind: Some(kind),
                    cleared: taint.cleared,
                    from_own: self.began_in_own(),
                    lacks: short.map(|s| s.but.clone()),
                });
            }
        }
    }

    fn began_in_own(&self) -> bool {
        self.out || self.active.first().is_none_or(|f| self.is_own(*f))
    }

    /// What the guards lack that data has passed and that do not suffice.
    fn lack_of(&self, kind: u8, taint: &Taint) -> Option<&'a Short> {
        let known = self.library.set().kinds.get(kind as usize)?;
        known.falls_short.iter().find(|s| taint.cleared & s.cleared == s.cleared)
    }

    /// Keeps the surest hit of a rule at a place; of equals, the first.
    fn add_hit(&mut self, hit: Hit) {
        let key = (hit.rule, hit.span);
        match self.ids.hits.get(&key).and_then(|&i| self.hits.get_mut(i)) {
            Some(old) if old.from_own != hit.from_own => {
                if hit.from_own {
                    *old = hit;
                }
            }
            Some(old) if (old.param.is_some(), old.confidence) == (hit.param.is_some(), hit.confidence) => {}
            Some(old) if old.param.is_none() && hit.param.is_some() => {}
            Some(old) if old.param.is_some() && hit.param.is_none() => *old = hit,
            Some(old) if old.confidence < hit.confidence => *old = hit,
            Some(_) => {}
            None => {
                self.ids.hits.insert(key, self.hits.len());
                self.hits.push(hit);
            }
        }
    }

    /// Sinks inside a function that its parameters reach, for a call that is not walked.
    pub fn hits_by_summary(&mut self, id: FunctionId, site: &Site<'_>, skip: u32) {
        self.charge(self.hits.len() / HITS_A_STEP);
        let reached: Vec<Hit> = self.hits.iter().filter(|h| h.param.is_some_and(|(f, _)| f == id)).cloned().collect();
        for hit in reached {
            let (Some((_, index)), Some(kind)) = (hit.param, hit.kind) else { continue };
            let Some(arg) = site.args.get(index.saturating_sub(skip) as usize) else { continue };
            let taints: Vec<Taint> = (arg.value.deep_taints().into_iter())
                .map(|t| {
                    let symbol = self.file.function(id).symbol.to_string().into();
                    let step = self.step(site.span, StepMessage::Argument(symbol), Some(t.step));
                    Taint { cleared: t.cleared | hit.cleared, step, ..t }
                })
                .collect();
            self.hit_in(hit.function, (kind, 2), &taints, hit.span, &hit.sink);
        }
    }

    /// A match entry fits a site.
    pub fn matched(&mut self, i: u32, site: &Site<'_>, path: &str) {
        let Some(entry) = self.index.models.matches.get(i as usize) else { return };
        let Some(rule) = self.library.rules().get(entry.rule as usize) else { return };
        if !self.applies(rule) || !self.holds(&entry.when, site) {
            return;
        }
        let mut span = site.span;
        let mut message = entry.message.clone();
        if let Some(at) = &entry.at
            && let Some(selected) = self.select(at, site).values().first()
        {
            span = selected.expr.map_or(span, |e| self.file.expr(e).span);
            if let (true, Some(constant)) = (entry.origin, selected.value.constants().first()) {
                span = constant.span;
                if self.is_fallback(&selected.value) {
                    let said = message.as_ref().unwrap_or(&rule.message);
                    message = Some(format!("{said}{FALLBACK}"));
                }
            }
        }
        self.add_hit(Hit {
            rule: entry.rule,
            span,
            function: self.current(),
            sink: path.to_string(),
            confidence: grade(entry.confidence),
            step: None,
            message,
            param: None,
            kind: None,
            cleared: 0,
            from_own: self.began_in_own(),
            lacks: None,
        });
    }

    /// The way to a step, from its source on: places and phrases.
    pub fn flow_of(&self, last: StepId) -> Vec<(Span, String)> {
        let mut steps = Vec::new();
        let mut current = Some(last);
        while let Some(step) = current.and_then(|id| self.steps.get(id.0 as usize)) {
            let message = match &step.message {
                StepMessage::Source(text) => text.to_string(),
                StepMessage::Assigned(name) => format!("assigned to `{}`", self.file.text(*name)),
                StepMessage::Argument(target) => format!("passed to `{}`", documented(target)),
                StepMessage::Returned => "returned".to_string(),
                StepMessage::Through(target) => format!("through `{}`", documented(target)),
            };
            if steps.last().is_none_or(|(span, _)| *span != step.span) {
                steps.push((step.span, message));
            }
            current = step.before;
            if steps.len() > 200 {
                break;
            }
        }
        steps.reverse();
        if steps.len() > MAX_FLOW {
            steps.drain(MAX_FLOW / 2..steps.len() - MAX_FLOW / 2);
        }
        steps
    }
}

/// Makes the findings of an analysed file.
pub struct Finder<'e, 'a> {
    engine: &'e Engine<'a>,
    program: &'e Program<'a>,
}

impl<'e, 'a> Finder<'e, 'a> {
    pub fn new(engine: &'e Engine<'a>, program: &'e Program<'a>) -> Self {
        Finder { engine, program }
    }

    pub fn finish(self) -> Analysis {
        let told = self.engine.hits.iter().filter(|h| h.param.is_none_or(|p| !self.engine.quiet_params.contains(&p)));
        let all = told.filter_map(|h| self.finding(h));
        let (mut findings, elsewhere): (Vec<Finding>, Vec<Finding>) = all.partition(|f| f.path == self.program.path());
        number(&mut findings, self.program.own_source());
        let mut facts = self.engine.facts.clone();
        facts.handlers.extend(self.engine.other_handlers());
        facts.keep_own(&self.engine.links.own());
        sort(&mut facts);
        let own = self.engine.unfinished.iter().filter(|f| self.engine.is_own(**f));
        let mut unfinished: Vec<String> = own.map(|f| self.engine.file.function(*f).symbol.to_string()).collect();
        unfinished.sort();
        unfinished.dedup();
        Analysis { findings, elsewhere, facts, spent: !self.engine.unfinished.is_empty(), unfinished }
    }

    /// Of other files, only what data does that comes there from this one: the rest is found when these are analysed.
    fn is_ours(&self, hit: &Hit) -> bool {
        hit.span.start < self.engine.links.bytes
            || hit.from_own && hit.step.is_some() && hit.confidence >= Confidence::Medium
    }

    fn finding(&self, hit: &Hit) -> Option<Finding> {
        if !self.is_ours(hit) {
            return None;
        }
        let rule = self.engine.library.rules().get(hit.rule as usize)?;
        let sink = documented(&hit.sink).into_owned();
        let mut flow = Vec::new();
        let mut source = "data".to_string();
        if let Some((step, description)) = &hit.step {
            source.clone_from(description);
            let steps = self.engine.flow_of(*step);
            flow.extend(steps.into_iter().map(|(span, message)| self.program.step(span, message)));
            flow.push(self.program.step(hit.span, format!("reaches `{}`", shorten(&sink))));
        }
        let known = hit.param.is_some_and(|(function, _)| self.engine.is_called_here(function));
        let confidence =
            if known && self.engine.file.language == Language::Python { Confidence::Low } else { hit.confidence };
        let message = hit.message.as_ref().unwrap_or(&rule.message);
        let message = message.replace("{source}", &source).replace("{sink}", &format!("`{}`", shorten(&sink)));
        let place = self.program.step(hit.span, String::new());
        let lacks = hit.lacks.as_ref().map(|but| format!("; {but}")).unwrap_or_default();
        Some(Finding {
            rule: rule.id.clone(),
            cwe: rule.cwe.clone(),
            severity: rule.severity,
            confidence,
            precision: grade(rule.precision),
            path: place.path,
            region: place.region,
            message: capitalise(&message) + &lacks,
            flow,
            symbol: self.engine.file.function(hit.function).symbol.to_string(),
            sink,
            related: Vec::new(),
            fingerprint: String::new(),
        })
    }
}

fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

fn sort(facts: &mut Facts) {
    facts.calls.sort_by_key(|c| (c.span, c.function));
    facts.sinks.sort_by_key(|s| (s.span, s.kind));
    facts.patterns.sort_by_key(|p| (p.span, p.literal));
    facts.routes.sort_by_key(|r| r.span);
    facts.handlers.sort_by_key(|h| h.function);
    facts.clears.sort();
    facts.writes.sort_by_key(|w| w.span);
    facts.reads.sort_by_key(|r| r.span);
    facts.constants.sort_by(|a, b| (a.literal, &a.name).cmp(&(b.literal, &b.name)));
}

/// Sorts findings and gives them their fingerprints; equal ones are numbered in source order.
pub fn number(findings: &mut [Finding], source: &Source) {
    number_behind(findings, &[], source);
}

/// The same for findings of a file that has others already: no two have the same fingerprint.
pub fn number_behind(findings: &mut [Finding], others: &[Finding], source: &Source) {
    findings.sort_by(|a, b| a.sort_key().partial_cmp(&b.sort_key()).unwrap_or(std::cmp::Ordering::Equal));
    let identity_of = |finding: &Finding| {
        let text: String = source.slice(finding.region.span()).split_whitespace().collect::<Vec<_>>().join(" ");
        [&*finding.rule, &finding.path, &finding.symbol, &finding.sink, &text].join("\u{0}")
    };
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    others.iter().for_each(|other| *seen.entry(identity_of(other)).or_default() += 1);
    for finding in findings {
        let identity = identity_of(finding);
        let count = seen.entry(identity.clone()).or_default();
        *count += 1;
        let digest = Sha256::digest(format!("{identity}\u{0}{count}").as_bytes());
        finding.fingerprint = digest.iter().take(16).map(|b| format!("{b:02x}")).collect();
    }
}
