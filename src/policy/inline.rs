//! Waivers in comments of the code: `tempergate: allow RULE until DATE because REASON`. A comment beside code is about its
//! own line, one that stands alone is about the next line with code. They hold only where the policy lets them, and in a
//! change only where the base has them already.

use jiff::civil::Date;

use super::waivers::day;
use crate::diagnostic::clip;
use crate::finding::Finding;

const MARK: &str = "tempergate: allow ";
/// What begins a comment in one of the languages that are read.
const COMMENTS: [&str; 6] = ["#", "//", "/*", "*", "--", "<!--"];
/// In one file; more are left out, and left out is not waived.
const MAX_WAIVERS: usize = 1000;
const MAX_CHARS: usize = 500;

/// The waivers in the comments of one file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InlineWaivers {
    /// Those that can be used.
    pub waivers: Vec<InlineWaiver>,
    /// Those that cannot be read: their line, and what is wrong.
    pub malformed: Vec<(u32, String)>,
}

/// A waiver in a comment.
#[derive(Clone, Debug, PartialEq)]
pub struct InlineWaiver {
    /// The line of the comment, from one.
    pub line: u32,
    /// The line that it is about.
    pub about: u32,
    /// The rule.
    pub rule: String,
    /// The last day on which it holds.
    pub expires: Date,
    /// Why the finding is let through.
    pub reason: String,
    /// The base has it too.
    pub is_approved: bool,
}

impl InlineWaivers {
    /// The waivers in a text. `is_approved` says of a line, from one, whether the base has it; `is_rule` whether a name is that
    /// of a rule.
    pub fn read(text: &str, is_approved: impl Fn(u32) -> bool, is_rule: impl Fn(&str) -> bool) -> InlineWaivers {
        let mut out = InlineWaivers::default();
        if !text.contains(MARK) {
            return out;
        }
        // Comments that stand alone wait for the next line with code.
        let mut waiting: Vec<usize> = Vec::new();
        for (line, number) in text.lines().zip(1..) {
            let Some((before, rest)) = comment(line) else {
                if !line.trim().is_empty() {
                    waiting.drain(..).for_each(|at| out.concerns(at, number));
                }
                continue;
            };
            if out.waivers.len() + out.malformed.len() >= MAX_WAIVERS {
                break;
            }
            match parse(rest, &is_rule) {
                Ok((rule, expires, reason)) => {
                    let is_approved = is_approved(number);
                    out.waivers.push(InlineWaiver { line: number, about: number, rule, expires, reason, is_approved });
                    if before.trim().is_empty() {
                        waiting.push(out.waivers.len() - 1);
                    }
                }
                Err(problem) => out.malformed.push((number, problem)),
            }
            if !before.trim().is_empty() {
                waiting.drain(..).for_each(|at| out.concerns(at, number));
            }
        }
        out
    }

    fn concerns(&mut self, at: usize, line: u32) {
        if let Some(waiver) = self.waivers.get_mut(at) {
            waiver.about = line;
        }
    }

    /// The waiver that holds for a finding on a day.
    pub fn of(&self, finding: &Finding, today: Option<Date>) -> Option<&InlineWaiver> {
        let today = today?;
        let holds = |waiver: &&InlineWaiver| waiver.is_approved && today <= waiver.expires;
        self.waivers.iter().filter(|waiver| waiver.is_about(finding)).find(holds)
    }

    /// The waivers that are about a finding, also those that do not hold.
    pub fn about<'w>(&'w self, finding: &'w Finding) -> impl Iterator<Item = &'w InlineWaiver> {
        self.waivers.iter().filter(move |waiver| waiver.is_about(finding))
    }
}

impl InlineWaiver {
    /// Whether it is about a finding, be it approved or expired or not.
    pub fn is_about(&self, finding: &Finding) -> bool {
        self.about == finding.region.start_line && self.rule == finding.rule
    }
}

/// What stands before a comment with a waiver, and what stands behind its mark.
fn comment(line: &str) -> Option<(&str, &str)> {
    let (before, rest) = line.split_once(MARK)?;
    let before = before.trim_end();
    let begin = COMMENTS.iter().find(|begin| before.ends_with(**begin))?;
    let before = before.strip_suffix(begin)?;
    // `///` and `##` begin comments too.
    Some((before.trim_end_matches(['/', '#', '*', '!']), rest))
}

type Parsed = (String, Date, String);

fn parse(rest: &str, is_rule: &impl Fn(&str) -> bool) -> Result<Parsed, String> {
    let form = "write `tempergate: allow RULE until YYYY-MM-DD because REASON`";
    let mut words = rest.splitn(4, ' ');
    let (Some(rule), Some("until"), Some(date), Some(rest)) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(form.to_owned());
    };
    if !is_rule(rule) {
        return Err(format!("no rule has the id `{}`", clip(rule)));
    }
    let expires = day(date).ok_or_else(|| format!("`{}` is not a day like 2027-01-31", clip(date)))?;
    let reason = rest.strip_prefix("because ").ok_or_else(|| form.to_owned())?;
    let reason = reason.trim_end().trim_end_matches("*/").trim_end_matches("-->").trim();
    if reason.is_empty() {
        return Err(form.to_owned());
    }
    Ok((rule.to_owned(), expires, reason.chars().take(MAX_CHARS).collect()))
}
