//! What the host tells that concerns the signaling client alone.

use signaling_proto::client::ClientInput;
use signaling_proto::message::{Candidate, Cell, Hints};

use super::{MeaningError, count, object, text, whole};
use crate::members::Members;

/// What it means to the signaling client, if it concerns that.
pub(super) fn about_signaling(kind: &str, input: &dyn Members) -> Result<Option<ClientInput>, MeaningError> {
    Ok(Some(match kind {
        "socketOpened" => ClientInput::SocketOpened,
        "socketMessage" => ClientInput::SocketMessage(text(input, "text")?),
        "socketClosed" => ClientInput::SocketClosed,
        "localDescription" => ClientInput::LocalDescription {
            peer: text(input, "peer")?,
            sdp: text(input, "sdp")?,
        },
        "localCandidate" => ClientInput::LocalCandidate {
            peer: text(input, "peer")?,
            candidate: candidate(&*object(input, "candidate")?)?,
        },
        "token" => ClientInput::Token(text(input, "token")?),
        "hints" => ClientInput::Hints(hints(input)),
        "measured" => ClientInput::Measured {
            peer: text(input, "peer")?,
            rtt_ms: u32::try_from(count(input, "rttMs")?).unwrap_or(u32::MAX),
        },
        "leave" => ClientInput::Leave,
        "join" => ClientInput::Join,
        _ => return Ok(None),
    }))
}

fn candidate(from: &dyn Members) -> Result<Candidate, MeaningError> {
    Ok(Candidate {
        candidate: text(from, "candidate")?,
        sdp_mid: from.text("sdpMid"),
        sdp_m_line_index: from
            .count("sdpMLineIndex")
            .and_then(|index| u16::try_from(index).ok()),
        username_fragment: from.text("usernameFragment"),
    })
}

fn hints(from: &dyn Members) -> Hints {
    let half_degrees = |name: &str| {
        let number = from.number(name)?;
        Some(i16::try_from(whole(number)).unwrap_or(i16::MAX))
    };
    Hints {
        pop: from.text("pop"),
        zone: from.text("zone"),
        cell: half_degrees("north")
            .zip(half_degrees("east"))
            .map(|(north, east)| Cell { north, east }),
    }
}
