//! A track whose subsegments are in an index within its own file: they become known with the index's bytes.

use std::sync::Arc;

use super::address::Address;
use super::axis::Axis;
use super::media::Media;
use super::names::{Entry, Names};
use super::runs::Runs;
use super::sidx;
use crate::error::IndexError;
use crate::id::ByteRange;
use crate::time::MediaTime;

/// The first bytes of a WebM file's index (RFC 9559, 5.1.5), which would be taken for the size of a box.
const CUES: &[u8] = b"\x1c\x53\xbb\x6b";

/// Where an index is, and what its times mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Index {
    /// The file, at each base URL; at least one.
    pub(crate) addresses: Vec<Address>,
    /// The part of the file that is the index.
    pub(crate) range: ByteRange,
    /// The media time at the period's start, in ticks of `timescale`.
    pub(crate) origin: u64,
    /// Ticks per second; over zero.
    pub(crate) timescale: u64,
    /// The period's start.
    pub(crate) start: MediaTime,
}

impl Media {
    /// Reads the index's bytes.
    pub(super) fn add_index(&mut self, body: &[u8]) -> Result<(), IndexError> {
        let Some(index) = &self.index else {
            return Err(IndexError::NoIndex);
        };
        if body.starts_with(CUES) {
            return Err(IndexError::NoIndex);
        }
        let sidx = sidx::read(body, index.range.first)?;
        let origin = u128::from(index.origin) * u128::from(sidx.timescale) / u128::from(index.timescale);
        let whole = |range: ByteRange| Entry {
            reference: Some("".into()),
            range: Some(range),
        };
        self.names = Some(Names::List {
            bases: index.addresses.clone(),
            entries: sidx.ranges.into_iter().map(whole).collect(),
        });
        self.axis = Axis::Runs(Runs {
            timescale: sidx.timescale,
            origin: u64::try_from(origin).map_err(|_| IndexError::Malformed)?,
            start: index.start,
            runs: sidx.runs.finish(),
        });
        Ok(())
    }

    /// Whether the index is still to come.
    pub(super) fn lacks_index(&self) -> bool {
        self.index.is_some() && self.names.is_none()
    }

    /// Keeps what is known of the same index: a manifest that is read again does not hold it.
    pub(super) fn keep_index(&mut self, known: &Self) {
        let (Some(index), Some(before)) = (&self.index, &known.index) else {
            return;
        };
        let is_same = index.range == before.range
            && index.addresses.first().map(Address::path) == before.addresses.first().map(Address::path);
        let (Some(Names::List { entries, .. }), Axis::Runs(runs), true) =
            (&known.names, &known.axis, is_same)
        else {
            return;
        };
        let origin = u128::from(index.origin) * u128::from(runs.timescale) / u128::from(index.timescale);
        self.names = Some(Names::List {
            bases: index.addresses.clone(),
            entries: Arc::clone(entries),
        });
        self.axis = Axis::Runs(Runs {
            origin: u64::try_from(origin).unwrap_or(runs.origin),
            start: index.start,
            ..runs.clone()
        });
    }
}

#[cfg(test)]
mod tests;
