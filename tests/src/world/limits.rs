//! Checks what a node may have at most: bytes held and links, what leaves for peers within a while, and what waits for it.
//!
//! Budgets are those of its configuration; each queue that a driver would have has a bound here. None of it moves a run: a
//! broken bound ends it.

use segment_engine::config::{Config, Pacing};

use super::making::{LEAST_UPLINK, Member};
use super::{NodeId, World};
use crate::clock::SECOND;
use crate::net::End;
use crate::node::Part;

/// The most messages that may wait in one channel, in bytes: the engine's window twice, and a megabyte of notes.
const MOST_WAITING: u64 = ((2 * 128) << 10) + (1 << 20);

/// The most that one step of an engine may want.
const MOST_WANTED: u32 = 16_384;

/// The most messages that may be on their way between a node and signaling, each way.
const MOST_TOLD: usize = 512;

/// The most requests to the origin that an engine and its player may have under way.
const MOST_REQUESTS: usize = 128;

/// The links that a seeder has beyond its maximum, for others of its key.
const FELLOWS: usize = 8;

/// The while within which uploads are counted, in microseconds.
const WHILE: u64 = 10 * SECOND;

/// What may leave of a while's budget, in percent: promised pieces cost none, and the rate of a line is what was measured.
const OVER: u64 = 125;

/// What may leave besides: what was saved up before, and what waited in channels.
const AT_ONCE: u64 = 1 << 20;

/// How near to its bounds a run has come.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peaks {
    /// Of what may leave a node within a while, in percent.
    pub uploads: u64,
    /// Bytes that waited in a channel.
    pub waiting: u64,
    /// Of the links that a node may have, in percent.
    pub links: usize,
    /// Requests under way of a node.
    pub requests: usize,
    /// Messages under way between a node and signaling.
    pub told: usize,
    /// Things that one step of an engine made it want.
    pub wanted: u32,
}

/// What a node may have, and what has left it lately.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Bytes that its engine may hold.
    stored: u64,
    /// Its open links.
    links: usize,
    /// Bytes of pieces that may leave within a while.
    uploads: u64,
    /// When this while began, and the bytes of pieces that have left since.
    lately: (u64, u64),
}

impl Limits {
    /// The limits of a node that is set up in this way.
    pub(super) fn new(config: &Config, member: &Member, part: Part) -> Self {
        let places = match part {
            Part::Viewer => 0,
            Part::Seeder => FELLOWS,
        };
        Self {
            stored: config.store_bytes,
            links: config.max_target_peers as usize + places,
            uploads: uploads(config, member, part),
            lately: (0, 0),
        }
    }

    /// Notes that pieces leave; an error with the bytes of this while where they are too many.
    fn on_upload(&mut self, now: u64, bytes: u64) -> Result<(), u64> {
        if now - self.lately.0 >= WHILE {
            self.lately = (now, 0);
        }
        self.lately.1 += bytes;
        if self.lately.1 <= self.uploads {
            return Ok(());
        }
        Err(self.lately.1)
    }
}

/// Bytes of pieces that may leave a node within a while: none of one that gives nothing.
fn uploads(config: &Config, member: &Member, part: Part) -> u64 {
    if member.gives == 0 {
        return 0;
    }
    // Over links that are narrower than its line a seeder sends what it is asked for.
    if part == Part::Seeder && config.seeding.pacing == Pacing::Links {
        return u64::MAX;
    }
    let line = member.uplink.max(LEAST_UPLINK) / 8;
    let line = line * u64::from(config.upload_percent) / 100;
    let most = config.max_upload.map_or(u64::MAX, |most| most.0 / 8);
    let budget = line.min(most) * WHILE / SECOND;
    budget * OVER / 100 + AT_ONCE
}

impl World {
    /// Checks that a node sends peers no more pieces than it is to.
    pub(super) fn check_upload(&mut self, node: NodeId, bytes: u64) {
        let now = self.now;
        let limits = &mut self.nodes[node.index()].limits;
        let told = limits.on_upload(now, bytes);
        let (sent, most) = (limits.lately.1, limits.uploads);
        assert!(
            told.is_ok(),
            "node {} sent {sent} bytes of pieces within {} s, over its budget of {most}",
            node.0,
            WHILE / SECOND
        );
        let peaks = &mut self.ledger.peaks;
        peaks.uploads = peaks.uploads.max(sent * 100 / most);
    }

    /// Checks how much one step of an engine made it want.
    pub(super) fn check_wanted(&mut self, node: NodeId, wanted: u32) {
        assert!(
            wanted <= MOST_WANTED,
            "node {} wants {wanted} things at once",
            node.0
        );
        self.ledger.peaks.wanted = self.ledger.peaks.wanted.max(wanted);
    }

    /// Checks after every few steps of a node what it holds, how many links it has, and what waits.
    pub(super) fn check(&mut self, node: NodeId) {
        let scrutiny = self.scrutiny;
        let member = &mut self.nodes[node.index()];
        member.steps = member.steps.wrapping_add(1);
        if !member.steps.is_multiple_of(scrutiny) {
            return;
        }
        let Some(engine) = &member.engine else {
            return;
        };
        let stored = engine.stats().stored_bytes;
        let most = member.limits.stored;
        assert!(
            stored <= most,
            "node {} holds {stored} bytes, over its budget of {most}",
            node.0
        );
        let requests = member.responses.len();
        assert!(
            requests <= MOST_REQUESTS,
            "node {} has {requests} requests under way",
            node.0
        );
        let told = member.socket.up.len().max(member.socket.down.len());
        assert!(
            told <= MOST_TOLD,
            "{told} messages wait between node {} and signaling",
            node.0
        );
        let peaks = &mut self.ledger.peaks;
        peaks.requests = peaks.requests.max(requests);
        peaks.told = peaks.told.max(told);
        self.check_links(node);
    }

    fn check_links(&mut self, node: NodeId) {
        let member = &self.nodes[node.index()];
        let (mut open, most) = (0, member.limits.links);
        let peaks = &mut self.ledger.peaks;
        for known in &member.known {
            let path = &self.links[known.path.link().0 as usize].paths[known.path.side()];
            open += usize::from(path.end == End::Open);
            assert!(
                path.waiting <= MOST_WAITING,
                "{} bytes wait for one peer of node {}",
                path.waiting,
                node.0
            );
            peaks.waiting = peaks.waiting.max(path.waiting);
        }
        assert!(open <= most, "node {} has {open} links, over its {most}", node.0);
        peaks.links = peaks.links.max(open * 100 / most);
    }
}

#[cfg(test)]
mod tests;
