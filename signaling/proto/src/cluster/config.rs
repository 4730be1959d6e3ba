//! The limits and timing of a node in a cluster, and their ranges.

use std::time::Duration;

use super::seal::Secret;
use crate::range::{OutOfRange, in_range, require};

/// How a node takes part in its cluster. All nodes should have the same.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// How often a node tells the others that it is there, and with which swarms. Default 2 s; 50 ms to 60 s. Each time
    /// costs every other node 20 bytes for each swarm.
    pub heartbeat: Duration,
    /// How long a node may be silent before it is gone. Default 6 s, three heartbeats; more than one heartbeat, at most
    /// 10 min.
    pub gone_after: Duration,
    /// How long a node that was asked for members may take before another is asked. Default 150 ms; 10 ms to 10 s.
    pub seek_timeout: Duration,
    /// How many nodes are asked for one seek. Default 2; 1 to 8.
    pub seek_tries: usize,
    /// How old a packet may be when it arrives, and how far in the future: an offer that is older finds nobody who waits
    /// for its answer. Default 5 s; 100 ms to 60 s. The clocks of the nodes must agree within this less the time on the
    /// bus, as they do with NTP; a node whose clock does not is as good as gone, and `dropped_stale` counts it.
    pub max_age: Duration,
    /// How many other nodes are known at once. Default 64; 1 to 1024. Each may take some 0.6 MB of memory.
    pub nodes: usize,
    /// How many seeks may be open at once. Default 4,096; 1 to 1,000,000.
    pub seeks: usize,
    /// The secret that the nodes seal their packets with. Default none, for a bus that only they can reach. A seal does
    /// not hide what is carried; that is for TLS.
    pub secret: Option<Secret>,
}

impl Default for ClusterConfig {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(2),
            gone_after: Duration::from_secs(6),
            seek_timeout: Duration::from_millis(150),
            seek_tries: 2,
            max_age: Duration::from_secs(5),
            nodes: 64,
            seeks: 4_096,
            secret: None,
        }
    }
}

impl ClusterConfig {
    /// Checks every field against its range.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn validate(&self) -> Result<(), OutOfRange> {
        let millis = Duration::from_millis;
        let heartbeats = millis(50)..=millis(60_000);
        in_range("heartbeat", &self.heartbeat, &heartbeats, "50 ms to 60 s")?;
        let is_patient = self.gone_after > self.heartbeat && self.gone_after <= millis(600_000);
        require(is_patient, "gone_after", "more than heartbeat, at most 10 min")?;
        let timeouts = millis(10)..=millis(10_000);
        in_range("seek_timeout", &self.seek_timeout, &timeouts, "10 ms to 10 s")?;
        in_range("seek_tries", &self.seek_tries, &(1..=8), "1 to 8")?;
        let ages = millis(100)..=millis(60_000);
        in_range("max_age", &self.max_age, &ages, "100 ms to 60 s")?;
        in_range("nodes", &self.nodes, &(1..=1024), "1 to 1024")?;
        in_range("seeks", &self.seeks, &(1..=1_000_000), "1 to 1000000")
    }
}
