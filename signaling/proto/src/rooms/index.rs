//! The members of one swarm that take more pairings, by what they have in common: so that those near a member are drawn
//! without a look at the others.

use std::collections::BTreeMap;

use super::ConnId;
use super::locale::{Common, Locale};

#[derive(Debug, Default)]
pub(super) struct Index {
    /// Lists by what is in common, without empty ones.
    lists: BTreeMap<Common, Vec<ConnId>>,
    /// A member's index in each of its lists.
    places: BTreeMap<(ConnId, Common), usize>,
    /// The first member of each prefix's list, in no particular order.
    firsts: Vec<ConnId>,
    /// The prefixes of these, in the same order.
    prefixes: Vec<Common>,
    /// A prefix's index in these two.
    first_places: BTreeMap<Common, usize>,
}

impl Index {
    /// Lists a member by all that it may have in common with others.
    pub(super) fn insert(&mut self, conn: ConnId, locale: &Locale) {
        for common in locale.commons() {
            let list = self.lists.entry(common).or_default();
            list.push(conn);
            self.places.insert((conn, common), list.len() - 1);
            if list.len() == 1 && matches!(common, Common::Prefix(_)) {
                self.first_places.insert(common, self.firsts.len());
                self.firsts.push(conn);
                self.prefixes.push(common);
            }
        }
    }

    /// Takes a member off its lists.
    pub(super) fn remove(&mut self, conn: ConnId, locale: &Locale) {
        for common in locale.commons() {
            let Some(place) = self.places.remove(&(conn, common)) else {
                continue;
            };
            let Some(list) = self.lists.get_mut(&common) else {
                continue;
            };
            list.swap_remove(place);
            if let Some(moved) = list.get(place) {
                self.places.insert((*moved, common), place);
            }
            let first = list.first().copied();
            if first.is_none() {
                self.lists.remove(&common);
            }
            if place == 0 {
                self.change_first(common, first);
            }
        }
    }

    /// The members that have something in common, in no particular order.
    pub(super) fn list(&self, common: Common) -> &[ConnId] {
        self.lists.get(&common).map_or(&[], Vec::as_slice)
    }

    /// One member of each prefix, in no particular order.
    pub(super) fn one_of_each_prefix(&self) -> &[ConnId] {
        &self.firsts
    }

    fn change_first(&mut self, common: Common, first: Option<ConnId>) {
        let Some(place) = self.first_places.get(&common).copied() else {
            return;
        };
        if let Some(first) = first {
            self.firsts[place] = first;
            return;
        }
        self.first_places.remove(&common);
        self.firsts.swap_remove(place);
        self.prefixes.swap_remove(place);
        if let Some(moved) = self.prefixes.get(place) {
            self.first_places.insert(*moved, place);
        }
    }
}

#[cfg(test)]
mod tests;
