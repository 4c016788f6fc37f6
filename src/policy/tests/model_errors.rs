use super::*;

fn shown(text: &str) -> String {
    Policy::parse(FILE, text, &known()).unwrap_err().render(false)
}

#[test]
fn strategies_and_ladders() {
    let text = "harden:\n  strategy: chain_of_thought\n  ladder: [template, ladder, none, lora, template, auto-]\n  rounds: 11\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `harden.strategy` must be one of template, negative-example, chain-of-thought, meta-prompt, lora, ladder, best-of, auto, none, not `chain_of_thought`
     --> .tempergate.yml:2:13
      |
    2 |   strategy: chain_of_thought
      |             ^^^^^^^^^^^^^^^^
      |
      = help: did you mean `chain-of-thought`?

    error: `ladder` cannot stand in a ladder: it consists of this list itself
     --> .tempergate.yml:3:22
      |
    3 |   ladder: [template, ladder, none, lora, template, auto-]
      |                      ^^^^^^
      |
      = help: single strategies are template, negative-example, chain-of-thought, meta-prompt, lora

    error: `none` cannot stand in a ladder: it proposes nothing
     --> .tempergate.yml:3:30
      |
    3 |   ladder: [template, ladder, none, lora, template, auto-]
      |                              ^^^^
      |
      = help: single strategies are template, negative-example, chain-of-thought, meta-prompt, lora

    error: `harden.ladder` names `template` a second time
     --> .tempergate.yml:3:42
      |
    3 |   ladder: [template, ladder, none, lora, template, auto-]
      |            -------- first named here     ^^^^^^^^

    error: `harden.ladder[5]` must be one of template, negative-example, chain-of-thought, meta-prompt, lora, not `auto-`
     --> .tempergate.yml:3:52
      |
    3 |   ladder: [template, ladder, none, lora, template, auto-]
      |                                                    ^^^^^

    error: `harden.rounds` is 10 at most
     --> .tempergate.yml:4:11
      |
    4 |   rounds: 11
      |           ^^
    "#);
}

#[test]
fn budgets() {
    let text = "harden:\n  budget: { requests: 0, tokens: lots, usd: $1.50, seconds: 5m, finding: 3 }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `harden.budget.requests` must be at least 1
     --> .tempergate.yml:2:23
      |
    2 |   budget: { requests: 0, tokens: lots, usd: $1.50, seconds: 5m, finding: 3 }
      |                       ^

    error: `harden.budget.tokens` must be a number like `5M`, not `lots`
     --> .tempergate.yml:2:34
      |
    2 |   budget: { requests: 0, tokens: lots, usd: $1.50, seconds: 5m, finding: 3 }
      |                                  ^^^^
      |
      = help: a whole number, if need be with k, M or G behind it

    error: `harden.budget.usd` must be a number like `1.50`, not `$1.50`
     --> .tempergate.yml:2:45
      |
    2 |   budget: { requests: 0, tokens: lots, usd: $1.50, seconds: 5m, finding: 3 }
      |                                             ^^^^^
      |
      = help: write `1.50`

    error: `harden.budget.seconds` must be a number, not `5m`
     --> .tempergate.yml:2:61
      |
    2 |   budget: { requests: 0, tokens: lots, usd: $1.50, seconds: 5m, finding: 3 }
      |                                                             ^^
      |
      = help: write `300`

    error: unknown key `finding` in `harden.budget`
     --> .tempergate.yml:2:65
      |
    2 |   budget: { requests: 0, tokens: lots, usd: $1.50, seconds: 5m, finding: 3 }
      |                                                                 ^^^^^^^
      |
      = help: did you mean `findings`?
    "#);
}

#[test]
fn money_and_decimals() {
    let text = "harden: { budget: { usd: 0 } }\nmodel:\n  provider: replay\n  path: x\n  prices: { input: -1, output: cheap }\n  temperature: 2.5\n  lora: { adapter: a, scale: .inf }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `harden.budget.usd` must be above 0
     --> .tempergate.yml:1:26
      |
    1 | harden: { budget: { usd: 0 } }
      |                          ^

    error: `model.prices.input` cannot be negative
     --> .tempergate.yml:5:20
      |
    5 |   prices: { input: -1, output: cheap }
      |                    ^^

    error: `model.prices.output` must be a number like `0.15`, not `cheap`
     --> .tempergate.yml:5:32
      |
    5 |   prices: { input: -1, output: cheap }
      |                                ^^^^^

    error: `model.temperature` is 2 at most
     --> .tempergate.yml:6:16
      |
    6 |   temperature: 2.5
      |                ^^^

    error: `model.lora.scale` must be a number like `1.0`, not `.inf`
     --> .tempergate.yml:7:30
      |
    7 |   lora: { adapter: a, scale: .inf }
      |                              ^^^^
    "#);
}

#[test]
fn files_to_send() {
    let text = "harden:\n  send: { include: [], exclude: [secrets/, '**/*.pem'], only: [a] }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `harden.send.include` is an empty list
     --> .tempergate.yml:2:20
      |
    2 |   send: { include: [], exclude: [secrets/, '**/*.pem'], only: [a] }
      |                    ^
      |
      = help: leave the key out where there is nothing to say

    error: the glob `secrets/` matches nothing
     --> .tempergate.yml:2:34
      |
    2 |   send: { include: [], exclude: [secrets/, '**/*.pem'], only: [a] }
      |                                  ^^^^^^^^
      |
      = help: to match everything in the folder, write `secrets/**`

    error: unknown key `only` in `harden.send`
     --> .tempergate.yml:2:57
      |
    2 |   send: { include: [], exclude: [secrets/, '**/*.pem'], only: [a] }
      |                                                         ^^^^
      |
      = help: the keys here are include, exclude
    "#);
}

#[test]
fn models_that_lack_something() {
    let text = "model: { name: x }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `model` lacks `provider`
     --> .tempergate.yml:1:8
      |
    1 | model: { name: x }
      |        ^
      |
      = help: `provider` is one of anthropic, gemini, openai-compatible, embedded, replay
    "#);
    let text = "model:\n  provider: openai-compatible\n  model: qwen\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `model` lacks `endpoint`
     --> .tempergate.yml:2:3
      |
    2 |   provider: openai-compatible
      |   ^^^^^^^^
      |
      = help: `endpoint` is the URL of the server; the provider `openai-compatible` needs it

    error: `model` lacks `name`
     --> .tempergate.yml:2:3
      |
    2 |   provider: openai-compatible
      |   ^^^^^^^^
      |
      = help: `name` is the model's name there; the provider `openai-compatible` needs it

    error: unknown key `model` in `model`
     --> .tempergate.yml:3:3
      |
    3 |   model: qwen
      |   ^^^^^
      |
      = help: the keys here are provider, name, path, endpoint, key-env, lora, prices, timeout, requests-at-once, answer-tokens, temperature, seed
    "#);
    let text = "model: { provider: embeded, path: x.gguf }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `model.provider` must be one of anthropic, gemini, openai-compatible, embedded, replay, not `embeded`
     --> .tempergate.yml:1:20
      |
    1 | model: { provider: embeded, path: x.gguf }
      |                    ^^^^^^^
      |
      = help: did you mean `embedded`?
    "#);
}

#[test]
fn keys_that_a_provider_would_not_look_at() {
    let text = "model:\n  provider: embedded\n  endpoint: https://a.example\n  key-env: KEY\n  prices: { input: 1, output: 1 }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `model` lacks `path`
     --> .tempergate.yml:2:3
      |
    2 |   provider: embedded
      |   ^^^^^^^^
      |
      = help: `path` is the model's GGUF file; the provider `embedded` needs it

    error: `model.endpoint` means nothing for the provider `embedded`
     --> .tempergate.yml:3:3
      |
    3 |   endpoint: https://a.example
      |   ^^^^^^^^
      |
      = help: leave it out

    error: `model.key-env` means nothing for the provider `embedded`
     --> .tempergate.yml:4:3
      |
    4 |   key-env: KEY
      |   ^^^^^^^
      |
      = help: leave it out

    error: `model.prices` means nothing for the provider `embedded`
     --> .tempergate.yml:5:3
      |
    5 |   prices: { input: 1, output: 1 }
      |   ^^^^^^
      |
      = help: leave it out
    "#);
    let text = "model:\n  provider: anthropic\n  name: c\n  lora: { adapter: a, scale: 1 }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `model.lora` means nothing for the provider `anthropic`
     --> .tempergate.yml:4:3
      |
    4 |   lora: { adapter: a, scale: 1 }
      |   ^^^^
      |
      = help: leave it out

    error: `model.lora.scale` means nothing for the provider `anthropic`
     --> .tempergate.yml:4:23
      |
    4 |   lora: { adapter: a, scale: 1 }
      |                       ^^^^^
      |
      = help: the server that has the adapter sets its scale
    "#);
}

#[test]
fn endpoints_and_keys() {
    let text = "model:\n  provider: openai-compatible\n  name: two words\n  endpoint: models.example.com\n  key-env: sk-live-abc\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `model.name` cannot hold spaces
     --> .tempergate.yml:3:9
      |
    3 |   name: two words
      |         ^^^^^^^^^

    error: `model.endpoint` must be a URL like `https://models.example.com/v1`, not `models.example.com`
     --> .tempergate.yml:4:13
      |
    4 |   endpoint: models.example.com
      |             ^^^^^^^^^^^^^^^^^^

    error: `model.key-env` is not the name of an environment variable
     --> .tempergate.yml:5:12
      |
    5 |   key-env: sk-live-abc
      |            ^^^^^^^^^^^
      |
      = help: put the key into a variable, and write the variable's name here: `MODEL_API_KEY`
    "#);
    let text =
        "model: { provider: openai-compatible, name: m, endpoint: 'http://models.example.com/v1', key-env: KEY }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: the key would be sent unencrypted to `model.endpoint`
     --> .tempergate.yml:1:58
      |
    1 | model: { provider: openai-compatible, name: m, endpoint: 'http://models.example.com/v1', key-env: KEY }
      |                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `https://`, or leave `key-env` out where the server takes no key
    "#);
    let wrong = |endpoint: &str| {
        let text = format!("model: {{ provider: openai-compatible, name: m, endpoint: '{endpoint}', key-env: KEY }}");
        Policy::parse(FILE, &text, &known()).err().map(|e| e.diagnostics[0].message.clone())
    };
    for endpoint in ["https://a.example/v1", "http://localhost:80/v1", "http://127.0.0.1/v1", "http://[::1]:8080/v1"] {
        assert_eq!(wrong(endpoint), None, "{endpoint}");
    }
    let unencrypted = "the key would be sent unencrypted to `model.endpoint`";
    for endpoint in
        ["http://10.0.0.1/v1", "http://localhost.example/v1", "http://127.0.0.1.example/", "http://[fe80::1]/"]
    {
        assert_eq!(wrong(endpoint).as_deref(), Some(unencrypted), "{endpoint}");
    }
    for (endpoint, message) in [
        ("https://me:pw@a.example/v1", "`model.endpoint` cannot hold a user or a password"),
        ("https://a.example/v1?key=abc", "`model.endpoint` cannot hold a query or a fragment"),
    ] {
        assert_eq!(wrong(endpoint).as_deref(), Some(message));
    }
    for endpoint in ["https://", "https:///v1", "ftp://a.example", "https://a b", "https://a\\b", "HTTPS://a.example"] {
        assert!(wrong(endpoint).unwrap().contains("must be a URL"), "{endpoint}");
    }
}

#[test]
fn what_does_not_fit_together() {
    let text = "harden:\n  strategy: ladder\n  ladder: [template, lora]\n  budget: { usd: 1 }\nmodel:\n  provider: openai-compatible\n  name: m\n  endpoint: https://a.example\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `harden.budget.usd` is set, and `model` lacks `prices`
     --> .tempergate.yml:5:1
      |
    5 | model:
      | ^^^^^
      |
      = help: write what a million tokens cost: `prices: { input: 0.15, output: 0.60 }`

    error: the strategy `lora` is named, and `model` lacks `lora`
     --> .tempergate.yml:5:1
      |
    5 | model:
      | ^^^^^
      |
      = help: name the tuned weights: `lora: { adapter: ./adapters/secure.gguf }`
    "#);
    // A ladder that nobody climbs needs nothing.
    policy("harden: { ladder: [lora] }\nmodel: { provider: anthropic, name: c }");
}

#[test]
fn commands_and_durations() {
    let text = "verify:\n  command: ' '\n  timeout: 300\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `verify.command` is empty
     --> .tempergate.yml:2:12
      |
    2 |   command: ' '
      |            ^^^

    error: `verify.timeout` must be a duration like `90s`, `5m` or `1h`, not the number 300
     --> .tempergate.yml:3:12
      |
    3 |   timeout: 300
      |            ^^^
      |
      = help: write the unit: `300s`
    "#);
    let text = "model: { provider: replay, path: [a], timeout: 2h, seed: 1.5, requests-at-once: 65 }\nverify: { command: 7, timeout: 0s, tiemout: 1d }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `model.path` must be the path of a file, not a list
     --> .tempergate.yml:1:34
      |
    1 | model: { provider: replay, path: [a], timeout: 2h, seed: 1.5, requests-at-once: 65 }
      |                                  ^

    error: `model.timeout` is 1h at most
     --> .tempergate.yml:1:48
      |
    1 | model: { provider: replay, path: [a], timeout: 2h, seed: 1.5, requests-at-once: 65 }
      |                                                ^^

    error: `model.seed` must be a whole number, not the number 1.5
     --> .tempergate.yml:1:58
      |
    1 | model: { provider: replay, path: [a], timeout: 2h, seed: 1.5, requests-at-once: 65 }
      |                                                          ^^^

    error: `model.requests-at-once` is 64 at most
     --> .tempergate.yml:1:81
      |
    1 | model: { provider: replay, path: [a], timeout: 2h, seed: 1.5, requests-at-once: 65 }
      |                                                                                 ^^

    error: `verify.command` must be a command for the shell, as one text, not the number 7
     --> .tempergate.yml:2:20
      |
    2 | verify: { command: 7, timeout: 0s, tiemout: 1d }
      |                    ^

    error: `verify.timeout` must be at least 1s
     --> .tempergate.yml:2:32
      |
    2 | verify: { command: 7, timeout: 0s, tiemout: 1d }
      |                                ^^

    error: unknown key `tiemout` in `verify`
     --> .tempergate.yml:2:36
      |
    2 | verify: { command: 7, timeout: 0s, tiemout: 1d }
      |                                    ^^^^^^^
      |
      = help: did you mean `timeout`?
    "#);
    let text = "verify: { command: \"a\\0b\", timeout: 5 minutes }\nmodle: {}\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `verify.command` holds a zero byte
     --> .tempergate.yml:1:20
      |
    1 | verify: { command: "a\0b", timeout: 5 minutes }
      |                    ^^^^^^

    error: `verify.timeout` must be a duration like `90s`, `5m` or `1h`, not `5 minutes`
     --> .tempergate.yml:1:37
      |
    1 | verify: { command: "a\0b", timeout: 5 minutes }
      |                                     ^^^^^^^^^
      |
      = help: a whole number with s, m or h behind it

    error: unknown key `modle`
     --> .tempergate.yml:2:1
      |
    2 | modle: {}
      | ^^^^^
      |
      = help: did you mean `model`?
    "#);
}

#[test]
fn keys_in_other_sections() {
    let text = "harden: { verify: {}, tokens: 7 }\nrequests-at-once: 2\ntimeout: 5m\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: unknown key `verify` in `harden`
     --> .tempergate.yml:1:11
      |
    1 | harden: { verify: {}, tokens: 7 }
      |           ^^^^^^
      |
      = help: `verify` belongs at the top level

    error: unknown key `tokens` in `harden`
     --> .tempergate.yml:1:23
      |
    1 | harden: { verify: {}, tokens: 7 }
      |                       ^^^^^^
      |
      = help: `tokens` belongs in `harden.budget`

    error: unknown key `requests-at-once`
     --> .tempergate.yml:2:1
      |
    2 | requests-at-once: 2
      | ^^^^^^^^^^^^^^^^
      |
      = help: `requests-at-once` belongs in `model`

    error: unknown key `timeout`
     --> .tempergate.yml:3:1
      |
    3 | timeout: 5m
      | ^^^^^^^
      |
      = help: `timeout` belongs in `model` or `verify`
    "#);
}
