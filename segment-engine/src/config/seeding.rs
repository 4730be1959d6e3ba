//! What a seeder takes of its origin: which representations, and how much of a film before anybody asks for it.

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
    /// How much of a film is fetched before anybody asks for it. Default all of it. A live title is always followed at its
    /// edge.
    pub prewarm: Prewarm,
    /// How long it takes until each segment of a film that is held was looked at again at the origin, one after another;
    /// one that has changed is signed anew. `None` for never. Default 24 h; 1 s to 90 days. Each look is a request: one that
    /// is answered by a line where the origin sends `ETag` or `Last-Modified`, and by all of the segment where not.
    pub recheck: Option<Duration>,
    /// What holds back what is uploaded, beside `upload_limits`. Default [`Pacing::Links`].
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

/// What holds back what a seeder uploads, beside its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pacing {
    /// The part of the line that may be spent, as the links show what it carries: right where the line is narrower than they
    /// are, as viewers' are.
    Line,
    /// Each link's own window, and nothing else: right where the line is wider than they are, as a server's mostly is. What
    /// they bring tells nothing of such a line, and a link over a long path or one that loses is not to wait for others.
    Links,
}

/// Which representations a seeder follows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Renditions {
    /// All that the manifest has. Costs the origin the sum of their bandwidths.
    #[default]
    All,
    /// Those of these names: `@id` in DASH, the playlist's identity in HLS, or the bandwidth in bits per second as a
    /// decimal number. 1 to 256.
    Listed(Vec<String>),
    /// Those that peers hold, claim or ask for; each until 60 s after the last word of it. Viewers of a rung that was not
    /// followed begin at the origin. Any peer can have any of them followed: it is a saving, and no bound.
    Wanted,
}

/// How much of a film a seeder fetches unasked. The rest is fetched where peers play, and as they ask for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prewarm {
    /// All of it, once: so every segment is signed, and can be passed on among viewers. What does not fit into the store
    /// makes room, and is fetched again for whoever asks.
    #[default]
    All,
    /// Nothing but init segments.
    Nothing,
    /// So many hundredths of its length, from its start. 1 to 100.
    Percent(u8),
    /// So much of it, from its start. 1 s to 24 h.
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
