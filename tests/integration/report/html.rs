//! The page for a browser: what it says, and that nothing it quotes can do anything.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tempergate::finding::{FileStatus, Region};
use tempergate::report::model::{
    Action, Asked, FindingSummary, RejectedFix, State, StrategySummary, VerificationRecord,
};
use tempergate::report::{Report, diff, html};

use super::sample::{self, Texts};
use super::{golden, lookup};
use crate::markup::{colours, contrast, tokens};

pub fn html_of((report, texts): &(Report, Texts)) -> String {
    html::render(report, &lookup(texts)).unwrap()
}

/// The rich sample with what only some reports have: an asked model, rejected candidates with records, old findings.
fn asked() -> (Report, Texts) {
    let (mut report, texts) = sample::rich();
    let asked = Asked {
        model: "embedded:smollm2-135m".to_owned(),
        round: 2,
        requests: 3,
        tokens_in: 812,
        tokens_out: 120,
        seconds: 4.25,
        usd: 0.0012,
    };
    let introduced = FindingSummary { rule: "code-injection".to_owned(), cwe: vec![94], severity: 9.0, line: 3 };
    let record = VerificationRecord {
        introduced: vec![introduced],
        severity_before: 9.8,
        severity_after: 9.0,
        ..VerificationRecord::default()
    };
    report.findings[0].fix.as_mut().unwrap().asked = Some(asked.clone());
    report.findings[2].rejected = vec![RejectedFix {
        strategy: "chain-of-thought".to_owned(),
        fixer: "chain-of-thought".to_owned(),
        reason: "introduces".to_owned(),
        explanation: "brings in code-injection (CWE-94) at line 3".to_owned(),
        verification: Some(record),
        asked: Some(asked),
    }];
    report.rules[2].references = vec![
        "CWE-89".to_owned(),
        "https://owasp.org/www-community/attacks/SQL_Injection".to_owned(),
        "javascript:alert(1)".to_owned(),
    ];
    report.strategies = vec![StrategySummary {
        strategy: "chain-of-thought".to_owned(),
        model: Some("embedded:smollm2-135m".to_owned()),
        candidates: 2,
        verified: 1,
        findings_fixed: 1,
        rejected: BTreeMap::from([("introduces".to_owned(), 1)]),
        introduced_before: 1,
        requests: 6,
        tokens_in: 1_624,
        tokens_out: 240,
        seconds: 8.5,
        usd: 0.0024,
        ..StrategySummary::default()
    }];
    report.summary.findings_over_cap = 4;
    report.shard = Some("2/3".parse().unwrap());
    (report, texts)
}

fn samples() -> [(Report, Texts); 4] {
    [sample::rich(), sample::clean(), sample::hostile(), asked()]
}

#[test]
fn html_of_the_samples() {
    golden("report-rich.html", &html_of(&asked()));
    golden("report-hostile.html", &html_of(&sample::hostile()));
    golden("report-clean.html", &html_of(&sample::clean()));
}

#[test]
fn nothing_that_a_report_quotes_becomes_markup() {
    let elements: BTreeSet<&str> =
        "a article b body br button code dd details div dl dt fieldset footer form h1 h2 h3 h4 h5 \
        head header html input label legend li main mark meta nav ol option p pre script section select span strong style \
        summary table tbody td th thead title tr ul"
            .split_whitespace()
            .collect();
    let mut plain_attributes = BTreeSet::new();
    for sample in samples() {
        let page = html_of(&sample);
        let (tags, text, raw) = tokens(&page);
        for tag in &tags {
            assert!(elements.contains(tag.name.as_str()), "{}", tag.name);
            plain_attributes.extend(tag.attributes.keys().cloned());
        }
        assert_eq!(raw.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["style", "script"]);
        if sample.0.findings.iter().any(|r| r.finding.message == sample::EVIL) {
            assert!(text.contains("</details><img src=x onerror=alert(1)>|@octocat"), "it is still to be read");
            assert!(text.contains("<U+202E>"), "hidden characters are visible");
        }
    }
    let odd: Vec<&String> =
        plain_attributes.iter().filter(|key| key.starts_with("on") || *key == "style" || *key == "src").collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn the_pages_own_script_and_style_are_all_that_may_run() {
    for sample in samples() {
        let (tags, _, raw) = tokens(&html_of(&sample));
        let policy = tags
            .iter()
            .find(|t| t.attributes.get("http-equiv").is_some_and(|v| v == "Content-Security-Policy"))
            .map(|t| t.attributes["content"].clone())
            .unwrap();
        let hash = |name: &str| {
            let content = &raw.iter().find(|(n, _)| n == name).unwrap().1;
            format!("{name}-src 'sha256-{}';", STANDARD.encode(Sha256::digest(content.as_bytes())))
        };
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(policy.contains(&hash("script")) && policy.contains(&hash("style")), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http") && !policy.contains('*'), "{policy}");
        let first = |name: &str| tags.iter().position(|t| t.name == name).unwrap();
        let at = tags.iter().position(|t| t.attributes.contains_key("http-equiv")).unwrap();
        assert!(at < first("style") && at < first("script"), "the policy comes before what it governs");
        for (_, content) in &raw {
            assert!(!content.contains('\r'), "a browser would hash it without");
            for needs in ["@import", "url(", "innerHTML", "eval(", "fetch(", "http:", "https:", "//cdn"] {
                assert!(!content.contains(needs), "{needs}");
            }
        }
    }
}

#[test]
fn links_lead_to_the_page_itself_or_to_explanations() {
    let mut outside = BTreeSet::new();
    for sample in samples() {
        let (tags, _, _) = tokens(&html_of(&sample));
        let ids: Vec<&String> = tags.iter().filter_map(|t| t.attributes.get("id")).collect();
        let unique: BTreeSet<&&String> = ids.iter().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
        for tag in &tags {
            for key in ["aria-labelledby", "for"] {
                assert!(tag.attributes.get(key).is_none_or(|id| ids.contains(&id)), "{:?}", tag.attributes);
            }
            let Some(address) = tag.attributes.get("href") else { continue };
            assert_eq!(tag.name, "a");
            match address.strip_prefix('#') {
                Some(id) => assert!(ids.iter().any(|i| *i == id), "{address}"),
                None => {
                    outside.insert(address.clone());
                }
            }
        }
    }
    let owasp = "https://owasp.org/www-community/attacks/SQL_Injection".to_owned();
    assert!(outside.remove(&owasp), "a rule's reference");
    assert!(outside.contains("https://cwe.mitre.org/data/definitions/89.html"));
    for address in outside {
        let number =
            address.strip_prefix("https://cwe.mitre.org/data/definitions/").and_then(|a| a.strip_suffix(".html"));
        assert!(number.is_some_and(|n| n.parse::<u32>().is_ok()), "{address}");
    }
}

#[test]
fn everything_of_the_report_is_on_the_page() {
    let (report, texts) = asked();
    let (tags, text, _) = tokens(&html_of(&(report.clone(), texts)));
    let has = |what: &str| assert!(text.contains(what), "{what:?} is missing");
    for reported in &report.findings {
        let finding = &reported.finding;
        has(&finding.message.replace('`', ""));
        has(&format!("{}:{}:{}", finding.path, finding.region.start_line, finding.region.start_column));
        for what in [&finding.rule, &finding.fingerprint, &reported.decided_by, &finding.symbol] {
            has(what);
        }
        finding.flow.iter().for_each(|step| has(&step.message.replace('`', "")));
        for rejected in &reported.rejected {
            has(&rejected.reason);
            has(&rejected.explanation);
        }
        if let Some(fix) = &reported.fix {
            has(&fix.description);
            has(&fix.verification.reason);
            has("17.3 → 7.5");
            has("CWE-89, CWE-798 → CWE-798");
            has("ended with 0 before and after");
        }
    }
    assert_eq!(tags.iter().filter(|t| t.name == "article").count(), report.findings.len());
    for what in [
        "embedded:smollm2-135m, 3 requests, 812 tokens in, 120 out, 4.2 s, 0.0012 USD; answer 2",
        "6 requests, 1624 tokens in, 240 out, 8.5 s, 0.0024 USD",
        "This is share 2 of 3 of the change",
        "4 findings are left out of this report because of the policy's cap",
        "web/bundle.js not analysed: too-large",
        "app/deep.py analysed in part: steps; left out Parser.parse, main",
        "A secret stands in the source",
        "1 new finding of severity high or more (gate.fail-on)",
        "does not fail the gate, since it was there before",
        "Use what the library offers for it.",
        "SQL injection lets an attacker do what the program does not intend",
    ] {
        has(what);
    }
    let excerpt = r#"cursor.execute(f"SELECT * FROM users WHERE name = '{label}'")"#;
    assert!(text.matches(excerpt).count() >= 3, "at the finding, in its flow and in the old column");
    has(r#"cursor.execute("SELECT * FROM users WHERE name = ?", (label,))"#);
}

#[test]
fn the_order_is_what_fails_first_then_by_severity() {
    let (mut report, texts) = sample::rich();
    report.findings[1].action = Action::Fail;
    report.findings[1].finding.severity = 9.9;
    let (tags, _, _) = tokens(&html_of(&(report, texts)));
    let rules: Vec<&str> =
        tags.iter().filter(|t| t.name == "article").map(|t| t.attributes["data-rule"].as_str()).collect();
    assert_eq!(rules, ["weak-password-hash", "sql-injection", "cross-site-scripting"]);
}

#[test]
fn findings_that_the_policy_switches_off_are_not_listed() {
    let (mut report, texts) = sample::rich();
    report.findings[2].action = Action::Off;
    let page = html_of(&(report, texts));
    assert!(page.matches("<article ").count() == 2 && !page.contains("is written as HTML"));
}

#[test]
fn a_fix_of_two_findings_is_shown_once() {
    let (mut report, texts) = sample::rich();
    let mut twin = report.findings[0].clone();
    twin.finding.severity = 9.0;
    report.findings.push(twin);
    let (_, text, _) = tokens(&html_of(&(report, texts)));
    assert_eq!(text.matches("Passes the value to the driver as a parameter").count(), 1);
    assert!(text.contains("The same fix as at finding 1"));
}

#[test]
fn a_page_of_a_big_report_is_bounded_and_says_what_it_left_out() {
    let (mut report, texts) = sample::rich();
    let mut big = report.findings[0].clone();
    let step = big.finding.flow[0].clone();
    big.finding.flow = vec![step; 1_000];
    big.rejected = vec![report.findings[1].rejected[0].clone(); 1_000];
    let fix = big.fix.as_mut().unwrap();
    fix.diff = diff::unified("app/store.py", &"old line\n".repeat(3_000), &"new line\n".repeat(3_000));
    fix.verification.persisting = vec![fix.verification.persisting[0].clone(); 1_000];
    let bigs = (0..100).map(|at| {
        let mut one = big.clone();
        one.fix.as_mut().unwrap().diff.push_str(&format!("+{at}\n"));
        one
    });
    report.findings = bigs.chain(vec![report.findings[1].clone(); 5_900]).collect();
    let file = report.files[0].clone();
    report.files = vec![file; 5_000];
    report.resolved = vec![report.resolved[0].clone(); 5_000];
    report.verdict.reasons = vec!["A reason".to_owned(); 5_000];
    let page = html_of(&(report, texts));
    assert!(page.len() < 20_000_000, "{} bytes", page.len());
    for said in [
        "… and 1000 more findings, not shown here",
        "The details of the last 4500 findings are left out",
        "… 980 more steps, not shown here …",
        "… and 980 more candidates",
        "and 980 more",
        "more lines, not shown here",
        "… and 4500 more findings",
        "… and 4800 more files",
        "… and 4950 more reasons",
    ] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn without_source_texts_and_with_odd_places_there_is_a_page() {
    let (mut report, texts) = sample::rich();
    let page = html::render(&report, &|_| None).unwrap();
    assert!(page.contains("app&#x2f;store.py:9") && !page.contains("Code around line"));
    report.findings[0].finding.region = Region { start: u32::MAX, end: 3, ..Region::default() };
    report.findings[0].state = State::Moved;
    report.files[0].status = FileStatus::NotAnalysed { reason: String::new() };
    assert!(html_of(&(report, texts)).contains("there before, at another place"));
}

#[test]
fn text_stands_out_in_both_schemes() {
    let (_, _, raw) = tokens(&html_of(&sample::rich()));
    let (light, rest) = raw[0].1.split_once("@media (prefers-color-scheme: dark)").unwrap();
    let (dark, _) = rest.split_once("*, *::before").unwrap();
    let text = [
        ("text", "ground card inset removed removed-mark added added-mark mark warn-ground"),
        ("soft", "ground card inset removed added"),
        ("link", "ground card"),
        ("good", "card inset good-ground"),
        ("bad", "card inset bad-ground"),
        ("warn", "card inset warn-ground"),
        ("on-level", "critical high medium low"),
    ];
    for scheme in [light, dark] {
        let colours = colours(scheme);
        let check = |a: &str, grounds: &str, least: f64| {
            for b in grounds.split(' ') {
                let ratio = contrast(colours[a], colours[b]);
                assert!(ratio >= least, "{a} on {b}: {ratio:.2}");
            }
        };
        text.iter().for_each(|(a, grounds)| check(a, grounds, 4.5));
        ["edge", "focus"].iter().for_each(|a| check(a, "ground card", 3.0));
    }
}
