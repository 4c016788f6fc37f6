//! Output formats, one file each, all made from one [`Report`] value. No format decides anything.

pub mod model;

pub use model::Report;
