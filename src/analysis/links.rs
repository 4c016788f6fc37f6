//! Names that come from other files of the repository, where these are part of the program.

use std::rc::Rc;

use super::engine::Engine;
use super::value::{Path, Value};
use crate::syntax::hir::*;

/// The modules that have been asked for which name; none is asked twice.
type Asked = Vec<(FunctionId, Name)>;

/// How many imports are looked through at the cost of a step.
const IMPORTS_A_STEP: usize = 64;

impl Engine<'_> {
    /// Whether a function is the body of a module.
    pub fn is_module(&self, function: FunctionId) -> bool {
        function == MODULE || self.links.roots.contains(&function)
    }

    /// The module that a function belongs to.
    pub fn module_of(&self, mut function: FunctionId) -> FunctionId {
        while let Some(parent) = self.file.functions.get(function.index()).and_then(|f| f.parent) {
            function = parent;
        }
        function
    }

    /// The functions, or classes, of the file itself come first.
    pub fn is_own(&self, function: FunctionId) -> bool {
        function.index() < self.links.functions
    }

    /// What an import binds, when it leads to a file that is part of the program.
    pub fn linked(&self, import: u32) -> Option<Value> {
        self.linked_by(import, &mut Asked::new())
    }

    fn linked_by(&self, import: u32, asked: &mut Asked) -> Option<Value> {
        let target = self.links.target(import)?;
        let Some((first, rest)) = target.rest.split_first() else {
            return Some(self.module_value(&target.roots, &target.module));
        };
        let mut value = self.exported(&target.roots, first, asked)?;
        for name in rest {
            value = match self.methods(&value, name, None) {
                methods if !methods.is_empty() => Value { callables: Some(Rc::new(methods)), ..Value::default() },
                _ => value.field(name).or_else(|| self.class_field(&value, name))?,
            };
        }
        Some(value)
    }

    /// The path by which what an import binds is known.
    pub fn linked_path(&self, import: u32) -> Option<String> {
        if self.links.is_empty() {
            return None;
        }
        self.linked(import)?.path.map(|p| p.to_string())
    }

    /// A module as a value: what it exports as a whole, else just its name.
    fn module_value(&self, roots: &[FunctionId], module: &str) -> Value {
        let whole = roots.iter().find_map(|root| self.exported_whole(*root)).unwrap_or_default();
        let path = whole.path.clone().unwrap_or_else(|| Path::from(module));
        whole.with_path(Some(path))
    }

    /// What a module of JavaScript exports as a whole.
    fn exported_whole(&self, root: FunctionId) -> Option<Value> {
        if let Some(default) = self.default_exports.get(&root) {
            return Some(default.clone());
        }
        let module = self.file.names.get("module")?;
        self.module_state.get((root, module))?.field("exports")
    }

    /// A member of a value that is a module of the program.
    pub fn module_member(&self, receiver: &Value, name: &str) -> Option<Value> {
        let roots = self.links.module(receiver.path.as_deref()?)?;
        receiver.field(name).or_else(|| self.exported(roots, name, &mut Asked::new()))
    }

    /// A name of a module, as others see it.
    fn exported(&self, roots: &[FunctionId], name: &str, asked: &mut Asked) -> Option<Value> {
        let id = self.file.names.get(name)?;
        roots.iter().find_map(|root| {
            if asked.contains(&(*root, id)) {
                return None;
            }
            asked.push((*root, id));
            self.declared_in(*root, id, asked)
                .or_else(|| self.exported_whole(*root).and_then(|v| v.field(name)))
                .or_else(|| self.module_state.get((*root, self.file.names.get("exports")?))?.field(name))
                .or_else(|| self.handed_on(*root, name, asked))
        })
    }

    /// What a module declares under a name.
    fn declared_in(&self, root: FunctionId, name: Name, asked: &mut Asked) -> Option<Value> {
        if let Some(import) = self.scopes.import(root, name) {
            let path = self.file.imports.get(import as usize).map(|i| Value::of_path(&*i.path));
            return self.linked_by(import, asked).or(path);
        }
        if let Some(value) = self.module_state.get((root, name)) {
            return Some(value.clone());
        }
        if let Some(function) = self.scopes.function(root, name) {
            return Some(Value { callables: Some(Rc::new(vec![function])), ..Value::default() });
        }
        self.scopes.class(root, name).map(|class| Value::of_path(&*self.file.class(class).symbol))
    }

    /// What a module takes from others only to hand it on (`export … from`, `from … import *`).
    fn handed_on(&self, root: FunctionId, name: &str, asked: &mut Asked) -> Option<Value> {
        self.charge(self.file.imports.len() / IMPORTS_A_STEP);
        let nameless = self.file.imports.iter().enumerate().filter(|(_, i)| i.local.is_none() && i.scope == root);
        nameless.into_iter().find_map(|(i, _)| {
            let target = self.links.target(i as u32)?;
            match target.rest.last().map(|l| &**l) {
                None | Some("*") => self.exported(&target.roots, name, asked),
                Some(last) if last == name => self.linked_by(i as u32, asked),
                _ => None,
            }
        })
    }

    /// A name that its file does not declare: another file of the same package does, or one whose names it takes all.
    pub fn shared_name(&self, name: Name) -> Option<Value> {
        if self.links.is_empty() {
            return None;
        }
        let module = self.module_of(self.current());
        let beside = self.links.siblings(module).iter().find_map(|root| match self.scopes.import(*root, name) {
            Some(_) => None,
            None => self.declared_in(*root, name, &mut Asked::new()),
        });
        beside.or_else(|| match self.file.language {
            Language::Python => self.handed_on(module, self.file.text(name), &mut Asked::new()),
            _ => None,
        })
    }
}
