//! The manifests that a seeder follows: one MPD, or a multivariant playlist with its media playlists.

use std::time::Duration;

use super::back_off;
use crate::id::FetchId;
use crate::manifest::PlaylistRef;

/// The most playlists of one title that are followed.
const MAX_PLAYLISTS: usize = 256;

/// How often a live manifest that says nothing is read: half of a usual segment.
const REFRESH: Duration = Duration::from_secs(2);

/// However often a manifest asks to be read, it is not read more often.
const MIN_REFRESH: Duration = Duration::from_millis(500);

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(10);

/// The manifests of one title, numbered in the order they were found: 0 is the one given.
#[derive(Debug)]
pub(crate) struct Follow {
    manifests: Vec<Followed>,
}

#[derive(Debug)]
struct Followed {
    url: String,
    playlist: Option<PlaylistRef>,
    fetch: Option<FetchId>,
    body: Vec<u8>,
    response_url: Option<String>,
    failures: u32,
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
    pub(crate) fn new(url: &str) -> Self {
        Self {
            manifests: vec![Followed::new(url, None)],
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

    /// Notes that a manifest was read, and returns when to read it again; `refresh` is what it says itself.
    pub(crate) fn on_read(&mut self, index: usize, refresh: Option<Duration>) -> Duration {
        if let Some(manifest) = self.manifests.get_mut(index) {
            manifest.failures = 0;
        }
        refresh.unwrap_or(REFRESH).max(MIN_REFRESH)
    }

    /// Notes that a manifest did not come or could not be read, and returns when to try again.
    pub(crate) fn on_failed(&mut self, index: usize) -> Duration {
        let Some(manifest) = self.manifests.get_mut(index) else {
            return LAST_RETRY;
        };
        manifest.fetch = None;
        manifest.failures = manifest.failures.saturating_add(1);
        back_off(manifest.failures, FIRST_RETRY, LAST_RETRY)
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
        }
    }
}
