//! `safe-loader` in Java: XML parsers that take no document types, YAML that is read as data.

use super::java;
use super::toolkit::Call;
use crate::edit::TextEdit;
use crate::harden::Task;
use crate::syntax::hir::*;

/// What must be set on a parser or its factory, and before which of its methods is called. Setting it throws nothing that
/// the method does not throw as well.
struct Setting {
    owner: &'static str,
    before: &'static [&'static str],
    /// The calls, `{0}` standing for a class that is named.
    calls: &'static [&'static str],
    class: Option<(&'static str, &'static str)>,
}

const NO_DOCTYPE: &[&str] = &["setFeature(\"http://apache.org/xml/features/disallow-doctype-decl\", true)"];
const NOTHING_OUTSIDE: &[&str] =
    &["setAttribute({0}.ACCESS_EXTERNAL_DTD, \"\")", "setAttribute({0}.ACCESS_EXTERNAL_STYLESHEET, \"\")"];
const NO_SCHEMA_OUTSIDE: &[&str] =
    &["setProperty({0}.ACCESS_EXTERNAL_DTD, \"\")", "setProperty({0}.ACCESS_EXTERNAL_SCHEMA, \"\")"];
const CONSTANTS: Option<(&str, &str)> = Some(("javax.xml", "XMLConstants"));

const SETTINGS: &[Setting] = &[
    Setting {
        owner: "javax.xml.parsers.DocumentBuilderFactory",
        before: &["newDocumentBuilder"],
        calls: NO_DOCTYPE,
        class: None,
    },
    Setting {
        owner: "javax.xml.parsers.DocumentBuilderFactory#half-safe",
        before: &["newDocumentBuilder"],
        calls: NO_DOCTYPE,
        class: None,
    },
    Setting { owner: "javax.xml.parsers.SAXParserFactory", before: &["newSAXParser"], calls: NO_DOCTYPE, class: None },
    Setting { owner: "org.xml.sax.XMLReader", before: &["parse"], calls: NO_DOCTYPE, class: None },
    Setting { owner: "org.jdom2.input.SAXBuilder", before: &["build"], calls: NO_DOCTYPE, class: None },
    Setting {
        owner: "javax.xml.stream.XMLInputFactory",
        before: &["createXMLStreamReader", "createXMLEventReader"],
        calls: &["setProperty({0}.SUPPORT_DTD, false)"],
        class: Some(("javax.xml.stream", "XMLInputFactory")),
    },
    Setting {
        owner: "javax.xml.transform.TransformerFactory",
        before: &["newTransformer", "newTemplates"],
        calls: NOTHING_OUTSIDE,
        class: CONSTANTS,
    },
    Setting {
        owner: "javax.xml.validation.SchemaFactory",
        before: &["newSchema"],
        calls: NO_SCHEMA_OUTSIDE,
        class: CONSTANTS,
    },
    Setting {
        owner: "javax.xml.validation.Validator",
        before: &["validate"],
        calls: NO_SCHEMA_OUTSIDE,
        class: CONSTANTS,
    },
];

/// The edits for a parser of YAML, or one of XML.
pub(super) fn edits(task: &Task<'_>, call: &Call<'_>, path: &str) -> Option<Vec<TextEdit>> {
    if path == "org.yaml.snakeyaml.Yaml.load" || path == "org.yaml.snakeyaml.Yaml.loadAll" {
        return yaml(task, call);
    }
    let function = task.file.function(task.function_around(task.span())).body_span;
    let mut calls: Vec<(Span, ExprId, &Setting)> = Vec::new();
    for expr in task.file.exprs.iter().filter(|e| function.contains(e.span) && e.span.start <= task.span().end) {
        let ExprKind::Call { callee, .. } = &expr.kind else { continue };
        let ExprKind::Member { object, .. } = task.file.expr(*callee).kind else { continue };
        let Some((owner, method)) = task.path_of_call(expr.span).and_then(|p| p.rsplit_once('.')) else { continue };
        let fits = |s: &&Setting| s.owner == owner && s.before.contains(&method);
        calls.extend(SETTINGS.iter().find(fits).map(|s| (expr.span, object, s)));
    }
    // The nearest before the finding makes what it uses.
    calls.sort_by_key(|(span, ..)| *span);
    calls.into_iter().rev().find_map(|(span, object, setting)| {
        let edits = set_before(task, span, object, setting)?;
        task.mending("safe-loader", "", edits.clone()).map(|_| edits)
    })
}

/// The settings in statements of their own before the one with the call.
fn set_before(task: &Task<'_>, call: Span, object: ExprId, setting: &Setting) -> Option<Vec<TextEdit>> {
    let statement = task.file.stmt(task.statement_around(call)?).span;
    if !task.begins_line(statement) || task.text(Span { start: statement.start, end: call.start }).contains('{') {
        return None;
    }
    let mut edits = Vec::new();
    let class = match setting.class {
        Some((package, name)) => {
            let (text, edit) = task.import(package, Some(name));
            edits.extend(edit);
            text
        }
        None => String::new(),
    };
    let span = task.file.expr(object).span;
    let mut lines = Vec::new();
    let on = match &task.file.expr(object).kind {
        ExprKind::Name(_) | ExprKind::Member { .. } => task.text(span).to_string(),
        // `DocumentBuilderFactory.newInstance().newDocumentBuilder()`: the factory gets a name.
        ExprKind::Call { .. } => {
            let (_, simple) = setting.owner.rsplit_once('.')?;
            let made = task.text(span).split('(').next()?;
            let ty = made.strip_suffix(".newInstance").filter(|t| t.rsplit('.').next() == Some(simple))?;
            let name = if simple.ends_with("Factory") { "factory" } else { "parser" };
            if task.file.names.get(name).is_some() {
                return None;
            }
            lines.push(format!("{ty} {name} = {};", task.text(span)));
            edits.push(TextEdit::replace(span, name));
            name.to_string()
        }
        _ => return None,
    };
    lines.extend(setting.calls.iter().map(|c| format!("{on}.{};", c.replace("{0}", &class))));
    let indent = task.indentation(statement);
    let text: String = lines.iter().map(|l| format!("{l}{}{indent}", task.source.newline())).collect();
    edits.push(TextEdit::insert(statement.start, text));
    Some(edits)
}

/// `new Yaml()` becomes one whose constructor makes maps, lists and plain values only.
fn yaml(task: &Task<'_>, call: &Call<'_>) -> Option<Vec<TextEdit>> {
    let ExprKind::Member { object, .. } = task.file.expr(call.callee).kind else { return None };
    let maker = maker(task, object)?;
    let ExprKind::Call { args, is_new: true, .. } = &task.file.expr(maker).kind else { return None };
    let span = task.file.expr(maker).span;
    if !args.is_empty() || !task.text(span).ends_with(')') {
        return None;
    }
    let (constructor, first) = task.import("org.yaml.snakeyaml.constructor", Some("SafeConstructor"));
    let (options, second) = task.import("org.yaml.snakeyaml", Some("LoaderOptions"));
    let mut edits: Vec<TextEdit> = first.into_iter().chain(second).collect();
    edits.push(TextEdit::insert(span.end.checked_sub(1)?, format!("new {constructor}(new {options}())")));
    Some(edits)
}

/// The expression that made a value: itself, or the only one that its variable or field is assigned in the file.
fn maker(task: &Task<'_>, id: ExprId) -> Option<ExprId> {
    let name = match task.file.expr(id).kind {
        ExprKind::Name(name) | ExprKind::Member { name, .. } => name,
        _ => return Some(id),
    };
    let function = task.function_around(task.file.expr(id).span);
    let own = task.assignments(function, name);
    if let [(_, value)] = own.as_slice() {
        return Some(*value);
    }
    let named = |t: &ExprId| matches!(task.file.expr(*t).kind, ExprKind::Name(n) | ExprKind::Member { name: n, .. } if n == name);
    let mut all = task.file.stmts.iter().filter_map(|s| match &s.kind {
        StmtKind::Assign { targets, value: Some(value), .. } if targets.iter().any(named) => Some(*value),
        _ => None,
    });
    let only = all.next().filter(|_| own.is_empty())?;
    (all.next().is_none() && java::declared_type(task, id) == Some("Yaml")).then_some(only)
}
