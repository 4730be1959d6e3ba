//! What a seeder fetches next, each once: init segments, what peers wish for, and the segments of the followed tracks
//! in the order of their times, as far as it fetches unasked.

use std::time::Duration;

use super::back_off;
use crate::config::{Prewarm, Renditions, SeedingConfig};
use crate::id::{SegmentKey, SegmentKind, TrackKey};
use crate::input::FetchError;
use crate::output::GapReason;
use crate::rng::Rng;
use crate::time::{MediaTime, Timestamp, UnixTime};
use crate::timeline::{Segment, Timeline, Track};
use crate::vecmap::VecMap;

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// After this many failures a segment is given up; peers and viewers go to the origin for it.
const MAX_FAILURES: u32 = 8;

/// The most segments that wait for a retry; any further one that fails is given up at once.
const MAX_RETRIES: usize = 1_024;

/// How long a live segment that the origin says it lacks counts as a little late, not as failed; and how soon it is
/// asked for again meanwhile, plus up to half of that at random.
const LATE: Duration = Duration::from_secs(5);
const LATE_RETRY: Duration = Duration::from_millis(150);

/// How much of a live window a seeder fetches when it starts: what viewers at the edge may still want.
const LIVE_BACKLOG: Duration = Duration::from_secs(60);

/// How much of it when a track becomes wanted later: those who want it are at the edge, and so are other tracks.
const WANTED_BACKLOG: Duration = Duration::from_secs(10);

/// How far each track is harvested, and what has to be retried.
#[derive(Debug)]
pub(crate) struct Harvest {
    plan: SeedingConfig,
    reach: VecMap<TrackKey, Reach>,
    inits: VecMap<SegmentKey, Taken>,
    retries: VecMap<SegmentKey, Retry>,
    rng: Rng,
}

/// How far a track was fetched, and how far it will be unasked.
#[derive(Debug, Clone, Copy)]
struct Reach {
    next: MediaTime,
    until: MediaTime,
}

/// Whether an init segment was handed out for fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Yes,
    No,
}

#[derive(Debug)]
struct Retry {
    first: Timestamp,
    failures: u32,
    at: Timestamp,
    error: FetchError,
}

impl Retry {
    /// Whether it is still ahead.
    fn waits(&self) -> bool {
        self.at < Timestamp::from_micros(u64::MAX)
    }
}

/// What is done about a segment that did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is a little late: it is asked for again soon.
    NotYet(Timestamp),
    /// It is retried at the given time.
    Again(Timestamp),
    /// It is given up.
    GivenUp(GapReason),
}

impl Harvest {
    /// Starts with nothing.
    pub(crate) fn new(plan: SeedingConfig, rng: Rng) -> Self {
        Self {
            plan,
            reach: VecMap::default(),
            inits: VecMap::default(),
            retries: VecMap::default(),
            rng,
        }
    }

    /// Notes the tracks of a new manifest, or a change of the `wanted` ones.
    pub(crate) fn on_timeline(
        &mut self,
        timeline: &Timeline,
        unix: UnixTime,
        wanted: impl Fn(TrackKey) -> bool,
    ) {
        let followed = |track: &Track| self.may_follow(track, &wanted);
        let followed: Vec<TrackKey> = timeline
            .tracks()
            .iter()
            .filter(|track| followed(track))
            .map(|track| track.key)
            .collect();
        self.reach.retain(|key, _| followed.contains(key));
        self.inits.retain(|key, _| timeline.segment(key).is_some());
        let reach = self.first_reach(timeline, unix);
        for key in &followed {
            self.reach.get_or_insert_with(*key, || reach);
        }
        let served = timeline.tracks().iter().filter(|track| self.may_serve(track));
        let inits: Vec<Segment> = served
            .flat_map(|track| timeline.init_segments(track.key))
            .collect();
        for init in inits {
            self.inits.get_or_insert_with(init.key, || Taken::No);
        }
    }

    /// How many tracks are followed.
    pub(crate) fn followed(&self) -> usize {
        self.reach.len()
    }

    /// Notes that what was known of a track's segments no longer holds.
    pub(crate) fn forget(&mut self, track: TrackKey) {
        self.reach.remove(&track);
    }

    /// Notes that a track no longer belongs to the title.
    pub(crate) fn let_go(&mut self, track: TrackKey) {
        self.reach.remove(&track);
        self.inits.retain(|key, _| key.track != track);
        self.retries.retain(|key, _| key.track != track);
    }

    /// Notes that nothing known of any track holds any more.
    pub(crate) fn forget_all(&mut self) {
        self.reach = VecMap::default();
        self.inits = VecMap::default();
        self.retries = VecMap::default();
    }

    /// Where the harvest of a newly followed track starts, and how far it goes.
    fn first_reach(&self, timeline: &Timeline, unix: UnixTime) -> Reach {
        if timeline.live().is_some() {
            let backlog = match self.plan.renditions {
                Renditions::All | Renditions::Listed(_) => LIVE_BACKLOG,
                Renditions::Wanted => WANTED_BACKLOG,
            };
            let next = timeline.edge(unix).map_or(MediaTime::MIN, |edge| edge - backlog);
            return Reach {
                next,
                until: MediaTime::MAX,
            };
        }
        let starts = timeline.tracks().iter().filter_map(|track| {
            let first = timeline.segments(track.key, MediaTime::MIN, MediaTime::MAX, unix, 1);
            first.first().map(|first| first.start)
        });
        let start = starts.min().unwrap_or(MediaTime::ZERO);
        let until = match self.plan.prewarm {
            Prewarm::All => MediaTime::MAX,
            Prewarm::Nothing => MediaTime::MIN,
            Prewarm::FirstOf(first) => start + first,
            Prewarm::Percent(percent) => {
                let end = timeline.edge(unix).unwrap_or(start);
                start + end.since(start).saturating_mul(u32::from(percent)) / 100
            }
        };
        Reach {
            next: MediaTime::MIN,
            until,
        }
    }

    /// Whether a track may be served to anybody.
    pub(crate) fn may_serve(&self, track: &Track) -> bool {
        match &self.plan.renditions {
            Renditions::All | Renditions::Wanted => true,
            Renditions::Listed(names) => {
                let bandwidth = track.bandwidth.to_string();
                let named = |name: &String| *name == track.representation || *name == bandwidth;
                names.iter().any(named)
            }
        }
    }

    fn may_follow(&self, track: &Track, wanted: impl Fn(TrackKey) -> bool) -> bool {
        match self.plan.renditions {
            Renditions::All | Renditions::Listed(_) => self.may_serve(track),
            Renditions::Wanted => wanted(track.key),
        }
    }

    /// Whether a film is fetched as a whole, whatever is asked for.
    pub(crate) fn takes_all(&self) -> bool {
        self.plan.prewarm == Prewarm::All && self.plan.renditions != Renditions::Wanted
    }

    /// Whether a segment will be fetched without anybody asking for it.
    pub(crate) fn will_come_to(&self, segment: &Segment) -> bool {
        let key = &segment.key;
        self.retries.contains_key(key)
            || match key.kind {
                SegmentKind::Init => self.inits.get(key) == Some(&Taken::No),
                SegmentKind::Media => self
                    .reach
                    .get(&key.track)
                    .is_some_and(|reach| reach.next <= segment.start && segment.start < reach.until),
            }
    }

    /// Whether a segment's turn to be fetched unasked has come and gone.
    pub(crate) fn has_passed(&self, segment: &Segment) -> bool {
        let key = &segment.key;
        // One that was due and has not failed again is nobody's any more.
        if self.retries.get(key).is_some_and(Retry::waits) {
            return false;
        }
        match key.kind {
            SegmentKind::Init => self.inits.get(key) == Some(&Taken::Yes),
            SegmentKind::Media => self
                .reach
                .get(&key.track)
                .is_some_and(|reach| segment.start < reach.next),
        }
    }

    /// The next segment to fetch, apart from media and wishes: a failed one that is due, or an init segment.
    pub(crate) fn next_due(&mut self, timeline: &Timeline, now: Timestamp) -> Option<Segment> {
        self.next_retry(timeline, now)
            .or_else(|| self.next_init(timeline))
    }

    fn next_retry(&mut self, timeline: &Timeline, now: Timestamp) -> Option<Segment> {
        let mut due = self.retries.iter_mut().filter(|(_, retry)| retry.at <= now);
        due.find_map(|(key, retry)| {
            let segment = timeline.segment(key)?;
            // Not due again before it has failed again.
            retry.at = Timestamp::from_micros(u64::MAX);
            Some(segment)
        })
    }

    fn next_init(&mut self, timeline: &Timeline) -> Option<Segment> {
        let (key, taken) = self.inits.iter_mut().find(|(_, taken)| **taken == Taken::No)?;
        *taken = Taken::Yes;
        timeline.segment(key)
    }

    /// The earliest segment of all followed tracks. Each is returned once.
    pub(crate) fn next_media(&mut self, timeline: &Timeline, unix: UnixTime) -> Option<Segment> {
        // Times are rounded to microseconds: a segment that only grazes the frontier was taken before.
        let earliest = |key: &TrackKey, reach: &Reach| {
            let segments = timeline.segments(*key, reach.next, reach.until, unix, 2);
            segments
                .into_iter()
                .find(|segment| segment.start + segment.duration / 2 >= reach.next)
        };
        let segment = self
            .reach
            .iter()
            .filter_map(|(key, reach)| earliest(key, reach))
            .min_by_key(|segment| (segment.start, segment.key))?;
        if let Some(reach) = self.reach.get_mut(&segment.key.track) {
            // A segment of no length must not be found again.
            reach.next = segment.start + segment.duration.max(Duration::from_micros(1));
        }
        Some(segment)
    }

    /// Notes that a segment came.
    pub(crate) fn on_fetched(&mut self, key: &SegmentKey) {
        self.retries.remove(key);
    }

    /// Has a segment fetched that was skipped, or came and was lost.
    pub(crate) fn again(&mut self, key: SegmentKey, now: Timestamp) {
        if self.retries.len() < MAX_RETRIES {
            let retry = Retry {
                first: now,
                failures: 0,
                at: now,
                error: FetchError::Network,
            };
            self.retries.insert(key, retry);
        }
    }

    /// How many times a segment has failed to come so far.
    pub(crate) fn failures(&self, key: &SegmentKey) -> u32 {
        self.retries.get(key).map_or(0, |retry| retry.failures)
    }

    /// Notes that a segment did not come, and says what is done about it.
    pub(crate) fn on_failed(
        &mut self,
        key: SegmentKey,
        error: FetchError,
        timeline: &Timeline,
        now: Timestamp,
    ) -> Verdict {
        if !self.retries.contains_key(&key) && self.retries.len() >= MAX_RETRIES {
            return Verdict::GivenUp(GapReason::TooMany);
        }
        let retry = self.retries.get_or_insert_with(key, || Retry {
            first: now,
            failures: 0,
            at: now,
            error,
        });
        retry.error = error;
        let not_there = matches!(error, FetchError::Status(404 | 425));
        if not_there && timeline.live().is_some() && now.since(retry.first) < LATE {
            retry.at = now + LATE_RETRY + self.rng.up_to(LATE_RETRY / 2);
            return Verdict::NotYet(retry.at);
        }
        retry.failures += 1;
        if retry.failures > MAX_FAILURES && key.kind == SegmentKind::Media {
            self.retries.remove(&key);
            return Verdict::GivenUp(GapReason::Origin(error));
        }
        let pause = back_off(retry.failures, FIRST_RETRY, LAST_RETRY);
        retry.at = now + pause + self.rng.up_to(pause / 4);
        Verdict::Again(retry.at)
    }

    /// Gives up what has left the manifest while it waited for a retry.
    pub(crate) fn lose(&mut self, timeline: &Timeline, unix: UnixTime) -> Vec<(SegmentKey, GapReason)> {
        let gone = |key: &SegmentKey| timeline.segment(key).is_none() || timeline.has_left(key, unix);
        let lost: Vec<_> = self
            .retries
            .iter()
            .filter(|(key, retry)| retry.waits() && gone(key))
            .map(|(key, retry)| (*key, GapReason::Expired(retry.error)))
            .collect();
        for (key, _) in &lost {
            self.retries.remove(key);
        }
        lost
    }

    /// When the next failed segment is retried.
    pub(crate) fn next_retry_at(&self) -> Option<Timestamp> {
        self.retries
            .values()
            .map(|retry| retry.at)
            .min()
            .filter(|at| *at < Timestamp::from_micros(u64::MAX))
    }
}

#[cfg(test)]
mod tests;
