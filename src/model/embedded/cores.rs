//! How many cores are free.
//!
//! The threads of llama.cpp wait for each other by spinning, many times for each token. Where one of them has to share its core
//! with another program, all wait for it, and a model with two threads is ten times slower than with one.

use std::time::Duration;

/// How long the cores are watched.
const WATCH: Duration = Duration::from_millis(60);

/// The cores that nobody uses now, at least one and at most `most`. `most` where the system does not say.
pub(super) fn free(most: usize) -> usize {
    if most <= 1 {
        return 1;
    }
    let Some(before) = Usage::now() else { return most };
    std::thread::sleep(WATCH);
    Usage::now().and_then(|after| after.idle_since(&before)).map_or(most, |idle| idle.clamp(1, most))
}

/// What all cores have done since the system started, in ticks.
#[derive(Debug, PartialEq)]
struct Usage {
    cores: u64,
    idle: u64,
    all: u64,
}

impl Usage {
    /// Only Linux says so in a file.
    fn now() -> Option<Self> {
        Usage::parse(&std::fs::read_to_string("/proc/stat").ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let sum = lines.next()?.strip_prefix("cpu ")?;
        // User, nice, system, idle, waiting for devices, interrupts (two kinds), stolen; guests are in the first two.
        let ticks: Vec<u64> = sum.split_whitespace().take(8).map(|n| n.parse().ok()).collect::<Option<_>>()?;
        // What runs at a lower priority counts as busy: where the system shares out cores by session, it does not give way.
        let idle = ticks.get(3)?.checked_add(*ticks.get(4)?)?;
        let all = ticks.iter().try_fold(0_u64, |sum, n| sum.checked_add(*n))?;
        let cores = lines.take_while(|line| line.starts_with("cpu")).count() as u64;
        (cores > 0).then_some(Usage { cores, idle, all })
    }

    /// The cores that were idle between two moments, to the nearest whole one.
    fn idle_since(&self, before: &Usage) -> Option<usize> {
        let (idle, all) = (self.idle.checked_sub(before.idle)?, self.all.checked_sub(before.all)?);
        if all == 0 {
            return None;
        }
        usize::try_from((idle * self.cores + all / 2) / all).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(busy: u64, idle: u64) -> Option<Usage> {
        Usage::parse(&format!("cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\ncpu0 1 2\ncpu1 1 2\ncpu2 1 2\ncpu3 1 2\nintr 5\n"))
    }

    #[test]
    fn idle_cores_are_counted() {
        let idle = |busy: u64, idle: u64| usage(1_000 + busy, 500 + idle)?.idle_since(&usage(1_000, 500)?);
        assert_eq!(idle(0, 24), Some(4));
        assert_eq!(idle(6, 18), Some(3));
        assert_eq!(idle(24, 0), Some(0));
        let niced = |nice: u64| Usage::parse(&format!("cpu  9 {nice} 0 9 0 0 0 0\ncpu0\ncpu1\n"));
        assert_eq!(niced(50).unwrap().idle_since(&niced(0).unwrap()), Some(0));
        // No tick has passed.
        assert_eq!(idle(0, 0), None);
    }

    #[test]
    fn what_is_no_such_file_says_nothing() {
        for text in ["", "cpu  1 2 3\n", "cpu  a b c d e f g h\ncpu0\n", "cpu  1 2 3 4 5 6 7 8\n"] {
            assert_eq!(Usage::parse(text), None, "{text}");
        }
        assert!((1..=4).contains(&free(4)));
        assert_eq!(free(1), 1);
    }
}
