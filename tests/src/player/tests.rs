//! What a player wants, plays, and stalls for.

use super::*;
use crate::clock::MILLI;

fn title(kind: Kind) -> Title {
    Title {
        kind,
        segment: 4 * SECOND,
        video: vec![1_000_000, 4_000_000],
        audio: 0,
        spread: 0,
    }
}

fn habits(adaptation: Adaptation) -> Habits {
    Habits {
        hold_back: 12 * SECOND,
        buffer: 30 * SECOND,
        threshold: 500 * MILLI,
        detection: 0,
        rung: 0,
        adaptation,
        last: u32::MAX,
    }
}

/// Hands a player what it wants, at a rate, until it wants no more; returns the numbers.
fn feed(player: &mut Player, title: &Title, now: u64, rate: u64) -> Vec<(u8, u32)> {
    let mut given = Vec::new();
    loop {
        let wanted = player.wants(title, now);
        if wanted.is_empty() {
            return given;
        }
        for resource in wanted {
            player.on_demanded(title, resource, DemandId(given.len() as u64), now);
            player.on_arrived(title, resource, title.size(resource), rate, now);
            given.push((resource.rung, resource.number));
        }
    }
}

#[test]
fn a_live_player_starts_behind_the_edge_and_asks_for_what_is_there() {
    let title = title(Kind::Live);
    let now = 101 * SECOND;
    let mut player = Player::new(habits(Adaptation::Fixed), &title, now);
    // The playhead is to be at 89 s: in segment 23; 25 is there since 100 s.
    assert_eq!(
        feed(&mut player, &title, now, 1),
        [(0, 0), (0, 23), (0, 24), (0, 25)]
    );
    assert_eq!(player.position(), 89 * SECOND);
    assert_eq!(player.buffered(&title), 11 * SECOND);
    assert!(
        player.next_at(&title, now) <= now + 1,
        "it has begun, and tells so"
    );
    assert!(player.tell(&title, now).is_some());
    assert_eq!(player.next_at(&title, now), now + SECOND);
}

#[test]
fn a_late_start_keeps_the_distance_to_the_edge() {
    let title = title(Kind::Live);
    let mut player = Player::new(habits(Adaptation::Fixed), &title, 100 * SECOND);
    feed(&mut player, &title, 102 * SECOND, 1);
    assert_eq!(player.position(), 90 * SECOND);
    assert_eq!(player.account.started, Some(102 * SECOND));
}

#[test]
fn a_stall_begins_when_the_buffer_is_dry_and_ends_when_there_is_enough() {
    let title = title(Kind::Live);
    let now = 100 * SECOND;
    let mut player = Player::new(habits(Adaptation::Fixed), &title, now);
    feed(&mut player, &title, now, 1);
    assert_eq!(player.buffered(&title), 12 * SECOND);
    player.advance(&title, now + 20 * SECOND);
    assert_eq!(player.buffered(&title), 0);
    feed(&mut player, &title, now + 20 * SECOND, 1);
    assert_eq!(player.account.stalls, [(now + 12 * SECOND, now + 20 * SECOND)]);
    player.on_end(&title, now + 25 * SECOND);
    player.on_end(&title, now + 90 * SECOND);
    assert_eq!(player.account.stalls.len(), 1, "who has left does not stall");
}

#[test]
fn a_film_is_buffered_up_to_the_target_and_played_to_its_end() {
    let title = title(Kind::Film(12));
    let mut player = Player::new(habits(Adaptation::Fixed), &title, 0);
    let given = feed(&mut player, &title, 0, 1);
    assert_eq!(given.last(), Some(&(0, 8)), "32 s are more than 30");
    assert_eq!(
        player.tell(&title, 0).map(|playback| playback.state),
        Some(PlaybackState::Playing)
    );
    assert_eq!(
        player.next_at(&title, 0),
        SECOND,
        "the next word comes before the next segment"
    );
    for second in 1..60 {
        feed(&mut player, &title, second * SECOND, 1);
        player.advance(&title, second * SECOND);
    }
    assert!(player.is_over(&title));
    assert!(player.account.stalls.is_empty());
    assert_eq!(player.next_at(&title, 60 * SECOND), u64::MAX);
}

#[test]
fn rungs_follow_throughput_and_keep_off_where_the_buffer_is_low() {
    let table = [
        // (rate, kind) -> the rung that the fourth segment is of
        (10_000_000, 1),
        (4_000_000, 0),
        (900_000, 0),
    ];
    for (rate, expected) in table {
        let title = title(Kind::Film(20));
        let mut player = Player::new(habits(Adaptation::ByThroughput), &title, 0);
        let given = feed(&mut player, &title, 0, rate);
        let fourth = given
            .iter()
            .find(|(_, number)| *number == 4)
            .expect("it is given");
        assert_eq!(fourth.0, expected, "{rate}");
        let switches = usize::from(expected > 0);
        assert_eq!(player.account.switches.len(), switches);
    }
}

#[test]
fn a_new_rung_needs_its_init_segment() {
    let title = title(Kind::Film(20));
    let mut player = Player::new(habits(Adaptation::ByThroughput), &title, 0);
    let given = feed(&mut player, &title, 0, 50_000_000);
    assert_eq!(given[..4], [(0, 0), (0, 1), (1, 0), (1, 2)]);
}

#[test]
fn a_demand_that_failed_is_made_again() {
    let title = title(Kind::Film(20));
    let mut player = Player::new(habits(Adaptation::Fixed), &title, 0);
    let wanted = player.wants(&title, 0);
    player.on_demanded(&title, wanted[0], DemandId(1), 0);
    assert!(player.wants(&title, 0).is_empty(), "one at a time");
    player.on_failed(DemandId(1));
    assert_eq!(player.wants(&title, 0), wanted);
}
