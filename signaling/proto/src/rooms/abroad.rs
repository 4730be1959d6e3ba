//! Pairings with members of other rooms of the same swarm: what is said to those rooms, and what they say.
//!
//! Each side keeps its half of such a pairing by the other's peer id. What is lost between them leaves a half that no
//! offer comes through; its client gives up and unpairs.

use std::time::Duration;

use super::envelope::{Envelope, MAX_SOUGHT, Stranger};
use super::hall::Search;
use super::member::Member;
use super::name::RoomKey;
use super::roster::Standing;
use super::{ConnId, Rooms, RoomsOutput};
use crate::message::{Signal, ToClient};
use crate::parse::is_id;

impl Rooms {
    /// Takes in what another room says to one of these, in answer to a [`RoomsOutput::Abroad`] or of its own accord. An
    /// [`Envelope::Seek`] is for no room in particular: it goes to [`handle_seek`](Self::handle_seek), and is ignored
    /// here.
    pub fn handle_envelope(&mut self, now: Duration, envelope: Envelope) {
        match envelope {
            // It has no addressee: whoever knows all rooms picks one, and calls `handle_seek`.
            Envelope::Seek { .. } => {}
            Envelope::Found { seeker, peers } => self.on_found(now, &seeker, peers),
            Envelope::Signal { from, to, signal } => self.on_far_signal(from, to, signal),
            Envelope::Left { from, to } => self.on_far_left(now, from, &to),
            Envelope::Undeliverable { from, to } => self.on_far_undeliverable(now, &from, to),
        }
    }

    /// Introduces a member of another room to up to `count` members of one of these rooms.
    pub fn handle_seek(&mut self, now: Duration, room: &RoomKey, seeker: &Stranger, count: u32) {
        if !is_id(&seeker.id) {
            return;
        }
        let wanted = usize::try_from(count.min(MAX_SOUGHT)).unwrap_or(0);
        let mut peers = Vec::new();
        for standing in [Standing::Open, Standing::Full] {
            let search = Search {
                room,
                stranger: seeker,
                standing,
                count: wanted - peers.len(),
            };
            let found = self.hall.draw_for_stranger(now, search, &mut self.rng);
            self.stats.looked_at += u64::try_from(found.len()).unwrap_or(u64::MAX);
            for conn in found {
                if let Some(peer) = self.pair_far(now, conn, seeker, Offers::Waits) {
                    peers.push(peer);
                }
            }
        }
        if !peers.is_empty() {
            let seeker = seeker.id.clone();
            self.abroad(Envelope::Found { seeker, peers });
        }
    }

    /// Takes back a message to a member whose connection has too much waiting already. The sender of a signal is told.
    pub fn handle_undelivered(&mut self, conn: ConnId, message: &ToClient) {
        let ToClient::Signal { from, .. } = message else {
            return;
        };
        let Some(member) = self.hall.member(conn) else {
            return;
        };
        let to = member.id.clone();
        self.stats.undeliverable += 1;
        match self.hall.find(from) {
            Some(sender) => self.send(sender, ToClient::Undeliverable { to }),
            None => self.abroad(Envelope::Undeliverable {
                from: from.clone(),
                to,
            }),
        }
    }

    /// Looks for members of other rooms: as many as are missing at home, and at least one, so that a swarm's rooms stay
    /// connected.
    pub(super) fn seek(&mut self, conn: ConnId, missing: usize) {
        let Some(member) = self.hall.member(conn) else {
            return;
        };
        let count = u32::try_from(missing).unwrap_or(u32::MAX).clamp(1, MAX_SOUGHT);
        let (seeker, room) = (member.stranger(), member.room.clone());
        self.hall.set_sought(conn, count);
        self.abroad(Envelope::Seek {
            seeker,
            swarm: room.swarm,
            room: room.number,
            count,
        });
    }

    /// Ends a pairing with a member of another room.
    pub(super) fn unpair_far(&mut self, now: Duration, conn: ConnId, peer: &str) {
        if !self
            .hall
            .unpair_far(now, (conn, peer), now + self.config.repair_after)
        {
            return;
        }
        self.stats.pairs -= 1;
        if let Some(member) = self.hall.member(conn) {
            let from = member.id.clone();
            self.abroad(Envelope::Left {
                from,
                to: peer.to_owned(),
            });
        }
    }

    pub(super) fn abroad(&mut self, envelope: Envelope) {
        self.outputs.push_back(RoomsOutput::Abroad(envelope));
    }

    fn on_found(&mut self, now: Duration, seeker: &str, peers: Vec<Stranger>) {
        let conn = self.hall.find(seeker);
        let sought = conn
            .and_then(|conn| self.hall.member(conn))
            .map_or(0, |member| member.sought);
        let mut left = sought;
        for peer in peers {
            let paired = conn
                .filter(|_| left > 0 && is_id(&peer.id))
                .and_then(|conn| self.pair_far(now, conn, &peer, Offers::Makes));
            if let (Some(_), Some(conn)) = (paired, conn) {
                left -= 1;
                self.hall.count_asked(now, conn, 1);
            } else {
                // It waits for an offer that does not come.
                self.abroad(Envelope::Left {
                    from: seeker.to_owned(),
                    to: peer.id,
                });
            }
        }
        if let Some(conn) = conn {
            self.hall.set_sought(conn, left);
        }
    }

    fn on_far_signal(&mut self, from: String, to: String, signal: Signal) {
        let conn = self.hall.find(&to);
        let Some(conn) = conn.filter(|conn| self.is_paired_far(*conn, &from)) else {
            self.abroad(Envelope::Undeliverable { from, to });
            return;
        };
        self.count_signal(&signal);
        self.send(conn, ToClient::Signal { from, signal });
    }

    fn on_far_left(&mut self, now: Duration, from: String, to: &str) {
        let (conn, until) = (self.hall.find(to), now + self.config.repair_after);
        if let Some(conn) = conn.filter(|conn| self.hall.unpair_far(now, (*conn, &from), until)) {
            self.stats.pairs -= 1;
            self.send(conn, ToClient::Left { peer: from });
        }
    }

    fn on_far_undeliverable(&mut self, now: Duration, from: &str, to: String) {
        // It may have been the way between them: they may meet again as soon as that is there.
        let (conn, until) = (self.hall.find(from), now);
        if let Some(conn) = conn.filter(|conn| self.hall.unpair_far(now, (*conn, &to), until)) {
            self.stats.pairs -= 1;
            self.stats.undeliverable += 1;
            self.send(conn, ToClient::Undeliverable { to });
        }
    }

    fn is_paired_far(&self, conn: ConnId, peer: &str) -> bool {
        self.hall
            .member(conn)
            .is_some_and(|member| member.far.contains_key(peer))
    }

    /// Makes one half of a pairing, and tells the member. Returns that member as other rooms know it, if the half could
    /// be made.
    fn pair_far(
        &mut self,
        now: Duration,
        conn: ConnId,
        stranger: &Stranger,
        offers: Offers,
    ) -> Option<Stranger> {
        if !self.hall.pair_far(now, conn, stranger) {
            return None;
        }
        self.stats.introductions += 1;
        self.stats.pairs += 1;
        let offer = offers == Offers::Makes;
        self.send(
            conn,
            ToClient::Paired {
                peer: stranger.id.clone(),
                offer,
            },
        );
        self.hall.member(conn).map(Member::stranger)
    }
}

/// Which of two makes the offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offers {
    /// This member.
    Makes,
    /// The other one.
    Waits,
}
