//! What the host is asked to do, as `CoreOutput` in `ts/core.ts` has it.

use js_sys::Uint8Array;
use segment_engine::Event;
use segment_engine::id::{ByteRange, SegmentKey};
use segment_engine::output::{DeclineReason, Delivery, DisconnectReason, Fetch};
use segment_engine::piece::{Body, Piece};
use segment_engine::shelf::{ShelfCommand, write_name};
use segment_engine::stats::SourceBytes;
use serde::{Serialize, Serializer};
use serde_bytes::ByteBuf;
use serde_wasm_bindgen::preserve;
use signaling_proto::message::{Candidate, ErrorCode, IceServer};

/// Something for the browser to do.
#[expect(missing_docs, reason = "`ts/core.ts` documents each")]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CoreOutput {
    OpenSocket {
        url: String,
    },
    SendSocket {
        text: String,
    },
    CloseSocket,
    CreateOffer {
        peer: String,
        ice_servers: Vec<IceServer>,
    },
    AcceptOffer {
        peer: String,
        sdp: String,
        ice_servers: Vec<IceServer>,
    },
    AcceptAnswer {
        peer: String,
        sdp: String,
    },
    AddCandidate {
        peer: String,
        candidate: Candidate,
    },
    Disconnect {
        peer: String,
        reason: DisconnectReason,
    },
    Send {
        peer: String,
        bytes: ByteBuf,
    },
    Fetch {
        id: u64,
        url: String,
        range: Option<ByteRange>,
        demand: Option<u64>,
        timeout_ms: u64,
    },
    AbortFetch {
        fetch: u64,
    },
    Deliver {
        demand: u64,
        #[serde(serialize_with = "as_array")]
        bytes: Body,
        sources: SourceBytes,
        rate: u64,
    },
    Decline {
        demand: u64,
        reason: DeclineReason,
    },
    CheckSignature {
        check: u64,
        key: ByteBuf,
        message: ByteBuf,
        signature: ByteBuf,
    },
    Shelve {
        key: ByteBuf,
        root: ByteBuf,
        #[serde(serialize_with = "as_array")]
        bytes: Body,
    },
    ShelveDigests {
        key: ByteBuf,
        bytes: ByteBuf,
    },
    Unshelve {
        key: ByteBuf,
    },
    Discard {
        keys: Vec<ByteBuf>,
    },
    Event {
        event: CoreEvent,
    },
}

/// Something that the page may show: the engine's events, and signaling's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CoreEvent {
    /// The engine's.
    Engine(Event),
    /// The signaling client's.
    Signaling(SignalingEvent),
}

/// What becomes of signaling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
pub enum SignalingEvent {
    /// The swarm is joined.
    #[serde(rename = "signalingJoined")]
    Joined {
        /// The page's own peer id.
        peer: String,
        /// Whose signatures count, by signaling's word.
        signer: Option<String>,
        /// Whether links are to go over TURN only.
        relay_only: bool,
    },
    /// The connection is gone; it is tried again.
    #[serde(rename = "signalingLost")]
    Lost {
        /// When, in milliseconds from now.
        retry_in_ms: u64,
    },
    /// The operator lets in only a share of viewers, and this one is not among them: links end.
    #[serde(rename = "switchedOff")]
    SwitchedOff {
        /// When it is tried again, in milliseconds from now.
        retry_in_ms: u64,
    },
    /// The server refused something.
    #[serde(rename = "signalingRefused")]
    Refused {
        /// What kind.
        code: ErrorCode,
        /// One line for a person.
        message: String,
    },
}

impl From<Fetch> for CoreOutput {
    fn from(fetch: Fetch) -> Self {
        let timeout_ms = u64::try_from(fetch.timeout.as_millis()).unwrap_or(u64::MAX);
        Self::Fetch {
            id: fetch.id.0,
            url: fetch.url,
            range: fetch.range,
            demand: fetch.demand.map(|demand| demand.0),
            timeout_ms,
        }
    }
}

impl From<Delivery> for CoreOutput {
    fn from(delivery: Delivery) -> Self {
        Self::Deliver {
            demand: delivery.demand.0,
            bytes: delivery.body,
            sources: delivery.sources,
            rate: delivery.rate,
        }
    }
}

impl From<ShelfCommand> for CoreOutput {
    fn from(command: ShelfCommand) -> Self {
        let name = |key: &SegmentKey| ByteBuf::from(write_name(key));
        match command {
            ShelfCommand::Shelve { key, root, body } => Self::Shelve {
                key: name(&key),
                root: ByteBuf::from(root.0),
                bytes: body,
            },
            ShelfCommand::ShelveDigests(batch) => Self::ShelveDigests {
                key: ByteBuf::from(batch.signature.0),
                bytes: ByteBuf::from(batch.message.clone()),
            },
            ShelfCommand::Unshelve(key) => Self::Unshelve { key: name(&key) },
            ShelfCommand::Discard(keys) => Self::Discard {
                keys: keys.iter().map(name).collect(),
            },
            ShelfCommand::DiscardDigests(signatures) => Self::Discard {
                keys: signatures
                    .iter()
                    .map(|signature| ByteBuf::from(signature.0))
                    .collect(),
            },
        }
    }
}

/// Writes a segment piece by piece into an array that is JavaScript's: no copy of it is made in the wasm's memory.
fn as_array<S: Serializer>(body: &Body, serializer: S) -> Result<S::Ok, S::Error> {
    let array = Uint8Array::new_with_length(body.pieces().iter().map(length).sum());
    let mut start = 0;
    for piece in body.pieces() {
        let end = start + length(piece);
        array.subarray(start, end).copy_from(piece.bytes());
        start = end;
    }
    preserve::serialize(&array, serializer)
}

fn length(piece: &Piece) -> u32 {
    u32::try_from(piece.len()).expect("invariant: a piece has at most 16 KiB")
}
