//! Colours.

use annotate_snippets::renderer::{AnsiColor, Effects, Style};

/// Colours text, or leaves it as it is.
pub struct Paint {
    pub colour: bool,
}

impl Paint {
    /// Failures, and lines that go away.
    pub fn bad(&self, text: &str) -> String {
        self.with(AnsiColor::BrightRed.on_default().effects(Effects::BOLD), text)
    }

    /// Warnings.
    pub fn warn(&self, text: &str) -> String {
        self.with(AnsiColor::Yellow.on_default().effects(Effects::BOLD), text)
    }

    /// What passed.
    pub fn good(&self, text: &str) -> String {
        self.with(AnsiColor::BrightGreen.on_default().effects(Effects::BOLD), text)
    }

    /// Suggestions.
    pub fn help(&self, text: &str) -> String {
        self.with(AnsiColor::BrightCyan.on_default().effects(Effects::BOLD), text)
    }

    /// What matters less.
    pub fn dim(&self, text: &str) -> String {
        self.with(Style::new().effects(Effects::DIMMED), text)
    }

    /// A diff's line that comes in.
    pub fn added(&self, text: &str) -> String {
        self.with(AnsiColor::Green.on_default(), text)
    }

    /// A diff's line that goes away.
    pub fn removed(&self, text: &str) -> String {
        self.with(AnsiColor::Red.on_default(), text)
    }

    /// A diff's place.
    pub fn place(&self, text: &str) -> String {
        self.with(AnsiColor::Cyan.on_default(), text)
    }

    /// The frame of an excerpt, as the renderer colours it.
    pub fn line(&self, text: &str) -> String {
        self.with(AnsiColor::BrightBlue.on_default().effects(Effects::BOLD), text)
    }

    fn with(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{}{text}{}", style.render(), style.render_reset()) } else { text.to_owned() }
    }
}
