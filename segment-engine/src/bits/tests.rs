//! Sets of pieces against a standard set, and their runs.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

fn bits(len: u32, members: &BTreeSet<u32>) -> Bits {
    let mut bits = Bits::none(len);
    for member in members {
        bits.add(*member);
    }
    bits
}

proptest! {
    #[test]
    fn does_what_a_set_of_numbers_does(
        len in 1_u32..300,
        one in prop::collection::btree_set(0_u32..300, 0..60),
        two in prop::collection::btree_set(0_u32..300, 0..60),
        run in (0_u32..300, 0_u32..300),
    ) {
        let within = |set: &BTreeSet<u32>| -> BTreeSet<u32> { set.iter().copied().filter(|index| *index < len).collect() };
        let (one, two) = (within(&one), within(&two));
        let (left, right) = (bits(len, &one), bits(len, &two));
        prop_assert!(left.iter().eq(one.iter().copied()));
        prop_assert_eq!(left.count() as usize, one.len());
        prop_assert_eq!(left.minus(&right), bits(len, &(&one - &two)));
        prop_assert_eq!(left.within(&right), one.is_subset(&two));
        let mut both = left.clone();
        both.union(&right);
        prop_assert_eq!(&both, &bits(len, &(&one | &two)));
        both.add_run(run.0, run.1);
        let mut model = &one | &two;
        model.extend((run.0..run.0.saturating_add(run.1)).filter(|index| *index < len));
        prop_assert_eq!(&both, &bits(len, &model));
        let again: BTreeSet<u32> = both.runs().into_iter().flat_map(PieceRun::iter).collect();
        prop_assert_eq!(again, model);
    }
}

#[test]
fn knows_when_it_is_full() {
    assert!(Bits::all(130).is_full());
    let mut bits = Bits::all(64);
    assert!(!bits.add(64), "out of bounds");
    bits.remove(63);
    assert!(!bits.is_full());
    assert!(bits.add(63) && !bits.add(63));
}
