//! Checks what an engine asks of whom: nobody for a piece that it has not announced, nobody twice, and no more than two
//! at a time.

use std::collections::{BTreeMap, BTreeSet};

use segment_engine::id::{PeerId, SegmentKey};
use segment_engine::piece::PIECE;
use segment_engine::wire::{Frame, Have, Holds, RequestId};

/// One to bring it, and one more in the endgame.
const MOST_ASKED: usize = 2;

/// The pieces that peers have announced, and the requests to them that are not answered yet.
#[derive(Debug, Default)]
pub(super) struct Asking {
    announced: BTreeMap<PeerId, BTreeMap<SegmentKey, BTreeSet<u32>>>,
    open: BTreeMap<(PeerId, RequestId), (SegmentKey, BTreeSet<u32>)>,
}

impl Asking {
    /// Notes what a peer says.
    pub(super) fn on_heard(&mut self, peer: &PeerId, frame: &Frame) {
        match frame {
            Frame::Announce { came, gone } => {
                let announced = self.announced.entry(peer.clone()).or_default();
                for have in came {
                    announced.entry(have.key).or_default().extend(pieces(have));
                }
                for key in gone {
                    announced.remove(key);
                }
            }
            Frame::Piece { request, piece, .. } => {
                let request = (peer.clone(), *request);
                if let Some((_, rest)) = self.open.get_mut(&request) {
                    rest.remove(piece);
                }
            }
            Frame::Reject { request, .. } => {
                self.open.remove(&(peer.clone(), *request));
            }
            _ => {}
        }
    }

    /// One of the pieces that are asked for: the peer, the request, and the piece.
    pub(super) fn open(&self, which: u8) -> Option<(PeerId, RequestId, u32)> {
        let open = self.open.iter().filter(|(_, (_, rest))| !rest.is_empty());
        let open: Vec<_> = open.collect();
        let ((peer, request), (_, rest)) = open.get(usize::from(which) % open.len().max(1))?;
        Some((peer.clone(), *request, *rest.first()?))
    }

    /// Looks at what an engine says to a peer.
    pub(super) fn on_said(&mut self, peer: &PeerId, frame: &Frame) {
        match frame {
            Frame::Cancel(request) => {
                self.open.remove(&(peer.clone(), *request));
            }
            Frame::Request {
                request,
                key,
                first,
                count,
            } => self.on_asked(peer, *request, *key, (*first..first + count).collect()),
            _ => {}
        }
    }

    fn on_asked(&mut self, peer: &PeerId, request: RequestId, key: SegmentKey, wanted: BTreeSet<u32>) {
        let announced = self.announced.get(peer).and_then(|peer| peer.get(&key));
        assert!(
            announced.is_some_and(|announced| wanted.is_subset(announced)),
            "{peer:?} is asked for {wanted:?} and has {announced:?}"
        );
        for piece in &wanted {
            let asked = self
                .open
                .iter()
                .filter(|(_, (other, open))| *other == key && open.contains(piece));
            let asked: Vec<&PeerId> = asked.map(|((peer, _), _)| peer).collect();
            assert!(!asked.contains(&peer), "{peer:?} is asked for {piece} twice");
            assert!(
                asked.len() < MOST_ASKED,
                "{piece} is asked of {asked:?} and of {peer:?}"
            );
        }
        let before = self.open.insert((peer.clone(), request), (key, wanted));
        assert!(before.is_none(), "a request is named like one before it");
    }

    /// Forgets a peer that is gone.
    pub(super) fn on_gone(&mut self, peer: &PeerId) {
        self.announced.remove(peer);
        self.open.retain(|(asked, _), _| asked != peer);
    }
}

fn pieces(have: &Have) -> Vec<u32> {
    let count = u32::try_from(have.size.div_ceil(PIECE as u64)).unwrap_or(u32::MAX);
    match &have.holds {
        Holds::All => (0..count).collect(),
        Holds::Runs(runs) => runs
            .iter()
            .flat_map(|(first, count)| *first..first + count)
            .collect(),
    }
}
