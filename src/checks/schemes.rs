//! Tests for the schemes of addresses that run scripts: whoever keeps out `javascript:` has to keep out `data:` and `vbscript:`
//! too.

use rustc_hash::FxHashMap;

use super::text::constant_text;
use super::{CheckFinding, Context};
use crate::finding::Confidence;
use crate::syntax::hir::{BinaryOp, ExprId, ExprKind, File, FunctionId, Literal, Name, Span, StmtKind};

/// The schemes whose addresses a browser runs.
const SCHEMES: [&str; 3] = ["javascript", "data", "vbscript"];
/// Methods and functions that compare, search or remove text.
const TESTS: &[&str] = &[
    "startsWith",
    "startswith",
    "HasPrefix",
    "EqualFold",
    "equals",
    "equalsIgnoreCase",
    "includes",
    "indexOf",
    "contains",
    "Contains",
    "replace",
    "replaceAll",
    "ReplaceAll",
    "Replace",
    "exec",
    "test",
    "match",
];

/// Schemes as bits, each with whether its colon is there too.
type Words = Vec<(u8, bool)>;
type Lists = FxHashMap<Name, Words>;

/// That a place tests for some of the schemes.
struct SchemeTest {
    span: Span,
    function: FunctionId,
    /// Which of them, as a bit set.
    found: u8,
    /// Whether it is beyond doubt that schemes are meant, not languages or keys of those names.
    sure: bool,
}

/// A finding for every function that keeps out some of the schemes only.
pub fn check(context: &Context<'_>) -> Vec<CheckFinding> {
    let mut tests = tests(context);
    tests.sort_by_key(|t| (t.function, t.span));
    tests.chunk_by(|a, b| a.function == b.function).filter_map(judge).collect()
}

fn judge(tests: &[SchemeTest]) -> Option<CheckFinding> {
    let all = tests.iter().fold(0, |set, t| set | t.found);
    let (scripts, complete) = (1, 0b111);
    let last = tests.last().filter(|_| all & scripts != 0 && all != complete && tests.iter().any(|t| t.sure))?;
    let missing: Vec<String> =
        SCHEMES.iter().enumerate().filter(|(i, _)| all & (1 << i) == 0).map(|(_, s)| format!("`{s}:`")).collect();
    let run = if missing.len() == 1 { "which runs" } else { "which run" };
    Some(CheckFinding {
        span: last.span,
        function: last.function,
        sink: "a test for schemes".to_string(),
        message: Some(format!("The test leaves out {}, {run} scripts as well", missing.join(" and "))),
        confidence: Confidence::Medium,
        flow: Vec::new(),
    })
}

fn tests(context: &Context<'_>) -> Vec<SchemeTest> {
    let file = context.file;
    let lists = lists(file);
    let test = |span: Span, texts: &[ExprId], others: &[ExprId]| {
        let words: Words = texts.iter().flat_map(|t| words(file, &lists, *t)).collect();
        let found = words.iter().fold(0, |set, (bit, _)| set | bit);
        let sure = words.iter().any(|(_, colon)| *colon) || others.iter().any(|e| names_a_scheme(file, *e));
        (found != 0).then(|| SchemeTest { span, function: context.function_at(span), found, sure })
    };
    let compared = file.exprs.iter().filter_map(|expr| match &expr.kind {
        ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::NotEq | BinaryOp::In | BinaryOp::NotIn, left, right } => {
            test(expr.span, &[*left, *right], &[*left, *right])
        }
        ExprKind::Call { callee, args, .. } => {
            let ExprKind::Member { object, name, .. } = &file.expr(*callee).kind else { return None };
            if !TESTS.contains(&file.text(*name)) {
                return None;
            }
            let all: Vec<ExprId> = args.iter().map(|a| a.value).chain([*object]).collect();
            test(expr.span, &all, &all)
        }
        _ => None,
    });
    let switched = file.stmts.iter().filter_map(|stmt| {
        let StmtKind::Switch { subject, cases } = &stmt.kind else { return None };
        let texts: Vec<ExprId> = cases.iter().flat_map(|c| c.tests.iter().copied()).collect();
        test(file.expr(*subject).span, &texts, &[*subject])
    });
    compared.chain(switched).collect()
}

/// The lists of the file that hold schemes, by their names.
fn lists(file: &File) -> Lists {
    let mut lists = Lists::default();
    for stmt in &file.stmts {
        let StmtKind::Assign { targets, value: Some(value), .. } = &stmt.kind else { continue };
        let ExprKind::Collection { entries, .. } = &file.expr(*value).kind else { continue };
        let held: Words = entries.iter().filter_map(|e| in_text(file, e.value)).collect();
        for target in targets.iter().filter(|_| !held.is_empty()) {
            if let ExprKind::Name(name) = &file.expr(*target).kind {
                lists.insert(*name, held.clone());
            }
        }
    }
    lists
}

/// The schemes that an expression names, each with whether its colon is there too: a text, a pattern, a list of texts, or the
/// name of one.
fn words(file: &File, lists: &Lists, expr: ExprId) -> Words {
    match &file.expr(expr).kind {
        ExprKind::Literal(Literal::Regex { pattern, .. }) => in_pattern(pattern),
        ExprKind::Collection { entries, .. } => entries.iter().filter_map(|e| in_text(file, e.value)).collect(),
        ExprKind::Name(name) => lists.get(name).cloned().unwrap_or_default(),
        _ => in_text(file, expr).into_iter().collect(),
    }
}

fn in_text(file: &File, expr: ExprId) -> Option<(u8, bool)> {
    let text = constant_text(file, expr).filter(|t| t.len() <= 16)?.to_ascii_lowercase();
    let scheme = text.strip_suffix(':');
    let at = SCHEMES.iter().position(|s| *s == scheme.unwrap_or(&text))?;
    Some((1 << at, scheme.is_some()))
}

/// Patterns that are about the scripts' scheme: what else is in them counts too.
fn in_pattern(pattern: &str) -> Words {
    let pattern = pattern.to_ascii_lowercase();
    let colon = pattern.contains(':');
    let found = SCHEMES.iter().enumerate().filter(|(_, s)| pattern.contains(*s));
    found.map(|(i, _)| (1 << i, colon)).filter(|_| pattern.len() <= 120).collect()
}

/// Whether an expression is called a scheme or protocol.
fn names_a_scheme(file: &File, expr: ExprId) -> bool {
    let name = match &file.expr(expr).kind {
        ExprKind::Name(name) | ExprKind::Member { name, .. } => file.text(*name),
        ExprKind::Call { callee, .. } => match &file.expr(*callee).kind {
            ExprKind::Name(name) | ExprKind::Member { name, .. } => file.text(*name),
            _ => "",
        },
        _ => "",
    };
    let name = name.to_ascii_lowercase();
    name.contains("scheme") || name.contains("protocol")
}
