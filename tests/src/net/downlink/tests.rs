//! When packets leave a downlink that several share.

use super::*;

#[test]
fn what_others_leave_is_all_there_is() {
    let mut line = Downlink::new(1_000_000);
    // (percent that others leave, leaves, bytes) -> is there
    let table = [
        ((100, 0, 10_000), 10_000),
        ((50, 100_000, 10_000), 120_000),
        ((0, 200_000, 1_000), 300_000),
        ((100, 400_000, 10_000), 410_000),
    ];
    for ((percent, now, bytes), expected) in table {
        line.leave(percent);
        assert_eq!(line.book(now, now, bytes), expected, "{percent} {now} {bytes}");
    }
}

#[test]
fn what_comes_at_once_comes_one_after_another() {
    let mut line = Downlink::new(1_000_000);
    // (leaves, would be there, bytes) -> is there
    let table = [
        ((0, 50_000, 10_000), 60_000),
        // The line is booked when they leave: 20 ms of it by now, but nothing comes before its time.
        ((0, 20_000, 10_000), 30_000),
        ((0, 20_000, 40_000), 60_000),
        ((0, 20_000, 40_000), 100_000),
        ((500_000, 510_000, 1_000), 511_000),
    ];
    for ((now, arrives, bytes), expected) in table {
        assert_eq!(
            line.book(now, arrives, bytes),
            expected,
            "{now} {arrives} {bytes}"
        );
    }
}
