//! Whose clock counts.

use super::*;

fn at(seconds: i64) -> UnixTime {
    UnixTime::from_millis(1_700_000_000_000 + seconds * 1_000)
}

fn after(seconds: u64) -> Timestamp {
    Timestamp::from_millis(seconds * 1_000)
}

fn clock() -> WallClock {
    let mut clock = WallClock::new(Timestamp::ZERO);
    assert!(clock.on_own(Timestamp::ZERO, at(0)));
    clock
}

#[test]
fn one_that_is_right_as_far_as_can_be_known_is_left_alone() {
    for (told, within) in [(0, 0), (1, 0), (-1, 0), (5, 2_000), (-5, 2_000)] {
        let mut clock = clock();
        let within = Duration::from_millis(within);
        assert!(!clock.on_signalings(after(10), at(10 + told), within), "{told}");
        assert_eq!(clock.at(after(10)), at(10));
    }
}

#[test]
fn one_that_is_wrong_gives_way_until_it_is_put_right() {
    for off in [-40, 90_000] {
        let mut clock = clock();
        assert!(clock.on_signalings(after(10), at(10 + off), Duration::from_millis(30)));
        assert_eq!(clock.at(after(25)), at(25 + off));
        assert!(!clock.on_own(after(30), at(30)), "still as wrong");
        assert_eq!(clock.at(after(30)), at(30 + off));
        assert!(clock.on_own(after(40), at(40 + off)));
        assert!(
            clock.on_own(after(50), at(90 + off)),
            "it counts as it did at first"
        );
        assert_eq!(clock.at(after(50)), at(90 + off));
    }
}

#[test]
fn one_that_is_put_right_counts_again_however_roughly_signalings_was_known() {
    let mut clock = clock();
    assert!(clock.on_signalings(after(10), at(70), Duration::from_secs(2)));
    assert!(
        clock.on_own(after(20), at(78)),
        "two seconds off what signaling was understood to say"
    );
    assert_eq!(clock.at(after(20)), at(78));
}
