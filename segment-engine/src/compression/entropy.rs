//! How much a byte says, in whole numbers: the same on every machine.

/// One bit, in the unit of [`of_bytes`].
pub(super) const BIT: u64 = 1 << FRACTION;

const FRACTION: u32 = 16;

/// The entropy of a byte, counted over some samples (Shannon, order 0); 8 [`BIT`]s for random ones, 0 for none.
pub(super) fn of_bytes<'a>(samples: impl Iterator<Item = &'a [u8]>) -> u64 {
    let mut counts = [0_u32; 256];
    for byte in samples.flatten() {
        counts[usize::from(*byte)] += 1;
    }
    let total: u32 = counts.iter().sum();
    if total == 0 {
        return 0;
    }
    // log2(n) - sum(c x log2(c)) / n. With at most 2^32 bytes in all, the sum stays below 2^53.
    let weighted: u64 = counts.iter().map(|count| u64::from(*count) * log2(*count)).sum();
    log2(total).saturating_sub(weighted / u64::from(total))
}

/// The logarithm to base 2 of a number, in [`BIT`]s, rounded down; 0 for 0.
fn log2(number: u32) -> u64 {
    let Some(whole) = number.checked_ilog2() else {
        return 0;
    };
    // In [1, 2) with 31 bits of fraction: squared it gives the next bit of the logarithm, whether it reaches 2.
    let mut mantissa = u64::from(number) << (31 - whole);
    let mut log = u64::from(whole);
    for _ in 0..FRACTION {
        mantissa = (mantissa * mantissa) >> 31;
        let reached = mantissa >> 32;
        mantissa >>= reached;
        log = log << 1 | reached;
    }
    log
}

#[cfg(test)]
mod tests;
