//! How well sets are counted.

use super::*;

fn set(members: u64, seed: u64) -> Sketch {
    let mut sketch = Sketch::default();
    (0..members).for_each(|member| sketch.add(Member(mix(seed << 32 | member).to_be_bytes())));
    sketch
}

#[test]
fn counts_within_thirty_percent() {
    for members in [1, 3, 10, 50, 300, 1_000, 10_000] {
        let counts: Vec<u64> = (1..=40).map(|seed| set(members, seed).count().into()).collect();
        let off = |count: &&u64| count.abs_diff(members) * 100 > members * 30;
        // The standard error is 13 %: one in fifty is off by more than thirty.
        assert!(counts.iter().filter(off).count() <= 2, "{members}: {counts:?}");
        let mean = counts.iter().sum::<u64>() / counts.len() as u64;
        assert!(mean.abs_diff(members) * 100 <= members * 8, "{members}: {mean}");
    }
}

#[test]
fn counts_few_exactly_unless_two_fall_together() {
    assert_eq!(set(0, 1).count(), 0);
    assert_eq!((1..=40).map(|seed| set(1, seed).count()).max(), Some(1));
}

#[test]
fn counts_each_member_once() {
    let mut sketch = set(500, 1);
    let count = sketch.count();
    sketch.unite(&set(500, 1));
    sketch.unite(&set(200, 1));
    assert_eq!(sketch.count(), count);
}

#[test]
fn takes_no_more_than_the_highest_rank_from_anybody() {
    let told = Sketch::read(&[255; SKETCH]).expect("of the right length");
    assert_eq!(told.registers(), [MAX_RANK; SKETCH]);
    assert!(told.count() < 3_000_000);
    assert_eq!(Sketch::read(&[1; SKETCH - 1]), None);
    assert_eq!(Sketch::read(&[]), None);
}
