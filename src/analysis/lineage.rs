//! What paths are a kind of, and what the models say of them.

use std::sync::Arc;

use super::engine::Engine;
use crate::rules::index::{Asked, Ref, is_builtin_type};
use crate::syntax::hir::*;

impl Engine<'_> {
    /// Whether the file imports one of these modules or something inside them.
    pub fn imports_any(&self, modules: &[String]) -> bool {
        self.imports.iter().any(|i| {
            modules.iter().any(|m| {
                i == m || (i.starts_with(m.as_str()) && matches!(i.as_bytes().get(m.len()), Some(b'.' | b'/')))
            })
        })
    }

    /// The path and all that it is a kind of; classes of the file and their bases included.
    pub fn lineage(&self, path: &str) -> Arc<Vec<String>> {
        if !self.has_bases {
            return self.index.lineage(path);
        }
        if let Some(known) = self.memo.lineages.borrow().get(path) {
            return known.clone();
        }
        let mut all = self.index.lineage(path);
        let mut next = 0;
        while let Some(bases) = all.get(next).map(|current| self.local_bases(current)) {
            next += 1;
            for derived in bases {
                for path in self.index.lineage(&derived).iter() {
                    if all.len() < 16 && !all.contains(path) {
                        Arc::make_mut(&mut all).push(path.clone());
                    }
                }
            }
        }
        self.memo.lineages.borrow_mut().insert(path.into(), all.clone());
        all
    }

    /// What the models say of doing something with `path`, or with what it is a kind of.
    pub fn said_of(&self, asked: Asked, path: &str, shape: bool) -> Arc<[Ref]> {
        let table = asked.index(shape);
        if let Some(known) = self.memo.said.borrow().get(table).and_then(|t| t.get(path)) {
            return known.clone();
        }
        let own = self.has_bases.then(|| self.lineage(path)).filter(|own| *own != self.index.lineage(path));
        let refs = match own {
            None => self.index.said(asked, path, shape),
            Some(lineage) => self.index.said_of_any(asked, &lineage, shape),
        };
        if let Some(table) = self.memo.said.borrow_mut().get_mut(table) {
            table.insert(path.into(), refs.clone());
        }
        refs
    }

    /// `Child.member` as `Base.member`, when `Child` is a class of this file.
    fn local_bases(&self, path: &str) -> Vec<String> {
        let splits = path.match_indices('.').map(|(i, _)| i).chain([path.len()]);
        let mut out = Vec::new();
        for i in splits {
            let (prefix, rest) = path.split_at(i);
            let Some(class) = self.local_classes.get(prefix) else { continue };
            for base in &self.file.class(*class).bases {
                out.extend(self.static_path(*base).map(|b| format!("{b}{rest}")));
            }
        }
        out
    }

    /// The path of a name or member expression as imports and classes of the file give it, without any data flow.
    pub fn static_path(&self, expr: ExprId) -> Option<String> {
        match &self.file.expr(expr).kind {
            ExprKind::Name(name) => {
                let text = self.file.text(*name);
                match self.scopes.resolve(self.file, self.current(), *name) {
                    None => {
                        let elsewhere = self.shared_name(*name).and_then(|v| v.path);
                        let path = elsewhere.or_else(|| self.on_demand(text));
                        Some(path.map_or_else(|| text.to_string(), |p| p.to_string()))
                    }
                    Some(scope) => {
                        if let Some(import) = self.scopes.import(scope, *name) {
                            let plain = || self.file.imports.get(import as usize).map(|i| i.path.to_string());
                            return self.linked_path(import).or_else(plain);
                        }
                        if let Some(class) = self.scopes.class(scope, *name) {
                            return Some(self.file.class(class).symbol.to_string());
                        }
                        let state = if self.is_module(scope) { Some(&self.module_state) } else { None };
                        let value = state.and_then(|s| s.get((scope, *name)));
                        let path = value.and_then(|v| v.path.as_ref()).map(|p| p.to_string());
                        path.or_else(|| is_builtin_type(text).then(|| text.to_string()))
                    }
                }
            }
            ExprKind::Member { object, name, .. } => {
                let object = self.static_path(*object)?;
                Some(format!("{object}.{}", self.file.text(*name)))
            }
            ExprKind::Call { callee, .. } => self.static_path(*callee),
            ExprKind::Index { object, .. } => self.static_path(*object),
            _ => None,
        }
    }

    /// Whether shape alone may count for a member of this path: its type is unknown, or no model speaks of it.
    pub fn shape_allowed(&self, receiver: Option<&str>) -> bool {
        match receiver {
            None => true,
            Some(path) => {
                !self.lineage(path).iter().any(|p| self.index.is_modelled(p)) && !self.local_classes.contains_key(path)
            }
        }
    }
}
