//! Figures with their goals, for people and for programs; medians, quantiles and spreads of what was measured.

use std::fmt::Write as _;

use serde_json::{Value, json};

/// A value, and what it has to be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    name: String,
    value: Option<f64>,
    unit: &'static str,
    goal: Option<Goal>,
}

/// A bound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(least) => format!(">= {least}"),
            Self::AtMost(most) => format!("<= {most}"),
        }
    }
}

impl Figure {
    /// A value without a goal, which explains others.
    pub(crate) fn plain(name: impl Into<String>, value: Option<f64>, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            goal: None,
        }
    }

    /// A value with a goal.
    pub(crate) fn aimed(name: impl Into<String>, value: Option<f64>, unit: &'static str, goal: Goal) -> Self {
        Self {
            goal: Some(goal),
            ..Self::plain(name, value, unit)
        }
    }

    fn holds(&self) -> Option<bool> {
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

/// For a program.
pub(crate) fn json(figures: &[Figure]) -> String {
    let figures: Vec<Value> = figures.iter().map(Figure::json).collect();
    json!({ "figures": figures }).to_string()
}

/// For a person.
pub(crate) fn table(figures: &[Figure]) -> String {
    let mut text = String::new();
    for figure in figures {
        let verdict = match (figure.goal, figure.holds()) {
            (None, _) => "",
            (_, Some(true)) => "holds",
            (_, Some(false)) => "MISSED",
            (_, None) => "not measured",
        };
        let goal = figure
            .goal
            .map(|goal| format!("goal {}", goal.text()))
            .unwrap_or_default();
        let name = format!("{}, {}", figure.name, figure.unit);
        let value = figure
            .value
            .map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"));
        let line = format!("{name:<52}{value:>12}   {goal:<14} {verdict}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}

/// The middle value, or the mean of the middle two; `None` where there are none.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let values = sorted(values);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(values[values.len() / 2 - 1], upper))
}

/// The value at or below which that share of the values lies, in percent.
pub(crate) fn quantile(values: impl IntoIterator<Item = f64>, percent: usize) -> Option<f64> {
    let values = sorted(values);
    let rank = (values.len() * percent).div_ceil(100).max(1) - 1;
    values.get(rank).copied()
}

/// The ratios of what ran in the same round: what slowed the machine down slowed both.
pub(crate) fn median_ratio(ours: &[Option<f64>], theirs: &[Option<f64>]) -> Option<f64> {
    let pairs = ours.iter().zip(theirs);
    let ratios = pairs.filter_map(|(ours, theirs)| Some((*ours)? / (*theirs)?));
    median(ratios.filter(|ratio| ratio.is_finite()))
}

/// How far the value that is the farthest from the mean is from it, as a share of the mean.
pub(crate) fn spread(values: &[f64]) -> Option<f64> {
    let mean = mean(values)?;
    let farthest = values
        .iter()
        .map(|value| (value - mean).abs())
        .fold(0.0, f64::max);
    Some(farthest / mean)
}

/// The mean; `None` where there are no values.
pub(crate) fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests;
