//! Nothing of the tree is lost, whatever the input, and no input makes the HIR deep.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use tree_sitter::Node;

use super::lower;
use crate::syntax::builder::Builder;
use crate::syntax::hir::*;

/// Where identifiers are no uses as an expression, or stand in a table of their own.
fn is_use(node: Node<'_>, above: &[Node<'_>]) -> bool {
    let Some((&parent, above)) = above.split_last() else { return true };
    let is_field = |field: &str| parent.child_by_field_name(field) == Some(node);
    match parent.kind() {
        "attribute" => !is_field("attribute"),
        "keyword_argument" => !is_field("name"),
        "function_definition" | "class_definition" => !is_field("name"),
        "global_statement" | "nonlocal_statement" | "keyword_pattern" | "aliased_import" | "member_type" => false,
        "dotted_name" | "generic_type" | "splat_type" => false,
        "type" => above.last().is_none_or(|p| !matches!(p.kind(), "type_parameter" | "constrained_type")),
        _ => true,
    }
}

/// The spans of calls and of identifiers used as expressions that the HIR lacks, as far as the depth bound allows them.
pub(super) fn lost(text: &str) -> Vec<String> {
    let file = lower(text);
    let mut have: BTreeMap<(bool, Span), i64> = BTreeMap::new();
    for expr in &file.exprs {
        match expr.kind {
            ExprKind::Call { .. } => *have.entry((true, expr.span)).or_default() += 1,
            ExprKind::Name(_) => *have.entry((false, expr.span)).or_default() += 1,
            ExprKind::Member { name_span, .. } => *have.entry((false, name_span)).or_default() += 1,
            _ => {}
        }
    }
    let tree = crate::syntax::parse::parse(&tree_sitter_python::LANGUAGE.into(), text).unwrap().tree;
    let mut missing = Vec::new();
    let mut stack = vec![(tree.root_node(), Vec::new())];
    while let Some((node, above)) = stack.pop() {
        let is_call = node.kind() == "call";
        let span = Builder::span(node);
        if (is_call || (node.kind() == "identifier" && is_use(node, &above))) && !node.is_missing() {
            let left = have.entry((is_call, span)).or_default();
            *left -= 1;
            if *left < 0 && !file.too_deep.iter().any(|deep| deep.contains(span)) {
                missing.push(format!("{} {:?} {:?}", node.kind(), span, &text[span.range()]));
            }
        }
        // The two nodes above suffice; asking a node for its parent would search the tree.
        let above: Vec<Node<'_>> = above.last().copied().into_iter().chain([node]).collect();
        stack.extend(node.children(&mut node.walk()).map(|child| (child, above.clone())));
    }
    missing
}

/// How many expressions and statements stand inside each other at most.
fn depth(file: &File) -> usize {
    enum At {
        Expr(ExprId),
        Stmt(StmtId),
    }
    let mut deepest = 0;
    let mut stack: Vec<(At, usize)> = file.functions[0].body.iter().map(|&s| (At::Stmt(s), 1)).collect();
    while let Some((at, level)) = stack.pop() {
        deepest = deepest.max(level);
        let (mut exprs, mut stmts) = (Vec::new(), Vec::new());
        match at {
            At::Expr(id) => expr_children(file, id, &mut exprs, &mut stmts),
            At::Stmt(id) => stmt_children(file, id, &mut exprs, &mut stmts),
        }
        stack.extend(exprs.into_iter().map(|e| (At::Expr(e), level + 1)));
        stack.extend(stmts.into_iter().map(|s| (At::Stmt(s), level + 1)));
    }
    deepest
}

fn function_children(f: &Function, exprs: &mut Vec<ExprId>, stmts: &mut Vec<StmtId>) {
    for param in &f.params {
        exprs.push(param.pattern);
        exprs.extend(param.default.iter().chain(&param.ty));
    }
    exprs.extend(f.decorators.iter().chain(&f.return_type));
    stmts.extend(&f.body);
}

fn expr_children(file: &File, id: ExprId, exprs: &mut Vec<ExprId>, stmts: &mut Vec<StmtId>) {
    match &file.expr(id).kind {
        ExprKind::Name(_) | ExprKind::Literal(_) | ExprKind::Jsx { .. } | ExprKind::ClassExpr(_) => {}
        ExprKind::Member { object, .. } => exprs.push(*object),
        ExprKind::Index { object, index } => exprs.extend([*object, *index]),
        ExprKind::Slice { object, bounds } => exprs.extend(bounds.iter().chain([object])),
        ExprKind::Call { callee, args, .. } => exprs.extend(args.iter().map(|a| a.value).chain([*callee])),
        ExprKind::Template { parts: list } | ExprKind::Sequence(list) | ExprKind::Unknown(list) => exprs.extend(list),
        ExprKind::Binary { left, right, .. } => exprs.extend([*left, *right]),
        ExprKind::Unary { operand, .. } => exprs.push(*operand),
        ExprKind::Conditional { test, then, otherwise } => exprs.extend([*test, *then, *otherwise]),
        ExprKind::Collection { entries, .. } => {
            exprs.extend(entries.iter().flat_map(|e| e.key.into_iter().chain([e.value])));
        }
        ExprKind::Lambda(id) => function_children(file.function(*id), exprs, stmts),
        ExprKind::Assign { target, value, .. } => exprs.extend([*target, *value]),
        ExprKind::Await(id) | ExprKind::Spread(id) => exprs.push(*id),
        ExprKind::Yield(id) => exprs.extend(id),
        ExprKind::Cast { operand, ty } => exprs.extend(ty.iter().chain([operand])),
        ExprKind::Comprehension { key, element, clauses, .. } => {
            exprs.extend(key.iter().chain([element]));
            for clause in clauses {
                exprs.extend(clause.conditions.iter().chain([&clause.target, &clause.iter]));
            }
        }
    }
}

fn stmt_children(file: &File, id: StmtId, exprs: &mut Vec<ExprId>, stmts: &mut Vec<StmtId>) {
    match &file.stmt(id).kind {
        StmtKind::Expr(id) | StmtKind::ExportDefault(id) => exprs.push(*id),
        StmtKind::Assign { targets, value, ty, .. } => exprs.extend(targets.iter().chain(value).chain(ty)),
        StmtKind::If { test, then, otherwise } => {
            exprs.push(*test);
            stmts.extend(then.iter().chain(otherwise));
        }
        StmtKind::While { test, body, update, otherwise, .. } => {
            exprs.extend(test);
            stmts.extend(body.iter().chain(update).chain(otherwise));
        }
        StmtKind::ForEach { target, iter, body, otherwise, .. } => {
            exprs.extend([*target, *iter]);
            stmts.extend(body.iter().chain(otherwise));
        }
        StmtKind::Switch { subject, cases } => {
            exprs.push(*subject);
            for case in cases {
                exprs.extend(case.tests.iter().chain(&case.guard));
                stmts.extend(&case.body);
            }
        }
        StmtKind::Try { body, handlers, otherwise, finally } => {
            stmts.extend(body.iter().chain(otherwise).chain(finally));
            for handler in handlers {
                exprs.extend(handler.types.iter().chain(&handler.name));
                stmts.extend(&handler.body);
            }
        }
        StmtKind::With { items, body } => {
            exprs.extend(items.iter().flat_map(|(value, target)| [*value].into_iter().chain(*target)));
            stmts.extend(body);
        }
        StmtKind::Return(value) | StmtKind::Throw(value) => exprs.extend(value),
        StmtKind::Break | StmtKind::Continue | StmtKind::Import(_) | StmtKind::Outer(_) => {}
        StmtKind::Function(id) => function_children(file.function(*id), exprs, stmts),
        StmtKind::Class(id) => {
            let class = file.class(*id);
            exprs.extend(class.bases.iter().chain(&class.decorators));
            stmts.extend(&class.body);
        }
        StmtKind::Delete(list) => exprs.extend(list),
        StmtKind::Assert { test, message } => exprs.extend([*test].iter().chain(message)),
        StmtKind::Block(body) => stmts.extend(body),
        StmtKind::Unknown(list, blocks) => {
            exprs.extend(list);
            stmts.extend(blocks.iter().flatten());
        }
    }
}

/// Fails unless the HIR of `text` is shallow; gives the file.
fn shallow(text: &str) -> File {
    let file = lower(text);
    let depth = depth(&file);
    assert!(depth <= 250, "{depth} levels for {}", text.chars().take(60).collect::<String>());
    file
}

#[test]
fn hostile_nesting_stays_shallow() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{", "}"), ("f(", ")"), ("a[1,", "]"), ("-", ""), ("not ", "")] {
        let n = 100_000;
        let text = format!("x = {}1{}\n", open.repeat(n), close.repeat(n));
        shallow(&text);
        shallow(&text[..text.len() / 2]);
    }
    for unit in
        ["lambda: ", "await ", "x if y else ", "yield (", "f'{", "a ** ", "x := (", "[*", "{**", "lambda x=", "a = "]
    {
        shallow(&format!("x = {}1\n", unit.repeat(5_000)));
    }
}

#[test]
fn nested_blocks_stay_shallow() {
    for head in ["if a:", "def f():", "class C:", "with a:", "try:", "for a in b:", "while f():", "match a:"] {
        let text: String = (0..600).map(|i| format!("{}{head}\n", " ".repeat(i))).collect();
        let file = shallow(&text);
        assert!(!file.too_deep.is_empty() || !file.errors.is_empty());
    }
}

#[test]
fn long_chains_lose_nothing() {
    let terms = |op: &str, n: usize| (0..n).map(|i| format!("f{i}(x)")).collect::<Vec<_>>().join(op);
    let mut texts: Vec<String> = [" + ", " and ", " or ", " < ", " - ", "|", " if y else ", ", "]
        .iter()
        .map(|op| format!("r = {}\n", terms(op, 150)))
        .collect();
    texts.push(format!("r = {}\n", terms(" + ", 20_000)));
    texts.push(format!("r = {}\n", terms(" and ", 20_000)));
    texts.push(format!("r = {} - {} + g(y)\n", terms(" + ", 500), terms(" + ", 500)));
    texts.push(format!(
        "r = {}\n",
        (0..2_000).map(|i| format!("f{i}() {} ", if i % 2 == 0 { "+" } else { "-" })).collect::<String>() + "x"
    ));
    texts.push(format!("r = a{}\n", ".b(c(d))[e]".repeat(3_000)));
    texts.push(format!("r = {}\n", "'a' ".repeat(20_000)));
    texts.push("if a():\n  b()\n".to_owned() + &"elif c():\n  d()\n".repeat(3_000) + "else:\n  e()\n");
    texts.push(format!("{}v()\n", "a = ".repeat(4_000)));
    for text in &texts {
        let file = shallow(text);
        assert_eq!(file.too_deep, vec![], "{}", &text[..40]);
        assert_eq!(lost(text), Vec::<String>::new(), "{}", &text[..40]);
    }
}

#[test]
fn a_long_sum_is_balanced_and_keeps_its_order() {
    let text = (0..20_000).map(|i| format!("a{i}")).collect::<Vec<_>>().join(" + ");
    let file = shallow(&text);
    let mut names: Vec<(u32, &str)> = Vec::new();
    let mut adds = 0;
    for expr in &file.exprs {
        match expr.kind {
            ExprKind::Name(name) => names.push((expr.span.start, file.text(name))),
            ExprKind::Binary { op: BinaryOp::Add, .. } => adds += 1,
            _ => panic!("only names and sums: {expr:?}"),
        }
    }
    assert_eq!((names.len(), adds), (20_000, 19_999));
    assert!(names.is_sorted_by_key(|n| n.0));
    assert!(depth(&file) < 30);
}

const TOKENS: &[&str] = &[
    "a",
    "b",
    "f",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ":",
    ",",
    ".",
    "=",
    "+=",
    ":=",
    "+",
    "**",
    "*",
    "-",
    "not",
    "and",
    "or",
    "in",
    "is",
    "if",
    "else",
    "elif",
    "for",
    "while",
    "try",
    "except",
    "finally",
    "with",
    "as",
    "def",
    "class",
    "lambda",
    "return",
    "yield",
    "from",
    "import",
    "raise",
    "del",
    "assert",
    "global",
    "pass",
    "match",
    "case",
    "async",
    "await",
    "print",
    "exec",
    "type",
    "@",
    "->",
    "\n",
    "\n  ",
    "\n    ",
    "\"",
    "'''",
    "f\"{",
    "}\"",
    "1",
    "0x",
    "1.5j",
    "'s'",
    "b'\\xff'",
    "\\",
    ";",
    "...",
    "#c\n",
    "None",
    "_",
    "|",
    "<",
    "==",
    "~",
    "%",
    "\u{e9}",
    "\r\n",
    "f(a)",
    "a.b",
    "a[b]",
    "f'{a!r:{b}}'",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn token_soup_loses_nothing(tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 0..60)) {
        let text = tokens.join(" ");
        shallow(&text);
        prop_assert_eq!(lost(&text), Vec::<String>::new());
        let text = tokens.concat();
        shallow(&text);
        prop_assert_eq!(lost(&text), Vec::<String>::new());
    }

    #[test]
    fn any_text_lowers(text in "\\PC{0,200}", bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        shallow(&text);
        shallow(crate::syntax::Source::new(&bytes).text());
    }
}
