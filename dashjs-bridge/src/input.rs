//! What the host tells, as `CoreInput` in `ts/core.ts` has it, and what it means to engine and client.

use std::time::Duration;

use segment_engine::Input;
use segment_engine::device::DeviceState;
use segment_engine::error::InvalidPeerId;
use segment_engine::id::{ByteRange, CheckId, DemandId, FetchId, PeerId, SegmentKind};
use segment_engine::input::{Demand, FetchError, Playback, PlaybackState, Position};
use segment_engine::time::{MediaTime, UnixTime};
use segment_engine::wire::Message;
use serde::Deserialize;
use serde_bytes::ByteBuf;
use signaling_proto::client::ClientInput;
use signaling_proto::message::Candidate;
use thiserror::Error;

/// Something that happened in the browser: a type, and the members that go with it.
///
/// All members of all types stand side by side: an enum that is tagged by a member would cost the page ten
/// times the code.
#[expect(missing_docs, reason = "`ts/core.ts` documents each")]
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CoreInput {
    #[serde(rename = "type")]
    pub kind: String,
    pub unix_ms: Option<f64>,
    pub url: Option<String>,
    pub body: Option<ByteBuf>,
    pub id: Option<u64>,
    pub range: Option<ByteRange>,
    pub position: Option<CorePosition>,
    pub position_ms: Option<f64>,
    pub buffered_ms: Option<f64>,
    pub state: Option<PlaybackState>,
    pub device: Option<DeviceState>,
    pub text: Option<String>,
    pub peer: Option<String>,
    pub sdp: Option<String>,
    pub candidate: Option<Candidate>,
    pub bytes: Option<ByteBuf>,
    pub buffered: Option<u64>,
    pub fetch: Option<u64>,
    pub partial: Option<bool>,
    pub length: Option<u64>,
    pub error: Option<FetchError>,
    pub check: Option<u64>,
    pub valid: Option<bool>,
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

/// The host told something that `ts/core.ts` does not know: mend the host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MeaningError {
    /// No input has that type.
    #[error("no input is called {0:?}")]
    Unknown(String),
    /// A member is missing.
    #[error("an input lacks its {0}")]
    Lacks(&'static str),
    /// A peer is named by what is no name.
    #[error(transparent)]
    Peer(#[from] InvalidPeerId),
}

impl CoreInput {
    /// Translates.
    ///
    /// # Errors
    /// See [`MeaningError`].
    pub fn meaning(self) -> Result<Meaning, MeaningError> {
        match self.kind.as_str() {
            "peerConnected" | "peerClosed" => self.about_link(),
            "socketOpened" | "socketMessage" | "socketClosed" | "localDescription" | "localCandidate"
            | "leave" => Ok(Meaning {
                engine: None,
                client: Some(self.into_client()?),
            }),
            "peerMessage" | "peerBuffered" | "fetchStarted" | "fetchChunk" | "fetchFinished"
            | "fetchFailed" | "signatureChecked" => Ok(Meaning {
                engine: Some(self.about_transport()?),
                client: None,
            }),
            _ => Ok(Meaning {
                engine: Some(self.about_playing()?),
                client: None,
            }),
        }
    }

    fn about_link(self) -> Result<Meaning, MeaningError> {
        let peer = has(self.peer, "peer")?;
        let id = PeerId::new(&peer)?;
        Ok(if self.kind == "peerConnected" {
            Meaning {
                engine: Some(Input::PeerConnected(id)),
                client: Some(ClientInput::LinkUp(peer)),
            }
        } else {
            Meaning {
                engine: Some(Input::PeerClosed(id)),
                client: Some(ClientInput::LinkClosed(peer)),
            }
        })
    }

    fn into_client(self) -> Result<ClientInput, MeaningError> {
        Ok(match self.kind.as_str() {
            "socketOpened" => ClientInput::SocketOpened,
            "socketMessage" => ClientInput::SocketMessage(has(self.text, "text")?),
            "socketClosed" => ClientInput::SocketClosed,
            "localDescription" => ClientInput::LocalDescription {
                peer: has(self.peer, "peer")?,
                sdp: has(self.sdp, "sdp")?,
            },
            "localCandidate" => ClientInput::LocalCandidate {
                peer: has(self.peer, "peer")?,
                candidate: has(self.candidate, "candidate")?,
            },
            "leave" => ClientInput::Leave,
            _ => return Err(MeaningError::Unknown(self.kind)),
        })
    }

    fn about_transport(self) -> Result<Input, MeaningError> {
        let peer = |peer: Option<String>| Ok::<_, MeaningError>(PeerId::new(&has(peer, "peer")?)?);
        let fetch = |fetch| Ok::<_, MeaningError>(FetchId(has(fetch, "fetch")?));
        Ok(match self.kind.as_str() {
            "peerMessage" => Input::PeerMessage {
                peer: peer(self.peer)?,
                message: Message::from_bytes(has(self.bytes, "bytes")?.into_vec()),
            },
            "peerBuffered" => Input::PeerBuffered {
                peer: peer(self.peer)?,
                bytes: has(self.buffered, "buffered")?,
            },
            "fetchStarted" => Input::FetchStarted {
                fetch: fetch(self.fetch)?,
                partial: has(self.partial, "partial")?,
                length: self.length,
                url: self.url,
            },
            "fetchChunk" => Input::FetchChunk {
                fetch: fetch(self.fetch)?,
                bytes: has(self.bytes, "bytes")?.into_vec(),
            },
            "fetchFinished" => Input::FetchFinished(fetch(self.fetch)?),
            "fetchFailed" => Input::FetchFailed {
                fetch: fetch(self.fetch)?,
                error: has(self.error, "error")?,
            },
            "signatureChecked" => Input::SignatureChecked {
                check: CheckId(has(self.check, "check")?),
                valid: has(self.valid, "valid")?,
            },
            _ => return Err(MeaningError::Unknown(self.kind)),
        })
    }

    fn about_playing(self) -> Result<Input, MeaningError> {
        Ok(match self.kind.as_str() {
            "clock" => Input::Clock(UnixTime::from_millis(whole(has(self.unix_ms, "unixMs")?))),
            "manifest" => Input::Manifest {
                url: has(self.url, "url")?,
                body: has(self.body, "body")?.into_vec(),
            },
            "demand" => Input::Demand(Demand {
                id: DemandId(has(self.id, "id")?),
                url: has(self.url, "url")?,
                range: self.range,
                position: self.position.map(CorePosition::into_engine),
            }),
            "demandCancelled" => Input::DemandCancelled(DemandId(has(self.id, "id")?)),
            "playback" => Input::Playback(Playback {
                position: media_time(has(self.position_ms, "positionMs")?),
                buffered: length(has(self.buffered_ms, "bufferedMs")?),
                state: has(self.state, "state")?,
            }),
            "device" => Input::Device(has(self.device, "device")?),
            "seeked" => Input::Seeked(media_time(has(self.position_ms, "positionMs")?)),
            _ => return Err(MeaningError::Unknown(self.kind)),
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

fn has<T>(member: Option<T>, name: &'static str) -> Result<T, MeaningError> {
    member.ok_or(MeaningError::Lacks(name))
}

fn media_time(millis: f64) -> MediaTime {
    MediaTime::from_micros(whole(millis * 1000.0))
}

fn length(millis: f64) -> Duration {
    Duration::from_micros(u64::try_from(whole(millis * 1000.0)).unwrap_or(0))
}

/// The nearest whole number; zero for what is none, the nearest there is beyond 64 bits.
#[expect(clippy::cast_possible_truncation, reason = "such casts saturate")]
fn whole(number: f64) -> i64 {
    number.round() as i64
}

#[cfg(test)]
mod tests;
