//! How two policies differ, setting by setting, and which is stricter.

use super::Policy;
use super::origin::Origin;
use super::settings::{SETTINGS, Said, Setting, Strictness};

/// A setting that two policies say differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The setting.
    pub setting: &'static str,
    /// What the second policy is there.
    pub strictness: Strictness,
    /// What the first says, and where; none where it says nothing.
    pub before: Option<(String, Origin)>,
    /// What the second says.
    pub after: Option<(String, Origin)>,
}

/// How the second policy differs from the first, in the order of the settings. Values are compared one by one: what an
/// exception does depends on findings, so one that is added counts as looser unless it fails what it is about.
pub fn differences(first: &Policy, second: &Policy) -> Vec<Difference> {
    let mut out = Vec::new();
    for setting in &SETTINGS {
        let (before, after) = ((setting.said)(&first.merged), (setting.said)(&second.merged));
        if setting.is_list {
            of_list(setting, &before, &after, &mut out);
        } else {
            let (before, after) = (before.first(), after.first());
            push(setting, before, after, &mut out);
        }
    }
    out
}

fn push(setting: &Setting, before: Option<&Said>, after: Option<&Said>, out: &mut Vec<Difference>) {
    let strictness = setting.strictness(before, after);
    if strictness == Strictness::Same && before.map(|said| &said.shown) == after.map(|said| &said.shown) {
        return;
    }
    let shown = |said: &Said| (said.shown.clone(), said.origin.clone());
    let (before, after) = (before.map(shown), after.map(shown));
    out.push(Difference { setting: setting.name, strictness, before, after });
}

/// The entries that only one of them has. Where both have the same ones in another order, the order is the difference.
fn of_list(setting: &Setting, before: &[Said], after: &[Said], out: &mut Vec<Difference>) {
    let mut kept: Vec<&Said> = after.iter().collect();
    let mut order: Vec<&str> = Vec::new();
    let found = out.len();
    for said in before {
        match kept.iter().position(|other| other.shown == said.shown) {
            Some(at) => {
                kept.remove(at);
                order.push(&said.shown);
            }
            None => push(setting, Some(said), None, out),
        }
    }
    kept.iter().for_each(|said| push(setting, None, Some(said), out));
    let same_order = order.iter().copied().eq(after.iter().map(|said| said.shown.as_str()));
    if out.len() == found && !same_order {
        out.push(Difference { setting: setting.name, strictness: Strictness::Other, before: None, after: None });
    }
}
