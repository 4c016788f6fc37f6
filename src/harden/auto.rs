//! `auto`: the order of strategies by what was measured for this model, language and weakness.

use std::sync::LazyLock;

use crate::syntax::hir::Language;

/// What was measured: one row a model, language, CWE and strategy (`*` for all of them), with how many tasks were tried and
/// how many of them ended with a verified fix. The study writes such tables.
const MEASURED: &str = include_str!("../../prompts/measured.csv");

/// The order where nothing was measured: from what costs nothing to what costs most.
pub const DEFAULT_ORDER: [&str; 5] = ["template", "lora", "chain-of-thought", "negative-example", "meta-prompt"];

/// A row of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Row {
    model: String,
    language: String,
    cwe: String,
    strategy: String,
    tried: u32,
    verified: u32,
}

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| parse(MEASURED));

fn parse(text: &str) -> Vec<Row> {
    let rows = text.lines().filter(|l| !l.starts_with('#')).skip(1);
    rows.filter_map(|line| {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let [model, language, cwe, strategy, tried, verified] = cells[..] else { return None };
        Some(Row {
            model: model.to_string(),
            language: language.to_string(),
            cwe: cwe.to_string(),
            strategy: strategy.to_string(),
            tried: tried.parse().ok()?,
            verified: verified.parse().ok()?,
        })
    })
    .collect()
}

/// The strategies in the order in which they are tried: templates first, since they cost nothing, then those that ask a model,
/// by the share of tasks that they are expected to mend. What was measured for the weakness counts most, then what for the
/// language, the model and any model; where there is nothing, [`DEFAULT_ORDER`] holds.
pub fn order<'n>(names: &[&'n str], model: Option<&str>, language: Language, cwe: &[u32]) -> Vec<&'n str> {
    by(&ROWS, names, model, language, cwe)
}

fn by<'n>(rows: &[Row], names: &[&'n str], model: Option<&str>, language: Language, cwe: &[u32]) -> Vec<&'n str> {
    let default = |name: &str| DEFAULT_ORDER.iter().position(|n| *n == name).unwrap_or(DEFAULT_ORDER.len());
    let mut keyed: Vec<(u32, usize, &str)> = names
        .iter()
        .map(|name| {
            let rate = if *name == "template" { u32::MAX } else { rate(rows, name, model, language, cwe) };
            (u32::MAX - rate, default(name), *name)
        })
        .collect();
    keyed.sort_unstable();
    keyed.into_iter().map(|(.., name)| name).collect()
}

/// How many tasks what was measured more generally counts for. With one task a weakness, as in the table so far, the model
/// as a whole says more than the one task.
const PRIOR: f64 = 2.0;

/// The share of mended tasks to expect, in millionths. It begins with a coin, and is drawn by what was measured for other models,
/// for this one, for its language and for the weakness, each with the estimate before it as its prior (the mean of a beta
/// distribution).
fn rate(rows: &[Row], strategy: &str, model: Option<&str>, language: Language, cwe: &[u32]) -> u32 {
    let same_model = |row: &&Row| Some(row.model.as_str()) == model;
    let same_language = |row: &&Row| row.language == language.base().name();
    let same_cwe = |row: &&Row| row.cwe.parse().is_ok_and(|c: u32| cwe.contains(&c));
    // How much of what is asked for a row is about: each row counts once.
    let level = |row: &&Row| match (same_model(row), same_language(row), same_cwe(row)) {
        (false, ..) => 0,
        (true, false, _) => 1,
        (true, true, false) => 2,
        (true, true, true) => 3,
    };
    let share = (0..4).fold(0.5, |before: f64, wanted| {
        let (mut tried, mut verified) = (0.0, 0.0);
        for row in rows.iter().filter(|row| row.strategy == strategy && level(row) == wanted) {
            tried += f64::from(row.tried);
            verified += f64::from(row.verified.min(row.tried));
        }
        (verified + PRIOR * before) / (tried + PRIOR)
    });
    // Between 0 and a million.
    (share * 1e6).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
# a comment
model,language,cwe,strategy,tried,verified
a,python,89,meta-prompt,10,9
a,python,89,chain-of-thought,10,2
a,python,79,chain-of-thought,10,8
a,python,79,meta-prompt,10,1
b,go,*,negative-example,10,10
broken line
";
    const NAMES: &[&str] = &["meta-prompt", "chain-of-thought", "negative-example", "template"];

    fn ordered(model: Option<&str>, language: Language, cwe: &[u32]) -> Vec<&'static str> {
        by(&parse(TABLE), NAMES, model, language, cwe)
    }

    #[test]
    fn what_was_measured_for_the_weakness_counts_first() {
        let order = ordered(Some("a"), Language::Python, &[89]);
        assert_eq!(order, ["template", "negative-example", "meta-prompt", "chain-of-thought"]);
        let order = ordered(Some("a"), Language::Python, &[79]);
        assert_eq!(order, ["template", "negative-example", "chain-of-thought", "meta-prompt"]);
    }

    #[test]
    fn one_task_says_less_than_many_of_the_same_model() {
        let table = "m,l,c,s,t,v\na,python,89,meta-prompt,1,1\na,python,89,chain-of-thought,1,0\na,go,79,meta-prompt,40,2\na,go,79,chain-of-thought,40,38\n";
        let order = by(&parse(table), NAMES, Some("a"), Language::Python, &[89]);
        assert_eq!(order, ["template", "chain-of-thought", "negative-example", "meta-prompt"]);
    }

    #[test]
    fn without_measurements_the_default_order_holds() {
        let order = by(&[], NAMES, Some("x"), Language::Java, &[22]);
        assert_eq!(order, ["template", "chain-of-thought", "negative-example", "meta-prompt"]);
    }

    #[test]
    fn the_built_in_table_can_be_read() {
        let rows = MEASURED.lines().filter(|l| !l.starts_with('#') && !l.trim().is_empty()).count();
        assert_eq!(ROWS.len() + 1, rows);
        assert!(ROWS.iter().all(|r| r.verified <= r.tried && DEFAULT_ORDER.contains(&r.strategy.as_str())));
    }
}
