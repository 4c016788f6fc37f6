//! What came of each waiver in a run. One that waives nothing is told too: it may be misspelt, or nobody needs it any more.

use std::collections::BTreeMap;

use super::inline::InlineWaivers;
use super::waivers::Ready;
use super::{Policy, show};
use crate::diagnostic::{clean, clip};
use crate::finding::FileResult;
use crate::report::model::{Reported, WaiverState, WaiverStatus};

impl Policy {
    /// What came of the waivers of the policy and of comments, sorted by where they are written. `whole`: everything was
    /// judged, and not only a change, so that a waiver that matched nothing is not needed.
    pub fn waiver_statuses(
        &self,
        findings: &[Reported],
        files: &[FileResult],
        inline: &[(String, InlineWaivers)],
        whole: bool,
    ) -> Vec<WaiverStatus> {
        let mut used: BTreeMap<&str, usize> = BTreeMap::new();
        for waived in findings.iter().filter_map(|reported| reported.waived.as_ref()) {
            *used.entry(waived.origin.as_str()).or_default() += 1;
        }
        let mut out: Vec<WaiverStatus> = Vec::new();
        let mut matched: BTreeMap<usize, usize> = BTreeMap::new();
        for at in findings.iter().flat_map(|reported| self.waivers.about(&reported.finding)) {
            *matched.entry(at).or_default() += 1;
        }
        for (waiver, at) in self.waivers.all.iter().zip(0..) {
            let matched = matched.get(&at).copied().unwrap_or(0);
            out.push(self.status(waiver, matched, files, &used, whole));
        }
        for problem in &self.merged.problems {
            let origin = format!("{}:{}", clean(&problem.file), problem.diagnostic.line);
            let about = clip(&problem.diagnostic.message);
            out.push(WaiverStatus { origin, about, state: WaiverState::Malformed, findings: 0 });
        }
        for (path, comments) in inline {
            self.inline_statuses(path, comments, findings, &used, &mut out);
        }
        out.sort_by(|a, b| (&a.origin, a.state, &a.about).cmp(&(&b.origin, b.state, &b.about)));
        out
    }

    fn status(
        &self,
        waiver: &Ready,
        matched: usize,
        files: &[FileResult],
        used: &BTreeMap<&str, usize>,
        whole: bool,
    ) -> WaiverStatus {
        let origin = waiver.entry.origin.to_string();
        let count = used.get(origin.as_str()).copied().unwrap_or(0);
        let names_paths = !waiver.entry.value.paths.is_empty();
        let judged = whole || (names_paths && files.iter().any(|file| waiver.covers_path(&file.path)));
        let (state, findings) = if !waiver.holds(self.today) {
            (WaiverState::Expired, matched)
        } else if count > 0 {
            (WaiverState::Used, count)
        } else if matched > 0 {
            // What it is about is noted anyway, because it is old or too weak to fail.
            (WaiverState::Used, 0)
        } else if judged {
            (WaiverState::Unmatched, 0)
        } else {
            (WaiverState::NotJudged, 0)
        };
        WaiverStatus { origin, about: show::waiver(&waiver.entry.value), state, findings }
    }

    fn inline_statuses(
        &self,
        path: &str,
        comments: &InlineWaivers,
        findings: &[Reported],
        used: &BTreeMap<&str, usize>,
        out: &mut Vec<WaiverStatus>,
    ) {
        for waiver in &comments.waivers {
            let origin = format!("{}:{}", clean(path), waiver.line);
            let of_file = findings.iter().filter(|reported| reported.finding.path == path);
            let matched = of_file.filter(|reported| waiver.is_about(&reported.finding)).count();
            let count = used.get(origin.as_str()).copied().unwrap_or(0);
            let (state, findings) = match () {
                () if !waiver.is_approved => (WaiverState::NotApproved, matched),
                () if self.today.is_none_or(|today| today > waiver.expires) => (WaiverState::Expired, matched),
                () if matched > 0 => (WaiverState::Used, count),
                () => (WaiverState::Unmatched, 0),
            };
            let about = format!("{} until {}: {}", waiver.rule, waiver.expires, clip(&waiver.reason));
            out.push(WaiverStatus { origin, about, state, findings });
        }
        for (line, problem) in &comments.malformed {
            let origin = format!("{}:{line}", clean(path));
            out.push(WaiverStatus { origin, about: problem.clone(), state: WaiverState::Malformed, findings: 0 });
        }
    }
}
