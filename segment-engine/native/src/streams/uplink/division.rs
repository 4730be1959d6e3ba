//! The division of the process's upload limit: what each stream has uploaded, what that says of its demand, and the limit
//! that its engine was told.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use segment_engine::config::BitsPerSecond;

use super::shares::{Demand, Wish, shares};

/// The limit of a stream that starts, until it has a share: the lowest that an engine can be configured with.
const FIRST: BitsPerSecond = BitsPerSecond(1_000_000);
/// Less time than this tells nothing of a rate.
const LEAST_TIME: Duration = Duration::from_millis(200);
/// The part of its share, in percent, from which on a stream can use more than it has.
const ALL_PERCENT: u64 = 90;
/// How much of what it used lately a stream can use next, in percent, and how much where it refused peers. The first is
/// such that a stream that goes on as before stays below [`ALL_PERCENT`] of it. The second is bounded because a limit for
/// each peer has peers refused as well, and more for the stream would not help them.
const ROOM_PERCENT: u64 = 125;
const REFUSING_PERCENT: u64 = 200;
/// What is left each second of the most that a stream used, in percent: live streams upload in bursts of some seconds.
const KEPT_PERCENT: u64 = 85;

/// What a stream's engine has counted since it was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Counted {
    /// Bytes uploaded.
    pub(super) uploaded: u64,
    /// Requests refused.
    pub(super) refused: u64,
}

/// A limit for the engine of the stream that has this handle; `None` is no limit.
pub(super) type Told<T> = (T, Option<BitsPerSecond>);

/// The limits that are to be told: first those that are lowered, and when they are told those that are raised, so that
/// they never add up to more than the total.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Changes<T> {
    pub(super) lowered: Vec<Told<T>>,
    pub(super) raised: Vec<Told<T>>,
}

/// The division among streams, each with a handle to tell its engine by.
#[derive(Debug)]
pub(super) struct Division<T> {
    total: Option<BitsPerSecond>,
    streams: BTreeMap<String, Stream<T>>,
    /// How many streams have begun.
    begun: u64,
}

/// A stream of a division. One that starts anew under the same name is another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number(u64);

#[derive(Debug)]
struct Stream<T> {
    number: Number,
    handle: T,
    own: Option<BitsPerSecond>,
    /// The limit that its engine has, or is about to have.
    told: Option<BitsPerSecond>,
    counted: Counted,
    noted: Instant,
    /// The rate that it used lately.
    used: u64,
    demand: Demand,
}

impl<T> Default for Division<T> {
    fn default() -> Self {
        Self {
            total: None,
            streams: BTreeMap::new(),
            begun: 0,
        }
    }
}

impl<T: Clone> Division<T> {
    /// Sets the total; returns the one before.
    pub(super) fn set_total(&mut self, total: Option<BitsPerSecond>) -> Option<BitsPerSecond> {
        std::mem::replace(&mut self.total, total)
    }

    /// The total.
    pub(super) fn total(&self) -> Option<BitsPerSecond> {
        self.total
    }

    /// The limit that a stream is started with.
    pub(super) fn first(&self, own: Option<BitsPerSecond>) -> Option<BitsPerSecond> {
        match (self.total, own) {
            (None, own) => own,
            (Some(_), own) => Some(own.map_or(FIRST, |own| own.min(FIRST))),
        }
    }

    /// Adds a stream that was started with its first limit.
    pub(super) fn begin(&mut self, name: &str, handle: T, own: Option<BitsPerSecond>, now: Instant) {
        self.begun += 1;
        let stream = Stream {
            number: Number(self.begun),
            handle,
            own,
            told: self.first(own),
            counted: Counted::default(),
            noted: now,
            used: 0,
            demand: Demand::UpTo(BitsPerSecond(0)),
        };
        self.streams.insert(name.to_owned(), stream);
    }

    /// Forgets a stream that admits nothing any more.
    pub(super) fn end(&mut self, name: &str) {
        self.streams.remove(name);
    }

    /// The streams' handles.
    pub(super) fn handles(&self) -> Vec<(Number, T)> {
        let streams = self.streams.values();
        streams
            .map(|stream| (stream.number, stream.handle.clone()))
            .collect()
    }

    /// Notes what a stream has counted; nothing where it has ended.
    pub(super) fn note(&mut self, number: Number, now: Instant, counted: Counted) {
        let mut streams = self.streams.values_mut();
        if let Some(stream) = streams.find(|stream| stream.number == number) {
            stream.note(now, counted);
        }
    }

    /// Divides the total anew. What is returned counts as told.
    pub(super) fn divide(&mut self) -> Changes<T> {
        let wishes = self.streams.values().map(|stream| Wish {
            own: stream.own,
            demand: stream.demand,
        });
        let wishes: Vec<_> = wishes.collect();
        let limits: Vec<_> = match self.total {
            Some(total) => shares(total, &wishes).into_iter().map(Some).collect(),
            None => wishes.iter().map(|wish| wish.own).collect(),
        };
        let mut changes = Changes {
            lowered: Vec::new(),
            raised: Vec::new(),
        };
        for (stream, limit) in self.streams.values_mut().zip(limits) {
            let before = std::mem::replace(&mut stream.told, limit);
            if limit == before {
                continue;
            }
            let is_lower = before.is_none_or(|before| limit.is_some_and(|limit| limit < before));
            let told = (stream.handle.clone(), limit);
            if is_lower {
                changes.lowered.push(told);
            } else {
                changes.raised.push(told);
            }
        }
        changes
    }

    /// Each stream's share, by its name; nothing without a total.
    pub(super) fn shares(&self) -> Vec<(String, BitsPerSecond)> {
        let streams = self.streams.iter().filter(|_| self.total.is_some());
        streams
            .filter_map(|(name, stream)| Some((name.clone(), stream.told?)))
            .collect()
    }
}

impl<T> Stream<T> {
    fn note(&mut self, now: Instant, counted: Counted) {
        let took = now.saturating_duration_since(self.noted);
        if took < LEAST_TIME {
            return;
        }
        let bytes = counted.uploaded.saturating_sub(self.counted.uploaded);
        let refused = counted.refused > self.counted.refused;
        self.noted = now;
        self.counted = counted;
        let rate = rate(bytes, took);
        self.used = rate.max(percent(self.used, KEPT_PERCENT));
        let share = self.told.map_or(u64::MAX, |told| told.0);
        let room = if refused { REFUSING_PERCENT } else { ROOM_PERCENT };
        self.demand = if rate > 0 && rate >= percent(share, ALL_PERCENT) {
            Demand::Everything
        } else {
            Demand::UpTo(BitsPerSecond(percent(self.used, room)))
        };
    }
}

/// The rate of so many bytes, in bits per second.
fn rate(bytes: u64, took: Duration) -> u64 {
    let bits = u128::from(bytes) * 8 * 1_000_000 / took.as_micros().max(1);
    u64::try_from(bits).unwrap_or(u64::MAX)
}

fn percent(rate: u64, percent: u64) -> u64 {
    let part = u128::from(rate) * u128::from(percent) / 100;
    u64::try_from(part).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
