//! Links that are being made, and peers that are not to be dialled for a while. All of it is bounded.

use std::time::Duration;

use crate::id::{Member, PeerId};
use crate::rng::Rng;
use crate::time::Timestamp;
use crate::vecmap::VecMap;

/// How long a new link is hoped for: 95 of 100 handshakes that succeed do so within 2.5 s.
const HOPE: Duration = Duration::from_millis(2_500);

/// After this long a dial has failed, whatever the driver says: its own limit is 10 s.
const LIMIT: Duration = Duration::from_secs(20);

/// How long a peer is not dialled after a failure, at first and at most: doubling each time.
const FIRST_REST: Duration = Duration::from_secs(2);
const LAST_REST: Duration = Duration::from_secs(300);

/// The most peers that are remembered as not to be dialled.
const MAX_RESTING: usize = 256;

/// Who carries a negotiation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// Signaling.
    Signaling,
    /// A common neighbour: the one last heard to carry it.
    Neighbour(PeerId),
}

/// Who began a negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// This peer.
    Own,
    /// The other one.
    Other,
}

/// A link that is being made.
#[derive(Debug)]
pub(crate) struct Dial {
    /// Who carries its negotiation.
    pub(crate) carrier: Carrier,
    /// Who began it.
    pub(crate) caller: Caller,
    /// Whether the other side was heard over a neighbour.
    pub(crate) answered: Answered,
    /// The peer's member id, if a neighbour gave it.
    member: Option<Member>,
    hope_until: Timestamp,
    ends: Timestamp,
}

/// Whether the other side has said anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It has.
    Yes,
    /// It has not.
    NotYet,
}

#[derive(Debug)]
struct Rest {
    until: Timestamp,
    pause: Duration,
}

/// The links that are being made, and the peers that rest.
#[derive(Debug, Default)]
pub(crate) struct Dials {
    open: VecMap<PeerId, Dial>,
    resting: VecMap<PeerId, Rest>,
}

impl Dials {
    /// Notes that a link is being made. `member` is the peer's member id, if a neighbour gave it.
    pub(crate) fn open(
        &mut self,
        now: Timestamp,
        peer: PeerId,
        carrier: Carrier,
        caller: Caller,
        member: Option<Member>,
    ) {
        let answered = match caller {
            Caller::Own => Answered::NotYet,
            Caller::Other => Answered::Yes,
        };
        let dial = Dial {
            carrier,
            caller,
            answered,
            member,
            hope_until: now + HOPE,
            ends: now + LIMIT,
        };
        self.open.insert(peer, dial);
    }

    /// The link that is being made to a peer.
    pub(crate) fn get(&self, peer: &PeerId) -> Option<&Dial> {
        self.open.get(peer)
    }

    /// The same, mutably.
    pub(crate) fn get_mut(&mut self, peer: &PeerId) -> Option<&mut Dial> {
        self.open.get_mut(peer)
    }

    /// Whether a link is being made to a member, under whatever name.
    pub(crate) fn reaches(&self, member: Member) -> bool {
        self.open.values().any(|dial| dial.member == Some(member))
    }

    /// How many links are being made.
    pub(crate) fn len(&self) -> usize {
        self.open.len()
    }

    /// How many of them are still hoped for.
    pub(crate) fn hoped(&self, now: Timestamp) -> usize {
        self.open.values().filter(|dial| dial.hope_until > now).count()
    }

    /// Until when the last of them is hoped for.
    pub(crate) fn hope(&self) -> Option<Timestamp> {
        self.open.values().map(|dial| dial.hope_until).max()
    }

    /// How many that side began and negotiates over neighbours: over one of them, or over any.
    pub(crate) fn over_neighbours(&self, caller: Caller, over: Option<&PeerId>) -> usize {
        let counts = |dial: &&Dial| {
            let carried = match &dial.carrier {
                Carrier::Signaling => false,
                Carrier::Neighbour(by) => over.is_none_or(|over| over == by),
            };
            carried && dial.caller == caller
        };
        self.open.values().filter(counts).count()
    }

    /// Notes that the link is up.
    pub(crate) fn on_connected(&mut self, peer: &PeerId) -> Option<Dial> {
        self.resting.remove(peer);
        self.open.remove(peer)
    }

    /// Notes that a link will not come up; false if none was being made.
    pub(crate) fn on_failed(&mut self, now: Timestamp, peer: &PeerId, rng: &mut Rng) -> bool {
        if self.open.remove(peer).is_none() {
            return false;
        }
        let before = self.resting.get(peer).map(|rest| rest.pause);
        let pause = before.map_or(FIRST_REST, |pause| (pause * 2).min(LAST_REST));
        self.rest(now, peer.clone(), pause, pause + rng.up_to(pause / 2));
        true
    }

    /// Leaves a peer alone for that long.
    pub(crate) fn leave_alone(&mut self, now: Timestamp, peer: PeerId, time: Duration) {
        self.rest(now, peer, FIRST_REST, time);
    }

    /// Whether a peer is not to be dialled now.
    pub(crate) fn is_resting(&self, now: Timestamp, peer: &PeerId) -> bool {
        self.resting.get(peer).is_some_and(|rest| rest.until > now)
    }

    /// Fails the links that took too long, and returns their peers.
    pub(crate) fn expire(&mut self, now: Timestamp, rng: &mut Rng) -> Vec<PeerId> {
        let late = self.open.iter().filter(|(_, dial)| dial.ends <= now);
        let late: Vec<PeerId> = late.map(|(peer, _)| peer.clone()).collect();
        for peer in &late {
            self.on_failed(now, peer, rng);
        }
        late
    }

    fn rest(&mut self, now: Timestamp, peer: PeerId, pause: Duration, time: Duration) {
        let rest = Rest {
            until: now + time,
            pause,
        };
        self.resting.insert(peer, rest);
        if self.resting.len() > MAX_RESTING {
            let first = self.resting.iter().min_by_key(|(_, rest)| rest.until);
            if let Some(first) = first.map(|(peer, _)| peer.clone()) {
                self.resting.remove(&first);
            }
        }
    }
}

#[cfg(test)]
mod tests;
