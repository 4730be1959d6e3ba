//! The messages that a page reads, as their members side by side: reading an enum that is tagged by a member
//! would cost the page ten times the code.

use serde::Deserialize;

use super::{Candidate, ErrorCode, IceServer, Signal, ToClient};

/// All members that a message to a client may have.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ToClientFields {
    r#type: String,
    peer: Option<String>,
    ping_interval_ms: Option<u64>,
    ice_servers: Option<Vec<IceServer>>,
    offer: Option<bool>,
    from: Option<String>,
    signal: Option<Signal>,
    to: Option<String>,
    code: Option<ErrorCode>,
    message: Option<String>,
    fatal: Option<bool>,
}

/// All members that a signal may have.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SignalFields {
    kind: String,
    sdp: Option<String>,
    candidate: Option<String>,
    sdp_mid: Option<String>,
    sdp_m_line_index: Option<u16>,
    username_fragment: Option<String>,
}

fn has<T>(member: Option<T>) -> Result<T, &'static str> {
    member.ok_or("a member is missing")
}

impl TryFrom<ToClientFields> for ToClient {
    type Error = &'static str;

    fn try_from(fields: ToClientFields) -> Result<Self, &'static str> {
        Ok(match fields.r#type.as_str() {
            "welcome" => Self::Welcome {
                peer: has(fields.peer)?,
                ping_interval_ms: has(fields.ping_interval_ms)?,
                ice_servers: has(fields.ice_servers)?,
            },
            "paired" => Self::Paired {
                peer: has(fields.peer)?,
                offer: has(fields.offer)?,
            },
            "signal" => Self::Signal {
                from: has(fields.from)?,
                signal: has(fields.signal)?,
            },
            "left" => Self::Left {
                peer: has(fields.peer)?,
            },
            "undeliverable" => Self::Undeliverable { to: has(fields.to)? },
            "pong" => Self::Pong,
            "error" => Self::Error {
                code: has(fields.code)?,
                message: has(fields.message)?,
                fatal: has(fields.fatal)?,
            },
            _ => return Err("an unknown type of message"),
        })
    }
}

impl TryFrom<SignalFields> for Signal {
    type Error = &'static str;

    fn try_from(fields: SignalFields) -> Result<Self, &'static str> {
        Ok(match fields.kind.as_str() {
            "offer" => Self::Offer {
                sdp: has(fields.sdp)?,
            },
            "answer" => Self::Answer {
                sdp: has(fields.sdp)?,
            },
            "candidate" => Self::Candidate(Candidate {
                candidate: has(fields.candidate)?,
                sdp_mid: fields.sdp_mid,
                sdp_m_line_index: fields.sdp_m_line_index,
                username_fragment: fields.username_fragment,
            }),
            _ => return Err("an unknown kind of signal"),
        })
    }
}
