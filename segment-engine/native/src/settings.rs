//! The settings of fugitive-seeder: a TOML file, flags over it, defaults under both, each checked.

mod cache;
mod file;
mod network;
mod printing;
mod seeding;
mod stream;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use segment_engine::config::{BitsPerSecond, Config};
use segment_engine_native::{BadManifestUrl, BadPortRange, NetworkError, NetworkOptions, Shelf};
use serde::Serialize;
use service::log::LogFormat;
use service::settings::SettingsFileError;
use thiserror::Error;

pub(crate) use self::cache::CacheError;
use self::cache::CacheSettings;
use self::file::File;
use self::network::NetworkSettings;
pub(crate) use self::stream::{Spec, Stream};
use crate::cli::SeedArgs;

pub(crate) const DEFAULT_KEY: &str = "fugitive-seeder.key";
/// How long a stop waits until what is queued for peers has left, by default.
const DEFAULT_DRAIN_MS: u64 = 5_000;
/// How long one check of all segments of a film takes by default, in hours.
const RECHECK_HOURS: u32 = 24;
/// The longest that it may be made to wait.
const MAX_DRAIN_MS: u64 = 600_000;
/// The highest upload limit, in Mbit/s: the engine's.
const MAX_UPLOAD_MBIT: u64 = 1_000_000;
/// The most streams of one process: more are a mistake in the file, or better spread over several machines.
const MAX_STREAMS: usize = 256;

/// The settings that a start uses. Those that a stream can have too are the defaults of all streams.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Settings {
    /// The signaling server; `None` where each stream has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    signaling: Option<String>,
    key: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_file: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pop: Option<String>,
    /// MiB of segments, over all streams.
    store_mib: u64,
    max_peers: u32,
    parallel_fetches: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    accept_keys: Vec<String>,
    renditions: Vec<String>,
    prewarm: String,
    recheck_hours: u32,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    origin_headers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    origin_query: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upload_mbit: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    peer_upload_mbit: Option<u64>,
    /// The whole process's, over all streams.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_upload_mbit: Option<u64>,
    #[serde(flatten)]
    cache: CacheSettings,
    #[serde(flatten)]
    network: NetworkSettings,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<SocketAddr>,
    proxy: bool,
    drain_ms: u64,
    log_format: LogFormat,
    #[serde(rename = "stream")]
    streams: Vec<Stream>,
}

/// The settings cannot be used; the text is one line that names the culprit.
#[derive(Debug, Error)]
pub(crate) enum SettingsError {
    #[error("{0}")]
    File(#[from] SettingsFileError),
    #[error("{0} is missing: give --{0} or set it in the file of --config; --help shows examples")]
    Missing(&'static str),
    #[error("{0} is for a single stream: with [[stream]] tables it belongs into one of them")]
    Misplaced(&'static str),
    #[error("manifest: {0}")]
    Manifest(#[from] BadManifestUrl),
    #[error("digests: {0:?} is not an absolute http or https URL")]
    Digests(String),
    #[error("accept_keys: {0:?} is no public key: write 64 hexadecimal digits")]
    AcceptKey(String),
    #[error("{setting} must be {expected}")]
    OutOfRange {
        setting: &'static str,
        expected: &'static str,
    },
    #[error(transparent)]
    Cache(#[from] CacheError),
    #[error(transparent)]
    Network(#[from] NetworkError),
    #[error("udp_ports: {0}")]
    Ports(#[from] BadPortRange),
    #[error("prewarm: {0:?} is none of all, nothing, a share like 25%, a length like 600s")]
    Prewarm(String),
    #[error("name: {0:?} is not 1 to 64 of A-Z a-z 0-9 . _ -, beginning with a letter or digit")]
    Name(String),
    #[error("name: {0:?} is a path of its own on the HTTP listener; choose another")]
    Reserved(String),
    #[error("two streams are called {0:?}")]
    SameName(String),
    #[error("streams {0:?} and {1:?} feed one swarm of one signaling server: one of them is enough")]
    SameSwarm(String, String),
    #[error("{0} streams; {MAX_STREAMS} are allowed in one process")]
    TooMany(usize),
    #[error(
        "store_mib: {total} MiB are too few: of {streams} streams each needs 1 MiB at least, and some have their own"
    )]
    StoreTooSmall { total: u64, streams: usize },
    #[error("total_upload_mbit: {total} Mbit/s are too few: {streams} streams need 1 Mbit/s each")]
    UploadTooSmall { total: u64, streams: usize },
    #[error("drain_ms: {0} is not within 0 to {MAX_DRAIN_MS}")]
    Drain(u64),
    #[error("proxy needs http: say where to listen, as --http 127.0.0.1:8042")]
    ProxyWithoutHttp,
    /// An error in one of several streams.
    #[error("stream {name:?}: {error}")]
    InStream { name: String, error: Box<Self> },
}

impl Settings {
    /// Puts flags over the file that they name, and checks the outcome.
    ///
    /// # Errors
    /// Names the first setting that cannot be used.
    pub(crate) fn from_args(args: &SeedArgs) -> Result<Self, SettingsError> {
        let file = args
            .config
            .as_deref()
            .map_or_else(|| Ok(File::default()), File::read)?;
        let defaults = Config::seeder("", "");
        let own = |given: &Option<PathBuf>, set: &Option<PathBuf>| given.clone().or_else(|| set.clone());
        let key = own(&args.key, &file.key).unwrap_or_else(|| PathBuf::from(DEFAULT_KEY));
        let (network, cache) = (
            NetworkSettings::new(args, &file, &key),
            CacheSettings::new(args, &file),
        );
        let settings = Self {
            streams: file.streams(args)?,
            token_file: own(&args.token_file, &file.token_file),
            signaling: args.signaling.clone().or(file.signaling),
            pop: args.pop.clone().or(file.pop),
            store_mib: args
                .store_mib
                .or(file.store_mib)
                .unwrap_or(defaults.store_bytes >> 20),
            max_peers: args
                .max_peers
                .or(file.max_peers)
                .unwrap_or(defaults.max_target_peers),
            parallel_fetches: file.parallel_fetches.unwrap_or(defaults.parallel_fetches),
            accept_keys: given(&args.accept_key, &file.accept_keys, Vec::new()),
            renditions: given(&args.rendition, &file.renditions, vec!["all".to_owned()]),
            prewarm: args
                .prewarm
                .clone()
                .or(file.prewarm)
                .unwrap_or_else(|| "all".to_owned()),
            recheck_hours: file.recheck_hours.unwrap_or(RECHECK_HOURS),
            origin_headers: given(&args.origin_header, &file.origin_headers, Vec::new()),
            origin_query: given(&args.origin_query, &file.origin_query, Vec::new()),
            upload_mbit: args.upload_mbit.or(file.upload_mbit),
            peer_upload_mbit: args.peer_upload_mbit.or(file.peer_upload_mbit),
            total_upload_mbit: args.total_upload_mbit.or(file.total_upload_mbit),
            cache,
            network,
            key,
            http: args.http.or(file.http),
            proxy: args.proxy || file.proxy.unwrap_or_default(),
            drain_ms: file.drain_ms.unwrap_or(DEFAULT_DRAIN_MS),
            log_format: args.log_format.or(file.log_format).unwrap_or_default(),
        };
        settings.check()?;
        Ok(settings)
    }

    /// The specification of each stream, in the order of the file.
    pub(crate) fn specs(&self) -> Vec<Spec> {
        self.streams.iter().map(|stream| self.spec(stream)).collect()
    }

    /// How log lines are written.
    pub(crate) fn log_format(&self) -> LogFormat {
        self.log_format
    }

    /// The network that WebRTC goes over.
    ///
    /// # Errors
    /// When the range of ports is none.
    pub(crate) fn network(&self) -> Result<NetworkOptions, BadPortRange> {
        self.network.options()
    }

    /// Opens the folder for segments on disk, which is one for all streams; `None` where none is set.
    ///
    /// # Errors
    /// When it cannot be used.
    pub(crate) fn open_shelf(&self) -> Result<Option<Arc<Shelf>>, CacheError> {
        self.cache.open()
    }

    /// The folder of the cache, and how many MiB it may hold.
    pub(crate) fn cache(&self) -> Option<(&Path, u64)> {
        self.cache.folder()
    }

    /// The most that all streams upload together.
    pub(crate) fn total_upload(&self) -> Option<BitsPerSecond> {
        self.total_upload_mbit.map(mbit)
    }

    /// The address where HTTP is served.
    pub(crate) fn http(&self) -> Option<SocketAddr> {
        self.http
    }

    /// Whether players are served there.
    pub(crate) fn proxy(&self) -> bool {
        self.proxy
    }

    /// How long a stop waits until what is queued for peers has left.
    pub(crate) fn drain(&self) -> Duration {
        Duration::from_millis(self.drain_ms)
    }

    /// The settings that take effect at a start only, and differ in `newer`.
    pub(crate) fn needing_restart(&self, newer: &Self) -> Vec<&'static str> {
        let differ = [
            ("http", self.http != newer.http),
            ("proxy", self.proxy != newer.proxy),
            ("log_format", self.log_format != newer.log_format),
        ];
        let (old, new) = ((&self.network, &*self.key), (&newer.network, &*newer.key));
        let differ = differ.into_iter().chain(NetworkSettings::differing(old, new));
        let differ = differ.chain(self.cache.differing(&newer.cache));
        let differ = differ.filter(|(_, differs)| *differs);
        differ.map(|(name, _)| name).collect()
    }

    fn check(&self) -> Result<(), SettingsError> {
        self.network()?.validate()?;
        self.cache.check()?;
        if self.drain_ms > MAX_DRAIN_MS {
            return Err(SettingsError::Drain(self.drain_ms));
        }
        if self.proxy && self.http.is_none() {
            return Err(SettingsError::ProxyWithoutHttp);
        }
        if self.streams.len() > MAX_STREAMS {
            return Err(SettingsError::TooMany(self.streams.len()));
        }
        for stream in &self.streams {
            self.check_stream(stream)
                .map_err(|error| self.within(stream, error))?;
        }
        self.check_differ()?;
        self.check_shares()?;
        self.check_total_upload()
    }

    /// Names the stream of an error, if there are several.
    fn within(&self, stream: &Stream, error: SettingsError) -> SettingsError {
        if self.streams.len() == 1 {
            return error;
        }
        SettingsError::InStream {
            name: stream.name().to_owned(),
            error: Box::new(error),
        }
    }

    fn check_stream(&self, stream: &Stream) -> Result<(), SettingsError> {
        if stream.signaling().or(self.signaling.as_deref()).is_none() {
            return Err(SettingsError::Missing("signaling"));
        }
        self.spec(stream).check()
    }

    fn check_differ(&self) -> Result<(), SettingsError> {
        let specs = self.specs();
        for (index, spec) in specs.iter().enumerate() {
            for other in &specs[..index] {
                if spec.name == other.name {
                    return Err(SettingsError::SameName(spec.name.clone()));
                }
                if spec.feeds_swarm_of(other) {
                    return Err(SettingsError::SameSwarm(other.name.clone(), spec.name.clone()));
                }
            }
        }
        Ok(())
    }

    /// Checks that the memory to be shared out is enough for every stream.
    fn check_shares(&self) -> Result<(), SettingsError> {
        let own: u64 = self
            .streams
            .iter()
            .filter_map(Stream::store_mib)
            .fold(0, u64::saturating_add);
        if own > self.store_mib || (self.sharing() > 0 && self.share_mib() == 0) {
            return Err(SettingsError::StoreTooSmall {
                total: self.store_mib,
                streams: self.streams.len(),
            });
        }
        Ok(())
    }

    /// Checks that the upload limit is in bounds, and enough for every stream.
    fn check_total_upload(&self) -> Result<(), SettingsError> {
        let Some(total) = self.total_upload_mbit else {
            return Ok(());
        };
        if !(1..=MAX_UPLOAD_MBIT).contains(&total) {
            return Err(SettingsError::OutOfRange {
                setting: "total_upload_mbit",
                expected: "1 to 1000000",
            });
        }
        let streams = self.streams.len();
        if total < streams as u64 {
            return Err(SettingsError::UploadTooSmall { total, streams });
        }
        Ok(())
    }

    /// How many streams have no memory of their own.
    fn sharing(&self) -> u64 {
        let sharing = self.streams.iter().filter(|stream| stream.store_mib().is_none());
        sharing.count() as u64
    }

    /// The memory of each stream that has none of its own, in MiB.
    fn share_mib(&self) -> u64 {
        let own: u64 = self
            .streams
            .iter()
            .filter_map(Stream::store_mib)
            .fold(0, u64::saturating_add);
        self.store_mib.saturating_sub(own) / self.sharing().max(1)
    }

    fn spec(&self, stream: &Stream) -> Spec {
        stream.spec(self, stream.store_mib().unwrap_or_else(|| self.share_mib()))
    }

    fn or_key<'a>(&'a self, own: Option<&'a Path>) -> &'a Path {
        own.unwrap_or(&self.key)
    }
}

fn mbit(number: u64) -> BitsPerSecond {
    BitsPerSecond(number.saturating_mul(1_000_000))
}

/// The flags' value, or else the file's, or else the default.
fn given<T: Clone>(flags: &[T], file: &Option<Vec<T>>, default: Vec<T>) -> Vec<T> {
    if flags.is_empty() {
        return file.clone().unwrap_or(default);
    }
    flags.to_vec()
}

#[cfg(test)]
mod tests;
