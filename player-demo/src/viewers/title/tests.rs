//! Rungs and segments of the clip's manifest.

use super::*;

const MANIFEST: &[u8] = include_bytes!("../../../../sample-media/manifest.mpd");

fn title() -> Title {
    Title::read("http://127.0.0.1/media/manifest.mpd", MANIFEST).unwrap()
}

#[test]
fn takes_the_best_rung_that_can_be_kept_up_and_one_of_sound() {
    let names = |rate| -> Vec<String> {
        let title = title();
        let tracks = title.tracks(rate);
        tracks.iter().map(|track| track.representation.clone()).collect()
    };
    assert_eq!(names(0), ["v180", "a64"]);
    assert_eq!(names(600_000), ["v360", "a64"]);
    assert_eq!(names(8_000_000), ["v540", "a64"]);
}

#[test]
fn goes_from_segment_to_segment_up_to_the_end() {
    let title = title();
    for track in title.tracks(0) {
        let mut at = title.start();
        let mut count = 0;
        while let Some(segment) = title.next(track, at) {
            assert!(end_of(&segment) > at, "{} goes on", segment.url);
            at = end_of(&segment);
            count += 1;
        }
        assert_eq!((count, at.as_secs()), (24, 48), "{}", track.representation);
    }
    assert!(
        title
            .init(title.tracks(0)[0])
            .unwrap()
            .url
            .ends_with("/v180/init.mp4")
    );
}

#[test]
fn a_playlist_of_playlists_is_refused() {
    let body = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n";
    assert!(matches!(
        Title::read("http://127.0.0.1/m.m3u8", body),
        Err(TitleError::Multivariant)
    ));
}
