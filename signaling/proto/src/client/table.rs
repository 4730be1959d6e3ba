//! Links by their peers' ids, as a sorted list: in the page's wasm a tenth of a B-tree's code, and there are a thousand at
//! most.

use super::link::Link;

#[derive(Debug, Default)]
pub(super) struct Table(Vec<(String, Link)>);

impl Table {
    fn find(&self, peer: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_str().cmp(peer))
    }

    pub(super) fn get(&self, peer: &str) -> Option<&Link> {
        self.find(peer).ok().map(|place| &self.0[place].1)
    }

    pub(super) fn get_mut(&mut self, peer: &str) -> Option<&mut Link> {
        self.find(peer).ok().map(|place| &mut self.0[place].1)
    }

    /// Puts a link in the place of what was there under that name.
    pub(super) fn insert(&mut self, peer: String, link: Link) {
        match self.find(&peer) {
            Ok(place) => self.0[place].1 = link,
            Err(place) => self.0.insert(place, (peer, link)),
        }
    }

    pub(super) fn remove(&mut self, peer: &str) -> Option<Link> {
        self.find(peer).ok().map(|place| self.0.remove(place).1)
    }

    /// Takes all links out.
    pub(super) fn take(&mut self) -> Vec<(String, Link)> {
        std::mem::take(&mut self.0)
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Link)> {
        self.0.iter().map(|(peer, link)| (peer, link))
    }
}
