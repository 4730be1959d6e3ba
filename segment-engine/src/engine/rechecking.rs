//! Looks, slowly and again and again, whether the origin's segments of a film are still those that were signed: an origin
//! that puts other bytes under the same URL tells nobody, and its viewers would take them for altered ones.
//!
//! The driver asks by the validators of the last response. What did change comes as a segment does, is signed anew, and
//! counts for all who hear of it.

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

/// However short the round, one segment is looked at at a time, and no sooner than this after the one before.
const LEAST: Duration = Duration::from_millis(50);

/// So long a segment that has changed is given to nobody: whoever asks by the record of before would take it for altered. Its new
/// one is signed within a quarter of a second, and has to be told and checked.
const SETTLES: Duration = Duration::from_secs(2);

/// The most segments that are looked at before their turn.
const MAX_URGENT: usize = 1_024;

/// How far the round is.
#[derive(Debug, Default)]
pub(super) struct Round {
    rest: VecDeque<SegmentKey>,
    /// What another seeder has seen otherwise: looked at before all others.
    urgent: VecSet<SegmentKey>,
    current: Option<SegmentKey>,
    /// What has changed lately, and when it is given again.
    unsettled: VecMap<SegmentKey, Timestamp>,
}

impl Round {
    /// Notes that a look at a segment is over; whether there was one.
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

/// For the how-manieth time a segment is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    /// For the first time, or because it is not held any more.
    First,
    /// To see whether it is as it was.
    Again,
}

impl Engine {
    /// Whether a request for a segment asks by validators: a look does. Those of live segments nobody asks by, and there is no
    /// end of them.
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

    /// Has the next segment looked at in good time.
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

    /// How long a segment that has changed is given to nobody yet; `None` where it is to be had.
    pub(super) fn settles_in(&self, key: &SegmentKey) -> Option<Duration> {
        let until = self.seeding.as_ref()?.round.unsettled.get(key)?;
        Some(until.since(self.now)).filter(|left| !left.is_zero())
    }

    /// A segment is not what it was: who asks for one of a film comes again when the new record is known.
    pub(super) fn on_segment_changed(&mut self, key: SegmentKey) {
        let now = self.now;
        if let Some(seeding) = &mut self.seeding {
            if self.timeline.live().is_none() {
                seeding.round.unsettle(key, now);
            }
            self.withdraw(key);
        }
    }

    /// Another seeder of the same key has seen other bytes of a segment: whether they are this origin's by now is looked at next.
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

    /// Looks whether the next segment that is held is as it was.
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

    /// The first of those that are still held and known, and not on their way anyhow.
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

    /// The origin says that a segment is as it was.
    pub(super) fn on_segment_unchanged(&mut self, fetch: FetchId) {
        let Some(response) = self.transfers.end_fetch(fetch) else {
            return;
        };
        self.transfers.end(&response.key);
        if let Some(seeding) = &mut self.seeding {
            seeding.round.end(&response.key);
            seeding.caution.on_fetched();
        }
        self.replan(Replan::Window);
    }
}

#[cfg(test)]
mod tests;
