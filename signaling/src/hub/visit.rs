//! A connection's way in: counted as a visit, then a member of a room. Each ends when it is dropped.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use signaling_proto::admission::Place;
use signaling_proto::lobby::{Admitted, Entry, Front, Holder, Newcomer, RoomAddress};
use signaling_proto::message::Join;
use signaling_proto::rooms::{ClientLocation, ConnId, Guest, Reason, Refusal, Rooms};

use super::{Hub, Tables};
use crate::clock::unix_time;
use crate::door::Ticket;
use crate::outbox::{Inbox, outbox};

/// A connection that was counted, until it is dropped.
#[derive(Debug)]
pub(crate) struct Visit {
    pub(super) hub: Arc<Hub>,
    /// The connection's number. Memberships have numbers of their own.
    pub(super) number: u64,
    pub(super) address: IpAddr,
}

/// A connection's place in a room, until it is dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    pub(super) hub: Arc<Hub>,
    pub(super) conn: ConnId,
    pub(super) entry: Entry,
}

impl Visit {
    /// Makes the visitor a member of the swarm that it named.
    pub(crate) fn join(&self, mut join: Join) -> Result<(Membership, Inbox), Refusal> {
        let (hub, unix) = (&self.hub, unix_time().as_secs());
        let tables = hub.tables();
        let found = tables.places.find(self.address);
        let token = join.token.take();
        let swarm = (join.swarm.as_str(), Front::Own);
        let (membership, asks, ticket) = self.enter(&tables, found.asn, swarm, token.as_deref())?;
        let (outbox, inbox) = outbox(hub.queue);
        let room = membership.entry.address();
        let guest = Guest {
            location: ClientLocation {
                address: self.address,
                site: found.site,
                asn: found.asn,
                country: found.country,
            },
            join,
            room: room.number,
            asks,
            ice_servers: tables.door.turn(unix, &label(ticket)).into_iter().collect(),
        };
        let (now, conn) = (hub.now(), membership.conn);
        let shard = hub.shard(room);
        shard.connect(conn, outbox);
        hub.route(now, shard.tell(now, |rooms| rooms.handle_guest(now, conn, guest)));
        hub.part_if_replaced(&membership);
        Ok((membership, inbox))
    }

    /// Checks the access rules, then finds a room. The caller has yet to tell that room's rules of the newcomer, and of
    /// how many introductions it may ask for.
    pub(super) fn enter(
        &self,
        tables: &Tables,
        asn: Option<u32>,
        (swarm, front): (&str, Front),
        token: Option<&str>,
    ) -> Result<(Membership, u32, Option<Ticket>), Refusal> {
        let hub = &self.hub;
        let ticket = tables
            .door
            .admit(token, swarm, self.address, unix_time().as_secs())
            .map_err(|error| {
                tracing::debug!(reason = error.reason(), "not let in");
                hub.refuse(Refusal::FORBIDDEN)
            })?;
        let conn = ConnId(hub.next_conn.fetch_add(1, Ordering::Relaxed));
        let newcomer = Newcomer {
            swarm,
            front,
            network: asn,
            token: ticket
                .as_ref()
                .map(|ticket| (ticket.id.as_str(), ticket.connections)),
            holder: Holder {
                conn,
                visit: self.number,
                place: Place::of(self.address),
            },
        };
        let now = hub.now();
        let entered = {
            let mut front = hub.lock();
            let entered = front.lobby.enter(now, newcomer);
            entered.map_err(|full| front.refuse(full.into()))
        };
        let Admitted {
            entry,
            asks,
            replaced,
        } = entered?;
        if let Some(replaced) = replaced {
            hub.replace(replaced.conn, replaced.address);
        }
        let hub = Arc::clone(hub);
        Ok((Membership { hub, conn, entry }, asks, ticket))
    }
}

impl Hub {
    /// Ends a membership whose place was taken by a newer connection with the same token.
    fn replace(&self, conn: ConnId, room: RoomAddress) {
        let now = self.now();
        self.count_refused(Reason::Replaced);
        self.route(now, self.shard(room).replace(now, conn));
    }

    /// Ends a membership that was replaced before its shard knew of it.
    pub(super) fn part_if_replaced(&self, membership: &Membership) {
        let replaced = self.lock().lobby.is_replaced(&membership.entry);
        if replaced {
            let now = self.now();
            let shard = self.shard(membership.entry.address());
            self.route(now, shard.replace(now, membership.conn));
        }
    }
}

/// The label of TURN credentials: the id of the token, or else one that all viewers share.
fn label(ticket: Option<Ticket>) -> String {
    ticket.map_or_else(|| "viewer".to_owned(), |ticket| ticket.id)
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.hub.lock().lobby.disconnect(self.address);
        self.hub.tasks.send_modify(|tasks| *tasks -= 1);
    }
}

impl Membership {
    pub(crate) fn conn(&self) -> ConnId {
        self.conn
    }

    /// Takes in a frame.
    pub(crate) fn receive(&self, frame: &str) {
        self.tell(|rooms, now| rooms.handle_frame(now, self.conn, frame));
    }

    /// Takes in a ping or pong.
    pub(crate) fn receive_ping(&self) {
        self.tell(|rooms, now| rooms.handle_ping(now, self.conn));
    }

    fn tell(&self, news: impl FnOnce(&mut Rooms, Duration)) {
        let (hub, now) = (&self.hub, self.hub.now());
        let shard = hub.shard(self.entry.address());
        hub.route(now, shard.tell(now, |rooms| news(rooms, now)));
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        let (hub, now) = (&self.hub, self.hub.now());
        let shard = hub.shard(self.entry.address());
        let unused = shard.asks(now, self.conn);
        {
            let mut front = hub.lock();
            front.lobby.give_back(&self.entry, unused);
            front.lobby.leave(&self.entry);
        }
        let left = shard.disconnect(now, self.conn);
        hub.route(now, left);
    }
}
