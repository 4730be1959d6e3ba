//! Divides one upload limit among streams: who asks for more gets what the others leave, and nobody falls below a floor.

use segment_engine::config::BitsPerSecond;

/// The part of an equal share that a stream keeps however little it asks for, as a divisor: with it viewers who come are
/// served until the next division.
const FLOOR: u64 = 10;

/// What a stream asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wish {
    /// Its own limit, if it has one.
    pub(super) own: Option<BitsPerSecond>,
    /// How much it can use.
    pub(super) demand: Demand,
}

/// How much a stream can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Demand {
    /// So much, and no more.
    UpTo(BitsPerSecond),
    /// All that it is given.
    Everything,
}

impl Wish {
    fn own(&self) -> u64 {
        self.own.map_or(u64::MAX, |own| own.0)
    }

    fn demand(&self) -> u64 {
        match self.demand {
            Demand::UpTo(rate) => rate.0,
            Demand::Everything => u64::MAX,
        }
    }
}

/// The share of each stream, in their order: max-min fair over their demands, each between the floor and its own limit.
/// Beyond the demands the rest goes to those that have least. All together are never more than `total`; what division
/// leaves over, less than a bit per second for each stream, is not given.
pub(super) fn shares(total: BitsPerSecond, wishes: &[Wish]) -> Vec<BitsPerSecond> {
    let floor = floor(total, wishes.len());
    let wished = |wish: &Wish| Bounds {
        least: floor.min(wish.own()),
        most: wish.demand().max(floor).min(wish.own()),
    };
    let wished: Vec<_> = wishes.iter().map(wished).collect();
    if sum(wished.iter().map(|bounds| bounds.most)) > u128::from(total.0) {
        return fill(total, &wished);
    }
    let met = wished.iter().zip(wishes).map(|(bounds, wish)| Bounds {
        least: bounds.most,
        most: wish.own(),
    });
    fill(total, &met.collect::<Vec<_>>())
}

/// What each of so many streams has at least, unless its own limit is lower.
fn floor(total: BitsPerSecond, streams: usize) -> u64 {
    total.0 / (streams.max(1) as u64 * FLOOR)
}

/// The bounds of a share, in bits per second.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    least: u64,
    most: u64,
}

/// Raises all shares to one level, as far as their bounds let them: the highest at which they are together no more than
/// `total`, as they are at their least.
fn fill(total: BitsPerSecond, bounds: &[Bounds]) -> Vec<BitsPerSecond> {
    let at = |level: u64| {
        bounds
            .iter()
            .map(move |bounds| level.clamp(bounds.least, bounds.most))
    };
    // The highest level lies in here.
    let (mut low, mut high) = (0, total.0);
    while low < high {
        let middle = high - (high - low) / 2;
        if sum(at(middle)) <= u128::from(total.0) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    at(low).map(BitsPerSecond).collect()
}

fn sum(rates: impl Iterator<Item = u64>) -> u128 {
    rates.map(u128::from).sum()
}

#[cfg(test)]
mod tests;
