//! From a finding to a question, and from an answer to a verified edit, with a model that answers what the test says.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::Mutex;

use super::chain_of_thought::ChainOfThought;
use super::generate::{Assignment, Way, instruction, request};
use super::lora::Lora;
use super::meta_prompt::MetaPrompt;
use super::negative_example::NegativeExample;
use super::*;
use crate::harden::mend::{Mended, mend};
use crate::harden::plan::{Choice, Plan};
use crate::harden::template::Template;
use crate::inspect::{Inspected, Limits, inspect};
use crate::model::budget::Prices;
use crate::model::{End, FailureKind};
use crate::rules::Library;
use crate::syntax::hir::Language;
use crate::verify::{Available, Context};

/// Answers in order, and keeps what it was asked; behind the last answer it fails.
pub struct Scripted {
    answers: Vec<String>,
    pub asked: Mutex<Vec<Request>>,
    adapter: Option<String>,
    admission: Admission,
}

impl Scripted {
    pub fn new(answers: &[&str]) -> Scripted {
        let answers = answers.iter().map(|a| (*a).to_string()).collect();
        Scripted { answers, asked: Mutex::default(), adapter: None, admission: Admission::new(100) }
    }

    fn prompts(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|r| r.turns[0].text.clone()).collect()
    }
}

impl Model for Scripted {
    fn id(&self) -> &str {
        "test:scripted"
    }

    fn adapter(&self) -> Option<&str> {
        self.adapter.as_deref()
    }

    fn answer(&self, request: &Request) -> Result<Answer, Failure> {
        let mut asked = self.asked.lock().unwrap();
        let text = self.answers.get(asked.len()).cloned();
        asked.push(request.clone());
        let text = text.ok_or_else(|| Failure::new(FailureKind::BudgetSpent, "the budget is spent"))?;
        Ok(Answer { text, end: End::Complete, tokens_in: 100, tokens_out: 10, seconds: 0.5 })
    }
}

fn client(model: &Scripted) -> Client<'_> {
    Client {
        model,
        rounds: 2,
        answer_tokens: 1_000,
        temperature: 0.0,
        seed: Some(1),
        may_see: &|path| !path.starts_with("secret/"),
        admission: &model.admission,
    }
}

/// Mends all findings of a file, by a plan.
fn mended(path: &str, code: &str, plan: &Plan<'_>) -> (Inspected, Mended) {
    let library = Library::built_in();
    let file = inspect(path, code.as_bytes(), library, Limits::default());
    let available = Available::default();
    let context = Context { library, limits: Limits::default(), available: &available };
    let wanted: Vec<usize> = (0..file.findings.len()).collect();
    let mended = mend(&file, &wanted, &|_| Some(plan.clone()), &context);
    (file, mended)
}

/// What becomes of the code when a model gives these answers.
fn repaired(path: &str, code: &str, answers: &[&str]) -> (String, Mended) {
    let model = Scripted::new(answers);
    let strategy = ChainOfThought(client(&model));
    let (_, mended) = mended(path, code, &Plan::only(&strategy));
    (mended.accepted.apply(code), mended)
}

const SQL: &str = "\
import sqlite3
from flask import Flask, request

app = Flask(__name__)


@app.route('/user')
def user():
    # The password: kX9#vL2@qR7w
    name = request.args.get('name')
    cursor = sqlite3.connect('app.db').cursor()
    cursor.execute(f\"SELECT id FROM users WHERE name = '{name}'\")
    return {'rows': cursor.fetchall()}
";

const SQL_ANSWER: &str = "The name is attacker controlled. So bind it:

```python
@app.route('/user')
def user():
    # The password: REDACTED_SECRET_1
    name = request.args.get('name')
    cursor = sqlite3.connect('app.db').cursor()
    cursor.execute(\"SELECT id FROM users WHERE name = ?\", (name,))
    return {'rows': cursor.fetchall()}
```
This is safe now.";

fn rules(mended: &Mended, file: &Inspected) -> Vec<String> {
    mended.fixes.keys().map(|i| file.findings[*i].rule.clone()).collect()
}

#[test]
fn an_answer_becomes_an_edit_of_the_lines_that_differ() {
    let (after, mended) = repaired("a.py", SQL, &[SQL_ANSWER]);
    assert!(after.contains("WHERE name = ?\", (name,))"), "{after}");
    let fix = mended.fixes.values().next().unwrap();
    assert_eq!(fix.replacements.len(), 1);
    assert_eq!(fix.verification.lines_changed, 2);
    let asked = fix.asked.as_ref().unwrap();
    assert_eq!((asked.model.as_str(), asked.round, asked.requests, asked.tokens_in), ("test:scripted", 1, 1, 100));
    // Nothing of the model's prose is shown to anybody.
    assert!(!fix.description.contains("attacker"));
}

#[test]
fn the_question_shows_code_as_data_and_hides_secrets() {
    let model = Scripted::new(&[SQL_ANSWER]);
    let strategy = ChainOfThought(client(&model));
    mended("a.py", SQL, &Plan::only(&strategy));
    let asked = model.asked.lock().unwrap();
    let all: String = asked.iter().map(|r| format!("{}\n{}", r.system, r.turns[0].text)).collect();
    assert!(all.contains("def user():"), "{all}");
    assert!(!all.contains("kX9#vL2@qR7w"), "{all}");
    assert!(all.contains("REDACTED_SECRET_1"), "{all}");
    let first = &asked[0].turns[0].text;
    let opening = first.lines().find(|l| l.starts_with("<code id=")).unwrap();
    let id = opening.trim_start_matches("<code id=").trim_end_matches('>');
    assert!(id.len() >= 8 && !SQL.contains(id));
    assert!(first.contains("CWE-89") && first.contains("Keep the statement a constant"), "{first}");
}

#[test]
fn what_was_wrong_goes_back_to_the_model() {
    let same = SQL_ANSWER.replace("= ?\", (name,))", "= '\" + name + \"'\")");
    let model = Scripted::new(&[&same, SQL_ANSWER]);
    let strategy = ChainOfThought(client(&model));
    let code = SQL.to_string();
    let (_, mended) = mended("a.py", &code, &Plan::only(&strategy));
    let asked = model.asked.lock().unwrap();
    let turns = &asked[1].turns;
    assert_eq!(turns.len(), 3);
    assert_eq!((turns[1].role, turns[1].text.as_str()), (Role::Assistant, same.as_str()));
    assert!(turns[2].text.contains("sql-injection"), "{}", turns[2].text);
    let fix = mended.fixes.values().next().unwrap();
    assert_eq!(fix.asked.as_ref().unwrap().round, 2);
    let rejected: Vec<_> = mended.rejected.values().flatten().collect();
    assert_eq!((rejected.len(), rejected[0].reason.as_str()), (1, "still-present"));
    let record = rejected[0].verification.as_ref().unwrap();
    assert_eq!((record.persisting.len(), record.cwes_before.as_slice()), (1, &[89][..]));
}

#[test]
fn answers_without_an_edit_are_rejected_with_the_reason() {
    for (answer, reason) in [
        ("I cannot help with that.", "does not hold `user`"),
        ("```python\ndef other():\n    pass\n```", "does not hold `user`"),
        ("<<<<<<< SEARCH\nnowhere\n=======\nx\n>>>>>>> REPLACE", "stands there not once"),
        ("", "empty"),
        (SQL, "changes nothing"),
    ] {
        let (after, mended) = repaired("a.py", SQL, &[answer]);
        assert_eq!(after, SQL);
        let found = mended.rejected.values().flatten().any(|r| r.reason == "no-edit" && r.explanation.contains(reason));
        assert!(found, "{answer}: {:?}", mended.rejected);
    }
}

#[test]
fn a_whole_file_a_changed_block_and_windows_line_ends_do() {
    let whole = format!(
        "```\n{}```",
        SQL.replace(
            "f\"SELECT id FROM users WHERE name = '{name}'\")",
            "\"SELECT id FROM users WHERE name = ?\", [name])"
        )
    );
    let changed = "<<<<<<< SEARCH\n    cursor.execute(f\"SELECT id FROM users WHERE name = '{name}'\")\n=======\n    cursor.execute(\"SELECT id FROM users WHERE name = ?\", [name])\n>>>>>>> REPLACE";
    for answer in [whole.as_str(), changed] {
        let (after, mended) = repaired("a.py", SQL, &[answer, answer]);
        assert!(after.contains("= ?\", [name])"), "{after}\n{:?}", mended.rejected);
        assert_eq!(after.lines().count(), SQL.lines().count());
        let windows = SQL.replace('\n', "\r\n");
        let (after, _) = repaired("a.py", &windows, &[answer, answer]);
        assert!(after.contains("= ?\", [name])\r\n"), "{after:?}");
        assert_eq!(after.matches('\n').count(), after.matches("\r\n").count());
    }
}

#[test]
fn a_method_is_found_in_its_class_and_indented_as_it_was() {
    let code = "\
import hashlib
import sqlite3


class Store:
\tdef __init__(self, path):
\t\tself.db = sqlite3.connect(path)

\tdef find(self, name):
\t\tif not name:
\t\t\treturn None
\t\treturn self.db.execute(\"SELECT id FROM users WHERE name = '\" + name + \"'\").fetchone()


def main():
\timport sys
\tprint(Store('a.db').find(sys.argv[1]))
";
    let answer = "```python
class Store:
    def find(self, name):
        if not name:
            return None
        return self.db.execute(\"SELECT id FROM users WHERE name = ?\", (name,)).fetchone()
```";
    let (after, mended) = repaired("store.py", code, &[answer]);
    assert!(
        after.contains("\t\treturn self.db.execute(\"SELECT id FROM users WHERE name = ?\", (name,)).fetchone()\n"),
        "{after}\n{mended:?}"
    );
    assert_eq!(mended.fixes.values().next().unwrap().verification.lines_changed, 2);
}

#[test]
fn imports_and_helpers_come_along() {
    let code = "\
const express = require('express');
const { exec } = require('child_process');
const app = express();

app.get('/ping', (req, res) => {
  exec('ping -c 1 ' + req.query.host, (error, stdout) => res.type('text').send(stdout));
});

app.listen(3000);
";
    let answer = "```javascript
const express = require('express');
const { execFile } = require('child_process');
const app = express();

app.get('/ping', (req, res) => {
  execFile('ping', ['-c', '1', '--', String(req.query.host)], (error, stdout) => res.type('text').send(stdout));
});
```";
    let (after, mended) = repaired("a.js", code, &[answer]);
    assert!(after.contains("execFile('ping'"), "{after}\n{:?}", mended.rejected);
    assert_eq!(after.matches("express()").count(), 1, "{after}");
    assert!(after.contains("require('child_process')") && after.contains("execFile"), "{after}");
    let java = "\
import java.io.IOException;
import java.sql.Connection;
import java.sql.Statement;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

public class Users extends HttpServlet {
    private Connection connection;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            Statement statement = connection.createStatement();
            statement.executeUpdate(\"DELETE FROM users WHERE name = '\" + request.getParameter(\"name\") + \"'\");
        } catch (java.sql.SQLException e) {
            response.sendError(500);
        }
    }
}
";
    let answer = "```java
import java.sql.PreparedStatement;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
        try {
            PreparedStatement statement = connection.prepareStatement(\"DELETE FROM users WHERE name = ?\");
            statement.setString(1, request.getParameter(\"name\"));
            statement.executeUpdate();
        } catch (java.sql.SQLException e) {
            response.sendError(500);
        }
    }
```";
    let (after, mended) = repaired("Users.java", java, &[answer]);
    assert!(after.contains("setString(1"), "{after}\n{:?}", mended.rejected);
    assert!(after.contains("import java.sql.PreparedStatement;\n"), "{after}");
    assert_eq!(after.matches("@Override").count(), 1, "{after}");
    let go = "\
package main

import (
\t\"fmt\"
\t\"net/http\"
)

func hello(w http.ResponseWriter, r *http.Request) {
\tfmt.Fprintf(w, \"<p>Hello %s</p>\", r.URL.Query().Get(\"name\"))
}

func main() {
\thttp.HandleFunc(\"/\", hello)
}
";
    let answer = "```go
package main

import (
    \"fmt\"
    \"html\"
    \"net/http\"
)

func hello(w http.ResponseWriter, r *http.Request) {
    fmt.Fprintf(w, \"<p>Hello %s</p>\", html.EscapeString(r.URL.Query().Get(\"name\")))
}
```";
    let (after, mended) = repaired("main.go", go, &[answer]);
    assert!(
        after.contains("\tfmt.Fprintf(w, \"<p>Hello %s</p>\", html.EscapeString("),
        "{after}\n{:?}",
        mended.rejected
    );
    assert_eq!(after.matches("import").count(), 1, "{after}");
    assert!(after.contains("\t\"html\"\n"), "{after}");
}

#[test]
fn findings_of_one_function_are_mended_together() {
    let code = "\
import hashlib
import sqlite3
from flask import Flask, request

app = Flask(__name__)


@app.route('/login')
def login():
    name = request.args.get('name')
    digest = hashlib.md5(request.args['password'].encode()).hexdigest()
    cursor = sqlite3.connect('app.db').cursor()
    cursor.execute(f\"SELECT id FROM users WHERE name = '{name}' AND digest = '{digest}'\")
    return {'rows': cursor.fetchall()}
";
    let partly = "```python
@app.route('/login')
def login():
    name = request.args.get('name')
    digest = hashlib.md5(request.args['password'].encode()).hexdigest()
    cursor = sqlite3.connect('app.db').cursor()
    cursor.execute(\"SELECT id FROM users WHERE name = ? AND digest = ?\", (name, digest))
    return {'rows': cursor.fetchall()}
```";
    let model = Scripted::new(&[partly, "no"]);
    let strategy = ChainOfThought(client(&model));
    let (file, mended) = mended("a.py", code, &Plan::only(&strategy));
    assert!(file.findings.len() >= 2);
    // Both are in the first question; what mends one of them is kept, and the model is told what is left.
    assert!(model.prompts()[0].contains("CWE-89") && model.prompts()[0].contains("2. "), "{}", model.prompts()[0]);
    assert!(model.asked.lock().unwrap()[1].turns[2].text.contains("still there"));
    assert_eq!(rules(&mended, &file), ["sql-injection"]);
}

#[test]
fn a_ladder_asks_the_model_only_for_what_templates_leave() {
    let model = Scripted::new(&[]);
    let chain = ChainOfThought(client(&model));
    let plan =
        Plan { choice: Choice::First, strategies: vec![&Template, &chain], fallback: None, prices: Prices::default() };
    let code = SQL.to_string();
    let (_, mended) = mended("a.py", &code, &plan);
    assert_eq!(mended.fixes.values().next().unwrap().strategy, "template");
    assert!(model.asked.lock().unwrap().is_empty());
}

#[test]
fn best_of_takes_the_smallest_edit_that_leaves_least() {
    let wordy = SQL_ANSWER.replace(
        "    cursor.execute",
        "    statement = \"SELECT id FROM users WHERE name = ?\"\n    cursor.execute(statement, (name,))\n    cursor.fetchone()\n    cursor.execute",
    );
    let (wordy, terse) = (Scripted::new(&[&wordy]), Scripted::new(&[SQL_ANSWER]));
    let (first, second) = (ChainOfThought(client(&wordy)), NegativeExample(client(&terse)));
    let plan =
        Plan { choice: Choice::Best, strategies: vec![&first, &second], fallback: None, prices: Prices::default() };
    let code = SQL.to_string();
    let (_, mended) = mended("a.py", &code, &plan);
    assert_eq!(mended.fixes.values().next().unwrap().strategy, "negative-example", "{mended:?}");
}

#[test]
fn templates_stand_in_when_no_model_can_be_asked() {
    let model = Scripted::new(&[]);
    let chain = ChainOfThought(client(&model));
    let plan = Plan { fallback: Some(&Template), ..Plan::only(&chain) };
    let (file, mended) = mended("a.py", SQL, &plan);
    assert!(rules(&mended, &file).contains(&"sql-injection".to_string()));
    assert!(mended.fixes.values().all(|f| f.strategy == "template"));
    let rejected: Vec<_> = mended.rejected.values().flatten().collect();
    assert!(rejected.iter().any(|r| r.reason == "budget-spent"), "{rejected:?}");
}

#[test]
fn negative_examples_show_insecure_code_of_the_rule_and_what_is_right_already() {
    let model = Scripted::new(&[SQL_ANSWER, SQL_ANSWER]);
    let strategy = NegativeExample(client(&model));
    mended("a.py", SQL, &Plan::only(&strategy));
    let prompt = &model.prompts()[0];
    assert!(prompt.contains("Do not write code like the following"), "{prompt}");
    assert!(prompt.contains("execute(f\"") && !prompt.contains("# ^"), "{prompt}");
}

#[test]
fn meta_prompts_are_written_once_for_a_weakness() {
    let two = format!(
        "{}\n\n@app.route('/b')\ndef b():\n    sqlite3.connect('b').execute('SELECT ' + request.args['x'])\n",
        SQL
    );
    let model = Scripted::new(&["Bind every value.", SQL_ANSWER, "nothing", "nothing"]);
    let strategy = MetaPrompt::new(client(&model));
    let (_, mended) = mended("a.py", &two, &Plan::only(&strategy));
    let prompts = model.prompts();
    let instructions = prompts.iter().filter(|p| p.starts_with("Write the instruction")).count();
    assert_eq!(instructions, 1);
    assert!(prompts[1..].iter().all(|p| p.starts_with("Bind every value.")), "{prompts:?}");
    // No code is shown where the instruction is asked for.
    assert!(!prompts[0].contains("cursor"));
    assert_eq!(mended.fixes.values().next().unwrap().asked.as_ref().unwrap().requests, 2);
}

#[test]
fn lora_asks_the_tuned_weights_or_says_that_there_are_none() {
    let mut model = Scripted::new(&[SQL_ANSWER]);
    model.adapter = Some("secure-python".to_string());
    let strategy = Lora(client(&model));
    mended("a.py", SQL, &Plan::only(&strategy));
    assert!(model.asked.lock().unwrap()[0].tuned);
    let none = Scripted::new(&[SQL_ANSWER]);
    let strategy = Lora(client(&none));
    let (_, mended) = mended("a.py", SQL, &Plan::only(&strategy));
    assert!(none.asked.lock().unwrap().is_empty());
    assert!(mended.rejected.values().flatten().all(|r| r.explanation.contains("model.lora")));
}

#[test]
fn programs_are_asked_for_in_the_words_of_each_strategy() {
    let model = Scripted::new(&["Be careful."]);
    let client = client(&model);
    let assignment = Assignment { task: "Write a login page.", language: Language::Go, insecure: &["bad()"] };
    let text = |way| request(&client, way, &assignment, "Be careful.").turns[0].text.clone();
    assert!(text(Way::NegativeExample).contains("bad()"));
    assert!(text(Way::ChainOfThought).contains("think it through"));
    assert!(text(Way::MetaPrompt).starts_with("Be careful."));
    assert!(!text(Way::Lora).contains("bad()") && request(&client, Way::Lora, &assignment, "").tuned);
    for way in [Way::NegativeExample, Way::ChainOfThought, Way::MetaPrompt, Way::Lora] {
        assert!(text(way).contains("Write a login page.") && text(way).contains("Go"), "{}", text(way));
    }
    let mut spent = Spent::default();
    assert_eq!(instruction(&client, Language::Go, &mut spent).unwrap().text, "Be careful.");
    assert_eq!(spent.requests, 1);
}

#[test]
fn files_that_the_policy_withholds_are_not_shown_to_a_model() {
    let model = Scripted::new(&[SQL_ANSWER]);
    let chain = ChainOfThought(client(&model));
    let plan = Plan { fallback: Some(&Template), ..Plan::only(&chain) };
    let (_, mended) = mended("secret/a.py", SQL, &plan);
    assert!(model.asked.lock().unwrap().is_empty());
    assert!(mended.rejected.values().flatten().any(|r| r.reason == "withheld"));
    assert_eq!(mended.fixes.values().next().unwrap().strategy, "template");
}

#[test]
fn only_so_many_findings_are_asked_about() {
    let mut model = Scripted::new(&["no", "no"]);
    model.admission = Admission::new(1);
    let strategy = ChainOfThought(client(&model));
    let two = format!(
        "{SQL}\n\n@app.route('/b')\ndef b():\n    sqlite3.connect('b').execute('SELECT ' + request.args['x'])\n"
    );
    let (_, mended) = mended("a.py", &two, &Plan::only(&strategy));
    // Both rounds for the first finding, and none for the second.
    assert_eq!(model.asked.lock().unwrap().len(), 2);
    assert!(mended.rejected.values().flatten().any(|r| r.explanation.contains("(findings)")));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(60))]

    /// Answers with pieces cut out, doubled or put elsewhere: whatever comes of it parses, and the weakness is gone.
    #[test]
    fn what_is_accepted_of_a_broken_answer_is_a_fix(cuts in proptest::collection::vec((0..400usize, 0..400usize, 0..400usize), 0..4)) {
        let mut answer: Vec<char> = SQL_ANSWER.chars().collect();
        for (from, length, to) in cuts {
            let from = from.min(answer.len());
            let piece: Vec<char> = answer.iter().skip(from).take(length % 60).copied().collect();
            if to % 2 == 0 {
                answer.drain(from..from + piece.len());
            }
            let to = to.min(answer.len());
            answer.splice(to..to, piece);
        }
        let answer: String = answer.into_iter().collect();
        let (after, mended) = repaired("a.py", SQL, &[&answer]);
        if !mended.accepted.is_empty() {
            let again = inspect("a.py", after.as_bytes(), Library::built_in(), Limits::default());
            proptest::prop_assert!(again.file.unwrap().errors.is_empty(), "{after}");
            proptest::prop_assert!(again.findings.iter().all(|f| f.rule != "sql-injection"), "{after}");
        }
    }
}
