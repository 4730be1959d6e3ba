//! The options of a page, as `CoreConfig` in `ts/core.ts` has them.

use std::time::Duration;

use segment_engine::Config;
use segment_engine::config::{BitsPerSecond, DEFAULT_AUDITS, PolicyConfig, SignalingAtMax, Trust};
use segment_engine::device::{DeviceLimits, Prefetch, Uploads};
use segment_engine::output::PublicKey;
use thiserror::Error;

use crate::members::Members;

/// What a page may set. Absent fields take the defaults of [`Config::viewer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoreConfig {
    /// The swarm's id.
    pub swarm: String,
    /// The signaling server: a `ws:` or `wss:` URL.
    pub signaling_url: String,
    /// Whose digests are accepted, one or more. Stands above `trust`.
    pub digest_keys: Option<Vec<PublicKey>>,
    /// Which bytes count where nobody signs.
    pub trust: Option<Unsigned>,
    /// See [`Trust::Quorum`].
    pub audits_per_thousand: Option<u32>,
    /// See [`Config::min_target_peers`].
    pub min_target_peers: Option<u32>,
    /// See [`Config::max_target_peers`].
    pub max_target_peers: Option<u32>,
    /// See [`Config::store_bytes`].
    pub store_bytes: Option<u64>,
    /// See [`Config::prefetch_window`].
    pub prefetch_window_ms: Option<u64>,
    /// See [`Config::upload_percent`].
    pub upload_percent: Option<u32>,
    /// See [`Config::max_upload`].
    pub max_upload: Option<BitsPerSecond>,
    /// See [`Config::rescue_guard`].
    pub rescue_guard_ms: Option<u64>,
    /// See [`Config::peer_patience`].
    pub peer_patience_ms: Option<u64>,
    /// See [`Config::fetch_timeout`].
    pub fetch_timeout_ms: Option<u64>,
    /// See [`Config::send_window`].
    pub send_window: Option<u64>,
    /// See [`Config::signaling_at_max`].
    pub signaling_at_max: Option<AtMax>,
    /// See [`Config::policy`].
    pub policy: CorePolicy,
}

/// See [`SignalingAtMax`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AtMax {
    /// See [`SignalingAtMax::Stay`].
    Stay,
    /// See [`SignalingAtMax::Leave`].
    Leave,
}

/// How the host writes [`Uploads`].
pub(crate) const UPLOADS: [(&str, Uploads); 2] = [("on", Uploads::On), ("off", Uploads::Off)];

/// See [`PolicyConfig`].
#[expect(missing_docs, reason = "each is documented there")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CorePolicy {
    pub on_cellular: Option<Uploads>,
    pub on_metered: Option<Uploads>,
    pub low_battery_percent: Option<u8>,
    pub while_hidden: Option<Prefetch>,
    pub mobile: CoreLimits,
}

/// See [`DeviceLimits`].
#[expect(missing_docs, reason = "each is documented there")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CoreLimits {
    pub max_target_peers: Option<u32>,
    pub store_bytes: Option<u64>,
    pub upload_percent: Option<u32>,
    pub max_upload: Option<BitsPerSecond>,
}

impl CorePolicy {
    fn read(from: &dyn Members) -> Result<Self, Unreadable> {
        let uploads = |name| known(from, name, &UPLOADS);
        let mobile = from.object("mobile");
        let limit = |name: &str| mobile.as_ref().and_then(|limits| limits.count(name));
        let count = |name: &str| limit(name).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let percent = from.count("lowBatteryPercent");
        Ok(Self {
            on_cellular: uploads("onCellular")?,
            on_metered: uploads("onMetered")?,
            low_battery_percent: percent.map(|percent| u8::try_from(percent).unwrap_or(u8::MAX)),
            while_hidden: known(
                from,
                "whileHidden",
                &[("on", Prefetch::On), ("off", Prefetch::Off)],
            )?,
            mobile: CoreLimits {
                max_target_peers: count("maxTargetPeers"),
                store_bytes: limit("storeBytes"),
                upload_percent: count("uploadPercent"),
                max_upload: limit("maxUploadBitsPerSecond").map(BitsPerSecond),
            },
        })
    }

    fn engine(self, default: PolicyConfig) -> PolicyConfig {
        PolicyConfig {
            // The page tells the viewer's consent with the device: it may change.
            uploads: default.uploads,
            on_cellular: self.on_cellular.unwrap_or(default.on_cellular),
            on_metered: self.on_metered.unwrap_or(default.on_metered),
            low_battery_percent: self.low_battery_percent.unwrap_or(default.low_battery_percent),
            while_hidden: self.while_hidden.unwrap_or(default.while_hidden),
            mobile: DeviceLimits {
                max_target_peers: self
                    .mobile
                    .max_target_peers
                    .unwrap_or(default.mobile.max_target_peers),
                store_bytes: self.mobile.store_bytes.unwrap_or(default.mobile.store_bytes),
                upload_percent: self
                    .mobile
                    .upload_percent
                    .unwrap_or(default.mobile.upload_percent),
                max_upload: self.mobile.max_upload.or(default.mobile.max_upload),
            },
        }
    }
}

/// Which bytes of peers count where nobody signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// See [`Trust::Quorum`].
    Quorum,
    /// See [`Trust::Open`].
    Open,
}

/// An option is not what `ts/core.ts` says: mend the host.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0} is missing, or has a value that it cannot have")]
pub struct Unreadable(&'static str);

impl CoreConfig {
    /// Reads what the host gives.
    ///
    /// # Errors
    /// Names the first option that cannot be read.
    pub fn read(from: &dyn Members) -> Result<Self, Unreadable> {
        let text = |name| from.text(name).ok_or(Unreadable(name));
        let count = |name: &str| {
            from.count(name)
                .map(|count| u32::try_from(count).unwrap_or(u32::MAX))
        };
        let digest_keys = match from.bytes("digestKeys") {
            Some(bytes) => {
                let (keys, rest) = bytes.as_chunks();
                if !rest.is_empty() {
                    return Err(Unreadable("digestKeys"));
                }
                Some(keys.iter().map(|key| PublicKey(*key)).collect())
            }
            None => None,
        };
        Ok(Self {
            swarm: text("swarm")?,
            signaling_url: text("signalingUrl")?,
            digest_keys,
            trust: known(
                from,
                "trust",
                &[("quorum", Unsigned::Quorum), ("open", Unsigned::Open)],
            )?,
            audits_per_thousand: count("auditsPerThousand"),
            min_target_peers: count("minTargetPeers"),
            max_target_peers: count("maxTargetPeers"),
            store_bytes: from.count("storeBytes"),
            prefetch_window_ms: from.count("prefetchWindowMs"),
            upload_percent: count("uploadPercent"),
            max_upload: from.count("maxUploadBitsPerSecond").map(BitsPerSecond),
            rescue_guard_ms: from.count("rescueGuardMs"),
            peer_patience_ms: from.count("peerPatienceMs"),
            fetch_timeout_ms: from.count("fetchTimeoutMs"),
            send_window: from.count("sendWindow"),
            signaling_at_max: known(
                from,
                "signalingAtMax",
                &[("stay", AtMax::Stay), ("leave", AtMax::Leave)],
            )?,
            policy: match from.object("policy") {
                Some(policy) => CorePolicy::read(&*policy)?,
                None => CorePolicy::default(),
            },
        })
    }

    /// The engine's configuration.
    pub fn engine(&self) -> Config {
        let default = Config::viewer(self.swarm.clone());
        let millis = |set: Option<u64>, default| set.map_or(default, Duration::from_millis);
        Config {
            trust: self.trust(),
            min_target_peers: self.min_target_peers.unwrap_or(default.min_target_peers),
            max_target_peers: self.max_target_peers.unwrap_or(default.max_target_peers),
            store_bytes: self.store_bytes.unwrap_or(default.store_bytes),
            prefetch_window: millis(self.prefetch_window_ms, default.prefetch_window),
            upload_percent: self.upload_percent.unwrap_or(default.upload_percent),
            max_upload: self.max_upload.or(default.max_upload),
            rescue_guard: millis(self.rescue_guard_ms, default.rescue_guard),
            peer_patience: millis(self.peer_patience_ms, default.peer_patience),
            fetch_timeout: millis(self.fetch_timeout_ms, default.fetch_timeout),
            send_window: self.send_window.unwrap_or(default.send_window),
            signaling_at_max: match self.signaling_at_max {
                None => default.signaling_at_max,
                Some(AtMax::Stay) => SignalingAtMax::Stay,
                Some(AtMax::Leave) => SignalingAtMax::Leave,
            },
            policy: self.policy.engine(default.policy),
            ..default
        }
    }

    fn trust(&self) -> Trust {
        if let Some(keys) = &self.digest_keys {
            return Trust::Signed(keys.clone());
        }
        match self.trust {
            None | Some(Unsigned::Quorum) => Trust::Quorum {
                audits: self.audits_per_thousand.unwrap_or(DEFAULT_AUDITS),
            },
            Some(Unsigned::Open) => Trust::Open,
        }
    }
}

/// One of some words, or none at all.
fn known<T: Copy>(
    from: &dyn Members,
    name: &'static str,
    words: &[(&str, T)],
) -> Result<Option<T>, Unreadable> {
    match from.text(name) {
        None => Ok(None),
        Some(_) => from.word(name, words).map(Some).ok_or(Unreadable(name)),
    }
}
