//! Base URLs, level by level (ISO/IEC 23009-1, 5.6): each is resolved against those above it, within a bound.

use std::rc::Rc;

use super::addressing::Places;
use super::mpd::Base;
use crate::error::ManifestError;
use crate::timeline::address::Address;
use crate::timeline::clock::Early;

/// The base URLs that are kept for one representation.
const MAX_BASES: usize = 8;

/// The base URLs at some level, with the sum of `availabilityTimeOffset` on the way to each.
#[derive(Clone)]
pub(super) struct Bases(Rc<[(Address, Early)]>);

impl Bases {
    /// The manifest's own URL, followed by those that it names for itself: some players resolve against them.
    pub(super) fn of(url: &Address, locations: &[String]) -> Self {
        let mut bases = vec![(url.clone(), Early::default())];
        for location in locations.iter().filter_map(|location| url.resolve(location)) {
            let folder = location.resolve(".");
            let is_same = |(known, _): &(Address, Early)| known.resolve(".") == folder;
            if bases.len() < MAX_BASES && !bases.iter().any(is_same) {
                bases.push((location, Early::default()));
            }
        }
        Self(bases.into())
    }

    /// Each base URL of a level resolved against each above it; those that are not http or https are dropped. The
    /// work is counted, whether or not any of it is kept.
    pub(super) fn within(&self, level: &[Base], places: &mut Places) -> Result<Self, ManifestError> {
        if level.is_empty() {
            return Ok(self.clone());
        }
        let mut resolved: Vec<(Address, Early)> = Vec::new();
        let above = |base| self.0.iter().map(move |above| (base, above));
        for (base, (above, early)) in level.iter().flat_map(above) {
            if resolved.len() == MAX_BASES {
                break;
            }
            let address = above.resolve(&base.reference);
            // A short result may come of long parts, by `..`.
            let read = above.path().len() + base.reference.len();
            places.weigh(address.as_ref().map_or(0, Address::weight).max(read))?;
            let is_new = |found: &Address| resolved.iter().all(|(known, _)| known != found);
            let address = address.filter(is_new);
            resolved.extend(address.map(|address| (address, early.plus(base.early))));
        }
        Ok(Self(resolved.into()))
    }

    /// The representation's addresses.
    pub(super) fn addresses(&self) -> Vec<Address> {
        self.0.iter().map(|(address, _)| address.clone()).collect()
    }

    /// How early segments are available at the base URL that is used: the first.
    pub(super) fn early(&self) -> Early {
        self.0.first().map(|(_, early)| *early).unwrap_or_default()
    }
}
