//! What other analysers had to say, in words.

use super::model::{AlsoFound, EngineInfo, EngineLook, EngineOutcome, FindingSummary, Reported};
use super::text;

/// Rules that are named in one line.
const NAMED: usize = 6;
const PROBLEM: usize = 500;

/// An engine in one line of plain text; what it said itself is made visible and cut.
pub fn line(engine: &EngineInfo) -> String {
    let name = name(engine);
    let mut out = match engine.outcome {
        EngineOutcome::NothingToLookAt => return format!("{name}: no file of the change is for it"),
        EngineOutcome::Failed => {
            let why = engine.problem.as_deref().unwrap_or("nobody knows why");
            return format!("{name} said nothing about this change: {}", text::brief(why, PROBLEM));
        }
        EngineOutcome::Looked => format!("{name}: {}", text::count(engine.findings, "finding")),
    };
    if engine.joined > 0 {
        out.push_str(&format!(", {} of them at findings of others", engine.joined));
    }
    if engine.fixes > 0 {
        let fixes = if engine.fixes == 1 { "fix" } else { "fixes" };
        out.push_str(&format!("; looked at {} {fixes}", engine.fixes));
    }
    if engine.rejected > 0 {
        out.push_str(&format!(", saw a new weakness in {}", engine.rejected));
    }
    for note in &engine.notes {
        out.push_str(&format!("; it says: {}", text::brief(note, PROBLEM)));
    }
    out
}

/// Whether somebody should look at an engine.
pub fn is_wanting(engine: &EngineInfo) -> bool {
    engine.outcome == EngineOutcome::Failed || !engine.notes.is_empty()
}

fn name(engine: &EngineInfo) -> String {
    let version = engine.version.as_deref().unwrap_or_default();
    let tool = engine.tool.as_deref().filter(|tool| !tool.eq_ignore_ascii_case(&engine.name)).unwrap_or_default();
    let known = text::brief(format!("{tool} {version}").trim(), 80);
    let name = text::brief(&engine.name, 40);
    if known.is_empty() { name } else { format!("{name} ({known})") }
}

/// Who else found what a finding says: `bandit (bandit:B602), semgrep (semgrep:shell)`. None where nobody did.
pub fn also(reported: &Reported) -> Option<String> {
    let one = |also: &AlsoFound| format!("{} ({}, line {})", also.engine, also.rule, also.line);
    let mut names: Vec<String> = reported.also_found_by.iter().take(NAMED).map(one).collect();
    if let more @ 1.. = reported.also_found_by.len().saturating_sub(NAMED) {
        names.push(format!("{more} more"));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// What the engines said of a fix: `semgrep and bandit saw nothing new; bandit:B602 at line 4 is gone too`. None where no
/// engine was there.
pub fn looks(looks: &[EngineLook]) -> Option<String> {
    let looked: Vec<&str> = looks.iter().filter(|l| l.not_asked.is_none()).map(|l| l.engine.as_str()).collect();
    let mut parts = Vec::new();
    if let Some((last, others)) = looked.split_last() {
        let names = if others.is_empty() { (*last).to_owned() } else { format!("{} and {last}", others.join(", ")) };
        parts.push(format!("{names} saw nothing new"));
    }
    let all = |of: fn(&EngineLook) -> &Vec<FindingSummary>| looks.iter().flat_map(of).map(place).collect::<Vec<_>>();
    let (gone, left) = (all(|look| &look.resolved), all(|look| &look.persisting));
    if !gone.is_empty() {
        parts.push(format!("{} {} gone too", listed(&gone), if gone.len() == 1 { "is" } else { "are" }));
    }
    if !left.is_empty() {
        parts.push(format!("{} {} still reported", listed(&left), if left.len() == 1 { "is" } else { "are" }));
    }
    for look in looks {
        if let Some(why) = &look.not_asked {
            parts.push(format!("{} did not look: {}", look.engine, text::brief(why, 200)));
        }
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}

fn place(finding: &FindingSummary) -> String {
    format!("{} at line {}", finding.rule, finding.line)
}

fn listed(names: &[String]) -> String {
    let shown = names.get(..NAMED).unwrap_or(names).join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(engine: &str) -> EngineLook {
        EngineLook { engine: engine.to_owned(), not_asked: None, resolved: Vec::new(), persisting: Vec::new() }
    }

    fn finding(rule: &str, line: u32) -> FindingSummary {
        FindingSummary { rule: rule.to_owned(), cwe: vec![78], severity: 7.5, line }
    }

    #[test]
    fn engines_are_told_in_one_line() {
        let info = EngineInfo {
            name: "semgrep".to_owned(),
            tool: Some("Semgrep OSS".to_owned()),
            version: Some("1.2".to_owned()),
            findings: 3,
            joined: 1,
            fixes: 2,
            rejected: 1,
            ..EngineInfo::default()
        };
        let said = line(&info);
        assert_eq!(
            said,
            "semgrep (Semgrep OSS 1.2): 3 findings, 1 of them at findings of others; looked at 2 fixes, saw a new weakness in 1"
        );
        let failed = EngineInfo {
            name: "bandit".to_owned(),
            outcome: EngineOutcome::Failed,
            problem: Some("it was\u{202e} not found".to_owned()),
            ..EngineInfo::default()
        };
        assert_eq!(line(&failed), "bandit said nothing about this change: it was<U+202E> not found");
        assert!(is_wanting(&failed) && !is_wanting(&info));
    }

    #[test]
    fn what_engines_say_of_a_fix_is_one_sentence() {
        assert_eq!(looks(&[]), None);
        let bandit = EngineLook { resolved: vec![finding("bandit:B602", 4)], ..look("bandit") };
        let semgrep = EngineLook { persisting: vec![finding("semgrep:x", 4)], ..look("semgrep") };
        let codeql = EngineLook { not_asked: Some("its findings come from a file".to_owned()), ..look("codeql") };
        let said = looks(&[bandit, semgrep, codeql]).unwrap_or_default();
        assert_eq!(
            said,
            "bandit and semgrep saw nothing new; bandit:B602 at line 4 is gone too; semgrep:x at line 4 is still reported; codeql did not look: its findings come from a file"
        );
    }
}
