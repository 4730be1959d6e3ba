//! The manifests that a seeder follows: fetched when it is time, read, and kept as they were if they do not come.

use std::time::Duration;

use super::Engine;
use super::player::millis;
use super::rechecking::Round;
use crate::id::{FetchId, SegmentKey};
use crate::input::FetchError;
use crate::manifest::{self, Manifest, PlaylistRef};
use crate::origin::patience;
use crate::output::{DeclineReason, Event, Fetch, FetchPurpose, Output};
use crate::timeline::Timeline;
use crate::timer::Timer;
use crate::transfer::Download;

/// How long the origin may be silent over a manifest at first before it is asked again.
const MANIFEST_PATIENCE: Duration = Duration::from_secs(2);

impl Engine {
    /// Which followed manifest a fetch is for.
    pub(super) fn followed(&self, fetch: FetchId) -> Option<usize> {
        self.seeding.as_ref()?.follow.index(fetch)
    }

    pub(super) fn refresh(&mut self, index: usize) {
        let id = self.origin.next_id();
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let failures = seeding.follow.failures(index);
        let Some((url, conditional)) = seeding.follow.on_fetch(index, id) else {
            return;
        };
        let least = MANIFEST_PATIENCE.max(self.origin.round_trip() * 4);
        let timeout = patience(least, failures, self.config.fetch_timeout);
        let purpose = FetchPurpose::Manifest;
        self.outputs.push_back(Output::Fetch(Fetch {
            id,
            url,
            range: None,
            demand: None,
            purpose,
            conditional,
            timeout,
        }));
    }

    pub(super) fn on_manifest_started(&mut self, index: usize, url: Option<String>) {
        if let Some(seeding) = &mut self.seeding {
            seeding.follow.on_started(index, url);
        }
    }

    pub(super) fn on_manifest_chunk(&mut self, index: usize, fetch: FetchId, chunk: &[u8]) {
        let limit = self.config.manifest_limits.manifest_bytes;
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        if !seeding.follow.on_chunk(index, chunk, limit) {
            self.outputs.push_back(Output::AbortFetch(fetch));
            self.on_manifest_unreadable(index, format!("the manifest is larger than {limit} bytes"));
        }
    }

    pub(super) fn on_manifest_finished(&mut self, index: usize) {
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let Some(fetched) = seeding.follow.on_finished(index) else {
            return;
        };
        seeding.caution.on_fetched();
        #[cfg(feature = "resources")]
        if manifest::files::is_list(&fetched.body) {
            return self.on_followed_list(index, &fetched);
        }
        let limits = &self.config.manifest_limits;
        match manifest::read(&fetched.body, &fetched.url, fetched.playlist.as_ref(), limits) {
            Ok(Manifest::Multivariant(playlists)) => self.on_named(index, playlists),
            Ok(Manifest::Title(timeline)) => self.on_manifest_read(index, timeline),
            Err(error) => self.on_manifest_unreadable(index, error.to_string()),
        }
    }

    /// A multivariant playlist came. One that is named by another is ignored.
    fn on_named(&mut self, index: usize, playlists: Vec<PlaylistRef>) {
        let now = self.now;
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        if index > 0 {
            let reason = "a playlist that is named by a multivariant one is multivariant itself".to_owned();
            return self.on_manifest_unreadable(index, reason);
        }
        let named = seeding.follow.on_named(now, playlists);
        let again = now + seeding.follow.names_again();
        self.timers.set(Timer::Refresh(index), again);
        for found in named.found {
            self.timers.set(Timer::Refresh(found), now);
        }
        for gone in named.gone {
            let track = gone.track();
            self.timeline.remove(track);
            seeding.harvest.let_go(track);
        }
        self.outputs
            .extend(named.given_up.into_iter().map(Output::AbortFetch));
        if named.unfollowed > 0 {
            self.emit(Event::PlaylistsUnfollowed {
                playlists: named.unfollowed,
            });
        }
    }

    fn on_manifest_read(&mut self, index: usize, timeline: Timeline) {
        let now = self.now;
        if self.timeline.is_begun_anew(&timeline) {
            self.begin_anew();
        }
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        match timeline.live() {
            Some(live) => {
                let wait = seeding
                    .follow
                    .on_read(index, now, live.refresh, timeline.listed());
                self.timers.set(Timer::Refresh(index), now + wait);
                if index > 0 {
                    // The playlists' names are read again as long as any is live.
                    let names = now + seeding.follow.names_again();
                    self.timers.set_no_later(Timer::Refresh(0), names);
                }
            }
            None => {
                let wait = seeding.follow.on_complete(index);
                self.timers.set(Timer::Refresh(index), now + wait);
            }
        }
        self.timeline.merge(timeline);
        self.plan_harvest();
        self.recheck_later();
        self.on_timeline();
    }

    /// A packager has started over: segment names, and perhaps those of init segments, stand for other bytes than
    /// those that are held.
    /// All playlists are of one run: each is read again.
    fn begin_anew(&mut self) {
        let held = self.held_keys();
        for key in &held {
            self.store.remove(key);
            self.withdraw(*key);
        }
        self.discard(held);
        self.end_doubt();
        let under_way: Vec<SegmentKey> = self.transfers.iter().map(Download::key).collect();
        for key in under_way {
            self.abandon(&key);
            self.decline_all(&key, DeclineReason::Unknown);
            self.serve_awaited(&key);
        }
        self.timeline.clear();
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        seeding.harvest.forget_all();
        seeding.round = Round::default();
        for index in seeding.follow.begin_anew() {
            self.timers.set(Timer::Refresh(index), self.now);
        }
    }

    /// The origin says that what was asked for has not changed.
    pub(super) fn on_unchanged(&mut self, fetch: FetchId) {
        let now = self.now;
        let Some(index) = self.followed(fetch) else {
            self.on_segment_unchanged(fetch);
            return;
        };
        if let Some(seeding) = &mut self.seeding {
            seeding.caution.on_fetched();
            if let Some(wait) = seeding.follow.on_unchanged(index, now) {
                self.timers.set(Timer::Refresh(index), now + wait);
            }
        }
    }

    /// Whether a manifest that does not come is complete as far as known: a film goes on without it.
    fn lets_rest(&mut self, index: usize) -> bool {
        let now = self.now;
        let Some(seeding) = self
            .seeding
            .as_mut()
            .filter(|seeding| seeding.follow.is_complete(index))
        else {
            return false;
        };
        let wait = seeding.follow.put_off(index);
        self.timers.set(Timer::Refresh(index), now + wait);
        true
    }

    fn on_manifest_unreadable(&mut self, index: usize, reason: String) {
        self.emit(Event::ManifestRejected { reason });
        if self.lets_rest(index) {
            return;
        }
        if let Some(seeding) = &mut self.seeding {
            seeding.follow.on_unreadable(index);
        }
        self.look_for_names(index);
        self.retry_manifest(index);
    }

    /// A playlist is gone, or is none: the one that names it may name another by now.
    fn look_for_names(&mut self, refused: usize) {
        let Some(seeding) = &self.seeding else {
            return;
        };
        if let Some(at) = seeding.follow.names_due(refused, self.now) {
            let at = at.max(seeding.caution.until());
            self.timers.set_no_later(Timer::Refresh(0), at);
        }
    }

    pub(super) fn on_manifest_failed(&mut self, index: usize, error: FetchError) {
        let now = self.now;
        if let Some(seeding) = &mut self.seeding {
            seeding.caution.on_failed(now, error, &mut seeding.rng);
        }
        if self.lets_rest(index) {
            return;
        }
        if error.is_of_one_thing() {
            self.look_for_names(index);
        }
        let retry = self.retry_manifest(index);
        self.emit(Event::ManifestUnreachable {
            error,
            retry_in_ms: millis(retry),
        });
    }

    fn retry_manifest(&mut self, index: usize) -> Duration {
        let seeding = self
            .seeding
            .as_mut()
            .expect("invariant: only a seeder follows a manifest");
        let retry = seeding.follow.on_failed(index);
        let at = (self.now + retry).max(seeding.caution.until());
        self.timers.set(Timer::Refresh(index), at);
        at.since(self.now)
    }

    /// The origin asks to be left alone for a while.
    pub(super) fn on_retry_after(&mut self, fetch: FetchId, wait: Duration) {
        let now = self.now;
        let known = self.followed(fetch).is_some() || self.transfers.response_mut(fetch).is_some();
        if let Some(seeding) = self.seeding.as_mut().filter(|_| known) {
            seeding.caution.on_retry_after(now, wait, &mut seeding.rng);
        }
    }
}
