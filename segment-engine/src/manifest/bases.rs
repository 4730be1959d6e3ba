//! Base URLs, level by level (ISO/IEC 23009-1, 5.6): each is resolved against those above it, within a bound.

use super::mpd::Base;
use crate::timeline::address::Address;
use crate::timeline::clock::Early;

/// The base URLs that are kept for one representation.
const MAX_BASES: usize = 8;

/// The base URLs at some level.
pub(super) struct Bases {
    pub(super) addresses: Vec<Address>,
    /// The `availabilityTimeOffset` of the level closest to the representation.
    pub(super) early: Option<Early>,
}

impl Bases {
    /// The manifest's own URL.
    pub(super) fn of(url: &Address) -> Self {
        Self {
            addresses: vec![url.clone()],
            early: None,
        }
    }

    /// Each base URL of a level resolved against each above it; those that are not http or https are dropped.
    pub(super) fn within(&self, level: &[Base]) -> Self {
        if level.is_empty() {
            return Self {
                addresses: self.addresses.clone(),
                early: self.early,
            };
        }
        let resolved = level.iter().flat_map(|base| {
            self.addresses
                .iter()
                .filter_map(|above| above.resolve(&base.reference))
        });
        let early = level.iter().find_map(|base| base.early);
        Self {
            addresses: resolved.take(MAX_BASES).collect(),
            early: early.or(self.early),
        }
    }
}
