//! Reads requests of clients. Only texts with escapes are copied, and nothing is kept beyond the limits.

mod wire;

use std::borrow::Cow;

use signaling_proto::rooms::announce::{Id20, Progress};
use thiserror::Error;

use self::wire::{Hashes, Raw};
use super::MAX_FRAME;

/// A request of a client.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Request<'a> {
    /// It is in the swarm, and has offers.
    Announce(Announce<'a>),
    /// It answers another's offer.
    Answer(Answer<'a>),
    /// It asks how many members swarms have.
    Scrape(Vec<Id20>),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Announce<'a> {
    pub(super) info_hash: Id20,
    pub(super) peer: Id20,
    pub(super) progress: Progress,
    pub(super) event: Event,
    /// At most [`MAX_OFFERS`](signaling_proto::rooms::announce::MAX_OFFERS).
    pub(super) offers: Vec<Offer<'a>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Offer<'a> {
    pub(super) id: Id20,
    pub(super) sdp: Cow<'a, str>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer<'a> {
    pub(super) info_hash: Id20,
    pub(super) peer: Id20,
    pub(super) to: Id20,
    pub(super) offer: Id20,
    pub(super) sdp: Cow<'a, str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// None, or that it has started: no difference is made.
    None,
    Completed,
    Stopped,
}

/// A frame is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum ReadError {
    #[error("the frame is too large")]
    TooLarge,
    /// No JSON, or without what it must have.
    #[error("not a message of this protocol")]
    Malformed,
    #[error("unknown action")]
    Action,
    #[error("unknown event")]
    Event(Id20),
    #[error("name the info hashes to scrape, at most 64")]
    FullScrape,
}

/// Reads a frame.
pub(super) fn read(frame: &str) -> Result<Request<'_>, ReadError> {
    if frame.len() > MAX_FRAME {
        return Err(ReadError::TooLarge);
    }
    let raw: Raw<'_> = serde_json::from_str(frame).map_err(|_| ReadError::Malformed)?;
    match raw.action.0.as_ref() {
        "announce" => announce(raw).ok_or(ReadError::Malformed)?,
        "scrape" => match raw.info_hash {
            Some(Hashes::Some(hashes)) => Ok(Request::Scrape(hashes)),
            Some(Hashes::TooMany) | None => Err(ReadError::FullScrape),
        },
        _ => Err(ReadError::Action),
    }
}

/// `None` where something is missing.
fn announce(raw: Raw<'_>) -> Option<Result<Request<'_>, ReadError>> {
    let Some(Hashes::Some(hashes)) = raw.info_hash else {
        return None;
    };
    let [info_hash] = hashes[..] else { return None };
    let peer = raw.peer_id?.0;
    if let Some(answer) = raw.answer {
        return Some(Ok(Request::Answer(Answer {
            info_hash,
            peer,
            to: raw.to_peer_id?.0,
            offer: raw.offer_id?.0,
            sdp: answer.sdp.0,
        })));
    }
    let event = match raw.event.as_ref().map_or("", |event| event.0.as_ref()) {
        "" | "started" | "update" => Event::None,
        "completed" => Event::Completed,
        "stopped" => Event::Stopped,
        _ => return Some(Err(ReadError::Event(info_hash))),
    };
    let progress = match raw.left {
        Some(0.0) => Progress::Complete,
        Some(_) | None => Progress::Partial,
    };
    let offers = raw.offers.map_or_else(Vec::new, |offers| offers.0);
    Some(Ok(Request::Announce(Announce {
        info_hash,
        peer,
        progress,
        event,
        offers,
    })))
}

#[cfg(test)]
mod tests;
