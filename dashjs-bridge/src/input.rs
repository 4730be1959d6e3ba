//! What the host tells, as `CoreInput` in `ts/core.ts` has it, and what it means to engine and client.

mod shelf;
mod signaling;

use std::time::Duration;

use segment_engine::Input;
use segment_engine::device::{Battery, Charging, DeviceClass, DeviceState, Metered, NetworkKind, Visibility};
use segment_engine::error::InvalidPeerId;
use segment_engine::id::{ByteRange, CheckId, DemandId, FetchId, PeerId, SegmentKind};
#[cfg(feature = "resources")]
use segment_engine::input::FileDemand;
use segment_engine::input::{Demand, FetchError, Playback, PlaybackState, Position};
#[cfg(feature = "resources")]
use segment_engine::manifest::files::read_digest;
use segment_engine::time::{MediaTime, UnixTime};
use segment_engine::wire::Message;
use signaling_proto::client::ClientInput;
use thiserror::Error;

use self::shelf::about_shelf;
use self::signaling::about_signaling;
use crate::members::Members;
use crate::options::UPLOADS;

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
    #[error("no input is called {0}")]
    Unknown(String),
    /// A member is missing, or not what it should be.
    #[error("an input lacks its {0}")]
    Lacks(&'static str),
    /// A peer is named by what is no name.
    #[error(transparent)]
    Peer(#[from] InvalidPeerId),
}

/// Translates.
///
/// # Errors
/// See [`MeaningError`].
pub fn meaning(input: &dyn Members) -> Result<Meaning, MeaningError> {
    let kind = text(input, "type")?;
    if kind == "peerConnected" || kind == "peerClosed" {
        return about_link(&kind, input);
    }
    if let Some(told) = about_signaling(&kind, input)? {
        return Ok(Meaning {
            engine: None,
            client: Some(told),
        });
    }
    let told = match about_shelf(&kind, input)?.map(Input::Shelf) {
        Some(told) => Some(told),
        None => about_transport(&kind, input)?,
    };
    let told = match told {
        Some(told) => told,
        None => about_playing(&kind, input)?.ok_or(MeaningError::Unknown(kind))?,
    };
    Ok(Meaning {
        engine: Some(told),
        client: None,
    })
}

fn about_link(kind: &str, input: &dyn Members) -> Result<Meaning, MeaningError> {
    let name = text(input, "peer")?;
    let id = PeerId::new(&name)?;
    Ok(if kind == "peerConnected" {
        Meaning {
            engine: Some(Input::PeerConnected(id)),
            client: Some(ClientInput::LinkUp(name)),
        }
    } else {
        Meaning {
            engine: Some(Input::PeerClosed(id)),
            client: Some(ClientInput::LinkClosed(name)),
        }
    })
}

fn about_transport(kind: &str, input: &dyn Members) -> Result<Option<Input>, MeaningError> {
    let peer = || Ok::<_, MeaningError>(PeerId::new(&text(input, "peer")?)?);
    let fetch = || count(input, "fetch").map(FetchId);
    Ok(Some(match kind {
        "peerMessage" => Input::PeerMessage {
            peer: peer()?,
            message: Message::from_bytes(bytes(input, "bytes")?),
        },
        "peerBuffered" => Input::PeerBuffered {
            peer: peer()?,
            bytes: count(input, "buffered")?,
        },
        "fetchStarted" => Input::FetchStarted {
            fetch: fetch()?,
            partial: flag(input, "partial")?,
            length: input.count("length"),
            total: input.count("total"),
            url: None,
        },
        "fetchChunk" => Input::FetchChunk {
            fetch: fetch()?,
            bytes: bytes(input, "bytes")?.into(),
        },
        "fetchFinished" => Input::FetchFinished(fetch()?),
        "fetchFailed" => Input::FetchFailed {
            fetch: fetch()?,
            error: fetch_error(input)?,
        },
        "signatureChecked" => {
            let check = CheckId(count(input, "check")?);
            input
                .flag("valid")
                .map_or(Input::SignatureUnclear(check), |valid| Input::SignatureChecked {
                    check,
                    valid,
                })
        }
        _ => return Ok(None),
    }))
}

fn about_playing(kind: &str, input: &dyn Members) -> Result<Option<Input>, MeaningError> {
    Ok(Some(match kind {
        "clock" => Input::Clock(UnixTime::from_millis(whole(number(input, "unixMs")?))),
        "manifest" => Input::Manifest {
            url: text(input, "url")?,
            body: bytes(input, "body")?,
        },
        #[cfg(feature = "resources")]
        "demand" if let Some(sha224) = input.text("sha224") => Input::FileDemand(FileDemand {
            id: DemandId(count(input, "id")?),
            url: text(input, "url")?,
            sha224: read_digest(&sha224).ok_or(MeaningError::Lacks("sha224"))?,
        }),
        "demand" => Input::Demand(Demand {
            id: DemandId(count(input, "id")?),
            url: text(input, "url")?,
            range: input
                .object("range")
                .map(|range| byte_range(&*range))
                .transpose()?,
            position: input.object("position").map(|at| position(&*at)).transpose()?,
        }),
        "demandCancelled" => Input::DemandCancelled(DemandId(count(input, "id")?)),
        "playback" => Input::Playback(Playback {
            position: media_time(number(input, "positionMs")?),
            buffered: length(number(input, "bufferedMs")?),
            state: word(
                input,
                "state",
                &[
                    ("playing", PlaybackState::Playing),
                    ("paused", PlaybackState::Paused),
                    ("stalled", PlaybackState::Stalled),
                ],
            )?,
        }),
        "device" => Input::Device(device(&*object(input, "device")?)?),
        "seeked" => Input::Seeked(media_time(number(input, "positionMs")?)),
        _ => return Ok(None),
    }))
}

/// A word, or an object with a status.
fn fetch_error(input: &dyn Members) -> Result<FetchError, MeaningError> {
    let words = [("network", FetchError::Network), ("timeout", FetchError::Timeout)];
    if let Some(error) = input.word("error", &words) {
        return Ok(error);
    }
    let status = count(&*object(input, "error")?, "status")?;
    Ok(FetchError::Status(u16::try_from(status).unwrap_or(u16::MAX)))
}

fn byte_range(from: &dyn Members) -> Result<ByteRange, MeaningError> {
    ByteRange::new(count(from, "first")?, count(from, "last")?).ok_or(MeaningError::Lacks("range"))
}

fn position(from: &dyn Members) -> Result<Position, MeaningError> {
    Ok(Position {
        representation: text(from, "representation")?,
        kind: word(
            from,
            "kind",
            &[("init", SegmentKind::Init), ("media", SegmentKind::Media)],
        )?,
        start: media_time(number(from, "startMs")?),
    })
}

fn device(from: &dyn Members) -> Result<DeviceState, MeaningError> {
    let networks = [
        ("wifi", NetworkKind::Wifi),
        ("ethernet", NetworkKind::Ethernet),
        ("cellular", NetworkKind::Cellular),
        ("other", NetworkKind::Other),
        ("unknown", NetworkKind::Unknown),
    ];
    let seen = [("visible", Visibility::Visible), ("hidden", Visibility::Hidden)];
    let classes = [("desktop", DeviceClass::Desktop), ("mobile", DeviceClass::Mobile)];
    Ok(DeviceState {
        battery: from
            .object("battery")
            .map(|battery| charge(&*battery))
            .transpose()?,
        network: from.word("network", &networks),
        metered: word(from, "metered", &[("yes", Metered::Yes), ("no", Metered::No)])?,
        visibility: word(from, "visibility", &seen)?,
        class: word(from, "class", &classes)?,
        consent: from.word("consent", &UPLOADS),
    })
}

fn charge(from: &dyn Members) -> Result<Battery, MeaningError> {
    Ok(Battery {
        level_percent: u8::try_from(count(from, "levelPercent")?).unwrap_or(u8::MAX),
        charging: word(from, "charging", &[("yes", Charging::Yes), ("no", Charging::No)])?,
    })
}

fn text(from: &dyn Members, name: &'static str) -> Result<String, MeaningError> {
    from.text(name).ok_or(MeaningError::Lacks(name))
}

fn number(from: &dyn Members, name: &'static str) -> Result<f64, MeaningError> {
    from.number(name).ok_or(MeaningError::Lacks(name))
}

fn count(from: &dyn Members, name: &'static str) -> Result<u64, MeaningError> {
    from.count(name).ok_or(MeaningError::Lacks(name))
}

fn flag(from: &dyn Members, name: &'static str) -> Result<bool, MeaningError> {
    from.flag(name).ok_or(MeaningError::Lacks(name))
}

fn bytes(from: &dyn Members, name: &'static str) -> Result<Vec<u8>, MeaningError> {
    from.bytes(name).ok_or(MeaningError::Lacks(name))
}

fn object(from: &dyn Members, name: &'static str) -> Result<Box<dyn Members>, MeaningError> {
    from.object(name).ok_or(MeaningError::Lacks(name))
}

fn word<T: Copy>(from: &dyn Members, name: &'static str, words: &[(&str, T)]) -> Result<T, MeaningError> {
    from.word(name, words).ok_or(MeaningError::Lacks(name))
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
