//! Policies as data. Each file in `golden/` holds cases: files, questions about findings, and what is said of them. With
//! `UPDATE_POLICY_CASES=1` in the environment the answers are written anew; read the difference.
//!
//! A case is a line `=== NAME`, files that begin with `--- PATH` (the first is the policy), questions `? RULE CWE SEVERITY
//! CONFIDENCE PATH [STATE] [ai] [#FINGERPRINT]`, and behind a line `>>>` what is said.

use std::fmt::Write;
use std::path::Path;

use super::*;
use crate::finding::Confidence;
use crate::report::model::State;

/// The day on which all cases are looked at.
const TODAY: &str = "2026-12-01";

struct Case<'t> {
    name: &'t str,
    files: Vec<(&'t str, String)>,
    questions: Vec<&'t str>,
    said: String,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    let mut in_answer = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("=== ") {
            cases.push(Case { name, files: Vec::new(), questions: Vec::new(), said: String::new() });
            in_answer = false;
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        match line {
            ">>>" => in_answer = true,
            _ if in_answer => case.said.extend([line, "\n"]),
            _ => match (line.strip_prefix("--- "), line.strip_prefix("? "), case.files.last_mut()) {
                (Some(path), _, _) => case.files.push((path, String::new())),
                (_, Some(question), _) => case.questions.push(question),
                (_, _, Some((_, file))) => file.extend([line, "\n"]),
                _ => panic!("{line:?} of {} belongs to no file", case.name),
            },
        }
    }
    cases
}

/// What the policy of a case says: its errors; else what it does not take from `baseline`, and its answers.
fn said(case: &Case<'_>) -> String {
    let (name, text) = &case.files[0];
    let files = Files::new(&case.files.iter().map(|(path, text)| (*path, text.as_str())).collect::<Vec<_>>());
    let policy = match Policy::load(name, text, &known(), &files) {
        Ok(policy) => policy.on(day(TODAY).unwrap()),
        Err(error) => return error.render(false),
    };
    let mut out = String::new();
    for problem in policy.waiver_problems() {
        out.push_str(&problem.render(false));
    }
    let own = |line: &&str| line.contains(" # ") && !line.ends_with("# baseline");
    policy.show().lines().filter(own).for_each(|line| out.extend([line.trim_start(), "\n"]));
    for question in &case.questions {
        let _ = writeln!(out, "{question} → {}", answer(&policy, question));
    }
    out
}

fn answer(policy: &Policy, question: &str) -> String {
    let words: Vec<&str> = question.split(' ').collect();
    let confidence = match words[3] {
        "low" => Confidence::Low,
        "medium" => Confidence::Medium,
        _ => Confidence::High,
    };
    let (severity, cwe) = (words[2].parse().unwrap(), words[1].parse().unwrap());
    let mut finding = finding(words[0], cwe, severity, confidence, words[4]);
    let mut circumstances = Circumstances::of(State::New);
    for word in &words[5..] {
        match *word {
            "ai" => circumstances.ai_written = true,
            "old" => circumstances.state = State::Persisting,
            "worsened" => circumstances.state = State::Worsened,
            word => finding.fingerprint = word.strip_prefix('#').unwrap().to_owned(),
        }
    }
    let decision = policy.decide_in(&finding, &circumstances);
    format!("{:?} by {}", decision.action, decision.decided_by).to_lowercase()
}

fn read_all() -> Vec<(std::path::PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy/tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_case_is_answered_as_it_says() {
    let update = std::env::var_os("UPDATE_POLICY_CASES").is_some();
    let (mut count, mut wrong) = (0, Vec::new());
    for (path, text) in read_all() {
        let mut fresh = String::new();
        for case in cases(&text) {
            count += 1;
            let said = said(&case);
            let _ = writeln!(fresh, "=== {}", case.name);
            for (path, text) in &case.files {
                let _ = write!(fresh, "--- {path}\n{text}");
            }
            case.questions.iter().for_each(|question| fresh.extend(["? ", question, "\n"]));
            let answer: Vec<&str> = said.trim_end().lines().collect();
            let _ = write!(fresh, ">>>\n{}\n\n", answer.join("\n"));
            if case.said.trim_end() != said.trim_end() {
                wrong.push(format!("{}: {}\n{said}", path.display(), case.name));
            }
        }
        if update {
            std::fs::write(path, format!("{}\n", fresh.trim_end())).unwrap();
        }
    }
    assert!(count >= 150, "{count} cases");
    assert!(update || wrong.is_empty(), "{} cases are answered otherwise:\n{}", wrong.len(), wrong.join("\n"));
}
