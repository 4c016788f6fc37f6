//! The modules that a fix may import: those of the language's own library, those that the file's project names in its
//! manifest, and those that come with one of these.

use std::collections::BTreeSet;

use crate::rules::Library;
use crate::rules::compiled::Modules;
use crate::syntax::hir::Language;

/// The names of files that list a project's dependencies.
pub const MANIFESTS: &[&str] =
    &["requirements.txt", "requirements-dev.txt", "pyproject.toml", "setup.cfg", "Pipfile", "package.json"];

/// What a project's manifests name.
#[derive(Debug, Clone, Default)]
pub struct Available {
    packages: BTreeSet<String>,
}

impl Available {
    /// Reads manifests, given as name and text. What cannot be read names nothing.
    pub fn from_manifests<'t>(manifests: impl IntoIterator<Item = (&'t str, &'t str)>) -> Available {
        let mut packages = BTreeSet::new();
        for (path, text) in manifests {
            match path.rsplit('/').next() {
                Some("package.json") => packages.extend(node_packages(text)),
                Some(name) if name.ends_with(".txt") => packages.extend(text.lines().filter_map(requirement)),
                _ => packages.extend(quoted_requirements(text)),
            }
        }
        Available { packages }
    }

    /// Whether a module can be imported; `imported` are the modules that the file imports already.
    pub fn has(&self, language: Language, module: &str, imported: &BTreeSet<String>) -> bool {
        if module.starts_with('.') {
            return false;
        }
        let modules = &Library::built_in().models(language).models.modules;
        let root = root(language, module);
        // The packages of Java's own library are listed by what their names begin with.
        let within =
            |s: &String| language == Language::Java && module.strip_prefix(&**s).is_some_and(|r| r.starts_with('.'));
        modules.standard.iter().any(|s| s == root || within(s))
            || imported
                .iter()
                .any(|i| self::root(language, i) == root || comes_with(modules, self::root(language, i), root))
            || self.packages.iter().any(|p| provides(modules, p) == root || comes_with(modules, p, root))
    }
}

/// The part of a module's name that is installed: `os` of `os.path`, `@hapi/hapi` of `@hapi/hapi/lib`, and of a package of
/// Java what the packages of one library have in common, `org.yaml.snakeyaml`.
fn root(language: Language, module: &str) -> &str {
    if language == Language::Python {
        return module.split('.').next().unwrap_or(module);
    }
    if language == Language::Java {
        return module.match_indices('.').nth(2).and_then(|(i, _)| module.get(..i)).unwrap_or(module);
    }
    let parts = if module.starts_with('@') { 2 } else { 1 };
    match module.match_indices('/').nth(parts - 1) {
        Some((i, _)) => &module[..i],
        None => module,
    }
}

fn comes_with(modules: &Modules, package: &str, root: &str) -> bool {
    modules.comes_with.get(&package.to_ascii_lowercase()).is_some_and(|all| all.iter().any(|m| m == root))
}

fn provides<'m>(modules: &'m Modules, package: &'m str) -> &'m str {
    modules.provides.get(package).map_or(package, |m| m)
}

fn node_packages(text: &str) -> Vec<String> {
    let Ok(serde_json::Value::Object(manifest)) = serde_json::from_str(text) else { return Vec::new() };
    ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"]
        .iter()
        .filter_map(|key| manifest.get(*key)?.as_object())
        .flat_map(|packages| packages.keys().cloned())
        .collect()
}

/// The package of a line of a requirements file, in lower case.
fn requirement(line: &str) -> Option<String> {
    let line = line.trim();
    let end = line.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(line.len());
    let name = &line[..end];
    let named = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    named.then(|| name.to_ascii_lowercase())
}

/// Requirements in other manifests stand in quotes (`"flask>=2"`) or as keys (`flask = "*"`).
fn quoted_requirements(text: &str) -> Vec<String> {
    let keys = text.lines().filter(|l| l.contains('=')).filter_map(|l| requirement(l.split('=').next().unwrap_or("")));
    let quoted = text.split(['"', '\'']).skip(1).step_by(2).filter_map(requirement);
    keys.chain(quoted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_project_has() {
        let available = Available::from_manifests([
            ("requirements.txt", "Flask==3.0  # web\n-r other.txt\nPyYAML>=6\n"),
            ("web/package.json", r#"{"dependencies": {"express": "^4", "@hapi/hapi": "21"}}"#),
        ]);
        let none = BTreeSet::new();
        let has = |l, m| available.has(l, m, &none);
        assert!(
            has(Language::Python, "os.path") && has(Language::Python, "yaml") && has(Language::Python, "markupsafe")
        );
        assert!(!has(Language::Python, "bleach") && !has(Language::Python, ".local"));
        assert!(has(Language::JavaScript, "fs/promises") && has(Language::JavaScript, "@hapi/hapi/lib"));
        assert!(has(Language::TypeScript, "escape-html") && !has(Language::JavaScript, "express-rate-limit"));
        let imported = BTreeSet::from(["org.springframework.web.bind.annotation".to_string()]);
        let has = |m| available.has(Language::Java, m, &imported);
        assert!(has("java.security") && has("javax.crypto.spec") && has("org.springframework.web.util"));
        assert!(!has("javax.servlet.http") && !has("org.springframework.security.crypto"));
    }
}
