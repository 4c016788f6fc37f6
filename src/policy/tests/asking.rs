use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::model::budget::Prices;

const REMOTE: &str =
    "model: { provider: openai-compatible, name: m, endpoint: \"https://models.example.com/v1\", key-env: KEY }\n";

#[test]
fn the_baseline_asks_no_model_and_runs_nothing() {
    let policy = Policy::baseline();
    assert_eq!(policy.ladder(), [Strategy::Template, Strategy::ChainOfThought, Strategy::MetaPrompt]);
    assert_eq!(policy.rounds(), 2);
    let budget = Budget { requests: 40, tokens: 200_000, usd: None, seconds: 240, findings: 20 };
    assert_eq!(policy.budget(), &budget);
    assert!(policy.model().is_none() && policy.verify_command().is_none());
    assert!(policy.needs_model().is_none() && policy.model_problem().is_none());
}

#[test]
fn what_a_file_says_replaces_the_baseline_value_by_value() {
    let policy = policy(
        "harden:\n  ladder: [template, lora]\n  rounds: 10\n  budget: { usd: 2, tokens: 1M }\nverify: { command: make test }\n",
    );
    assert_eq!((policy.ladder(), policy.rounds()), (&[Strategy::Template, Strategy::Lora][..], 10));
    let budget = Budget { requests: 40, tokens: 1_000_000, usd: Some(2.0), seconds: 240, findings: 20 };
    assert_eq!(policy.budget(), &budget);
    let command = VerifyCommand { command: "make test".to_owned(), timeout: Duration::from_secs(300) };
    assert_eq!(policy.verify_command(), Some(command));
}

#[test]
fn what_is_never_sent_adds_up() {
    let policy =
        policy("harden: { send: { include: [\"src/**\", \"**/*.pem\"], exclude: [\"src/billing/**\", \"**/.env\"] } }");
    let cases = [
        ("src/app.py", true),
        ("app.py", false),
        ("src/billing/a.py", false),
        ("server.pem", false),
        ("src/deep/.env", false),
        ("src/.env.local", false),
        ("src/secrets/vault.py", false),
        ("src/id_rsa", false),
        ("src/id_ed25519.pub", false),
        ("src/.aws/credentials", false),
        ("src/environment.py", true),
    ];
    for (path, expected) in cases {
        assert_eq!(policy.may_send(path), expected, "{path}");
    }
    for path in [".env", "config/.env.production", "a/b/tls.key", ".npmrc", "home/.ssh/config", "terraform.tfstate"] {
        assert!(!Policy::baseline().may_send(path), "{path}");
    }
    assert!(Policy::baseline().may_send("src/app.py"));
    // A list that would be empty takes nothing away.
    assert!(!self::policy("harden: { send: { exclude: [] } }").may_send(".env"));
}

#[test]
fn nothing_is_sent_where_the_globs_cannot_be_matched() {
    let mut stack = Stack::baseline();
    stack.layer.harden.send.exclude.push(builtin("a[".to_owned()));
    assert!(!Policy::complete(stack, None).may_send("src/app.py"));
}

#[test]
fn a_model_has_what_was_said_and_defaults() {
    let policy = policy(
        "model:\n  provider: embedded\n  path: models/x.gguf\n  lora: { adapter: a.gguf, scale: 0.5 }\n  timeout: 5m\n  temperature: 1\n  seed: 0\n",
    );
    let expected = ModelSettings {
        path: Some(PathBuf::from("models/x.gguf")),
        lora: Some(Lora { adapter: "a.gguf".to_owned(), scale: 0.5 }),
        timeout: Duration::from_secs(300),
        temperature: 1.0,
        seed: Some(0),
        ..ModelSettings::of(Provider::Embedded)
    };
    assert_eq!(policy.model(), Some(&expected));
    let named = self::policy("model: { provider: anthropic, name: c, prices: { input: 3, output: 15.5 } }");
    let named = named.model().unwrap();
    assert_eq!(named.key_env.as_deref(), Some("ANTHROPIC_API_KEY"));
    assert_eq!(named.prices, Some(Prices { input: 3.0, output: 15.5 }));
    assert_eq!((named.requests_at_once, named.answer_tokens), (4, 2048));
    let local = self::policy("model: { provider: openai-compatible, name: m, endpoint: \"http://127.0.0.1:8080/v1\" }");
    assert_eq!(local.model().unwrap().key_env, None);
}

#[test]
fn a_model_is_replaced_whole() {
    let text =
        "extends: org.yml\nmodel: { provider: openai-compatible, name: m, endpoint: \"https://other.example/v1\" }";
    let policy = Policy::load(FILE, text, &known(), &Files::new(&[("org.yml", REMOTE)])).unwrap();
    let model = policy.model().unwrap();
    assert_eq!((model.endpoint.as_deref(), &model.key_env), (Some("https://other.example/v1"), &None));
}

#[test]
fn who_needs_a_model() {
    let used = |text: &str| {
        let policy = policy(text);
        policy.needs_model().map(|used| format!("{} {} {}", used.setting, used.strategy, used.origin))
    };
    let cases = [
        ("harden: { strategy: template, ladder: [lora] }", None),
        ("harden: { strategy: ladder, ladder: [template] }", None),
        ("harden: { strategy: none }", None),
        ("harden:\n  strategy: ladder\n", Some("harden.strategy ladder .tempergate.yml:2")),
        ("harden: { strategy: auto }", Some("harden.strategy auto .tempergate.yml:1")),
        ("harden: { strategy: lora }", Some("harden.strategy lora .tempergate.yml:1")),
        (
            "harden:\n  overrides:\n    - { cwe: 79, strategy: none }\n    - { cwe: 89, strategy: best-of }\n",
            Some("harden.overrides[1] best-of .tempergate.yml:4"),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(used(text).as_deref(), expected, "{text}");
    }
}

#[test]
fn what_keeps_strategies_from_being_carried_out() {
    let problem = |text: &str| policy(text).model_problem();
    assert_eq!(problem(REMOTE), None);
    assert_eq!(problem(&format!("harden: {{ strategy: ladder }}\n{REMOTE}")), None);
    assert_eq!(
        problem("harden: { strategy: ladder }").unwrap(),
        "harden.strategy (.tempergate.yml:1) is `ladder`, which asks a model, and no model is named"
    );
    let embedded = ModelSettings { path: Some("x.gguf".into()), ..ModelSettings::of(Provider::Embedded) };
    let tuned = policy("harden: { overrides: [{ cwe: 89, strategy: lora }] }");
    assert_eq!(
        tuned.clone().with_model(embedded.clone()).model_problem().unwrap(),
        "harden.overrides[0] (.tempergate.yml:1) is `lora`, which needs tuned weights, and model.lora is not set"
    );
    let lora = Some(Lora { adapter: "a.gguf".to_owned(), scale: 1.0 });
    assert_eq!(tuned.with_model(ModelSettings { lora, ..embedded.clone() }).model_problem(), None);
    // Money can be counted only with prices; what runs here costs none.
    let paid = policy("harden: { strategy: chain-of-thought, budget: { usd: 1 } }");
    let remote = ModelSettings { name: Some("m".to_owned()), ..ModelSettings::of(Provider::Gemini) };
    assert_eq!(
        paid.clone().with_model(remote.clone()).model_problem().unwrap(),
        "harden.budget.usd (.tempergate.yml:1) is set, and without model.prices nobody knows what a request costs"
    );
    let prices = Some(Prices { input: 0.0, output: 0.0 });
    assert_eq!(paid.clone().with_model(ModelSettings { prices, ..remote }).model_problem(), None);
    assert_eq!(paid.with_model(embedded).model_problem(), None);
}

#[test]
fn the_command_line_decides_over_the_policy() {
    let written =
        policy(&format!("harden: {{ strategy: template, overrides: [{{ cwe: 89, strategy: none }}] }}\n{REMOTE}"));
    let policy = written.with_strategy(Strategy::BestOf);
    assert_eq!(policy.strategy_for(&injection("a.py"), Language::Python), Strategy::BestOf);
    assert_eq!(policy.needs_model().unwrap().origin, &Origin::CommandLine);
    let settings = ModelSettings {
        path: Some("x.gguf".into()),
        lora: Some(Lora { adapter: "a.gguf".to_owned(), scale: 2.0 }),
        seed: Some(3),
        ..ModelSettings::of(Provider::Embedded)
    };
    let policy = policy.with_model(settings.clone());
    assert_eq!(policy.model(), Some(&settings));
    let shown = policy.show();
    assert!(shown.contains("  strategy: best-of # command line\n") && shown.contains("  overrides: []\n"), "{shown}");
    assert!(shown.contains("    scale: 2 # command line\n") && !shown.contains("models.example.com"), "{shown}");
    // What is shown says the same model.
    assert_eq!(self::policy(&shown).model(), Some(&settings));
}

#[test]
fn parts_of_strategies() {
    let policy = policy("harden: { ladder: [lora, template] }");
    for strategy in Strategy::ALL {
        let expected = match strategy {
            Strategy::None => vec![],
            Strategy::Ladder | Strategy::BestOf | Strategy::Auto => vec![Strategy::Lora, Strategy::Template],
            single => vec![single],
        };
        assert_eq!(policy.parts_of(strategy), expected);
        assert_eq!(Strategy::from_name(strategy.name()), Some(strategy));
        assert_eq!(Strategy::SINGLE.contains(&strategy), !strategy.is_composed() && strategy != Strategy::None);
        assert!(!strategy.is_model() || Strategy::SINGLE.contains(&strategy));
    }
    assert_eq!(Strategy::from_name("Template"), None);
    for provider in Provider::ALL {
        assert_eq!(Provider::from_name(provider.name()), Some(provider));
    }
}

#[test]
fn durations_are_read_and_shown_in_their_largest_unit() {
    for (written, seconds, shown) in [
        ("1s", 1, "1s"),
        ("90s", 90, "90s"),
        ("120s", 120, "2m"),
        ("5m", 300, "5m"),
        ("60m", 3600, "1h"),
        ("6h", 21_600, "6h"),
    ] {
        let policy = policy(&format!("verify: {{ command: x, timeout: {written} }}"));
        assert_eq!(policy.verify_command().unwrap().timeout, Duration::from_secs(seconds), "{written}");
        assert!(policy.show().contains(&format!("timeout: {shown} # .tempergate.yml:1")), "{}", policy.show());
    }
}
