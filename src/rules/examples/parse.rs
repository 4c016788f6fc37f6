//! The Markdown of examples → blocks of code with their markers.

use crate::syntax::hir::Language;

/// What a block shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Findings must appear at the markers and nowhere else.
    Insecure,
    /// Nothing may be found.
    Secure,
    /// What the fixers make of the insecure block above.
    Fixed,
}

/// A block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it shows.
    pub role: Role,
    /// Its language.
    pub language: Language,
    /// The path that it is analysed under; its extension is the dialect's.
    pub path: &'static str,
    /// The line of the document that its first line of code stands on, from one.
    pub first_line: u32,
    /// The code, markers included.
    pub text: String,
    /// What must be found, in the order of the text.
    pub markers: Vec<Marker>,
}

/// That a rule must find something on a line.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Marker {
    /// The line in the block, from one.
    pub line: u32,
    /// The rule's id.
    pub rule: String,
}

/// Something that is wrong with the document itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The line in the document, from one.
    pub line: u32,
    /// What is wrong.
    pub message: String,
}

/// The blocks of a document in order, and what is wrong with it. Blocks that are given no role are left out: they are prose.
pub fn parse(text: &str) -> (Vec<Block>, Vec<Malformed>) {
    let mut blocks = Vec::new();
    let mut malformed = Vec::new();
    let mut lines = text.lines().zip(1u32..);
    while let Some((line, number)) = lines.next() {
        let Some((fence, info)) = opening(line) else { continue };
        let mut code = String::new();
        let mut closed = false;
        for (line, _) in lines.by_ref() {
            if closes(line, fence) {
                closed = true;
                break;
            }
            code.push_str(line);
            code.push('\n');
        }
        if !closed {
            malformed.push(Malformed { line: number, message: "this block is not closed".to_string() });
        }
        match header(info) {
            Ok(Some((role, language, path))) => {
                let markers = markers(&code, language);
                blocks.push(Block { role, language, path, first_line: number + 1, text: code, markers });
            }
            Ok(None) => {}
            Err(message) => malformed.push(Malformed { line: number, message }),
        }
    }
    (blocks, malformed)
}

/// The length of the fence and what stands behind it, if the line opens a block.
fn opening(line: &str) -> Option<(usize, &str)> {
    let info = line.trim_start_matches('`');
    let fence = line.len() - info.len();
    (fence >= 3 && !info.contains('`')).then_some((fence, info.trim()))
}

fn closes(line: &str, fence: usize) -> bool {
    let line = line.trim_end();
    line.len() >= fence && line.bytes().all(|b| b == b'`')
}

type Header = (Role, Language, &'static str);

fn header(info: &str) -> Result<Option<Header>, String> {
    let mut words = info.split_whitespace();
    let (Some(language), Some(role), rest) = (words.next(), words.next(), words.next()) else { return Ok(None) };
    let role = match role {
        "insecure" => Role::Insecure,
        "secure" => Role::Secure,
        "fixed" => Role::Fixed,
        other => return Err(format!("`{other}` is none of insecure, secure, fixed")),
    };
    let (language, path) = match language {
        "python" => (Language::Python, "example.py"),
        "javascript" => (Language::JavaScript, "example.js"),
        "jsx" => (Language::JavaScript, "example.jsx"),
        "typescript" => (Language::TypeScript, "example.ts"),
        "tsx" => (Language::TypeScript, "example.tsx"),
        "java" => (Language::Java, "Example.java"),
        "go" => (Language::Go, "example.go"),
        other => return Err(format!("`{other}` is none of python, javascript, jsx, typescript, tsx, java, go")),
    };
    match rest {
        Some(word) => Err(format!("nothing is expected behind the role, but there is `{word}`")),
        None => Ok(Some((role, language, path))),
    }
}

fn markers(code: &str, language: Language) -> Vec<Marker> {
    let mut out = Vec::new();
    for (line, number) in code.lines().zip(1u32..) {
        let Some((_, ids)) = split_marker(line, language) else { continue };
        out.extend(ids.split_whitespace().map(|rule| Marker { line: number, rule: rule.to_string() }));
    }
    out
}

/// The code of a line and the ids of its marker, if it has one.
fn split_marker(line: &str, language: Language) -> Option<(&str, &str)> {
    let opener = if language == Language::Python { "# ^ " } else { "// ^ " };
    let (code, ids) = line.rsplit_once(opener)?;
    let is_id = |id: &str| !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    let all_ids = ids.split_whitespace().all(is_id) && !ids.trim().is_empty();
    all_ids.then_some((code.trim_end(), ids))
}

/// The code without its markers.
pub fn without_markers(code: &str, language: Language) -> String {
    let mut out = String::with_capacity(code.len());
    for line in code.lines() {
        out.push_str(split_marker(line, language).map_or(line, |(code, _)| code));
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use super::*;

    #[test]
    fn blocks_have_places_and_markers() {
        let text =
            "# T\n\n```python insecure\nx = 1\nf(x)  # ^ one two-2\n```\n```tsx secure\n<a/>\n```\n```\nprose\n```\n";
        let (blocks, malformed) = parse(text);
        assert_eq!(malformed, []);
        let [first, second] = blocks.as_slice() else { panic!("{blocks:?}") };
        assert_eq!((first.role, first.first_line, first.path), (Role::Insecure, 4, "example.py"));
        let marker = |rule: &str| Marker { line: 2, rule: rule.to_string() };
        assert_eq!(first.markers, [marker("one"), marker("two-2")]);
        assert_eq!(without_markers(&first.text, first.language), "x = 1\nf(x)\n");
        assert_eq!((second.role, second.path, second.text.as_str()), (Role::Secure, "example.tsx", "<a/>\n"));
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        let (blocks, malformed) =
            parse("```python insceure\n```\n```cobol secure\n```\n```python secure twice\n```\n```python fixed\nx\n");
        assert_eq!(blocks.len(), 1);
        let lines: Vec<u32> = malformed.iter().map(|m| m.line).collect();
        assert_eq!(lines, [1, 3, 5, 7]);
        assert!(malformed[0].message.contains("insceure") && malformed[3].message.contains("not closed"));
    }

    #[test]
    fn ordinary_comments_are_no_markers() {
        let (blocks, _) = parse("```python insecure\nx ^= 1  # ^ see above.\ny = '# ^ '\n```\n");
        assert_eq!(blocks[0].markers, []);
        assert_eq!(without_markers("y = '# ^ '\n", Language::Python), "y = '# ^ '\n");
    }

    #[test]
    fn a_longer_fence_holds_a_shorter_one() {
        let (blocks, malformed) = parse("````python secure\n```\n````\n");
        assert_eq!((blocks[0].text.as_str(), malformed.len()), ("```\n", 0));
    }
}
