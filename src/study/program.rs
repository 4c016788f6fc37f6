//! The program in a model's answer to a task.

use crate::harden::prompted::answer::{self, Parsed};
use crate::model::{Answer, End};

/// Why there is no program in an answer.
pub const NO_CODE: &str = "no-code";

/// The program: the longest block of code, since what stands beside it is how to install and run it. Of an answer that reached
/// its limit, what it got to, up to the last whole line: most such programs cannot be parsed, and count as broken.
///
/// # Errors
///
/// Why there is none: [`NO_CODE`].
pub fn of(answer: &Answer) -> Result<String, &'static str> {
    let text = match answer.end {
        End::Complete => &*answer.text,
        End::Length => answer.text.rsplit_once('\n').map_or("", |(whole, _)| whole),
    };
    let blocks = match answer::parse(text, End::Complete) {
        Ok(Parsed::Code(blocks) | Parsed::Changes(_, blocks)) => blocks,
        Err(_) => return Err(NO_CODE),
    };
    // Of blocks of the same length, the first.
    let longest = blocks.into_iter().rev().max_by_key(String::len).filter(|code| !code.trim().is_empty());
    longest.map(|code| code.trim_end().to_string() + "\n").ok_or(NO_CODE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, end: End) -> Result<String, &'static str> {
        of(&Answer { text: text.to_string(), end, tokens_in: 1, tokens_out: 1, seconds: 0.1 })
    }

    #[test]
    fn the_program_is_the_longest_block() {
        let text = "Install:\n```sh\npip install flask\n```\nThen:\n```python\nimport flask\n\napp = flask.Flask(__name__)\n```\nDone.";
        assert_eq!(said(text, End::Complete).as_deref(), Ok("import flask\n\napp = flask.Flask(__name__)\n"));
    }

    #[test]
    fn what_is_cut_off_goes_to_its_last_whole_line() {
        let text = "```go\npackage main\n\nfunc main() {\n\tfmt.Prin";
        assert_eq!(said(text, End::Length).as_deref(), Ok("package main\n\nfunc main() {\n"));
    }

    #[test]
    fn what_is_no_program_is_told() {
        assert_eq!(said("First,", End::Length), Err(NO_CODE));
        assert_eq!(said("  \n", End::Complete), Err(NO_CODE));
    }
}
