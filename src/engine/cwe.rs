//! What is known of weaknesses that other analysers name: which belong together, and which their rules are about where
//! they do not say so. Both are data.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// The most numbers of one finding.
const MAX: usize = 10;
/// Above every number that MITRE has given.
const HIGHEST: u32 = 9_999;

static FAMILIES: LazyLock<Vec<Vec<u32>>> =
    LazyLock::new(|| crate::yaml::typed(include_str!("data/cwe-families.yml"), "list of families").unwrap_or_default());

type Rules = BTreeMap<String, BTreeMap<String, Vec<u32>>>;

static RULES: LazyLock<Rules> =
    LazyLock::new(|| crate::yaml::typed(include_str!("data/known-rules.yml"), "list of rules").unwrap_or_default());

/// Whether two findings are about one weakness: they have a number in common, or two of one family.
pub fn related(one: &[u32], other: &[u32]) -> bool {
    let same = one.iter().any(|number| other.contains(number));
    same || FAMILIES.iter().any(|family| {
        let has = |numbers: &[u32]| numbers.iter().any(|number| family.contains(number));
        has(one) && has(other)
    })
}

/// The CWE numbers of a rule of a tool that is known; none of others.
pub fn of_rule(tool: &str, rule: &str) -> &'static [u32] {
    let tool = tool.to_ascii_lowercase();
    // Ruff has Bandit's rules under Bandit's numbers.
    let (tool, rule) = match rule.strip_prefix('S').filter(|_| tool == "ruff") {
        Some(number) => ("bandit", format!("B{number}")),
        None => (tool.as_str(), rule.to_owned()),
    };
    RULES.get(tool).and_then(|rules| rules.get(&rule)).map_or(&[], Vec::as_slice)
}

/// The number in `external/cwe/cwe-089`, `CWE-89`, `CWE-89: …` or `cwe:89`; none in a text that begins otherwise.
pub fn in_text(text: &str) -> Option<u32> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.strip_prefix("external/cwe/").unwrap_or(&text);
    let rest = text.strip_prefix("cwe")?.trim_start_matches(['-', '_', ':', ' ', '/']);
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    rest.get(..digits)?.parse().ok()
}

/// Numbers that can be CWE numbers, each once, in their order.
pub fn tidy(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut seen = BTreeSet::new();
    numbers.filter(|number| (1..=HIGHEST).contains(number) && seen.insert(*number)).take(MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_in_every_usual_form() {
        for text in ["external/cwe/cwe-089", "CWE-89", "CWE-89: SQL Injection", "cwe:89", "CWE89", " cwe_89 "] {
            assert_eq!(in_text(text), Some(89), "{text}");
        }
        for text in ["", "cwe", "CWE-", "security", "see CWE-89", "CWE-x89", "CWE-99999999999999"] {
            assert_eq!(in_text(text), None, "{text}");
        }
        assert_eq!(tidy([79, 0, 79, 10_000, 80].into_iter()), [79, 80]);
        assert_eq!(tidy(1..1000).len(), MAX);
    }

    #[test]
    fn the_data_is_whole() {
        assert!(FAMILIES.len() >= 10 && FAMILIES.iter().all(|family| family.len() >= 2));
        for (one, other, together) in
            [(78, 88, true), (79, 80, true), (22, 73, true), (798, 259, true), (327, 916, true), (78, 79, false)]
        {
            assert_eq!(related(&[one], &[other]), together, "{one} {other}");
        }
        assert!(!related(&[], &[]) && !related(&[], &[79]) && related(&[1], &[1]));
        let names: Vec<&str> = RULES.keys().map(String::as_str).collect();
        assert_eq!(names, ["bandit", "gosec"]);
        assert_eq!(of_rule("Bandit", "B602"), [78]);
        assert_eq!(of_rule("ruff", "S602"), [78]);
        assert_eq!(of_rule("gosec", "G404"), [338]);
        assert!(of_rule("ruff", "F401").is_empty() && of_rule("other", "B602").is_empty());
        for numbers in RULES.values().flat_map(BTreeMap::values) {
            assert!(!numbers.is_empty() && tidy(numbers.iter().copied()) == *numbers);
        }
    }
}
