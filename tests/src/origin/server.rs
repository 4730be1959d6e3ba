//! The origin's server: responses under way, and what was sent for whom.

use segment_engine::id::{ByteRange, DemandId, FetchId};
use segment_engine::input::FetchError;

use super::title::{BASE, Resource, Title};
use crate::net::Downlink;
use crate::node_id::NodeId;

/// Names a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ResponseId(pub(crate) u32);

/// The client that made a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asker {
    /// An engine.
    Engine(FetchId),
    /// A player: its engine declined the demand, or there is none.
    Player(DemandId),
    /// A player, for the manifest.
    Manifest,
}

/// A range of a resource's bytes, `end` excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) first: u64,
    pub(crate) end: u64,
}

/// A response under way.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) node: NodeId,
    pub(crate) asker: Asker,
    /// `None` for the manifest.
    pub(crate) resource: Option<Resource>,
    pub(crate) span: Span,
    /// The next byte to arrive.
    pub(crate) at: u64,
    /// Whether a range was asked for and is honoured.
    pub(crate) partial: bool,
    /// Whether its head is told.
    pub(crate) headed: bool,
    /// Whether it ends in the middle, and whoever waits for the rest does so until patience is over.
    pub(crate) hangs: bool,
    /// How long that is, in microseconds.
    pub(crate) patience: u64,
    /// Why it fails, where it does.
    pub(crate) failure: Option<FetchError>,
    /// When the last chunk would have arrived if nothing but the server's pace held it back.
    pub(crate) sent_at: u64,
    /// When the last chunk arrived.
    pub(crate) told_at: u64,
    pub(crate) asked_at: u64,
}

/// The origin's answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// These bytes follow.
    Follows {
        resource: Option<Resource>,
        span: Span,
        partial: bool,
    },
    /// It fails, after a round trip.
    Fails(FetchError),
}

/// The origin.
#[derive(Debug)]
pub(crate) struct Origin {
    /// Bytes per second of one response.
    pub(crate) rate: u64,
    /// What all responses share.
    pub(crate) line: Option<Downlink>,
    /// The one-way delay from its server to a region's backbone, in microseconds.
    pub(crate) latency: u64,
    /// Whether ranges are honoured.
    pub(crate) ranges: bool,
    /// Whether it answers.
    pub(crate) up: bool,
    /// Its present speed, in percent of `rate`.
    pub(crate) percent: u64,
    /// How many percent of its responses end in the middle, without a word.
    pub(crate) hangs: u64,
}

impl Origin {
    /// The answer to a request that reaches it at `now`.
    pub(crate) fn answer(&self, title: &Title, url: &str, range: Option<ByteRange>, now: u64) -> Answer {
        if !self.up {
            return Answer::Fails(FetchError::Network);
        }
        if url.strip_prefix(BASE) == Some("manifest.mpd") {
            let end = title.manifest().len() as u64;
            return Answer::Follows {
                resource: None,
                span: Span { first: 0, end },
                partial: false,
            };
        }
        let Some(resource) = title.resource(url) else {
            return Answer::Fails(FetchError::Status(404));
        };
        if title.available_at(resource).is_none_or(|at| at > now) {
            return Answer::Fails(FetchError::Status(404));
        }
        let size = title.size(resource);
        let whole = Span { first: 0, end: size };
        match range.filter(|_| self.ranges) {
            Some(range) if range.first >= size => Answer::Fails(FetchError::Status(416)),
            Some(range) => Answer::Follows {
                resource: Some(resource),
                span: Span {
                    first: range.first,
                    end: range.last.saturating_add(1).min(size),
                },
                partial: true,
            },
            None => Answer::Follows {
                resource: Some(resource),
                span: whole,
                partial: false,
            },
        }
    }

    /// When a chunk that is ready at `now` has left, if all responses share a line.
    pub(crate) fn book(&mut self, now: u64, bytes: u64) -> u64 {
        self.line.as_mut().map_or(now, |line| line.book(now, now, bytes))
    }

    /// Bytes per second of one response now.
    pub(crate) fn pace(&self) -> u64 {
        (self.rate * self.percent / 100).max(1)
    }
}
