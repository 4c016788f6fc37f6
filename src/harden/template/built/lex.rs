//! String literals, character by character.

use super::{Built, Lit, Part, Unit};
use crate::harden::Task;
use crate::syntax::hir::*;

/// Reads a literal or an interpolated one; in Python also several behind one another.
pub fn read(task: &Task<'_>, id: ExprId, built: &mut Built) -> Option<()> {
    let expr = task.file.expr(id);
    let mut values: Vec<ExprId> = match &expr.kind {
        ExprKind::Template { parts } => parts.iter().copied().filter(|p| !is_text(task, *p)).collect(),
        _ => Vec::new(),
    };
    values.sort_by_key(|v| task.file.expr(*v).span.start);
    let mut reader = Reader { task, values, at: expr.span.start as usize, end: expr.span.end as usize };
    loop {
        reader.literal(built)?;
        reader.skip_space();
        if reader.at >= reader.end {
            return Some(());
        }
    }
}

/// A text part of a template: its span is literal text of the source, that of an interpolated string is not.
fn is_text(task: &Task<'_>, id: ExprId) -> bool {
    let expr = task.file.expr(id);
    let ExprKind::Literal(Literal::Str(_)) = expr.kind else { return false };
    let before = task.source.text().get(..expr.span.start as usize).unwrap_or("");
    // `{'a'}` is a value; the text `'a'` behind a brace that is doubled cannot begin with a quote of its own literal.
    !(before.trim_end().ends_with('{') && task.text(expr.span).starts_with(['\'', '"', '`']))
}

struct Reader<'t, 'a> {
    task: &'t Task<'a>,
    values: Vec<ExprId>,
    at: usize,
    end: usize,
}

impl Reader<'_, '_> {
    fn rest(&self) -> &str {
        self.task.source.text().get(self.at..self.end).unwrap_or("")
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\\').len();
    }

    /// One literal from its prefix to its closing quotes.
    fn literal(&mut self, built: &mut Built) -> Option<()> {
        let start = self.at;
        let rest = self.rest();
        let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
        let prefix = rest.get(..letters)?.to_ascii_lowercase();
        let quote = rest.get(letters..)?.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
        if prefix.contains('b') || prefix.contains('t') {
            return None;
        }
        let triple: String = [quote; 3].iter().collect();
        let java = self.task.file.language == Language::Java;
        // A character is no place for a placeholder.
        if java && quote == '\'' {
            return None;
        }
        let long = (self.task.is_python() || java) && rest.get(letters..)?.starts_with(&triple);
        let delimiter = if long { triple } else { quote.to_string() };
        self.at += letters + delimiter.len();
        let content = self.at;
        let lit = built.lits.len();
        let python = self.task.is_python();
        let go = self.task.file.language == Language::Go;
        let how = How {
            braces: python && prefix.contains('f'),
            dollars: !python && !go && quote == '`',
            raw: prefix.contains('r') || (go && quote == '`'),
            delimiter: &delimiter,
            lit,
        };
        let before = built.values.len();
        self.content(&how, built)?;
        let end = self.at;
        self.at += delimiter.len();
        built.lits.push(Lit {
            span: Span::new(start, self.at),
            prefix: Span::new(start, start + letters),
            content: Span::new(content, end),
            interpolated: how.braces || (how.dollars && built.values.len() > before),
        });
        Some(())
    }

    fn content(&mut self, how: &How<'_>, built: &mut Built) -> Option<()> {
        loop {
            let rest = self.rest();
            let next = rest.chars().next()?;
            if rest.starts_with(how.delimiter) {
                return Some(());
            }
            let opens = if how.braces { next == '{' } else { how.dollars && rest.starts_with("${") };
            if how.braces && (rest.starts_with("{{") || rest.starts_with("}}")) {
                self.push(next, 2, how.lit, built);
            } else if opens {
                self.value(how.lit, built)?;
            } else if next == '\\' && !how.raw {
                self.escape(how.lit, built)?;
            } else if next == '\\' && how.delimiter != "`" && rest.get(1..)?.starts_with(how.delimiter) {
                self.push('\\', 1, how.lit, built);
                self.push(rest_char(self.rest())?, 1, how.lit, built);
            } else {
                self.push(next, next.len_utf8(), how.lit, built);
            }
        }
    }

    fn push(&mut self, c: char, len: usize, lit: usize, built: &mut Built) {
        built.units.push(Unit::Char(c, Span::new(self.at, self.at + len), lit));
        self.at += len;
    }

    /// An escape; what stands for an unusual character becomes the replacement character.
    fn escape(&mut self, lit: usize, built: &mut Built) -> Option<()> {
        let next = self.rest().get(1..)?.chars().next()?;
        let c = match next {
            '\\' | '\'' | '"' | '`' => next,
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '\n' | '\r' => ' ',
            '0'..='9' | 'x' | 'u' | 'U' | 'N' => return None,
            _ => char::REPLACEMENT_CHARACTER,
        };
        self.push(c, 1 + next.len_utf8(), lit, built);
        Some(())
    }

    /// `{value}` or `${value}`; nothing that formats it may stand behind the value, but `!s` and `:s`, `:d`, which say no
    /// more than what it is.
    fn value(&mut self, lit: usize, built: &mut Built) -> Option<()> {
        let open = self.at + usize::from(self.rest().starts_with('$')) + 1;
        let expr = *self.values.iter().find(|v| self.task.file.expr(**v).span.start as usize >= open)?;
        let span = self.task.file.expr(expr).span;
        let text = self.task.source.text();
        let before = text.get(open..span.start as usize)?;
        let after = text.get(span.end as usize..self.end)?;
        let parens = before.chars().filter(|c| *c == '(').count();
        if !before.chars().all(|c| c.is_whitespace() || c == '(') {
            return None;
        }
        let mut rest = after;
        for _ in 0..parens {
            rest = rest.trim_start().strip_prefix(')')?;
        }
        rest = rest.trim_start();
        let plain = ["!s", ":s", ":d"].iter().find_map(|f| rest.strip_prefix(f)).unwrap_or(rest);
        let rest = plain.trim_start().strip_prefix('}')?;
        let site = Span::new(self.at, span.end as usize + after.len() - rest.len());
        built.units.push(Unit::Value(built.values.len()));
        built.values.push(Part { expr, site, lit, inside: true });
        self.at = site.end as usize;
        Some(())
    }
}

fn rest_char(rest: &str) -> Option<char> {
    rest.chars().next()
}

/// How a literal's content is written.
struct How<'t> {
    braces: bool,
    dollars: bool,
    raw: bool,
    delimiter: &'t str,
    lit: usize,
}
