//! An MPD as it is written (ISO/IEC 23009-1, 5.3): the elements and attributes that say where segments are.
//!
//! Nothing is inherited or resolved here. What is not listed is skipped, whatever it holds.

mod lines;
mod segments;
mod values;

use std::rc::Rc;

use self::values::{early, number};
use super::Limits;
use super::iso8601::{self, Nanos};
use super::xml::{Element, Xml};
use crate::error::ManifestError;
use crate::id::ByteRange;
use crate::time::UnixTime;
use crate::timeline::clock::Early;

/// The base URLs that are read at one level.
const MAX_BASES: usize = 8;
/// The `UTCTiming` elements that are read.
#[cfg(feature = "seeder")]
const MAX_CLOCKS: usize = 8;
/// The value of `xlink:href` that takes an element away.
const RESOLVE_TO_ZERO: &str = "urn:mpeg:dash:resolve-to-zero:2013";

/// An MPD.
#[derive(Debug, Default)]
pub(super) struct Mpd {
    pub(super) dynamic: bool,
    pub(super) duration: Option<Nanos>,
    pub(super) available: Option<UnixTime>,
    pub(super) until: Option<UnixTime>,
    pub(super) depth: Option<Nanos>,
    pub(super) refresh: Option<Nanos>,
    pub(super) delay: Option<Nanos>,
    /// The scheme and the value of each `UTCTiming`.
    #[cfg(feature = "seeder")]
    pub(super) clocks: Vec<(String, String)>,
    /// Where it asks to be loaded from next.
    pub(super) locations: Vec<String>,
    pub(super) bases: Vec<Base>,
    pub(super) periods: Vec<Period>,
}

/// A base URL.
#[derive(Debug, Clone)]
pub(super) struct Base {
    pub(super) reference: String,
    pub(super) early: Option<Early>,
    /// The lowest priority is used first (ETSI TS 103 285, `dvb:priority`).
    priority: u64,
}

/// A period.
#[derive(Debug, Default)]
pub(super) struct Period {
    pub(super) id: Option<String>,
    pub(super) start: Option<Nanos>,
    pub(super) duration: Option<Nanos>,
    pub(super) bases: Vec<Base>,
    pub(super) addressing: Addressing,
    pub(super) sets: Vec<Set>,
}

/// An adaptation set.
#[derive(Debug, Default)]
pub(super) struct Set {
    pub(super) id: Option<String>,
    pub(super) content_type: Option<String>,
    pub(super) mime_type: Option<String>,
    pub(super) codecs: Option<String>,
    pub(super) bases: Vec<Base>,
    pub(super) addressing: Addressing,
    pub(super) representations: Vec<Representation>,
}

/// A representation.
#[derive(Debug, Default)]
pub(super) struct Representation {
    pub(super) id: Option<String>,
    pub(super) bandwidth: Option<u64>,
    pub(super) mime_type: Option<String>,
    pub(super) codecs: Option<String>,
    pub(super) bases: Vec<Base>,
    pub(super) addressing: Addressing,
}

/// How segments are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scheme {
    /// SegmentBase.
    Base,
    /// SegmentList.
    List,
    /// SegmentTemplate.
    Template,
}

/// SegmentBase, SegmentList or SegmentTemplate; or what is inherited of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Addressing {
    pub(super) scheme: Option<Scheme>,
    /// Some of it cannot be read: no segment is found by guessing.
    pub(super) unreadable: bool,
    pub(super) timescale: Option<u64>,
    pub(super) origin: Option<u64>,
    pub(super) duration: Option<Fraction>,
    pub(super) start_number: Option<u64>,
    pub(super) end_number: Option<u64>,
    pub(super) early: Option<Early>,
    pub(super) media: Option<Rc<str>>,
    pub(super) initialization: Option<Rc<str>>,
    pub(super) init: Option<Reference>,
    pub(super) index: Option<Span>,
    pub(super) timeline: Option<Rc<[Step]>>,
    /// Whether the timeline gives numbers: segments are then not merely counted.
    pub(super) is_numbered: bool,
    /// Whether an entry of the timeline repeats until the next one.
    pub(super) is_open: bool,
    pub(super) list: Option<Rc<[Reference]>>,
}

/// A number of ticks. The standard asks for whole ones; some packagers write decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fraction {
    pub(super) ticks: u64,
    /// How many of these ticks make one of the timescale's: a power of ten.
    pub(super) per: u64,
}

/// A URL and a range, either of which may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Reference {
    pub(super) url: Option<Rc<str>>,
    pub(super) range: Option<Span>,
}

/// A part of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Span {
    /// Between two bytes.
    Known(ByteRange),
    /// From a byte other than the first to the resource's end; or not a valid range.
    Open,
}

/// One `S` of a SegmentTimeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) time: Option<u64>,
    pub(super) number: Option<u64>,
    pub(super) duration: u64,
    pub(super) repeat: i64,
}

/// Reads an MPD; `None` when the text is no MPD at all.
pub(super) fn read(text: &str, limits: &Limits) -> Result<Option<Mpd>, ManifestError> {
    let mut source = Source {
        xml: Xml::new(text, limits.depth),
        limits,
        nodes: 0,
        representations: 0,
        expanded: 0,
    };
    let root = match source.xml.root()? {
        Some(root) if root.name() == "MPD" => root,
        Some(root) if root.name() == "Patch" => return Err(ManifestError::Patch),
        Some(_) | None => return Ok(None),
    };
    let dynamic = root
        .attribute("type")?
        .is_some_and(|kind| kind.trim() == "dynamic");
    let available = root.parsed("availabilityStartTime", iso8601::date_time);
    let mut mpd = Mpd {
        dynamic,
        duration: root.parsed("mediaPresentationDuration", iso8601::duration)?,
        // What is static goes by no clock.
        available: available.or_else(|error| if dynamic { Err(error) } else { Ok(None) })?,
        // An element that only advises is left out if it cannot be read.
        depth: root
            .parsed("timeShiftBufferDepth", iso8601::duration)
            .unwrap_or(None),
        until: root
            .parsed("availabilityEndTime", iso8601::date_time)
            .unwrap_or(None),
        refresh: root
            .parsed("minimumUpdatePeriod", iso8601::duration)
            .unwrap_or(None),
        delay: root
            .parsed("suggestedPresentationDelay", iso8601::duration)
            .unwrap_or(None),
        ..Mpd::default()
    };
    while let Some(child) = source.xml.child()? {
        match child.name() {
            "BaseURL" => source.base(&child, &mut mpd.bases)?,
            "Location" => {
                let location = source.xml.text()?;
                mpd.locations
                    .extend(Some(location).filter(|_| mpd.locations.len() < MAX_BASES));
            }
            #[cfg(feature = "seeder")]
            "UTCTiming" => source.clock(&child, &mut mpd.clocks)?,
            "Period" if is_taken_away(&child)? => source.xml.skip()?,
            "Period" => mpd.periods.push(source.period(&child)?),
            _ => source.xml.skip()?,
        }
    }
    Ok(Some(mpd))
}

/// The text, and what was counted in it so far.
struct Source<'a> {
    xml: Xml<'a>,
    limits: &'a Limits,
    nodes: usize,
    representations: usize,
    expanded: usize,
}

impl Source<'_> {
    fn period(&mut self, element: &Element<'_>) -> Result<Period, ManifestError> {
        self.count_node()?;
        let mut period = Period {
            id: element.attribute("id")?,
            start: element.parsed("start", iso8601::duration)?,
            duration: element.parsed("duration", iso8601::duration)?,
            ..Period::default()
        };
        while let Some(child) = self.xml.child()? {
            match child.name() {
                "BaseURL" => self.base(&child, &mut period.bases)?,
                "AdaptationSet" if is_taken_away(&child)? => self.xml.skip()?,
                "AdaptationSet" => period.sets.push(self.set(&child)?),
                _ => self.addressing(&child, &mut period.addressing)?,
            }
        }
        Ok(period)
    }

    fn set(&mut self, element: &Element<'_>) -> Result<Set, ManifestError> {
        self.count_node()?;
        let mut set = Set {
            id: element.attribute("id")?,
            content_type: element.attribute("contentType")?,
            mime_type: element.attribute("mimeType")?,
            codecs: element.attribute("codecs")?,
            ..Set::default()
        };
        while let Some(child) = self.xml.child()? {
            match child.name() {
                "BaseURL" => self.base(&child, &mut set.bases)?,
                "Representation" => set.representations.push(self.representation(&child)?),
                _ => self.addressing(&child, &mut set.addressing)?,
            }
        }
        Ok(set)
    }

    fn representation(&mut self, element: &Element<'_>) -> Result<Representation, ManifestError> {
        self.count_node()?;
        self.representations += 1;
        if self.representations > self.limits.tracks {
            return Err(over("number of representations", self.limits.tracks));
        }
        let mut representation = Representation {
            id: element.attribute("id")?,
            bandwidth: element.parsed("bandwidth", number).unwrap_or(None),
            mime_type: element.attribute("mimeType")?,
            codecs: element.attribute("codecs")?,
            ..Representation::default()
        };
        while let Some(child) = self.xml.child()? {
            match child.name() {
                "BaseURL" => self.base(&child, &mut representation.bases)?,
                _ => self.addressing(&child, &mut representation.addressing)?,
            }
        }
        Ok(representation)
    }

    fn base(&mut self, element: &Element<'_>, bases: &mut Vec<Base>) -> Result<(), ManifestError> {
        let early = element.parsed("availabilityTimeOffset", early).unwrap_or(None);
        let priority = element
            .foreign_attribute("priority")?
            .and_then(|text| number(&text));
        let priority = priority.unwrap_or(1);
        let reference = self.xml.text()?;
        if bases.len() < MAX_BASES {
            let at = bases.partition_point(|base| base.priority <= priority);
            let base = Base {
                reference,
                early,
                priority,
            };
            bases.insert(at, base);
        }
        Ok(())
    }

    /// Ignores a UTCTiming without scheme or value.
    #[cfg(feature = "seeder")]
    fn clock(
        &mut self,
        element: &Element<'_>,
        clocks: &mut Vec<(String, String)>,
    ) -> Result<(), ManifestError> {
        let (scheme, value) = (element.attribute("schemeIdUri")?, element.attribute("value")?);
        if clocks.len() < MAX_CLOCKS {
            clocks.extend(scheme.zip(value));
        }
        self.xml.skip()
    }

    /// Periods and adaptation sets cost memory even where they are empty.
    fn count_node(&mut self) -> Result<(), ManifestError> {
        let limit = self.limits.tracks.saturating_mul(3);
        self.nodes += 1;
        if self.nodes > limit {
            return Err(over(
                "number of periods, adaptation sets and representations",
                limit,
            ));
        }
        Ok(())
    }

    fn check_segments(&self, known: usize) -> Result<(), ManifestError> {
        if known >= self.limits.segments {
            return Err(over("number of listed segments", self.limits.segments));
        }
        Ok(())
    }
}

fn over(what: &'static str, limit: usize) -> ManifestError {
    let limit = limit as u64;
    ManifestError::OverLimit { what, limit }
}

fn is_taken_away(element: &Element<'_>) -> Result<bool, ManifestError> {
    Ok(element
        .foreign_attribute("href")?
        .is_some_and(|target| target == RESOLVE_TO_ZERO))
}

#[cfg(test)]
mod tests;
