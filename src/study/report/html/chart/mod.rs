//! Charts as shapes with places and classes; a template writes them as SVG, and the style says how they look. All are 320
//! units wide, so that they can be read on a phone, and stand beside each other on wider pages. Every figure that a chart
//! shows is also written in it or in its description, so no colour says anything alone.

pub mod bars;
pub mod flow;
pub mod matrix;

use serde::Serialize;

use crate::report::html::shown::Shown;

/// The width of every chart.
pub const WIDTH: f64 = 320.0;
/// Characters of a description.
const DESCRIPTION: usize = 4_000;

/// A chart.
#[derive(Serialize)]
pub struct Chart {
    /// What stands above it.
    caption: Shown,
    /// What a screen reader calls it.
    title: Shown,
    /// What it shows, in words and figures.
    description: Shown,
    height: Units,
    shapes: Vec<Shape>,
}

impl Chart {
    /// Puts words in front of the caption.
    pub fn prefix(&mut self, words: &str) {
        self.caption = self.caption.after(words);
    }
}

/// A length, with one decimal on the page.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Units(pub f64);

impl Serialize for Units {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = format!("{:.1}", self.0);
        serializer.serialize_str(text.strip_suffix(".0").unwrap_or(&text))
    }
}

/// A part of a chart. Classes are words of this program.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Shape {
    /// A rectangle.
    Box { x: Units, y: Units, width: Units, height: Units, class: &'static str, says: Option<Shown> },
    /// A straight line.
    Line { x1: Units, y1: Units, x2: Units, y2: Units, class: &'static str },
    /// Text; the class says which end of it stands at the place.
    Text { x: Units, y: Units, class: &'static str, text: Shown, says: Option<Shown> },
    /// A band from left to right, from one height to another.
    Band { from_x: Units, from_y: Units, to_x: Units, to_y: Units, middle: Units, width: Units, says: Shown },
}

/// A chart that is drawn from top to bottom.
#[derive(Default)]
pub struct Drawing {
    shapes: Vec<Shape>,
}

impl Drawing {
    /// Adds a rectangle, with what a pointer on it says.
    pub fn block(&mut self, [x, y, width, height]: [f64; 4], class: &'static str, says: Option<&str>) {
        let says = says.map(|text| Shown::brief(text, 400));
        let (width, height) = (Units(width.max(0.0)), Units(height.max(0.0)));
        self.shapes.push(Shape::Box { x: Units(x), y: Units(y), width, height, class, says });
    }

    /// Adds a line.
    pub fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], class: &'static str) {
        self.shapes.push(Shape::Line { x1: Units(x1), y1: Units(y1), x2: Units(x2), y2: Units(y2), class });
    }

    /// Adds text, with what a pointer on it says.
    pub fn text(&mut self, (x, y): (f64, f64), class: &'static str, text: &str, says: Option<&str>) {
        let says = says.filter(|&whole| whole != text).map(|whole| Shown::brief(whole, 400));
        self.shapes.push(Shape::Text { x: Units(x), y: Units(y), class, text: Shown::brief(text, 120), says });
    }

    /// Adds a band between two heights.
    pub fn band(&mut self, from: (f64, f64), to: (f64, f64), width: f64, says: &str) {
        let middle = Units(f64::midpoint(from.0, to.0));
        let (from_x, from_y, to_x, to_y) = (Units(from.0), Units(from.1), Units(to.0), Units(to.1));
        let says = Shown::brief(says, 400);
        self.shapes.push(Shape::Band { from_x, from_y, to_x, to_y, middle, width: Units(width), says });
    }

    /// The finished chart: its title is `about` and the caption.
    pub fn chart(self, about: &str, caption: &str, description: &str, height: f64) -> Chart {
        Chart {
            caption: Shown::brief(caption, 200),
            title: Shown::brief(&format!("{about}: {caption}"), 400),
            description: Shown::brief(description, DESCRIPTION),
            height: Units(height),
            shapes: self.shapes,
        }
    }
}
