//! The HLS playlists (RFC 8216) over the same segments.

use std::fmt::Write;

use super::clip::{FRAME_RATE, Media, SEGMENT_SECONDS, Track};

/// File name of a track's media playlist.
pub(super) fn playlist_name(track: &Track) -> String {
    format!("{}.m3u8", track.id)
}

/// The multivariant playlist: each video rung with the one audio track.
pub(super) fn master(tracks: &[Track]) -> String {
    let mut text = String::from("#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n");
    let Some(audio) = tracks.iter().find(|track| matches!(track.media, Media::Audio)) else {
        return text;
    };
    let _ = writeln!(
        text,
        "#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"audio\",NAME=\"Tone\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,\
         CHANNELS=\"2\",URI=\"{}\"",
        playlist_name(audio)
    );
    for track in tracks {
        let Media::Video { width, height } = track.media else {
            continue;
        };
        let _ = writeln!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={},AVERAGE-BANDWIDTH={},CODECS=\"{},{}\",RESOLUTION={width}x{height},\
             FRAME-RATE={FRAME_RATE}.000,AUDIO=\"audio\"\n{}",
            track.peak_bandwidth() + audio.peak_bandwidth(),
            track.average_bandwidth() + audio.average_bandwidth(),
            track.codec,
            audio.codec,
            playlist_name(track)
        );
    }
    text
}

/// The media playlist of one track.
pub(super) fn media(track: &Track) -> String {
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{SEGMENT_SECONDS}\n#EXT-X-MEDIA-SEQUENCE:1\n\
         #EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MAP:URI=\"{}/init.mp4\"\n",
        track.id
    );
    let scale = u64::from(track.timescale);
    for segment in &track.segments {
        // Microseconds, rounded to the nearest.
        let micros = (segment.duration * 1_000_000 + scale / 2) / scale;
        let (whole, fraction) = (micros / 1_000_000, micros % 1_000_000);
        let _ = writeln!(
            text,
            "#EXTINF:{whole}.{fraction:06},\n{}/{}.m4s",
            track.id, segment.number
        );
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

#[cfg(test)]
mod tests;
