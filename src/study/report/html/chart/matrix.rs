//! Which weaknesses come together: a triangle of counts, darker where there are more.

use super::{Chart, Drawing, WIDTH};
use crate::report::cwe;
use crate::study::report::model::Pair;

/// Weaknesses of one chart: those in the most pairs.
const MOST: usize = 10;
const LEFT: f64 = 68.0;
const TOP: f64 = 22.0;
const TALL: f64 = 24.0;
const SHADES: [&str; 5] = ["heat-1", "heat-2", "heat-3", "heat-4", "heat-5"];

/// The chart of a group's pairs; nothing where there are none.
pub fn chart(about: &str, caption: &str, pairs: &[Pair]) -> Option<Chart> {
    let numbers = numbers(pairs);
    let (columns, rows) = (numbers.get(..numbers.len().checked_sub(1)?)?, numbers.get(1..)?);
    let wide = ((WIDTH - LEFT) / columns.len() as f64).min(44.0);
    let of = |a: u32, b: u32| pairs.iter().find(|pair| (pair.a, pair.b) == (a, b) || (pair.b, pair.a) == (a, b));
    let most = pairs.iter().map(|pair| pair.both).max().unwrap_or(1).max(1);
    let mut drawing = Drawing::default();
    let mut said = Vec::new();
    for (at, &a) in columns.iter().enumerate() {
        drawing.text((LEFT + (at as f64 + 0.5) * wide, 14.0), "scale", &a.to_string(), Some(&cwe::title(a)));
    }
    for (down, &b) in rows.iter().enumerate() {
        let y = TOP + down as f64 * TALL;
        drawing.text((0.0, y + 16.0), "name", &cwe::id(b), Some(&cwe::title(b)));
        for (across, &a) in columns.iter().enumerate().take(down + 1) {
            let (place, count) = ([LEFT + across as f64 * wide, y, wide - 2.0, TALL - 2.0], of(a, b));
            let both = count.map_or(0, |pair| pair.both);
            let Some(pair) = count.filter(|_| both > 0) else {
                drawing.block(place, "heat-0", None);
                continue;
            };
            let shade = (both * SHADES.len()).div_ceil(most).clamp(1, SHADES.len()) - 1;
            let says = says(pair);
            drawing.block(place, SHADES.get(shade).copied().unwrap_or("heat-1"), Some(&says));
            let class = if shade < 3 { "heat-text" } else { "heat-text on-heat" };
            drawing.text((LEFT + (across as f64 + 0.5) * wide - 1.0, y + 15.5), class, &both.to_string(), Some(&says));
            said.push(says);
        }
    }
    let height = TOP + rows.len() as f64 * TALL + 2.0;
    Some(drawing.chart(about, caption, &said.join("; "), height))
}

fn says(pair: &Pair) -> String {
    let samples = if pair.both == 1 { "sample" } else { "samples" };
    format!("{} with {}: {} {samples}, lift {:.2}", cwe::id(pair.a), cwe::id(pair.b), pair.both, pair.lift)
}

/// The weaknesses of the most frequent pairs, by number.
fn numbers(pairs: &[Pair]) -> Vec<u32> {
    let mut sorted: Vec<&Pair> = pairs.iter().collect();
    sorted.sort_by_key(|pair| (std::cmp::Reverse(pair.both), pair.a, pair.b));
    let mut out: Vec<u32> = Vec::new();
    for number in sorted.iter().flat_map(|pair| [pair.a, pair.b]) {
        if out.len() < MOST && !out.contains(&number) {
            out.push(number);
        }
    }
    out.sort_unstable();
    out
}
