//! `password-hash` in Java: PBKDF2 of the platform with a salt of its own, in a method that puts the salt in front.

use super::java;
use super::password_hash::{compares, is_password};
use super::toolkit::Call;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// The digest of a password, and what it takes to make it otherwise.
struct Digest {
    /// The call that gives the digest.
    whole: Span,
    /// The password, a text.
    password: ExprId,
    /// The statement that made the object which hashes.
    made: Option<Span>,
}

/// Hashes the password with PBKDF2, where the hash is only stored.
pub(super) fn propose(task: &Task<'_>) -> Option<Candidate> {
    let digest = digest(task)?;
    if compares(task, digest.whole) || looked_up(task) {
        return None;
    }
    let (name, mut edits) = helper(task)?;
    edits.push(TextEdit::replace(digest.whole, format!("{name}({})", task.expr_text(digest.password))));
    edits.extend(digest.made.map(TextEdit::delete));
    let what = "The password is hashed with PBKDF2 and a random salt, which is kept in front of the hash.";
    task.candidate("password-hash", what, edits)
}

/// `digest.digest(password.getBytes(…))` of an object that was made for it alone, or made in place. An exception that the
/// making throws is thrown by the new method as well, so nothing changes for who catches it.
fn digest(task: &Task<'_>) -> Option<Digest> {
    let function = task.file.function(task.function_around(task.span()));
    let calls = task.file.exprs.iter().enumerate().filter(|(_, e)| function.span.contains(e.span));
    let mut digests = calls.filter_map(|(i, e)| match &e.kind {
        ExprKind::Call { callee, args, is_new: false } => {
            let call = Call { id: ExprId(i as u32), span: e.span, callee: *callee, args, is_new: false };
            let (digest, maker) = of_password(task, &call)?;
            let found = e.span.contains(task.span()) || maker.contains(task.span());
            found.then_some(digest)
        }
        _ => None,
    });
    let only = digests.next()?;
    digests.next().is_none().then_some(only)
}

/// A call as the digest of a password, with the span of the call that made the object.
fn of_password(task: &Task<'_>, call: &Call<'_>) -> Option<(Digest, Span)> {
    let ExprKind::Member { object, name, .. } = task.file.expr(call.callee).kind else { return None };
    let [bytes] = call.args else { return None };
    if task.file.text(name) != "digest" {
        return None;
    }
    let ExprKind::Call { callee, args, .. } = &task.file.expr(bytes.value).kind else { return None };
    let ExprKind::Member { object: password, name, .. } = task.file.expr(*callee).kind else { return None };
    // A charset by its name throws an exception that somebody may be waiting for.
    let named = args.iter().any(|a| matches!(task.file.expr(a.value).kind, ExprKind::Literal(_)));
    if task.file.text(name) != "getBytes" || !is_password(task, password) || (named && waits(task, call.span)) {
        return None;
    }
    let whole = call.span;
    if is_maker(task, object) {
        return Some((Digest { whole, password, made: None }, task.file.expr(object).span));
    }
    let ExprKind::Name(variable) = task.file.expr(object).kind else { return None };
    let function = task.function_around(call.span);
    let assignments = task.assignments(function, variable);
    let [(statement, maker)] = assignments.as_slice() else { return None };
    let made = task.file.stmt(*statement).span;
    let uses = task.uses(variable, task.file.function(function).span);
    let here = task.statement_around(call.span).map(|s| task.file.stmt(s).span)?;
    if !is_maker(task, *maker) || uses.len() != 2 || !java::same_block(task, made, here) {
        return None;
    }
    Some((Digest { whole, password, made: Some(java::whole_line(task, made)?) }, made))
}

fn is_maker(task: &Task<'_>, id: ExprId) -> bool {
    task.path_of_call(task.file.expr(id).span) == Some("java.security.MessageDigest.getInstance")
}

/// Whether the function catches the exception of an unknown charset by its name.
fn waits(task: &Task<'_>, place: Span) -> bool {
    let function = task.file.function(task.function_around(place)).span;
    task.text(function).contains("UnsupportedEncodingException")
}

/// Whether something in the file asks for a stored hash or compares with one: who hashes for that needs the same hash again.
fn looked_up(task: &Task<'_>) -> bool {
    let hash = |text: &str| ["hash", "digest", "stored"].iter().any(|word| text.to_ascii_lowercase().contains(word));
    task.file.exprs.iter().any(|e| match &e.kind {
        ExprKind::Literal(Literal::Str(text)) => {
            let text = text.to_ascii_lowercase();
            text.contains("select") && (text.contains("pass") || text.contains("hash") || text.contains("pwd"))
        }
        ExprKind::Call { callee, args, .. } => match task.file.expr(*callee).kind {
            ExprKind::Member { object, name, .. } => match task.file.text(name) {
                "equals" | "equalsIgnoreCase" | "isEqual" | "compareTo" => {
                    hash(task.expr_text(object)) || args.iter().any(|a| hash(task.expr_text(a.value)))
                }
                _ => false,
            },
            _ => false,
        },
        _ => false,
    })
}

/// The name of the method, and the edits that add it with its imports.
fn helper(task: &Task<'_>) -> Option<(&'static str, Vec<TextEdit>)> {
    const NAME: &str = "saltedPasswordHash";
    let mut imports = Vec::new();
    let mut import = |module: &str, name: &str| {
        let (text, edit) = task.import(module, Some(name));
        imports.extend(edit);
        text
    };
    let missing = import("java.security", "NoSuchAlgorithmException");
    let random = import("java.security", "SecureRandom");
    let invalid = import("java.security.spec", "InvalidKeySpecException");
    let arrays = import("java.util", "Arrays");
    let factory = import("javax.crypto", "SecretKeyFactory");
    let spec = import("javax.crypto.spec", "PBEKeySpec");
    let lines = [
        format!("private static byte[] {NAME}(String password) throws {missing} {{"),
        "    byte[] salt = new byte[16];".to_string(),
        format!("    new {random}().nextBytes(salt);"),
        format!("    {spec} spec = new {spec}(password.toCharArray(), salt, 600000, 256);"),
        "    try {".to_string(),
        format!(
            "        byte[] key = {factory}.getInstance(\"PBKDF2WithHmacSHA256\").generateSecret(spec).getEncoded();"
        ),
        format!("        byte[] result = {arrays}.copyOf(salt, salt.length + key.length);"),
        "        System.arraycopy(key, 0, result, salt.length, key.length);".to_string(),
        "        return result;".to_string(),
        format!("    }} catch ({invalid} e) {{"),
        "        throw new IllegalStateException(e);".to_string(),
        "    }".to_string(),
        "}".to_string(),
    ];
    let comment = "The salted PBKDF2 hash of a password: 16 bytes of salt, and behind them 32 bytes of the hash.";
    let method = java::helper(task, NAME, comment, &lines)?;
    // What is there already has its imports.
    if !method.is_empty() {
        imports.extend(method);
    } else {
        imports.clear();
    }
    Some((NAME, imports))
}
