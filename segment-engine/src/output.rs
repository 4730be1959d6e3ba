//! Everything the engine asks of the world, and what an app may show.

mod fetch;

use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};

pub use self::fetch::{Conditional, Fetch, FetchPurpose};
use crate::device::{DeviceLimits, Prefetch, Reasons, Uploads};
use crate::id::{CheckId, DemandId, FetchId, PeerId, SegmentKey};
use crate::input::{FetchError, Signature};
use crate::piece::Body;
use crate::shelf::ShelfCommand;
#[cfg(feature = "shelf")]
use crate::shelf::ShelfFault;
use crate::stats::{PeerShare, SourceBytes};
use crate::wire::Message;

/// Something for the driver to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send one message over a peer's channel.
    Send {
        /// The receiver.
        peer: PeerId,
        /// The message; at most 24 KiB.
        message: Message,
    },
    /// Make an offer to a peer that signaling introduced, or that a neighbour knows.
    Connect {
        /// The peer to offer to.
        peer: PeerId,
        /// Who carries the negotiation.
        route: Route,
    },
    /// A neighbour carried this from a peer that negotiates a link; an offer may come without having been asked for.
    Negotiation {
        /// The negotiating peer.
        peer: PeerId,
        /// The message; opaque to the engine, and as hostile as anything from peers.
        payload: Vec<u8>,
    },
    /// Leave signaling, and keep the links: there are enough. No `SignalingDown` is needed in return.
    LeaveSignaling,
    /// Come back to signaling.
    JoinSignaling,
    /// Close the link to a peer after what was sent has left, or give up making it; no `PeerClosed` is needed in return.
    Disconnect {
        /// The peer.
        peer: PeerId,
        /// Why; for logs.
        reason: DisconnectReason,
    },
    /// Ask signaling for this many peers more.
    WantPeers(u32),
    /// Make an HTTP request, and report on it by the `Fetch...` inputs.
    Fetch(Fetch),
    /// Give an HTTP request up; no input about it is needed in return.
    AbortFetch(FetchId),
    /// Hand a segment to the player.
    Deliver(Delivery),
    /// Let the player fetch by itself: not a segment that can be shared.
    Decline {
        /// Which demand.
        demand: DemandId,
        /// Why.
        reason: DeclineReason,
    },
    /// Say whether an Ed25519 signature holds, by `SignatureChecked`.
    CheckSignature {
        /// Identifies the answer.
        check: CheckId,
        /// The key that must have signed.
        key: PublicKey,
        /// What was signed.
        message: Vec<u8>,
        /// The signature.
        signature: Signature,
    },
    /// Sign with the seeder's Ed25519 key, and answer by `Signed`. Only a seeder's engine asks.
    Sign {
        /// Identifies the answer.
        check: CheckId,
        /// What to sign.
        message: Vec<u8>,
    },
    /// Do something with the shelf; only asked of a driver that reported one.
    Shelf(ShelfCommand),
    /// Something that an app may show or log.
    Event(Event),
}

/// Who carries a negotiation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// Signaling, which introduced the two.
    Signaling,
    /// A neighbour of both: [`Input::Negotiate`](crate::input::Input::Negotiate) takes the negotiation's messages in,
    /// and [`Output::Negotiation`] hands them out.
    Neighbours,
}

/// An Ed25519 public key (RFC 8032), opaque to the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PublicKey(pub [u8; 32]);

/// A segment for the player.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Which demand it answers.
    pub demand: DemandId,
    /// The segment; never empty.
    pub body: Body,
    /// Where the bytes came from.
    pub sources: SourceBytes,
    /// How long their transfer took, from the first request to the last byte; zero if they were in the store.
    pub transfer: Duration,
    /// The rate at which this engine expects to keep delivering, in bits per second; 0 if unknown.
    pub rate: u64,
}

/// Why a demand is left to the player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeclineReason {
    /// The manifest does not have it, or none was read yet.
    Unknown,
    /// The manifest has it, but not where the player says; or a file's server has other bytes than those of its
    /// digest.
    Disagreement,
    /// The origin refused it or could not be reached; the player's own retries take over.
    OriginFailed(FetchError),
    /// It is larger than a segment may be.
    TooLarge,
    /// Too many demands at once.
    Busy,
}

/// Why a link was closed: by this side, or as the other side said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DisconnectReason {
    /// The peer speaks another version of the protocol.
    Version,
    /// The peer watches another title.
    OtherSwarm,
    /// The peer broke the protocol or went over a limit.
    Violation,
    /// The peer sent bytes that are not the segment's.
    Corrupt,
    /// There are peers enough.
    Full,
    /// The peer did not shake hands in time, or keeps failing.
    Unresponsive,
}

/// The source of a segment, or of most of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// This engine's own HTTP request.
    Origin,
    /// A seeder.
    Seeder,
    /// Another viewer.
    Peer,
    /// This viewer's own shelf, filled by an earlier session.
    Stored,
}

/// Something that an app may show or log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Event {
    /// A manifest was read.
    TimelineUpdated {
        /// Representations in it.
        tracks: u32,
        /// Whether it is live.
        live: bool,
    },
    /// A manifest could not be read; the last good one stays in force.
    ManifestRejected {
        /// Why, in one line.
        reason: String,
    },
    /// A followed manifest could not be fetched; it is tried again.
    ManifestUnreachable {
        /// Why.
        error: FetchError,
        /// When it is tried again, in milliseconds from now.
        retry_in_ms: u64,
    },
    /// A peer is past its handshake.
    PeerJoined {
        /// The peer.
        peer: PeerId,
        /// Whether it is a seeder.
        seeder: bool,
    },
    /// A peer has proven to be a seeder with this one's key: from now on the two share what they fetch.
    #[cfg(feature = "seeder")]
    FellowJoined {
        /// The peer.
        peer: PeerId,
    },
    /// A peer is gone: it left, or was dropped.
    PeerLeft {
        /// The peer.
        peer: PeerId,
        /// Why, where this side dropped it or the peer said so.
        reason: Option<DisconnectReason>,
    },
    /// A segment is complete, and right as far as can be told.
    SegmentReceived {
        /// A name for people to read.
        label: String,
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
        /// Its start on the presentation's timeline, in milliseconds; none for an init segment.
        start_ms: Option<i64>,
        /// Its length on the timeline, in milliseconds.
        duration_ms: u64,
        /// Its size.
        bytes: u64,
        /// Where it came from.
        source: Source,
        /// How many bytes each peer contributed.
        peers: Vec<PeerShare>,
        /// Whether its digest was compared with a signed one.
        verified: bool,
    },
    /// A segment was handed to the player.
    SegmentDelivered {
        /// A name for people to read.
        label: String,
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
        /// Its start on the presentation's timeline, in milliseconds; none for an init segment.
        start_ms: Option<i64>,
        /// Its length on the timeline, in milliseconds.
        duration_ms: u64,
        /// Its size.
        bytes: u64,
        /// Where it came from.
        source: Source,
    },
    /// A piece from a peer is not the segment's; the peer was dropped and the piece forgotten.
    CorruptPiece {
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
        /// Which piece.
        piece: u32,
        /// The peer that sent it.
        peer: PeerId,
    },
    /// Bytes from this engine's own HTTP request differ from the signed digest: they are played, not shared.
    OriginMismatch {
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
    },
    /// The bytes that peers agreed on are not the origin's: what came from peers is forgotten, and nothing more is
    /// taken from them in this session.
    QuorumBroken {
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
    },
    /// A wait for a peer was ended by an HTTP request.
    Rescued {
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
        /// Why.
        reason: RescueReason,
    },
    /// A list of digests was refused: its signature does not hold, or it is malformed.
    DigestsRejected {
        /// The peer that sent it.
        peer: PeerId,
    },
    /// A sidecar was refused, or part of it; whatever was right in it before that part counts.
    #[cfg(feature = "seeder")]
    SidecarRejected {
        /// Why, in one line.
        reason: String,
    },
    /// The owner of the digest key signed two different batches with one number: the key is in two places, or stolen.
    /// Whatever either batch vouches for no longer counts.
    Equivocation {
        /// How many segments lost their digest.
        segments: u64,
    },
    /// What this engine may do on its device changed.
    PolicyChanged {
        /// Whether it sends to peers.
        uploads: Uploads,
        /// Whether it fetches ahead of the player.
        prefetch: Prefetch,
        /// How much it takes of the device.
        limits: DeviceLimits,
        /// What forbids or lowers any of it.
        reasons: Reasons,
    },
    /// An HTTP request for a segment failed.
    OriginFailed {
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
        /// Why.
        error: FetchError,
    },
    /// A segment came back from the shelf wrong, or not at all: a seeder fetches it again. It is discarded, unless it
    /// is only unreadable for now.
    #[cfg(feature = "shelf")]
    ShelfFault {
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
        /// What is wrong with it.
        fault: ShelfFault,
    },
    /// A multivariant playlist names more media playlists than a seeder follows: viewers of the others go to the origin.
    /// It is told once, and again only if it becomes more.
    #[cfg(feature = "seeder")]
    PlaylistsUnfollowed {
        /// How many are not followed.
        playlists: usize,
    },
    /// A seeder has given a segment up: viewers that want it go to the origin.
    #[cfg(feature = "seeder")]
    Gap {
        /// A name for people to read.
        label: String,
        /// Its representation and position.
        #[serde(serialize_with = "as_text")]
        key: SegmentKey,
        /// Why.
        reason: GapReason,
    },
}

/// Why a seeder gave a segment up.
#[cfg(feature = "seeder")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum GapReason {
    /// Every retry failed; this is the last error.
    Origin(FetchError),
    /// It left the manifest before the origin delivered it; this is the last error.
    Expired(FetchError),
    /// A listed file: on every retry the server returned other bytes than the list's digest.
    OtherFile,
    /// It is larger than a segment may be.
    TooLarge,
    /// More segments are failing than are remembered.
    TooMany,
}

/// Why a wait for a peer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RescueReason {
    /// The rescue time came: the player could not wait longer.
    Deadline,
    /// The last peer that had it went away, refused, or sent wrong bytes.
    NoPeerLeft,
}

/// Writes a key as the text that its `Display` gives: for logs and pages.
fn as_text<S: Serializer>(key: &SegmentKey, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(key)
}
