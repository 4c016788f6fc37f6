//! `tempergate models check`: whether a model can be asked, how fast it is, and whether it keeps to a form.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::asking::named_model;
use super::network::Network;
use super::{Outcome, interrupt, output, policies};
use crate::model::connect::{self, World};
use crate::model::{Answer, End, Failure, Model, Request, Role, Turn};
use crate::policy::ModelSettings;
use crate::report::text;
use crate::rules::Library;

/// Looks after language models.
#[derive(Debug, Args)]
pub struct Models {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Ask a model two small questions: is it there, how fast is it, does it keep to a form?
    ///
    /// Ends with 0 when it answered and kept to the form, with 1 when it answered otherwise, and with 2 when it could not be
    /// asked. No code of yours is sent.
    Check(Check),
}

/// Which model is asked.
#[derive(Debug, Args)]
struct Check {
    /// A GGUF file, `PROVIDER:NAME`, or `replay:FILE`; the policy's model when absent.
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// A LoRA adapter, which is asked too: a GGUF file for an embedded model, else the adapter's name at the endpoint.
    #[arg(long, value_name = "ADAPTER", requires = "model")]
    lora: Option<String>,
    /// The policy that names the model; `.tempergate.yml` of the working folder when absent.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// Append what the model is asked and answers to this file.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    #[command(flatten)]
    network: Network,
    /// The format of the answer.
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

/// How the outcome is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// What was found out.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    model: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    adapter: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context_tokens: Option<u32>,
    tasks: Vec<Task>,
}

/// One question, and what became of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Task {
    name: &'static str,
    keeps_form: bool,
    /// What is wrong with the answer, where something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    seconds: f64,
    tokens_in: u64,
    tokens_out: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens_per_second: Option<f64>,
}

impl Models {
    /// Runs the command.
    pub fn run(&self) -> Result<Outcome> {
        match &self.command {
            Command::Check(check) => check.run(),
        }
    }
}

impl Check {
    fn run(&self) -> Result<Outcome> {
        let settings = self.settings()?;
        let stop = interrupt::stop()?;
        let world = World { no_network: self.network.no_network, record: self.record.clone(), run_time: None, stop };
        let model = connect::connect(&settings, &world).map_err(|failure| anyhow!("{failure}"))?;
        let mut found = Found {
            model: model.id().to_string(),
            adapter: model.adapter().map(str::to_string),
            context_tokens: model.context_tokens(),
            tasks: Vec::new(),
        };
        for question in questions(&*model, &settings) {
            found.tasks.push(ask(&*model, &question)?);
        }
        match self.format {
            Format::Text => output::print(&found.to_text())?,
            Format::Json => output::print(&format!("{}\n", serde_json::to_string_pretty(&found)?))?,
        }
        Ok(if found.tasks.iter().all(|t| t.keeps_form) { Outcome::Pass } else { Outcome::Fail })
    }

    fn settings(&self) -> Result<ModelSettings> {
        let library = Library::built_in();
        let policy = policies::chosen(self.policy.as_deref(), library, self.network)?;
        let Some(named) = &self.model else {
            let none = || anyhow!("no model is named: give --model, or a policy with a section `model`");
            let model = policy.model().cloned().ok_or_else(none)?;
            return policy.model_withheld().map_or(Ok(model), |why| Err(anyhow!("{why}")));
        };
        named_model(named, self.lora.as_deref(), &policy)
    }
}

/// Something small to ask, and what is wrong with an answer.
struct Question {
    name: &'static str,
    request: Request,
    judge: fn(&str) -> Option<String>,
}

/// What is asked: for code in a fence, for JSON of a schema, and for code from the tuned weights.
fn questions(model: &dyn Model, settings: &ModelSettings) -> Vec<Question> {
    let request = |text: &str| Request {
        system: "You answer exactly in the form that you are asked for.".to_string(),
        turns: vec![Turn { role: Role::User, text: text.to_string() }],
        // Models that think before they answer need room for it.
        max_tokens: settings.answer_tokens.min(1_024),
        temperature: settings.temperature,
        seed: settings.seed,
        tuned: false,
        schema: None,
    };
    let code = request(CODE);
    let mut questions = vec![
        Question { name: "code in a fence", request: code.clone(), judge: code_problem },
        Question {
            name: "JSON of a schema",
            request: Request { schema: Some(schema()), ..request(JSON) },
            judge: json_problem,
        },
    ];
    if model.adapter().is_some() {
        questions.push(Question {
            name: "code in a fence, tuned",
            request: Request { tuned: true, ..code },
            judge: code_problem,
        });
    }
    questions
}

const CODE: &str = "Write a Python function `double(n)` that returns twice its argument. Answer with one fenced code block \
                    and nothing else:\n```python\n…\n```";
const JSON: &str = "Is 7 a prime number? Answer with JSON only, of this form: {\"prime\": true} or {\"prime\": false}";

fn schema() -> serde_json::Value {
    serde_json::json!({
        "type": "object",
        "properties": { "prime": { "type": "boolean" } },
        "required": ["prime"],
        "additionalProperties": false
    })
}

fn ask(model: &dyn Model, question: &Question) -> Result<Task> {
    let answer = model.answer(&question.request).map_err(|failure: Failure| anyhow!("{failure}"))?;
    let problem = problem(&answer, question);
    let rate = answer.tokens_out as f64 / answer.seconds;
    Ok(Task {
        name: question.name,
        keeps_form: problem.is_none(),
        problem,
        seconds: answer.seconds,
        tokens_in: answer.tokens_in,
        tokens_out: answer.tokens_out,
        tokens_per_second: rate.is_finite().then(|| (rate * 10.0).round() / 10.0),
    })
}

fn problem(answer: &Answer, question: &Question) -> Option<String> {
    let problem = (question.judge)(&answer.text)?;
    Some(match answer.end {
        End::Complete => problem,
        End::Length => format!("{problem}; the answer reached the most tokens that it may have"),
    })
}

/// What keeps an answer from being one fenced block that holds the function.
fn code_problem(answer: &str) -> Option<String> {
    let fences = answer.lines().filter(|line| line.trim_start().starts_with("```")).count();
    let text = answer.trim();
    match fences {
        0 => Some("no fenced code block".to_string()),
        2 if !text.starts_with("```") || !text.ends_with("```") => Some("text beside the code block".to_string()),
        2 if !text.contains("def double") => Some("the function is not in the code block".to_string()),
        2 => None,
        _ => Some("not one whole code block".to_string()),
    }
}

fn json_problem(answer: &str) -> Option<String> {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(answer.trim()) else {
        return Some("not JSON".to_string());
    };
    let fields = value.as_object().map(|o| (o.len(), o.get("prime").is_some_and(serde_json::Value::is_boolean)));
    (fields != Some((1, true))).then(|| "JSON, but not of the schema".to_string())
}

impl Found {
    fn to_text(&self) -> String {
        let mut lines = format!("{}: answers\n", text::visible(&self.model));
        if let Some(adapter) = &self.adapter {
            lines.push_str(&format!("  adapter: {}\n", text::visible(adapter)));
        }
        if let Some(tokens) = self.context_tokens {
            lines.push_str(&format!("  context: {tokens} tokens\n"));
        }
        for task in &self.tasks {
            let form = task.problem.clone().map_or("ok".to_string(), |p| format!("NOT KEPT ({p})"));
            let rate = task.tokens_per_second.map(|r| format!(", {r} tokens/s")).unwrap_or_default();
            lines.push_str(&format!(
                "  {}: {form}; {:.1} s, {} tokens in, {} out{rate}\n",
                task.name, task.seconds, task.tokens_in, task.tokens_out
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_block_is_one() {
        assert_eq!(code_problem("```python\ndef double(n):\n    return 2 * n\n```\n"), None);
        for other in [
            "def double(n): return 2 * n",
            "```python\ndef double(n):",
            "Here:\n```\ndef double(n): ...\n```",
            "```\ndef twice(n): ...\n```",
            "```\ndef double(n): ...\n```\n```\n```",
        ] {
            assert!(code_problem(other).is_some(), "{other}");
        }
    }

    #[test]
    fn json_is_of_the_schema() {
        assert_eq!(json_problem(" {\"prime\": true}\n"), None);
        for other in [
            "",
            "true",
            "{}",
            "{\"prime\": \"yes\"}",
            "{\"prime\": true, \"why\": 7}",
            "```json\n{\"prime\": true}\n```",
        ] {
            assert!(json_problem(other).is_some(), "{other}");
        }
    }
}
