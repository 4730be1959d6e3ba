//! What a track is made of: init segments, the times of its segments, their URLs, their availability.

use std::ops::Range;
use std::time::Duration;

use super::address::Address;
use super::axis::{Axis, Position};
use super::clock::Clock;
use super::index::Index;
use super::names::{Closeness, Names, Request};
use super::{Live, Segment};
#[cfg(feature = "hls")]
use crate::fnv::Fnv;
use crate::id::{ByteRange, SegmentKey, SegmentKind, TrackKey};
use crate::time::{MediaTime, UnixTime};
#[cfg(feature = "hls")]
use crate::vecmap::{VecMap, VecSet};

/// The most init segments of one playlist.
#[cfg(feature = "hls")]
pub(crate) const MAX_INITS: usize = 4096;

/// The most segments that are listed for one representation, unless [`Limits`](crate::manifest::Limits) say
/// otherwise, and the most that delta updates gather.
pub(crate) const MAX_LISTED: usize = 100_000;

/// A presentation that begins this much later than it did, in milliseconds, is another one: servers' clocks differ by
/// less.
#[cfg(feature = "seeder")]
const ANOTHER_EPOCH: i64 = 60_000;

/// How many segments one copy of a list may be behind another.
#[cfg(all(feature = "seeder", feature = "shelf"))]
const STALE_SEGMENTS: i64 = 8;

/// An init segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Init {
    /// Its time as [`SegmentKey::time`] has it.
    pub(crate) time: i64,
    /// Where it is, at each base URL; at least one.
    pub(crate) addresses: Vec<Address>,
    /// The part of the resource.
    pub(crate) range: Option<ByteRange>,
    /// The media sequence number of the segment from which on it serves, at its last use; 0 in DASH.
    pub(crate) from: i64,
    /// Whether its host is not that of the playlist; never in DASH.
    pub(crate) is_elsewhere: bool,
    /// Whether it has a query of its own, which the segment that it serves does not have; never in DASH.
    pub(crate) is_queried: bool,
}

#[cfg(feature = "hls")]
impl Init {
    /// Names the init segments of an HLS playlist, each once: by their paths, and by their hosts if those are not the
    /// playlist's. Nothing else tells one from its predecessors once a live window has moved on, and one must never
    /// be taken for another.
    ///
    /// One that has a query of its own is named by that, too; if its segments have the same query, that is a token,
    /// which changes. If several differ in nothing else, each is named by its query, and stays so for as long as it
    /// is in use, if it was among those that are `known`.
    pub(crate) fn name_all(inits: &mut Vec<Self>, known: &[Self]) {
        let mut last = VecMap::default();
        let mut alike: VecMap<_, u32> = VecMap::default();
        for init in &*inits {
            if last.insert((init.in_full(), init.range), init.from).is_none() {
                *alike.get_or_insert_with((init.by_place(), init.range), || 0) += 1;
            }
        }
        inits.retain_mut(|init| {
            let from = last.remove(&(init.in_full(), init.range));
            init.from = from.unwrap_or(init.from);
            from.is_some()
        });
        let mut were = VecSet::default();
        for known in known {
            were.insert((known.time, known.range));
        }
        for init in inits {
            let (place, full) = (init.by_place(), init.in_full());
            let is_sole = alike.get(&(place, init.range)) == Some(&1);
            let was_full = were.contains(&(full, init.range));
            init.time = if is_sole && !was_full && !init.is_queried {
                place
            } else {
                full
            };
        }
    }

    fn by_place(&self) -> i64 {
        self.hashed(|address| {
            let host = if self.is_elsewhere { address.host() } else { "" };
            format!("{host}{}", address.path())
        })
    }

    fn in_full(&self) -> i64 {
        self.hashed(|address| format!("{}{}", address.host(), address.target()))
    }

    fn hashed(&self, text: impl Fn(&Address) -> String) -> i64 {
        let text = self.addresses.first().map(text).unwrap_or_default();
        (Fnv::of(text.as_bytes()) >> 1).cast_signed()
    }
}

/// A request could mean several segments of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ambiguous;

/// The segments of one track.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Media {
    /// Init segments in the order of their use.
    pub(crate) inits: Vec<Init>,
    /// The file's index, which gives its segments; fetched as an init segment is.
    pub(crate) index: Option<Index>,
    /// The times of the segments.
    pub(crate) axis: Axis,
    /// The URLs of the segments.
    pub(crate) names: Option<Names>,
    /// Their availability; `None` if all that is listed is available.
    pub(crate) clock: Option<Clock>,
    /// What the manifest says about the track's future; `None` if it is complete.
    pub(crate) live: Option<Live>,
}

impl Media {
    /// The init segments, in the order of their use, and the index.
    pub(crate) fn inits(&self, track: TrackKey) -> impl Iterator<Item = Segment> {
        let inits = self.inits.iter().filter_map(move |init| self.init(track, init));
        inits.chain(self.index(track))
    }

    /// The index, as if it were an init segment.
    pub(crate) fn index(&self, track: TrackKey) -> Option<Segment> {
        let index = self.index.as_ref()?;
        self.ahead(track, 0, &index.addresses, Some(index.range))
    }

    /// The segment with that key.
    pub(crate) fn segment(&self, key: &SegmentKey) -> Option<Segment> {
        let found = match key.kind {
            SegmentKind::Init => self.inits(key.track).find(|init| init.key == *key)?,
            SegmentKind::Media => self.at(key.track, self.axis.index_of(key.time)?)?,
        };
        (found.key == *key).then_some(found)
    }

    /// Whether the media segment with that time is available at `now`, or about to be, or was within the last `past`.
    /// Clocks differ: one that begins by then counts.
    pub(crate) fn is_current(&self, time: i64, now: UnixTime, past: Duration) -> bool {
        if self.is_over(now) {
            return false;
        }
        let position = self.axis.index_of(time).and_then(|index| self.axis.at(index));
        let Some(clock) = self.clock.filter(|_| self.live.is_some()) else {
            return position.is_some() || self.live.is_some();
        };
        let (Some(position), Some(edge)) = (position, clock.edge(now)) else {
            return false;
        };
        let all_there = edge == MediaTime::MAX;
        all_there || (position.start <= edge && position.end() + past > edge)
    }

    /// Whether the segment with that key precedes the first available one.
    pub(crate) fn has_left(&self, key: &SegmentKey, now: UnixTime) -> bool {
        let first = self.axis.at(self.first_there(now));
        key.kind == SegmentKind::Media && first.is_some_and(|first| key.time.wrapping_sub(first.time) < 0)
    }

    /// Whether the media segment with that time comes after the last available one, by more than a copy of the list
    /// can be stale.
    #[cfg(all(feature = "seeder", feature = "shelf"))]
    pub(crate) fn is_ahead(&self, time: i64, now: UnixTime) -> bool {
        let end = self.available(now).end;
        let at = |back: u64| self.axis.at(end.checked_sub(back)?);
        let (Some(last), Some(before)) = (at(1), at(2)) else {
            return false;
        };
        let step = last.time.wrapping_sub(before.time).max(1);
        time.wrapping_sub(last.time) > step.saturating_mul(STALE_SEGMENTS)
    }

    /// Available media segments that overlap `from..to`, in order, at most `limit`.
    pub(crate) fn segments(
        &self,
        track: TrackKey,
        from: MediaTime,
        to: MediaTime,
        now: UnixTime,
        limit: usize,
    ) -> Vec<Segment> {
        let edge = match self.clock {
            Some(clock) => clock.reach(now),
            None => Some(MediaTime::MAX),
        };
        let Some(edge) = edge.filter(|_| !self.is_over(now)) else {
            return Vec::new();
        };
        let first = self.axis.first_ending_after(from).max(self.first_there(now));
        (first..self.axis.len())
            .map_while(|index| self.axis.at(index))
            .take_while(|position| position.start < to && position.end() <= edge)
            .filter_map(|position| self.located(track, position))
            .take(limit)
            .collect()
    }

    /// The places of the segments that are available at `now`.
    pub(crate) fn available(&self, now: UnixTime) -> Range<u64> {
        if self.is_over(now) {
            return 0..0;
        }
        let Some(clock) = self.clock else {
            return 0..self.axis.len();
        };
        let first = self.first_there(now);
        let end = clock
            .reach(now)
            .map_or(0, |edge| self.axis.first_ending_after(edge));
        first..end.max(first)
    }

    /// The place of the first segment that has not left: each stays for its own length, and the clock's depth, after
    /// its end (ISO/IEC 23009-1, 5.3.9.5.3).
    fn first_there(&self, now: UnixTime) -> u64 {
        let Some(clock) = self.clock else { return 0 };
        let oldest = clock.oldest(now);
        let next = self.axis.first_ending_after(oldest);
        let last = next.checked_sub(1).and_then(|last| self.axis.at(last));
        let stays = |last: &Position| last.end() + last.duration > oldest;
        last.filter(stays).map_or(next, |last| last.index)
    }

    /// Where the newest segment that is available at `now` ends.
    pub(crate) fn edge(&self, now: UnixTime) -> Option<MediaTime> {
        let last = self.axis.at(self.axis.len().checked_sub(1)?)?.end();
        if self.is_over(now) {
            return None;
        }
        match self.clock {
            Some(clock) => clock.edge(now).map(|edge| edge.min(last)),
            None => Some(last),
        }
    }

    /// When the next segment becomes available that is not at `now`.
    pub(crate) fn next_available(&self, now: UnixTime) -> Option<UnixTime> {
        let clock = self.clock?;
        let next = clock
            .reach(now)
            .map_or(0, |edge| self.axis.first_ending_after(edge));
        let available = clock.available(self.axis.at(next)?.end());
        (available > now && !self.is_over(available)).then_some(available)
    }

    /// Whether these are segments of another presentation than `known`, for an MPD: it is live where that was
    /// complete, began later, or its list is far behind.
    #[cfg(feature = "seeder")]
    pub(crate) fn is_presented_anew_after(&self, known: &Self) -> bool {
        if self.live.is_none() {
            return false;
        }
        match (self.clock, known.clock) {
            // A counted track does not tell how far it goes: a film's segments have no clock.
            (Some(_), None) => known.live.is_none(),
            (Some(later), Some(known)) => {
                let later_by = later.epoch.as_millis().saturating_sub(known.epoch.as_millis());
                later_by >= ANOTHER_EPOCH
            }
            (None, Some(_)) => false,
            // If it continues where it was, it had not ended after all.
            (None, None) if known.live.is_none() => self.axis.ends_before(&known.axis),
            (None, None) => self.axis.is_back_behind(&known.axis),
        }
    }

    /// Whether the manifest says that nothing is available any more.
    fn is_over(&self, now: UnixTime) -> bool {
        let until = self.live.and_then(|live| live.until);
        until.is_some_and(|until| now > until)
    }

    /// The segment that a request with its range means, at one closeness.
    pub(crate) fn find(
        &self,
        track: TrackKey,
        request: &Request,
        range: Option<ByteRange>,
        closeness: Closeness,
    ) -> Option<Result<Segment, Ambiguous>> {
        let is_meant = |init: &&Init| init.range == range && request.means_any(&init.addresses, closeness);
        let mut inits = self.inits.iter().filter(is_meant);
        if let Some(init) = inits.next() {
            return match inits.next() {
                None => self.init(track, init).map(Ok),
                Some(_) => Some(Err(Ambiguous)),
            };
        }
        if let Some(index) = &self.index
            && range == Some(index.range)
            && request.means_any(&index.addresses, closeness)
        {
            return self.index(track).map(Ok);
        }
        let found = self.names.as_ref()?.find(request, range, closeness, &self.axis);
        match found.as_slice() {
            [] => None,
            [index] => self.at(track, *index).map(Ok),
            [..] => Some(Err(Ambiguous)),
        }
    }

    /// The media segment at a place.
    pub(crate) fn at(&self, track: TrackKey, index: u64) -> Option<Segment> {
        self.located(track, self.axis.at(index)?)
    }

    fn located(&self, track: TrackKey, position: Position) -> Option<Segment> {
        let location = self.names.as_ref()?.location(&position)?;
        let key = SegmentKey {
            track,
            kind: SegmentKind::Media,
            time: position.time,
            range: location.range,
        };
        Some(Segment {
            key,
            url: location.url,
            start: position.start,
            duration: position.duration,
        })
    }

    fn init(&self, track: TrackKey, init: &Init) -> Option<Segment> {
        self.ahead(track, init.time, &init.addresses, init.range)
    }

    /// The init segment or index that is needed before media segments.
    fn ahead(
        &self,
        track: TrackKey,
        time: i64,
        addresses: &[Address],
        range: Option<ByteRange>,
    ) -> Option<Segment> {
        let key = SegmentKey {
            track,
            kind: SegmentKind::Init,
            time,
            range,
        };
        let url = addresses.first()?.to_string();
        Some(Segment {
            key,
            url,
            start: self.axis.origin(),
            duration: Duration::ZERO,
        })
    }
}
