//! The lines of a manifest that decide which files are asked for.

use super::*;
use crate::media::clip::tests::{audio, video};

#[test]
fn addresses_by_number_with_the_nominal_duration() {
    let mpd = manifest(&[video(), audio()], 4, Addressing::Number);
    assert!(mpd.contains("mediaPresentationDuration=\"PT4S\""));
    assert!(mpd.contains("timescale=\"1000\" initialization=\"$RepresentationID$/init.mp4\" media=\"$RepresentationID$/$Number$.m4s\" startNumber=\"1\" duration=\"2000\"/>"));
    assert!(mpd.contains("startNumber=\"1\" duration=\"96000\"/>"));
    assert!(!mpd.contains("SegmentTimeline"));
}

#[test]
fn addresses_by_time_with_exact_durations() {
    let mpd = manifest(&[video(), audio()], 4, Addressing::Time);
    assert!(mpd.contains("<S t=\"0\" d=\"2000\" r=\"1\"/>"));
    assert!(mpd.contains("<S t=\"0\" d=\"96256\"/>\n          <S d=\"95744\"/>"));
    assert!(mpd.contains("media=\"$RepresentationID$/t$Time$.m4s\""));
    assert!(!mpd.contains("$Number$"));
}

#[test]
fn names_each_track_with_its_peak_rate() {
    let mpd = manifest(&[video(), audio()], 4, Addressing::Number);
    assert!(
        mpd.contains("<Representation id=\"v180\" codecs=\"avc1.64000c\" bandwidth=\"12000\" width=\"320\"")
    );
    assert!(mpd.contains("<Representation id=\"a64\" codecs=\"mp4a.40.2\""));
}
