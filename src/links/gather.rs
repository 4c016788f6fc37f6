//! Reading the files that a file is analysed together with: those that its imports lead to, and on from there, within bounds.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use super::go_package::{Declared, MAX_FILES};
use super::resolve::{Importer, Paths, folder_of};
use super::{Neighbours, Unit};
use crate::inspect;
use crate::rules::Library;
use crate::snapshot::Snapshot;
use crate::syntax::hir::*;
use crate::syntax::language_of;

/// The most files that are read because of one.
const MAX_UNITS: usize = 64;
/// Over how many files imports are followed.
const MAX_DEPTH: usize = 3;
/// The most text that is read because of one file, in bytes.
const MAX_BYTES: usize = 400_000;
/// The most imports of a file that are looked up, and the most files that they may lead to.
const MAX_IMPORTS: usize = 1_000;
const MAX_FOUND: usize = 1_000;
/// How much text is kept lowered for other files that need it too, in bytes.
const KEPT_BYTES: usize = 800_000;
/// Of how many files of Go it is kept what they declare.
const KEPT_DECLARED: usize = 5_000;
/// The longest `go.mod` that is looked at, in bytes.
const MAX_GO_MOD: usize = 200_000;

/// Reads files of a snapshot for others that import them.
pub struct Gatherer<'a> {
    snapshot: &'a dyn Snapshot,
    library: &'a Library,
    /// Larger files are left out, in bytes.
    file_bytes: u64,
    paths: Paths,
    go_modules: Arc<[(String, String)]>,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    units: FxHashMap<String, Option<Arc<Unit>>>,
    bytes: usize,
    declared: FxHashMap<String, Arc<Declared>>,
}

impl<'a> Gatherer<'a> {
    /// A reader of files of `snapshot`; those larger than `file_bytes` are left out.
    pub fn new(snapshot: &'a dyn Snapshot, library: &'a Library, file_bytes: u64) -> Self {
        let paths: Paths = snapshot.paths().into_iter().filter(|p| language_of(p).is_some()).collect();
        let go_modules = go_modules(snapshot, &paths);
        Gatherer { snapshot, library, file_bytes, paths, go_modules, kept: Mutex::default() }
    }

    /// The files of languages that are analysed.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The file that its imports are looked up for.
    pub fn importer<'u>(&'u self, unit: &'u Unit) -> Importer<'u> {
        Importer {
            path: &unit.path,
            source: &unit.source,
            file: &unit.file,
            paths: &self.paths,
            go_modules: &self.go_modules,
        }
    }

    /// The files that a file is analysed together with: first what it imports itself, then what these import, as far as there
    /// is room.
    pub fn neighbours(&self, unit: &Unit) -> Neighbours {
        let mut seen = BTreeSet::from([unit.path.clone()]);
        let mut units: Vec<Arc<Unit>> = Vec::new();
        let mut bytes = 0;
        let mut level = self.imported(unit);
        for _ in 0..MAX_DEPTH {
            let mut next = Vec::new();
            for path in level {
                if units.len() >= MAX_UNITS || !seen.insert(path.clone()) {
                    continue;
                }
                let Some(found) = self.unit(&path) else { continue };
                let size = found.source.text().len();
                if bytes + size > MAX_BYTES {
                    continue;
                }
                bytes += size;
                next.extend(self.imported(&found));
                units.push(found);
            }
            level = next;
        }
        // What is imported runs before what imports it.
        units.reverse();
        Neighbours { units, go_modules: self.go_modules.clone() }
    }

    /// The files that a file's imports lead to, and those that share its names, each once.
    pub fn imported(&self, unit: &Unit) -> Vec<String> {
        let importer = self.importer(unit);
        let models = self.library.models(unit.file.language);
        let mut found = Found::default();
        let mut written = BTreeSet::new();
        for import in &unit.file.imports {
            // What the models know is what is meant, even where a file happens to be called the same.
            let first = import.path.split('.').next().unwrap_or_default();
            if models.is_modelled(&import.module) || models.is_modelled(first) {
                continue;
            }
            if found.is_full() || written.len() >= MAX_IMPORTS {
                break;
            }
            // `import a.b` and `import a.c` both bind `a`.
            if !written.insert((&import.path, unit.source.slice(import.span))) {
                continue;
            }
            let files = importer.lead(import).into_iter().flat_map(|lead| lead.files);
            match unit.file.language {
                Language::Go => {
                    found.extend(files.take(MAX_FILES).filter(|p| self.declared(p).is_named_by(unit)));
                }
                _ => found.extend(files.chain(importer.java_package(import))),
            }
        }
        match unit.file.language {
            Language::Go => found.extend(self.go_siblings(unit, importer.siblings()).into_iter()),
            _ => found.extend(importer.siblings().into_iter()),
        }
        found.paths
    }

    /// The files of a folder that are of the same package as one of them.
    fn go_siblings(&self, unit: &Unit, mut beside: Vec<String>) -> Vec<String> {
        if beside.len() >= MAX_FILES {
            return Vec::new();
        }
        let own = Declared::of(unit.source.text());
        beside.retain(|p| self.declared(p).belongs_to(unit, &own));
        beside
    }

    /// What a file of Go declares.
    fn declared(&self, path: &str) -> Arc<Declared> {
        if let Some(known) = self.lock().declared.get(path) {
            return known.clone();
        }
        let declared = match self.snapshot.read(path) {
            Ok(Some(bytes)) if bytes.len() as u64 <= self.file_bytes => Declared::of(&String::from_utf8_lossy(&bytes)),
            _ => Declared::default(),
        };
        let declared = Arc::new(declared);
        let mut kept = self.lock();
        if kept.declared.len() >= KEPT_DECLARED {
            kept.declared.clear();
        }
        kept.declared.insert(path.to_owned(), declared.clone());
        declared
    }

    /// A file, lowered; none where it cannot be read or analysed.
    pub fn unit(&self, path: &str) -> Option<Arc<Unit>> {
        if let Some(known) = self.lock().units.get(path) {
            return known.clone();
        }
        let unit = match self.snapshot.read(path) {
            // A defect costs this file, never the run.
            Ok(Some(bytes)) => catch_unwind(AssertUnwindSafe(|| inspect::lowered(path, &bytes, self.file_bytes).ok()))
                .ok()
                .flatten()
                .map(Arc::new),
            _ => None,
        };
        let mut kept = self.lock();
        let size = unit.as_ref().map_or(64, |u| u.source.text().len());
        if kept.bytes + size > KEPT_BYTES {
            kept.units.clear();
            kept.bytes = 0;
        }
        kept.bytes += size;
        kept.units.insert(path.to_owned(), unit.clone());
        unit
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Paths in the order in which they were found, each once.
#[derive(Default)]
struct Found {
    paths: Vec<String>,
    seen: BTreeSet<String>,
}

impl Found {
    fn is_full(&self) -> bool {
        self.paths.len() >= MAX_FOUND
    }

    fn extend(&mut self, paths: impl Iterator<Item = String>) {
        for path in paths {
            if !self.is_full() && self.seen.insert(path.clone()) {
                self.paths.push(path);
            }
        }
    }
}

/// The folders with a `go.mod`, and the path that each gives its packages.
fn go_modules(snapshot: &dyn Snapshot, paths: &Paths) -> Arc<[(String, String)]> {
    let mut folders = BTreeSet::new();
    for path in paths.iter().filter(|p| p.ends_with(".go")) {
        let mut folder = folder_of(path);
        while folders.insert(folder) && !folder.is_empty() {
            folder = folder_of(folder);
        }
    }
    let module = |folder: &str| {
        let path = if folder.is_empty() { "go.mod".to_owned() } else { format!("{folder}/go.mod") };
        let bytes = snapshot.read(&path).ok()??;
        let text = String::from_utf8_lossy(bytes.get(..bytes.len().min(MAX_GO_MOD))?).into_owned();
        let line = text.lines().find_map(|l| l.trim().strip_prefix("module"))?;
        let name = line.split("//").next()?.trim().trim_matches('"').to_owned();
        (!name.is_empty()).then(|| (folder.to_owned(), name))
    };
    folders.into_iter().filter_map(module).collect()
}
