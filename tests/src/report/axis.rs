//! Axes: where ticks go, and where a value lies on the paper.

/// A line has about so many steps.
const STEPS: f64 = 5.0;

/// The tolerance for floating-point errors, in steps.
const OFF: f64 = 1e-6;

/// Round numbers that span a range of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ticks {
    /// The ticks' values, from the lowest.
    pub(super) at: Vec<f64>,
    /// How many decimals tell them apart.
    places: usize,
}

impl Ticks {
    /// Ticks 1, 2 or 5 times a power of ten apart, the outer ones at or beyond the range's ends.
    pub(super) fn over(low: f64, high: f64) -> Self {
        let step = step((high - low) / STEPS);
        let first = (low / step + OFF).floor() as i64;
        let last = (high / step - OFF).ceil() as i64;
        Self {
            at: (first..=last).map(|count| count as f64 * step).collect(),
            places: (-(step.log10() + OFF).floor()).max(0.0) as usize,
        }
    }

    /// The lowest and the highest.
    pub(super) fn ends(&self) -> (f64, f64) {
        let first = self.at.first().copied().unwrap_or(0.0);
        (first, self.at.last().copied().unwrap_or(first))
    }

    /// A tick as it is written.
    pub(super) fn label(&self, tick: f64) -> String {
        format!("{tick:.0$}", self.places)
    }
}

/// The smallest round step that is not below this one.
fn step(least: f64) -> f64 {
    if least <= 0.0 {
        return 1.0;
    }
    let power = 10f64.powf(least.log10().floor());
    let factors = [1.0, 2.0, 5.0];
    let factor = factors
        .into_iter()
        .find(|factor| factor * power >= least * (1.0 - OFF));
    factor.unwrap_or(10.0) * power
}

/// Takes values to places on the paper, evenly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    /// Two values.
    pub(super) values: (f64, f64),
    /// The places of these values.
    pub(super) places: (f64, f64),
}

impl Scale {
    /// The place of a value; the first place for all if the two values are equal.
    pub(super) fn place(&self, value: f64) -> f64 {
        let ((low, high), (from, to)) = (self.values, self.places);
        let span = high - low;
        let part = if span == 0.0 { 0.0 } else { (value - low) / span };
        from + part * (to - from)
    }
}
