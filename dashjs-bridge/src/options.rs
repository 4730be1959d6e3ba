//! The options of a page, as `CoreConfig` in `ts/core.ts` has them.

use std::time::Duration;

use segment_engine::Config;
use segment_engine::output::PublicKey;
use serde::Deserialize;
use serde_bytes::ByteArray;

/// What a page may set. Absent fields take the defaults of [`Config::viewer`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CoreConfig {
    /// The swarm's id.
    pub swarm: String,
    /// The signaling server: a `ws:` or `wss:` URL.
    pub signaling_url: String,
    /// Whose digests are accepted; 32 bytes.
    pub digest_key: Option<ByteArray<32>>,
    /// See [`Config::min_target_peers`].
    pub min_target_peers: Option<u32>,
    /// See [`Config::max_target_peers`].
    pub max_target_peers: Option<u32>,
    /// See [`Config::store_bytes`].
    pub store_bytes: Option<u64>,
    /// See [`Config::prefetch_window`].
    pub prefetch_window_ms: Option<u64>,
    /// See [`Config::parallel_transfers`].
    pub parallel_transfers: Option<u32>,
    /// See [`Config::rescue_guard`].
    pub rescue_guard_ms: Option<u64>,
    /// See [`Config::peer_patience`].
    pub peer_patience_ms: Option<u64>,
    /// See [`Config::peer_timeout`].
    pub peer_timeout_ms: Option<u64>,
    /// See [`Config::fetch_timeout`].
    pub fetch_timeout_ms: Option<u64>,
    /// See [`Config::send_window`].
    pub send_window: Option<u64>,
}

impl CoreConfig {
    /// The engine's configuration.
    pub fn engine(&self) -> Config {
        let default = Config::viewer(self.swarm.clone());
        let millis = |set: Option<u64>, default| set.map_or(default, Duration::from_millis);
        Config {
            digest_key: self.digest_key.map(|key| PublicKey(key.into_array())),
            min_target_peers: self.min_target_peers.unwrap_or(default.min_target_peers),
            max_target_peers: self.max_target_peers.unwrap_or(default.max_target_peers),
            store_bytes: self.store_bytes.unwrap_or(default.store_bytes),
            prefetch_window: millis(self.prefetch_window_ms, default.prefetch_window),
            parallel_transfers: self.parallel_transfers.unwrap_or(default.parallel_transfers),
            rescue_guard: millis(self.rescue_guard_ms, default.rescue_guard),
            peer_patience: millis(self.peer_patience_ms, default.peer_patience),
            peer_timeout: millis(self.peer_timeout_ms, default.peer_timeout),
            fetch_timeout: millis(self.fetch_timeout_ms, default.fetch_timeout),
            send_window: self.send_window.unwrap_or(default.send_window),
            ..default
        }
    }
}
