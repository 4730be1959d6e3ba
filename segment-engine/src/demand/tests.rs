//! How long the player can wait.

use super::*;
use crate::input::PlaybackState;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
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

fn playing(position: i64) -> Playback {
    Playback {
        position: secs(position),
        buffered: Duration::from_secs(4),
        state: PlaybackState::Playing,
    }
}

#[test]
fn waits_no_time_for_a_player_that_has_said_nothing() {
    assert_eq!(
        Player::default().slack(at(0), &segment(SegmentKind::Media, 10)),
        Duration::ZERO
    );
}

#[test]
fn waits_until_the_playhead_is_there() {
    let mut player = Player::default();
    player.on_playback(at(0), playing(4));
    assert_eq!(
        player.slack(at(0), &segment(SegmentKind::Media, 10)),
        Duration::from_secs(6)
    );
    assert_eq!(
        player.slack(at(1500), &segment(SegmentKind::Media, 10)),
        Duration::from_millis(4500)
    );
    assert_eq!(
        player.slack(at(9000), &segment(SegmentKind::Media, 10)),
        Duration::ZERO
    );
    player.on_playback(
        at(0),
        Playback {
            state: PlaybackState::Paused,
            ..playing(4)
        },
    );
    assert_eq!(
        player.slack(at(9000), &segment(SegmentKind::Media, 10)),
        Duration::from_secs(6)
    );
}

#[test]
fn an_init_segment_is_needed_when_the_buffer_is_played() {
    let mut player = Player::default();
    player.on_playback(at(0), playing(4));
    assert_eq!(
        player.slack(at(1000), &segment(SegmentKind::Init, 0)),
        Duration::from_secs(3)
    );
}

#[test]
fn the_first_of_each_kind_is_wanted_at_once_at_the_start_and_after_a_jump() {
    let mut player = Player::default();
    assert!(player.on_demand(Content::Video, &segment(SegmentKind::Init, 0)));
    assert!(player.on_demand(Content::Video, &segment(SegmentKind::Media, 0)));
    assert!(player.on_demand(Content::Audio, &segment(SegmentKind::Media, 0)));
    assert!(!player.on_demand(Content::Video, &segment(SegmentKind::Media, 2)));
    assert!(
        !player.on_demand(Content::Video, &segment(SegmentKind::Init, 0)),
        "a rung switch"
    );
    player.on_seeked(at(0), secs(40));
    assert!(player.on_demand(Content::Video, &segment(SegmentKind::Media, 40)));
}

#[test]
fn demands_for_one_segment_are_closed_together() {
    let mut demands = Demands::default();
    let key = segment(SegmentKind::Media, 2).key;
    let waiting = Waiting {
        key,
        rescue_at: at(5),
        since: at(0),
        yield_until: at(1),
    };
    demands.open(DemandId(1), waiting.clone());
    demands.open(DemandId(2), waiting);
    assert!(demands.wants(&key));
    assert_eq!(demands.close_for(&key), [DemandId(1), DemandId(2)]);
    assert!(!demands.wants(&key));
}
