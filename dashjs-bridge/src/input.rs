//! What the host tells, as `CoreInput` in `ts/core.ts` has it, and what it means to engine and client.

use std::time::Duration;

use segment_engine::Input;
use segment_engine::error::InvalidPeerId;
use segment_engine::id::{ByteRange, CheckId, DemandId, FetchId, PeerId, SegmentKind};
use segment_engine::input::{Demand, FetchError, Playback, PlaybackState, Position};
use segment_engine::time::{MediaTime, UnixTime};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use signaling_proto::client::ClientInput;
use signaling_proto::message::Candidate;

/// Something that happened in the browser.
#[expect(missing_docs, reason = "`ts/core.ts` documents each")]
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum CoreInput {
    Clock {
        unix_ms: f64,
    },
    Manifest {
        url: String,
        body: ByteBuf,
    },
    Demand {
        id: u64,
        url: String,
        range: Option<ByteRange>,
        position: Option<CorePosition>,
    },
    DemandCancelled {
        id: u64,
    },
    Playback {
        position_ms: f64,
        buffered_ms: f64,
        state: PlaybackState,
    },
    Seeked {
        position_ms: f64,
    },
    SocketOpened,
    SocketMessage {
        text: String,
    },
    SocketClosed,
    LocalDescription {
        peer: String,
        sdp: String,
    },
    LocalCandidate {
        peer: String,
        candidate: Candidate,
    },
    PeerConnected {
        peer: String,
    },
    PeerMessage {
        peer: String,
        bytes: ByteBuf,
    },
    PeerBuffered {
        peer: String,
        bytes: u64,
    },
    PeerClosed {
        peer: String,
    },
    FetchStarted {
        fetch: u64,
        partial: bool,
        length: Option<u64>,
        url: Option<String>,
    },
    FetchChunk {
        fetch: u64,
        bytes: ByteBuf,
    },
    FetchFinished {
        fetch: u64,
    },
    FetchFailed {
        fetch: u64,
        error: FetchError,
    },
    SignatureChecked {
        check: u64,
        valid: bool,
    },
    Leave,
}

/// Where a player says that a segment is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CorePosition {
    /// The representation's id.
    pub representation: String,
    /// What the segment is for.
    pub kind: SegmentKind,
    /// Its start in milliseconds.
    pub start_ms: f64,
}

/// What an input means, to whom it may concern.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Meaning {
    /// To the engine.
    pub engine: Option<Input>,
    /// To the signaling client.
    pub client: Option<ClientInput>,
}

impl Meaning {
    fn to_engine(input: Input) -> Self {
        Self {
            engine: Some(input),
            client: None,
        }
    }

    fn to_client(input: ClientInput) -> Self {
        Self {
            engine: None,
            client: Some(input),
        }
    }
}

impl CoreInput {
    /// Translates.
    ///
    /// # Errors
    /// When a peer's name is none; the host names peers only as it was told to.
    pub fn meaning(self) -> Result<Meaning, InvalidPeerId> {
        Ok(match self {
            Self::PeerConnected { peer } => Meaning {
                engine: Some(Input::PeerConnected(PeerId::new(&peer)?)),
                client: Some(ClientInput::LinkUp(peer)),
            },
            Self::PeerClosed { peer } => Meaning {
                engine: Some(Input::PeerClosed(PeerId::new(&peer)?)),
                client: Some(ClientInput::LinkClosed(peer)),
            },
            Self::PeerMessage { peer, bytes } => Meaning::to_engine(Input::PeerMessage {
                peer: PeerId::new(&peer)?,
                bytes: bytes.into_vec(),
            }),
            Self::PeerBuffered { peer, bytes } => Meaning::to_engine(Input::PeerBuffered {
                peer: PeerId::new(&peer)?,
                bytes,
            }),
            Self::SocketOpened => Meaning::to_client(ClientInput::SocketOpened),
            Self::SocketMessage { text } => Meaning::to_client(ClientInput::SocketMessage(text)),
            Self::SocketClosed => Meaning::to_client(ClientInput::SocketClosed),
            Self::LocalDescription { peer, sdp } => {
                Meaning::to_client(ClientInput::LocalDescription { peer, sdp })
            }
            Self::LocalCandidate { peer, candidate } => {
                Meaning::to_client(ClientInput::LocalCandidate { peer, candidate })
            }
            Self::Leave => Meaning::to_client(ClientInput::Leave),
            playing => Meaning {
                engine: playing.about_playing(),
                client: None,
            },
        })
    }

    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "`meaning` takes what concerns peers and signaling"
    )]
    fn about_playing(self) -> Option<Input> {
        Some(match self {
            Self::Clock { unix_ms } => Input::Clock(UnixTime::from_millis(whole(unix_ms))),
            Self::Manifest { url, body } => Input::Manifest {
                url,
                body: body.into_vec(),
            },
            Self::Demand {
                id,
                url,
                range,
                position,
            } => Input::Demand(Demand {
                id: DemandId(id),
                url,
                range,
                position: position.map(CorePosition::into_engine),
            }),
            Self::DemandCancelled { id } => Input::DemandCancelled(DemandId(id)),
            Self::Playback {
                position_ms,
                buffered_ms,
                state,
            } => Input::Playback(Playback {
                position: media_time(position_ms),
                buffered: Duration::from_micros(u64::try_from(whole(buffered_ms * 1000.0)).unwrap_or(0)),
                state,
            }),
            Self::Seeked { position_ms } => Input::Seeked(media_time(position_ms)),
            Self::FetchStarted {
                fetch,
                partial,
                length,
                url,
            } => Input::FetchStarted {
                fetch: FetchId(fetch),
                partial,
                length,
                url,
            },
            Self::FetchChunk { fetch, bytes } => Input::FetchChunk {
                fetch: FetchId(fetch),
                bytes: bytes.into_vec(),
            },
            Self::FetchFinished { fetch } => Input::FetchFinished(FetchId(fetch)),
            Self::FetchFailed { fetch, error } => Input::FetchFailed {
                fetch: FetchId(fetch),
                error,
            },
            Self::SignatureChecked { check, valid } => Input::SignatureChecked {
                check: CheckId(check),
                valid,
            },
            _ => return None,
        })
    }
}

impl CorePosition {
    fn into_engine(self) -> Position {
        Position {
            representation: self.representation,
            kind: self.kind,
            start: media_time(self.start_ms),
        }
    }
}

fn media_time(millis: f64) -> MediaTime {
    MediaTime::from_micros(whole(millis * 1000.0))
}

/// The nearest whole number; zero for what is none, the nearest there is beyond 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "such casts saturate")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}
