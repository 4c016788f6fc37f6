use serde_json::Value;

use super::*;
use crate::authorship::{Declared, DeclaredMark, Sign};
use crate::policy::layer::Layer;

const FULL: &str = "\
authorship:
  marks:
    - { agent: Acme Coder, author: robot@acme.example }
    - { agent: Acme Coder, committer: \"acme-coder[bot]\" }
    - { agent: Acme Coder, trailer: Acme-Run }
    - { agent: Acme Coder, trailer: \"Written-with: Acme\" }
    - { agent: Acme Coder, branch: \"acme/**\" }
    - { agent: Acme Coder, label: written by acme }
    - { agent: Acme Coder, user: acme-coder }
  ai-written:
    users: [intern-7, \"acme-coder[bot]\"]
    branches: [\"bot/**\", \"gen-*\"]
    labels: [AI]
";

#[test]
fn marks_and_pull_requests_are_declared() {
    let declared = policy(FULL).declared_marks().clone();
    let mark =
        |sign: Sign, line: u32| DeclaredMark { agent: "Acme Coder".into(), sign, origin: format!("{FILE}:{line}") };
    let at = |value: &str, line: u32| (value.to_string(), format!("{FILE}:{line}"));
    let trailer = |name: &str, value: Option<&str>| Sign::Trailer { name: name.into(), value: value.map(Into::into) };
    let expected = Declared {
        marks: vec![
            mark(Sign::Author("robot@acme.example".into()), 3),
            mark(Sign::Committer("acme-coder[bot]".into()), 4),
            mark(trailer("Acme-Run", None), 5),
            mark(trailer("Written-with", Some("Acme")), 6),
            mark(Sign::Branch("acme/**".into()), 7),
            mark(Sign::Label("written by acme".into()), 8),
            mark(Sign::User("acme-coder".into()), 9),
        ],
        users: vec![at("intern-7", 11), at("acme-coder[bot]", 11)],
        branches: vec![at("bot/**", 12), at("gen-*", 12)],
        labels: vec![at("AI", 13)],
    };
    assert_eq!(declared, expected);
    assert_eq!(*Policy::baseline().declared_marks(), Declared::default());
}

#[test]
fn what_a_policy_below_declares_stays() {
    let layer = |text: &str| -> Layer {
        let (layer, errors) = read::read(&Author::File(FILE), text, &known());
        assert!(errors.is_empty());
        layer
    };
    let upper = layer("authorship: { marks: [], ai-written: { labels: [x], users: [u] } }");
    let declared = upper.over(layer(FULL)).authorship.declared();
    assert_eq!((declared.marks.len(), declared.branches.len()), (7, 2));
    let names = |list: &[(String, String)]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&declared.labels), ["AI", "x"]);
    assert_eq!(names(&declared.users), ["intern-7", "acme-coder[bot]", "u"]);
}

#[test]
fn show_prints_what_is_declared_and_reads_back() {
    let shown = policy(FULL).show();
    let section = shown.split_once("authorship:\n").expect("a section").1;
    let lines: Vec<&str> = section.lines().take_while(|line| line.starts_with(' ')).collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
      marks:
        - { agent: "Acme Coder", author: "robot@acme.example" } # .tempergate.yml:3
        - { agent: "Acme Coder", committer: "acme-coder[bot]" } # .tempergate.yml:4
        - { agent: "Acme Coder", trailer: "Acme-Run" } # .tempergate.yml:5
        - { agent: "Acme Coder", trailer: "Written-with: Acme" } # .tempergate.yml:6
        - { agent: "Acme Coder", branch: "acme/**" } # .tempergate.yml:7
        - { agent: "Acme Coder", label: "written by acme" } # .tempergate.yml:8
        - { agent: "Acme Coder", user: "acme-coder" } # .tempergate.yml:9
      ai-written:
        users:
          - "intern-7" # .tempergate.yml:11
          - "acme-coder[bot]" # .tempergate.yml:11
        branches:
          - "bot/**" # .tempergate.yml:12
          - "gen-*" # .tempergate.yml:12
        labels:
          - "AI" # .tempergate.yml:13
    "#);
    let without_origins = |declared: &Declared| {
        let names = |list: &[(String, String)]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        let signs: Vec<Sign> = declared.marks.iter().map(|mark| mark.sign.clone()).collect();
        (signs, names(&declared.users), names(&declared.branches), names(&declared.labels))
    };
    assert_eq!(without_origins(policy(&shown).declared_marks()), without_origins(policy(FULL).declared_marks()));
    assert!(!Policy::baseline().show().contains("authorship"));
}

#[test]
fn what_is_wrong_is_said() {
    let text = "\
authorship:
  marks:
    - { agent: Acme }
    - { agent: Acme, author: a@b.example, label: x }
    - { author: a@b.example }
    - { agent: Acme, author: Claude }
    - { agent: Acme, trailer: Co-authored-by }
    - { agent: Acme, trailer: \"two words\" }
    - { agent: Acme, branch: /main }
    - { agent: Acme, user: \"@acme\" }
    - { agent: Acme, mail: a@b.example }
  ai-written:
    users: ada
    label: [x]
";
    let shown = Policy::parse(FILE, text, &known()).unwrap_err().render(false);
    insta::assert_snapshot!(shown, @r#"
    error: `authorship.marks[0]` does not say what the mark is
     --> .tempergate.yml:3:7
      |
    3 |     - { agent: Acme }
      |       ^
      |
      = help: give one of `author`, `committer`, `trailer`, `branch`, `label`, `user`

    error: `authorship.marks[1]` has both `author` and `label`
     --> .tempergate.yml:4:43
      |
    4 |     - { agent: Acme, author: a@b.example, label: x }
      |                                           ^^^^^
      |
      = help: write two entries, one for each

    error: `authorship.marks[2]` lacks `agent`
     --> .tempergate.yml:5:7
      |
    5 |     - { author: a@b.example }
      |       ^
      |
      = help: `agent` is the name of the agent

    error: `authorship.marks[3].author` must be an address or the login of a bot, not `Claude`
     --> .tempergate.yml:6:30
      |
    6 |     - { agent: Acme, author: Claude }
      |                              ^^^^^^
      |
      = help: write `name@example.com` or `name[bot]`; by their names alone, people would be marked too

    error: the trailer `Co-authored-by` alone would mark the commits of people
     --> .tempergate.yml:7:31
      |
    7 |     - { agent: Acme, trailer: Co-authored-by }
      |                               ^^^^^^^^^^^^^^
      |
      = help: for a co-author, write `author: name@example.com`, which looks at this trailer too

    error: `authorship.marks[5].trailer` must be a trailer, not `two words`
     --> .tempergate.yml:8:31
      |
    8 |     - { agent: Acme, trailer: "two words" }
      |                               ^^^^^^^^^^^
      |
      = help: write `Name`, or `Name: value`

    error: the glob `/main` matches nothing
     --> .tempergate.yml:9:30
      |
    9 |     - { agent: Acme, branch: /main }
      |                              ^^^^^
      |
      = help: paths begin at the root of the repository: write `main`

    error: `authorship.marks[7].user` must be the login of a user, not `@acme`
      --> .tempergate.yml:10:28
       |
    10 |     - { agent: Acme, user: "@acme" }
       |                            ^^^^^^^
       |
       = help: write `acme`

    error: `authorship.marks[8]` does not say what the mark is
      --> .tempergate.yml:11:7
       |
    11 |     - { agent: Acme, mail: a@b.example }
       |       ^
       |
       = help: give one of `author`, `committer`, `trailer`, `branch`, `label`, `user`

    error: unknown key `mail` in `authorship.marks[8]`
      --> .tempergate.yml:11:22
       |
    11 |     - { agent: Acme, mail: a@b.example }
       |                      ^^^^
       |
       = help: the keys here are agent, author, committer, trailer, branch, label, user

    error: `authorship.ai-written.users` must be a list, not `ada`
      --> .tempergate.yml:13:12
       |
    13 |     users: ada
       |            ^^^
       |
       = help: write `["ada"]`

    error: unknown key `label` in `authorship.ai-written`
      --> .tempergate.yml:14:5
       |
    14 |     label: [x]
       |     ^^^^^
       |
       = help: did you mean `labels`?
    "#);
}

#[test]
fn the_schema_and_the_reader_agree() {
    let schema = jsonschema::validator_for(&json_schema()).unwrap();
    let json = |text: &str| -> Value {
        serde_saphyr::from_str_with_options(text, serde_saphyr::options! { strict_booleans: true }).unwrap()
    };
    for text in [FULL, "authorship: {}", "authorship: { marks: [] }", "authorship: { ai-written: {} }"] {
        policy(text);
        let errors: Vec<String> = schema.iter_errors(&json(text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{text}\n{errors:?}");
    }
    for text in [
        "authorship: []",
        "authorship: { mark: [] }",
        "authorship: { marks: [{ agent: a }] }",
        "authorship: { marks: [{ author: a@b }] }",
        "authorship: { marks: [{ agent: a, author: a@b, user: c }] }",
        "authorship: { marks: [{ agent: a, author: a b@c }] }",
        "authorship: { marks: [{ agent: a, author: Ada }] }",
        "authorship: { marks: [{ agent: a, committer: '[bot]' }] }",
        "authorship: { marks: [{ agent: '', user: c }] }",
        "authorship: { marks: [{ agent: a, trailer: 'a b' }] }",
        "authorship: { marks: [{ agent: a, trailer: 'a:' }] }",
        "authorship: { marks: [{ agent: a, user: '@c' }] }",
        "authorship: { ai-written: { users: [] } }",
        "authorship: { ai-written: { users: [a b] } }",
        "authorship: { ai-written: { branches: x } }",
        "authorship: { ai-written: { labels: [7] } }",
    ] {
        assert!(Policy::parse(FILE, text, &known()).is_err(), "the reader takes {text}");
        assert!(!schema.is_valid(&json(text)), "the schema takes {text}");
    }
}

#[test]
fn there_are_not_too_many_marks() {
    let marks = "    - { agent: a, label: b }\n".repeat(501);
    let error = Policy::parse(FILE, &format!("authorship:\n  marks:\n{marks}"), &known()).unwrap_err();
    assert!(error.to_string().contains("has 501 entries, at most 500 are read"), "{error}");
}
