//! What members ask for: introductions, signals to be carried, pairings to be ended.

use std::time::Duration;

use super::envelope::Envelope;
use super::filter::filter;
use super::member::Member;
use super::roster::Standing;
use super::{Abroad, ConnId, Reason, Rooms};
use crate::message::{ErrorCode, MAX_FRAME, RELAY_GROWTH, Signal, ToClient, ToServer};
use crate::sdp::{Mapping, mappings};

impl Rooms {
    pub(super) fn on_message(&mut self, now: Duration, conn: ConnId, message: ToServer, size: usize) {
        match message {
            ToServer::Join(_) => {
                self.stats.refused.not_joined += 1;
                self.refuse(conn, ErrorCode::NotJoined, "joined already");
            }
            ToServer::Signal { to, signal } if size + RELAY_GROWTH <= MAX_FRAME => {
                self.relay(conn, to, signal)
            }
            ToServer::Signal { .. } => {
                self.stats.refused.out_of_range += 1;
                self.refuse(
                    conn,
                    ErrorCode::OutOfRange,
                    "the signal is too large to be carried",
                );
            }
            ToServer::Want { count } => self.introduce(now, conn, count),
            ToServer::Unpair { peer } => self.unpair(now, conn, &peer),
            ToServer::Measured { peer, rtt_ms } => self.on_measured(conn, &peer, rtt_ms),
            ToServer::Ping => self.send(conn, ToClient::Pong),
        }
    }

    /// Introduces a member to up to `want` others, and has it make the offers.
    pub(super) fn introduce(&mut self, now: Duration, conn: ConnId, want: u32) {
        let Some(member) = self.hall.member(conn) else {
            return;
        };
        let want = usize::try_from(want).unwrap_or(usize::MAX);
        let allowed = want.min(self.hall.allowance(now, member));
        let (id, seeker) = (member.id.clone(), member.party(conn));
        let count = allowed.min(self.hall.asks(now, conn));
        if allowed > 0 && count == 0 {
            self.stats.refused.count(Reason::RateLimited);
            self.refuse(
                conn,
                ErrorCode::RateLimited,
                "too many introductions: keep some peers",
            );
            return;
        }
        let mut chosen = Vec::new();
        for standing in [Standing::Open, Standing::Full] {
            let missing = count - chosen.len();
            if missing == 0 {
                break;
            }
            let Some(mut draw) = self.hall.draw(now, conn, standing, &mut self.rng) else {
                break;
            };
            let found = self.pairing.choose(seeker, &mut draw, missing);
            self.stats.looked_at += u64::try_from(draw.looked_at()).unwrap_or(u64::MAX);
            chosen.extend(found.into_iter().take(missing));
        }
        let missing = count - chosen.len().min(count);
        self.hall.count_asked(now, conn, chosen.len());
        for other in chosen {
            let Some(peer) = self.hall.pair(conn, other) else {
                continue;
            };
            self.stats.introductions += 1;
            self.stats.pairs += 1;
            self.send(
                other,
                ToClient::Paired {
                    peer: id.clone(),
                    offer: false,
                },
            );
            self.send(conn, ToClient::Paired { peer, offer: true });
        }
        if count > 0 && self.config.abroad == Abroad::Elsewhere {
            self.seek(conn, missing);
        }
    }

    fn relay(&mut self, conn: ConnId, to: String, signal: Signal) {
        // Read before the filter takes out sockets that the other peer must not learn of.
        let seen: Vec<Mapping> = mappings(&signal).collect();
        let Some(signal) = self.filtered(conn, signal) else {
            return;
        };
        let addressee = self.hall.find(&to);
        let Some(member) = self.hall.member(conn) else {
            return;
        };
        // Rooms of one swarm may be in the same table.
        let far = member.far.contains_key(&to);
        let near = addressee.filter(|addressee| member.pairs.contains(addressee));
        let from = member.id.clone();
        if near.is_none() && !far {
            self.stats.undeliverable += 1;
            self.send(conn, ToClient::Undeliverable { to });
            return;
        }
        if !self.hall.say(conn, &to, &seen) {
            self.stats.refused.count(Reason::RateLimited);
            self.refuse(conn, ErrorCode::RateLimited, "too many signals to this peer");
            return;
        }
        match near {
            Some(addressee) => {
                self.count_signal(&signal);
                self.send(addressee, ToClient::Signal { from, signal });
            }
            None => self.abroad(Envelope::Signal { from, to, signal }),
        }
    }

    /// The part of a signal that may be carried. That a candidate may not is no fault of its sender.
    fn filtered(&mut self, conn: ConnId, signal: Signal) -> Option<Signal> {
        let Some(rules) = &self.config.descriptions else {
            return Some(signal);
        };
        let Ok(filtered) = filter(signal, rules) else {
            self.stats.refused.count(Reason::Description);
            let text = "no description or candidate of a data channel";
            self.refuse(conn, ErrorCode::OutOfRange, text);
            return None;
        };
        self.stats.filtered += u64::try_from(filtered.dropped).unwrap_or(u64::MAX);
        filtered.signal
    }

    pub(super) fn count_signal(&mut self, signal: &Signal) {
        match signal {
            Signal::Offer { .. } => self.stats.offers += 1,
            Signal::Answer { .. } => self.stats.answers += 1,
            Signal::Candidate(_) => self.stats.candidates += 1,
        }
    }

    fn unpair(&mut self, now: Duration, conn: ConnId, peer: &str) {
        let far = |member: &Member| member.far.contains_key(peer);
        if self.hall.member(conn).is_some_and(far) {
            self.unpair_far(now, conn, peer);
            return;
        }
        let Some(other) = self.hall.find(peer) else {
            return;
        };
        if !self.hall.unpair(conn, other, now + self.config.repair_after) {
            return;
        }
        self.stats.pairs -= 1;
        let Some(member) = self.hall.member(conn) else {
            return;
        };
        let own = member.id.clone();
        self.hall.hush(conn, peer);
        self.hall.hush(other, &own);
        self.send(other, ToClient::Left { peer: own });
    }
}
