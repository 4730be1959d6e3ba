//! When manifests are read again.

use super::*;

fn follow() -> Follow {
    Follow::new("http://origin/x.mpd", Rng::new([3; 32]))
}

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn listed(mark: i64) -> Option<Listed> {
    Some(Listed {
        mark,
        pace: ms(4_000),
    })
}

#[track_caller]
fn assert_within(wait: Duration, least: u64, most: u64) {
    let millis = wait.as_millis();
    let range = u128::from(least)..=u128::from(most);
    assert!(range.contains(&millis), "{millis} ms, not {range:?}");
}

#[test]
fn follows_the_playlists_of_a_multivariant_one_once_each() {
    let playlist = |name: &str| PlaylistRef {
        url: format!("http://origin/{name}.m3u8"),
        identity: name.into(),
        content: crate::timeline::Content::Video,
        bandwidth: 0,
    };
    let mut follow = follow();
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
fn tries_an_unreachable_manifest_ever_more_rarely_and_not_to_the_beat() {
    let mut follow = follow();
    for least in [500, 1000, 2000, 4000, 8000, 10_000, 10_000, 10_000] {
        assert_within(follow.on_failed(0), least, least * 5 / 4);
    }
    let mut other = Follow::new("http://origin/x.mpd", Rng::new([4; 32]));
    assert_ne!(follow.on_failed(0), {
        for _ in 0..8 {
            other.on_failed(0);
        }
        other.on_failed(0)
    });
}

#[test]
fn a_manifest_over_the_limit_is_cut_short() {
    let mut follow = follow();
    follow.on_fetch(0, FetchId(1));
    assert!(follow.on_chunk(0, b"1234", 5));
    assert!(!follow.on_chunk(0, b"56", 5));
}

#[test]
fn what_goes_by_the_clock_is_read_as_it_asks_and_never_in_a_rush() {
    let table = [
        (Some(ms(1)), 500),
        (Some(ms(5_000)), 5_000),
        (Some(ms(60_000)), 60_000),
        (None, 2_000),
    ];
    for (refresh, least) in table {
        let wait = follow().on_read(0, at(0), refresh, None);
        assert_within(wait, least, least + 50);
    }
}

#[test]
fn a_list_is_read_as_its_next_segment_is_expected_and_often_until_it_comes() {
    let mut follow = follow();
    let first = follow.on_read(0, at(0), None, listed(1));
    assert_within(first, 200, 250);
    let known = follow.on_read(0, at(1_000), None, listed(2));
    assert_within(known, 3_900, 3_950);
    // Due at 4.9 s, and not there.
    for now in [4_900, 5_100, 6_000, 8_000] {
        let again = follow.on_unchanged(0, at(now)).unwrap();
        assert_within(again, 200, 250);
    }
    let came = follow.on_read(0, at(8_100), None, listed(3));
    assert_within(came, 3_900, 3_950);
}

#[test]
fn a_list_that_has_ceased_to_grow_is_read_at_leisure_until_it_grows() {
    let mut follow = follow();
    follow.on_read(0, at(0), None, listed(1));
    follow.on_read(0, at(1_000), None, listed(2));
    let again = follow.on_unchanged(0, at(9_000)).unwrap();
    assert_within(again, 2_000, 2_050);
    let same = follow.on_read(0, at(11_000), None, listed(2));
    assert_within(same, 2_000, 2_050);
    let grown = follow.on_read(0, at(13_000), None, listed(3));
    assert_within(grown, 3_900, 3_950);
}

#[test]
fn a_list_read_before_its_time_waits_for_it() {
    let mut follow = follow();
    follow.on_read(0, at(0), None, listed(1));
    follow.on_read(0, at(1_000), None, listed(2));
    let wait = follow.on_unchanged(0, at(2_000)).unwrap();
    assert_within(wait, 2_900, 2_950);
}

#[test]
fn what_is_complete_is_not_read_again() {
    let mut follow = follow();
    follow.on_read(0, at(0), None, listed(1));
    follow.on_complete(0);
    assert_eq!(follow.on_unchanged(0, at(1_000)), None);
}
