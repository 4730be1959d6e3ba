//! One remote peer: its handshake, what it holds, what was asked of it, and how well it answers.

mod channel;
mod held;
mod latency;
mod outstanding;

pub(crate) use channel::{Channel, Note};
pub(crate) use held::Held;
pub(crate) use latency::LinkQuality;
pub(crate) use outstanding::{Answer, Mark, Outstanding, Part, Wanted};

use std::time::Duration;

use crate::allowance::Allowance;
use crate::id::{Member, SegmentKey, Slot};
use crate::scheduler::{Candidate, MAX_RUN};
use crate::time::Timestamp;
use crate::vecmap::VecMap;
use crate::wire::{PIECE, PeerRole, RequestId, capability};

/// After this many failures in a row a peer is dropped.
const MAX_STRIKES: u32 = 5;

/// After this much silence a peer may be gone: viewers tell of their neighbours once a second, and ask for the next
/// pieces.
const SEEMS_GONE: Duration = Duration::from_millis(1_500);

/// How many runs a link carries at once, initially and at most. With that many in flight the link is locked.
const FIRST_WINDOW: u32 = 4;
const LAST_WINDOW: u32 = 16;

/// How many claims a peer may bring at once, and how many more each second: those of a swarm whose segments have
/// sixteen stripes, last a second and are claimed four times. Any beyond them are ignored.
const CLAIMS_AT_ONCE: u32 = 256;
const CLAIMS_EACH_SECOND: u32 = 64;

/// The distance beyond which a request's name is one that was not given yet: names wrap around.
const FAR_BACK: u64 = 1 << 31;

/// Whether a peer serves pieces at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    /// It does.
    Pieces,
    /// It does not: its battery is low, its network metered.
    Nothing,
}

/// A peer whose channel is open.
#[derive(Debug)]
pub(crate) struct Peer {
    slot: Slot,
    heard: Timestamp,
    role: Option<PeerRole>,
    member: Member,
    capabilities: u32,
    gives: Gives,
    /// What it says it holds.
    pub(crate) held: Held,
    outstanding: VecMap<RequestId, Outstanding>,
    /// How many requests were made of it; they are named by their number.
    requests_made: u64,
    /// How many of them count against the link's window.
    load: u32,
    strikes: u32,
    window: u32,
    on_time: u32,
    busy_until: Timestamp,
    /// Until when it is not asked for leaves, because it refused some.
    withholds_until: Timestamp,
    last_answer: Timestamp,
    /// When a part of an answer last came.
    last_part: Option<Timestamp>,
    /// The allowance of claims that it may bring.
    pub(crate) claims: Allowance,
    /// How it has answered so far.
    pub(crate) quality: LinkQuality,
    /// What it is told besides pieces, and how full its channel is.
    pub(crate) channel: Channel,
}

impl Peer {
    /// A peer whose channel just opened. `window` is the most bytes handed to its channel at a time.
    pub(crate) fn new(slot: Slot, window: u64, now: Timestamp) -> Self {
        Self {
            slot,
            heard: now,
            role: None,
            member: Member([0; 8]),
            capabilities: 0,
            gives: Gives::Pieces,
            held: Held::default(),
            outstanding: VecMap::default(),
            requests_made: 0,
            load: 0,
            strikes: 0,
            window: FIRST_WINDOW,
            on_time: 0,
            busy_until: Timestamp::ZERO,
            withholds_until: Timestamp::ZERO,
            last_answer: Timestamp::ZERO,
            last_part: None,
            claims: Allowance::new(CLAIMS_AT_ONCE, CLAIMS_EACH_SECOND, now),
            quality: LinkQuality::default(),
            channel: Channel::new(window),
        }
    }

    /// Its link's number among the present ones.
    pub(crate) fn slot(&self) -> Slot {
        self.slot
    }

    /// Notes that something came from it.
    pub(crate) fn on_heard(&mut self, now: Timestamp) {
        self.heard = now;
    }

    /// When something last came from it.
    pub(crate) fn heard(&self) -> Timestamp {
        self.heard
    }

    /// Whether it has been silent for longer than live peers are, with something on its way to it, or has taken
    /// nothing of that for as long.
    pub(crate) fn seems_gone(&self, now: Timestamp) -> bool {
        let is_silent = self.channel.buffered() > 0 && now.since(self.heard) >= SEEMS_GONE;
        is_silent || self.channel.stands_still(now, SEEMS_GONE)
    }

    /// Notes that it shook hands; false if it had done so before.
    pub(crate) fn on_hello(&mut self, role: PeerRole, member: Member, capabilities: u32) -> bool {
        self.member = member;
        self.capabilities = capabilities;
        self.role.replace(role).is_none()
    }

    /// What it is to the swarm; `None` before its handshake.
    pub(crate) fn role(&self) -> Option<PeerRole> {
        self.role
    }

    /// Its own name in the swarm.
    pub(crate) fn member(&self) -> Member {
        self.member
    }

    /// What it can do, as bits of the handshake.
    pub(crate) fn capabilities(&self) -> u32 {
        self.capabilities
    }

    /// Whether it serves pieces at all.
    pub(crate) fn serves(&self) -> bool {
        let able = self.capabilities & capability::NEVER_UPLOADS == 0;
        self.role.is_some() && able && self.gives == Gives::Pieces
    }

    /// Notes whether it serves pieces now; false if that is no news.
    pub(crate) fn on_gives(&mut self, gives: Gives) -> bool {
        std::mem::replace(&mut self.gives, gives) != gives
    }

    /// What the scheduler has to know of it; `None` while it cannot be asked: before its handshake, while its link is
    /// locked, and after it said that it is busy.
    pub(crate) fn candidate(&self, now: Timestamp) -> Option<Candidate> {
        let role = self.role.filter(|_| self.serves())?;
        let load = self.load();
        if load >= self.window || now < self.busy_until {
            return None;
        }
        Some(Candidate {
            slot: self.slot,
            role,
            load,
            room: self.window - load,
            service: self.quality.service_time(u64::from(MAX_RUN) * PIECE as u64),
        })
    }

    /// Until when it said that it is busy.
    pub(crate) fn busy_until(&self) -> Timestamp {
        self.busy_until
    }

    /// How many runs it has to answer. Leaves and reservations do not count: it need not have them yet.
    pub(crate) fn load(&self) -> u32 {
        self.load
    }

    /// Notes that it is asked for something, and names the request.
    pub(crate) fn on_asked(&mut self, key: SegmentKey, wanted: Wanted, now: Timestamp) -> RequestId {
        let request = self.next_request();
        let bytes = u64::from(wanted.pieces()) * PIECE as u64;
        let expected = self.quality.service_time(bytes).saturating_mul(self.load + 1);
        let due = now + self.quality.timeout(expected);
        let asked = Outstanding::new(key, wanted, now, due);
        self.load += u32::from(asked.is_load());
        self.outstanding.insert(request, asked);
        request
    }

    /// Notes that pieces are reserved with it until then, and names the request.
    pub(crate) fn on_reserved(&mut self, key: SegmentKey, wanted: Wanted, until: Timestamp) -> RequestId {
        let request = self.next_request();
        let mut asked = Outstanding::new(key, wanted, Timestamp::ZERO, until);
        asked.mark = Mark::Reserved;
        self.outstanding.insert(request, asked);
        request
    }

    fn next_request(&mut self) -> RequestId {
        let request = named(self.requests_made);
        self.requests_made += 1;
        request
    }

    /// Whether a request with that name was made, as far back as names can be told apart.
    fn was_made(&self, request: RequestId) -> bool {
        let age = u64::from(named(self.requests_made).0.wrapping_sub(request.0));
        0 < age && age <= self.requests_made.min(FAR_BACK)
    }

    /// Notes that leaves which were asked for in advance are due now.
    pub(crate) fn on_layer_due(&mut self, key: &SegmentKey, now: Timestamp) {
        for (_, asked) in self.outstanding.iter_mut() {
            if asked.key == *key && asked.mark == Mark::Reserved && matches!(asked.wanted, Wanted::Layer(_)) {
                asked.at = now;
            }
        }
    }

    /// What a request was for, while it is in flight. Much of one that is over may still be on its way.
    pub(crate) fn answer(&mut self, request: RequestId) -> Answer<'_> {
        let late = self.was_made(request);
        match self.outstanding.get_mut(&request) {
            Some(asked) => Answer::Expected(asked),
            None if late => Answer::Late,
            None => Answer::Unasked,
        }
    }

    /// Notes that something of an answer came: it is not given up while more comes.
    pub(crate) fn on_progress(&mut self, request: RequestId, now: Timestamp) {
        let Some(asked) = self.outstanding.get_mut(&request) else {
            return;
        };
        if asked.first_byte.is_none() && asked.mark == Mark::Taken {
            asked.first_byte = Some(now);
            self.quality.on_sample(now.since(asked.at));
        }
        asked.due = asked.due.max(now + self.quality.timeout(Duration::ZERO));
        self.last_part = Some(now);
    }

    /// When a request is given up. A seeder's channel keeps its order: runs wait behind each other, and all behind a
    /// lost packet, and nobody but the origin would be faster; so none is given up while parts of others come. A
    /// viewer that has become slow loses the rest to other viewers instead.
    fn due(&self, asked: &Outstanding) -> Timestamp {
        let waits = asked.is_load() && self.role == Some(PeerRole::Seeder);
        let others = self.last_part.filter(|_| waits);
        let kept = others.map(|at| at + self.quality.timeout(Duration::ZERO));
        kept.map_or(asked.due, |kept| kept.max(asked.due))
    }

    /// Notes that a request was answered in full.
    pub(crate) fn on_answered(&mut self, request: RequestId, now: Timestamp) {
        let Some(asked) = self.take(request) else {
            return;
        };
        self.strikes = 0;
        let bytes = u64::from(asked.wanted.pieces()) * PIECE as u64;
        if bytes > 0 && asked.mark == Mark::Taken {
            // A request made while another answer was coming waited for that one: it counts from there.
            self.quality
                .on_served(bytes, now.since(asked.at.max(self.last_answer)));
            self.quality.useful_in(now, bytes);
        }
        self.last_answer = now;
        self.on_time += 1;
        if self.on_time >= self.window {
            self.window = (self.window + 1).min(LAST_WINDOW);
            self.on_time = 0;
        }
    }

    /// Notes that a request is over without an answer; what is on its way for it is ignored. Returns what it was for.
    pub(crate) fn on_abandoned(&mut self, request: RequestId) -> Option<Outstanding> {
        self.take(request)
    }

    fn take(&mut self, request: RequestId) -> Option<Outstanding> {
        let asked = self.outstanding.remove(&request)?;
        self.load -= u32::from(asked.is_load());
        Some(asked)
    }

    /// Notes that it was too slow, or refused: its window is halved.
    pub(crate) fn on_congested(&mut self) {
        self.window = (self.window / 2).max(1);
        self.on_time = 0;
    }

    /// Notes that it said it is busy for a while.
    pub(crate) fn on_busy(&mut self, until: Timestamp) {
        self.busy_until = self.busy_until.max(until);
        self.on_congested();
    }

    /// Notes that it refuses to send leaves for a while.
    pub(crate) fn on_leaves_refused(&mut self, until: Timestamp) {
        self.withholds_until = self.withholds_until.max(until);
    }

    /// Whether it can be asked for leaves now.
    pub(crate) fn gives_leaves(&self, now: Timestamp) -> bool {
        now >= self.withholds_until
    }

    /// Notes a failure; true if it was one too many.
    pub(crate) fn strike(&mut self) -> bool {
        self.strikes += 1;
        self.strikes >= MAX_STRIKES
    }

    /// The requests in flight.
    pub(crate) fn requests(&self) -> impl Iterator<Item = (RequestId, &Outstanding)> {
        self.outstanding.iter().map(|(request, asked)| (*request, asked))
    }

    /// When the first request is to be given up.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.outstanding.values().map(|asked| self.due(asked)).min()
    }

    /// The requests that are to be given up.
    pub(crate) fn overdue(&self, now: Timestamp) -> Vec<RequestId> {
        let overdue = self
            .outstanding
            .iter()
            .filter(|(_, asked)| self.due(asked) <= now);
        overdue.map(|(request, _)| *request).collect()
    }
}

/// The name of a link's request with that number.
fn named(number: u64) -> RequestId {
    RequestId(u32::try_from(number & u64::from(u32::MAX)).expect("invariant: 32 bits"))
}

#[cfg(test)]
mod tests;
