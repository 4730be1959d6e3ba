//! Manifests as they came last, for who is served them while the origin fails.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use reqwest::header::HeaderValue;
use tokio::time::Instant;
use url::Url;

/// How many are kept.
const MOST: usize = 64;
/// How many bytes they have together: that of a few of the largest, and of very many as they mostly are.
const MOST_BYTES: usize = 32 << 20;

/// A manifest as the origin gave it last.
#[derive(Debug, Clone)]
pub struct KeptManifest {
    /// All of it, as anybody may see it.
    pub body: Bytes,
    /// Where it came from, after redirects: what it names lies beside that.
    pub url: String,
    /// What the origin called it.
    pub kind: Option<HeaderValue>,
    /// When it came, or was found unchanged.
    pub came: Instant,
}

/// The manifests that are kept, by their URLs.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<BTreeMap<String, KeptManifest>>);

impl Kept {
    /// A manifest came, from `came_from` after redirects. Those that came longest ago make room for it.
    pub(super) fn put(&self, url: &str, came_from: &str, body: Bytes, kind: Option<HeaderValue>) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let url = normal(url);
        kept.remove(&url);
        while kept.len() >= MOST
            || kept.values().map(|kept| kept.body.len()).sum::<usize>() + body.len() > MOST_BYTES
        {
            let oldest = kept.iter().min_by_key(|(_, kept)| kept.came);
            let Some(oldest) = oldest.map(|(url, _)| url.clone()) else {
                return;
            };
            kept.remove(&oldest);
        }
        let came = Instant::now();
        let manifest = KeptManifest {
            body,
            url: came_from.to_owned(),
            kind,
            came,
        };
        kept.insert(url, manifest);
    }

    /// The manifest is as it was.
    pub(super) fn on_unchanged(&self, url: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = kept.get_mut(&normal(url)) {
            kept.came = Instant::now();
        }
    }

    /// The origin does not give it any more.
    pub(crate) fn forget(&self, url: &str) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.remove(&normal(url));
    }

    /// What came last from a URL.
    pub(crate) fn get(&self, url: &str) -> Option<KeptManifest> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&normal(url)).cloned()
    }
}

/// A URL as all write it who mean the same.
fn normal(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), Into::into)
}

#[cfg(test)]
mod tests;
