//! What uplinks could bring if bytes flowed like water.

use super::*;

#[test]
fn one_copy_or_what_uplinks_lack() {
    let of = |viewers| [Rendition { viewers, bits: 16 }];
    let table = [
        // (viewers, uplink bits, seeded) -> bits of the origin
        ((1, 0, false), 16),
        ((20, 0, false), 320),
        ((20, 304, false), 16),
        ((20, 10_000, false), 16),
        ((20, 160, false), 160),
        ((20, 10_000, true), 0),
        ((0, 0, false), 0),
    ];
    for ((viewers, uplink, seeded), expected) in table {
        assert_eq!(
            origin_bits(&of(viewers), uplink, seeded),
            expected,
            "{viewers} {uplink}"
        );
    }
}

#[test]
fn each_rendition_needs_its_copy() {
    let two = [
        Rendition { viewers: 5, bits: 10 },
        Rendition { viewers: 5, bits: 30 },
    ];
    assert_eq!(origin_bits(&two, 1_000, false), 40);
    assert_eq!(origin_bits(&two, 100, false), 100);
}

#[test]
fn headers_and_reserve_are_not_usable() {
    assert_eq!(usable(10_000_000, 80), 7_440_000);
}
