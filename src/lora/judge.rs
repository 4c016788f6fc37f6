//! Whether tuned weights mend more than the same model without them: rates with intervals, and one verdict.

use serde::{Deserialize, Serialize};

use crate::study::metrics::stats::wilson_ends;

/// What came of the same cases with and without tuned weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paired {
    /// Mended by both.
    pub both: u64,
    /// Mended with the tuned weights alone.
    pub tuned_only: u64,
    /// Mended without them alone.
    pub base_only: u64,
    /// Mended by neither.
    pub neither: u64,
}

/// A number with an interval that holds the true one in 95 of 100 experiments.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The number as measured.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What may be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval of the difference lies above zero.
    Better,
    /// The whole interval lies below zero.
    Worse,
    /// The interval includes zero, or there is no case.
    NotShown,
}

impl Paired {
    /// Adds a case.
    pub fn add(&mut self, tuned: bool, base: bool) {
        match (tuned, base) {
            (true, true) => self.both += 1,
            (true, false) => self.tuned_only += 1,
            (false, true) => self.base_only += 1,
            (false, false) => self.neither += 1,
        }
    }

    /// How many cases there are.
    pub fn cases(&self) -> u64 {
        self.both + self.tuned_only + self.base_only + self.neither
    }

    /// The share that is mended with the tuned weights.
    pub fn tuned(&self) -> Estimate {
        wilson(self.both + self.tuned_only, self.cases())
    }

    /// The share that is mended without them.
    pub fn base(&self) -> Estimate {
        wilson(self.both + self.base_only, self.cases())
    }

    /// The difference of the two shares, with the interval for paired proportions of Newcombe (*Improved confidence intervals for
    /// the difference between binomial proportions based on paired data*, Statistics in Medicine 17, 1998, method 10).
    pub fn difference(&self) -> Estimate {
        let cases = self.cases() as f64;
        if cases == 0.0 {
            return Estimate { value: 0.0, low: -1.0, high: 1.0 };
        }
        let [a, b, c, d] = [self.both, self.tuned_only, self.base_only, self.neither].map(|count| count as f64);
        let (tuned, base) = (self.tuned(), self.base());
        let margins = (a + b) * (c + d) * (a + c) * (b + d);
        let product = match a * d - b * c {
            product if product > cases / 2.0 => product - cases / 2.0,
            product if product >= 0.0 => 0.0,
            product => product,
        };
        let phi = if margins > 0.0 { product / margins.sqrt() } else { 0.0 };
        let width = |x: f64, y: f64| (x * x - 2.0 * phi * x * y + y * y).max(0.0).sqrt();
        let value = (b - c) / cases;
        let below = width(tuned.value - tuned.low, base.high - base.value);
        let above = width(tuned.high - tuned.value, base.value - base.low);
        Estimate { value, low: value - below, high: value + above }
    }

    /// What may be said of the difference.
    pub fn verdict(&self) -> Verdict {
        let difference = self.difference();
        if difference.low > 0.0 {
            Verdict::Better
        } else if difference.high < 0.0 {
            Verdict::Worse
        } else {
            Verdict::NotShown
        }
    }
}

/// A share with Wilson's interval.
pub fn wilson(successes: u64, cases: u64) -> Estimate {
    let (low, high) = wilson_ends(successes as f64, cases as f64);
    let value = if cases == 0 { 0.0 } else { successes as f64 / cases as f64 };
    Estimate { value, low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(estimate: Estimate, wanted: (f64, f64, f64)) {
        for (is, should) in [(estimate.value, wanted.0), (estimate.low, wanted.1), (estimate.high, wanted.2)] {
            assert!((is - should).abs() < 5e-5, "{estimate:?} {wanted:?}");
        }
    }

    #[test]
    fn intervals_are_those_of_the_papers() {
        // By hand: 81 of 263, and none and all of 10.
        close(wilson(81, 263), (0.3080, 0.2553, 0.3662));
        close(wilson(0, 10), (0.0, 0.0, 0.2775));
        close(wilson(10, 10), (1.0, 0.7225, 1.0));
        // By hand: 48 and 38 of 50, of which 36 both.
        let paired = Paired { both: 36, tuned_only: 12, base_only: 2, neither: 0 };
        close(paired.difference(), (0.2, 0.0569, 0.3404));
        let turned = Paired { both: 36, tuned_only: 2, base_only: 12, neither: 0 };
        close(turned.difference(), (-0.2, -0.3404, -0.0569));
        assert_eq!((paired.verdict(), turned.verdict()), (Verdict::Better, Verdict::Worse));
    }

    #[test]
    fn nothing_is_said_to_be_better_that_may_be_chance() {
        let few = Paired { both: 1, tuned_only: 3, base_only: 0, neither: 2 };
        assert_eq!(few.verdict(), Verdict::NotShown);
        assert!(few.difference().value > 0.4);
        assert_eq!(Paired::default().verdict(), Verdict::NotShown);
        let same = Paired { both: 500, tuned_only: 0, base_only: 0, neither: 500 };
        assert_eq!(same.verdict(), Verdict::NotShown);
        let much = Paired { both: 10, tuned_only: 30, base_only: 5, neither: 20 };
        assert_eq!(much.verdict(), Verdict::Better);
    }

    #[test]
    fn cases_are_counted_by_both_outcomes() {
        let mut paired = Paired::default();
        for (tuned, base) in [(true, true), (true, false), (true, false), (false, true), (false, false)] {
            paired.add(tuned, base);
        }
        assert_eq!(paired, Paired { both: 1, tuned_only: 2, base_only: 1, neither: 1 });
        assert_eq!(paired.cases(), 5);
    }
}
