//! Quantities with their units, as a scenario writes them: "4s", "250ms", "30min"; "50Mbit", "800kbit".

use serde::{Deserialize, Deserializer};
use thiserror::Error;

/// A quantity does not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{text}` is not {expected}")]
pub(crate) struct BadQuantity {
    text: String,
    expected: &'static str,
}

/// A time in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Time(pub(crate) u64);

/// A rate in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Rate(pub(crate) u64);

impl Time {
    pub(crate) const fn seconds(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }

    pub(crate) const fn millis(millis: u64) -> Self {
        Self(millis * 1_000)
    }

    fn parse(text: &str) -> Result<Self, BadQuantity> {
        const UNITS: [(&str, f64); 4] = [("ms", 1e3), ("min", 6e7), ("s", 1e6), ("h", 3.6e9)];
        quantity(
            text,
            &UNITS,
            "a time such as \"250ms\", \"4s\", \"30min\" or \"2h\"",
        )
        .map(Self)
    }
}

impl Rate {
    pub(crate) const fn mbit(mbit: u64) -> Self {
        Self(mbit * 1_000_000)
    }

    fn parse(text: &str) -> Result<Self, BadQuantity> {
        const UNITS: [(&str, f64); 3] = [("kbit", 1e3), ("Mbit", 1e6), ("Gbit", 1e9)];
        quantity(text, &UNITS, "a rate such as \"800kbit\", \"4Mbit\" or \"1Gbit\"").map(Self)
    }
}

fn quantity(text: &str, units: &[(&str, f64)], expected: &'static str) -> Result<u64, BadQuantity> {
    let bad = || BadQuantity {
        text: text.to_owned(),
        expected,
    };
    let (number, factor) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))
        .ok_or_else(bad)?;
    let number: f64 = number.trim().parse().map_err(|_| bad())?;
    if !number.is_finite() || number < 0.0 || number * factor > 1e15 {
        return Err(bad());
    }
    Ok((number * factor).round() as u64)
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
