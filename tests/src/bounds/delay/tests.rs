//! How soon any swarm could bring a segment to all.

use super::*;

const MBIT: u64 = 1_000_000;

#[test]
fn holders_double_in_each_slot() {
    let uplinks = vec![MBIT; 1_000];
    // A megabit at a megabit per second: one second each.
    let table = [(0_u64, 1), (1, 2), (2, 4), (3, 8), (9, 512), (10, 1_000)];
    for (seconds, expected) in table {
        assert_eq!(
            reach(1, &uplinks, MBIT, seconds * 1_000_000, 0),
            expected,
            "{seconds} s"
        );
    }
    assert_eq!(reach(3, &uplinks, MBIT, 2_000_000, 0), 12);
}

#[test]
fn latency_delays_each_hop_and_who_sends_nothing_only_receives() {
    assert_eq!(
        reach(1, &[MBIT; 8], MBIT, 2_000_000, 500_000),
        2,
        "the next is there at 2.5 s"
    );
    assert_eq!(reach(1, &[2 * MBIT, 0, 0, 0, 0], MBIT, 1_000_000, 0), 3);
    assert_eq!(reach(1, &[0, 0], MBIT, u64::MAX / 2, 0), 1);
}

#[test]
fn whole_segments_need_copies_where_pieces_need_one() {
    // 500 viewers of 1.5 times the bitrate, segments of 4 s.
    let uplinks = vec![6 * MBIT; 500];
    let segment = 16 * MBIT;
    let copies = |bits, seconds| copies_for_delay(&uplinks, bits, seconds * 1_000_000, 0);
    assert_eq!(
        [4_u64, 6, 8, 10, 20].map(|seconds| copies(segment, seconds)),
        [250, 125, 63, 63, 4]
    );
    assert_eq!(copies(16 * 1024 * 8, 2), 1);
}

#[test]
fn spreading_takes_what_its_narrowest_place_takes() {
    let mixed = [20 * MBIT, 10 * MBIT, 10 * MBIT, 0];
    // 16 Mbit: to three others over 40 Mbit/s.
    assert_eq!(
        shortest_spread(&mixed, 100 * MBIT, 16 * MBIT, 1_000 * MBIT, 1),
        1_200_000
    );
    assert_eq!(
        shortest_spread(&mixed, 4 * MBIT, 16 * MBIT, 1_000 * MBIT, 1),
        4_000_000
    );
    assert_eq!(
        shortest_spread(&mixed, 100 * MBIT, 16 * MBIT, 16 * MBIT, 1),
        1_800_000
    );
}
