//! The counts of a running world: bytes of each segment by source, how late segments were complete, what was said.

use std::collections::{BTreeMap, BTreeSet};

use segment_engine::wire::Message;

use super::{NodeId, Peaks};
use crate::origin::Resource;

/// The counts of one resource.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Bytes that the origin sent viewers.
    pub(crate) origin: u64,
    /// Bytes that the origin sent seeders.
    pub(crate) seeders: u64,
    /// Bytes that players were given.
    pub(crate) played: u64,
    /// How many players.
    pub(crate) plays: u32,
}

/// Frames and bytes of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) frames: u64,
    pub(crate) bytes: u64,
}

/// The kinds of frames that are told apart; those of later versions share the last place.
pub(crate) const KINDS: usize = 17;

/// All that is counted.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) resources: BTreeMap<Resource, Tally>,
    /// Bytes from the origin for viewers, and bytes played, in each second.
    pub(crate) by_second: Vec<(u64, u64)>,
    /// How many segments took this many hundredths of a second (the index) from being there to being complete at a
    /// viewer.
    pub(crate) delays: Vec<u32>,
    /// The frames and bytes that were sent, by kind of frame; pieces are the fourth.
    pub(crate) said: [Said; KINDS],
    /// Happenings by kind, from the start of the run.
    pub(crate) happened: [u64; 16],
    /// Whether delays and frames are counted.
    pub(crate) open: bool,
    pub(crate) events: BTreeMap<&'static str, u64>,
    /// Links that signaling introduced, and how long they are, one way, in microseconds, all told.
    pub(crate) links: (u64, u64),
    /// The pairs of a sender and a receiver of a wrong piece.
    pub(super) corrupt: BTreeSet<(NodeId, NodeId)>,
    /// How near to its bounds the run has come.
    pub(crate) peaks: Peaks,
    /// How often it was not the first.
    pub(crate) corrupt_repeats: u64,
}

/// Longer delays count as this one: 60 s in hundredths.
const LONGEST: usize = 6_000;

impl Ledger {
    pub(super) fn on_origin(&mut self, now: u64, resource: Resource, bytes: u64, seeder: bool) {
        let tally = self.resources.entry(resource).or_default();
        if seeder {
            tally.seeders += bytes;
            return;
        }
        tally.origin += bytes;
        self.second(now).0 += bytes;
    }

    pub(super) fn on_link(&mut self, latency: u64) {
        self.links.0 += 1;
        self.links.1 += latency;
    }

    /// One that had been found out is back as somebody else.
    pub(crate) fn on_return(&mut self) {
        if self.open {
            *self.events.entry("came back").or_default() += 1;
        }
    }

    pub(super) fn on_played(&mut self, now: u64, resource: Resource, bytes: u64) {
        let tally = self.resources.entry(resource).or_default();
        tally.played += bytes;
        tally.plays += 1;
        self.second(now).1 += bytes;
    }

    fn second(&mut self, now: u64) -> &mut (u64, u64) {
        let second = usize::try_from(now / 1_000_000).unwrap_or(0);
        if self.by_second.len() <= second {
            self.by_second.resize(second + 1, (0, 0));
        }
        &mut self.by_second[second]
    }

    pub(super) fn on_complete(&mut self, delay: u64) {
        if self.open {
            let hundredths = usize::try_from(delay / 10_000).unwrap_or(LONGEST).min(LONGEST);
            if self.delays.len() <= hundredths {
                self.delays.resize(hundredths + 1, 0);
            }
            self.delays[hundredths] += 1;
        }
    }

    pub(super) fn on_sent(&mut self, message: &Message) {
        if !self.open {
            return;
        }
        let kind = match message {
            // A frame is an array whose first element is its tag.
            Message::Bytes(bytes) => bytes.get(1).map_or(0, |tag| usize::from(*tag)).min(KINDS - 1),
            Message::Piece { .. } => 3,
        };
        let said = &mut self.said[kind];
        said.frames += 1;
        said.bytes += message.len() as u64;
    }

    /// The delay that so many of a thousand segments do not exceed, in microseconds.
    pub(crate) fn delay(&self, per_mille: u64) -> u64 {
        let all: u64 = self.delays.iter().map(|count| u64::from(*count)).sum();
        let wanted = (all * per_mille).div_ceil(1_000);
        let mut seen = 0;
        for (hundredths, count) in self.delays.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted && seen > 0 {
                return (hundredths as u64 + 1) * 10_000;
            }
        }
        0
    }
}
