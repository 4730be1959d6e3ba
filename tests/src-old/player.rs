//! A player: wants segments in order up to a buffer, plays what it has, stalls when it has nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use segment_engine::input::{Playback, PlaybackState};
use segment_engine::time::{MediaTime, Timestamp};

/// How much a player keeps ahead of its playhead.
const BUFFER: Duration = Duration::from_secs(12);

/// What a player does, and what became of it.
#[derive(Debug)]
pub struct Viewing {
    /// Which representation it plays.
    pub(crate) rung: &'static str,
    segment: Duration,
    next: u32,
    end: u32,
    ready_until: u32,
    arrived: BTreeSet<u32>,
    position: Duration,
    at: Timestamp,
    started: bool,
    /// How often it had nothing to play after it had begun.
    pub stalls: u32,
    /// For how long, all told.
    pub stalled: Duration,
    /// Bytes handed to it.
    pub bytes: u64,
}

impl Viewing {
    /// Plays segments `first..=last`, of that length, from the start of the first.
    pub(crate) fn new(rung: &'static str, segment: Duration, first: u32, last: u32, at: Timestamp) -> Self {
        Self {
            rung,
            segment,
            next: first,
            end: last,
            ready_until: first,
            arrived: BTreeSet::new(),
            position: segment * (first - 1),
            at,
            started: false,
            stalls: 0,
            stalled: Duration::ZERO,
            bytes: 0,
        }
    }

    /// The next segment it wants, if its buffer has room and the title has come so far.
    pub(crate) fn wants(&mut self, available: u32) -> Option<u32> {
        let ahead = (self.segment * (self.next - 1)).saturating_sub(self.position);
        if self.next > self.end.min(available) || ahead >= BUFFER {
            return None;
        }
        self.next += 1;
        Some(self.next - 1)
    }

    /// Notes a segment that was handed over.
    pub(crate) fn on_segment(&mut self, number: u32, bytes: usize) {
        self.bytes += bytes as u64;
        self.arrived.insert(number);
        while self.arrived.remove(&self.ready_until) {
            self.ready_until += 1;
        }
    }

    /// Plays until `now`.
    pub(crate) fn advance(&mut self, now: Timestamp) {
        let passed = now.since(self.at);
        self.at = now;
        let playable = self.buffered();
        if playable.is_zero() && !self.started {
            return;
        }
        self.started = true;
        let played = passed.min(playable);
        self.position += played;
        if played < passed && !self.is_done() {
            self.stalls += u32::from(!played.is_zero());
            self.stalled += passed - played;
        }
    }

    fn buffered(&self) -> Duration {
        (self.segment * (self.ready_until - 1)).saturating_sub(self.position)
    }

    /// Jumps to the start of a segment.
    pub(crate) fn seek(&mut self, number: u32) {
        self.next = number;
        self.ready_until = number;
        self.arrived.clear();
        self.position = self.segment * (number - 1);
        self.started = false;
    }

    /// Whether all was played.
    pub fn is_done(&self) -> bool {
        self.ready_until > self.end && self.buffered().is_zero()
    }

    /// The playhead.
    pub fn position(&self) -> MediaTime {
        MediaTime::ZERO + self.position
    }

    /// What it tells its engine.
    pub(crate) fn playback(&self) -> Playback {
        let buffered = self.buffered();
        let state = if buffered.is_zero() && self.started {
            PlaybackState::Stalled
        } else {
            PlaybackState::Playing
        };
        Playback {
            position: self.position(),
            buffered,
            state,
        }
    }
}
