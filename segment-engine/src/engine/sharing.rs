//! What is held and offered: segments and pieces that came, and what peers know of them.

use std::time::Duration;

use super::Engine;
use crate::bits::Bits;
use crate::claims::Pace;
use crate::id::{Member, PeerId, SegmentKey};
use crate::output::{DisconnectReason, Event};
use crate::peer::{Note, Peer};
use crate::store::Stored;
use crate::timer::Timer;
use crate::transfer::Download;
use crate::vecmap::{VecMap, VecSet};
use crate::wire::{Have, Holds, Leaves, Message, announcements, encode, piece_count};

/// The longest that announcements are held back, to be sent together. Measured with 300 viewers of 4 Mbit/s, 12 s
/// behind live: 75 ms instead of 133 made a quarter more of them, and no segment came earlier; twice as long took a
/// quarter more copies from the origin.
const ANNOUNCE_AFTER: Duration = Duration::from_millis(133);

/// If time is short, announcements are held back for this fraction of the slack (a divisor), but never less than
/// `ANNOUNCE_AT_BEST`.
const ANNOUNCED_IN_SLACK: u32 = 60;
const ANNOUNCE_AT_BEST: Duration = Duration::from_millis(20);

/// How soon news is told that opens a segment to peers in the first place.
const ANNOUNCE_NOW: Duration = Duration::from_millis(5);

/// What peers have not been told yet.
#[derive(Debug, Default)]
pub(super) struct Unannounced {
    came: VecMap<SegmentKey, Fresh>,
    gone: VecSet<SegmentKey>,
}

/// The news of one segment.
#[derive(Debug, Default)]
struct Fresh {
    pieces: Bits,
    news: News,
}

/// The news of a segment besides pieces.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    /// Nothing.
    #[default]
    Pieces,
    /// Its leaves are known.
    Layer,
    /// It is whole.
    Whole,
}

impl Unannounced {
    /// A piece came.
    pub(super) fn piece(&mut self, key: SegmentKey, piece: u32, count: u32) {
        self.fresh(key, count).pieces.add(piece);
    }

    /// Its leaves came.
    pub(super) fn layer(&mut self, key: SegmentKey, count: u32) {
        let fresh = self.fresh(key, count);
        fresh.news = fresh.news.max(News::Layer);
    }

    fn fresh(&mut self, key: SegmentKey, count: u32) -> &mut Fresh {
        let fresh = self.came.get_or_insert_with(key, Fresh::default);
        if fresh.pieces.len() != count {
            fresh.pieces = Bits::none(count);
        }
        fresh
    }

    /// Forgets a segment's pieces: they concern nobody any more.
    pub(super) fn forget(&mut self, key: &SegmentKey) {
        self.came.remove(key);
    }
}

impl Engine {
    /// Keeps a segment, and lets others go if there is no room.
    pub(super) fn keep(&mut self, key: SegmentKey, stored: Stored) {
        for evicted in self.store_segment(key, stored) {
            self.let_go(evicted);
        }
        self.offer(key);
        self.sweep_later();
    }

    /// Offers a segment to peers, if it is held and known to be right.
    pub(super) fn offer(&mut self, key: SegmentKey) {
        if self.is_held(&key) {
            self.unannounced.gone.remove(&key);
            self.unannounced.came.get_or_insert_with(key, Fresh::default).news = News::Whole;
            self.announce_soon();
            self.shelve(key);
        }
    }

    /// Withdraws an offer.
    pub(super) fn withdraw(&mut self, key: SegmentKey) {
        self.unannounced.came.remove(&key);
        self.unannounced.gone.insert(key);
        self.announce_soon();
    }

    /// Whether a segment is held and offered, in memory or on the shelf.
    pub(super) fn is_held(&self, key: &SegmentKey) -> bool {
        self.offerable(key) || self.shelved_len(key).is_some()
    }

    /// Whether a segment is in memory, with bytes that others would accept.
    pub(super) fn offerable(&self, key: &SegmentKey) -> bool {
        match self.integrity.record(key) {
            Some(record) => self.store.root(key) == Some(record.root),
            None => !self.trust_needs_records() && self.store.contains(key),
        }
    }

    pub(super) fn on_origin_mismatch(&mut self, key: SegmentKey) {
        self.emit(Event::OriginMismatch { key });
        // A seeder says what is right: its origin has changed the segment, and it signs it again.
        self.on_segment_changed(key);
    }

    pub(super) fn announce_soon(&mut self) {
        self.announce_within(ANNOUNCE_AFTER);
    }

    /// Announces a piece sooner if time is short.
    pub(super) fn announce_piece(&mut self, slack: Duration) {
        self.announce_within((slack / ANNOUNCED_IN_SLACK).clamp(ANNOUNCE_AT_BEST, ANNOUNCE_AFTER));
    }

    fn announce_within(&mut self, wait: Duration) {
        self.timers.set_no_later(Timer::Announce, self.now + wait);
    }

    pub(super) fn announce_now(&mut self) {
        self.timers.set_no_later(Timer::Announce, self.now + ANNOUNCE_NOW);
    }

    pub(super) fn announce(&mut self) {
        let Unannounced { came, gone } = std::mem::take(&mut self.unannounced);
        let mut haves: Vec<(SegmentKey, Fresh, Option<Have>)> = Vec::new();
        for (key, fresh) in came {
            let told = self.have(&key, &fresh.pieces, fresh.news == News::Whole);
            haves.push((key, fresh, told));
        }
        let gone: Vec<SegmentKey> = gone.iter().copied().collect();
        // Most peers are told the same: it is encoded once.
        let mut last: (Vec<bool>, Vec<Message>) = Default::default();
        for id in self.ready_peers().collect::<Vec<_>>() {
            let Some(peer) = self.peers.get(&id) else {
                continue;
            };
            let useful: Vec<bool> = haves
                .iter()
                .map(|(key, fresh, _)| is_news_to(peer, key, fresh))
                .collect();
            if last.1.is_empty() || last.0 != useful {
                let told = haves.iter().zip(&useful).filter(|(_, useful)| **useful);
                let came = told.filter_map(|((_, _, told), _)| told.clone()).collect();
                let frames = announcements(came, gone.clone());
                last = (useful, frames.iter().map(encode).collect());
            }
            for message in &last.1 {
                self.note(&id, Note::Message(message.clone()));
            }
        }
    }

    /// What is held of a segment, as a peer is told it.
    fn have(&self, key: &SegmentKey, pieces: &Bits, whole: bool) -> Option<Have> {
        if whole {
            let size = self
                .store
                .get(key)
                .filter(|_| self.offerable(key))
                .map(Stored::len)
                .or_else(|| self.shelved_len(key));
            return size.map(|size| Have {
                key: *key,
                size,
                holds: Holds::All,
                leaves: Leaves::Held,
            });
        }
        let download = self
            .transfers
            .relayable(key)
            // Pieces of another size are not of this segment.
            .filter(|download| download.piece_count() == pieces.len())?;
        let leaves = match download.leaves() {
            Some(_) => Leaves::Held,
            None => Leaves::Missing,
        };
        let size = download.size().unwrap_or(0);
        let runs = pieces.runs().into_iter();
        Some(Have {
            key: *key,
            size,
            holds: Holds::Runs(runs.map(|run| (run.first, run.count)).collect()),
            leaves,
        })
    }

    pub(super) fn ready_peers(&self) -> impl Iterator<Item = PeerId> {
        self.peers
            .iter()
            .filter(|(_, peer)| peer.role().is_some())
            .map(|(id, _)| id.clone())
    }

    /// Tells a peer something as soon as its channel has room; a peer that takes nothing at all is dropped.
    pub(super) fn note(&mut self, id: &PeerId, note: Note) {
        let noted = self.peers.get_mut(id).map(|peer| peer.channel.note(note));
        match noted {
            Some(Ok(())) => self.send_notes(id),
            Some(Err(_)) => self.drop_peer(id, DisconnectReason::Unresponsive),
            None => {}
        }
    }

    /// Sends a peer the notes that wait for it, while its channel has room.
    pub(super) fn send_notes(&mut self, id: &PeerId) {
        while let Some(note) = self.peers.get_mut(id).and_then(|peer| peer.channel.next_note()) {
            self.send_message(id, note.into_message());
        }
    }

    /// Sends a peer some of the digests that it is yet to be told, while nothing else keeps its channel busy: what it
    /// asks for next need not wait behind many.
    pub(super) fn send_digests(&mut self, id: &PeerId) {
        while self.peers.get_mut(id).is_some_and(|peer| peer.channel.fill()) {
            self.send_notes(id);
        }
    }

    /// Tells a new peer which digests are known of segments that may still be wanted, and what is held. A few digests
    /// go first, so that what is held can be asked for; the others can wait.
    pub(super) fn introduce_self(&mut self, id: &PeerId) {
        let (unix, live) = (self.unix(), self.timeline.live().is_some());
        let is_useful = |key: &SegmentKey| !live || !self.timeline.has_left(key, unix);
        let batches = self.integrity.batches(is_useful);
        if let Some(peer) = self.peers.get_mut(id) {
            peer.channel.tell_later(batches);
        }
        self.send_digests(id);
        let mut held: Vec<Have> = Vec::new();
        for key in self.held_keys() {
            held.extend(self.have(&key, &Bits::default(), true));
        }
        for download in self.transfers.iter() {
            held.extend(self.have(&download.key(), download.have(), false));
        }
        for frame in announcements(held, Vec::new()) {
            self.note(id, Note::Message(encode(&frame)));
        }
    }

    /// Notes what a neighbour now holds, and what it no longer does.
    pub(super) fn on_announce(&mut self, id: &PeerId, came: &[Have], gone: &[SegmentKey]) {
        let (now, unsigned) = (self.now, !self.trust_needs_records());
        let is_sized_by_peers = |download: &Download| unsigned || download.is_unproven();
        let peer = self.peers.get_mut(id).expect("invariant: checked by the caller");
        let (slot, serves) = (peer.slot(), peer.serves());
        let mut sized = Vec::new();
        let mut kept: Vec<Member> = Vec::new();
        for key in gone {
            peer.held.on_gone(key);
            if let Some(download) = self.transfers.get_mut(key) {
                download.on_gone(slot);
            }
        }
        for have in came {
            let Some(holding) = peer.held.on_have(have) else {
                continue;
            };
            let Some(download) = self.transfers.get_mut(&have.key) else {
                continue;
            };
            let Some(size) = download.size() else {
                if is_sized_by_peers(download) {
                    // The announced size is not known to be right, but somebody has evidently fetched the segment.
                    let pace = Pace::of(download.slack(now));
                    kept.extend(download.stripes.on_progress(0, now, pace));
                }
                sized.push(have.key);
                continue;
            };
            if size != have.size {
                download.on_gone(slot);
                continue;
            }
            if holding.leaves == Leaves::Held {
                download.layer_holders.insert(slot);
            }
            if !serves {
                continue;
            }
            let fresh = match &have.holds {
                Holds::All => download.on_held(slot, &Bits::all(piece_count(size))),
                Holds::Runs(runs) => {
                    let mut bits = Bits::none(piece_count(size));
                    for (first, count) in runs {
                        bits.add_run(*first, *count);
                    }
                    download.on_held(slot, &bits)
                }
            };
            let pace = Pace::of(download.slack(now));
            let mut last = None;
            for piece in fresh.iter() {
                let stripe = download.stripes.of_piece(piece);
                if last != Some(stripe) {
                    kept.extend(download.stripes.on_progress(stripe, now, pace));
                    last = Some(stripe);
                }
            }
            self.serving.on_replica(&have.key, |piece| fresh.contains(piece));
        }
        for member in kept {
            self.reputation.on_kept(member, now);
        }
        for key in sized {
            self.adopt_unsigned(key);
        }
        self.replan(super::Replan::Pull);
    }
}

/// Whether a peer can use the news of a segment: not if it holds as much.
fn is_news_to(peer: &Peer, key: &SegmentKey, fresh: &Fresh) -> bool {
    let Some(holding) = peer.held.of(key) else {
        return true;
    };
    match &holding.pieces {
        None => false,
        Some(_) if fresh.news != News::Pieces => true,
        Some(held) => !fresh.pieces.within(held),
    }
}

#[cfg(test)]
mod tests;
