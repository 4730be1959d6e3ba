//! Everything the world can tell the engine.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

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
    /// The wall clock reads this now. Told once at the start, and again after each correction.
    Clock(UnixTime),
    /// Signaling's wall clock reads this now, give or take `within`. A viewer whose own is off by more than a second besides goes
    /// by it until its own is right: viewers of a live title have to agree on what is there.
    SignalingClock {
        /// What it reads.
        unix: UnixTime,
        /// Half of what the question took.
        within: Duration,
    },
    /// A manifest's text arrived, the first time or again; the player fetched it, or the engine asked for it
    /// with a fetch of its own and this is a copy that the player had anyway.
    Manifest {
        /// Where it came from after redirects: the base of its relative URLs.
        url: String,
        /// Its bytes.
        body: Vec<u8>,
    },
    /// The player wants a segment.
    Demand(Demand),
    /// A page wants a file that it knows the digest of. Answered as a demand is, of the same ids: it can be taken back.
    #[cfg(feature = "resources")]
    FileDemand(FileDemand),
    /// The player no longer wants it. Unknown demands are ignored: the answer may be on its way.
    DemandCancelled(DemandId),
    /// Where playback stands; told when it changes and at least once a second while it runs.
    Playback(Playback),
    /// What is known of the device, all of it; told at the start and whenever any of it changes.
    Device(DeviceState),
    /// The player jumped. Demands that follow are for the new position.
    Seeked(MediaTime),
    /// A sidecar came: signed batches of the title in one file. Each counts once its signature was checked against
    /// the key of [`Trust::Signed`](crate::config::Trust::Signed); without such a key none does, and of another
    /// swarm or signer none is even checked.
    #[cfg(feature = "seeder")]
    Sidecar(Bytes),
    /// So many bytes of segments may be kept from now on, in the place of
    /// [`Config::store_bytes`](crate::config::Config::store_bytes); at least 1 MiB. What has no room is forgotten. It is
    /// for engines that are not told of a device, whose policy would set the budget anew.
    #[cfg(feature = "seeder")]
    StoreBudget(u64),
    /// What signaling asks of its viewers, told each time that it is up: how many peers to look for, and how many to take at
    /// most. What it leaves out is as configured. Only `max` is bounded by the configuration: more are never taken, while more
    /// may be looked for than the configuration says, up to what is taken. A seeder waits to be asked, and ignores it.
    Targets {
        /// In the place of [`Config::min_target_peers`](crate::config::Config::min_target_peers).
        min: Option<u32>,
        /// In the place of [`Config::max_target_peers`](crate::config::Config::max_target_peers), where it is less.
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
    /// By which certificates the two ends of a channel know each other: told right after
    /// [`Input::PeerConnected`] by a driver whose links are encrypted, and where each end was held to the fingerprint that
    /// its description gave. Seeders prove by them that they are of one operator; without them each fetches for itself.
    #[cfg(feature = "seeder")]
    PeerCertificates {
        /// Whose channel.
        peer: PeerId,
        /// SHA-256 of this end's certificate.
        own: Fingerprint,
        /// SHA-256 of the peer's.
        theirs: Fingerprint,
    },
    /// One message came over a peer's channel. Messages of one peer arrive whole and in order.
    PeerMessage {
        /// Who sent it.
        peer: PeerId,
        /// The message.
        message: Message,
    },
    /// How many bytes given to a peer's channel have not left it. Told whenever they fall to [`LOW_WATER`] or below,
    /// after a burst of sends that left no more than that, and once more when none is left: what is told last counts
    /// until the next word. The engine paces itself by it, over all links, so that what it sends leaves in the order
    /// that helps most. Bytes that are on the way to the peer have left, acknowledged or not.
    PeerBuffered {
        /// Whose channel.
        peer: PeerId,
        /// Bytes that wait, all told: those the driver queues and those in the channel.
        bytes: u64,
    },
    /// A peer's channel closed, or its connection never came up.
    PeerClosed(PeerId),
    /// The driver's negotiation with a peer, of a [`Route::Neighbours`](crate::output::Route::Neighbours) or after
    /// [`Output::Negotiation`](crate::output::Output::Negotiation), wants this carried to it over a neighbour.
    Negotiate {
        /// To whom.
        peer: PeerId,
        /// What; less than 16 KiB, opaque to the engine. Nothing at all is a refusal.
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
        /// Length of the whole resource in bytes, where the response gives it: the total of `Content-Range` for 206, the
        /// body's length for 200. What peers say of a segment's size is held against it.
        total: Option<u64>,
        /// Where the response came from after redirects, where the driver knows it.
        url: Option<String>,
    },
    /// A part of an HTTP response's body arrived.
    FetchChunk {
        /// Which request.
        fetch: FetchId,
        /// The next bytes. Pieces of them are kept where they are, without a copy.
        bytes: Bytes,
    },
    /// The next part of a segment's body as whole pieces of it, from its first byte on: for a driver that hashes where it holds
    /// nothing up. The same as [`Input::FetchChunk`] of the same bytes. Only the last piece of a body may be short.
    FetchPieces {
        /// Which request.
        fetch: FetchId,
        /// The next pieces, in order.
        pieces: Vec<Piece>,
    },
    /// An HTTP response is complete.
    FetchFinished(FetchId),
    /// The origin says that a followed manifest, or a segment that is looked at again, is as it was when it came last: a
    /// 304, where the driver keeps validators and asks by them.
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

/// When so few bytes wait in a channel, the engine wants to know: one piece.
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
    /// Under which the answer is given.
    pub id: DemandId,
    /// The address the player would fetch.
    pub url: String,
    /// The part of it the player would ask for.
    pub range: Option<ByteRange>,
    /// What the player says it is, where its loader knows; checked against the manifest, never trusted over it.
    pub position: Option<Position>,
}

/// A page's request for a file by the digest of its bytes, whatever list or signer there is. It is asked of peers by that
/// digest, and nothing of it is given, kept or offered before all of it was hashed.
#[cfg(feature = "resources")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDemand {
    /// Under which the answer is given.
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
    /// Whether the origin has answered, and says that this one thing cannot be had. That a request took too long (408), came too
    /// early (425), or was one too many (429) it says of itself.
    pub(crate) fn is_of_one_thing(self) -> bool {
        matches!(self, Self::Status(400..=499)) && !matches!(self, Self::Status(408 | 425 | 429))
    }
}
