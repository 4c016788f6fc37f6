//! `tempergate study init`: the plan of a new study.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::cli::{Outcome, output};
use crate::model::connect;
use crate::study::plan::{FILE, Plan};

/// The plan, with a place for the models.
const PLAN: &str = include_str!("plan.yml");
/// What stands for the models.
const MODELS: &str = "  - model: MODEL\n";

/// Writes the plan of a new study.
#[derive(Debug, Args)]
pub struct Init {
    /// The study's folder; made where it is not there.
    #[arg(value_name = "STUDY")]
    folder: PathBuf,
    /// A model to ask: a GGUF file, `PROVIDER:NAME`, or `replay:FILE`. Can be given several times.
    #[arg(long, value_name = "MODEL", required = true)]
    model: Vec<String>,
    /// The study's name; the folder's when absent.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

impl Init {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// There is a plan already, or it cannot be written; a model is none.
    pub fn run(&self) -> Result<Outcome> {
        let path = self.folder.join(FILE);
        let text = self.text()?;
        Plan::parse(&path.display().to_string(), &text)?;
        fs::create_dir_all(&self.folder).with_context(|| format!("{}", self.folder.display()))?;
        let mut file = match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                bail!("{}: there is a plan already; it is left as it is", path.display())
            }
            Err(error) => return Err(error).with_context(|| format!("{}", path.display())),
        };
        file.write_all(text.as_bytes()).with_context(|| format!("{}", path.display()))?;
        output::note(&format!(
            "{} written; look at it, then `tempergate study run {}`",
            path.display(),
            self.folder.display()
        ));
        Ok(Outcome::Pass)
    }

    fn text(&self) -> Result<String> {
        let named = self.folder.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = self.name.clone().or(named).unwrap_or_else(|| "study".to_string());
        let mut models = String::new();
        for model in &self.model {
            if let Err(why) = connect::settings(model, None) {
                bail!("--model {model}: {why}");
            }
            models.push_str(&format!("  - model: {}\n", quoted(&Self::wherever_run_from(model)?)));
        }
        Ok(PLAN.replace(MODELS, &models).replace("name: NAME", &format!("name: {}", quoted(&name))))
    }

    /// A model as the plan names it: a file by a path that holds wherever the study is run from.
    fn wherever_run_from(model: &str) -> Result<String> {
        let (before, file) = match model.split_once(':') {
            Some((provider @ ("embedded" | "replay"), file)) => (format!("{provider}:"), file),
            _ if model.to_ascii_lowercase().ends_with(".gguf") => (String::new(), model),
            _ => return Ok(model.to_string()),
        };
        let whole = std::path::absolute(file).with_context(|| file.to_string())?;
        Ok(format!("{before}{}", whole.display()))
    }
}

/// A text as a YAML scalar; JSON is YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_plan_can_be_read_whatever_the_names() {
        let model =
            ["openai-compatible:a: \"b\"", "dir with: colon/small.gguf", "replay:x.jsonl"].map(str::to_string).to_vec();
        let init = Init { folder: "a\nb".into(), model, name: Some("\"x\": # y".to_string()) };
        let plan = Plan::parse("study.yml", &init.text().unwrap()).unwrap();
        assert_eq!(plan.name, "\"x\": # y");
        assert_eq!(plan.models[0].model, "openai-compatible:a: \"b\"");
        assert!(
            plan.models[1].model.ends_with("dir with: colon/small.gguf") && plan.models[1].model.starts_with('/')
                || cfg!(windows)
        );
        assert!(plan.models[2].model.starts_with("replay:"));
    }
}
