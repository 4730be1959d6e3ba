//! What a seeder does at the origin.

use super::*;
use crate::id::{FetchId, SegmentKind};
use crate::manifest::{self, Limits, Manifest, PlaylistRef};
use crate::time::{Timestamp, UnixTime};
use crate::timeline::Timeline;

const NOW: UnixTime = UnixTime::from_millis(0);

fn timeline() -> Timeline {
    let mpd = r#"<MPD type="static" mediaPresentationDuration="PT6S"><Period>
        <AdaptationSet contentType="video"><SegmentTemplate duration="2" media="$RepresentationID$/$Number$.m4s"
            initialization="$RepresentationID$/init.mp4"/>
          <Representation id="a" bandwidth="1000"/><Representation id="b" bandwidth="2000"/>
        </AdaptationSet></Period></MPD>"#;
    match manifest::read(
        mpd.as_bytes(),
        "http://origin/x.mpd",
        None,
        NOW,
        &Limits::default(),
    ) {
        Ok(Manifest::Title(timeline)) => timeline,
        other => panic!("{other:?}"),
    }
}

fn path(segment: &Segment) -> String {
    segment.url.trim_start_matches("http://origin/").to_owned()
}

#[test]
fn takes_every_segment_once_init_segments_first_then_by_time() {
    let timeline = timeline();
    let mut harvest = Harvest::default();
    harvest.on_timeline(&timeline, NOW);
    let mut taken = Vec::new();
    while let Some(segment) = harvest.next(&timeline, Timestamp::ZERO, NOW) {
        taken.push(path(&segment));
        harvest.on_timeline(&timeline, NOW);
    }
    taken[..2].sort();
    for pair in taken[2..].chunks_mut(2) {
        pair.sort();
    }
    let expected = [
        "a/init.mp4",
        "b/init.mp4",
        "a/1.m4s",
        "b/1.m4s",
        "a/2.m4s",
        "b/2.m4s",
        "a/3.m4s",
        "b/3.m4s",
    ];
    assert_eq!(taken, expected);
}

#[test]
fn tries_a_failed_segment_again_later_and_gives_up_at_last() {
    let timeline = timeline();
    let mut harvest = Harvest::default();
    harvest.on_timeline(&timeline, NOW);
    let key = loop {
        let segment = harvest.next(&timeline, Timestamp::ZERO, NOW).unwrap();
        if segment.key.kind == SegmentKind::Media {
            break segment.key;
        }
    };
    while harvest.next(&timeline, Timestamp::ZERO, NOW).is_some() {}
    let mut now = Timestamp::ZERO;
    let mut tries = 0;
    while let Some(at) = harvest.on_failed(key, now) {
        assert_eq!(harvest.next_retry_at(), Some(at));
        assert!(harvest.next(&timeline, now, NOW).is_none(), "not before its time");
        now = at;
        assert_eq!(
            harvest.next(&timeline, now, NOW).map(|segment| segment.key),
            Some(key)
        );
        assert_eq!(harvest.next_retry_at(), None, "it is on its way");
        tries += 1;
    }
    assert_eq!(tries, 8);
}

#[test]
fn follows_the_playlists_of_a_multivariant_one_once_each() {
    let playlist = |name: &str| PlaylistRef {
        url: format!("http://origin/{name}.m3u8"),
        identity: name.into(),
        content: crate::timeline::Content::Video,
        bandwidth: 0,
    };
    let mut follow = Follow::new("http://origin/main.m3u8");
    assert_eq!(follow.add(vec![playlist("a"), playlist("b")]), [1, 2]);
    assert_eq!(follow.add(vec![playlist("a"), playlist("c")]), [3]);
    assert_eq!(
        follow.on_fetch(3, FetchId(1)).as_deref(),
        Some("http://origin/c.m3u8")
    );
    assert_eq!(follow.on_fetch(3, FetchId(2)), None, "it is being fetched");
    assert_eq!(follow.index(FetchId(1)), Some(3));
}

#[test]
fn tries_an_unreachable_manifest_ever_more_rarely() {
    let mut follow = Follow::new("http://origin/x.mpd");
    let waits: Vec<_> = (0..8).map(|_| follow.on_failed(0).as_millis()).collect();
    assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000]);
    assert_eq!(
        follow.on_read(0, Some(Duration::from_millis(1))).as_millis(),
        500,
        "never in a rush"
    );
}

#[test]
fn a_manifest_over_the_limit_is_cut_short() {
    let mut follow = Follow::new("http://origin/x.mpd");
    follow.on_fetch(0, FetchId(1));
    assert!(follow.on_chunk(0, b"1234", 5));
    assert!(!follow.on_chunk(0, b"56", 5));
}
