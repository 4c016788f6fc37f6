//! Places and conditions of the models, evaluated at a site (a call, a read, an assignment).

use std::rc::Rc;
use std::sync::Arc;

use super::engine::Engine;
use super::value::{Const, Value};
use crate::checks::secrets;
use crate::rules::compiled::{Constant, ConstantClass, Test, TestKind};
use crate::rules::index::{Asked, Ref, is_builtin_type};
use crate::rules::place::{Access, ArgSelector, Base, Pattern, Place};
use crate::syntax::hir::*;

/// An evaluated argument.
#[derive(Clone)]
pub struct ArgValue {
    pub name: Option<Name>,
    pub value: Value,
    pub expr: ExprId,
    pub spread: Spread,
}

/// Where the models are asked about something: a call, read or assignment.
pub struct Site<'s> {
    pub span: Span,
    pub args: &'s [ArgValue],
    pub receiver: Option<(&'s Value, ExprId)>,
    /// What the receiver is a part of; known at calls.
    pub owner: Option<(&'s Value, ExprId)>,
    pub callee: Option<ExprId>,
    /// The assigned or read value.
    pub value: Option<(&'s Value, Option<ExprId>)>,
}

/// A value at a place, with its expression where there is one.
pub struct Selected {
    pub value: Value,
    pub expr: Option<ExprId>,
}

/// What is at a place.
pub enum Selection {
    /// These values.
    Values(Vec<Selected>),
    /// Nothing, for certain.
    Absent,
    /// It cannot be told.
    Unknown,
}

impl Selection {
    /// The values; none when absent or unknown.
    pub fn values(self) -> Vec<Selected> {
        match self {
            Selection::Values(values) => values,
            _ => Vec::new(),
        }
    }
}

/// The most elements of a display that are looked at one by one.
const MAX_ELEMENTS: usize = 32;

impl Engine<'_> {
    /// What is at a place of a site. Parameters of functions ([`Access::Param`]) are not values: the tail ends there.
    pub fn select(&self, place: &Place, site: &Site<'_>) -> Selection {
        let mut selection = match &place.base {
            Base::Arg(selector) => self.select_args(selector, site),
            Base::Receiver => one(site.receiver.map(|(v, e)| (v.clone(), Some(e)))),
            Base::Owner => one(site.owner.map(|(v, e)| (v.clone(), Some(e)))),
            Base::Value => one(site.value.map(|(v, e)| (v.clone(), e))),
            Base::Callee => one(site.callee.map(|e| (Value::default(), Some(e)))),
            Base::Return => Selection::Unknown,
        };
        for access in &place.tail {
            selection = match (selection, access) {
                (Selection::Values(values), Access::Key(key)) => self.select_key(values, key),
                (Selection::Values(values), Access::Element) => {
                    Selection::Values(values.into_iter().flat_map(|s| self.elements(s)).collect())
                }
                (other, _) => other,
            };
        }
        selection
    }

    fn select_args(&self, selector: &ArgSelector, site: &Site<'_>) -> Selection {
        let selected = |a: &ArgValue| Selected { value: a.value.clone(), expr: Some(a.expr) };
        match selector {
            ArgSelector::All => Selection::Values(site.args.iter().map(selected).collect()),
            ArgSelector::From(n) => {
                let positional = site.args.iter().filter(|a| a.name.is_none());
                Selection::Values(positional.skip(*n as usize).map(selected).collect())
            }
            ArgSelector::One { index, name } => {
                let found = self.find_arg(site.args, *index, name.as_deref());
                match found {
                    Some(arg) => Selection::Values(vec![selected(arg)]),
                    None if name.is_some() && site.args.iter().any(|a| a.spread == Spread::Entries) => {
                        self.spread_arg(site.args, name.as_deref().unwrap_or_default())
                    }
                    None if site.args.iter().any(|a| a.spread != Spread::No) => Selection::Unknown,
                    None => Selection::Absent,
                }
            }
        }
    }

    fn find_arg<'v>(&self, args: &'v [ArgValue], index: Option<i32>, name: Option<&str>) -> Option<&'v ArgValue> {
        if let Some(name) = name
            && let Some(arg) = args.iter().find(|a| a.name.is_some_and(|n| self.file.text(n) == name))
        {
            return Some(arg);
        }
        let index = index?;
        let positional: Vec<&ArgValue> = args.iter().filter(|a| a.name.is_none()).collect();
        let at = if index < 0 { positional.len().checked_sub(index.unsigned_abs() as usize)? } else { index as usize };
        // Behind a spread argument positions are no longer known.
        let spread_before = positional.iter().take(at + 1).any(|a| a.spread != Spread::No);
        positional.get(at).copied().filter(|_| !spread_before || index < 0)
    }

    /// The argument of a name where arguments are spread out of maps: it may stand in one of these.
    fn spread_arg(&self, args: &[ArgValue], name: &str) -> Selection {
        let spread: Vec<&ArgValue> = args.iter().filter(|a| a.spread != Spread::No).collect();
        let closed = |a: &&ArgValue| a.spread == Spread::Entries && a.value.fields.as_ref().is_some_and(|f| f.closed);
        match spread.iter().rev().find_map(|a| Some((a.value.field(name)?, a.expr))) {
            Some((value, expr)) => Selection::Values(vec![Selected { value, expr: Some(expr) }]),
            None if spread.iter().all(closed) => Selection::Absent,
            None => Selection::Unknown,
        }
    }

    fn select_key(&self, values: Vec<Selected>, key: &str) -> Selection {
        let mut out = Vec::new();
        let mut unknown = false;
        for selected in values {
            match selected.value.field(key) {
                Some(value) => out.push(Selected { value, expr: selected.expr.map(|e| self.entry_expr(e, key)) }),
                None => {
                    let is_function = selected.value.callables.is_some() && selected.value.fields.is_none();
                    unknown |= !is_function && selected.value.fields.as_ref().is_none_or(|f| !f.closed);
                }
            }
        }
        match (out.is_empty(), unknown) {
            (false, _) => Selection::Values(out),
            (true, true) => Selection::Unknown,
            (true, false) => Selection::Absent,
        }
    }

    /// The elements of a collection: those of a short list display each at its own place, others as one value.
    fn elements(&self, of: Selected) -> Vec<Selected> {
        let entries = match of.expr.map(|e| &self.file.expr(e).kind) {
            Some(ExprKind::Collection { entries, kind: CollectionKind::List | CollectionKind::Tuple })
                if entries.len() <= MAX_ELEMENTS =>
            {
                entries
            }
            _ => return vec![Selected { value: of.value.element(), expr: of.expr }],
        };
        let known = of.value.fields.as_ref().filter(|f| f.closed && f.known.len() == entries.len());
        let Some(fields) = known else { return vec![Selected { value: of.value.element(), expr: of.expr }] };
        (fields.known.iter())
            .map(|(key, value)| {
                let mut value = value.clone();
                value.add_taints(of.value.own_taints());
                Selected { value, expr: of.expr.map(|e| self.entry_expr(e, key)) }
            })
            .collect()
    }

    /// The expression of an entry, when the expression is a display that has it; else the expression itself.
    fn entry_expr(&self, expr: ExprId, key: &str) -> ExprId {
        let ExprKind::Collection { entries, .. } = &self.file.expr(expr).kind else { return expr };
        let of_key = |e: &&Entry| e.key.is_some_and(|k| self.literal_str(k) == Some(key));
        match key.parse::<usize>() {
            Ok(i) if entries.iter().all(|e| e.key.is_none()) => entries.get(i).map_or(expr, |e| e.value),
            _ => entries.iter().find(of_key).map_or(expr, |e| e.value),
        }
    }

    pub fn literal_str(&self, expr: ExprId) -> Option<&str> {
        match &self.file.expr(expr).kind {
            ExprKind::Literal(Literal::Str(s)) => Some(s),
            _ => None,
        }
    }

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
            TestKind::Matches(pattern) => {
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
            TestKind::Constant(ConstantClass::Credential) => {
                let environment = self.library.label("environment").map_or(0, |label| 1 << label);
                let fallback = value.open || self.labels_of(value.own_taints(), 0) & environment != 0;
                let lets_in = |text: &Rc<str>| !text.is_empty() && !(fallback && secrets::says_what_it_is(text));
                let any = value.constants().iter().filter_map(|c| c.value.as_str()).any(lets_in);
                (any || value.is_constant()).then_some(any)
            }
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
            TestKind::Present(_) | TestKind::Imports(_) | TestKind::Around(_) | TestKind::Later(_) => None,
        }
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
        self.charge(file.stmts.len() / 32);
        let fits = |span: Span| self.index.regex_matches(pattern, self.text(span));
        let named = |f: &Function| f.span.contains(place) && f.name.is_some_and(|_| fits(f.name_span));
        file.functions.iter().any(named)
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

    /// The labels of taints that are not cleared for all of `kinds` (0: whatever is cleared), as a bit set.
    pub fn labels_of(&self, taints: &[super::value::Taint], kinds: u64) -> u32 {
        (taints.iter())
            .filter(|t| kinds == 0 || t.cleared & kinds != kinds)
            .filter_map(|t| self.origins.get(t.origin.0 as usize).and_then(|o| o.label))
            .fold(0, |set, label| set | 1 << label)
    }

    /// Whether the file imports one of these modules or something inside them.
    pub fn imports_any(&self, modules: &[String]) -> bool {
        self.imports.iter().any(|i| {
            modules.iter().any(|m| {
                i == m || (i.starts_with(m.as_str()) && matches!(i.as_bytes().get(m.len()), Some(b'.' | b'/')))
            })
        })
    }

    /// The last name of an expression: of a name, a member, a constant key, the callee of a call.
    pub fn last_name(&self, expr: ExprId) -> Option<&str> {
        match &self.file.expr(expr).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => Some(self.file.text(*name)),
            ExprKind::Index { index, .. } => self.literal_str(*index),
            ExprKind::Call { callee, args, .. } => match (self.last_name(*callee), args.first()) {
                // Reading by key: `form.get("password")` is named by its key.
                (Some("get" | "getlist" | "getParameter" | "header" | "pop"), Some(arg)) => {
                    self.literal_str(arg.value).or_else(|| self.last_name(*callee))
                }
                (name, _) => name,
            },
            ExprKind::Await(inner) | ExprKind::Cast { operand: inner, .. } | ExprKind::Spread(inner) => {
                self.last_name(*inner)
            }
            _ => None,
        }
    }

    /// The path and all that it is a kind of; classes of the file and their bases included.
    pub fn lineage(&self, path: &str) -> Arc<Vec<String>> {
        if !self.has_bases {
            return self.index.lineage(path);
        }
        if let Some(known) = self.memo.lineages.borrow().get(path) {
            return known.clone();
        }
        let mut all = self.index.lineage(path);
        let mut next = 0;
        while let Some(bases) = all.get(next).map(|current| self.local_bases(current)) {
            next += 1;
            for derived in bases {
                for path in self.index.lineage(&derived).iter() {
                    if all.len() < 16 && !all.contains(path) {
                        Arc::make_mut(&mut all).push(path.clone());
                    }
                }
            }
        }
        self.memo.lineages.borrow_mut().insert(path.into(), all.clone());
        all
    }

    /// What the models say of doing something with `path`, or with what it is a kind of.
    pub fn said_of(&self, asked: Asked, path: &str, shape: bool) -> Arc<[Ref]> {
        let table = asked.index(shape);
        if let Some(known) = self.memo.said.borrow().get(table).and_then(|t| t.get(path)) {
            return known.clone();
        }
        let own = self.has_bases.then(|| self.lineage(path)).filter(|own| *own != self.index.lineage(path));
        let refs = match own {
            None => self.index.said(asked, path, shape),
            Some(lineage) => self.index.said_of_any(asked, &lineage, shape),
        };
        if let Some(table) = self.memo.said.borrow_mut().get_mut(table) {
            table.insert(path.into(), refs.clone());
        }
        refs
    }

    /// `Child.member` as `Base.member`, when `Child` is a class of this file.
    fn local_bases(&self, path: &str) -> Vec<String> {
        let splits = path.match_indices('.').map(|(i, _)| i).chain([path.len()]);
        let mut out = Vec::new();
        for i in splits {
            let (prefix, rest) = path.split_at(i);
            let Some(class) = self.local_classes.get(prefix) else { continue };
            for base in &self.file.class(*class).bases {
                out.extend(self.static_path(*base).map(|b| format!("{b}{rest}")));
            }
        }
        out
    }

    /// The path of a name or member expression as imports and classes of the file give it, without any data flow.
    pub fn static_path(&self, expr: ExprId) -> Option<String> {
        match &self.file.expr(expr).kind {
            ExprKind::Name(name) => {
                let text = self.file.text(*name);
                match self.scopes.resolve(self.file, self.current(), *name) {
                    None => {
                        let elsewhere = self.shared_name(*name).and_then(|v| v.path);
                        let path = elsewhere.or_else(|| self.on_demand(text));
                        Some(path.map_or_else(|| text.to_string(), |p| p.to_string()))
                    }
                    Some(scope) => {
                        if let Some(import) = self.scopes.import(scope, *name) {
                            let plain = || self.file.imports.get(import as usize).map(|i| i.path.to_string());
                            return self.linked_path(import).or_else(plain);
                        }
                        if let Some(class) = self.scopes.class(scope, *name) {
                            return Some(self.file.class(class).symbol.to_string());
                        }
                        let state = if self.is_module(scope) { Some(&self.module_state) } else { None };
                        let value = state.and_then(|s| s.get((scope, *name)));
                        let path = value.and_then(|v| v.path.as_ref()).map(|p| p.to_string());
                        path.or_else(|| is_builtin_type(text).then(|| text.to_string()))
                    }
                }
            }
            ExprKind::Member { object, name, .. } => {
                let object = self.static_path(*object)?;
                Some(format!("{object}.{}", self.file.text(*name)))
            }
            ExprKind::Call { callee, .. } => self.static_path(*callee),
            ExprKind::Index { object, .. } => self.static_path(*object),
            _ => None,
        }
    }

    /// Whether shape alone may count for a member of this path: its type is unknown, or no model speaks of it.
    pub fn shape_allowed(&self, receiver: Option<&str>) -> bool {
        match receiver {
            None => true,
            Some(path) => {
                !self.lineage(path).iter().any(|p| self.index.is_modelled(p)) && !self.local_classes.contains_key(path)
            }
        }
    }
}

fn one(selected: Option<(Value, Option<ExprId>)>) -> Selection {
    match selected {
        Some((value, expr)) => Selection::Values(vec![Selected { value, expr }]),
        None => Selection::Unknown,
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
