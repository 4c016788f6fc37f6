use super::*;

fn shown(text: &str) -> String {
    Policy::parse(FILE, text, &known()).unwrap_err().render(false)
}

#[test]
fn typos_in_keys_and_words() {
    let text = "version: 1\ngate:\n  fail-on: { severity: hihg, confidence: medium }\n  fial-on: { severity: high, confidence: low }\n  Partial: note\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `gate.fail-on.severity` must be one of low, medium, high, critical, not `hihg`
     --> .tempergate.yml:3:24
      |
    3 |   fail-on: { severity: hihg, confidence: medium }
      |                        ^^^^
      |
      = help: did you mean `high`?

    error: unknown key `fial-on` in `gate`
     --> .tempergate.yml:4:3
      |
    4 |   fial-on: { severity: high, confidence: low }
      |   ^^^^^^^
      |
      = help: did you mean `fail-on`?

    error: unknown key `Partial` in `gate`
     --> .tempergate.yml:5:3
      |
    5 |   Partial: note
      |   ^^^^^^^
      |
      = help: did you mean `partial`?
    "#);
}

#[test]
fn keys_that_are_given_twice() {
    let text = "gate:\n  not-analysed: fail\n  partial: fail\n  not-analysed: warn\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: the key `not-analysed` is given twice
     --> .tempergate.yml:4:3
      |
    2 |   not-analysed: fail
      |   ------------ first given here
    3 |   partial: fail
    4 |   not-analysed: warn
      |   ^^^^^^^^^^^^
    "#);
}

#[test]
fn keys_of_the_top_level_in_sections() {
    let text = "gate:\n  engines: {}\nharden:\n  locked: []\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: unknown key `engines` in `gate`
     --> .tempergate.yml:2:3
      |
    2 |   engines: {}
      |   ^^^^^^^
      |
      = help: `engines` belongs at the top level

    error: unknown key `locked` in `harden`
     --> .tempergate.yml:4:3
      |
    4 |   locked: []
      |   ^^^^^^
      |
      = help: `locked` belongs at the top level
    "#);
}

#[test]
fn keys_in_the_wrong_section() {
    let text = "version: 1\nfail-on: { severity: high, confidence: high }\nharden: { exclude: [a] }\nnonsense: 1\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: unknown key `fail-on`
     --> .tempergate.yml:2:1
      |
    2 | fail-on: { severity: high, confidence: high }
      | ^^^^^^^
      |
      = help: `fail-on` belongs in `gate`

    error: unknown key `exclude` in `harden`
     --> .tempergate.yml:3:11
      |
    3 | harden: { exclude: [a] }
      |           ^^^^^^^
      |
      = help: `exclude` belongs in `scope` or `harden.send`

    error: unknown key `nonsense`
     --> .tempergate.yml:4:1
      |
    4 | nonsense: 1
      | ^^^^^^^^
      |
      = help: the keys here are version, extends, locked, scope, gate, harden, model, verify, engines, publish, waivers, inline-waivers, baseline-file, authorship
    "#);
}

#[test]
fn wrong_types() {
    let text = "gate: [fail]\nscope:\n  include: src/**\n  exclude:\nharden:\n  strategy: { a: 1 }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `gate` must be a mapping, not a list
     --> .tempergate.yml:1:7
      |
    1 | gate: [fail]
      |       ^

    error: `scope.include` must be a list, not `src/**`
     --> .tempergate.yml:3:12
      |
    3 |   include: src/**
      |            ^^^^^^
      |
      = help: write `["src/**"]`

    error: the key `exclude` has no value
     --> .tempergate.yml:4:3
      |
    4 |   exclude:
      |   ^^^^^^^
      |
      = help: leave the key out to keep what the policy below says

    error: `harden.strategy` must be one of template, negative-example, chain-of-thought, meta-prompt, lora, ladder, best-of, auto, none, not a mapping
     --> .tempergate.yml:6:13
      |
    6 |   strategy: { a: 1 }
      |             ^
    "#);
}

#[test]
fn incomplete_entries() {
    let text = "gate:\n  warn-on:\n    severity: low\n  rules:\n    - cwe: 89\n    - action: fail\n    - { cwe: 1, rule: sql-injection, action: off }\nharden:\n  overrides:\n    - { strategy: none }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `gate.warn-on` lacks `confidence`
     --> .tempergate.yml:3:5
      |
    3 |     severity: low
      |     ^^^^^^^^
      |
      = help: `confidence` is one of low, medium, high

    error: `gate.rules[0]` lacks `action`
     --> .tempergate.yml:5:7
      |
    5 |     - cwe: 89
      |       ^^^
      |
      = help: `action` is one of fail, warn, note, off

    error: `gate.rules[1]` names no `cwe`, no `category` and no `rule`
     --> .tempergate.yml:6:7
      |
    6 |     - action: fail
      |       ^^^^^^
      |
      = help: say which findings it is about: `cwe: [79, 89]`, `category: cwe-top-25` or `rule: sql-injection`

    error: `gate.rules[2]` has both `cwe` and `rule`
     --> .tempergate.yml:7:17
      |
    7 |     - { cwe: 1, rule: sql-injection, action: off }
      |                 ^^^^
      |
      = help: write two entries, one for each

    error: `harden.overrides[0]` does not say which findings it is about
      --> .tempergate.yml:10:7
       |
    10 |     - { strategy: none }
       |       ^
       |
       = help: give at least one of `cwe`, `category`, `rule`, `languages`, `paths`, or set `harden.strategy`
    "#);
}

#[test]
fn names_and_numbers() {
    let text = "gate:\n  rules:\n    - { cwe: [79, CWE-89, 0], action: off }\n    - { rule: sql-injektion, action: of }\n    - { rule: zzz, languages: [pyton], action: note }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `gate.rules[0].cwe[1]` must be a CWE number, not `CWE-89`
     --> .tempergate.yml:3:19
      |
    3 |     - { cwe: [79, CWE-89, 0], action: off }
      |                   ^^^^^^
      |
      = help: write the number alone: `89`

    error: 0 is not a CWE number
     --> .tempergate.yml:3:27
      |
    3 |     - { cwe: [79, CWE-89, 0], action: off }
      |                           ^
      |
      = help: CWE numbers lie between 1 and 9999

    error: no rule has the id `sql-injektion`
     --> .tempergate.yml:4:15
      |
    4 |     - { rule: sql-injektion, action: of }
      |               ^^^^^^^^^^^^^
      |
      = help: did you mean `sql-injection`?

    error: `gate.rules[1].action` must be one of fail, warn, note, off, not `of`
     --> .tempergate.yml:4:38
      |
    4 |     - { rule: sql-injektion, action: of }
      |                                      ^^
      |
      = help: did you mean `off`?

    error: no rule has the id `zzz`
     --> .tempergate.yml:5:15
      |
    5 |     - { rule: zzz, languages: [pyton], action: note }
      |               ^^^
      |
      = help: `tempergate rules list` prints the ids of all rules

    error: `gate.rules[2].languages[0]` must be one of python, javascript, typescript, java, go, not `pyton`
     --> .tempergate.yml:5:32
      |
    5 |     - { rule: zzz, languages: [pyton], action: note }
      |                                ^^^^^
      |
      = help: did you mean `python`?
    "#);
}

#[test]
fn globs() {
    let text = "scope:\n  include: []\n  exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\\d.py', '']\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `scope.include` is an empty list
     --> .tempergate.yml:2:12
      |
    2 |   include: []
      |            ^
      |
      = help: leave the key out where there is nothing to say

    error: the glob `vendor/` matches nothing
     --> .tempergate.yml:3:13
      |
    3 |   exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\d.py', '']
      |             ^^^^^^^
      |
      = help: to match everything in the folder, write `vendor/**`

    error: the glob `./a.py` matches nothing
     --> .tempergate.yml:3:22
      |
    3 |   exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\d.py', '']
      |                      ^^^^^^
      |
      = help: paths begin at the root of the repository: write `a.py`

    error: the glob `/b` matches nothing
     --> .tempergate.yml:3:30
      |
    3 |   exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\d.py', '']
      |                              ^^
      |
      = help: paths begin at the root of the repository: write `b`

    error: `a[` is not a valid glob: unclosed character class; missing ']'
     --> .tempergate.yml:3:34
      |
    3 |   exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\d.py', '']
      |                                  ^^^^

    error: the glob `!c` matches nothing
     --> .tempergate.yml:3:40
      |
    3 |   exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\d.py', '']
      |                                        ^^^^
      |
      = help: globs cannot be negated; `scope.exclude` leaves files out

    error: the glob `a/../b` matches nothing
     --> .tempergate.yml:3:46
      |
    3 |   exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\d.py', '']
      |                                              ^^^^^^^^
      |
      = help: paths have no `.`, no `..` and no empty part

    error: the glob `src\d.py` matches nothing
     --> .tempergate.yml:3:56
      |
    3 |   exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\d.py', '']
      |                                                        ^^^^^^^^^^
      |
      = help: paths are separated by `/`: write `src/d.py`

    error: an empty glob matches nothing
     --> .tempergate.yml:3:68
      |
    3 |   exclude: [vendor/, ./a.py, /b, 'a[', '!c', 'a/../b', 'src\d.py', '']
      |                                                                    ^^
    "#);
}

#[test]
fn sizes() {
    let text = "gate:\n  caps: { findings: 0, file-bytes: 2MiB, steps: -1 }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `gate.caps.findings` must be at least 1
     --> .tempergate.yml:2:21
      |
    2 |   caps: { findings: 0, file-bytes: 2MiB, steps: -1 }
      |                     ^

    error: `gate.caps.file-bytes` must be a number of bytes like `2MB`, not `2MiB`
     --> .tempergate.yml:2:36
      |
    2 |   caps: { findings: 0, file-bytes: 2MiB, steps: -1 }
      |                                    ^^^^
      |
      = help: a whole number, if need be with kB, MB or GB behind it

    error: `gate.caps.steps` must be a number like `5M`, not the number -1
     --> .tempergate.yml:2:49
      |
    2 |   caps: { findings: 0, file-bytes: 2MiB, steps: -1 }
      |                                                 ^^
      |
      = help: a whole number, if need be with k, M or G behind it
    "#);
}

#[test]
fn sizes_beyond() {
    let text = "gate: { caps: { file-bytes: 5GB, steps: 99999999999999G, findings: 1.5 } }";
    insta::assert_snapshot!(shown(text), @r#"
    error: `gate.caps.file-bytes` is 4000000000 at most
     --> .tempergate.yml:1:29
      |
    1 | gate: { caps: { file-bytes: 5GB, steps: 99999999999999G, findings: 1.5 } }
      |                             ^^^

    error: `gate.caps.steps` is 1000000000000 at most
     --> .tempergate.yml:1:41
      |
    1 | gate: { caps: { file-bytes: 5GB, steps: 99999999999999G, findings: 1.5 } }
      |                                         ^^^^^^^^^^^^^^^

    error: `gate.caps.findings` must be a number like `5M`, not the number 1.5
     --> .tempergate.yml:1:68
      |
    1 | gate: { caps: { file-bytes: 5GB, steps: 99999999999999G, findings: 1.5 } }
      |                                                                    ^^^
    "#);
}

#[test]
fn versions_and_extends() {
    let text = "version: 2\nextends: [baselin, acme/policies//org.yml@main, 3]\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: policy version 2 is not supported
     --> .tempergate.yml:1:10
      |
    1 | version: 2
      |          ^
      |
      = help: this version of Tempergate reads `version: 1`

    error: no policy has the name `baselin`
     --> .tempergate.yml:2:11
      |
    2 | extends: [baselin, acme/policies//org.yml@main, 3]
      |           ^^^^^^^
      |
      = help: did you mean `baseline`?

    error: `acme/policies//org.yml@main` names a file of another repository without the hash of its bytes
     --> .tempergate.yml:2:20
      |
    2 | extends: [baselin, acme/policies//org.yml@main, 3]
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `{ from: OWNER/REPOSITORY//PATH@COMMIT, sha256: HASH }`

    error: `extends[2]` must be the name of a policy, a file, or a file of another repository, not the number 3
     --> .tempergate.yml:2:49
      |
    2 | extends: [baselin, acme/policies//org.yml@main, 3]
      |                                                 ^
    "#);
}

#[test]
fn not_a_policy() {
    let text = "just text";
    insta::assert_snapshot!(shown(text), @r#"
    error: a policy must be a mapping, not `just text`
     --> .tempergate.yml:1:1
      |
    1 | just text
      | ^^^^^^^^^
    "#);
}

#[test]
fn not_yaml() {
    let text = "gate:\n  fail-on: { severity: high\nharden: {}\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'
     --> .tempergate.yml:3:7
      |
    3 | harden: {}
      |       ^
    "#);
}

#[test]
fn several_documents() {
    let text = "version: 1\n---\nversion: 1\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: a policy is one YAML document, and here a second one begins
     --> .tempergate.yml:3:1
      |
    3 | version: 1
      | ^
    "#);
}

#[test]
fn values_through_aliases() {
    let text = "scope:\n  include: &globs [/a]\n  exclude: *globs\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: the glob `/a` matches nothing
     --> .tempergate.yml:2:20
      |
    2 |   include: &globs [/a]
      |                    ^^
      |
      = help: paths begin at the root of the repository: write `a`
    "#);
}

#[test]
fn a_threshold_is_not_a_word() {
    let text = "gate:\n  fail-on: high\n  warn-on: { severity: HIGH, confidence: 1 }\n";
    insta::assert_snapshot!(shown(text), @r#"
    error: `gate.fail-on` must be a mapping, not `high`
     --> .tempergate.yml:2:12
      |
    2 |   fail-on: high
      |            ^^^^
      |
      = help: write a severity and a confidence: `{ severity: high, confidence: medium }`

    error: `gate.warn-on.severity` must be one of low, medium, high, critical, not `HIGH`
     --> .tempergate.yml:3:24
      |
    3 |   warn-on: { severity: HIGH, confidence: 1 }
      |                        ^^^^
      |
      = help: did you mean `high`?

    error: `gate.warn-on.confidence` must be one of low, medium, high, not the number 1
     --> .tempergate.yml:3:42
      |
    3 |   warn-on: { severity: HIGH, confidence: 1 }
      |                                          ^
    "#);
}
