//! What a manifest names and no track has: told to people, of no use to the engine.

/// A representation that is in no track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its `@id`, or its place in its adaptation set; of a whole period the period's id.
    pub representation: String,
    /// Why.
    pub reason: Omission,
}

/// Why a representation is in no track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omission {
    /// No URL of it is http or https.
    Address,
    /// Its template has an identifier that is not known here, such as `$SubNumber$`.
    Identifier,
    /// It has several segments and the manifest does not say how long they are, or says what no times can be made of.
    Untimed,
    /// A byte range of it has no end, as `200-`.
    OpenRange,
    /// The start of its period is not known yet.
    Unplaced,
    /// Another of its period has the same name.
    Duplicate,
}
