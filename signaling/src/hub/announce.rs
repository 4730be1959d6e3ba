//! The way from `/announce` into the rooms: one membership for each info hash that a connection announces.

use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;

use signaling_proto::lobby::Front;
use signaling_proto::message::Role;
use signaling_proto::rooms::announce::{Announce, Answer, Census, Id20, NameTaken, Unasked};
use signaling_proto::rooms::{Bucket, Refusal, RoomKey};
use signaling_proto::sdp::SdpRules;
use signaling_proto::share::Drawn;
use thiserror::Error;

use super::Hub;
use super::visit::{Caller, Entered, Membership, Visit};
use crate::config::Config;
use crate::outbox::{Inbox, Outbox, outbox};

/// The beginning of the name of each swarm of trackers' protocol, before its info hash. Tokens name these swarms by it.
const PREFIX: &str = "webtorrent:";

/// The settings of `/announce`.
#[derive(Debug, Clone)]
pub(crate) struct Tracker {
    pub(crate) interval: Duration,
    pub(crate) descriptions: SdpRules,
    message_rate: u32,
    message_burst: u32,
}

/// A connection is not made a member of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(crate) enum Unlisted {
    /// It is not let in, or there is no place for it. This is counted already.
    #[error("{}", .0.text)]
    Refused(Refusal),
    /// Another connection has the name that it announces under.
    #[error("{0}")]
    NameTaken(#[from] NameTaken),
}

impl Tracker {
    pub(super) fn new(config: &Config) -> Self {
        Self {
            interval: config.announcers().interval,
            descriptions: config.descriptions(),
            message_rate: config.message_rate,
            message_burst: config.message_burst,
        }
    }
}

impl Hub {
    /// Makes the queue of a connection that may have several memberships.
    pub(crate) fn outbox(&self) -> (Outbox, Inbox) {
        outbox(self.queue)
    }

    /// Makes a connection's token bucket.
    pub(crate) fn bucket(&self, tracker: &Tracker) -> Bucket {
        Bucket::new(self.now(), tracker.message_rate, tracker.message_burst)
    }

    /// Tells the time as rules count it.
    pub(crate) fn time(&self) -> Duration {
        self.now()
    }

    /// Counts the members of a swarm, over all of its rooms on this server.
    pub(crate) fn census(&self, info_hash: &Id20) -> Census {
        let (swarm, now) = (swarm(info_hash), self.now());
        let rooms = self.lock().lobby.addresses(&swarm);
        let mut key = RoomKey { swarm, number: 0 };
        let mut census = Census::default();
        for room in rooms {
            key.number = room.number;
            census += self
                .shard(room)
                .tell_announcers(now, |announcers| announcers.census(&key));
        }
        census
    }

    /// Tells whether nobody is let in without a token, by the settings that were read last.
    pub(crate) fn requires_token(&self) -> bool {
        self.tables().door.requires_token()
    }

    /// Counts a scrape.
    pub(crate) fn count_scrape(&self) {
        self.scrapes.fetch_add(1, Ordering::Relaxed);
    }
}

impl Visit {
    /// Makes the visitor a member of one more swarm, under a name of its choice.
    pub(crate) fn enlist(
        &self,
        info_hash: &Id20,
        peer: Id20,
        token: Option<&str>,
        outbox: &Outbox,
    ) -> Result<Membership, Unlisted> {
        let (hub, swarm) = (&self.hub, swarm(info_hash));
        let tables = hub.tables();
        let asn = tables.places.find(self.address).asn;
        let caller = Caller {
            swarm: &swarm,
            front: Front::Tracker,
            asn,
            token,
            drawn: Some(Drawn::Name(&peer.0)),
            // Its own word for one that has all of a file is no word for a seeder of the operator's.
            role: Role::Viewer,
        };
        let entered = self.enter(&tables, &caller).map_err(Unlisted::Refused)?;
        let Entered { membership, lot, .. } = entered;
        let (now, conn, room) = (hub.now(), membership.conn, membership.entry.address());
        let key = RoomKey {
            swarm,
            number: room.number,
        };
        let shard = hub.shard(room);
        shard.connect(conn, outbox.clone(), lot);
        shard.tell_announcers(now, |announcers| announcers.handle_entered(now, conn, key, peer))?;
        hub.part_if_replaced(&membership);
        hub.part_if_switched_off(&membership, lot);
        Ok(membership)
    }
}

impl Membership {
    /// Takes in an announce. `None` where the membership has lapsed.
    pub(crate) fn announce(&self, announce: Announce) -> Option<Census> {
        let (hub, now) = (&self.hub, self.hub.now());
        let shard = hub.shard(self.entry.address());
        shard.tell_announcers(now, |announcers| {
            announcers.handle_announce(now, self.conn, announce)
        })
    }

    /// Takes in an answer.
    pub(crate) fn answer(&self, answer: Answer) -> Result<(), Unasked> {
        let (hub, now) = (&self.hub, self.hub.now());
        let shard = hub.shard(self.entry.address());
        shard.tell_announcers(now, |announcers| announcers.handle_answer(now, self.conn, answer))
    }
}

/// The name of an info hash's swarm.
fn swarm(info_hash: &Id20) -> String {
    let mut name = String::with_capacity(PREFIX.len() + 40);
    name.push_str(PREFIX);
    for byte in info_hash.0 {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
