//! Rechecks, slowly and endlessly, whether the origin's segments of a film are still those that were signed: an
//! origin that puts other bytes under the same URL tells nobody, and viewers of that origin would take them for
//! altered.
//!
//! The driver sends the validators of the last response. What has changed comes as a segment does, is signed again,
//! and counts for all who hear of it.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Engine, Replan};
use crate::id::{FetchId, SegmentKey};
use crate::integrity::Record;
use crate::output::Conditional;
use crate::time::Timestamp;
use crate::timeline::Segment;
use crate::timer::Timer;
use crate::transfer::{Cause, Download, Span};
use crate::vecmap::{VecMap, VecSet};

/// The shortest pause between two rechecks, however short the round; segments are rechecked one at a time.
const LEAST: Duration = Duration::from_millis(50);

/// How long a segment that has changed is withheld from everybody: a peer that asks by the old record would take it
/// for altered. The new record is signed within a quarter of a second, and has to be told and checked.
const SETTLES: Duration = Duration::from_secs(2);

/// The most segments that are rechecked out of turn.
const MAX_URGENT: usize = 1_024;

/// The progress of the round.
#[derive(Debug, Default)]
pub(super) struct Round {
    rest: VecDeque<SegmentKey>,
    /// Segments of which another seeder has seen other bytes: rechecked before all others.
    urgent: VecSet<SegmentKey>,
    current: Option<SegmentKey>,
    /// Segments that changed lately, each with the time at which it is given again.
    unsettled: VecMap<SegmentKey, Timestamp>,
}

impl Round {
    /// Ends a segment's recheck, if there is one; returns which kind of fetch this was.
    pub(super) fn end(&mut self, key: &SegmentKey) -> Looked {
        if self.current == Some(*key) {
            self.current = None;
            return Looked::Again;
        }
        Looked::First
    }

    /// Notes that a segment has changed.
    fn unsettle(&mut self, key: SegmentKey, now: Timestamp) {
        self.unsettled.retain(|_, until| *until > now);
        self.unsettled.insert(key, now + SETTLES);
    }
}

/// Whether a segment is fetched for the first time or rechecked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    /// Fetched for the first time, or because it is no longer held.
    First,
    /// Rechecked: to see whether it has changed.
    Again,
}

impl Engine {
    /// Whether a request for a segment is conditional: a recheck is. Live segments are never rechecked, and there is
    /// no end of them to keep validators for.
    pub(super) fn conditional(&self, key: &SegmentKey, cause: Cause) -> Conditional {
        if cause == Cause::Seed && self.has(key) {
            Conditional::Now
        } else if self.seeding.is_some()
            && self.config.seeding.recheck.is_some()
            && self.timeline.live().is_none()
        {
            Conditional::Later
        } else {
            Conditional::Never
        }
    }

    /// Schedules the next recheck.
    pub(super) fn recheck_later(&mut self) {
        let Some(round) = self.config.seeding.recheck else {
            return;
        };
        let held = u32::try_from(self.held_count()).unwrap_or(u32::MAX);
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        if self.timeline.live().is_none() {
            let wait = (round / held.max(1)).max(LEAST);
            let wait = if seeding.round.urgent.is_empty() {
                wait
            } else {
                LEAST
            };
            let wait = wait + seeding.rng.up_to(wait / 8);
            self.timers.set_no_later(Timer::Recheck, self.now + wait);
        }
    }

    /// How long a segment that has changed is still withheld; `None` if it is given.
    pub(super) fn settles_in(&self, key: &SegmentKey) -> Option<Duration> {
        let until = self.seeding.as_ref()?.round.unsettled.get(key)?;
        Some(until.since(self.now)).filter(|left| !left.is_zero())
    }

    /// A segment has changed: a peer that asks for one of a film is told to come back when the new record is known.
    pub(super) fn on_segment_changed(&mut self, key: SegmentKey) {
        let now = self.now;
        if let Some(seeding) = &mut self.seeding {
            if self.timeline.live().is_none() {
                seeding.round.unsettle(key, now);
            }
            self.withdraw(key);
        }
    }

    /// Another seeder has seen other bytes of a segment: this one rechecks it next.
    pub(super) fn on_record_of_others(&mut self, key: SegmentKey, record: Record) {
        let differs = self.seen(&key).is_some_and(|seen| seen != record);
        let looks = self.config.seeding.recheck.is_some() && self.timeline.live().is_none();
        if !differs || !looks || self.settles_in(&key).is_some() {
            return;
        }
        self.on_segment_changed(key);
        if let Some(seeding) = &mut self.seeding
            && seeding.round.urgent.len() < MAX_URGENT
        {
            seeding.round.urgent.insert(key);
            self.timers.set_no_later(Timer::Recheck, self.now + LEAST);
        }
    }

    /// Rechecks the next segment that is held.
    pub(super) fn recheck(&mut self) {
        self.recheck_later();
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let is_busy = self.transfers.fetches() >= self.config.parallel_fetches as usize;
        if is_busy || seeding.round.current.is_some() || seeding.caution.until() > self.now {
            return;
        }
        let mut rest = std::mem::take(&mut seeding.round.rest);
        if let Some(urgent) = seeding.round.urgent.pop_first() {
            rest.push_front(urgent);
        }
        if rest.is_empty() {
            rest = self.held_keys().into();
        }
        let looked = self.next_looked(&mut rest);
        if let Some(seeding) = &mut self.seeding {
            seeding.round.rest = rest;
            seeding.round.current = looked.as_ref().map(|segment| segment.key);
        }
        let Some(segment) = looked else {
            return;
        };
        let key = segment.key;
        self.transfers
            .start(Download::new(segment, 1, self.now, self.now));
        self.fetch(key, Span::Whole, Cause::Seed);
    }

    /// The first of them that is still held and in the timeline, and not already being fetched.
    fn next_looked(&self, rest: &mut VecDeque<SegmentKey>) -> Option<Segment> {
        while let Some(key) = rest.pop_front() {
            if self.has(&key)
                && !self.transfers.contains(&key)
                && let Some(segment) = self.timeline.segment(&key)
            {
                return Some(segment);
            }
        }
        None
    }

    /// The origin says that a segment has not changed.
    pub(super) fn on_segment_unchanged(&mut self, fetch: FetchId) {
        let Some(response) = self.transfers.end_fetch(fetch) else {
            return;
        };
        self.transfers.end(&response.key);
        if let Some(seeding) = &mut self.seeding {
            seeding.round.end(&response.key);
            seeding.caution.on_fetched();
        }
        self.resume(response.key);
        self.replan(Replan::Window);
    }
}

#[cfg(test)]
mod tests;
