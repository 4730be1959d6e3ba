//! Figures in Prometheus' text format, version 0.0.4.
//!
//! Names and labels are the program's own, and help texts are one line: nothing is escaped. So a label's value must be free
//! of quotes, backslashes and line feeds.

use std::fmt::{Display, Write};

/// The `Content-Type` of such a page.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What a figure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It only grows while the program runs.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Counts by upper bounds: samples `_bucket`, `_sum` and `_count`.
    Histogram,
}

/// A page of figures.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// Begins a figure, whose samples are to follow.
    pub fn head(&mut self, name: &str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// Adds a sample with its labels as they are written, such as `role="viewer",stream="one"`; empty for none.
    pub fn sample(&mut self, name: &str, labels: &str, value: impl Display) {
        debug_assert!(!labels.contains('\n'), "a label breaks the line: {labels}");
        let _ = match labels {
            "" => writeln!(self.0, "{name} {value}"),
            labels => writeln!(self.0, "{name}{{{labels}}} {value}"),
        };
    }

    /// The page's text.
    pub fn into_text(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests;
