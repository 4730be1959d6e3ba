//! Bounds of delay: how many a unit reaches in a time, and how long a segment takes to reach all.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// How many have a unit of `bits` by `window` microseconds, where `first` got it from the origin at 0: whoever has it
/// sends it on, the fastest get it first ("snowball": Liu, MM 2007), and each hop takes `latency` more.
///
/// `uplinks` are sorted, the fastest first. It is optimistic, and so a bound: a sender's whole uplink is spent on this unit.
pub fn reach(first: usize, uplinks: &[u64], bits: u64, window: u64, latency: u64) -> usize {
    let count = uplinks.len();
    let mut reached = first.min(count);
    let takes = |rate: u64| (rate > 0).then(|| bits.saturating_mul(1_000_000) / rate);
    let mut sending: BinaryHeap<Reverse<(u64, u64)>> = uplinks[..reached]
        .iter()
        .filter_map(|rate| takes(*rate).map(|takes| Reverse((takes, takes))))
        .collect();
    while reached < count {
        let Some(Reverse((done, takes_sender))) = sending.pop() else {
            break;
        };
        if done + latency > window {
            break;
        }
        sending.push(Reverse((done + takes_sender, takes_sender)));
        if let Some(takes) = takes(uplinks[reached]) {
            sending.push(Reverse((done + latency + takes, takes)));
        }
        reached += 1;
    }
    reached
}

/// The fewest copies with which everybody has a unit in time, those counted who get it from the origin at the end.
pub fn copies_for_delay(uplinks: &[u64], bits: u64, window: u64, latency: u64) -> usize {
    let count = uplinks.len();
    let copies = |first: usize| first + (count - reach(first, uplinks, bits, window, latency));
    // The more copies at first, the fewer are missed; the sum falls, then rises.
    let mut best = copies(1).min(count);
    let mut first = 2;
    while first < best {
        best = best.min(copies(first));
        first += 1;
    }
    best.max(usize::from(count > 0))
}

/// The shortest time in which a segment of `bits`, which the origin sends once at `origin` bits per second split over `parts`
/// viewers, can reach all: the slowest downlink, the way through the fastest senders, or all uplinks together.
///
/// `uplinks` are sorted, the fastest first.
pub fn shortest_spread(uplinks: &[u64], slowest_downlink: u64, bits: u64, origin: u64, parts: usize) -> u64 {
    let time = |bits: u64, rate: u64| {
        bits.saturating_mul(1_000_000)
            .checked_div(rate)
            .unwrap_or(u64::MAX)
    };
    let parts = parts.clamp(1, uplinks.len().max(1));
    let top: u64 = uplinks.iter().take(parts).sum();
    let all: u64 = uplinks.iter().sum();
    let others = uplinks.len().saturating_sub(1) as u64;
    let through = time(bits / parts as u64, origin).saturating_add(time(bits, top));
    time(bits, slowest_downlink)
        .max(through)
        .max(time(bits * others, all))
}

#[cfg(test)]
mod tests;
