//! Whose a datagram on a shared port is: by the fragment of ICE's user name, by the name of a STUN transaction, and
//! then by where it comes from.
//!
//! A source belongs to the connection whose fragment it last named. It passes to another only when it has been silent
//! for a while, so that nobody takes a peer's packets away, and a browser that reuses a port is not shut out. Who
//! names no connection costs nothing: there is no state for it.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::network::stun::{Sent, TransactionId};

/// For how long a source that says nothing is still only its connection's. Peers probe each other every 2 s.
const HOLD: Duration = Duration::from_secs(5);
/// After which silence a source is forgotten: over the five minutes after which TURN's permissions are renewed.
const IDLE: Duration = Duration::from_secs(6 * 60);
/// The most sources of one connection: a peer has one for each pair of addresses that works.
const MAX_SOURCES: usize = 32;
/// The most transactions of one connection whose answers are awaited: checks of a second.
const MAX_TRANSACTIONS: usize = 256;

/// Names one connection on a shared port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct ConnectionId(u64);

/// Where a datagram comes from or goes to, as seen by one of the shared sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Flow {
    /// Which of the shared sockets.
    pub(super) socket: usize,
    /// The other side.
    pub(super) peer: SocketAddr,
}

/// By which socket a datagram is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// The shared one.
    Shared,
    /// One of the connection's own: what the receiver answers on the shared one is another connection's.
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

    /// Whose a packet of a known source is. Times are since some start.
    pub(super) fn of_source(&self, now: Duration, flow: Flow) -> Option<&T> {
        let claim = self.sources.get(&flow)?;
        claim.touch(now);
        Some(&claim.target)
    }

    /// Whose a check is, where its source is that connection's already.
    pub(super) fn of_known_check(&self, now: Duration, flow: Flow, fragment: &str) -> Option<&T> {
        let claim = self.sources.get(&flow)?;
        let id = self.fragments.get(fragment)?;
        (claim.id == *id).then(|| {
            claim.touch(now);
            &claim.target
        })
    }

    /// Whose a check is. Its source becomes that connection's, unless it is another's.
    pub(super) fn of_check(&mut self, now: Duration, flow: Flow, fragment: &str) -> Option<T> {
        let id = *self.fragments.get(fragment)?;
        if !self.is_anothers(now, flow, id) {
            self.claim(now, flow, id);
        }
        self.connections
            .get(&id)
            .map(|connection| connection.target.clone())
    }

    /// Whose a response is.
    pub(super) fn of_response(&self, transaction: &TransactionId) -> Option<&T> {
        let id = self.transactions.get(transaction)?;
        self.connections.get(id).map(|connection| &connection.target)
    }

    /// Says how a datagram of a connection that is no request is to be sent.
    pub(super) fn way(&self, now: Duration, id: ConnectionId, flow: Flow) -> Way {
        if self.is_anothers(now, flow, id) {
            Way::Spare
        } else {
            Way::Shared
        }
    }

    /// Notes a request that is to be sent, and says how.
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
