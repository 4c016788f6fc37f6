//! HTML pages taken apart, for tests of all of them.

use std::collections::BTreeMap;

/// A start tag: its name, and its attributes with the references in their values resolved.
pub struct Tag {
    pub name: String,
    pub attributes: BTreeMap<String, String>,
}

/// The start tags of a page as a browser's tokenizer sees them, the text between all tags, and what stands in `script` and
/// `style`. Fails on anything that the templates do not write: comments, attributes without quotes, stray brackets.
pub fn tokens(page: &str) -> (Vec<Tag>, String, Vec<(String, String)>) {
    let (mut tags, mut text, mut raw) = (Vec::new(), String::new(), Vec::new());
    let mut rest = page.strip_prefix("<!doctype html>").expect("a doctype");
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "a stray bracket in {before:?}");
        text.push_str(before);
        let (inside, after) = end_of_tag(after);
        rest = after;
        if inside.starts_with('/') {
            continue;
        }
        let tag = tag(inside);
        if tag.name == "script" || tag.name == "style" {
            let (content, after) = rest.split_once(&format!("</{}>", tag.name)).unwrap();
            raw.push((tag.name.clone(), content.to_owned()));
            rest = after;
        }
        tags.push(tag);
    }
    text.push_str(rest);
    (tags, resolved(&text), raw)
}

/// Splits what follows `<` at the `>` that ends the tag, outside of quotes.
fn end_of_tag(text: &str) -> (&str, &str) {
    let mut quoted = false;
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '>' if !quoted => return (&text[..at], &text[at + 1..]),
            '<' => panic!("a bracket inside a tag: {}", &text[..at.min(200)]),
            _ => {}
        }
    }
    panic!("a tag without an end");
}

fn tag(inside: &str) -> Tag {
    let (name, mut rest) = inside.split_once(char::is_whitespace).unwrap_or((inside, ""));
    assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{inside:?}");
    let mut attributes = BTreeMap::new();
    while !rest.trim().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        assert!(key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{inside:?}");
        let value = match after.strip_prefix("=\"") {
            Some(value) => {
                let (value, after) = value.split_once('"').unwrap();
                rest = after;
                value
            }
            None => {
                assert!(!after.starts_with('='), "an attribute without quotes: {inside:?}");
                rest = after;
                ""
            }
        };
        assert!(attributes.insert(key.to_owned(), resolved(value)).is_none(), "{key} twice in {inside:?}");
    }
    Tag { name: name.to_owned(), attributes }
}

/// Text with its character references resolved; every ampersand must begin one that the templates write.
fn resolved(text: &str) -> String {
    let mut out = String::new();
    let mut parts = text.split('&');
    out.push_str(parts.next().unwrap_or(""));
    for part in parts {
        let (reference, after) = part.split_once(';').unwrap_or_else(|| panic!("a bare ampersand before {part:?}"));
        out.push_str(match reference {
            "amp" => "&",
            "lt" => "<",
            "gt" => ">",
            "quot" => "\"",
            "#x27" => "'",
            "#x2f" => "/",
            other => panic!("&{other};"),
        });
        out.push_str(after);
    }
    out
}

/// The colours of a scheme by their names, as the style sets them.
pub fn colours(style: &str) -> BTreeMap<String, [f64; 3]> {
    let declared = style.split(';').filter_map(|part| part.rsplit_once("--")?.1.split_once(": #"));
    let channel = |hex: &str, at: usize| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    declared.map(|(name, hex)| (name.to_owned(), [0, 2, 4].map(|at| channel(hex, at)))).collect()
}

/// The contrast of two colours after WCAG 2.
pub fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
    let luminance = |[r, g, b]: [f64; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}
