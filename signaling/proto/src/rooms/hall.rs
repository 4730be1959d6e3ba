//! The tables of a server: connections, peer ids, swarms, deadlines. Each fact that is kept twice is changed here
//! only, in all its places at once.

mod far;

pub(super) use self::far::Search;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use rand_chacha::ChaCha20Rng;

use super::block::BlockKey;
use super::draw::Draw;
use super::locale::{Group, Locale};
use super::member::{Connection, Entrant, MEMBER_ASKS, Member};
use super::roster::{Roster, Standing};
use super::rtt::RttBook;
use super::{ConnId, RoomKey};
use crate::admission::Admission;
use crate::message::Hints;
use crate::sdp::Mapping;

/// How long after its join a member may ask for half of what it takes, however full its room is. By then those that came
/// after it have filled most of what it lacked: the few that lack some still make no chain of the room. The engine asks
/// for the first time after 2 s, which a test of the workspace holds both to.
pub const SETTLED: Duration = Duration::from_millis(1_500);

#[derive(Debug)]
pub(super) struct Hall {
    /// How many pairings a member may have.
    limit: usize,
    /// The key of the blocks of addresses that other rooms are told.
    blocks: BlockKey,
    pub(super) admission: Admission,
    /// Round trips that members measured.
    pub(super) rtts: RttBook,
    connections: BTreeMap<ConnId, Connection>,
    /// Connections by their peer ids.
    peers: BTreeMap<String, ConnId>,
    /// The members of each room. Empty rooms are removed.
    rooms: BTreeMap<RoomKey, Roster>,
    /// One entry per connection, at or before its deadline.
    timers: BTreeSet<(Duration, ConnId)>,
}

impl Hall {
    pub(super) fn new(limit: usize, blocks: BlockKey) -> Self {
        Self {
            limit,
            blocks,
            admission: Admission::default(),
            rtts: RttBook::default(),
            connections: BTreeMap::new(),
            peers: BTreeMap::new(),
            rooms: BTreeMap::new(),
            timers: BTreeSet::new(),
        }
    }

    pub(super) fn insert(&mut self, conn: ConnId, connection: Connection) {
        self.timers.insert((connection.armed, conn));
        self.connections.insert(conn, connection);
    }

    /// Makes a connection a member of a room that takes `capacity` pairings, if the server allows it as many.
    pub(super) fn enter(
        &mut self,
        now: Duration,
        conn: ConnId,
        (id, room): (String, RoomKey),
        capacity: usize,
        hints: &Hints,
    ) {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return;
        };
        self.peers.insert(id.clone(), conn);
        let roster = self.rooms.entry(room.clone()).or_default();
        let locale = Locale::new(&connection.location, hints);
        let seat = roster.seat(conn, Standing::Open, &locale);
        let block = self.blocks.tag(locale.prefix);
        let capacity = capacity.min(self.limit);
        let entrant = Entrant {
            id,
            room,
            capacity,
            seat,
            locale,
            block,
        };
        connection.member = Some(Member::new(now, entrant));
    }

    /// Moves a connection's deadline. Later ones cost nothing: the timer finds out when it fires.
    pub(super) fn rearm(&mut self, conn: ConnId, deadline: Duration) {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return;
        };
        connection.deadline = deadline;
        if deadline < connection.armed {
            self.timers.remove(&(connection.armed, conn));
            connection.armed = deadline;
            self.timers.insert((deadline, conn));
        }
    }

    /// Takes the timer of the next connection whose deadline has passed.
    pub(super) fn pop_overdue(&mut self, now: Duration) -> Option<ConnId> {
        loop {
            let (armed, conn) = *self.timers.first()?;
            if armed > now {
                return None;
            }
            self.timers.pop_first();
            let Some(connection) = self.connections.get_mut(&conn) else {
                continue;
            };
            connection.armed = connection.deadline;
            self.timers.insert((connection.armed, conn));
            if connection.deadline <= now {
                return Some(conn);
            }
        }
    }

    /// Pairs two members, and returns the other's peer id; `None` where they cannot be paired.
    pub(super) fn pair(&mut self, conn: ConnId, other: ConnId) -> Option<String> {
        let (member, peer) = (self.member(conn)?, self.member(other)?);
        if conn == other || member.room != peer.room || member.pairs.contains(&other) {
            return None;
        }
        let id = peer.id.clone();
        let (own, others) = (member.home(), peer.home());
        self.change(conn, |member| member.meet(other, others));
        self.change(other, |member| member.meet(conn, own));
        Some(id)
    }

    /// Ends a pairing, and keeps the two apart until `until`. Tells whether there was one.
    pub(super) fn unpair(&mut self, conn: ConnId, other: ConnId, until: Duration) -> bool {
        let (Some(member), Some(peer)) = (self.member(conn), self.member(other)) else {
            return false;
        };
        if !member.pairs.contains(&other) {
            return false;
        }
        let (own, others) = (member.locale.prefix, peer.locale.prefix);
        for (conn, other, prefix) in [(conn, other, others), (other, conn, own)] {
            self.change(conn, |member| {
                member.miss(other, prefix);
                member.part(other, until);
            });
        }
        true
    }

    /// Notes that the round trip of a pairing was told, and returns the groups of both sides; `None` where there is no
    /// such pairing, or its round trip was told before.
    pub(super) fn tell(&mut self, conn: ConnId, other: ConnId) -> Option<(Group, Group)> {
        let others = self.member(other)?.locale.group();
        let connection = self.connections.get_mut(&conn)?;
        let member = connection.member.as_mut()?;
        if !member.tell(other) {
            return None;
        }
        let own = member.locale.group();
        self.change(other, |peer| _ = peer.tell(conn));
        Some((own, others))
    }

    /// Takes a connection out of every table. Returns the member it was, with its pairings as they were.
    pub(super) fn remove(&mut self, conn: ConnId) -> Option<Member> {
        let connection = self.connections.remove(&conn)?;
        self.timers.remove(&(connection.armed, conn));
        self.admission.exit(connection.place);
        let member = connection.member?;
        self.peers.remove(&member.id);
        if let Some(roster) = self.rooms.get_mut(&member.room) {
            let moved = roster.vacate(conn, member.seat, &member.locale);
            if roster.is_empty() {
                self.rooms.remove(&member.room);
            }
            self.reseat(moved, member.seat.index);
        }
        for other in &member.pairs {
            self.change(*other, |peer| peer.miss(conn, member.locale.prefix));
        }
        Some(member)
    }

    pub(super) fn connection_mut(&mut self, conn: ConnId) -> Option<&mut Connection> {
        self.connections.get_mut(&conn)
    }

    pub(super) fn contains(&self, conn: ConnId) -> bool {
        self.connections.contains_key(&conn)
    }

    pub(super) fn member(&self, conn: ConnId) -> Option<&Member> {
        self.connections.get(&conn)?.member.as_ref()
    }

    pub(super) fn find(&self, peer: &str) -> Option<ConnId> {
        self.peers.get(peer).copied()
    }

    /// How many more pairings a member may ask for: as many as its room allows; once it has been there for [`SETTLED`],
    /// at least half of what it takes.
    pub(super) fn allowance(&self, now: Duration, member: &Member) -> usize {
        let roster = self.rooms.get(&member.room);
        let mut allowed = roster.map_or(0, |roster| roster.allowance(member.capacity));
        if now >= member.since + SETTLED {
            allowed = allowed.max(member.capacity / 2);
        }
        allowed.saturating_sub(member.pair_count())
    }

    /// Starts a draw from the members of one standing in a member's room that it may be paired with.
    pub(super) fn draw<'a>(
        &'a self,
        now: Duration,
        conn: ConnId,
        standing: Standing,
        rng: &'a mut ChaCha20Rng,
    ) -> Option<Draw<'a>> {
        let seeker = self.member(conn)?;
        let roster = self.rooms.get(&seeker.room)?;
        Some(Draw::new(self, now, (conn, seeker), (roster, standing), rng))
    }

    /// How many introductions a member may ask for now.
    pub(super) fn asks(&mut self, now: Duration, conn: ConnId) -> usize {
        let connection = self.connections.get_mut(&conn);
        let member = connection.and_then(|found| found.member.as_mut());
        member.map_or(0, |member| member.asks.level(now))
    }

    /// Leaves a new member `asks` of the introductions that it may ask for at once.
    pub(super) fn set_asks(&mut self, now: Duration, conn: ConnId, asks: u32) {
        self.count_asked(
            now,
            conn,
            usize::try_from(MEMBER_ASKS.saturating_sub(asks)).unwrap_or(0),
        );
    }

    /// Counts introductions that a member asked for, and that were made.
    pub(super) fn count_asked(&mut self, now: Duration, conn: ConnId, made: usize) {
        let connection = self.connections.get_mut(&conn);
        if let Some(member) = connection.and_then(|found| found.member.as_mut()) {
            // Those from other rooms come later than they were asked for: that may be a few too many.
            let _ = member
                .asks
                .take_many(now, u32::try_from(made).unwrap_or(u32::MAX));
        }
    }

    /// Counts a signal that a member sends in a pairing. Tells whether it may be sent.
    pub(super) fn say(&mut self, conn: ConnId, peer: &str, seen: &[Mapping]) -> bool {
        let connection = self.connections.get_mut(&conn);
        let member = connection.and_then(|found| found.member.as_mut());
        member.is_some_and(|member| member.say(peer, seen))
    }

    /// Forgets what a member said in a pairing that ended.
    pub(super) fn hush(&mut self, conn: ConnId, peer: &str) {
        let connection = self.connections.get_mut(&conn);
        if let Some(member) = connection.and_then(|found| found.member.as_mut()) {
            member.hush(peer);
        }
    }

    /// Notes how many members of other rooms a member looks for.
    pub(super) fn set_sought(&mut self, conn: ConnId, sought: u32) {
        self.change(conn, |member| member.sought = sought);
    }

    /// How many members a room has; `None` where there is no such room.
    pub(super) fn population(&self, room: &RoomKey) -> Option<usize> {
        self.rooms.get(room).map(Roster::len)
    }

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.timers.first().map(|(due, _)| *due)
    }

    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    pub(super) fn rooms(&self) -> usize {
        self.rooms.len()
    }

    pub(super) fn peers(&self) -> usize {
        self.peers.len()
    }

    /// Changes a member, and its seat in its swarm with it.
    fn change(&mut self, conn: ConnId, change: impl FnOnce(&mut Member)) {
        let Some(member) = self
            .connections
            .get_mut(&conn)
            .and_then(|found| found.member.as_mut())
        else {
            return;
        };
        change(member);
        let (before, standing) = (member.seat, member.standing(self.limit));
        if before.standing == standing {
            return;
        }
        let Some(roster) = self.rooms.get_mut(&member.room) else {
            return;
        };
        let moved = roster.vacate(conn, before, &member.locale);
        member.seat = roster.seat(conn, standing, &member.locale);
        self.reseat(moved, before.index);
    }

    /// Tells a member, if any, that it moved within its list.
    fn reseat(&mut self, moved: Option<ConnId>, index: usize) {
        let connection = moved.and_then(|conn| self.connections.get_mut(&conn));
        if let Some(member) = connection.and_then(|found| found.member.as_mut()) {
            member.seat.index = index;
        }
    }
}

#[cfg(test)]
mod tests;
