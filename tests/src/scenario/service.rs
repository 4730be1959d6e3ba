//! The services for viewers: the origin, seeders and signaling; and the setup of engines.

use serde::Deserialize;

use super::unit::{Rate, Time};

/// The origin.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct OriginTable {
    /// The rate of one response.
    pub(crate) rate: Rate,
    /// What all responses share, where there is such a bound.
    pub(crate) total_rate: Option<Rate>,
    /// A round trip to it, besides the viewer's own way to its backbone.
    pub(crate) round_trip: Time,
    pub(crate) ranges: bool,
}

impl Default for OriginTable {
    fn default() -> Self {
        Self {
            rate: Rate::mbit(40),
            total_rate: None,
            round_trip: Time::millis(10),
            ranges: true,
        }
    }
}

/// The seeders.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Seeders {
    pub(crate) count: u32,
    /// 0 for a seeder that signs and uploads nothing.
    pub(crate) uplink: Rate,
    pub(crate) links: u32,
}

impl Default for Seeders {
    fn default() -> Self {
        Self {
            count: 1,
            uplink: Rate(0),
            links: 32,
        }
    }
}

/// Signaling, which introduces viewers.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Signaling {
    pub(crate) pairing: PairingKind,
}

/// The strategy by which it introduces viewers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PairingKind {
    /// Anyone to anyone.
    #[default]
    Scattered,
    /// Viewers of the same region first, as the server does.
    Nearest,
}

/// The differences from the engine's defaults.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Engine {
    pub(crate) trust: TrustKind,
    pub(crate) min_peers: Option<u32>,
    pub(crate) max_peers: Option<u32>,
    /// In MiB.
    pub(crate) store: Option<u64>,
    pub(crate) upload_percent: Option<u32>,
    pub(crate) max_upload: Option<Rate>,
    pub(crate) prefetch: Option<Time>,
    pub(crate) guard: Option<Time>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TrustKind {
    #[default]
    Signed,
    Quorum,
    Open,
}
