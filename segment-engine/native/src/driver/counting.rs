//! The driver's reports about itself: how much of the title is available, and the figures for an operator.

use segment_engine::time::MediaTime;
use segment_engine::timeline::Track;

use super::Driver;
use crate::clock::unix_time;
use crate::figures::Figures;
use crate::link::Link;

impl Driver {
    /// Counts the segments that the manifest has so far, init segments included.
    pub(super) fn count_segments(&self) -> usize {
        let (timeline, now) = (self.engine.timeline(), self.skew.corrected(unix_time()));
        let count = |track: &Track| {
            let media = timeline
                .segments(track.key, MediaTime::MIN, MediaTime::MAX, now, usize::MAX)
                .len();
            media + usize::from(timeline.init_segment(track.key).is_some())
        };
        timeline.tracks().iter().map(count).sum()
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
