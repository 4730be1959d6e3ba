//! Segments on their way: what has come of each, who holds which of its pieces, and the HTTP requests for it.

mod cutter;
mod download;
mod response;

pub(crate) use cutter::Truncated;
pub(crate) use download::{Added, Download};
pub(crate) use response::{Cause, Response, Span};

use std::time::Duration;

use crate::id::{FetchId, SegmentKey};
use crate::time::Timestamp;
use crate::vecmap::VecMap;
use crate::wire::MAX_SEGMENT;

/// The most segments that are on their way at once; the player's window ahead, in all its tracks.
pub(crate) const MAX_DOWNLOADS: usize = 96;

/// The downloads and the HTTP requests that run for them.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    downloads: VecMap<SegmentKey, Download>,
    responses: VecMap<FetchId, Response>,
    /// The downloads in the order of their deadlines; `None` once that may have changed.
    order: Option<Vec<SegmentKey>>,
}

impl Transfers {
    /// Starts a download, replacing one of the same segment.
    pub(crate) fn start(&mut self, download: Download) {
        self.order = None;
        self.downloads.insert(download.key(), download);
    }

    /// A segment's download.
    pub(crate) fn get(&self, key: &SegmentKey) -> Option<&Download> {
        self.downloads.get(key)
    }

    /// A segment's download, where its pieces may be passed on.
    pub(crate) fn relayable(&self, key: &SegmentKey) -> Option<&Download> {
        self.get(key).filter(|download| download.is_relayable())
    }

    /// A segment's download, mutably.
    pub(crate) fn get_mut(&mut self, key: &SegmentKey) -> Option<&mut Download> {
        self.downloads.get_mut(key)
    }

    /// Whether a segment is on its way.
    pub(crate) fn contains(&self, key: &SegmentKey) -> bool {
        self.downloads.contains_key(key)
    }

    /// Ends a download, and returns it.
    pub(crate) fn end(&mut self, key: &SegmentKey) -> Option<Download> {
        self.order = None;
        self.downloads.remove(key)
    }

    /// All downloads.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Download> {
        self.downloads.values()
    }

    /// All downloads, mutably; their deadlines must not be changed.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Download> {
        self.downloads.iter_mut().map(|(_, download)| download)
    }

    /// How many segments are on their way.
    pub(crate) fn len(&self) -> usize {
        self.downloads.len()
    }

    /// Notes that deadlines have changed.
    pub(crate) fn on_deadlines(&mut self) {
        self.order = None;
    }

    /// The segments on their way, the most urgent first.
    pub(crate) fn by_deadline(&mut self) -> Vec<SegmentKey> {
        if let Some(order) = &self.order {
            return order.clone();
        }
        let mut order: Vec<_> = self.downloads.keys().copied().collect();
        order.sort_by_key(|key| (self.downloads.get(key).map(Download::deadline), *key));
        self.order = Some(order.clone());
        order
    }

    /// Notes an HTTP request that was made.
    pub(crate) fn on_fetch(&mut self, fetch: FetchId, response: Response) {
        self.responses.insert(fetch, response);
    }

    /// An HTTP request's response.
    pub(crate) fn response_mut(&mut self, fetch: FetchId) -> Option<&mut Response> {
        self.responses.get_mut(&fetch)
    }

    /// Ends an HTTP request, and returns its response so far.
    pub(crate) fn end_fetch(&mut self, fetch: FetchId) -> Option<Response> {
        self.responses.remove(&fetch)
    }

    /// The HTTP requests for a segment.
    pub(crate) fn fetches_of(&self, key: &SegmentKey) -> Vec<FetchId> {
        let of = self.responses.iter().filter(|(_, response)| response.key == *key);
        of.map(|(fetch, _)| *fetch).collect()
    }

    /// Whether a seeder fetches a segment for itself.
    #[cfg(feature = "shelf")]
    pub(crate) fn is_seeded(&self, key: &SegmentKey) -> bool {
        let mut responses = self.responses.values();
        responses.any(|response| response.key == *key && response.cause == Cause::Seed)
    }

    /// A segment's size, by its origin's word or by the manifest's.
    pub(crate) fn size_at_origin(&self, key: &SegmentKey) -> Option<u64> {
        let mut of = self.responses.values().filter(|response| response.key == *key);
        let said = key
            .range
            .map(|range| range.len())
            .or_else(|| of.find_map(|response| response.size));
        said.filter(|size| (1..=MAX_SEGMENT).contains(size))
    }

    /// The responses that are on their way.
    pub(crate) fn responses(&self) -> impl Iterator<Item = &Response> {
        self.responses.values()
    }

    /// Marks the responses that have been silent for `patience`; returns when the next one may have been.
    pub(crate) fn heed_silence(&mut self, now: Timestamp, patience: Duration) -> Option<Timestamp> {
        let mut next: Option<Timestamp> = None;
        for response in self.responses.values() {
            let due = response.heard_at + patience;
            if due > now {
                next = Some(next.map_or(due, |next| next.min(due)));
            } else if response.cause != Cause::Audit
                && let Some(download) = self.downloads.get_mut(&response.key)
            {
                download.fetching.on_silence(response.span);
            }
        }
        next
    }

    /// Notes that some of a response came.
    pub(crate) fn on_sound(&mut self, fetch: FetchId, now: Timestamp) {
        if let Some(response) = self.responses.get_mut(&fetch) {
            response.heard_at = now;
            if let Some(download) = self.downloads.get_mut(&response.key) {
                download.fetching.on_sound();
            }
        }
    }

    /// How many HTTP requests run.
    #[cfg_attr(
        not(feature = "seeder"),
        expect(dead_code, reason = "only a seeder counts them")
    )]
    pub(crate) fn fetches(&self) -> usize {
        self.responses.len()
    }
}

#[cfg(test)]
mod tests;
