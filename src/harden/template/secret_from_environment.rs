//! Credentials in the source: they come from the environment instead.

use super::arguments::reference;
use super::go;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// Reads the credential from the environment.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let id = task.found_expr()?;
    let bytes = match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Str(_)) => false,
        ExprKind::Literal(Literal::Bytes(_)) => true,
        _ => return None,
    };
    if task.file.language == Language::Go && !go::is_variable(task, id) {
        return None;
    }
    let place = Surroundings::of(task, id)?;
    if let Some(edits) = place.without_default(task) {
        return task.candidate("secret-from-environment", "There is no default for the secret in the source.", edits);
    }
    let name = place.variable(task)?;
    let (code, mut edits) = read(task, &name, bytes)?;
    edits.push(TextEdit::replace(task.span(), code));
    task.candidate(
        "secret-from-environment",
        format!("The secret comes from the environment variable `{name}`."),
        edits,
    )
}

/// What an argument is that stands for an account, where the language has no keywords to say so.
fn position_name(task: &Task<'_>, call: Span, args: &[Arg], id: ExprId) -> Option<String> {
    let connects = task.path_of_call(call).is_some_and(|p| p.ends_with(".getConnection"));
    match args.iter().position(|a| a.value == id)? {
        1 if connects && args.len() == 3 => Some("user".to_string()),
        _ => None,
    }
}

/// Code that reads a variable of the environment, and what it needs.
fn read(task: &Task<'_>, name: &str, bytes: bool) -> Option<(String, Vec<TextEdit>)> {
    match task.file.language {
        Language::Python => {
            let (environ, edits) = reference(task, "os.environ")?;
            let encoded = if bytes { ".encode()" } else { "" };
            Some((format!("{environ}[{}]{encoded}", task.string(name)), edits))
        }
        Language::JavaScript => Some((format!("process.env.{name}"), Vec::new())),
        Language::TypeScript => Some((format!("process.env.{name}!"), Vec::new())),
        // Every file has `System`; a constant for an annotation or a case cannot be read at run time.
        Language::Java => Some((format!("System.getenv({})", task.string(name)), Vec::new())),
        Language::Go => {
            let (getenv, edits) = reference(task, "os.Getenv")?;
            Some((format!("{getenv}({})", task.string(name)), edits))
        }
    }
}

/// What stands around the literal.
enum Surroundings {
    /// Assigned to something of this name.
    Assigned(String),
    /// An argument of a call, with its keyword.
    Argument { call: Span, keyword: Option<String> },
    /// Compared with something of this name.
    Compared(String),
    /// The default of a look-up in the environment: what is replaced, and by what.
    Default { whole: Span, code: String },
}

impl Surroundings {
    fn of(task: &Task<'_>, id: ExprId) -> Option<Surroundings> {
        if task.file.functions.iter().any(|f| f.params.iter().any(|p| p.default == Some(id))) {
            return None;
        }
        for (i, expr) in task.file.exprs.iter().enumerate() {
            if let Some(found) = Self::in_expr(task, id, ExprId(i as u32), expr) {
                return Some(found);
            }
        }
        task.file.stmts.iter().find_map(|stmt| match &stmt.kind {
            StmtKind::Assign { targets, value: Some(value), op: None, .. } if *value == id => {
                targets.iter().find_map(|t| called(task, *t)).map(Surroundings::Assigned)
            }
            _ => None,
        })
    }

    fn in_expr(task: &Task<'_>, id: ExprId, outer: ExprId, expr: &Expr) -> Option<Surroundings> {
        match &expr.kind {
            ExprKind::Call { args, .. } => {
                let arg = args.iter().find(|a| a.value == id && a.spread == Spread::No)?;
                if let Some(default) = Self::default_of(task, outer, args, id) {
                    return Some(default);
                }
                let keyword = arg.name.map(|n| task.file.text(n).to_string());
                let keyword = keyword.or_else(|| position_name(task, expr.span, args, id));
                Some(Surroundings::Argument { call: expr.span, keyword })
            }
            ExprKind::Collection { kind: CollectionKind::Map, entries } => {
                let entry = entries.iter().find(|e| e.value == id && !e.spread)?;
                match &task.file.expr(entry.key?).kind {
                    ExprKind::Literal(Literal::Str(key)) => {
                        let call = task.call_around(expr.span).filter(|c| c.args.iter().any(|a| a.value == outer));
                        Some(match call {
                            Some(call) => Surroundings::Argument { call: call.span, keyword: Some(key.to_string()) },
                            None => Surroundings::Assigned(key.to_string()),
                        })
                    }
                    _ => None,
                }
            }
            ExprKind::Binary { op: BinaryOp::Or | BinaryOp::Nullish, left, right } if *right == id => {
                let left_text = task.expr_text(*left);
                let code = environment(task, *left)
                    .or_else(|| left_text.starts_with("process.env").then(|| left_text.to_string()))?;
                Some(Surroundings::Default { whole: expr.span, code })
            }
            ExprKind::Binary { op: BinaryOp::Eq | BinaryOp::NotEq, left, right } if *left == id || *right == id => {
                called(task, if *left == id { *right } else { *left }).map(Surroundings::Compared)
            }
            ExprKind::Assign { target, value, op: None } if *value == id => {
                called(task, *target).map(Surroundings::Assigned)
            }
            _ => None,
        }
    }

    /// `os.environ.get("NAME", "default")`, `os.getenv("NAME", "default")`.
    fn default_of(task: &Task<'_>, call: ExprId, args: &[Arg], id: ExprId) -> Option<Surroundings> {
        let [name, default] = args else { return None };
        let span = task.file.expr(call).span;
        if default.value != id || !reads_environment(task, span) {
            return None;
        }
        let ExprKind::Call { callee, .. } = &task.file.expr(call).kind else { return None };
        let code = subscript(task, *callee, name.value)?;
        Some(Surroundings::Default { whole: span, code })
    }

    fn without_default(&self, task: &Task<'_>) -> Option<Vec<TextEdit>> {
        let Surroundings::Default { whole, code } = self else { return None };
        let certain = if task.file.language == Language::TypeScript && !code.ends_with('!') { "!" } else { "" };
        Some(vec![TextEdit::replace(*whole, format!("{code}{certain}"))])
    }

    /// The name of the environment variable.
    fn variable(&self, task: &Task<'_>) -> Option<String> {
        let name = match self {
            Surroundings::Assigned(name) | Surroundings::Compared(name) => screaming(name),
            Surroundings::Argument { call, keyword } => {
                let path = task.path_of_call(*call).unwrap_or_default().to_ascii_lowercase();
                qualified(&path, keyword.as_deref())
            }
            Surroundings::Default { .. } => return None,
        };
        // These are set by the system, and mean something else.
        let name = if SYSTEM.contains(&name.as_str()) { format!("APP_{name}") } else { name };
        let fits = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        (fits && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(name)
    }
}

fn reads_environment(task: &Task<'_>, call: Span) -> bool {
    matches!(task.path_of_call(call), Some("os.getenv" | "os.environ.get"))
}

/// `os.environ.get("NAME")` and `os.getenv("NAME")` as `os.environ["NAME"]`.
fn environment(task: &Task<'_>, id: ExprId) -> Option<String> {
    let ExprKind::Call { callee, args, .. } = &task.file.expr(id).kind else { return None };
    let [name] = args.as_slice() else { return None };
    reads_environment(task, task.file.expr(id).span).then(|| subscript(task, *callee, name.value))?
}

/// `os.environ.get` and `os.getenv` name the mapping, or the module in which it is.
fn subscript(task: &Task<'_>, callee: ExprId, name: ExprId) -> Option<String> {
    let ExprKind::Member { object, name: member, .. } = &task.file.expr(callee).kind else { return None };
    let mapping = match task.file.text(*member) {
        "get" => task.expr_text(*object).to_string(),
        "getenv" => format!("{}.environ", task.expr_text(*object)),
        _ => return None,
    };
    Some(format!("{mapping}[{}]", task.expr_text(name)))
}

/// What a target is called: a name, a member, a constant key.
fn called(task: &Task<'_>, id: ExprId) -> Option<String> {
    match &task.file.expr(id).kind {
        ExprKind::Name(name) | ExprKind::Member { name, .. } => Some(task.file.text(*name).to_string()),
        ExprKind::Index { index, .. } => match &task.file.expr(*index).kind {
            ExprKind::Literal(Literal::Str(text)) => Some(text.to_string()),
            _ => None,
        },
        _ => None,
    }
}

/// What calls connect to or do, and what the variable is then called.
const KINDS: &[(&[&str], &str, &str)] = &[
    (&["jwt", "jsonwebtoken", "jose"], "JWT", "SECRET"),
    (&["session"], "SESSION", "SECRET"),
    (&["hmac"], "HMAC", "KEY"),
    (&["cipher", "fernet", "aes", "chacha"], "ENCRYPTION", "KEY"),
    (&["itsdangerous"], "SIGNING", "KEY"),
    (&["smtp", "nodemailer", "imap", "poplib"], "SMTP", "PASSWORD"),
    (&["ftp"], "FTP", "PASSWORD"),
    (&["ssh", "paramiko"], "SSH", "PASSWORD"),
    (&["redis"], "REDIS", "PASSWORD"),
    (&["ldap"], "LDAP", "PASSWORD"),
    (&["mongo"], "MONGO", "PASSWORD"),
    (
        &["sql", "psycopg", "pg.", "pg-", "oracledb", "mariadb", "knex", "sequelize", "typeorm", "asyncpg", "peewee"],
        "DB",
        "PASSWORD",
    ),
];

/// Variables that every process has.
const SYSTEM: &[&str] = &[
    "USER", "USERNAME", "LOGNAME", "HOME", "PATH", "PWD", "SHELL", "HOST", "HOSTNAME", "LANG", "TERM", "NAME", "MAIL",
];

/// A plain word such as `password` says little in the environment; what is called says for what it is.
fn qualified(path: &str, keyword: Option<&str>) -> String {
    let kind = KINDS.iter().find(|(words, ..)| words.iter().any(|w| path.contains(w)));
    let plain = |name: &str| {
        let secret = matches!(name, "PASSWORD" | "PASSWD" | "PASS" | "PWD" | "SECRET" | "KEY" | "TOKEN");
        secret || matches!(name, "USER" | "USERNAME" | "LOGIN" | "HOST" | "DATABASE" | "NAME")
    };
    let full = |name: &str| match name {
        "PASSWD" | "PASS" | "PWD" => "PASSWORD".to_string(),
        other => other.to_string(),
    };
    match (keyword.map(screaming), kind) {
        (Some(name), Some((_, prefix, _))) if plain(&name) => format!("{prefix}_{}", full(&name)),
        (Some(name), _) => name,
        (None, Some((_, prefix, last))) => format!("{prefix}_{last}"),
        (None, None) if path.ends_with("login") || path.contains("auth") => "PASSWORD".to_string(),
        (None, None) => "SECRET".to_string(),
    }
}

/// `apiKey`, `api-key` and `api_key` as `API_KEY`.
fn screaming(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for c in name.chars() {
        let c = if c.is_ascii_alphanumeric() { c } else { '_' };
        if c.is_ascii_uppercase() && before.is_ascii_lowercase() {
            out.push('_');
        }
        if !(c == '_' && out.ends_with('_')) {
            out.push(c.to_ascii_uppercase());
        }
        before = c;
    }
    out.trim_matches('_').to_string()
}
