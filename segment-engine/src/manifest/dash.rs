//! From an MPD to a [`Timeline`]: periods are placed, addressing is inherited, URLs are resolved.
//!
//! A representation whose addressing this reader does not know, or whose URLs are not http or https, is left
//! out: the player fetches it by itself. What breaks a bound fails the whole manifest.

use std::time::Duration;

use super::Limits;
use super::addressing::{Context, Fault, Places};
use super::bases::Bases;
use super::identity::{self, PeriodName, RepresentationName};
use super::iso8601::Nanos;
use super::mpd::{Addressing, Mpd, Period, Representation, Scheme, Set};
use crate::error::ManifestError;
use crate::fnv::Fnv;
use crate::id::TrackKey;
use crate::time::MediaTime;
#[cfg(feature = "seeder")]
use crate::timeline::TimeSource;
use crate::timeline::address::Address;
use crate::timeline::clock::{Clock, Early};
use crate::timeline::{Content, LeftOut, Live, Omission, Scope, Timeline, Track};

/// Puts an MPD on a timeline.
pub(super) fn timeline(mpd: &Mpd, url: &Address, limits: &Limits) -> Result<Timeline, ManifestError> {
    let live = mpd.dynamic.then(|| Live {
        refresh: mpd.refresh.map(Nanos::as_duration),
        delay: mpd.delay.map(Nanos::as_duration),
        until: mpd.until,
    });
    let mut places = Places::new(limits);
    let bases = Bases::of(url, &mpd.locations).within(&mpd.bases, &mut places)?;
    let (placed, mut left_out) = place(mpd);
    let (mut tracks, mut names) = (Vec::new(), Vec::new());
    for placed in placed {
        let sets = placed.period.sets.iter();
        let ids = sets.flat_map(|set| &set.representations).map(|own| &own.id);
        let scene = Scene {
            ids: Ids::of(ids.flatten().map(hash).collect()),
            mpd,
            live,
            placed: &placed,
            bases: bases.within(&placed.period.bases, &mut places)?,
        };
        let sets = placed.period.sets.iter().enumerate();
        for (index, set) in sets.filter(|(_, set)| !set.representations.is_empty()) {
            // Once for the whole set: resolving long URLs takes time.
            let bases = scene.bases.within(&set.bases, &mut places)?;
            for (order, representation) in set.representations.iter().enumerate() {
                let bases = bases.within(&representation.bases, &mut places)?;
                match scene.track(
                    &mut places,
                    &mut names,
                    &bases,
                    (index, set),
                    (order, representation),
                ) {
                    Ok(track) => tracks.push(track),
                    Err(Fault::Fatal(error)) => return Err(error),
                    Err(Fault::Left(reason)) => left_out.push(LeftOut {
                        representation: own_name(representation, order),
                        reason,
                    }),
                }
            }
        }
    }
    let timeline = Timeline::new(tracks, Scope::Title, left_out);
    #[cfg(feature = "seeder")]
    let timeline = timeline.with_time_sources(time_sources(mpd, url));
    Ok(timeline)
}

/// The clocks that a live MPD goes by.
#[cfg(feature = "seeder")]
fn time_sources(mpd: &Mpd, url: &Address) -> Vec<TimeSource> {
    let mut sources = Vec::new();
    for (scheme, value) in mpd.clocks.iter().filter(|_| mpd.dynamic) {
        TimeSource::add(&mut sources, (scheme.trim(), value), url);
    }
    sources
}

/// A period and where it is.
struct Placed<'a> {
    period: &'a Period,
    name: PeriodName,
    start: Nanos,
    duration: Option<Nanos>,
}

/// Places the periods (ISO/IEC 23009-1, 5.3.2.1). One whose start is not known yet is left out.
fn place(mpd: &Mpd) -> (Vec<Placed<'_>>, Vec<LeftOut>) {
    let mut starts: Vec<Option<Nanos>> = Vec::new();
    for (index, period) in mpd.periods.iter().enumerate() {
        let before = index
            .checked_sub(1)
            .map(|before| (&mpd.periods[before], starts[before]));
        let follows = match before {
            Some((before, start)) => start
                .zip(before.duration)
                .map(|(start, length)| start.plus(length)),
            None => (!mpd.dynamic || mpd.periods.len() == 1).then_some(Nanos(0)),
        };
        starts.push(period.start.or(follows));
    }
    let first = starts.first().copied().flatten().unwrap_or_default();
    // What is over before the first period starts is no end: it is how long all periods are together.
    let end = mpd.duration.map(|total| match total <= first {
        true => first.plus(total),
        false => total,
    });
    let ids = mpd.periods.iter().filter_map(|period| period.id.as_ref());
    let ids = Ids::of(ids.map(hash).collect());
    let placed = mpd.periods.iter().enumerate().filter_map(|(index, period)| {
        let start = starts[index]?;
        let next = starts
            .get(index + 1)
            .copied()
            .flatten()
            .map(|next| next.since(start));
        let rest = end.map(|end| end.since(start));
        // A period that is shorter than it is to the next one leaves a gap.
        let said = next.into_iter().chain(period.duration).min();
        let duration = said.or(rest.filter(|_| index + 1 == mpd.periods.len()));
        Some(Placed {
            period,
            name: match &period.id {
                Some(id) if ids.is_sole(id) => PeriodName::Id(id.clone()),
                Some(_) | None if mpd.dynamic => PeriodName::Start(start.as_micros()),
                Some(_) | None => PeriodName::Index(index),
            },
            start,
            duration,
        })
    });
    let unplaced = mpd
        .periods
        .iter()
        .zip(&starts)
        .filter(|(_, start)| start.is_none());
    let left_out = unplaced.map(|(period, _)| LeftOut {
        representation: period.id.clone().unwrap_or_default(),
        reason: Omission::Unplaced,
    });
    let left_out = left_out.collect();
    (placed.collect(), left_out)
}

/// Ids by their hashes, so that each of thousands can be looked for among the others.
struct Ids(Vec<u64>);

impl Ids {
    fn of(mut hashes: Vec<u64>) -> Self {
        hashes.sort_unstable();
        Self(hashes)
    }

    /// Whether an id occurs exactly once.
    fn is_sole(&self, id: &String) -> bool {
        let hash = hash(id);
        let at = self.0.partition_point(|known| *known < hash);
        self.0.get(at + 1) != Some(&hash)
    }
}

fn hash(id: &String) -> u64 {
    Fnv::of(id.as_bytes())
}

/// A period while its representations are read.
struct Scene<'a> {
    mpd: &'a Mpd,
    live: Option<Live>,
    placed: &'a Placed<'a>,
    /// The ids of all representations of the period.
    ids: Ids,
    bases: Bases,
}

impl Scene<'_> {
    fn track(
        &self,
        places: &mut Places,
        names: &mut Vec<TrackKey>,
        bases: &Bases,
        (index, set): (usize, &Set),
        (order, representation): (usize, &Representation),
    ) -> Result<Track, Fault> {
        let addresses = bases.addresses();
        let addressing = representation
            .addressing
            .inherit(&set.addressing.inherit(&self.placed.period.addressing));
        let id = representation.id.as_deref();
        let context = Context {
            start: self.placed.start,
            duration: self.placed.duration,
            dynamic: self.mpd.dynamic,
            bases: &addresses,
            representation: id.unwrap_or_default(),
            bandwidth: representation.bandwidth,
            clock: self.clock(&addressing, bases.early()),
            live: self.live,
        };
        let media = places.media(&addressing, &context)?;
        let content = content(set, representation);
        let set_id = set.id.clone().unwrap_or_else(|| index.to_string());
        let own_id = own_name(representation, order);
        let sole = representation.id.as_ref().is_some_and(|id| self.ids.is_sole(id));
        let set = (!sole).then_some((kind(content), &*set_id));
        let key = |before| {
            let id = &own_id;
            identity::dash_key(&self.placed.name, &RepresentationName { set, id, before })
        };
        // How many had the name before: ids need not be unique, and each is asked for all the same.
        let first = key(0);
        let before = names.iter().filter(|name| **name == first).count();
        names.push(first);
        Ok(Track {
            key: key(before),
            content,
            representation: own_id,
            bandwidth: representation.bandwidth.unwrap_or(0),
            media,
        })
    }

    /// The clock of segments that are not listed one by one: they come and go by it.
    fn clock(&self, addressing: &Addressing, base: Early) -> Option<Clock> {
        if !self.mpd.dynamic || !addressing.goes_by_clock() {
            return None;
        }
        // "All of it is there" means nothing for a period whose end is not known: its segments come as they are made.
        let early = match base.plus(addressing.early) {
            Early::Always if self.placed.duration.is_none() => Early::default(),
            early @ (Early::Always | Early::By(_)) => early,
        };
        Some(Clock {
            epoch: self.mpd.available.unwrap_or_default(),
            early,
            depth: self.mpd.depth.map(Nanos::as_duration),
            end: self
                .placed
                .duration
                .map(|length| self.placed.start.plus(length).as_position()),
        })
    }
}

impl Addressing {
    /// This level's addressing, with its gaps filled from the level above, if that is of the same kind.
    fn inherit(&self, above: &Self) -> Self {
        let Some(scheme) = self.scheme else {
            return above.clone();
        };
        let mut merged = self.clone();
        if above.scheme != Some(scheme) {
            return merged;
        }
        merged.unreadable |= above.unreadable;
        merged.timescale = merged.timescale.or(above.timescale);
        merged.origin = merged.origin.or(above.origin);
        merged.duration = merged.duration.or(above.duration);
        merged.start_number = merged.start_number.or(above.start_number);
        merged.end_number = merged.end_number.or(above.end_number);
        merged.early = merged.early.or(above.early);
        merged.index = merged.index.or(above.index);
        merged.media = merged.media.or_else(|| above.media.clone());
        // If an element and an attribute say the same, the lower level's counts.
        if merged.init.is_none() && merged.initialization.is_none() {
            merged.init = above.init.clone();
        }
        merged.initialization = merged.initialization.or_else(|| above.initialization.clone());
        if merged.timeline.is_none() {
            merged.timeline.clone_from(&above.timeline);
            (merged.is_numbered, merged.is_open) = (above.is_numbered, above.is_open);
        }
        merged.list = merged.list.or_else(|| above.list.clone());
        merged
    }

    /// Whether the manifest leaves it to the clock which segments there are.
    fn goes_by_clock(&self) -> bool {
        let counted = match self.scheme {
            Some(Scheme::Template) => self.timeline.is_none(),
            Some(Scheme::List | Scheme::Base) | None => false,
        };
        self.is_open || counted
    }
}

impl Nanos {
    fn as_duration(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.0).unwrap_or(0))
    }

    /// In microseconds, rounded down.
    pub(super) fn as_micros(self) -> i64 {
        self.0 / 1000
    }

    /// As a position on the presentation's timeline.
    pub(super) fn as_position(self) -> MediaTime {
        MediaTime::from_micros(self.as_micros())
    }

    fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub(super) fn since(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0).max(0))
    }
}

/// A representation's id, or its place in its adaptation set.
fn own_name(representation: &Representation, order: usize) -> String {
    representation.id.clone().unwrap_or_else(|| order.to_string())
}

/// What a representation carries, by content type, MIME type or codecs.
fn content(set: &Set, representation: &Representation) -> Content {
    let types = [&set.content_type, &representation.mime_type, &set.mime_type];
    for known in types.into_iter().flatten() {
        match known.split('/').next().unwrap_or_default().trim() {
            "video" => return Content::Video,
            "audio" => return Content::Audio,
            "text" => return Content::Text,
            "image" => return Content::Other,
            _ if known.contains("ttml") => return Content::Text,
            _ => {}
        }
    }
    let codecs = representation.codecs.as_ref().or(set.codecs.as_ref());
    match codecs.map_or("", |codecs| codecs.as_str()) {
        codecs if codecs.starts_with("stpp") || codecs.starts_with("wvtt") => Content::Text,
        codecs if codecs.starts_with("mp4a") || codecs.starts_with("opus") => Content::Audio,
        codecs if codecs.starts_with("avc") || codecs.starts_with("hvc") => Content::Video,
        _ => Content::Other,
    }
}

/// A content's name in keys.
fn kind(content: Content) -> &'static str {
    match content {
        Content::Video => "video",
        Content::Audio => "audio",
        Content::Text => "text",
        Content::Other => "other",
    }
}

#[cfg(test)]
mod tests;
