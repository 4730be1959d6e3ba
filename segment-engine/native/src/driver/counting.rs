//! The driver's reports about itself: how much of the title is available, and the figures for an operator.

use segment_engine::timeline::Track;

use super::Driver;
use crate::clock::unix_time;
use crate::figures::Figures;
use crate::link::Link;

/// Up to how many places of a track those that the manifest says are missing are told from the others. A stream that
/// counts its segments from 1970 on has a thousand million.
const LOOKED_AT: u64 = 4_096;

impl Driver {
    /// Counts the segments that the manifest has so far, init segments included. Of long tracks those count as well that the
    /// manifest says are missing.
    pub(super) fn count_segments(&self) -> usize {
        let (timeline, now) = (self.engine.timeline(), self.skew.corrected(unix_time()));
        let count = |track: &Track| {
            let places = timeline.available(track.key, now);
            let all = places.end.saturating_sub(places.start);
            let media = if all <= LOOKED_AT {
                places
                    .filter(|place| timeline.segment_at(track.key, *place).is_some())
                    .count()
            } else {
                usize::try_from(all).unwrap_or(usize::MAX)
            };
            media.saturating_add(usize::from(timeline.init_segment(track.key).is_some()))
        };
        timeline.tracks().iter().map(count).fold(0, usize::saturating_add)
    }

    /// Puts the figures together.
    pub(super) fn figures(&self) -> Figures {
        Figures {
            stats: self.engine.stats(),
            manifest: self.meter.manifest.clone(),
            signaling: self.meter.signaling,
            outage: self.outage.reason(),
            renditions: self.naming.state(self.engine.timeline().tracks()),
            live: self.engine.timeline().live().is_some(),
            available_segments: self.count_segments(),
            links: self.links.len(),
            impossible_links: self.meter.impossible_links,
            upload_queue: self.engine.upload_queue(),
            in_channels: self.links.values().map(Link::waiting).sum(),
            unsigned: self.engine.unsigned(),
            digest_lag: self.meter.digest_lag.clone(),
            origin: self.meter.origin.clone(),
        }
    }
}
