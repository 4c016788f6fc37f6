//! Why a finding is decided as it is: every setting that was looked at, in order, what it says, and the one that decided
//! shown where it is written.

use std::fmt::Write;

use super::decide::{Circumstances, reaches};
use super::origin::{Located, Origin};
use super::show;
use super::waivers::Ready;
use super::{Policy, Threshold};
use crate::diagnostic::clean;
use crate::finding::Finding;
use crate::report::model::{Action, State};

/// The most entries that are listed one by one.
const MAX_LISTED: usize = 20;

/// A setting that was looked at.
struct Looked {
    setting: String,
    origin: Option<Origin>,
    /// What it says about the finding.
    says: String,
    decides: bool,
}

impl Policy {
    /// Every setting that has a say about a finding, in the order in which they are asked, with the place of those that
    /// decided.
    pub fn explain(&self, finding: &Finding, circumstances: &Circumstances<'_>) -> String {
        let mut out = heading(finding, circumstances);
        let looked = self.looked_at(finding, circumstances);
        for (step, number) in looked.iter().zip(1..) {
            let place = step.origin.as_ref().map_or(String::new(), |origin| format!(" ({origin})"));
            let _ = writeln!(out, "{number}. {}{place}: {}", step.setting, step.says);
        }
        let decision = self.decide_in(finding, circumstances);
        let _ = writeln!(out, "\n{}: {}\n", show::action(&decision.action), clean(&decision.decided_by));
        for step in looked.iter().filter(|step| step.decides) {
            let Some(origin) = &step.origin else { continue };
            if let Some(text) = self.texts.iter().find(|text| text.is_of(origin)) {
                out.push_str(&text.point_at(origin, format!("{}: {}", step.setting, step.says)));
                out.push('\n');
            }
        }
        format!("{}\n", out.trim_end())
    }

    fn looked_at(&self, finding: &Finding, circumstances: &Circumstances<'_>) -> Vec<Looked> {
        let mut out = self.usual_steps(finding, circumstances);
        self.ai_steps(finding, circumstances, &mut out);
        let decided = self.decide_in(finding, &Circumstances { state: State::New, inline: None, ..*circumstances });
        let severe = decided.action > Action::Note || decided.waived.is_some();
        if matches!(circumstances.state, State::Moved | State::Persisting) {
            let says = "it was there before the change, so it is noted at most".to_owned();
            out.push(Looked { setting: "not new".to_owned(), origin: None, says, decides: severe });
        }
        self.waiver_steps(finding, circumstances, &mut out);
        if let Some(accepted) = &self.accepted {
            let within = accepted.value.has(&finding.fingerprint);
            let says = if within { "it is in the file, so it is noted at most" } else { "it is not in the file" };
            let setting = "baseline-file".to_owned();
            out.push(Looked {
                setting,
                origin: Some(accepted.origin.clone()),
                says: says.to_owned(),
                decides: within && severe,
            });
        }
        out
    }

    /// The exceptions, from the last to the first, and the thresholds.
    fn usual_steps(&self, finding: &Finding, circumstances: &Circumstances<'_>) -> Vec<Looked> {
        let decides = self.exception(finding, circumstances.language);
        let mut out = Vec::new();
        let mut others = 0;
        for setting in self.rules.iter().rev() {
            let is_it = decides.is_some_and(|decides| std::ptr::eq(decides, setting));
            if !is_it && out.len() >= MAX_LISTED {
                others += 1;
                continue;
            }
            let entry = &setting.entry;
            let says = match is_it {
                true => format!("matches, so {}", show::action(&entry.value.action)),
                false => format!("does not match: {}", show::rule(&entry.value)),
            };
            let name = format!("gate.rules[{}]", setting.index);
            out.push(Looked { setting: name, origin: Some(entry.origin.clone()), says, decides: is_it });
            if is_it {
                break;
            }
        }
        if others > 0 {
            let says = format!("{others} more entries do not match");
            out.push(Looked { setting: "gate.rules".to_owned(), origin: None, says, decides: false });
        }
        if decides.is_none() {
            let fails = reaches(finding, self.fail_on.value);
            out.push(threshold_step("gate.fail-on", &self.fail_on, finding, "fail", true));
            if !fails {
                out.push(threshold_step("gate.warn-on", &self.warn_on, finding, "warn", true));
            }
        }
        out
    }

    fn ai_steps(&self, finding: &Finding, circumstances: &Circumstances<'_>, out: &mut Vec<Looked>) {
        let thresholds = [("gate.ai.fail-on", &self.ai.fail_on, "fail"), ("gate.ai.warn-on", &self.ai.warn_on, "warn")];
        let usual =
            self.decide_in(finding, &Circumstances { ai_written: false, inline: None, ..*circumstances }).action;
        let stricter = self.decide_ai(finding, circumstances).filter(|decision| decision.action > usual);
        for (name, threshold, then) in thresholds {
            let Some(threshold) = threshold else { continue };
            let mut step = threshold_step(name, threshold, finding, then, false);
            if !circumstances.ai_written {
                step.says = "no mark says that an AI wrote these lines".to_owned();
            }
            step.decides = stricter.as_ref().is_some_and(|decision| decision.decided_by.starts_with(name));
            if step.decides {
                out.iter_mut().for_each(|before| before.decides = false);
                step.says.push_str(", the stricter of the two");
            }
            out.push(step);
        }
    }

    fn waiver_steps(&self, finding: &Finding, circumstances: &Circumstances<'_>, out: &mut Vec<Looked>) {
        let used = self.waived(finding, circumstances).map(|(by, _)| by);
        let about = self.waivers.about(finding);
        for waiver in about.iter().filter_map(|at| self.waivers.all.get(*at)).take(MAX_LISTED) {
            let name = format!("waivers[{}]", waiver.index);
            let decides = used.as_ref().is_some_and(|by| by.starts_with(&format!("{name} ({})", waiver.entry.origin)));
            out.push(Looked {
                setting: name,
                origin: Some(waiver.entry.origin.clone()),
                says: self.waiver_says(waiver),
                decides,
            });
        }
        let inline = circumstances.inline.into_iter().flat_map(|inline| inline.about(finding));
        for waiver in inline.take(MAX_LISTED) {
            let says = match (self.inline_waivers, waiver.is_approved) {
                (false, _) => "comments waive nothing: inline-waivers is not set".to_owned(),
                (true, false) => "the base does not have this comment, so it waives nothing yet".to_owned(),
                (true, true) if self.today.is_some_and(|today| today > waiver.expires) => {
                    format!("expired on {}", waiver.expires)
                }
                (true, true) => format!("waives it until {}: {}", waiver.expires, clean(&waiver.reason)),
            };
            let setting = format!("comment in line {}", waiver.line);
            out.push(Looked { setting, origin: None, says, decides: false });
        }
    }

    fn waiver_says(&self, waiver: &Ready) -> String {
        let value = &waiver.entry.value;
        match waiver.holds(self.today) {
            true => {
                format!("waives it until {}, says {}: {}", value.expires, clean(&value.owner), clean(&value.reason))
            }
            false => format!("expired on {}", value.expires),
        }
    }
}

fn threshold_step(name: &str, threshold: &Located<Threshold>, finding: &Finding, then: &str, decides: bool) -> Looked {
    let asked = show::threshold(&threshold.value);
    let says = match reaches(finding, threshold.value) {
        true => format!("it reaches {asked}, so {then}"),
        false => format!("it does not reach {asked}"),
    };
    let reached = reaches(finding, threshold.value);
    // What is below the last threshold is noted because of it.
    let decides = decides && (reached || name == "gate.warn-on");
    Looked { setting: name.to_owned(), origin: Some(threshold.origin.clone()), says, decides }
}

fn heading(finding: &Finding, circumstances: &Circumstances<'_>) -> String {
    let numbers: Vec<String> = finding.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let state = match circumstances.state {
        State::New => "new",
        State::Worsened => "worsened",
        State::Moved => "moved",
        State::Persisting => "there before",
    };
    let language = circumstances.language.map_or("no language", |language| language.name());
    let author = if circumstances.ai_written { ", AI-written" } else { "" };
    format!(
        "{} ({}) at {}:{}\nseverity {:.1} ({}), confidence {}, {state}, {language}{author}\n\n",
        clean(&finding.rule),
        numbers.join(", "),
        clean(&finding.path),
        finding.region.start_line,
        finding.severity,
        finding.level(),
        finding.confidence,
    )
}
