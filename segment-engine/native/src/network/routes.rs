//! Finds the connection that a datagram on a shared port belongs to: by the fragment of ICE's user name, by the id of a
//! STUN transaction, and then by its source.
//!
//! A source belongs to the connection whose fragment it last named. It passes to another only when it has been silent
//! for a while, so that nobody takes a peer's packets away, and a browser that reuses a port is not shut out. A source
//! that names no connection costs nothing: there is no state for it.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::network::stun::{Sent, TransactionId};

/// How long a silent source still belongs to its connection alone. Peers probe each other every 2 s.
const HOLD: Duration = Duration::from_secs(5);
/// How long a source may be silent before it is forgotten: more than the five minutes after which TURN's permissions
/// are renewed.
const IDLE: Duration = Duration::from_secs(6 * 60);
/// The most sources of one connection: a peer has one for each pair of addresses that works.
const MAX_SOURCES: usize = 32;
/// The most transactions of one connection whose answers are awaited: the checks of about a second.
const MAX_TRANSACTIONS: usize = 256;

/// Names one connection on a shared port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ConnectionId(u64);

/// A datagram's way: the shared socket that it passes, and the address at the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Flow {
    /// The index of the shared socket.
    pub(super) socket: usize,
    /// The other side.
    pub(super) peer: SocketAddr,
}

/// The kind of socket by which a datagram is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The shared one.
    Shared,
    /// A socket of the connection's own: on the shared one, the receiver's datagrams belong to another connection.
    Spare,
}

/// The connections of a shared port, each with a `T` of its caller.
#[derive(Debug)]
pub(super) struct Routes<T> {
    next: u64,
    fragments: HashMap<String, ConnectionId>,
    connections: HashMap<ConnectionId, Connection<T>>,
    sources: HashMap<Flow, Claim<T>>,
    transactions: HashMap<TransactionId, ConnectionId>,
}

#[derive(Debug)]
struct Connection<T> {
    fragment: String,
    target: T,
    sources: Vec<Flow>,
    transactions: VecDeque<TransactionId>,
}

/// A connection's hold on a source.
#[derive(Debug)]
struct Claim<T> {
    id: ConnectionId,
    target: T,
    /// When it was last heard, or sent to where it was claimed by sending; in milliseconds.
    seen: AtomicU64,
}

impl<T> Claim<T> {
    fn silence(&self, now: Duration) -> Duration {
        now.saturating_sub(Duration::from_millis(self.seen.load(Ordering::Relaxed)))
    }

    fn touch(&self, now: Duration) {
        self.seen.store(millis(now), Ordering::Relaxed);
    }
}

impl<T> Default for Routes<T> {
    fn default() -> Self {
        Self {
            next: 0,
            fragments: HashMap::new(),
            connections: HashMap::new(),
            sources: HashMap::new(),
            transactions: HashMap::new(),
        }
    }
}

impl<T: Clone> Routes<T> {
    /// Adds a connection; `None` if another has its fragment.
    pub(super) fn add(&mut self, fragment: &str, target: T) -> Option<ConnectionId> {
        if self.fragments.contains_key(fragment) {
            return None;
        }
        self.next += 1;
        let id = ConnectionId(self.next);
        self.fragments.insert(fragment.to_owned(), id);
        let connection = Connection {
            fragment: fragment.to_owned(),
            target,
            sources: Vec::new(),
            transactions: VecDeque::new(),
        };
        self.connections.insert(id, connection);
        Some(id)
    }

    /// Forgets a connection, and all that leads to it.
    pub(super) fn remove(&mut self, id: ConnectionId) {
        let Some(connection) = self.connections.remove(&id) else {
            return;
        };
        self.fragments.remove(&connection.fragment);
        for flow in connection.sources {
            self.sources.remove(&flow);
        }
        for transaction in connection.transactions {
            self.transactions.remove(&transaction);
        }
    }

    /// The connection of a packet from a known source. Times count from any fixed start.
    pub(super) fn of_source(&self, now: Duration, flow: Flow) -> Option<&T> {
        let claim = self.sources.get(&flow)?;
        claim.touch(now);
        Some(&claim.target)
    }

    /// The connection that a check is for, if its source belongs to that one already.
    pub(super) fn of_known_check(&self, now: Duration, flow: Flow, fragment: &str) -> Option<&T> {
        let claim = self.sources.get(&flow)?;
        let id = self.fragments.get(fragment)?;
        (claim.id == *id).then(|| {
            claim.touch(now);
            &claim.target
        })
    }

    /// The connection that a check is for. Its source becomes that connection's, unless it belongs to another.
    pub(super) fn of_check(&mut self, now: Duration, flow: Flow, fragment: &str) -> Option<T> {
        let id = *self.fragments.get(fragment)?;
        if !self.is_anothers(now, flow, id) {
            self.claim(now, flow, id);
        }
        self.connections
            .get(&id)
            .map(|connection| connection.target.clone())
    }

    /// The connection that a response is for.
    pub(super) fn of_response(&self, transaction: &TransactionId) -> Option<&T> {
        let id = self.transactions.get(transaction)?;
        self.connections.get(id).map(|connection| &connection.target)
    }

    /// The kind of socket for a connection's datagram that is no request.
    pub(super) fn way(&self, now: Duration, id: ConnectionId, flow: Flow) -> Way {
        if self.is_anothers(now, flow, id) {
            Way::Spare
        } else {
            Way::Shared
        }
    }

    /// Notes a request that is to be sent, and returns the kind of socket for it.
    pub(super) fn on_request(&mut self, now: Duration, id: ConnectionId, flow: Flow, sent: Sent) -> Way {
        if self.is_anothers(now, flow, id) {
            return Way::Spare;
        }
        match sent {
            Sent::Request(transaction) => self.expect(id, transaction),
            Sent::Allocate(transaction) => {
                self.expect(id, transaction);
                self.claim(now, flow, id);
            }
            Sent::Other => {}
        }
        Way::Shared
    }

    /// Forgets sources that have been silent for [`IDLE`].
    pub(super) fn expire(&mut self, now: Duration) {
        let silent = self.sources.extract_if(|_, claim| claim.silence(now) >= IDLE);
        for (flow, claim) in silent {
            if let Some(connection) = self.connections.get_mut(&claim.id) {
                connection.sources.retain(|own| *own != flow);
            }
        }
    }

    /// How many connections there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.connections.len()
    }

    /// How many sources are known.
    #[cfg(test)]
    pub(super) fn sources(&self) -> usize {
        self.sources.len()
    }

    fn is_anothers(&self, now: Duration, flow: Flow, id: ConnectionId) -> bool {
        self.sources
            .get(&flow)
            .is_some_and(|claim| claim.id != id && claim.silence(now) < HOLD)
    }

    fn claim(&mut self, now: Duration, flow: Flow, id: ConnectionId) {
        if let Some(old) = self.sources.remove(&flow)
            && let Some(loser) = self.connections.get_mut(&old.id)
        {
            loser.sources.retain(|own| *own != flow);
        }
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        if connection.sources.len() >= MAX_SOURCES {
            let sources = &self.sources;
            let silence = |own: &Flow| sources.get(own).map(|claim| claim.silence(now));
            let oldest =
                (0..connection.sources.len()).max_by_key(|index| silence(&connection.sources[*index]));
            if let Some(oldest) = oldest {
                let dropped = connection.sources.swap_remove(oldest);
                self.sources.remove(&dropped);
            }
        }
        connection.sources.push(flow);
        let claim = Claim {
            id,
            target: connection.target.clone(),
            seen: AtomicU64::new(millis(now)),
        };
        self.sources.insert(flow, claim);
    }

    fn expect(&mut self, id: ConnectionId, transaction: TransactionId) {
        let Some(connection) = self.connections.get_mut(&id) else {
            return;
        };
        // A request that is sent again keeps its place.
        if self.transactions.insert(transaction, id).is_some() {
            return;
        }
        connection.transactions.push_back(transaction);
        if connection.transactions.len() > MAX_TRANSACTIONS
            && let Some(oldest) = connection.transactions.pop_front()
        {
            self.transactions.remove(&oldest);
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
