//! The manifests that a seeder follows: one MPD, or a multivariant playlist with its media playlists; and when each
//! is read again.
//!
//! A live manifest that lists its segments is read when the next one is expected, and then every quarter of a second
//! until it is listed: a seeder is a single client near the origin, and its requests are conditional, so that an
//! unchanged manifest costs a line. If segments go by the clock they are fetched without it. A multivariant playlist
//! is read again every minute while any playlist that it names is live, was live, or does not come, and within 5 s
//! after one is refused: packagers rename them when they start over.

use std::time::Duration;

use super::back_off;
use crate::id::FetchId;
use crate::manifest::PlaylistRef;
use crate::output::Conditional;
use crate::rng::Rng;
use crate::time::Timestamp;
use crate::timeline::listed::Listed;

/// The most playlists of one title that are followed.
const MAX_PLAYLISTS: usize = 256;

/// How often a multivariant playlist is read while any playlist that it names is live, and how soon after one of
/// those is refused.
const NAMES_REFRESH: Duration = Duration::from_secs(60);
const LEAST_NAMES_REFRESH: Duration = Duration::from_secs(5);

/// How often a complete manifest is read again, conditionally: that of a live title that has ended, whose URL may be
/// the next event's; and that of a film, which may be published again.
const EVENT_REFRESH: Duration = Duration::from_secs(60);
const FILM_REFRESH: Duration = Duration::from_secs(600);

/// How often a live manifest is read that names no interval: half of a usual segment.
const REFRESH: Duration = Duration::from_secs(2);

/// The shortest interval without a special reason, whatever a manifest asks for.
const MIN_REFRESH: Duration = Duration::from_millis(500);

/// How long before the next segment is expected a list is read: a segment that was seen late makes the next one
/// expected late, and nothing else would correct that.
const EARLY: Duration = Duration::from_millis(100);

/// How often a list is read while its next segment is due; up to a quarter later at random, so that seeders do not
/// ask together. Together with a request's duration, a segment is seen within 300 ms.
const STEP: Duration = Duration::from_millis(200);

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(10);

/// The manifests of one title, numbered in the order they were found: 0 is the one given.
#[derive(Debug)]
pub(crate) struct Follow {
    manifests: Vec<Followed>,
    /// The most named playlists at a time that were not followed, as far as told.
    told_unfollowed: usize,
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
    state: State,
    /// Whether the last version could be read: only then an unchanged one need not be sent.
    was_read: bool,
    was_live: bool,
}

/// What is known of a manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing.
    Unread,
    /// It names playlists, and was read at this time.
    Names(Timestamp),
    /// It changes, and said this in its last version.
    Live(Said),
    /// It says that it will not change any more.
    Complete,
}

/// What a live manifest says about its future.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// How soon it asks to be read again.
    pub(crate) refresh: Option<Duration>,
    /// How far its lists go, if it has any; and when their next segment is expected.
    pub(crate) listed: Option<(Listed, Timestamp)>,
}

/// What a multivariant playlist changed.
#[derive(Debug, Default)]
pub(crate) struct Named {
    /// The numbers of those that are new, or have moved.
    pub(crate) found: Vec<usize>,
    /// What it no longer names, and requests for it.
    pub(crate) gone: Vec<PlaylistRef>,
    pub(crate) given_up: Vec<FetchId>,
    /// How many playlists are not followed, as too many are named; 0 as well where no more than that was told before.
    pub(crate) unfollowed: usize,
}

/// A manifest that came.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// Its bytes.
    pub(crate) body: Vec<u8>,
    /// Where it came from, after redirects.
    pub(crate) url: String,
    /// The reference through which it was found.
    pub(crate) playlist: Option<PlaylistRef>,
}

impl Follow {
    /// Follows one manifest.
    pub(crate) fn new(url: &str, rng: Rng) -> Self {
        Self {
            manifests: vec![Followed::new(url.to_owned(), None)],
            told_unfollowed: 0,
            rng,
        }
    }

    /// Notes that a multivariant playlist was read, and follows the playlists that it names. Those that it named
    /// before are known by their identities: one that has moved is followed to its new URL.
    pub(crate) fn on_named(&mut self, now: Timestamp, playlists: Vec<PlaylistRef>) -> Named {
        let mut named = Named::default();
        if let Some(manifest) = self.manifests.first_mut() {
            manifest.failures = 0;
            manifest.was_read = true;
            manifest.state = State::Names(now);
        }
        for manifest in self.manifests.iter_mut().skip(1) {
            let is_named = playlists.iter().any(|playlist| manifest.is(&playlist.identity));
            if !is_named && let Some(playlist) = manifest.playlist.take() {
                manifest.body = Vec::new();
                named.given_up.extend(manifest.fetch.take());
                named.gone.push(playlist);
            }
        }
        let mut unfollowed = 0;
        for playlist in playlists {
            let mut known = self.manifests.iter().skip(1);
            let found = match known.position(|manifest| manifest.is(&playlist.identity)) {
                Some(place) => Some(place + 1).filter(|index| self.manifests[*index].move_to(playlist)),
                None => {
                    let next = self.follow(playlist);
                    unfollowed += usize::from(next.is_none());
                    next
                }
            };
            named.found.extend(found);
        }
        if unfollowed > self.told_unfollowed {
            self.told_unfollowed = unfollowed;
            named.unfollowed = unfollowed;
        }
        named
    }

    /// Follows one more playlist, under an unused number, if another one is allowed.
    fn follow(&mut self, playlist: PlaylistRef) -> Option<usize> {
        let followed = Followed::new(playlist.url.clone(), Some(playlist));
        let mut named = self.manifests.iter().skip(1);
        if let Some(free) = named.position(|manifest| manifest.playlist.is_none()) {
            self.manifests[free + 1] = followed;
            return Some(free + 1);
        }
        let next = self.manifests.len();
        if next > MAX_PLAYLISTS {
            return None;
        }
        self.manifests.push(followed);
        Some(next)
    }

    /// The time until a multivariant playlist is read again.
    pub(crate) fn names_again(&mut self) -> Duration {
        NAMES_REFRESH + self.rng.up_to(NAMES_REFRESH / 8)
    }

    /// When to read the multivariant playlist because one that it names is refused; `None` if there is none, or it
    /// fails itself and is retried anyhow.
    pub(crate) fn names_due(&self, refused: usize, now: Timestamp) -> Option<Timestamp> {
        let names = self.manifests.first()?;
        match names.state {
            State::Names(at) if refused > 0 && names.failures == 0 => Some(now.max(at + LEAST_NAMES_REFRESH)),
            State::Names(_) | State::Unread | State::Live(_) | State::Complete => None,
        }
    }

    /// Has everything that is followed read again unconditionally, as what was known no longer holds. Returns the
    /// numbers.
    pub(crate) fn begin_anew(&mut self) -> Vec<usize> {
        let mut numbers = Vec::new();
        for (index, manifest) in self.manifests.iter_mut().enumerate() {
            if manifest.playlist.is_some() {
                manifest.was_read = false;
                numbers.push(index);
            }
        }
        numbers
    }

    /// Notes that a manifest is being fetched, and returns its URL, and whether the request is conditional; `None` if
    /// it is already being fetched, or is not to be.
    pub(crate) fn on_fetch(&mut self, index: usize, fetch: FetchId) -> Option<(String, Conditional)> {
        let names_change = self.manifests.iter().skip(1).any(Followed::may_change);
        let manifest = self.manifests.get_mut(index)?;
        let is_free = index > 0 && manifest.playlist.is_none();
        let is_settled = matches!(manifest.state, State::Names(_)) && !names_change;
        if manifest.fetch.is_some() || is_free || is_settled {
            return None;
        }
        manifest.fetch = Some(fetch);
        manifest.body.clear();
        manifest.response_url = None;
        let conditional = if manifest.was_read {
            Conditional::Now
        } else {
            Conditional::Later
        };
        Some((manifest.url.clone(), conditional))
    }

    /// How many times a manifest has failed to come since it last did.
    pub(crate) fn failures(&self, index: usize) -> u32 {
        self.manifests.get(index).map_or(0, |manifest| manifest.failures)
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

    /// Notes that a live manifest was read, and returns the time until it is read again. `refresh` is what it asks
    /// for itself, `listed` how far its lists go.
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
        manifest.was_read = true;
        let before = manifest.said().and_then(|said| said.listed);
        let listed = listed.map(|listed| match before {
            Some((known, due)) if known.mark == listed.mark => (listed, due),
            Some(_) => (listed, now + listed.pace.saturating_sub(EARLY)),
            // When its last segment appeared is unknown: the next may come at any time.
            None => (listed, now),
        });
        manifest.was_live = true;
        manifest.state = State::Live(Said { refresh, listed });
        self.next(index, now)
    }

    /// Notes that a manifest has not changed, and returns the time until it is read again.
    pub(crate) fn on_unchanged(&mut self, index: usize, now: Timestamp) -> Option<Duration> {
        let manifest = self.manifests.get_mut(index)?;
        manifest.fetch = None;
        match manifest.state {
            State::Complete => Some(self.look_again(index)),
            State::Unread => Some(self.on_failed(index)),
            State::Names(_) => {
                manifest.failures = 0;
                manifest.state = State::Names(now);
                Some(self.names_again())
            }
            State::Live(_) => {
                manifest.failures = 0;
                Some(self.next(index, now))
            }
        }
    }

    /// Notes that a manifest calls itself complete, and returns the time until it is read again: the same URL may be
    /// another event's by then.
    pub(crate) fn on_complete(&mut self, index: usize) -> Duration {
        if let Some(manifest) = self.manifests.get_mut(index) {
            manifest.failures = 0;
            manifest.was_read = true;
            manifest.state = State::Complete;
        }
        self.look_again(index)
    }

    /// Whether the last version of a manifest was complete.
    pub(crate) fn is_complete(&self, index: usize) -> bool {
        let manifest = self.manifests.get(index);
        manifest.is_some_and(|manifest| manifest.state == State::Complete)
    }

    /// Notes that a complete manifest did not come. What is known of it stays valid, and it is no more urgent than
    /// before.
    pub(crate) fn put_off(&mut self, index: usize) -> Duration {
        if let Some(manifest) = self.manifests.get_mut(index) {
            manifest.fetch = None;
        }
        self.look_again(index)
    }

    fn look_again(&mut self, index: usize) -> Duration {
        let was_live = self
            .manifests
            .get(index)
            .is_some_and(|manifest| manifest.was_live);
        let period = if was_live { EVENT_REFRESH } else { FILM_REFRESH };
        period + self.rng.up_to(period / 8)
    }

    fn next(&mut self, index: usize, now: Timestamp) -> Duration {
        let said = self.manifests.get(index).and_then(Followed::said);
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

    /// Notes that a manifest could not be read: it has to be sent again in full, even if unchanged.
    pub(crate) fn on_unreadable(&mut self, index: usize) {
        if let Some(manifest) = self.manifests.get_mut(index) {
            manifest.was_read = false;
        }
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
    fn new(url: String, playlist: Option<PlaylistRef>) -> Self {
        Self {
            url,
            playlist,
            fetch: None,
            body: Vec::new(),
            response_url: None,
            failures: 0,
            state: State::Unread,
            was_read: false,
            was_live: false,
        }
    }

    fn said(&self) -> Option<Said> {
        match self.state {
            State::Live(said) => Some(said),
            State::Unread | State::Names(_) | State::Complete => None,
        }
    }

    /// Whether it is the playlist with that identity.
    fn is(&self, identity: &str) -> bool {
        self.playlist
            .as_ref()
            .is_some_and(|playlist| playlist.identity == identity)
    }

    /// Whether it is followed and not a film's: a live one that is complete may go on under another name.
    fn may_change(&self) -> bool {
        self.playlist.is_some() && (self.was_live || self.state != State::Complete)
    }

    /// Notes its URL. Returns whether to read it there at once: a query that changes each time means nothing.
    fn move_to(&mut self, playlist: PlaylistRef) -> bool {
        let path = |url: &str| url.split('?').next().map(str::to_owned);
        let is_elsewhere = path(&self.url) != path(&playlist.url);
        if self.url != playlist.url {
            self.url.clone_from(&playlist.url);
            self.was_read = false;
        }
        self.playlist = Some(playlist);
        is_elsewhere
    }
}

#[cfg(test)]
mod tests;
