//! The manifests that a seeder follows: one MPD, or a multivariant playlist with its media playlists; and when each is read
//! again.
//!
//! A live manifest that lists its segments is read as the next one is expected, and then every quarter of a second until it
//! is in it: a seeder is one, beside the origin, and asks by validators, so that what has not changed costs a line. Where
//! segments go by the clock they are fetched without it.

use std::time::Duration;

use super::back_off;
use crate::id::FetchId;
use crate::manifest::PlaylistRef;
use crate::rng::Rng;
use crate::time::Timestamp;
use crate::timeline::listed::Listed;

/// The most playlists of one title that are followed.
const MAX_PLAYLISTS: usize = 256;

/// How often a live manifest that says nothing is read: half of a usual segment.
const REFRESH: Duration = Duration::from_secs(2);

/// However often a manifest asks to be read, it is not read more often without a reason.
const MIN_REFRESH: Duration = Duration::from_millis(500);

/// So long before the next segment is expected a list is read: a segment that was seen late lets the next be expected late,
/// and nothing else would make up for it.
const EARLY: Duration = Duration::from_millis(100);

/// How often a list is read while its next segment is due; up to a quarter later, so that seeders do not ask together.
/// With the time of a request this sees a segment within 300 ms.
const STEP: Duration = Duration::from_millis(200);

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(10);

/// The manifests of one title, numbered in the order they were found: 0 is the one given.
#[derive(Debug)]
pub(crate) struct Follow {
    manifests: Vec<Followed>,
    rng: Rng,
}

#[derive(Debug)]
struct Followed {
    url: String,
    playlist: Option<PlaylistRef>,
    fetch: Option<FetchId>,
    body: Vec<u8>,
    response_url: Option<String>,
    failures: u32,
    /// What it said when it came last; `None` for one that will not change.
    said: Option<Said>,
}

/// What a live manifest says about its future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// How soon it should be read again, by its own word.
    pub(crate) refresh: Option<Duration>,
    /// How far its lists go, where it has any; and when the next segment is expected in them.
    pub(crate) listed: Option<(Listed, Timestamp)>,
}

/// A manifest that came.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// Its bytes.
    pub(crate) body: Vec<u8>,
    /// Where it came from, after redirects.
    pub(crate) url: String,
    /// Through which reference it was found.
    pub(crate) playlist: Option<PlaylistRef>,
}

impl Follow {
    /// Follows one manifest.
    pub(crate) fn new(url: &str, rng: Rng) -> Self {
        Self {
            manifests: vec![Followed::new(url, None)],
            rng,
        }
    }

    /// Adds the playlists of a multivariant one, and returns the numbers of those that are new.
    pub(crate) fn add(&mut self, playlists: Vec<PlaylistRef>) -> Vec<usize> {
        let mut added = Vec::new();
        for playlist in playlists {
            let known = self.manifests.iter().any(|manifest| manifest.url == playlist.url);
            if known || self.manifests.len() > MAX_PLAYLISTS {
                continue;
            }
            added.push(self.manifests.len());
            let url = playlist.url.clone();
            self.manifests.push(Followed::new(&url, Some(playlist)));
        }
        added
    }

    /// Notes that a manifest is being fetched, and returns its URL; `None` if it is already.
    pub(crate) fn on_fetch(&mut self, index: usize, fetch: FetchId) -> Option<String> {
        let manifest = self.manifests.get_mut(index)?;
        if manifest.fetch.is_some() {
            return None;
        }
        manifest.fetch = Some(fetch);
        manifest.body.clear();
        manifest.response_url = None;
        Some(manifest.url.clone())
    }

    /// Which manifest a fetch is for.
    pub(crate) fn index(&self, fetch: FetchId) -> Option<usize> {
        self.manifests
            .iter()
            .position(|manifest| manifest.fetch == Some(fetch))
    }

    /// Notes where a manifest's response comes from.
    pub(crate) fn on_started(&mut self, index: usize, url: Option<String>) {
        if let Some(manifest) = self.manifests.get_mut(index) {
            manifest.response_url = url;
        }
    }

    /// Adds to a manifest's body; false when it is larger than `limit`.
    pub(crate) fn on_chunk(&mut self, index: usize, chunk: &[u8], limit: usize) -> bool {
        let Some(manifest) = self.manifests.get_mut(index) else {
            return true;
        };
        manifest.body.extend_from_slice(chunk);
        manifest.body.len() <= limit
    }

    /// Takes a manifest whose response is complete.
    pub(crate) fn on_finished(&mut self, index: usize) -> Option<Fetched> {
        let manifest = self.manifests.get_mut(index)?;
        manifest.fetch = None;
        let body = std::mem::take(&mut manifest.body);
        let url = manifest
            .response_url
            .take()
            .unwrap_or_else(|| manifest.url.clone());
        Some(Fetched {
            body,
            url,
            playlist: manifest.playlist.clone(),
        })
    }

    /// Notes that a live manifest was read, and returns in how long to read it again. `refresh` is what it asks for itself,
    /// `listed` how far its lists go.
    pub(crate) fn on_read(
        &mut self,
        index: usize,
        now: Timestamp,
        refresh: Option<Duration>,
        listed: Option<Listed>,
    ) -> Duration {
        let Some(manifest) = self.manifests.get_mut(index) else {
            return REFRESH;
        };
        manifest.failures = 0;
        let before = manifest.said.and_then(|said| said.listed);
        let listed = listed.map(|listed| match before {
            Some((known, due)) if known.mark == listed.mark => (listed, due),
            Some(_) => (listed, now + listed.pace.saturating_sub(EARLY)),
            // When its last segment came is not known: the next may come at any time.
            None => (listed, now),
        });
        manifest.said = Some(Said { refresh, listed });
        self.next(index, now)
    }

    /// Notes that a manifest is as it was, and returns in how long to read it again; `None` where it does not change any
    /// more.
    pub(crate) fn on_unchanged(&mut self, index: usize, now: Timestamp) -> Option<Duration> {
        let manifest = self.manifests.get_mut(index)?;
        manifest.fetch = None;
        manifest.failures = 0;
        manifest.said?;
        Some(self.next(index, now))
    }

    /// Notes that a manifest says of itself that it is complete.
    pub(crate) fn on_complete(&mut self, index: usize) {
        if let Some(manifest) = self.manifests.get_mut(index) {
            manifest.failures = 0;
            manifest.said = None;
        }
    }

    fn next(&mut self, index: usize, now: Timestamp) -> Duration {
        let said = self.manifests.get(index).and_then(|manifest| manifest.said);
        let refresh = said.and_then(|said| said.refresh).unwrap_or(REFRESH);
        let wait = match said.and_then(|said| said.listed) {
            Some((_, due)) if now < due => due.since(now),
            // A list that has not grown for twice as long as it should have is not about to.
            Some((listed, due)) if now < due + listed.pace.max(STEP) => STEP,
            Some((listed, _)) => (listed.pace / 2).clamp(MIN_REFRESH, LAST_RETRY),
            None => refresh.max(MIN_REFRESH),
        };
        wait + self.rng.up_to((wait / 8).min(STEP / 4))
    }

    /// Notes that a manifest did not come or could not be read, and returns when to try again.
    pub(crate) fn on_failed(&mut self, index: usize) -> Duration {
        let Some(manifest) = self.manifests.get_mut(index) else {
            return LAST_RETRY;
        };
        manifest.fetch = None;
        manifest.failures = manifest.failures.saturating_add(1);
        let pause = back_off(manifest.failures, FIRST_RETRY, LAST_RETRY);
        pause + self.rng.up_to(pause / 4)
    }
}

impl Followed {
    fn new(url: &str, playlist: Option<PlaylistRef>) -> Self {
        Self {
            url: url.to_owned(),
            playlist,
            fetch: None,
            body: Vec::new(),
            response_url: None,
            failures: 0,
            said: None,
        }
    }
}

#[cfg(test)]
mod tests;
