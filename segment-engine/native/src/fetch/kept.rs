//! The latest copies of manifests, for players while the origin fails.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use reqwest::header::HeaderValue;
use tokio::time::Instant;
use url::Url;

/// How many are kept.
const MOST: usize = 64;
/// How many bytes they have together: that of a few of the largest, and of very many as they mostly are.
const MOST_BYTES: usize = 32 << 20;

/// How many manifests' redirects are remembered.
const MOST_REDIRECTED: usize = 256;

/// A manifest as the origin gave it last.
#[derive(Debug, Clone)]
pub struct KeptManifest {
    /// The whole text, without credentials.
    pub body: Bytes,
    /// The origin's `Content-Type`.
    pub kind: Option<HeaderValue>,
    /// When it came, or was found unchanged.
    pub came: Instant,
}

/// The manifests that are kept, by their URLs.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    manifests: Mutex<BTreeMap<String, KeptManifest>>,
    /// The final URL of each manifest that was redirected: the URLs in it are relative to that. An entry outlasts the
    /// manifest's copy, which does not come again while the origin says that it is unchanged.
    redirected: Mutex<BTreeMap<String, String>>,
}

impl Kept {
    /// A manifest came, from `came_from` after redirects. Those that came longest ago make room for it.
    pub(super) fn put(&self, url: &str, came_from: &str, body: Bytes, kind: Option<HeaderValue>) {
        let url = normal(url);
        self.redirect(&url, came_from);
        let mut kept = self.lock();
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
        kept.insert(url, KeptManifest { body, kind, came });
    }

    /// Notes where a manifest came from. When there are too many, those that were noted first stay: the stream's own
    /// comes first.
    fn redirect(&self, url: &str, came_from: &str) {
        let mut redirected = self.redirected.lock().unwrap_or_else(PoisonError::into_inner);
        if url == came_from {
            redirected.remove(url);
        } else if redirected.len() < MOST_REDIRECTED || redirected.contains_key(url) {
            redirected.insert(url.to_owned(), came_from.to_owned());
        }
    }

    /// The manifest is as it was.
    pub(super) fn on_unchanged(&self, url: &str) {
        let mut kept = self.lock();
        if let Some(kept) = kept.get_mut(&normal(url)) {
            kept.came = Instant::now();
        }
    }

    /// The origin does not give it any more.
    pub(crate) fn forget(&self, url: &str) {
        let mut kept = self.lock();
        kept.remove(&normal(url));
    }

    /// The latest copy from a URL.
    pub(crate) fn get(&self, url: &str) -> Option<KeptManifest> {
        let kept = self.lock();
        kept.get(&normal(url)).cloned()
    }

    /// The final URL of a manifest as it came last; `None` if its URL does not redirect.
    pub(crate) fn redirected(&self, url: &str) -> Option<String> {
        let redirected = self.redirected.lock().unwrap_or_else(PoisonError::into_inner);
        redirected.get(&normal(url)).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, KeptManifest>> {
        self.manifests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The normal form of a URL.
fn normal(url: &str) -> String {
    Url::parse(url).map_or_else(|_| url.to_owned(), Into::into)
}

#[cfg(test)]
mod tests;
