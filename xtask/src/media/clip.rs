//! What the clip consists of: the rungs that are asked for, and the tracks that came out, measured.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::boxes;

/// Length of each video segment; audio cuts at the next frame boundary.
pub(super) const SEGMENT_SECONDS: u32 = 2;
/// Frames per second.
pub(super) const FRAME_RATE: u32 = 25;
/// Samples per second.
pub(super) const SAMPLE_RATE: u32 = 48_000;

/// One rung of the video ladder.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rung {
    /// Folder and representation id.
    pub(super) id: &'static str,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Target, in kbit/s.
    pub(super) kilobits: u32,
}

/// The ladder, lowest first: small enough for git, far enough apart that a switch shows.
pub(super) const LADDER: [Rung; 3] = [
    Rung {
        id: "v180",
        width: 320,
        height: 180,
        kilobits: 140,
    },
    Rung {
        id: "v360",
        width: 640,
        height: 360,
        kilobits: 350,
    },
    Rung {
        id: "v540",
        width: 960,
        height: 540,
        kilobits: 700,
    },
];

/// Folder and representation id of the audio track.
pub(super) const AUDIO_ID: &str = "a64";
/// Target, in kbit/s.
pub(super) const AUDIO_KILOBITS: u32 = 64;

/// What a track shows, with what only that kind has.
#[derive(Debug, Clone)]
pub(super) enum Media {
    Video { width: u32, height: u32 },
    Audio,
}

/// A segment as it lies on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    /// Counted from 1; the file is `<number>.m4s`.
    pub(super) number: u64,
    /// Decode time of the first sample, in ticks.
    pub(super) start: u64,
    /// In ticks.
    pub(super) duration: u64,
    pub(super) bytes: u64,
}

/// A track as it lies on disk: a folder with `init.mp4` and segments.
#[derive(Debug, Clone)]
pub(super) struct Track {
    pub(super) id: &'static str,
    pub(super) media: Media,
    /// RFC 6381's name.
    pub(super) codec: String,
    /// Ticks per second.
    pub(super) timescale: u32,
    pub(super) segments: Vec<Segment>,
}

impl Track {
    /// Measures a finished folder whose presentation lasts `seconds`.
    ///
    /// # Errors
    /// A file is missing or is not what ffmpeg should have written.
    pub(super) fn measure(dir: &Path, id: &'static str, media: Media, seconds: u32) -> Result<Self> {
        let folder = dir.join(id);
        let init = fs::read(folder.join("init.mp4")).with_context(|| format!("{id}/init.mp4"))?;
        let timescale = boxes::timescale(&init)?;
        let codec = match media {
            Media::Video { .. } => boxes::avc_codec(&init)?,
            Media::Audio => "mp4a.40.2".to_owned(),
        };
        let mut starts = Vec::new();
        for number in 1..=u64::from(seconds / SEGMENT_SECONDS) {
            let bytes = fs::read(folder.join(format!("{number}.m4s")))
                .with_context(|| format!("{id}/{number}.m4s"))?;
            starts.push((boxes::decode_time(&bytes)?, u64::try_from(bytes.len())?));
        }
        let segments = durations(&starts, u64::from(seconds) * u64::from(timescale))?;
        Ok(Self {
            id,
            media,
            codec,
            timescale,
            segments,
        })
    }

    /// The highest rate of any segment, in bit/s: what DASH and HLS call bandwidth.
    pub(super) fn peak_bandwidth(&self) -> u64 {
        self.segments
            .iter()
            .map(|segment| self.rate(segment.bytes, segment.duration))
            .max()
            .unwrap_or(0)
    }

    /// The rate over all segments, in bit/s.
    pub(super) fn average_bandwidth(&self) -> u64 {
        let (bytes, ticks) = self.segments.iter().fold((0, 0), |(bytes, ticks), segment| {
            (bytes + segment.bytes, ticks + segment.duration)
        });
        self.rate(bytes, ticks)
    }

    fn rate(&self, bytes: u64, ticks: u64) -> u64 {
        (bytes * 8 * u64::from(self.timescale)).div_ceil(ticks.max(1))
    }
}

/// Each segment lasts until the next begins, the last until `end`.
fn durations(starts: &[(u64, u64)], end: u64) -> Result<Vec<Segment>> {
    ensure!(
        starts.first().is_some_and(|(start, _)| *start == 0),
        "the first segment does not begin at 0"
    );
    let ends = starts.iter().skip(1).map(|(start, _)| *start).chain([end]);
    let mut segments = Vec::new();
    for ((number, (start, bytes)), end) in (1..).zip(starts.iter().copied()).zip(ends) {
        ensure!(
            end > start,
            "segment {number} begins at {start} and ends at {end}"
        );
        segments.push(Segment {
            number,
            start,
            duration: end - start,
            bytes,
        });
    }
    Ok(segments)
}

#[cfg(test)]
pub(super) mod tests;
