//! The title that is watched: its tracks and their rungs, the length and size of segments, when each is there, and its
//! manifest.

use std::fmt::Write as _;

use crate::clock::{Dice, SECOND};

/// The origin's URL.
pub(crate) const BASE: &str = "http://origin.test/";

/// An init segment's size in bytes.
const INIT: u64 = 700;

/// Whether a title grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Segment `n`, counted from 1, is there when the clock passes its end.
    Live,
    /// It has this many segments, and all are there.
    Film(u32),
}

/// The content of a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Content {
    Video,
    Audio,
}

/// The title that is watched.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Title {
    /// Whether it grows.
    pub kind: Kind,
    /// How long a segment is, in microseconds.
    pub segment: u64,
    /// The rungs of its video, in bits per second, from the lowest.
    pub video: Vec<u64>,
    /// Its audio, in bits per second; none where that is 0.
    pub audio: u64,
    /// The most by which a segment's size may differ from the mean, in percent.
    pub spread: u64,
}

/// One resource: a segment of a rung, or its init segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Resource {
    /// The index of its rung: those of the video first, then audio.
    pub(crate) rung: u8,
    /// The segment's number, from 1; 0 is the init segment.
    pub(crate) number: u32,
}

impl Title {
    /// How many rungs there are, audio included.
    pub(crate) fn rungs(&self) -> usize {
        self.video.len() + usize::from(self.audio > 0)
    }

    /// The bitrate of a rung.
    pub(crate) fn bitrate(&self, rung: u8) -> u64 {
        self.video.get(usize::from(rung)).copied().unwrap_or(self.audio)
    }

    /// The content of a rung.
    pub(crate) fn content(&self, rung: u8) -> Content {
        if usize::from(rung) < self.video.len() {
            Content::Video
        } else {
            Content::Audio
        }
    }

    /// Size of a resource in bytes.
    pub(crate) fn size(&self, resource: Resource) -> u64 {
        if resource.number == 0 {
            return INIT;
        }
        let mean = u64::try_from(
            u128::from(self.bitrate(resource.rung)) * u128::from(self.segment) / (8 * u128::from(SECOND)),
        )
        .unwrap_or(u64::MAX);
        let name = u64::from(resource.rung) << 32 | u64::from(resource.number);
        let percent = 100 - self.spread + Dice::new(name).below(2 * self.spread + 1);
        (mean * percent / 100).max(1)
    }

    /// When a resource is there; `None` where it never is.
    pub(crate) fn available_at(&self, resource: Resource) -> Option<u64> {
        match self.kind {
            Kind::Live => Some(u64::from(resource.number) * self.segment),
            Kind::Film(count) => (resource.number <= count).then_some(0),
        }
    }

    /// The number of the newest segment that is there.
    pub(crate) fn newest(&self, now: u64) -> u32 {
        match self.kind {
            Kind::Live => u32::try_from(now / self.segment).unwrap_or(u32::MAX),
            Kind::Film(count) => count,
        }
    }

    /// The URL of a resource.
    pub(crate) fn url(&self, resource: Resource) -> String {
        let name = self.name(resource.rung);
        match resource.number {
            0 => format!("{BASE}{name}-init"),
            number => format!("{BASE}{name}-{number}"),
        }
    }

    /// The resource at a URL.
    pub(crate) fn resource(&self, url: &str) -> Option<Resource> {
        let (name, number) = url.strip_prefix(BASE)?.rsplit_once('-')?;
        let number = if number == "init" { 0 } else { number.parse().ok()? };
        let rung = self.rung(name)?;
        Some(Resource { rung, number })
    }

    /// The rung with that name in the manifest.
    pub(crate) fn rung(&self, name: &str) -> Option<u8> {
        let rungs = u8::try_from(self.rungs()).ok()?;
        (0..rungs).find(|rung| match name.strip_prefix('v') {
            Some(number) => usize::from(*rung) < self.video.len() && number.parse() == Ok(*rung),
            None => name == "a" && usize::from(*rung) == self.video.len(),
        })
    }

    fn name(&self, rung: u8) -> String {
        match self.content(rung) {
            Content::Video => format!("v{rung}"),
            Content::Audio => "a".to_owned(),
        }
    }

    /// The manifest's URL.
    pub(crate) fn manifest_url() -> String {
        format!("{BASE}manifest.mpd")
    }

    /// The manifest: DASH, addressed by number.
    pub(crate) fn manifest(&self) -> String {
        let seconds = |micros: u64| format!("PT{}.{:03}S", micros / SECOND, micros % SECOND / 1_000);
        let mut text = match self.kind {
            Kind::Live => "<MPD type=\"dynamic\" availabilityStartTime=\"1970-01-01T00:00:00Z\" \
                 minimumUpdatePeriod=\"PT30S\" timeShiftBufferDepth=\"PT60S\">"
                .to_owned(),
            Kind::Film(count) => format!(
                "<MPD type=\"static\" mediaPresentationDuration=\"{}\">",
                seconds(self.segment * u64::from(count))
            ),
        };
        text.push_str("<Period id=\"1\" start=\"PT0S\">");
        self.write_set("video", 0..self.video.len(), &mut text);
        if self.audio > 0 {
            self.write_set("audio", self.video.len()..self.rungs(), &mut text);
        }
        text.push_str("</Period></MPD>");
        text
    }

    fn write_set(&self, content: &str, rungs: std::ops::Range<usize>, text: &mut String) {
        let millis = self.segment / 1_000;
        let _ = write!(
            text,
            "<AdaptationSet contentType=\"{content}\"><SegmentTemplate timescale=\"1000\" duration=\"{millis}\" \
             startNumber=\"1\" media=\"$RepresentationID$-$Number$\" initialization=\"$RepresentationID$-init\"/>"
        );
        for rung in rungs {
            let rung = u8::try_from(rung).unwrap_or(u8::MAX);
            let _ = write!(
                text,
                "<Representation id=\"{}\" bandwidth=\"{}\"/>",
                self.name(rung),
                self.bitrate(rung)
            );
        }
        text.push_str("</AdaptationSet>");
    }
}

#[cfg(test)]
mod tests;
