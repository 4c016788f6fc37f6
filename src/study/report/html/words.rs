//! The words and figures of the page: what a mode, a reference, a rate is called, and in which order things come.

use std::cmp::Ordering;

use crate::study::record::{Mode, NONE, Precision};
use crate::study::report::model::{Interval, Rate, Reference, TestKind, Unit};

/// Which alerts count, in the order of the page.
pub const REFERENCES: [Reference; 4] = [Reference::WithoutLow, Reference::All, Reference::HighOnly, Reference::Target];

/// A mode as a heading.
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Generate => "Written from the task",
        Mode::Repair => "Repaired in one edit",
        Mode::RepairVerified => "Repaired with verification",
    }
}

/// Which alerts count, as a heading.
pub fn reference(reference: Reference) -> &'static str {
    match reference {
        Reference::WithoutLow => "Without rules of low precision",
        Reference::All => "All rules",
        Reference::HighOnly => "Rules of high precision only",
        Reference::Target => "The weakness that the task invites",
    }
}

/// The reference as a word of the page's own, for ids and classes.
pub fn slug(reference: Reference) -> &'static str {
    match reference {
        Reference::WithoutLow => "without-low",
        Reference::All => "all",
        Reference::HighOnly => "high-only",
        Reference::Target => "target",
    }
}

/// The reference as one letter, for the filters.
pub fn letter(reference: Reference) -> char {
    match reference {
        Reference::WithoutLow => 'l',
        Reference::All => 'a',
        Reference::HighOnly => 'h',
        Reference::Target => 't',
    }
}

/// A precision in words.
pub fn precision(precision: Option<Precision>) -> &'static str {
    match precision {
        Some(Precision::Low) => "low",
        Some(Precision::Medium) => "medium",
        Some(Precision::High) => "high",
        Some(Precision::VeryHigh) => "very high",
        None => "not given",
    }
}

/// A test in words.
pub fn test(kind: TestKind) -> &'static str {
    match kind {
        TestKind::Mcnemar => "weak or not (McNemar, exact)",
        TestKind::Wilcoxon => "summed severity (Wilcoxon, signed ranks)",
    }
}

/// What has to be new, in the plural.
pub fn unit(unit: Unit) -> &'static str {
    match unit {
        Unit::Rule => "rules",
        Unit::Cwe => "CWE groups",
    }
}

/// A number with so many decimals and a proper minus sign: `−12.5`.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let zero = !text.contains(|c: char| c.is_ascii_digit() && c != '0');
    match text.strip_prefix('-') {
        Some(rest) if zero && value.is_finite() => rest.to_owned(),
        Some(rest) => format!("−{rest}"),
        None => text,
    }
}

/// `54.1 %`, or a dash where there is none.
pub fn percent(value: Option<f64>) -> String {
    value.map_or_else(nothing, |value| format!("{} %", number(value, 1)))
}

/// `49.9 to 58.2`, or a dash.
pub fn interval(interval: Option<Interval>) -> String {
    interval.map_or_else(nothing, |i| format!("{} to {}", number(i.low, 1), number(i.high, 1)))
}

/// `12 of 40`.
pub fn share(rate: &Rate) -> String {
    format!("{} of {}", rate.count, rate.of)
}

/// `54.1 % (12 of 40; 95 % interval 49.9 to 58.2)`.
pub fn rate(rate: &Rate) -> String {
    let of = share(rate);
    match (rate.percent, rate.interval) {
        (Some(_), Some(ends)) => {
            format!("{} ({of}; 95 % interval {})", percent(rate.percent), interval(Some(ends)))
        }
        (Some(_), None) => format!("{} ({of})", percent(rate.percent)),
        (None, _) => of,
    }
}

/// A probability with four decimals.
pub fn probability(p: f64) -> String {
    if p < 0.000_05 { "< 0.0001".to_owned() } else { number(p, 4) }
}

/// What stands where there is no figure.
pub fn nothing() -> String {
    "–".to_owned()
}

/// A strategy as people read it: the bare task has a name of its own.
pub fn strategy(name: &str) -> &str {
    if name == NONE { "none (bare task)" } else { name }
}

/// The order of names in which numbers count as numbers: `s2` before `s10`; the bare task before all other strategies.
pub fn by_numbers(a: &str, b: &str) -> Ordering {
    let key = |text: &str| {
        let mut out: Vec<(String, u64)> = Vec::new();
        let mut in_number = true;
        for c in text.chars() {
            if out.is_empty() || (in_number && !c.is_ascii_digit()) {
                out.push((String::new(), 0));
            }
            in_number = c.is_ascii_digit();
            if let (Some(last), digit) = (out.last_mut(), c.to_digit(10)) {
                match digit {
                    Some(digit) => last.1 = last.1.saturating_mul(10).saturating_add(u64::from(digit)),
                    None => last.0.push(c),
                }
            }
        }
        out
    };
    (a != NONE, key(a), a).cmp(&(b != NONE, key(b), b))
}

/// The first characters of a text that are about so many units wide in 12 units of type, with `…` where some are left out.
/// Widths are estimated: a renderer's own font decides.
pub fn fit(text: &str, units: f64) -> String {
    let width = |c: char| match c {
        'i' | 'l' | 'j' | 't' | 'f' | 'r' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | ' ' | '-' | '(' | ')' => 4.4,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 11.0,
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => 7.2,
        c if c.is_ascii() => 8.4,
        _ => 13.0,
    };
    let total: f64 = text.chars().map(width).sum();
    if total <= units {
        return text.to_owned();
    }
    let mut left = units - width('…');
    let mut out: String = text
        .chars()
        .take_while(|&c| {
            left -= width(c);
            left >= 0.0
        })
        .collect();
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_names_sort_as_numbers() {
        let mut names = ["s10", "s2", "z", "none", "s2b", "10", "9", "", "a"];
        names.sort_by(|a, b| by_numbers(a, b));
        assert_eq!(names, ["none", "", "9", "10", "a", "s2", "s2b", "s10", "z"]);
    }

    #[test]
    fn figures_have_their_decimals_and_a_minus_sign() {
        assert_eq!(
            (number(-12.46, 1), number(-0.04, 1), number(3.0, 2)),
            ("−12.5".into(), "0.0".into(), "3.00".into())
        );
        assert_eq!(
            (percent(None), probability(0.000_01), probability(0.05)),
            ("–".into(), "< 0.0001".into(), "0.0500".into())
        );
        let half = Rate { count: 1, of: 2, percent: Some(50.0), interval: Some(Interval { low: 9.5, high: 90.5 }) };
        assert_eq!(rate(&half), "50.0 % (1 of 2; 95 % interval 9.5 to 90.5)");
        assert_eq!(rate(&Rate { count: 0, of: 0, percent: None, interval: None }), "0 of 0");
    }

    #[test]
    fn long_labels_are_cut() {
        assert_eq!(fit("gpt-4.1", 100.0), "gpt-4.1");
        assert_eq!(fit("a-rather-long-name-of-a-model", 60.0), "a-rather…");
    }
}
