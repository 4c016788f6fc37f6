//! Which files import given ones: what a change takes away from a file breaks where that file is used.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use rayon::prelude::*;

use super::Unit;
use super::gather::Gatherer;
use super::resolve::folder_of;
use crate::syntax::hir::Language;

/// The most files that are looked through for imports.
const MAX_READ: usize = 5_000;
/// The most files that are analysed because they import a changed one.
const MAX_FOUND: usize = 100;
/// Over how many files names are followed that are only handed on.
const MAX_HOPS: usize = 3;

/// The files that import one of `changed`, sorted, without those themselves; also those that get it by way of files that hand
/// on what they import. `text` gives a file's bytes.
pub fn importers(
    gatherer: &Gatherer<'_>,
    changed: &BTreeSet<String>,
    text: &(dyn Fn(&str) -> Option<Arc<[u8]>> + Sync),
) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut wanted = changed.clone();
    for _ in 0..MAX_HOPS {
        let found = importing(gatherer, &wanted, text);
        let new: Vec<Arc<Unit>> =
            found.into_iter().filter(|u| !changed.contains(&u.path) && !all.contains(&u.path)).collect();
        all.extend(new.iter().map(|u| u.path.clone()));
        wanted = new.iter().filter(|u| hands_on(u)).map(|u| u.path.clone()).collect();
        if wanted.is_empty() {
            break;
        }
    }
    all.into_iter().take(MAX_FOUND).collect()
}

fn importing(
    gatherer: &Gatherer<'_>,
    wanted: &BTreeSet<String>,
    text: &(dyn Fn(&str) -> Option<Arc<[u8]>> + Sync),
) -> Vec<Arc<Unit>> {
    let spoken: Vec<Spoken<'_>> = wanted.iter().map(|path| Spoken::of(path)).collect();
    let paths: Vec<&str> = gatherer.paths().iter().filter(|p| !wanted.contains(*p)).take(MAX_READ).collect();
    let found = paths.into_par_iter().filter_map(|path| {
        let bytes = text(path)?;
        let content = String::from_utf8_lossy(&bytes);
        if !spoken.iter().any(|s| s.is_in(path, &content)) {
            return None;
        }
        let unit = gatherer.unit(path)?;
        // A defect costs this file, never the run.
        let imported = catch_unwind(AssertUnwindSafe(|| gatherer.imported(&unit))).unwrap_or_default();
        imported.iter().any(|p| wanted.contains(p)).then_some(unit)
    });
    found.collect()
}

/// Whether others get from a file what it imports itself.
fn hands_on(unit: &Unit) -> bool {
    let named = unit.path.rsplit('/').next().is_some_and(|n| n.starts_with("__init__.") || n.starts_with("index."));
    let nameless = unit.file.language.base() == Language::JavaScript;
    named || nameless && unit.file.imports.iter().any(|i| i.local.is_none())
}

/// What a file that imports another one has to say.
struct Spoken<'a> {
    /// The name by which it is imported.
    name: &'a str,
    /// The folder in which nobody needs a name for it.
    beside: Option<&'a str>,
}

impl<'a> Spoken<'a> {
    fn of(path: &'a str) -> Spoken<'a> {
        let folder = folder_of(path);
        let file = path.rsplit('/').next().unwrap_or(path);
        let stem = file.split('.').next().unwrap_or(file);
        // It stands for its folder; inside it can be written `.`, and at the root of a module it has the module's name.
        if matches!(stem, "__init__" | "index") || file.ends_with(".go") {
            let name = folder.rsplit('/').next().unwrap_or_default();
            return Spoken { name, beside: Some(folder) };
        }
        Spoken { name: stem, beside: None }
    }

    fn is_in(&self, path: &str, content: &str) -> bool {
        let below =
            |folder: &str| folder.is_empty() || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        self.beside.is_some_and(below) || !self.name.is_empty() && content.contains(self.name)
    }
}
