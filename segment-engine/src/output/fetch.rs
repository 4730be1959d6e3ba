//! What the engine asks of an HTTP origin.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{ByteRange, DemandId, FetchId};

/// One HTTP request (GET).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// Under which its progress is told.
    pub id: FetchId,
    /// An absolute http or https URL.
    pub url: String,
    /// The part that is wanted, for a `Range` header.
    pub range: Option<ByteRange>,
    /// The newest demand of the player's for what it brings, if there is one: the player may have another URL for the same, at
    /// another host or with a token, and a driver that knows it goes there.
    pub demand: Option<DemandId>,
    /// What for.
    pub purpose: FetchPurpose,
    /// Whether what has not changed need not come.
    pub conditional: Conditional,
    /// How long the driver waits for headers, and between two chunks.
    pub timeout: Duration,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FetchPurpose {
    /// A manifest that a seeder follows.
    Manifest,
    /// A segment.
    Segment,
}

/// Whether a request asks by validators, the `ETag` and `Last-Modified` of an earlier response (RFC 9110, section 13.1). A
/// driver may ignore it: then all comes each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conditional {
    /// No, and it is not foreseen that a later request for the same will.
    Never,
    /// No, but later requests will: the validators of this response are worth keeping.
    #[cfg(feature = "seeder")]
    Later,
    /// By those that were kept last. That it is as it was is told by
    /// [`Input::FetchUnchanged`](crate::input::Input::FetchUnchanged).
    #[cfg(feature = "seeder")]
    Now,
}
