//! One stream: the contents of its table, and the specification that it is started with.

use std::path::{Path, PathBuf};

use segment_engine::config::{Config, MAX_KEYS, SeedingConfig, Trust, UploadLimits};
use segment_engine_native::internal::redacted_url;
use segment_engine_native::{AccessError, Options, OriginAccess, SeedKey, default_swarm, parse_public_key};
use serde::{Deserialize, Serialize};
use signaling_proto::client::ClientConfig;
use signaling_proto::message::Hints;
use url::Url;

use super::seeding::seeding;
use super::{Settings, SettingsError, mbit};

/// The name of the only stream, which has none in the settings.
const ONLY: &str = "stream";
/// The longest name of a stream, in bytes.
const MAX_NAME: usize = 64;
/// The HTTP listener's own paths: a stream of such a name would hide behind them.
const RESERVED: [&str; 5] = ["digests", "healthz", "metrics", "readyz", "v1"];

/// A `[[stream]]` table. What it leaves out is as for all streams.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stream {
    name: String,
    manifest: String,
    /// Default: host and path of the manifest's URL; beyond 128 bytes the first 100 and a hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    swarm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    digests: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signaling: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pop: Option<String>,
    /// MiB of its own, of the process's `store_mib`. Default: a share of what the others leave.
    #[serde(skip_serializing_if = "Option::is_none")]
    store_mib: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_peers: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_fetches: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_mbit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_upload_mbit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accept_keys: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    renditions: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prewarm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recheck_hours: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin_query: Option<Vec<String>>,
}

/// The specification that a stream is started with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Spec {
    pub(crate) name: String,
    pub(crate) manifest: String,
    pub(crate) swarm: String,
    pub(crate) signaling: String,
    pub(crate) key: PathBuf,
    token_file: Option<PathBuf>,
    pop: Option<String>,
    digests: Option<String>,
    max_peers: u32,
    parallel_fetches: u32,
    accept_keys: Vec<String>,
    renditions: Vec<String>,
    prewarm: String,
    recheck_hours: u32,
    origin_headers: Vec<String>,
    origin_query: Vec<String>,
    upload_mbit: Option<u64>,
    peer_upload_mbit: Option<u64>,
    /// How much memory it has for segments.
    pub(crate) store_bytes: u64,
}

impl Stream {
    /// The stream of a process that has one only.
    pub(super) fn only(
        manifest: &str,
        swarm: Option<String>,
        digests: Option<String>,
    ) -> Result<Self, SettingsError> {
        let stream = Self {
            name: ONLY.to_owned(),
            manifest: manifest.to_owned(),
            swarm,
            digests,
            signaling: None,
            key: None,
            token_file: None,
            pop: None,
            store_mib: None,
            max_peers: None,
            parallel_fetches: None,
            upload_mbit: None,
            peer_upload_mbit: None,
            accept_keys: None,
            renditions: None,
            prewarm: None,
            recheck_hours: None,
            origin_headers: None,
            origin_query: None,
        };
        stream.with_swarm()
    }

    /// Names the swarm, where the table does not.
    pub(super) fn with_swarm(mut self) -> Result<Self, SettingsError> {
        let swarm = default_swarm(&self.manifest)?;
        self.swarm.get_or_insert(swarm);
        Ok(self)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn signaling(&self) -> Option<&str> {
        self.signaling.as_deref()
    }

    pub(super) fn store_mib(&self) -> Option<u64> {
        self.store_mib
    }

    /// Puts its own settings over those of all streams.
    pub(super) fn spec(&self, all: &Settings, mib: u64) -> Spec {
        Spec {
            name: self.name.clone(),
            manifest: self.manifest.clone(),
            swarm: self.swarm.clone().unwrap_or_default(),
            signaling: self
                .signaling
                .clone()
                .or_else(|| all.signaling.clone())
                .unwrap_or_default(),
            key: all.or_key(self.key.as_deref()).to_owned(),
            token_file: self.token_file.clone().or_else(|| all.token_file.clone()),
            pop: self.pop.clone().or_else(|| all.pop.clone()),
            digests: self.digests.clone(),
            max_peers: self.max_peers.unwrap_or(all.max_peers),
            parallel_fetches: self.parallel_fetches.unwrap_or(all.parallel_fetches),
            accept_keys: or(&self.accept_keys, &all.accept_keys),
            renditions: or(&self.renditions, &all.renditions),
            prewarm: or(&self.prewarm, &all.prewarm),
            recheck_hours: self.recheck_hours.unwrap_or(all.recheck_hours),
            origin_headers: or(&self.origin_headers, &all.origin_headers),
            origin_query: or(&self.origin_query, &all.origin_query),
            upload_mbit: self.upload_mbit.or(all.upload_mbit),
            peer_upload_mbit: self.peer_upload_mbit.or(all.peer_upload_mbit),
            store_bytes: mib.saturating_mul(1 << 20),
        }
    }
}

impl Spec {
    /// The engine's configuration.
    pub(crate) fn engine(&self) -> Config {
        let default = Config::seeder(self.swarm.clone(), self.manifest.clone());
        // Its own key stands before these, when it starts.
        let keys = self.accept_keys.iter().filter_map(|key| parse_public_key(key));
        let trust = match keys.collect::<Vec<_>>() {
            none if none.is_empty() => default.trust,
            keys => Trust::Signed(keys),
        };
        Config {
            trust,
            // Checked when the settings were read.
            seeding: self.seeding().unwrap_or_default(),
            store_bytes: self.store_bytes,
            max_target_peers: self.max_peers,
            parallel_fetches: self.parallel_fetches,
            upload_limits: UploadLimits {
                total: self.upload_mbit.map(mbit),
                per_peer: self.peer_upload_mbit.map(mbit),
            },
            ..default
        }
    }

    fn seeding(&self) -> Result<SeedingConfig, SettingsError> {
        seeding(&self.renditions, &self.prewarm, self.recheck_hours)
    }

    /// The credentials for the origin, read from where the settings say.
    ///
    /// # Errors
    /// Names a credential that cannot be read.
    pub(crate) fn origin_access(&self) -> Result<OriginAccess, AccessError> {
        OriginAccess::read(&self.origin_headers, &self.origin_query)
    }

    /// The seeder's options, without the network and the origin's credentials, which are set separately.
    pub(crate) fn options(&self, key: SeedKey) -> Options {
        let mut options = Options::new(self.signaling.clone());
        options.key = Some(key);
        options.token_file.clone_from(&self.token_file);
        options.pop.clone_from(&self.pop);
        options.digests_url.clone_from(&self.digests);
        options
    }

    /// Whether a stream has to start anew to be as `newer` says. Its memory, and what the origin is told, can be changed while
    /// it runs.
    pub(crate) fn needs_restart(&self, newer: &Self) -> bool {
        let changed = Self {
            store_bytes: newer.store_bytes,
            origin_headers: newer.origin_headers.clone(),
            origin_query: newer.origin_query.clone(),
            ..self.clone()
        };
        changed != *newer
    }

    /// Whether both feed one swarm of one signaling server.
    pub(crate) fn feeds_swarm_of(&self, other: &Self) -> bool {
        (&self.swarm, &self.signaling) == (&other.swarm, &other.signaling)
    }

    /// The file of the join token, where there is one.
    pub(crate) fn token_file(&self) -> Option<&Path> {
        self.token_file.as_deref()
    }

    fn check_keys(&self) -> Result<(), SettingsError> {
        if let Some(wrong) = self
            .accept_keys
            .iter()
            .find(|key| parse_public_key(key).is_none())
        {
            return Err(SettingsError::AcceptKey(wrong.clone()));
        }
        // Its own is one more.
        if self.accept_keys.len() >= MAX_KEYS {
            let (setting, expected) = ("accept_keys", "at most 3 keys");
            return Err(SettingsError::OutOfRange { setting, expected });
        }
        Ok(())
    }

    /// Checks all that can be checked without the world.
    ///
    /// # Errors
    /// Names the first setting that cannot be used.
    pub(super) fn check(&self) -> Result<(), SettingsError> {
        check_name(&self.name)?;
        if let Some(digests) = &self.digests {
            let url = Url::parse(digests).ok();
            if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
                return Err(SettingsError::Digests(redacted_url(digests)));
            }
        }
        self.check_keys()?;
        self.seeding()?;
        self.engine().validate().map_err(|error| {
            // By the setting's own name, and in its own unit.
            let (setting, expected) = match error.field {
                "store_bytes" => ("store_mib", "1 to 16777216"),
                "max_target_peers" => ("max_peers", error.expected),
                "swarm (length)" => ("swarm", error.expected),
                "upload_limits.total" => ("upload_mbit", "1 to 1000000"),
                "upload_limits.per_peer" => ("peer_upload_mbit", "1 to 1000000"),
                "seeding.recheck" => ("recheck_hours", "0 to 2160"),
                field => (field.strip_prefix("seeding.").unwrap_or(field), error.expected),
            };
            SettingsError::OutOfRange { setting, expected }
        })?;
        let hints = Hints {
            pop: self.pop.clone(),
            ..Hints::default()
        };
        let client = ClientConfig {
            hints,
            ..ClientConfig::new(self.signaling.clone(), self.swarm.clone())
        };
        client.validate().map_err(|error| {
            let setting = match error.field {
                "url" => "signaling",
                "hints" => "pop",
                field => field,
            };
            let expected = error.expected;
            SettingsError::OutOfRange { setting, expected }
        })
    }
}

/// A stream's own setting, or that of all.
fn or<T: Clone>(own: &Option<T>, all: &T) -> T {
    own.as_ref().unwrap_or(all).clone()
}

fn check_name(name: &str) -> Result<(), SettingsError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let begins = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if !begins || name.len() > MAX_NAME || !name.bytes().all(allowed) {
        return Err(SettingsError::Name(name.to_owned()));
    }
    if RESERVED.contains(&name) {
        return Err(SettingsError::Reserved(name.to_owned()));
    }
    Ok(())
}
