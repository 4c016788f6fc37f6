//! One finding of what several engines saw: at the same place of a file, about the same weakness. One of them is shown and
//! names the others.

use super::answer::engine_of;
use super::cwe;
use crate::finding::Finding;
use crate::report::model::{Action, AlsoFound, Reported, State};

/// A finding that covers more lines than this stands for its first line only.
const LINES: u32 = 10;

/// Joins what other engines found in a file to our own findings, and among each other; gives what is left. Nothing that was
/// decided is loosened: the finding that is shown takes over the strictest decision, unless a waiver or the baseline file lets it through, and a new
/// finding is never hidden in an old one.
pub fn join(own: &mut [Reported], mut others: Vec<Reported>) -> Vec<Reported> {
    // The strictest and severest stand for the rest.
    others.sort_by(|a, b| {
        let key = |r: &Reported| (r.action, (r.finding.severity * 10.0) as i64);
        key(b).cmp(&key(a)).then_with(|| a.finding.sort_key().cmp(&b.finding.sort_key()))
    });
    let mut left: Vec<Reported> = Vec::new();
    for other in others {
        let engine = engine_of(&other.finding.rule).unwrap_or_default().to_owned();
        let of_others = |host: &Reported| engine_of(&host.finding.rule) != Some(&engine);
        match nearest(own, &other) {
            Some(at) => fold(own.get_mut(at), &engine, other),
            None => match nearest(&left, &other).filter(|at| left.get(*at).is_some_and(of_others)) {
                Some(at) => fold(left.get_mut(at), &engine, other),
                None => left.push(other),
            },
        }
    }
    left.sort_by(|a, b| a.finding.sort_key().cmp(&b.finding.sort_key()));
    left
}

/// The finding among `hosts` that another one is the same as: with the same number before the same family, then the nearest.
fn nearest(hosts: &[Reported], other: &Reported) -> Option<usize> {
    let fits = hosts.iter().enumerate().filter(|(_, host)| can_host(host, other));
    let key = |host: &Reported| {
        let same = host.finding.cwe.iter().any(|number| other.finding.cwe.contains(number));
        let distance = host.finding.region.start_line.abs_diff(other.finding.region.start_line);
        (!same, distance, host.finding.region.start.abs_diff(other.finding.region.start))
    };
    fits.min_by_key(|(_, host)| key(host)).map(|(at, _)| at)
}

fn can_host(host: &Reported, other: &Reported) -> bool {
    let is_new = |reported: &Reported| matches!(reported.state, State::New | State::Worsened);
    let is_listed = |reported: &Reported| reported.action != Action::Off;
    is_listed(host) && is_listed(other) && is_new(host) == is_new(other) && is_same(&host.finding, &other.finding)
}

/// Whether two findings of one side are of one weakness at one place.
pub fn is_same(one: &Finding, other: &Finding) -> bool {
    let lines = |finding: &Finding| {
        let (first, last) = (finding.region.start_line, finding.region.end_line);
        if last.saturating_sub(first) < LINES { (first, last.max(first)) } else { (first, first) }
    };
    let ((a, b), (c, d)) = (lines(one), lines(other));
    one.path == other.path && a <= d && c <= b && cwe::related(&one.cwe, &other.cwe)
}

fn fold(host: Option<&mut Reported>, engine: &str, other: Reported) {
    let Some(host) = host else { return };
    if other.action > host.action && host.waived.is_none() && !host.accepted {
        host.action = other.action;
        host.decided_by = format!("{}, for {}", other.decided_by, other.finding.rule);
    }
    let Finding { rule, cwe, severity, confidence, message, fingerprint, region, .. } = other.finding;
    host.also_found_by.push(AlsoFound {
        engine: engine.to_owned(),
        rule,
        cwe,
        severity,
        confidence,
        message,
        line: region.start_line,
        fingerprint,
    });
    host.also_found_by.sort_by(|a, b| (&a.rule, a.line, &a.fingerprint).cmp(&(&b.rule, b.line, &b.fingerprint)));
}

/// Resolved findings without those that say the same as one of ours, or as an earlier one of another engine.
pub fn join_resolved(all: Vec<Finding>) -> Vec<Finding> {
    let (own, others): (Vec<Finding>, Vec<Finding>) = all.into_iter().partition(|f| engine_of(&f.rule).is_none());
    let mut out = own;
    for other in others {
        let differs = |known: &Finding| engine_of(&known.rule) != engine_of(&other.rule);
        if !out.iter().any(|known| differs(known) && is_same(known, &other)) {
            out.push(other);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::finding::{Confidence, Region};

    fn reported(rule: &str, cwe: &[u32], (first, last): (u32, u32), action: Action, state: State) -> Reported {
        let finding = Finding {
            rule: rule.to_owned(),
            cwe: cwe.to_vec(),
            severity: 5.0,
            confidence: Confidence::High,
            precision: Confidence::High,
            path: "a.py".to_owned(),
            region: Region { start_line: first, end_line: last, ..Region::default() },
            message: String::new(),
            flow: Vec::new(),
            related: Vec::new(),
            symbol: String::new(),
            sink: String::new(),
            fingerprint: format!("{rule}-{first}"),
        };
        Reported {
            finding,
            state,
            action,
            decided_by: format!("by {action:?}"),
            engine: None,
            also_found_by: Vec::new(),
            author: None,
            waived: None,
            accepted: false,
            fix: None,
            rejected: Vec::new(),
        }
    }

    const NEW: State = State::New;
    const OLD: State = State::Persisting;

    fn rules(list: &[Reported]) -> Vec<&str> {
        list.iter().map(|r| r.finding.rule.as_str()).collect()
    }

    #[test]
    fn one_weakness_at_one_place_is_shown_once() {
        let mut own = [reported("command-injection", &[78], (4, 4), Action::Fail, NEW)];
        let left = join(
            &mut own,
            vec![
                reported("bandit:B602", &[78], (4, 4), Action::Fail, NEW),
                reported("semgrep:shell", &[88], (3, 6), Action::Warn, NEW),
                reported("semgrep:far", &[78], (9, 9), Action::Warn, NEW),
                reported("bandit:near", &[77], (9, 9), Action::Note, NEW),
                reported("bandit:B324", &[327], (4, 4), Action::Warn, NEW),
                reported("bandit:none", &[], (4, 4), Action::Warn, NEW),
            ],
        );
        let seen: Vec<&str> = own[0].also_found_by.iter().map(|also| also.rule.as_str()).collect();
        assert_eq!(seen, ["bandit:B602", "semgrep:shell"]);
        assert_eq!(rules(&left), ["bandit:B324", "bandit:none", "semgrep:far"]);
        assert_eq!(left[2].also_found_by[0].rule, "bandit:near");
    }

    #[test]
    fn two_rules_of_one_engine_stay_two_findings() {
        let left = join(
            &mut [],
            vec![
                reported("bandit:B603", &[78], (4, 4), Action::Warn, NEW),
                reported("bandit:B607", &[78], (4, 4), Action::Warn, NEW),
            ],
        );
        assert_eq!(rules(&left), ["bandit:B603", "bandit:B607"]);
    }

    #[test]
    fn joining_loosens_nothing() {
        let mut own = [
            reported("a", &[78], (1, 1), Action::Warn, NEW),
            reported("b", &[79], (2, 2), Action::Note, OLD),
            reported("c", &[89], (3, 3), Action::Off, NEW),
        ];
        let left = join(
            &mut own,
            vec![
                reported("x:a", &[78], (1, 1), Action::Fail, NEW),
                reported("x:b", &[79], (2, 2), Action::Fail, NEW),
                reported("x:c", &[89], (3, 3), Action::Fail, NEW),
                reported("x:off", &[78], (1, 1), Action::Off, NEW),
            ],
        );
        assert_eq!((own[0].action, own[0].decided_by.as_str()), (Action::Fail, "by Fail, for x:a"));
        assert_eq!(rules(&left), ["x:b", "x:c", "x:off"]);
    }

    #[test]
    fn a_waiver_for_a_weakness_holds_for_all_who_see_it() {
        let mut host = reported("a", &[78], (1, 1), Action::Note, NEW);
        host.waived = Some(crate::report::model::Waived {
            owner: None,
            reason: String::new(),
            expires: String::new(),
            origin: String::new(),
        });
        let mut own = [host];
        let left = join(&mut own, vec![reported("x:a", &[78], (1, 1), Action::Fail, NEW)]);
        assert_eq!((left.len(), own[0].action), (0, Action::Note));
    }

    #[test]
    fn long_regions_stand_for_their_first_line() {
        let long = reported("x:a", &[78], (1, 200), Action::Warn, NEW);
        let line = |number| reported("a", &[78], (number, number), Action::Warn, NEW);
        assert!(is_same(&long.finding, &line(1).finding) && !is_same(&long.finding, &line(50).finding));
    }
}
