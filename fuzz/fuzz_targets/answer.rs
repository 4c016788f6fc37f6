//! Any bytes as a model's answer: what is accepted parses, and the weakness is gone.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tempergate::harden::mend::mend;
use tempergate::harden::plan::Plan;
use tempergate::harden::prompted::Client;
use tempergate::harden::prompted::chain_of_thought::ChainOfThought;
use tempergate::harden::registry::Admission;
use tempergate::inspect::{Limits, inspect};
use tempergate::model::{Answer, End, Failure, Model, Request};
use tempergate::rules::Library;
use tempergate::verify::{Available, Context};

const CODE: &str = "import sqlite3
from flask import Flask, request

app = Flask(__name__)


@app.route('/user')
def user():
    name = request.args.get('name')
    cursor = sqlite3.connect('app.db').cursor()
    cursor.execute(f\"SELECT id FROM users WHERE name = '{name}'\")
    return {'rows': cursor.fetchall()}
";

struct Says(String);

impl Model for Says {
    fn id(&self) -> &str {
        "fuzz"
    }

    fn answer(&self, _: &Request) -> Result<Answer, Failure> {
        Ok(Answer { text: self.0.clone(), end: End::Complete, tokens_in: 0, tokens_out: 0, seconds: 0.0 })
    }
}

fuzz_target!(|bytes: &[u8]| {
    let library = Library::built_in();
    let limits = Limits { steps: 200_000, ..Limits::default() };
    let file = inspect("fuzz.py", CODE.as_bytes(), library, limits);
    let model = Says(String::from_utf8_lossy(bytes).into_owned());
    let admission = Admission::new(10);
    let client = Client {
        model: &model,
        rounds: 1,
        answer_tokens: 1_000,
        temperature: 0.0,
        seed: None,
        may_see: &|_| true,
        admission: &admission,
    };
    let strategy = ChainOfThought(client);
    let available = Available::default();
    let context = Context { library, limits, available: &available };
    let wanted: Vec<usize> = (0..file.findings.len()).collect();
    let mended = mend(&file, &wanted, &|_| Some(Plan::only(&strategy)), &context);
    if mended.accepted.is_empty() {
        return;
    }
    let after = inspect("fuzz.py", mended.accepted.apply(CODE).as_bytes(), library, limits);
    assert!(after.file.is_some_and(|f| f.errors.is_empty()));
    assert!(after.findings.iter().all(|f| f.rule != "sql-injection"));
});
