#![allow(clippy::unwrap_used, clippy::expect_used)]
use proptest::prelude::*;

use super::*;

const JS: Dialect = Dialect::JavaScript;
const PY: Dialect = Dialect::Python;

fn search(pattern: &str, dialect: Dialect) -> Verdict {
    analyse(pattern, dialect, Flags::default(), MatchKind::Search)
}

fn steps(pattern: &str, dialect: Dialect, kind: MatchKind, word: &str, limit: u64) -> matcher::Outcome {
    let parsed = parse::parse(pattern, dialect, Flags::default()).unwrap_or_else(|e| panic!("{pattern}: {e:?}"));
    Program::new(&parsed, dialect).run(&word.chars().collect::<Vec<char>>(), kind, limit)
}

fn whole(pattern: &str, dialect: Dialect, kind: MatchKind) -> Option<Whole> {
    Whole::new(pattern, dialect, Flags::default(), kind)
}

fn accepts(pattern: &str, dialect: Dialect, kind: MatchKind, word: &str) -> bool {
    let outcome = steps(pattern, dialect, kind, word, 1_000_000);
    assert!(!outcome.exhausted, "{pattern} on {word:?}");
    outcome.matched
}

/// Every word over the letters up to a length.
fn words(letters: &str, length: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..length {
        let until = all.len();
        for i in from..until {
            for c in letters.chars() {
                all.push(format!("{}{c}", all[i]));
            }
        }
        from = until;
    }
    all
}

#[test]
fn linear_patterns_are_safe() {
    for dialect in [JS, PY] {
        for pattern in [
            r"^[a-z]+$",
            r"^\w+@\w+\.\w+$",
            r"^(\d{3})-(\d{4})$",
            r"^[^@]+@[^@]+$",
            r"^[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+$",
            // The last part has no dot, so that at each dot only one way goes on.
            r"^[\w.]+@[\w.]+\.\w+$",
            r"^(?:[a-z]+,)*[a-z]+$",
            r"^(a+b)+$",
            r"^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$",
            r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}$",
            r"\w+",
            r"(a+)+",
            r"(?<!\s)\s+$",
            r"\b\w+\b!",
            r"^(?:(?!,).)*,(?:(?!,).)*$",
            r"^\d{1,500}\d{1,500}$",
            r"^(?:\+\d{1,3}[- ]?)?\(?\d{3}\)?[- ]?\d{3}[- ]?\d{4}$",
            r"",
            r"^#?([a-f0-9]{6}|[a-f0-9]{3})$",
        ] {
            assert_eq!(search(pattern, dialect), Verdict::Safe, "{pattern} {dialect:?}");
        }
    }
    for pattern in [r"^(?:a++)+$", r"^(?>a+)+$", r"(?P<y>\d{4})-(?P<m>\d\d)", r"(?x) ^ a+ # text\n $"] {
        assert_eq!(search(pattern, PY), Verdict::Safe, "{pattern}");
    }
}

#[test]
fn exponential_patterns_are_found_with_a_word_that_shows_it() {
    for dialect in [JS, PY] {
        for pattern in [
            r"(a+)+$",
            r"(a|aa)*b",
            r"(\w|\d)*!",
            r"(?:a|b|ab)*c",
            r"^(\s*,?\s*)*$",
            r"^([a-zA-Z0-9._-]+)*@",
            r"^(([a-z])+.)+[A-Z]([a-z])+$",
            r"(x+x+)+y",
            r"^(a*)*$",
            r"^(?:a{1,200})*$",
            r"^([a-z]+\s?)+$",
            r"(?:.*a)+\d$",
            r"^(?=(a+)+$)x",
            r"(?i)^(?:A|a)*$",
        ] {
            if pattern.starts_with("(?i)") && dialect == JS {
                continue;
            }
            let Verdict::Exponential { span, attack } = search(pattern, dialect) else {
                panic!("{pattern} {dialect:?}: {:?}", search(pattern, dialect));
            };
            assert!(pattern.get(span.range()).is_some_and(|text| !text.is_empty()), "{pattern}");
            let few = steps(pattern, dialect, MatchKind::Search, &attack.word(4), 2_000_000).steps;
            let many = steps(pattern, dialect, MatchKind::Search, &attack.word(30), 2_000_000);
            assert!(many.exhausted || many.steps > 300 * few, "{pattern} {attack:?} {few} {many:?}");
        }
    }
}

#[test]
fn polynomial_patterns_are_found_with_their_degree() {
    for (pattern, wanted) in [
        (r"\s+$", 2),
        (r"a+b", 2),
        (r"\s*\S+\s*", 2),
        (r"^[^\s@]+@[^\s@]+\.[^\s@]+$", 2),
        (r"^\s*(.*?)\s*$", 3),
        (r"^a*a*$", 2),
        (r"^a*a*a*$", 3),
        (r"^[^,]*,.*$", 0),
        (r"^.*,.*$", 2),
        (r"^.*,.*;$", 2),
        (r"<!--.*?-->", 2),
        (r"^(a+)\1$", 2),
    ] {
        for dialect in [JS, PY] {
            match search(pattern, dialect) {
                Verdict::Polynomial { degree, attack, .. } => {
                    assert_eq!(degree, wanted, "{pattern} {dialect:?} {attack:?}");
                    let count =
                        |n| steps(pattern, dialect, MatchKind::Search, &attack.word(n), 10_000_000).steps as f64;
                    assert!(count(80) > 2.8 * count(40), "{pattern} {attack:?}");
                }
                other => assert_eq!((wanted, other), (0, Verdict::Safe), "{pattern}"),
            }
        }
    }
}

#[test]
fn what_an_anchor_saves() {
    let flags = Flags::default();
    for (kind, safe) in [(MatchKind::Search, false), (MatchKind::MatchStart, true), (MatchKind::FullMatch, true)] {
        assert_eq!(analyse("a+b", PY, flags, kind) == Verdict::Safe, safe, "{kind:?}");
    }
    assert_eq!(analyse("(a+)+", PY, flags, MatchKind::MatchStart), Verdict::Safe);
    assert!(matches!(analyse("(a+)+", PY, flags, MatchKind::FullMatch), Verdict::Exponential { .. }));
    let sticky = Flags { sticky: true, ..flags };
    assert_eq!(analyse("a+b", JS, sticky, MatchKind::Search), Verdict::Safe);
}

#[test]
fn the_dialects_differ_over_empty_turns() {
    // Python tries an empty turn of the inner loop and then goes on, ECMAScript takes it back.
    assert!(matches!(search("^(?:(?:a?)*b)*$", PY), Verdict::Exponential { .. }));
    assert_eq!(search("^(?:(?:a?)*b)*$", JS), Verdict::Safe);
}

#[test]
fn what_java_writes_in_its_own_way() {
    let judge =
        |pattern: &str| analyse(pattern, Dialect::Java, Flags::from_letters("", Dialect::Java), MatchKind::FullMatch);
    for pattern in [r"(a++)+b", r"(?>a+)+b", r"(?i)[a-z]+", r"\A\p{Alpha}+\z", r"(?<year>\d{4})-\k<year>", r"\h+x\H*"] {
        assert_eq!(judge(pattern), Verdict::Safe, "{pattern}");
    }
    for pattern in [r"(a+)+b", r"(?i)(\w+\s?)+!"] {
        assert!(matches!(judge(pattern), Verdict::Exponential { .. }), "{pattern}");
    }
    for pattern in [r"[a-z&&[^b]]+", r"[a[bc]]+", r"\Qa.b\E"] {
        assert!(matches!(judge(pattern), Verdict::Unknown { .. }), "{pattern}: {:?}", judge(pattern));
    }
}

#[test]
fn what_is_not_a_pattern_is_invalid() {
    for pattern in
        ["(", ")", "[a", "a**", "*a", r"\1", "(?P<n", "(?P=n)", "[b-a]", "a{3,2}", "\\", "(?z)", "(?(1)a|b)", "(?i"]
    {
        assert!(matches!(search(pattern, PY), Verdict::Invalid { .. }), "{pattern}: {:?}", search(pattern, PY));
    }
    for pattern in ["(", ")", "[a", "a**", "^*", "[b-a]", "(?<n", "(?"] {
        assert!(matches!(search(pattern, JS), Verdict::Invalid { .. }), "{pattern}");
    }
    for (pattern, dialect) in
        [(r"\1", JS), ("a{,3}", JS), ("]", JS), ("x{", PY), ("[]a]", PY), ("[^]", JS), (r"[\w-z]", JS)]
    {
        assert!(!matches!(search(pattern, dialect), Verdict::Invalid { .. }), "{pattern}");
    }
}

#[test]
fn hostile_patterns_end() {
    let nested = format!("{}a{}", "(".repeat(5_000), ")".repeat(5_000));
    let looped = format!("{}a{}", "(".repeat(90), "+)".repeat(90));
    let references = format!("(a+)(b+){}", r"(\1\2)".repeat(40));
    let emoji: String = (0x1F300..0x1F500).filter_map(char::from_u32).collect();
    for pattern in [
        nested.as_str(),
        looped.as_str(),
        references.as_str(),
        emoji.as_str(),
        "(?:){4000000000}x{4000000000}",
        "((((a{1,1000}){1,1000}){1,1000}){1,1000})*b",
        &"a?".repeat(3_000),
        &"(?:a|b?|c*)*".repeat(60),
        &"[a-z]*".repeat(60),
        &"(a*)*".repeat(40),
        r"(?<=a*)b",
        "\u{0}(\u{FFFF}+)*$",
    ] {
        for kind in [MatchKind::Search, MatchKind::FullMatch] {
            let verdict = analyse(pattern, JS, Flags::default(), kind);
            assert!(!matches!(verdict, Verdict::Invalid { .. }));
            analyse(pattern, PY, Flags::from_letters("imsx", PY), kind);
        }
    }
    assert!(matches!(search(&nested, JS), Verdict::Unknown { .. }));
}

#[test]
fn characters_of_anchored_patterns() {
    let of = |pattern: &str, kind| Some(whole(pattern, PY, kind)?.charset());
    let set = of("^[a-zA-Z0-9_]+$", MatchKind::Search).unwrap();
    assert!(set.contains_all("azAZ09_") && !set.contains_any("'\"./\\;<>& \n"));
    let path = of(r"[a-z./-]+\Z", MatchKind::MatchStart).unwrap();
    assert!(path.contains('.') && path.contains('/'));
    assert_eq!(of("^(?:a$)|^b\\Z", MatchKind::Search), Some(CharSet::of("ab")));
    assert_eq!(of("(?i)^k\\Z", MatchKind::Search), Some(CharSet::of("kK\u{212A}")));
    assert_eq!(of("[ab]+", MatchKind::FullMatch), Some(CharSet::of("ab")));
    for pattern in ["^a|b$", "a+", "^a+", "a+$", "(?m)^a+$", "^a$|b"] {
        assert_eq!(of(pattern, MatchKind::Search), None, "{pattern}");
    }
    let newline = |pattern, dialect| {
        whole(pattern, dialect, MatchKind::Search).is_some_and(|pattern| pattern.allows_trailing_newline())
    };
    assert!(newline("^a$", PY) && !newline(r"^a\Z", PY) && !newline("^a$", JS) && !newline("a", PY));
    assert!(!whole("a$", PY, MatchKind::FullMatch).unwrap().allows_trailing_newline());
}

#[test]
fn words_in_anchored_patterns() {
    let may = |pattern: &str, needle| whole(pattern, PY, MatchKind::FullMatch).unwrap().may_contain(needle);
    assert!(may(r"[\w./-]+", ".."));
    assert!(!may(r"\w+(\.\w+)*", "..") && may(r"\w+(\.\w+)*", "a.b"));
    assert!(!may(r"[a-z]+\.(?:png|jpg)", "/") && may(r"[a-z]+\.(?:png|jpg)", ".png"));
    assert!(!may("a{3}", "aaaa") && may("a{3}", "aaa") && may("a{100000}", "aaaa"));
    assert!(whole("a+", PY, MatchKind::Search).is_none());
    assert!(
        whole(r"[\s\S]*+", PY, MatchKind::MatchStart).is_some() && whole("a*+", PY, MatchKind::MatchStart).is_none()
    );
    assert!(whole("^a+$", PY, MatchKind::Search).unwrap().may_contain("a\n"));
}

#[test]
fn rewritings_accept_the_same_words_and_are_safe() {
    for (pattern, kind, letters, wanted) in [
        ("^(?:a+)+$", MatchKind::Search, "ab", Some("^(?:a+)$")),
        ("^(a+)*$", MatchKind::Search, "ab", Some("^(a+)?$")),
        ("^(a*)*$", MatchKind::Search, "ab", Some("^(a*)$")),
        ("^a*a*$", MatchKind::Search, "ab", Some("^a*$")),
        (r"^(\w|\d)*$", MatchKind::Search, "a1!", Some(r"^(\w)*$")),
        ("^(?:a|b|ab)*c", MatchKind::Search, "abc", Some("^(?:a|b)*c")),
        (r"^[^\s@]+@[^\s@]+\.[^\s@]+$", MatchKind::Search, "a@. ", Some(r"^[^\s@]+@[^\s@][^\s@.]*\.[^\s@]+$")),
        (r"^(\s*,?\s*)*$", MatchKind::Search, " ,a", None),
        (r"\s+$", MatchKind::Search, " a", Some(r"(?<!\s)\s+$")),
        ("(a|aa)*", MatchKind::FullMatch, "ab", None),
        ("(a+)+$", MatchKind::Search, "ab", None),
    ] {
        let suggested = suggest_linear(pattern, JS, Flags::default(), kind).unwrap_or_else(|| panic!("{pattern}"));
        if let Some(wanted) = wanted {
            assert_eq!(suggested, wanted);
        }
        assert_eq!(analyse(&suggested, JS, Flags::default(), kind), Verdict::Safe, "{suggested}");
        for word in words(letters, 6) {
            let both = [pattern, &suggested].map(|pattern| accepts(pattern, JS, kind, &word));
            assert_eq!(both[0], both[1], "{pattern} → {suggested} on {word:?}");
        }
    }
    for pattern in ["^[a-z]+$", "(", r"^(a+)+\1$"] {
        assert_eq!(suggest_linear(pattern, JS, Flags::default(), MatchKind::Search), None, "{pattern}");
    }
}

/// Small patterns over two letters.
fn small_pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("a"), Just("b"), Just("[ab]"), Just("c")].prop_map(str::to_owned);
    leaf.prop_recursive(4, 14, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}{b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            (inner, prop_oneof![Just("*"), Just("+"), Just("?"), Just("{1,2}"), Just("*?")])
                .prop_map(|(a, q)| format!("(?:{a}){q}")),
        ]
    })
}

/// Whether twice the pumps take more steps than a power of the length could. A pump can be a fraction of a turn of the loop,
/// so that no number of pumps by itself is too much for every exponential pattern.
fn explodes(pattern: &str, dialect: Dialect, kind: MatchKind, attack: &Attack) -> bool {
    let count = |pumps| steps(pattern, dialect, kind, &attack.word(pumps), 1_000_000);
    let (few, many) = (count(40), count(80));
    many.exhausted || many.steps > 60 * few.steps
}

/// One pump is a half or a third of what a turn reads: the steps grow by little with each, and without bound all the same.
#[test]
fn pumps_that_are_parts_of_a_turn() {
    for (pattern, dialect) in [
        ("(?:(?:a[ab]){1,2})*", JS),
        ("(?:(?:a[ab]){1,2})*", PY),
        ("(?:(?:aaa){1,2})*", JS),
        ("(?:(?:aaaaa){1,2})*", PY),
    ] {
        let verdict = analyse(pattern, dialect, Flags::default(), MatchKind::FullMatch);
        let Verdict::Exponential { attack, .. } = verdict else { panic!("{pattern}: {verdict:?}") };
        assert!(attack.pump.chars().all(|c| c == 'a'), "{pattern}: {attack:?}");
        assert!(explodes(pattern, dialect, MatchKind::FullMatch, &attack), "{pattern}");
        assert_eq!(analyse(pattern, dialect, Flags::default(), MatchKind::Search), Verdict::Safe, "{pattern}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// No pumped word slows down a pattern that is called safe; one that is called slow comes with a word that does.
    #[test]
    fn verdicts_agree_with_the_matcher(pattern in small_pattern(), python: bool) {
        let dialect = if python { PY } else { JS };
        for kind in [MatchKind::Search, MatchKind::FullMatch] {
            match analyse(&pattern, dialect, Flags::default(), kind) {
                Verdict::Safe => {
                    for pump in words("ab", 3).iter().skip(1) {
                        for (prefix, suffix) in [("", "!"), ("", "c"), ("a", "b!"), ("c", ""), ("ba", "a")] {
                            let count = |n| {
                                let word = format!("{prefix}{}{suffix}", pump.repeat(n));
                                steps(&pattern, dialect, kind, &word, 300_000)
                            };
                            let (few, many) = (count(40), count(80));
                            let grows = many.exhausted || many.steps > 20_000 && many.steps * 10 > 29 * few.steps;
                            prop_assert!(!grows, "{} {:?} {:?}+{:?}+{:?}: {} {}",
                                pattern, kind, prefix, pump, suffix, few.steps, many.steps);
                        }
                    }
                }
                Verdict::Polynomial { attack, .. } => {
                    let count = |n| steps(&pattern, dialect, kind, &attack.word(n), 3_000_000);
                    prop_assert!(count(96).exhausted || count(96).steps * 10 > 25 * count(48).steps, "{} {:?}", pattern, attack);
                }
                Verdict::Exponential { attack, .. } => {
                    prop_assert!(explodes(&pattern, dialect, kind, &attack), "{} {:?}", pattern, attack);
                }
                other => prop_assert!(false, "{} {:?}", pattern, other),
            }
        }
    }

    /// The characters and words that a pattern lets through are those that the matcher accepts.
    #[test]
    fn languages_agree_with_the_matcher(pattern in small_pattern()) {
        let kind = MatchKind::FullMatch;
        let all = words("abc", 5);
        let accepted: Vec<&String> = all.iter().filter(|word| accepts(&pattern, JS, kind, word)).collect();
        let judged = whole(&pattern, JS, kind).expect("a full match is anchored");
        let set = judged.charset();
        prop_assert!(accepted.iter().all(|word| set.contains_all(word)), "{}", pattern);
        for needle in ["aa", "ab", "ba", "bb", "c", "aba"] {
            let seen = accepted.iter().any(|word| word.contains(needle));
            prop_assert!(!seen || judged.may_contain(needle), "{} {}", pattern, needle);
        }
        if let Some(other) = suggest_linear(&pattern, JS, Flags::default(), kind) {
            for word in &all {
                prop_assert_eq!(accepts(&pattern, JS, kind, word), accepts(&other, JS, kind, word), "{} {}", pattern, other);
            }
        }
    }

    /// Any text at all gives a verdict, with offsets inside it.
    #[test]
    fn any_text_gives_a_verdict(pattern in r"[\\()\[\]{}|?*+^$.a-c0-3<>=!:,P\-é☃ \n]{0,30}", python: bool, letters in "[imsuvyx]{0,3}") {
        let dialect = if python { PY } else { JS };
        let flags = Flags::from_letters(&letters, dialect);
        match analyse(&pattern, dialect, flags, MatchKind::Search) {
            Verdict::Polynomial { span, .. } | Verdict::Exponential { span, .. } => prop_assert!(pattern.get(span.range()).is_some()),
            Verdict::Invalid { at, .. } => prop_assert!(pattern.is_char_boundary(at as usize)),
            Verdict::Safe | Verdict::Unknown { .. } => {}
        }
        Whole::new(&pattern, dialect, flags, MatchKind::Search).map(|judged| judged.charset());
        Whole::new(&pattern, dialect, flags, MatchKind::FullMatch).map(|judged| judged.may_contain(".."));
        suggest_linear(&pattern, dialect, flags, MatchKind::Search);
    }
}
