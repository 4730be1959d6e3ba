//! An uplink: one line, and the channels that have something to send over it, in turn.

use std::collections::VecDeque;

use super::link::{Link, Parcel, PathId};
use super::on_the_wire;

/// How many bytes are put on the line in one turn: one piece, or the small messages of a burst.
const TURN: u64 = 16 << 10;

/// An uplink.
#[derive(Debug)]
pub(crate) struct Uplink {
    /// Bytes per second.
    rate: u64,
    free_at: u64,
    line: VecDeque<PathId>,
    /// When it is to be looked at again; nothing to do where that is `None`.
    pub(crate) due: Option<u64>,
    /// Channels from which something has left since their nodes were told.
    touched: Vec<PathId>,
    /// Microseconds for which it was busy.
    pub(crate) busy: u64,
}

/// The messages that leave in one turn, in order: each with its channel, its bytes on the wire, and when it has left.
#[derive(Debug, Default)]
pub(crate) struct Departures(pub(crate) Vec<(PathId, u64, u64)>);

impl Uplink {
    /// A line of so many bytes per second.
    pub(crate) fn new(rate: u64) -> Self {
        Self {
            rate: rate.max(1),
            free_at: 0,
            line: VecDeque::new(),
            due: None,
            touched: Vec::new(),
            busy: 0,
        }
    }

    /// Queues something for a channel.
    pub(crate) fn push(&mut self, links: &mut [Link], id: PathId, parcel: Parcel) {
        let path = path(links, id);
        path.push(parcel);
        if !path.lined_up {
            path.lined_up = true;
            self.line.push_back(id);
        }
    }

    /// Whether something waits, and nothing that is under way will see to it.
    pub(crate) fn is_ready(&self) -> bool {
        self.due.is_none() && !self.line.is_empty()
    }

    /// The channels from which something has left since the last turn.
    pub(crate) fn take_touched(&mut self) -> Vec<PathId> {
        std::mem::take(&mut self.touched)
    }

    /// Gives the emptied list back, so that it is not allocated anew.
    pub(crate) fn reuse(&mut self, mut touched: Vec<PathId>) {
        if self.touched.is_empty() {
            touched.clear();
            self.touched = touched;
        }
    }

    /// Puts one turn's messages on the line.
    pub(crate) fn serve(&mut self, now: u64, links: &mut [Link], out: &mut Departures) {
        let mut at = self.free_at.max(now);
        let start = at;
        let mut room = TURN;
        let mut held_back = 0;
        let mut soonest = u64::MAX;
        while room > 0 && held_back < self.line.len() {
            let Some(id) = self.line.pop_front() else { break };
            let cap = links[id.link().0 as usize].rate;
            let path = path(links, id);
            if path.free_at > at && !path.is_drained() {
                soonest = soonest.min(path.free_at);
                held_back += 1;
                self.line.push_back(id);
                continue;
            }
            held_back = 0;
            let Some(bytes) = path.depart().map(on_the_wire) else {
                path.lined_up = false;
                continue;
            };
            path.free_at = at.max(path.free_at) + bytes * 1_000_000 / cap;
            at += bytes * 1_000_000 / self.rate;
            if !path.touched {
                path.touched = true;
                self.touched.push(id);
            }
            if path.is_drained() {
                path.lined_up = false;
            } else {
                self.line.push_back(id);
            }
            out.0.push((id, bytes, at));
            room = room.saturating_sub(bytes);
        }
        self.busy += at - start;
        self.free_at = at;
        self.due = match (self.touched.is_empty(), self.line.is_empty()) {
            (true, true) => None,
            // All that waits is held back by its channel's own rate.
            (true, false) if held_back >= self.line.len() => Some(soonest.max(at)),
            (true, false) | (false, _) => Some(at),
        };
    }
}

fn path(links: &mut [Link], id: PathId) -> &mut super::link::Path {
    &mut links[id.link().0 as usize].paths[id.side()]
}

#[cfg(test)]
mod tests;
