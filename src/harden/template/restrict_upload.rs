//! `restrict-upload`: a file is stored only if its name ends as one of the types does that the code says it is about. Which
//! types a program wants is not for a template to say, so there is a fix only where names in the code tell.

use super::contain_path::{refusal, step};
use crate::checks::secrets::words;
use crate::edit::TextEdit;
use crate::harden::{Candidate, Task};
use crate::syntax::hir::*;

const NAME: &str = "restrict-upload";

/// Words that tell what kind of file is meant, and the endings of such files.
const TYPES: &[(&[&str], &[&str])] = &[
    (&["pdf", "pdfs"], &[".pdf"]),
    (
        &["image", "images", "picture", "pictures", "photo", "photos", "avatar", "avatars", "logo", "thumbnail"],
        &[".gif", ".jpeg", ".jpg", ".png", ".webp"],
    ),
    (&["csv"], &[".csv"]),
    (&["spreadsheet", "spreadsheets", "excel", "xlsx"], &[".csv", ".ods", ".xlsx"]),
    (&["video", "videos"], &[".mov", ".mp4", ".webm"]),
    (&["audio", "music", "song", "podcast"], &[".flac", ".mp3", ".ogg", ".wav"]),
    (&["zip", "zips"], &[".zip"]),
    (&["json"], &[".json"]),
    (&["docx"], &[".docx"]),
];

/// Checks the ending of the name in front of the statement that stores the file.
pub fn propose(task: &Task<'_>) -> Option<Candidate> {
    if !task.is_python() {
        return None;
    }
    let name = task.text(task.finding.flow.first()?.region.span());
    if !name.ends_with(".filename") || name.contains(['\n', '(']) {
        return None;
    }
    let endings = endings(task)?;
    let (id, span) = task.statement_around(task.span()).map(|id| (id, task.file.stmt(id).span))?;
    if !task.begins_line(span) || !runs_after(task, name, id) {
        return None;
    }
    let (split, import) = task.import("os.path", Some("splitext"));
    let (refuse, more) = refusal(task, "400", "", "this type of file is not accepted")?;
    let list: Vec<String> = endings.iter().map(|ending| task.string(ending)).collect();
    let indent = task.indentation(span);
    let nl = task.source.newline();
    let check = format!("if {split}({name} or {})[1].lower() not in {{{}}}:", task.string(""), list.join(", "));
    let text = format!("{check}{nl}{indent}{}{refuse}{nl}{indent}", step(task));
    let mut edits = vec![TextEdit::insert(span.start, text)];
    edits.extend(import);
    edits.extend(more);
    task.candidate(NAME, "Accepts only names that end as files of this kind do.", edits)
}

/// Whether the expression that gives the name stands before the statement, in the same function.
fn runs_after(task: &Task<'_>, name: &str, stmt: StmtId) -> bool {
    let span = task.file.stmt(stmt).span;
    let object = name.split(['.', '[']).next().unwrap_or(name);
    let function = task.function_around(span);
    let object = task.file.names.get(object);
    object.is_some_and(|object| {
        let mut written = task.assignments(function, object);
        written.retain(|(s, _)| task.file.stmt(*s).span.end <= span.start);
        !written.is_empty()
            || task.file.function(function).params.iter().any(|p| task.expr_text(p.pattern) == task.file.text(object))
    })
}

/// The endings that the function, its route and the keys that it reads tell of; none when they tell of none or of several.
fn endings(task: &Task<'_>) -> Option<&'static [&'static str]> {
    let function = task.file.function(task.function_around(task.span()));
    let mut texts: Vec<&str> = function.name.map(|n| task.file.text(n)).into_iter().collect();
    texts.extend(task.file.exprs.iter().filter(|e| function.span.contains(e.span)).filter_map(|e| match &e.kind {
        ExprKind::Literal(Literal::Str(text)) if text.len() < 60 && !text.contains(' ') => Some(&**text),
        ExprKind::Name(name) => Some(task.file.text(*name)),
        _ => None,
    }));
    let told: Vec<String> = texts.into_iter().flat_map(words).collect();
    let mut fitting = TYPES.iter().filter(|(names, _)| told.iter().any(|word| names.contains(&word.as_str())));
    let (_, endings) = fitting.next()?;
    fitting.next().is_none().then_some(*endings)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{fixed, refused};

    const HEAD: &str = "import os\n\nfrom flask import Flask, abort, request\nfrom werkzeug.utils import secure_filename\n\napp = Flask(__name__)\n\n\n";

    #[test]
    fn only_the_type_that_is_meant_is_stored() {
        let view = "@app.route(\"/avatar\", methods=[\"POST\"])\ndef avatar():\n    up = request.files[\"avatar\"]\n    name = secure_filename(up.filename)\n";
        let save = "    up.save(os.path.join(\"up\", name))\n    return \"ok\"\n";
        let check = "    if os.path.splitext(up.filename or \"\")[1].lower() not in {\".gif\", \".jpeg\", \".jpg\", \".png\", \".webp\"}:\n        abort(400)\n";
        let got = fixed("a.py", &format!("{HEAD}{view}{save}"), "unrestricted-upload");
        assert_eq!(got, format!("{HEAD}{view}{check}{save}"));
    }

    #[test]
    fn where_nothing_tells_the_type_there_is_no_fix() {
        let view = "@app.post(\"/f\")\ndef store():\n    up = request.files[\"f\"]\n    up.save(os.path.join(\"up\", secure_filename(up.filename)))\n    return \"ok\"\n";
        refused("a.py", &format!("{HEAD}{view}"), "unrestricted-upload");
    }
}
