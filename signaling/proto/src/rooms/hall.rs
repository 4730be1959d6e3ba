//! The tables of a server: connections, peer ids, swarms, deadlines. Each fact that is kept twice is changed here
//! only, in all its places at once.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::ConnId;
use super::admission::Admission;
use super::member::{Connection, Member, Rank};

#[derive(Debug, Default)]
pub(super) struct Hall {
    pub(super) admission: Admission,
    connections: BTreeMap<ConnId, Connection>,
    /// Who has which peer id.
    peers: BTreeMap<String, ConnId>,
    /// The members of each swarm, in the order in which they are offered for pairing. None is empty.
    swarms: BTreeMap<String, BTreeSet<Rank>>,
    /// One entry per connection, at or before its deadline.
    timers: BTreeSet<(Duration, ConnId)>,
}

impl Hall {
    pub(super) fn insert(&mut self, conn: ConnId, connection: Connection) {
        self.timers.insert((connection.armed, conn));
        self.connections.insert(conn, connection);
    }

    /// Makes a connection a member of its swarm.
    pub(super) fn enter(&mut self, conn: ConnId, member: Member) {
        let Some(connection) = self.connections.get_mut(&conn) else {
            return;
        };
        self.peers.insert(member.id.clone(), conn);
        self.swarms
            .entry(member.swarm.clone())
            .or_default()
            .insert(member.rank(conn));
        connection.member = Some(member);
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
        if conn == other || member.swarm != peer.swarm || member.pairs.contains(&other) {
            return None;
        }
        let id = peer.id.clone();
        self.change(conn, |member| _ = member.pairs.insert(other));
        self.change(other, |member| _ = member.pairs.insert(conn));
        Some(id)
    }

    /// Ends a pairing, and keeps the two apart until then. Tells whether there was one.
    pub(super) fn unpair(&mut self, conn: ConnId, other: ConnId, until: Duration) -> bool {
        if !self
            .member(conn)
            .is_some_and(|member| member.pairs.contains(&other))
        {
            return false;
        }
        for (conn, other) in [(conn, other), (other, conn)] {
            self.change(conn, |member| {
                member.pairs.remove(&other);
                member.part(other, until);
            });
        }
        true
    }

    /// Takes a connection out of every table. Returns the member it was, with its pairings as they were.
    pub(super) fn remove(&mut self, conn: ConnId) -> Option<Member> {
        let connection = self.connections.remove(&conn)?;
        self.timers.remove(&(connection.armed, conn));
        self.admission.exit(connection.place);
        let member = connection.member?;
        self.peers.remove(&member.id);
        if let Some(swarm) = self.swarms.get_mut(&member.swarm) {
            swarm.remove(&member.rank(conn));
            if swarm.is_empty() {
                self.swarms.remove(&member.swarm);
            }
        }
        for other in &member.pairs {
            self.change(*other, |peer| _ = peer.pairs.remove(&conn));
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

    /// Those that a member may be paired with, the least loaded first.
    pub(super) fn available(
        &self,
        now: Duration,
        conn: ConnId,
        limit: usize,
    ) -> impl Iterator<Item = ConnId> + '_ {
        let seeker = self.member(conn);
        let swarm = seeker.and_then(|seeker| self.swarms.get(&seeker.swarm));
        let ranks = swarm
            .into_iter()
            .flatten()
            .take_while(move |rank| rank.pairs < limit);
        ranks.map(|rank| rank.conn).filter(move |other| {
            let Some((seeker, peer)) = seeker.zip(self.member(*other)) else {
                return false;
            };
            *other != conn
                && !seeker.pairs.contains(other)
                && !seeker.is_parted(now, *other)
                && !peer.is_parted(now, conn)
        })
    }

    /// How many members a swarm has; `None` where there is no such swarm.
    pub(super) fn population(&self, swarm: &str) -> Option<usize> {
        self.swarms.get(swarm).map(BTreeSet::len)
    }

    pub(super) fn poll_timeout(&self) -> Option<Duration> {
        self.timers.first().map(|(due, _)| *due)
    }

    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    pub(super) fn swarms(&self) -> usize {
        self.swarms.len()
    }

    pub(super) fn peers(&self) -> usize {
        self.peers.len()
    }

    /// Changes a member, and its place in the order of its swarm with it.
    fn change(&mut self, conn: ConnId, change: impl FnOnce(&mut Member)) {
        let Some(member) = self
            .connections
            .get_mut(&conn)
            .and_then(|found| found.member.as_mut())
        else {
            return;
        };
        let before = member.rank(conn);
        change(member);
        let after = member.rank(conn);
        if let Some(swarm) = self.swarms.get_mut(&member.swarm)
            && before != after
        {
            swarm.remove(&before);
            swarm.insert(after);
        }
    }
}

#[cfg(test)]
mod tests;
