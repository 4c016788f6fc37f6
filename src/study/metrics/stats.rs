//! Intervals and tests. All are textbook methods, named with their sources; nothing here knows of samples or alerts.

use super::Options;
use crate::study::report::model::{Interval, Rate};

/// The quantile of the normal distribution for 95 % on two sides.
const Z: f64 = 1.959_963_984_540_054;
/// With more pairs, signed ranks are judged by the normal approximation.
const EXACT: usize = 25;

/// A number with so many decimals; no negative zero.
pub(super) fn rounded(number: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    let out = (number * scale).round() / scale;
    if out == 0.0 { 0.0 } else { out }
}

/// A share without an interval.
pub(super) fn share(count: usize, of: usize) -> Rate {
    let percent = (of > 0).then(|| rounded(100.0 * count as f64 / of as f64, 1));
    Rate { count, of, percent, interval: None }
}

/// A share with Wilson's score interval, for trials that do not depend on each other.
pub fn wilson(count: usize, of: usize) -> Rate {
    let interval = (of > 0).then(|| {
        let (low, high) = wilson_ends(count as f64, of as f64);
        Interval { low: rounded(100.0 * low, 1), high: rounded(100.0 * high, 1) }
    });
    Rate { interval, ..share(count, of) }
}

/// The ends of Wilson's score interval of a share between 0 and 1 (E. B. Wilson, *Probable inference, the law of succession,
/// and statistical inference*, Journal of the American Statistical Association 22, 1927). Of no trial nothing is known.
pub fn wilson_ends(successes: f64, trials: f64) -> (f64, f64) {
    if trials <= 0.0 {
        return (0.0, 1.0);
    }
    let (p, z2) = (successes / trials, Z * Z);
    let centre = p + z2 / (2.0 * trials);
    let half = Z * (p * (1.0 - p) / trials + z2 / (4.0 * trials * trials)).sqrt();
    let scale = 1.0 + z2 / trials;
    // At the ends the formula is exact, and rounding is not.
    let low = if successes <= 0.0 { 0.0 } else { (centre - half) / scale };
    let high = if successes >= trials { 1.0 } else { (centre + half) / scale };
    (low, high)
}

/// The bootstrap (B. Efron, 1979) with percentile intervals. What is drawn begins with the same seed each time, so that a figure
/// does not depend on which others are asked for.
#[derive(Debug)]
pub struct Draw {
    state: u64,
    resamples: usize,
}

impl Draw {
    /// Begins to draw.
    pub fn new(options: Options) -> Draw {
        Draw { state: options.seed, resamples: options.resamples }
    }

    /// SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `limit`, which is small beside 2⁶⁴, so that the lowest numbers are hardly likelier.
    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// The 95 % interval of a figure of some units, with one decimal; absent for less than two units, of which nothing can be drawn,
    /// and where the figure of a resample is no number.
    pub fn interval<T>(
        &mut self,
        units: &[T],
        figure: impl Fn(&mut dyn Iterator<Item = &T>) -> f64,
    ) -> Option<Interval> {
        if units.len() < 2 {
            return None;
        }
        let mut figures: Vec<f64> = Vec::with_capacity(self.resamples);
        for _ in 0..self.resamples {
            let drawn: Vec<usize> = (0..units.len()).map(|_| self.below(units.len())).collect();
            figures.push(figure(&mut drawn.iter().filter_map(|at| units.get(*at))));
        }
        figures.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * figures.len().saturating_sub(1) as f64).round() as usize;
            figures.get(place).copied().filter(|figure| figure.is_finite())
        };
        Some(Interval { low: rounded(at(0.025)?, 1), high: rounded(at(0.975)?, 1) })
    }
}

/// McNemar's exact test (Q. McNemar, 1947): how likely it is that of the pairs that differ at least as many lean to one side, if
/// both sides are as likely; two-sided. 1 where no pair differs.
pub fn mcnemar(one: usize, other: usize) -> f64 {
    let (n, least) = (one + other, one.min(other));
    // ln C(n, k) + n ln ½, one by one.
    let mut term = n as f64 * 0.5f64.ln();
    let mut sum = term.exp();
    for k in 1..=least {
        term += ((n - k + 1) as f64 / k as f64).ln();
        sum += term.exp();
    }
    (2.0 * sum).min(1.0)
}

/// Wilcoxon's signed-rank test (F. Wilcoxon, 1945) of paired differences, two-sided. Differences of zero are left out, equal ones
/// have the mean of their ranks. Exact for up to 25 differences none of which are equal in size; else by the normal
/// approximation with corrections for ties and continuity. 1 where nothing differs.
pub fn wilcoxon(differences: &[f64]) -> f64 {
    let mut sizes: Vec<(f64, bool)> = differences.iter().filter(|d| **d != 0.0).map(|d| (d.abs(), *d > 0.0)).collect();
    if sizes.is_empty() {
        return 1.0;
    }
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n = sizes.len();
    let (mut positive, mut ties) = (0.0, 0.0);
    let mut before = 0.0;
    for same in sizes.chunk_by(|a, b| a.0 == b.0) {
        let t = same.len() as f64;
        let rank = before + (t + 1.0) / 2.0;
        positive += rank * same.iter().filter(|(_, up)| *up).count() as f64;
        ties += t * t * t - t;
        before += t;
    }
    let all = (n * (n + 1)) as f64 / 2.0;
    let least = positive.min(all - positive);
    if n <= EXACT && ties == 0.0 {
        return exact_ranks(n, least as usize);
    }
    let n = n as f64;
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    if variance <= 0.0 {
        return 1.0;
    }
    let z = ((all / 2.0 - least - 0.5) / variance.sqrt()).max(0.0);
    (2.0 * upper_tail(z)).min(1.0)
}

/// How likely a sum of ranks of at most `least` is on either side: of all 2ⁿ ways to give signs to the ranks 1 to n.
fn exact_ranks(n: usize, least: usize) -> f64 {
    let most = n * (n + 1) / 2;
    let mut ways = vec![0f64; most + 1];
    if let Some(first) = ways.first_mut() {
        *first = 1.0;
    }
    for rank in 1..=n {
        for sum in (rank..=most).rev() {
            let without = ways.get(sum - rank).copied().unwrap_or(0.0);
            if let Some(way) = ways.get_mut(sum) {
                *way += without;
            }
        }
    }
    let fitting: f64 = ways.iter().take(least + 1).sum();
    (2.0 * fitting / 2f64.powi(n as i32)).min(1.0)
}

/// The probability that a normal variable is above `z`, which is not negative: the complementary error function by the rational
/// approximation 7.1.26 of Abramowitz and Stegun, right to 1.5·10⁻⁷.
fn upper_tail(z: f64) -> f64 {
    let x = z / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    0.5 * poly * (-x * x).exp()
}

/// Probabilities corrected for their number by S. Holm's step-down method (1979), in the same order.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    let of = |at: &usize| p.get(*at).copied().unwrap_or(1.0);
    order.sort_by(|a, b| of(a).total_cmp(&of(b)));
    let mut out = vec![1.0; p.len()];
    let mut highest = 0f64;
    for (place, at) in order.iter().enumerate() {
        highest = highest.max(of(at) * (p.len() - place) as f64).min(1.0);
        if let Some(slot) = out.get_mut(*at) {
            *slot = highest;
        }
    }
    out
}

/// The median of some numbers; none of none.
pub(super) fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let (low, high) = (numbers.get(numbers.len().checked_sub(1)? / 2)?, numbers.get(numbers.len() / 2)?);
    Some((low + high) / 2.0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn near(a: f64, b: f64, by: f64) {
        assert!((a - b).abs() <= by, "{a} is not {b}");
    }

    #[test]
    fn wilson_is_that_of_the_textbook() {
        // 8 of 10: (0.8 + 0.19207) ± 1.96 √(0.016 + 0.0096) over 1.38415 is 0.49016 to 0.94331.
        let rate = wilson(8, 10);
        assert_eq!((rate.percent, rate.interval), (Some(80.0), Some(Interval { low: 49.0, high: 94.3 })));
        // 0 of 10 reaches from 0 to z² ÷ (n + z²) = 3.8415 ÷ 13.8415.
        assert_eq!(wilson(0, 10).interval, Some(Interval { low: 0.0, high: 27.8 }));
        assert_eq!(wilson(10, 10).interval, Some(Interval { low: 72.2, high: 100.0 }));
        assert_eq!((wilson(0, 0).percent, wilson(0, 0).interval), (None, None));
    }

    #[test]
    fn mcnemar_counts_coins() {
        // 1 of 8 differs the other way: 2 (1 + 8) ÷ 256.
        near(mcnemar(1, 7), 18.0 / 256.0, 1e-12);
        near(mcnemar(7, 1), 18.0 / 256.0, 1e-12);
        near(mcnemar(0, 5), 2.0 / 32.0, 1e-12);
        near(mcnemar(0, 0), 1.0, 0.0);
        near(mcnemar(4, 4), 1.0, 0.0);
        // Far beyond what fits a floating-point number without logarithms.
        assert!(mcnemar(20_000, 30_000) < 1e-300 && mcnemar(50_000, 50_000) > 0.99);
    }

    #[test]
    fn wilcoxon_counts_signs() {
        // All of 5 up: 2 ÷ 2⁵. Ranks 1 and 2 down of 5: sums of at most 3 come about in 5 ways (0, 1, 2, 3, 1 + 2): 10 ÷ 32.
        near(wilcoxon(&[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 32.0, 1e-12);
        near(wilcoxon(&[-1.0, -2.0, 3.0, 4.0, 5.0]), 10.0 / 32.0, 1e-12);
        near(wilcoxon(&[0.0, 0.0]), 1.0, 0.0);
        near(wilcoxon(&[]), 1.0, 0.0);
        // Zeros are left out.
        near(wilcoxon(&[1.0, 2.0, 3.0, 4.0, 5.0, 0.0]), 2.0 / 32.0, 1e-12);
        // Ties: 10 equal ones up. Ranks of 5.5 each; W = 0, mean 27.5, variance 96.25 − 990 ÷ 48 = 75.625; z = 27 ÷ 8.696 = 3.105.
        near(wilcoxon(&[2.0; 10]), 0.001_905, 2e-5);
        // As many up as down.
        near(wilcoxon(&[1.0, -1.0, 1.0, -1.0]), 1.0, 1e-6);
    }

    #[test]
    fn the_approximation_meets_the_exact_test() {
        let of = |n: usize| (1..=n).map(|i| if i % 3 == 0 { -(i as f64) } else { i as f64 }).collect::<Vec<_>>();
        let exact = wilcoxon(&of(25));
        // One more zero changes nothing; a tie has it judged by approximation.
        let mut tied = of(25);
        tied[1] = 1.0;
        near(wilcoxon(&tied), exact, 0.01);
    }

    #[test]
    fn tails_are_those_of_tables() {
        for (z, p) in [(0.0, 0.5), (1.0, 0.158_655), (1.959_964, 0.025), (3.0, 0.001_349_9)] {
            near(upper_tail(z), p, 1e-6);
        }
    }

    #[test]
    fn holm_is_that_of_the_textbook() {
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (got, wanted) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            near(*got, wanted, 1e-12);
        }
        assert!(holm(&[]).is_empty());
    }

    #[test]
    fn medians() {
        assert_eq!(median(vec![]), None);
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }

    #[test]
    fn the_bootstrap_holds_the_mean_and_narrows() {
        let mean = |drawn: &mut dyn Iterator<Item = &f64>| {
            let all: Vec<f64> = drawn.copied().collect();
            all.iter().sum::<f64>() / all.len() as f64
        };
        let of = |n: usize| {
            let units: Vec<f64> = (0..n).map(|i| (i % 10) as f64).collect();
            Draw::new(Options::default()).interval(&units, mean).unwrap()
        };
        let (few, many) = (of(20), of(2_000));
        // The mean is 4.5, its standard error 2.87 ÷ √n: ± 1.26, and ± 0.126.
        near(few.high - few.low, 2.5, 0.4);
        near(many.high - many.low, 0.25, 0.11);
        assert!(few.low < 4.5 && few.high > 4.5);
        assert_eq!(of(20), few);
        assert!(Draw::new(Options::default()).interval(&[1.0], mean).is_none());
    }

    proptest! {
        #[test]
        fn holm_keeps_the_order_and_lowers_nothing(p in prop::collection::vec(0.0..=1.0f64, 0..40)) {
            let corrected = holm(&p);
            for (i, a) in p.iter().enumerate() {
                prop_assert!(corrected[i] >= *a && corrected[i] <= 1.0);
                for (j, b) in p.iter().enumerate() {
                    prop_assert!(a >= b || corrected[i] <= corrected[j]);
                }
            }
        }

        #[test]
        fn tests_do_not_care_for_the_side(d in prop::collection::vec(-5..=5i8, 0..60)) {
            let up: Vec<f64> = d.iter().map(|d| f64::from(*d)).collect();
            let down: Vec<f64> = up.iter().map(|d| -d).collect();
            let p = wilcoxon(&up);
            prop_assert!((0.0..=1.0).contains(&p));
            prop_assert!((p - wilcoxon(&down)).abs() < 1e-9);
        }
    }
}
