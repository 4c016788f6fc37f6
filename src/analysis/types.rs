//! What declarations say about types, and the names that only the models can tell.

use rustc_hash::FxHashMap;

use super::engine::Engine;
use super::literals::is_number_type;
use super::state::Variable;
use super::value::{Path, Value};
use crate::syntax::Source;
use crate::syntax::hir::*;

/// The modules that a file takes names from: by imports, and in Java also by writing types out in full.
pub fn modules(file: &File) -> Vec<String> {
    let mut all: Vec<String> = file.imports.iter().map(|i| i.module.to_string()).collect();
    if file.language != Language::Java {
        return all;
    }
    let roots = ["java", "javax", "jakarta", "org", "com", "net", "io"];
    let mut paths: FxHashMap<ExprId, String> = FxHashMap::default();
    for (i, expr) in file.exprs.iter().enumerate() {
        let path = match &expr.kind {
            ExprKind::Name(name) if roots.contains(&file.text(*name)) => file.text(*name).to_string(),
            // What is in front of a type's name is its module.
            ExprKind::Member { object, name, .. } => match paths.get(object) {
                Some(module) if file.text(*name).starts_with(char::is_lowercase) => {
                    format!("{module}.{}", file.text(*name))
                }
                Some(module) => {
                    all.push(module.clone());
                    continue;
                }
                None => continue,
            },
            _ => continue,
        };
        paths.insert(ExprId(i as u32), path);
    }
    all.sort();
    all.dedup();
    all
}

/// The modules of which a file takes all names. A piece of code without its head, which would say what its names are, is
/// taken to use the language's own library.
pub fn on_demand_modules(source: &Source, file: &File) -> Vec<String> {
    let all = file.imports.iter().filter(|i| i.local.is_none());
    let all: Vec<String> = all.filter_map(|i| i.path.strip_suffix(".*").map(str::to_string)).collect();
    // What needs no import is bound like one.
    let imports = file.imports.iter().any(|i| !i.path.starts_with("java.lang."));
    let headless = !imports && !source.text().lines().any(|l| l.trim_start().starts_with("package "));
    match file.language {
        Language::Java if headless => JAVA_PACKAGES.iter().map(|p| p.to_string()).collect(),
        Language::Go if headless => GO_PACKAGES.iter().map(|p| p.to_string()).collect(),
        _ => all,
    }
}

const JAVA_PACKAGES: &[&str] = &[
    "java.io",
    "java.util",
    "java.util.zip",
    "java.util.jar",
    "java.util.regex",
    "java.net",
    "java.nio.file",
    "java.sql",
    "java.security",
    "javax.crypto",
    "javax.crypto.spec",
    "javax.net.ssl",
    "javax.servlet.http",
    "javax.xml.parsers",
    "javax.xml.stream",
    "javax.xml.transform",
    "javax.xml.xpath",
    "org.w3c.dom",
];

const GO_PACKAGES: &[&str] = &[
    "crypto/aes",
    "crypto/cipher",
    "crypto/des",
    "crypto/hmac",
    "crypto/md5",
    "crypto/rc4",
    "crypto/rsa",
    "crypto/sha1",
    "crypto/sha256",
    "crypto/tls",
    "database/sql",
    "encoding/json",
    "io/ioutil",
    "net/http",
    "net/url",
    "os/exec",
    "path/filepath",
];

impl Engine<'_> {
    /// Whether what is declared about a type holds whatever the value seems to be. Elsewhere annotations are hints.
    pub fn declares_types(&self) -> bool {
        matches!(self.file.language, Language::Java | Language::Go)
    }

    /// A value where a declaration, a cast or a pattern says that it is of type `ty`.
    pub fn as_declared(&self, value: Value, ty: Option<ExprId>) -> Value {
        match ty.and_then(|t| self.static_path(t)) {
            Some(path) => self.of_type(value, &path.into()),
            None => value,
        }
    }

    /// The value as one of type `ty`: it keeps what is known of it where that is more.
    pub fn of_type(&self, value: Value, ty: &Path) -> Value {
        let Some(own) = &value.path else { return value.with_path(Some(ty.clone())) };
        if !self.declares_types() || own == ty || self.is_real_type(own) && !self.is_told_more_by(ty, own) {
            return value;
        }
        value.with_path(Some(ty.clone()))
    }

    /// Whether a path is a type that something is known of, not the way by which a value was got.
    fn is_real_type(&self, path: &str) -> bool {
        self.local_classes.contains_key(path) || self.index.is_modelled(path)
    }

    /// A value behind a cast. The cast is right about a type that has nothing to do with the one that was found.
    pub fn as_cast(&self, value: Value, ty: Option<ExprId>) -> Value {
        let Some(path) = ty.and_then(|t| self.static_path(t)) else { return value };
        let unrelated = |own: &Path| !self.lineage(own).contains(&path);
        let better = self.declares_types() && path != "java.lang.Object" && self.is_real_type(&path);
        if better && value.path.as_ref().is_some_and(unrelated) {
            return value.with_path(Some(path.into()));
        }
        self.of_type(value, &path.into())
    }

    /// Whether a declared type tells more than the type that a value was found to have: it is a kind of that.
    fn is_told_more_by(&self, ty: &str, own: &str) -> bool {
        ty != own && self.is_real_type(ty) && self.lineage(ty).iter().any(|t| t == own)
    }

    /// The declared type of a variable.
    pub fn variable_type(&self, variable: Variable) -> Option<&Path> {
        self.variable_types.get(&variable)
    }

    /// Notes the declared type of a variable.
    pub fn declare_type(&mut self, variable: Variable, ty: Option<ExprId>) {
        if !self.declares_types() {
            return;
        }
        match ty.and_then(|t| self.static_path(t)) {
            Some(path) => _ = self.variable_types.insert(variable, path.into()),
            None => _ = self.variable_types.remove(&variable),
        }
    }

    /// Notes the declared types of the fields of all classes.
    pub fn declare_fields(&mut self) {
        if !self.declares_types() {
            return;
        }
        for class in 0..self.file.classes.len() {
            for stmt in &self.file.class(ClassId(class as u32)).body {
                let StmtKind::Assign { targets, ty: Some(ty), .. } = &self.file.stmt(*stmt).kind else { continue };
                let Some(path) = self.static_path(*ty) else { continue };
                for target in targets {
                    if let ExprKind::Name(name) | ExprKind::Member { name, .. } = self.file.expr(*target).kind {
                        self.field_types.insert((ClassId(class as u32), name), path.as_str().into());
                    }
                }
            }
        }
    }

    /// Whether a field of a model that checks what is put into it is a number.
    pub fn is_checked_number(&self, receiver: &Value, name: &str) -> bool {
        let Some(class) = self.class_of(receiver).filter(|_| self.file.language == Language::Python) else {
            return false;
        };
        let checked = self.lineage(&self.file.class(class).symbol).iter().any(|p| p == "pydantic.BaseModel");
        checked
            && self.ancestors(class).into_iter().flat_map(|c| &self.file.class(c).body).any(|stmt| {
                let StmtKind::Assign { targets, ty: Some(ty), .. } = &self.file.stmt(*stmt).kind else { return false };
                let named =
                    |t: &ExprId| matches!(self.file.expr(*t).kind, ExprKind::Name(n) if self.file.text(n) == name);
                targets.iter().any(named) && self.static_path(*ty).as_deref().is_some_and(is_number_type)
            })
    }

    /// The declared type of a field of a receiver.
    pub fn field_type(&self, receiver: &Value, name: &str) -> Option<Path> {
        if self.field_types.is_empty() {
            return None;
        }
        let name = self.file.names.get(name)?;
        let class = self.class_of(receiver)?;
        self.ancestors(class).into_iter().find_map(|c| self.field_types.get(&(c, name)).cloned())
    }

    /// What a name that nothing in the file binds is, when the file takes all names from modules (`import java.sql.*`): the
    /// first of these of which the models know something of that name.
    pub fn on_demand(&self, name: &str) -> Option<Path> {
        if self.on_demand_modules.is_empty() {
            return None;
        }
        if let Some(known) = self.memo.on_demand_names.borrow().get(name) {
            return known.clone();
        }
        let found = match self.file.language {
            // Go takes a package's name, not those inside it.
            Language::Go => self.on_demand_modules.iter().find(|m| m.rsplit('/').next() == Some(name)).cloned(),
            _ => self
                .on_demand_modules
                .iter()
                .map(|m| format!("{m}.{name}"))
                .find(|path| self.lineage(path).iter().any(|p| self.index.knows(p))),
        };
        let found: Option<Path> = found.map(Into::into);
        self.memo.on_demand_names.borrow_mut().insert(name.into(), found.clone());
        found
    }
}
