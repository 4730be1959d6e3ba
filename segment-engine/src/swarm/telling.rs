//! What a neighbour is told of this peer and its links, and when: once a second if there is something new, and every
//! five seconds to show that the link is alive.

use std::time::Duration;

use super::links::{apart, moved};
use super::sketch::Sketch;
use crate::fnv::mix;
use crate::time::Timestamp;
use crate::wire::{Frame, Neighbour};

/// The longest pause between two signs of life on a link.
const KEEP_ALIVE: Duration = Duration::from_millis(4_500);

/// The shortest pause before a changed list is told: where sessions last a minute, a list changes every two seconds,
/// and made up a third of what is said besides media.
const LIST_PAUSE: Duration = Duration::from_secs(4);

/// The age at which a list is told again, for the playheads and links in it.
const LIST_AGE: Duration = Duration::from_secs(15);

/// A playhead this many seconds off where it was expected is news.
const HEAD_OFF: i64 = 2;

/// What a peer tells of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Own {
    /// See [`Neighbour::uplink`].
    pub(crate) uplink: u8,
    /// See [`Neighbour::head`].
    pub(crate) head: i32,
}

/// What a neighbour was told last.
#[derive(Debug, Default)]
pub(crate) struct Told {
    last: Option<Last>,
    list: u64,
    listed: Timestamp,
    sketch: Option<(u32, Sketch)>,
}

#[derive(Debug)]
struct Last {
    at: Timestamp,
    own: Own,
    links: u8,
}

impl Told {
    /// Whether nothing was told yet.
    pub(crate) fn is_first(&self) -> bool {
        self.last.is_none()
    }

    /// Whether a list of neighbours may be told now.
    pub(crate) fn takes_list(&self, now: Timestamp) -> bool {
        self.list == 0 || now.since(self.listed) >= LIST_PAUSE
    }

    /// The frame to send now, if there is anything to say. What has not changed is left out; `list` is empty if none
    /// may be told.
    pub(crate) fn news(
        &mut self,
        now: Timestamp,
        own: Own,
        links: u8,
        list: Vec<Neighbour>,
        (epoch, sketch): (u32, Sketch),
    ) -> Option<Frame> {
        let mark = mark_of(&list);
        let is_old = !list.is_empty() && now.since(self.listed) >= LIST_AGE;
        let is_list_new = self.takes_list(now) && (mark != self.list || is_old);
        let is_sketch_new = self.sketch != Some((epoch, sketch));
        let is_quiet = self.last.as_ref().is_some_and(|last| {
            let same = last.own.uplink == own.uplink && last.links == links && !last.is_off(now, own.head);
            same && now.since(last.at) < KEEP_ALIVE
        });
        if is_quiet && !is_list_new && !is_sketch_new {
            return None;
        }
        self.last = Some(Last { at: now, own, links });
        let mut neighbours = Vec::new();
        if is_list_new {
            (self.list, self.listed) = (mark, now);
            neighbours = list;
        }
        let mut registers = Vec::new();
        if is_sketch_new {
            self.sketch = Some((epoch, sketch));
            registers = sketch.registers().to_vec();
        }
        Some(Frame::Neighbours {
            uplink: own.uplink,
            links,
            head: own.head,
            neighbours,
            sketch: registers,
            epoch,
        })
    }
}

impl Last {
    /// Whether the playhead is not where the neighbour takes it to be.
    fn is_off(&self, now: Timestamp, head: i32) -> bool {
        let expected = moved(self.own.head, now.since(self.at));
        apart(expected, head).map_or(expected != head, |apart| apart > HEAD_OFF)
    }
}

/// A hash of what makes a list new: who is in it, and whether each uploads.
fn mark_of(list: &[Neighbour]) -> u64 {
    list.iter().fold(0, |mark, peer| {
        mix(mark ^ u64::from_be_bytes(peer.member.0) ^ u64::from(peer.uplink > 0))
    })
}

#[cfg(test)]
mod tests;
