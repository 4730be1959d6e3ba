//! The tokio runtime of the WebRTC stack, with larger socket buffers.
//!
//! The stack sets none itself, and the kernel's default of some 90 packets overflows at the first burst, which
//! costs a retransmission timeout of a second (measured: 6 to 50 MB/s without, 89 to 139 MB/s with 4 MiB).

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use socket2::SockRef;
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, Runtime, TokioRuntime,
};

/// Receive buffer that is asked for, in bytes.
const RECEIVE_BUFFER: usize = 4 << 20;
/// Send buffer that is asked for, in bytes.
const SEND_BUFFER: usize = 1 << 20;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Tokio, with [`RECEIVE_BUFFER`] and [`SEND_BUFFER`] for each UDP socket.
#[derive(Debug)]
pub(crate) struct BufferedRuntime {
    tokio: TokioRuntime,
    warned: AtomicBool,
}

impl BufferedRuntime {
    /// Wraps tokio's runtime.
    pub(crate) fn new() -> Self {
        Self {
            tokio: TokioRuntime,
            warned: AtomicBool::new(false),
        }
    }

    fn enlarge(&self, socket: &UdpSocket) -> io::Result<()> {
        let socket = SockRef::from(socket);
        socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
        socket.set_send_buffer_size(SEND_BUFFER)?;
        let granted = socket.recv_buffer_size()?;
        if granted < RECEIVE_BUFFER && !self.warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                wanted = RECEIVE_BUFFER,
                granted,
                "the kernel caps UDP receive buffers, which slows transfers down; raise it with: \
                 sysctl -w net.core.rmem_max={RECEIVE_BUFFER}"
            );
        }
        Ok(())
    }
}

impl Runtime for BufferedRuntime {
    fn spawn(&self, future: BoxFuture<'static, ()>) -> Box<dyn JoinHandle> {
        self.tokio.spawn(future)
    }

    fn spawn_reactor(&self, pool: usize, future: BoxFuture<'static, ()>) -> Box<dyn JoinHandle> {
        self.tokio.spawn_reactor(pool, future)
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        if let Err(error) = self.enlarge(&socket) {
            tracing::debug!(%error, "UDP buffers stay as they are");
        }
        self.tokio.wrap_udp_socket(socket)
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
