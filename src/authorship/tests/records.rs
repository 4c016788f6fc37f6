use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::authorship::coverage::Coverage;

const HASH: &str = "d4a7828bfdafe456";
const SESSION: &str = "s_c9883b05a2487d";

/// A note with these attestations.
fn note(attestations: &str) -> String {
    let metadata = json!({
        "schema_version": "authorship/3.0.0",
        "git_ai_version": "1.7.5",
        "base_commit_sha": "x",
        "prompts": {HASH: {"agent_id": {"tool": "claude", "id": "1", "model": "claude-opus-4-7"}, "messages": []}},
        "sessions": {SESSION: {"agent_id": {"tool": "cursor", "model": "gpt-5"}}},
        "humans": {"h_dca485b1adf836": {"author": "Ada <ada@example.com>"}},
    });
    format!("{attestations}\n---\n{metadata:#}\n")
}

fn agent(tool: &str, model: &str) -> Writer {
    Writer::Agent { agent: Some(tool.into()), model: Some(model.into()) }
}

fn record(path: &str, ranges: &[(u32, u32)], writer: Writer) -> LineRecord {
    LineRecord { path: path.into(), ranges: ranges.to_vec(), writer }
}

#[test]
fn a_note_says_whose_lines_are_whose() {
    let text = note(
        "src/a b.rs\n  s_c9883b05a2487d::t_9f8e7d6c5b4a32 1-4,9\n  h_dca485b1adf836 5-8\n\"with space.py\"\n  d4a7828bfdafe456 2\n  0123456789abcdef 7",
    );
    let unnamed = Writer::Agent { agent: None, model: None };
    assert_eq!(
        parse_note(text.as_bytes()).unwrap(),
        [
            record("src/a b.rs", &[(1, 4), (9, 9)], agent("cursor", "gpt-5")),
            record("src/a b.rs", &[(5, 8)], Writer::Human),
            record("with space.py", &[(2, 2)], agent("claude", "claude-opus-4-7")),
            record("with space.py", &[(7, 7)], unnamed),
        ]
    );
    let empty = note("").trim_start().to_string();
    assert_eq!(parse_note(empty.as_bytes()), Ok(Vec::new()));
}

#[test]
fn nothing_of_a_malformed_note_is_used() {
    let good = "a.py\n  d4a7828bfdafe456 1";
    let cases = [
        ("d4a7828bfdafe456 1".to_string(), "its id at the margin is a path"),
        (format!("  {HASH} 1"), "no path"),
        (format!("{good}\n  {HASH}"), "no lines"),
        (format!("{good}\n  {HASH} 0"), "line zero"),
        (format!("{good}\n  {HASH} 3-2"), "backwards"),
        (format!("{good}\n  {HASH} 1,,2"), "an empty range"),
        (format!("{good}\n  {HASH} 1-2-3"), "three ends"),
        (format!("{good}\n  {HASH} +1"), "a sign"),
        (format!("{good}\n  {HASH} 99999999999"), "too large"),
        (format!("{good}\n  {} 1", &HASH[1..]), "fifteen digits"),
        (format!("{good}\n  s_c9883b05a2487d::x_9f8e7d6c5b4a32 1"), "no trace"),
        (format!("{good}\n  s_c9883b05a2487::t_9f8e7d6c5b4a32 1"), "thirteen digits"),
        (format!("{good}\n\"\"\n  {HASH} 1"), "an empty path"),
        (format!("{good}\n   {HASH} 1"), "three spaces"),
    ];
    for (attestations, what) in cases {
        let parsed = parse_note(note(&attestations).as_bytes());
        assert!(parsed.is_err() || parsed == Ok(Vec::new()), "{what}: {parsed:?}");
    }
    for text in [
        good.to_string(),
        format!("{good}\n---\n"),
        format!("{good}\n---\n[]"),
        format!("{good}\n---\n{{}}"),
        note(good).replace("3.0.0", "4.0.0"),
        note(good).replace("\"tool\": \"claude\"", "\"tool\": 7"),
        note(good) + "}",
    ] {
        assert!(parse_note(text.as_bytes()).is_err(), "{text}");
    }
    assert!(parse_note(b"a.py\n  \xff 1\n---\n{}").is_err());
    let deep = format!("{good}\n---\n{{\"schema_version\":\"authorship/3.0.0\",\"x\":{}", "[".repeat(500_000));
    assert!(parse_note(deep.as_bytes()).is_err());
    let many = format!("a.py\n  {HASH} {}", vec!["1"; 300_000].join(","));
    assert_eq!(parse_note(note(&many).as_bytes()), Err("it has too many ranges"));
    assert_eq!(parse_note(&vec![b'x'; MAX_NOTE_BYTES + 1]), Err("it is too long"));
}

const COMMIT: &str = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6e7f8a9b0";

fn trace(conversations: &Value) -> Value {
    json!({
        "version": "0.1.0",
        "id": "550e8400-e29b-41d4-a716-446655440000",
        "timestamp": "2026-01-23T14:30:00Z",
        "vcs": {"type": "git", "revision": COMMIT},
        "tool": {"name": "cursor", "version": "2.4.0"},
        "files": [{"path": "src/a.ts", "conversations": conversations}],
    })
}

fn conversation(kind: &str, ranges: &Value) -> Value {
    json!({"url": "https://x.example/1", "contributor": {"type": kind, "model_id": "anthropic/m"}, "ranges": ranges})
}

#[test]
fn records_stand_alone_in_lists_and_line_by_line() {
    let ranges =
        json!([{"start_line": 2, "end_line": 4, "content_hash": "murmur3:1"}, {"start_line": 9, "end_line": 9}]);
    let one = trace(&json!([conversation("ai", &ranges)]));
    let expected = Trace {
        revision: COMMIT.into(),
        records: vec![
            record("src/a.ts", &[(2, 4)], agent("cursor", "anthropic/m")),
            record("src/a.ts", &[(9, 9)], agent("cursor", "anthropic/m")),
        ],
    };
    let once = vec![expected.clone()];
    assert_eq!(parse_traces(one.to_string().as_bytes()), once);
    assert_eq!(parse_traces(format!("{one:#}").as_bytes()), once);
    assert_eq!(parse_traces(json!([one, one]).to_string().as_bytes()), [expected.clone(), expected.clone()]);
    let lines = format!("{one}\nnot a record\n\n{{\"version\":\"0.1.0\"}}\n{one}\n");
    assert_eq!(parse_traces(lines.as_bytes()), [expected.clone(), expected]);
}

#[test]
fn contributors_decide_range_by_range() {
    let ranges = json!([
        {"start_line": 1, "end_line": 1},
        {"start_line": 2, "end_line": 2, "contributor": {"type": "mixed"}},
        {"start_line": 3, "end_line": 3, "contributor": {"type": "unknown"}},
        {"start_line": 0, "end_line": 3, "contributor": {"type": "ai"}},
        {"start_line": 5, "end_line": 4, "contributor": {"type": "ai"}},
    ]);
    let parsed = parse_traces(trace(&json!([conversation("human", &ranges)])).to_string().as_bytes());
    let mixed = Writer::Agent { agent: Some("cursor".into()), model: None };
    let expected = [record("src/a.ts", &[(1, 1)], Writer::Human), record("src/a.ts", &[(2, 2)], mixed)];
    assert_eq!(parsed[0].records, expected);
}

#[test]
fn records_of_unknown_commits_and_versions_say_nothing() {
    let good = trace(&json!([conversation("ai", &json!([{"start_line": 1, "end_line": 1}]))]));
    let with = |pointer: &str, value: Value| {
        let mut changed = good.clone();
        *changed.pointer_mut(pointer).unwrap() = value;
        parse_traces(changed.to_string().as_bytes())
    };
    assert_eq!(with("/id", json!("x")).len(), 1);
    for (pointer, value) in [
        ("/version", json!("9.0")),
        ("/vcs", Value::Null),
        ("/vcs/type", json!("jj")),
        ("/vcs/revision", json!("HEAD")),
        ("/files", json!({})),
        ("/files/0/path", json!(1)),
        ("/files/0/conversations/0/ranges/0/start_line", json!(-1)),
        ("/files/0/conversations/0/ranges/0/start_line", json!(1e300)),
    ] {
        assert!(with(pointer, value).is_empty(), "{pointer}");
    }
    assert!(parse_traces("[".repeat(1 << 20).as_bytes()).is_empty());
    assert!(parse_traces(&vec![b' '; (8 << 20) + 1]).is_empty());
    let endless = json!([conversation("ai", &json!([{"start_line": 1, "end_line": u32::MAX}]))]);
    assert_eq!(parse_traces(trace(&endless).to_string().as_bytes())[0].records[0].ranges, [(1, u32::MAX)]);
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..300), text in "(?s).{0,300}") {
        let _ = (parse_note(&bytes), parse_note(text.as_bytes()), parse_traces(&bytes), parse_traces(text.as_bytes()));
    }

    #[test]
    fn almost_notes_are_read(text in "([a-z.]{1,4}\n|  (s_c9883b05a2487d::t_9f8e7d6c5b4a32|d4a7828bfdafe456|h_dca485b1adf836) [0-9,-]{1,8}\n){0,6}") {
        if let Ok(records) = parse_note(note(text.trim_end_matches('\n')).as_bytes()) {
            for record in &records {
                prop_assert!(record.ranges.iter().all(|(start, end)| 0 < *start && start <= end));
            }
        }
    }

    #[test]
    fn a_line_is_covered_if_a_range_holds_it(
        ranges in prop::collection::vec((1..60u32, 0..20u32, any::<bool>()), 0..12),
        line in 1..90u32,
    ) {
        let writer = |is_agent: bool| if is_agent { Writer::Agent { agent: None, model: None } } else { Writer::Human };
        let records: Vec<LineRecord> =
            ranges.iter().map(|(start, more, is_agent)| record("a", &[(*start, start + more)], writer(*is_agent))).collect();
        let holds = |wanted: bool| {
            ranges.iter().any(|(start, more, is_agent)| *is_agent == wanted && (*start..=start + more).contains(&line))
        };
        let expected = if holds(true) { Some(writer(true)) } else { holds(false).then(|| writer(false)) };
        prop_assert_eq!(Coverage::of(&records).writer(line).cloned(), expected);
    }
}
