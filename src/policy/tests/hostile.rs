use proptest::prelude::{any, prop_assert, proptest};

use super::*;

/// Reads a text and renders what is wrong with it; gives the number of errors.
fn errors(text: &str) -> usize {
    match Policy::parse(FILE, text, &known()) {
        Ok(_) => 0,
        Err(error) => {
            assert!(error.render(false).starts_with("error: "));
            assert!(!error.render(true).is_empty());
            for diagnostic in &error.diagnostics {
                assert!(diagnostic.line >= 1 && diagnostic.column >= 1);
            }
            error.diagnostics.len() + error.omitted
        }
    }
}

#[test]
fn a_text_that_is_too_long_is_not_read() {
    let text = "version: 1\n".repeat(500_000);
    let error = Policy::parse(FILE, &text, &known()).unwrap_err();
    let expected = "error: the policy is 5500000 bytes long; at most 262144 bytes are read\n --> .tempergate.yml:1:1\n";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[test]
fn alias_bombs_are_errors() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (name, before) in ["b", "c", "d", "e", "f", "g", "h"].iter().zip(["a", "b", "c", "d", "e", "f", "g"]) {
        let items = vec![format!("*{before}"); 10].join(", ");
        bomb.push_str(&format!("{name}: &{name} [{items}]\n"));
    }
    let message = Policy::parse(FILE, &bomb, &known()).unwrap_err().to_string();
    assert!(message.contains("too much for a policy"), "{message}");

    let globs = vec!["\"a*b\""; 500].join(", ");
    let rules = "    - { cwe: 1, paths: *globs, action: note }\n".repeat(500);
    let bomb = format!("scope:\n  include: &globs [{globs}]\ngate:\n  rules:\n{rules}");
    assert!(errors(&bomb) > 0);
}

#[test]
fn deep_and_repeated_structures_end() {
    let full = 250 * 1024;
    let cases = [
        "[".repeat(full),
        "{".repeat(full),
        "{a: ".repeat(full / 4),
        "- ".repeat(full / 2),
        "? ".repeat(full / 2),
        "a: ".repeat(full / 3),
        "&a ".repeat(full / 3),
        "!!x ".repeat(full / 4),
        "*a ".repeat(full / 3),
        "\"".repeat(full),
        "'".repeat(full),
        "\n".repeat(full),
        "a: 1\n".repeat(full / 5),
        "gate: {}\n".repeat(full / 9),
        "---\n".repeat(full / 4),
        "%YAML 1.2\n".repeat(full / 10),
        format!("gate: {{ rules: [{}] }}", "7, ".repeat(15_000)),
        format!("gate: {{ rules: [{{ rule: [{}], action: off }}] }}", "sql-injektion, ".repeat(15_000)),
        format!("{}: 1", "k".repeat(full)),
        format!("gate: {}", "v".repeat(full)),
        format!("x: |\n{}", "  line\n".repeat(full / 7)),
        format!("scope: {{ include: [\"{}\"] }}", "{a,b}".repeat(51)),
        format!("scope: {{ include: [\"{}\"] }}", "**/".repeat(85)),
        format!("scope: {{ include: [\"{}\"] }}", "{".repeat(200)),
        (0..full / 14).fold(String::new(), |text, n| text + &format!("key{n}: 1\n")).chars().take(full).collect(),
    ];
    let mut wrong = 0;
    for text in &cases {
        wrong += usize::from(errors(text) > 0);
    }
    // Blank lines, a folder chain and alternatives are right.
    assert!(wrong >= cases.len() - 3, "{wrong} of {}", cases.len());
}

#[test]
fn many_large_globs_are_an_error_or_work() {
    let globs = |count: usize, glob: &str| format!("scope: {{ include: [{}] }}", vec![glob; count].join(", "));
    assert_eq!(errors(&globs(1000, "\"src/*/[a-z]?x/**/*.py\"")), 0);
    assert_eq!(errors(&globs(1001, "\"a\"")), 1);
}

#[test]
fn errors_beyond_the_first_thirty_are_counted() {
    let text: String = (0..100).map(|n| format!("key{n}: 1\n")).collect();
    let error = Policy::parse(FILE, &text, &known()).unwrap_err();
    assert_eq!((error.diagnostics.len(), error.omitted), (30, 70));
    assert!(error.render(false).ends_with("… and 70 more errors\n"));
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = "gate:\n  \"fail\\e[2J-on\": \"\u{202e}x\u{9b}\"\n  partial: \"\\e]0;x\\a\"\n";
    let error = Policy::parse("a\u{1b}[1m.yml", text, &known()).unwrap_err();
    let shown = error.render(false);
    assert!(shown.chars().all(|c| c == '\n' || !c.is_control()), "{shown:?}");
    assert!(!shown.contains('\u{202e}'), "{shown:?}");
}

proptest! {
    #[test]
    fn any_bytes_give_a_result(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        errors(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_text_like_yaml_gives_a_result(text in "([a-z]{1,3}|gate|rules|cwe|paths|scope|[0-9.]{1,3}|[-\\[\\]{}:,&*!|>?#'\"%@`~<\\\\]|: |- |\\n|\\n  |\\n    |\\t|\u{e9}){0,60}") {
        errors(&text);
    }

    #[test]
    fn a_changed_policy_gives_a_result(at in 0usize..600, with in "(.|\\n){0,3}", cut in 0usize..5) {
        let text = include_str!("../../../policies/baseline.yml");
        let start = text.char_indices().map(|(n, _)| n).take(at + 1).last().unwrap_or(0);
        let after: String = text[start..].chars().skip(cut).collect();
        errors(&format!("{}{with}{after}", &text[..start]));
    }

    #[test]
    fn any_glob_gives_a_result(glob in "[a-c*?\\[\\]{},!/.\\\\-]{0,30}", path in "[a-c/.]{0,20}") {
        let quoted = serde_json::to_string(&glob).unwrap();
        let text = format!("scope: {{ exclude: [{quoted}] }}");
        if let Ok(policy) = Policy::parse(FILE, &text, &known()) {
            policy.file_in_scope(&path, None);
            prop_assert!(Policy::parse(FILE, &policy.show(), &known()).is_ok());
        }
    }
}
