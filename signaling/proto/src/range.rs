//! Checks of values against what they may be, for every configuration of this crate and of the server.

use std::ops::RangeInclusive;

use thiserror::Error;

/// A value is not what it may be: correct it where it is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{field} must be {expected}")]
pub struct OutOfRange {
    /// The setting's name.
    pub field: &'static str,
    /// What it may be, in words.
    pub expected: &'static str,
}

/// Checks that a setting's value is within a range.
///
/// # Errors
/// When it is not.
pub fn in_range<T: PartialOrd>(
    field: &'static str,
    value: &T,
    range: &RangeInclusive<T>,
    expected: &'static str,
) -> Result<(), OutOfRange> {
    require(range.contains(value), field, expected)
}

/// Checks that what a setting needs `holds`.
///
/// # Errors
/// When it does not.
pub fn require(holds: bool, field: &'static str, expected: &'static str) -> Result<(), OutOfRange> {
    if holds {
        Ok(())
    } else {
        Err(OutOfRange { field, expected })
    }
}
