//! The values of a policy that are measured: durations, decimals, seeds.

use std::time::Duration;

use super::fields::{Entry, Reader};
use super::origin::Located;
use crate::diagnostic::clip;
use crate::yaml::Kind;

/// How durations are written, for the schema.
pub(super) const DIGITS_AND_UNIT: &str = "^[0-9]+[smh]$";
/// More dollars than anyone means to spend on one run, and more than a million tokens cost anywhere.
pub(super) const MAX_USD: f64 = 1_000_000.0;

const SECOND: Duration = Duration::from_secs(1);

impl Reader<'_> {
    /// A whole number with a unit, from one second to `max`.
    pub(super) fn duration(&mut self, entry: &Entry<'_>, max: Duration) -> Option<Located<Duration>> {
        let wanted = "a duration like `90s`, `5m` or `1h`";
        let duration = match &entry.node.value {
            Kind::Text(text) => duration_of(text),
            Kind::Int(number) => {
                let message = format!("`{}` must be {wanted}, not {}", entry.path, entry.node.value.describe());
                let help = (*number > 0).then(|| format!("write the unit: `{number}s`"));
                return self.report(entry, message, help);
            }
            _ => return self.wrong_type(entry, wanted),
        };
        match duration {
            Some(duration) if duration > max => {
                self.report(entry, format!("`{}` is {} at most", entry.path, in_words(max)), None)
            }
            Some(duration) if duration >= SECOND => Some(self.located(entry, duration)),
            Some(_) => self.report(entry, format!("`{}` must be at least 1s", entry.path), None),
            None => {
                let message = format!("`{}` must be {wanted}, not {}", entry.path, entry.node.value.describe());
                self.report(entry, message, Some("a whole number with s, m or h behind it".to_owned()))
            }
        }
    }

    /// A number of seconds without a unit, for a key whose name says the unit.
    pub(super) fn seconds(&mut self, entry: &Entry<'_>, max: u64) -> Option<Located<u64>> {
        if let Some(duration) = entry.node.value.as_text().and_then(duration_of) {
            let message = format!("`{}` must be a number, not {}", entry.path, entry.node.value.describe());
            return self.report(entry, message, Some(format!("write `{}`", duration.as_secs())));
        }
        self.number(entry, false, max)
    }

    /// A number with or without decimals, above `above` where that is given, and `max` at most.
    pub(super) fn decimal(
        &mut self,
        entry: &Entry<'_>,
        example: &str,
        above: Option<f64>,
        max: f64,
    ) -> Option<Located<f64>> {
        let number = match &entry.node.value {
            Kind::Int(number) => *number as f64,
            Kind::Float(number) => *number,
            Kind::Text(text) => {
                let message = format!("`{}` must be a number like `{example}`, not `{}`", entry.path, clip(text));
                let bare = text.trim_start_matches('$').trim_end_matches("USD").trim();
                let help = bare.parse::<f64>().is_ok_and(f64::is_finite).then(|| format!("write `{}`", clip(bare)));
                return self.report(entry, message, help);
            }
            _ => return self.wrong_type(entry, &format!("a number like `{example}`")),
        };
        let low = above.is_some_and(|above| number <= above) || number < 0.0;
        if low || number.is_nan() {
            let least = if above.is_some() { "must be above 0" } else { "cannot be negative" };
            return self.report(entry, format!("`{}` {least}", entry.path), None);
        }
        if number > max {
            return self.report(entry, format!("`{}` is {max} at most", entry.path), None);
        }
        Some(self.located(entry, number))
    }

    /// A whole number that may be 0.
    pub(super) fn seed(&mut self, entry: &Entry<'_>) -> Option<Located<u64>> {
        let Kind::Int(number) = &entry.node.value else { return self.wrong_type(entry, "a whole number") };
        match u64::try_from(*number) {
            Ok(number) if number <= MAX_SEED => Some(self.located(entry, number)),
            Ok(_) => self.report(entry, format!("`{}` is {MAX_SEED} at most", entry.path), None),
            Err(_) => self.report(entry, format!("`{}` cannot be negative", entry.path), None),
        }
    }
}

/// What every provider takes: 31 bits.
pub(super) const MAX_SEED: u64 = (1 << 31) - 1;

fn duration_of(text: &str) -> Option<Duration> {
    let (at, unit) = text.char_indices().last()?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return None,
    };
    let digits = text.get(..at)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Digits alone fail to parse only when there are too many of them.
    Some(Duration::from_secs(digits.parse::<u64>().unwrap_or(u64::MAX).saturating_mul(factor)))
}

/// A duration as policies write it, in the largest unit that keeps it whole.
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    for (factor, unit) in [(3600, 'h'), (60, 'm')] {
        if seconds > 0 && seconds.is_multiple_of(factor) {
            return format!("{}{unit}", seconds / factor);
        }
    }
    format!("{seconds}s")
}
