//! From `@duration` or SegmentTimeline to runs of segments (ISO/IEC 23009-1, 5.3.9.5 and 5.3.9.6).
//!
//! A timeline that many representations share is built once; what one manifest may cost in all is bounded.

use std::rc::Rc;
use std::sync::Arc;

use super::Limits;
use super::addressing::{Context, Fault};
use super::iso8601::Nanos;
use super::mpd::{Addressing, Step};
use crate::error::ManifestError;
use crate::timeline::Omission;
use crate::timeline::runs::{Run, RunError, RunList, Runs};

/// Runs of segments that all timelines of a manifest may hold together: 32 bytes each.
const MAX_RUNS: usize = 1 << 20;

/// Builds the times of segments.
pub(super) struct Times {
    segments: usize,
    runs: usize,
    last: Option<(TimelineKey, Arc<[Run]>)>,
}

/// What a timeline's runs depend on.
#[derive(Clone)]
struct TimelineKey {
    steps: Rc<[Step]>,
    end: Option<u64>,
    most: Option<u64>,
    /// The first number and the last, where the steps have numbers of their own.
    numbers: Option<(u64, Option<u64>)>,
}

impl PartialEq for TimelineKey {
    fn eq(&self, other: &Self) -> bool {
        let bounds = |key: &Self| (key.end, key.most, key.numbers);
        Rc::ptr_eq(&self.steps, &other.steps) && bounds(self) == bounds(other)
    }
}

impl Times {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            segments: limits.segments,
            runs: 0,
            last: None,
        }
    }

    /// The times of segments; `listed` is how many there are, where the manifest lists them.
    pub(super) fn runs(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
        listed: Option<u64>,
    ) -> Result<Runs, Fault> {
        let timescale = addressing.timescale.unwrap_or(1);
        let origin = addressing.origin.unwrap_or(0);
        let numbered = match addressing.end_number {
            Some(end) => Some(end.saturating_add(1).saturating_sub(start_number(addressing)?)),
            None => None,
        };
        let most = numbered.into_iter().chain(listed).min();
        let length = context.duration.map(|duration| ticks(duration, timescale));
        if let Some(steps) = &addressing.timeline {
            let end = length.map(|length| origin.saturating_add(length.down));
            let numbers = match is_numbered(steps) && listed.is_none() {
                true => Some((start_number(addressing)?, addressing.end_number)),
                false => None,
            };
            let key = TimelineKey {
                steps: Rc::clone(steps),
                end,
                most: if numbers.is_some() { listed } else { most },
                numbers,
            };
            let runs = self.timeline(key)?;
            let start = context.start.as_position();
            return Ok(Runs {
                timescale,
                origin,
                start,
                runs,
            });
        }
        let Some(duration) = addressing.duration else {
            return self.sole(addressing, context, listed);
        };
        let finer = |ticks: u64| ticks.checked_mul(duration.per).ok_or_else(overflow);
        let (timescale, origin, duration) = (finer(timescale)?, finer(origin)?, duration.ticks);
        let length = context.duration.map(|length| ticks(length, timescale));
        // A live list moves with its first number: a segment keeps its time when those before it are gone.
        let gone = match listed {
            Some(_) if context.dynamic => start_number(addressing)?.saturating_sub(1).checked_mul(duration),
            Some(_) | None => Some(0),
        };
        let first = gone
            .and_then(|gone| origin.checked_add(gone))
            .ok_or_else(overflow)?;
        let within = match listed {
            Some(_) => None,
            None => length.map(|length| length.up.div_ceil(duration)),
        };
        let count = within.into_iter().chain(most).min().unwrap_or(u64::MAX);
        let mut list = RunList::default();
        if count > 0 {
            list.push(first, duration, count).map_err(run_error)?;
        }
        let start = context.start.as_position();
        Ok(Runs {
            timescale,
            origin: first,
            start,
            runs: self.counted(list)?,
        })
    }

    /// Without duration and timeline there is one segment, as long as its period.
    fn sole(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
        listed: Option<u64>,
    ) -> Result<Runs, Fault> {
        let micros = context.duration.map_or(0, Nanos::as_micros);
        let length = u64::try_from(micros).unwrap_or(0);
        if length == 0 || listed.is_some_and(|listed| listed != 1) || addressing.end_number.is_some() {
            return Err(Fault::Left(Omission::Untimed));
        }
        let mut list = RunList::default();
        list.push(0, length, 1).map_err(run_error)?;
        let start = context.start.as_position();
        Ok(Runs {
            timescale: 1_000_000,
            origin: 0,
            start,
            runs: self.counted(list)?,
        })
    }

    fn timeline(&mut self, key: TimelineKey) -> Result<Arc<[Run]>, ManifestError> {
        if let Some((known, runs)) = &self.last
            && *known == key
        {
            return Ok(Arc::clone(runs));
        }
        let mut list = RunList::default();
        let start = key.numbers.map(|(first, _)| first);
        for (index, step) in key.steps.iter().enumerate() {
            let time = step.time.unwrap_or_else(|| list.end());
            let next = key.steps.get(index + 1).and_then(|next| next.time);
            let count = match u64::try_from(step.repeat) {
                Ok(repeat) => repeat.saturating_add(1),
                // A negative count repeats up to the next time that is given, or the period's end.
                Err(_) => match next.or(key.end) {
                    Some(end) => end.saturating_sub(time).div_ceil(step.duration),
                    None => u64::MAX,
                },
            };
            if let Some(number) = start.and_then(|first| match (step.number, index) {
                (None, 0) => Some(first),
                (number, _) => number,
            }) {
                list.set_number(number).map_err(run_error)?;
            }
            if count > 0 {
                list.push(time, step.duration, count).map_err(run_error)?;
            }
        }
        if let Some((_, Some(last))) = key.numbers {
            list.truncate_numbers(last.saturating_add(1));
        }
        if let Some(most) = key.most {
            list.truncate(most);
        }
        let runs = self.counted(list)?;
        self.last = Some((key, Arc::clone(&runs)));
        Ok(runs)
    }

    fn counted(&mut self, list: RunList) -> Result<Arc<[Run]>, ManifestError> {
        self.runs += list.runs();
        if self.runs > MAX_RUNS || list.runs() > self.segments {
            return Err(ManifestError::OverLimit {
                what: "timeline entries",
                limit: MAX_RUNS as u64,
            });
        }
        Ok(list.finish())
    }
}

/// A period's length in ticks, rounded either way.
#[derive(Clone, Copy)]
struct Ticks {
    down: u64,
    up: u64,
}

fn ticks(duration: Nanos, timescale: u64) -> Ticks {
    let product = u128::try_from(duration.0).unwrap_or(0) * u128::from(timescale);
    let whole = |ticks: u128| u64::try_from(ticks).unwrap_or(u64::MAX);
    Ticks {
        down: whole(product / 1_000_000_000),
        up: whole(product.div_ceil(1_000_000_000)),
    }
}

/// Whether segments have the numbers that their timeline gives them, and are not just counted.
pub(super) fn is_numbered(steps: &[Step]) -> bool {
    steps.iter().any(|step| step.number.is_some())
}

/// The first segment's number. It is kept within 63 bits, so that no number that follows overflows.
pub(super) fn start_number(addressing: &Addressing) -> Result<u64, ManifestError> {
    let number = addressing.start_number.unwrap_or(1);
    if i64::try_from(number).is_err() {
        return Err(overflow());
    }
    Ok(number)
}

/// What `$Time$` is ahead of the media time. With `@duration` it counts from 0 at number 1 (or 0), and
/// `@presentationTimeOffset` is not in it (ISO/IEC 23009-1, 5.3.9.5.3).
pub(super) fn ahead(addressing: &Addressing, runs: &Runs) -> Result<i64, ManifestError> {
    let (Some(duration), None) = (addressing.duration, &addressing.timeline) else {
        return Ok(0);
    };
    let before = i128::from(start_number(addressing)?.saturating_sub(1));
    let time = before * i128::from(duration.ticks) - i128::from(runs.origin);
    i64::try_from(time).map_err(|_| overflow())
}

fn run_error(error: RunError) -> ManifestError {
    match error {
        RunError::ZeroDuration => ManifestError::Malformed("a segment without duration".to_owned()),
        RunError::Backwards => ManifestError::Malformed("a timeline that goes back".to_owned()),
        RunError::Overflow => overflow(),
    }
}

fn overflow() -> ManifestError {
    ManifestError::OverLimit {
        what: "a time or number of segments",
        limit: i64::MAX.unsigned_abs(),
    }
}

#[cfg(test)]
mod tests;
