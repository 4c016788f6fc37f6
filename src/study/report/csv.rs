//! The report as one table of comma-separated values (RFC 4180): a row for each figure, whatever list it comes from, so that
//! any program can filter, pivot and draw it.

use super::model::{Group, Interval, Rate, Reference, StudyReport, TestKind, Unit};

/// The columns.
const COLUMNS: [&str; 14] = [
    "list",
    "mode",
    "strategy",
    "model",
    "language",
    "scenario",
    "reference",
    "about",
    "figure",
    "count",
    "of",
    "value",
    "low",
    "high",
];

/// What cells of a spreadsheet begin with when they are formulas.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// The report. Shares are in percent; what is absent is empty.
pub fn render(report: &StudyReport) -> String {
    let mut out = Sheet::new();
    for item in &report.prevalence {
        out.at("prevalence", &item.group, Some(item.reference)).rate("", "vulnerable", &item.vulnerable);
    }
    for item in &report.alerts {
        let mut at = out.at("alerts", &item.group, Some(item.reference));
        at.number("", "alerts", item.alerts as f64);
        at.number("", "samples", item.samples as f64);
        at.figure("", "per-sample", item.per_sample, None);
        at.number("", "severity", item.severity);
        for (level, count) in &item.levels {
            at.number(level, "level", *count as f64);
        }
    }
    for item in &report.improvement {
        let mut at = out.at("improvement", &item.group, Some(item.reference));
        at.figure("", "percent", item.percent, item.interval);
        at.number("", "cells", item.cells as f64);
        at.number("", "left-out", item.left_out as f64);
        at.number("", "raw-severity", item.raw_severity);
        at.number("", "severity", item.severity);
    }
    for item in &report.co_occurrence {
        let mut at = out.at("co-occurrence", &item.group, Some(item.reference));
        at.rate("", "several-cwes", &item.several_cwes);
        at.rate("", "several-rules", &item.several_rules);
        for pair in &item.pairs {
            let about = format!("CWE-{} CWE-{}", pair.a, pair.b);
            at.number(&about, "both", pair.both as f64);
            at.number(&about, "lift", pair.lift);
        }
    }
    for item in &report.side_effects {
        let mut at = out.at("side-effects", &item.group, Some(item.reference));
        let unit = match item.unit {
            Unit::Rule => "rule",
            Unit::Cwe => "cwe",
        };
        at.rate(unit, "samples", &item.samples);
        if let Some(floor) = &item.noise_floor {
            at.rate(unit, "noise-floor", floor);
        }
        for new in &item.new {
            at.number(&new.name, "new", new.count as f64);
        }
    }
    rest(report, &mut out);
    out.text
}

fn rest(report: &StudyReport, out: &mut Sheet) {
    for item in &report.shifts {
        let group =
            Group { mode: item.mode, strategy: item.strategy.clone(), model: None, language: None, scenario: None };
        let mut at = out.at("shifts", &group, None);
        at.rate(&item.rule, "raw", &item.raw);
        at.rate(&item.rule, "refined", &item.refined);
    }
    for item in &report.repairs {
        let mut at = out.at("repairs", &item.group, None);
        at.rate("", "mended", &item.mended);
        at.rate("", "resolved", &item.resolved);
        at.number("", "persisting", item.persisting as f64);
        at.number("", "moved", item.moved as f64);
        at.number("", "introduced", item.introduced as f64);
        at.rate("", "with-introduced", &item.with_introduced);
        for leads in &item.leads_to {
            at.number(&format!("CWE-{} CWE-{}", leads.from, leads.to), "leads-to", leads.count as f64);
        }
    }
    for item in &report.quality {
        let mut at = out.at("quality", &item.group, None);
        at.rate("", "failed", &item.failed);
        at.rate("", "broken", &item.broken);
        at.rate("", "no-op", &item.no_op);
        at.figure("", "lines", item.lines, None);
        at.figure("", "growth-percent", item.growth_percent, None);
        for (figure, number) in
            [("requests", item.requests), ("tokens-in", item.tokens_in), ("tokens-out", item.tokens_out)]
        {
            at.number("", figure, number as f64);
        }
        at.number("", "seconds", item.seconds);
    }
    for item in &report.tests {
        let mut at = out.at("tests", &item.group, Some(item.reference));
        let about = match item.test {
            TestKind::Mcnemar => "mcnemar",
            TestKind::Wilcoxon => "wilcoxon",
        };
        at.number(about, "pairs", item.pairs as f64);
        at.number(about, "different", item.different as f64);
        at.number(about, "p", item.p);
        at.number(about, "p-adjusted", item.p_adjusted);
        at.number(about, "effect", item.effect);
    }
}

struct Sheet {
    text: String,
}

/// Rows of one item of a list.
struct At<'s> {
    sheet: &'s mut Sheet,
    begin: String,
}

impl Sheet {
    fn new() -> Self {
        Sheet { text: format!("{}\r\n", COLUMNS.join(",")) }
    }

    fn at(&mut self, list: &str, group: &Group, reference: Option<Reference>) -> At<'_> {
        let language = group.language.map(|language| language.name().to_owned());
        let cells = [
            list.to_owned(),
            group.mode.name().to_owned(),
            group.strategy.clone(),
            group.model.clone().unwrap_or_default(),
            language.unwrap_or_default(),
            group.scenario.clone().unwrap_or_default(),
            reference.map(Reference::name).unwrap_or_default().to_owned(),
        ];
        let begin = cells.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(",");
        At { sheet: self, begin }
    }
}

impl At<'_> {
    fn row(&mut self, about: &str, figure: &str, numbers: [Option<f64>; 5]) {
        let number = |number: Option<f64>| number.map(|number| number.to_string()).unwrap_or_default();
        let numbers = numbers.map(number).join(",");
        self.sheet.text.push_str(&format!("{},{},{figure},{numbers}\r\n", self.begin, quoted(about)));
    }

    fn number(&mut self, about: &str, figure: &str, value: f64) {
        self.row(about, figure, [None, None, Some(value), None, None]);
    }

    fn figure(&mut self, about: &str, figure: &str, value: Option<f64>, interval: Option<Interval>) {
        self.row(about, figure, [None, None, value, interval.map(|i| i.low), interval.map(|i| i.high)]);
    }

    fn rate(&mut self, about: &str, figure: &str, rate: &Rate) {
        let (low, high) = (rate.interval.map(|i| i.low), rate.interval.map(|i| i.high));
        self.row(about, figure, [Some(rate.count as f64), Some(rate.of as f64), rate.percent, low, high]);
    }
}

/// A text as a cell. One that a spreadsheet would take for a formula begins with an apostrophe instead.
fn quoted(text: &str) -> String {
    let text = match text.starts_with(FORMULA) {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match text.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_are_no_formulas() {
        for (text, cell) in [
            ("plain", "plain"),
            ("a,b", "\"a,b\""),
            ("say \"x\"", "\"say \"\"x\"\"\""),
            ("=1+1", "'=1+1"),
            ("@SUM(A1,A2)", "\"'@SUM(A1,A2)\""),
            ("-2", "'-2"),
            ("two\nlines", "\"two\nlines\""),
        ] {
            assert_eq!(quoted(text), cell);
        }
    }
}
