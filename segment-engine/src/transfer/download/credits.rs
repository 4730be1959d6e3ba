//! Where the bytes of one segment came from.

use crate::id::PeerId;
use crate::stats::{PeerShare, SourceBytes};
use crate::vecmap::VecMap;
use crate::wire::PeerRole;

/// Bytes kept, each counted once.
#[derive(Debug, Default)]
pub(super) struct Credits {
    sources: SourceBytes,
    shares: VecMap<PeerId, u64>,
}

impl Credits {
    /// All `bytes` came over HTTP.
    pub(super) fn of_origin(bytes: u64) -> Self {
        Self {
            sources: SourceBytes {
                origin: bytes,
                ..SourceBytes::default()
            },
            shares: VecMap::default(),
        }
    }

    /// Counts what came over HTTP.
    pub(super) fn on_fetched(&mut self, bytes: u64) {
        self.sources.origin += bytes;
    }

    /// Counts what a peer sent.
    pub(super) fn on_received(&mut self, from: &PeerId, role: Option<PeerRole>, bytes: u64) {
        match role {
            Some(PeerRole::Seeder) => self.sources.seeder += bytes,
            Some(PeerRole::Viewer) | None => self.sources.peer += bytes,
        }
        *self.shares.get_or_insert_with(from.clone(), || 0) += bytes;
    }

    /// By source.
    pub(super) fn sources(&self) -> SourceBytes {
        self.sources
    }

    /// By the peer that sent them.
    pub(super) fn shares(&self) -> Vec<PeerShare> {
        let mut shares = Vec::new();
        for (peer, bytes) in self.shares.iter() {
            shares.push(PeerShare {
                peer: peer.clone(),
                bytes: *bytes,
            });
        }
        shares
    }
}
