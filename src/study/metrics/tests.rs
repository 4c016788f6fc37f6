//! Hand-worked examples. Alerts are written as `rule:CWE:severity:precision@line`, precision by its first letter.
#![allow(clippy::unwrap_used)]

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;
use crate::study::record::{Analysis, Mode, Sample, Usage};
use crate::study::report::model::{Alerts, Improvement, Interval, LeadsTo, SideEffects, TestKind, Unit};
use crate::syntax::hir::Language;

/// A study that is being written down.
#[derive(Debug, Default)]
struct Study {
    samples: Vec<Sample>,
    analyses: Vec<Analysis>,
}

fn alert(text: &str) -> Alert {
    let (text, line) = text.split_once('@').unwrap_or((text, "1"));
    let parts: Vec<&str> = text.split(':').collect();
    let [rule, cwe, severity, precision] = parts[..] else { panic!("{text}") };
    let precision = match precision {
        "l" => Some(Precision::Low),
        "m" => Some(Precision::Medium),
        "h" => Some(Precision::High),
        "v" => Some(Precision::VeryHigh),
        _ => None,
    };
    Alert {
        rule: rule.to_string(),
        cwe: vec![cwe.parse().unwrap()],
        severity: severity.parse().unwrap(),
        precision,
        line: line.parse().unwrap(),
        message: String::new(),
    }
}

impl Study {
    /// Adds a sample, and gives its key. `cell` is `model language scenario`.
    fn add(
        &mut self,
        mode: Mode,
        cell: &str,
        strategy: &str,
        code: &str,
        parent: Option<&str>,
        alerts: &str,
    ) -> String {
        let parts: Vec<&str> = cell.split(' ').collect();
        let language = if parts[1] == "go" { Language::Go } else { Language::Python };
        let like = |s: &&Sample| {
            s.mode == mode
                && (s.model.as_str(), s.language, s.scenario.as_str()) == (parts[0], language, parts[2])
                && s.strategy == strategy
        };
        let number = self.samples.iter().filter(like).count() as u32 + 1;
        let key = format!("{:032x}", self.samples.len() + 1);
        self.samples.push(Sample {
            key: key.clone(),
            mode,
            task: parts[2].to_string(),
            scenario: parts[2].to_string(),
            language,
            target_cwe: vec![89],
            model: parts[0].to_string(),
            strategy: strategy.to_string(),
            number,
            parent: parent.map(str::to_string),
            path: None,
            code: Some(code.to_string()),
            failure: None,
            rejected: Vec::new(),
            usage: Some(Usage { requests: 1, tokens_in: 10, tokens_out: 5, seconds: 0.5 }),
        });
        self.analyses.push(Analysis {
            sample: key.clone(),
            analyser: "x".to_string(),
            alerts: alerts.split_whitespace().map(alert).collect(),
            parses: Some(true),
            incomplete: None,
        });
        key
    }

    fn written(&mut self, cell: &str, strategy: &str, alerts: &str) -> String {
        let code = format!("line {}\n\nlast", self.samples.len());
        self.add(Mode::Generate, cell, strategy, &code, None, alerts)
    }

    fn facts(&self) -> Facts {
        let mut facts = Facts::new("x");
        self.samples.iter().for_each(|sample| facts.sample(sample));
        self.analyses.iter().for_each(|analysis| facts.analysis(analysis));
        facts
    }

    fn report(&self) -> StudyReport {
        report("s", &self.facts(), Options { seed: 7, resamples: 200 })
    }
}

const SQL: &str = "sql:89:8.0:h";
const XSS: &str = "xss:79:6.0:m";
const NOISE: &str = "noise:20:2.0:l";
const LOG: &str = "log:117:4.0:";

/// Two cells. In the first, raw 16 + 8 + 0 and refined 6 + 0 + 4 (lowered from 24 to 10); in the second 0 and one alert of 4.
fn small() -> Study {
    let mut study = Study::default();
    study.written("a python 1", "none", &format!("{SQL} {XSS} {NOISE}"));
    study.written("a python 1", "none", SQL);
    study.written("a python 1", "none", "");
    study.written("a python 1", "meta-prompt", XSS);
    study.written("a python 1", "meta-prompt", "");
    study.written("a python 1", "meta-prompt", LOG);
    study.written("a python 2", "none", "");
    study.written("a python 2", "meta-prompt", LOG);
    study
}

fn is_all(group: &crate::study::report::model::Group, strategy: &str) -> bool {
    group.strategy == strategy && group.model.is_none() && group.language.is_none() && group.scenario.is_none()
}

#[test]
fn prevalence_counts_weak_samples() {
    let report = small().report();
    let of = |strategy: &str, reference| {
        let found = report.prevalence.iter().find(|p| is_all(&p.group, strategy) && p.reference == reference).unwrap();
        (found.vulnerable.count, found.vulnerable.of, found.vulnerable.percent.unwrap())
    };
    assert_eq!(of("none", Reference::All), (2, 4, 50.0));
    assert_eq!(of("meta-prompt", Reference::All), (3, 4, 75.0));
    // An unknown precision is not low, and not high.
    assert_eq!(of("meta-prompt", Reference::WithoutLow), (3, 4, 75.0));
    assert_eq!(of("meta-prompt", Reference::HighOnly), (0, 4, 0.0));
    assert_eq!(of("none", Reference::HighOnly), (2, 4, 50.0));
    assert_eq!(of("none", Reference::Target), (2, 4, 50.0));
    assert_eq!(of("meta-prompt", Reference::Target), (0, 4, 0.0));
    // Over all, and for each model, language, both, scenario, and cell; for two strategies and four references.
    assert_eq!(report.prevalence.len(), 2 * 4 * (1 + 1 + 1 + 1 + 2 + 2));
}

#[test]
fn pooled_intervals_are_drawn_from_cells() {
    let mut study = Study::default();
    // Ten cells of ten samples: all weak in five of them, none in the others. As single samples 40 to 60 percent would be
    // certain enough; as cells much less is.
    for cell in 0..10 {
        for _ in 0..10 {
            study.written(&format!("a python {cell}"), "none", if cell % 2 == 0 { SQL } else { "" });
        }
    }
    let report = study.report();
    let whole = report.prevalence.iter().find(|p| is_all(&p.group, "none")).unwrap();
    let Interval { low, high } = whole.vulnerable.interval.unwrap();
    assert!(low <= 30.0 && high >= 70.0, "{low} to {high}");
    let cell = report.prevalence.iter().find(|p| p.group.scenario.as_deref() == Some("0")).unwrap();
    assert_eq!(cell.vulnerable.interval, Some(Interval { low: 72.2, high: 100.0 }));
}

#[test]
fn alerts_are_summed() {
    let report = small().report();
    let found: &Alerts =
        report.alerts.iter().find(|a| is_all(&a.group, "none") && a.reference == Reference::All).unwrap();
    assert_eq!((found.alerts, found.samples, found.per_sample, found.severity), (4, 4, Some(1.0), 24.0));
    let levels: Vec<(&str, usize)> = found.levels.iter().map(|(level, count)| (level.as_str(), *count)).collect();
    assert_eq!(levels, [("critical", 0), ("high", 2), ("low", 1), ("medium", 1)]);
}

#[test]
fn improvement_is_that_of_the_study() {
    let report = small().report();
    let of = |scenario: Option<&str>, reference| -> &Improvement {
        let fits = |i: &&Improvement| {
            i.group.scenario.as_deref() == scenario
                && i.group.language.is_some() == scenario.is_some()
                && i.group.model.is_some() == scenario.is_some()
        };
        report.improvement.iter().filter(fits).find(|i| i.reference == reference).unwrap()
    };
    // (24 − 10) ÷ 24 = 58.3 %.
    assert_eq!(of(Some("1"), Reference::All).percent, Some(58.3));
    // From nothing to one alert.
    assert_eq!(of(Some("2"), Reference::All).percent, Some(-10.0));
    let whole = of(None, Reference::All);
    assert_eq!((whole.percent, whole.cells, whole.left_out), (Some(24.2), 2, 0));
    assert_eq!((whole.raw_severity, whole.severity), (24.0, 14.0));
    // High alone: 16 → 0, and nothing → nothing, which is left out.
    let high = of(None, Reference::HighOnly);
    assert_eq!((high.percent, high.cells, high.left_out, high.interval), (Some(100.0), 1, 1, None));
    assert!(report.improvement.iter().all(|i| i.group.strategy != "none"));
}

#[test]
fn other_numbers_of_samples_are_scaled() {
    let mut study = Study::default();
    study.written("a python 1", "none", SQL);
    study.written("a python 1", "none", SQL);
    study.written("a python 1", "lora", "x:1:4.0:h");
    // 16 → 4 × 2.
    assert_eq!(study.report().improvement[0].percent, Some(50.0));
    let mut study = Study::default();
    study.written("a python 1", "none", "");
    study.written("a python 1", "lora", SQL);
    study.written("a python 1", "lora", "");
    // One alert of two samples is half of one in one.
    assert_eq!(study.report().improvement[0].percent, Some(-5.0));
}

#[test]
fn weaknesses_come_together() {
    let mut study = small();
    study.written("a python 1", "none", "sql:89:8.0:h other:89:8.0:h");
    let report = study.report();
    let found =
        report.co_occurrence.iter().find(|c| is_all(&c.group, "none") && c.reference == Reference::All).unwrap();
    // Of three weak ones: {89, 79, 20}, {89}, and two rules of one CWE.
    assert_eq!((found.several_cwes.count, found.several_cwes.of), (1, 3));
    assert_eq!((found.several_rules.count, found.several_rules.of), (2, 3));
    let pairs: Vec<_> = found.pairs.iter().map(|p| (p.a, p.b, p.both, p.with_a, p.with_b, p.lift)).collect();
    // 5 samples; 89 is in three of them: 1 × 5 ÷ (1 × 3).
    assert_eq!(pairs, [(20, 79, 1, 1, 1, 5.0), (20, 89, 1, 1, 3, 1.67), (79, 89, 1, 1, 3, 1.67)]);
}

#[test]
fn side_effects_stand_against_the_noise_floor() {
    let report = small().report();
    let of = |strategy: &str, unit| -> &SideEffects {
        let fits = |s: &&SideEffects| is_all(&s.group, strategy) && s.reference == Reference::All && s.unit == unit;
        report.side_effects.iter().find(fits).unwrap()
    };
    // The first bare sample has two rules that the others lack; `sql` is in two. The second cell has one bare sample, and no floor.
    let floor = of("none", Unit::Rule);
    assert_eq!((floor.samples.count, floor.samples.of, floor.noise_floor), (1, 3, None));
    let names: Vec<&str> = floor.new.iter().map(|new| new.name.as_str()).collect();
    assert_eq!(names, ["noise", "xss"]);
    // `log` is new in both cells; `xss` is known.
    let refined = of("meta-prompt", Unit::Cwe);
    assert_eq!((refined.samples.count, refined.samples.of), (2, 4));
    assert_eq!((refined.new[0].name.as_str(), refined.new[0].count), ("CWE-117", 2));
    let floor = refined.noise_floor.unwrap();
    assert_eq!((floor.count, floor.of), (1, 3));
}

#[test]
fn shifts_show_what_grows() {
    let report = small().report();
    let shifts: Vec<_> =
        report.shifts.iter().map(|s| (s.rule.as_str(), s.raw.count, s.refined.count, s.raw.of)).collect();
    assert_eq!(shifts, [("log", 0, 2, 4), ("sql", 2, 0, 4), ("noise", 1, 0, 4), ("xss", 1, 1, 4)]);
}

#[test]
fn repairs_are_compared_with_their_weak_programs() {
    let mut study = Study::default();
    let weak = "import db\nrun(a)\nshow(b)\nlast";
    let cell = "a python 1";
    let parent = study.add(Mode::Generate, cell, "none", weak, None, "sql:89:8.0:h@2 xss:79:6.0:m@3");
    let mut mend = |mode, code: &str, alerts: &str| study.add(mode, cell, "ladder", code, Some(&parent), alerts);
    // Both gone.
    mend(Mode::Repair, "import db\nsafe(a)\nescaped(b)\nlast", "");
    // One stays in its line, which is lower down now; the other is gone, and a new one came.
    mend(Mode::Repair, "import db\nimport log\nsafe(a)\nshow(b)\nlast", "xss:79:6.0:m@4 log:117:4.0:m@2");
    // One is still there in a line that says something else.
    mend(Mode::Repair, "import db\nrun(c)\nescaped(b)\nlast", "sql:89:8.0:h@2");
    // Nothing was done.
    mend(Mode::RepairVerified, weak, "sql:89:8.0:h@2 xss:79:6.0:m@3");
    // Nothing is left of the program.
    let broken = mend(Mode::Repair, "x(", "");
    let lost = mend(Mode::Repair, "", "");
    study.analyses.iter_mut().find(|a| a.sample == broken).unwrap().parses = Some(false);
    study.samples.iter_mut().find(|s| s.key == lost).unwrap().code = None;
    study.analyses.retain(|a| a.sample != lost);
    let report = study.report();
    let of = |mode| report.repairs.iter().find(|r| r.group.mode == mode && is_all(&r.group, "ladder")).unwrap();
    let once = of(Mode::Repair);
    assert_eq!((once.mended.count, once.mended.of), (1, 5));
    // 2 + 1 + 1 + 2 of the broken one + 0 of the failure.
    assert_eq!((once.resolved.count, once.resolved.of), (6, 10));
    assert_eq!((once.persisting, once.moved, once.introduced), (4, 1, 1));
    assert_eq!((once.with_introduced.count, once.with_introduced.of), (1, 5));
    assert_eq!(once.leads_to, [LeadsTo { from: 79, to: 117, count: 1 }, LeadsTo { from: 89, to: 117, count: 1 }]);
    let verified = of(Mode::RepairVerified);
    assert_eq!((verified.mended.count, verified.persisting, verified.moved), (0, 2, 0));
    let quality = |mode| report.quality.iter().find(|q| q.group.mode == mode && is_all(&q.group, "ladder")).unwrap();
    assert_eq!(
        (quality(Mode::RepairVerified).no_op.count, quality(Mode::RepairVerified).growth_percent),
        (1, Some(0.0))
    );
    let once = quality(Mode::Repair);
    assert_eq!((once.failed.count, once.broken.count, once.broken.of), (1, 1, 4));
    // 0, 25, 0 and −75 percent.
    assert_eq!((once.growth_percent, once.requests, once.tokens_in, once.seconds), (Some(0.0), 5, 50, 2.5));
}

#[test]
fn the_first_answers_are_looked_at_and_what_repairs_were_made_of() {
    let mut study = Study::default();
    let weak = study.written("a python 1", "none", SQL);
    let other = study.written("b python 1", "none", "");
    let third = study.written("a python 1", "none", "");
    let mend = study.add(Mode::Repair, "c python 1", "template", "y", Some(&third), "");
    let facts = study.facts();
    let all = facts.first(4);
    assert!(all.left_out() == 0 && [&weak, &other, &third, &mend].iter().all(|key| all.has(key)));
    let numbers: HashMap<&str, u32> = study.samples.iter().map(|s| (s.key.as_str(), s.number)).collect();
    let first = facts.first(3);
    assert_eq!((numbers[mend.as_str()], numbers[third.as_str()]), (1, 2));
    assert!(first.has(&mend) && first.has(&third) && first.left_out() == 0);
    let none = facts.first(0);
    assert!(none.left_out() == 4 && !none.has(&weak));
}

#[test]
fn auto_learns_from_verified_repairs() {
    let mut study = Study::default();
    let both = "sql:89:8.0:h@1 xss:79:6.0:m@1";
    let parent = study.add(Mode::Generate, "a python 1", "none", "x", None, both);
    let mut mend = |mode, strategy: &str, alerts: &str| {
        study.add(mode, "a python 1", strategy, &format!("y{alerts}"), Some(&parent), alerts)
    };
    mend(Mode::RepairVerified, "template", "xss:79:6.0:m@1");
    mend(Mode::RepairVerified, "template", "");
    mend(Mode::RepairVerified, "lora", "log:117:4.0:m@1");
    mend(Mode::RepairVerified, "ladder", "");
    mend(Mode::Repair, "meta-prompt", "");
    let rows: Vec<String> = measured::measured(&study.facts())
        .iter()
        .map(|m| format!("{} {} {} {} {}/{}", m.model, m.language, m.cwe, m.strategy, m.verified, m.tried))
        .collect();
    // What brings something in is not verified; composers and unverified repairs have no row.
    assert_eq!(
        rows,
        ["a python 79 lora 0/1", "a python 79 template 1/2", "a python 89 lora 0/1", "a python 89 template 2/2"]
    );
}

#[test]
fn quality_tells_what_came() {
    let mut study = Study::default();
    study.add(Mode::Generate, "a python 1", "none", "same\n", None, "");
    study.add(Mode::Generate, "a python 1", "none", "same  \n\n", None, "");
    study.add(Mode::Generate, "a python 1", "none", "one\ntwo\n", None, "");
    study.add(Mode::Generate, "a python 1", "lora", "same\n", None, "");
    study.add(Mode::Generate, "a python 1", "lora", "one\n\ntwo\nthree\n", None, "");
    let report = study.report();
    let of = |strategy: &str| report.quality.iter().find(|q| is_all(&q.group, strategy)).unwrap();
    // Two bare ones are each other's double, the third has none; one refined program is a bare one.
    assert_eq!((of("none").no_op.count, of("none").lines, of("none").growth_percent), (2, Some(1.0), None));
    assert_eq!((of("lora").no_op.count, of("lora").lines, of("lora").growth_percent), (1, Some(2.0), Some(100.0)));
}

#[test]
fn strategies_are_tested_in_pairs() {
    let mut study = Study::default();
    for at in 0..8 {
        study.written("a python 1", "none", if at < 7 { SQL } else { "" });
        study.written("a python 1", "lora", if at < 7 { "" } else { "x:1:2.0:h" });
    }
    let report = study.report();
    let of = |kind| report.tests.iter().find(|t| is_all(&t.group, "lora") && t.test == kind).unwrap();
    let weak = of(TestKind::Mcnemar);
    // Seven one way and one the other: 2 × (1 + 8) ÷ 256.
    assert_eq!((weak.pairs, weak.different, weak.effect), (8, 8, -75.0));
    assert!((weak.p - 18.0 / 256.0).abs() < 1e-9);
    let severity = of(TestKind::Wilcoxon);
    // (7 × −8 + 2) ÷ 8.
    assert_eq!((severity.pairs, severity.effect), (8, -6.75));
    // Four groups with two tests each, by one reference.
    assert!(report.tests.iter().all(|t| t.p_adjusted >= t.p && t.p_adjusted <= 1.0));
    assert!((weak.p_adjusted - 1.0f64.min(18.0 / 256.0 * 8.0)).abs() < 0.3);
}

#[test]
fn what_is_left_out_is_told() {
    let mut study = small();
    study.samples[0].code = None;
    study.analyses[1].incomplete = Some("steps".to_string());
    study.analyses[2].incomplete = Some("too-large".to_string());
    study.analyses[2].parses = None;
    study.analyses.remove(3);
    study.written("b go 1", "lora", "");
    let report = study.report();
    let scope = &report.scope;
    assert_eq!((scope.samples, scope.failed, scope.not_analysed, scope.alerts), (6, 1, 2, 3));
    assert_eq!(scope.models, ["a", "b"]);
    assert_eq!(scope.strategies, ["none", "meta-prompt", "lora"]);
    let notes = report.notes.join("\n");
    for part in [
        "1 sample without a program",
        "1 sample analysed in part only (steps)",
        "1 sample not analysed (too-large)",
        "1 sample without an analysis",
        "1 sample without a baseline",
    ] {
        assert!(notes.contains(part), "{part}: {notes}");
    }
}

#[test]
fn an_empty_study_has_an_empty_report() {
    let report = Study::default().report();
    assert!(report.prevalence.is_empty() && report.tests.is_empty() && report.notes.is_empty());
}

#[test]
fn the_last_analysis_counts_and_those_of_others_do_not() {
    let mut study = small();
    let first = study.analyses[0].clone();
    study.analyses.push(Analysis { alerts: Vec::new(), ..first.clone() });
    study.analyses.push(Analysis { analyser: "other".to_string(), ..first });
    study.samples.push(study.samples[0].clone());
    let report = study.report();
    assert_eq!((report.scope.samples, report.scope.alerts), (8, 4));
}

/// A study of random cells, strategies and alerts.
fn any_study() -> impl Strategy<Value = Study> {
    let one = (0..2u8, 0..2u8, 0..3u8, 0..3usize, prop::collection::vec(0..4usize, 0..4));
    prop::collection::vec(one, 0..40).prop_map(|all| {
        let mut study = Study::default();
        for (model, language, scenario, strategy, alerts) in all {
            let cell = format!("m{model} {} {scenario}", if language == 0 { "go" } else { "python" });
            let alerts: Vec<&str> = alerts.iter().map(|at| [SQL, XSS, NOISE, LOG][*at]).collect();
            study.written(&cell, ["none", "lora", "meta-prompt"][strategy], &alerts.join(" "));
        }
        study
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_records_decides_nothing(study in any_study(), seed in any::<u64>()) {
        let mut shuffled = Study { samples: study.samples.clone(), analyses: study.analyses.clone() };
        let mut state = seed | 1;
        let mut next = |limit: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 33) as usize % limit.max(1)
        };
        for at in (1..shuffled.samples.len()).rev() {
            shuffled.samples.swap(at, next(at + 1));
            shuffled.analyses.swap(at, next(at + 1));
        }
        let mut facts = Facts::new("x");
        shuffled.analyses.iter().for_each(|analysis| facts.analysis(analysis));
        shuffled.samples.iter().for_each(|sample| facts.sample(sample));
        prop_assert_eq!(report("s", &facts, Options { seed: 7, resamples: 50 }), report("s", &study.facts(), Options { seed: 7, resamples: 50 }));
    }

    #[test]
    fn one_more_alert_never_makes_fewer_samples_weak(study in any_study(), at in any::<prop::sample::Index>()) {
        prop_assume!(!study.samples.is_empty());
        let before = study.report();
        let mut more = Study { samples: study.samples.clone(), analyses: study.analyses.clone() };
        let at = at.index(more.analyses.len());
        more.analyses[at].alerts.push(alert(SQL));
        for (a, b) in before.prevalence.iter().zip(&more.report().prevalence) {
            prop_assert!(a.vulnerable.count <= b.vulnerable.count && a.vulnerable.of == b.vulnerable.of);
        }
    }
}
