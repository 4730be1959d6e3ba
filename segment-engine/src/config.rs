//! What an operator or a page may set, with defaults and ranges.

mod policy;
#[cfg(feature = "seeder")]
mod seeding;
mod upload;

use std::time::Duration;

pub use self::policy::PolicyConfig;
#[cfg(feature = "seeder")]
pub use self::seeding::{Pacing, Prewarm, Renditions, SeedingConfig};
pub use self::upload::BitsPerSecond;
#[cfg(feature = "upload-limits")]
pub use self::upload::UploadLimits;

use crate::device::DeviceLimits;
use crate::error::ConfigError;
use crate::manifest::Limits;
use crate::output::PublicKey;

/// The smallest store budget, in bytes.
pub(crate) const MIN_STORE_BYTES: u64 = 1 << 20;

/// How many of a thousand pieces are audited where nothing else is said; see [`Trust::Quorum`].
pub const DEFAULT_AUDITS: u32 = 2;

/// How many keys' signatures may count at a time; see [`Trust::Signed`].
pub const MAX_KEYS: usize = 4;

/// What this engine is to the swarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Plays: asks peers and the origin for what a player demands.
    Viewer,
    /// Seeds: follows a manifest, fetches its segments from the origin, signs digests, serves peers.
    /// [`Config::seeding`] says which segments it fetches, and when.
    #[cfg(feature = "seeder")]
    Seeder {
        /// The manifest to follow: an absolute http or https URL.
        manifest: String,
    },
}

/// What happens to signaling once there are as many links as allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalingAtMax {
    /// It is kept, so that newcomers are introduced.
    Stay,
    /// It is left until there are fewer links than `min_target_peers`, so that the server keeps fewer connections. In
    /// the meantime links are made over neighbours alone, and a newcomer finds only peers that lack links.
    Leave,
}

/// Which of the bytes that peers send are accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those of segments whose digest the owner of one of these keys signed. Nothing else is shared. 1 to [`MAX_KEYS`], a
    /// seeder's own first: several while a stream goes over from one key to another. Each is believed as much as any
    /// other. A batch is checked with one after the other until it holds, so each costs a check of what those before it
    /// did not sign.
    Signed(Vec<PublicKey>),
    /// For streams that nobody signs: pieces that match leaves which two neighbours gave alike, of a size that two
    /// give alike. Weaker: nothing tells whether two neighbours belong to one attacker, who has as many links as it
    /// opens pages. Two that lie alike are believed until what this peer fetches, or an audit, differs; then what
    /// came from peers is forgotten, and nothing more is taken from them. A segment is shared only once two peers
    /// hold all of it, so the origin sends more copies than with a signer.
    Quorum {
        /// How many of a thousand pieces are compared with the origin's. Default 2; 0 to 1000. Each costs the origin
        /// 16 KiB. There are no audits if the origin ignores `Range`. That a segment goes on after the size that peers give
        /// is noticed only if the origin lets its `Content-Range` be read.
        audits: u32,
    },
    /// All of them. Only for a network in which nobody lies: a peer that alters bytes alters what is played.
    Open,
}

impl Trust {
    /// What one key's owner signed.
    pub fn signed(key: PublicKey) -> Self {
        Self::Signed(vec![key])
    }

    /// The first of the keys whose signatures count, if any do.
    pub fn key(&self) -> Option<PublicKey> {
        self.keys().first().copied()
    }

    /// All keys whose signatures count.
    pub fn keys(&self) -> &[PublicKey] {
        match self {
            Self::Signed(keys) => keys,
            Self::Quorum { .. } | Self::Open => &[],
        }
    }
}

/// How long the records that a seeder signs are valid, from their signing. Before half of that has passed, it signs
/// again those that are still in the manifest.
///
/// Longer: an old record of a segment that the origin has since changed can be replayed for longer, to viewers that
/// do not know the newer one. Shorter: more is signed again, and viewers whose clocks are ahead are shut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// Validity for a live title. Default 2 h: longer than most windows, and than most clocks are wrong. 1 min to 365
    /// days.
    pub live: Duration,
    /// Validity for a film. Default 30 days. 1 min to 365 days.
    pub film: Duration,
}

impl Default for Validity {
    fn default() -> Self {
        Self {
            live: Duration::from_secs(2 * 3_600),
            film: Duration::from_secs(30 * 24 * 3_600),
        }
    }
}

/// How an engine behaves. Build with [`Config::viewer`] or [`Config::seeder`] and change what is to differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// What this engine is to the swarm.
    pub role: Role,
    /// The swarm's id: peers of another swarm are refused. 1 to 128 bytes.
    pub swarm: String,
    /// Which of the bytes that peers send are accepted. Default [`Trust::Quorum`]; use [`Trust::Signed`] wherever
    /// there is a key.
    pub trust: Trust,
    /// How long what a seeder signs is valid.
    pub digest_validity: Validity,
    /// Below this many connected peers, signaling is asked for more. Default 8 (viewer), 0 (seeder); at most
    /// `max_target_peers`.
    pub min_target_peers: u32,
    /// From this many connected peers on, further ones are refused. Default 16 (viewer), 256 (seeder); 1 to 1024.
    /// Each costs the browser some 1 MB and a share of the CPU.
    pub max_target_peers: u32,
    /// What happens to signaling at `max_target_peers`. Default [`SignalingAtMax::Stay`].
    pub signaling_at_max: SignalingAtMax,
    /// Budget for stored segments, in bytes. Default 400 MiB (viewer), 512 MiB (seeder); at least 1 MiB. More serves
    /// later joiners of a film; a live stream takes what it needs for some 30 s and no more.
    pub store_bytes: u64,
    /// How far ahead of the playhead segments are asked of peers before the player asks. Default 60 s; 0 to 300 s.
    /// Nothing is fetched ahead from the origin, except what this peer claims of a live stream.
    pub prefetch_window: Duration,
    /// The share of the uplink that is spent on peers, in percent. Default 80; 1 to 100. More spreads segments sooner
    /// and leaves less to whatever else the viewer does.
    pub upload_percent: u32,
    /// The most that is spent on peers, if that is less than their share of the uplink. Default none; 100 kbit/s to
    /// 1 Tbit/s. Only the pieces of segments and their leaves count; other messages and transport headers add a few
    /// percent. A seeder that sends as fast as its links take it has `upload_limits` instead.
    pub max_upload: Option<BitsPerSecond>,
    /// The most that is uploaded, in total and to one peer.
    #[cfg(feature = "upload-limits")]
    pub upload_limits: UploadLimits,
    /// How many HTTP requests a seeder has in flight. Default 4; 1 to 16. Of a live title it has one for each track that it
    /// follows, up to 32, if that is more.
    pub parallel_fetches: u32,
    /// Safety margin subtracted from the time a peer may take; for long segments a quarter of their duration, up to
    /// 1.5 s, if that is more. Default 250 ms; 100 ms to 10 s.
    pub rescue_guard: Duration,
    /// The longest that a demand waits for peers, however full the buffer: players give a request up after some 20 s.
    /// Default 10 s; 100 ms to 30 s.
    pub peer_patience: Duration,
    /// Idle timeout of an HTTP request. A seeder starts lower for manifests and live segments. Default 10 s;
    /// 1 to 60 s.
    pub fetch_timeout: Duration,
    /// Bytes that may wait in one peer's channel, beyond those that are on their way. Default 128 KiB; 32 KiB to 4 MiB.
    pub send_window: u64,
    /// Bounds on manifests.
    pub manifest_limits: Limits,
    /// What the device's battery, network, page and class forbid or lower.
    pub policy: PolicyConfig,
    /// What a seeder takes from its origin.
    #[cfg(feature = "seeder")]
    pub seeding: SeedingConfig,
}

impl Config {
    /// The defaults of a viewer.
    pub fn viewer(swarm: impl Into<String>) -> Self {
        Self {
            role: Role::Viewer,
            swarm: swarm.into(),
            trust: Trust::Quorum {
                audits: DEFAULT_AUDITS,
            },
            digest_validity: Validity::default(),
            min_target_peers: 8,
            max_target_peers: 16,
            signaling_at_max: SignalingAtMax::Stay,
            store_bytes: 400 << 20,
            prefetch_window: Duration::from_secs(60),
            upload_percent: 80,
            max_upload: None,
            #[cfg(feature = "upload-limits")]
            upload_limits: UploadLimits::default(),
            parallel_fetches: 4,
            rescue_guard: Duration::from_millis(250),
            peer_patience: Duration::from_secs(10),
            fetch_timeout: Duration::from_secs(10),
            send_window: 128 << 10,
            manifest_limits: Limits::default(),
            policy: PolicyConfig::default(),
            #[cfg(feature = "seeder")]
            seeding: SeedingConfig::default(),
        }
    }

    /// The defaults of a seeder that follows `manifest`.
    #[cfg(feature = "seeder")]
    pub fn seeder(swarm: impl Into<String>, manifest: impl Into<String>) -> Self {
        Self {
            role: Role::Seeder {
                manifest: manifest.into(),
            },
            min_target_peers: 0,
            max_target_peers: 256,
            store_bytes: 512 << 20,
            ..Self::viewer(swarm)
        }
    }

    /// What this engine may take of any device.
    pub(crate) fn device_limits(&self) -> DeviceLimits {
        DeviceLimits {
            max_target_peers: self.max_target_peers,
            store_bytes: self.store_bytes,
            upload_percent: self.upload_percent,
            max_upload: self.max_upload,
        }
    }

    /// Checks every field against its range.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        in_range(
            "swarm (length)",
            self.swarm.len() as u64,
            1..=128,
            "1 to 128 bytes",
        )?;
        in_range("max_target_peers", self.max_target_peers, 1..=1024, "1 to 1024")?;
        in_range(
            "min_target_peers",
            self.min_target_peers,
            0..=self.max_target_peers,
            "at most max_target_peers",
        )?;
        in_range(
            "store_bytes",
            self.store_bytes,
            MIN_STORE_BYTES..=1 << 44,
            "1 MiB or more",
        )?;
        in_range("upload_percent", self.upload_percent, 1..=100, "1 to 100")?;
        upload::in_bounds("max_upload", self.max_upload)?;
        #[cfg(feature = "upload-limits")]
        self.upload_limits.validate()?;
        in_range("parallel_fetches", self.parallel_fetches, 1..=16, "1 to 16")?;
        in_range(
            "send_window",
            self.send_window,
            32 << 10..=4 << 20,
            "32 KiB to 4 MiB",
        )?;
        millis("prefetch_window", self.prefetch_window, 0..=300_000, "0 to 300 s")?;
        millis("rescue_guard", self.rescue_guard, 100..=10_000, "100 ms to 10 s")?;
        millis(
            "peer_patience",
            self.peer_patience,
            100..=30_000,
            "100 ms to 30 s",
        )?;
        millis("fetch_timeout", self.fetch_timeout, 1_000..=60_000, "1 to 60 s")?;
        let Validity { live, film } = self.digest_validity;
        let (range, expected) = (60_000..=365 * 86_400_000, "1 min to 365 days");
        millis("digest_validity.live", live, range.clone(), expected)?;
        millis("digest_validity.film", film, range, expected)?;
        #[cfg(feature = "seeder")]
        self.seeding.validate()?;
        match &self.trust {
            Trust::Signed(keys) => in_range(
                "trust (keys)",
                keys.len() as u64,
                1..=MAX_KEYS as u64,
                "1 to 4 keys",
            )?,
            Trust::Quorum { audits } => in_range("trust.audits", *audits, 0..=1_000, "0 to 1000")?,
            Trust::Open => {}
        }
        self.policy.validate()
    }
}

fn in_range<T: PartialOrd + Copy + ToString>(
    field: &'static str,
    value: T,
    range: std::ops::RangeInclusive<T>,
    expected: &'static str,
) -> Result<(), ConfigError> {
    if *range.start() <= value && value <= *range.end() {
        return Ok(());
    }
    Err(ConfigError {
        field,
        value: value.to_string(),
        expected,
    })
}

fn millis(
    field: &'static str,
    value: Duration,
    range: std::ops::RangeInclusive<u64>,
    expected: &'static str,
) -> Result<(), ConfigError> {
    // Not in 128 bits: that code writes such numbers would be a kilobyte of each page's download.
    let value = u64::try_from(value.as_millis()).unwrap_or(u64::MAX);
    in_range(field, value, range, expected).map_err(|error| ConfigError {
        value: error.value + " ms",
        ..error
    })
}
