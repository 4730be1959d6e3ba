//! The two DASH manifests: segments addressed by number, and by time. Both mean the same bytes.

use std::fmt::Write;

use super::clip::{FRAME_RATE, Media, SAMPLE_RATE, SEGMENT_SECONDS, Segment, Track};

/// How a manifest says where a segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Addressing {
    /// SegmentTemplate@duration and `$Number$`.
    Number,
    /// SegmentTimeline and `$Time$`.
    Time,
}

/// File name of a segment in a manifest by time; on disk it is a link to the file by number.
pub(super) fn time_name(segment: &Segment) -> String {
    format!("t{}.m4s", segment.start)
}

/// Writes a static MPD of `seconds`; the last track is the audio.
pub(super) fn manifest(tracks: &[Track], seconds: u32, addressing: Addressing) -> String {
    let (audio, video): (Vec<&Track>, Vec<&Track>) = tracks
        .iter()
        .partition(|track| matches!(track.media, Media::Audio));
    let mut mpd = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let _ = writeln!(
        mpd,
        "<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" \
         profiles=\"urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019\" type=\"static\" \
         mediaPresentationDuration=\"PT{seconds}S\" maxSegmentDuration=\"PT{}S\" minBufferTime=\"PT4S\">\n  \
         <Period id=\"0\" start=\"PT0S\">",
        SEGMENT_SECONDS + 1
    );
    let shape =
        format!("contentType=\"video\" mimeType=\"video/mp4\" par=\"16:9\" frameRate=\"{FRAME_RATE}\"");
    adaptation_set(&mut mpd, 1, &shape, &video, addressing);
    let shape = "contentType=\"audio\" mimeType=\"audio/mp4\" lang=\"en\"";
    adaptation_set(&mut mpd, 2, shape, &audio, addressing);
    mpd.push_str("  </Period>\n</MPD>\n");
    mpd
}

fn adaptation_set(mpd: &mut String, id: u32, shape: &str, tracks: &[&Track], addressing: Addressing) {
    let _ = writeln!(
        mpd,
        "    <AdaptationSet id=\"{id}\" {shape} segmentAlignment=\"true\" startWithSAP=\"1\">"
    );
    if let Some(track) = tracks.first() {
        segment_template(mpd, track, addressing);
    }
    for track in tracks {
        representation(mpd, track);
    }
    mpd.push_str("    </AdaptationSet>\n");
}

/// All tracks of a set share their segment times, so the template stands once.
fn segment_template(mpd: &mut String, track: &Track, addressing: Addressing) {
    let timescale = track.timescale;
    let _ = write!(
        mpd,
        "      <SegmentTemplate timescale=\"{timescale}\" initialization=\"$RepresentationID$/init.mp4\" "
    );
    match addressing {
        Addressing::Number => {
            let duration = timescale * SEGMENT_SECONDS;
            let _ = writeln!(
                mpd,
                "media=\"$RepresentationID$/$Number$.m4s\" startNumber=\"1\" duration=\"{duration}\"/>"
            );
        }
        Addressing::Time => {
            mpd.push_str("media=\"$RepresentationID$/t$Time$.m4s\">\n        <SegmentTimeline>\n");
            timeline(mpd, &track.segments);
            mpd.push_str("        </SegmentTimeline>\n      </SegmentTemplate>\n");
        }
    }
}

/// One S element per run of equal durations.
fn timeline(mpd: &mut String, segments: &[Segment]) {
    for run in segments.chunk_by(|a, b| a.duration == b.duration) {
        let time = if run[0].start == 0 { "t=\"0\" " } else { "" };
        let repeat = if run.len() > 1 {
            format!(" r=\"{}\"", run.len() - 1)
        } else {
            String::new()
        };
        let _ = writeln!(mpd, "          <S {time}d=\"{}\"{repeat}/>", run[0].duration);
    }
}

fn representation(mpd: &mut String, track: &Track) {
    let (id, codec, bandwidth) = (track.id, &track.codec, track.peak_bandwidth());
    let start = format!("<Representation id=\"{id}\" codecs=\"{codec}\" bandwidth=\"{bandwidth}\"");
    let _ = match track.media {
        Media::Video { width, height } => {
            writeln!(
                mpd,
                "      {start} width=\"{width}\" height=\"{height}\" sar=\"1:1\"/>"
            )
        }
        Media::Audio => writeln!(
            mpd,
            "      {start} audioSamplingRate=\"{SAMPLE_RATE}\">\n        <AudioChannelConfiguration \
             schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"2\"/>\n      \
             </Representation>"
        ),
    };
}

#[cfg(test)]
mod tests;
