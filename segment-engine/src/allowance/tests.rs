//! How much of something a peer may send at once, and by and by.

use super::*;

#[test]
fn what_is_taken_comes_back_with_time_up_to_the_most() {
    let at = Timestamp::from_millis;
    let mut allowance = Allowance::new(10, 4, at(0));
    let table = [
        (0, 6, 6),
        (0, 6, 4),
        (100, 1, 0),
        (500, 9, 2),
        (2_000, 4, 4),
        (60_000, 99, 10),
    ];
    for (millis, wanted, taken) in table {
        assert_eq!(allowance.take(wanted, at(millis)), taken, "{millis} ms");
    }
}
