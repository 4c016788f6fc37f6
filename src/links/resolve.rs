//! Where an import leads: from what is written in an import to files of the repository. Only paths are looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use crate::syntax::Source;
use crate::syntax::hir::*;

/// A longer path leads nowhere, in bytes.
const MAX_PATH: usize = 400;
/// In how many folders above a file a module is looked for.
const MAX_FOLDERS: usize = 32;
/// The endings under which a module of JavaScript is looked for, in this order.
const SCRIPT_ENDINGS: &[&str] = &[
    "",
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".mjs",
    ".cjs",
    ".mts",
    ".cts",
    "/index.ts",
    "/index.tsx",
    "/index.js",
    "/index.mjs",
    "/index.cjs",
];

/// The paths of a repository (or of a part of it).
#[derive(Debug, Clone, Default)]
pub struct Paths {
    all: BTreeSet<String>,
    /// The types of Java by the name of their file, and the folders that have some.
    java: OnceLock<JavaFiles>,
}

#[derive(Debug, Clone, Default)]
struct JavaFiles {
    by_name: BTreeMap<String, Vec<String>>,
    folders: BTreeSet<String>,
}

impl<P: Into<String>> FromIterator<P> for Paths {
    fn from_iter<I: IntoIterator<Item = P>>(paths: I) -> Self {
        Paths { all: paths.into_iter().map(Into::into).collect(), java: OnceLock::new() }
    }
}

impl Paths {
    /// Whether a file is there.
    pub fn contains(&self, path: &str) -> bool {
        self.all.contains(path)
    }

    /// All paths, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.all.iter().map(String::as_str)
    }

    /// The files directly in a folder, sorted.
    pub fn folder<'a>(&'a self, folder: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let from = start.clone();
        (self.all.range(from..))
            .take_while({
                let start = start.clone();
                move |p| p.starts_with(&start)
            })
            .map(String::as_str)
            .filter(move |p| p.get(start.len()..).is_some_and(|rest| !rest.contains('/')))
    }

    fn java(&self) -> &JavaFiles {
        self.java.get_or_init(|| {
            let mut files = JavaFiles::default();
            for path in self.iter().filter(|p| p.ends_with(".java")) {
                let folder = folder_of(path);
                let name = path.rsplit('/').next().unwrap_or(path);
                files.by_name.entry(name.to_owned()).or_default().push(path.to_owned());
                files.folders.insert(folder.to_owned());
            }
            files
        })
    }

    /// The file of Java whose path ends so, whole components only; of several the one that shares most with `near`.
    fn java_file(&self, end: &str, near: &str) -> Option<&str> {
        let named = self.java().by_name.get(end.rsplit('/').next()?)?;
        let shared = |p: &str| p.bytes().zip(near.bytes()).take_while(|(a, b)| a == b).count();
        let fitting = named.iter().map(String::as_str).filter(|p| ends_with(p, end));
        fitting.max_by_key(|p| (shared(p), std::cmp::Reverse(p.len())))
    }
}

/// Whether a path ends with whole components of another.
fn ends_with(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// Where an import leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// The files that make up the module; several only for a package of Go.
    pub files: Vec<String>,
    /// The name of the module, the same for everyone who imports it.
    pub module: String,
    /// What is taken from it, from the outside in; nothing for the module itself, `*` for all its names.
    pub rest: Vec<String>,
}

/// A file with imports, and what they are looked up in.
pub struct Importer<'a> {
    /// Its path.
    pub path: &'a str,
    /// Its text.
    pub source: &'a Source,
    /// What it was lowered to.
    pub file: &'a File,
    /// The files that are there.
    pub paths: &'a Paths,
    /// As in [`super::Neighbours`].
    pub go_modules: &'a [(String, String)],
}

impl Importer<'_> {
    /// Where an import leads, if to a file of the repository.
    pub fn lead(&self, import: &Import) -> Option<Lead> {
        match self.file.language.base() {
            Language::Python => self.python(import),
            Language::Java => self.java(&import.path),
            Language::Go => self.go(&import.path),
            _ => self.script(import),
        }
    }

    /// The files that share the names of this one without any import: those of its package that it speaks of.
    pub fn siblings(&self) -> Vec<String> {
        let folder = folder_of(self.path);
        let own = |p: &&str| *p != self.path;
        match self.file.language {
            Language::Java => {
                let named = |p: &&str| java_type(p).is_some_and(|t| self.file.names.get(t).is_some());
                self.paths.folder(folder).filter(own).filter(named).map(str::to_owned).collect()
            }
            Language::Go => self.go_files(folder).into_iter().filter(|p| p != self.path).collect(),
            _ => Vec::new(),
        }
    }

    fn python(&self, import: &Import) -> Option<Lead> {
        // `import a.b` binds `a`, but it is `a.b` that is read.
        let written = self.source.slice(import.span);
        let plain = import.path == import.module && written.starts_with(&*import.path) && !written.contains(" as ");
        let path = if plain { written.trim() } else { &*import.path };
        if path.len() > MAX_PATH {
            return None;
        }
        let dots = path.len() - path.trim_start_matches('.').len();
        let names: Vec<&str> = path.split('.').filter(|n| !n.is_empty()).collect();
        if dots > 0 {
            let mut base = folder_of(self.path);
            for _ in 1..dots {
                base = (!base.is_empty()).then(|| folder_of(base))?;
            }
            return self.python_in(base, &names, true);
        }
        let mut base = folder_of(self.path);
        for _ in 0..MAX_FOLDERS {
            let source = if base.is_empty() { "src".to_owned() } else { format!("{base}/src") };
            if let Some(lead) = self.python_in(base, &names, false).or_else(|| self.python_in(&source, &names, false)) {
                return Some(lead);
            }
            if base.is_empty() {
                return None;
            }
            base = folder_of(base);
        }
        None
    }

    /// The module that the most of these names give, below a folder.
    fn python_in(&self, base: &str, names: &[&str], relative: bool) -> Option<Lead> {
        let least = usize::from(!relative);
        (least..=names.len()).rev().find_map(|count| {
            let (module, rest) = names.split_at_checked(count)?;
            let path = joined(base, &module.join("/"));
            let file =
                [format!("{path}.py"), joined(&path, "__init__.py")].into_iter().find(|f| self.paths.contains(f))?;
            let absolute = if relative { path.replace('/', ".") } else { module.join(".") };
            Some(Lead { files: vec![file], module: absolute, rest: owned(rest) })
        })
    }

    fn script(&self, import: &Import) -> Option<Lead> {
        let module = &*import.module;
        let bases: Vec<String> = match module.split_once('/') {
            Some(("." | "..", _)) => vec![normal(&joined(folder_of(self.path), module))?],
            _ if module == "." || module == ".." => vec![normal(&joined(folder_of(self.path), module))?],
            // What bundlers are usually told to take for the root of the sources.
            Some(("@" | "~", rest)) => vec![joined("src", rest), rest.to_owned()],
            _ => return None,
        };
        let file = bases.iter().find_map(|base| self.script_file(base))?;
        let rest = import.path.strip_prefix(module)?.split('.').filter(|n| !n.is_empty());
        Some(Lead { module: file.clone(), files: vec![file], rest: rest.map(str::to_owned).collect() })
    }

    /// The module's file. TypeScript names the file that will be there once it is compiled.
    fn script_file(&self, base: &str) -> Option<String> {
        let compiled = [".js", ".mjs", ".cjs", ".jsx"].iter().find_map(|e| base.strip_suffix(e));
        let all = [Some(base), compiled];
        all.into_iter().flatten().find_map(|b| {
            SCRIPT_ENDINGS
                .iter()
                .map(|e| format!("{b}{e}").trim_start_matches('/').to_owned())
                .find(|f| self.is_script(f))
        })
    }

    fn is_script(&self, path: &str) -> bool {
        self.paths.contains(path) && crate::syntax::language_of(path).is_some_and(|l| l.base() == Language::JavaScript)
    }

    fn java(&self, path: &str) -> Option<Lead> {
        if path.len() > MAX_PATH {
            return None;
        }
        let names: Vec<&str> = path.split('.').collect();
        (1..=names.len()).rev().find_map(|count| {
            let (ty, rest) = names.split_at_checked(count)?;
            let file = self.paths.java_file(&format!("{}.java", ty.join("/")), self.path)?;
            let rest: Vec<&str> = ty.last().into_iter().chain(rest).copied().collect();
            Some(Lead { files: vec![file.to_owned()], module: ty.join("."), rest: owned(&rest) })
        })
    }

    /// The types of a package that this file takes all names from, those that it speaks of.
    pub fn java_package(&self, import: &Import) -> Vec<String> {
        let Some(package) = import.path.strip_suffix(".*").filter(|_| self.file.language == Language::Java) else {
            return Vec::new();
        };
        let wanted = package.replace('.', "/");
        let named = |p: &&str| java_type(p).is_some_and(|t| self.file.names.get(t).is_some());
        let folders = self.paths.java().folders.iter().filter(|f| ends_with(f, &wanted));
        folders.flat_map(|f| self.paths.folder(f)).filter(named).map(str::to_owned).collect()
    }

    fn go(&self, path: &str) -> Option<Lead> {
        let below = |root: &str| path.strip_prefix(root).filter(|r| r.is_empty() || r.starts_with('/'));
        let of_module = (self.go_modules.iter())
            .filter_map(|(folder, module)| Some((module.len(), joined(folder, below(module)?.trim_start_matches('/')))))
            .max();
        // The names of a package that is taken whole stand behind its path.
        let (folder, name) = match of_module {
            Some((_, folder)) if self.go_files(&folder).is_empty() => {
                let (folder, name) = folder.rsplit_once('.')?;
                (folder.to_owned(), Some(name.to_owned()))
            }
            Some((_, folder)) => (folder, None),
            None => return None,
        };
        let files = self.go_files(&folder);
        let module = name.as_ref().and_then(|n| path.strip_suffix(&format!(".{n}"))).unwrap_or(path);
        let module = module.to_owned();
        (!files.is_empty()).then(|| Lead { files, module, rest: name.into_iter().collect() })
    }

    /// The files of the package in a folder.
    fn go_files(&self, folder: &str) -> Vec<String> {
        let is_test = |p: &str| p.ends_with("_test.go") && !self.path.ends_with("_test.go");
        self.paths.folder(folder).filter(|p| p.ends_with(".go") && !is_test(p)).map(str::to_owned).collect()
    }
}

/// The folder that a path is in; empty at the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The type that a file of Java is named after.
fn java_type(path: &str) -> Option<&str> {
    path.rsplit('/').next()?.strip_suffix(".java")
}

fn joined(folder: &str, name: &str) -> String {
    match (folder.is_empty(), name.is_empty()) {
        (true, _) => name.to_owned(),
        (_, true) => folder.to_owned(),
        _ => format!("{folder}/{name}"),
    }
}

/// A path without `.` and `..`; none where it leaves the repository.
fn normal(path: &str) -> Option<String> {
    let mut out: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = out.pop()?,
            _ => out.push(part),
        }
    }
    Some(out.join("/"))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|n| (*n).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::inspect::lowered;

    /// What the imports of a file lead to, each as `file rest`.
    fn leads(path: &str, code: &str, others: &[&str]) -> Vec<String> {
        let unit = lowered(path, code.as_bytes(), 10_000).expect("it can be read");
        let paths: Paths = others.iter().copied().chain([path]).collect();
        let go_modules = [(String::new(), "example.com/shop".to_owned()), ("tools".to_owned(), "tools.dev".to_owned())];
        let importer =
            Importer { path, source: &unit.source, file: &unit.file, paths: &paths, go_modules: &go_modules };
        let lead = |l: Lead| format!("{} {}", l.files.join(","), l.rest.join("."));
        let mut all: Vec<String> = unit.file.imports.iter().filter_map(|i| importer.lead(i)).map(lead).collect();
        all.extend(unit.file.imports.iter().flat_map(|i| importer.java_package(i)));
        all.extend(importer.siblings().into_iter().map(|s| format!("beside {s}")));
        all
    }

    #[test]
    fn python_finds_modules_packages_and_names() {
        let others = ["app/db.py", "app/models/__init__.py", "app/models/user.py", "src/shared/text.py", "local.py"];
        let at = |code: &str| leads("app/web/page.py", code, &others);
        assert_eq!(at("from app.db import find, connection as c"), ["app/db.py find", "app/db.py connection"]);
        assert_eq!(at("from app.models import user"), ["app/models/user.py "]);
        assert_eq!(at("from app.models import Base"), ["app/models/__init__.py Base"]);
        assert_eq!(at("import app.models.user"), ["app/models/user.py "]);
        assert_eq!(at("import app.db as store"), ["app/db.py "]);
        assert_eq!(at("from ..db import find"), ["app/db.py find"]);
        assert_eq!(at("from .. import db"), ["app/db.py "]);
        assert_eq!(at("from shared.text import *"), ["src/shared/text.py *"]);
        assert_eq!(at("import local"), ["local.py "]);
        assert_eq!(at("import os, flask\nfrom ....far import away\nfrom . import nothing"), [""; 0]);
    }

    #[test]
    fn scripts_find_files_and_folders() {
        let others = ["src/db/index.ts", "src/clean.ts", "src/data.json", "src/ui/view.jsx", "lib.js"];
        let at = |code: &str| leads("src/web/page.js", code, &others);
        assert_eq!(at("import db, { find } from '../db'"), ["src/db/index.ts ", "src/db/index.ts find"]);
        assert_eq!(at("const { trim } = require('../clean.js')"), ["src/clean.ts trim"]);
        assert_eq!(at("import * as view from '@/ui/view'"), ["src/ui/view.jsx "]);
        assert_eq!(at("const lib = require('../../lib')"), ["lib.js "]);
        assert_eq!(at("require('../data.json'); import x from '../../../lib'; import e from 'express'"), [""; 0]);
    }

    #[test]
    fn java_finds_types_members_and_packages() {
        let others = [
            "core/src/main/java/shop/data/Items.java",
            "core/src/main/java/shop/data/Other.java",
            "old/shop/data/Items.java",
            "core/src/main/java/shop/web/Words.java",
            "core/src/main/java/shop/web/Unused.java",
        ];
        let at = |code: &str| leads("core/src/main/java/shop/web/Page.java", code, &others);
        assert_eq!(at("import shop.data.Items;"), ["core/src/main/java/shop/data/Items.java Items"]);
        assert_eq!(
            at("import static shop.data.Items.number;"),
            ["core/src/main/java/shop/data/Items.java Items.number"]
        );
        let named = "import shop.data.*;\nimport java.sql.Connection;\nclass Page { Items items; Words words; }";
        let found = ["core/src/main/java/shop/data/Items.java", "old/shop/data/Items.java"].map(str::to_owned);
        let mut all = found.to_vec();
        all.push("beside core/src/main/java/shop/web/Words.java".to_owned());
        assert_eq!(at(named), all);
    }

    #[test]
    fn go_finds_packages_by_their_modules() {
        let others = ["store/a.go", "store/b.go", "store/a_test.go", "tools/x/x.go", "web/more.go"];
        let at = |code: &str| leads("web/page.go", &format!("package web\n{code}"), &others);
        let beside = "beside web/more.go";
        assert_eq!(at("import \"example.com/shop/store\""), ["store/a.go,store/b.go ", beside]);
        assert_eq!(at("import \"tools.dev/x\""), ["tools/x/x.go ", beside]);
        assert_eq!(at("import (\n\"net/http\"\n\"example.com/shop/none\"\n)"), [beside]);
    }
}
