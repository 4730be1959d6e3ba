//! The settings of fugitive-seeder: a TOML file, flags over it, defaults under both, each checked.

use std::fs;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use segment_engine::config::{BitsPerSecond, Config, UploadLimits};
use segment_engine::error::ConfigError;
use segment_engine_native::{
    BadManifestUrl, BadPortRange, NetworkError, NetworkOptions, Options, default_swarm,
};
use serde::{Deserialize, Serialize};
use signaling_proto::client::{ClientConfig, ClientConfigError};
use signaling_proto::message::Hints;
use thiserror::Error;

use crate::cli::{Cli, LogFormat};

/// The longest settings file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
const DEFAULT_KEY: &str = "fugitive-seeder.key";
/// The ending of the certificate's file, beside the key.
const CERTIFICATE_EXTENSION: &str = "dtls";

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
    upload_mbit: Option<u64>,
    peer_upload_mbit: Option<u64>,
    udp_addresses: Option<Vec<SocketAddr>>,
    udp_ports: Option<String>,
    interfaces: Option<Vec<String>>,
    public_addresses: Option<Vec<IpAddr>>,
    certificate: Option<PathBuf>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_mbit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_upload_mbit: Option<u64>,
    udp_addresses: Vec<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    udp_ports: Option<String>,
    interfaces: Vec<String>,
    public_addresses: Vec<IpAddr>,
    certificate: PathBuf,
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
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("udp_ports: {0}")]
    Ports(#[from] BadPortRange),
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
        let key = cli.key.or(file.key).unwrap_or_else(|| PathBuf::from(DEFAULT_KEY));
        let network = NetworkOptions::default();
        let settings = Self {
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
            upload_mbit: cli.upload_mbit.or(file.upload_mbit),
            peer_upload_mbit: cli.peer_upload_mbit.or(file.peer_upload_mbit),
            udp_addresses: given(cli.udp_address, file.udp_addresses, network.udp_addresses),
            udp_ports: cli.udp_ports.or(file.udp_ports),
            interfaces: given(cli.interface, file.interfaces, network.interfaces),
            public_addresses: given(
                cli.public_address,
                file.public_addresses,
                network.public_addresses,
            ),
            certificate: cli
                .certificate
                .or(file.certificate)
                .unwrap_or_else(|| key.with_extension(CERTIFICATE_EXTENSION)),
            key,
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
            upload_limits: UploadLimits {
                total: self.upload_mbit.map(mbit),
                per_peer: self.peer_upload_mbit.map(mbit),
            },
            ..Config::seeder(self.swarm.clone(), self.manifest.clone())
        }
    }

    /// The network that WebRTC goes over.
    ///
    /// # Errors
    /// When the range of ports is none.
    pub(crate) fn network(&self) -> Result<NetworkOptions, BadPortRange> {
        Ok(NetworkOptions {
            udp_addresses: self.udp_addresses.clone(),
            udp_ports: self.udp_ports.as_deref().map(str::parse).transpose()?,
            interfaces: self.interfaces.clone(),
            public_addresses: self.public_addresses.clone(),
            certificate_file: Some(self.certificate.clone()),
        })
    }

    /// How the seeder reaches the world; key and network are opened apart.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::new(self.signaling.clone());
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
        self.network()?.validate()?;
        self.engine().validate().map_err(|error| {
            let setting = match error.field {
                "store_bytes" => "store_mib",
                "max_target_peers" => "max_peers",
                "swarm (length)" => "swarm",
                "upload_limits.total" => "upload_mbit",
                "upload_limits.per_peer" => "peer_upload_mbit",
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

fn mbit(number: u64) -> BitsPerSecond {
    BitsPerSecond(number.saturating_mul(1_000_000))
}

/// What flags say, or else the file, or else the default.
fn given<T>(flags: Vec<T>, file: Option<Vec<T>>, default: Vec<T>) -> Vec<T> {
    if flags.is_empty() {
        file.unwrap_or(default)
    } else {
        flags
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
