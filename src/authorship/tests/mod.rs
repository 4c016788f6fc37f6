#![allow(clippy::unwrap_used, clippy::expect_used)]
//! The tests: marks by examples (`marks`), line records (`records`), lines with their authors (`authors`).

mod authors;
mod marks;
mod records;

use super::*;
