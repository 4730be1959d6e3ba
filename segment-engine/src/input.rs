//! Everything the world can tell the engine.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

#[cfg(feature = "upload-limits")]
use crate::config::BitsPerSecond;
use crate::device::DeviceState;
use crate::id::{ByteRange, CheckId, DemandId, FetchId, PeerId, SegmentKind};
#[cfg(feature = "resources")]
use crate::piece::Digest;
use crate::piece::Piece;
use crate::shelf::ShelfFact;
use crate::time::{MediaTime, UnixTime};
use crate::wire::Message;

/// Something that happened outside the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// This machine's wall clock reads this now. Told once at the start, and again after each correction.
    Clock(UnixTime),
    /// Signaling's wall clock reads this now, give or take `within`. A viewer whose own clock is off by more than a
    /// second beyond twice that follows signaling's until its own is right: viewers of a live title have to agree on which
    /// segments exist.
    SignalingClock {
        /// What it reads.
        unix: UnixTime,
        /// The uncertainty: half the round trip of the question.
        within: Duration,
    },
    /// A manifest's text arrived, for the first time or again: the player fetched it, or it answers a request of the
    /// engine's own and is a copy of what the player had anyway.
    Manifest {
        /// Where it came from after redirects: the base of its relative URLs.
        url: String,
        /// Its bytes.
        body: Vec<u8>,
    },
    /// The player wants a segment.
    Demand(Demand),
    /// A page wants a file whose digest it knows. Answered as a demand is, and cancelled like one: both share the
    /// same ids.
    #[cfg(feature = "resources")]
    FileDemand(FileDemand),
    /// The player no longer wants a demand. Unknown demands are ignored: the answer may be on its way.
    DemandCancelled(DemandId),
    /// Where playback stands; told when it changes and at least once a second while it runs.
    Playback(Playback),
    /// All that is known of the device; told at the start and whenever any of it changes.
    Device(DeviceState),
    /// The player jumped. Demands that follow are for the new position.
    Seeked(MediaTime),
    /// A sidecar came: signed batches of the title in one file. Each counts once its signature was checked against
    /// a key of [`Trust::Signed`](crate::config::Trust::Signed), a seeder's against its own; without such a key none does, and
    /// a sidecar of another swarm or signer is not even checked.
    #[cfg(feature = "seeder")]
    Sidecar(Bytes),
    /// The budget for stored segments from now on, in bytes, at least 1 MiB; it replaces
    /// [`Config::store_bytes`](crate::config::Config::store_bytes), and segments that no longer fit are forgotten.
    /// Only for engines that get no [`Input::Device`]: the device's policy would set the budget again.
    #[cfg(feature = "seeder")]
    StoreBudget(u64),
    /// The most that is uploaded to all peers together from now on, in bits per second; `None` ends the limit. It replaces
    /// the total of [`Config::upload_limits`](crate::config::Config::upload_limits), and holds at once: of what was saved up
    /// no more stays than the new rate saves up. What is queued was counted when it was admitted, and is still sent.
    /// At most 1 Tbit/s: a higher rate counts as that. There is no least, as there is for a configured limit: a driver
    /// may divide one limit among many engines. At 0 nothing more is admitted than what was saved up.
    #[cfg(feature = "upload-limits")]
    UploadLimit(Option<BitsPerSecond>),
    /// What signaling asks of its viewers: how many peers to look for, and how many to take at most. Told each time
    /// signaling comes up; a value that is left out stays as configured. Only `max` is bounded by the configuration:
    /// no more peers are ever taken than configured, while `min` may exceed the configured one, up to the most that
    /// are taken. A seeder waits to be asked, and ignores it.
    Targets {
        /// Replaces [`Config::min_target_peers`](crate::config::Config::min_target_peers).
        min: Option<u32>,
        /// Replaces [`Config::max_target_peers`](crate::config::Config::max_target_peers), where it is lower.
        max: Option<u32>,
    },
    /// Signaling is up: this peer is a member of its swarm.
    SignalingUp,
    /// Signaling is away. Links between peers live on.
    SignalingDown,
    /// Signaling paired this peer with another, and it is for this peer to make the offer.
    PeerIntroduced(PeerId),
    /// A data channel to a peer is open, whoever made the offer.
    PeerConnected(PeerId),
    /// The certificates by which the two ends of a channel know each other: told right after [`Input::PeerConnected`]
    /// by a driver whose links are encrypted, and only if each end was held to the fingerprint that its description
    /// gave. Seeders prove by them that they belong to one operator; without them each fetches for itself.
    #[cfg(feature = "seeder")]
    PeerCertificates {
        /// The peer at the channel's other end.
        peer: PeerId,
        /// SHA-256 of this end's certificate.
        own: Fingerprint,
        /// SHA-256 of the peer's.
        theirs: Fingerprint,
    },
    /// One message came over a peer's channel. Messages of one peer arrive whole and in order.
    PeerMessage {
        /// The peer that sent it.
        peer: PeerId,
        /// The message.
        message: Message,
    },
    /// How many of the bytes that were given to a peer's channel have not left it. Told whenever the number falls to
    /// [`LOW_WATER`] or below, after a burst of sends that left no more than that, and once more when it reaches
    /// zero; the last number told holds until the next. The engine paces itself by it, over all links, so that what
    /// it sends leaves in the most useful order. Bytes on the way to the peer have left, acknowledged or not.
    PeerBuffered {
        /// The peer at the channel's other end.
        peer: PeerId,
        /// Waiting bytes in total: those the driver queues and those in the channel.
        bytes: u64,
    },
    /// A peer's channel closed, or its connection never came up.
    PeerClosed(PeerId),
    /// The driver's negotiation with a peer, of a [`Route::Neighbours`](crate::output::Route::Neighbours) or after
    /// [`Output::Negotiation`](crate::output::Output::Negotiation), wants this carried to it over a neighbour.
    Negotiate {
        /// The peer to carry it to.
        peer: PeerId,
        /// The message; less than 16 KiB, opaque to the engine. An empty one is a refusal.
        payload: Vec<u8>,
    },
    /// Headers of an HTTP response arrived, with a status of 200 or 206.
    FetchStarted {
        /// Which request.
        fetch: FetchId,
        /// 206: the range was honoured. 200: the whole resource follows.
        partial: bool,
        /// Length of the body in bytes, where the response gives one.
        length: Option<u64>,
        /// Length of the whole resource in bytes, where the response gives it: the total of `Content-Range` for 206,
        /// the body's length for 200. The size that peers claim is checked against it.
        total: Option<u64>,
        /// Where the response came from after redirects, where the driver knows it.
        url: Option<String>,
    },
    /// A part of an HTTP response's body arrived.
    FetchChunk {
        /// Which request.
        fetch: FetchId,
        /// The next bytes. The pieces cut from them share this buffer, without a copy.
        bytes: Bytes,
    },
    /// The next part of a segment's body, already cut into pieces from its first byte on: for a driver that hashes
    /// where it holds nothing up. Equivalent to [`Input::FetchChunk`] with the same bytes. Only the last piece of a
    /// body may be short.
    FetchPieces {
        /// Which request.
        fetch: FetchId,
        /// The next pieces, in order.
        pieces: Vec<Piece>,
    },
    /// An HTTP response is complete.
    FetchFinished(FetchId),
    /// A followed manifest, or a segment that is being rechecked, has not changed since it last came: a 304, where
    /// the driver keeps validators and sends them.
    FetchUnchanged(FetchId),
    /// The origin asks to be left alone for a while (`Retry-After`). Told before the request's failure.
    RetryAfter {
        /// Which request.
        fetch: FetchId,
        /// For how long; the engine bounds it.
        wait: Duration,
    },
    /// An HTTP request failed, before or during its response. A status other than 200 and 206 is a failure.
    FetchFailed {
        /// Which request.
        fetch: FetchId,
        /// Why.
        error: FetchError,
    },
    /// The answer to [`Output::CheckSignature`](crate::output::Output::CheckSignature).
    SignatureChecked {
        /// Which question.
        check: CheckId,
        /// Whether the signature is the key owner's.
        valid: bool,
    },
    /// The answer to [`Output::CheckSignature`](crate::output::Output::CheckSignature) of a platform that cannot tell, for
    /// want of Ed25519: what was signed is not believed, and whoever sent it is not blamed.
    SignatureUnclear(CheckId),
    /// The answer to [`Output::Sign`](crate::output::Output::Sign).
    Signed {
        /// Which question.
        check: CheckId,
        /// The signature.
        signature: Signature,
    },
    /// What became of the shelf, where the driver has one.
    Shelf(ShelfFact),
}

/// SHA-256 of the certificate that an end of a link shows.
#[cfg(feature = "seeder")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint(pub [u8; 32]);

/// The engine wants to know when no more bytes than this wait in a channel: one piece.
pub const LOW_WATER: u64 = 16 << 10;

/// An Ed25519 signature (RFC 8032), opaque to the engine.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({:02x}{:02x}..)", self.0[0], self.0[1])
    }
}

/// One request of the player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Demand {
    /// Identifies the answer.
    pub id: DemandId,
    /// The address the player would fetch.
    pub url: String,
    /// The part of it the player would ask for.
    pub range: Option<ByteRange>,
    /// What the player says it is, where its loader knows; checked against the manifest, never trusted over it.
    pub position: Option<Position>,
}

/// A page's request for a file by the digest of its bytes, whether or not any list or signer names it. Peers are
/// asked for it by that digest, and nothing of it is delivered, kept or offered before all of it was hashed.
#[cfg(feature = "resources")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDemand {
    /// Identifies the answer.
    pub id: DemandId,
    /// Where its server has it: an absolute http or https URL.
    pub url: String,
    /// What its bytes are to hash to.
    pub sha224: Digest,
}

/// Where a player says that a segment is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The representation's `@id` in DASH; a variant's own name in HLS.
    pub representation: String,
    /// What the segment is for.
    pub kind: SegmentKind,
    /// Its start on the presentation's timeline; without meaning for an init segment.
    pub start: MediaTime,
}

/// Where playback stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Playback {
    /// The playhead.
    pub position: MediaTime,
    /// How much media is ready behind the playhead, the lesser of audio and video.
    pub buffered: Duration,
    /// Whether the playhead moves or is meant to.
    pub state: PlaybackState,
}

/// What the player is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PlaybackState {
    /// The playhead moves.
    Playing,
    /// The viewer paused it.
    Paused,
    /// It wants to move, and has nothing to play.
    Stalled,
}

/// Why an HTTP request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FetchError {
    /// No response, or it broke off: name resolution, connection, TLS, CORS, a truncated body.
    Network,
    /// The origin answered with this status.
    Status(u16),
    /// Nothing came for [`Fetch::timeout`](crate::output::Fetch::timeout).
    Timeout,
}

impl FetchError {
    /// Whether the origin answered, and meant this resource alone. Statuses that speak of the request itself do not
    /// count: it took too long (408), came too early (425), or was one too many (429).
    pub(crate) fn is_of_one_thing(self) -> bool {
        matches!(self, Self::Status(400..=499)) && !matches!(self, Self::Status(408 | 425 | 429))
    }
}
