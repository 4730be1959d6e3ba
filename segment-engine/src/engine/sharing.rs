//! What is held and offered: completed segments, and the peers' knowledge of them.

use std::time::Duration;

use super::player::{main_source, millis, start_ms};
use super::{Engine, Replan};
use crate::id::{PeerId, SegmentKey};
use crate::integrity::Record;
use crate::output::{DisconnectReason, Event};
use crate::peer::Note;
use crate::piece::{Body, Digest};
use crate::stats::SourceBytes;
use crate::store::Stored;
use crate::timer::Timer;
use crate::vecmap::VecSet;
use crate::wire::{Have, Holds, Leaves, MAX_KEYS};

/// Announcements are held back this long and sent together: fewer messages for a delay that no deadline feels.
const ANNOUNCE_AFTER: Duration = Duration::from_millis(50);

/// What peers have not been told yet.
#[derive(Debug, Default)]
pub(super) struct Unannounced {
    came: VecSet<SegmentKey>,
    gone: VecSet<SegmentKey>,
}

impl Engine {
    /// A segment is complete: it is kept, told of, and handed to the player. The caller has checked a
    /// peer's bytes against their digest.
    pub(super) fn on_complete(
        &mut self,
        key: SegmentKey,
        body: Body,
        root: Digest,
        sources: SourceBytes,
        peer: Option<PeerId>,
        took: Duration,
    ) {
        let size = body.len();
        let segment = self.segment(&key);
        self.transfers.on_arrived(&key);
        self.emit(Event::SegmentReceived {
            label: self.label(&segment),
            key,
            start_ms: start_ms(&segment),
            duration_ms: millis(segment.duration),
            bytes: size,
            source: main_source(sources),
            verified: peer.is_some()
                || self
                    .integrity
                    .record(&key)
                    .is_some_and(|record| record.root == root),
            peer,
        });
        let stored = Stored { body, root, sources };
        self.deliver_all(&segment, &stored, took);
        self.keep(key, stored);
        self.on_harvested(key, Record { size, root });
        self.replan = Replan::Due;
    }

    fn keep(&mut self, key: SegmentKey, stored: Stored) {
        for evicted in self.store.insert(key, stored) {
            self.unannounced.came.remove(&evicted);
            self.unannounced.gone.insert(evicted);
            self.announce_soon();
        }
        self.offer(key);
    }

    /// Tells peers of a segment, if it is held and known to be right.
    pub(super) fn offer(&mut self, key: SegmentKey) {
        if self.offerable(&key) {
            self.unannounced.gone.remove(&key);
            self.unannounced.came.insert(key);
            self.announce_soon();
        }
    }

    /// Takes an offer back.
    fn withdraw(&mut self, key: SegmentKey) {
        self.unannounced.came.remove(&key);
        self.unannounced.gone.insert(key);
        self.announce_soon();
    }

    /// Whether a segment is held, and its bytes are those of its digest: others may have it.
    pub(super) fn offerable(&self, key: &SegmentKey) -> bool {
        let record = self.integrity.record(key);
        record.is_some_and(|record| self.store.root(key) == Some(record.root))
    }

    pub(super) fn on_origin_mismatch(&mut self, key: SegmentKey, seen: Record) {
        self.emit(Event::OriginMismatch { key });
        // A seeder is the one that says what is right: its origin has changed the segment.
        if self.seeding.is_some() {
            let made = self.unix();
            self.integrity.learn(key, seen, made);
            self.withdraw(key);
        }
    }

    fn announce_soon(&mut self) {
        self.timers
            .set_no_later(Timer::Announce, self.now + ANNOUNCE_AFTER);
    }

    pub(super) fn announce(&mut self) {
        let Unannounced { came, gone } = std::mem::take(&mut self.unannounced);
        let came: Vec<_> = came.iter().copied().filter(|key| self.offerable(key)).collect();
        let peers: Vec<_> = self.ready_peers().collect();
        for peer in peers {
            self.tell(&peer, &came, &gone.iter().copied().collect::<Vec<_>>());
        }
    }

    pub(super) fn ready_peers(&self) -> impl Iterator<Item = PeerId> {
        self.peers
            .iter()
            .filter(|(_, peer)| peer.role().is_some())
            .map(|(id, _)| id.clone())
    }

    fn tell(&mut self, peer: &PeerId, came: &[SegmentKey], gone: &[SegmentKey]) {
        let have = |key: &SegmentKey| {
            self.integrity.record(key).map(|record| Have {
                key: *key,
                size: record.size,
                holds: Holds::All,
                leaves: Leaves::Missing,
            })
        };
        let came: Vec<Have> = came.iter().filter_map(have).collect();
        for came in came.chunks(MAX_KEYS) {
            self.note(peer, Note::Came(came.to_vec()));
        }
        for gone in gone.chunks(MAX_KEYS) {
            self.note(peer, Note::Gone(gone.to_vec()));
        }
    }

    /// Tells a peer something as soon as its channel has room; one that takes nothing at all is dropped.
    pub(super) fn note(&mut self, id: &PeerId, note: Note) {
        let noted = self.peers.get_mut(id).map(|peer| peer.uploads.note(note));
        match noted {
            Some(Ok(())) => self.upload(id),
            Some(Err(_)) => self.drop_peer(id, DisconnectReason::Unresponsive),
            None => {}
        }
    }

    /// Tells a new peer which digests are known, and what is held.
    pub(super) fn introduce_self(&mut self, peer: &PeerId) {
        let batches: Vec<_> = self.integrity.batches().cloned().collect();
        for batch in batches {
            self.note(peer, Note::Digests(batch));
        }
        let held: Vec<_> = self.store.keys().into_iter().map(|(key, _)| key).collect();
        let held: Vec<_> = held.into_iter().filter(|key| self.offerable(key)).collect();
        self.tell(peer, &held, &[]);
    }
}
