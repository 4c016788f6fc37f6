//! A finding as the page shows it.

use serde::Serialize;

use super::excerpt::{self, Line};
use super::shown::{Link, Piece, Shown, paragraphs, prose};
use super::sides::{self, Room, Sides};
use crate::finding::{Finding, FlowStep};
use crate::report::model::{
    Action, Asked, Command, FindingSummary, Fix, RejectedFix, Report, Reported, State, VerificationRecord,
};
use crate::report::{Sources, authorship, cwe, engines, standing, waivers};

/// Characters of a sentence that quotes the source.
pub const SENTENCE: usize = 600;
/// Characters of a name or a path.
pub const NAME: usize = 200;

/// Lines of code around a finding.
const CONTEXT: u32 = 2;
/// Steps of a flow; of a longer one, as many from each end as are half of it.
const STEPS: usize = 20;
/// Rejected candidates of a finding.
const REJECTED: usize = 20;
/// Findings named in a verification record.
const NAMED: usize = 20;
/// Lines of one diff.
const DIFF_LINES: usize = 400;

/// A finding: what its row says, and what unfolds below.
#[derive(Serialize)]
pub struct Shape {
    /// Its number on the page, from one.
    number: usize,
    level: String,
    score: String,
    message: Vec<Piece>,
    rule: Shown,
    weakness: String,
    path: Shown,
    line: u32,
    column: u32,
    state: State,
    standing: &'static str,
    /// Why nothing is done about it; empty where something is.
    let_be: &'static str,
    action: Action,
    does: &'static str,
    /// The agent, of a finding in AI-written lines.
    author: Option<Shown>,
    fixed: bool,
    rejected_count: usize,
    body: Option<Body>,
}

#[derive(Serialize)]
struct Body {
    decided_by: Vec<Piece>,
    author: Option<Shown>,
    weaknesses: Vec<Link>,
    /// The number of its rule's explanation on the page.
    rule_at: Option<usize>,
    rule_name: Option<Shown>,
    confidence: String,
    precision: String,
    waived: Option<Vec<Piece>>,
    also_found_by: Option<Vec<Piece>>,
    symbol: Shown,
    sink: Shown,
    fingerprint: Shown,
    excerpt: Vec<Line>,
    flow: Vec<Step>,
    flow_length: usize,
    related: Vec<Step>,
    remedy: Vec<Vec<Piece>>,
    fix: Option<FixShape>,
    /// The number of an earlier finding that the very same fix stands at.
    fix_at: Option<usize>,
    rejected: Vec<Rejected>,
    rejected_left_out: usize,
}

/// A step of a flow, or the number of those that are left out in its place.
#[derive(Serialize)]
struct Step {
    number: usize,
    left_out: usize,
    place: Shown,
    message: Vec<Piece>,
    lines: Vec<Line>,
}

#[derive(Serialize)]
struct FixShape {
    description: Vec<Piece>,
    by: Shown,
    sides: Sides,
    record: Record,
    asked: Option<AskedShape>,
}

#[derive(Serialize)]
struct Rejected {
    by: Shown,
    reason: Shown,
    explanation: Vec<Piece>,
    record: Option<Record>,
    asked: Option<AskedShape>,
}

#[derive(Serialize)]
struct Record {
    resolved: Named,
    persisting: Named,
    introduced: Named,
    reason: Vec<Piece>,
    command: Option<Vec<Piece>>,
    engines: Option<Vec<Piece>>,
    severity_before: String,
    severity_after: String,
    cwes_before: String,
    cwes_after: String,
    lines_changed: u32,
}

#[derive(Serialize)]
struct Named {
    findings: Vec<NamedFinding>,
    left_out: usize,
}

#[derive(Serialize)]
struct NamedFinding {
    rule: Shown,
    weaknesses: String,
    severity: String,
    line: u32,
}

#[derive(Serialize)]
struct AskedShape {
    model: Shown,
    round: u32,
    requests: u32,
    tokens_in: u64,
    tokens_out: u64,
    seconds: String,
    usd: Option<String>,
}

/// What turns findings into their shapes, one after the other.
pub struct Shaper<'a> {
    report: &'a Report,
    sources: &'a Sources<'a>,
    room: Room,
    /// Findings that may still unfold.
    bodies: usize,
    /// Fixes shown, with the numbers of their findings.
    fixes: std::collections::BTreeMap<&'a str, Vec<(usize, &'a Fix)>>,
}

impl<'a> Shaper<'a> {
    /// One for a page on which `bodies` findings may unfold, their diffs with `rows` lines in all.
    pub fn new(report: &'a Report, sources: &'a Sources<'a>, bodies: usize, rows: usize) -> Self {
        Shaper { report, sources, room: Room(rows), bodies, fixes: std::collections::BTreeMap::new() }
    }

    /// The finding with this number on the page.
    pub fn shape(&mut self, number: usize, reported: &'a Reported) -> Shape {
        let finding = &reported.finding;
        let body = match self.bodies.checked_sub(1) {
            Some(left) => {
                self.bodies = left;
                Some(self.body(number, reported))
            }
            None => None,
        };
        Shape {
            number,
            level: finding.level().to_string(),
            score: score(finding.severity),
            message: prose(&finding.message, SENTENCE),
            rule: Shown::brief(&finding.rule, NAME),
            weakness: finding.cwe.first().map(|&number| cwe::title(number)).unwrap_or_default(),
            path: Shown::brief(&finding.path, NAME),
            line: finding.region.start_line,
            column: finding.region.start_column,
            state: reported.state,
            let_be: match (&reported.waived, reported.accepted) {
                (Some(_), _) => "waived",
                (None, true) => "in the baseline file",
                (None, false) => "",
            },
            standing: if self.report.command == Command::Check { standing(reported.state) } else { "" },
            action: reported.action,
            does: does(reported),
            author: authorship::is_ai(reported).then(|| tag(reported)),
            fixed: reported.fix.is_some(),
            rejected_count: reported.rejected.len(),
            body,
        }
    }

    fn body(&mut self, number: usize, reported: &'a Reported) -> Body {
        let finding = &reported.finding;
        let rule_at = self.report.rules.binary_search_by(|rule| rule.id.as_str().cmp(&finding.rule)).ok();
        let rule = rule_at.and_then(|at| self.report.rules.get(at));
        let (fix, fix_at) = self.fix(number, reported.fix.as_ref());
        let remedy = rule.filter(|_| reported.fix.is_none());
        Body {
            author: authorship::author_line(reported.author.as_ref()).map(|line| Shown::brief(&line, SENTENCE)),
            decided_by: prose(&reported.decided_by, NAME),
            weaknesses: finding.cwe.iter().take(NAMED).map(|&number| Link::weakness(number, true)).collect(),
            rule_at: rule_at.map(|at| at + 1),
            rule_name: rule.map(|rule| Shown::brief(&rule.name, NAME)),
            confidence: finding.confidence.to_string(),
            precision: finding.precision.to_string(),
            also_found_by: engines::also(reported).map(|others| prose(&others, SENTENCE)),
            waived: reported.waived.as_ref().map(|waived| prose(&waivers::sentence(waived), SENTENCE)),
            symbol: Shown::brief(&finding.symbol, NAME),
            sink: Shown::brief(&finding.sink, NAME),
            fingerprint: Shown::brief(&finding.fingerprint, 64),
            excerpt: self.excerpt(finding),
            flow: if finding.flow.len() > 1 { self.steps(&finding.flow) } else { Vec::new() },
            flow_length: finding.flow.len(),
            related: self.steps(&finding.related),
            remedy: remedy.map(|rule| paragraphs(&rule.remedy, SENTENCE)).unwrap_or_default(),
            fix,
            fix_at,
            rejected: reported.rejected.iter().take(REJECTED).map(rejected).collect(),
            rejected_left_out: reported.rejected.len().saturating_sub(REJECTED),
        }
    }

    fn excerpt(&self, finding: &Finding) -> Vec<Line> {
        let source = (self.sources)(&finding.path);
        source.map(|source| excerpt::around(&source, &finding.region, CONTEXT)).unwrap_or_default()
    }

    /// The first and the last steps.
    fn steps(&self, steps: &[FlowStep]) -> Vec<Step> {
        let left_out = steps.len().saturating_sub(STEPS);
        let from = STEPS / 2;
        let mut out = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            if left_out > 0 && at == from {
                let empty = Shown::brief("", 0);
                out.push(Step { number: 0, left_out, place: empty, message: Vec::new(), lines: Vec::new() });
            }
            if left_out == 0 || at < from || at >= from + left_out {
                out.push(self.step(at + 1, step));
            }
        }
        out
    }

    fn step(&self, number: usize, step: &FlowStep) -> Step {
        let source = (self.sources)(&step.path);
        let lines = source.map(|source| excerpt::around(&source, &step.region, 0)).unwrap_or_default();
        let place = format!("{}:{}", crate::report::text::brief(&step.path, NAME), step.region.start_line);
        Step {
            number,
            left_out: 0,
            place: Shown::brief(&place, NAME + 20),
            message: prose(&step.message, SENTENCE),
            lines: excerpt::outdented(lines),
        }
    }

    /// The fix, or where it was shown already: one fix can stand at several findings.
    fn fix(&mut self, number: usize, fix: Option<&'a Fix>) -> (Option<FixShape>, Option<usize>) {
        let Some(fix) = fix else { return (None, None) };
        let shown = self.fixes.entry(&fix.diff).or_default();
        if let Some(&(before, _)) = shown.iter().find(|(_, other)| *other == fix) {
            return (None, Some(before));
        }
        shown.push((number, fix));
        let shape = FixShape {
            description: prose(&fix.description, SENTENCE),
            by: by(&fix.strategy, &fix.fixer),
            sides: sides::of(&fix.diff, DIFF_LINES, &mut self.room),
            record: record(&fix.verification),
            asked: fix.asked.as_ref().map(asked),
        };
        (Some(shape), None)
    }
}

/// What the policy makes of a finding, in words.
fn does(reported: &Reported) -> &'static str {
    let counts = matches!(reported.state, State::New | State::Worsened);
    match reported.action {
        Action::Fail if counts => "fails the gate",
        Action::Fail => "does not fail the gate, since it was there before",
        Action::Warn => "warns",
        Action::Note | Action::Off => "lists it only",
    }
}

/// The agent of a finding in AI-written lines.
fn tag(reported: &Reported) -> Shown {
    let agent = reported.author.as_ref().and_then(|author| author.agent.as_deref());
    Shown::brief(&format!("AI-written{}", agent.map(|agent| format!(": {agent}")).unwrap_or_default()), 60)
}

/// A score with one digit after the point.
pub fn score(severity: f64) -> String {
    format!("{severity:.1}")
}

fn by(strategy: &str, fixer: &str) -> Shown {
    let by = if fixer.is_empty() || fixer == strategy { strategy.to_owned() } else { format!("{strategy}: {fixer}") };
    Shown::brief(&by, NAME)
}

fn rejected(rejected: &RejectedFix) -> Rejected {
    Rejected {
        by: by(&rejected.strategy, &rejected.fixer),
        reason: Shown::brief(&rejected.reason, 60),
        explanation: prose(&rejected.explanation, SENTENCE),
        record: rejected.verification.as_ref().map(record),
        asked: rejected.asked.as_ref().map(asked),
    }
}

fn record(record: &VerificationRecord) -> Record {
    let weaknesses = |numbers: &[u32]| match numbers {
        [] => "none".to_owned(),
        _ => cwes(numbers),
    };
    Record {
        resolved: named(&record.resolved),
        persisting: named(&record.persisting),
        introduced: named(&record.introduced),
        reason: prose(&record.reason, SENTENCE),
        command: record.command.as_ref().map(|command| prose(command, SENTENCE)),
        engines: engines::looks(&record.engines).map(|said| prose(&said, SENTENCE)),
        severity_before: score(record.severity_before),
        severity_after: score(record.severity_after),
        cwes_before: weaknesses(&record.cwes_before),
        cwes_after: weaknesses(&record.cwes_after),
        lines_changed: record.lines_changed,
    }
}

fn named(findings: &[FindingSummary]) -> Named {
    let one = |finding: &FindingSummary| NamedFinding {
        rule: Shown::brief(&finding.rule, NAME),
        weaknesses: cwes(&finding.cwe),
        severity: score(finding.severity),
        line: finding.line,
    };
    Named { findings: findings.iter().take(NAMED).map(one).collect(), left_out: findings.len().saturating_sub(NAMED) }
}

/// `CWE-89, CWE-943`.
pub fn cwes(numbers: &[u32]) -> String {
    let mut names: Vec<String> = numbers.iter().take(NAMED).map(|&number| cwe::id(number)).collect();
    if numbers.len() > NAMED {
        names.push(format!("… and {} more", numbers.len() - NAMED));
    }
    names.join(", ")
}

fn asked(asked: &Asked) -> AskedShape {
    AskedShape {
        model: Shown::brief(&asked.model, NAME),
        round: asked.round,
        requests: asked.requests,
        tokens_in: asked.tokens_in,
        tokens_out: asked.tokens_out,
        seconds: score(asked.seconds),
        usd: (asked.usd > 0.0).then(|| format!("{:.4}", asked.usd)),
    }
}
