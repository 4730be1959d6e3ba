//! The stream over the real clip, at times of the test's choosing.

use super::*;

const START: UnixMillis = UnixMillis(1_700_000_000_000);

#[tokio::test]
async fn a_segment_comes_on_time_and_goes_with_the_window() {
    let live = open();
    for number in [1, 24, 25, 1000] {
        let name = format!("{number}.m4s");
        let end = number * SEGMENT_MS;
        assert_eq!(
            live.file("v360", &name, after(end - 1)).await,
            Err(Missing::Early)
        );
        assert!(live.file("v360", &name, after(end)).await.is_ok());
        assert!(live.file("v360", &name, after(end + WINDOW_MS)).await.is_ok());
        let late = after(end + WINDOW_MS + SEGMENT_MS + 1);
        assert_eq!(live.file("v360", &name, late).await, Err(Missing::Expired));
    }
}

#[tokio::test]
async fn decode_times_go_on_over_the_clips_end() {
    let live = open();
    for (track, timescale) in [("v180", 12_800), ("v540", 12_800), ("a64", 48_000)] {
        let mut last = None;
        for number in 1..=80 {
            let time = decode_time(&live, track, number).await;
            let nominal = (number - 1) * 2 * timescale;
            // Audio begins at the first frame boundary at or after the nominal time.
            assert!(
                (nominal..nominal + 1024).contains(&time),
                "{track} {number}: {time}"
            );
            assert!(last.is_none_or(|last| last < time), "{track} {number}: {time}");
            last = Some(time);
        }
    }
}

#[tokio::test]
async fn the_seam_has_neither_gap_nor_overlap() {
    let live = open();
    // 24 segments of 2 s make the clip: the 25th begins 48 s after the first, to the tick.
    assert_eq!(decode_time(&live, "v360", 25).await, 48 * 12_800);
    assert_eq!(decode_time(&live, "a64", 25).await, 48 * 48_000);
    let first = live.file("a64", "1.m4s", after(2 * SEGMENT_MS)).await.unwrap();
    let again = live.file("a64", "25.m4s", after(25 * SEGMENT_MS)).await.unwrap();
    let differing = first.iter().zip(&again).filter(|(a, b)| a != b).count();
    assert_eq!(first.len(), again.len());
    assert!(
        (1..=5).contains(&differing),
        "only times and number differ: {differing} bytes"
    );
}

#[tokio::test]
async fn init_segments_are_there_from_the_start() {
    let live = open();
    for track in ["v180", "v360", "v540", "a64"] {
        assert!(live.file(track, "init.mp4", START).await.is_ok(), "{track}");
    }
}

#[tokio::test]
async fn other_names_are_unknown() {
    let live = open();
    let now = after(100 * SEGMENT_MS);
    for (track, name) in [
        ("v360", "0.m4s"),
        ("v360", "007.m4s"),
        ("v360", "+7.m4s"),
        ("v360", "7.mp4"),
        ("v360", ".m4s"),
        ("v360", "99999999999999999999999.m4s"),
        ("v1080", "99.m4s"),
        ("..", "init.mp4"),
        ("", "init.mp4"),
    ] {
        assert_eq!(
            live.file(track, name, now).await,
            Err(Missing::Unknown),
            "{track}/{name}"
        );
    }
    assert_eq!(
        live.file("v360", "999999999999999.m4s", now).await,
        Err(Missing::Early)
    );
}

#[test]
fn the_manifest_is_live_and_addresses_by_number() {
    let manifest = open().manifest(after(90_500));
    for part in [
        r#"type="dynamic""#,
        r#"availabilityStartTime="2023-11-14T22:13:20.000Z""#,
        r#"value="2023-11-14T22:14:50.500Z""#,
        r#"minimumUpdatePeriod="PT2S""#,
        r#"timeShiftBufferDepth="PT40S""#,
        r#"suggestedPresentationDelay="PT7S""#,
        r#"media="$RepresentationID$/$Number$.m4s""#,
        r#"id="v540""#,
        r#"id="a64""#,
    ] {
        assert!(manifest.contains(part), "{part} in\n{manifest}");
    }
    assert!(
        !manifest.contains("mediaPresentationDuration"),
        "a live stream has no end"
    );
}

#[test]
fn a_stream_begins_with_its_whole_window() {
    let now = UnixMillis(1_700_000_000_400);
    assert_eq!(now.window_ago(), UnixMillis(1_699_999_960_000));
    assert_eq!(UnixMillis(5).window_ago(), UnixMillis(0));
}

#[test]
fn a_folder_without_a_clip_is_refused() {
    for folder in ["/no/such/folder", env!("CARGO_MANIFEST_DIR")] {
        assert!(Live::open(Path::new(folder), START).is_err(), "{folder}");
    }
}

fn open() -> Live {
    Live::open(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../sample-media"),
        START,
    )
    .unwrap()
}

fn after(millis: u64) -> UnixMillis {
    UnixMillis(START.0 + millis)
}

async fn decode_time(live: &Live, track: &str, number: u64) -> u64 {
    let now = after(number * SEGMENT_MS);
    let mut fragment = live.file(track, &format!("{number}.m4s"), now).await.unwrap();
    boxes::decode_time(&mut fragment).unwrap()
}
