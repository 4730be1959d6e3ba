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

/// The most runs of segments that all timelines of a manifest may hold together: 32 MiB of them.
const MAX_RUNS: usize = (32 << 20) / size_of::<Run>();
/// How many entries of a timeline weigh as much as one run that is kept.
const STEPS_PER_RUN: usize = 8;
/// A segment that starts less than this before its period's end is ignored: the period's length was rounded up, as
/// that of 10.027 s of sound.
const ROUNDING: Nanos = Nanos(1_000_000);

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
    /// Whether an entry of a list belongs to each segment.
    listed: bool,
    /// The first number and the last, where the steps have numbers of their own.
    numbers: Option<(u64, Option<u64>)>,
}

impl PartialEq for TimelineKey {
    fn eq(&self, other: &Self) -> bool {
        let bounds = |key: &Self| (key.end, key.most, key.listed, key.numbers);
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

    /// The times of segments; `listed` is how many the manifest lists, if it does.
    pub(super) fn runs(
        &mut self,
        addressing: &Addressing,
        context: &Context<'_>,
        listed: Option<u64>,
    ) -> Result<Runs, Fault> {
        let timescale = addressing.timescale.unwrap_or(1);
        let origin = addressing.origin.unwrap_or(0);
        if addressing.timeline.is_none() && addressing.duration.is_some_and(|duration| duration.ticks == 0) {
            return Err(Fault::Left(Omission::Untimed));
        }
        let numbered = match addressing.end_number {
            Some(end) => Some(end.saturating_add(1).saturating_sub(start_number(addressing)?)),
            None => None,
        };
        let most = numbered.into_iter().chain(listed).min();
        let length = context.duration.map(|duration| ticks(duration, timescale));
        if let Some(steps) = &addressing.timeline {
            let end = length.map(|length| origin.saturating_add(length));
            let numbers = match addressing.is_numbered && listed.is_none() {
                true => Some((start_number(addressing)?, addressing.end_number)),
                false => None,
            };
            let key = TimelineKey {
                steps: Rc::clone(steps),
                end,
                most: if numbers.is_some() { listed } else { most },
                listed: listed.is_some(),
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
            Some(_) if context.dynamic => start_number(addressing)?.checked_mul(duration),
            Some(_) | None => Some(0),
        };
        let first = gone
            .and_then(|gone| origin.checked_add(gone))
            .ok_or_else(overflow)?;
        let within = match listed {
            Some(_) => None,
            None => length.map(|length| length.div_ceil(duration)),
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

    fn timeline(&mut self, key: TimelineKey) -> Result<Arc<[Run]>, Fault> {
        if let Some((known, runs)) = &self.last
            && *known == key
        {
            return Ok(Arc::clone(runs));
        }
        let mut list = RunList::default();
        let filled = fill(&mut list, &key);
        // Entries that end up as one run were read as well.
        self.runs += key.steps.len() / STEPS_PER_RUN;
        // What precedes a fault counts too: it took its time.
        let runs = self.counted(list)?;
        filled.map_err(run_error)?;
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

/// The segments of a timeline.
fn fill(list: &mut RunList, key: &TimelineKey) -> Result<(), RunError> {
    let start = key.numbers.map(|(first, _)| first);
    // Where an entry ends that adds no segment.
    let mut behind: Option<u64> = None;
    for (index, step) in key.steps.iter().enumerate() {
        let mut time = step.time.or(behind).unwrap_or_else(|| list.end());
        let next = key.steps.get(index + 1).and_then(|next| next.time);
        let mut count = match u64::try_from(step.repeat) {
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
            list.set_number(number)?;
        }
        // What does not start after the last segment is that one again, or goes back: only its number is used up.
        let known = match list.last() {
            Some(last) if !key.listed && last >= time => {
                ((last - time) / step.duration).saturating_add(1).min(count)
            }
            Some(_) | None => 0,
        };
        if known > 0 {
            list.set_number(list.number().saturating_add(known))?;
            time = time.saturating_add(step.duration.saturating_mul(known));
            count -= known;
        }
        behind = (known > 0 && count == 0).then_some(time);
        if count > 0 {
            list.push(time, step.duration, count)?;
        }
    }
    if let Some((_, Some(last))) = key.numbers {
        list.truncate_numbers(last.saturating_add(1));
    }
    if let Some(most) = key.most {
        list.truncate(most);
    }
    Ok(())
}

/// The number of ticks of a period before which a segment must start to be in it.
fn ticks(length: Nanos, timescale: u64) -> u64 {
    let nanos = u64::try_from(length.since(ROUNDING).0).unwrap_or(0);
    let product = u128::from(nanos) * u128::from(timescale);
    u64::try_from(product.div_ceil(1_000_000_000)).unwrap_or(u64::MAX)
}

/// The first segment's number, kept within 63 bits, so that no later number overflows.
pub(super) fn start_number(addressing: &Addressing) -> Result<u64, ManifestError> {
    let number = addressing.start_number.unwrap_or(1);
    if i64::try_from(number).is_err() {
        return Err(overflow());
    }
    Ok(number)
}

/// How far `$Time$` is ahead of the media time. With `@duration` it counts from 0 at number 1 (or 0), without
/// `@presentationTimeOffset` (ISO/IEC 23009-1, 5.3.9.5.3).
pub(super) fn ahead(addressing: &Addressing, runs: &Runs) -> Result<i64, ManifestError> {
    let (Some(duration), None) = (addressing.duration, &addressing.timeline) else {
        return Ok(0);
    };
    let before = i128::from(start_number(addressing)?.saturating_sub(1));
    let time = before * i128::from(duration.ticks) - i128::from(runs.origin);
    i64::try_from(time).map_err(|_| overflow())
}

/// Numbers, or times of a list, that go back leave the representation out, as no length does; times that are too large
/// break a bound.
fn run_error(error: RunError) -> Fault {
    match error {
        RunError::ZeroDuration | RunError::Backwards => Fault::Left(Omission::Untimed),
        RunError::Overflow => Fault::Fatal(overflow()),
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
