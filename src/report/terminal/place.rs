//! Where a finding is, and what to underline for it.

use super::excerpt::Mark;
use crate::finding::{Finding, FlowStep};
use crate::report::text;

/// A step is underlined in the finding's excerpt when it is at most this many lines away.
const NEAR_LINES: u32 = 30;

/// Characters of what is written under a mark.
const LABEL: usize = 70;

/// Steps underlined beside the finding itself.
const STEPS_MARKED: usize = 4;

/// The place as `path:line:column`.
pub fn position(finding: &Finding) -> String {
    format!("{}:{}:{}", text::visible(&finding.path), finding.region.start_line, finding.region.start_column)
}

/// The finding's place, and the first steps of its flow that are near enough to stand in the same excerpt.
pub fn marks(finding: &Finding) -> Vec<Mark> {
    let (last, before) = match finding.flow.split_last() {
        Some((last, before)) => (Some(last), before),
        None => (None, [].as_slice()),
    };
    let at_place = last.filter(|step| step.path == finding.path && overlap(step, finding));
    let label = at_place.map(|step| text::brief(&step.message, LABEL));
    let mut marks = vec![Mark { span: finding.region.span(), label, primary: true }];
    let near = |step: &&FlowStep| {
        step.path == finding.path
            && step.region.start_line.abs_diff(finding.region.start_line) <= NEAR_LINES
            && !overlap(step, finding)
    };
    for step in before.iter().filter(near).take(STEPS_MARKED) {
        if marks.iter().all(|mark| mark.span != step.region.span()) {
            let label = Some(text::brief(&step.message, LABEL));
            marks.push(Mark { span: step.region.span(), label, primary: false });
        }
    }
    marks
}

fn overlap(step: &FlowStep, finding: &Finding) -> bool {
    step.region.start < finding.region.end && finding.region.start < step.region.end
}
