//! Programs of sink lines and clean lines, changed in ways whose effect is known.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod examples;
mod program;
mod properties;
