//! A connection's way in: counted as a visit, then a member of a room. Each ends when it is dropped.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use signaling_proto::admission::Place;
use signaling_proto::lobby::{Admitted, Entry, Front, Holder, Newcomer, RoomAddress};
use signaling_proto::message::{Join, Role};
use signaling_proto::rooms::{ClientLocation, ConnId, Guest, Reason, Refusal, Rooms};
use signaling_proto::share::{Drawn, Lot};

use super::ramp::lot_of;
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

/// Who asks to be let in, and what it shows and says of itself.
pub(super) struct Caller<'a> {
    pub(super) swarm: &'a str,
    pub(super) front: Front,
    /// Its network (autonomous system), where that is known.
    pub(super) asn: Option<u32>,
    pub(super) token: Option<&'a str>,
    /// What its lot is to be drawn by, where it has something that lasts.
    pub(super) drawn: Option<Drawn<'a>>,
    /// What it says it is.
    pub(super) role: Role,
}

/// One that was let in.
pub(super) struct Entered {
    pub(super) membership: Membership,
    /// How many introductions it may ask for.
    pub(super) asks: u32,
    pub(super) ticket: Option<Ticket>,
    pub(super) lot: Lot,
}

impl Visit {
    /// Makes the visitor a member of the swarm that it named.
    pub(crate) fn join(&self, mut join: Join) -> Result<(Membership, Inbox), Refusal> {
        let (hub, unix) = (&self.hub, unix_time().as_secs());
        let tables = hub.tables();
        let found = tables.places.find(self.address);
        let token = join.token.take();
        let caller = Caller {
            swarm: &join.swarm,
            front: Front::Own,
            asn: found.asn,
            token: token.as_deref(),
            drawn: join.lot.map(Drawn::Number),
            role: join.role,
        };
        let Entered {
            membership,
            asks,
            ticket,
            lot,
        } = self.enter(&tables, &caller)?;
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
        shard.connect(conn, outbox, lot);
        hub.route(now, shard.tell(now, |rooms| rooms.handle_guest(now, conn, guest)));
        hub.part_if_replaced(&membership);
        hub.part_if_switched_off(&membership, lot);
        Ok((membership, inbox))
    }

    /// Checks the access rules and the share of viewers, then finds a room. The rules of that have yet to be told of the
    /// newcomer, and of how many introductions it may ask for.
    pub(super) fn enter(&self, tables: &Tables, caller: &Caller<'_>) -> Result<Entered, Refusal> {
        let (hub, place) = (&self.hub, Place::of(self.address));
        let ticket = tables
            .door
            .admit(caller.token, caller.swarm, self.address, unix_time().as_secs())
            .map_err(|error| {
                tracing::debug!(reason = error.reason(), "not let in");
                hub.refuse(Refusal::FORBIDDEN)
            })?;
        let lot = lot_of(&tables.door, caller, ticket.as_ref(), place);
        tables.ramp.admit(lot).map_err(|refusal| hub.refuse(refusal))?;
        let conn = ConnId(hub.next_conn.fetch_add(1, Ordering::Relaxed));
        let newcomer = Newcomer {
            swarm: caller.swarm,
            front: caller.front,
            network: caller.asn,
            token: ticket
                .as_ref()
                .map(|ticket| (ticket.id.as_str(), ticket.connections)),
            holder: Holder {
                conn,
                visit: self.number,
                place,
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
        Ok(Entered {
            membership: Membership { hub, conn, entry },
            asks,
            ticket,
            lot,
        })
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
