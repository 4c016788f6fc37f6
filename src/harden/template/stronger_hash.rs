//! Broken hash functions: SHA-256 instead of MD5 and SHA-1.

use super::arguments::reference;
use super::go;
use super::toolkit::Call;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// Hashes with SHA-256.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let call = task.call_around(task.span())?;
    let path = task.path_of_call(call.span)?;
    if fixed_by_protocol(task, call.span) {
        return None;
    }
    let edits = match task.file.language {
        Language::Python => python(task, &call, path)?,
        Language::Go => go(task, &call, path)?,
        _ => node(task, &call, path)?,
    };
    task.candidate("stronger-hash", "SHA-256 is used, for which no collisions are known.", edits)
}

/// Where the other side expects this very hash, or its length.
fn fixed_by_protocol(task: &Task<'_>, call: Span) -> bool {
    let Some(statement) = task.statement_around(call) else { return false };
    let span = task.file.stmt(statement).span;
    let simple = task.source.line(span.end) - task.source.line(span.start) < 12;
    let text = task.text(span);
    simple && ["Content-MD5", "content-md5", "ContentMD5", "UUID(", "gravatar"].iter().any(|t| text.contains(t))
}

fn python(task: &Task<'_>, call: &Call<'_>, path: &str) -> Option<Vec<TextEdit>> {
    match path {
        "hashlib.md5" | "hashlib.sha1" => renamed(task, call, path, "hashlib.sha256"),
        "hashlib.new" => {
            let name = call.keyword(task.file, "name").or_else(|| call.positional(0))?;
            let span = literal(task, name.value)?;
            let quote = task.text(span).chars().find(|c| matches!(c, '\'' | '"'))?;
            Some(vec![TextEdit::replace(span, task.emit().string("sha256", quote))])
        }
        "cryptography.hazmat.primitives.hashes.MD5" | "cryptography.hazmat.primitives.hashes.SHA1" => {
            renamed(task, call, path, "cryptography.hazmat.primitives.hashes.SHA256")
        }
        _ => {
            let (package, _) = path.split_once(".Hash.").filter(|(p, _)| matches!(*p, "Crypto" | "Cryptodome"))?;
            let ExprKind::Member { object, .. } = &task.file.expr(call.callee).kind else { return None };
            let ExprKind::Name(_) = task.file.expr(*object).kind else { return None };
            let (name, mut edits) = reference(task, &format!("{package}.Hash.SHA256"))?;
            edits.push(TextEdit::replace(task.file.expr(*object).span, name));
            Some(edits)
        }
    }
}

/// The callee under its new name: the member where the module is named, else an import of its own.
fn renamed(task: &Task<'_>, call: &Call<'_>, old: &str, new: &str) -> Option<Vec<TextEdit>> {
    let (_, name) = new.rsplit_once('.')?;
    match &task.file.expr(call.callee).kind {
        ExprKind::Member { name: member, name_span, .. } => {
            old.ends_with(&format!(".{}", task.file.text(*member))).then(|| vec![TextEdit::replace(*name_span, name)])
        }
        ExprKind::Name(local) => {
            let imported = task.file.imports.iter().any(|i| i.local == Some(*local) && &*i.path == old);
            let (module, _) = new.rsplit_once('.')?;
            let (text, edit) = imported.then(|| task.import(module, Some(name)))?;
            let mut edits: Vec<TextEdit> = edit.into_iter().collect();
            edits.push(TextEdit::replace(task.file.expr(call.callee).span, text));
            Some(edits)
        }
        _ => None,
    }
}

/// The literal that a value is: itself, or that of a variable which is assigned once and used here alone.
fn literal(task: &Task<'_>, id: ExprId) -> Option<Span> {
    match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Str(_)) => Some(task.file.expr(id).span),
        ExprKind::Name(name) => {
            let function = task.function_around(task.file.expr(id).span);
            let mut found = task.assignments(function, *name);
            if found.is_empty() {
                found = task.assignments(MODULE, *name);
            }
            let [(statement, value)] = found.as_slice() else { return None };
            let StmtKind::Assign { targets, .. } = &task.file.stmt(*statement).kind else { return None };
            let uses = task.uses(*name, task.file.function(MODULE).span).len();
            let plain = matches!(task.file.expr(*value).kind, ExprKind::Literal(Literal::Str(_)));
            (plain && targets.len() == 1 && uses == 2).then(|| task.file.expr(*value).span)
        }
        _ => None,
    }
}

/// SHA-256 in Go, where the file does not rely on the length of the old value.
fn go(task: &Task<'_>, call: &Call<'_>, path: &str) -> Option<Vec<TextEdit>> {
    let text = task.source.text();
    if ["[16]byte", "[20]byte", "md5.Size", "sha1.Size", "md5.BlockSize"].iter().any(|t| text.contains(t)) {
        return None;
    }
    match path {
        "crypto/md5.Sum" | "crypto/sha1.Sum" => go::renamed(task, call.callee, "crypto/sha256.Sum256"),
        "crypto/md5.New" | "crypto/sha1.New" => go::renamed(task, call.callee, "crypto/sha256.New"),
        "crypto/hmac.New" => go::renamed(task, call.positional(0)?.value, "crypto/sha256.New"),
        _ => None,
    }
}

fn node(task: &Task<'_>, call: &Call<'_>, path: &str) -> Option<Vec<TextEdit>> {
    if let Some(method) = path.strip_prefix("crypto.") {
        let index = if method.starts_with("pbkdf2") { 4 } else { 0 };
        let span = literal(task, call.positional(index)?.value)?;
        let name = task.text(span).to_ascii_lowercase();
        let new = match () {
            () if name.contains("rsa-") => "RSA-SHA256",
            () if method == "subtle.digest" => "SHA-256",
            () => "sha256",
        };
        let inner = Span { start: span.start + 1, end: span.end.checked_sub(1)? };
        return Some(vec![TextEdit::replace(inner, new)]);
    }
    match path {
        "crypto-js.MD5" | "crypto-js.SHA1" => renamed(task, call, path, "crypto-js.SHA256"),
        "crypto-js.HmacMD5" | "crypto-js.HmacSHA1" => renamed(task, call, path, "crypto-js.HmacSHA256"),
        "md5" | "blueimp-md5" | "js-md5" | "sha1" | "js-sha1" | "md5-hex" => {
            let [only] = call.args else { return None };
            if only.spread != Spread::No || call.is_new {
                return None;
            }
            let (name, mut edits) = reference(task, "crypto.createHash")?;
            let head = Span { start: call.span.start, end: only.span.start };
            let tail = Span { start: only.span.end, end: call.span.end };
            edits.push(TextEdit::replace(head, format!("{name}({}).update(", task.string("sha256"))));
            edits.push(TextEdit::replace(tail, format!(").digest({})", task.string("hex"))));
            Some(edits)
        }
        _ => None,
    }
}
