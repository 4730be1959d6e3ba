//! Base URLs, level by level (ISO/IEC 23009-1, 5.6): each is resolved against those above it, within a bound.

use super::mpd::Base;
use crate::timeline::address::Address;
use crate::timeline::clock::Early;

/// The base URLs that are kept for one representation.
const MAX_BASES: usize = 8;

/// The base URLs at some level, with the sum of `availabilityTimeOffset` on the way to each.
#[derive(Clone)]
pub(super) struct Bases(Vec<(Address, Early)>);

impl Bases {
    /// The manifest's own URL.
    pub(super) fn of(url: &Address) -> Self {
        Self(vec![(url.clone(), Early::default())])
    }

    /// Each base URL of a level resolved against each above it; those that are not http or https are dropped.
    pub(super) fn within(&self, level: &[Base]) -> Self {
        if level.is_empty() {
            return self.clone();
        }
        let resolved = level.iter().flat_map(|base| {
            self.0.iter().filter_map(|(above, early)| {
                let address = above.resolve(&base.reference)?;
                Some((address, early.plus(base.early)))
            })
        });
        Self(resolved.take(MAX_BASES).collect())
    }

    /// Where the representation is.
    pub(super) fn addresses(&self) -> Vec<Address> {
        self.0.iter().map(|(address, _)| address.clone()).collect()
    }

    /// How early segments are there at the base URL that is used, which is the first.
    pub(super) fn early(&self) -> Early {
        self.0.first().map(|(_, early)| *early).unwrap_or_default()
    }
}
