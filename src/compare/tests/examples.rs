//! Single cases, each for one rule of the comparison.

use std::time::{Duration, Instant};

use super::program::*;
use crate::change::{Hunk, LineMap};
use crate::compare::{At, FilePair, Mapping, State, compare};
use crate::edit::{EditSet, TextEdit};
use crate::finding::{Confidence, Finding};
use crate::syntax::hir::Span;

/// The lines of the new findings of a single file.
fn new_lines(two: &Two) -> Vec<u32> {
    two.compare().introduced().map(|item| two.new_finding(item.at).region.start_line).collect()
}

#[test]
fn the_second_of_two_equal_sinks_is_left_alone() {
    let old = "def f():\n    sink_1(q)\n    pass\n    sink_1(q)\n";
    for new in [
        "def f():\n    pass\n    sink_1(q)\n",
        "def f():\n  pass\n  sink_1(q)\n",
        "def f():\n    sink_1(q)\n",
        "def f():\n\n\n    if x:\n        sink_1( q )\n",
    ] {
        assert_eq!(Two::texts(old, new).counts(), [0, 0, 0, 1, 1], "{new}");
    }
}

#[test]
fn removing_the_weaker_of_two_does_not_worsen_the_other() {
    let old = "def f():\n    sink_1low(q)\n    sink_1(q)\n";
    assert_eq!(Two::texts(old, "def f():\n        sink_1(q)\n").counts(), [0, 0, 0, 1, 1]);
    assert_eq!(Two::texts(old, "def f():\n        sink_1low(q)\n").counts(), [0, 0, 0, 1, 1]);
}

#[test]
fn a_rise_of_confidence_or_severity_is_introduced() {
    let two = Two::texts("def f():\n    sink_1low(q)\n", "def f():\n    sink_1(q)\n");
    assert_eq!(two.counts(), [0, 1, 0, 0, 0]);
    assert_eq!(new_lines(&two), [2]);
    assert_eq!(two.swapped().counts(), [0, 0, 0, 1, 0]);

    let old = analyse("a.py", "sink_1(q)\n");
    let mut new = old.clone();
    for (severity, expected) in [(9.0, [0, 1, 0, 0, 0]), (7.0, [0, 0, 0, 1, 0]), (f64::NAN, [0, 0, 0, 1, 0])] {
        new.findings[0].severity = severity;
        assert_eq!(counts(&compare(&[pair(&old, &new, Mapping::Same)])), expected, "{severity}");
    }
}

#[test]
fn a_finding_that_appears_on_an_unchanged_line_is_new() {
    // The old value was constant; nothing is said about it.
    let old = "def f():\n    x = 'a'\n    run(x)\n";
    let new = "def f():\n    x = get()\n    run(x)\n";
    let mut two = (analyse("a.py", old), analyse("a.py", new));
    two.1.findings = analyse("a.py", &new.replace("run", "sink_1")).findings;
    let map = LineMap::from_texts(old.as_bytes(), new.as_bytes());
    let comparison = compare(&[pair(&two.0, &two.1, Mapping::Lines(&map))]);
    assert_eq!(counts(&comparison), [1, 0, 0, 0, 0]);
}

#[test]
fn findings_of_one_line_are_told_apart_by_their_column() {
    let line = "sink_1(a); sink_1(b); sink_1(c)\n";
    let old = analyse("a.py", line);
    let mut new = old.clone();
    new.findings.remove(0);
    let map = LineMap::identity(1);
    let comparison = compare(&[pair(&old, &new, Mapping::Lines(&map))]);
    assert_eq!(comparison.resolved(), [At { file: 0, finding: 0 }]);
    assert_eq!(
        comparison.state(At { file: 0, finding: 1 }),
        Some(State::Persisting { from: At { file: 0, finding: 2 } })
    );
    assert_eq!(comparison.became(At { file: 0, finding: 1 }).map(|item| item.at), Some(At { file: 0, finding: 0 }));
    assert!(comparison.is_resolved(At { file: 0, finding: 0 }) && !comparison.is_resolved(At { file: 0, finding: 1 }));
    assert_eq!(comparison.state(At { file: 0, finding: 9 }), None);
}

#[test]
fn rewritten_code_keeps_its_finding_where_it_stands() {
    let old = "def f():\n    sink_1('a' + x)\n\nsink_1('b' + y)\n";
    let new = "def f():\n    log()\n    sink_1(f'a{x}')\n\nsink_1(f'b{y}')\n";
    assert_eq!(Two::texts(old, new).counts(), [0, 0, 0, 2, 0]);
}

#[test]
fn top_level_code_keeps_its_finding_where_it_stands() {
    let (old, new) = ("a = 1\nsink_1('a' + x)\nb = 2\n", "a = 1\nlog()\nsink_1(f'a{x}')\nb = 2\n");
    assert_eq!(Two::texts(old, new).counts(), [0, 0, 0, 1, 0]);
}

#[test]
fn of_two_equal_candidates_the_nearer_one_was_there() {
    let lines = "    a = 1\n    b = 2\n    c = 3\n";
    let old = format!("def f():\n{lines}    sink_1(q)\n    d = 4\n");
    let new = format!("def f():\n  sink_1(q)\n{lines}    d = 4\n  sink_1(q)\n");
    let two = Two::texts(&old, &new);
    assert_eq!(two.counts(), [1, 0, 0, 1, 0]);
    assert_eq!(new_lines(&two), [2]);
}

#[test]
fn top_level_code_elsewhere_is_other_code() {
    // In a function the same is one finding that was rewritten, at the top level it is another one.
    let lines = "a = 1\nb = 2\nc = 3\n";
    let (old, new) = (format!("sink_1('a' + x)\n{lines}"), format!("{lines}sink_1(f'b{{y}}')\n"));
    assert_eq!(Two::texts(&old, &new).counts(), [1, 0, 0, 0, 1]);
    let function = |text: &str| format!("def f():\n{text}");
    assert_eq!(Two::texts(&function(&old), &function(&new)).counts(), [0, 0, 0, 1, 0]);
}

#[test]
fn code_that_moved_into_another_function_or_file() {
    let old = "def f():\n    sink_1('a' + x)\n";
    let new = "def f():\n    helper(x)\n\ndef helper(x):\n  sink_1('a'+x)\n";
    assert_eq!(Two::texts(old, new).counts(), [0, 0, 1, 0, 0]);
    let moved =
        |from: &str, to: &str| Two::files(&[(("a.py", from), ("a.py", "")), (("b.py", ""), ("b.py", to))]).counts();
    assert_eq!(moved(old, &old.replace('f', "g")), [0, 0, 1, 0, 0]);
    // A mere name says nothing in another function of another file; the same function may move.
    let old = "def f():\n    sink_1(query)\n";
    assert_eq!(moved(old, &old.replace("f()", "g()")), [1, 0, 0, 0, 1]);
    assert_eq!(moved(old, old), [0, 0, 1, 0, 0]);
}

#[test]
fn a_copy_is_new_and_its_source_persists() {
    let text = "def f():\n    sink_1('a' + x)\n";
    let (source, copy) = (analyse("a.py", text), analyse("b.py", text));
    let map = LineMap::identity(2);
    let added = FilePair {
        old: &[],
        new: &copy.findings,
        old_source: None,
        new_source: Some(&copy.source),
        mapping: Mapping::Unrelated,
    };
    let comparison = compare(&[added, pair(&source, &source, Mapping::Lines(&map))]);
    assert_eq!(counts(&comparison), [1, 0, 0, 1, 0]);
    assert_eq!(comparison.state(At { file: 0, finding: 0 }), Some(State::New));
}

#[test]
fn a_wrapped_argument_is_still_the_same_finding() {
    let old = "def f():\n    sink_1(query)\n";
    let at = old.find("query").unwrap() as u32;
    let edits = EditSet::new(vec![TextEdit::insert(at, "str["), TextEdit::insert(at + 5, "]")]).unwrap();
    let (before, after) = (analyse("a.py", old), analyse("a.py", &edits.apply(old)));
    assert_eq!(counts(&compare(&[pair(&before, &after, Mapping::Edits(&edits))])), [0, 0, 0, 1, 0]);
}

#[test]
fn a_fix_that_brings_in_another_weakness() {
    let old = "sink_1(a)\nsink_1(b)\n";
    let at = old.find("sink_1(a)").unwrap() as u32;
    let edits = EditSet::new(vec![TextEdit::replace(Span { start: at, end: at + 9 }, "sink_2(a)")]).unwrap();
    let (before, after) = (analyse("a.py", old), analyse("a.py", &edits.apply(old)));
    let comparison = compare(&[pair(&before, &after, Mapping::Edits(&edits))]);
    assert_eq!(counts(&comparison), [1, 0, 0, 1, 1]);
    assert_eq!(comparison.remaining().count(), 1);
}

#[test]
fn without_texts_functions_and_sinks_still_speak() {
    let (old, new) = ("def f():\n    sink_1(a)\n", "def f():\n  sink_1( a )\n");
    let (before, after) = (analyse("a.py", old), analyse("a.py", new));
    let map = LineMap::from_texts(old.as_bytes(), new.as_bytes());
    let blind = FilePair { old_source: None, new_source: None, ..pair(&before, &after, Mapping::Lines(&map)) };
    assert_eq!(counts(&compare(&[blind])), [0, 0, 0, 1, 0]);
}

#[test]
fn places_outside_the_text_are_no_problem() {
    let mut state = analyse("a.py", "sink_1(a)\n");
    let mut odd = state.findings[0].clone();
    (odd.region.start_line, odd.region.start, odd.region.end) = (u32::MAX, u32::MAX, 3);
    state.findings.push(Finding { symbol: String::new(), ..odd.clone() });
    odd.region.start_line = 0;
    odd.confidence = Confidence::Low;
    state.findings.push(odd);
    let map = LineMap::default();
    let edits = EditSet::new(vec![TextEdit::insert(u32::MAX, "x"), TextEdit::delete(Span::new(0, 3))]).unwrap();
    for mapping in [Mapping::Lines(&map), Mapping::Edits(&edits), Mapping::Same, Mapping::Unrelated] {
        let comparison = compare(&[pair(&state, &state, mapping)]);
        let [new, worse, moved, stayed, gone] = counts(&comparison);
        assert_eq!((new + worse + moved + stayed, worse + moved + stayed + gone), (3, 3), "{mapping:?}");
    }
    assert_eq!(compare(&[]).items(), []);
}

#[test]
fn ten_thousand_findings_take_no_time_to_speak_of() {
    // One function, equal sinks, everything changed: the largest groups that there can be.
    let old: String = "def f():\n".to_string() + &"    sink_1(query)\n    pass\n".repeat(10_000);
    let new: String = "def f():\n".to_string() + &"  sink_1(query)\n    pass\n".repeat(9_000);
    let two = Two::texts(&old, &new);
    let start = Instant::now();
    assert_eq!(two.counts(), [0, 0, 0, 9_000, 1_000]);
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_diff_that_keeps_the_wrong_one_of_two_equal_lines() {
    let (old, new) = ("def a():\n    sink_1(q)\n", "def b():\n    sink_1(q)\ndef a():\n    sink_1(q)\n");
    let (before, mut after) = (analyse("a.py", old), analyse("a.py", new));
    // In `b`, `q` is constant.
    after.findings.remove(0);
    let hunk = |old_start, old_lines, new_start, new_lines| Hunk { old_start, old_lines, new_start, new_lines };
    let map = LineMap::from_hunks(&[hunk(1, 1, 1, 1), hunk(2, 0, 3, 2)], 2, 4);
    assert_eq!(counts(&compare(&[pair(&before, &after, Mapping::Lines(&map))])), [0, 0, 0, 1, 0]);
    assert_eq!(counts(&compare(&[pair(&after, &before, Mapping::Lines(&map.inverse()))])), [0, 0, 0, 1, 0]);
}

#[test]
fn functions_whose_equal_lines_a_diff_mixes_up() {
    let f0 = "def f0():\n    \n    sink_2(name)\n    x1 = get(1)\n    sink_2(query)\n";
    let f1 = "def f1():\n    \n";
    let f2 = "def f2():\n    pass\n    sink_2(name)\n";
    let f3 = "def f3():\n    x1 = get(1)\n    \n    sink_2(query)\n    sink_2(name)\n    sink_2('a' + x2)\n    x3 = get(3)\n";
    let two = Two::texts(&[f0, f1, f2, f3].join("\n"), &[f3, f2, f1, f0].join("\n"));
    let [new, worse, .., gone] = two.counts();
    assert_eq!([new, worse, gone], [0, 0, 0]);
}
