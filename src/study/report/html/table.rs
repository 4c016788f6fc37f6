//! Tables: groups of samples and their figures, each figure with the way to the samples that it counts.

use serde::Serialize;

use super::index::{End, Goal, Index, NAME};
use super::words;
use crate::report::html::shown::Shown;
use crate::report::text::count;
use crate::study::report::model::{Group, Rate};

/// Rows of one table: ten models by five strategies, four languages and ten scenarios. A page of more is read by nobody.
const ROWS: usize = 2_000;

/// What a table is about.
pub struct Topic {
    /// Where it stands under a heading.
    pub short: String,
    /// By itself.
    pub whole: String,
}

/// A table.
#[derive(Serialize)]
pub struct Table {
    /// What is read before it is unfolded.
    summary: Shown,
    caption: Shown,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    left_out: usize,
}

/// A column.
#[derive(Clone, Copy, Serialize)]
pub struct Column {
    title: &'static str,
    figure: bool,
}

/// A column of figures.
pub const fn figures(title: &'static str) -> Column {
    Column { title, figure: true }
}

/// A column of words.
pub const fn names(title: &'static str) -> Column {
    Column { title, figure: false }
}

/// A cell.
#[derive(Serialize)]
pub struct Cell {
    text: Shown,
    goal: Option<Goal>,
}

/// A cell with a figure or a word.
pub fn cell(text: &str) -> Cell {
    Cell { text: Shown::brief(text, 4 * NAME), goal: None }
}

/// A cell with a count.
pub fn amount(number: impl std::fmt::Display) -> Cell {
    cell(&number.to_string())
}

/// A cell that leads to the samples that it counts.
pub fn linked(text: &str, goal: Option<Goal>) -> Cell {
    Cell { goal, ..cell(text) }
}

/// The columns of a rate.
pub const fn rate_columns(title: &'static str) -> [Column; 3] {
    [figures(title), figures("percent"), figures("95 % interval")]
}

/// The cells of a rate.
pub fn rate(rate: &Rate, goal: Option<Goal>) -> [Cell; 3] {
    [linked(&words::share(rate), goal), cell(&words::percent(rate.percent)), cell(&words::interval(rate.interval))]
}

/// The cell of a rate that is not the main matter: `12.5 % (1 of 8)`.
pub fn small_rate(rate: &Rate) -> Cell {
    let share = words::share(rate);
    cell(&rate.percent.map_or(share.clone(), |percent| format!("{} ({share})", words::percent(Some(percent)))))
}

/// One table of the groups over all scenarios and one of those of single scenarios, each where it has rows.
pub fn grouped<'a>(
    what: &Topic,
    columns: &[Column],
    rows: impl Iterator<Item = (&'a Group, Vec<Cell>)>,
    index: &Index<'_>,
) -> Vec<Table> {
    let (mut whole, mut single) = ((Vec::new(), 0), (Vec::new(), 0));
    for (group, cells) in rows {
        let (shown, all) = if group.scenario.is_some() { &mut single } else { &mut whole };
        *all += 1;
        if shown.len() < ROWS {
            shown.push((group, cells));
        }
    }
    let mut out = Vec::new();
    for ((rows, all), scenario) in [(whole, false), (single, true)] {
        let mut heads = vec![names("Strategy"), names("Model"), names("Language")];
        if scenario {
            heads.push(names("Scenario"));
        }
        heads.extend_from_slice(columns);
        let rows = rows.into_iter().map(|(group, cells)| {
            let mut row = group_cells(group, index);
            row.extend(cells);
            row
        });
        let more = if scenario { ", by scenario" } else { "" };
        let what = Topic { short: format!("{}{more}", what.short), whole: format!("{}{more}", what.whole) };
        out.extend(table_of(&what, heads, rows.collect(), all));
    }
    out
}

/// A table; nothing where it has no rows.
pub fn table(what: &Topic, columns: Vec<Column>, mut rows: Vec<Vec<Cell>>) -> Option<Table> {
    let all = rows.len();
    rows.truncate(ROWS);
    table_of(what, columns, rows, all)
}

/// A table of so many rows, of which these are shown; nothing where there are none.
fn table_of(what: &Topic, columns: Vec<Column>, rows: Vec<Vec<Cell>>, all: usize) -> Option<Table> {
    let summary = format!("{}: {}", what.short, count(all, "row"));
    let left_out = all - rows.len();
    let caption = Shown::brief(&what.whole, 4 * NAME);
    let table = Table { summary: Shown::brief(&summary, 4 * NAME), caption, columns, rows, left_out };
    (!table.rows.is_empty()).then_some(table)
}

/// What tells a group from others; the first cell leads to all of its samples.
fn group_cells(group: &Group, index: &Index<'_>) -> Vec<Cell> {
    let all = index.goal(group, End::Any, String::new());
    let mut out = vec![
        linked(words::strategy(&group.strategy), all),
        cell(group.model.as_deref().unwrap_or("all")),
        cell(group.language.map_or("all", |language| language.name())),
    ];
    out.extend(group.scenario.as_deref().map(cell));
    out
}
