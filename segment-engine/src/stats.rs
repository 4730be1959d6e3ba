//! What the engine has counted since it was made.

use serde::{Deserialize, Serialize};

use crate::id::PeerId;

/// Bytes by where they came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceBytes {
    /// Over HTTP, by this engine's own requests.
    pub origin: u64,
    /// From peers that are seeders.
    pub seeder: u64,
    /// From peers that are viewers.
    pub peer: u64,
    /// From a viewer's own shelf, where an earlier session left them.
    pub stored: u64,
}

impl SourceBytes {
    /// The sum over all sources.
    pub const fn total(&self) -> u64 {
        let received = self.origin.saturating_add(self.seeder).saturating_add(self.peer);
        received.saturating_add(self.stored)
    }
}

/// How many bytes of a segment one peer gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PeerShare {
    /// The peer.
    pub peer: PeerId,
    /// Its bytes.
    pub bytes: u64,
}

/// A snapshot of the engine's counters. All counts are since the engine was made.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Stats {
    /// Bytes of segments received, complete or not, by source.
    pub received: SourceBytes,
    /// Bytes of segments handed to the player, by source.
    pub delivered: SourceBytes,
    /// Bytes of segments sent to peers.
    pub uploaded: u64,
    /// Peers connected and past their handshake now: viewers.
    pub peers: u32,
    /// Peers connected and past their handshake now: seeders.
    pub seeders: u32,
    /// Demands of the player.
    pub demands: u64,
    /// Demands answered from the store at once.
    pub hits: u64,
    /// Demands left to the player's own HTTP.
    pub declined: u64,
    /// Demands whose wait for a peer was ended by an HTTP request.
    pub rescues: u64,
    /// Pieces from peers that were compared with verified leaves, and right.
    pub verified: u64,
    /// Pieces from peers that were wrong.
    pub corrupt: u64,
    /// Bytes that came although they were already there, or no longer wanted.
    pub duplicate: u64,
    /// Stripes that this peer claimed, to fetch them from the origin for the swarm.
    pub claims: u64,
    /// Stripes that others claimed and of which nothing ever appeared.
    pub lapsed_claims: u64,
    /// Stripes that were fetched from the origin only to learn whether a higher rung could be sustained.
    pub probes: u64,
    /// Runs of pieces that this peer asked neighbours to reserve.
    pub interests: u64,
    /// Runs of pieces that this peer promised to neighbours.
    pub promises: u64,
    /// Requests of peers that were refused because the uplink was busy.
    pub refused: u64,
    /// Pieces that were compared with the origin's, if nobody signs.
    pub audits: u64,
    /// How many peers of the swarm can upload, this one included: an estimate, at least those known by name.
    pub capable: u32,
    /// Links that were dropped because others are worth more.
    pub evicted: u64,
    /// Links that were made over a common neighbour.
    pub introduced: u64,
    /// Messages of negotiations that were carried from one neighbour to another.
    pub carried: u64,
    /// Frames from peers that broke the protocol.
    pub violations: u64,
    /// Segments held now.
    pub stored_segments: u64,
    /// Bytes held now.
    pub stored_bytes: u64,
    /// Segments whose digest is known now.
    pub known_digests: u64,
    /// How many gaps the chain of signed batches has now: some are withheld, or still on their way.
    pub digest_gaps: u32,
    /// How many times the digest key's owner was seen to sign two batches with one sequence.
    pub equivocations: u32,
    /// Segments that a seeder gave up.
    #[cfg(feature = "seeder")]
    pub gaps: u64,
    /// Segments that a seeder fetched because peers wanted them.
    #[cfg(feature = "seeder")]
    pub on_demand: u64,
    /// Segments on the shelf now.
    #[cfg(feature = "shelf")]
    pub shelved_segments: u64,
    /// Bytes on the shelf now.
    #[cfg(feature = "shelf")]
    pub shelved_bytes: u64,
    /// Segments that were read back from the shelf, and were right.
    #[cfg(feature = "shelf")]
    pub shelf_reads: u64,
    /// Segments that were read back from the shelf wrong, or not at all.
    #[cfg(feature = "shelf")]
    pub shelf_faults: u64,
}
