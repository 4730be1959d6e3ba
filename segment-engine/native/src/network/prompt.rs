//! A socket that has the stack's driver go round once more after each of a connection's first datagrams.
//!
//! What the handshakes of ICE, DTLS and SCTP answer is staged by the driver of webrtc 0.21.1, and written only when it
//! goes round again: at the next datagram, or at its next timer, 50 to 200 ms later (seen in its trace: before the first
//! flight of DTLS, before SCTP's INIT, before the channel's opening). Here an empty datagram follows each of the first,
//! which the driver drops, and by which it goes round at once: first byte over loopback in 60 to 110 instead of 450 to 510 ms.

use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll, Waker};

use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

/// After how many of the first datagrams: a handshake takes some 20, and more with many candidates.
const DATAGRAMS: u32 = 256;
/// How often the driver goes round after each: what one stage stages, the next may answer.
const ROUNDS: u32 = 3;

/// A socket of the stack's, with empty datagrams between those that come first.
#[derive(Debug)]
pub(super) struct Prompt {
    inner: Arc<dyn AsyncUdpSocket>,
    /// Datagrams that are followed by empty ones still.
    left: AtomicU32,
    /// Empty ones that are due.
    due: AtomicU32,
}

impl Prompt {
    /// Wraps a socket of one connection.
    pub(super) fn new(inner: Arc<dyn AsyncUdpSocket>) -> Self {
        Self {
            inner,
            left: AtomicU32::new(DATAGRAMS),
            due: AtomicU32::new(0),
        }
    }

    /// Only one connection's driver polls it, so no two threads are here at once.
    fn take(count: &AtomicU32) -> bool {
        let value = count.load(Ordering::Relaxed);
        if value > 0 {
            count.store(value - 1, Ordering::Relaxed);
        }
        value > 0
    }
}

impl AsyncUdpSocket for Prompt {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.inner.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.inner.poll_send(cx, transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let received = self.inner.poll_recv(cx, buffers, meta);
        if received.is_ready() {
            if Self::take(&self.left) {
                self.due.store(ROUNDS, Ordering::Relaxed);
            }
            return received;
        }
        // The driver looks for further datagrams with a waker that wakes nobody, within one round.
        let goes_round = !cx.waker().will_wake(Waker::noop());
        let (true, Some(meta)) = (goes_round, meta.first_mut()) else {
            return Poll::Pending;
        };
        if !Self::take(&self.due) {
            return Poll::Pending;
        }
        *meta = RecvMeta::default();
        meta.stride = 1;
        Poll::Ready(Ok(1))
    }

    fn max_gso_segments(&self) -> usize {
        self.inner.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.inner.max_gro_segments()
    }
}

#[cfg(test)]
mod tests;
