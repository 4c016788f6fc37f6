//! Which parts of the code at a finding carry the data that the finding is about.

use std::collections::BTreeSet;

use super::toolkit::Call;
use crate::harden::Task;
use crate::syntax::hir::*;

/// How deep strings are taken apart.
const MAX_DEPTH: u32 = 12;

/// How a value becomes part of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joint {
    /// It is the whole string.
    Whole,
    /// `f"{x}"`, `${x}`.
    Interpolated,
    /// `"a" + x`.
    Added,
    /// `"%s" % x`, `"{}".format(x)`.
    Formatted,
}

/// A value inside a string.
#[derive(Debug, Clone)]
pub struct Part {
    /// The value.
    pub expr: ExprId,
    /// How it becomes part of the string.
    pub joint: Joint,
    /// The constant text in front of it, as far as it is known.
    pub before: String,
    /// The letter of its conversion, where a format has one for it: `s` of `%s`.
    pub conversion: Option<char>,
}

impl<'a> Task<'a> {
    /// The value that arrives at the finding's sink: what is found, or what is assigned to it.
    pub fn sink_value(&self) -> Option<ExprId> {
        let found = self.found_expr()?;
        for stmt in &self.file.stmts {
            if let StmtKind::Assign { targets, value: Some(value), op: None, .. } = &stmt.kind
                && targets.contains(&found)
            {
                return Some(*value);
            }
        }
        let assigned = self.file.exprs.iter().find_map(|e| match e.kind {
            ExprKind::Assign { target, value, op: None } if target == found => Some(value),
            _ => None,
        });
        Some(assigned.unwrap_or(found))
    }

    /// The names that held the data on its way, in the finding's file.
    pub fn flow_names(&self) -> BTreeSet<&'a str> {
        let mut names = BTreeSet::new();
        for step in self.finding.flow.iter().filter(|s| s.path == self.finding.path) {
            let span = step.region.span();
            let text = self.text(span);
            if is_identifier(text) {
                names.insert(text);
            } else if let Some(name) = self.callback_parameter(span) {
                names.insert(name);
            }
        }
        names
    }

    /// The first parameter of the innermost function that is passed to the call with this span and contains the finding.
    fn callback_parameter(&self, call: Span) -> Option<&'a str> {
        if call.contains(self.span()) && self.file.exprs.iter().any(|e| e.span == call) {
            let function = self.file.functions.iter().filter(|f| call.contains(f.span) && f.span.contains(self.span()));
            let innermost = function.max_by_key(|f| f.span.end - f.span.start)?;
            let text = self.expr_text(innermost.params.first()?.pattern);
            return is_identifier(text).then_some(text);
        }
        None
    }

    /// Whether an expression holds the finding's data: a step of the flow or a name from it is inside.
    pub fn carries(&self, id: ExprId) -> bool {
        let span = self.file.expr(id).span;
        let step = |s: &crate::finding::FlowStep| s.path == self.finding.path && span.contains(s.region.span());
        let last = self.finding.flow.len().saturating_sub(1);
        if self.finding.flow.iter().take(last).any(step) {
            return true;
        }
        let names = self.flow_names();
        self.file.exprs.iter().any(|e| match e.kind {
            ExprKind::Name(name) => span.contains(e.span) && names.contains(self.file.text(name)),
            _ => false,
        })
    }

    /// The values from which a string is put together, in order; a variable stands for what the function assigns to it.
    pub fn string_parts(&self, id: ExprId) -> Vec<Part> {
        let mut walk = PartWalk::new(self);
        walk.visit(id, Joint::Whole, MAX_DEPTH);
        walk.out
    }

    /// The values from which a call's text is put together, where the call takes a format and the value is one of those
    /// behind it; else the values of the value itself.
    pub fn printed_parts(&self, call: Option<&Call<'_>>, id: ExprId) -> Vec<Part> {
        let format = call.and_then(|c| self.format_of(c.callee, c.args));
        let Some((template, values)) = format.filter(|(_, values)| values.contains(&id)) else {
            return self.string_parts(id);
        };
        let mut walk = PartWalk::new(self);
        walk.formatted(template, '%', &values, MAX_DEPTH);
        let own = self.file.expr(id).span;
        walk.out.retain(|p| own.contains(self.file.expr(p.expr).span) || !own.overlaps(self.file.expr(p.expr).span));
        walk.out
    }

    /// The format and the values of a call of Java or Go that formats or prints them.
    pub fn format_of(&self, callee: ExprId, args: &[Arg]) -> Option<(ExprId, Vec<ExprId>)> {
        let ExprKind::Member { object, name, .. } = self.file.expr(callee).kind else { return None };
        let literal = |id: ExprId| matches!(self.file.expr(id).kind, ExprKind::Literal(Literal::Str(_)));
        if args.iter().any(|a| a.spread != Spread::No) {
            return None;
        }
        let values = |from: usize| args.iter().skip(from).map(|a| a.value).collect::<Vec<_>>();
        let at = match (self.file.language, self.file.text(name)) {
            (Language::Java, "formatted") => return literal(object).then(|| (object, values(0))),
            (Language::Java, "format" | "printf") | (Language::Go, "Sprintf" | "Printf" | "Errorf") => 0,
            (Language::Go, "Fprintf") => 1,
            _ => return None,
        };
        let template = args.get(at)?.value;
        literal(template).then(|| (template, values(at + 1)))
    }

    /// The constant text of a string, with an `x` for each value in it.
    pub fn string_text(&self, id: ExprId) -> String {
        let mut walk = PartWalk::new(self);
        walk.visit(id, Joint::Whole, MAX_DEPTH);
        walk.text
    }

    /// Everything that a function assigns to a variable, also by `+=`, in source order.
    pub fn writes(&self, function: FunctionId, name: Name) -> Vec<ExprId> {
        let around = self.file.function(function).span;
        let mut out: Vec<ExprId> = Vec::new();
        for stmt in &self.file.stmts {
            let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
            let names = targets.iter().any(|t| matches!(self.file.expr(*t).kind, ExprKind::Name(n) if n == name));
            if names && around.contains(stmt.span) && self.function_around(stmt.span) == function {
                out.push(*value);
            }
        }
        out.sort_by_key(|id| self.file.expr(*id).span);
        out
    }

    /// Whether an expression is certainly a string, or data that is used as one.
    pub fn is_text(&self, id: ExprId) -> bool {
        self.is_text_within(id, 6)
    }

    fn is_text_within(&self, id: ExprId, depth: u32) -> bool {
        if depth == 0 {
            return false;
        }
        let text = |id: &ExprId| self.is_text_within(*id, depth - 1);
        match &self.file.expr(id).kind {
            ExprKind::Literal(Literal::Str(_)) | ExprKind::Template { .. } => true,
            ExprKind::Member { .. } | ExprKind::Index { .. } => true,
            ExprKind::Slice { object, .. } => text(object),
            ExprKind::Binary { op: BinaryOp::Add, left, right } => text(left) || text(right),
            ExprKind::Binary { op: BinaryOp::Rem, left, .. } => self.is_python() && text(left),
            ExprKind::Binary { op: BinaryOp::Or | BinaryOp::Nullish, left, right } => text(left) && text(right),
            ExprKind::Conditional { then, otherwise, .. } => text(then) && text(otherwise),
            ExprKind::Call { callee, .. } => self.gives_text(*callee),
            ExprKind::Name(name) => {
                let function = self.function_around(self.file.expr(id).span);
                let is_param = (self.file.function(function).params.iter())
                    .any(|p| matches!(self.file.expr(p.pattern).kind, ExprKind::Name(n) if n == *name));
                let writes = self.writes(function, *name);
                is_param && writes.is_empty() || !writes.is_empty() && writes.iter().all(text)
            }
            _ => false,
        }
    }

    fn gives_text(&self, callee: ExprId) -> bool {
        const METHODS: &[&str] = &[
            "get",
            "strip",
            "lstrip",
            "rstrip",
            "lower",
            "upper",
            "title",
            "capitalize",
            "format",
            "replace",
            "join",
            "decode",
            "trim",
            "toLowerCase",
            "toUpperCase",
            "replaceAll",
            "substring",
            "slice",
            "toString",
            "getvalue",
            "getlist",
            "get_argument",
            "getParameter",
            "concat",
            "getHeader",
            "formatted",
        ];
        match &self.file.expr(callee).kind {
            ExprKind::Name(name) => matches!(self.file.text(*name), "str" | "String" | "repr" | "decodeURIComponent"),
            ExprKind::Member { name, .. } => METHODS.contains(&self.file.text(*name)),
            _ => false,
        }
    }
}

/// Whether a text is a plain name.
pub fn is_identifier(text: &str) -> bool {
    let start = text.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$');
    start && text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$')
}

struct PartWalk<'t, 'a> {
    task: &'t Task<'a>,
    out: Vec<Part>,
    text: String,
    seen: Vec<Name>,
    conversion: Option<char>,
}

impl<'t, 'a> PartWalk<'t, 'a> {
    fn new(task: &'t Task<'a>) -> Self {
        PartWalk { task, out: Vec::new(), text: String::new(), seen: Vec::new(), conversion: None }
    }

    fn visit(&mut self, id: ExprId, joint: Joint, depth: u32) {
        if depth == 0 {
            return self.leaf(id, joint);
        }
        let file = self.task.file;
        match &file.expr(id).kind {
            ExprKind::Literal(Literal::Str(text)) => self.text.push_str(text),
            ExprKind::Literal(_) => {}
            ExprKind::Template { parts } => parts.iter().for_each(|p| self.visit(*p, Joint::Interpolated, depth - 1)),
            ExprKind::Binary { op: BinaryOp::Add, left, right } => {
                let text = joint != Joint::Whole || self.task.is_text(id);
                let joint = if text { Joint::Added } else { joint };
                self.visit(*left, joint, depth - 1);
                self.visit(*right, joint, depth - 1);
            }
            ExprKind::Binary { op: BinaryOp::Rem, left, right } if self.task.is_python() => {
                self.formatted(*left, '%', &self.operands(*right), depth);
            }
            ExprKind::Conditional { then, otherwise, .. } => {
                self.visit(*then, joint, depth - 1);
                self.visit(*otherwise, joint, depth - 1);
            }
            ExprKind::Call { callee, args, .. } => match &file.expr(*callee).kind {
                ExprKind::Member { object, name, .. } if self.is_format(*object, file.text(*name)) => {
                    let args: Vec<ExprId> = args.iter().map(|a| a.value).collect();
                    self.formatted(*object, '{', &args, depth);
                }
                _ => match self.task.format_of(*callee, args) {
                    Some((template, values)) => self.formatted(template, '%', &values, depth),
                    None => self.leaf(id, joint),
                },
            },
            // `[]byte(text)`; what asserts a type is no text in itself.
            ExprKind::Cast { operand, .. }
                if file.language == Language::Go && self.task.expr_text(id).starts_with("[]byte(") =>
            {
                self.visit(*operand, Joint::Whole, depth - 1);
            }
            ExprKind::Name(name) => self.variable(id, *name, joint, depth),
            _ => self.leaf(id, joint),
        }
    }

    fn leaf(&mut self, expr: ExprId, joint: Joint) {
        let conversion = self.conversion.filter(|_| joint == Joint::Formatted);
        self.out.push(Part { expr, joint, before: self.text.clone(), conversion });
        // A value stands for some text without markup.
        self.text.push('x');
    }

    fn is_format(&self, object: ExprId, name: &str) -> bool {
        self.task.file.language != Language::Java
            && name == "format"
            && matches!(self.task.file.expr(object).kind, ExprKind::Literal(Literal::Str(_)))
    }

    fn operands(&self, right: ExprId) -> Vec<ExprId> {
        match &self.task.file.expr(right).kind {
            ExprKind::Collection { kind: CollectionKind::Tuple | CollectionKind::Map, entries } => {
                entries.iter().map(|e| e.value).collect()
            }
            _ => vec![right],
        }
    }

    /// The text up to each placeholder, then the value for it.
    fn formatted(&mut self, template: ExprId, mark: char, values: &[ExprId], depth: u32) {
        let ExprKind::Literal(Literal::Str(template)) = &self.task.file.expr(template).kind else {
            return values.iter().for_each(|v| self.leaf(*v, Joint::Formatted));
        };
        let mut pieces = template.split(mark);
        self.text.push_str(pieces.next().unwrap_or(""));
        for value in values {
            let piece = pieces.next().unwrap_or("");
            self.conversion = piece.chars().find(char::is_ascii_alphabetic);
            self.visit(*value, Joint::Formatted, depth.saturating_sub(1));
            self.text.push_str(piece.trim_start_matches(|c: char| c == '}' || c.is_ascii_alphanumeric()));
        }
        pieces.for_each(|p| self.text.push_str(p));
    }

    fn variable(&mut self, id: ExprId, name: Name, joint: Joint, depth: u32) {
        let task = self.task;
        let function = task.function_around(task.file.expr(id).span);
        let writes = task.writes(function, name);
        let composed = |w: &ExprId| {
            let kind = &task.file.expr(*w).kind;
            matches!(
                kind,
                ExprKind::Template { .. }
                    | ExprKind::Binary { op: BinaryOp::Add | BinaryOp::Rem, .. }
                    | ExprKind::Literal(Literal::Str(_))
            ) || matches!(kind, ExprKind::Call { callee, args, .. } if matches!(task.file.expr(*callee).kind,
                    ExprKind::Member { object, name, .. } if self.is_format(object, task.file.text(name)))
                    || task.format_of(*callee, args).is_some())
        };
        if self.seen.contains(&name) || writes.is_empty() || !writes.iter().all(composed) {
            return self.leaf(id, joint);
        }
        self.seen.push(name);
        writes.iter().for_each(|w| self.visit(*w, Joint::Whole, depth - 1));
    }
}
