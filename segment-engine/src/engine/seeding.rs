//! What only a seeder does: follows a manifest, fetches every segment once, signs what it saw.

use std::time::Duration;

use super::{Engine, Replan};
use crate::config::Validity;
use crate::id::{FetchId, SegmentKey};
use crate::input::FetchError;
use crate::integrity::{Batch, MAX_RECORDS, Record, write_batch};
use crate::manifest::{self, Manifest};
use crate::output::{Event, Fetch, FetchPurpose, Output};
use crate::time::{Timestamp, UnixTime};
use crate::timer::Timer;
use crate::transfer::{Cause, Download, Span};

use super::digests::Check;
use super::player::millis;

/// New digests are held back this long and signed together: a viewer waits for its digest as for its bytes.
const PUBLISH_AFTER: Duration = Duration::from_millis(20);

/// So long digests of a film are held back: it keeps their batches few.
const GATHER: Duration = Duration::from_millis(250);

impl Engine {
    /// Which followed manifest a fetch is for.
    pub(super) fn followed(&self, fetch: FetchId) -> Option<usize> {
        self.seeding.as_ref()?.follow.index(fetch)
    }

    pub(super) fn refresh(&mut self, index: usize) {
        let id = self.origin.next_id();
        let Some(url) = self
            .seeding
            .as_mut()
            .and_then(|seeding| seeding.follow.on_fetch(index, id))
        else {
            return;
        };
        let (purpose, timeout) = (FetchPurpose::Manifest, self.config.fetch_timeout);
        self.outputs.push_back(Output::Fetch(Fetch {
            id,
            url,
            range: None,
            purpose,
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
        let unix = self.unix();
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let Some(fetched) = seeding.follow.on_finished(index) else {
            return;
        };
        let limits = &self.config.manifest_limits;
        match manifest::read(
            &fetched.body,
            &fetched.url,
            fetched.playlist.as_ref(),
            unix,
            limits,
        ) {
            Ok(Manifest::Multivariant(playlists)) => {
                for added in seeding.follow.add(playlists) {
                    self.timers.set(Timer::Refresh(added), self.now);
                }
            }
            Ok(Manifest::Title(timeline)) => {
                let refresh = timeline
                    .live()
                    .map(|live| seeding.follow.on_read(index, live.refresh));
                self.timeline.merge(timeline);
                seeding.harvest.on_timeline(&self.timeline, unix);
                if let Some(refresh) = refresh {
                    self.timers.set(Timer::Refresh(index), self.now + refresh);
                }
                self.on_timeline();
            }
            Err(error) => self.on_manifest_unreadable(index, error.to_string()),
        }
    }

    fn on_manifest_unreadable(&mut self, index: usize, reason: String) {
        self.emit(Event::ManifestRejected { reason });
        self.retry_manifest(index);
    }

    pub(super) fn on_manifest_failed(&mut self, index: usize, error: FetchError) {
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
        self.timers.set(Timer::Refresh(index), self.now + retry);
        retry
    }

    /// Fetches what a seeder does not have yet.
    pub(super) fn harvest(&mut self) {
        if self.awaits_shelf() {
            return;
        }
        let unix = self.unix();
        while self.transfers.fetches() < self.config.parallel_fetches as usize {
            let Some(seeding) = &mut self.seeding else {
                return;
            };
            let Some(segment) = seeding.harvest.next(&self.timeline, self.now, unix) else {
                self.sleep_until_next();
                return;
            };
            let key = segment.key;
            if self.store.contains(&key) || self.transfers.contains(&key) || self.is_spared(&key) {
                if self.pauses_harvest() {
                    return;
                }
                continue;
            }
            self.transfers
                .start(Download::new(segment, 1, self.now, self.now));
            self.fetch(key, Span::Whole, Cause::Seed);
        }
    }

    /// Wakes when a failed segment is due, or a new one available.
    fn sleep_until_next(&mut self) {
        let Some(seeding) = &self.seeding else {
            return;
        };
        let unix = self.unix();
        let until = |at: UnixTime| {
            let wait = u64::try_from(at.as_millis().saturating_sub(unix.as_millis())).unwrap_or(0);
            // A wait of nothing would spin where clocks are coarse.
            self.now + Duration::from_millis(wait.max(10))
        };
        let available = self.timeline.next_available(unix).map(until);
        let wakes: [Option<Timestamp>; 2] = [available, seeding.harvest.next_retry_at()];
        if let Some(wake) = wakes.into_iter().flatten().min() {
            self.timers.set(Timer::Harvest, wake);
        }
    }

    /// A seeder saw a segment's true bytes: they are signed.
    pub(super) fn on_harvested(&mut self, key: SegmentKey, record: Record) {
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        seeding.harvest.on_fetched(&key);
        if self.integrity.is_signed(&key, record) {
            // It was signed before: by this seeder before it was started again, or by another with its key.
            self.offer(key);
            return;
        }
        seeding.unsigned.insert(key);
        // Signed soon: until then it is this seeder's own knowledge.
        let made = self.unix();
        self.integrity.witness(key, record, made);
        self.shelve(key);
        self.publish_soon();
    }

    /// A live digest is wanted at once, as its segment is; those of a film are gathered.
    fn publish_soon(&mut self) {
        let unsigned = self.seeding.as_ref().map_or(0, |seeding| seeding.unsigned.len());
        let hurry = self.timeline.live().is_some() || unsigned >= MAX_RECORDS;
        let after = if hurry { PUBLISH_AFTER } else { GATHER };
        self.timers.set_no_later(Timer::Publish, self.now + after);
    }

    pub(super) fn on_harvest_failed(&mut self, key: SegmentKey) {
        let now = self.now;
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        if let Some(at) = seeding.harvest.on_failed(key, now) {
            self.timers.set_no_later(Timer::Harvest, at);
        }
        self.replan = self.replan.max(Replan::Window);
    }

    /// Has the digests signed that came since the last time, and those again that would expire.
    pub(super) fn publish(&mut self) {
        let made = self.unix();
        let validity = self.validity();
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let mut again = if self.integrity.is_scattered() {
            self.integrity.retire_batches();
            self.integrity.keys().collect()
        } else {
            self.integrity.ending(made + validity / 2)
        };
        again.retain(|key| self.timeline.segment(key).is_some() && !self.timeline.has_left(key, made));
        again.into_iter().for_each(|key| {
            seeding.unsigned.insert(key);
        });
        let unsigned: Vec<SegmentKey> = std::mem::take(&mut seeding.unsigned).iter().copied().collect();
        for keys in unsigned.chunks(MAX_RECORDS) {
            let known = |key: &SegmentKey| self.integrity.record(key).map(|record| (*key, record));
            let records: Vec<_> = keys.iter().filter_map(known).collect();
            let (sequence, previous) = self.integrity.next(made);
            let batch = Batch {
                sequence,
                made,
                expires: made + validity,
                previous,
                records,
            };
            let message = write_batch(&self.config.swarm, &batch);
            self.integrity.on_made(&message);
            let check = self.check(Check::Own(message.clone()));
            self.outputs.push_back(Output::Sign { check, message });
        }
        self.timers.set(Timer::Publish, self.now + validity / 4);
    }

    fn validity(&self) -> Duration {
        let Validity { live, film } = self.config.digest_validity;
        if self.timeline.live().is_some() {
            live
        } else {
            film
        }
    }
}
