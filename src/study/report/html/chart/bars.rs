//! Bars by strategy and model, one chart a language, all on one scale.

use super::{Chart, Drawing, WIDTH};
use crate::study::record::NONE;
use crate::study::report::html::{index::Index, words};
use crate::study::report::model::{Group, Interval, Rate};
use crate::syntax::hir::Language;

/// Where bars begin and end; left of it are names, right of it figures.
pub const LEFT: f64 = 112.0;
pub const RIGHT: f64 = 258.0;
const ROW: f64 = 19.0;
const BAR: f64 = 11.0;
const HEADING: f64 = 25.0;
const AXIS: f64 = 17.0;
/// Improvements below this are drawn as if they were this; their figures say what they are.
const LOWEST: f64 = -100.0;

/// What a bar shows.
pub struct Bar<'a> {
    /// Of which samples; never of one scenario.
    pub group: &'a Group,
    /// In percent.
    pub value: f64,
    /// Its interval in percent.
    pub interval: Option<Interval>,
    /// What would be expected without any effect.
    pub floor: Option<&'a Rate>,
    /// All of it in words.
    pub says: String,
}

/// The scale, in percent.
#[derive(Clone, Copy)]
pub struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// From nothing to all.
    pub const SHARE: Scale = Scale { low: 0.0, high: 100.0 };

    /// From zero to the next round figure above all bars, intervals and floors.
    pub fn to_fit(bars: &[Bar<'_>]) -> Scale {
        let ends = bars.iter().flat_map(|bar| {
            let floor = bar.floor.and_then(|rate| rate.interval.map(|i| i.high).or(rate.percent));
            [Some(bar.value), bar.interval.map(|i| i.high), floor]
        });
        let highest = ends.flatten().filter(|end| end.is_finite()).fold(0.0, f64::max);
        let high = [5.0, 10.0, 20.0, 30.0, 50.0].into_iter().find(|&round| round >= highest).unwrap_or(100.0);
        Scale { low: 0.0, high }
    }

    /// To 100 from zero, or from the next quarter below the lowest end that is negative.
    pub fn diverging(bars: &[Bar<'_>]) -> Scale {
        let ends = bars.iter().flat_map(|bar| [Some(bar.value), bar.interval.map(|i| i.low)]);
        let lowest = ends.flatten().filter(|end| end.is_finite()).fold(0.0, f64::min);
        Scale { low: ((lowest / 25.0).floor() * 25.0).clamp(LOWEST, 0.0), high: 100.0 }
    }

    fn x(self, value: f64) -> f64 {
        let value = if value.is_finite() { value.clamp(self.low, self.high) } else { self.low };
        LEFT + (value - self.low) / (self.high - self.low) * (RIGHT - LEFT)
    }
}

/// One chart for all languages and one for each, of bars with a finite value.
pub fn charts(about: &str, bars: &[Bar<'_>], scale: Scale, index: &Index<'_>) -> Vec<Chart> {
    let single: Vec<Option<Language>> = index.languages().iter().map(|&language| Some(language)).collect();
    let mut panels: Vec<Option<Language>> = [None].into_iter().chain(single).collect();
    panels.retain(|language| bars.iter().any(|bar| bar.group.language == *language && bar.value.is_finite()));
    if let [None, only @ Some(_)] = panels[..] {
        panels = vec![only];
    }
    let alone = panels.len() == 1;
    let chart = |language: Option<Language>| {
        let bars: Vec<&Bar<'_>> =
            bars.iter().filter(|bar| bar.group.language == language && bar.value.is_finite()).collect();
        let caption = match language {
            Some(language) => language.name(),
            None if alone => "all together",
            None => "all languages",
        };
        panel(about, caption, &bars, scale, index)
    };
    panels.into_iter().map(chart).collect()
}

/// One language's chart.
fn panel(about: &str, caption: &str, bars: &[&Bar<'_>], scale: Scale, index: &Index<'_>) -> Chart {
    let clusters = clusters(bars, index);
    let single = clusters.iter().all(|(_, bars)| bars.len() == 1);
    let rows =
        clusters.iter().map(|(_, bars)| bars.len() as f64 * ROW + if single { 0.0 } else { HEADING }).sum::<f64>();
    let height = AXIS + rows + 6.0;
    let mut drawing = Drawing::default();
    axis(&mut drawing, scale);
    let mut y = AXIS;
    for (strategy, bars) in &clusters {
        let strategy = words::strategy(strategy);
        if !single {
            drawing.text((0.0, y + 19.0), "name strong", &words::fit(strategy, WIDTH), Some(strategy));
            y += HEADING;
        }
        grid(&mut drawing, scale, y, y + bars.len() as f64 * ROW);
        for bar in bars {
            let model = bar.group.model.as_deref();
            let label = if single { strategy } else { model.unwrap_or("all models") };
            let short = words::fit(if single { label } else { tail(label, index) }, LEFT - 6.0);
            drawing.text((0.0, y + 13.5), "name", &short, Some(label));
            row(&mut drawing, bar, y, scale);
            y += ROW;
        }
    }
    let description = bars.iter().map(|bar| bar.says.as_str()).collect::<Vec<_>>().join("; ");
    drawing.chart(about, caption, &description, height)
}

/// The bars of each strategy, both in the order of the page, the one of all models first; that one alone where it is the
/// same as the only model's.
fn clusters<'a, 'b>(bars: &[&'b Bar<'a>], index: &Index<'a>) -> Vec<(&'a str, Vec<&'b Bar<'a>>)> {
    let models: Vec<Option<&str>> = [None].into_iter().chain(index.models().iter().map(|&name| Some(name))).collect();
    let mut out: Vec<(&str, Vec<&Bar<'_>>)> = Vec::new();
    for &strategy in index.strategies() {
        let of = |model: &Option<&str>| {
            bars.iter().find(|bar| bar.group.strategy == strategy && bar.group.model.as_deref() == *model).copied()
        };
        let mut cluster: Vec<&Bar<'_>> = models.iter().filter_map(of).collect();
        if cluster.len() == 2
            && cluster.first().is_some_and(|bar| bar.group.model.is_none())
            && index.models().len() == 1
        {
            cluster.truncate(1);
        }
        if !cluster.is_empty() {
            out.push((strategy, cluster));
        }
    }
    out
}

/// The part of a model's name after the last `:` or `/`, where that is enough to tell the models apart.
fn tail<'n>(name: &'n str, index: &Index<'_>) -> &'n str {
    let short = |name: &'n str| name.rsplit([':', '/']).next().filter(|tail| !tail.is_empty()).unwrap_or(name);
    let wanted = short(name);
    let twins = index.models().iter().filter(|other| other.ends_with(wanted)).count();
    if twins > 1 { name } else { wanted }
}

/// The ends of the scale and its zero, with the figures on top of the chart.
fn axis(drawing: &mut Drawing, scale: Scale) {
    for at in ticks(scale) {
        drawing.text((scale.x(at), 11.0), "scale", &format!("{} %", words::number(at, 0)), None);
    }
}

/// Their lines, behind rows of bars.
fn grid(drawing: &mut Drawing, scale: Scale, from: f64, to: f64) {
    for at in ticks(scale) {
        let x = scale.x(at);
        drawing.line([x, from, x, to], if at == 0.0 { "zero" } else { "tick" });
    }
}

fn ticks(scale: Scale) -> Vec<f64> {
    let mut ticks = vec![scale.low, 0.0, scale.high];
    ticks.dedup();
    ticks
}

fn row(drawing: &mut Drawing, bar: &Bar<'_>, y: f64, scale: Scale) {
    if let Some(ends) = bar.floor.and_then(|floor| floor.interval) {
        let (low, high) = (scale.x(ends.low), scale.x(ends.high));
        drawing.block([low, y, high - low, ROW], "floor-band", None);
    }
    let (zero, end) = (scale.x(0.0), scale.x(bar.value));
    let class = match (bar.value < 0.0, bar.group.strategy == NONE) {
        (true, _) => "bar worse",
        (false, true) => "bar raw",
        (false, false) => "bar",
    };
    drawing.block([zero.min(end), y + 4.0, (end - zero).abs(), BAR], class, Some(&bar.says));
    if let Some(percent) = bar.floor.and_then(|floor| floor.percent) {
        let x = scale.x(percent);
        drawing.line([x, y, x, y + ROW], "floor");
    }
    if let Some(ends) = bar.interval {
        let (low, high, middle) = (scale.x(ends.low), scale.x(ends.high), y + 4.0 + BAR / 2.0);
        drawing.line([low, middle, high, middle], "whisker");
        drawing.line([low, middle - 3.5, low, middle + 3.5], "whisker");
        drawing.line([high, middle - 3.5, high, middle + 3.5], "whisker");
    }
    let cut = if bar.value < scale.low { "‹ " } else { "" };
    let text = format!("{cut}{}", words::percent(Some(bar.value)));
    drawing.text((WIDTH, y + 13.5), "figure-text", &text, None);
}
