//! Places of the models, looked up at a site (a call, a read, an assignment).

use super::engine::Engine;
use super::value::Value;
use crate::rules::place::{Access, ArgSelector, Base, Place};
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

    /// The labels of taints that are not cleared for all of `kinds` (0: whatever is cleared), as a bit set.
    pub fn labels_of(&self, taints: &[super::value::Taint], kinds: u64) -> u32 {
        (taints.iter())
            .filter(|t| kinds == 0 || t.cleared & kinds != kinds)
            .filter_map(|t| self.origins.get(t.origin.0 as usize).and_then(|o| o.label))
            .fold(0, |set, label| set | 1 << label)
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
}

fn one(selected: Option<(Value, Option<ExprId>)>) -> Selection {
    match selected {
        Some((value, expr)) => Selection::Values(vec![Selected { value, expr }]),
        None => Selection::Unknown,
    }
}
