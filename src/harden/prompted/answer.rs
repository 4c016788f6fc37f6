//! What a model answered, taken apart: code in fences, or blocks that search and replace. Nothing of it is trusted: it is text
//! of which some lines are taken for code.

use crate::model::End;

/// What an answer holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// Code, by block, without the fences.
    Code(Vec<String>),
    /// Replacements, in order; and what stood in fences beside them.
    Changes(Vec<Change>, Vec<String>),
}

/// Some lines and what stands in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Lines as they are.
    pub search: String,
    /// Lines as they should be.
    pub replace: String,
}

/// Longer answers are not read on: no repair is that long.
const MAX_ANSWER: usize = 400_000;

/// Takes an answer apart.
///
/// # Errors
///
/// Says what is wrong with an answer that holds no code, or only the beginning of some.
pub fn parse(answer: &str, end: End) -> Result<Parsed, String> {
    if answer.len() > MAX_ANSWER {
        return Err("the answer is far too long".to_string());
    }
    let answer = answer.replace("\r\n", "\n");
    let answer = without_thoughts(&answer);
    let changes = changes(answer)?;
    let (blocks, open) = fenced(answer);
    if !changes.is_empty() {
        let beside = blocks.into_iter().filter(|b| !b.contains("<<<<<<<")).collect();
        return Ok(Parsed::Changes(changes, beside));
    }
    if open && end == End::Length {
        return Err("the answer is cut off before its code ends; answer more briefly".to_string());
    }
    if !blocks.is_empty() {
        return Ok(Parsed::Code(blocks));
    }
    if end == End::Length {
        return Err("the answer is cut off before there is any code in it; answer more briefly".to_string());
    }
    // Small models forget the fences when they answer with nothing but code.
    if answer.trim().is_empty() {
        Err("the answer is empty".to_string())
    } else {
        Ok(Parsed::Code(vec![answer.to_string()]))
    }
}

/// What stands behind the thoughts that some models put in front of their answer.
fn without_thoughts(answer: &str) -> &str {
    match answer.split_once("</think>") {
        Some((_, rest)) => rest,
        None => answer,
    }
}

/// The blocks in fences, and whether the last one has no end. A fence inside a block that is longer than the one that opened
/// it, or stands behind other text, does not close it.
fn fenced(answer: &str) -> (Vec<String>, bool) {
    let mut blocks = Vec::new();
    let mut open: Option<(usize, Vec<&str>)> = None;
    for line in answer.lines() {
        let marks = line.trim_start();
        let length = marks.len() - marks.trim_start_matches('`').len();
        match &mut open {
            None if length >= 3 => open = Some((length, Vec::new())),
            None => {}
            Some((fence, lines)) if length >= *fence && marks.trim_end().len() == length => {
                blocks.push(lines.join("\n"));
                open = None;
            }
            Some((_, lines)) => lines.push(line),
        }
    }
    let unfinished = open.is_some();
    blocks.extend(open.map(|(_, lines)| lines.join("\n")));
    blocks.retain(|b| !b.trim().is_empty());
    (blocks, unfinished)
}

fn changes(answer: &str) -> Result<Vec<Change>, String> {
    let mut out = Vec::new();
    let mut lines = answer.lines();
    while let Some(line) = lines.next() {
        if !is_marker(line, '<', "SEARCH") {
            continue;
        }
        let mut change = Change { search: String::new(), replace: String::new() };
        let mut replacing = false;
        let mut closed = false;
        for line in lines.by_ref() {
            if is_marker(line, '>', "REPLACE") {
                closed = true;
                break;
            }
            if !replacing && is_marker(line, '=', "") {
                replacing = true;
                continue;
            }
            let half = if replacing { &mut change.replace } else { &mut change.search };
            half.push_str(line);
            half.push('\n');
        }
        if !closed || !replacing {
            return Err("a block that searches and replaces has no end".to_string());
        }
        if change.search.trim().is_empty() {
            return Err("a block that searches and replaces does not say what it searches for".to_string());
        }
        out.push(change);
    }
    Ok(out)
}

/// Whether a line is seven or so of a character with a word behind it.
fn is_marker(line: &str, mark: char, word: &str) -> bool {
    let line = line.trim();
    let rest = line.trim_start_matches(mark);
    (5..=9).contains(&(line.len() - rest.len())) && rest.trim() == word
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn code(answer: &str) -> Vec<String> {
        match parse(answer, End::Complete) {
            Ok(Parsed::Code(blocks)) => blocks,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn code_is_taken_out_of_prose() {
        assert_eq!(
            code("Sure! Here it is:\n\n```python\ndef f():\n    pass\n```\nHope it helps."),
            ["def f():\n    pass"]
        );
        assert_eq!(code("```\na\n```\nand\n````js\n```\nb\n````"), ["a", "```\nb"]);
        assert_eq!(code("<think>```no```\n</think>\n```\r\nyes\r\n```"), ["yes"]);
        assert_eq!(code("def f():\n    pass"), ["def f():\n    pass"]);
    }

    #[test]
    fn a_fence_without_end_is_code_unless_the_answer_was_cut_off() {
        assert_eq!(code("```go\nfunc f() {}"), ["func f() {}"]);
        assert!(parse("```go\nfunc f() {", End::Length).unwrap_err().contains("cut off"));
        assert!(parse("Let me think about", End::Length).unwrap_err().contains("cut off"));
        assert!(parse(" \n", End::Complete).unwrap_err().contains("empty"));
    }

    #[test]
    fn changes_are_read_in_and_out_of_fences() {
        let answer = "```\n<<<<<<< SEARCH\na\n  b\n=======\nc\n>>>>>>> REPLACE\n```\nand\n<<<<<<< SEARCH\nd\n=======\n>>>>>>> REPLACE\n```\nimport x\n```";
        let Ok(Parsed::Changes(changes, beside)) = parse(answer, End::Complete) else { panic!() };
        assert_eq!(changes.len(), 2);
        assert_eq!((changes[0].search.as_str(), changes[0].replace.as_str()), ("a\n  b\n", "c\n"));
        assert_eq!(changes[1].replace, "");
        assert_eq!(beside, ["import x"]);
        assert!(parse("<<<<<<< SEARCH\na\n=======\nb", End::Length).is_err());
        assert!(parse("<<<<<<< SEARCH\n\n=======\nb\n>>>>>>> REPLACE", End::Complete).is_err());
    }
}
