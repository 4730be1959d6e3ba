//! Whose wishes count, for how long, and how many of them.

use super::*;
use crate::id::sample::key;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

#[test]
fn a_track_is_wanted_for_a_minute_after_the_last_word_of_it() {
    let mut wishes = Wishes::default();
    let track = TrackKey([1; 8]);
    assert_eq!(wishes.on_track(track, at(0)), News::Yes);
    assert_eq!(wishes.on_track(track, at(30_000)), News::No);
    assert!(wishes.wants(track, at(89_999)));
    assert!(!wishes.wants(track, at(90_000)));
    assert_eq!(wishes.lapse(at(89_999)), News::No);
    assert_eq!(wishes.lapse(at(90_000)), News::Yes);
    assert_eq!(wishes.on_track(track, at(90_001)), News::Yes);
}

#[test]
fn a_peer_has_only_so_many_segments_fetched_and_takes_nothing_from_others() {
    let mut wishes = Wishes::default();
    let (greedy, other) = (peer("greedy"), peer("other"));
    let taken = |wishes: &mut Wishes, now, first| {
        let wished = |time: &i64| wishes.on_key(&greedy, key(*time), at(now)) == News::Yes;
        (first..first + 100).filter(wished).count()
    };
    assert_eq!(taken(&mut wishes, 0, 0), 24);
    assert_eq!(taken(&mut wishes, 2_000, 1_000), 6);
    assert_eq!(wishes.on_key(&other, key(5_000), at(2_000)), News::Yes);
}

#[test]
fn a_segment_is_wished_for_once_whoever_wants_it_and_first_come_is_first_served() {
    let mut wishes = Wishes::default();
    for (name, time, news) in [("a", 1, News::Yes), ("b", 1, News::No), ("b", 2, News::Yes)] {
        assert_eq!(wishes.on_key(&peer(name), key(time), at(0)), news);
    }
    assert_eq!(wishes.next(), Some(key(1)));
    assert_eq!(wishes.next(), Some(key(2)));
    assert_eq!(wishes.next(), None);
}

#[test]
fn all_peers_together_wish_for_no_more_than_is_remembered() {
    let mut wishes = Wishes::default();
    let wished = (0..1_000_i64).filter(|time| {
        let peer = peer(&format!("p{time}"));
        wishes.on_key(&peer, key(*time), at(0)) == News::Yes
    });
    assert_eq!(wished.count(), 256);
}

#[test]
fn it_is_looked_again_where_a_peer_has_not_played_lately() {
    let mut wishes = Wishes::default();
    let secs = |secs: i64| MediaTime::from_micros(secs * 1_000_000);
    for (at_secs, news) in [
        (100, News::Yes),
        (101, News::No),
        (129, News::No),
        (130, News::Yes),
        (131, News::No),
        (90, News::Yes),
        (90, News::No),
    ] {
        assert_eq!(wishes.sounds(&peer("a"), secs(at_secs), at(0)), news, "{at_secs}");
    }
}

#[test]
fn of_a_peer_that_is_gone_nothing_is_remembered() {
    let mut wishes = Wishes::default();
    let sounds = |wishes: &mut Wishes, name: &str| wishes.sounds(&peer(name), MediaTime::ZERO, at(0));
    for name in ["a", "b"] {
        assert_eq!(sounds(&mut wishes, name), News::Yes);
    }
    wishes.on_left(&peer("a"));
    assert_eq!(sounds(&mut wishes, "a"), News::Yes);
    assert_eq!(sounds(&mut wishes, "b"), News::No);
}
