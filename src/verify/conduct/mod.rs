//! What an edit that a model proposed does besides removing its finding. A model can be told by what it reads (a comment, a
//! string, a file name) to put something else into the same edit: a weaker check, a backdoor, a call home. Such an edit
//! removes the finding for a good reason and brings in no weakness that a rule knows; so what has nothing to do with the
//! finding must stay as it was, and what is new must be of use for the repair.
//!
//! `units` turns functions into lists of statements and heads; `align` compares two of them; `kept` judges what is no longer
//! there, `control` what newly decides where control goes, `added` what is newly done, and `texts` what is newly written.

mod added;
mod align;
mod control;
mod kept;
#[cfg(test)]
mod tests;
mod texts;
mod units;

use std::collections::BTreeSet;

use self::align::Alignment;
use self::units::{Kind, Unit, Units, folded};
use super::{Rejection, RejectionKind};
use crate::checks::secrets;
use crate::edit::EditSet;
use crate::finding::Finding;
use crate::inspect::Inspected;
use crate::rules::Library;
use crate::rules::compiled::Rule;
use crate::syntax::hir::{ExprKind, Literal, Span};

fn rejected(message: String) -> Rejection {
    Rejection::new(RejectionKind::Conduct, message)
}

/// A piece of code as explanations show it: one short line.
fn shown(text: &str) -> String {
    format!("`{}`", crate::report::text::brief(text, 80))
}

/// Judges an edit that a model proposed for the findings.
///
/// # Errors
///
/// Names the construct that a repair has no business with.
pub fn judge(
    before: &Inspected,
    after: &Inspected,
    findings: &[&Finding],
    edits: &EditSet,
    library: &Library,
) -> Result<(), Rejection> {
    let (Some(old), Some(new)) = (Units::of(before), Units::of(after)) else { return Ok(()) };
    let rules = findings.iter().filter_map(|f| library.rule(&f.rule)).collect();
    let concern = Concern::of(&old, findings);
    let variables = variables(&old);
    let case = Case { old, new, concern, variables, findings, rules, edits, library };
    case.judge().map_err(|rejection| case.without_secrets(rejection))
}

impl Case<'_> {
    fn judge(&self) -> Result<(), Rejection> {
        let case = self;
        texts::plain(case)?;
        for (name, units) in &case.old.scopes {
            let Some(now) = case.new.scopes.get(name) else { continue };
            if units.iter().map(|u| &u.text).eq(now.iter().map(|u| &u.text)) {
                continue;
            }
            let scope = Scope { case, old: units, new: now, alignment: Alignment::of(units, now) };
            kept::all(&scope)?;
            control::same(&scope)?;
            added::useful(&scope)?;
        }
        added::functions(case)?;
        added::effects(case)?;
        texts::statement(case)
    }

    /// Whether a name is a variable of the old file, and no import, function or class.
    fn is_variable(&self, name: &str) -> bool {
        let file = self.old.file;
        let is = |n: Option<crate::syntax::hir::Name>| n.is_some_and(|n| file.text(n) == name);
        !self.is_new(name)
            && !file.imports.iter().any(|i| is(i.local))
            && !file.functions.iter().any(|f| is(f.name))
            && !file.classes.iter().any(|c| is(c.name))
            && !name.starts_with(char::is_uppercase)
            && !control::CARRIERS.contains(&name)
    }

    /// Whether a variable is one that the file did not have.
    fn is_new(&self, name: &str) -> bool {
        !self.variables.contains(name)
    }

    /// Explanations are told to the model, and stand in reports.
    fn without_secrets(&self, mut rejection: Rejection) -> Rejection {
        let mut values: Vec<String> = Vec::new();
        for side in [&self.old, &self.new] {
            let constants = side.inspected.facts.constants.iter();
            let named = constants.filter(|c| secrets::judge(Some(&c.name), &c.value).is_some());
            values.extend(named.map(|c| folded(&c.value)));
            values.extend(side.file.exprs.iter().filter_map(|e| match &e.kind {
                ExprKind::Literal(Literal::Str(v)) if secrets::judge(None, v).is_some() => Some(folded(v)),
                _ => None,
            }));
        }
        values.sort_by_key(|v| std::cmp::Reverse(v.len()));
        for value in values.iter().filter(|v| v.len() >= 4) {
            // A long one can be cut off.
            let head: String = value.chars().take(40).collect();
            for text in [value, &head] {
                rejection.explanation = rejection.explanation.replace(text, "…");
            }
        }
        rejection
    }
}

/// An edit, and the code before and after it in units.
struct Case<'a> {
    old: Units<'a>,
    new: Units<'a>,
    concern: Concern<'a>,
    /// All variables of the old file.
    variables: BTreeSet<&'a str>,
    findings: &'a [&'a Finding],
    rules: Vec<&'a Rule>,
    edits: &'a EditSet,
    library: &'a Library,
}

/// A function before and after.
struct Scope<'a> {
    case: &'a Case<'a>,
    old: &'a [Unit],
    new: &'a [Unit],
    alignment: Alignment,
}

impl Scope<'_> {
    /// Whether a variable is one that the repair brings along: the file did not have it.
    fn is_new(&self, name: &str) -> bool {
        self.case.is_new(name)
    }

    /// Whether a unit of the new code works on the finding's data or on its statement's result, or on what the repair brings
    /// along.
    fn on_data(&self, unit: &Unit) -> bool {
        let concern = &self.case.concern;
        let rebound = |n: &str| {
            self.alignment.added().filter_map(|i| self.new.get(i)).any(|u| self.case.new.bound(u).contains(n))
        };
        let ours = |n: &str| concern.results.contains(n) || concern.made.contains(n);
        let own = |n: &str| ours(n) || self.is_new(n) || rebound(n);
        let names = self.case.new.names(unit);
        // What is done to the data's own object, such as a session, is another matter than what is done with the data.
        let root = self.case.new.receiver(unit);
        let data = |n: &str| concern.data.contains(n) && root != Some(n);
        let foreign = root.is_some_and(|r| !own(r) && self.case.is_variable(r));
        names.iter().any(|n| own(n) || data(n)) && !foreign
    }

    /// Whether a unit of the new code works on what the finding is about, or on what the repair brings along.
    fn on_topic(&self, unit: &Unit) -> bool {
        let concern = &self.case.concern;
        self.case.new.names(unit).iter().any(|n| concern.touches(n) || self.is_new(n))
    }
}

/// What the findings are about.
struct Concern<'a> {
    /// The findings' places and the steps of their flows.
    places: Vec<Span>,
    /// Variables that hold the data: those that the flow's statements bind, and those that its steps are.
    data: BTreeSet<&'a str>,
    /// Variables that the findings' own statements bind: a hash, a cipher, a cursor.
    results: BTreeSet<&'a str>,
    /// Variables that these statements use.
    used: BTreeSet<&'a str>,
    /// Local objects that the function made for these statements: a cookie, the factory of a parser.
    made: BTreeSet<&'a str>,
}

impl<'a> Concern<'a> {
    fn of(old: &Units<'a>, findings: &[&Finding]) -> Concern<'a> {
        let mut places = Vec::new();
        let mut own = Vec::new();
        for finding in findings {
            own.push(finding.region.span());
            places.push(finding.region.span());
            places.extend(finding.flow.iter().filter(|s| s.path == finding.path).map(|s| s.region.span()));
        }
        let mut concern = Concern {
            places,
            data: BTreeSet::new(),
            results: BTreeSet::new(),
            used: BTreeSet::new(),
            made: BTreeSet::new(),
        };
        for unit in old.scopes.values().flatten() {
            if !concern.is_direct(unit) {
                continue;
            }
            let bound = old.bound(unit);
            let names = bound_names(old, unit);
            if own.iter().any(|s| unit.has(*s)) {
                concern.results.extend(bound.iter().copied());
            }
            concern.data.extend(bound);
            concern.used.extend(names);
        }
        for expr in &old.file.exprs {
            let ExprKind::Name(name) = expr.kind else { continue };
            if concern.places.contains(&expr.span) {
                concern.data.insert(old.file.text(name));
            }
        }
        for param in old.file.functions.iter().flat_map(|f| &f.params) {
            let ExprKind::Name(name) = old.file.expr(param.pattern).kind else { continue };
            if concern.places.iter().any(|s| param.span.contains(*s) || *s == old.file.expr(param.pattern).span) {
                concern.data.insert(old.file.text(name));
            }
        }
        concern.made = concern.made_for(old);
        concern
    }

    /// What is made of a class or by an import inside a function, for what the findings' statements use.
    fn made_for(&self, old: &Units<'a>) -> BTreeSet<&'a str> {
        let mut made: BTreeSet<&'a str> = BTreeSet::new();
        for units in old.scopes.iter().filter(|(name, _)| *name != "<module>").map(|(_, units)| units) {
            let mut wanted = self.used.clone();
            for unit in units.iter().rev().filter(|u| u.kind == Kind::Assign) {
                let bound = old.bound(unit);
                if bound.iter().any(|n| wanted.contains(n)) {
                    wanted.extend(old.names(unit));
                    if old.is_construction(unit) {
                        made.extend(bound);
                    }
                }
            }
        }
        made
    }

    /// Whether a unit holds a finding's place or a step of its flow.
    fn is_direct(&self, unit: &Unit) -> bool {
        self.places.iter().any(|s| unit.has(*s))
    }

    /// Whether a variable has to do with the findings.
    fn touches(&self, name: &str) -> bool {
        self.data.contains(name) || self.results.contains(name) || self.used.contains(name)
    }

    /// Whether a unit of the old code may be another: it holds a finding, prepares what a finding's statement uses, or
    /// works on what that statement gave. Conditions and handlers only where they hold a finding themselves.
    fn is_near(&self, old: &Units<'a>, unit: &Unit) -> bool {
        if self.is_direct(unit) {
            return true;
        }
        if matches!(unit.kind, Kind::Test | Kind::Assert | Kind::Handler | Kind::Throw | Kind::Jump) {
            return false;
        }
        let prepares = old.bound(unit).iter().any(|n| self.used.contains(n));
        prepares || old.names(unit).iter().any(|n| self.results.contains(n))
    }
}

/// The variables that a unit uses, without those that it only binds.
fn bound_names<'a>(units: &Units<'a>, unit: &Unit) -> Vec<&'a str> {
    let bound = units.bound(unit);
    units.names(unit).into_iter().filter(|n| !bound.contains(n)).collect()
}

/// The variables, imports, functions and classes of a file.
fn variables<'a>(units: &Units<'a>) -> BTreeSet<&'a str> {
    let file = units.file;
    let names = file.exprs.iter().filter_map(|e| if let ExprKind::Name(n) = e.kind { Some(n) } else { None });
    let imported = file.imports.iter().filter_map(|i| i.local);
    let functions = file.functions.iter().filter_map(|f| f.name);
    let classes = file.classes.iter().filter_map(|c| c.name);
    names.chain(imported).chain(functions).chain(classes).map(|n| file.text(n)).collect()
}
