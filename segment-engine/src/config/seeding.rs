//! What a seeder takes from its origin: which representations, and how much of a film before anybody asks for it.

use std::time::Duration;

use super::{in_range, millis};
use crate::error::ConfigError;

/// The most representations that can be listed by name.
const MAX_LISTED: usize = 256;

/// What a seeder fetches, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedingConfig {
    /// Which representations are followed. Default all: a viewer finds every rung here at once.
    pub renditions: Renditions,
    /// How much of a film is fetched before anybody asks for it. Default all of it. A live title is always followed
    /// at its edge.
    pub prewarm: Prewarm,
    /// The time in which every held segment of a film is rechecked at the origin once, one after another; a segment
    /// that has changed is signed again. `None` for never. Default 24 h; 1 s to 90 days. Each recheck is a request: a
    /// 304 if the origin sends `ETag` or `Last-Modified`, otherwise the whole segment.
    pub recheck: Option<Duration>,
    /// What limits the upload rate, beside `upload_limits`. Default [`Pacing::Links`].
    pub pacing: Pacing,
}

impl Default for SeedingConfig {
    fn default() -> Self {
        Self {
            renditions: Renditions::default(),
            prewarm: Prewarm::default(),
            recheck: Some(Duration::from_secs(24 * 3_600)),
            pacing: Pacing::Links,
        }
    }
}

/// What limits a seeder's upload rate, beside its configured limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// The configured share of the line, as measured over the links: right if the line is narrower than all links
    /// together, as viewers' are.
    Line,
    /// Each link's own window, and nothing else: right if the line is wider than all links together, as a server's
    /// mostly is. What the links carry says nothing of such a line's rate, and one link over a long or lossy path
    /// must not wait for the others.
    Links,
}

/// Which representations a seeder follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Renditions {
    /// All that the manifest has. Costs the origin the sum of their bandwidths.
    #[default]
    All,
    /// The listed names: `@id` in DASH, the playlist's identity in HLS, or the bandwidth in bits per second as a
    /// decimal number. 1 to 256.
    Listed(Vec<String>),
    /// Those that peers hold, claim or ask for; each until 60 s after it was last mentioned. Viewers of a rung that
    /// was not followed start at the origin. Any peer can have any representation followed: this saves traffic, and
    /// bounds nothing.
    Wanted,
}

/// How much of a film a seeder fetches unasked. The rest is fetched where peers play, and as they ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prewarm {
    /// All of it, once: every segment is then signed, and viewers can pass it on. If the store is too small, older
    /// segments make room, and are fetched again on request.
    #[default]
    All,
    /// Only init segments.
    Nothing,
    /// This percentage of its duration, from its start. 1 to 100.
    Percent(u8),
    /// This much media, from its start. 1 s to 24 h.
    FirstOf(Duration),
}

impl SeedingConfig {
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if let Renditions::Listed(names) = &self.renditions {
            let expected = "1 to 256 names";
            in_range("seeding.renditions", names.len(), 1..=MAX_LISTED, expected)?;
        }
        if let Some(round) = self.recheck {
            let expected = "1 s to 90 days";
            millis("seeding.recheck", round, 1_000..=90 * 86_400_000, expected)?;
        }
        match self.prewarm {
            Prewarm::All | Prewarm::Nothing => Ok(()),
            Prewarm::Percent(percent) => in_range("seeding.prewarm", percent, 1..=100, "1 to 100 percent"),
            Prewarm::FirstOf(first) => millis("seeding.prewarm", first, 1_000..=86_400_000, "1 s to 24 h"),
        }
    }
}
