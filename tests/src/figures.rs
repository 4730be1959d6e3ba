//! Figures: what is printed of a scenario's runs, each the median over seeds, with its goal.

mod possible;
mod table;

pub use table::{NAMES, Unit};

use std::collections::BTreeMap;

use serde::Serialize;

use crate::run::Seen;
use crate::scenario::{Goal, Scenario};

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// Its name, as goals name it.
    pub name: String,
    /// Its value.
    pub value: f64,
    /// The value's unit.
    pub unit: &'static str,
    /// Its goal, if the scenario has one for it.
    pub goal: Option<String>,
    /// Whether the value meets the goal.
    pub holds: Option<bool>,
}

/// The results of one seed: the run, the same with HTTP only, and the time that the run took.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The run with peers.
    pub peers: Seen,
    /// The run with HTTP only.
    pub http: Seen,
    /// CPU seconds of the run with peers.
    pub cpu: f64,
}

/// The figures of one seed, by name.
pub fn of_seed(scenario: &Scenario, pair: &Pair) -> BTreeMap<&'static str, f64> {
    table::values(scenario, pair)
}

/// The medians over seeds, in the order in which they are printed.
pub fn medians(scenario: &Scenario, seeds: &[BTreeMap<&'static str, f64>]) -> Vec<Figure> {
    let mut figures = Vec::new();
    for (name, unit) in NAMES {
        let mut values: Vec<f64> = seeds.iter().filter_map(|seed| seed.get(name).copied()).collect();
        values.sort_unstable_by(f64::total_cmp);
        let Some(value) = median(&values) else {
            continue;
        };
        let goal: Option<&Goal> = scenario.goals.get(name);
        figures.push(Figure {
            name: name.to_owned(),
            value,
            unit: unit.text(),
            goal: goal.map(ToString::to_string),
            holds: goal.map(|goal| goal.holds(value)),
        });
    }
    figures
}

/// The middle of sorted values; the mean of the two in the middle where there is none.
fn median(values: &[f64]) -> Option<f64> {
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some((values[middle - 1] + upper) / 2.0)
}

#[cfg(test)]
mod tests;
