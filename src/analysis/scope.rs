//! Which function declares which name.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::syntax::hir::*;

/// The names that each function of a file declares.
pub struct Scopes {
    declared: Vec<FxHashSet<Name>>,
    /// Imported bindings: function and name to the index in [`File::imports`].
    imports: FxHashMap<(FunctionId, Name), u32>,
    /// Functions declared by statements: the function around, and the name.
    functions: FxHashMap<(FunctionId, Name), FunctionId>,
    classes: FxHashMap<(FunctionId, Name), ClassId>,
}

impl Scopes {
    /// Collects the declarations of a file.
    pub fn new(file: &File) -> Scopes {
        let mut scopes = Scopes {
            declared: vec![FxHashSet::default(); file.functions.len()],
            imports: FxHashMap::default(),
            functions: FxHashMap::default(),
            classes: FxHashMap::default(),
        };
        for (i, import) in file.imports.iter().enumerate() {
            if let Some(local) = import.local {
                scopes.declare(import.scope, local);
                scopes.imports.insert((import.scope, local), i as u32);
            }
        }
        for (i, function) in file.functions.iter().enumerate() {
            let id = FunctionId(i as u32);
            for param in &function.params {
                scopes.declare_pattern(file, id, param.pattern);
            }
            let mut outer = FxHashSet::default();
            scopes.block(file, id, &function.body, &mut outer);
            if let Some(declared) = scopes.declared.get_mut(i) {
                declared.retain(|n| !outer.contains(n));
            }
        }
        scopes
    }

    /// The function whose variable `name` is when it is used in `function`; none for globals.
    pub fn resolve(&self, file: &File, function: FunctionId, name: Name) -> Option<FunctionId> {
        let mut current = Some(function);
        while let Some(id) = current {
            if self.declared.get(id.index()).is_some_and(|d| d.contains(&name)) {
                return Some(id);
            }
            current = file.functions.get(id.index()).and_then(|f| f.parent);
        }
        None
    }

    /// The import that binds `name` in `scope`.
    pub fn import(&self, scope: FunctionId, name: Name) -> Option<u32> {
        self.imports.get(&(scope, name)).copied()
    }

    /// The function that a declaration binds to `name` in `scope`.
    pub fn function(&self, scope: FunctionId, name: Name) -> Option<FunctionId> {
        self.functions.get(&(scope, name)).copied()
    }

    /// The class that a declaration binds to `name` in `scope`.
    pub fn class(&self, scope: FunctionId, name: Name) -> Option<ClassId> {
        self.classes.get(&(scope, name)).copied()
    }

    fn declare(&mut self, function: FunctionId, name: Name) {
        if let Some(set) = self.declared.get_mut(function.index()) {
            set.insert(name);
        }
    }

    fn declare_pattern(&mut self, file: &File, function: FunctionId, pattern: ExprId) {
        match &file.expr(pattern).kind {
            ExprKind::Name(name) => self.declare(function, *name),
            ExprKind::Collection { entries, .. } => {
                entries.iter().for_each(|e| self.declare_pattern(file, function, e.value));
            }
            ExprKind::Spread(inner) | ExprKind::Cast { operand: inner, .. } => {
                self.declare_pattern(file, function, *inner)
            }
            ExprKind::Assign { target, op: None, .. } => self.declare_pattern(file, function, *target),
            _ => {}
        }
    }

    fn block(&mut self, file: &File, function: FunctionId, block: &[StmtId], outer: &mut FxHashSet<Name>) {
        for id in block {
            self.stmt(file, function, &file.stmt(*id).kind, outer);
        }
    }

    fn stmt(&mut self, file: &File, function: FunctionId, kind: &StmtKind, outer: &mut FxHashSet<Name>) {
        let python = file.language == Language::Python;
        match kind {
            StmtKind::Assign { targets, declares, op, .. } if *declares || (python && op.is_none()) => {
                targets.iter().for_each(|t| self.declare_pattern(file, function, *t));
            }
            StmtKind::Assign { targets, .. } if python => {
                targets.iter().for_each(|t| self.declare_pattern(file, function, *t));
            }
            StmtKind::ForEach { target, declares, .. } if *declares || python => {
                self.declare_pattern(file, function, *target);
            }
            StmtKind::With { items, .. } => {
                items.iter().filter_map(|i| i.1).for_each(|t| self.declare_pattern(file, function, t));
            }
            StmtKind::Try { handlers, .. } => {
                handlers.iter().filter_map(|h| h.name).for_each(|t| self.declare_pattern(file, function, t));
            }
            StmtKind::Function(id) => {
                if let Some(name) = file.function(*id).name {
                    self.declare(function, name);
                    self.functions.insert((function, name), *id);
                }
            }
            StmtKind::Class(id) => {
                if let Some(name) = file.class(*id).name {
                    self.declare(function, name);
                    self.classes.insert((function, name), *id);
                }
            }
            StmtKind::Outer(names) => outer.extend(names.iter().copied()),
            _ => {}
        }
        blocks(kind, &mut |block| self.block(file, function, block, outer));
    }
}

/// Calls `each` with every block directly inside a statement; bodies of functions and classes are not.
pub fn blocks(kind: &StmtKind, each: &mut dyn FnMut(&[StmtId])) {
    match kind {
        StmtKind::If { then, otherwise, .. } => {
            each(then);
            each(otherwise);
        }
        StmtKind::While { body, update, otherwise, .. } => {
            each(body);
            each(update);
            each(otherwise);
        }
        StmtKind::ForEach { body, otherwise, .. } => {
            each(body);
            each(otherwise);
        }
        StmtKind::Switch { cases, .. } => cases.iter().for_each(|c| each(&c.body)),
        StmtKind::Try { body, handlers, otherwise, finally } => {
            each(body);
            handlers.iter().for_each(|h| each(&h.body));
            each(otherwise);
            each(finally);
        }
        StmtKind::With { body, .. } | StmtKind::Block(body) => each(body),
        StmtKind::Unknown(_, inner) => inner.iter().for_each(|b| each(b)),
        _ => {}
    }
}
