#![allow(clippy::unwrap_used, clippy::expect_used)]
use proptest::prelude::*;

use super::*;
use crate::change::lines::split;
use crate::syntax::source::Source;

fn map(old: &str, new: &str) -> LineMap {
    LineMap::from_texts(old.as_bytes(), new.as_bytes())
}

fn hunk(old_start: u32, old_lines: u32, new_start: u32, new_lines: u32) -> Hunk {
    Hunk { old_start, old_lines, new_start, new_lines }
}

/// Everything that a line map promises about two texts.
fn check(old: &[u8], new: &[u8], map: &LineMap) {
    let (old, new) = (split(old), split(new));
    assert_eq!((map.old_lines() as usize, map.new_lines() as usize), (old.len(), new.len()));
    let mut last = 0;
    let mut mapped = 0;
    for (line, text) in (1u32..).zip(&old) {
        if let Some(to) = map.to_new(line) {
            assert!(to > last, "not monotonic at {line}");
            assert_eq!(new.get(to as usize - 1), Some(text));
            assert_eq!(map.to_old(to), Some(line));
            last = to;
            mapped += 1;
        }
    }
    for line in 1..=map.new_lines() {
        assert!(map.to_old(line).is_none_or(|from| map.to_new(from) == Some(line)));
    }
    let size = |ranges: Vec<RangeInclusive<u32>>| ranges.into_iter().map(|r| r.count()).sum::<usize>();
    assert_eq!(size(map.changed_old_ranges()) + mapped, old.len());
    assert_eq!(size(map.changed_new_ranges()) + mapped, new.len());
    for outside in [0, map.old_lines() + 1, u32::MAX] {
        assert_eq!(map.to_new(outside), None);
    }
    for outside in [0, map.new_lines() + 1, u32::MAX] {
        assert_eq!(map.to_old(outside), None);
    }
    assert_eq!(&LineMap::from_hunks(&map.hunks(), map.old_lines(), map.new_lines()), map);
    assert_eq!(map.inverse().inverse(), *map);
}

#[test]
fn hunks_use_the_numbers_of_a_unified_diff() {
    let old = "a\nb\nc\nd\n";
    assert_eq!(map(old, "a\nB\nc\nd\n").hunks(), [hunk(2, 1, 2, 1)]);
    assert_eq!(map(old, "x\na\nb\nc\nd\ny\n").hunks(), [hunk(0, 0, 1, 1), hunk(4, 0, 6, 1)]);
    assert_eq!(map(old, "b\nd\n").hunks(), [hunk(1, 1, 0, 0), hunk(3, 1, 1, 0)]);
    assert_eq!(map("", "a\nb").hunks(), [hunk(0, 0, 1, 2)]);
    assert_eq!(map("a\nb", "").hunks(), [hunk(1, 2, 0, 0)]);
}

#[test]
fn ranges_of_changed_lines() {
    let changed = map("a\nb\nc\nd\n", "a\nX\nY\nc\nd\nZ\n");
    assert_eq!(changed.changed_old_ranges(), [2..=2]);
    assert_eq!(changed.changed_new_ranges(), [2..=3, 6..=6]);
    assert_eq!((changed.to_new(1), changed.to_new(2), changed.to_new(4)), (Some(1), None, Some(5)));
    assert_eq!((changed.to_old(5), changed.to_old(6)), (Some(4), None));
}

#[test]
fn empty_texts_have_no_lines() {
    let empty = map("", "");
    check(b"", b"", &empty);
    assert!(empty.is_identity());
    assert_eq!(empty, LineMap::identity(0));
    assert_eq!(LineMap::identity(3), map("a\nb\nc", "a\nb\nc\n"));
}

#[test]
fn line_ends_are_no_change() {
    assert!(map("a\nb\nc", "a\r\nb\r\nc\r\n").is_identity());
    assert_eq!(map("a\nb\nc\n", "a\r\nB\r\nc\r\n").hunks(), [hunk(2, 1, 2, 1)]);
    assert!(map("a\rb\r", "a\nb\n").is_identity());
    assert_eq!(map("a \n", "a\n").hunks(), [hunk(1, 1, 1, 1)]);
}

#[test]
fn a_long_line_is_one_line() {
    let long = "x".repeat(3_000_000);
    let changed = map(&format!("a\n{long}\nb\n"), &format!("a\n{long}y\nb\n"));
    assert_eq!(changed.hunks(), [hunk(2, 1, 2, 1)]);
}

#[test]
fn hundred_thousand_lines() {
    let old: Vec<String> = (0..100_000).map(|i| format!("line {i}")).collect();
    let mut new = old.clone();
    for at in (0..100_000).step_by(1_000).rev() {
        new[at] = format!("changed {at}");
        new.insert(at, "inserted".into());
    }
    let (old, new) = (old.join("\n"), new.join("\n"));
    let changed = map(&old, &new);
    check(old.as_bytes(), new.as_bytes(), &changed);
    assert_eq!(changed.hunks().len(), 100);
    assert_eq!(changed.to_new(99_999), Some(100_099));
}

#[test]
fn hostile_texts_end() {
    let mut seed = 1u64;
    let mut noise = |kinds: u64, lines: usize| -> String {
        let mut text = String::new();
        for _ in 0..lines {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            text.push_str(&format!("{}\n", (seed >> 33) % kinds));
        }
        text
    };
    for kinds in [2, 50, 3_000, 1 << 30] {
        let (old, new) = (noise(kinds, 20_000), noise(kinds, 20_000));
        check(old.as_bytes(), new.as_bytes(), &map(&old, &new));
    }
    let forward: Vec<String> = (0..20_000).map(|i| i.to_string()).collect();
    let backward: Vec<String> = forward.iter().rev().cloned().collect();
    let (old, new) = (forward.join("\n"), backward.join("\n"));
    check(old.as_bytes(), new.as_bytes(), &map(&old, &new));
}

#[test]
fn beyond_the_limit_the_middle_is_changed() {
    let text = |from: u32| -> String {
        let middle: String = (from..from + 160_000).map(|i| format!("{i}\n")).collect();
        format!("first\n{middle}last\n")
    };
    let (old, new) = (text(0), text(80_000));
    let changed = map(&old, &new);
    assert_eq!(changed.hunks(), [hunk(2, 160_000, 2, 160_000)]);
    check(old.as_bytes(), new.as_bytes(), &changed);
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof!["[abc}]?", "[ab]{1,3} = [0-9]", Just("é\u{2028}".to_owned()), Just(String::new())]
}

fn number() -> impl Strategy<Value = u32> {
    prop_oneof![8 => 0..40u32, 1 => Just(u32::MAX)]
}

fn terminator() -> impl Strategy<Value = &'static str> {
    prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => Just("\r")]
}

fn text() -> impl Strategy<Value = String> {
    let lines = prop::collection::vec((line(), terminator()), 0..40);
    (lines, line()).prop_map(|(lines, end)| lines.into_iter().map(|(l, t)| l + t).collect::<String>() + &end)
}

/// One edit: at a line (as a fraction), delete some lines and insert others.
type Edits = Vec<(prop::sample::Index, usize, Vec<String>)>;

fn edits() -> impl Strategy<Value = Edits> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, prop::collection::vec(line(), 0..4)), 0..6)
}

fn edited(text: &str, edits: &Edits) -> String {
    let mut lines: Vec<String> = split(text.as_bytes()).iter().map(|l| String::from_utf8_lossy(l).into()).collect();
    for (at, gone, put) in edits {
        let at = at.index(lines.len() + 1);
        let end = (at + gone).min(lines.len());
        lines.splice(at..end, put.iter().cloned());
    }
    lines.join("\n")
}

proptest! {
    #[test]
    fn random_edits(old in text(), edits in edits()) {
        let new = edited(&old, &edits);
        check(old.as_bytes(), new.as_bytes(), &map(&old, &new));
    }

    #[test]
    fn unrelated_bytes(old in prop::collection::vec(any::<u8>(), 0..200), new in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&old, &new, &LineMap::from_texts(&old, &new));
    }

    #[test]
    fn equal_texts_map_to_themselves(old in text()) {
        let same = map(&old, &old);
        prop_assert_eq!(same.clone(), LineMap::identity(same.old_lines()));
        prop_assert!(same.is_identity());
    }

    #[test]
    fn insertions_keep_every_old_line(old in text(), at in any::<prop::sample::Index>(), put in "z[0-9]{3}(\nz[0-9]{3}){0,3}") {
        let mut lines: Vec<&str> = split(old.as_bytes()).iter().map(|l| std::str::from_utf8(l).unwrap()).collect();
        let at = at.index(lines.len() + 1);
        lines.insert(at, &put);
        let new = lines.join("\n") + "\n";
        let map = map(&old, &new);
        prop_assert!(map.changed_old_ranges().is_empty());
        prop_assert_eq!(map.changed_new_ranges().len(), 1);
    }

    #[test]
    fn every_kept_line_maps(kept in prop::collection::vec(any::<bool>(), 0..120), put in prop::collection::vec(0..121usize, 0..30)) {
        let old: Vec<String> = (0..kept.len()).map(|i| format!("line {i}")).collect();
        let mut new = Vec::new();
        for at in 0..=kept.len() {
            for number in (0..put.len()).filter(|&number| put[number] == at) {
                new.push(format!("inserted {number}"));
            }
            new.extend(old.get(at).filter(|_| kept.get(at) == Some(&true)).cloned());
        }
        let map = map(&old.join("\n"), &new.join("\n"));
        for (line, (text, kept)) in (1u32..).zip(old.iter().zip(&kept)) {
            let expected = kept.then(|| new.iter().position(|other| other == text).unwrap() as u32 + 1);
            prop_assert_eq!(map.to_new(line), expected);
        }
    }

    #[test]
    fn any_hunks_give_a_sound_map(
        hunks in prop::collection::vec((number(), number(), number(), number()), 0..6), old in 0..40u32, new in 0..40u32
    ) {
        let hunks: Vec<Hunk> = hunks.into_iter().map(|(a, b, c, d)| hunk(a, b, c, d)).collect();
        let map = LineMap::from_hunks(&hunks, old, new);
        let mut last = 0;
        for line in 1..=old {
            if let Some(to) = map.to_new(line) {
                prop_assert!(to > last && to <= new);
                prop_assert_eq!(map.to_old(to), Some(line));
                last = to;
            }
        }
        prop_assert_eq!(LineMap::from_hunks(&map.hunks(), old, new), map);
    }

    #[test]
    fn composition(a in text(), first in edits(), second in edits()) {
        let b = edited(&a, &first);
        let c = edited(&b, &second);
        let (ab, bc) = (map(&a, &b), map(&b, &c));
        let ac = ab.then(&bc);
        check(a.as_bytes(), c.as_bytes(), &ac);
        for line in 0..=ab.old_lines() + 1 {
            prop_assert_eq!(ac.to_new(line), ab.to_new(line).and_then(|l| bc.to_new(l)));
        }
        prop_assert_eq!(&ab.then(&LineMap::identity(ab.new_lines())), &ab);
        prop_assert_eq!(&LineMap::identity(ab.old_lines()).then(&ab), &ab);
        prop_assert_eq!(ac.inverse(), bc.inverse().then(&ab.inverse()));
    }

    #[test]
    fn lines_are_those_of_the_source(bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), any::<u8>()], 0..100)) {
        let source = Source::new(&bytes);
        let lines = split(&bytes);
        prop_assert_eq!(source.line_count() as usize, lines.len());
        for (number, line) in (1u32..).zip(&lines) {
            prop_assert_eq!(source.line_text(number).len(), line.len());
        }
    }
}
