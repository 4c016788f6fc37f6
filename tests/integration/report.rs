//! The report formats, from reports built by hand.

mod sample;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use sample::Texts;
use serde_json::Value;
use tempergate::report::sarif::{self, Audience};
use tempergate::report::{Report, terminal};
use tempergate::syntax::Source;

fn lookup(texts: &Texts) -> impl Fn(&str) -> Option<Arc<Source>> {
    |path| texts.get(path).cloned()
}

fn sarif_of((report, texts): &(Report, Texts), audience: Audience) -> Value {
    let text = sarif::render(report, &lookup(texts), audience).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn terminal_of((report, texts): &(Report, Texts), options: &terminal::Options) -> String {
    terminal::render(report, &lookup(texts), options)
}

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Fails when SARIF's own schema says that the text is not SARIF.
fn assert_valid_sarif(log: &Value) {
    static SCHEMA: OnceLock<jsonschema::Validator> = OnceLock::new();
    let schema = SCHEMA.get_or_init(|| {
        let text = std::fs::read_to_string(root("tests/fixtures/sarif-schema-2.1.0.json")).unwrap();
        jsonschema::options().should_validate_formats(true).build(&serde_json::from_str(&text).unwrap()).unwrap()
    });
    let errors: Vec<String> = schema.iter_errors(log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

fn golden(name: &str, text: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(root("tests/snapshots"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn sarif_is_valid_for_its_schema() {
    for sample in [sample::rich(), sample::clean(), sample::hostile()] {
        assert_valid_sarif(&sarif_of(&sample, Audience::Complete));
        assert_valid_sarif(&sarif_of(&sample, Audience::Upload));
    }
}

#[test]
fn the_schema_test_notices_what_is_not_sarif() {
    let schema: Value =
        serde_json::from_str(&std::fs::read_to_string(root("tests/fixtures/sarif-schema-2.1.0.json")).unwrap()).unwrap();
    let mut log = sarif_of(&sample::rich(), Audience::Complete);
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] = 0.into();
    assert!(!jsonschema::is_valid(&schema, &log));
}

#[test]
fn sarif_of_the_rich_sample() {
    let (report, texts) = sample::rich();
    golden("report-rich.sarif", &sarif::render(&report, &lookup(&texts), Audience::Complete).unwrap());
}

#[test]
fn terminal_of_the_rich_sample() {
    golden("report-rich.terminal", &terminal_of(&sample::rich(), &terminal::Options::default()));
    let options = terminal::Options { unicode: true, colour: true, show_old: true, ..terminal::Options::default() };
    golden("report-rich.terminal-colour", &terminal_of(&sample::rich(), &options).replace('\u{1b}', "\\e"));
    golden("report-clean.terminal", &terminal_of(&sample::clean(), &terminal::Options::default()));
}

#[test]
fn terminal_of_the_hostile_sample() {
    golden("report-hostile.terminal", &terminal_of(&sample::hostile(), &terminal::Options::default()));
}
