//! `owner-only`: what a file's mode gives to its owner stays, so that a program can still be run; the others get nothing.

use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

/// Takes the rights of the others out of a mode that stands in the call.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    let call = task.found_call()?;
    if task.path_of_call(call.span)?.to_ascii_lowercase().contains("mkdir") {
        return None;
    }
    let data = call.args.iter().any(|a| is_data_file(task, a.value));
    let (span, mode) =
        call.args.iter().find_map(|a| Some((task.file.expr(a.value).span, of_owner(task, a.value, data)?)))?;
    let description = format!("Only the owner has rights on the file: `{mode}`.");
    task.candidate("owner-only", description, vec![TextEdit::replace(span, mode)])
}

/// The mode with the rights of its owner only, who may at least read and write.
fn of_owner(task: &Task<'_>, id: ExprId, data: bool) -> Option<String> {
    let digits = match &task.file.expr(id).kind {
        ExprKind::Literal(Literal::Int(_)) => task.expr_text(id).strip_prefix('0')?.trim_start_matches(['o', 'O']),
        ExprKind::Literal(Literal::Str(text)) if is_symbolic(text) => {
            let program = !data && text.get(2..3) == Some("x");
            return Some(task.string(if program { "rwx------" } else { "rw-------" }));
        }
        _ => return None,
    };
    let mode = u32::from_str_radix(digits, 8).ok().filter(|m| m & 0o077 != 0)?;
    Some(if data || mode & 0o100 == 0 { "0o600" } else { "0o700" }.to_string())
}

/// Whether a constant names a file that is surely no program and no folder.
fn is_data_file(task: &Task<'_>, id: ExprId) -> bool {
    const DATA: &[&str] = &[
        "bak", "cfg", "conf", "crt", "csv", "dat", "db", "env", "gz", "html", "ini", "jpg", "json", "key", "log",
        "pdf", "pem", "png", "sqlite", "sqlite3", "sql", "tar", "toml", "tmp", "txt", "xml", "yaml", "yml", "zip",
    ];
    let ExprKind::Literal(Literal::Str(text)) = &task.file.expr(id).kind else { return false };
    text.rsplit_once('.').is_some_and(|(_, extension)| DATA.contains(&extension))
}

/// `rwxr-xr-x`.
fn is_symbolic(text: &str) -> bool {
    text.len() == 9 && text.chars().zip("rwxrwxrwx".chars()).all(|(c, right)| c == right || c == '-')
}

#[cfg(test)]
mod tests {
    use super::super::testing::fixed;

    #[test]
    fn programs_can_still_be_run() {
        for (file, code, old, new) in [
            ("a.py", "import os\n\nos.chmod(\"run.sh\", MODE)\n", "0o777", "0o700"),
            ("a.py", "import os\n\nos.chmod(name, MODE)\n", "0o666", "0o600"),
            ("a.py", "import os\n\nos.chmod(\"notes.txt\", MODE)\n", "0o777", "0o600"),
            ("a.js", "const fs = require('fs');\nfs.chmodSync('run.sh', MODE);\n", "0o777", "0o700"),
            (
                "a.go",
                "package main\n\nimport \"os\"\n\nfunc f() error {\n\treturn os.WriteFile(\"run.sh\", nil, MODE)\n}\n",
                "0777",
                "0o700",
            ),
            (
                "A.java",
                "import java.nio.file.attribute.PosixFilePermissions;\n\nclass A {\n    Object f() {\n        return PosixFilePermissions.fromString(MODE);\n    }\n}\n",
                "\"rwxrwxrwx\"",
                "\"rwx------\"",
            ),
        ] {
            let got = fixed(file, &code.replace("MODE", old), "weak-file-permissions");
            assert_eq!(got, code.replace("MODE", new));
        }
    }
}
