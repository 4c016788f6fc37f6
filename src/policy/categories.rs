//! Published lists of weaknesses, by which a policy can name many CWE numbers at once. The lists are data:
//! `policies/categories.yml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

const TEXT: &str = include_str!("../../policies/categories.yml");

/// A published list, by its name: `cwe-top-25`, `owasp-top-10`, `owasp-a03`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Category(&'static str);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Listed {
    title: String,
    #[serde(default)]
    cwe: Vec<u32>,
    /// Lists whose numbers belong to this one too.
    #[serde(default)]
    of: Vec<String>,
}

static LISTED: LazyLock<BTreeMap<String, Listed>> =
    LazyLock::new(|| crate::yaml::typed(TEXT, "list of categories").unwrap_or_default());

impl Category {
    /// All of them, sorted by name.
    pub fn all() -> impl Iterator<Item = Category> {
        LISTED.keys().map(|name| Category(name))
    }

    /// The category with a name.
    pub fn named(name: &str) -> Option<Category> {
        LISTED.get_key_value(name).map(|(name, _)| Category(name))
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.0
    }

    /// What it is called where it was published.
    pub fn title(self) -> &'static str {
        LISTED.get(self.0).map_or("", |listed| &listed.title)
    }

    /// Whether a CWE number is in it.
    pub fn has(self, cwe: u32) -> bool {
        let Some(listed) = LISTED.get(self.0) else { return false };
        let within = |name: &String| LISTED.get(name).is_some_and(|part| part.cwe.contains(&cwe));
        listed.cwe.contains(&cwe) || listed.of.iter().any(within)
    }

    /// The numbers in it, sorted.
    pub fn numbers(self) -> Vec<u32> {
        let parts = LISTED.get(self.0).into_iter().flat_map(|listed| &listed.of).filter_map(|name| LISTED.get(name));
        let own = LISTED.get(self.0).into_iter().chain(parts);
        let mut numbers: Vec<u32> = own.flat_map(|listed| listed.cwe.iter().copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_lists_are_whole() {
        assert_eq!(Category::named("cwe-top-25").unwrap().numbers().len(), 25);
        let tens: Vec<Category> = Category::all().filter(|c| c.name().starts_with("owasp-a")).collect();
        assert_eq!(tens.len(), 10);
        let top_10 = Category::named("owasp-top-10").unwrap();
        for part in tens {
            assert!(!part.numbers().is_empty() && part.numbers().iter().all(|cwe| top_10.has(*cwe)), "{part:?}");
            assert!(part.title().starts_with(&format!("A{}:2021", &part.name()[7..])), "{part:?}");
        }
        for (cwe, name) in [(89, "owasp-a03"), (22, "owasp-a01"), (327, "owasp-a02"), (918, "owasp-a10")] {
            assert!(Category::named(name).unwrap().has(cwe) && top_10.has(cwe), "{cwe}");
        }
        assert!(Category::named("owasp").is_none() && !top_10.has(1));
    }
}
