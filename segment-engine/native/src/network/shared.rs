//! One UDP socket of all connections, with the kernel's batches: several datagrams in a call (UDP GSO and GRO).

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::Interest;
use tokio::net::UdpSocket;
use webrtc::runtime::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

use crate::network::buffers;

/// Room for one read: the kernel joins up to 64 KiB of datagrams of one source.
pub(super) const READ_BYTES: usize = 64 << 10;

/// One socket of all connections.
pub(super) struct SharedSocket {
    io: UdpSocket,
    state: UdpSocketState,
    local: SocketAddr,
}

impl SharedSocket {
    /// Binds an address, on the current tokio runtime.
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
        if address.is_ipv6() {
            // The other family has a socket of its own: no address is written in two ways.
            socket.set_only_v6(true)?;
        }
        socket.set_nonblocking(true)?;
        buffers::enlarge(&socket, buffers::SHARED);
        socket.bind(&address.into())?;
        let io = UdpSocket::from_std(socket.into())?;
        let state = UdpSocketState::new(UdpSockRef::from(&io))?;
        let local = io.local_addr()?;
        Ok(Self { io, state, local })
    }

    /// Waits for datagrams: fills a part of [`READ_BYTES`] for each of `meta`, and says how many.
    pub(super) async fn receive(
        &self,
        bytes: &mut [u8],
        meta: &mut [RecvMeta; BATCH_SIZE],
    ) -> io::Result<usize> {
        self.io
            .async_io(Interest::READABLE, || {
                let mut chunks = bytes.chunks_mut(READ_BYTES);
                let mut buffers: [IoSliceMut<'_>; BATCH_SIZE] =
                    std::array::from_fn(|_| IoSliceMut::new(chunks.next().unwrap_or_default()));
                match self.state.recv(UdpSockRef::from(&self.io), &mut buffers, meta)? {
                    0 => Err(io::ErrorKind::WouldBlock.into()),
                    count => Ok(count),
                }
            })
            .await
    }

    /// Sends, if there is room at once.
    pub(super) fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.io.try_io(Interest::WRITABLE, || {
            self.state.try_send(UdpSockRef::from(&self.io), transmit)
        })
    }

    /// Waits until there is room.
    pub(super) async fn writable(&self) -> io::Result<()> {
        self.io.writable().await
    }

    /// How many datagrams one send may carry.
    pub(super) fn max_gso_segments(&self) -> usize {
        self.state.max_gso_segments()
    }

    /// The address that was bound.
    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Whether it takes what comes for any address of the host.
    pub(super) fn is_wildcard(&self) -> bool {
        self.local.ip().is_unspecified()
    }
}

impl std::fmt::Debug for SharedSocket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedSocket")
            .field("local", &self.local)
            .finish_non_exhaustive()
    }
}
