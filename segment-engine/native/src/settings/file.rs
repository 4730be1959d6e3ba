//! The TOML file as it is written: one stream's settings at the top, or several in `[[stream]]` tables.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{SettingsError, Stream, mistake};
use crate::cli::{LogFormat, SeedArgs};

/// The longest settings file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;

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
    pub(super) renditions: Option<Vec<String>>,
    pub(super) prewarm: Option<String>,
    pub(super) recheck_hours: Option<u32>,
    pub(super) origin_headers: Option<Vec<String>>,
    pub(super) origin_query: Option<Vec<String>>,
    pub(super) upload_mbit: Option<u64>,
    pub(super) peer_upload_mbit: Option<u64>,
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
        let unreadable = |error| SettingsError::Unreadable {
            path: path.to_owned(),
            error,
        };
        if fs::metadata(path).map_err(unreadable)?.len() > MAX_FILE {
            return Err(unreadable(std::io::Error::other("it is larger than 1 MiB")));
        }
        let text = fs::read_to_string(path).map_err(unreadable)?;
        toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            SettingsError::Malformed {
                path: path.to_owned(),
                line: mistake::line(&text, start),
                message: mistake::describe(&text, start, error.message()),
            }
        })
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
