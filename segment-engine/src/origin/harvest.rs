//! What a seeder fetches next: every segment of every track, in the order of their times, each once.

use std::time::Duration;

use super::back_off;
use crate::id::{SegmentKey, SegmentKind, TrackKey};
use crate::time::{MediaTime, Timestamp, UnixTime};
use crate::timeline::{Segment, Timeline};
use crate::vecmap::VecMap;

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(30);

/// After this many failures a segment is given up; peers and viewers go to the origin for it.
const MAX_FAILURES: u32 = 8;

/// The most segments that wait for another try; those due soonest are given up first.
const MAX_RETRIES: usize = 1_024;

/// How much of a live window a seeder takes when it starts: what viewers at the edge may still want.
const LIVE_BACKLOG: Duration = Duration::from_secs(60);

/// The far end of every timeline.
const END: MediaTime = MediaTime::from_micros(i64::MAX);

/// How far the harvest of each track is, and what has to be tried again.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    frontier: VecMap<TrackKey, MediaTime>,
    inits: VecMap<SegmentKey, Taken>,
    retries: VecMap<SegmentKey, Retry>,
}

/// Whether an init segment was given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Yes,
    No,
}

#[derive(Debug)]
struct Retry {
    failures: u32,
    at: Timestamp,
}

impl Harvest {
    /// Notes the tracks of a new manifest.
    pub(crate) fn on_timeline(&mut self, timeline: &Timeline, unix: UnixTime) {
        let start = match (timeline.live(), timeline.edge(unix)) {
            (Some(_), Some(edge)) => edge - LIVE_BACKLOG,
            (Some(_) | None, _) => MediaTime::from_micros(i64::MIN),
        };
        self.frontier.retain(|key, _| timeline.track(*key).is_some());
        self.inits.retain(|key, _| timeline.segment(key).is_some());
        for track in timeline.tracks() {
            self.frontier.get_or_insert_with(track.key, || start);
            for init in timeline.init_segments(track.key) {
                self.inits.get_or_insert_with(init.key, || Taken::No);
            }
        }
    }

    /// The next segment to fetch: a failed one whose time has come, an init segment, or the earliest of all
    /// tracks. Each is given once.
    pub(crate) fn next(&mut self, timeline: &Timeline, now: Timestamp, unix: UnixTime) -> Option<Segment> {
        self.next_retry(timeline, now)
            .or_else(|| self.next_init(timeline))
            .or_else(|| self.next_media(timeline, unix))
    }

    fn next_retry(&mut self, timeline: &Timeline, now: Timestamp) -> Option<Segment> {
        let due: Vec<_> = self
            .retries
            .iter()
            .filter(|(_, retry)| retry.at <= now)
            .map(|(key, _)| *key)
            .collect();
        for key in due {
            let segment = timeline.segment(&key);
            let retry = self.retries.get_mut(&key).expect("invariant: listed above");
            // Not due again before it has failed again.
            retry.at = Timestamp::from_micros(u64::MAX);
            if segment.is_some() {
                return segment;
            }
            self.retries.remove(&key);
        }
        None
    }

    fn next_init(&mut self, timeline: &Timeline) -> Option<Segment> {
        let (key, taken) = self.inits.iter_mut().find(|(_, taken)| **taken == Taken::No)?;
        *taken = Taken::Yes;
        timeline.segment(key)
    }

    fn next_media(&mut self, timeline: &Timeline, unix: UnixTime) -> Option<Segment> {
        // Times are rounded to microseconds: a segment that only grazes the frontier was taken before.
        let earliest = |key: &TrackKey, frontier: MediaTime| {
            let segments = timeline.segments(*key, frontier, END, unix, 2);
            segments
                .into_iter()
                .find(|segment| segment.start + segment.duration / 2 >= frontier)
        };
        let segment = self
            .frontier
            .iter()
            .filter_map(|(key, frontier)| earliest(key, *frontier))
            .min_by_key(|segment| (segment.start, segment.key))?;
        // A segment of no length must not be found again.
        let next = segment.start + segment.duration.max(Duration::from_micros(1));
        self.frontier.insert(segment.key.track, next);
        Some(segment)
    }

    /// Notes that a segment came.
    pub(crate) fn on_fetched(&mut self, key: &SegmentKey) {
        self.retries.remove(key);
    }

    /// Has a segment fetched that was passed over, or came and was lost.
    #[cfg(feature = "shelf")]
    pub(crate) fn again(&mut self, key: SegmentKey, now: Timestamp) {
        if self.retries.len() < MAX_RETRIES {
            self.retries.insert(key, Retry { failures: 0, at: now });
        }
    }

    /// Notes that a segment did not come, and returns when it is tried again; `None` once it is given up.
    pub(crate) fn on_failed(&mut self, key: SegmentKey, now: Timestamp) -> Option<Timestamp> {
        let retry = self
            .retries
            .get_or_insert_with(key, || Retry { failures: 0, at: now });
        retry.failures += 1;
        if retry.failures > MAX_FAILURES && key.kind == SegmentKind::Media {
            self.retries.remove(&key);
            return None;
        }
        retry.at = now + back_off(retry.failures, FIRST_RETRY, LAST_RETRY);
        let at = retry.at;
        let soonest = self
            .retries
            .iter()
            .min_by_key(|(_, retry)| retry.at)
            .map(|(key, _)| *key);
        if let Some(soonest) = soonest.filter(|_| self.retries.len() > MAX_RETRIES) {
            self.retries.remove(&soonest);
        }
        Some(at)
    }

    /// When the next failed segment is tried again.
    pub(crate) fn next_retry_at(&self) -> Option<Timestamp> {
        self.retries
            .values()
            .map(|retry| retry.at)
            .min()
            .filter(|at| *at < Timestamp::from_micros(u64::MAX))
    }
}
