//! Regions and messages in SARIF's terms.

use serde_sarif::sarif;

use crate::finding::Region;

/// A region with lines and columns. SARIF counts both from one and wants the end after the start.
pub fn region(region: &Region) -> sarif::Region {
    let start_line = region.start_line.max(1);
    let start_column = region.start_column.max(1);
    let end_line = region.end_line.max(start_line);
    let least = if end_line == start_line { start_column } else { 1 };
    sarif::Region::builder()
        .start_line(start_line)
        .start_column(start_column)
        .end_line(end_line)
        .end_column(region.end_column.max(least))
        .build()
}

/// A plain text for a SARIF message. A SARIF reader makes a link of `[text](target)`, so a bracket that others wrote
/// is escaped where it could begin one.
pub fn plain(text: &str) -> String {
    let text = crate::report::text::visible(text);
    if text.contains("](") {
        text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
    } else {
        text.into_owned()
    }
}

/// Text inside the brackets of a link.
pub fn link_text(text: &str) -> String {
    crate::report::text::visible(text).replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]")
}
