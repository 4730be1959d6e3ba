//! When manifests are read again.

use super::*;

fn follow() -> Follow {
    Follow::new("http://origin/x.mpd", Rng::new([3; 32]))
}

fn playlist(name: &str) -> PlaylistRef {
    PlaylistRef {
        url: format!("http://origin/{name}.m3u8"),
        identity: name.into(),
        content: crate::timeline::Content::Video,
        bandwidth: 0,
        variables: std::sync::Arc::default(),
    }
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
    let mut follow = follow();
    assert_eq!(
        follow.on_named(at(0), vec![playlist("a"), playlist("b")]).found,
        [1, 2]
    );
    let fetched = follow.on_fetch(2, FetchId(1));
    assert_eq!(fetched, Some(("http://origin/b.m3u8".into(), Conditional::Later)));
    assert_eq!(follow.on_fetch(2, FetchId(2)), None, "it is being fetched");
    assert_eq!(follow.index(FetchId(1)), Some(2));
}

#[test]
fn a_playlist_that_is_not_named_any_more_makes_room_for_one_that_is() {
    let mut follow = follow();
    follow.on_named(at(0), vec![playlist("a"), playlist("b")]);
    follow.on_fetch(1, FetchId(1));
    let named = follow.on_named(at(60_000), vec![playlist("b"), playlist("c"), playlist("d")]);
    assert_eq!(
        (named.given_up, named.gone),
        (vec![FetchId(1)], vec![playlist("a")])
    );
    assert_eq!(named.found, [1, 3]);
    assert_eq!(follow.on_named(at(60_000), vec![playlist("d")]).found, [0; 0]);
    assert_eq!(follow.on_fetch(1, FetchId(2)), None, "nobody names it");
    let many = |first: usize| {
        (first..first + 200)
            .map(|number| playlist(&number.to_string()))
            .collect()
    };
    for round in 0..10 {
        assert_eq!(follow.on_named(at(0), many(round * 200)).found.len(), 200);
    }
}

#[test]
fn playlists_beyond_the_most_are_counted_once_and_again_if_they_become_more() {
    let named = |follow: &mut Follow, count: usize| {
        let playlists = (0..count).map(|number| playlist(&number.to_string()));
        let named = follow.on_named(at(0), playlists.collect());
        (named.found.len(), named.unfollowed)
    };
    let mut follow = follow();
    assert_eq!(named(&mut follow, 256), (256, 0));
    assert_eq!(named(&mut follow, 259), (0, 3));
    assert_eq!(named(&mut follow, 259), (0, 0), "it is known");
    assert_eq!(named(&mut follow, 256), (0, 0));
    assert_eq!(named(&mut follow, 258), (0, 0), "fewer than were told");
    assert_eq!(named(&mut follow, 300), (0, 44));
}

#[test]
fn a_playlist_that_is_somewhere_else_now_keeps_its_number_and_is_read_there() {
    let at_place = |url: &str| PlaylistRef {
        url: format!("http://origin/{url}"),
        ..playlist("a")
    };
    for (url, found) in [
        ("a.m3u8", &[][..]),
        ("other/a.m3u8", &[1]),
        // What differs each time says nothing.
        ("a.m3u8?token=2", &[]),
    ] {
        let mut follow = follow();
        follow.on_named(at(0), vec![at_place("a.m3u8"), playlist("b")]);
        follow.on_read(1, at(0), None, listed(1));
        let named = follow.on_named(at(60_000), vec![at_place(url), playlist("b")]);
        assert_eq!(
            (&named.found[..], named.gone, named.given_up),
            (found, vec![], vec![]),
            "{url}"
        );
        let (asked, conditional) = follow.on_fetch(1, FetchId(1)).unwrap();
        assert_eq!(asked, format!("http://origin/{url}"));
        let is_same = url == "a.m3u8";
        assert_eq!(
            conditional == Conditional::Now,
            is_same,
            "what is known is of another place"
        );
    }
}

#[test]
fn what_was_live_may_go_on_under_another_name_and_a_film_may_not() {
    for was_live in [true, false] {
        let mut follow = follow();
        follow.on_named(at(0), vec![playlist("a")]);
        if was_live {
            follow.on_read(1, at(0), None, listed(1));
        }
        follow.on_complete(1);
        assert_eq!(follow.on_fetch(0, FetchId(1)).is_some(), was_live);
    }
}

#[test]
fn what_names_playlists_is_read_again_while_they_may_change() {
    let mut follow = follow();
    follow.on_named(at(0), vec![playlist("a")]);
    assert_within(follow.names_again(), 60_000, 67_500);
    assert!(
        follow.on_fetch(0, FetchId(1)).is_some(),
        "the playlist may be live"
    );
    assert_within(follow.on_unchanged(0, at(60_000)).unwrap(), 60_000, 67_500);
    assert_eq!(follow.on_fetch(0, FetchId(2)).unwrap().1, Conditional::Now);
    follow.on_unchanged(0, at(120_000));
    follow.on_complete(1);
    assert_eq!(follow.on_fetch(0, FetchId(3)), None);
}

#[test]
fn what_names_playlists_is_read_when_one_is_refused_and_not_in_a_rush() {
    let mut follow = follow();
    assert_eq!(follow.names_due(0, at(0)), None, "it names none");
    follow.on_named(at(10_000), vec![playlist("a")]);
    for (refused, now, due) in [
        (0, 20_000, None),
        (1, 20_000, Some(20_000)),
        (1, 11_000, Some(15_000)),
    ] {
        assert_eq!(follow.names_due(refused, at(now)), due.map(at), "{refused} {now}");
    }
    follow.on_failed(0);
    assert_eq!(follow.names_due(1, at(20_000)), None, "it is tried again anyhow");
}

#[test]
fn what_could_not_be_read_is_asked_for_as_a_whole_until_it_can() {
    let mut follow = follow();
    let mut next = 0;
    let mut ask = |follow: &mut Follow| {
        next += 1;
        let (_, conditional) = follow.on_fetch(0, FetchId(next)).unwrap();
        follow.on_finished(0).unwrap();
        conditional
    };
    assert_eq!(ask(&mut follow), Conditional::Later);
    follow.on_unreadable(0);
    follow.on_failed(0);
    assert_eq!(ask(&mut follow), Conditional::Later);
    follow.on_read(0, at(0), None, listed(1));
    assert_eq!(ask(&mut follow), Conditional::Now);
    // As what does not come: it is still there, and asked for by what is known of it.
    follow.on_failed(0);
    assert_eq!(ask(&mut follow), Conditional::Now);
    follow.on_unreadable(0);
    assert_eq!(ask(&mut follow), Conditional::Later);
}

#[test]
fn what_is_as_it_was_and_never_was_read_is_tried_again() {
    let mut follow = follow();
    follow.on_fetch(0, FetchId(1));
    assert_within(follow.on_unchanged(0, at(0)).unwrap(), 500, 625);
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
fn what_is_complete_is_looked_at_now_and_then() {
    for (was_live, least) in [(true, 60_000), (false, 600_000)] {
        let mut follow = follow();
        if was_live {
            follow.on_read(0, at(0), None, listed(1));
        }
        let most = least + least / 8;
        assert_within(follow.on_complete(0), least, most);
        assert_eq!(follow.on_fetch(0, FetchId(1)).unwrap().1, Conditional::Now);
        assert_within(follow.on_unchanged(0, at(1_000)).unwrap(), least, most);
        assert!(follow.on_fetch(0, FetchId(2)).is_some());
        assert_within(follow.put_off(0), least, most);
        assert_eq!(follow.failures(0), 0, "nothing is amiss");
    }
}
