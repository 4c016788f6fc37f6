//! Hashes of passwords: scrypt with a salt of its own, in a helper that keeps the salt with the digest; or more work where
//! the function is right and its cost too low.

use super::arguments::reference;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// Hashes the password with a work factor.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    if let Some(edit) = more_work(task) {
        return task.candidate("password-hash", "The password hash costs an attacker more time.", vec![edit]);
    }
    if task.file.language == Language::Java {
        return super::java_password::propose(task);
    }
    let hash = hashed(task)?;
    if compares(task, hash.whole) {
        return None;
    }
    let mut edits = Vec::new();
    if let Some(salt) = hash.salt {
        let code = with_salt(task, &hash, salt, &mut edits)?;
        edits.push(TextEdit::replace(hash.whole, code));
        let what = "The password is hashed with scrypt and the salt that is there.";
        return task.candidate("password-hash", what, edits);
    }
    let name = helper(task, &mut edits)?;
    edits.push(TextEdit::replace(hash.whole, format!("{name}({})", task.expr_text(hash.password))));
    let what = "The password is hashed with scrypt and a random salt, which is kept in front of the digest.";
    task.candidate("password-hash", what, edits)
}

/// A cost that stands as a number in the call: what is recommended today.
fn more_work(task: &Task<'_>) -> Option<TextEdit> {
    let id = task.found_expr()?;
    let ExprKind::Literal(Literal::Int(_)) = task.file.expr(id).kind else { return None };
    let call = task.call_around(task.span())?;
    let path = task.path_of_call(call.span)?.to_ascii_lowercase();
    let cost = if path.starts_with("bcrypt") { "12" } else { "600000" };
    (path.contains("pbkdf2") || path.starts_with("bcrypt")).then(|| TextEdit::replace(task.span(), cost))
}

/// A password that is hashed to text.
struct Hashed {
    /// The whole expression, of type string.
    whole: Span,
    /// The password, of type string.
    password: ExprId,
    /// The salt that is hashed with it, and whether it is text (Python).
    salt: Option<(ExprId, bool)>,
    /// How the digest is written.
    encoding: &'static str,
}

fn hashed(task: &Task<'_>) -> Option<Hashed> {
    let found = task.span();
    let mut best: Option<Hashed> = None;
    for (i, expr) in task.file.exprs.iter().enumerate() {
        let smaller = best.as_ref().is_none_or(|b| expr.span.end - expr.span.start < b.whole.end - b.whole.start);
        if expr.span.contains(found) && smaller {
            best = digest(task, ExprId(i as u32)).or(best);
        }
    }
    best
}

/// Reads `hashlib.md5(text.encode()).hexdigest()` or `createHash('md5').update(text).digest('hex')`.
fn digest(task: &Task<'_>, id: ExprId) -> Option<Hashed> {
    let (object, method, args) = method_call(task, id)?;
    let whole = task.file.expr(id).span;
    if task.is_python() {
        if method != "hexdigest" || !args.is_empty() {
            return None;
        }
        let ExprKind::Call { args, .. } = &task.file.expr(object).kind else { return None };
        let path = task.path_of_call(task.file.expr(object).span)?.strip_prefix("hashlib.")?;
        let data = match (path, args.as_slice()) {
            ("new", [_, data]) | (_, [data]) if path != "scrypt" => data,
            _ => return None,
        };
        let (password, salt) = python_data(task, data.value)?;
        return (data.spread == Spread::No).then_some(Hashed { whole, password, salt, encoding: "hex" });
    }
    let [encoding] = args else { return None };
    let encoding = match &task.file.expr(encoding.value).kind {
        ExprKind::Literal(Literal::Str(text)) if &**text == "hex" => "hex",
        ExprKind::Literal(Literal::Str(text)) if &**text == "base64" => "base64",
        _ => return None,
    };
    let (object, update, args) = method_call(task, object).filter(|_| method == "digest")?;
    let [data] = args else { return None };
    let made = task.path_of_call(task.file.expr(object).span)? == "crypto.createHash";
    if !made || update != "update" || data.spread != Spread::No {
        return None;
    }
    let (password, salt) = salted(task, data.value)?;
    Some(Hashed { whole, password, salt: salt.map(|s| (s, true)), encoding })
}

/// The password in `password.encode()`, `(password + salt).encode()`, `salt + password.encode()`; with the salt and
/// whether it is text.
fn python_data(task: &Task<'_>, id: ExprId) -> Option<(ExprId, Option<(ExprId, bool)>)> {
    let encoded = |id: ExprId| method_call(task, id).filter(|(_, name, _)| *name == "encode").map(|(text, ..)| text);
    if let Some(text) = encoded(id) {
        let (password, salt) = salted(task, text)?;
        return Some((password, salt.map(|s| (s, true))));
    }
    let ExprKind::Binary { op: BinaryOp::Add, left, right } = task.file.expr(id).kind else { return None };
    let (text, salt) = encoded(left)
        .filter(|t| is_password(task, *t))
        .map(|t| (t, right))
        .or_else(|| encoded(right).filter(|t| is_password(task, *t)).map(|t| (t, left)))?;
    match encoded(salt) {
        Some(inner) if is_salt(task, inner) => Some((text, Some((inner, true)))),
        None if is_salt(task, salt) => Some((text, Some((salt, false)))),
        _ => None,
    }
}

/// A password, or the sum of a password and a salt.
fn salted(task: &Task<'_>, id: ExprId) -> Option<(ExprId, Option<ExprId>)> {
    if is_password(task, id) {
        return Some((id, None));
    }
    let ExprKind::Binary { op: BinaryOp::Add, left, right } = task.file.expr(id).kind else { return None };
    match (is_password(task, left), is_password(task, right)) {
        (true, false) if is_salt(task, right) => Some((left, Some(right))),
        (false, true) if is_salt(task, left) => Some((right, Some(left))),
        _ => None,
    }
}

/// The same password and salt through scrypt, written alike.
fn with_salt(task: &Task<'_>, hash: &Hashed, salt: (ExprId, bool), edits: &mut Vec<TextEdit>) -> Option<String> {
    let (password, salt, text) = (task.expr_text(hash.password), task.expr_text(salt.0), salt.1);
    if task.is_python() {
        let (scrypt, more) = reference(task, "hashlib.scrypt")?;
        edits.extend(more);
        let encode = if text { ".encode()" } else { "" };
        return Some(format!("{scrypt}({password}.encode(), salt={salt}{encode}, n=2**14, r=8, p=1).hex()"));
    }
    let (scrypt, more) = reference(task, "crypto.scryptSync")?;
    edits.extend(more);
    Some(format!("{scrypt}({password}, {salt}, 64).toString({})", task.string(hash.encoding)))
}

fn method_call<'a>(task: &Task<'a>, id: ExprId) -> Option<(ExprId, &'a str, &'a [Arg])> {
    let ExprKind::Call { callee, args, is_new: false } = &task.file.expr(id).kind else { return None };
    let ExprKind::Member { object, name, .. } = &task.file.expr(*callee).kind else { return None };
    Some((*object, task.file.text(*name), args))
}

/// Whether a value is called a password. Other secrets are looked up by their hash, for which a salt is in the way.
pub(super) fn is_password(task: &Task<'_>, id: ExprId) -> bool {
    let text = task.expr_text(id).to_ascii_lowercase();
    is_plain(task, id) && ["password", "passwd", "passphrase", "pwd"].iter().any(|word| text.contains(word))
}

/// Whether a value is called a salt.
fn is_salt(task: &Task<'_>, id: ExprId) -> bool {
    is_plain(task, id) && task.expr_text(id).to_ascii_lowercase().contains("salt")
}

fn is_plain(task: &Task<'_>, id: ExprId) -> bool {
    matches!(task.file.expr(id).kind, ExprKind::Name(_) | ExprKind::Member { .. } | ExprKind::Index { .. })
}

/// Whether this hash is compared with a stored one: with a salt of its own it never is equal. Seen by a comparison, a
/// query for it, or the name of a function that checks, in the function itself, in those that call it and in those that hash
/// as well.
pub(super) fn compares(task: &Task<'_>, place: Span) -> bool {
    let own = task.function_around(place);
    let name = task.file.function(own).name;
    let calls = |span: Span| {
        task.file.exprs.iter().any(|e| match &e.kind {
            ExprKind::Call { callee, .. } if span.contains(e.span) => match task.file.expr(*callee).kind {
                ExprKind::Name(n) | ExprKind::Member { name: n, .. } => Some(n) == name,
                _ => false,
            },
            _ => false,
        })
    };
    if own == MODULE {
        return checks_module(task, place);
    }
    let hashes = |span: Span| {
        let called =
            |c: &&crate::analysis::facts::CallFact| c.path.starts_with("hashlib.") || c.path == "crypto.createHash";
        task.facts.calls.iter().filter(called).any(|c| span.contains(c.span))
    };
    let related = |i: usize, span: Span| i == own.index() || (name.is_some() && calls(span)) || hashes(span);
    (task.file.functions.iter().enumerate().skip(1)).any(|(i, f)| related(i, f.span) && checks(task, f))
        || (name.is_some() && compared_call(task, name))
}

/// At module level every comparison may be one with the hash.
fn checks_module(task: &Task<'_>, place: Span) -> bool {
    let statement = task.statement_around(place).map(|s| task.file.stmt(s).span);
    let compared = |e: &&Expr| matches!(e.kind, ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::NotEq, .. });
    task.file
        .exprs
        .iter()
        .filter(compared)
        .any(|e| statement.is_none_or(|s| s.overlaps(e.span) || e.span.start >= s.end))
}

fn compared_call(task: &Task<'_>, name: Option<Name>) -> bool {
    let is_call = |id: ExprId| match &task.file.expr(id).kind {
        ExprKind::Call { callee, .. } => match task.file.expr(*callee).kind {
            ExprKind::Name(n) | ExprKind::Member { name: n, .. } => Some(n) == name,
            _ => false,
        },
        _ => false,
    };
    task.file.exprs.iter().any(|e| match &e.kind {
        ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::NotEq, left, right } => is_call(*left) || is_call(*right),
        _ => false,
    })
}

fn checks(task: &Task<'_>, function: &Function) -> bool {
    let symbol = function.symbol.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    let named =
        ["verify", "check", "login", "log_in", "signin", "sign_in", "authenticate", "validate", "compare", "match"];
    let by_name = named.iter().any(|n| symbol.contains(n));
    let in_body = |e: &&Expr| function.span.contains(e.span);
    by_name
        || task.file.exprs.iter().filter(in_body).any(|e| match &e.kind {
            ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::NotEq, left, right } => {
                let constant = |id: &ExprId| matches!(task.file.expr(*id).kind, ExprKind::Literal(_));
                let sides = [*left, *right];
                !sides.iter().any(constant) && sides.iter().any(|side| hash_like(task, *side))
            }
            ExprKind::Literal(Literal::Str(text)) => {
                let text = text.to_ascii_lowercase();
                text.contains("select") && (text.contains("pass") || text.contains("hash"))
            }
            ExprKind::Call { callee, .. } => {
                let text = task.expr_text(*callee);
                ["compare_digest", "timingSafeEqual", "findOne", "filter_by", "find_one"]
                    .iter()
                    .any(|n| text.ends_with(n))
            }
            _ => false,
        })
}

/// Whether something in a comparison may be a hash: nearly everything but a constant and what is plainly no hash.
fn hash_like(task: &Task<'_>, id: ExprId) -> bool {
    let text = task.expr_text(id).to_ascii_lowercase();
    ["hash", "digest", "pass", "pwd", "stored", "encrypted"].iter().any(|n| text.contains(n))
}

/// The name of the helper, which is added where the file has none yet.
fn helper(task: &Task<'_>, edits: &mut Vec<TextEdit>) -> Option<String> {
    let name = if task.is_python() { "_hash_password" } else { "saltedPasswordHash" };
    if task.file.functions.iter().any(|f| &*f.symbol == name) {
        return Some(name.to_string());
    }
    if task.file.names.get(name).is_some() {
        return None;
    }
    let at = insertion(task)?;
    let code = if task.is_python() {
        let (os, os_edits) = reference(task, "os.urandom")?;
        let (scrypt, scrypt_edits) = reference(task, "hashlib.scrypt")?;
        edits.extend(os_edits.into_iter().chain(scrypt_edits));
        let quote = task.quote();
        format!(
            "def {name}(password: str) -> str:\n    \"\"\"The salted scrypt hash of a password, as salt$digest in hexadecimal.\"\"\"\n    \
             salt = {os}(16)\n    digest = {scrypt}(password.encode(), salt=salt, n=2**14, r=8, p=1)\n    \
             return salt.hex() + {quote}${quote} + digest.hex()\n\n\n"
        )
    } else {
        let (bytes, bytes_edits) = reference(task, "crypto.randomBytes")?;
        let (scrypt, _) = reference(task, "crypto.scryptSync")?;
        edits.extend(bytes_edits);
        let hex = task.string("hex");
        let (parameter, result) = if task.file.language == Language::TypeScript {
            ("password: string", ": string")
        } else {
            ("password", "")
        };
        format!(
            "/** The salted scrypt hash of a password, as salt$digest in hexadecimal. */\nfunction {name}({parameter}){result} {{\n  \
             const salt = {bytes}(16);\n  const digest = {scrypt}(password, salt, 64);\n  \
             return `${{salt.toString({hex})}}$${{digest.toString({hex})}}`;\n}}\n\n"
        )
    };
    edits.push(TextEdit::insert(at, code.replace('\n', task.source.newline())));
    Some(name.to_string())
}

/// The beginning of the top-level statement that the finding is in, or of the comments right above it.
fn insertion(task: &Task<'_>) -> Option<u32> {
    let outermost = task.file.stmts.iter().map(|s| s.span).filter(|s| s.contains(task.span()));
    let statement = outermost.max_by_key(|s| s.end - s.start)?;
    let function = task.file.functions.iter().skip(1).map(|f| f.span).filter(|f| f.contains(task.span()));
    let start = function.map(|f| f.start).min().map_or(statement.start, |f| f.min(statement.start));
    let mut line = task.source.line(start);
    if !task.source.line_text(line).starts_with(|c: char| !c.is_whitespace()) {
        return None;
    }
    while line > 1 {
        let above = task.source.line_text(line - 1);
        let comment = (above.starts_with('#') && !above.starts_with("#!")) || above.starts_with("//");
        if !comment && !above.starts_with('@') {
            break;
        }
        line -= 1;
    }
    Some(task.source.line_span(line).start)
}
