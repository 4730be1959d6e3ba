//! The connections that have yet to ask for something: limited in all, and for each address.
//!
//! Where there are too many in all, the oldest one of the network with the most is closed, not the newcomer: whoever
//! fills the server with sockets that say nothing keeps out nobody else.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signaling_proto::admission::{Admission, Place};
use tokio::sync::Notify;

/// How many connections may be pending.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PendingLimit {
    /// The most in all.
    pub(crate) all: usize,
    /// The most of one address (IPv4) or one /64 (IPv6) that is no proxy's.
    pub(crate) of_one: usize,
    /// How long each may be pending, the TLS handshake included; and then, how long its request may take.
    pub(crate) patience: Duration,
}

/// What kind of client connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comer {
    /// A client like any other, within the limit of its address.
    Client,
    /// A trusted proxy, which connects for many: it has only the limit of all.
    Proxy,
}

/// The connections that are pending. Cheap to clone; all clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    limit: PendingLimit,
    waiting: Arc<Mutex<Waiting>>,
}

/// One pending connection, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    pending: Pending,
    network: Network,
    number: u64,
    lost: Arc<Notify>,
}

/// The block of addresses that mostly has one owner: a /24 (IPv4), or a /48 (IPv6), as a customer or a rented machine
/// may have all of its 65,536 /64s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Network(IpAddr);

#[derive(Debug, Default)]
struct Waiting {
    /// The number of the next one. Older ones have smaller numbers.
    next: u64,
    count: usize,
    places: Admission,
    /// Waiters by network and number, without empty networks.
    networks: BTreeMap<Network, BTreeMap<u64, Waiter>>,
    /// One entry per network. The last is the fullest; of equally full ones, that with the oldest waiter.
    ranks: BTreeSet<(usize, Reverse<u64>, Network)>,
}

#[derive(Debug)]
struct Waiter {
    place: Place,
    lost: Arc<Notify>,
}

impl Pending {
    pub(crate) fn new(limit: PendingLimit) -> Self {
        Self {
            limit,
            waiting: Arc::default(),
        }
    }

    /// How long a connection may be pending.
    pub(crate) fn patience(&self) -> Duration {
        self.limit.patience
    }

    /// How many connections are pending.
    pub(crate) fn count(&self) -> usize {
        self.lock().count
    }

    /// Counts one more; where there are too many in all, another loses its turn. Returns `None` where its address has
    /// as many as it may.
    pub(crate) fn begin(&self, address: IpAddr, comer: Comer) -> Option<Turn> {
        let most = match comer {
            Comer::Client => self.limit.of_one,
            Comer::Proxy => usize::MAX,
        };
        let (place, network) = (Place::of(address), Network::of(address));
        let mut waiting = self.lock();
        if !waiting.places.enter(place, most) {
            return None;
        }
        if waiting.count >= self.limit.all {
            waiting.evict();
        }
        let lost = Arc::new(Notify::new());
        let number = waiting.insert(network, place, Arc::clone(&lost));
        drop(waiting);
        Some(Turn {
            pending: self.clone(),
            network,
            number,
            lost,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Counting does not panic; were it to, the other connections had better go on.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// Returns when its place was given to another.
    pub(crate) async fn lost(&self) {
        self.lost.notified().await;
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // One that was lost is not there any more.
        self.pending.lock().remove(self.network, self.number);
    }
}

impl Network {
    fn of(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4((address.to_bits() & (u32::MAX << 8)).into()),
            IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << 80)).into()),
        })
    }
}

impl Waiting {
    fn insert(&mut self, network: Network, place: Place, lost: Arc<Notify>) -> u64 {
        let number = self.next;
        self.next += 1;
        self.count += 1;
        self.change(network, |waiters| {
            waiters.insert(number, Waiter { place, lost });
        });
        number
    }

    fn remove(&mut self, network: Network, number: u64) -> Option<Waiter> {
        let waiter = self.change(network, |waiters| waiters.remove(&number))?;
        self.count -= 1;
        self.places.exit(waiter.place);
        Some(waiter)
    }

    /// Takes the turn of the fullest network's oldest waiter.
    fn evict(&mut self) {
        let Some((_, Reverse(oldest), network)) = self.ranks.last().copied() else {
            return;
        };
        if let Some(waiter) = self.remove(network, oldest) {
            waiter.lost.notify_one();
        }
    }

    /// Changes the waiters of a network, and ranks it anew.
    fn change<T>(&mut self, network: Network, change: impl FnOnce(&mut BTreeMap<u64, Waiter>) -> T) -> T {
        let waiters = self.networks.entry(network).or_default();
        if let Some(rank) = rank(network, waiters) {
            self.ranks.remove(&rank);
        }
        let changed = change(waiters);
        match rank(network, waiters) {
            Some(rank) => _ = self.ranks.insert(rank),
            None => _ = self.networks.remove(&network),
        }
        changed
    }
}

/// The entry of a network in `ranks`; `None` where nobody of it waits.
fn rank(network: Network, waiters: &BTreeMap<u64, Waiter>) -> Option<(usize, Reverse<u64>, Network)> {
    let (oldest, _) = waiters.first_key_value()?;
    Some((waiters.len(), Reverse(*oldest), network))
}

#[cfg(test)]
mod tests;
