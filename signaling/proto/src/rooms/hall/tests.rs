//! The invariants between the tables, for the property test to check after each step.

use std::collections::BTreeMap;

use super::{Hall, Roster, Standing};

impl Hall {
    /// Panics where two tables disagree.
    pub(in crate::rooms) fn check(&self) {
        for (conn, connection) in &self.connections {
            assert!(self.timers.contains(&(connection.armed, *conn)));
            assert!(connection.armed <= connection.deadline);
            let Some(member) = &connection.member else {
                continue;
            };
            assert_eq!(self.peers.get(&member.id), Some(conn));
            let roster = &self.rooms[&member.room];
            assert_eq!(
                roster.list(member.seat.standing).get(member.seat.index),
                Some(conn)
            );
            assert_eq!(member.seat.standing, member.standing(self.limit));
            assert!(member.pairs.len() <= self.limit);
            for other in &member.pairs {
                let peer = self.member(*other).expect("a pairing ends with either side");
                let near = peer.pairs.iter().filter(|conn| {
                    let locale = &self.member(**conn).unwrap().locale;
                    locale.prefix == member.locale.prefix
                });
                let far = peer.far.values().filter(|block| **block == Some(member.block));
                assert_eq!(peer.pairs_near(member), near.count() + far.count());
            }
            for other in &member.pairs {
                let peer = self.member(*other).expect("a pairing ends with either side");
                assert!(peer.pairs.contains(conn), "a pairing is symmetric");
                assert_eq!(peer.room, member.room);
            }
        }
        for roster in self.rooms.values() {
            let open = roster.list(Standing::Open).iter();
            let locales: BTreeMap<_, _> = open
                .map(|conn| (*conn, self.member(*conn).unwrap().locale))
                .collect();
            roster.index().check(&locales);
        }
        let members = self
            .connections
            .values()
            .filter(|connection| connection.member.is_some())
            .count();
        assert_eq!(self.timers.len(), self.connections.len());
        assert_eq!(self.peers.len(), members);
        assert_eq!(self.rooms.values().map(Roster::len).sum::<usize>(), members);
        assert!(self.rooms.values().all(|swarm| !swarm.is_empty()));
    }

    pub(in crate::rooms) fn is_empty(&self) -> bool {
        self.connections.is_empty()
            && self.peers.is_empty()
            && self.rooms.is_empty()
            && self.timers.is_empty()
            && self.admission.is_empty()
    }
}
