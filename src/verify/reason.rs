//! Why a finding is gone. A finding that is merely no longer seen (behind `getattr`, in an invented `sanitize()`) has no
//! reason, and its fix is not let through.

use std::collections::BTreeSet;

use super::effects::{is_barrier, is_remedy, written_calls};
use crate::analysis::facts::{RouteFact, SinkFact, SinkStatus};
use crate::checks::regex::{self, Verdict};
use crate::checks::{backtracking, routes};
use crate::edit::EditSet;
use crate::finding::Finding;
use crate::inspect::Inspected;
use crate::rules::Library;
use crate::rules::compiled::Rule;
use crate::rules::place::documented;
use crate::syntax::hir::{Expr, ExprId, ExprKind, File, Language, Span};

/// What the judgement is made from.
struct Case<'a> {
    finding: &'a Finding,
    rule: &'a Rule,
    before: &'a Inspected,
    after: &'a Inspected,
    edits: &'a EditSet,
    library: &'a Library,
    language: Language,
}

/// The reason as a phrase; none when nothing explains it.
pub fn of(
    finding: &Finding,
    before: &Inspected,
    after: &Inspected,
    edits: &EditSet,
    library: &Library,
) -> Option<String> {
    let rule = library.rule(&finding.rule)?;
    let language = after.result.language?;
    let case = Case { finding, rule, before, after, edits, library, language };
    case.remedy_call()
        .or_else(|| case.sink_made_safe())
        .or_else(|| case.barrier_written())
        .or_else(|| case.linear_pattern())
        .or_else(|| case.read_from_outside())
        .or_else(|| case.limited_route())
        .or_else(|| case.safe_arguments())
        .or_else(|| case.less_arrives())
        .or_else(|| case.left_out())
        .or_else(|| case.source_replaced())
}

impl Case<'_> {
    fn kinds(&self) -> u64 {
        self.rule.flow.map_or(0, |f| f.to)
    }

    /// Where the finding's place is afterwards: what was written, and what stayed around it.
    fn near(&self, span: Span) -> bool {
        let written = self.edits.written();
        written.iter().any(|w| w.overlaps(span) || span.contains(*w))
            || self
                .edits
                .map(self.finding.region.start)
                .is_some_and(|at| span.start <= at && at < span.end.max(span.start + 1))
    }

    /// The sink is replaced by a call that does the job safely.
    fn remedy_call(&self) -> Option<String> {
        let calls = written_calls(self.after, self.edits);
        let call = calls.into_iter().find(|c| is_remedy(&[self.rule], c, self.language, self.library))?;
        // The remedy can have stood there before; then it explains nothing.
        let before = self.before.facts.calls.iter().filter(|c| c.path == call.path).count();
        let after = self.after.facts.calls.iter().filter(|c| c.path == call.path).count();
        let is_sink = self
            .after
            .facts
            .sinks
            .iter()
            .any(|s| s.span == call.span && s.status == SinkStatus::Labelled && self.kinds() & (1 << s.kind) != 0);
        (after > before && !is_sink).then(|| format!("uses `{}`", documented(&call.path)))
    }

    /// The sink is still there, and what arrives is a constant, bound, or made safe.
    fn sink_made_safe(&self) -> Option<String> {
        let mut statuses = self.after.facts.sinks.iter().filter(|s| self.is_sink(s));
        let fact = statuses.find(|s| s.status != SinkStatus::Labelled)?;
        let constant_before = self.before.facts.sinks.iter().any(|s| s.target == fact.target && s.bound);
        match &fact.status {
            SinkStatus::Constant if fact.bound && !constant_before => {
                Some("values are bound as parameters".to_string())
            }
            SinkStatus::Constant => Some(format!("only a constant reaches {}", quoted(&fact.target))),
            SinkStatus::Cleared(by) if by.is_empty() => Some("the data is made safe on its way".to_string()),
            SinkStatus::Cleared(by) => Some(format!("{by} makes the data safe")),
            SinkStatus::Unlabelled if fact.bound => Some("values are bound as parameters".to_string()),
            _ => None,
        }
    }

    fn is_sink(&self, fact: &SinkFact) -> bool {
        let target = documented(&fact.target) == self.finding.sink;
        self.kinds() & (1 << fact.kind) != 0 && target && self.near(fact.span)
    }

    /// A barrier or guard that the models know was written, and the sink is one without a fact (a returned value).
    fn barrier_written(&self) -> Option<String> {
        let kinds = self.kinds();
        if kinds == 0 {
            return None;
        }
        let new: Vec<_> = (self.after.facts.clears.iter())
            .filter(|c| c.kinds & kinds != 0 && self.edits.written().iter().any(|w| w.overlaps(c.span)))
            .collect();
        if let Some(clear) = new.first() {
            return Some(format!("{} makes the data safe", clear.by));
        }
        let calls = written_calls(self.after, self.edits);
        let call = calls.into_iter().find(|c| is_barrier(&c.path, kinds, self.language, self.library))?;
        Some(format!("`{}` makes the data safe", documented(&call.path)))
    }

    fn linear_pattern(&self) -> Option<String> {
        if self.rule.check.as_deref() != Some("regex-backtracking") {
            return None;
        }
        let file = self.after.file.as_ref()?;
        let mut patterns = self.after.facts.patterns.iter().filter(|p| self.near(p.span) || self.near(p.literal));
        patterns.find_map(|fact| {
            let (dialect, flags, kind) = backtracking::dialect(file.language, fact);
            let safe = matches!(regex::analyse(&fact.pattern, dialect, flags, kind), Verdict::Safe);
            safe.then(|| "the pattern matches in linear time".to_string())
        })
    }

    /// A constant is read from the environment instead.
    fn read_from_outside(&self) -> Option<String> {
        let fits = |path: &str| {
            let lineage = self.library.models(self.language).lineage(path);
            self.rule.remedies.iter().any(|p| {
                lineage.iter().any(|l| p.fits(l) || l.rsplit_once('.').is_some_and(|(owner, _)| p.fits(owner)))
            })
        };
        let written = self.edits.written();
        let read =
            self.after.facts.reads.iter().find(|r| written.iter().any(|w| w.overlaps(r.span)) && fits(&r.path))?;
        Some(format!("read from `{}`", documented(&read.path)))
    }

    fn limited_route(&self) -> Option<String> {
        if self.rule.check.as_deref() != Some("missing-rate-limit") {
            return None;
        }
        let models = self.library.models(self.language);
        let limiter = |path: &String| models.lineage(path).iter().any(|p| p == "RateLimiter");
        let file = self.after.file.as_deref()?;
        let refusals = routes::refusals(file);
        let own = |r: &RouteFact| routes::own_limiter(file, &refusals, r).is_some();
        let limited = |r: &&RouteFact| r.arguments.iter().any(|(_, p)| limiter(p)) || own(r);
        let route = self.after.facts.routes.iter().filter(|r| self.near(r.span)).find(limited)?;
        Some(format!("`{}` is limited", documented(&route.target)))
    }

    /// The same call is made, and no longer in a way that the rule matches.
    fn safe_arguments(&self) -> Option<String> {
        if !self.finding.flow.is_empty() || self.rule.check.is_some() && self.finding.sink.is_empty() {
            return None;
        }
        let sink = self.finding.sink.as_str();
        let calls = self.after.facts.calls.iter().filter(|c| self.near(c.span));
        let same = calls.map(|c| documented(&c.path)).find(|p| *p == sink);
        let written = self
            .after
            .facts
            .writes
            .iter()
            .filter(|w| self.near(w.span))
            .map(|w| documented(&w.path))
            .find(|p| *p == sink);
        let what = same.or(written)?;
        Some(format!("`{what}` is used safely"))
    }

    /// Where the data came from, before the sink, nothing but a constant is written now.
    fn source_replaced(&self) -> Option<String> {
        let file = self.after.file.as_ref()?;
        let steps = self.finding.flow.split_last().map(|(_, steps)| steps)?;
        let own = |span: Span| steps.iter().any(|s| s.path == self.finding.path && span.contains(s.region.span()));
        let edits = self.edits.edits().iter().zip(self.edits.written());
        let constant = |written: Span| {
            let mut inside =
                file.exprs.iter().filter(|e| e.span.overlaps(written) && written.contains(e.span)).peekable();
            inside.peek().is_some() && inside.all(|e| matches!(e.kind, ExprKind::Literal(_)))
        };
        let replaced = edits.into_iter().any(|(edit, written)| own(edit.span) && constant(written));
        replaced.then(|| "a constant stands where the data came from".to_string())
    }

    /// The sink is still there, and what arrives there is less than before: constants and names that went there already.
    fn less_arrives(&self) -> Option<String> {
        let fact = self.after.facts.sinks.iter().find(|s| self.is_sink(s) && s.status == SinkStatus::Unlabelled)?;
        let old_span = self.finding.region.span();
        let old = self.before.facts.sinks.iter().find(|s| s.target == fact.target && s.span.contains(old_span))?;
        let unknown = written_calls(self.after, self.edits).iter().any(|c| !c.known);
        let before = names_in(self.before, old.span)?;
        let less = names_in(self.after, fact.span)?.is_subset(&before);
        (less && !unknown).then(|| format!("the data no longer reaches {}", quoted(&fact.target)))
    }

    /// The data is left out where it was handed on: what is written instead is made of no call and of no other name, and
    /// what is added calls only what the models know.
    fn left_out(&self) -> Option<String> {
        let (before, after) = (self.before.file.as_ref()?, self.after.file.as_ref()?);
        let source = self.before.source.as_ref()?;
        let first = self.finding.flow.first().filter(|s| s.path == self.finding.path)?;
        let data = source.slice(first.region.span());
        let names = |file: &File, span: Span| -> BTreeSet<String> {
            let inside = file.exprs.iter().filter(|e| span.contains(e.span));
            inside
                .filter_map(|e| if let ExprKind::Name(n) = e.kind { Some(file.text(n).to_string()) } else { None })
                .collect()
        };
        let mut left_out = false;
        for (edit, written) in self.edits.edits().iter().zip(self.edits.written()) {
            let calls: Vec<_> = self.after.facts.calls.iter().filter(|c| written.contains(c.span)).collect();
            if edit.span.start == edit.span.end {
                if calls.iter().any(|c| !c.known) {
                    return None;
                }
                continue;
            }
            let (old, new) = (names(before, edit.span), names(after, written));
            if !calls.is_empty() || !new.is_subset(&old) {
                return None;
            }
            left_out |= old.contains(data) && !new.contains(data);
        }
        left_out.then(|| format!("{} is left out", quoted(data)))
    }
}

/// A target as reports write it: code in quotes, other phrases as they are.
fn quoted(target: &str) -> String {
    let target = documented(target);
    if target.contains(' ') { target.into_owned() } else { format!("`{target}`") }
}

/// The names that an expression's value is made from: those in it that are not what is called, or what it is called on.
fn names_in(inspected: &Inspected, span: Span) -> Option<BTreeSet<String>> {
    let file = inspected.file.as_ref()?;
    let inside = || file.exprs.iter().filter(move |e| span.contains(e.span));
    let mut called: BTreeSet<ExprId> = BTreeSet::new();
    for expr in inside() {
        let ExprKind::Call { callee, .. } = &expr.kind else { continue };
        let mut current = *callee;
        while called.insert(current) {
            match &file.expr(current).kind {
                ExprKind::Member { object, .. } | ExprKind::Index { object, .. } => current = *object,
                ExprKind::Call { callee, .. } => current = *callee,
                _ => break,
            }
        }
    }
    let name = |(i, e): (usize, &Expr)| match e.kind {
        ExprKind::Name(name) if span.contains(e.span) && !called.contains(&ExprId(i as u32)) => {
            Some(file.text(name).to_string())
        }
        _ => None,
    };
    Some(file.exprs.iter().enumerate().filter_map(name).collect())
}
