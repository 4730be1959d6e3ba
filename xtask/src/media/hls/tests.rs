//! Playlists of two-segment tracks.

use super::*;
use crate::media::clip::tests::{audio, video};

#[test]
fn lists_every_segment_with_its_exact_duration() {
    let text = media(&audio());
    assert!(text.contains("#EXT-X-MAP:URI=\"a64/init.mp4\"\n#EXTINF:2.005333,\na64/1.m4s\n#EXTINF:1.994667,\na64/2.m4s\n#EXT-X-ENDLIST\n"));
}

#[test]
fn offers_each_rung_with_the_audio() {
    let text = master(&[video(), audio()]);
    let peak = video().peak_bandwidth() + audio().peak_bandwidth();
    assert!(text.contains(&format!("#EXT-X-STREAM-INF:BANDWIDTH={peak},")));
    assert!(text.contains("CODECS=\"avc1.64000c,mp4a.40.2\",RESOLUTION=320x180"));
    assert!(text.contains("URI=\"a64.m3u8\""));
}
