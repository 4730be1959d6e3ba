//! What a track is among others, and what is not waited for.
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "each test looks for one kind of output"
)]

use super::*;
use crate::config::Config;
use crate::engine::rig::Rig;
use crate::input::{FetchError, Input};
use crate::time::Timestamp;
use crate::timeline::Content;

const LADDER: &str = r#"<MPD type="static" mediaPresentationDuration="PT1H"><Period>
  <AdaptationSet contentType="video"><SegmentTemplate duration="4" media="$RepresentationID$-$Number$"/>
    <Representation id="low" bandwidth="800000"/><Representation id="high" bandwidth="4000000"/>
    <Representation id="mid" bandwidth="2000000"/></AdaptationSet>
  <AdaptationSet contentType="audio"><SegmentTemplate duration="4" media="$RepresentationID$-$Number$"/>
    <Representation id="sound" bandwidth="128000"/></AdaptationSet></Period></MPD>"#;

#[test]
fn a_track_is_a_rung_where_its_content_has_others_and_the_next_is_the_least_above_it() {
    let mut engine = Engine::new(Config::viewer("title"), [1; 32], Timestamp::ZERO).unwrap();
    let manifest = Input::Manifest {
        url: "https://origin.example/a.mpd".to_owned(),
        body: LADDER.as_bytes().to_vec(),
    };
    engine.handle_input(Timestamp::ZERO, manifest).unwrap();
    let content = Content::Video;
    let rung = |this, above| Some(Rung { content, this, above });
    let table = [
        ("low", rung(800_000, Some(2_000_000))),
        ("mid", rung(2_000_000, Some(4_000_000))),
        ("high", rung(4_000_000, None)),
        // Whether it comes in time says nothing of the video's rungs.
        ("sound", None),
    ];
    for (name, rung) in table {
        let mut tracks = engine.timeline().tracks().iter();
        let track = tracks.find(|track| track.representation == name).unwrap().key;
        assert_eq!(engine.rung(track), rung, "{name}");
    }
}

/// A film whose rungs each have an initialization segment.
const SWITCHING: &str = r#"<MPD type="static" mediaPresentationDuration="PT1H"><Period>
  <AdaptationSet contentType="video">
    <SegmentTemplate duration="4" initialization="$RepresentationID$-init" media="$RepresentationID$-$Number$"/>
    <Representation id="low" bandwidth="800000"/><Representation id="high" bandwidth="4000000"/>
  </AdaptationSet></Period></MPD>"#;

#[test]
fn a_rung_s_initialization_is_not_waited_for() {
    let mut rig = Rig::new(|_| {});
    rig.tell(Input::Manifest {
        url: "https://origin.example/rungs.mpd".to_owned(),
        body: SWITCHING.as_bytes().to_vec(),
    });
    rig.link("a", 1);
    rig.play(0);
    let mut fetched = |id: u64, name: &str| {
        rig.outputs.clear();
        let url = format!("https://origin.example/{name}");
        rig.tell(Input::Demand(Demand {
            id: DemandId(id),
            url: url.clone(),
            range: None,
            position: None,
        }));
        let mut outputs = rig.outputs.iter();
        outputs.any(|output| matches!(output, Output::Fetch(fetch) if fetch.url == url))
    };
    let table = [
        ("low-3", true, "a session's first segment"),
        ("low-4", false, "a peer may come to have it"),
        ("high-init", true, "nothing of the rung can be played without it"),
        ("high-5", false, "a peer may come to have it"),
    ];
    for ((name, expected, why), id) in table.into_iter().zip(1_000..) {
        assert_eq!(fetched(id, name), expected, "{name}: {why}");
    }
}

#[test]
fn a_first_segment_is_left_to_peers_where_there_is_much_to_play() {
    for (buffered, fetched) in [(2, true), (8, false)] {
        let mut rig = Rig::new(|_| {});
        rig.link("a", 1);
        rig.play_with(0, Duration::from_secs(buffered));
        rig.outputs.clear();
        rig.demand(3);
        let asks = rig
            .outputs
            .iter()
            .any(|output| matches!(output, Output::Fetch(_)));
        assert_eq!(asks, fetched, "{buffered} s");
    }
}

#[test]
fn a_request_to_the_origin_names_the_newest_demand_for_its_segment() {
    let mut rig = Rig::new(|_| {});
    rig.play_with(0, Duration::from_secs(20));
    rig.demand(5);
    rig.wait(10_000);
    rig.demand(5);
    let demands = |rig: &Rig| -> Vec<_> {
        let fetches = rig.outputs.iter().filter_map(|output| match output {
            Output::Fetch(fetch) => Some(fetch.demand),
            _ => None,
        });
        fetches.collect()
    };
    assert_eq!(
        demands(&rig),
        [Some(DemandId(1))],
        "there was one when it was made"
    );
    let fetch = rig.begin_fetch();
    rig.outputs.clear();
    let error = FetchError::Network;
    rig.tell(Input::FetchFailed { fetch, error });
    rig.wait(5_000);
    assert_eq!(demands(&rig), [Some(DemandId(2))]);
}

#[test]
fn a_media_playlist_that_the_multivariant_one_does_not_name_is_refused() {
    let mut rig = Rig::new(|_| {});
    let mut tell = |name: &str, body: &str| {
        rig.outputs.clear();
        rig.tell(Input::Manifest {
            url: format!("https://origin.example/{name}"),
            body: body.as_bytes().to_vec(),
        });
        let rejected = |output: &Output| matches!(output, Output::Event(Event::ManifestRejected { .. }));
        (
            rig.outputs.iter().any(rejected),
            rig.engine.timeline().tracks().len(),
        )
    };
    let media = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.m4s\n#EXT-X-ENDLIST\n";
    let variants = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9\nv.m3u8\n";
    assert_eq!(tell("master.m3u8", variants), (false, 1), "the rig's film alone");
    // As after a redirect: it would pass for a title of its own, and so would another.
    assert_eq!(tell("elsewhere/v.m3u8", media), (true, 1));
    assert_eq!(tell("v.m3u8", media), (false, 2));
}
