//! Several lowered files as one, so that the engine walks from one into another as it does within a file. The texts stand
//! one behind the other; a place in the joined text is a place in one of the files.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::resolve::{Importer, Lead, Paths, folder_of};
use super::{Neighbours, Unit, relocate};
use crate::finding::{FlowStep, Region};
use crate::syntax::Source;
use crate::syntax::hir::*;

/// What the engine works on.
pub struct Program<'a> {
    /// All files as one; the first is the one that is analysed.
    pub file: Cow<'a, File>,
    /// All texts as one.
    pub source: Cow<'a, Source>,
    /// How the files hang together.
    pub links: Links,
    path: &'a str,
    own: &'a Source,
    others: Vec<Placed>,
}

/// A file behind the first.
struct Placed {
    unit: Arc<Unit>,
    start: u32,
}

/// What an import binds.
#[derive(Debug, Clone)]
pub struct Target {
    /// The modules that make it up.
    pub roots: Vec<FunctionId>,
    /// The name of the module.
    pub module: Box<str>,
    /// What is taken from it.
    pub rest: Vec<Box<str>>,
}

/// How the files of a program hang together.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// The modules other than the first, in the order in which they run.
    pub roots: Vec<FunctionId>,
    /// Where the functions of the first file end.
    pub functions: usize,
    /// Where the classes of the first file end.
    pub classes: usize,
    /// Where the first file's text ends, in bytes.
    pub bytes: u32,
    targets: FxHashMap<u32, Target>,
    modules: FxHashMap<Box<str>, Vec<FunctionId>>,
    siblings: FxHashMap<FunctionId, Vec<FunctionId>>,
}

impl Links {
    /// Whether there is just one file.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// What an import leads to.
    pub fn target(&self, import: u32) -> Option<&Target> {
        self.targets.get(&import)
    }

    /// The modules that a name stands for.
    pub fn module(&self, name: &str) -> Option<&[FunctionId]> {
        if self.is_empty() { None } else { self.modules.get(name).map(Vec::as_slice) }
    }

    /// What belongs to the first file.
    pub fn own(&self) -> Own {
        Own { functions: self.functions, bytes: self.bytes }
    }

    /// The modules that share the names of this one.
    pub fn siblings(&self, root: FunctionId) -> &[FunctionId] {
        self.siblings.get(&root).map_or(&[], Vec::as_slice)
    }
}

/// The part of a program that the first file is.
#[derive(Debug, Clone, Copy)]
pub struct Own {
    /// How many functions it has.
    pub functions: usize,
    /// How long its text is, in bytes.
    pub bytes: u32,
}

impl Own {
    /// Whether a place is in its text.
    pub fn has(self, span: Span) -> bool {
        span.start < self.bytes
    }

    /// Whether a function is one of its own.
    pub fn has_function(self, function: FunctionId) -> bool {
        function.index() < self.functions
    }
}

impl<'a> Program<'a> {
    /// One file by itself.
    pub fn alone(path: &'a str, source: &'a Source, file: &'a File) -> Program<'a> {
        let links =
            Links { functions: file.functions.len(), classes: file.classes.len(), bytes: u32::MAX, ..Links::default() };
        let (file, joined) = (Cow::Borrowed(file), Cow::Borrowed(source));
        Program { file, source: joined, links, path, own: source, others: Vec::new() }
    }

    /// A file with those that it is analysed together with.
    pub fn link(path: &'a str, source: &'a Source, file: &'a File, neighbours: &Neighbours) -> Program<'a> {
        let mut program = Program::alone(path, source, file);
        if neighbours.units.is_empty() {
            return program;
        }
        program.links.bytes = Span::new(0, source.text().len()).end;
        let mut text = source.text().to_owned();
        let mut whole = file.clone();
        for unit in &neighbours.units {
            text.push('\n');
            let start = Span::new(0, text.len()).end;
            text.push_str(unit.source.text());
            program.links.roots.push(relocate::append(&mut whole, &unit.file, start));
            program.others.push(Placed { unit: unit.clone(), start });
        }
        program.file = Cow::Owned(whole);
        program.source = Cow::Owned(Source::new(text.as_bytes()));
        program.tie(file, &neighbours.go_modules);
        program
    }

    /// Finds out what the imports of all files bind.
    fn tie(&mut self, first: &File, go_modules: &[(String, String)]) {
        let all: Vec<(&str, &Source, &File, FunctionId)> = std::iter::once((self.path, self.own, first, MODULE))
            .chain(self.others.iter().zip(&self.links.roots).map(|(placed, root)| {
                let unit = &placed.unit;
                (unit.path.as_str(), &*unit.source, &*unit.file, *root)
            }))
            .collect();
        let paths: Paths = all.iter().map(|(path, ..)| *path).collect();
        let roots: FxHashMap<&str, FunctionId> = all.iter().map(|(path, _, _, root)| (*path, *root)).collect();
        let mut tied = Tied::default();
        let mut index = 0;
        for (path, source, file, root) in &all {
            let importer = Importer { path, source, file, paths: &paths, go_modules };
            for import in &file.imports {
                if let Some(lead) = importer.lead(import) {
                    tied.add(index, lead, &roots);
                }
                index += 1;
            }
            if file.language == Language::Go {
                let siblings = importer.siblings();
                tied.siblings.insert(*root, siblings.iter().filter_map(|p| roots.get(p.as_str()).copied()).collect());
            }
        }
        let names = self.class_names(&tied);
        let file = self.file.to_mut();
        for (class, name) in names {
            if let Some(class) = file.classes.get_mut(class) {
                class.symbol = name;
            }
        }
        self.links.targets = tied.targets;
        self.links.modules = tied.modules;
        self.links.siblings = tied.siblings;
    }

    /// What the classes of the files behind the first are called: as the engine finds them by the path of an import. Types
    /// of Java, and those of the same package in Go, are spoken of by their own names.
    fn class_names(&self, tied: &Tied) -> Vec<(usize, Box<str>)> {
        let mut out: Vec<(usize, Box<str>)> = Vec::new();
        let mut taken: FxHashSet<Box<str>> =
            self.file.classes.iter().take(self.links.classes).map(|c| c.symbol.clone()).collect();
        let mut first = self.links.classes;
        for (placed, root) in self.others.iter().zip(&self.links.roots) {
            let unit = &placed.unit;
            let same_package = unit.file.language == Language::Go && folder_of(&unit.path) == folder_of(self.path);
            let by_name = unit.file.language == Language::Java || same_package;
            let module = tied.modules.iter().filter(|(_, roots)| roots.contains(root)).map(|(name, _)| name).min();
            let module = module.map_or(unit.path.as_str(), |m| m);
            for (i, class) in unit.file.classes.iter().enumerate() {
                let qualified = || format!("{module}.{}", class.symbol).into();
                let free = by_name && !taken.contains(&class.symbol);
                let name: Box<str> = if free { class.symbol.clone() } else { qualified() };
                if by_name {
                    taken.insert(name.clone());
                }
                out.push((first + i, name));
            }
            first += unit.file.classes.len();
        }
        out
    }

    /// The path of the first file.
    pub fn path(&self) -> &str {
        self.path
    }

    /// The text of the first file.
    pub fn own_source(&self) -> &Source {
        self.own
    }

    /// A place of the joined text as a step of a flow: in the file that it belongs to.
    pub fn step(&self, span: Span, message: String) -> FlowStep {
        let after = self.others.partition_point(|o| o.start <= span.start);
        let (path, region) = match after.checked_sub(1).and_then(|i| self.others.get(i)) {
            Some(placed) => {
                let span = Span { start: span.start - placed.start, end: span.end.saturating_sub(placed.start) };
                (placed.unit.path.as_str(), Region::of(&placed.unit.source, span))
            }
            None => (self.path, Region::of(self.own, span)),
        };
        FlowStep { path: path.to_owned(), region, message }
    }
}

#[derive(Default)]
struct Tied {
    targets: FxHashMap<u32, Target>,
    modules: FxHashMap<Box<str>, Vec<FunctionId>>,
    siblings: FxHashMap<FunctionId, Vec<FunctionId>>,
}

impl Tied {
    fn add(&mut self, import: u32, lead: Lead, roots: &FxHashMap<&str, FunctionId>) {
        let roots: Vec<FunctionId> = lead.files.iter().filter_map(|f| roots.get(f.as_str()).copied()).collect();
        if roots.is_empty() {
            return;
        }
        let module: Box<str> = lead.module.into();
        self.modules.entry(module.clone()).or_insert_with(|| roots.clone());
        let rest = lead.rest.into_iter().map(Into::into).collect();
        self.targets.insert(import, Target { roots, module, rest });
    }
}
