//! Every `fixed` block of the rules' examples is what the first candidate makes of the `insecure` block before it.

use super::candidates;
use crate::rules::Library;

struct Block {
    language: String,
    what: String,
    text: String,
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut out = Vec::new();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        let Some(info) = line.strip_prefix("```") else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|l| *l != "```").collect();
        let (language, what) = info.split_once(' ').unwrap_or((info, ""));
        out.push(Block { language: language.into(), what: what.into(), text: body.join("\n") + "\n" });
    }
    out
}

/// The code without the comments that mark findings.
fn without_markers(text: &str) -> String {
    let strip = |line: &str| {
        let at = ["# ^", "// ^"].iter().filter_map(|m| line.find(m)).min();
        at.map_or(line, |i| line.get(..i).unwrap_or(line)).trim_end().to_string() + "\n"
    };
    text.lines().map(strip).collect()
}

#[test]
fn fixed_blocks_are_what_the_fixers_give() {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for (rule, _, markdown) in Library::examples() {
        let known = Library::built_in().rule(&rule).is_some_and(|r| r.fixes.iter().any(super::super::known));
        let mut before: Option<Block> = None;
        for block in blocks(&markdown) {
            if block.what == "fixed" && known {
                let Some(insecure) = before.take() else { continue };
                checked += 1;
                let path = format!(
                    "example.{}",
                    match &*insecure.language {
                        "python" => "py",
                        "typescript" => "ts",
                        "java" => "java",
                        "go" => "go",
                        _ => "js",
                    }
                );
                let text = without_markers(&insecure.text);
                let (_, found) = candidates(&path, &text, &rule);
                let given = found.first().map(|c| c.edits.apply(&text));
                if given.as_deref() != Some(&*block.text) {
                    wrong.push(format!("{rule}: wanted\n{}\ngot\n{}", block.text, given.unwrap_or("nothing".into())));
                }
            }
            before = Some(block);
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} wrong\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked >= 4);
}
