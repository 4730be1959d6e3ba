//! What the operator asks of viewers, and how many take part: the table `[policy]` of the TOML file.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use signaling_proto::message::{MAX_RETRY_MS, Policy};
use signaling_proto::share::Share;

/// What viewers are asked for, and the share of them that may take part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyConfig {
    /// See [`Policy::min_peers`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_peers: Option<u32>,
    /// See [`Policy::max_peers`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_peers: Option<u32>,
    /// See [`Policy::relay_only`].
    pub relay_only: bool,
    /// How many of a hundred viewers may take part: 0 to 100. Default 100, all. Seeders are in at any share. Read anew while
    /// the server runs: a smaller share closes the connections of those who are out then.
    pub share: Share,
    /// After how long those who are not in ask again, at most; each draws its own time, from half of this on. Default
    /// 600,000 (10 min); 1,000 to 600,000. Who is let in by a larger share comes back within it; a short one makes many
    /// connections where the share is small. Read anew while the server runs.
    pub retry_ms: u64,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        let policy = Policy::default();
        Self {
            min_peers: policy.min_peers,
            max_peers: policy.max_peers,
            relay_only: policy.relay_only,
            share: Share::ALL,
            retry_ms: MAX_RETRY_MS,
        }
    }
}

impl PolicyConfig {
    /// What viewers that take part are told.
    pub(crate) fn told(&self) -> Policy {
        Policy {
            min_peers: self.min_peers,
            max_peers: self.max_peers,
            relay_only: self.relay_only,
        }
    }

    /// Who takes part, and when the others ask again.
    pub(crate) fn ramp(&self) -> Ramp {
        Ramp {
            share: self.share,
            retry: Duration::from_millis(self.retry_ms),
        }
    }
}

/// Who takes part, and when the others ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ramp {
    pub(crate) share: Share,
    /// The longest that one stays away.
    pub(crate) retry: Duration,
}
