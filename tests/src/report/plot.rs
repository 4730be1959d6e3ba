//! Plots: lines over one axis as SVG, told apart by dashes and markers as well as by colour.

use std::collections::BTreeMap;

use super::axis::{Scale, Ticks};
use super::look::Look;
use super::page::escape;

/// The paper, in the units of its view box, about a phone's pixels.
const SIZE: (f64, f64) = (400.0, 250.0);

/// The rectangle of the lines: left, top, right, bottom.
const FRAME: (f64, f64, f64, f64) = (44.0, 30.0, 386.0, 206.0);

/// The first and last points lie so far within the frame.
const INSET: f64 = 14.0;

/// One plot, and what it shows of each point.
#[derive(Debug)]
pub(super) struct Plot {
    /// The title.
    pub(super) title: &'static str,
    /// The vertical axis's name, with its unit.
    pub(super) unit: &'static str,
    /// The least range of the vertical axis.
    pub(super) span: (f64, f64),
    /// Decimals in the table.
    pub(super) places: usize,
    /// Its lines, at most as many as there are looks in the page's style.
    pub(super) lines: &'static [Line],
}

/// One line of a plot.
#[derive(Debug)]
pub(super) struct Line {
    /// The figure's name.
    pub(super) figure: &'static str,
    /// The text in the legend.
    pub(super) label: &'static str,
    /// How it is drawn.
    pub(super) look: Look,
}

/// The figures of one place on the axis.
#[derive(Debug)]
pub(super) struct Point {
    /// Its place on the horizontal axis.
    pub(super) at: f64,
    /// Its figures by name; none where its runs failed.
    pub(super) figures: BTreeMap<String, f64>,
}

impl Plot {
    /// The plot as SVG, over an axis of this name.
    pub(super) fn svg(&self, axis: &str, points: &[Point]) -> String {
        let ticks = self.ticks(points);
        let across = across(points);
        let up = Scale {
            values: ticks.ends(),
            places: (FRAME.3, FRAME.1),
        };
        let lines: String = self
            .lines
            .iter()
            .map(|line| self.line(line, points, &across, &up))
            .collect();
        format!(
            "<svg class=\"plot\" viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}, over {}; the table below has the \
             figures\">{}{}{lines}</svg>\n",
            SIZE.0,
            SIZE.1,
            escape(self.title),
            escape(axis),
            self.upward(&ticks, &up),
            sideward(axis, points, &across),
        )
    }

    /// Ticks that span all lines.
    fn ticks(&self, points: &[Point]) -> Ticks {
        let values = points.iter().flat_map(|point| {
            self.lines
                .iter()
                .filter_map(|line| point.figures.get(line.figure))
        });
        let (low, high) = values.fold(self.span, |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
        Ticks::over(low, high)
    }

    /// The axis upwards: its unit, and a line with a number at each tick.
    fn upward(&self, ticks: &Ticks, up: &Scale) -> String {
        let mut svg = text(2.0, 13.0, "unit", self.unit);
        for tick in &ticks.at {
            let y = up.place(*tick);
            svg += &format!(
                "<path class=\"grid\" d=\"M{} {y:.1}H{}\"/>{}",
                FRAME.0,
                FRAME.2,
                text(FRAME.0 - 6.0, y + 4.5, "up", &ticks.label(*tick))
            );
        }
        svg
    }

    /// One line, with a marker at each point that shows its figure when the pointer is over it.
    fn line(&self, line: &Line, points: &[Point], across: &Scale, up: &Scale) -> String {
        let places: Vec<Option<(f64, f64)>> = points
            .iter()
            .map(|point| {
                let value = point.figures.get(line.figure)?;
                Some((across.place(point.at), up.place(*value)))
            })
            .collect();
        let mut svg = format!(
            "<g class=\"{}\"><path class=\"line\" d=\"{}\"/>",
            line.look.class(),
            path(&places)
        );
        for (point, place) in points.iter().zip(&places) {
            let Some((x, y)) = place else { continue };
            svg += &format!(
                "<path class=\"dot\" d=\"{}\"><title>{}, at {}: {}</title></path>",
                line.look.marker(*x, *y),
                escape(line.label),
                point.at,
                number(point.figures.get(line.figure).copied(), self.places)
            );
        }
        svg + "</g>"
    }

    /// The legend of the lines.
    pub(super) fn legend(&self) -> String {
        let lines = self.lines.iter();
        let items: String = lines
            .map(|line| format!("<li>{}{}</li>", line.look.swatch(), escape(line.label)))
            .collect();
        format!("<ul class=\"legend\">{items}</ul>\n")
    }

    /// The figures, one line for each point.
    pub(super) fn table(&self, axis: &str, points: &[Point]) -> String {
        let lines = self.lines.iter();
        let heads: String = lines
            .map(|line| format!("<th scope=\"col\">{}</th>", escape(line.label)))
            .collect();
        let mut rows = String::new();
        for point in points {
            let lines = self.lines.iter();
            let cells: String = lines
                .map(|line| {
                    let value = point.figures.get(line.figure).copied();
                    format!("<td>{}</td>", number(value, self.places))
                })
                .collect();
            rows += &format!("<tr><th scope=\"row\">{}</th>{cells}</tr>", point.at);
        }
        format!(
            "<table><caption>{}</caption><thead><tr><th scope=\"col\">{}</th>{heads}</tr></thead>\
             <tbody>{rows}</tbody></table>\n",
            escape(self.unit),
            escape(axis)
        )
    }
}

/// The horizontal scale of the points.
fn across(points: &[Point]) -> Scale {
    let at = |point: Option<&Point>| point.map_or(0.0, |point| point.at);
    Scale {
        values: (at(points.first()), at(points.last())),
        places: (FRAME.0 + INSET, FRAME.2 - INSET),
    }
}

/// The axis to the right: a number below each point, and the axis's name.
fn sideward(axis: &str, points: &[Point], across: &Scale) -> String {
    let mut svg = String::new();
    for point in points {
        let x = across.place(point.at);
        svg += &format!(
            "<path class=\"axis\" d=\"M{x:.1} {}v4\"/>{}",
            FRAME.3,
            text(x, FRAME.3 + 18.0, "across", &point.at.to_string())
        );
    }
    let axis = text(f64::midpoint(FRAME.0, FRAME.2), SIZE.1 - 6.0, "across", axis);
    svg + &format!(
        "<path class=\"axis\" d=\"M{} {}H{}\"/>",
        FRAME.0, FRAME.3, FRAME.2
    ) + &axis
}

fn text(x: f64, y: f64, class: &str, words: &str) -> String {
    format!(
        "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{}</text>",
        escape(words)
    )
}

/// A line through places, with a gap where there is none.
pub(super) fn path(places: &[Option<(f64, f64)>]) -> String {
    let mut path = String::new();
    let mut command = 'M';
    for place in places {
        let Some((x, y)) = place else {
            command = 'M';
            continue;
        };
        path += &format!("{command}{x:.1} {y:.1}");
        command = 'L';
    }
    path
}

/// A figure as the table has it; a half that is a median of whole numbers keeps its decimal.
pub(super) fn number(value: Option<f64>, places: usize) -> String {
    let Some(value) = value else {
        return "failed".to_owned();
    };
    let places = if value.fract() == 0.0 {
        places
    } else {
        places.max(1)
    };
    format!("{value:.places$}")
}
