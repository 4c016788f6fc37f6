//! What operations make of constant texts, and the places of format texts.

use super::fold;
use super::operations::as_index;
use super::value::Const;
use crate::rules::compiled::Operation;

/// A piece of a format text.
pub enum Piece {
    Text(String),
    /// An argument, counted from zero; `plain` where it is put in as it is.
    Argument {
        position: Option<usize>,
        plain: bool,
    },
}

/// The pieces of a format text: `%s`, `%5d`, `%2$s`, `%n`, `%%`.
pub fn format_pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('%') {
        text.push_str(before);
        let len = after.find(|c: char| c.is_alphabetic() || c == '%').unwrap_or(after.len());
        let (options, behind) = after.split_at(len);
        let mut chars = behind.chars();
        let conversion = chars.next();
        // Dates have a second letter.
        if matches!(conversion, Some('t' | 'T')) {
            chars.next();
        }
        rest = chars.as_str();
        match conversion {
            Some('%') => text.push('%'),
            Some('n') => text.push('\n'),
            None => text.push_str(options),
            Some(letter) => {
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                let position =
                    options.split_once('$').and_then(|(n, _)| n.parse::<usize>().ok()).map(|n| n.saturating_sub(1));
                let bare = options.is_empty() || options.ends_with('$');
                pieces.push(Piece::Argument { position, plain: bare && matches!(letter, 's' | 'd') });
            }
        }
    }
    text.push_str(rest);
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

/// What an operation makes of constants.
pub fn computed(operation: Operation, first: &Const, rest: &[&Const]) -> Option<Const> {
    use Operation::*;
    let text = first.as_str();
    let other = rest.first().and_then(|c| c.as_str());
    let at = rest.first().and_then(|c| as_index(c));
    Some(match (operation, text) {
        (Equals, _) => Const::Bool(first == *rest.first()?),
        (ToText, Some(text)) => Const::Str(text.clone()),
        (ToText, None) => match first {
            Const::Int(i) => Const::Str(i.to_string().into()),
            Const::Bool(b) => Const::Str(b.to_string().into()),
            _ => return None,
        },
        (_, None) => return None,
        (EqualsIgnoreCase, Some(text)) => Const::Bool(text.to_lowercase() == other?.to_lowercase()),
        (CharAt, Some(text)) => Const::Str(text.chars().nth(at?)?.to_string().into()),
        (Substring, Some(text)) => {
            let end = match rest.get(1) {
                Some(end) => as_index(end)?,
                None => text.chars().count(),
            };
            Const::Str(text.chars().take(end).skip(at?).collect::<String>().into())
        }
        (Lower, Some(text)) => Const::Str(text.to_lowercase().into()),
        (Upper, Some(text)) => Const::Str(text.to_uppercase().into()),
        (Trim, Some(text)) => Const::Str(text.trim().into()),
        (Length, Some(text)) => Const::Int(text.chars().count() as i64),
        (IsEmpty, Some(text)) => Const::Bool(text.is_empty()),
        (Contains, Some(text)) => Const::Bool(text.contains(&**other?)),
        (StartsWith, Some(text)) => Const::Bool(text.starts_with(&**other?)),
        (EndsWith, Some(text)) => Const::Bool(text.ends_with(&**other?)),
        (IndexOf, Some(text)) => {
            let other = other?;
            let found = text.find(&**other).and_then(|i| text.get(..i));
            Const::Int(found.map_or(-1, |before| before.chars().count() as i64))
        }
        (Concat, Some(text)) if text.len() + other?.len() <= fold::MAX_STRING => {
            Const::Str(format!("{text}{}", other?).into())
        }
        (ParseBool, Some(text)) => Const::Bool(text.eq_ignore_ascii_case("true")),
        (ParseInt, Some(text)) => Const::Int(text.parse().ok()?),
        _ => return None,
    })
}
