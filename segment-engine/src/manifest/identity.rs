//! What identifies a representation: the text behind each [`TrackKey`]. A part of the wire's contract.
//!
//! A key is the first 8 bytes of SHA-224 over fields, each as a 4-byte big-endian length and its bytes:
//!
//! | field | DASH                                                        | HLS                         |
//! |-------|-------------------------------------------------------------|-----------------------------|
//! | 1     | `dash`                                                      | `hls`                       |
//! | 2     | `id`, `index` or `start`                                    | the identity of the         |
//! | 3     | `Period@id`, its index, or its start in microseconds        | playlist; empty for a media |
//! | 4     | content type, or empty                                      | playlist that stands alone  |
//! | 5     | `AdaptationSet@id`, its index in the period, or empty       |                             |
//! | 6     | `Representation@id`, or its index in the adaptation set     |                             |
//! | 7     | how many with the same fields stand before it, if any do    |                             |
//!
//! For a file that a list names, the fields are `file`, its reference and the hex digits of its root; for one known
//! only by its digest, they are `sha224` and the hex digits of that.
//!
//! A period goes by its id if no other has the same; else by its index in a static MPD, or by its start in a dynamic
//! one, whose periods come and go. Fields 4 and 5 are empty if the representation's id is unique in its period, as
//! the standard demands. Numbers are decimal text.

use sha2::{Digest as _, Sha224};

use crate::id::TrackKey;
#[cfg(feature = "resources")]
use crate::piece::Digest;

/// What tells a period from the others.
#[cfg(feature = "dash")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PeriodName {
    /// Its id.
    Id(String),
    /// Its place, from 0.
    Index(usize),
    /// Its start on the presentation's timeline, in microseconds.
    Start(i64),
}

/// What tells a representation from the others of its period.
#[cfg(feature = "dash")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RepresentationName<'a> {
    /// Content type, and id or index, of its adaptation set; only if the id alone is not unique.
    pub(super) set: Option<(&'a str, &'a str)>,
    /// Its id, or its index.
    pub(super) id: &'a str,
    /// How many with the same name stand before it.
    pub(super) before: usize,
}

/// The key of a representation of DASH.
#[cfg(feature = "dash")]
pub(super) fn dash_key(period: &PeriodName, representation: &RepresentationName<'_>) -> TrackKey {
    let (kind, period) = match period {
        PeriodName::Id(id) => ("id", id.clone()),
        PeriodName::Index(index) => ("index", index.to_string()),
        PeriodName::Start(micros) => ("start", micros.to_string()),
    };
    let (content, set) = representation.set.unwrap_or_default();
    let before = (representation.before > 0).then(|| representation.before.to_string());
    let mut fields = vec!["dash", kind, &period, content, set, representation.id];
    fields.extend(before.as_deref());
    key(&fields)
}

/// The key of a media playlist of HLS; its identity is empty where it stands alone.
#[cfg(any(feature = "hls", feature = "seeder"))]
pub(super) fn hls_key(identity: &str) -> TrackKey {
    key(&["hls", identity])
}

/// The key of a file that a list names.
#[cfg(feature = "resources")]
pub(super) fn file_key(reference: &str, root: &Digest) -> TrackKey {
    key(&["file", reference, &super::files::hex(&root.0)])
}

/// The key of a file that is known by the SHA-224 of its bytes, whatever its URL.
#[cfg(feature = "resources")]
pub(super) fn digest_key(sha224: &Digest) -> TrackKey {
    key(&["sha224", &super::files::hex(&sha224.0)])
}

fn key(fields: &[&str]) -> TrackKey {
    let mut hash = Sha224::new();
    for field in fields {
        let length = u32::try_from(field.len()).unwrap_or(u32::MAX);
        hash.update(length.to_be_bytes());
        hash.update(field.as_bytes());
    }
    let digest = hash.finalize();
    let mut key = [0; 8];
    key.copy_from_slice(&digest[..8]);
    TrackKey(key)
}

#[cfg(test)]
mod tests;
