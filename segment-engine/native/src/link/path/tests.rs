//! Paths of one rate and one round trip, fed as the engine feeds a channel: a few pieces whenever little waits.

use super::*;
use crate::link::line::Line;

const PIECE: u64 = 16 << 10;
const STEP: Duration = Duration::from_millis(5);

#[test]
fn everything_waits_until_something_was_acknowledged() {
    let mut path = Path::default();
    path.on_sent(Instant::now(), PIECE);
    assert_eq!((path.outstanding(), path.waiting()), (PIECE, PIECE));
}

#[test]
fn what_was_acknowledged_does_not_wait() {
    let start = Instant::now();
    let mut path = Path::default();
    path.on_sent(start, PIECE);
    path.on_outstanding(start + STEP, 0);
    assert_eq!((path.outstanding(), path.waiting()), (0, 0));
}

#[test]
fn a_long_path_is_filled() {
    for (rate, round_trip) in [(2_000_000, 100), (10_000_000, 40), (1_000_000, 250)] {
        let (carried, _) = feed(rate, Duration::from_millis(round_trip), Duration::from_secs(10));
        let share = carried as f64 / (10.0 * rate as f64);
        assert!(share > 0.8, "{share} of {rate} bytes a second at {round_trip} ms");
    }
}

#[test]
fn a_path_that_became_longer_is_filled_again() {
    let start = Instant::now();
    let mut path = Path::default();
    for (from, round_trip) in [(0, 10), (40, 200)] {
        for index in 0..50 {
            let at = start + Duration::from_secs(from) + Duration::from_millis(index * 300);
            path.on_sent(at, PIECE);
            path.on_outstanding(at + Duration::from_millis(round_trip), 0);
        }
    }
    let shortest = path.round_trip.unwrap().took;
    assert!(shortest >= Duration::from_millis(200), "{shortest:?}");
}

#[test]
fn a_narrow_path_is_seen_to_be_full() {
    let (_, most) = feed(50_000, Duration::from_millis(60), Duration::from_secs(20));
    assert!(
        most <= 8 * PIECE,
        "{most} bytes were let into a path that holds 3 kB"
    );
}

#[test]
fn messages_beyond_the_marks_are_counted_all_the_same() {
    let start = Instant::now();
    let mut path = Path::default();
    for _ in 0..2 * MAX_MARKS {
        path.on_sent(start, 10);
    }
    path.on_outstanding(start + STEP, 0);
    assert_eq!(path.outstanding(), 0);
    path.on_sent(start + STEP, PIECE);
    assert_eq!(path.outstanding(), PIECE);
}

/// Sends three pieces whenever no more than one waits. Returns how much arrived, and the most that was not
/// acknowledged.
fn feed(rate: u64, round_trip: Duration, time: Duration) -> (u64, u64) {
    let (mut path, mut line) = (Path::default(), Line::new(rate, round_trip));
    let (end, mut most) = (line.now + time, 0);
    while line.now < end {
        while path.waiting() <= PIECE {
            for _ in 0..3 {
                path.on_sent(line.take(PIECE), PIECE);
            }
        }
        most = most.max(path.outstanding());
        let outstanding = line.step();
        path.on_outstanding(line.now, outstanding);
    }
    (line.carried, most)
}
