//! The settings of fugitive-seeder: a TOML file, flags over it, defaults under both, each checked.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use segment_engine::config::Config;
use segment_engine::error::ConfigError;
use segment_engine_native::{BadManifestUrl, MIN_SHELF, Options, Shelf, ShelfError, default_swarm};
use serde::{Deserialize, Serialize};
use signaling_proto::client::{ClientConfig, ClientConfigError};
use signaling_proto::message::Hints;
use thiserror::Error;

use crate::cli::{Cli, LogFormat};

/// The longest settings file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// Room for segments on disk where only a folder is set: 10 GiB, some five hours of 4 Mbit/s.
const DEFAULT_CACHE_MIB: u64 = 10 << 10;
const DEFAULT_KEY: &str = "fugitive-seeder.key";

/// What a TOML file may hold.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    manifest: Option<String>,
    signaling: Option<String>,
    swarm: Option<String>,
    key: Option<PathBuf>,
    token_file: Option<PathBuf>,
    pop: Option<String>,
    store_mib: Option<u64>,
    cache_dir: Option<PathBuf>,
    cache_mib: Option<u64>,
    max_peers: Option<u32>,
    parallel_fetches: Option<u32>,
    udp_addresses: Option<Vec<SocketAddr>>,
    log_format: Option<LogFormat>,
}

/// What a start uses.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Settings {
    manifest: String,
    signaling: String,
    swarm: String,
    key: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pop: Option<String>,
    store_mib: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_dir: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_mib: Option<u64>,
    max_peers: u32,
    parallel_fetches: u32,
    udp_addresses: Vec<SocketAddr>,
    log_format: LogFormat,
}

/// The settings cannot be used; the text is one line that names the culprit.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    #[error("cannot read {}: {error}", path.display())]
    Unreadable { path: PathBuf, error: std::io::Error },
    #[error("{}, line {line}: {message}", path.display())]
    Malformed {
        path: PathBuf,
        line: usize,
        message: String,
    },
    #[error("{0} is missing: give --{0} or set it in the file of --config; --help shows examples")]
    Missing(&'static str),
    #[error("manifest: {0}")]
    Manifest(#[from] BadManifestUrl),
    #[error("{setting}: {error}")]
    OutOfRange {
        setting: &'static str,
        error: ConfigError,
    },
    #[error("{setting}: {error}")]
    Signaling {
        setting: &'static str,
        error: ClientConfigError,
    },
    #[error("cache_mib is {mib}, but must be {least} or more", least = MIN_SHELF >> 20)]
    SmallCache { mib: u64 },
    #[error("cache_mib: give cache_dir too, or neither")]
    NoCacheDir,
    #[error("cache_dir: {0}")]
    Cache(#[from] ShelfError),
    #[error("udp_addresses: give one at least")]
    NoAddress,
}

impl Settings {
    /// Puts flags over the file that they name, and checks the outcome.
    ///
    /// # Errors
    /// Names the first setting that cannot be used.
    pub(crate) fn from_cli(cli: Cli) -> Result<Self, SettingsError> {
        let file = cli
            .config
            .as_deref()
            .map_or_else(|| Ok(File::default()), read_file)?;
        let manifest = cli
            .manifest
            .or(file.manifest)
            .ok_or(SettingsError::Missing("manifest"))?;
        let signaling = cli
            .signaling
            .or(file.signaling)
            .ok_or(SettingsError::Missing("signaling"))?;
        let swarm = default_swarm(&manifest)?;
        let swarm = cli.swarm.or(file.swarm).unwrap_or(swarm);
        let defaults = Config::seeder("", "");
        let cache_dir = cli.cache_dir.or(file.cache_dir);
        let flagged = (!cli.udp_address.is_empty()).then_some(cli.udp_address);
        let settings = Self {
            key: cli.key.or(file.key).unwrap_or_else(|| PathBuf::from(DEFAULT_KEY)),
            token_file: cli.token_file.or(file.token_file),
            pop: cli.pop.or(file.pop),
            store_mib: cli
                .store_mib
                .or(file.store_mib)
                .unwrap_or(defaults.store_bytes >> 20),
            cache_mib: cli
                .cache_mib
                .or(file.cache_mib)
                .or(cache_dir.is_some().then_some(DEFAULT_CACHE_MIB)),
            cache_dir,
            max_peers: cli
                .max_peers
                .or(file.max_peers)
                .unwrap_or(defaults.max_target_peers),
            parallel_fetches: file.parallel_fetches.unwrap_or(defaults.parallel_fetches),
            udp_addresses: flagged
                .or(file.udp_addresses)
                .unwrap_or_else(|| Options::new("").udp_addresses),
            log_format: cli.log_format.or(file.log_format).unwrap_or(LogFormat::Text),
            manifest,
            signaling,
            swarm,
        };
        settings.check()?;
        Ok(settings)
    }

    /// The engine's configuration.
    pub(crate) fn engine(&self) -> Config {
        Config {
            store_bytes: self.store_mib.saturating_mul(1 << 20),
            max_target_peers: self.max_peers,
            parallel_fetches: self.parallel_fetches,
            ..Config::seeder(self.swarm.clone(), self.manifest.clone())
        }
    }

    /// Opens the folder for segments, where one is set.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) fn open_shelf(&self) -> Result<Option<Arc<Shelf>>, SettingsError> {
        let (Some(folder), Some(mib)) = (&self.cache_dir, self.cache_mib) else {
            return Ok(None);
        };
        Ok(Some(Shelf::open(folder, mib.saturating_mul(1 << 20))?))
    }

    /// How the seeder reaches the world; the key is read apart, and the folder for segments opened.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(self.signaling.clone());
        options.udp_addresses.clone_from(&self.udp_addresses);
        options.token_file.clone_from(&self.token_file);
        options.pop.clone_from(&self.pop);
        options
    }

    /// The file of the signing key.
    pub(crate) fn key(&self) -> &Path {
        &self.key
    }

    /// How log lines are written.
    pub(crate) fn log_format(&self) -> LogFormat {
        self.log_format
    }

    /// The manifest that is followed.
    pub(crate) fn manifest(&self) -> &str {
        &self.manifest
    }

    /// The swarm that is fed.
    pub(crate) fn swarm(&self) -> &str {
        &self.swarm
    }

    fn check(&self) -> Result<(), SettingsError> {
        if self.udp_addresses.is_empty() {
            return Err(SettingsError::NoAddress);
        }
        if let Some(mib) = self.cache_mib {
            if self.cache_dir.is_none() {
                return Err(SettingsError::NoCacheDir);
            }
            if mib < MIN_SHELF >> 20 {
                return Err(SettingsError::SmallCache { mib });
            }
        }
        self.engine().validate().map_err(|error| {
            let setting = match error.field {
                "store_bytes" => "store_mib",
                "max_target_peers" => "max_peers",
                "swarm (length)" => "swarm",
                field => field,
            };
            SettingsError::OutOfRange { setting, error }
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
            SettingsError::Signaling { setting, error }
        })
    }
}

fn read_file(path: &Path) -> Result<File, SettingsError> {
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
            line: 1 + text.get(..start).unwrap_or_default().matches('\n').count(),
            message: error.message().replace('\n', " "),
        }
    })
}

#[cfg(test)]
mod tests;
