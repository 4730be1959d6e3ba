//! Goals: what a figure has to be.

use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// On which side of its value a figure has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// At least.
    Least,
    /// At most.
    Most,
}

/// A figure's goal, written as `">= 0.99"` or `"<= 1.6"`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// The side of the limit.
    pub bound: Bound,
    /// The limit.
    pub value: f64,
}

/// A goal does not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a goal such as \">= 0.99\" or \"<= 1.6\"")]
pub struct BadGoal(String);

impl Goal {
    /// Reads one.
    ///
    /// # Errors
    /// When it is something else than `>=` or `<=`, and a number.
    pub fn parse(text: &str) -> Result<Self, BadGoal> {
        let bad = || BadGoal(text.to_owned());
        let (bound, value) = match (text.strip_prefix(">="), text.strip_prefix("<=")) {
            (Some(value), _) => (Bound::Least, value),
            (_, Some(value)) => (Bound::Most, value),
            (None, None) => return Err(bad()),
        };
        let value: f64 = value.trim().parse().map_err(|_| bad())?;
        if !value.is_finite() {
            return Err(bad());
        }
        Ok(Self { bound, value })
    }

    /// Whether a figure is as it has to be.
    pub fn holds(&self, figure: f64) -> bool {
        match self.bound {
            Bound::Least => figure >= self.value,
            Bound::Most => figure <= self.value,
        }
    }
}

impl std::fmt::Display for Goal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = match self.bound {
            Bound::Least => ">=",
            Bound::Most => "<=",
        };
        write!(f, "{sign} {}", self.value)
    }
}

impl<'de> Deserialize<'de> for Goal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}
