//! A running peer's figures for an operator: counters of the engine and the driver, and whether all is well.

use std::time::Duration;

use segment_engine::input::FetchError;
use segment_engine::stats::Stats;

/// Upper bounds of a histogram's buckets, in seconds; a last bucket takes what is longer.
pub const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A snapshot of a peer. All counts are since it was started.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Figures {
    /// The engine's counters.
    pub stats: Stats,
    /// The state of the manifest.
    pub manifest: ManifestState,
    /// Whether this peer is a member of its swarm at signaling.
    pub signaling: SignalingState,
    /// The URL of signaling and why this peer is no member there; `None` while it is one, and before the first attempt.
    pub outage: Option<String>,
    /// Whether the manifest has the renditions that are named.
    pub renditions: RenditionState,
    /// Whether the title is live.
    pub live: bool,
    /// How many segments of the title are available now, init segments included.
    pub available_segments: usize,
    /// Connections to peers, those that are being made included.
    pub links: usize,
    /// Links that could not be made because of this host: no port, address or file descriptor left.
    pub impossible_links: u64,
    /// Bytes that peers were promised, and that wait for their turn: not counted as sent yet.
    pub upload_queue: u64,
    /// Bytes that were sent, and wait in channels for the network to take them.
    pub in_channels: u64,
    /// Segments that were seen, and whose digest is not signed yet.
    pub unsigned: usize,
    /// How long digests waited for their signature: for each batch, its oldest digest, from the segment's last byte.
    pub digest_lag: Histogram,
    /// The requests to the origin.
    pub origin: OriginFigures,
}

/// The state of the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestState {
    /// None was read yet; why, if one was tried.
    Unread(Option<String>),
    /// It was read, and so was its last update.
    Read,
    /// It was read, but its last update was not; why. The version that was read last stays in force.
    Stale(String),
}

/// Whether the manifest has the renditions that are to be seeded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RenditionState {
    /// It has all that are named, or none is named, or none was read yet.
    #[default]
    Found,
    /// Some of them are missing: a text that names them, and those that are there.
    Lacking(String),
    /// All of them are missing, so nothing is seeded: a text that names them, and those that are there.
    Absent(String),
}

/// Whether a peer is a member of its swarm at signaling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalingState {
    /// It has not joined yet.
    Never,
    /// It has joined.
    Joined,
    /// It had joined, and signaling is away, or it left because it has enough peers.
    Away,
}

/// The requests to the origin, manifests included.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct OriginFigures {
    /// Requests made.
    pub requests: u64,
    /// Time from a request to the head of its response.
    pub latency: Histogram,
    /// Requests that failed.
    pub failures: Failures,
    /// Why the last request for a segment failed, if none has succeeded since.
    pub failing: Option<FetchError>,
}

/// Requests that failed, by cause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Failures {
    /// No response, or it broke off.
    pub network: u64,
    /// Nothing came for too long.
    pub timeout: u64,
    /// A status of 400 to 499.
    pub client_status: u64,
    /// Any other status that is no success.
    pub server_status: u64,
}

impl Default for Figures {
    /// The figures of a peer that has just been started.
    fn default() -> Self {
        Self {
            stats: Stats::default(),
            manifest: ManifestState::Unread(None),
            signaling: SignalingState::Never,
            outage: None,
            renditions: RenditionState::Found,
            live: false,
            available_segments: 0,
            links: 0,
            impossible_links: 0,
            upload_queue: 0,
            in_channels: 0,
            unsigned: 0,
            digest_lag: Histogram::default(),
            origin: OriginFigures::default(),
        }
    }
}

impl Failures {
    /// Counts one.
    pub(crate) fn count(&mut self, error: FetchError) {
        let counter = match error {
            FetchError::Network => &mut self.network,
            FetchError::Timeout => &mut self.timeout,
            FetchError::Status(400..=499) => &mut self.client_status,
            FetchError::Status(_) => &mut self.server_status,
        };
        *counter += 1;
    }
}

/// How long something took, counted by [`BOUNDS`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Histogram {
    counts: [u64; BOUNDS.len() + 1],
    sum: Duration,
}

impl Histogram {
    /// Counts one.
    pub(crate) fn observe(&mut self, took: Duration) {
        let seconds = took.as_secs_f64();
        self.counts[BOUNDS.partition_point(|bound| *bound < seconds)] += 1;
        self.sum += took;
    }

    /// How many were counted that took no longer than each of [`BOUNDS`].
    pub fn cumulative(&self) -> [u64; BOUNDS.len()] {
        let mut sum = 0;
        std::array::from_fn(|index| {
            sum += self.counts[index];
            sum
        })
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How long all took together.
    pub fn sum(&self) -> Duration {
        self.sum
    }
}

/// A failed request's cause, in words.
pub fn describe(error: FetchError) -> String {
    match error {
        FetchError::Network => "no response, or it broke off".to_owned(),
        FetchError::Timeout => "nothing came in time".to_owned(),
        FetchError::Status(status) => format!("status {status}"),
    }
}

#[cfg(test)]
mod tests;
