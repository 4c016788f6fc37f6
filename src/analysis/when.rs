//! Conditions of the models (`when`), tested at a site.

use std::rc::Rc;

use super::engine::Engine;
use super::lookup::{Selected, Selection, Site};
use super::value::{Const, Value};
use crate::checks::secrets;
use crate::rules::compiled::{Constant, ConstantClass, Test, TestKind};
use crate::rules::place::Pattern;
use crate::syntax::hir::*;

impl Engine<'_> {
    /// Whether all conditions hold at a site.
    pub fn holds(&self, tests: &[Test], site: &Site<'_>) -> bool {
        tests.iter().all(|test| self.test(test, site))
    }

    fn test(&self, test: &Test, site: &Site<'_>) -> bool {
        if let TestKind::Imports(modules) = &test.kind {
            return self.imports_any(modules) != test.not;
        }
        if let TestKind::Around(pattern) = &test.kind {
            return self.is_around(pattern, site.span) != test.not;
        }
        if let TestKind::Later(pattern) = &test.kind {
            return self.is_told_later(pattern, site.span) != test.not;
        }
        if let TestKind::Becomes(fate) = test.kind {
            return self.becomes(site.span, fate) != test.not;
        }
        let Some(place) = &test.at else { return false };
        let selection = self.select(place, site);
        if let TestKind::Present(wanted) = test.kind {
            let present = match selection {
                Selection::Values(values) => !values.is_empty(),
                Selection::Absent => false,
                Selection::Unknown => return false,
            };
            return (present == wanted) != test.not;
        }
        let values = match selection {
            Selection::Values(values) => values,
            Selection::Absent => return test.not,
            Selection::Unknown => return false,
        };
        values.iter().any(|selected| match self.test_value(&test.kind, selected) {
            Some(holds) => holds != test.not,
            None => false,
        })
    }

    fn test_value(&self, kind: &TestKind, selected: &Selected) -> Option<bool> {
        let value = &selected.value;
        match kind {
            TestKind::Is(wanted) => {
                let all = value.constants().iter().all(|c| wanted.iter().any(|w| same(w, &c.value)));
                value.is_constant().then_some(all)
            }
            TestKind::MayBe(wanted) => {
                let any = value.constants().iter().any(|c| wanted.iter().any(|w| same(w, &c.value)));
                (any || value.is_constant()).then_some(any)
            }
            TestKind::Matches(pattern) => self.matches(pattern, value),
            TestKind::Below(limit) => number(value).map(|n| n < *limit),
            TestKind::Above(limit) => number(value).map(|n| n > *limit),
            TestKind::Path(patterns) => Some(self.has_path(value, patterns)),
            TestKind::Label(labels) => Some(self.labels_of(&value.deep_taints(), 0) & labels != 0),
            TestKind::Constant(ConstantClass::Collection) => Some(
                value.deep_taints().is_empty()
                    && !value.is_constant()
                    && !self.is_text_path(value.path.as_deref())
                    && self.is_fixed(value),
            ),
            TestKind::Constant(ConstantClass::Credential) => self.is_credential(value),
            TestKind::Constant(class) => {
                let any = value.constants().iter().any(|c| in_class(*class, &c.value));
                (any || value.is_constant()).then_some(any)
            }
            TestKind::Named(pattern) => {
                let name = selected.expr.and_then(|e| self.last_name(e))?;
                Some(self.index.regex_matches(pattern, name))
            }
            TestKind::Returns(wanted) => {
                let functions = value.callables.as_ref()?;
                Some(functions.iter().all(|f| self.only_returns(*f, wanted)))
            }
            TestKind::Hollow(method) => {
                self.methods_called(value, method).map(|all| all.iter().any(|f| self.is_hollow(*f)))
            }
            TestKind::Written(pattern) => {
                let literals = value.constants().iter().map(|c| c.span);
                let whole = selected.expr.filter(|_| value.constants().is_empty()).map(|e| self.file.expr(e).span);
                literals
                    .chain(whole)
                    .map(|span| self.index.regex_matches(pattern, self.text(span)))
                    .reduce(|any, fits| any || fits)
            }
            TestKind::Present(_)
            | TestKind::Imports(_)
            | TestKind::Around(_)
            | TestKind::Later(_)
            | TestKind::Becomes(_) => None,
        }
    }

    /// Whether a pattern fits what is known of a text.
    fn matches(&self, pattern: &str, value: &Value) -> Option<bool> {
        let fits = |text: &str| self.index.regex_matches(pattern, text);
        let texts: Vec<String> = value.constants().iter().filter_map(|c| text_of(&c.value)).collect();
        if texts.is_empty() {
            let start = value.prefix.as_deref();
            let found = fits(start.unwrap_or(""));
            // Of a text of which only the beginning is known, the rest may hold what the pattern looks for.
            let anchored = pattern.trim_start_matches("(?i)").starts_with('^');
            return (found || anchored || start.is_none()).then_some(found);
        }
        Some(texts.iter().any(|s| fits(s)))
    }

    /// Whether a constant lets somebody in: none that only stands for what the environment has to say.
    fn is_credential(&self, value: &Value) -> Option<bool> {
        let fallback = value.open || self.is_fallback(value);
        let lets_in = |text: &Rc<str>| !(text.is_empty() || fallback && secrets::says_what_it_is(text));
        let any = value.constants().iter().filter_map(|c| c.value.as_str()).any(lets_in);
        (any || value.is_constant()).then_some(any)
    }

    /// Whether a value is that of a variable of the environment, and a constant only where that is not set.
    pub fn is_fallback(&self, value: &Value) -> bool {
        let environment = self.library.label("environment").map_or(0, |label| 1 << label);
        self.labels_of(value.own_taints(), 0) & environment != 0
    }

    /// Whether no text of the contents, as far as they are known, is made while the program runs.
    fn is_fixed(&self, value: &Value) -> bool {
        let Some(fields) = &value.fields else { return true };
        let text = |v: &Value| self.is_text_path(v.path.as_deref());
        let made = |v: &Value| text(v) && (v.constants().is_empty() || fields.closed && !v.is_constant());
        !(fields.known.values().any(made) || fields.ordered && text(&fields.rest) && !fields.rest.is_constant())
    }

    /// Whether a pattern matches the name of a function around a place, a condition that it stands under, or what it is
    /// assigned to.
    fn is_around(&self, pattern: &str, place: Span) -> bool {
        let file = self.file;
        self.charge((file.stmts.len() + file.exprs.len()) / 32);
        let fits = |span: Span| self.index.regex_matches(pattern, self.text(span));
        let named = |f: &Function| f.span.contains(place) && f.name.is_some_and(|_| fits(f.name_span));
        let chosen = |e: &Expr| match e.kind {
            ExprKind::Conditional { test, .. } => {
                let test = file.expr(test).span;
                e.span.contains(place) && !test.contains(place) && fits(test)
            }
            _ => false,
        };
        file.functions.iter().any(named)
            || file.exprs.iter().any(chosen)
            || file.stmts.iter().filter(|s| s.span.contains(place)).any(|s| match &s.kind {
                StmtKind::If { test, .. } => {
                    let test = file.expr(*test).span;
                    !test.contains(place) && fits(test)
                }
                StmtKind::Assign { targets, .. } => {
                    let targets = targets.iter().map(|t| file.expr(*t).span);
                    targets.into_iter().any(|t| !t.contains(place) && fits(t))
                }
                _ => false,
            })
    }

    /// Whether a pattern matches a later assignment to a part of the variable that what stands at a place is assigned to.
    fn is_told_later(&self, pattern: &str, place: Span) -> bool {
        let file = self.file;
        self.charge(file.stmts.len() / 32);
        let assigned = |s: &&Stmt| s.span.contains(place) && matches!(s.kind, StmtKind::Assign { .. });
        let Some(StmtKind::Assign { targets, .. }) = file.stmts.iter().find(assigned).map(|s| &s.kind) else {
            return false;
        };
        let [target] = &targets[..] else { return false };
        let ExprKind::Name(name) = file.expr(*target).kind else { return false };
        let around =
            file.functions.iter().filter(|f| f.span.contains(place)).map(|f| f.span).min_by_key(|s| s.end - s.start);
        let is_part = |target: &ExprId| {
            let span = file.expr(*target).span;
            let rest = self.text(span).strip_prefix(file.text(name));
            rest.is_some_and(|r| r.starts_with(['.', '[']))
        };
        file.stmts.iter().filter(|s| s.span.start > place.end && around.is_none_or(|f| f.contains(s.span))).any(|s| {
            matches!(&s.kind, StmtKind::Assign { targets, .. } if targets.iter().any(is_part))
                && self.index.regex_matches(pattern, self.text(s.span))
        })
    }

    /// Whether a function only ever returns one of these constants: its last statement does, and none before it decides
    /// anything.
    fn only_returns(&self, function: FunctionId, wanted: &[Constant]) -> bool {
        let body = &self.file.function(function).body;
        let Some((last, before)) = body.split_last() else { return false };
        let plain = |s: &StmtId| matches!(self.file.stmt(*s).kind, StmtKind::Expr(_) | StmtKind::Assign { .. });
        let StmtKind::Return(Some(value)) = &self.file.stmt(*last).kind else { return false };
        let fits = |literal: &Literal| match literal {
            Literal::Null => wanted.contains(&Constant::Null),
            Literal::Bool(b) => wanted.contains(&Constant::Bool(*b)),
            Literal::Int(i) => wanted.contains(&Constant::Int(*i)),
            Literal::Str(s) => wanted.contains(&Constant::Str(s.to_string())),
            _ => false,
        };
        before.iter().all(plain) && matches!(&self.file.expr(*value).kind, ExprKind::Literal(l) if fits(l))
    }

    fn has_path(&self, value: &Value, patterns: &[Pattern]) -> bool {
        let Some(path) = &value.path else { return false };
        self.lineage(path).iter().any(|p| patterns.iter().any(|pattern| pattern.fits(p)))
    }
}

/// A constant as the text that patterns of the models see: a regular expression without its slashes.
fn text_of(value: &Const) -> Option<String> {
    match value {
        Const::Str(s) => Some(s.to_string()),
        Const::Regex { pattern, flags } if flags.is_empty() => Some(pattern.to_string()),
        Const::Regex { pattern, flags } => Some(format!("{pattern}/{flags}")),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    value.single().and_then(Const::as_number)
}

fn same(wanted: &Constant, value: &Const) -> bool {
    match (wanted, value) {
        (Constant::Null, Const::Null) => true,
        (Constant::Bool(a), Const::Bool(b)) => a == b,
        (Constant::Str(a), Const::Str(b)) => **a == **b,
        (Constant::Int(a), other) => other.as_number() == Some(*a as f64),
        (Constant::Float(a), other) => other.as_number() == Some(*a),
        _ => false,
    }
}

fn in_class(class: ConstantClass, value: &Const) -> bool {
    match class {
        ConstantClass::String => value.as_str().is_some_and(|s| !s.is_empty()),
        ConstantClass::Number => value.as_number().is_some(),
        ConstantClass::Boolean => matches!(value, Const::Bool(_)),
        ConstantClass::Any => true,
        ConstantClass::Collection | ConstantClass::Credential => false,
    }
}
