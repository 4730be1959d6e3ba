//! Some rooms behind one lock, and the queues of their members.
//!
//! Nothing is awaited under the lock: what the rules send goes into bounded queues, and a connection that is too slow
//! to read its queue loses messages, then its place. A slow one never holds up another.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signaling_proto::message::{Away, ToClient};
use signaling_proto::rooms::announce::{Announcers, AnnouncersOutput, AnnouncersStats};
use signaling_proto::rooms::{ConnId, Envelope, Refusal, Rooms, RoomsOutput, RoomsStats};
use signaling_proto::share::Lot;

use crate::clock::unix_time;
use crate::config::Ramp;
use crate::outbox::{Farewell, Outbox, Outgoing, Queue, Sent};

#[derive(Debug)]
pub(crate) struct Shard(Mutex<State>);

#[derive(Debug)]
pub(crate) struct State {
    rooms: Rooms,
    announcers: Announcers,
    outboxes: BTreeMap<ConnId, Outbox>,
    /// The lots of those in `outboxes`.
    lots: BTreeMap<ConnId, Lot>,
    stats: ShardStats,
    /// Whether all were told that the server stops.
    stopping: bool,
}

/// The figures of a shard.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ShardStats {
    /// The figures of the rooms.
    pub(crate) rooms: RoomsStats,
    /// The figures of the rooms of trackers' protocol.
    pub(crate) announcers: AnnouncersStats,
    /// Connections that were closed because their queue was full.
    pub(crate) evicted: u64,
    /// Signals for which there was no room in a queue.
    pub(crate) dropped: u64,
}

impl Shard {
    pub(crate) fn new(rooms: Rooms, announcers: Announcers) -> Self {
        Self(Mutex::new(State {
            rooms,
            announcers,
            outboxes: BTreeMap::new(),
            lots: BTreeMap::new(),
            stats: ShardStats::default(),
            stopping: false,
        }))
    }

    /// Adds a connection's queue and lot, before the rooms hear of it.
    pub(crate) fn connect(&self, conn: ConnId, outbox: Outbox, lot: Lot) {
        let mut state = self.lock();
        if state.stopping {
            // It came while all were told: it is told now.
            outbox.part(Farewell::STOPPING);
            return;
        }
        state.outboxes.insert(conn, outbox);
        state.lots.insert(conn, lot);
    }

    /// How many introductions a member has left to ask for.
    pub(crate) fn asks(&self, now: Duration, conn: ConnId) -> u32 {
        self.lock().rooms.asks(now, conn)
    }

    /// Takes a connection out.
    pub(crate) fn disconnect(&self, now: Duration, conn: ConnId) -> Vec<Envelope> {
        let mut state = self.lock();
        state.outboxes.remove(&conn);
        state.lots.remove(&conn);
        state.forget(now, conn);
        state.deliver(now)
    }

    /// Takes out a connection whose place was taken by another.
    pub(crate) fn replace(&self, now: Duration, conn: ConnId) -> Vec<Envelope> {
        let mut state = self.lock();
        if let Some(outbox) = state.outboxes.get(&conn)
            && !state.announcers.contains(conn)
            && let Some(message) = Refusal::REPLACED.message()
        {
            // A full queue has no place for it; the close frame says the same.
            let _ = outbox.send(Outgoing::Message(message));
        }
        state.part(conn, Farewell::REPLACED);
        state.forget(now, conn);
        state.deliver(now)
    }

    /// Tells the rooms something, and puts what they say into the queues. Returns what is for other rooms.
    pub(crate) fn tell(&self, now: Duration, news: impl FnOnce(&mut Rooms)) -> Vec<Envelope> {
        let mut state = self.lock();
        news(&mut state.rooms);
        state.deliver(now)
    }

    /// Tells the announcers something, and puts what they say into the queues.
    pub(crate) fn tell_announcers<T>(&self, now: Duration, news: impl FnOnce(&mut Announcers) -> T) -> T {
        let mut state = self.lock();
        let told = news(&mut state.announcers);
        state.deliver_announced(now);
        told
    }

    /// Closes what is overdue, and reads the wall clock.
    pub(crate) fn sweep(&self, now: Duration) -> Vec<Envelope> {
        let mut state = self.lock();
        state.rooms.handle_clock(now, unix_time());
        state.announcers.handle_timeout(now);
        state.deliver_announced(now);
        if state.rooms.poll_timeout().is_none_or(|due| due > now) {
            return Vec::new();
        }
        state.rooms.handle_timeout(now);
        state.deliver(now)
    }

    /// Tells every connection that the server stops, and when to come back.
    pub(crate) fn part_all(&self, now: Duration, mut retry_in_ms: impl FnMut() -> u64) -> Vec<Envelope> {
        let mut state = self.lock();
        state.stopping = true;
        state.lots.clear();
        for (conn, outbox) in std::mem::take(&mut state.outboxes) {
            // Trackers' protocol has no message for it.
            if !state.announcers.contains(conn) {
                // A full queue has no place for it: who is as slow as that hears of it when it asks to join again.
                let _ = outbox.send(Outgoing::Message(ToClient::GoAway {
                    retry_in_ms: retry_in_ms(),
                    reason: Away::Stopping,
                }));
            }
            outbox.part(Farewell::STOPPING);
            state.forget(now, conn);
        }
        state.deliver(now)
    }

    /// Takes out those whom the share does not hold, and tells them when to ask again. Returns how many these were.
    pub(crate) fn switch_off(&self, now: Duration, ramp: &Ramp) -> (usize, Vec<Envelope>) {
        let mut state = self.lock();
        let out = state.lots.iter().filter(|(_, lot)| !ramp.share.holds(**lot));
        let out: Vec<ConnId> = out.map(|(conn, _)| *conn).collect();
        for conn in &out {
            // Trackers' protocol has no message for it.
            if let Some(outbox) = state.outboxes.get(conn)
                && !state.announcers.contains(*conn)
                && let Some(message) = Refusal::switched_off(ramp.retry_in_ms()).message()
            {
                // A full queue has no place for it: who is as slow as that hears of it when it asks to join again.
                let _ = outbox.send(Outgoing::Message(message));
            }
            state.part(*conn, Farewell::SWITCHED_OFF);
            state.forget(now, *conn);
        }
        (out.len(), state.deliver(now))
    }

    pub(crate) fn stats(&self) -> ShardStats {
        let state = self.lock();
        ShardStats {
            rooms: state.rooms.stats(),
            announcers: state.announcers.stats(),
            ..state.stats
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // The rules do not panic; were they to, the other connections had better go on.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn deliver(&mut self, now: Duration) -> Vec<Envelope> {
        let mut abroad = Vec::new();
        while let Some(output) = self.rooms.poll_output() {
            match output {
                RoomsOutput::Send { conn, message } => self.send(now, conn, message),
                RoomsOutput::Abroad(envelope) => abroad.push(envelope),
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
        abroad
    }

    fn deliver_announced(&mut self, now: Duration) {
        while let Some(output) = self.announcers.poll_output() {
            match output {
                AnnouncersOutput::Carry { conn, text } => self.push(now, conn, Outgoing::Text(text)),
                AnnouncersOutput::Probe { conn } => self.push(now, conn, Outgoing::Probe),
                AnnouncersOutput::Lapsed { conn } => self.push(now, conn, Outgoing::Lapsed(conn)),
            }
        }
    }

    fn send(&mut self, now: Duration, conn: ConnId, message: ToClient) {
        self.push(now, conn, Outgoing::Message(message));
    }

    fn push(&mut self, now: Duration, conn: ConnId, outgoing: Outgoing) {
        let Some(outbox) = self.outboxes.get(&conn) else {
            return;
        };
        match outbox.send(outgoing) {
            Sent::Queued => {}
            Sent::Dropped(outgoing) => {
                self.stats.dropped += 1;
                // Trackers' protocol has no message for it: whoever made the offer makes others.
                if let Outgoing::Message(message) = *outgoing {
                    self.rooms.handle_undelivered(conn, &message);
                }
            }
            Sent::Overrun => {
                self.stats.evicted += 1;
                self.part(conn, Farewell::SLOW);
                self.forget(now, conn);
            }
        }
    }

    /// Takes a connection out of whichever rooms it is in.
    fn forget(&mut self, now: Duration, conn: ConnId) {
        self.rooms.handle_closed(now, conn);
        self.announcers.handle_closed(conn);
    }

    fn part(&mut self, conn: ConnId, farewell: Farewell) {
        self.lots.remove(&conn);
        if let Some(outbox) = self.outboxes.remove(&conn) {
            outbox.part(farewell);
        }
    }
}

#[cfg(test)]
mod tests;
