//! The origin: one title, whose segments are made up from their names, served at a rate and after a round trip.

use std::time::Duration;

use segment_engine::id::ByteRange;

/// Where the origin is.
pub(crate) const BASE: &str = "http://origin.test/";

/// What the origin serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// How long a segment is, in whole seconds.
    pub segment_secs: u32,
    /// How many segments a track has; a live title has one more with each that passes.
    pub segments: u32,
    /// Size of each media segment, in bytes.
    pub segment_bytes: usize,
    /// Whether the title is live: segment `n` is there when the clock passes its end.
    pub live: bool,
}

/// One answer of the origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// What was asked for.
    Body(Vec<u8>),
    /// There is no such thing, or not yet.
    NotFound,
    /// The origin is away.
    Away,
}

/// The origin, and what it has sent.
#[derive(Debug)]
pub struct Origin {
    title: Title,
    /// Bytes per second of one response.
    pub rate: u64,
    /// From a request to the first byte of its response.
    pub round_trip: Duration,
    /// Whether it answers.
    pub up: bool,
    /// Bytes of segments sent so far.
    pub sent: u64,
}

impl Origin {
    /// An origin that is 20 ms away and sends each response at 40 Mbit/s.
    pub fn new(title: Title) -> Self {
        Self {
            title,
            rate: 5_000_000,
            round_trip: Duration::from_millis(20),
            up: true,
            sent: 0,
        }
    }

    /// The title's manifest.
    pub fn manifest(&self) -> String {
        let Title {
            segment_secs,
            segments,
            live,
            ..
        } = self.title;
        let timing = if live {
            "type=\"dynamic\" availabilityStartTime=\"1970-01-01T00:00:00Z\" minimumUpdatePeriod=\"PT2S\" \
             timeShiftBufferDepth=\"PT40S\""
                .to_owned()
        } else {
            format!(
                "type=\"static\" mediaPresentationDuration=\"PT{}S\"",
                segment_secs * segments
            )
        };
        format!(
            "<MPD {timing}><Period id=\"1\" start=\"PT0S\"><AdaptationSet contentType=\"video\">\
             <SegmentTemplate duration=\"{segment_secs}\" startNumber=\"1\" media=\"$RepresentationID$-$Number$\" \
             initialization=\"$RepresentationID$-init\"/><Representation id=\"low\" bandwidth=\"800000\"/>\
             <Representation id=\"high\" bandwidth=\"1600000\"/></AdaptationSet></Period></MPD>"
        )
    }

    /// The true bytes of a resource, whether or not it is available.
    pub fn truth(&self, name: &str) -> Vec<u8> {
        let size = if name.ends_with("init") {
            700
        } else {
            self.title.segment_bytes
        };
        let mut state = name.bytes().fold(0x9e37_79b9_7f4a_7c15_u64, |state, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            state.to_be_bytes()[0]
        };
        (0..size).map(|_| next()).collect()
    }

    /// Answers a request at `elapsed` since the world began.
    pub fn answer(&mut self, url: &str, range: Option<ByteRange>, elapsed: Duration) -> Answer {
        if !self.up {
            return Answer::Away;
        }
        let Some(name) = url.strip_prefix(BASE) else {
            return Answer::NotFound;
        };
        if name == "manifest.mpd" {
            return Answer::Body(self.manifest().into_bytes());
        }
        if !self.is_there(name, elapsed) {
            return Answer::NotFound;
        }
        let mut body = self.truth(name);
        if let Some(range) = range {
            let bound = |offset: u64| usize::try_from(offset).unwrap_or(usize::MAX).min(body.len() - 1);
            body = body[bound(range.first)..=bound(range.last)].to_vec();
        }
        self.sent += body.len() as u64;
        Answer::Body(body)
    }

    fn is_there(&self, name: &str, elapsed: Duration) -> bool {
        if name.ends_with("-init") {
            return true;
        }
        let Some(number) = name
            .rsplit('-')
            .next()
            .and_then(|number| number.parse::<u32>().ok())
        else {
            return false;
        };
        (1..=self.available(elapsed)).contains(&number)
    }

    /// The number of the newest segment.
    pub(crate) fn available(&self, elapsed: Duration) -> u32 {
        if !self.title.live {
            return self.title.segments;
        }
        u32::try_from(elapsed.as_secs()).unwrap_or(u32::MAX) / self.title.segment_secs
    }

    /// How long a response of that size takes.
    pub fn transfer_time(&self, bytes: usize) -> Duration {
        self.round_trip + Duration::from_micros(bytes as u64 * 1_000_000 / self.rate)
    }

    /// What it serves.
    pub fn title(&self) -> &Title {
        &self.title
    }
}
