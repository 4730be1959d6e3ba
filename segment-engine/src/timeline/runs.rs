//! Segments at regular distances, as DASH has them: arithmetic on few runs instead of long lists.
//!
//! Invariant: runs start in rising order, none is empty, each duration is over zero, and neither time nor
//! index of any segment overflows 63 bits.

use std::sync::Arc;

use super::axis::Position;
use crate::time::MediaTime;

/// The latest media time, and the highest number.
const TOP: u64 = i64::MAX as u64;

/// Segments of one duration, one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    time: u64,
    duration: u64,
    count: u64,
    index: u64,
    /// How many numbers are left out before it.
    skipped: u64,
}

/// Why a run cannot be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunError {
    /// Its duration is zero.
    ZeroDuration,
    /// It starts before the run before it does.
    Backwards,
    /// Its times or indices go beyond 63 bits.
    Overflow,
}

/// Runs in the making.
#[derive(Debug, Default)]
pub(crate) struct RunList {
    runs: Vec<Run>,
    skipped: u64,
}

impl RunList {
    /// The number of the next segment, from 0.
    pub(crate) fn number(&self) -> u64 {
        self.len().saturating_add(self.skipped)
    }

    /// Gives the next segment another number, at least the one that it has.
    pub(crate) fn set_number(&mut self, number: u64) -> Result<(), RunError> {
        let ahead = number.checked_sub(self.number()).ok_or(RunError::Backwards)?;
        self.skipped += ahead;
        // Numbers count up from there, within 63 bits.
        if self.number() > TOP - 1 {
            return Err(RunError::Overflow);
        }
        Ok(())
    }

    /// Where the segment after the last one starts, unless a time is given for it.
    pub(crate) fn end(&self) -> u64 {
        self.runs.last().map_or(0, Run::end)
    }

    /// Where the last segment starts.
    pub(crate) fn last(&self) -> Option<u64> {
        self.runs
            .last()
            .map(|run| run.time + run.duration * (run.count - 1))
    }

    /// How many segments there are.
    pub(crate) fn len(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.index + run.count)
    }

    /// Adds `count` segments of `duration` from `time` on. A count beyond 63 bits is cut there.
    pub(crate) fn push(&mut self, time: u64, duration: u64, count: u64) -> Result<(), RunError> {
        if duration == 0 {
            return Err(RunError::ZeroDuration);
        }
        let index = self.len();
        let room = (TOP.saturating_sub(time) / duration).min(TOP.saturating_sub(self.number()));
        let count = count.min(room);
        if count == 0 {
            return Err(RunError::Overflow);
        }
        if self.last().is_some_and(|last| time <= last) {
            return Err(RunError::Backwards);
        }
        if let Some(last) = self.runs.last_mut()
            && time == last.end()
            && duration == last.duration
            && last.skipped == self.skipped
        {
            last.count += count;
            return Ok(());
        }
        self.runs.push(Run {
            time,
            duration,
            count,
            index,
            skipped: self.skipped,
        });
        Ok(())
    }

    /// Cuts the list to `len` segments.
    pub(crate) fn truncate(&mut self, len: u64) {
        let kept = self.runs.partition_point(|run| run.index < len);
        self.runs.truncate(kept);
        if let Some(last) = self.runs.last_mut() {
            last.count = last.count.min(len - last.index);
        }
    }

    /// Cuts the list to the segments with numbers below `end`.
    pub(crate) fn truncate_numbers(&mut self, end: u64) {
        self.runs.retain_mut(|run| {
            run.count = run.count.min(end.saturating_sub(run.index + run.skipped));
            run.count > 0
        });
    }

    /// How many runs there are.
    pub(crate) fn runs(&self) -> usize {
        self.runs.len()
    }

    /// Finishes the list.
    pub(crate) fn finish(self) -> Arc<[Run]> {
        self.runs.into()
    }
}

impl Run {
    fn end(&self) -> u64 {
        self.time + self.duration * self.count
    }
}

/// Runs on the presentation's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runs {
    /// Ticks per second; over zero.
    pub(crate) timescale: u64,
    /// The media time at the period's start.
    pub(crate) origin: u64,
    /// The period's start.
    pub(crate) start: MediaTime,
    /// The segments.
    pub(crate) runs: Arc<[Run]>,
}

impl Runs {
    /// How many segments there are.
    pub(crate) fn len(&self) -> u64 {
        self.runs.last().map_or(0, |run| run.index + run.count)
    }

    /// The segment with that index.
    pub(crate) fn at(&self, index: u64) -> Option<Position> {
        let next = self.runs.partition_point(|run| run.index <= index);
        let run = self.runs.get(next.checked_sub(1)?)?;
        let within = index - run.index;
        if within >= run.count {
            return None;
        }
        let time = run.time + run.duration * within;
        let start = self.presented(time);
        Some(Position {
            index,
            number: index + run.skipped,
            time: i64::try_from(time).ok()?,
            start,
            duration: self.presented(time + run.duration).since(start),
        })
    }

    /// The index of the segment that starts at exactly that media time.
    pub(crate) fn index_of(&self, time: i64) -> Option<u64> {
        let time = u64::try_from(time).ok()?;
        let next = self.runs.partition_point(|run| run.time <= time);
        let run = self.runs.get(next.checked_sub(1)?)?;
        let ahead = time - run.time;
        (ahead % run.duration == 0 && ahead / run.duration < run.count)
            .then(|| run.index + ahead / run.duration)
    }

    /// The index of the segment with that number.
    pub(crate) fn index_of_number(&self, number: u64) -> Option<u64> {
        let next = self.runs.partition_point(|run| run.index + run.skipped <= number);
        let run = self.runs.get(next.checked_sub(1)?)?;
        let index = number - run.skipped;
        (index < run.index + run.count).then_some(index)
    }

    /// The first index whose segment ends after a position; the length if there is none.
    pub(crate) fn first_ending_after(&self, position: MediaTime) -> u64 {
        let Some(media) = self.media(position) else {
            return 0;
        };
        let at = self.runs.partition_point(|run| run.end() <= media);
        let Some(run) = self.runs.get(at) else {
            return self.len();
        };
        let index = run.index + media.saturating_sub(run.time) / run.duration;
        // The media time was rounded down: its segment may end at the position, or in its last microsecond.
        match self.at(index) {
            Some(found) if found.start + found.duration <= position => index + 1,
            _ => index,
        }
    }

    /// The position of a media time on the presentation's timeline.
    fn presented(&self, time: u64) -> MediaTime {
        let ticks = i128::from(time) - i128::from(self.origin);
        let micros = (ticks * 1_000_000).div_euclid(i128::from(self.timescale));
        let micros = micros + i128::from(self.start.as_micros());
        MediaTime::from_micros(saturate(micros))
    }

    /// The media time at a position; `None` if it is below zero.
    fn media(&self, position: MediaTime) -> Option<u64> {
        let micros = i128::from(position.as_micros()) - i128::from(self.start.as_micros());
        let ticks = micros.saturating_mul(self.timescale.into()).div_euclid(1_000_000);
        let media = ticks
            .saturating_add(self.origin.into())
            .clamp(-1, i128::from(u64::MAX));
        u64::try_from(media).ok()
    }
}

fn saturate(value: i128) -> i64 {
    let bounded = value.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    i64::try_from(bounded).expect("invariant: clamped to the range")
}

#[cfg(test)]
mod tests;
