//! The TOML file as it is written: one stream's settings at the top, or several in `[[stream]]` tables.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use service::log::LogFormat;
use service::settings::{self, Expected};

use super::{SettingsError, Stream};
use crate::cli::SeedArgs;

/// How settings are written whose mistakes the TOML reader tells in terms of Rust's types.
const EXPECTED: [Expected; 5] = [
    ("http", "an address and a port, as \"127.0.0.1:8042\""),
    ("udp_addresses", "addresses and ports, as [\"0.0.0.0:40000\"]"),
    ("public_addresses", "addresses, as [\"203.0.113.7\"]"),
    ("[stream]", "[[stream]], in two brackets, before each stream"),
    ("stream", "[[stream]], in two brackets, before each stream"),
];

/// The contents of a TOML file of settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    manifest: Option<String>,
    swarm: Option<String>,
    digests: Option<String>,
    pub(super) signaling: Option<String>,
    pub(super) key: Option<PathBuf>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) pop: Option<String>,
    pub(super) store_mib: Option<u64>,
    pub(super) cache_dir: Option<PathBuf>,
    pub(super) cache_mib: Option<u64>,
    pub(super) max_peers: Option<u32>,
    pub(super) parallel_fetches: Option<u32>,
    pub(super) accept_keys: Option<Vec<String>>,
    pub(super) renditions: Option<Vec<String>>,
    pub(super) prewarm: Option<String>,
    pub(super) recheck_hours: Option<u32>,
    pub(super) origin_headers: Option<Vec<String>>,
    pub(super) origin_query: Option<Vec<String>>,
    pub(super) upload_mbit: Option<u64>,
    pub(super) peer_upload_mbit: Option<u64>,
    pub(super) total_upload_mbit: Option<u64>,
    pub(super) udp_addresses: Option<Vec<SocketAddr>>,
    pub(super) udp_ports: Option<String>,
    pub(super) interfaces: Option<Vec<String>>,
    pub(super) public_addresses: Option<Vec<IpAddr>>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) http: Option<SocketAddr>,
    pub(super) proxy: Option<bool>,
    pub(super) drain_ms: Option<u64>,
    pub(super) log_format: Option<LogFormat>,
    #[serde(default)]
    stream: Vec<Stream>,
}

impl File {
    /// Reads a file; what it leaves out has its default.
    ///
    /// # Errors
    /// When it cannot be read, is no TOML, or has a key that is unknown or of another type.
    pub(super) fn read(path: &Path) -> Result<Self, SettingsError> {
        Ok(settings::read(path, &EXPECTED)?)
    }

    /// The streams: those of the tables, or the one that the rest of the file and the flags describe.
    ///
    /// # Errors
    /// When there is none, or both.
    pub(super) fn streams(&self, args: &SeedArgs) -> Result<Vec<Stream>, SettingsError> {
        let (manifest, swarm, digests) = (
            args.manifest.as_ref().or(self.manifest.as_ref()),
            args.swarm.as_ref().or(self.swarm.as_ref()),
            args.digests.as_ref().or(self.digests.as_ref()),
        );
        if self.stream.is_empty() {
            let manifest = manifest.ok_or(SettingsError::Missing("manifest"))?;
            return Stream::only(manifest, swarm.cloned(), digests.cloned()).map(|stream| vec![stream]);
        }
        for (setting, given) in [("manifest", manifest), ("swarm", swarm), ("digests", digests)] {
            if given.is_some() {
                return Err(SettingsError::Misplaced(setting));
            }
        }
        let named = |stream: &Stream| {
            let named = stream.clone().with_swarm();
            named.map_err(|error| SettingsError::InStream {
                name: stream.name().to_owned(),
                error: Box::new(error),
            })
        };
        self.stream.iter().map(named).collect()
    }
}
