//! Writes the playlists of the live stream: the clip's own multivariant one, and for each track the window's segments.

use std::fmt::Write as _;

use super::mpd::date_time;
use super::{SEGMENT_MS, UnixMillis, WINDOW_MS};

/// The durations of a clip's segments, as its own playlist writes them.
pub(super) fn durations(playlist: &str) -> Vec<String> {
    let durations = playlist.lines().filter_map(|line| line.strip_prefix("#EXTINF:"));
    durations
        .map(|line| line.trim_end_matches(',').to_owned())
        .collect()
}

/// Writes the playlist of a track whose segments in the clip last that long; at least one.
pub(super) fn write(track: &str, durations: &[String], start: UnixMillis, now: UnixMillis) -> String {
    let last = now.0.saturating_sub(start.0) / SEGMENT_MS;
    let first = last.saturating_sub(WINDOW_MS / SEGMENT_MS) + 1;
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{}\n#EXT-X-MEDIA-SEQUENCE:{first}\n\
         #EXT-X-MAP:URI=\"{track}/init.mp4\"\n#EXT-X-PROGRAM-DATE-TIME:{}\n",
        SEGMENT_MS / 1000,
        date_time(UnixMillis(start.0 + (first - 1) * SEGMENT_MS)),
    );
    let turns = durations.iter().cycle();
    let before = usize::try_from(first - 1).unwrap_or(usize::MAX) % durations.len().max(1);
    for (number, duration) in (first..=last).zip(turns.skip(before)) {
        let _ = write!(text, "#EXTINF:{duration},\n{track}/{number}.m4s\n");
    }
    text
}

#[cfg(test)]
mod tests;
