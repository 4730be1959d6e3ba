//! What only a seeder does: fetches each segment once, the ones that peers want first, signs what it saw, reports
//! what it gave up.

use std::time::Duration;

use super::{Engine, Replan};
use crate::config::{Config, Role, Validity};
use crate::id::{SegmentKey, TrackKey};
use crate::input::FetchError;
use crate::integrity::{Batch, MAX_RECORDS, Record, write_batch};
use crate::origin::{Caution, Follow, Harvest, News, Verdict, Wishes, patience};
use crate::output::{DeclineReason, Event, GapReason};
use crate::rng::Rng;
use crate::time::{Timestamp, UnixTime};
use crate::timeline::Segment;
use crate::timer::Timer;
use crate::transfer::{Cause, Download, Span};
use crate::vecmap::VecSet;

use super::digests::Check;
use super::fellows::Fellows;
use super::rechecking::{Looked, Round};
#[cfg(feature = "resources")]
use super::seeding_files::FollowedList;
use super::turns::Turns;

/// How long new digests are held back to be signed together: a viewer waits for its digest as for its bytes.
const PUBLISH_AFTER: Duration = Duration::from_millis(20);

/// How long the digests of a film are held back: it keeps their batches few.
const GATHER: Duration = Duration::from_millis(250);
/// Of how many live tracks a seeder fetches at once. More is no ladder of rungs, and a burst that no origin likes.
const MOST_FOLLOWED_AT_ONCE: u32 = 32;

/// The shortest time that a live title's origin may be silent before it is asked again.
pub(super) const LEAST_PATIENCE: Duration = Duration::from_secs(1);

/// The state that only a seeder has.
#[derive(Debug)]
pub(super) struct Seeding {
    pub(super) follow: Follow,
    pub(super) harvest: Harvest,
    pub(super) wishes: Wishes,
    pub(super) caution: Caution,
    pub(super) round: Round,
    pub(super) fellows: Fellows,
    pub(super) turns: Turns,
    pub(super) rng: Rng,
    /// A site's list of files, if that is followed instead of a manifest.
    #[cfg(feature = "resources")]
    pub(super) list: Option<FollowedList>,
    unsigned: VecSet<SegmentKey>,
}

impl Seeding {
    /// The state of a seeder, if the engine is one. It draws from a random stream of its own, which shifts nobody
    /// else's.
    pub(super) fn of(config: &Config, seed: [u8; 32]) -> Option<Self> {
        let Role::Seeder { manifest } = &config.role else {
            return None;
        };
        let mut rng = Rng::new(seed.map(|byte| !byte));
        Some(Self {
            follow: Follow::new(manifest, rng.fork()),
            harvest: Harvest::new(config.seeding.clone(), rng.fork()),
            wishes: Wishes::default(),
            caution: Caution::default(),
            round: Round::default(),
            fellows: Fellows::default(),
            turns: Turns::default(),
            rng,
            #[cfg(feature = "resources")]
            list: None,
            unsigned: VecSet::default(),
        })
    }

    pub(super) fn unsigned(&self) -> usize {
        self.unsigned.len()
    }
}

impl Engine {
    /// Works out again which tracks are followed.
    pub(super) fn plan_harvest(&mut self) {
        let (now, unix) = (self.now, self.unix());
        if let Some(seeding) = &mut self.seeding {
            let wishes = &seeding.wishes;
            let wanted = |track| wishes.wants(track, now);
            seeding.harvest.on_timeline(&self.timeline, unix, wanted);
        }
    }

    /// A track turns out to have other segments than assumed: works out again what is fetched of it.
    pub(super) fn harvest_anew(&mut self, track: TrackKey) {
        if let Some(seeding) = &mut self.seeding {
            seeding.harvest.forget(track);
        }
        self.plan_harvest();
    }

    /// The wall clock was set: segments become available at other times than assumed.
    pub(super) fn on_clock(&mut self) {
        if self.seeding.is_some() {
            self.replan(Replan::Window);
        }
        #[cfg(feature = "resources")]
        self.reread_list();
    }

    /// How long a live title's origin may be silent over a segment: all viewers wait for its digest.
    pub(super) fn seed_patience(&self, key: &SegmentKey, duration: Duration) -> Option<Duration> {
        let failures = self.seeding.as_ref()?.harvest.failures(key);
        self.timeline.live()?;
        let least = LEAST_PATIENCE.max(duration / 2).max(self.origin.round_trip() * 4);
        Some(patience(least, failures, self.config.fetch_timeout))
    }

    /// Fetches what a seeder lacks.
    pub(super) fn harvest(&mut self) {
        if self.awaits_shelf() {
            return;
        }
        self.count_lost();
        self.forget_watched();
        loop {
            let Some(seeding) = &self.seeding else {
                return;
            };
            let most = seeding.caution.parallel(self.parallel_fetches());
            if self.transfers.fetches() >= most as usize {
                return;
            }
            if seeding.caution.until() > self.now {
                self.timers.set_no_later(Timer::Harvest, seeding.caution.until());
                return;
            }
            if self.fetch_overdue() {
                continue;
            }
            if self.waits_for_enough() {
                return;
            }
            let Some(segment) = self.next_harvested() else {
                self.sleep_until_next();
                return;
            };
            let key = segment.key;
            self.learn_stored(&key);
            if self.has(&key) || self.transfers.contains(&key) {
                self.let_go_of_retry(&key);
                if self.pauses_harvest() {
                    return;
                }
                continue;
            }
            if self.leave_to_fellow(&segment) {
                continue;
            }
            self.transfers
                .start(Download::new(segment, 1, self.now, self.now));
            self.fetch(key, Span::Whole, Cause::Seed);
        }
    }

    /// A segment that was to be fetched again is there by other ways.
    fn let_go_of_retry(&mut self, key: &SegmentKey) {
        let has = self.has(key);
        if let Some(seeding) = self.seeding.as_mut().filter(|_| has) {
            seeding.harvest.on_fetched(key);
        }
    }

    /// How many requests may be in flight. Of a live title each track has one: with chunks that are there before their segment
    /// is whole, a request lasts about as long as a segment, and whatever had to wait for another would be late by that.
    fn parallel_fetches(&self) -> u32 {
        let followed = self
            .seeding
            .as_ref()
            .map_or(0, |seeding| seeding.harvest.followed());
        let followed = u32::try_from(followed)
            .unwrap_or(u32::MAX)
            .min(MOST_FOLLOWED_AT_ONCE);
        let least = self.config.parallel_fetches;
        self.timeline.live().map_or(least, |_| least.max(followed))
    }

    /// The next segment to fetch: a failed one that is due, one that peers wish for, or one that has become
    /// available.
    fn next_harvested(&mut self) -> Option<Segment> {
        let unix = self.unix();
        let seeding = self.seeding.as_mut()?;
        if let Some(segment) = seeding.harvest.next_due(&self.timeline, self.now) {
            return Some(segment);
        }
        while let Some(key) = self.seeding.as_mut()?.wishes.next() {
            let lacked = !self.has(&key) && !self.transfers.contains(&key);
            if let Some(segment) = self.timeline.segment(&key).filter(|_| lacked) {
                self.stats.on_demand += 1;
                return Some(segment);
            }
        }
        let seeding = self.seeding.as_mut()?;
        seeding.harvest.next_media(&self.timeline, unix)
    }

    /// Wakes when a failed segment is due, or a new one available.
    fn sleep_until_next(&mut self) {
        let Some(seeding) = &self.seeding else {
            return;
        };
        let unix = self.unix();
        let until = |at: UnixTime| {
            let wait = u64::try_from(at.as_millis().saturating_sub(unix.as_millis())).unwrap_or(0);
            // A wait of zero would spin where clocks are coarse.
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
        self.end_trial(&key, Ok(record));
        self.on_wait_over(&key);
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        seeding.harvest.on_fetched(&key);
        seeding.round.end(&key);
        seeding.caution.on_fetched();
        if self.integrity.is_signed(&key, record) {
            // It was signed before: by this seeder before a restart, or by another with its key.
            self.offer(key);
            return;
        }
        seeding.unsigned.insert(key);
        // Signed soon: until then only this seeder knows it.
        let made = self.unix();
        self.integrity.witness(key, record, made);
        self.shelve(key);
        self.publish_soon();
    }

    /// Schedules signing: a live digest is wanted at once, as its segment is; those of a film are gathered.
    fn publish_soon(&mut self) {
        let unsigned = self.seeding.as_ref().map_or(0, |seeding| seeding.unsigned.len());
        let hurry = self.timeline.live().is_some() || unsigned >= MAX_RECORDS;
        let after = if hurry { PUBLISH_AFTER } else { GATHER };
        self.timers.set_no_later(Timer::Publish, self.now + after);
    }

    /// The origin did not bring a segment.
    pub(super) fn on_seed_failed(&mut self, key: SegmentKey, error: FetchError) {
        self.end_trial(&key, Err(error));
        let was_unreadable = self.falls_back_to_shelf(&key);
        let (now, has) = (self.now, self.has(&key));
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        seeding.caution.on_failed(now, error, &mut seeding.rng);
        seeding.turns.forgive(&key);
        let is_second_look = seeding.round.end(&key) == Looked::Again || was_unreadable;
        if is_second_look && has {
            // What is held stays valid: an origin that no longer has it says nothing about its bytes.
            self.emit(Event::OriginFailed { key, error });
            self.resume(key);
            return;
        }
        match seeding.harvest.on_failed(key, error, &self.timeline, now) {
            Verdict::NotYet(at) => self.timers.set_no_later(Timer::Harvest, at),
            Verdict::Again(at) => {
                self.timers.set_no_later(Timer::Harvest, at);
                self.emit(Event::OriginFailed { key, error });
            }
            Verdict::GivenUp(reason) => {
                self.emit(Event::OriginFailed { key, error });
                // A player that waits for it as well asks again by its own rules.
                self.decline_all(&key, DeclineReason::OriginFailed(error));
                self.on_gap(key, reason);
            }
        }
        self.replan(Replan::Window);
    }

    /// A seeder's own player, which it serves over HTTP, no longer waits for a segment. If nothing brings it any
    /// more, it is as if it had never been asked for: it is fetched in its turn, or again if its turn has passed.
    pub(super) fn let_idle_go(&mut self, key: &SegmentKey) {
        let Some(seeding) = &self.seeding else {
            return;
        };
        let is_idle = self.transfers.contains(key) && self.transfers.fetches_of(key).is_empty();
        if !is_idle || self.demands.wants(key) || seeding.turns.awaits(key) {
            return;
        }
        let segment = self.timeline.segment(key);
        let missed = segment.is_some_and(|segment| seeding.harvest.has_passed(&segment));
        self.end_trial(key, Err(FetchError::Network));
        self.abandon(key);
        self.serve_awaited(key);
        if missed {
            self.harvest_again(*key);
        }
    }

    /// Has a segment fetched again that a seeder lacks, though its turn has passed.
    pub(super) fn harvest_again(&mut self, key: SegmentKey) {
        let unix = self.unix();
        let gone = self.timeline.segment(&key).is_none() || self.timeline.has_left(&key, unix);
        if let Some(seeding) = self.seeding.as_mut().filter(|_| !gone) {
            seeding.harvest.again(key, self.now);
            self.replan(Replan::Window);
        }
    }

    /// The origin has more bytes of a segment than one may have: asking again would bring the same.
    pub(super) fn on_seed_too_large(&mut self, key: SegmentKey) {
        self.end_trial(&key, Err(FetchError::Network));
        if let Some(seeding) = &mut self.seeding {
            seeding.harvest.on_fetched(&key);
            seeding.round.end(&key);
            seeding.turns.forgive(&key);
            self.on_gap(key, GapReason::TooLarge);
            self.replan(Replan::Window);
        }
    }

    /// Stops following what nobody watches any more, if only watched tracks are followed.
    fn forget_watched(&mut self) {
        let now = self.now;
        let lapsed = self.seeding.as_mut().map(|seeding| seeding.wishes.lapse(now));
        if lapsed == Some(News::Yes) {
            self.plan_harvest();
        }
    }

    fn count_lost(&mut self) {
        let unix = self.unix();
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        for (key, reason) in seeding.harvest.lose(&self.timeline, unix) {
            self.on_gap(key, reason);
        }
    }

    pub(super) fn on_gap(&mut self, key: SegmentKey, reason: GapReason) {
        self.stats.gaps += 1;
        let label = self.label(&self.segment(&key));
        self.emit(Event::Gap { label, key, reason });
    }

    /// Has the new digests signed, and those again that would expire.
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
            if records.is_empty() {
                continue;
            }
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
            self.sign(message, Check::Own);
        }
        self.timers.set(Timer::Publish, self.now + validity / 4);
    }

    /// Has what a batch vouches for signed again in time, whoever of this key's holders has signed it: whoever that was
    /// goes first, but may be gone.
    pub(super) fn renew_in_time(&mut self, expires: UnixTime) {
        if self.seeding.is_some() {
            // Whoever signed it does so again when a quarter is left, at the latest: half of that is for the way.
            let left = expires.since(self.unix());
            let wait = left.saturating_sub(self.validity() / 8).max(GATHER);
            self.timers.set_no_later(Timer::Publish, self.now + wait);
        }
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

#[cfg(test)]
mod tests;
