//! Samples of manifests, and the keys of their segments.

use segment_engine::manifest::{Limits, Manifest, PlaylistRef, read};
use segment_engine::time::{MediaTime, UnixTime};
use segment_engine::timeline::{Content, Segment, Timeline};
use serde_json::{Value, json};

use super::describe;

/// Two periods, one with an id. Ids that are used once, twice, and not at all; time offset and byte ranges.
const DASH: &str = r#"<MPD type="static" mediaPresentationDuration="PT8S">
  <Period id="p0" duration="PT4S">
    <AdaptationSet contentType="video">
      <SegmentTemplate timescale="90000" duration="180000" presentationTimeOffset="900000" media="$RepresentationID$/$Number$.m4s" initialization="$RepresentationID$/init.mp4"/>
      <Representation id="v1" bandwidth="1"/>
    </AdaptationSet>
    <AdaptationSet id="7" contentType="audio">
      <SegmentTemplate timescale="48000" media="a-$Time$.m4s"><SegmentTimeline><S t="96256" d="96000"/><S d="95000"/></SegmentTimeline></SegmentTemplate>
      <Representation id="same" bandwidth="1"/>
    </AdaptationSet>
    <AdaptationSet mimeType="text/vtt">
      <Representation id="same" bandwidth="1"><BaseURL>text.vtt</BaseURL></Representation>
    </AdaptationSet>
  </Period>
  <Period>
    <AdaptationSet contentType="video">
      <SegmentList duration="4"><Initialization sourceURL="all.mp4" range="0-699"/><SegmentURL media="all.mp4" mediaRange="700-1699"/></SegmentList>
      <Representation bandwidth="1"/>
    </AdaptationSet>
  </Period>
</MPD>"#;

/// A live period without an id goes by its start.
const LIVE: &str = r#"<MPD type="dynamic" availabilityStartTime="1970-01-01T00:00:00Z" minimumUpdatePeriod="PT2S">
  <Period start="PT1.5S">
    <AdaptationSet contentType="video">
      <SegmentTemplate timescale="1000" media="$Time$.m4s"><SegmentTimeline><S t="5000" d="2000" r="1"/></SegmentTimeline></SegmentTemplate>
      <Representation id="v1" bandwidth="1"/>
    </AdaptationSet>
  </Period>
</MPD>"#;

const MULTIVARIANT: &str = "#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a\",NAME=\"English\",LANGUAGE=\"en\",URI=\"en.m3u8\"
#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000,CODECS=\"avc1.4d401f,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=25,AUDIO=\"a\"
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1280000,AVERAGE-BANDWIDTH=1000000,CODECS=\"avc1.4d401f,mp4a.40.2\",RESOLUTION=640x360,FRAME-RATE=25,AUDIO=\"a\"
low-again.m3u8
";

/// Media sequence numbers, a discontinuity with an init segment of its own, and byte ranges.
const PLAYLIST: &str = "#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:120
#EXT-X-DISCONTINUITY-SEQUENCE:3
#EXT-X-MAP:URI=\"init.mp4\"
#EXTINF:4,
120.m4s
#EXTINF:4,
#EXT-X-BYTERANGE:1000@500
all.m4s
#EXT-X-DISCONTINUITY
#EXT-X-MAP:URI=\"other.mp4\",BYTERANGE=\"700@0\"
#EXTINF:4,
122.m4s
#EXT-X-MAP:URI=\"third.mp4\"
#EXTINF:4,
123.m4s
#EXT-X-ENDLIST
";

/// The keys of the file.
pub(super) fn made() -> Vec<Value> {
    let title = |name: &str, manifest: &str, url: &str| json!({ "name": name, "manifest": manifest, "url": url, "segments": segments(&timeline(manifest, url, None)) });
    let mut made = vec![
        title("DASH", DASH, "https://cdn.example/film/manifest.mpd?token=1"),
        title("DASH, live", LIVE, "https://cdn.example/live/manifest.mpd"),
        title(
            "an HLS playlist that stands alone",
            PLAYLIST,
            "https://cdn.example/film/alone.m3u8",
        ),
    ];
    let url = "https://cdn.example/film/main.m3u8";
    let Ok(Manifest::Multivariant(playlists)) = read(MULTIVARIANT.as_bytes(), url, None, &Limits::default())
    else {
        panic!("it names playlists");
    };
    let named = |playlist: &PlaylistRef| json!({ "url": playlist.url, "identity": playlist.identity });
    made.push(json!({
        "name": "an HLS multivariant playlist",
        "manifest": MULTIVARIANT,
        "url": url,
        "playlists": playlists.iter().map(named).collect::<Vec<_>>(),
    }));
    for playlist in &playlists {
        made.push(json!({
            "name": "a media playlist of it",
            "manifest": PLAYLIST,
            "url": playlist.url,
            "identity": playlist.identity,
            "segments": segments(&timeline(PLAYLIST, &playlist.url, Some(playlist))),
        }));
    }
    assert!(
        playlists
            .iter()
            .any(|playlist| playlist.content == Content::Audio)
    );
    made
}

fn timeline(manifest: &str, url: &str, playlist: Option<&PlaylistRef>) -> Timeline {
    let told = read(manifest.as_bytes(), url, playlist, &Limits::default());
    match told {
        Ok(Manifest::Title(timeline)) => timeline,
        Ok(Manifest::Multivariant(_)) | Err(_) => panic!("it names segments: {told:?}"),
    }
}

fn segments(timeline: &Timeline) -> Vec<Value> {
    let (start, end) = (MediaTime::MIN, MediaTime::MAX);
    let late = UnixTime::from_millis(60_000);
    let all = timeline.tracks().iter().flat_map(|track| {
        let inits = timeline.init_segments(track.key);
        let media = timeline.segments(track.key, start, end, late, 100);
        inits.into_iter().chain(media)
    });
    let vector = |segment: Segment| json!({ "url": segment.url, "key": describe::key(&segment.key) });
    all.map(vector).collect()
}
