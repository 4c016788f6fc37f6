//! Regular expressions that are used: noted, and understood as guards.

use std::rc::Rc;

use super::call::PATTERN_STEPS;
use super::engine::Engine;
use super::eval::shorten;
use super::facts::PatternFact;
use super::lookup::Site;
use super::value::{Const, Taint, Value};
use crate::checks::regex::{Dialect, Flags, MatchKind, Whole, constant_ends};
use crate::rules::compiled::{Anchor, RegexUse};
use crate::rules::index::Ref;
use crate::syntax::hir::*;

impl Engine<'_> {
    pub fn patterns(&mut self, refs: &[Ref], site: &Site<'_>, path: &str, result: &mut Value) {
        for entry in refs {
            let Ref::Pattern(i) = entry else { continue };
            let Some(usage) = self.index.models.patterns.get(*i as usize) else { continue };
            if self.holds(&usage.when, site) {
                self.pattern(usage, site, path, result);
            }
        }
    }

    pub fn pattern(&mut self, usage: &RegexUse, site: &Site<'_>, path: &str, result: &mut Value) {
        let flags = usage.flags.as_ref().map(|f| self.select(f, site).values()).unwrap_or_default();
        let flags = flags.first().and_then(|s| s.value.single_str().cloned());
        let found: Vec<(Rc<str>, Rc<str>, Span)> =
            self.select(&usage.pattern, site).values().iter().flat_map(|s| pattern_constants(&s.value)).collect();
        let input = usage.input.as_ref().map(|p| self.select(p, site).values()).unwrap_or_default();
        let taints: Vec<Taint> = input.iter().flat_map(|s| s.value.deep_taints()).collect();
        let single = found.len() == 1;
        for (pattern, own_flags, literal) in found {
            let flags = flags.clone().unwrap_or(own_flags);
            let strongest = taints.iter().min_by_key(|t| (self.weakness_of(t), t.origin)).copied();
            let flow = strongest.map(|t| self.flow_of(t.step)).unwrap_or_default();
            let labels = self.labels_of(&taints, 0) | self.library_input(&taints);
            let fact = PatternFact {
                span: site.span,
                function: self.current(),
                literal,
                pattern: pattern.to_string(),
                flags: flags.to_string(),
                anchor: usage.anchor,
                labels,
                flow,
                target: path.to_string(),
            };
            let place = (fact.span, fact.literal);
            match self.ids.patterns.get(&place).and_then(|&i| self.facts.patterns.get_mut(i)) {
                Some(old) if old.labels | labels != old.labels => *old = fact,
                Some(_) => {}
                None => {
                    self.ids.patterns.insert(place, self.facts.patterns.len());
                    self.facts.patterns.push(fact);
                }
            }
            if single && !taints.is_empty() {
                let mut kinds = self.kinds_kept_out(&pattern, &flags, usage.anchor);
                if usage.anchor == Anchor::Search && !(pattern.starts_with('^') && pattern.ends_with('$')) {
                    kinds |= self.library.kind_bit("pattern-part");
                }
                let by = format!("the pattern `{}`", shorten(&pattern));
                let clears = self.clears(&taints, kinds, site.span, &by);
                // Where nothing else than some characters is found, the text is of those.
                let without = match (usage.anchor, all_but(&pattern)) {
                    (Anchor::Search, Some(full)) => {
                        let kinds = self.kinds_kept_out(&full.into(), &flags, Anchor::Full);
                        self.clears(&taints, kinds, site.span, &by)
                    }
                    _ => Vec::new(),
                };
                if !clears.is_empty() || !without.is_empty() {
                    let mut truth = result.truth.as_deref().cloned().unwrap_or_default();
                    truth.when_true.extend(clears);
                    truth.when_false.extend(without);
                    result.truth = Some(Rc::new(truth));
                }
            }
        }
    }

    /// The sink kinds whose dangerous characters a full match of the pattern keeps out.
    pub fn kinds_kept_out(&self, pattern: &Rc<str>, flags: &Rc<str>, anchor: Anchor) -> u64 {
        let key = (pattern.clone(), flags.clone(), anchor);
        if let Some(known) = self.memo.kept_out.borrow().get(&key) {
            return *known;
        }
        self.charge(PATTERN_STEPS);
        let kinds = self.find_kinds_kept_out(pattern, flags, anchor);
        self.memo.kept_out.borrow_mut().insert(key, kinds);
        kinds
    }

    pub fn find_kinds_kept_out(&self, pattern: &str, flags: &str, anchor: Anchor) -> u64 {
        let translated = (self.file.language == Language::Go).then(|| re2_as_javascript(pattern));
        let (pattern, flags) = translated.as_ref().map_or((pattern, flags), |(p, f)| (p.as_str(), f.as_str()));
        let (dialect, flags, kind) = self.dialect(flags, anchor);
        let mut kinds = self.kinds_ended(pattern, dialect, flags, kind);
        let Some(whole) = Whole::new(pattern, dialect, flags, kind) else { return kinds };
        let set = whole.charset();
        for (i, known) in self.library.set().kinds.iter().enumerate() {
            let dangerous = match &known.dangerous {
                Some(dangerous) => dangerous.as_str(),
                // Only Go's models tell the places apart at which a name without separators still does harm.
                None if self.file.language == Language::Go && !known.dangerous_words.is_empty() => "",
                None => continue,
            };
            let word = |w: &String| if known.words_alone { whole.may_be(w) } else { whole.may_contain(w) };
            if !set.contains_any(dangerous) && !known.dangerous_words.iter().any(word) {
                kinds |= 1 << i;
            }
        }
        kinds
    }

    /// The sink kinds to which the end that every match of the pattern has leaves nothing to harm.
    fn kinds_ended(&self, pattern: &str, dialect: Dialect, flags: Flags, kind: MatchKind) -> u64 {
        let kinds = &self.library.set().kinds;
        if kinds.iter().all(|k| k.safe_suffix.is_none()) {
            return 0;
        }
        let Some(ends) = constant_ends(pattern, dialect, flags, kind) else { return 0 };
        let safe = |suffix: &String| ends.iter().all(|end| self.index.regex_matches(suffix, end));
        let ended = |i: &usize| kinds.get(*i).is_some_and(|k| k.safe_suffix.as_ref().is_some_and(safe));
        (0..kinds.len()).filter(ended).fold(0, |all, i| all | 1 << i)
    }

    pub fn dialect(&self, flags: &str, anchor: Anchor) -> (Dialect, Flags, MatchKind) {
        let dialect = match self.file.language {
            Language::Python => Dialect::Python,
            Language::Java => Dialect::Java,
            _ => Dialect::JavaScript,
        };
        let kind = match anchor {
            Anchor::Search => MatchKind::Search,
            Anchor::Start => MatchKind::MatchStart,
            Anchor::Full => MatchKind::FullMatch,
        };
        (dialect, Flags::from_letters(flags, dialect), kind)
    }
}

/// The pattern of texts in which a pattern for one character out of a set (`[^a-z]`) finds nothing.
fn all_but(pattern: &str) -> Option<String> {
    if let "\\W" | "\\W+" = pattern {
        return Some("^\\w*$".to_string());
    }
    let set = pattern.strip_suffix(['+', '*']).unwrap_or(pattern).strip_prefix("[^")?.strip_suffix(']')?;
    let mut escaped = false;
    for c in set.chars() {
        if matches!(c, ']' | '[') && !escaped {
            return None;
        }
        escaped = c == '\\' && !escaped;
    }
    (!escaped && !pattern.ends_with('*')).then(|| format!("^[{set}]*$"))
}

/// The regular expressions that a value is.
pub fn pattern_constants(value: &Value) -> Vec<(Rc<str>, Rc<str>, Span)> {
    let inner = value.field("pattern");
    let flags: Rc<str> = value.field("flags").and_then(|f| f.single_str().cloned()).unwrap_or_else(|| "".into());
    let source = inner.as_ref().unwrap_or(value);
    (source.constants().iter())
        .filter_map(|c| match &c.value {
            Const::Str(s) => Some((s.clone(), flags.clone(), c.span)),
            Const::Regex { pattern, flags } => Some((pattern.clone(), flags.clone(), c.span)),
            _ => None,
        })
        .collect()
}

/// A pattern of Go's as JavaScript writes it, and its flags.
fn re2_as_javascript(pattern: &str) -> (String, String) {
    const CLASSES: &[(&str, &str)] = &[
        ("[:alpha:]", "a-zA-Z"),
        ("[:digit:]", "0-9"),
        ("[:alnum:]", "a-zA-Z0-9"),
        ("[:word:]", "a-zA-Z0-9_"),
        ("[:lower:]", "a-z"),
        ("[:upper:]", "A-Z"),
        ("[:xdigit:]", "a-fA-F0-9"),
        ("[:space:]", "\\s"),
    ];
    let mut flags = String::new();
    let mut rest = pattern;
    if let Some((own, behind)) = pattern.strip_prefix("(?").and_then(|p| p.split_once(')'))
        && own.chars().all(|c| matches!(c, 'i' | 'm' | 's'))
    {
        flags.push_str(own);
        rest = behind;
    }
    let mut out = rest.replace("(?P<", "(?<").replace("\\A", "^").replace("\\z", "$");
    for (class, set) in CLASSES {
        out = out.replace(class, set);
    }
    if out.contains("\\p") || out.contains("\\P") {
        flags.push('u');
    }
    (out, flags)
}
