//! The window of a live playlist, as it moves.

use super::*;

const START: UnixMillis = UnixMillis(1_700_000_000_000);

fn at(millis: u64) -> String {
    let durations = ["2.5".to_owned(), "1.5".to_owned()];
    write("a", &durations, START, UnixMillis(START.0 + millis))
}

fn segments(text: &str) -> Vec<&str> {
    text.lines().filter(|line| !line.starts_with('#')).collect()
}

#[test]
fn reads_durations_of_the_clip() {
    let text = "#EXTM3U\n#EXTINF:2.005333,\na/1.m4s\n#EXTINF:1.984000,\na/2.m4s\n";
    assert_eq!(durations(text), ["2.005333", "1.984000"]);
}

#[test]
fn lists_what_is_there_and_leaves_behind_what_has_gone() {
    assert!(segments(&at(SEGMENT_MS - 1)).is_empty());
    assert_eq!(segments(&at(2 * SEGMENT_MS)), ["a/1.m4s", "a/2.m4s"]);
    let later = at(WINDOW_MS + 3 * SEGMENT_MS);
    let listed = segments(&later);
    assert_eq!((listed.first(), listed.len()), (Some(&"a/4.m4s"), 20));
    assert!(later.contains("#EXT-X-MEDIA-SEQUENCE:4\n"), "{later}");
}

#[test]
fn durations_go_on_where_the_window_begins() {
    let later = at(WINDOW_MS + 3 * SEGMENT_MS);
    assert!(
        later.contains("#EXTINF:1.5,\na/4.m4s\n#EXTINF:2.5,\na/5.m4s\n"),
        "{later}"
    );
}
