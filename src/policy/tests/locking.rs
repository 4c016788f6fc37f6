//! What holds of locks whatever the policies say.

use proptest::prelude::{Just, ProptestConfig, any, prop_assert, prop_oneof, proptest};
use proptest::strategy::Strategy as Generator;

use super::*;
use crate::report::model::State;

fn threshold() -> impl Generator<Value = String> {
    let levels = prop_oneof![Just("low"), Just("medium"), Just("high"), Just("critical")];
    let confidences = prop_oneof![Just("low"), Just("medium"), Just("high")];
    (levels, confidences).prop_map(|(level, confidence)| format!("{{ severity: {level}, confidence: {confidence} }}"))
}

fn exception() -> impl Generator<Value = String> {
    let about = prop_oneof![
        Just("cwe: 89"),
        Just("cwe: 79"),
        Just("rule: sql-injection"),
        Just("category: owasp-a03"),
        Just("cwe: 89, paths: [\"a/**\"]"),
    ];
    let actions = prop_oneof![Just("fail"), Just("warn"), Just("note"), Just("off")];
    (about, proptest::option::of(threshold()), actions).prop_map(|(about, least, action)| {
        let least = least.map_or(String::new(), |least| format!("at-least: {least}, "));
        format!("{{ {about}, {least}action: {action} }}")
    })
}

/// A section `gate` that says some of what it can say.
fn gate() -> impl Generator<Value = String> {
    let some = || proptest::option::of(threshold());
    let rules = proptest::collection::vec(exception(), 0..3);
    (some(), some(), some(), some(), rules).prop_map(|(fail, warn, ai_fail, ai_warn, rules)| {
        let said =
            |key: &str, value: Option<String>| value.map_or(String::new(), |value| format!("    {key}: {value}\n"));
        let ai = format!("{}{}", said("  fail-on", ai_fail), said("  warn-on", ai_warn));
        let ai = if ai.is_empty() { String::new() } else { format!("    ai:\n{ai}") };
        let gate = format!("{}{}{ai}    rules: [{}]\n", said("fail-on", fail), said("warn-on", warn), rules.join(", "));
        format!("gate:\n{gate}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Where a policy over a locked one can be read at all, it decides nothing more mildly.
    #[test]
    fn a_policy_over_a_locked_one_is_never_milder(
        below in gate(),
        above in gate(),
        lock in prop_oneof![Just("gate"), Just("[gate.fail-on, gate.warn-on, gate.ai]")],
        severity in 0.0f64..10.0,
        confidence in prop_oneof![Just(Confidence::Low), Just(Confidence::Medium), Just(Confidence::High)],
        cwe in prop_oneof![Just(89u32), Just(79), Just(770)],
        path in prop_oneof![Just("a/x.py"), Just("x.py")],
        ai_written in any::<bool>(),
    ) {
        let locked = format!("locked: {lock}\n{below}");
        let files = Files::new(&[("org.yml", &locked)]);
        let alone = policy(&locked);
        if let Ok(both) = Policy::load(FILE, &format!("extends: org.yml\n{above}"), &known(), &files) {
            let finding = finding("sql-injection", cwe, severity, confidence, path);
            let circumstances = Circumstances { ai_written, ..Circumstances::of(State::New) };
            let decided = |policy: &Policy| policy.decide_in(&finding, &circumstances).action;
            prop_assert!(decided(&both) >= decided(&alone), "{locked}\n{above}");
            let looser = differences(&alone, &both).into_iter().find(|d| d.strictness == Strictness::Looser);
            prop_assert!(looser.is_none(), "{looser:?}");
        }
    }

    /// Authorship tightens and never loosens.
    #[test]
    fn lines_of_an_ai_are_never_judged_more_mildly(
        gate in gate(),
        severity in 0.0f64..10.0,
        cwe in prop_oneof![Just(89u32), Just(79), Just(770)],
        state in prop_oneof![Just(State::New), Just(State::Worsened), Just(State::Persisting), Just(State::Moved)],
    ) {
        let policy = policy(&gate);
        let finding = finding("sql-injection", cwe, severity, Confidence::Medium, "a/x.py");
        let decided = |ai_written: bool| {
            policy.decide_in(&finding, &Circumstances { ai_written, ..Circumstances::of(state) }).action
        };
        prop_assert!(decided(true) >= decided(false));
    }

    /// What is shown reads back as the same policy.
    #[test]
    fn what_is_shown_reads_back(gate in gate()) {
        let policy = policy(&gate);
        let again = Policy::parse("shown.yml", &policy.show(), &known()).unwrap();
        prop_assert!(differences(&policy, &again).is_empty());
    }
}
