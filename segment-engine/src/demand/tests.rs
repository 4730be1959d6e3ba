//! What is demanded, and how long the player can wait.

use proptest::prelude::*;

use super::*;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn secs(secs: i64) -> MediaTime {
    MediaTime::from_micros(secs * 1_000_000)
}

fn segment(kind: SegmentKind, start: i64) -> Segment {
    Segment {
        key: SegmentKey {
            track: TrackKey([1; 8]),
            kind,
            time: start,
            range: None,
        },
        url: "http://origin/s".into(),
        start: secs(start),
        duration: Duration::from_secs(2),
    }
}

fn key(time: i64) -> SegmentKey {
    segment(SegmentKind::Media, time).key
}

fn waiting(time: i64, since: u64) -> Waiting {
    Waiting {
        key: key(time),
        since: at(since),
    }
}

/// Four seconds of media are buffered.
fn playback(position: i64, state: PlaybackState) -> Playback {
    Playback {
        position: secs(position),
        buffered: Duration::from_secs(4),
        state,
    }
}

#[test]
fn identifiers_count_upwards() {
    let mut demands = Demands::default();
    assert!(!demands.is_known(DemandId(0)));
    demands.on_demand(DemandId(7));
    for (id, known) in [(0, true), (6, true), (7, true), (8, false)] {
        assert_eq!(demands.is_known(DemandId(id)), known, "{id}");
    }
}

#[test]
fn demands_for_one_segment_are_closed_together() {
    let mut demands = Demands::default();
    for (id, time) in [(1, 2), (2, 4), (3, 2)] {
        demands.open(DemandId(id), waiting(time, 0));
    }
    assert_eq!(demands.close_for(&key(2)), [DemandId(1), DemandId(3)]);
    assert!(!demands.wants(&key(2)) && demands.wants(&key(4)));
}

#[test]
fn a_segment_is_wanted_while_one_of_its_demands_is_open() {
    let mut demands = Demands::default();
    demands.open(DemandId(1), waiting(2, 10));
    demands.open(DemandId(2), waiting(2, 20));
    assert_eq!(demands.since(&key(2)), Some(at(10)));
    let closed = demands.close(DemandId(1)).map(|waiting| waiting.since);
    assert_eq!(closed, Some(at(10)));
    assert_eq!(demands.since(&key(2)), Some(at(20)));
    demands.close(DemandId(2));
    assert_eq!(demands.since(&key(2)), None);
    assert!(demands.close(DemandId(2)).is_none(), "it is closed");
}

#[test]
fn no_more_than_the_most_are_open() {
    let mut demands = Demands::default();
    for id in 0..MAX_DEMANDS as u64 {
        assert!(!demands.is_full(), "{id}");
        demands.open(DemandId(id), waiting(0, 0));
    }
    assert!(demands.is_full());
    demands.close(DemandId(9));
    assert!(!demands.is_full());
}

proptest! {
    #[test]
    fn does_what_a_list_does(steps in prop::collection::vec((0_u8..4, 0_u64..12, 0_i64..4), 0..60)) {
        let (mut demands, mut model) = (Demands::default(), Vec::<(u64, i64, u64)>::new());
        for (now, (step, id, time)) in (0..).zip(steps) {
            match step {
                0 | 1 => {
                    demands.open(DemandId(id), waiting(time, now));
                    model.retain(|open| open.0 != id);
                    model.push((id, time, now));
                }
                2 => {
                    let closed = demands.close(DemandId(id)).map(|waiting| waiting.key);
                    let open = model.iter().position(|open| open.0 == id);
                    prop_assert_eq!(closed, open.map(|index| key(model.remove(index).1)));
                }
                _ => {
                    let closed = demands.close_for(&key(time));
                    let mut expected: Vec<_> =
                        model.extract_if(.., |open| open.1 == time).map(|open| DemandId(open.0)).collect();
                    expected.sort_unstable();
                    prop_assert_eq!(closed, expected);
                }
            }
            prop_assert_eq!(demands.keys().count(), model.len());
            for time in 0..4 {
                let of = model.iter().filter(|open| open.1 == time);
                let since = of.map(|open| at(open.2)).min();
                prop_assert_eq!(demands.since(&key(time)), since);
                prop_assert_eq!(demands.wants(&key(time)), since.is_some());
            }
        }
    }
}

#[test]
fn nothing_is_waited_for_before_the_player_says_where_it_is() {
    let player = Player::default();
    assert_eq!(player.position(at(0)), None);
    assert_eq!(
        player.slack(at(0), &segment(SegmentKind::Media, 10)),
        Duration::ZERO
    );
}

#[test]
fn a_segment_can_wait_until_the_playhead_is_there() {
    use PlaybackState::{Paused, Playing, Stalled};
    use SegmentKind::{Init, Media};
    // The playhead is at 4 s at time 0, with 4 s buffered.
    let table = [
        (Playing, Media, 10, 0, 6_000, "the whole way"),
        (Playing, Media, 10, 1_500, 4_500, "what is left of the way"),
        (Playing, Media, 10, 6_000, 0, "it is there"),
        (Playing, Media, 10, 9_000, 0, "it is past"),
        (Playing, Media, 2, 0, 0, "it was past before"),
        (Playing, Init, 0, 1_000, 3_000, "what is buffered is played first"),
        (Playing, Init, 0, 5_000, 0, "the buffer is empty"),
        (Paused, Media, 10, 9_000, 6_000, "nobody moves"),
        (Paused, Init, 0, 9_000, 4_000, "nobody plays the buffer"),
        (Stalled, Media, 10, 9_000, 6_000, "nobody moves"),
    ];
    for (state, kind, start, now, slack, why) in table {
        let mut player = Player::default();
        player.on_playback(at(0), playback(4, state));
        assert_eq!(
            player.slack(at(now), &segment(kind, start)),
            ms(slack),
            "{state:?}: {why}"
        );
    }
}

#[test]
fn the_playhead_moves_while_the_player_plays() {
    for (state, position) in [
        (PlaybackState::Playing, 7),
        (PlaybackState::Paused, 4),
        (PlaybackState::Stalled, 4),
    ] {
        let mut player = Player::default();
        player.on_playback(at(1_000), playback(4, state));
        assert_eq!(player.position(at(4_000)), Some(secs(position)), "{state:?}");
    }
}

#[test]
fn the_first_of_each_kind_is_wanted_at_once_at_the_start_and_after_a_jump() {
    let mut player = Player::default();
    assert!(player.on_demand(at(0), Content::Video, &segment(SegmentKind::Init, 0)));
    assert!(player.on_demand(at(0), Content::Video, &segment(SegmentKind::Media, 0)));
    assert!(player.on_demand(at(0), Content::Audio, &segment(SegmentKind::Media, 0)));
    assert!(!player.on_demand(at(0), Content::Video, &segment(SegmentKind::Media, 2)));
    assert!(
        !player.on_demand(at(0), Content::Video, &segment(SegmentKind::Init, 0)),
        "a rung switch"
    );
    player.on_seeked(at(0), secs(40));
    assert!(player.on_demand(at(0), Content::Video, &segment(SegmentKind::Media, 40)));
}

#[test]
fn the_first_is_not_wanted_at_once_by_a_player_with_much_to_play() {
    let table = [
        (PlaybackState::Playing, 0, false, "4 s are left"),
        (PlaybackState::Playing, 1, true, "less than that"),
        (PlaybackState::Paused, 9_000, false, "nobody plays them"),
    ];
    for (state, now, wanted, why) in table {
        let mut player = Player::default();
        player.on_playback(at(0), playback(4, state));
        let first = segment(SegmentKind::Media, 8);
        assert_eq!(player.on_demand(at(now), Content::Video, &first), wanted, "{why}");
        player.on_seeked(at(now), secs(40));
        let after = segment(SegmentKind::Media, 40);
        assert!(
            player.on_demand(at(now), Content::Video, &after),
            "{why}, before a jump"
        );
    }
}

#[test]
fn a_jump_leaves_nothing_buffered_and_the_state_as_it_was() {
    let mut player = Player::default();
    player.on_seeked(at(0), secs(40));
    assert_eq!(player.position(at(9_000)), Some(secs(40)), "it was not playing");
    player.on_playback(at(0), playback(4, PlaybackState::Playing));
    player.on_seeked(at(1_000), secs(40));
    assert_eq!(player.position(at(3_000)), Some(secs(42)));
    assert_eq!(
        player.slack(at(1_000), &segment(SegmentKind::Init, 0)),
        Duration::ZERO
    );
}

#[test]
fn what_is_played_is_what_was_demanded_last_of_each_kind() {
    let mut player = Player::default();
    player.on_demand(at(0), Content::Video, &segment(SegmentKind::Media, 4));
    player.on_demand(at(0), Content::Audio, &segment(SegmentKind::Media, 2));
    player.on_demand(at(0), Content::Video, &segment(SegmentKind::Media, 6));
    player.on_demand(at(0), Content::Text, &segment(SegmentKind::Init, 0));
    let current: Vec<_> = player.current().map(|(_, start)| start).collect();
    assert_eq!(current, [secs(6), secs(2)]);
    player.on_seeked(at(0), secs(40));
    assert_eq!(player.current().count(), 0);
}
