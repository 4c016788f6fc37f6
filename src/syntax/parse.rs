//! Parsing within bounds. Scanners that look far ahead, and error recovery that walks back over the whole stack, make
//! tree-sitter quadratic and worse on hostile text. Every bound here counts work, so that a text is cut off in the same
//! place on every machine; what real code needs lies far below.

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tree_sitter::{Language, LogType, ParseOptions, ParseState, Parser, Tree};

/// The parser asks after every hundred operations whether to go on. Real code, broken code included, makes it ask up to 15
/// times in a thousand bytes; 125 are allowed.
const BYTES_A_CHECK: usize = 8;
/// What a text of any length may cost, in checks.
const LEAST_CHECKS: usize = 1_000;
/// How many bytes are handed to the lexer at once; what it reads again is counted in these.
const CHUNK: usize = 512;
/// How much the lexer may read: a number of bytes, and how often the whole text. Python's lexer reads to the end of a block of
/// comments from each of its lines, so that 2,000 lines of comments in a row already take most of this.
const LEAST_READ: usize = 128 << 20;
const READ_OVER: usize = 16;
/// From this many comments and line continuations on, errors are counted: each can cost a walk over all of them.
const MANY_EXTRAS: u64 = 500;
/// The most errors times comments and line continuations.
const MAX_ERROR_WALKS: u64 = 40_000_000;

/// The deepest nesting of brackets, strings and comments not told apart, that is parsed at all. The parser's own clean-up is
/// recursive for some texts (about a hundred bytes of stack a level); the stacks of the worker threads hold three times this.
const MAX_BRACKETS: i64 = 200_000;

/// A parsed text.
pub struct Parsed {
    /// The tree.
    pub tree: Tree,
    /// Whether parsing was so cheap that trying another grammar costs little.
    pub cheap: bool,
}

/// Parses a text; `None` when that would cost too much.
pub fn parse(grammar: &Language, text: &str) -> Option<Parsed> {
    let (deepest_bracket, extras) = count(text);
    if deepest_bracket > MAX_BRACKETS {
        return None;
    }
    PARSER.with_borrow_mut(|parser| {
        let parsed = parse_with(parser, grammar, text, extras);
        // It would go on with a text that it gave up on.
        parser.reset();
        parsed
    })
}

thread_local! {
    /// What a parser needs besides the tree is not given back after each text.
    static PARSER: RefCell<Parser> = RefCell::new(Parser::new());
}

fn parse_with(parser: &mut Parser, grammar: &Language, text: &str, extras: u64) -> Option<Parsed> {
    parser.set_language(grammar).ok()?;
    let too_many_errors = Arc::new(AtomicBool::new(false));
    let counter = (extras >= MANY_EXTRAS).then(|| error_counter(extras, too_many_errors.clone()));
    parser.set_logger(counter);
    let (bytes, mut checks, mut read) = (text.as_bytes(), 0, 0);
    let most_read = LEAST_READ + READ_OVER * bytes.len();
    let most_checks = LEAST_CHECKS + bytes.len() / BYTES_A_CHECK;
    let out_of_reads = AtomicBool::new(false);
    let mut progress = |_: &ParseState| {
        checks += 1;
        let over =
            checks > most_checks || too_many_errors.load(Ordering::Relaxed) || out_of_reads.load(Ordering::Relaxed);
        if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut input = |at: usize, _| {
        let chunk = bytes.get(at..bytes.len().min(at + CHUNK)).unwrap_or_default();
        read += chunk.len();
        // The end of the text, for a lexer that would go on and on.
        if read > most_read {
            out_of_reads.store(true, Ordering::Relaxed);
            return &[][..];
        }
        chunk
    };
    let options = ParseOptions::new().progress_callback(&mut progress);
    let tree = parser.parse_with_options(&mut input, None, Some(options))?;
    let cheap = checks <= LEAST_CHECKS + bytes.len() / (5 * BYTES_A_CHECK);
    let cut = out_of_reads.load(Ordering::Relaxed) || too_many_errors.load(Ordering::Relaxed);
    (!cut).then_some(Parsed { tree, cheap })
}

/// How many brackets are open at once, at the most, and an upper bound of how many comments and line continuations there are.
fn count(text: &str) -> (i64, u64) {
    let (mut open, mut deepest, mut extras) = (0i64, 0i64, 0u64);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => {
                open += 1;
                deepest = deepest.max(open);
            }
            b')' | b']' | b'}' => open = (open - 1).max(0),
            b'#' => extras += 1,
            b'/' => extras += u64::from(matches!(bytes.get(at + 1), Some(b'/' | b'*'))),
            b'\\' => extras += u64::from(matches!(bytes.get(at + 1), Some(b'\n' | b'\r'))),
            _ => {}
        }
    }
    (deepest, extras)
}

/// What the parser tells its log to.
type Logger = Box<dyn FnMut(LogType, &str) + Send>;

/// Says when errors have become too many. The parser tells of them only in its log.
fn error_counter(extras: u64, too_many: Arc<AtomicBool>) -> Logger {
    let walks = AtomicU64::new(0);
    Box::new(move |_, message| {
        let is_error = message.starts_with("detect_error") || message.starts_with("skip_token");
        if is_error && walks.fetch_add(extras, Ordering::Relaxed) > MAX_ERROR_WALKS {
            too_many.store(true, Ordering::Relaxed);
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn python() -> Language {
        tree_sitter_python::LANGUAGE.into()
    }

    fn javascript() -> Language {
        tree_sitter_javascript::LANGUAGE.into()
    }

    #[test]
    fn texts_that_would_take_minutes_are_given_up() {
        assert!(parse(&python(), &"a\\\n".repeat(100_000)).is_none());
        assert!(parse(&javascript(), &"a/**/".repeat(100_000)).is_none());
    }

    #[test]
    fn dense_and_broken_texts_are_parsed() {
        let long_comment = format!("if a:\n    b()\n{}", "# one line of a long comment\n".repeat(1_500));
        let continued = format!("x = 1 {}+ 2\n", "+ 1 \\\n".repeat(5_000));
        let broken = format!("{}{}", "def f(:\n    # what\n    pass\n".repeat(500), "x = 1 # y\n".repeat(5_000));
        for text in [long_comment, continued, broken, format!("x = [{}]", "1,".repeat(100_000))] {
            assert!(parse(&python(), &text).is_some(), "{}", text.chars().take(60).collect::<String>());
        }
        let commented = "f(/* first */ a, b); // and so on\n".repeat(20_000);
        assert!(parse(&javascript(), &commented).is_some_and(|p| p.cheap && !p.tree.root_node().has_error()));
    }

    /// With the stack that worker threads have.
    #[test]
    fn nested_brackets_are_parsed_as_far_as_the_stack_allows() {
        let nested = || {
            let deep = parse(&javascript(), &"{a:".repeat(190_000));
            let too_deep = parse(&javascript(), &"{a:".repeat(210_000));
            (deep.is_some_and(|p| p.tree.root_node().has_error()), too_deep.is_none())
        };
        let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(nested).unwrap();
        assert_eq!(thread.join().unwrap(), (true, true));
    }
}
