//! Checks that need an algorithm of their own, beside the data-flow engine: each is a pure function of the text or the
//! values that it judges. What can be said as a source, a sink and a barrier belongs in `rules/`, not here.

pub mod regex;
pub mod secrets;
