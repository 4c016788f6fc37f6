use serde_json::Value;

use super::*;
use crate::policy::layer::Layer;

#[test]
fn the_baseline_says_every_value() {
    let (layer, errors) = read::read(&Author::Builtin("baseline"), BUILTIN[0].text, &KnownNames::default());
    assert!(errors.is_empty());
    let Layer { version, extends, locked, scope, gate, harden, model, verify, publish, .. } = layer;
    assert!(version.is_some() && extends.is_empty() && locked.is_empty());
    assert!(publish.review.is_some() && publish.check.is_some() && publish.summary.is_some());
    assert!(publish.sarif.is_some() && publish.max_comments.is_some());
    assert!(layer.waivers.is_empty() && layer.inline_waivers.is_some() && layer.baseline_file.is_none());
    assert!(gate.ai.fail_on.is_none() && gate.ai.warn_on.is_none());
    assert!(layer.authorship.marks.is_empty());
    assert!(scope.include.is_some() && scope.exclude.is_some() && scope.languages.is_some());
    assert!(gate.fail_on.is_some() && gate.warn_on.is_some());
    assert!(gate.not_analysed.is_some() && gate.partial.is_some());
    assert!(gate.caps.findings.is_some() && gate.caps.file_bytes.is_some() && gate.caps.steps.is_some());
    assert!(harden.strategy.is_some() && harden.ladder.is_some() && harden.rounds.is_some());
    let budget = harden.budget;
    assert!(budget.requests.is_some() && budget.tokens.is_some() && budget.seconds.is_some());
    assert!(budget.findings.is_some() && budget.usd.is_none());
    assert!(harden.send.include.is_some() && !harden.send.exclude.is_empty());
    assert!(model.is_none() && verify.command.is_none() && verify.timeout.is_some());
}

#[test]
fn the_limits_of_the_baseline() {
    let baseline = Policy::baseline();
    assert_eq!(baseline.max_findings(), 25_000);
    assert_eq!(baseline.max_file_bytes(), 2_000_000);
    assert_eq!(baseline.max_steps(), 5_000_000);
}

#[test]
fn a_file_that_says_nothing_is_the_baseline() {
    for text in [
        "",
        "\n",
        "# nothing\n",
        "---\n",
        "version: 1\n",
        "extends: baseline",
        "extends: [baseline]\n",
        "{}",
        "\u{feff}",
    ] {
        assert_eq!(policy(text).show(), Policy::baseline().show(), "{text:?}");
    }
}

#[test]
fn every_language_can_be_named() {
    for language in values::LANGUAGES {
        // A new language does not compile here until it is listed in `LANGUAGES` and in docs/policy.md.
        let name = match language {
            Language::Python => "python",
            Language::JavaScript => "javascript",
            Language::TypeScript => "typescript",
            Language::Java => "java",
            Language::Go => "go",
        };
        let policy = policy(&format!("scope: {{ languages: [{name}] }}"));
        assert!(policy.file_in_scope("a", language));
        assert_eq!(values::LANGUAGES.iter().filter(|other| policy.file_in_scope("a", **other)).count(), 1);
    }
}

#[test]
fn sizes_are_read_with_their_suffixes() {
    let cases = [
        ("7", 7),
        ("\"7\"", 7),
        ("3B", 3),
        ("200k", 200_000),
        ("200kB", 200_000),
        ("200KB", 200_000),
        ("2MB", 2_000_000),
        ("2M", 2_000_000),
        ("4GB", 4_000_000_000),
    ];
    for (written, bytes) in cases {
        let policy = policy(&format!("gate: {{ caps: {{ file-bytes: {written} }} }}"));
        assert_eq!(policy.max_file_bytes(), bytes, "{written}");
    }
}

const FULL: &str = "\
# Everything that a policy of this version can say.
version: 1
extends: [baseline]
scope:
  include: [\"src/**\", 'we\"ird/\u{1f600}*']
  exclude: [\"**/vendor/**\"]
  languages: [typescript, python, python]
gate:
  fail-on: { severity: critical, confidence: high }
  warn-on:
    severity: low
    confidence: low
  not-analysed: warn
  partial: note
  rules:
    - { cwe: [798, 321], action: fail }
    - rule: missing-rate-limit
      languages: [javascript]
      paths: [\"internal/**\"]
      action: off
  caps: { findings: 50, file-bytes: 1500kB, steps: 1234567 }
harden:
  strategy: none
  overrides:
    - { cwe: 89, languages: [python], strategy: template }
    - { paths: [\"legacy/**\"], strategy: none }
  ladder: [template, lora]
  rounds: 10
  budget: { requests: 7, tokens: 1500k, usd: 0.50, seconds: 60, findings: 3 }
  send: { include: [\"src/**\"], exclude: [\"**/*.pem\", \"private/**\"] }
model:
  provider: openai-compatible
  name: qwen2.5-coder-32b
  endpoint: https://models.example.com/v1
  key-env: MODEL_API_KEY
  lora: { adapter: secure-python }
  prices: { input: 0.15, output: 1 }
  timeout: 90s
  requests-at-once: 2
  answer-tokens: 1k
  temperature: 0.2
  seed: 7
verify: { command: \"cargo test -q\", timeout: 120m }
";

const EMBEDDED: &str = "\
harden: { strategy: auto }
model:
  provider: embedded
  path: models/x.gguf
  lora: { adapter: a.gguf, scale: 0.5 }
";

#[test]
fn show_prints_values_with_their_origins() {
    insta::assert_snapshot!(policy(FULL).show(), @r#"
    version: 1
    scope:
      include: ["src/**", "we\"ird/\U0001F600*"] # .tempergate.yml:5
      exclude: ["**/vendor/**"] # .tempergate.yml:6
      languages: [python, typescript] # .tempergate.yml:7
    gate:
      fail-on: { severity: critical, confidence: high } # .tempergate.yml:9
      warn-on: { severity: low, confidence: low } # .tempergate.yml:10
      not-analysed: warn # .tempergate.yml:13
      partial: note # .tempergate.yml:14
      rules:
        - { cwe: [798, 321], action: fail } # .tempergate.yml:16
        - { rule: ["missing-rate-limit"], languages: [javascript], paths: ["internal/**"], action: off } # .tempergate.yml:17
      caps:
        findings: 50 # .tempergate.yml:21
        file-bytes: 1500kB # .tempergate.yml:21
        steps: 1234567 # .tempergate.yml:21
    harden:
      strategy: none # .tempergate.yml:23
      ladder: [template, lora] # .tempergate.yml:27
      overrides:
        - { cwe: [89], languages: [python], strategy: template } # .tempergate.yml:25
        - { paths: ["legacy/**"], strategy: none } # .tempergate.yml:26
      rounds: 10 # .tempergate.yml:28
      budget:
        requests: 7 # .tempergate.yml:29
        tokens: 1500k # .tempergate.yml:29
        usd: 0.5 # .tempergate.yml:29
        seconds: 60 # .tempergate.yml:29
        findings: 3 # .tempergate.yml:29
      send:
        include: ["src/**"] # .tempergate.yml:30
        exclude:
          - "**/.env" # baseline
          - "**/.env.*" # baseline
          - "**/*.pem" # baseline
          - "**/*.key" # baseline
          - "**/*.p12" # baseline
          - "**/*.pfx" # baseline
          - "**/*.jks" # baseline
          - "**/*.keystore" # baseline
          - "**/*.kdbx" # baseline
          - "**/*.tfstate" # baseline
          - "**/*.tfvars" # baseline
          - "**/id_{rsa,dsa,ecdsa,ed25519}*" # baseline
          - "**/.ssh/**" # baseline
          - "**/.aws/**" # baseline
          - "**/.kube/**" # baseline
          - "**/.docker/config.json" # baseline
          - "**/.{netrc,npmrc,pypirc,htpasswd,pgpass,git-credentials}" # baseline
          - "**/credentials" # baseline
          - "**/secrets/**" # baseline
          - "private/**" # .tempergate.yml:30
    model:
      provider: openai-compatible # .tempergate.yml:32
      name: "qwen2.5-coder-32b" # .tempergate.yml:33
      endpoint: "https://models.example.com/v1" # .tempergate.yml:34
      key-env: "MODEL_API_KEY" # .tempergate.yml:35
      lora:
        adapter: "secure-python" # .tempergate.yml:36
      prices:
        input: 0.15 # .tempergate.yml:37
        output: 1 # .tempergate.yml:37
      timeout: 90s # .tempergate.yml:38
      requests-at-once: 2 # .tempergate.yml:39
      answer-tokens: 1000 # .tempergate.yml:40
      temperature: 0.2 # .tempergate.yml:41
      seed: 7 # .tempergate.yml:42
    verify:
      command: "cargo test -q" # .tempergate.yml:43
      timeout: 2h # .tempergate.yml:43
    publish:
      review: true # baseline
      check: true # baseline
      summary: true # baseline
      sarif: true # baseline
      max-comments: 30 # baseline
    inline-waivers: false # baseline
    waivers: []
    "#);
}

#[test]
fn what_show_prints_reads_back_as_the_same_policy() {
    let without_origins = |shown: String| -> String {
        shown.lines().map(|line| line.split(" # ").next().unwrap_or_default().to_owned() + "\n").collect()
    };
    for policy in [
        Policy::baseline(),
        policy(FULL),
        policy(EMBEDDED),
        policy("gate: { rules: [{ rule: sql-injection, action: note }] }"),
    ] {
        let shown = policy.show();
        let again = Policy::parse("shown.yml", &shown, &known()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(without_origins(again.show()), without_origins(shown));
    }
}

#[test]
fn the_published_schema_is_fresh() {
    let published = include_str!("../../../policies/schema.json");
    let fresh = serde_json::to_string_pretty(&json_schema()).unwrap() + "\n";
    assert!(published == fresh, "run `tempergate policy schema > policies/schema.json`");
}

fn to_json(text: &str) -> Value {
    serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true }).unwrap()
}

#[test]
fn the_schema_takes_what_the_reader_takes() {
    let schema = jsonschema::validator_for(&json_schema()).unwrap();
    for text in [
        BUILTIN[0].text,
        BUILTIN[1].text,
        BUILTIN[2].text,
        BUILTIN[3].text,
        BUILTIN[4].text,
        FULL,
        EMBEDDED,
        "extends: baseline",
        "{}",
        "gate: { caps: { steps: 5M } }",
        "scope: { languages: all }",
    ] {
        policy(text);
        let errors: Vec<String> = schema.iter_errors(&to_json(text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{text}\n{errors:?}");
    }
}

#[test]
fn the_schema_refuses_what_the_reader_refuses() {
    let schema = jsonschema::validator_for(&json_schema()).unwrap();
    let cases = [
        "version: 2",
        "extends: stricter",
        "extends: [{ from: acme/policies//gate.yml@main, sha256: 0 }]",
        "locked: gate.fail",
        "publish: { review: yes please }",
        "gate: ~",
        "gates: {}",
        "waivers: {}",
        "engines: {}",
        "engines: [semgrep]",
        "engines: [{ name: semgrep }]",
        "engines: [{ run: 'x {paths}' }]",
        "engines: [{ name: Semgrep, run: 'x {paths}' }]",
        "engines: [{ name: a, run: 'x' }]",
        "engines: [{ name: a, run: 'x {paths}', sarif: a.sarif }]",
        "engines: [{ name: a, sarif: a.sarif, required: maybe }]",
        "engines: [{ name: a, sarif: a.sarif, cwe: { R: CWE-79 } }]",
        "engines: [{ name: a, sarif: a.sarif, rules: [R] }]",
        "scope: { include: [] }",
        "scope: { exclude: ~ }",
        "scope: { languages: python }",
        "scope: { languages: [ruby] }",
        "gate: { fail-on: { severity: high } }",
        "gate: { fail-on: high }",
        "gate: { not-analysed: off }",
        "gate: { rules: [{ action: fail }] }",
        "gate: { rules: [{ cwe: 0, action: fail }] }",
        "gate: { rules: [{ cwe: CWE-89, action: fail }] }",
        "gate: { rules: [{ cwe: 89, rule: sql-injection, action: fail }] }",
        "gate: { rules: [{ cwe: 89 }] }",
        "gate: { rules: [{ cwe: 89, paths: [], action: note }] }",
        "gate: { caps: { findings: 0 } }",
        "gate: { caps: { steps: 2MB } }",
        "gate: { caps: { file-bytes: 2MiB } }",
        "harden: { strategy: laddr }",
        "harden: { overrides: [{ strategy: none }] }",
        "harden: { rounds: 0 }",
        "harden: { rounds: 11 }",
        "harden: { ladder: [] }",
        "harden: { ladder: [template, ladder] }",
        "harden: { ladder: [lora, lora] }",
        "harden: { budget: { usd: 0 } }",
        "harden: { send: { include: [] } }",
        "harden: { send: { exclude: a } }",
        "model: { name: x }",
        "model: { provider: opnai, name: x }",
        "model: { provider: anthropic }",
        "model: { provider: gemini, name: x, lora: { adapter: a } }",
        "model: { provider: gemini, name: two words }",
        "model: { provider: openai-compatible, name: x }",
        "model: { provider: openai-compatible, name: x, endpoint: 'ftp://a/v1' }",
        "model: { provider: openai-compatible, name: x, endpoint: 'https://me:pw@a/v1' }",
        "model: { provider: openai-compatible, name: x, endpoint: 'https://a/v1?key=k' }",
        "model: { provider: openai-compatible, name: x, endpoint: 'https://a', lora: { adapter: a, scale: 1 } }",
        "model: { provider: openai-compatible, name: x, endpoint: 'https://a', key-env: a-b }",
        "model: { provider: embedded, name: x }",
        "model: { provider: embedded, path: x, prices: { input: 1, output: 1 } }",
        "model: { provider: embedded, path: x, lora: { scale: 1 } }",
        "model: { provider: embedded, path: x, lora: { adapter: a, scale: 0 } }",
        "model: { provider: replay }",
        "model: { provider: replay, path: x, timeout: 60 }",
        "model: { provider: replay, path: x, timeout: 1d }",
        "model: { provider: replay, path: x, temperature: 2.5 }",
        "model: { provider: replay, path: x, seed: -1 }",
        "model: { provider: anthropic, name: x, prices: { input: 1 } }",
        "verify: { command: '' }",
        "verify: { command: [cargo, test] }",
        "[]",
    ];
    for text in cases {
        assert!(Policy::parse(FILE, text, &known()).is_err(), "the reader takes {text}");
        assert!(!schema.is_valid(&to_json(text)), "the schema takes {text}");
    }
}

/// The YAML blocks of the documentation are policies, and the last one is the built-in one.
#[test]
fn the_documented_examples_are_policies() {
    let docs = include_str!("../../../docs/policy.md");
    let blocks: Vec<&str> =
        docs.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default()).collect();
    for block in &blocks {
        policy(block);
    }
    assert_eq!(blocks.last(), Some(&BUILTIN[0].text));
    assert!(blocks.len() > 5);
}

/// Every key of the schema is a key of the reader, and documented.
#[test]
fn every_key_of_the_schema_is_documented() {
    let docs = include_str!("../../../docs/policy.md");
    let schema = json_schema();
    let mut objects = vec![(String::new(), &schema)];
    let mut keys = 0;
    while let Some((prefix, object)) = objects.pop() {
        let Some(properties) = object.get("properties").and_then(Value::as_object) else { continue };
        for (key, value) in properties {
            let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            let target = [value.get("$ref"), value.pointer("/items/$ref")].into_iter().flatten().next();
            let target =
                target.and_then(Value::as_str).and_then(|target| schema.pointer(target.trim_start_matches('#')));
            assert!(docs.contains(&format!("`{path}`")), "docs/policy.md does not name `{path}`");
            assert!(value.get("description").is_some() || key == "version", "{path} has no description");
            keys += 1;
            objects.extend(target.map(|target| (path, target)));
        }
    }
    assert_eq!(keys, 100, "the walk over the schema reaches every key");
}
