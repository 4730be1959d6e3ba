//! What cannot wait for peers: when the origin is asked for a demanded segment, for how much of it at once, and what
//! has to give way meanwhile.

use std::time::Duration;

use super::Engine;
use crate::bits::Bits;
use crate::id::{FetchId, SegmentKey};
use crate::output::{Event, RescueReason};
use crate::scheduler::{Lateness, Need, rescue_amount};
use crate::timeline::Segment;
use crate::timer::Timer;
use crate::transfer::{Cause, Span};
use crate::wire::PIECE;

/// How often an ongoing rescue is looked at again: it grows as time runs out.
const RESCUE_STEP: Duration = Duration::from_millis(100);

impl Engine {
    /// Decides whether a demanded segment can still wait for peers, and asks the origin for what cannot.
    pub(super) fn check_rescue(&mut self, key: SegmentKey) {
        let (Some(since), Some(download)) = (self.demands.since(&key), self.transfers.get(&key)) else {
            return;
        };
        let rest = download.lacking().minus(download.fetching.pieces());
        let fetched = download.size().is_some() && rest.is_empty();
        if fetched || self.is_fetched_whole(&key) {
            return;
        }
        if !self.origin.is_up(self.now) {
            self.timers.set(Timer::Rescue(key), self.origin.up_at());
            return;
        }
        let disputed = download.is_disputed();
        let hope = self
            .hope(&key, since)
            .filter(|until| *until > self.now && !disputed);
        let Some(until) = hope else {
            let reason = RescueReason::NoPeerLeft;
            self.rescue(key, 256, reason);
            return;
        };
        match self.need(&key, since).lateness() {
            Lateness::InTime(wait) => self.timers.set(Timer::Rescue(key), until.min(self.now + wait)),
            Lateness::Late(share) => {
                self.rescue(key, share, RescueReason::Deadline);
                self.timers.set(Timer::Rescue(key), self.now + RESCUE_STEP);
            }
        }
    }

    /// Whether some response brings all of a segment.
    pub(super) fn is_fetched_whole(&self, key: &SegmentKey) -> bool {
        let mut responses = self.transfers.responses();
        responses.any(|response| {
            response.key == *key && response.span == Span::Whole && response.cause != Cause::Audit
        })
    }

    fn need(&self, key: &SegmentKey, since: crate::time::Timestamp) -> Need {
        let download = self.transfers.get(key).expect("invariant: checked by the caller");
        let track = self.timeline.track(key.track);
        let segment = download.segment();
        let lacking = download.size().map(|_| download.bytes_lacking());
        let origin = track.map_or(Duration::from_secs(1), |track| {
            self.origin.expected(track, segment, lacking)
        });
        let patience = (since + self.config.peer_patience).since(self.now);
        Need {
            slack: download.slack(self.now).min(patience),
            origin,
            guard: Need::guard(segment.duration, self.config.rescue_guard),
        }
    }

    /// Fetches `share` 256ths of what is missing: first what no neighbour holds, last what peers are sending.
    fn rescue(&mut self, key: SegmentKey, share: u32, reason: RescueReason) {
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        if !download.rescued {
            download.rescued = true;
            self.stats.rescues += u64::from(reason == RescueReason::Deadline);
            self.emit(Event::Rescued { key, reason });
        }
        let is_due = reason != RescueReason::Deadline || self.is_asked_due(&key);
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let whole = !self.comes_in_parts(download) || (share >= 256 && is_due);
        if whole {
            self.fetch_rest(key, Cause::Rescue);
            return;
        }
        let lacking = download.lacking();
        let rest = lacking.minus(download.fetching.pieces());
        let amount = rescue_amount(rest.count(), lacking.count() - rest.count(), share);
        let mut chosen = Bits::none(lacking.len());
        let mut order: Vec<u32> = rest
            .iter()
            .filter(|piece| !download.asks.pieces().contains(*piece))
            .collect();
        order.sort_by_key(|piece| (download.replicas(*piece) > 0, *piece));
        for piece in order.into_iter().take(amount as usize) {
            chosen.add(piece);
        }
        self.fetch_pieces(key, &chosen, Cause::Rescue);
    }

    /// Whether pieces that peers were asked for have to be fetched as well: they are left to the peers until that
    /// would be too late. On a link that is barely fast enough, what comes twice makes the next segment late: 100
    /// viewers of 4 Mbit/s, four to a downlink of 20, stalled 28 times in a minute instead of 133.
    fn is_asked_due(&self, key: &SegmentKey) -> bool {
        let Some(download) = self.transfers.get(key) else {
            return true;
        };
        let asked = u64::from(download.asks.pieces().count()) * PIECE as u64;
        let track = self.timeline.track(key.track);
        let takes = track.map_or(Duration::ZERO, |track| {
            self.origin.expected(track, download.segment(), Some(asked))
        });
        let guard = Need::guard(download.segment().duration, self.config.rescue_guard);
        let since = self
            .demands
            .since(key)
            .filter(|_| download.segment().is_timeless());
        // A segment on no timeline is only late once patience runs out.
        let slack = since.map_or(download.slack(self.now), |since| self.need(key, since).slack);
        asked == 0 || slack <= takes + guard / 2
    }

    /// Asks for the next segment when the one that the player waits for at a start is nearly complete and the next is
    /// as urgent, so that the link does not idle for a round trip in between.
    pub(super) fn follow_up(&mut self, fetch: FetchId) {
        let now = self.now;
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        let (key, cause, begun) = (response.key, response.cause, response.started);
        let rest = response
            .rest(now)
            .filter(|rest| *rest <= self.origin.round_trip());
        let waits = self.demands.wants(&key) && self.player.position(now).is_some();
        let Some(rest) = rest.filter(|_| waits && cause == Cause::Start) else {
            return;
        };
        let Some(next) = self.segment_after(&key) else {
            return;
        };
        // The next is taken to need as long as this one.
        let late = self.player.slack(now, &next) <= now.since(begun) + rest + self.config.rescue_guard;
        let next_key = next.key;
        let held = self.store.contains(&next_key) || self.shelved_len(&next_key).is_some();
        if !late || held || !self.transfers.fetches_of(&next_key).is_empty() {
            return;
        }
        if !self.transfers.contains(&next_key) {
            self.start(next);
        }
        self.fetch_rest(next_key, Cause::Start);
    }

    /// The segment that follows one, if it is available.
    fn segment_after(&self, key: &SegmentKey) -> Option<Segment> {
        let end = self
            .timeline
            .segment(key)
            .map(|segment| segment.start + segment.duration)?;
        let after = self
            .timeline
            .segments(key.track, end, end + Duration::from_millis(1), self.unix(), 2);
        after
            .into_iter()
            .find(|segment| segment.start >= end && segment.key != *key)
    }

    /// Whether a demanded segment may be late even from the origin: nothing else may delay it.
    pub(super) fn is_pressed(&self) -> bool {
        self.is_pressed_within(|_| Duration::ZERO)
    }

    /// Whether a demand is so urgent that nothing is fetched from the origin for others: a rescue would fetch all of
    /// it. Of 300 viewers of whom 270 come within a minute, one or two stalled for some milliseconds without this.
    pub(super) fn has_none_to_spare(&self) -> bool {
        self.is_pressed_within(|need| need.guard / 2)
    }

    fn is_pressed_within(&self, spare: impl Fn(&Need) -> Duration) -> bool {
        let late = |key: SegmentKey| {
            let Some(since) = self.demands.since(&key).filter(|_| self.transfers.contains(&key)) else {
                return false;
            };
            let need = self.need(&key, since);
            need.slack <= need.origin + spare(&need)
        };
        self.demands.keys().any(late)
    }

    /// The least slack of what the player has demanded; the maximum if it has demanded nothing.
    pub(super) fn least_slack(&self) -> Duration {
        let demanded = self.demands.keys();
        let slacks = demanded.filter_map(|key| Some(self.transfers.get(&key)?.slack(self.now)));
        slacks.min().unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests;
