//! What the rounds have shown: medians for each server, ratios of servers that ran in the same round, and whether the goals
//! are met.

mod join;

use std::fmt::Write;
use std::time::Duration;

use serde_json::{Value, json};

use crate::loads::{Arrival, Load};
use crate::statistics::median;

pub(crate) use self::join::join_figures;

/// How the project's own server is called, and the anchors.
pub(crate) const OURS: &str = "fugitive-signaling";
pub(crate) const AQUATIC: &str = "aquatic_ws";
pub(crate) const BITTORRENT_TRACKER: &str = "bittorrent-tracker";

/// One round of one server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) arrival: Arrival,
    /// The share of a core that the silent crowd takes; watched in the first round alone.
    pub(crate) silence: Option<f64>,
    pub(crate) closed: Load,
    pub(crate) open: Load,
}

/// A server's rounds, in order; `None` where one failed.
#[derive(Debug)]
pub(crate) struct Rounds {
    pub(crate) server: &'static str,
    pub(crate) samples: Vec<Option<Sample>>,
}

/// A value, and what it has to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    pub(crate) name: String,
    /// `None` where a server is missing.
    pub(crate) value: Option<f64>,
    pub(crate) unit: &'static str,
    pub(crate) goal: Option<Goal>,
}

/// A bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
    Below(f64),
}

/// A column of the table: a value of a round.
type Column = (&'static str, &'static str, fn(&Sample) -> Option<f64>);

/// Name in figures, unit, value.
const COLUMNS: [Column; 12] = [
    ("memory_per_idle_connection", "KiB", |sample| {
        Some(sample.arrival.kib)
    }),
    ("cpu_per_connect", "us", |sample| Some(sample.arrival.micros)),
    ("idle_core", "%", percent),
    ("relays_per_cpu_second", "1/s", |sample| {
        Some(sample.closed.relays_per_second())
    }),
    ("closed_p50", "ms", |sample| Some(millis(sample.closed.p50))),
    ("closed_p99", "ms", |sample| Some(millis(sample.closed.p99))),
    ("closed_lost", "count", |sample| Some(sample.closed.lost as f64)),
    ("open_p50", "ms", |sample| Some(millis(sample.open.p50))),
    ("open_p99", "ms", |sample| Some(millis(sample.open.p99))),
    ("open_lost", "count", |sample| Some(sample.open.lost as f64)),
    ("open_cpu_per_relay", "us", |sample| {
        Some(1e6 / sample.open.relays_per_second())
    }),
    ("client_by_server_cpu", "ratio", |sample| {
        Some(sample.closed.client_share())
    }),
];

impl Goal {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
            Self::Below(end) => value < end,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(least) => format!(">= {least}"),
            Self::AtMost(most) => format!("<= {most}"),
            Self::Below(end) => format!("< {end}"),
        }
    }
}

impl Figure {
    /// Whether its goal is met, where it has one and a value.
    pub(crate) fn holds(&self) -> Option<bool> {
        Some(self.goal?.holds(self.value?))
    }

    fn json(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "goal": self.goal.map(Goal::text),
            "holds": self.holds(),
        })
    }
}

/// What the issue asks for, then the raw values of each server.
pub(crate) fn figures(all: &[Rounds], silent: usize) -> Vec<Figure> {
    let relays = |sample: &Sample| sample.closed.relays_per_second();
    let memory = |sample: &Sample| sample.arrival.kib;
    let connect = |sample: &Sample| sample.arrival.micros;
    let wait = |sample: &Sample| millis(sample.open.p99);
    let ours = |value: fn(&Sample) -> Option<f64>| find(all, OURS).and_then(|rounds| middle(rounds, value));
    let figure = |name: &str, value, unit, goal| Figure {
        name: name.to_owned(),
        value,
        unit,
        goal,
    };
    let best = best_anchor(all, wait);
    let mut figures = vec![
        figure(
            "relays_ratio_aquatic",
            ratio(all, AQUATIC, relays),
            "ratio",
            Some(Goal::AtLeast(2.0)),
        ),
        figure(
            "relays_ratio_bittorrent_tracker",
            ratio(all, BITTORRENT_TRACKER, relays),
            "ratio",
            Some(Goal::AtLeast(2.5)),
        ),
        figure(
            "memory_per_idle_connection",
            ours(|sample| Some(sample.arrival.kib)),
            "KiB",
            Some(Goal::AtMost(12.0)),
        ),
        figure(
            "memory_ratio_aquatic",
            ratio(all, AQUATIC, memory),
            "ratio",
            Some(Goal::AtMost(0.5)),
        ),
        figure(
            "open_p99_ratio_best_anchor",
            best.and_then(|anchor| ratio(all, anchor, wait)),
            "ratio",
            Some(Goal::AtMost(0.8)),
        ),
        figure(
            &format!("idle_{silent}_core"),
            ours(percent),
            "%",
            Some(Goal::Below(1.0)),
        ),
        figure(
            "connect_ratio_aquatic",
            ratio(all, AQUATIC, connect),
            "ratio",
            None,
        ),
    ];
    for rounds in all {
        for (name, unit, value) in COLUMNS {
            let name = format!("{}.{name}", rounds.server);
            figures.push(Figure {
                name,
                value: middle(rounds, value),
                unit,
                goal: None,
            });
        }
    }
    figures
}

/// For a program.
pub(crate) fn json(figures: &[Figure]) -> String {
    let figures: Vec<Value> = figures.iter().map(Figure::json).collect();
    json!({ "figures": figures }).to_string()
}

/// For a person.
pub(crate) fn table(all: &[Rounds], figures: &[Figure]) -> String {
    let mut text = String::new();
    let is_measured = all.iter().any(|rounds| !rounds.samples.is_empty());
    if is_measured {
        text = medians(all);
    }
    for figure in figures.iter().filter(|figure| figure.goal.is_some()) {
        let verdict = match figure.holds() {
            Some(true) => "holds",
            Some(false) => "MISSED",
            None => "not measured",
        };
        let goal = figure.goal.map(Goal::text).unwrap_or_default();
        let name = format!("{}, {}", figure.name, figure.unit);
        let _ = write!(
            text,
            "\n{name:<42}{:>12}   goal {goal:<8} {verdict}",
            shown(figure.value)
        );
    }
    text
}

fn medians(all: &[Rounds]) -> String {
    let mut text = format!("{:<34}", "median of the rounds");
    for rounds in all {
        let _ = write!(text, "{:>20}", rounds.server);
    }
    for (name, unit, value) in COLUMNS {
        let _ = write!(text, "\n{:<34}", format!("{name}, {unit}"));
        for rounds in all {
            let _ = write!(text, "{:>20}", shown(middle(rounds, value)));
        }
    }
    text.push('\n');
    text
}

fn shown(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value >= 1_000.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) => format!("{value:.2}"),
    }
}

fn find<'a>(all: &'a [Rounds], server: &str) -> Option<&'a Rounds> {
    all.iter().find(|rounds| rounds.server == server)
}

fn middle(rounds: &Rounds, value: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
    median(rounds.samples.iter().flatten().filter_map(value))
}

/// The middle of the rounds' ratios: what slowed the machine down in a round slowed both.
fn ratio(all: &[Rounds], anchor: &str, value: impl Fn(&Sample) -> f64) -> Option<f64> {
    let (ours, anchor) = (find(all, OURS)?, find(all, anchor)?);
    let pairs = ours.samples.iter().zip(&anchor.samples);
    let ratios = pairs.filter_map(|(ours, anchor)| Some(value(ours.as_ref()?) / value(anchor.as_ref()?)));
    median(ratios.filter(|ratio| ratio.is_finite()))
}

/// The anchor whose value is the smallest.
fn best_anchor(all: &[Rounds], value: impl Fn(&Sample) -> f64) -> Option<&'static str> {
    let anchors = all.iter().filter(|rounds| rounds.server != OURS);
    let values =
        anchors.filter_map(|rounds| Some((middle(rounds, |sample| Some(value(sample)))?, rounds.server)));
    values
        .min_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, server)| server)
}

fn percent(sample: &Sample) -> Option<f64> {
    Some(sample.silence? * 100.0)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests;
