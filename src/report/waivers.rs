//! What is said of waivers: who lets a finding through, and which waivers need somebody's attention.

use super::model::{Report, Waived, WaiverState, WaiverStatus};

/// Who lets a finding through, why and how long, as one sentence without its full stop.
pub fn sentence(waived: &Waived) -> String {
    let owner = waived.owner.as_ref().map_or("a comment in the code", String::as_str);
    format!("until {} by {owner}: {}", waived.expires, waived.reason)
}

/// The waivers that somebody should look at, each as one line, in the order of the report.
pub fn to_look_at(report: &Report) -> Vec<String> {
    report.waivers.iter().filter_map(line).collect()
}

fn line(status: &WaiverStatus) -> Option<String> {
    let findings = super::text::count(status.findings, "finding");
    let what = match status.state {
        WaiverState::Used | WaiverState::NotJudged => return None,
        WaiverState::Unmatched => "matches nothing".to_owned(),
        WaiverState::Expired if status.findings == 0 => "is expired".to_owned(),
        WaiverState::Expired => format!("is expired, and would have let through {findings}"),
        WaiverState::Malformed => "waives nothing, because it cannot be read".to_owned(),
        WaiverState::NotApproved => "waives nothing before the base has it".to_owned(),
    };
    Some(format!("the waiver at {} {what}: {}", status.origin, status.about))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_waivers_that_need_attention_are_told() {
        let status = |state, findings| WaiverStatus { origin: "p.yml:3".into(), about: "x".into(), state, findings };
        assert_eq!(line(&status(WaiverState::Used, 2)), None);
        assert_eq!(line(&status(WaiverState::NotJudged, 0)), None);
        let expired = line(&status(WaiverState::Expired, 1)).unwrap_or_default();
        assert_eq!(expired, "the waiver at p.yml:3 is expired, and would have let through 1 finding: x");
        let told = [WaiverState::Unmatched, WaiverState::Expired, WaiverState::Malformed, WaiverState::NotApproved];
        assert!(told.into_iter().all(|state| line(&status(state, 0)).is_some()));
    }
}
