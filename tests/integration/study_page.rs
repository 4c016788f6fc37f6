//! The page of a study: what it says, where its links lead, and that nothing it quotes can do anything.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tempergate::study::record::{Alert, Analysis, Mode, Precision, Sample, Usage};
use tempergate::study::report::html::{Details, render};
use tempergate::study::report::model::*;
use tempergate::syntax::hir::Language;

use crate::markup::{Tag, colours, contrast, tokens};

const MODELS: [&str; 2] = ["embedded:small-coder-0.5b", "gpt-4.1"];
const STRATEGIES: [&str; 3] = ["none", "chain-of-thought", "meta-prompt"];
const LANGUAGES: [Language; 2] = [Language::Python, Language::Go];
const SCENARIOS: [&str; 2] = ["2-sql-injection", "10-reflected-xss"];
const REFERENCES: [Reference; 4] = [Reference::All, Reference::WithoutLow, Reference::HighOnly, Reference::Target];
const ANALYSER: &str = "tempergate";
const EVIL: &str = "</script><img src=x onerror=alert(1)>\"'&\u{202e}";

/// A study with what its report was made from.
struct Study {
    report: StudyReport,
    samples: HashMap<String, Sample>,
    analyses: HashMap<(String, String), Analysis>,
}

impl Study {
    fn page(&self) -> String {
        render(&self.report, &Details::of(&self.samples, &self.analyses, ANALYSER, 0)).unwrap()
    }

    fn add(&mut self, sample: Sample, alerts: Option<Vec<Alert>>) {
        if let Some(alerts) = alerts {
            let analysis = Analysis {
                sample: sample.key.clone(),
                analyser: ANALYSER.to_owned(),
                alerts,
                parses: Some(true),
                incomplete: None,
            };
            self.analyses.insert((ANALYSER.to_owned(), sample.key.clone()), analysis);
        }
        self.samples.insert(sample.key.clone(), sample);
    }
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// A share with an interval around it.
fn rate(count: usize, of: usize) -> Rate {
    let percent = (of > 0).then(|| round(100.0 * count as f64 / of as f64));
    let ends = |p: f64| Interval { low: round((p - 7.3).max(0.0)), high: round((p + 7.9).min(100.0)) };
    Rate { count, of, percent, interval: percent.map(ends) }
}

/// All groups of a mode, over one model and language or all; the last with each scenario.
fn groups(mode: Mode) -> Vec<Group> {
    let mut out = Vec::new();
    let models: Vec<Option<&str>> = [None].into_iter().chain(MODELS.map(Some)).collect();
    let languages: Vec<Option<Language>> = [None].into_iter().chain(LANGUAGES.map(Some)).collect();
    let scenarios: Vec<Option<&str>> = [None].into_iter().chain(SCENARIOS.map(Some)).collect();
    for strategy in STRATEGIES {
        for model in &models {
            for language in &languages {
                for scenario in &scenarios {
                    let group = Group {
                        mode,
                        strategy: strategy.to_owned(),
                        model: model.map(str::to_owned),
                        language: *language,
                        scenario: scenario.map(str::to_owned),
                    };
                    out.push(group);
                }
            }
        }
    }
    out
}

fn empty() -> StudyReport {
    StudyReport {
        schema_version: SCHEMA_VERSION.to_owned(),
        tool_version: "0.1.0".to_owned(),
        name: "Nothing yet".to_owned(),
        analyser: ANALYSER.to_owned(),
        scope: Scope::default(),
        prevalence: Vec::new(),
        alerts: Vec::new(),
        improvement: Vec::new(),
        co_occurrence: Vec::new(),
        side_effects: Vec::new(),
        shifts: Vec::new(),
        repairs: Vec::new(),
        quality: Vec::new(),
        tests: Vec::new(),
        notes: Vec::new(),
    }
}

fn pairs(scale: usize) -> Vec<Pair> {
    let numbers = [22, 78, 79, 89, 117, 400, 502, 798, 1004];
    let of = |at: usize, a: u32| numbers[at + 1..].iter().map(move |&b| (a, b)).collect::<Vec<_>>();
    let all = numbers.iter().enumerate().flat_map(|(at, &a)| of(at, a));
    let pair = |(at, (a, b)): (usize, (u32, u32))| Pair {
        a,
        b,
        both: scale * 40 / (at + 1),
        with_a: 60,
        with_b: 55,
        lift: 1.5 - at as f64 / 30.0,
    };
    all.enumerate().map(pair).filter(|pair| pair.both > 0).collect()
}

/// The figures of a group; they differ by group and reference, which is all that matters here.
fn add_figures(report: &mut StudyReport, group: &Group, at: usize, reference: Reference) {
    let group = group.clone();
    let raw = group.strategy == "none";
    let (base, of) =
        (if raw { 64 } else { 41 - at % 23 } - 5 * REFERENCES.iter().position(|&r| r == reference).unwrap(), 97);
    report.prevalence.push(Prevalence { group: group.clone(), reference, vulnerable: rate(base, of) });
    report.alerts.push(Alerts {
        group: group.clone(),
        reference,
        alerts: base * 2,
        samples: of,
        per_sample: Some((base * 2) as f64 / of as f64),
        severity: base as f64 * 13.3,
        levels: BTreeMap::from([("critical".to_owned(), base / 2), ("medium".to_owned(), base - base / 2)]),
    });
    report.side_effects.extend([Unit::Rule, Unit::Cwe].map(|unit| SideEffects {
        group: group.clone(),
        reference,
        unit,
        samples: rate(if raw { 3 } else { 9 + at % 7 }, 150),
        noise_floor: (!raw).then(|| rate(3, 150)),
        new: vec![Counted {
            name: if unit == Unit::Rule { "go/log-injection" } else { "CWE-117" }.to_owned(),
            count: 4,
        }],
    }));
    let pairs = if group.scenario.is_none() { pairs(1 + at % 3) } else { Vec::new() };
    report.co_occurrence.push(CoOccurrence {
        group: group.clone(),
        reference,
        several_cwes: rate(base / 2, base),
        several_rules: rate(base / 3, base),
        pairs,
    });
    if raw {
        return;
    }
    let percent =
        if at % 5 == 4 { -140.0 } else { 12.5 + (at * 7 % 80) as f64 - if at % 11 == 3 { 60.0 } else { 0.0 } };
    report.improvement.push(Improvement {
        group: group.clone(),
        reference,
        percent: Some(percent),
        interval: Some(Interval { low: percent - 15.0, high: percent + 9.5 }),
        cells: 4,
        left_out: 1,
        raw_severity: 812.3,
        severity: 402.1,
    });
    report.tests.extend([TestKind::Mcnemar, TestKind::Wilcoxon].map(|test| Test {
        group: group.clone(),
        reference,
        test,
        pairs: 80,
        different: 31,
        p: 0.000_01,
        p_adjusted: 0.0123,
        effect: -0.27,
    }));
}

fn quality(group: Group) -> Quality {
    Quality {
        group,
        failed: rate(2, 99),
        broken: rate(1, 97),
        no_op: rate(4, 97),
        lines: Some(38.5),
        growth_percent: Some(-3.2),
        requests: 101,
        tokens_in: 50_123,
        tokens_out: 70_456,
        seconds: 1_234.56,
    }
}

fn repairs(group: Group, at: usize) -> Repairs {
    let lead = |from, to, count| LeadsTo { from, to, count };
    Repairs {
        group,
        mended: rate(30 + at % 20, 97),
        resolved: rate(80, 140),
        persisting: 60,
        moved: 7,
        introduced: 11,
        with_introduced: rate(9, 97),
        leads_to: vec![lead(89, 117, 5), lead(89, 209, 1), lead(78, 117, 2), lead(79, 1333, 3), lead(22, 22, 1)],
    }
}

fn alert(rule: &str, cwe: &[u32], severity: f64, precision: Precision, line: u32) -> Alert {
    let message = format!("Data from `request` reaches {rule}.");
    Alert { rule: rule.to_owned(), cwe: cwe.to_vec(), severity, precision: Some(precision), line, message }
}

fn sample(number: usize, mode: Mode, model: &str, language: Language, strategy: &str, scenario: &str) -> Sample {
    Sample {
        key: format!("{number:032x}"),
        mode,
        task: format!("{scenario}-task"),
        scenario: scenario.to_owned(),
        language,
        target_cwe: vec![89],
        model: model.to_owned(),
        strategy: strategy.to_owned(),
        number: 1,
        parent: None,
        path: None,
        code: Some("import db\n\ndef find(request):\n\tname = request.args['name']\n\treturn db.query(f\"SELECT * FROM users WHERE name = '{name}'\")\n".to_owned()),
        failure: None,
        rejected: Vec::new(),
        usage: Some(Usage { requests: 1, tokens_in: 50, tokens_out: 60, seconds: 1.5 }),
    }
}

/// Samples of every cell, written and repaired, of which some failed, are clean or were not analysed.
fn add_samples(study: &mut Study) {
    let mut number = 0;
    for model in MODELS {
        for language in LANGUAGES {
            for scenario in SCENARIOS {
                for strategy in STRATEGIES {
                    number += 1;
                    let one = sample(number, Mode::Generate, model, language, strategy, scenario);
                    let weak = vec![
                        alert("sql-injection", &[89, 564], 9.8, Precision::High, 5),
                        alert("untrusted-data", &[20], 5.0, Precision::Low, 4),
                    ];
                    study.add(one, if strategy == "meta-prompt" { Some(Vec::new()) } else { Some(weak) });
                }
                let mut repair = sample(1_000 + number, Mode::Repair, model, language, "chain-of-thought", scenario);
                repair.parent = Some(format!("{:032x}", number - 2));
                repair.code = repair.code.map(|code| {
                    code.replace(
                        "f\"SELECT * FROM users WHERE name = '{name}'\"",
                        "\"SELECT * FROM users WHERE name = ?\", name",
                    )
                    .replace("\n\ndef", "\nimport log\n\ndef")
                    .replace("\treturn", "\tlog.info(name)\n\treturn")
                });
                study.add(repair, Some(vec![alert("log-injection", &[117], 6.1, Precision::Medium, 6)]));
            }
        }
    }
    let mut failed = sample(9_000, Mode::Repair, MODELS[0], Language::Go, "meta-prompt", SCENARIOS[0]);
    (failed.code, failed.failure, failed.parent) = (None, Some("no-code".to_owned()), Some(format!("{:032x}", 1)));
    study.add(failed, None);
    study.add(sample(9_001, Mode::Generate, MODELS[0], Language::Go, "none", SCENARIOS[1]), None);
}

/// Two models, three strategies, two languages, written and repaired.
fn rich() -> Study {
    let mut report = empty();
    report.name = "Strategies compared".to_owned();
    report.scope = Scope {
        samples: 32,
        failed: 1,
        not_analysed: 1,
        alerts: 40,
        modes: vec![Mode::Generate, Mode::Repair],
        models: strings(&MODELS),
        languages: LANGUAGES.into(),
        strategies: strings(&STRATEGIES),
        scenarios: strings(&SCENARIOS),
    };
    for mode in [Mode::Generate, Mode::Repair] {
        for (at, group) in groups(mode).iter().enumerate() {
            REFERENCES.iter().for_each(|&reference| add_figures(&mut report, group, at, reference));
            report.quality.push(quality(group.clone()));
            if mode != Mode::Generate {
                report.repairs.push(repairs(group.clone(), at));
            }
        }
        report.shifts.push(Shift {
            mode,
            strategy: "chain-of-thought".to_owned(),
            rule: "polynomial-redos".to_owned(),
            cwe: vec![1333, 400],
            raw: rate(7, 2_000),
            refined: rate(32, 2_000),
        });
    }
    report.notes = vec!["One sample of `gpt-4.1` was left out, since nothing analysed it.".to_owned()];
    let mut study = Study { report, samples: HashMap::new(), analyses: HashMap::new() };
    add_samples(&mut study);
    study
}

/// A study of which every string is markup, keys, rules and levels too.
fn hostile() -> Study {
    let mut study = rich();
    let evil = || EVIL.to_owned();
    let report = &mut study.report;
    (report.tool_version, report.name, report.analyser) = (evil(), evil(), evil());
    report.schema_version = evil();
    report.notes = vec![evil()];
    let scope = &mut report.scope;
    (scope.models, scope.strategies, scope.scenarios) = (vec![evil()], vec![evil()], vec![evil()]);
    let spoil = |group: &mut Group| {
        group.strategy = evil();
        group.model = group.model.as_ref().map(|_| evil());
        group.scenario = group.scenario.as_ref().map(|_| evil());
    };
    report.prevalence.iter_mut().for_each(|e| spoil(&mut e.group));
    report.improvement.iter_mut().for_each(|e| spoil(&mut e.group));
    report.co_occurrence.iter_mut().for_each(|e| spoil(&mut e.group));
    report.repairs.iter_mut().for_each(|e| spoil(&mut e.group));
    report.quality.iter_mut().for_each(|e| spoil(&mut e.group));
    report.tests.iter_mut().for_each(|e| spoil(&mut e.group));
    for entry in &mut report.alerts {
        spoil(&mut entry.group);
        entry.levels = BTreeMap::from([(evil(), 3)]);
        (entry.severity, entry.per_sample) = (f64::NAN, Some(f64::INFINITY));
    }
    for entry in &mut report.side_effects {
        spoil(&mut entry.group);
        entry.new.iter_mut().for_each(|new| new.name = evil());
    }
    for shift in &mut report.shifts {
        (shift.strategy, shift.rule) = (evil(), evil());
    }
    report.prevalence[0].vulnerable.percent = Some(f64::NAN);
    report.improvement[0].percent = Some(f64::NEG_INFINITY);
    study.samples.clear();
    study.analyses.clear();
    for number in 0..3 {
        let mut one = sample(number, Mode::Repair, EVIL, Language::Java, EVIL, EVIL);
        one.key = format!("{EVIL}{number}");
        one.parent = Some(format!("{EVIL}0"));
        one.code = Some(format!("{number}{EVIL}\r\n{EVIL}"));
        one.rejected = vec![evil()];
        (one.task, one.path, one.failure) = (evil() + "!", Some(evil()), Some(evil()));
        let mut weak = alert(EVIL, &[u32::MAX], f64::NAN, Precision::Low, 2);
        weak.message = evil();
        let far = Alert { line: 90, severity: 1e300, ..weak.clone() };
        study.add(one, Some(vec![weak, far]));
    }
    study.analyses.values_mut().for_each(|analysis| analysis.incomplete = Some(evil()));
    study
}

fn bare(report: StudyReport) -> Study {
    Study { report, samples: HashMap::new(), analyses: HashMap::new() }
}

fn studies() -> [Study; 4] {
    [rich(), hostile(), bare(empty()), bare(rich().report)]
}

fn attribute<'t>(tag: &'t Tag, name: &str) -> &'t str {
    tag.attributes.get(name).map_or("", String::as_str)
}

/// Writes the page to look at, where an environment variable names a folder.
#[test]
fn pages_can_be_looked_at() {
    let rich = rich();
    assert!(rich.page().len() > 100_000);
    if let Ok(folder) = std::env::var("TEMPERGATE_PAGES") {
        std::fs::write(format!("{folder}/study.html"), rich.page()).unwrap();
        std::fs::write(format!("{folder}/hostile.html"), hostile().page()).unwrap();
        std::fs::write(format!("{folder}/empty.html"), bare(empty()).page()).unwrap();
    }
}

#[test]
fn nothing_that_a_study_quotes_becomes_markup() {
    let elements: BTreeSet<&str> = "a article b body button caption code dd desc details div dl dt fieldset figcaption figure \
        footer form h1 h2 h3 h4 h5 head header html input label legend li line main mark meta nav option p path pre rect \
        script section select span style summary svg table tbody td text th thead title tr ul"
        .split_whitespace()
        .collect();
    for study in studies() {
        let page = study.page();
        let (tags, text, raw) = tokens(&page);
        for tag in &tags {
            assert!(elements.contains(tag.name.as_str()), "{}", tag.name);
            for key in tag.attributes.keys() {
                assert!(!key.starts_with("on") && key != "style" && key != "src", "{key}");
            }
        }
        assert_eq!(raw.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["style", "script"]);
        assert!(!raw.iter().any(|(_, content)| content.contains("onerror")), "nothing quoted is in a script");
        if study.report.name == EVIL {
            assert!(!page.contains("<img") && !page.contains('\u{202e}'));
            assert!(
                text.matches("</script><img src=x onerror=alert(1)>\"'&<U+202E>").count() > 100,
                "still to be read"
            );
        }
    }
}

#[test]
fn the_pages_own_script_and_style_are_all_that_may_run() {
    for study in studies() {
        let (tags, _, raw) = tokens(&study.page());
        let policy = tags.iter().find(|t| attribute(t, "http-equiv") == "Content-Security-Policy").unwrap();
        let policy = attribute(policy, "content");
        assert!(policy.starts_with("default-src 'none'; ") && !policy.contains("unsafe"), "{policy}");
        for (name, content) in &raw {
            let hash = STANDARD.encode(Sha256::digest(content.as_bytes()));
            assert!(policy.contains(&format!("{name}-src 'sha256-{hash}';")), "{policy}");
            for needs in ["@import", "url(", "innerHTML", "eval(", "fetch(", "http:", "https:", "\r"] {
                assert!(!content.contains(needs), "{needs}");
            }
        }
    }
}

#[test]
fn every_link_leads_somewhere_and_every_id_is_there_once() {
    for study in studies() {
        let (tags, _, _) = tokens(&study.page());
        let ids: Vec<&str> = tags.iter().filter_map(|t| t.attributes.get("id")).map(String::as_str).collect();
        let unique: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len());
        for tag in &tags {
            for key in ["aria-labelledby", "aria-describedby", "for"] {
                let id = attribute(tag, key);
                assert!(id.is_empty() || unique.contains(id), "{key} {id}");
            }
            match attribute(tag, "href") {
                "" => {}
                address => match address.strip_prefix('#') {
                    Some(id) => assert!(unique.contains(id), "{address}"),
                    None => assert!(address.starts_with("https://cwe.mitre.org/data/definitions/"), "{address}"),
                },
            }
        }
    }
}

/// What a bar says, where it begins, how wide it is.
type Bar = (String, f64, f64);

/// The charts of a page: their titles, descriptions and bars.
fn charts(page: &str) -> Vec<(String, String, Vec<Bar>)> {
    let inside =
        |text: &str, from: &str, to: &str| text.split_once(from).unwrap().1.split_once(to).unwrap().0.to_owned();
    let chart = |svg: &str| {
        let svg = svg.split_once("</svg>").unwrap().0;
        let bar = |rest: &str| {
            let number = |name: &str| inside(rest, &format!("{name}=\""), "\"").parse::<f64>().unwrap();
            (inside(rest, "<title>", "</title>"), number(" x"), number(" width"))
        };
        let bars = svg.split("<rect class=\"bar").skip(1).map(bar).collect();
        (inside(svg, "-title\">", "</title>"), inside(svg, "<desc", "</desc>"), bars)
    };
    page.split("<svg ").skip(1).map(chart).collect()
}

#[test]
fn bars_are_as_long_as_the_reports_figures() {
    let study = rich();
    let charts = charts(&study.page());
    let mut seen = 0;
    for entry in study.report.prevalence.iter().filter(|entry| entry.group.scenario.is_none()) {
        let Group { strategy, model, language, .. } = &entry.group;
        let strategy = if strategy == "none" { "none (bare task)" } else { strategy };
        let of = |name: Option<&str>, all: &str| name.map_or_else(|| all.to_owned(), str::to_owned);
        let language = of(language.map(|l| l.name()), "all languages");
        let says = format!(
            "{strategy}, {}, {language}: {:.1} % ({} of 97; ",
            of(model.as_deref(), "all models"),
            entry.vulnerable.percent.unwrap(),
            entry.vulnerable.count
        );
        let mode = if entry.group.mode == Mode::Generate { "written from the task" } else { "repaired in one edit" };
        let reference = match entry.reference {
            Reference::All => "all rules",
            Reference::WithoutLow => "without rules of low precision",
            Reference::HighOnly => "rules of high precision only",
            Reference::Target => "the weakness that the task invites",
        };
        let title = format!("Weak samples, {mode}, {reference}: {language}");
        let (_, description, bars) = charts.iter().find(|(one, ..)| *one == title).expect(&title);
        let found: Vec<_> = bars.iter().filter(|(bar, ..)| bar.starts_with(&says)).collect();
        let [(_, x, width)] = found[..] else { panic!("{says} {bars:?}") };
        assert!(description.contains(&says));
        let expected = 146.0 * entry.vulnerable.percent.unwrap() / 100.0;
        assert!((width - expected).abs() <= 0.06 && *x == 112.0, "{says}: {width} for {expected}");
        seen += 1;
    }
    assert_eq!(seen, 2 * 3 * 3 * 3 * 4);
}

#[test]
fn what_gets_worse_goes_to_the_other_side() {
    let charts = charts(&rich().page());
    let improvement = charts.iter().filter(|(title, ..)| title.starts_with("Severity improvement"));
    let (mut better, mut worse) = (0, 0);
    for (says, x, width) in improvement.flat_map(|(_, _, bars)| bars) {
        // The scale goes from −100 to 100 %, so zero is in the middle.
        let negative = says.contains(": −");
        let (zero, percent) = (185.0, says.split(": ").nth(1).unwrap().split(" %").next().unwrap().replace('−', "-"));
        let expected = 73.0 * percent.parse::<f64>().unwrap().clamp(-100.0, 100.0).abs() / 100.0;
        assert!((width - expected).abs() <= 0.06, "{says}: {width} for {expected}");
        let begins = if negative { x + width } else { *x };
        assert!((begins - zero).abs() <= 0.11, "{says} begins at {begins}");
        if negative { worse += 1 } else { better += 1 }
    }
    assert!(better > 20 && worse > 5, "{better} {worse}");
}

#[test]
fn the_other_charts_have_the_reports_figures_too() {
    let study = rich();
    let page = study.page();
    let charts = charts(&page);
    let find = |start: &str| charts.iter().filter(|(title, ..)| title.starts_with(start)).collect::<Vec<_>>();
    let flows = find("Which repair brings in what, repaired in one edit: chain-of-thought");
    assert!(
        flows[0].1.contains("CWE-89 to CWE-117: 5 programs; ") && flows[0].1.contains("CWE-22 to CWE-22: 1 program")
    );
    let heat =
        find("Weaknesses that come together, written from the task, without rules of low precision: meta-prompt");
    let entry = study.report.co_occurrence.iter().find(|e| {
        e.group.strategy == "meta-prompt"
            && e.group.model.is_none()
            && e.group.language.is_none()
            && e.reference == Reference::WithoutLow
    });
    for pair in &entry.unwrap().pairs {
        let said = format!("CWE-{} with CWE-{}: {} sample", pair.a, pair.b, pair.both);
        assert!(heat[0].1.contains(&said), "{said}");
    }
    let side =
        find("Samples with new CWE groups, written from the task, without rules of low precision: all languages");
    assert!(side[0].1.contains("noise floor 2.0 % (3 of 150; 95 % interval 0.0 to 9.9)"), "{}", side[0].1);
    assert!(page.contains("class=\"floor\"") && page.contains("class=\"floor-band\""));
}

#[test]
fn tables_have_every_row_and_lead_to_samples() {
    let study = rich();
    let (tags, text, _) = tokens(&study.page());
    let report = &study.report;
    let is_whole = |group: &Group| group.model.is_none() && group.language.is_none();
    let most = |group: &Group| if is_whole(group) { 50 } else { 10 };
    let pairs: usize = report.co_occurrence.iter().map(|entry| entry.pairs.len().min(most(&entry.group))).sum();
    let new: usize = report.side_effects.iter().map(|entry| entry.new.len()).sum();
    let leads: usize = report.repairs.iter().map(|entry| entry.leads_to.len()).sum();
    let lists = [
        report.prevalence.len(),
        report.alerts.len(),
        report.improvement.len(),
        report.co_occurrence.len(),
        report.side_effects.len(),
        report.shifts.len(),
        report.repairs.len(),
        report.quality.len(),
        report.tests.len(),
        pairs,
        new,
        leads,
    ];
    let heads = tags.iter().filter(|t| t.name == "table").count();
    let rows = tags.iter().filter(|t| t.name == "tr").count() - heads;
    assert_eq!(rows, lists.iter().sum::<usize>());
    assert_eq!(tags.iter().filter(|t| t.name == "caption").count(), heads);
    assert_eq!(tags.iter().filter(|t| t.name == "th" && attribute(t, "scope") == "row").count(), rows);
    assert!(tags.iter().all(|t| t.name != "th" || ["row", "col"].contains(&attribute(t, "scope"))));
    let filters: BTreeSet<(&str, &str, &str)> = tags
        .iter()
        .filter(|t| t.attributes.contains_key("data-filter"))
        .map(|t| (attribute(t, "href"), attribute(t, "data-filter"), attribute(t, "data-words")))
        .collect();
    assert!(filters.contains(&("#cell-0-1-1", "0,1,1,2,0,l", "")), "weak samples of meta-prompt in a cell");
    assert!(filters.contains(&("#samples", "1,,,1,,", "was:CWE-89 new:CWE-117")), "repairs that bring something in");
    for said in
        ["64 of 97", "−140.0 %", "< 0.0001", "0.0123", "critical 32, medium 32", "+1.2", "50123", "go/log-injection"]
    {
        assert!(text.contains(said), "{said}");
    }
}

#[test]
fn every_sample_is_there_with_its_code_findings_and_changes() {
    let study = rich();
    let (tags, text, _) = tokens(&study.page());
    let articles: Vec<&Tag> = tags.iter().filter(|t| t.name == "article").collect();
    assert_eq!(articles.len(), study.samples.len());
    for key in study.samples.keys() {
        let analysis = study.analyses.get(&(ANALYSER.to_owned(), key.clone()));
        let article = articles.iter().find(|t| attribute(t, "id") == format!("s-{key}")).expect(key);
        let has = |rule: &str| analysis.is_some_and(|a| a.alerts.iter().any(|alert| alert.rule == rule));
        let ends = match analysis {
            Some(_) if has("sql-injection") => "laht",
            Some(_) if has("log-injection") => "la",
            Some(_) => "c",
            None if study.samples[key].code.is_some() => "u",
            None => "n",
        };
        assert_eq!(attribute(article, "data-ends"), ends);
        let repaired = has("log-injection");
        let made_from_weak = repaired || study.samples[key].failure.is_some();
        assert_eq!(attribute(article, "data-terms").contains("was:cwe-89"), made_from_weak);
        assert_eq!(attribute(article, "data-terms").contains("new:cwe-117"), repaired);
    }
    assert_eq!(articles.iter().filter(|t| attribute(t, "class") == "finding not-analysed").count(), 1);
    assert_eq!(articles.iter().filter(|t| attribute(t, "class") == "finding no-program").count(), 1);
    let strategies: Vec<&str> = articles.iter().take(3).map(|t| attribute(t, "data-numbers")).collect();
    assert_eq!(strategies, ["0,0,0,0,0", "0,0,0,1,0", "0,0,0,2,0"], "the bare task first, scenario 2 before 10");
    let weak_line = "▲ line 5: 9.8 critical, CWE-89, CWE-564, sql-injection: Data from request reaches sql-injection.";
    assert_eq!(text.matches(weak_line).count(), 16);
    let repairs = study.samples.values().filter(|s| s.parent.is_some() && s.code.is_some()).count();
    // A repair has its own code and a diff of what changed: the lines that it removed are there once more, no others of its parent.
    let weak = "db.query(f\"SELECT * FROM users WHERE name = '{name}'\")";
    assert!(text.matches("+ new: CWE-117").count() == repairs && text.matches("− gone: CWE-89").count() == repairs);
    let programs = study.samples.values().filter(|s| s.code.as_ref().is_some_and(|code| code.contains(weak))).count();
    assert_eq!(text.matches(weak).count(), programs + repairs, "the code of each, and once what a repair took away");
    assert!(text.contains("log.info(name)"));
}

#[test]
fn what_is_missing_leaves_its_place_empty() {
    let (tags, text, _) = tokens(&bare(empty()).page());
    assert!(text.contains("Nothing was measured."));
    assert!(tags.iter().all(|t| !["svg", "table", "article", "form"].contains(&t.name.as_str())));
    let (tags, _, _) = tokens(&bare(rich().report).page());
    assert!(tags.iter().any(|t| t.name == "svg"));
    assert!(tags.iter().all(|t| t.name != "article" && !t.attributes.contains_key("data-filter")));
    let mut samples = rich();
    samples.report = empty();
    let (tags, _, _) = tokens(&samples.page());
    assert_eq!(tags.iter().filter(|t| t.name == "article").count(), samples.samples.len());
}

#[test]
fn the_choice_of_a_reference_begins_with_the_one_without_low_precision() {
    let (tags, _, _) = tokens(&rich().page());
    let radios: Vec<&Tag> = tags.iter().filter(|t| attribute(t, "type") == "radio").collect();
    let values: Vec<&str> = radios.iter().map(|t| attribute(t, "value")).collect();
    assert_eq!(values, ["without-low", "all", "high-only", "target"]);
    assert!(radios[0].attributes.contains_key("checked") && !radios[1].attributes.contains_key("checked"));
    for value in values {
        let class = format!("view {value}");
        assert!(tags.iter().filter(|t| attribute(t, "class") == class).count() > 5, "{class}");
    }
}

#[test]
fn a_long_program_is_cut_and_the_same_input_gives_the_same_page() {
    let mut study = rich();
    let mut long = sample(77_777, Mode::Generate, MODELS[0], Language::Python, "none", SCENARIOS[0]);
    long.code = Some(format!("{}{}\n", "x = 1\n".repeat(5_000), "y".repeat(2_000_000)));
    study.add(long, Some(vec![alert("deep", &[1], 3.0, Precision::High, 4_999); 500]));
    let page = study.page();
    let more = page.len() - rich().page().len();
    assert!(more < 400_000, "{more}");
    assert!(page.contains("… and 2001 more lines, not shown here") && page.contains("… and 400 more, not shown here"));
    let mut again = Study { report: study.report.clone(), samples: HashMap::new(), analyses: HashMap::new() };
    again.samples.extend(study.samples.clone());
    again.analyses.extend(study.analyses.clone());
    assert_eq!(page, again.page());
}

#[test]
fn charts_and_notes_stand_out_in_both_schemes() {
    let (_, _, raw) = tokens(&rich().page());
    let mut parts = raw[0].1.split("@media (prefers-color-scheme: dark)");
    let base_light = colours(parts.next().unwrap());
    let (dark, light) = parts.next().unwrap().split_once("*, *::before").unwrap();
    let (base_dark, light) = (colours(dark), colours(light));
    let dark = colours(parts.next().unwrap().split_once(".study .top").unwrap().0);
    for (base, own) in [(base_light, light), (base_dark, dark)] {
        let colour = |name: &str| *own.get(name).or_else(|| base.get(name)).unwrap_or_else(|| panic!("{name}"));
        for (a, b, least) in [
            ("bar", "card", 3.0),
            ("raw", "card", 3.0),
            ("whisker", "bar", 3.0),
            ("whisker", "card", 3.0),
            ("bad", "card", 3.0),
            ("warn", "card", 3.0),
            ("warn", "warn-ground", 4.5),
            ("on-heat", "heat", 4.5),
            ("text", "mark", 4.5),
        ] {
            let ratio = contrast(colour(a), colour(b));
            assert!(ratio >= least, "{a} on {b}: {ratio:.2}");
        }
    }
}
