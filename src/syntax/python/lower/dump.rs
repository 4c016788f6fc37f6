//! Prints a lowered file compactly, for tests.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;

use crate::syntax::hir::*;

/// The module's statements, one a line.
pub fn dump(file: &File) -> String {
    let lines: Vec<String> = file.functions[0].body.iter().map(|&id| stmt(file, id)).collect();
    lines.join("\n")
}

fn block(file: &File, block: &[StmtId]) -> String {
    let parts: Vec<String> = block.iter().map(|&id| stmt(file, id)).collect();
    format!("{{{}}}", parts.join(" "))
}

fn list(file: &File, ids: &[ExprId]) -> String {
    let parts: Vec<String> = ids.iter().map(|&id| expr(file, id)).collect();
    parts.join(" ")
}

fn optional(file: &File, head: &str, id: Option<ExprId>) -> String {
    id.map(|id| format!(" {head}{}", expr(file, id))).unwrap_or_default()
}

fn named_block(file: &File, head: &str, body: &[StmtId]) -> String {
    if body.is_empty() { String::new() } else { format!(" {head}{}", block(file, body)) }
}

/// One statement.
pub fn stmt(file: &File, id: StmtId) -> String {
    let e = |id: ExprId| expr(file, id);
    match &file.stmt(id).kind {
        StmtKind::Expr(id) => e(*id),
        StmtKind::Assign { targets, value, op, ty, .. } => {
            let op = op.map(|op| format!("{op:?}")).unwrap_or_default();
            let ty = optional(file, ": ", *ty);
            format!("(set{op} {}{ty}{})", list(file, targets), optional(file, "= ", *value))
        }
        StmtKind::If { test, then, otherwise } => {
            format!("(if {} {}{})", e(*test), block(file, then), named_block(file, "else", otherwise))
        }
        StmtKind::While { test, body, otherwise, .. } => {
            let test = test.map(e).unwrap_or_default();
            format!("(while {test} {}{})", block(file, body), named_block(file, "else", otherwise))
        }
        StmtKind::ForEach { target, iter, body, otherwise, .. } => {
            let otherwise = named_block(file, "else", otherwise);
            format!("(for {} in {} {}{otherwise})", e(*target), e(*iter), block(file, body))
        }
        StmtKind::Switch { subject, cases } => {
            let mut out = format!("(match {}", e(*subject));
            for case in cases {
                let guard = optional(file, "if ", case.guard);
                write!(out, " [{}{guard} {}]", list(file, &case.tests), block(file, &case.body)).unwrap();
            }
            out + ")"
        }
        StmtKind::Try { body, handlers, otherwise, finally } => {
            let mut out = format!("(try {}", block(file, body));
            for handler in handlers {
                let name = optional(file, "as ", handler.name);
                write!(out, " (except [{}]{name} {})", list(file, &handler.types), block(file, &handler.body)).unwrap();
            }
            out + &named_block(file, "else", otherwise) + &named_block(file, "finally", finally) + ")"
        }
        StmtKind::With { items, body } => {
            let items: Vec<String> =
                items.iter().map(|(value, target)| e(*value) + &optional(file, "as ", *target)).collect();
            format!("(with [{}] {})", items.join(", "), block(file, body))
        }
        StmtKind::Return(value) => format!("(return{})", optional(file, "", *value)),
        StmtKind::Throw(value) => format!("(throw{})", optional(file, "", *value)),
        StmtKind::Break => "break".to_owned(),
        StmtKind::Continue => "continue".to_owned(),
        StmtKind::Function(id) => format!("(def {})", function(file, *id)),
        StmtKind::Class(id) => {
            let class = file.class(*id);
            format!("(class {} [{}] {})", class.symbol, list(file, &class.bases), block(file, &class.body))
        }
        StmtKind::Import(ids) => {
            let imports: Vec<String> = ids.iter().map(|&i| import(file, &file.imports[i as usize])).collect();
            format!("(import {})", imports.join(", "))
        }
        StmtKind::ExportDefault(id) => format!("(export {})", e(*id)),
        StmtKind::Delete(ids) => format!("(del {})", list(file, ids)),
        StmtKind::Assert { test, message } => format!("(assert {}{})", e(*test), optional(file, "", *message)),
        StmtKind::Outer(names) => {
            let names: Vec<&str> = names.iter().map(|&n| file.text(n)).collect();
            format!("(outer {})", names.join(" "))
        }
        StmtKind::Block(body) => block(file, body),
        StmtKind::Unknown(exprs, blocks) => {
            let blocks: Vec<String> = blocks.iter().map(|b| block(file, b)).collect();
            format!("(?stmt {}{})", list(file, exprs), blocks.join(""))
        }
    }
}

fn import(file: &File, import: &Import) -> String {
    format!("{}={}@{}", import.local.map_or("-", |n| file.text(n)), import.path, import.module)
}

/// A function with its flags, parameters and body.
pub fn function(file: &File, id: FunctionId) -> String {
    let f = file.function(id);
    let flags: String = [
        (f.is_async, "async "),
        (f.is_generator, "gen "),
        (f.is_static, "static "),
        (f.class.is_some(), "method "),
        (f.is_exported, "pub "),
    ]
    .iter()
    .filter(|flag| flag.0)
    .map(|flag| flag.1)
    .collect();
    let decorators: String = f.decorators.iter().map(|&d| format!("@{} ", expr(file, d))).collect();
    let params: Vec<String> = f.params.iter().map(|p| param(file, p)).collect();
    let ty = optional(file, "-> ", f.return_type);
    format!("{decorators}{flags}{} ({}){ty} {}", f.symbol, params.join(", "), block(file, &f.body))
}

fn param(file: &File, param: &Param) -> String {
    let kind = match param.kind {
        ParamKind::Normal => "",
        ParamKind::KeywordOnly => "kw ",
        ParamKind::Rest => "*",
        ParamKind::KeywordRest => "**",
    };
    let ty = optional(file, ": ", param.ty);
    format!("{kind}{}{ty}{}", expr(file, param.pattern), optional(file, "= ", param.default))
}

/// One expression.
pub fn expr(file: &File, id: ExprId) -> String {
    let e = |id: ExprId| expr(file, id);
    match &file.expr(id).kind {
        ExprKind::Name(name) => file.text(*name).to_owned(),
        ExprKind::Member { object, name, .. } => format!("{}.{}", e(*object), file.text(*name)),
        ExprKind::Index { object, index } => format!("{}[{}]", e(*object), e(*index)),
        ExprKind::Slice { object, bounds } => format!("(slice {} {})", e(*object), list(file, bounds)),
        ExprKind::Call { callee, args, .. } => {
            let args: Vec<String> = args.iter().map(|a| argument(file, a)).collect();
            format!("{}({})", e(*callee), args.join(", "))
        }
        ExprKind::Literal(Literal::Str(text)) => format!("{text:?}"),
        ExprKind::Literal(literal) => format!("{literal:?}"),
        ExprKind::Template { parts } => format!("(f {})", list(file, parts)),
        ExprKind::Binary { op, left, right } => format!("({op:?} {} {})", e(*left), e(*right)),
        ExprKind::Unary { op, operand } => format!("({op:?} {})", e(*operand)),
        ExprKind::Conditional { test, then, otherwise } => format!("(? {} {} {})", e(*test), e(*then), e(*otherwise)),
        ExprKind::Collection { kind, entries } => {
            let entries: Vec<String> = entries.iter().map(|n| entry(file, n)).collect();
            format!("({kind:?} {})", entries.join(" "))
        }
        ExprKind::Lambda(id) => format!("(lambda {})", function(file, *id)),
        ExprKind::Assign { target, value, op } => {
            format!("(:={} {} {})", op.map(|op| format!("{op:?}")).unwrap_or_default(), e(*target), e(*value))
        }
        ExprKind::Await(id) => format!("(await {})", e(*id)),
        ExprKind::Yield(id) => format!("(yield{})", optional(file, "", *id)),
        ExprKind::Spread(id) => format!("*{}", e(*id)),
        ExprKind::Cast { operand, ty } => format!("(as {}{})", e(*operand), optional(file, "", *ty)),
        ExprKind::Comprehension { kind, key, element, clauses } => {
            let mut out = format!("(each {kind:?}{} {}", optional(file, "key ", *key), e(*element));
            for clause in clauses {
                write!(out, " for {} in {}", e(clause.target), e(clause.iter)).unwrap();
                clause.conditions.iter().for_each(|&c| write!(out, " if {}", e(c)).unwrap());
            }
            out + ")"
        }
        ExprKind::Unknown(ids) => format!("(?? {})", list(file, ids)),
        other => format!("{other:?}"),
    }
}

fn entry(file: &File, entry: &Entry) -> String {
    let key = entry.key.map(|key| format!("{}: ", expr(file, key))).unwrap_or_default();
    format!("{key}{}{}", if entry.spread { "*" } else { "" }, expr(file, entry.value))
}

fn argument(file: &File, arg: &Arg) -> String {
    let name = arg.name.map(|name| format!("{}=", file.text(name))).unwrap_or_default();
    let spread = match arg.spread {
        Spread::No => "",
        Spread::Elements => "*",
        Spread::Entries => "**",
    };
    format!("{name}{spread}{}", expr(file, arg.value))
}
