//! A lowered file as S-expressions, for tests.

use crate::syntax::hir::*;

/// The statements of the module, one a line, with functions and classes in place.
pub fn dump(file: &File) -> String {
    let lines: Vec<_> = file.function(MODULE).body.iter().map(|s| Dump(file).stmt(*s)).collect();
    lines.join("\n")
}

struct Dump<'f>(&'f File);

impl Dump<'_> {
    fn list<T>(&self, items: &[T], each: impl Fn(&T) -> String) -> String {
        items.iter().map(each).collect::<Vec<_>>().join(" ")
    }

    fn opt(&self, id: Option<ExprId>) -> String {
        id.map_or("_".into(), |e| self.expr(e))
    }

    fn block(&self, block: &Block) -> String {
        format!("{{{}}}", self.list(block, |s| self.stmt(*s)))
    }

    fn stmt(&self, id: StmtId) -> String {
        match &self.0.stmt(id).kind {
            StmtKind::Expr(e) => self.expr(*e),
            StmtKind::Assign { targets, value, op, ty, declares } => {
                let word = if *declares { "let" } else { "set" };
                let op = op.map_or(String::new(), |o| format!(" {o:?}"));
                let ty = ty.map_or(String::new(), |t| format!(":{}", self.expr(t)));
                format!("({word}{op} {}{ty} {})", self.list(targets, |t| self.expr(*t)), self.opt(*value))
            }
            StmtKind::If { test, then, otherwise } => {
                format!("(if {} {} {})", self.expr(*test), self.block(then), self.block(otherwise))
            }
            StmtKind::While { test, body, update, test_last, .. } => {
                let word = if *test_last { "do" } else { "while" };
                format!("({word} {} {} {})", self.opt(*test), self.block(body), self.block(update))
            }
            StmtKind::ForEach { target, iter, body, keys, declares, .. } => {
                let word = if *keys { "in" } else { "of" };
                let declares = if *declares { " let" } else { "" };
                format!("({word}{declares} {} {} {})", self.expr(*target), self.expr(*iter), self.block(body))
            }
            StmtKind::Switch { subject, cases } => {
                let case = |c: &Case| {
                    let falls = if c.falls_through { " falls" } else { "" };
                    let guard = c.guard.map_or(String::new(), |g| format!(" when {}", self.expr(g)));
                    let tests = self.list(&c.tests, |t| self.expr(*t));
                    format!("(case [{tests}]{guard} {}{falls})", self.block(&c.body))
                };
                format!("(switch {} {})", self.expr(*subject), self.list(cases, case))
            }
            StmtKind::Try { body, handlers, finally, .. } => {
                let handler = |h: &Handler| {
                    let types: String = h.types.iter().map(|t| format!(":{}", self.expr(*t))).collect();
                    format!("(catch {}{types} {})", self.opt(h.name), self.block(&h.body))
                };
                format!("(try {} {} {})", self.block(body), self.list(handlers, handler), self.block(finally))
            }
            StmtKind::With { items, body } => {
                let item = |i: &(ExprId, Option<ExprId>)| match i.1 {
                    Some(target) => format!("{}={}", self.expr(target), self.expr(i.0)),
                    None => self.expr(i.0),
                };
                format!("(with {} {})", self.list(items, item), self.block(body))
            }
            StmtKind::Return(e) => format!("(return {})", self.opt(*e)),
            StmtKind::Throw(e) => format!("(throw {})", self.opt(*e)),
            StmtKind::Break => "break".into(),
            StmtKind::Continue => "continue".into(),
            StmtKind::Function(f) => self.function(*f),
            StmtKind::Class(c) => self.class(*c),
            StmtKind::Import(indices) => {
                let import = |i: &u32| {
                    let import = &self.0.imports[*i as usize];
                    let local = import.local.map_or("_", |l| self.0.text(l));
                    format!("{local}={}", import.path)
                };
                format!("(import {})", self.list(indices, import))
            }
            StmtKind::ExportDefault(e) => format!("(default {})", self.expr(*e)),
            StmtKind::Delete(es) => format!("(delete {})", self.list(es, |e| self.expr(*e))),
            StmtKind::Block(block) => self.block(block),
            StmtKind::Unknown(es, blocks) => {
                format!("(? {} {})", self.list(es, |e| self.expr(*e)), self.list(blocks, |b| self.block(b)))
            }
            StmtKind::Assert { test, message } => format!("(assert {} {})", self.expr(*test), self.opt(*message)),
            other => format!("{other:?}"),
        }
    }

    fn function(&self, id: FunctionId) -> String {
        let f = self.0.function(id);
        let flags: String = [
            (f.is_async, " async"),
            (f.is_generator, " gen"),
            (f.is_static, " static"),
            (f.is_arrow, " arrow"),
            (f.is_exported, " exported"),
        ]
        .iter()
        .filter_map(|(on, word)| on.then_some(*word))
        .collect();
        let decorators: String = f.decorators.iter().map(|d| format!("@{} ", self.expr(*d))).collect();
        let returns = f.return_type.map_or(String::new(), |t| format!(":{}", self.expr(t)));
        let params = self.list(&f.params, |p| self.param(p));
        format!("({decorators}fn{flags} {} ({params}){returns} {})", f.symbol, self.block(&f.body))
    }

    fn param(&self, p: &Param) -> String {
        let rest = if p.kind == ParamKind::Rest { "..." } else { "" };
        let ty = p.ty.map_or(String::new(), |t| format!(":{}", self.expr(t)));
        let default = p.default.map_or(String::new(), |d| format!("={}", self.expr(d)));
        let decorators: String = p.decorators.iter().map(|d| format!("@{} ", self.expr(*d))).collect();
        format!("{decorators}{rest}{}{ty}{default}", self.expr(p.pattern))
    }

    fn class(&self, id: ClassId) -> String {
        let c = self.0.class(id);
        let decorators: String = c.decorators.iter().map(|d| format!("@{} ", self.expr(*d))).collect();
        format!("({decorators}class {} ({}) {})", c.symbol, self.list(&c.bases, |b| self.expr(*b)), self.block(&c.body))
    }

    fn expr(&self, id: ExprId) -> String {
        match &self.0.expr(id).kind {
            ExprKind::Name(n) => self.0.text(*n).into(),
            ExprKind::Member { object, name, .. } => format!("(. {} {})", self.expr(*object), self.0.text(*name)),
            ExprKind::Index { object, index } => format!("([] {} {})", self.expr(*object), self.expr(*index)),
            ExprKind::Call { callee, args, is_new } => {
                let word = if *is_new { "new" } else { "call" };
                let arg = |a: &Arg| {
                    let name = a.name.map_or(String::new(), |n| format!("{}=", self.0.text(n)));
                    format!(" {name}{}{}", spread(a.spread != Spread::No), self.expr(a.value))
                };
                format!("({word} {}{})", self.expr(*callee), args.iter().map(arg).collect::<String>())
            }
            ExprKind::Slice { object, bounds } => {
                format!("([:] {} {})", self.expr(*object), self.list(bounds, |b| self.expr(*b)))
            }
            ExprKind::Literal(literal) => self.literal(literal),
            ExprKind::Template { parts } => format!("(` {})", self.list(parts, |p| self.expr(*p))),
            ExprKind::Binary { op, left, right } => format!("({op:?} {} {})", self.expr(*left), self.expr(*right)),
            ExprKind::Unary { op, operand } => format!("({op:?} {})", self.expr(*operand)),
            ExprKind::Conditional { test, then, otherwise } => {
                format!("(if {} {} {})", self.expr(*test), self.expr(*then), self.expr(*otherwise))
            }
            ExprKind::Collection { kind, entries } => format!("({kind:?} {})", self.list(entries, |e| self.entry(e))),
            ExprKind::Lambda(f) => self.function(*f),
            ExprKind::ClassExpr(c) => self.class(*c),
            ExprKind::Assign { target, value, op } => {
                let op = op.map_or(String::new(), |o| format!(" {o:?}"));
                format!("(={op} {} {})", self.expr(*target), self.expr(*value))
            }
            ExprKind::Await(e) => format!("(await {})", self.expr(*e)),
            ExprKind::Yield(e) => format!("(yield {})", self.opt(*e)),
            ExprKind::Spread(e) => format!("(... {})", self.expr(*e)),
            ExprKind::Cast { operand, ty } => format!("(as {} {})", self.expr(*operand), self.opt(*ty)),
            ExprKind::Jsx { tag, attributes, children } => {
                let attribute =
                    |a: &Attribute| format!("{}={}", a.name.map_or("...", |n| self.0.text(n)), self.opt(a.value));
                let children = self.list(children, |c| self.expr(*c));
                format!("(<> {} [{}] {children})", self.opt(*tag), self.list(attributes, attribute))
            }
            ExprKind::Sequence(es) => format!("(, {})", self.list(es, |e| self.expr(*e))),
            ExprKind::Unknown(es) => format!("(? {})", self.list(es, |e| self.expr(*e))),
            other => format!("{other:?}"),
        }
    }

    fn entry(&self, e: &Entry) -> String {
        let key = e.key.map_or(String::new(), |k| format!("{}: ", self.expr(k)));
        format!("{key}{}{}", spread(e.spread), self.expr(e.value))
    }

    fn literal(&self, literal: &Literal) -> String {
        match literal {
            Literal::Str(s) | Literal::Bytes(s) => format!("{s:?}"),
            Literal::Int(i) => i.to_string(),
            Literal::Float(f) => format!("{f:?}"),
            Literal::Bool(b) => b.to_string(),
            Literal::Null => "null".into(),
            Literal::Regex { pattern, flags } => format!("/{pattern}/{flags}"),
        }
    }
}

fn spread(on: bool) -> &'static str {
    if on { "..." } else { "" }
}
