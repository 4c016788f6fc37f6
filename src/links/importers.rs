//! Which files import given ones: what a change takes away from a file breaks where that file is used.

use std::collections::BTreeSet;

use super::gather::Gatherer;
use super::resolve::folder_of;

/// The most files that are looked through for imports.
const MAX_READ: usize = 5_000;
/// The most files that are analysed because they import a changed one.
const MAX_FOUND: usize = 100;

/// The files that import one of `changed`, sorted, without those themselves. `text` gives a file's bytes.
pub fn importers(
    gatherer: &Gatherer<'_>,
    changed: &BTreeSet<String>,
    text: &dyn Fn(&str) -> Option<std::sync::Arc<[u8]>>,
) -> Vec<String> {
    let names: BTreeSet<&str> = changed.iter().filter_map(|p| spoken_name(p)).collect();
    let mut found = Vec::new();
    for path in gatherer.paths().iter().filter(|p| !changed.contains(*p)).take(MAX_READ) {
        if found.len() >= MAX_FOUND {
            break;
        }
        let Some(bytes) = text(path) else { continue };
        let content = String::from_utf8_lossy(&bytes);
        // Files of one package of Go do not name each other.
        let beside = path.ends_with(".go") && changed.iter().any(|c| folder_of(c) == folder_of(path));
        if !beside && !names.iter().any(|name| content.contains(name)) {
            continue;
        }
        let Some(unit) = gatherer.unit(path) else { continue };
        if gatherer.imported(&unit).iter().any(|p| changed.contains(p)) {
            found.push(path.to_owned());
        }
    }
    found
}

/// What an import of a file has to say: its name, or its folder's where that stands for it.
fn spoken_name(path: &str) -> Option<&str> {
    let name = path.rsplit('/').next()?;
    let stem = name.split('.').next()?;
    let by_folder = matches!(stem, "__init__" | "index") || name.ends_with(".go");
    let folder = folder_of(path).rsplit('/').next().filter(|f| !f.is_empty());
    Some(if by_folder { folder.unwrap_or(stem) } else { stem }).filter(|n| !n.is_empty())
}
