//! What the engine asks of an HTTP origin.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::id::{ByteRange, DemandId, FetchId};

/// One HTTP request (GET).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// Identifies the inputs that report on it.
    pub id: FetchId,
    /// An absolute http or https URL.
    pub url: String,
    /// The part that is wanted, for a `Range` header.
    pub range: Option<ByteRange>,
    /// The player's newest demand for what the request brings, if there is one: the player may have another URL for
    /// it, on another host or with a token, and a driver that knows that URL uses it.
    pub demand: Option<DemandId>,
    /// What the request is for.
    pub purpose: FetchPurpose,
    /// Whether the request is conditional.
    pub conditional: Conditional,
    /// How long the driver waits for the headers, and then between two chunks.
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

/// Whether a request carries validators: the `ETag` and `Last-Modified` of an earlier response (RFC 9110, section
/// 13.1). A driver may ignore it; the whole resource then comes each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conditional {
    /// Unconditional; the response's validators need not be kept.
    Never,
    /// Unconditional, but later requests will be conditional: keep this response's validators.
    #[cfg(feature = "seeder")]
    Later,
    /// Send the validators kept last; report a 304 by [`Input::FetchUnchanged`](crate::input::Input::FetchUnchanged).
    #[cfg(feature = "seeder")]
    Now,
}
