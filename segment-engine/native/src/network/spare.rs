//! A socket of one connection's own beside the shared one, for a peer whose address is another connection's.
//!
//! Two processes that each have one port for everything, and two swarms in common, would have two connections between
//! the same two addresses, and only STUN says which of them it is for. The later connection sends from here, so its
//! answers come here: to the other side it is one more address of its peer (RFC 8445, section 7.3.1.3). A relay
//! likewise knows its clients by their address only.

use std::io::{self, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;
use webrtc::runtime::{RecvMeta, Transmit};

use crate::network::buffers;

/// The most peers' addresses that are reached from here. Further ones are reached by the shared socket.
const MAX_PEERS: usize = 32;

/// A socket of one connection.
#[derive(Debug)]
pub(super) struct Spare {
    io: UdpSocket,
    /// The peers that are reached from here. They stay so: another address would break their path.
    peers: Mutex<Vec<SocketAddr>>,
}

impl Spare {
    /// Binds any port of an address, on the current tokio runtime.
    pub(super) fn bind(ip: IpAddr) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind((ip, 0))?;
        socket.set_nonblocking(true)?;
        buffers::enlarge(&socket, buffers::OWN);
        Ok(Self {
            io: UdpSocket::from_std(socket)?,
            peers: Mutex::default(),
        })
    }

    /// Whether a peer is reached from here.
    pub(super) fn has(&self, peer: SocketAddr) -> bool {
        let peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
        peers.contains(&peer)
    }

    /// Sends, and has the peer reached from here ever after. What finds no room is lost, as on a full line.
    pub(super) fn send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        {
            let mut peers = self.peers.lock().unwrap_or_else(PoisonError::into_inner);
            if !peers.contains(&transmit.destination) && peers.len() < MAX_PEERS {
                peers.push(transmit.destination);
            }
        }
        let size = transmit.segment_size.unwrap_or(transmit.contents.len()).max(1);
        for datagram in transmit.contents.chunks(size) {
            match self.io.try_send_to(datagram, transmit.destination) {
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// Receives one datagram.
    pub(super) fn poll_receive(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else {
            return Poll::Ready(Ok(0));
        };
        let mut buffer = ReadBuf::new(buffer);
        let source = ready!(self.io.poll_recv_from(cx, &mut buffer))?;
        *meta = RecvMeta::default();
        meta.addr = source;
        meta.len = buffer.filled().len();
        meta.stride = meta.len.max(1);
        Poll::Ready(Ok(1))
    }
}
