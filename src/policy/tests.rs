#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;

#[test]
fn smoke() {
    let known = KnownNames::new(["sql-injection", "xss"]);
    println!("{}", Policy::baseline().show());
    println!("{}", serde_json::to_string_pretty(&json_schema()).unwrap());
    for text in [
        "gate:\n  fail-on: { severity: hihg, confidence: medium }\n  fial-on: 3\n  ai: {}\n  fail-on: 3\nmodel: x\n",
        "",
        "# x\n",
        "---\n",
        "a: [",
        "\u{feff}version: 1",
        "version: 2\nscope:\n  include:\n  exclude: [vendor/, './x', \"a[\", 3]\n",
        "gate:\n  rules:\n    - cwe: [79, CWE-89, 0]\n      action: of\n    - rule: sql-injektion\n      action: off\n    - action: fail\n    - { cwe: 1, rule: xss }\n    - 7\n",
        "harden:\n  strategy: ladder\n  overrides:\n    - { strategy: none }\n    - { paths: [\"a/**\"], strategy: tempate }\n",
        "gate: []",
        "3",
        "- a",
        "a: 1\n---\nb: 2\n",
        "gate:\n\tfoo: 1",
        "caps: 1\n? [a, b]\n: 3",
        "\0\u{1}",
        "version: 1\nextends: [strict, basline]\n",
        "gate:\n  caps: { file-bytes: 2MiB, steps: 99999999999G, findings: 0 }",
        "~: 3\n",
        "1: 3\n",
        "<<: 3",
    ] {
        println!("=== {text:?}");
        match Policy::parse(".tempergate.yml", text, &known) {
            Ok(_) => println!("OK"),
            Err(error) => println!("{}", error.render(false)),
        }
    }
}
