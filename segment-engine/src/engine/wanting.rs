//! What is wanted: the segments that the player asked for, and those it will ask for next; and when it needs each.

use std::time::Duration;

use super::{Engine, Replan};
use crate::claims::stripe_count;
use crate::config::Role;
use crate::id::SegmentKey;
use crate::peer::Peer;
use crate::time::{Timestamp, UnixTime};
use crate::timeline::Segment;
use crate::timer::Timer;
use crate::transfer::{Cause, Download, MAX_DOWNLOADS};
use crate::vecmap::VecMap;

/// How long before a live segment is available its stripes are claimed: the longest that volunteers take, plus the
/// time for a claim to be heard by all.
pub(super) const CLAIM_LEAD: Duration = Duration::from_secs(2);

/// The most segments of one track that are looked at when fetching ahead.
const LOOK_AHEAD: usize = 32;

/// How long a segment that is not demanded stays on its way after the playhead has passed it.
const GRACE: Duration = Duration::from_secs(1);

impl Engine {
    /// Starts what the player will want next, and drops what it no longer will.
    pub(super) fn plan_window(&mut self) {
        if self.config.role != Role::Viewer {
            return;
        }
        self.drop_unwanted();
        if self.has_peers() && self.may_prefetch() {
            for segment in self.segments_ahead() {
                if self.transfers.len() >= MAX_DOWNLOADS {
                    break;
                }
                let key = segment.key;
                if !self.store.contains(&key)
                    && !self.transfers.contains(&key)
                    && self.shelved_len(&key).is_none()
                {
                    self.start(segment);
                }
            }
        }
        let foreseen = self.foresight();
        if let Some(at) = self.timeline.next_available(foreseen) {
            let wait = at.since(foreseen).max(Duration::from_millis(10));
            self.timers.set(Timer::Window, self.now + wait);
        }
    }

    /// The time until which segments are prepared for. If nobody signs, that is now: a segment's record tells its
    /// claimers when to fetch it.
    fn foresight(&self) -> UnixTime {
        let lead = if self.trust_needs_records() {
            CLAIM_LEAD
        } else {
            Duration::ZERO
        };
        self.unix() + lead
    }

    /// Whether any peer is past its handshake.
    pub(super) fn has_peers(&self) -> bool {
        self.peers.values().any(|peer| peer.role().is_some())
    }

    /// The segments after the last demanded ones, within the window ahead of them.
    fn segments_ahead(&self) -> Vec<Segment> {
        let mut ahead = Vec::new();
        let unix = self.foresight();
        for (track, from) in self.player.current() {
            let to = from + self.config.prefetch_window;
            ahead.extend(self.timeline.segments(track, from, to, unix, LOOK_AHEAD));
        }
        ahead.sort_by_key(|segment| (segment.start, segment.key));
        ahead
    }

    /// Starts to gather a segment from peers, as far as possible.
    pub(super) fn start(&mut self, segment: Segment) {
        self.forget_claims();
        let key = segment.key;
        let deadline = self.now + self.player.slack(self.now, &segment);
        let stripes = self.stripes_of(&segment);
        let mut download = Download::new(segment, stripes, self.now, deadline);
        #[cfg(feature = "resources")]
        {
            download.digest = self.timeline.digest(key.track);
        }
        if !self.needs_record(&key) {
            download.stripes.on_there();
        }
        let record = self.integrity.record(&key).filter(|_| !download.is_unproven());
        self.transfers.start(download);
        if let Some(record) = record {
            self.on_record_known(key, record);
        } else if self.needs_record(&key) {
            if self.timeline.live().is_some() {
                self.subscribe_to_layer(key);
            }
            self.arm_stripes(key);
        } else {
            self.adopt_unsigned(key);
        }
    }

    /// How many stripes a segment has. One if nobody signs: its size is known only once somebody has all of it.
    fn stripes_of(&self, segment: &Segment) -> u32 {
        if !self.needs_record(&segment.key) {
            return 1;
        }
        let bandwidth = self
            .timeline
            .track(segment.key.track)
            .map_or(0, |track| track.bandwidth);
        let millis = u64::try_from(segment.duration.as_millis()).unwrap_or(u64::MAX);
        stripe_count(bandwidth.saturating_mul(millis) / 8_000)
    }

    /// Fills in what neighbours hold, once a download's size is known.
    pub(super) fn fill_holders(&mut self, key: SegmentKey) {
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        let Some(size) = download.size() else {
            return;
        };
        for peer in self.peers.values() {
            let Some(holding) = peer.held.of(&key).filter(|holding| holding.size == size) else {
                continue;
            };
            if peer.serves() {
                download.on_held(peer.slot(), &holding.bits());
            }
            if holding.leaves == crate::wire::Leaves::Held {
                download.layer_holders.insert(peer.slot());
            }
        }
    }

    /// Drops downloads that nobody waits for and that the player has passed or will not reach.
    fn drop_unwanted(&mut self) {
        let current: VecMap<_, _> = self.player.current().collect();
        let position = self.player.position(self.now);
        let unwanted = |download: &&Download| {
            let segment = download.segment();
            let passed = position.is_some_and(|position| segment.start + segment.duration + GRACE < position);
            let far = match current.get(&segment.key.track) {
                // One more than are fetched ahead: it may be under way without that, because the last demanded is
                // late.
                Some(from) => segment.start > *from + self.config.prefetch_window + segment.duration * 2,
                None => !current.is_empty(),
            };
            !self.demands.wants(&segment.key) && (passed || far || segment.is_timeless())
        };
        let unwanted: Vec<SegmentKey> = self
            .transfers
            .iter()
            .filter(unwanted)
            .map(Download::key)
            .collect();
        for key in unwanted {
            self.abandon(&key);
            self.serve_awaited(&key);
        }
    }

    /// Gives a segment up: cancels its requests and stops its timers.
    pub(super) fn abandon(&mut self, key: &SegmentKey) {
        for fetch in self.transfers.fetches_of(key) {
            let cause = self.transfers.response_mut(fetch).map(|response| response.cause);
            if cause != Some(Cause::Audit) {
                self.abort_fetch(fetch);
            }
        }
        self.cancel_requests(key, |_| true);
        self.timers.stop(&Timer::Rescue(*key));
        self.timers.stop(&Timer::Stripes(*key));
        self.transfers.end(key);
    }

    /// Works out again when the player needs each segment.
    pub(super) fn refresh_deadlines(&mut self) {
        let now = self.now;
        for download in self.transfers.iter_mut() {
            let deadline = now + self.player.slack(now, download.segment());
            download.set_deadline(deadline);
        }
        self.transfers.on_deadlines();
        let demanded: Vec<_> = self.demands.keys().collect();
        for key in demanded {
            self.check_rescue(key);
        }
        self.replan(Replan::Window);
    }

    /// Until when a segment that cannot be gathered now may still come from peers; `None` if none is expected.
    pub(super) fn hope(&self, key: &SegmentKey, since: Timestamp) -> Option<Timestamp> {
        let far = Timestamp::from_micros(u64::MAX);
        if !self.trusts_peers() && !self.is_by_digest(key) {
            return None;
        }
        if self.peers.is_empty() {
            return self.swarm.hope(self.now);
        }
        if !self.has_peers() {
            return Some(
                self.swarm
                    .hope(self.now)
                    .unwrap_or(self.now + Duration::from_secs(1)),
            );
        }
        let live = self.timeline.live().is_some();
        let download = self.transfers.get(key);
        if let Some(download) = download.filter(|download| download.size().is_some()) {
            let mut counted = download.holders().filter_map(|(slot, _)| download.holder(slot));
            let held = counted.any(|held| !held.is_empty());
            return if held || live || self.shares_position() {
                Some(far)
            } else {
                Some(self.swarm.word_until(since))
            };
        }
        // A seeder brings what is in its manifest.
        let seeder = !self.is_by_digest(key)
            && self
                .peers
                .values()
                .filter_map(Peer::role)
                .any(|role| role == crate::wire::PeerRole::Seeder);
        if seeder || (live && self.is_fed(key)) {
            return Some(far);
        }
        Some(self.swarm.word_until(since))
    }

    /// Whether a neighbour plays near this peer's position: it may fetch what this one needs, or need it too.
    fn shares_position(&self) -> bool {
        let own = self.player.position(self.now);
        own.is_some_and(|own| self.swarm.is_anyone_near(self.now, own))
    }

    /// Whether digests of such segments arrive: those of the latest available ones are known.
    fn is_fed(&self, key: &SegmentKey) -> bool {
        if !self.trust_needs_records() {
            return true;
        }
        let Some(segment) = self.timeline.segment(key) else {
            return false;
        };
        let from = segment.start - segment.duration * 3;
        let before = self
            .timeline
            .segments(key.track, from, segment.start, self.unix(), 4);
        before
            .iter()
            .any(|segment| self.integrity.record(&segment.key).is_some())
    }
}

#[cfg(test)]
mod tests;
