//! What must hold for any program.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use super::program::*;
use crate::compare::{Mapping, compare};
use crate::edit::{EditSet, TextEdit};
use crate::syntax::hir::Span;

/// Inserts lines at random places of random functions.
fn insert(program: &[Block], lines: &[(Index, Index, String)]) -> Vec<Block> {
    let mut new = program.to_vec();
    for (block, at, line) in lines {
        let lines = &mut block.get_mut(&mut new).lines;
        let at = at.index(lines.len() + 1);
        lines.insert(at, line.clone());
    }
    new
}

fn insertions(line: impl Strategy<Value = String>) -> impl Strategy<Value = Vec<(Index, Index, String)>> {
    prop::collection::vec((any::<Index>(), any::<Index>(), line), 0..6)
}

/// Deletes the sink lines with these numbers; gives how many there were.
fn delete(program: &[Block], which: &BTreeSet<usize>) -> (Vec<Block>, usize) {
    let mut new = program.to_vec();
    let mut seen = 0;
    for block in &mut new {
        block.lines.retain(|line| {
            let number = seen;
            seen += usize::from(is_sink(line));
            !is_sink(line) || !which.contains(&number)
        });
    }
    let gone = sinks(program) - sinks(&new);
    (new, gone)
}

fn numbers() -> impl Strategy<Value = BTreeSet<usize>> {
    prop::collection::btree_set(0usize..16, 0..6)
}

/// Other white space in every line that `how` names: spaces, more indentation, arguments on lines of their own.
fn reformat(program: &[Block], how: &[u8]) -> Vec<Block> {
    let mut new = program.to_vec();
    let lines = new.iter_mut().flat_map(|block| &mut block.lines);
    for (line, how) in lines.zip(how) {
        *line = match how {
            0 => line.replace('(', "( ").replace(" + ", "+"),
            1 => format!("    {line}"),
            2 => line.replace('(', "(\n        ").replace(')', "\n    )"),
            _ => line.clone(),
        };
    }
    new
}

fn how() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(0u8..5, 30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_same_text_has_the_same_findings(program in program("f")) {
        prop_assert_eq!(Two::programs(&program, &program).counts(), [0, 0, 0, sinks(&program), 0]);
        let state = analyse("a.py", &text(&program));
        for mapping in [Mapping::Same, Mapping::Edits(&EditSet::default())] {
            prop_assert_eq!(counts(&compare(&[pair(&state, &state, mapping)])), [0, 0, 0, sinks(&program), 0]);
        }
    }

    #[test]
    fn clean_lines_change_nothing(program in program("f"), lines in insertions(clean_line())) {
        let new = insert(&program, &lines);
        prop_assert_eq!(Two::programs(&program, &new).counts(), [0, 0, 0, sinks(&program), 0]);
    }

    #[test]
    fn every_added_sink_is_new(program in program("f"), lines in insertions(sink_line())) {
        let new = insert(&program, &lines);
        prop_assert_eq!(Two::programs(&program, &new).counts(), [lines.len(), 0, 0, sinks(&program), 0]);
    }

    #[test]
    fn every_deleted_sink_is_resolved(program in program("f"), which in numbers(), lines in insertions(clean_line())) {
        let (new, gone) = delete(&program, &which);
        let new = insert(&new, &lines);
        prop_assert_eq!(Two::programs(&program, &new).counts(), [0, 0, 0, sinks(&new), gone]);
    }

    #[test]
    fn white_space_changes_nothing(program in program("f"), how in how(), which in numbers()) {
        let (left, gone) = delete(&program, &which);
        let new = reformat(&left, &how);
        prop_assert_eq!(Two::programs(&program, &new).counts(), [0, 0, 0, sinks(&new), gone]);
    }

    #[test]
    fn renamed_functions_change_nothing(program in program("f"), which in any::<u8>(), indented in any::<bool>()) {
        let mut new = reformat(&program, &[u8::from(indented); 30]);
        for (n, block) in new.iter_mut().enumerate().filter(|(n, _)| which & (1 << n) != 0) {
            block.name = format!("g{n}");
        }
        let [new, worse, moved, stayed, gone] = Two::programs(&program, &new).counts();
        prop_assert_eq!([new, worse, moved + stayed, gone], [0, 0, sinks(&program), 0]);
    }

    #[test]
    fn functions_in_another_order_change_nothing(
        (program, new) in program("f").prop_flat_map(|p| (Just(p.clone()), Just(p).prop_shuffle())),
    ) {
        let [new, worse, moved, stayed, gone] = Two::programs(&program, &new).counts();
        prop_assert_eq!([new, worse, moved + stayed, gone], [0, 0, sinks(&program), 0]);
    }

    #[test]
    fn lines_in_another_order_change_nothing(
        (old, new) in program("f").prop_flat_map(|program| {
            let lines: Vec<String> = text(&program).lines().map(|line| format!("{line}\n")).collect();
            (Just(lines.concat()), Just(lines).prop_shuffle().prop_map(|lines| lines.concat()))
        }),
    ) {
        let two = Two::texts(&old, &new);
        let [new, worse, moved, stayed, gone] = two.counts();
        prop_assert_eq!([new, worse, moved + stayed, gone], [0, 0, two.sizes().0, 0]);
    }

    #[test]
    fn renamed_files_and_functions_in_another_file_change_nothing(
        first in program("f"),
        second in program("g"),
        which in any::<Index>(),
        to in any::<Index>(),
    ) {
        let (mut new_first, mut new_second) = (first.clone(), second.clone());
        let block = new_first.remove(which.index(first.len()));
        new_second.insert(to.index(second.len() + 1), block);
        let texts = [&first, &new_first, &second, &new_second].map(|program| text(program));
        let two = Two::files(&[
            (("a.py", &texts[0]), ("renamed.py", &texts[1])),
            (("b.py", &texts[2]), ("b.py", &texts[3])),
        ]);
        let [new, worse, moved, stayed, gone] = two.counts();
        prop_assert_eq!([new, worse, moved + stayed, gone], [0, 0, sinks(&first) + sinks(&second), 0]);
    }

    /// Programs that have little to do with each other: the books must balance, and tell the same story in any order and
    /// from the other side.
    #[test]
    fn any_two_states(a in program("f"), b in program("f"), c in program("f"), d in program("g"), how in how()) {
        let texts = [&a, &b, &c, &reformat(&d, &how)].map(|program| text(program));
        let two = Two::files(&[(("a.py", &texts[0]), ("a.py", &texts[1])), (("b.py", &texts[2]), ("c.py", &texts[3]))]);
        let comparison = two.compare();
        let from: BTreeSet<_> = comparison.items().iter().filter_map(|item| item.state.from()).collect();
        let [new, worse, moved, stayed, gone] = counts(&comparison);
        let (old_size, new_size) = two.sizes();
        prop_assert_eq!(new + worse + moved + stayed, new_size);
        prop_assert_eq!(from.len(), new_size - new);
        prop_assert_eq!(from.len() + gone, old_size);
        for item in comparison.items().iter().filter(|item| item.state.from().is_some()) {
            let old = two.old(item.state.from().unwrap());
            prop_assert_eq!(&old.rule, &two.new_finding(item.at).rule);
        }
        prop_assert!(comparison.resolved().iter().all(|at| !from.contains(at)));
        prop_assert_eq!(two.reversed().said(), two.said());
        let mirrored: BTreeSet<_> = two.swapped().compare().introduced().map(|item| item.at).collect();
        prop_assert_eq!(mirrored, comparison.resolved().iter().copied().collect());
    }

    #[test]
    fn edits_by_bytes(program in program("f"), which in numbers(), clean in prop::collection::vec((any::<Index>(), any::<bool>()), 0..4)) {
        let old = text(&program);
        let (mut edits, mut gone, mut start) = (Vec::new(), 0, 0);
        let mut number = 0;
        for line in old.split_inclusive('\n') {
            let span = Span::new(start, start + line.len());
            start += line.len();
            if is_sink(line) {
                if which.contains(&number) {
                    edits.push(TextEdit::delete(span));
                    gone += 1;
                }
                number += 1;
            }
        }
        let starts: Vec<usize> = std::iter::once(0).chain(old.match_indices('\n').map(|(at, _)| at + 1)).collect();
        for (at, _) in &clean {
            edits.push(TextEdit::insert(Span::new(*at.get(&starts), 0).start, "import log\n"));
        }
        let edits = EditSet::new(edits).unwrap();
        let (before, after) = (analyse("a.py", &old), analyse("a.py", &edits.apply(&old)));
        let comparison = compare(&[pair(&before, &after, Mapping::Edits(&edits))]);
        prop_assert_eq!(counts(&comparison), [0, 0, 0, sinks(&program) - gone, gone]);
    }
}
