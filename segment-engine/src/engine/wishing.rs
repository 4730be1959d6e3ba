//! What peers let a seeder know they want, and what it fetches for them beyond what it fetches unasked.
//!
//! Nothing is asked of a viewer for it: what it says to any peer is enough. A track is watched if anybody holds,
//! claims or asks for any of it. A segment that a peer asks for is wanted. For a film that is not fetched as a whole,
//! neighbours' playheads tell what they will want; which track each watches is found by signing one segment of every
//! track there: whoever holds it says so once it is vouched for.

use std::time::Duration;

use super::{Engine, Replan};
use crate::id::{PeerId, SegmentKey, SegmentKind, TrackKey};
use crate::origin::News;
use crate::swarm::NO_HEAD;
use crate::time::MediaTime;
use crate::timeline::Segment;
use crate::wire::Frame;

/// How far ahead of a neighbour's playhead a film is fetched.
const AHEAD: Duration = Duration::from_secs(30);

/// The most segments of a track that are looked at ahead of a playhead.
const LOOK_AHEAD: usize = 16;

impl Engine {
    /// Takes from a frame what it says of a peer's wants.
    pub(super) fn on_wishes(&mut self, id: &PeerId, frame: &Frame) {
        if self.seeding.is_none() {
            return;
        }
        match frame {
            Frame::Announce { came, .. } => came.iter().for_each(|have| self.on_watched(have.key.track)),
            Frame::Claim { claims, .. } => {
                claims.iter().for_each(|claim| self.on_watched(claim.key.track));
            }
            Frame::Request { key, .. } | Frame::Interest { key, .. } | Frame::WantLeaves { key, .. } => {
                self.on_watched(key.track);
                self.on_lacked(id, key);
            }
            Frame::Neighbours { head, .. } if *head != NO_HEAD => {
                let head = MediaTime::from_micros(i64::from(*head) * 1_000_000);
                self.on_playhead(id, head);
            }
            Frame::Neighbours { .. }
            | Frame::Hello { .. }
            | Frame::Piece { .. }
            | Frame::Cancel(_)
            | Frame::Reject { .. }
            | Frame::Digests { .. }
            | Frame::Bye(_)
            | Frame::Leaves { .. }
            | Frame::Promise { .. }
            | Frame::Relay { .. }
            | Frame::Proof(_)
            | Frame::Unknown(_) => {}
        }
    }

    /// Somebody watches a track.
    fn on_watched(&mut self, track: TrackKey) {
        let now = self.now;
        if self.timeline.track(track).is_none() {
            return;
        }
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        if seeding.wishes.on_track(track, now) == News::Yes {
            self.plan_harvest();
            self.replan(Replan::Window);
        }
    }

    /// A peer asks for a segment that may not be held.
    fn on_lacked(&mut self, id: &PeerId, key: &SegmentKey) {
        let Some(segment) = self.timeline.segment(key) else {
            return;
        };
        let unix = self.unix();
        let (from, to) = (segment.start, segment.start + Duration::from_micros(1));
        let is_there = key.kind == SegmentKind::Init
            || self
                .timeline
                .segments(key.track, from, to, unix, 2)
                .iter()
                .any(|found| found.key == *key);
        if is_there {
            self.wish_for(id, &segment);
        }
    }

    /// A neighbour's playhead is there.
    fn on_playhead(&mut self, id: &PeerId, head: MediaTime) {
        let (now, unix) = (self.now, self.unix());
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        if self.timeline.live().is_some() || seeding.harvest.takes_all() {
            return;
        }
        let sounds = seeding.wishes.sounds(id, head, now);
        let mut ahead: Vec<Segment> = Vec::new();
        for track in self.timeline.tracks() {
            let watched = seeding.wishes.wants(track.key, now);
            if !seeding.harvest.may_serve(track) || !(watched || sounds == News::Yes) {
                continue;
            }
            let limit = if watched { LOOK_AHEAD } else { 1 };
            let found = self.timeline.segments(track.key, head, head + AHEAD, unix, limit);
            // What is already vouched for is announced by its holders anyway.
            let tells = |segment: &Segment| watched || self.integrity.record(&segment.key).is_none();
            ahead.extend(found.into_iter().filter(tells));
        }
        ahead.sort_by_key(|segment| (segment.start, segment.key));
        ahead.iter().for_each(|segment| self.wish_for(id, segment));
    }

    /// Has a segment fetched for a peer, unless it is here, on its way, or about to be.
    fn wish_for(&mut self, id: &PeerId, segment: &Segment) {
        let (now, key) = (self.now, segment.key);
        if self.has(&key) || self.transfers.contains(&key) {
            return;
        }
        let Some(track) = self.timeline.track(key.track) else {
            return;
        };
        let fellow = self.is_fellow(id);
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        if !seeding.harvest.may_serve(track) {
            return;
        }
        if fellow {
            // It waits for this seeder's turn, of which there are as many as there are segments.
            if seeding.wishes.on_turn(key) == News::Yes {
                self.replan(Replan::Window);
            }
            return;
        }
        if seeding.harvest.will_come_to(segment) {
            return;
        }
        if seeding.wishes.on_key(id, key, now) == News::Yes {
            self.replan(Replan::Window);
        }
    }
}

#[cfg(test)]
mod tests;
