//! The rules of the second front, WebTorrent trackers' protocol: which member of a room gets which offer, and which
//! answer goes back.
//!
//! An announcer is one info hash of one connection. Its offers come with its announces, for nobody in particular; each
//! goes to another member of the room, which may answer it once, within two minutes, under its own name. Nothing else
//! is carried. Which peers are linked is not known here: no pairings are held.

mod draw;
mod io;
mod member;
mod room;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

pub use self::io::{
    Announce, AnnouncersConfig, AnnouncersOutput, AnnouncersStats, Answer, Census, Event, Id20, NameTaken,
    Offer, Progress, Unasked,
};

use self::draw::Draw;
use self::member::Announcer;
use self::room::Room;
use super::draw::Shuffled;
use super::{ConnId, Pairing, Party, RoomKey};
use crate::range::OutOfRange;

/// The most offers of one announce; those beyond are not looked at. Clients of the field send 5 or 10.
pub const MAX_OFFERS: usize = 10;

/// How long an offer may be answered.
pub const OFFER_LIFE: Duration = Duration::from_secs(120);

/// How many offers a member may have waiting for its answer. It is offered no more then.
pub const MAX_WAITING: usize = 32;

/// How many of them may be of one announcer, so that it takes eight to keep all others from a member.
pub const MAX_WAITING_OF_ONE: usize = 4;

/// How long a member is left in peace after it was asked whether it is there.
const PROBE_EVERY: Duration = Duration::from_secs(10);

/// How many members one announce looks at, at most: where many are not to be offered more, it finds fewer.
const MAX_LOOKED_AT: usize = 64;

/// All announcers of some rooms. Time and calls are as those of [`Rooms`](super::Rooms).
#[derive(Debug)]
pub struct Announcers {
    config: AnnouncersConfig,
    pairing: Box<dyn Pairing + Send>,
    rng: ChaCha20Rng,
    members: BTreeMap<ConnId, Announcer>,
    /// Without empty ones.
    rooms: BTreeMap<RoomKey, Room>,
    /// One entry per member, at or before its deadline.
    timers: BTreeSet<(Duration, ConnId)>,
    stats: AnnouncersStats,
    outputs: VecDeque<AnnouncersOutput>,
}

impl Announcers {
    /// Makes rooms without members. The members that get an offer are drawn from `seed`.
    ///
    /// # Errors
    /// When the configuration is out of range.
    pub fn new(
        config: AnnouncersConfig,
        pairing: Box<dyn Pairing + Send>,
        seed: [u8; 32],
    ) -> Result<Self, OutOfRange> {
        config.validate()?;
        Ok(Self {
            config,
            pairing,
            rng: ChaCha20Rng::from_seed(seed),
            members: BTreeMap::new(),
            rooms: BTreeMap::new(),
            timers: BTreeSet::new(),
            stats: AnnouncersStats::default(),
            outputs: VecDeque::new(),
        })
    }

    /// Makes a connection a member of a room, under the name that it chose. It stays until it is closed or silent for 2.5
    /// announce intervals. One connection is a member once.
    ///
    /// # Errors
    /// When another member has that name: this one stays out. The other is asked whether it is still there, as it may
    /// be the same client's older connection, which broke unnoticed; a later try then finds the name free.
    pub fn handle_entered(
        &mut self,
        now: Duration,
        conn: ConnId,
        key: RoomKey,
        peer: Id20,
    ) -> Result<(), NameTaken> {
        if self.members.contains_key(&conn) {
            debug_assert!(false, "the shell used a connection's name twice");
            return Ok(());
        }
        if let Some(namesake) = self.rooms.get(&key).and_then(|room| room.find(&peer)) {
            self.stats.refused_names += 1;
            self.probe(now, namesake);
            return Err(NameTaken);
        }
        let deadline = now + self.silence();
        let room = self.rooms.entry(key.clone()).or_default();
        let place = room.seat(conn, peer);
        self.members
            .insert(conn, Announcer::new(peer, key, place, deadline));
        self.timers.insert((deadline, conn));
        Ok(())
    }

    /// Takes in an announce: hands its offers out, and counts who is in the room. `None` for one that is no member.
    pub fn handle_announce(&mut self, now: Duration, conn: ConnId, announce: Announce) -> Option<Census> {
        let deadline = now + self.silence();
        let member = self.members.get_mut(&conn)?;
        member.deadline = deadline;
        let room = self.rooms.get_mut(&member.room)?;
        room.note(member, &announce);
        let census = room.census();
        self.stats.announces += 1;
        self.stats.filtered += announce.filtered;
        self.hand_out(now, conn, announce.offers);
        Some(census)
    }

    /// Takes in an answer, and carries it once to the member whose offer it answers.
    ///
    /// # Errors
    /// When it is no answer to an offer that this member was handed and that is still open.
    pub fn handle_answer(&mut self, now: Duration, conn: ConnId, answer: Answer) -> Result<(), Unasked> {
        self.stats.filtered += answer.filtered;
        let Some(offerer) = self.asked(now, conn, &answer) else {
            self.stats.unasked += 1;
            return Err(Unasked);
        };
        self.stats.answers += 1;
        self.outputs.push_back(AnnouncersOutput::Carry {
            conn: offerer,
            text: answer.text,
        });
        Ok(())
    }

    /// Takes a member out. Does nothing for a connection that is none.
    pub fn handle_closed(&mut self, conn: ConnId) {
        let Some(member) = self.members.remove(&conn) else {
            return;
        };
        self.timers.remove(&(member.armed, conn));
        let Some(room) = self.rooms.get_mut(&member.room) else {
            return;
        };
        let moved = room.remove(&member);
        if room.is_empty() {
            self.rooms.remove(&member.room);
        }
        if let Some(moved) = moved.and_then(|moved| self.members.get_mut(&moved)) {
            moved.place = member.place;
        }
    }

    /// Takes out members that were silent for too long at `now`.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some((armed, conn)) = self.timers.first().copied() {
            if armed > now {
                return;
            }
            self.timers.pop_first();
            let Some(member) = self.members.get_mut(&conn) else {
                continue;
            };
            member.armed = member.deadline;
            self.timers.insert((member.armed, conn));
            if member.deadline <= now {
                self.stats.lapsed += 1;
                self.handle_closed(conn);
                self.outputs.push_back(AnnouncersOutput::Lapsed { conn });
            }
        }
    }

    /// Takes the next thing to do.
    pub fn poll_output(&mut self) -> Option<AnnouncersOutput> {
        self.outputs.pop_front()
    }

    /// Tells when [`handle_timeout`](Self::handle_timeout) is due, if ever. It may find nothing to do then.
    pub fn poll_timeout(&self) -> Option<Duration> {
        self.timers.first().map(|(due, _)| *due)
    }

    /// Tells whether a connection is a member of one of these rooms.
    pub fn contains(&self, conn: ConnId) -> bool {
        self.members.contains_key(&conn)
    }

    /// Counts who is in a room.
    pub fn census(&self, key: &RoomKey) -> Census {
        self.rooms.get(key).map_or_else(Census::default, Room::census)
    }

    /// The figures as of now.
    pub fn stats(&self) -> AnnouncersStats {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        AnnouncersStats {
            members: count(self.members.len()),
            rooms: count(self.rooms.len()),
            ..self.stats
        }
    }

    fn probe(&mut self, now: Duration, conn: ConnId) {
        let Some(member) = self.members.get_mut(&conn) else {
            return;
        };
        if member.probed.is_none_or(|probed| now >= probed + PROBE_EVERY) {
            member.probed = Some(now);
            self.outputs.push_back(AnnouncersOutput::Probe { conn });
        }
    }

    /// Gives each offer to another member, as far as there are any that may be offered one.
    fn hand_out(&mut self, now: Duration, conn: ConnId, offers: Vec<Offer>) {
        if offers.is_empty() {
            return;
        }
        let Some(member) = self.members.get(&conn) else {
            return;
        };
        let Some(room) = self.rooms.get(&member.room) else {
            return;
        };
        let count = offers.len().min(MAX_OFFERS);
        let mut draw = Draw {
            now,
            announcer: conn,
            members: &self.members,
            list: Shuffled::new(room.list()),
            rng: &mut self.rng,
        };
        let seeker = Party::new(conn, member.waiting(now).len());
        let chosen = self.pairing.choose(seeker, &mut draw, count);
        for (other, offer) in chosen.into_iter().take(count).zip(offers) {
            let Some(member) = self.members.get_mut(&other) else {
                continue;
            };
            member.expect(now, conn, offer.id);
            self.stats.offers += 1;
            self.outputs.push_back(AnnouncersOutput::Carry {
                conn: other,
                text: offer.text,
            });
        }
    }

    /// Finds whose offer an answer is for, and closes that offer: it cannot be answered again.
    fn asked(&mut self, now: Duration, conn: ConnId, answer: &Answer) -> Option<ConnId> {
        let member = self.members.get_mut(&conn)?;
        let offerer = self.rooms.get(&member.room)?.find(&answer.to)?;
        member.take(now, offerer, answer.offer).then_some(offerer)
    }

    /// How long a member may be silent: 2.5 intervals, so that one lost announce does no harm.
    fn silence(&self) -> Duration {
        self.config.interval * 5 / 2
    }
}

#[cfg(test)]
mod tests;
