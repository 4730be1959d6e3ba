//! Datagrams that came for one connection on a shared port, until the stack takes them. It is bounded like a socket's
//! receive buffer, and drops what comes beyond the bound: so a connection that takes nothing holds nobody up.

use std::collections::VecDeque;
use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use webrtc::runtime::RecvMeta;

/// The most bytes that wait for one connection: what SCTP lets its peer have on its way is 1 MiB.
const MAX_BYTES: usize = 2 << 20;
/// The most bytes that wait for all connections of a port.
const MAX_TOTAL: usize = 64 << 20;
/// The least memory that a kept datagram takes besides its bytes, in bytes.
const OVERHEAD: usize = 128;

/// Bytes that wait for all connections of a port.
#[derive(Debug, Default)]
pub(super) struct Total(AtomicUsize);

/// One connection's datagrams.
#[derive(Debug)]
pub(super) struct Inbound {
    state: Mutex<State>,
    total: Arc<Total>,
}

/// Datagrams of one source that came together.
#[derive(Debug)]
pub(super) struct Run {
    /// The sender's address.
    pub(super) source: SocketAddr,
    /// The datagrams, one after another.
    pub(super) bytes: Bytes,
    /// How long each is; the last may be shorter. At least 1.
    pub(super) stride: usize,
}

#[derive(Debug, Default)]
struct State {
    runs: VecDeque<Run>,
    /// The memory that the kept datagrams take, in bytes.
    cost: usize,
    waker: Option<Waker>,
}

/// The datagrams were dropped, as too many wait already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

impl Run {
    fn cost(&self) -> usize {
        self.bytes.len() + OVERHEAD
    }
}

impl Total {
    fn take(&self, cost: usize) -> Result<(), Full> {
        self.0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |taken| {
                let taken = taken.checked_add(cost)?;
                (taken <= MAX_TOTAL).then_some(taken)
            })
            .map(|_| ())
            .map_err(|_| Full)
    }

    fn give_back(&self, cost: usize) {
        self.0.fetch_sub(cost, Ordering::Relaxed);
    }

    #[cfg(test)]
    fn taken(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

impl Inbound {
    /// Nothing waits.
    pub(super) fn new(total: Arc<Total>) -> Self {
        Self {
            state: Mutex::default(),
            total,
        }
    }

    /// Puts datagrams behind those that wait.
    ///
    /// # Errors
    /// When too much waits.
    pub(super) fn push(&self, run: Run) -> Result<(), Full> {
        let cost = run.cost();
        let waker = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.cost + cost > MAX_BYTES {
                return Err(Full);
            }
            self.total.take(cost)?;
            state.cost += cost;
            state.runs.push_back(run);
            state.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Wakes the task that waits, so that it looks again.
    pub(super) fn wake(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waker) = state.waker.take() {
            waker.wake();
        }
    }

    /// Takes as many datagrams as there are buffers, one into each; at least one.
    pub(super) fn poll_take(
        &self,
        cx: &Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<usize> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut count = 0;
        for (buffer, meta) in buffers.iter_mut().zip(meta) {
            let Some((source, datagram)) = state.next(&self.total) else {
                break;
            };
            // What a buffer cannot hold is cut off, as the kernel does.
            let length = datagram.len().min(buffer.len());
            buffer[..length].copy_from_slice(&datagram[..length]);
            *meta = RecvMeta::default();
            meta.addr = source;
            meta.len = length;
            meta.stride = length.max(1);
            count += 1;
        }
        if count > 0 {
            return Poll::Ready(count);
        }
        if !state
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(cx.waker()))
        {
            state.waker = Some(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl State {
    /// Takes the next datagram out.
    fn next(&mut self, total: &Total) -> Option<(SocketAddr, Bytes)> {
        let run = self.runs.front_mut()?;
        let datagram = run.bytes.split_to(run.stride.min(run.bytes.len()));
        let source = run.source;
        let mut freed = datagram.len();
        if run.bytes.is_empty() {
            freed += OVERHEAD;
            self.runs.pop_front();
        }
        self.cost -= freed;
        total.give_back(freed);
        Some((source, datagram))
    }
}

impl Drop for Inbound {
    fn drop(&mut self) {
        let state = self.state.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.total.give_back(state.cost);
    }
}

#[cfg(test)]
mod tests;
