//! The page: what was measured, and rows of plots. It loads nothing and runs no script.

use super::look::Look;
use super::plot::{Line, Plot, Point};

/// The page's style sheet.
const STYLE: &str = include_str!("page.css");

/// The plots of each row.
const PLOTS: [Plot; 4] = [
    Plot {
        title: "Copies from the origin",
        unit: "copies sent of a segment",
        span: (0.0, 1.0),
        places: 2,
        lines: &[
            Line {
                figure: "copies",
                label: "mean",
                look: Look::Middle,
            },
            Line {
                figure: "copies_p95",
                label: "95th percentile",
                look: Look::High,
            },
            Line {
                figure: "copies_possible",
                label: "fewest possible mean",
                look: Look::Beside,
            },
        ],
    },
    Plot {
        title: "Offload",
        unit: "share of the possible offload",
        span: (0.9, 1.0),
        places: 4,
        lines: &[Line {
            figure: "ratio",
            label: "offload / possible",
            look: Look::Middle,
        }],
    },
    Plot {
        title: "Delivery",
        unit: "seconds from published to complete at a viewer",
        span: (0.0, 1.0),
        places: 2,
        lines: &[
            Line {
                figure: "delivery_p50",
                label: "median",
                look: Look::Middle,
            },
            Line {
                figure: "delivery_p95",
                label: "95th percentile",
                look: Look::High,
            },
            Line {
                figure: "delivery_shortest",
                label: "shortest through peers",
                look: Look::Beside,
            },
        ],
    },
    Plot {
        title: "Stalls",
        unit: "stalls of all viewers together",
        span: (0.0, 5.0),
        places: 0,
        lines: &[
            Line {
                figure: "stalls",
                label: "with peers",
                look: Look::Middle,
            },
            Line {
                figure: "stalls_http",
                label: "HTTP only",
                look: Look::Beside,
            },
        ],
    },
];

/// All that the page says.
#[derive(Debug)]
pub(super) struct Page {
    /// The command line that made it.
    pub(super) command: String,
    /// A text that names the seeds.
    pub(super) seeds: String,
    /// A sentence that says what was measured.
    pub(super) measured: String,
    /// One for each axis.
    pub(super) rows: Vec<Row>,
    /// How many runs failed.
    pub(super) failed: usize,
}

/// Plots over one axis.
#[derive(Debug)]
pub(super) struct Row {
    /// What the row's figures are plotted over.
    pub(super) title: String,
    /// A note on what is the same for all points.
    pub(super) note: String,
    /// The axis's name, with its unit.
    pub(super) axis: &'static str,
    /// From left to right.
    pub(super) points: Vec<Point>,
}

impl Page {
    /// The whole document.
    pub(super) fn html(&self) -> String {
        let rows: String = self.rows.iter().map(Row::html).collect();
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <title>Simulated swarms</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
             <h1>Simulated swarms</h1>\n<p>{} {}</p>\n<p>Made by <code>{}</code></p>\n{}{rows}</main>\n</body>\n</html>\n",
            escape(&self.measured),
            escape(&self.seeds),
            escape(&self.command),
            self.warning(),
        )
    }

    /// A word on runs that failed; nothing where none did.
    fn warning(&self) -> String {
        if self.failed == 0 {
            return String::new();
        }
        format!(
            "<p class=\"warning\">Failed runs: {}. Their seeds are not in the figures.</p>\n",
            self.failed
        )
    }
}

impl Row {
    fn html(&self) -> String {
        let plots: String = PLOTS.iter().map(|plot| self.plot(plot)).collect();
        format!(
            "<section>\n<h2>{}</h2>\n<p>{}</p>\n<div class=\"plots\">\n{plots}</div>\n</section>\n",
            escape(&self.title),
            escape(&self.note)
        )
    }

    fn plot(&self, plot: &Plot) -> String {
        format!(
            "<figure>\n<figcaption>{}</figcaption>\n{}{}{}</figure>\n",
            escape(plot.title),
            plot.legend(),
            plot.svg(self.axis, &self.points),
            plot.table(self.axis, &self.points)
        )
    }
}

/// Text that may stand in an element or an attribute.
pub(super) fn escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, letter| {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            _ => escaped.push(letter),
        }
        escaped
    })
}
