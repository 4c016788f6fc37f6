//! The policy's own command (tests, a compiler) as a judge of fixes: what it says without them and with them. Pure; what
//! runs the command is given.
//!
//! All accepted fixes are tried together first, since they usually all pass. When the outcome is worse, halving finds the
//! first fix that makes it so; that one is rejected, and the others are tried again. Whatever is kept was run in exactly
//! that combination.

use std::collections::BTreeMap;

use super::{Rejection, RejectionKind};
use crate::policy::{VerifyCommand, duration_in_words};
use crate::report::text;

/// The most runs for one change, the one without any fix included.
pub const MAX_RUNS: u32 = 12;

/// How many lines and characters of the output an explanation quotes.
const QUOTED_LINES: usize = 8;
const QUOTED_CHARS: usize = 400;
const COMMAND_CHARS: usize = 80;

/// Runs the command over the head of the change.
pub trait Runner: Sync {
    /// What the command says when these files (path → text) stand in the place of the head's.
    fn run(&self, edited: &BTreeMap<String, String>) -> Outcome;
}

/// What became of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// The end of what it wrote.
    pub output: String,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// By itself, with an exit code.
    Code(i32),
    /// By a signal.
    Signal(i32),
    /// It took longer than it may.
    TimedOut,
    /// Somebody wanted everything to end.
    Stopped,
    /// It could not be started; why, as a clause.
    NotStarted(String),
}

impl End {
    /// How bad it is: passes, fails, takes too long. `None` where it says nothing about the code.
    fn badness(&self) -> Option<u8> {
        match self {
            End::Code(0) => Some(0),
            End::Code(_) | End::Signal(_) => Some(1),
            End::TimedOut => Some(2),
            End::Stopped | End::NotStarted(_) => None,
        }
    }

    fn describe(&self, command: &VerifyCommand) -> String {
        match self {
            End::Code(code) => format!("ended with {code}"),
            End::Signal(signal) => format!("was ended by signal {signal}"),
            End::TimedOut => format!("was stopped after {}", duration_in_words(command.timeout)),
            End::Stopped => "was interrupted".to_string(),
            End::NotStarted(why) => format!("could not be run: {why}"),
        }
    }
}

/// What the command says about some fixes, by their number.
#[derive(Debug, Default, PartialEq)]
pub struct Judgement {
    /// Those that it does not speak against, in order.
    pub kept: Vec<usize>,
    /// For the record of those.
    pub record: String,
    /// The others, with reasons.
    pub rejected: Vec<(usize, Rejection)>,
}

/// Judges the fixes `0..count`. `edited` gives the files with some of them.
pub fn judge(
    count: usize,
    edited: &dyn Fn(&[usize]) -> BTreeMap<String, String>,
    command: &VerifyCommand,
    runner: &dyn Runner,
) -> Judgement {
    let mut trial = Trial { edited, command, runner, runs: 0 };
    let before = match trial.run(&[]) {
        Ok(before) => before,
        Err(why) => {
            return Judgement { rejected: (0..count).map(|n| (n, why.clone())).collect(), ..Default::default() };
        }
    };
    let mut out = Judgement::default();
    let mut end = before.end.clone();
    let mut rest: Vec<usize> = (0..count).collect();
    while !rest.is_empty() {
        let step = trial.step(&out.kept, &rest, &before);
        out.kept.extend(rest.iter().take(step.good));
        end = step.end.unwrap_or(end);
        let bad = rest.iter().skip(step.good).take(step.bad);
        out.rejected.extend(bad.filter_map(|n| Some((*n, step.why.clone()?))));
        rest = rest.split_off((step.good + step.bad.max(1)).min(rest.len()));
    }
    out.record = record(command, &before.end, &end);
    out
}

struct Trial<'a> {
    edited: &'a dyn Fn(&[usize]) -> BTreeMap<String, String>,
    command: &'a VerifyCommand,
    runner: &'a dyn Runner,
    runs: u32,
}

/// What was found out about the fixes that are left.
struct Step {
    /// So many can be kept.
    good: usize,
    /// So many behind them are rejected.
    bad: usize,
    why: Option<Rejection>,
    /// How the command ended with what is kept now, where that was run.
    end: Option<End>,
}

impl Trial<'_> {
    /// Keeps all of `rest`, or all before the first that makes things worse.
    fn step(&mut self, kept: &[usize], rest: &[usize], before: &Outcome) -> Step {
        let mut step = Step { good: 0, bad: rest.len(), why: None, end: None };
        let with = |many: usize| -> Vec<usize> { kept.iter().chain(rest.iter().take(many)).copied().collect() };
        let mut worse = match self.run(&with(rest.len())) {
            Ok(all) if !is_worse(&all, before) => {
                return Step { good: rest.len(), bad: 0, why: None, end: Some(all.end) };
            }
            Ok(all) => all,
            Err(why) => return Step { why: Some(why), ..step },
        };
        while step.bad > 1 {
            let half = step.good + step.bad / 2;
            match self.run(&with(half)) {
                Ok(some) if is_worse(&some, before) => {
                    worse = some;
                    step.bad = half - step.good;
                }
                Ok(some) => {
                    step.bad -= half - step.good;
                    step.good = half;
                    step.end = Some(some.end);
                }
                Err(why) => {
                    step.bad = rest.len() - step.good;
                    step.why = Some(why);
                    return step;
                }
            }
        }
        step.why = Some(self.worse(before, &worse));
        step
    }

    /// A run that says something about the code.
    fn run(&mut self, fixes: &[usize]) -> Result<Outcome, Rejection> {
        if self.runs >= MAX_RUNS {
            let why =
                format!("{} is worse with some of the fixes, and {MAX_RUNS} runs did not tell which", self.name());
            return Err(Rejection::new(RejectionKind::FailsCommand, why));
        }
        self.runs += 1;
        let outcome = self.runner.run(&(self.edited)(fixes));
        match outcome.end.badness() {
            Some(_) => Ok(outcome),
            None => {
                let why = format!("{} {}, so the fix was not tried", self.name(), outcome.end.describe(self.command));
                Err(Rejection::new(RejectionKind::FailsCommand, why))
            }
        }
    }

    fn worse(&self, before: &Outcome, after: &Outcome) -> Rejection {
        let (old, new) = (before.end.describe(self.command), after.end.describe(self.command));
        let mut why = format!("{} {old} without this fix and {new} with it", self.name());
        let said = last_lines(&after.output);
        if !said.is_empty() {
            why.push_str("; it said last: ");
            why.push_str(&said);
        }
        Rejection::new(RejectionKind::FailsCommand, why)
    }

    fn name(&self) -> String {
        name(self.command)
    }
}

fn is_worse(after: &Outcome, before: &Outcome) -> bool {
    after.end.badness() > before.end.badness()
}

/// The command as reports name it.
pub fn name(command: &VerifyCommand) -> String {
    format!("`{}`", text::brief(command.command.trim(), COMMAND_CHARS))
}

fn record(command: &VerifyCommand, before: &End, after: &End) -> String {
    let (old, new) = (before.describe(command), after.describe(command));
    let both = if old == new { format!("{old} before and after") } else { format!("{old} before and {new} after") };
    format!("{} {both}", name(command))
}

/// The last lines that say something, in one line and with everything visible.
fn last_lines(output: &str) -> String {
    let mut lines: Vec<&str> =
        output.lines().rev().map(str::trim).filter(|l| !l.is_empty()).take(QUOTED_LINES).collect();
    lines.reverse();
    let all = lines.join(" / ");
    // The end says more than the beginning.
    let skipped = all.chars().count().saturating_sub(QUOTED_CHARS);
    let kept: String = all.chars().skip(skipped).collect();
    let mark = if skipped > 0 { "…" } else { "" };
    format!("{mark}{}", text::visible(&kept))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;

    fn command() -> VerifyCommand {
        VerifyCommand { command: "make test".to_string(), timeout: Duration::from_secs(300) }
    }

    /// Runs as a function of the fixes says, and writes down which were run.
    struct Scripted<'a> {
        end: &'a (dyn Fn(&[usize]) -> End + Sync),
        runs: Mutex<Vec<Vec<usize>>>,
    }

    impl Runner for Scripted<'_> {
        fn run(&self, edited: &BTreeMap<String, String>) -> Outcome {
            let fixes: Vec<usize> = edited.keys().map(|name| name.parse().unwrap()).collect();
            let end = (self.end)(&fixes);
            self.runs.lock().unwrap().push(fixes);
            Outcome { end, output: "one\n\n\u{1b}[31mtwo\n".to_string() }
        }
    }

    fn judged(count: usize, end: &(dyn Fn(&[usize]) -> End + Sync)) -> (Judgement, Vec<Vec<usize>>) {
        let runner = Scripted { end, runs: Mutex::default() };
        let edited = |fixes: &[usize]| fixes.iter().map(|n| (format!("{n:03}"), String::new())).collect();
        let judgement = judge(count, &edited, &command(), &runner);
        (judgement, runner.runs.into_inner().unwrap())
    }

    fn failing(bad: &[usize]) -> impl Fn(&[usize]) -> End {
        move |fixes| End::Code(i32::from(fixes.iter().any(|n| bad.contains(n))))
    }

    #[test]
    fn fixes_that_all_pass_are_tried_once_together() {
        let (judgement, runs) = judged(5, &failing(&[]));
        assert_eq!(judgement.kept, [0, 1, 2, 3, 4]);
        assert_eq!(judgement.record, "`make test` ended with 0 before and after");
        assert_eq!(runs, [vec![], vec![0, 1, 2, 3, 4]]);
    }

    #[test]
    fn the_bad_ones_are_found_wherever_they_stand() {
        for bad in [vec![0], vec![6], vec![2, 3], vec![0, 6], vec![0, 1]] {
            let (judgement, runs) = judged(7, &failing(&bad));
            let rejected: Vec<usize> = judgement.rejected.iter().map(|(n, _)| *n).collect();
            assert_eq!(rejected, bad, "{runs:?}");
            let kept: Vec<usize> = (0..7).filter(|n| !bad.contains(n)).collect();
            assert_eq!(judgement.kept, kept);
            assert!(runs.contains(&kept), "what is kept was run: {runs:?}");
        }
    }

    #[test]
    fn a_single_bad_fix_needs_no_search() {
        let (judgement, runs) = judged(1, &failing(&[0]));
        assert_eq!(runs, [vec![], vec![0]]);
        let (_, why) = judgement.rejected.first().unwrap();
        assert_eq!(why.kind.name(), "fails-command");
        assert_eq!(
            why.explanation,
            "`make test` ended with 0 without this fix and ended with 1 with it; it said last: one / <U+001B>[31mtwo"
        );
    }

    #[test]
    fn two_fixes_that_fail_only_together_lose_the_later_one() {
        let together = |fixes: &[usize]| End::Code(i32::from(fixes.contains(&0) && fixes.contains(&2)));
        let (judgement, _) = judged(3, &together);
        assert_eq!(judgement.kept, [0, 1]);
    }

    #[test]
    fn a_command_that_fails_already_speaks_only_against_what_is_worse_still() {
        let (judgement, runs) = judged(2, &|fixes| End::Code(1 + fixes.len() as i32));
        assert_eq!((judgement.kept.len(), runs.len()), (2, 2));
        assert_eq!(judgement.record, "`make test` ended with 1 before and ended with 3 after");
        let (judgement, _) = judged(2, &|fixes| if fixes.contains(&1) { End::TimedOut } else { End::Code(1) });
        assert_eq!(judgement.kept, [0]);
        assert!(judgement.rejected[0].1.explanation.contains("was stopped after 5m with it"));
        let (judgement, _) = judged(2, &|fixes| if fixes.is_empty() { End::TimedOut } else { End::Code(0) });
        assert_eq!(judgement.record, "`make test` was stopped after 5m before and ended with 0 after");
    }

    #[test]
    fn a_command_that_cannot_be_run_lets_nothing_through() {
        let not_started = |_: &[usize]| End::NotStarted("no space left".to_string());
        let (judgement, runs) = judged(3, &not_started);
        assert_eq!((judgement.kept.len(), judgement.rejected.len(), runs.len()), (0, 3, 1));
        let why = &judgement.rejected[2].1.explanation;
        assert_eq!(why, "`make test` could not be run: no space left, so the fix was not tried");
        // What was tried before the interruption stays.
        let interrupted = |fixes: &[usize]| match fixes.len() {
            0 | 2 => End::Code(0),
            4 => End::Code(1),
            _ => End::Stopped,
        };
        let (judgement, _) = judged(4, &interrupted);
        assert_eq!((judgement.kept, judgement.rejected.len()), (vec![0, 1], 2));
    }

    #[test]
    fn runs_are_counted_and_what_they_did_not_reach_is_rejected() {
        let odd = |fixes: &[usize]| End::Code(i32::from(fixes.iter().any(|n| n % 2 == 1)));
        let (judgement, runs) = judged(64, &odd);
        assert_eq!(runs.len(), MAX_RUNS as usize);
        assert_eq!(judgement.kept.len() + judgement.rejected.len(), 64);
        assert!(judgement.kept.iter().all(|n| n % 2 == 0) && runs.contains(&judgement.kept));
        assert!(judgement.rejected.last().unwrap().1.explanation.contains("12 runs did not tell which"));
    }

    #[test]
    fn long_output_is_cut_from_the_front() {
        let said = last_lines(&format!("{}\nthe end", "x".repeat(5_000)));
        assert!(said.starts_with('…') && said.ends_with("x / the end") && said.chars().count() == QUOTED_CHARS + 1);
        assert_eq!(last_lines(" \n\n"), "");
    }
}
