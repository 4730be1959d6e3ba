//! One remote peer: its handshake, what it holds, what was asked of it, and what it asked for.

mod upload;

use std::collections::BTreeMap;

pub(crate) use upload::{Note, Uploads};

use crate::id::SegmentKey;
use crate::rate::Throughput;
use crate::time::Timestamp;
use crate::vecmap::{VecMap, VecSet};
use crate::wire::{Have, Holds, PeerRole, RequestId};

/// The most segments that are remembered of one peer; what it announces beyond them is not asked of it.
const MAX_HELD: usize = 16_384;

/// After this many failures in a row a peer is dropped.
const MAX_STRIKES: u32 = 3;

/// The most requests that one link carries at once; while full, the link is locked.
const LINK_WINDOW: usize = 4;

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// The player waits for it.
    Demanded,
    /// The player will want it: the last place of each link is left for what it demands.
    Ahead,
}

/// A peer whose channel is open.
#[derive(Debug)]
pub(crate) struct Peer {
    role: Option<PeerRole>,
    held: BTreeMap<SegmentKey, u64>,
    requests: VecMap<RequestId, SegmentKey>,
    cancelled: VecSet<RequestId>,
    next_request: u32,
    strikes: u32,
    service: Throughput,
    /// What it asked for.
    pub(crate) uploads: Uploads,
}

impl Peer {
    /// A peer whose channel just opened. `window` is the most bytes handed to its channel at a time.
    pub(crate) fn new(window: u64) -> Self {
        Self {
            role: None,
            held: BTreeMap::new(),
            requests: VecMap::default(),
            cancelled: VecSet::default(),
            next_request: 0,
            strikes: 0,
            service: Throughput::default(),
            uploads: Uploads::new(window),
        }
    }

    /// Notes that it shook hands; false if it had done so before.
    pub(crate) fn on_hello(&mut self, role: PeerRole) -> bool {
        self.role.replace(role).is_none()
    }

    /// What it is to the swarm; `None` before its handshake.
    pub(crate) fn role(&self) -> Option<PeerRole> {
        self.role
    }

    /// Notes what it holds, and no longer holds.
    pub(crate) fn on_announce(&mut self, came: &[Have], gone: &[SegmentKey]) {
        for key in gone {
            self.held.remove(key);
        }
        for Have { key, size, holds, .. } in came {
            let whole = *holds == Holds::All;
            if whole && (self.held.len() < MAX_HELD || self.held.contains_key(key)) {
                self.held.insert(*key, *size);
            }
        }
    }

    /// Notes that it does not hold a segment, whatever it announced.
    pub(crate) fn on_not_held(&mut self, key: &SegmentKey) {
        self.held.remove(key);
    }

    /// Whether it holds a segment, by its own word, at that size.
    pub(crate) fn holds(&self, key: &SegmentKey, size: u64) -> bool {
        self.held.get(key) == Some(&size)
    }

    /// Whether no request of that urgency fits on the link now.
    pub(crate) fn is_locked(&self, urgency: Urgency) -> bool {
        let places = match urgency {
            Urgency::Demanded => LINK_WINDOW,
            Urgency::Ahead => LINK_WINDOW - 1,
        };
        self.requests.len() >= places
    }

    /// How many requests it has to answer.
    pub(crate) fn load(&self) -> usize {
        self.requests.len()
    }

    /// How fast it answers.
    pub(crate) fn service(&self) -> Throughput {
        self.service
    }

    /// Notes that it is asked for a segment, and names the request.
    pub(crate) fn on_asked(&mut self, key: SegmentKey) -> RequestId {
        let request = RequestId(self.next_request);
        self.next_request = self.next_request.wrapping_add(1);
        self.requests.insert(request, key);
        request
    }

    /// What a request was for, while it is in flight.
    pub(crate) fn requested(&self, request: RequestId) -> Answer {
        match self.requests.get(&request) {
            Some(key) => Answer::Expected(*key),
            None if self.cancelled.contains(&request) => Answer::Late,
            None => Answer::Unasked,
        }
    }

    /// Notes that a request was answered in full.
    pub(crate) fn on_answered(&mut self, request: RequestId, bytes: u64, since: Timestamp, now: Timestamp) {
        self.requests.remove(&request);
        self.strikes = 0;
        self.service.record(bytes, now.since(since));
    }

    /// Notes that a request is over without an answer; pieces of it that are on their way are ignored.
    pub(crate) fn on_abandoned(&mut self, request: RequestId) {
        if self.requests.remove(&request).is_none() {
            return;
        }
        self.cancelled.insert(request);
        if self.cancelled.len() > 64 {
            self.cancelled.pop_first();
        }
    }

    /// Notes a failure; true when it was one too many.
    pub(crate) fn strike(&mut self) -> bool {
        self.strikes += 1;
        self.strikes >= MAX_STRIKES
    }
}

/// What an answer of a peer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It answers a request in flight, for this segment.
    Expected(SegmentKey),
    /// It answers a request that was cancelled.
    Late,
    /// Nobody asked.
    Unasked,
}

#[cfg(test)]
mod tests;
