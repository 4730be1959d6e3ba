//! Reads messages from JSON. Where a member is missing or of another type there is no message; unknown members are
//! ignored.

use super::{
    Away, Candidate, Cell, ErrorCode, Hints, IceServer, Join, Policy, Relayed, Role, Signal, ToClient,
    ToServer, Welcome,
};
use crate::json::Json;

/// A type that can be read from a JSON value.
pub(crate) trait FromJson: Sized {
    /// Reads it; `None` where the value is something else.
    fn from_json(json: &Json) -> Option<Self>;
}

impl FromJson for ToServer {
    fn from_json(json: &Json) -> Option<Self> {
        Some(match text(json, "type")?.as_str() {
            "join" => Self::Join(Join {
                version: small(json, "version")?,
                swarm: text(json, "swarm")?,
                want: small(json, "want")?,
                capacity: maybe(json, "capacity", small_value)?,
                token: maybe(json, "token", text_value)?,
                hints: maybe(json, "hints", hints)?.unwrap_or_default(),
                lot: maybe(json, "lot", small_value)?,
                role: maybe(json, "role", role)?.unwrap_or_default(),
            }),
            "signal" => Self::Signal {
                to: text(json, "to")?,
                signal: Signal::from_json(json.member("signal")?)?,
            },
            "want" => Self::Want {
                count: small(json, "count")?,
            },
            "unpair" => Self::Unpair {
                peer: text(json, "peer")?,
            },
            "measured" => Self::Measured {
                peer: text(json, "peer")?,
                rtt_ms: small(json, "rttMs")?,
            },
            "ping" => Self::Ping,
            _ => return None,
        })
    }
}

impl FromJson for ToClient {
    fn from_json(json: &Json) -> Option<Self> {
        Some(match text(json, "type")?.as_str() {
            "welcome" => Self::Welcome(Welcome {
                peer: text(json, "peer")?,
                ping_interval_ms: json.member("pingIntervalMs")?.count()?,
                unix_ms: maybe(json, "unixMs", Json::count)?,
                ice_servers: list(json.member("iceServers")?, ice_server)?,
                signer: maybe(json, "signer", text_value)?,
                policy: maybe(json, "policy", policy)?.unwrap_or_default(),
            }),
            "paired" => Self::Paired {
                peer: text(json, "peer")?,
                offer: json.member("offer")?.flag()?,
            },
            "signal" => Self::Signal {
                from: text(json, "from")?,
                signal: Signal::from_json(json.member("signal")?)?,
            },
            "left" => Self::Left {
                peer: text(json, "peer")?,
            },
            "undeliverable" => Self::Undeliverable {
                to: text(json, "to")?,
            },
            "pong" => Self::Pong,
            "goAway" => Self::GoAway {
                retry_in_ms: json.member("retryInMs")?.count()?,
                reason: maybe(json, "reason", away)?.unwrap_or_default(),
            },
            "error" => Self::Error {
                code: ErrorCode::from_word(json.member("code")?.text()?)?,
                message: text(json, "message")?,
                fatal: json.member("fatal")?.flag()?,
            },
            _ => return None,
        })
    }
}

impl FromJson for Relayed {
    fn from_json(json: &Json) -> Option<Self> {
        Some(Self {
            signal: Signal::from_json(json.member("signal")?)?,
            tie: maybe(json, "tie", small_value)?,
        })
    }
}

impl FromJson for Signal {
    fn from_json(json: &Json) -> Option<Self> {
        Some(match text(json, "kind")?.as_str() {
            "offer" => Self::Offer {
                sdp: text(json, "sdp")?,
            },
            "answer" => Self::Answer {
                sdp: text(json, "sdp")?,
            },
            "candidate" => Self::Candidate(Candidate {
                candidate: text(json, "candidate")?,
                sdp_mid: maybe(json, "sdpMid", text_value)?,
                sdp_m_line_index: maybe(json, "sdpMLineIndex", |index| u16::try_from(index.count()?).ok())?,
                username_fragment: maybe(json, "usernameFragment", text_value)?,
            }),
            _ => return None,
        })
    }
}

/// Words that are not known yet stand for what is so without any.
fn role(json: &Json) -> Option<Role> {
    Some(if json.text()? == "seeder" {
        Role::Seeder
    } else {
        Role::Viewer
    })
}

/// As with roles.
fn away(json: &Json) -> Option<Away> {
    Some(if json.text()? == "switchedOff" {
        Away::SwitchedOff
    } else {
        Away::Stopping
    })
}

fn hints(json: &Json) -> Option<Hints> {
    let Json::Object(_) = json else {
        return None;
    };
    Some(Hints {
        pop: maybe(json, "pop", text_value)?,
        zone: maybe(json, "zone", text_value)?,
        cell: maybe(json, "cell", cell)?,
    })
}

fn cell(json: &Json) -> Option<Cell> {
    let [north, east] = json.list()? else {
        return None;
    };
    Some(Cell {
        north: i16::try_from(north.whole()?).ok()?,
        east: i16::try_from(east.whole()?).ok()?,
    })
}

fn policy(json: &Json) -> Option<Policy> {
    let Json::Object(_) = json else {
        return None;
    };
    Some(Policy {
        min_peers: maybe(json, "minPeers", small_value)?,
        max_peers: maybe(json, "maxPeers", small_value)?,
        relay_only: maybe(json, "relayOnly", Json::flag)?.unwrap_or_default(),
    })
}

fn ice_server(json: &Json) -> Option<IceServer> {
    Some(IceServer {
        urls: list(json.member("urls")?, text_value)?,
        username: maybe(json, "username", text_value)?,
        credential: maybe(json, "credential", text_value)?,
    })
}

fn text(json: &Json, name: &str) -> Option<String> {
    text_value(json.member(name)?)
}

fn small(json: &Json, name: &str) -> Option<u32> {
    small_value(json.member(name)?)
}

fn text_value(json: &Json) -> Option<String> {
    json.text().map(str::to_owned)
}

fn small_value(json: &Json) -> Option<u32> {
    u32::try_from(json.count()?).ok()
}

/// A member that may be absent, but not of another type.
fn maybe<T>(json: &Json, name: &str, read: impl FnOnce(&Json) -> Option<T>) -> Option<Option<T>> {
    match json.member(name) {
        None => Some(None),
        Some(value) => read(value).map(Some),
    }
}

fn list<T>(json: &Json, read: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    json.list()?.iter().map(read).collect()
}
