//! The rules behind one lock, and the queue of each connection.
//!
//! Nothing is awaited under the lock: what the rules say goes into bounded queues, and a connection whose queue
//! is full is evicted, so that a slow one never holds up another.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderName;
use signaling_proto::message::ToClient;
use signaling_proto::rooms::{ConnId, Rooms, RoomsOutput, RoomsStats, Scattered};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use crate::config::{Config, ConfigError};

/// How a connection ends at the server's wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Farewell {
    /// The WebSocket's close code.
    pub(crate) code: u16,
    /// One line for a person.
    pub(crate) reason: &'static str,
    /// What becomes of the frames that wait.
    pub(crate) queue: Queue,
}

/// What becomes of the frames that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Queue {
    /// They are sent first.
    Flush,
    /// They are dropped: they are what is too much.
    Drop,
}

impl Farewell {
    /// The server stops: 1001.
    pub(crate) const STOPPING: Self = Self {
        code: 1001,
        reason: "the server is stopping",
        queue: Queue::Flush,
    };
    const SLOW: Self = Self {
        code: 1013,
        reason: "the connection is too slow",
        queue: Queue::Drop,
    };
}

/// The connection's end of its queue.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) conn: ConnId,
    pub(crate) frames: mpsc::Receiver<Box<ToClient>>,
    pub(crate) farewell: oneshot::Receiver<Farewell>,
}

/// The hub's end of it.
#[derive(Debug)]
struct Outbox {
    frames: mpsc::Sender<Box<ToClient>>,
    farewell: oneshot::Sender<Farewell>,
}

#[derive(Debug)]
pub(crate) struct Hub {
    state: Mutex<State>,
    epoch: Instant,
    queue_frames: usize,
    pub(crate) address_header: Option<HeaderName>,
    /// How many connections have a task.
    tasks: watch::Sender<usize>,
}

#[derive(Debug)]
struct State {
    rooms: Rooms,
    outboxes: BTreeMap<ConnId, Outbox>,
    next_conn: u64,
    evicted: u64,
    stopping: bool,
}

/// The figures of the hub.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HubStats {
    pub(crate) rooms: RoomsStats,
    /// Connections that were closed because their queue was full.
    pub(crate) evicted: u64,
}

/// Counts a connection's task for as long as it lives.
#[derive(Debug)]
pub(crate) struct TaskGuard(Arc<Hub>);

impl Drop for TaskGuard {
    fn drop(&mut self) {
        self.0.tasks.send_modify(|tasks| *tasks -= 1);
    }
}

impl Hub {
    pub(crate) fn new(config: &Config) -> Result<Self, ConfigError> {
        config.validate()?;
        let rooms = Rooms::new(config.rooms(), Box::new(Scattered), rand::random())?;
        let outboxes = BTreeMap::new();
        Ok(Self {
            state: Mutex::new(State {
                rooms,
                outboxes,
                next_conn: 0,
                evicted: 0,
                stopping: false,
            }),
            epoch: Instant::now(),
            queue_frames: config.queue_frames,
            address_header: config.header()?,
            tasks: watch::Sender::new(0),
        })
    }

    /// Takes in a connection. `None` while the server stops.
    pub(crate) fn connect(&self, address: IpAddr) -> Option<Inbox> {
        let (sender, frames) = mpsc::channel(self.queue_frames);
        let (end, farewell) = oneshot::channel();
        let mut state = self.lock();
        if state.stopping {
            return None;
        }
        state.next_conn += 1;
        let conn = ConnId(state.next_conn);
        state.outboxes.insert(
            conn,
            Outbox {
                frames: sender,
                farewell: end,
            },
        );
        let now = self.epoch.elapsed();
        state.rooms.handle_connected(now, conn, address);
        state.deliver(now);
        Some(Inbox {
            conn,
            frames,
            farewell,
        })
    }

    pub(crate) fn receive(&self, conn: ConnId, frame: &str) {
        let now = self.epoch.elapsed();
        let mut state = self.lock();
        state.rooms.handle_frame(now, conn, frame);
        state.deliver(now);
    }

    pub(crate) fn disconnect(&self, conn: ConnId) {
        let now = self.epoch.elapsed();
        let mut state = self.lock();
        state.outboxes.remove(&conn);
        state.rooms.handle_closed(now, conn);
        state.deliver(now);
    }

    /// Closes what is overdue.
    pub(crate) fn sweep(&self) {
        let now = self.epoch.elapsed();
        let mut state = self.lock();
        if state.rooms.poll_timeout().is_some_and(|due| due <= now) {
            state.rooms.handle_timeout(now);
            state.deliver(now);
        }
    }

    pub(crate) fn stats(&self) -> HubStats {
        let state = self.lock();
        HubStats {
            rooms: state.rooms.stats(),
            evicted: state.evicted,
        }
    }

    /// Counts one more task.
    pub(crate) fn enter(self: &Arc<Self>) -> TaskGuard {
        self.tasks.send_modify(|tasks| *tasks += 1);
        TaskGuard(Arc::clone(self))
    }

    /// Tells every connection that the server stops, takes no more, and waits for their tasks.
    pub(crate) async fn stop(&self, patience: Duration) {
        self.part_all();
        let mut tasks = self.tasks.subscribe();
        // Whoever is left after that is too slow to be waited for.
        let _ = tokio::time::timeout(patience, tasks.wait_for(|tasks| *tasks == 0)).await;
    }

    fn part_all(&self) {
        let now = self.epoch.elapsed();
        let mut state = self.lock();
        state.stopping = true;
        for (conn, outbox) in std::mem::take(&mut state.outboxes) {
            // A task that is gone needs no farewell.
            let _ = outbox.farewell.send(Farewell::STOPPING);
            state.rooms.handle_closed(now, conn);
        }
        state.deliver(now);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The rules do not panic; were they to, the other connections had better go on.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Puts what the rules say into the queues.
    fn deliver(&mut self, now: Duration) {
        while let Some(output) = self.rooms.poll_output() {
            match output {
                RoomsOutput::Send { conn, message } => {
                    let Some(outbox) = self.outboxes.get(&conn) else {
                        continue;
                    };
                    if outbox.frames.try_send(Box::new(message)).is_err() {
                        self.evict(now, conn);
                    }
                }
                RoomsOutput::Close { conn, code, reason } => {
                    let farewell = Farewell {
                        code: code.number(),
                        reason,
                        queue: Queue::Flush,
                    };
                    self.part(conn, farewell);
                }
            }
        }
    }

    fn evict(&mut self, now: Duration, conn: ConnId) {
        self.evicted += 1;
        self.part(conn, Farewell::SLOW);
        self.rooms.handle_closed(now, conn);
    }

    fn part(&mut self, conn: ConnId, farewell: Farewell) {
        if let Some(outbox) = self.outboxes.remove(&conn) {
            // A task that is gone needs no farewell.
            let _ = outbox.farewell.send(farewell);
        }
    }
}
