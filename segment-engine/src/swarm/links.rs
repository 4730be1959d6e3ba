//! The neighbours (tier 1), what each tells of its own (tier 2), and which of those is worth a link.

use std::time::Duration;

use super::relay::Budget;
use super::telling::{Own, Told};
use crate::fnv::mix;
use crate::id::{Member, PeerId};
use crate::time::Timestamp;
use crate::vecmap::{VecMap, VecSet};
use crate::wire::{MAX_NEIGHBOURS, Neighbour, PeerRole, capability};

/// How long a neighbour's list is valid; it is renewed every 15 s at least.
const LIST_LASTS: Duration = Duration::from_secs(40);

/// Playheads at most this many seconds apart are near: what one fetches the other plays soon, or has played.
const NEAR: i64 = 30;

/// Playheads at most this many seconds apart may still find something in each other's store.
const REACH: i64 = 300;

/// Stands for an unknown playhead.
pub(crate) const NO_HEAD: i32 = i32::MIN;

/// The uplink that a neighbour is assumed to have before it tells: 2 Mbit/s, so that it counts.
const UNTOLD_UPLINK: u8 = 11;

/// A neighbour's identity, by its handshake.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Identity {
    /// What it is to the swarm.
    pub(crate) role: PeerRole,
    /// Its own name.
    pub(crate) member: Member,
    /// What it can do: bits of [`capability`].
    pub(crate) capabilities: u32,
}

/// What a neighbour told last.
#[derive(Debug, Default)]
struct Word {
    /// When it came; `None` before the first.
    at: Option<Timestamp>,
    uplink: u8,
    links: u8,
    head: i32,
    neighbours: Vec<Neighbour>,
    listed: Timestamp,
}

/// A link that is up.
#[derive(Debug)]
pub(crate) struct Link {
    since: Timestamp,
    identity: Option<Identity>,
    word: Word,
    /// What the neighbour was told.
    pub(crate) told: Told,
    /// What it may still have carried.
    pub(crate) budget: Budget,
}

/// A peer that could be linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Candidate {
    /// Its name, as the neighbour knows it.
    pub(crate) peer: PeerId,
    /// Its member id.
    pub(crate) member: Member,
    /// The neighbour that knows it.
    pub(crate) over: PeerId,
}

/// All links.
#[derive(Debug, Default)]
pub(crate) struct Links {
    all: VecMap<PeerId, Link>,
}

impl Link {
    /// Since when it is up.
    pub(crate) fn since(&self) -> Timestamp {
        self.since
    }

    /// The peer at its other end; `None` before the handshake.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// What it can send: see [`Neighbour::uplink`].
    pub(crate) fn uplink(&self) -> u8 {
        match self.identity {
            Some(identity) if identity.capabilities & capability::NEVER_UPLOADS == 0 => {
                self.word.at.map_or(UNTOLD_UPLINK, |_| self.word.uplink)
            }
            Some(_) | None => 0,
        }
    }

    fn head(&self, now: Timestamp) -> i32 {
        self.word
            .at
            .map_or(NO_HEAD, |at| moved(self.word.head, now.since(at)))
    }

    fn relays(&self) -> bool {
        self.identity
            .is_some_and(|identity| identity.capabilities & capability::RELAYS != 0)
    }

    /// What it told of its neighbours, unless that is too old.
    fn list(&self, now: Timestamp) -> &[Neighbour] {
        if now.since(self.word.listed) > LIST_LASTS {
            return &[];
        }
        &self.word.neighbours
    }
}

impl Links {
    /// Notes that a channel is open.
    pub(crate) fn on_connected(&mut self, now: Timestamp, peer: PeerId) {
        let link = Link {
            since: now,
            identity: None,
            word: Word {
                head: NO_HEAD,
                ..Word::default()
            },
            told: Told::default(),
            budget: Budget::default(),
        };
        self.all.insert(peer, link);
    }

    /// Notes that a peer shook hands.
    pub(crate) fn on_ready(&mut self, peer: &PeerId, identity: Identity) {
        if let Some(link) = self.all.get_mut(peer) {
            link.identity = Some(identity);
        }
    }

    /// Notes that a link is gone.
    pub(crate) fn on_left(&mut self, peer: &PeerId) -> Option<Link> {
        self.all.remove(peer)
    }

    /// Takes in what a neighbour tells of itself and of its own neighbours. An empty list beside
    /// more than one link means that the list has not changed; beside one or none it is the list.
    pub(crate) fn on_word(
        &mut self,
        now: Timestamp,
        peer: &PeerId,
        own: Own,
        links: u8,
        list: Vec<Neighbour>,
    ) {
        let Some(link) = self.all.get_mut(peer) else {
            return;
        };
        let word = &mut link.word;
        (word.at, word.uplink, word.links, word.head) = (Some(now), own.uplink, links, own.head);
        if !list.is_empty() || links <= 1 {
            word.neighbours = list;
            word.listed = now;
        }
    }

    /// How many links are up, shaken hands or not.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// A link.
    pub(crate) fn get(&self, peer: &PeerId) -> Option<&Link> {
        self.all.get(peer)
    }

    /// A link, to change it.
    pub(crate) fn get_mut(&mut self, peer: &PeerId) -> Option<&mut Link> {
        self.all.get_mut(peer)
    }

    /// The links past their handshake.
    pub(crate) fn ready(&self) -> impl Iterator<Item = (&PeerId, &Link, &Identity)> + Clone {
        let all = self.all.iter();
        all.filter_map(|(peer, link)| Some((peer, link, link.identity.as_ref()?)))
    }

    /// The neighbour with this member id.
    pub(crate) fn of_member(&self, member: Member) -> Option<&PeerId> {
        let mut ready = self.ready();
        ready.find_map(|(peer, _, identity)| (identity.member == member).then_some(peer))
    }

    /// A neighbour that knows a peer by that name, and carries negotiations.
    pub(crate) fn over_whom(&self, now: Timestamp, peer: &PeerId) -> Option<&PeerId> {
        let mut ready = self.ready().filter(|(_, link, _)| link.relays());
        ready.find_map(|(by, link, _)| {
            link.list(now)
                .iter()
                .any(|known| known.peer == *peer)
                .then_some(by)
        })
    }

    /// The neighbours that upload.
    pub(crate) fn capable(&self) -> impl Iterator<Item = Member> {
        let capable = self.ready().filter(|(_, link, _)| link.uplink() > 0);
        capable.map(|(_, _, identity)| identity.member)
    }

    /// The neighbours, and theirs, that are known to upload, each once; without `own`.
    pub(crate) fn known_capable(&self, now: Timestamp, own: Member) -> Vec<Member> {
        let mut known: Vec<Member> = self.capable().collect();
        for (_, link, _) in self.ready() {
            let listed = link.list(now).iter().filter(|peer| peer.uplink > 0);
            known.extend(listed.map(|peer| peer.member));
        }
        known.sort_unstable();
        known.dedup();
        known.retain(|member| *member != own);
        known
    }

    /// How many peers, of neighbours and theirs, play near a position; without `own`.
    pub(crate) fn count_near(&self, now: Timestamp, own: Member, head: i32) -> usize {
        let mut near = VecSet::default();
        for (_, link, identity) in self.ready() {
            if apart(link.head(now), head).is_some_and(|apart| apart <= NEAR) {
                near.insert(identity.member);
            }
            let since = now.since(link.word.listed);
            let list = link.list(now).iter();
            for peer in
                list.filter(|peer| apart(moved(peer.head, since), head).is_some_and(|apart| apart <= NEAR))
            {
                near.insert(peer.member);
            }
        }
        near.remove(&own);
        near.len()
    }

    /// Whether a neighbour, or one of theirs, plays near a position, or one has yet to say where it plays.
    pub(crate) fn is_anyone_near(&self, now: Timestamp, own: Member, head: i32) -> bool {
        self.ready().any(|(_, link, _)| link.word.at.is_none()) || self.count_near(now, own, head) > 0
    }

    /// The best candidate that neighbours know and `is_open` allows: one that uploads, plays near, and has few links.
    /// Ties are broken by a lot, so that not all choose the same.
    pub(crate) fn candidate(
        &self,
        now: Timestamp,
        own: Member,
        head: i32,
        is_open: impl Fn(&Neighbour) -> bool,
    ) -> Option<Candidate> {
        let mut best = None;
        for (over, link, _) in self.ready().filter(|(_, link, _)| link.relays()) {
            let since = now.since(link.word.listed);
            for known in link.list(now) {
                if known.member == own || self.of_member(known.member).is_some() || !is_open(known) {
                    continue;
                }
                let far = match apart(moved(known.head, since), head) {
                    Some(0..=NEAR) => 0,
                    Some(..=REACH) | None => 1,
                    Some(_) => 2_u8,
                };
                let rank = (known.uplink == 0, far, known.links / 3, lot(own, known.member));
                if best.as_ref().is_none_or(|(least, _, _)| rank < *least) {
                    best = Some((rank, known, over));
                }
            }
        }
        best.map(|(_, known, over)| Candidate {
            peer: known.peer.clone(),
            member: known.member,
            over: over.clone(),
        })
    }

    /// The neighbours that a neighbour is told of: all others, or those that a hash chooses for it.
    pub(crate) fn list_for(&self, now: Timestamp, peer: &PeerId, member: Member) -> Vec<Neighbour> {
        let others = self.ready().filter(|(other, ..)| *other != peer);
        let mut list: Vec<Neighbour> = others
            .map(|(other, link, identity)| Neighbour {
                peer: other.clone(),
                member: identity.member,
                uplink: link.uplink(),
                links: link.word.links,
                head: link.head(now),
            })
            .collect();
        if list.len() > MAX_NEIGHBOURS {
            list.sort_by_key(|other| lot(member, other.member));
            list.truncate(MAX_NEIGHBOURS);
        }
        list
    }
}

/// A lot of two members, the same from either side, and on every target.
pub(crate) fn lot(one: Member, other: Member) -> u64 {
    mix(u64::from_be_bytes(one.0) ^ u64::from_be_bytes(other.0))
}

/// Where a playhead is that was told some time ago: one that stands still would say so.
pub(crate) fn moved(head: i32, since: Duration) -> i32 {
    if head == NO_HEAD {
        return NO_HEAD;
    }
    head.saturating_add(i32::try_from(since.as_secs()).unwrap_or(i32::MAX))
}

/// How many seconds two playheads are apart; `None` unless both are known.
pub(crate) fn apart(one: i32, other: i32) -> Option<i64> {
    (one != NO_HEAD && other != NO_HEAD).then(|| (i64::from(one) - i64::from(other)).abs())
}

#[cfg(test)]
mod tests;
