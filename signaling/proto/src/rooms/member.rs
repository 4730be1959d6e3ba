//! One connection as the server knows it: before its join, and as a member of a swarm.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::block::BlockTag;
use super::bucket::Bucket;
use super::envelope::Stranger;
use super::locale::{ClientLocation, Locale, Nat, Prefix};
use super::pairing::{Party, has_share};
use super::roster::{Seat, Standing};
use super::{ConnId, RoomKey};
use crate::admission::Place;
use crate::sdp::Mapping;

/// How many signals a member may send in one pairing: an offer or answer, an ICE restart or two, and some 30 candidates
/// for each.
const MAX_SIGNALS: u8 = 96;

/// How many introductions a member may ask for a second, in the long run. Whoever lets its peers go to be introduced to
/// others, and so learns the addresses of a whole swarm, needs an hour for 3,600 of them.
const ASKS_PER_SECOND: u32 = 1;
/// How many introductions a member may ask for at once, however many pairings it says it takes: twice as many as a seeder
/// asks for. Where a lobby lets it in, those with its token or address have these in common.
pub const MEMBER_ASKS: u32 = 32;

/// How many ended pairings a member remembers.
const MAX_PARTED: usize = 64;
/// How long after two may be paired again a pairing that ended still counts against them: some causes of a link's
/// failure, such as a firewall, last.
const FAILED_FOR: Duration = Duration::from_secs(600);

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) place: Place,
    pub(super) location: ClientLocation,
    pub(super) bucket: Bucket,
    /// When it is closed unless it says something.
    pub(super) deadline: Duration,
    /// The entry it has in the timer table; never after `deadline`.
    pub(super) armed: Duration,
    pub(super) member: Option<Member>,
}

/// A member of a swarm.
#[derive(Debug)]
pub(super) struct Member {
    /// The peer id that the server issued.
    pub(super) id: String,
    pub(super) room: RoomKey,
    /// How many pairings it takes; at most as many as the server allows.
    pub(super) capacity: usize,
    pub(super) seat: Seat,
    /// When it joined.
    pub(super) since: Duration,
    pub(super) locale: Locale,
    /// The block of its address, as other rooms are told of it.
    pub(super) block: BlockTag,
    /// The members of its own room that it is paired with.
    pub(super) pairs: BTreeSet<ConnId>,
    /// Those of `pairs` whose round trip was told, by either side.
    told: BTreeSet<ConnId>,
    /// The blocks of addresses that those of `pairs` are in: the tag that other rooms are told, and how many are in it.
    blocks: BTreeMap<Prefix, (BlockTag, usize)>,
    /// The members of other rooms that it is paired with, by peer id, and the block that each is in.
    pub(super) far: BTreeMap<String, Option<BlockTag>>,
    /// How many of `far` are in each block.
    far_blocks: BTreeMap<BlockTag, usize>,
    /// What it said to those that it is paired with, by their peer ids.
    said: BTreeMap<String, Said>,
    /// Introductions that it may ask for.
    pub(super) asks: Bucket,
    /// How many it looks for in other rooms, and has not heard of yet.
    pub(super) sought: u32,
    /// Those that it is kept apart from, and until when.
    parted: VecDeque<(ConnId, Duration)>,
    /// As `parted`, for members of other rooms.
    parted_far: VecDeque<(String, Duration)>,
}

/// A member to be; the fields are those of [`Member`].
#[derive(Debug)]
pub(super) struct Entrant {
    pub(super) id: String,
    pub(super) room: RoomKey,
    pub(super) capacity: usize,
    pub(super) seat: Seat,
    pub(super) locale: Locale,
    pub(super) block: BlockTag,
}

/// What a member said in one pairing.
#[derive(Debug, Default)]
struct Said {
    /// How many signals.
    signals: u8,
    /// The first address of its own, as a STUN server saw it.
    mapping: Option<Mapping>,
}

impl Member {
    pub(super) fn new(since: Duration, entrant: Entrant) -> Self {
        let Entrant {
            id,
            room,
            capacity,
            seat,
            locale,
            block,
        } = entrant;
        Self {
            asks: Bucket::new(since, ASKS_PER_SECOND, MEMBER_ASKS),
            id,
            room,
            capacity,
            seat,
            since,
            locale,
            block,
            pairs: BTreeSet::new(),
            told: BTreeSet::new(),
            blocks: BTreeMap::new(),
            far: BTreeMap::new(),
            far_blocks: BTreeMap::new(),
            said: BTreeMap::new(),
            sought: 0,
            parted: VecDeque::new(),
            parted_far: VecDeque::new(),
        }
    }

    /// Counts a signal to one that it is paired with, and learns of this member's NAT from the mappings that it tells
    /// of. Tells whether it may be sent.
    pub(super) fn say(&mut self, peer: &str, seen: &[Mapping]) -> bool {
        if !self.said.contains_key(peer) {
            self.said.insert(peer.to_owned(), Said::default());
        }
        let said = self.said.get_mut(peer).expect("invariant: inserted above");
        said.signals = said.signals.saturating_add(1);
        if said.signals > MAX_SIGNALS {
            return false;
        }
        for mapping in seen {
            let first = said.mapping.get_or_insert(*mapping);
            if first.contradicts(mapping) {
                self.locale.nat = Nat::Symmetric;
            }
        }
        true
    }

    /// Forgets what was said in a pairing that ended.
    pub(super) fn hush(&mut self, peer: &str) {
        self.said.remove(peer);
    }

    /// Pairs this member with one of a block of addresses.
    pub(super) fn meet(&mut self, other: ConnId, (prefix, tag): (Prefix, BlockTag)) {
        if self.pairs.insert(other) {
            let (_, count) = self.blocks.entry(prefix).or_insert((tag, 0));
            *count += 1;
        }
    }

    /// Pairs this member with one of another room.
    pub(super) fn meet_far(&mut self, stranger: Stranger) {
        if let Some(block) = stranger.block {
            *self.far_blocks.entry(block).or_default() += 1;
        }
        self.far.insert(stranger.id, stranger.block);
    }

    /// Ends a pairing with one of another room.
    pub(super) fn miss_far(&mut self, peer: &str) {
        let Some(Some(block)) = self.far.remove(peer) else {
            return;
        };
        if let Some(count) = self.far_blocks.get_mut(&block) {
            *count -= 1;
            if *count == 0 {
                self.far_blocks.remove(&block);
            }
        }
    }

    /// Ends a pairing with one of a block of addresses.
    pub(super) fn miss(&mut self, other: ConnId, prefix: Prefix) {
        if !self.pairs.remove(&other) {
            return;
        }
        self.told.remove(&other);
        if let Some((_, count)) = self.blocks.get_mut(&prefix) {
            *count -= 1;
            if *count == 0 {
                self.blocks.remove(&prefix);
            }
        }
    }

    /// How many of the block of another member it is paired with, in whichever room.
    pub(super) fn pairs_near(&self, other: &Self) -> usize {
        let home = self.blocks.get(&other.locale.prefix);
        home.map_or(0, |(_, count)| *count) + self.strangers_of(other.block)
    }

    fn strangers_of(&self, block: BlockTag) -> usize {
        self.far_blocks.get(&block).copied().unwrap_or(0)
    }

    /// The block that it is in, and how other rooms are told of that.
    pub(super) fn home(&self) -> (Prefix, BlockTag) {
        (self.locale.prefix, self.block)
    }

    /// Marks a pairing as told of. Tells whether there is one, and it was not yet.
    pub(super) fn tell(&mut self, other: ConnId) -> bool {
        self.pairs.contains(&other) && self.told.insert(other)
    }

    /// Keeps `other` apart from this member until `until`.
    pub(super) fn part(&mut self, other: ConnId, until: Duration) {
        if self.parted.len() == MAX_PARTED {
            self.parted.pop_front();
        }
        self.parted.push_back((other, until));
    }

    /// Keeps a member of another room apart from this one until `until`. Does nothing where that is over.
    pub(super) fn part_far(&mut self, now: Duration, peer: String, until: Duration) {
        if until <= now {
            return;
        }
        if self.parted_far.len() == MAX_PARTED {
            self.parted_far.pop_front();
        }
        self.parted_far.push_back((peer, until));
    }

    /// Whether this member takes a pairing with one of another room: there is none yet, none ended lately, and the
    /// stranger's block has less than its share. Strangers of this member's own block are held to a share as well,
    /// however many of it there are at home: that they are of this block is the word of their server only.
    pub(super) fn takes(&self, now: Duration, stranger: &Stranger) -> bool {
        let peer = &stranger.id;
        let held = stranger.block.map(|block| {
            let near = self
                .blocks
                .values()
                .filter(|(tag, _)| *tag == block && block != self.block);
            let at_home: usize = near.map(|(_, count)| count).sum();
            at_home + self.strangers_of(block)
        });
        if held.is_some_and(|held| !has_share(held, self.pair_count() + 1)) {
            return false;
        }
        let parted = |(parted, until): &(String, Duration)| parted == peer && now < *until;
        self.id != *peer && !self.far.contains_key(peer) && !self.parted_far.iter().any(parted)
    }

    pub(super) fn is_parted(&self, now: Duration, other: ConnId) -> bool {
        self.parted
            .iter()
            .any(|(peer, until)| *peer == other && now < *until)
    }

    /// Whether a pairing with `other` ended lately.
    pub(super) fn failed_with(&self, now: Duration, other: ConnId) -> bool {
        self.parted
            .iter()
            .any(|(peer, until)| *peer == other && now < *until + FAILED_FOR)
    }

    /// Whether it takes more pairings, where the server allows it `limit`.
    pub(super) fn standing(&self, limit: usize) -> Standing {
        if self.pair_count() >= limit {
            return Standing::Shut;
        }
        if self.pair_count() >= self.capacity {
            return Standing::Full;
        }
        Standing::Open
    }

    /// What other rooms are told of it.
    pub(super) fn stranger(&self) -> Stranger {
        Stranger {
            id: self.id.clone(),
            block: Some(self.block),
        }
    }

    /// How many members it is paired with, in whichever room.
    pub(super) fn pair_count(&self) -> usize {
        self.pairs.len() + self.far.len()
    }

    /// What a strategy sees of it.
    pub(super) fn party(&self, conn: ConnId) -> Party {
        Party::new(conn, self.pair_count())
    }
}
