//! What a study says, as one value, and that value in several formats. What the figures are is computed in `study::metrics`.

pub mod csv;
pub mod html;
pub mod json;
pub mod markdown;
pub mod model;
mod sheets;
pub mod terminal;
