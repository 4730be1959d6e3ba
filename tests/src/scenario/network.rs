//! The network between viewers: uplinks, downlinks, and who reaches whom.

use serde::Deserialize;

use super::file::{require, share};
use super::unit::{Rate, Time};
use crate::net::Profile;

/// The traffic of others in the house, which each downlink has for a while, and then has not, by turns.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CrossTraffic {
    /// The share that it takes of the downlink while it is there.
    pub(crate) share: f64,
    /// How long it is there, and how long it is not: the means of exponential distributions.
    pub(crate) on: Time,
    pub(crate) off: Time,
}

/// The network between viewers.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Network {
    pub(crate) uplink: Profile,
    /// Uplinks are scaled so that their mean is this many times the highest bitrate.
    pub(crate) uplink_mean: Option<f64>,
    /// Downlinks are drawn evenly from this range.
    pub(crate) downlink: [Rate; 2],
    /// How many viewers share a downlink.
    pub(crate) share: u32,
    /// Other traffic over each downlink.
    pub(crate) cross_traffic: Option<CrossTraffic>,
    pub(crate) regions: u8,
    /// The additional round trip between regions.
    pub(crate) apart: Time,
    /// Packets lost, as a share.
    pub(crate) loss: f64,
    pub(crate) cellular: f64,
    pub(crate) blocked: f64,
    pub(crate) ipv6: f64,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            uplink: Profile::Mixed,
            uplink_mean: None,
            downlink: [Rate::mbit(20), Rate::mbit(80)],
            share: 1,
            cross_traffic: None,
            regions: 3,
            apart: Time::millis(120),
            loss: 0.0,
            cellular: 0.2,
            blocked: 0.0,
            ipv6: 0.4,
        }
    }
}

impl Network {
    /// Whether it makes sense.
    pub(super) fn check(&self) -> Result<(), String> {
        require(self.share >= 1, "network.share must be at least 1")?;
        require(
            self.downlink[0] <= self.downlink[1],
            "network.downlink is [least, most]",
        )?;
        require(self.downlink[0].0 > 0, "network.downlink must not be 0")?;
        share("network.loss", self.loss)?;
        share("network.cellular + network.blocked", self.cellular + self.blocked)?;
        share("network.ipv6", self.ipv6)?;
        if let Some(cross) = self.cross_traffic {
            require(
                (0.0..1.0).contains(&cross.share),
                "network.cross_traffic.share must be below 1",
            )?;
            require(
                cross.on > Time(0) && cross.off > Time(0),
                "network.cross_traffic must be on and off for some time",
            )?;
        }
        Ok(())
    }
}
