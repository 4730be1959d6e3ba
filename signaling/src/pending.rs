//! The connections that have yet to ask for something: so many in all, and so many of one address.
//!
//! Where there are too many in all, the oldest of the network with the most goes, not the newcomer: whoever fills the server
//! up with sockets that say nothing keeps nobody out but himself.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signaling_proto::lobby::{Admission, Place};
use tokio::sync::Notify;

/// How many connections may be pending.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PendingLimit {
    /// In all.
    pub(crate) all: usize,
    /// Of one address (IPv4) or one /64 (IPv6) that is no proxy's.
    pub(crate) of_one: usize,
    /// How long each may be, the TLS handshake included; and then, how long its request may take.
    pub(crate) patience: Duration,
}

/// Who connects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comer {
    /// Somebody, with the bound of an address.
    Client,
    /// A proxy that is trusted, for many: it has as many as it likes, within the limit of all.
    Proxy,
}

/// The connections that are pending. Cheap to clone; all clones are one.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    limit: PendingLimit,
    waiting: Arc<Mutex<Waiting>>,
}

/// One of them, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    pending: Pending,
    network: Network,
    number: u64,
    lost: Arc<Notify>,
}

/// The first bits of an address that one owner mostly has: a /24 (IPv4) or a /48 (IPv6), of which a customer or a rented
/// machine may have 65,536 /64s.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Network(IpAddr);

#[derive(Debug, Default)]
struct Waiting {
    /// The number of the next. Those of older ones are smaller.
    next: u64,
    count: usize,
    places: Admission,
    /// None is empty.
    networks: BTreeMap<Network, BTreeMap<u64, Waiter>>,
    /// One entry per network; last the fullest, of several the one whose oldest is the oldest.
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

    /// How long each has.
    pub(crate) fn patience(&self) -> Duration {
        self.limit.patience
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.lock().count
    }

    /// Counts one more; where there are too many in all, another loses its turn. `None` where its address has enough.
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
    /// Done when its place was given to another.
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

    /// Takes the turn of the oldest of the fullest network.
    fn evict(&mut self) {
        let Some((_, Reverse(oldest), network)) = self.ranks.last().copied() else {
            return;
        };
        if let Some(waiter) = self.remove(network, oldest) {
            waiter.lost.notify_one();
        }
    }

    /// Changes who waits of a network, and ranks it anew.
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

/// `None` where nobody waits.
fn rank(network: Network, waiters: &BTreeMap<u64, Waiter>) -> Option<(usize, Reverse<u64>, Network)> {
    let (oldest, _) = waiters.first_key_value()?;
    Some((waiters.len(), Reverse(*oldest), network))
}

#[cfg(test)]
mod tests;
