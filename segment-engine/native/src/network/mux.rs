//! One UDP port for all connections: the shared sockets, and the task of each that passes datagrams to the connection
//! they are for.
//!
//! The stack cannot do that: it binds a socket for each connection. [`crate::network::runtime`] gives it a virtual one
//! instead. [`Routes`] decides which connection a datagram is for; the stack that gets it finds what is wrong with it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval, sleep};
use webrtc::runtime::{BATCH_SIZE, RecvMeta};

use crate::network::endpoint::Endpoint;
use crate::network::inbound::{Run, Total};
use crate::network::routes::{ConnectionId, Flow, Routes, Way};
use crate::network::shared::{READ_BYTES, SharedSocket};
use crate::network::stun::{self, Packet, Sent};

/// How often idle sources are looked for.
const SWEEP: Duration = Duration::from_secs(30);
/// How long a socket that fails is left alone.
const BREATH: Duration = Duration::from_millis(20);

/// The sockets of a port, one for each address or family, and their readers.
#[derive(Debug)]
pub(super) struct Mux {
    core: Arc<Core>,
    /// Aborted when this is dropped.
    _readers: JoinSet<()>,
}

/// The state that readers and connections share.
#[derive(Debug)]
pub(super) struct Core {
    sockets: Vec<SharedSocket>,
    routes: RwLock<Routes<Arc<Endpoint>>>,
    total: Arc<Total>,
    dropped: AtomicU64,
    start: Instant,
}

impl Mux {
    /// Binds each address; `[::]` stands for both families, each with a socket of its own.
    ///
    /// # Errors
    /// When an address cannot be bound: names it.
    pub(super) fn bind(addresses: &[SocketAddr]) -> Result<Self, (SocketAddr, io::Error)> {
        let mut sockets: Vec<SharedSocket> = Vec::new();
        for address in addresses.iter().copied().flat_map(families) {
            let is_bound = |shared: &SharedSocket| shared.local() == address;
            if !sockets.iter().any(is_bound) {
                sockets.push(SharedSocket::bind(address).map_err(|error| (address, error))?);
            }
        }
        let core = Arc::new(Core {
            sockets,
            routes: RwLock::default(),
            total: Arc::default(),
            dropped: AtomicU64::new(0),
            start: Instant::now(),
        });
        let mut readers = JoinSet::new();
        for index in 0..core.sockets.len() {
            let core = Arc::clone(&core);
            readers.spawn(async move { core.read(index).await });
        }
        let sweeper = Arc::clone(&core);
        readers.spawn(async move { sweeper.sweep().await });
        Ok(Self {
            core,
            _readers: readers,
        })
    }

    /// The part that connections hold.
    pub(super) fn core(&self) -> &Arc<Core> {
        &self.core
    }
}

/// The addresses that are bound for one that was given.
fn families(address: SocketAddr) -> Vec<SocketAddr> {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => {
            vec![address, SocketAddr::from((Ipv4Addr::UNSPECIFIED, v6.port()))]
        }
        SocketAddr::V4(_) | SocketAddr::V6(_) => vec![address],
    }
}

impl Core {
    /// The socket by which an address of this host is reached, and its port.
    pub(super) fn socket_for(&self, ip: IpAddr) -> Option<(usize, u16)> {
        let matches = |shared: &SharedSocket| shared.local().ip() == ip;
        let stands_for = |shared: &SharedSocket| {
            shared.local().ip().is_unspecified() && shared.local().is_ipv4() == ip.is_ipv4()
        };
        let index = self
            .sockets
            .iter()
            .position(matches)
            .or_else(|| self.sockets.iter().position(stands_for))?;
        Some((index, self.sockets[index].local().port()))
    }

    /// A socket of [`Core::socket_for`].
    pub(super) fn socket(&self, index: usize) -> &SharedSocket {
        &self.sockets[index]
    }

    /// The count of bytes that wait in all connections.
    pub(super) fn total(&self) -> Arc<Total> {
        Arc::clone(&self.total)
    }

    /// Adds a connection under its fragment; `None` if another has it.
    pub(super) fn add(&self, fragment: &str, endpoint: Arc<Endpoint>) -> Option<ConnectionId> {
        self.routes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .add(fragment, endpoint)
    }

    /// Forgets a connection.
    pub(super) fn remove(&self, id: ConnectionId) {
        self.routes
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id);
    }

    /// The socket by which a connection's datagram is to be sent.
    pub(super) fn way(&self, id: ConnectionId, flow: Flow, datagram: &[u8]) -> Way {
        let now = self.now();
        match stun::sent(datagram) {
            Sent::Other => {
                let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
                routes.way(now, id, flow)
            }
            request @ (Sent::Request(_) | Sent::Allocate(_)) => {
                let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
                routes.on_request(now, id, flow, request)
            }
        }
    }

    /// How many connections there are.
    #[cfg(test)]
    pub(super) fn connections(&self) -> usize {
        self.routes.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many datagrams, or runs of them, were dropped: for no connection, or too many for theirs.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }

    async fn sweep(&self) {
        let mut ticks = interval(SWEEP);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let now = self.now();
            self.routes
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .expire(now);
        }
    }

    async fn read(&self, index: usize) {
        let mut bytes = vec![0; READ_BYTES * BATCH_SIZE];
        let mut meta = [RecvMeta::default(); BATCH_SIZE];
        loop {
            match self.sockets[index].receive(&mut bytes, &mut meta).await {
                Ok(count) => {
                    for (bytes, meta) in bytes.chunks(READ_BYTES).zip(&meta[..count]) {
                        self.dispatch(index, meta, &bytes[..meta.len.min(READ_BYTES)]);
                    }
                }
                // What an unreachable peer's host answered, above all.
                Err(error) => {
                    tracing::trace!(%error, "reading the shared UDP port failed");
                    if !is_of_a_peer(&error) {
                        sleep(BREATH).await;
                    }
                }
            }
        }
    }

    /// Passes the datagrams of one read to their connections: consecutive ones for the same connection together.
    fn dispatch(&self, socket: usize, meta: &RecvMeta, bytes: &[u8]) {
        let stride = meta.stride.max(1);
        let flow = Flow {
            socket,
            peer: meta.addr,
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            let (taken, target) = match stun::received(&rest[..stride.min(rest.len())]) {
                Packet::Other => {
                    let others = rest.chunks(stride);
                    let run = others.take_while(|datagram| stun::received(datagram) == Packet::Other);
                    (run.map(<[u8]>::len).sum(), self.of_source(flow))
                }
                Packet::Check { fragment } => (stride, self.of_check(flow, fragment)),
                Packet::Response(name) => {
                    let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
                    (stride, routes.of_response(&name).cloned())
                }
                Packet::Foreign => (stride, None),
            };
            let (run, behind) = rest.split_at(taken.min(rest.len()));
            rest = behind;
            let is_taken = target.is_some_and(|endpoint| {
                let run = Run {
                    source: meta.addr,
                    bytes: Bytes::copy_from_slice(run),
                    stride,
                };
                endpoint.deliver(socket, meta.dst_ip, run).is_ok()
            });
            if !is_taken {
                tracing::trace!(peer = %meta.addr, bytes = run.len(), "a datagram to the shared port was dropped");
                self.dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    fn of_source(&self, flow: Flow) -> Option<Arc<Endpoint>> {
        let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        routes.of_source(self.now(), flow).cloned()
    }

    fn of_check(&self, flow: Flow, fragment: &str) -> Option<Arc<Endpoint>> {
        let now = self.now();
        let known = {
            let routes = self.routes.read().unwrap_or_else(PoisonError::into_inner);
            routes.of_known_check(now, flow, fragment).cloned()
        };
        known.or_else(|| {
            let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
            routes.of_check(now, flow, fragment)
        })
    }
}

fn is_of_a_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionReset | io::ErrorKind::Interrupted
    )
}
