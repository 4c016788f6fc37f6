//! Validates and compiles `rules/` into the index that the binary reads lazily, one a language, and collects the rules'
//! examples. A mistake in a rule stops the build and is named.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

#[allow(dead_code)]
#[path = "src/rules/compile.rs"]
mod compile;
#[allow(dead_code)]
#[path = "src/rules/compiled.rs"]
mod compiled;
#[allow(dead_code)]
#[path = "src/rules/place.rs"]
mod place;
#[allow(dead_code)]
#[path = "src/rules/schema/mod.rs"]
mod schema;

use compile::Compiler;
use compiled::{Models, RuleSet};

type Failure = Box<dyn std::error::Error>;

const LANGUAGES: &[&str] = &["python", "javascript", "java", "go"];

fn main() -> Result<(), Failure> {
    println!("cargo::rerun-if-changed=rules");
    let mut compiler = Compiler::new(RuleSet::default());
    let mut models: BTreeMap<&str, Models> = LANGUAGES.iter().map(|l| (*l, Models::default())).collect();
    let mut examples: Vec<(String, String, String)> = Vec::new();

    let kinds = Path::new("rules/kinds.yml");
    compiler.kinds_file("rules/kinds.yml", &read(kinds)?);
    for folder in entries(Path::new("rules"))? {
        let file = folder.join("rule.yml");
        if !file.is_file() {
            continue;
        }
        let rule: schema::RuleFile = read(&file)?;
        for (languages, entry) in compiler.rule(&file.display().to_string(), &rule) {
            for (language, models) in &mut models {
                if languages.is_empty() || languages.iter().any(|l| base_language(l) == *language) {
                    models.matches.push(entry.clone());
                }
            }
        }
        for example in entries(&folder)?.into_iter().filter(|p| p.extension().is_some_and(|e| e == "md")) {
            let name = example.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            examples.push((rule.id.clone(), name, fs::read_to_string(&example)?));
        }
    }
    for (language, models) in &mut models {
        for file in entries(&Path::new("rules/models").join(language))? {
            let spec: schema::ModelFile = read(&file)?;
            compiler.model(&file.display().to_string(), &spec, models);
        }
    }
    let modules: schema::ModulesFile = read(Path::new("rules/modules.yml"))?;
    let modules =
        [("python", modules.python), ("javascript", modules.javascript), ("java", modules.java), ("go", modules.go)];
    for (language, spec) in modules {
        if let Some(models) = models.get_mut(language) {
            models.modules = compiled::Modules {
                standard: spec.standard,
                comes_with: spec.comes_with,
                provides: spec.provides,
                globals: spec.globals,
            };
        }
    }
    if !compiler.errors.is_empty() {
        let mistakes: String = compiler.errors.iter().map(|m| format!("\n  {m}")).collect();
        return Err(format!("mistakes in rules/:{mistakes}").into());
    }

    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    fs::write(out.join("rules.bin"), postcard::to_stdvec(&compiler.set)?)?;
    fs::write(out.join("examples.bin"), postcard::to_stdvec(&examples)?)?;
    for (language, models) in &models {
        fs::write(out.join(format!("{language}.bin")), postcard::to_stdvec(models)?)?;
    }
    Ok(())
}

/// TypeScript shares JavaScript's models.
fn base_language(language: &str) -> &str {
    if language == "typescript" { "javascript" } else { language }
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, std::io::Error>>()?;
    paths.sort();
    Ok(paths)
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    serde_yaml::from_str(&fs::read_to_string(file)?).map_err(|e| format!("{}: {e}", file.display()).into())
}
