//! Tokio as one connection of the WebRTC stack sees it: where the stack binds a UDP socket, it gets the network's.
//!
//! The stack binds a port of its own choice for each local address, and knows the address by that port. With a shared
//! port or a range the socket is dropped at once, and another stands for it; [`Translation`] says which it is to peers.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, Runtime, TokioRuntime,
};

use crate::network::buffers;
use crate::network::endpoint::Endpoint;
use crate::network::mux::Core;
use crate::network::ports::Ports;
use crate::network::prompt::Prompt;
use crate::network::routes::ConnectionId;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The source of a connection's sockets.
#[derive(Debug)]
pub(super) enum Source {
    /// Each is what the stack bound.
    Stack,
    /// Each has a port of a range.
    Range(Arc<Ports>),
    /// Each is a part of a shared one.
    Shared {
        core: Arc<Core>,
        id: ConnectionId,
        endpoint: Arc<Endpoint>,
    },
}

/// The real address behind each of the stack's.
#[derive(Debug, Default)]
pub(super) struct Translation(Mutex<Vec<(SocketAddr, SocketAddr)>>);

impl Translation {
    /// The address by which peers reach what the stack calls `local`.
    pub(super) fn of(&self, local: SocketAddr) -> SocketAddr {
        let pairs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pairs.iter().find(|(stack, _)| *stack == local);
        known.map_or(local, |(_, real)| *real)
    }

    pub(super) fn add(&self, stack: SocketAddr, real: SocketAddr) {
        let mut pairs = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pairs.push((stack, real));
    }
}

/// Tokio for one connection.
#[derive(Debug)]
pub(super) struct LinkRuntime {
    tokio: TokioRuntime,
    source: Source,
    translation: Arc<Translation>,
}

impl LinkRuntime {
    /// Wraps tokio's runtime.
    pub(super) fn new(source: Source, translation: Arc<Translation>) -> Self {
        Self {
            tokio: TokioRuntime,
            source,
            translation,
        }
    }

    fn wrap(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        buffers::enlarge(&socket, buffers::OWN);
        self.tokio.wrap_udp_socket(socket)
    }

    /// The socket that is used in place of one that the stack bound.
    fn in_place_of(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        match &self.source {
            Source::Stack => self.wrap(socket),
            Source::Range(ports) => {
                let stack = socket.local_addr()?;
                drop(socket);
                let socket = ports.bind(stack.ip())?;
                self.translation.add(stack, socket.local_addr()?);
                self.wrap(socket)
            }
            Source::Shared { core, id, endpoint } => {
                let stack = socket.local_addr()?;
                let ip = stack.ip();
                let (index, port) = core.socket_for(ip).ok_or(io::ErrorKind::AddrNotAvailable)?;
                self.translation.add(stack, SocketAddr::new(ip, port));
                Ok(Arc::new(endpoint.open(core, *id, (index, ip), stack)))
            }
        }
    }
}

impl Runtime for LinkRuntime {
    fn spawn(&self, future: BoxFuture<'static, ()>) -> Box<dyn JoinHandle> {
        self.tokio.spawn(future)
    }

    fn spawn_reactor(&self, pool: usize, future: BoxFuture<'static, ()>) -> Box<dyn JoinHandle> {
        self.tokio.spawn_reactor(pool, future)
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        Ok(Arc::new(Prompt::new(self.in_place_of(socket)?)))
    }

    fn wrap_tcp_listener(&self, listener: TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        self.tokio.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(&'a self, remote: SocketAddr) -> BoxFuture<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        self.tokio.connect_tcp(remote)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<SocketAddr>>> {
        self.tokio.resolve_host(host)
    }

    fn now(&self) -> Instant {
        self.tokio.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.tokio.sleep(duration)
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        self.tokio.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        self.tokio.block_on(future);
    }

    fn yield_now(&self) -> BoxFuture<'static, ()> {
        self.tokio.yield_now()
    }

    fn name(&self) -> &'static str {
        self.tokio.name()
    }
}
