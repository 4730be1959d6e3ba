//! What a manifest names and no track has: shown to people, not used by the engine.

/// A representation that is in no track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its `@id`, or its place in its adaptation set; for a whole period the period's id.
    pub representation: String,
    /// Why.
    pub reason: Omission,
}

/// Why a representation is in no track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omission {
    /// It has no http or https URL.
    Address,
    /// Its template has an identifier that this reader does not know, such as `$SubNumber$`.
    Identifier,
    /// It has several segments, and the manifest does not give their lengths, or none that yield times.
    Untimed,
    /// One of its byte ranges has no end, as `200-`.
    OpenRange,
    /// The start of its period is not known yet.
    Unplaced,
    /// Another representation has the same key.
    Duplicate,
}
