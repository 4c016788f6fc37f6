//! Reports built by hand: a rich one, and one whose every text was written by an enemy.

use std::collections::BTreeMap;
use std::sync::Arc;

use tempergate::authorship::{Authorship, Evidence, Level, Source as Where};
use tempergate::finding::{Confidence, FileResult, FileStatus, Finding, FlowStep, Region};
use tempergate::report::diff;
use tempergate::report::model::{
    Action, AlsoFound, Asked, AuthorshipSummary, ChangeInfo, Command, EngineInfo, EngineLook, EngineOutcome,
    FindingSummary, Fix, Outcome, RejectedFix, Replacement, Report, Reported, RuleInfo, SCHEMA_VERSION, State, Summary,
    Verdict, VerificationRecord, Waived, WaiverState, WaiverStatus,
};
use tempergate::syntax::Source;
use tempergate::syntax::hir::{Language, Span};

/// Texts by path.
pub type Texts = BTreeMap<String, Arc<Source>>;

pub const APP: &str = r#"import hashlib
import sqlite3
from flask import request

def find(connection):
    name = request.args["name"]
    label = name.strip()
    cursor = connection.cursor()
    cursor.execute(f"SELECT * FROM users WHERE name = '{label}'")
    return cursor.fetchall()


class Account:
    def store(self, password):
        self.digest = hashlib.md5(password.encode()).hexdigest()
"#;

const APP_FIXED: (&str, &str) =
    (r#"f"SELECT * FROM users WHERE name = '{label}'""#, r#""SELECT * FROM users WHERE name = ?", (label,)"#);

pub const VIEW: &str = "export function show(element, location) {\r\n  element.innerHTML = location.hash;\r\n}\r\n";

/// The place of the `number`th occurrence of `what`.
pub fn place(text: &str, what: &str, number: usize) -> Region {
    let start = text.match_indices(what).nth(number).expect("the text holds it").0;
    Region::of(&Source::new(text.as_bytes()), Span::new(start, start + what.len()))
}

pub fn step(path: &str, text: &str, what: &str, message: &str) -> FlowStep {
    FlowStep { path: path.to_owned(), region: place(text, what, 0), message: message.to_owned() }
}

pub fn finding(rule: &str, cwe: &[u32], severity: f64, path: &str, region: Region, message: &str) -> Finding {
    Finding {
        rule: rule.to_owned(),
        cwe: cwe.to_vec(),
        severity,
        confidence: Confidence::High,
        precision: Confidence::High,
        path: path.to_owned(),
        region,
        message: message.to_owned(),
        flow: Vec::new(),
        symbol: "<module>".to_owned(),
        sink: String::new(),
        related: Vec::new(),
        fingerprint: format!("{:032x}", 0x5eed + u64::from(region.start)),
    }
}

pub fn reported(finding: Finding, state: State, action: Action, decided_by: &str) -> Reported {
    Reported {
        finding,
        state,
        action,
        decided_by: decided_by.to_owned(),
        waived: None,
        accepted: false,
        author: None,
        fix: None,
        rejected: Vec::new(),
        engine: None,
        also_found_by: Vec::new(),
    }
}

pub fn rule(id: &str, name: &str, cwe: &[u32], severity: f64) -> RuleInfo {
    RuleInfo {
        id: id.to_owned(),
        name: name.to_owned(),
        cwe: cwe.to_vec(),
        severity,
        precision: Confidence::High,
        explain: format!("{name} lets an attacker do what the program does not intend"),
        remedy: "Use what the library offers for it.".to_owned(),
        references: vec![format!("CWE-{}", cwe[0]), "OWASP A03:2021".to_owned()],
    }
}

fn file(path: &str, language: Option<Language>, status: FileStatus) -> FileResult {
    FileResult { path: path.to_owned(), language, status, lossy: false }
}

fn summary_of(f: &Finding) -> FindingSummary {
    FindingSummary { rule: f.rule.clone(), cwe: f.cwe.clone(), severity: f.severity, line: f.region.start_line }
}

fn sql() -> Reported {
    let mut f = finding(
        "sql-injection",
        &[89, 943],
        9.8,
        "app/store.py",
        place(APP, APP_FIXED.0, 0),
        "The query string reaches the text of an SQL statement in `cursor.execute`",
    );
    f.symbol = "find".to_owned();
    f.sink = "sqlite3.Cursor.execute arg[0]".to_owned();
    f.flow = vec![
        step("app/store.py", APP, "request.args[\"name\"]", "the query string"),
        step("app/store.py", APP, "label = name.strip()", "assigned to `label`"),
        step("app/store.py", APP, APP_FIXED.0, "part of the statement that `cursor.execute` runs"),
    ];
    let mut out = reported(f.clone(), State::New, Action::Fail, "gate.fail-on (baseline)");
    out.author = Some(Authorship {
        level: Level::Assisted,
        agent: Some("Claude Code".to_owned()),
        model: Some("Opus 4.5".to_owned()),
        evidence: vec![
            Evidence {
                source: Where::Commit,
                commit: Some("c0ffee".repeat(7)),
                mark: "trailer Co-authored-by: Claude Opus 4.5 <noreply@anthropic.com>".to_owned(),
            },
            Evidence { source: Where::PullRequest, commit: None, mark: "branch claude/search".to_owned() },
        ],
    });
    out.fix = Some(Fix {
        strategy: "template".to_owned(),
        fixer: "bind-parameters".to_owned(),
        description: "Passes the value to the driver as a parameter".to_owned(),
        replacements: vec![Replacement { region: f.region, text: APP_FIXED.1.to_owned() }],
        diff: diff::unified("app/store.py", APP, &APP.replace(APP_FIXED.0, APP_FIXED.1)),
        verification: VerificationRecord {
            resolved: vec![summary_of(&f)],
            persisting: vec![summary_of(&password().finding)],
            introduced: Vec::new(),
            reason: "bound as a parameter".to_owned(),
            command: Some("`cargo test -q` ended with 0 before and after".to_owned()),
            engines: looks(),
            severity_before: 17.3,
            severity_after: 7.5,
            cwes_before: vec![89, 798],
            cwes_after: vec![798],
            lines_changed: 2,
        },
        asked: None,
    });
    out.also_found_by = vec![AlsoFound {
        engine: "bandit".to_owned(),
        rule: "bandit:B608".to_owned(),
        cwe: vec![89],
        severity: 5.0,
        confidence: Confidence::Medium,
        message: "Possible SQL injection".to_owned(),
        line: f.region.start_line,
        fingerprint: "b".repeat(32),
    }];
    out
}

/// One engine saw its own finding go, another did not look.
fn looks() -> Vec<EngineLook> {
    let gone = FindingSummary { rule: "bandit:B608".to_owned(), cwe: vec![89], severity: 5.0, line: 9 };
    let look = |engine: &str| EngineLook {
        engine: engine.to_owned(),
        not_asked: None,
        resolved: Vec::new(),
        persisting: Vec::new(),
    };
    vec![
        EngineLook { resolved: vec![gone], ..look("bandit") },
        EngineLook { not_asked: Some("it failed before".to_owned()), ..look("semgrep") },
    ]
}

fn engines() -> Vec<EngineInfo> {
    vec![
        EngineInfo {
            name: "bandit".to_owned(),
            required: true,
            tool: Some("Bandit".to_owned()),
            version: Some("1.9.4".to_owned()),
            findings: 1,
            joined: 1,
            fixes: 1,
            ..EngineInfo::default()
        },
        EngineInfo {
            name: "semgrep".to_owned(),
            outcome: EngineOutcome::Failed,
            problem: Some("it was not found: it ended with 127; it said: sh: 1: semgrep: not found".to_owned()),
            ..EngineInfo::default()
        },
    ]
}

fn password() -> Reported {
    let mut f = finding(
        "weak-password-hash",
        &[916, 327],
        7.5,
        "app/store.py",
        place(APP, "hashlib.md5(password.encode())", 0),
        "A password is hashed with MD5, which has no work factor",
    );
    f.symbol = "Account.store".to_owned();
    f.sink = "hashlib.md5".to_owned();
    f.confidence = Confidence::Medium;
    let mut out = reported(f, State::Worsened, Action::Warn, "gate.rules[2] (.tempergate.yml:14)");
    out.rejected = vec![RejectedFix {
        strategy: "template".to_owned(),
        fixer: "stronger-digest".to_owned(),
        reason: "introduces".to_owned(),
        explanation: "leaves password-hash-without-work-factor (CWE-916) at line 15".to_owned(),
        verification: None,
        asked: None,
    }];
    out
}

fn view() -> Reported {
    let mut f = finding(
        "cross-site-scripting",
        &[79],
        6.1,
        "web/übersicht view.js",
        place(VIEW, "element.innerHTML = location.hash", 0),
        "`location.hash` is written as HTML",
    );
    f.symbol = "show".to_owned();
    f.precision = Confidence::Medium;
    reported(f, State::Persisting, Action::Fail, "gate.fail-on (baseline)")
}

fn waived(reported: Reported) -> Reported {
    let waived = Waived {
        owner: Some("@security-team".to_owned()),
        reason: "replaced in March, ticket 42".to_owned(),
        expires: "2027-03-31".to_owned(),
        origin: ".tempergate.yml:31".to_owned(),
    };
    let decided_by = format!("waivers[0] (.tempergate.yml:31): {}", reported.decided_by);
    Reported { action: Action::Note, decided_by, waived: Some(waived), ..reported }
}

fn waiver(state: WaiverState, origin: &str, about: &str, findings: usize) -> WaiverStatus {
    WaiverStatus { origin: origin.to_owned(), about: about.to_owned(), state, findings }
}

/// A check with a bit of everything.
pub fn rich() -> (Report, Texts) {
    let resolved = finding(
        "hard-coded-secret",
        &[798],
        8.0,
        "app/settings.py",
        place(APP, "import sqlite3", 0),
        "A secret stands in the source",
    );
    let report = Report {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool_version: "0.1.0".to_owned(),
        command: Command::Check,
        shard: None,
        change: Some(ChangeInfo {
            base: "origin/main".to_owned(),
            head: "HEAD".to_owned(),
            merge_base: "1f0c2c6d1d2f6a0f7b9d3f4a5b6c7d8e9f001122".to_owned(),
            head_commit: Some("aa0c2c6d1d2f6a0f7b9d3f4a5b6c7d8e9f003344".to_owned()),
        }),
        verdict: Verdict {
            outcome: Outcome::Fail,
            reasons: vec![
                "1 new finding of severity high or more (gate.fail-on)".to_owned(),
                "1 file was not analysed (gate.not-analysed)".to_owned(),
            ],
        },
        findings: vec![sql(), waived(password()), view()],
        resolved: vec![resolved],
        files: vec![
            file(
                "app/deep.py",
                Some(Language::Python),
                FileStatus::Partial {
                    functions: vec!["Parser.parse".to_owned(), "main".to_owned()],
                    reason: "steps".to_owned(),
                },
            ),
            file("app/store.py", Some(Language::Python), FileStatus::Findings),
            file("docs/logo.svg", None, FileStatus::Unsupported),
            file(
                "web/bundle.js",
                Some(Language::JavaScript),
                FileStatus::NotAnalysed { reason: "too-large".to_owned() },
            ),
            file("web/übersicht view.js", Some(Language::JavaScript), FileStatus::Findings),
        ],
        rules: vec![
            rule("cross-site-scripting", "Cross-site scripting", &[79], 6.1),
            rule("hard-coded-secret", "Hard-coded secret", &[798], 8.0),
            rule("sql-injection", "SQL injection", &[89, 943], 9.8),
            rule("weak-password-hash", "Weak password hash", &[916, 327], 7.5),
        ],
        summary: Summary {
            files_analysed: 2,
            files_partial: 1,
            files_not_analysed: 1,
            files_unsupported: 1,
            new: 2,
            persisting: 1,
            resolved: 1,
            failing: 1,
            fixed: 1,
            rejected_fixes: 1,
            waived: 1,
            findings_over_cap: 0,
            failing_over_cap: BTreeMap::new(),
        },
        authorship: Some(AuthorshipSummary {
            ai_lines: 40,
            other_lines: 160,
            ai_share: Some(20.0),
            ai_findings: 1,
            other_findings: 1,
            ai_findings_per_1000: Some(25.0),
            other_findings_per_1000: Some(6.3),
            incomplete: None,
        }),
        strategies: Vec::new(),
        waivers: vec![
            waiver(WaiverState::Used, ".tempergate.yml:31", "{ rule: [\"weak-password-hash\"] }", 1),
            waiver(WaiverState::Expired, ".tempergate.yml:36", "{ cwe: [79] }", 2),
        ],
        engines: engines(),
    };
    (report, texts(&[("app/store.py", APP), ("web/übersicht view.js", VIEW)]))
}

pub fn texts(files: &[(&str, &str)]) -> Texts {
    files.iter().map(|(path, text)| ((*path).to_owned(), Arc::new(Source::new(text.as_bytes())))).collect()
}

/// A change without findings.
pub fn clean() -> (Report, Texts) {
    let (mut report, _) = rich();
    report.verdict = Verdict { outcome: Outcome::Pass, reasons: Vec::new() };
    report.findings.clear();
    report.resolved.clear();
    report.waivers.clear();
    report.engines.clear();
    report.rules.clear();
    report.files = vec![file("app/store.py", Some(Language::Python), FileStatus::Clean)];
    report.summary = Summary { files_analysed: 1, ..Summary::default() };
    report.authorship = Some(AuthorshipSummary { other_lines: 3, ai_share: Some(0.0), ..AuthorshipSummary::default() });
    (report, Texts::new())
}

/// What an enemy writes wherever he can: escapes, direction marks, markup, mentions, fences, links.
pub const EVIL: &str = "\u{1b}[2J\u{202e}\u{200b}</details><img src=x onerror=alert(1)>|@octocat #1 GH-1 ``` ![x](http://evil.example/i.png) [y](javascript:1) www.evil.example $x$\r\n# Passed\u{7}";

pub const EVIL_PATH: &str = "a b/../c\u{1b}]0;x\u{7}\"|`<b>@octocat #1 %2e\u{202e}.py";

/// A scan whose source texts, paths, names and messages all try to break out.
pub fn hostile() -> (Report, Texts) {
    let line = format!("{}eval({EVIL:?}){}\n", "x".repeat(20_000), "y".repeat(20_000));
    let text = format!("a = 1 # {EVIL}\n{line}");
    let mut f = finding("code-injection", &[95], 9.9, EVIL_PATH, place(&text, "eval(", 0), EVIL);
    f.symbol = EVIL.to_owned();
    f.sink = EVIL.to_owned();
    f.flow = vec![
        FlowStep { path: EVIL_PATH.to_owned(), region: place(&text, "a = 1", 0), message: EVIL.to_owned() },
        FlowStep { path: "../../etc/passwd".to_owned(), region: Region::default(), message: EVIL.to_owned() },
        FlowStep { path: EVIL_PATH.to_owned(), region: f.region, message: EVIL.to_owned() },
    ];
    let fixed = text.replacen("eval(", "literal(", 1);
    let mut evil = reported(f.clone(), State::New, Action::Fail, EVIL);
    evil.fix = Some(Fix {
        strategy: EVIL.to_owned(),
        fixer: EVIL.to_owned(),
        description: EVIL.to_owned(),
        replacements: vec![Replacement { region: f.region, text: EVIL.to_owned() }],
        diff: diff::unified(EVIL_PATH, &text, &fixed),
        verification: VerificationRecord {
            reason: EVIL.to_owned(),
            command: Some(EVIL.to_owned()),
            engines: vec![EngineLook {
                engine: EVIL.to_owned(),
                not_asked: Some(EVIL.to_owned()),
                resolved: Vec::new(),
                persisting: Vec::new(),
            }],
            ..VerificationRecord::default()
        },
        asked: Some(Asked { model: EVIL.to_owned(), ..Asked::default() }),
    });
    evil.rejected = vec![RejectedFix {
        strategy: EVIL.to_owned(),
        fixer: EVIL.to_owned(),
        reason: EVIL.to_owned(),
        explanation: EVIL.to_owned(),
        verification: None,
        asked: Some(Asked { model: EVIL.to_owned(), ..Asked::default() }),
    }];
    evil.waived = Some(Waived {
        owner: Some(EVIL.to_owned()),
        reason: EVIL.to_owned(),
        expires: EVIL.to_owned(),
        origin: EVIL.to_owned(),
    });
    evil.author = Some(Authorship {
        level: Level::Agent,
        agent: Some(EVIL.to_owned()),
        model: Some(EVIL.to_owned()),
        evidence: vec![Evidence { source: Where::Commit, commit: Some(EVIL.to_owned()), mark: EVIL.to_owned() }],
    });
    evil.engine = Some(EVIL.to_owned());
    evil.also_found_by = vec![AlsoFound {
        engine: EVIL.to_owned(),
        rule: EVIL.to_owned(),
        cwe: Vec::new(),
        severity: 0.0,
        confidence: Confidence::High,
        message: EVIL.to_owned(),
        line: 0,
        fingerprint: EVIL.to_owned(),
    }];
    let (mut report, _) = clean();
    report.engines = vec![EngineInfo {
        name: EVIL.to_owned(),
        outcome: EngineOutcome::Failed,
        tool: Some(EVIL.to_owned()),
        version: Some(EVIL.to_owned()),
        problem: Some(EVIL.to_owned()),
        ..EngineInfo::default()
    }];
    report.waivers = vec![waiver(WaiverState::Unmatched, EVIL, EVIL, 0)];
    report.authorship =
        Some(AuthorshipSummary { ai_lines: 1, incomplete: Some(EVIL.to_owned()), ..AuthorshipSummary::default() });
    report.command = Command::Scan;
    report.change = None;
    report.verdict = Verdict { outcome: Outcome::Fail, reasons: vec![EVIL.to_owned()] };
    report.findings = vec![evil];
    report.files = vec![
        file(
            EVIL_PATH,
            Some(Language::Python),
            FileStatus::Partial { functions: vec![EVIL.to_owned()], reason: EVIL.to_owned() },
        ),
        file("/etc/x y", None, FileStatus::NotAnalysed { reason: EVIL.to_owned() }),
    ];
    report.rules = vec![rule("code-injection", "Code injection", &[95], 9.9)];
    report.summary = Summary { files_partial: 1, files_not_analysed: 1, new: 1, failing: 1, ..Summary::default() };
    (report, texts(&[(EVIL_PATH, &text)]))
}
