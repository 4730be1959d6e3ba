//! The settings of fugitive-seeder: a TOML file, flags over it, defaults under both, each checked.

mod seeding;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use segment_engine::config::{Config, SeedingConfig};
use segment_engine::error::ConfigError;
use segment_engine_native::{AccessError, BadManifestUrl, Options, OriginAccess, default_swarm};
use serde::{Deserialize, Serialize};
use signaling_proto::client::{ClientConfig, ClientConfigError};
use signaling_proto::message::Hints;
use thiserror::Error;

use crate::cli::{Cli, LogFormat};

/// The longest settings file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// How long a look at all segments of a film takes by default, in hours.
const RECHECK_HOURS: u32 = 24;
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
    max_peers: Option<u32>,
    parallel_fetches: Option<u32>,
    renditions: Option<Vec<String>>,
    prewarm: Option<String>,
    recheck_hours: Option<u32>,
    origin_headers: Option<Vec<String>>,
    origin_query: Option<Vec<String>>,
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
    max_peers: u32,
    parallel_fetches: u32,
    renditions: Vec<String>,
    prewarm: String,
    recheck_hours: u32,
    origin_headers: Vec<String>,
    origin_query: Vec<String>,
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
    #[error("udp_addresses: give one at least")]
    NoAddress,
    #[error("prewarm: {0:?} is none of all, nothing, a share like 25%, a length like 600s")]
    Prewarm(String),
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
        let flagged = (!cli.udp_address.is_empty()).then_some(cli.udp_address);
        let given = |flags: Vec<String>| (!flags.is_empty()).then_some(flags);
        let settings = Self {
            key: cli.key.or(file.key).unwrap_or_else(|| PathBuf::from(DEFAULT_KEY)),
            token_file: cli.token_file.or(file.token_file),
            pop: cli.pop.or(file.pop),
            store_mib: cli
                .store_mib
                .or(file.store_mib)
                .unwrap_or(defaults.store_bytes >> 20),
            max_peers: cli
                .max_peers
                .or(file.max_peers)
                .unwrap_or(defaults.max_target_peers),
            parallel_fetches: file.parallel_fetches.unwrap_or(defaults.parallel_fetches),
            renditions: given(cli.rendition)
                .or(file.renditions)
                .unwrap_or_else(|| vec!["all".into()]),
            prewarm: cli.prewarm.or(file.prewarm).unwrap_or_else(|| "all".into()),
            recheck_hours: file.recheck_hours.unwrap_or(RECHECK_HOURS),
            origin_headers: given(cli.origin_header)
                .or(file.origin_headers)
                .unwrap_or_default(),
            origin_query: given(cli.origin_query).or(file.origin_query).unwrap_or_default(),
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
            seeding: self.seeding().unwrap_or_default(),
            store_bytes: self.store_mib.saturating_mul(1 << 20),
            max_target_peers: self.max_peers,
            parallel_fetches: self.parallel_fetches,
            ..Config::seeder(self.swarm.clone(), self.manifest.clone())
        }
    }

    /// How the seeder reaches the world; the key is read apart.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(self.signaling.clone());
        options.udp_addresses.clone_from(&self.udp_addresses);
        options.token_file.clone_from(&self.token_file);
        options.pop.clone_from(&self.pop);
        options
    }

    /// What the origin is told beside URLs, read from where its settings say.
    ///
    /// # Errors
    /// Names what cannot be had.
    pub(crate) fn origin_access(&self) -> Result<OriginAccess, AccessError> {
        OriginAccess::read(&self.origin_headers, &self.origin_query)
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

    fn seeding(&self) -> Result<SeedingConfig, SettingsError> {
        seeding::seeding(&self.renditions, &self.prewarm, self.recheck_hours)
    }

    fn check(&self) -> Result<(), SettingsError> {
        if self.udp_addresses.is_empty() {
            return Err(SettingsError::NoAddress);
        }
        self.seeding()?;
        self.engine().validate().map_err(|error| {
            let setting = match error.field {
                "store_bytes" => "store_mib",
                "max_target_peers" => "max_peers",
                "swarm (length)" => "swarm",
                "seeding.renditions" => "renditions",
                "seeding.prewarm" => "prewarm",
                "seeding.recheck" => "recheck_hours",
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
