//! Which weakness's repair brings in which: bands from the one on the left to the other on the right, as wide as they are
//! frequent.

use super::{Chart, Drawing, WIDTH};
use crate::report::cwe;
use crate::study::report::model::LeadsTo;

/// Bands of one chart: the most frequent ones.
pub const MOST: usize = 24;
const LEFT: f64 = 88.0;
const RIGHT: f64 = WIDTH - 88.0;
const NODE: f64 = 6.0;
const TOP: f64 = 24.0;
/// Room for a weakness's name.
const LEAST: f64 = 18.0;
const GAP: f64 = 5.0;

/// A weakness at one side.
struct Node {
    number: u32,
    count: usize,
    y: f64,
    /// Where its next band begins.
    next: f64,
}

/// The chart of a group's repairs; nothing where none brought anything in.
pub fn chart(about: &str, caption: &str, leads: &[LeadsTo]) -> Option<Chart> {
    let mut leads: Vec<&LeadsTo> = leads.iter().filter(|lead| lead.count > 0).collect();
    leads.sort_by_key(|lead| (std::cmp::Reverse(lead.count), lead.from, lead.to));
    leads.truncate(MOST);
    let total: usize = leads.iter().map(|lead| lead.count).sum();
    if total == 0 {
        return None;
    }
    let unit = (160.0 / total as f64).min(12.0);
    let (mut from, left_end) = nodes(&leads, |lead| lead.from, unit);
    let (mut to, right_end) = nodes(&leads, |lead| lead.to, unit);
    let mut drawing = Drawing::default();
    drawing.text((0.0, 13.0), "name strong", "to be mended", None);
    drawing.text((WIDTH, 13.0), "figure-text strong", "brought in", None);
    let mut said = Vec::new();
    leads.sort_by_key(|lead| (place(&from, lead.from), place(&to, lead.to)));
    for lead in &leads {
        let programs = if lead.count == 1 { "program" } else { "programs" };
        let says = format!("{} to {}: {} {programs}", cwe::id(lead.from), cwe::id(lead.to), lead.count);
        let width = lead.count as f64 * unit;
        if let (Some(start), Some(end)) = (take(&mut from, lead.from, width), take(&mut to, lead.to, width)) {
            drawing.band((LEFT + NODE, start), (RIGHT - NODE, end), width.max(1.0), &says);
        }
        said.push(says);
    }
    for (nodes, x, label, class) in [(&from, LEFT, 0.0, "name"), (&to, RIGHT - NODE, WIDTH, "figure-text")] {
        for node in nodes {
            drawing.block([x, node.y, NODE, node.count as f64 * unit], "node", None);
            let text = format!("{} · {}", cwe::id(node.number), node.count);
            drawing.text((label, node.y + 10.0), class, &text, Some(&cwe::title(node.number)));
        }
    }
    Some(drawing.chart(about, caption, &said.join("; "), left_end.max(right_end) + 4.0))
}

/// The weaknesses of one side from top to bottom, the most frequent first, and where they end.
fn nodes(leads: &[&LeadsTo], of: fn(&LeadsTo) -> u32, unit: f64) -> (Vec<Node>, f64) {
    let mut counts: std::collections::BTreeMap<u32, usize> = std::collections::BTreeMap::new();
    for lead in leads {
        *counts.entry(of(lead)).or_default() += lead.count;
    }
    let mut counts: Vec<(u32, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|&(number, count)| (std::cmp::Reverse(count), number));
    let mut y = TOP;
    let mut out = Vec::new();
    for (number, count) in counts {
        out.push(Node { number, count, y, next: y });
        y += (count as f64 * unit).max(LEAST) + GAP;
    }
    (out, y)
}

fn place(nodes: &[Node], number: u32) -> Option<usize> {
    nodes.iter().position(|node| node.number == number)
}

/// The middle of the next band of this width at a weakness.
fn take(nodes: &mut [Node], number: u32, width: f64) -> Option<f64> {
    let node = nodes.iter_mut().find(|node| node.number == number)?;
    node.next += width;
    Some(node.next - width / 2.0)
}
