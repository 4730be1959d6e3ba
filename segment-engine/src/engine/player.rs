//! What the player says and gets: manifests, demands, deliveries.

use std::time::Duration;

use super::{Engine, Replan};
use crate::demand::Waiting;
use crate::error::InputError;
use crate::id::{DemandId, SegmentKey, SegmentKind, TrackKey};
use crate::input::{Demand, Position};
use crate::manifest::{self, Manifest};
use crate::output::{DeclineReason, Delivery, Event, Output, Source};
use crate::rate::{Came, Rung};
use crate::stats::SourceBytes;
use crate::store::Stored;
use crate::time::MediaTime;
use crate::timeline::{Segment, Track};
use crate::timer::Timer;
use crate::transfer::Cause;

/// How far a player's start of a segment may be from the manifest's: players round, and some count from the first
/// sample.
const START_TOLERANCE: Duration = Duration::from_millis(250);

/// The most media playlists of a title that are remembered.
const MAX_PLAYLISTS: usize = 256;

impl Engine {
    pub(super) fn on_manifest(&mut self, url: &str, body: &[u8]) {
        #[cfg(feature = "resources")]
        if manifest::files::is_list(body) {
            return self.on_file_list(url, body);
        }
        let playlist = self.playlists.get(url).cloned();
        let limits = &self.config.manifest_limits;
        match manifest::read(body, url, playlist.as_ref(), limits) {
            // Two such playlists would share one name, and so each other's bytes.
            Ok(Manifest::Title(_)) if playlist.is_none() && !self.playlists.is_empty() => {
                self.emit(Event::ManifestRejected {
                    reason: "a media playlist that the multivariant playlist does not name".to_owned(),
                });
            }
            Ok(Manifest::Title(timeline)) => {
                self.timeline.merge(timeline);
                self.on_timeline();
            }
            Ok(Manifest::Multivariant(playlists)) => {
                self.playlists = playlists
                    .into_iter()
                    .take(MAX_PLAYLISTS)
                    .map(|playlist| (playlist.url.clone(), playlist))
                    .collect();
            }
            Err(error) => self.emit(Event::ManifestRejected {
                reason: error.to_string(),
            }),
        }
    }

    pub(super) fn on_timeline(&mut self) {
        let tracks = u32::try_from(self.timeline.tracks().len()).unwrap_or(u32::MAX);
        self.emit(Event::TimelineUpdated {
            tracks,
            live: self.timeline.live().is_some(),
        });
        self.on_shelf_timeline();
        self.replan(Replan::Window);
    }

    pub(super) fn on_demand(&mut self, demand: &Demand) -> Result<(), InputError> {
        self.note_demand(demand.id)?;
        let located = self.located(demand);
        self.answer(demand.id, located);
        Ok(())
    }

    pub(super) fn note_demand(&mut self, id: DemandId) -> Result<(), InputError> {
        if self.demands.is_known(id) {
            return Err(InputError::DemandReused(id.0));
        }
        self.demands.on_demand(id);
        self.stats.demands += 1;
        Ok(())
    }

    pub(super) fn answer(&mut self, id: DemandId, located: Result<Segment, DeclineReason>) {
        match located {
            Ok(segment) => self.admit(id, &segment),
            Err(reason) => self.decline(id, reason),
        }
    }

    fn located(&self, demand: &Demand) -> Result<Segment, DeclineReason> {
        let segment = self
            .timeline
            .locate(&demand.url, demand.range)
            .ok_or(DeclineReason::Unknown)?;
        let track = self
            .timeline
            .track(segment.key.track)
            .ok_or(DeclineReason::Unknown)?;
        match &demand.position {
            Some(position) if !agrees(position, track, &segment) => Err(DeclineReason::Disagreement),
            Some(_) | None => Ok(segment),
        }
    }

    fn admit(&mut self, id: DemandId, segment: &Segment) {
        let Some(track) = self.timeline.track(segment.key.track) else {
            self.decline(id, DeclineReason::Unknown);
            return;
        };
        let unsettled = self.player.on_demand(self.now, track.content, segment);
        self.adopt_now(&segment.key);
        self.touch(&segment.key);
        if let Some(stored) = self.store.get(&segment.key) {
            let stored = stored.clone();
            self.stats.hits += 1;
            self.deliver(id, segment, &stored, Duration::ZERO);
            self.learn_stored(&segment.key);
            self.replan(Replan::Window);
            return;
        }
        if self.demands.is_full() {
            self.decline(id, DeclineReason::Busy);
            return;
        }
        let key = segment.key;
        let waiting = Waiting { key, since: self.now };
        self.demands.open(id, waiting);
        if !self.transfers.contains(&key) {
            if self.awaits_opening() || self.unshelve(&key) {
                self.replan(Replan::Window);
                return;
            }
            self.start(segment.clone());
        }
        if unsettled || (key.kind == SegmentKind::Init && self.origin.is_up(self.now)) {
            // With little else to play, a session's first segment and the first after a jump are not risked on peers.
            // Nor is a segment this small that holds up the first one of each rung.
            self.fetch_rest(key, Cause::Start);
        } else {
            self.arm_stripes(key);
            self.check_rescue(key);
        }
        self.replan(Replan::Window);
    }

    pub(super) fn on_demand_cancelled(&mut self, id: DemandId) {
        let Some(waiting) = self.demands.close(id) else {
            return;
        };
        if self.demands.wants(&waiting.key) {
            return;
        }
        self.timers.stop(&Timer::Rescue(waiting.key));
        // What peers send is kept: it is wanted soon, or by others. So is what was claimed for them. Other requests
        // to the origin cost money.
        for fetch in self.transfers.fetches_of(&waiting.key) {
            let own = self.transfers.response_mut(fetch).map(|response| response.cause);
            if matches!(own, Some(Cause::Start | Cause::Rescue)) {
                self.abort_fetch(fetch);
            }
        }
        self.let_idle_go(&waiting.key);
        self.replan(Replan::Window);
    }

    /// Answers every demand for a segment that is complete.
    pub(super) fn deliver_all(&mut self, segment: &Segment, stored: &Stored, took: Duration) {
        for id in self.demands.close_for(&segment.key) {
            self.deliver(id, segment, stored, took);
        }
    }

    fn deliver(&mut self, demand: DemandId, segment: &Segment, stored: &Stored, transfer: Duration) {
        let sources = stored.sources();
        let delivered = &mut self.stats.delivered;
        delivered.origin += sources.origin;
        delivered.seeder += sources.seeder;
        delivered.peer += sources.peer;
        delivered.stored += sources.stored;
        self.emit(Event::SegmentDelivered {
            label: self.label(segment),
            key: segment.key,
            start_ms: start_ms(segment),
            duration_ms: millis(segment.duration),
            bytes: stored.len(),
            source: main_source(sources),
        });
        let rate = self.rate_for(segment);
        self.outputs.push_back(Output::Deliver(Delivery {
            demand,
            body: stored.body(),
            sources,
            transfer,
            rate,
        }));
    }

    /// The rate that the player is told for a segment's rung.
    fn rate_for(&mut self, segment: &Segment) -> u64 {
        let rung = self.rung(segment.key.track);
        let came = if self.player.slack(self.now, segment) >= segment.duration / 2 {
            Came::InTime
        } else {
            Came::Late
        };
        match segment.key.kind {
            SegmentKind::Init => self.rates.tells(self.now, rung, Came::InTime),
            SegmentKind::Media => self.rates.told(self.now, rung, came),
        }
    }

    /// A track's place among those of the same content; `None` if it is the only one.
    pub(super) fn rung(&self, track: TrackKey) -> Option<Rung> {
        let track = self.timeline.track(track)?;
        let like = self.timeline.tracks().iter();
        let like = like.filter(|other| other.content == track.content);
        let others = like
            .map(|other| other.bandwidth)
            .filter(|other| *other != track.bandwidth);
        others.clone().next()?;
        Some(Rung {
            content: track.content,
            this: track.bandwidth,
            above: others.filter(|other| *other > track.bandwidth).min(),
        })
    }

    pub(super) fn decline(&mut self, demand: DemandId, reason: DeclineReason) {
        self.stats.declined += 1;
        self.outputs.push_back(Output::Decline { demand, reason });
    }

    pub(super) fn decline_all(&mut self, key: &SegmentKey, reason: DeclineReason) {
        self.timers.stop(&Timer::Rescue(*key));
        for id in self.demands.close_for(key) {
            self.decline(id, reason);
        }
    }

    /// A segment's name for people: its representation and time.
    pub(super) fn label(&self, segment: &Segment) -> String {
        let name = self
            .timeline
            .track(segment.key.track)
            .map_or("?", |track| &track.representation);
        match segment.key.kind {
            SegmentKind::Media if segment.is_timeless() => name.to_owned(),
            SegmentKind::Init => format!("{name} init"),
            SegmentKind::Media => {
                let tenths = segment.start.as_micros() / 100_000;
                format!("{name} {}.{}s", tenths / 10, tenths.unsigned_abs() % 10)
            }
        }
    }

    /// A segment's place, or what is left of it once the manifest has moved on.
    pub(super) fn segment(&self, key: &SegmentKey) -> Segment {
        self.timeline.segment(key).unwrap_or_else(|| Segment {
            key: *key,
            url: String::new(),
            start: MediaTime::ZERO,
            duration: Duration::ZERO,
        })
    }
}

fn agrees(position: &Position, track: &Track, segment: &Segment) -> bool {
    let same = position.representation == track.representation && position.kind == segment.key.kind;
    let apart = position
        .start
        .since(segment.start)
        .max(segment.start.since(position.start));
    same && (segment.key.kind == SegmentKind::Init || apart <= START_TOLERANCE)
}

/// The source of most of a segment's bytes.
pub(super) fn main_source(sources: SourceBytes) -> Source {
    if sources.stored > 0 {
        // A segment from the shelf comes whole.
        Source::Stored
    } else if sources.origin >= sources.seeder.max(sources.peer) {
        Source::Origin
    } else if sources.seeder >= sources.peer {
        Source::Seeder
    } else {
        Source::Peer
    }
}

pub(super) fn start_ms(segment: &Segment) -> Option<i64> {
    match segment.key.kind {
        SegmentKind::Init => None,
        SegmentKind::Media if segment.is_timeless() => None,
        SegmentKind::Media => Some(segment.start.as_micros() / 1_000),
    }
}

pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
