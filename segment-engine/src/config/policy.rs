//! What a device may do for the swarm, as its operator or user sets it: one field for each rule.

use super::in_range;
use crate::device::{DeviceLimits, Prefetch, Uploads};
use crate::error::ConfigError;

/// The rules that [`Input::Device`](crate::Input::Device) is judged by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PolicyConfig {
    /// Whether this engine uploads at all: the user's consent. Default on. If off, no other rule turns uploads on
    /// again.
    pub uploads: Uploads,
    /// Uploads on a cellular network. Default off: they cost the user's allowance and battery.
    pub on_cellular: Uploads,
    /// Uploads on a metered network. Default off.
    pub on_metered: Uploads,
    /// While the battery runs down there are no uploads below this level, in percent. Default 20; 0 to 100, where 0
    /// means that the level does not matter.
    pub low_battery_percent: u8,
    /// Whether peers are asked ahead of the player while the page is hidden. Default off.
    pub while_hidden: Prefetch,
    /// Limits of a mobile device, where they are lower than the others. Default 8 peers, 100 MiB of segments, and
    /// 50 % of the uplink.
    pub mobile: DeviceLimits,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        Self {
            uploads: Uploads::On,
            on_cellular: Uploads::Off,
            on_metered: Uploads::Off,
            low_battery_percent: 20,
            while_hidden: Prefetch::Off,
            mobile: DeviceLimits {
                max_target_peers: 8,
                store_bytes: 100 << 20,
                upload_percent: 50,
                max_upload: None,
            },
        }
    }
}

impl PolicyConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        in_range(
            "policy.low_battery_percent",
            self.low_battery_percent,
            0..=100,
            "0 to 100",
        )?;
        in_range(
            "policy.mobile.max_target_peers",
            self.mobile.max_target_peers,
            1..=1024,
            "1 to 1024",
        )?;
        in_range(
            "policy.mobile.store_bytes",
            self.mobile.store_bytes,
            1 << 20..=1 << 44,
            "1 MiB or more",
        )?;
        in_range(
            "policy.mobile.upload_percent",
            self.mobile.upload_percent,
            1..=100,
            "1 to 100",
        )?;
        super::upload::in_bounds("policy.mobile.max_upload", self.mobile.max_upload)
    }
}
