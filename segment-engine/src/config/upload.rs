//! The most that is uploaded, in bits per second.

use serde::{Deserialize, Serialize};

use super::in_range;
use crate::error::ConfigError;

/// A rate of data, in bits per second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BitsPerSecond(pub u64);

impl BitsPerSecond {
    /// The same in bytes.
    pub fn bytes_per_second(self) -> u64 {
        self.0 / 8
    }
}

/// The highest limit: 1 Tbit/s.
const MOST: u64 = 1_000_000_000_000;

/// Checks the rate that a viewer's uploads are held to, if there is one.
pub(super) fn in_bounds(field: &'static str, rate: Option<BitsPerSecond>) -> Result<(), ConfigError> {
    let rate = rate.map_or(100_000, |rate| rate.0);
    in_range(field, rate, 100_000..=MOST, "100 kbit/s to 1 Tbit/s")
}

/// The most that is uploaded, whatever the uplink carries. Only the pieces of segments count; other messages and
/// transport headers add a few percent. Default none; each limit 1 Mbit/s to 1 Tbit/s.
#[cfg(feature = "upload-limits")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UploadLimits {
    /// To all peers together; [`Input::UploadLimit`](crate::input::Input::UploadLimit) changes it. When it is short, half
    /// of what is saved up is kept for pieces that no neighbour has: peers that others can serve are refused first.
    pub total: Option<BitsPerSecond>,
    /// To each peer. Lower spreads a seeder over more peers, and delays each peer's segments.
    pub per_peer: Option<BitsPerSecond>,
}

#[cfg(feature = "upload-limits")]
impl UploadLimits {
    /// Changes the total while an engine runs; a rate above the highest limit counts as that.
    pub(crate) fn set_total(&mut self, total: Option<BitsPerSecond>) {
        self.total = total.map(|rate| rate.min(BitsPerSecond(MOST)));
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let given = [
            ("upload_limits.total", self.total),
            ("upload_limits.per_peer", self.per_peer),
        ];
        for (field, rate) in given {
            let rate = rate.map_or(1_000_000, |rate| rate.0);
            in_range(field, rate, 1_000_000..=MOST, "1 Mbit/s to 1 Tbit/s")?;
        }
        Ok(())
    }
}
