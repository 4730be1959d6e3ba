//! Who gets what of one limit; rates in kbit/s where they are written as numbers.

use proptest::prelude::*;

use super::*;

fn up_to(rate: u64) -> Wish {
    Wish {
        own: None,
        demand: Demand::UpTo(BitsPerSecond(rate)),
    }
}

const IDLE: Wish = Wish {
    own: None,
    demand: Demand::UpTo(BitsPerSecond(0)),
};

const HUNGRY: Wish = Wish {
    own: None,
    demand: Demand::Everything,
};

fn own(rate: u64, wish: Wish) -> Wish {
    Wish {
        own: Some(BitsPerSecond(rate)),
        ..wish
    }
}

#[test]
fn shares_are_as_they_are_asked_for() {
    for (total, wishes, expected) in [
        (1_000, &[][..], &[][..]),
        (1_000, &[IDLE], &[1_000]),
        (1_000, &[own(300, IDLE)], &[300]),
        (1_000, &[own(3_000, HUNGRY)], &[1_000]),
        // Nobody asks for more than there is: all can begin.
        (1_000, &[IDLE, IDLE], &[500, 500]),
        (1_000, &[up_to(700), IDLE], &[700, 300]),
        (1_000, &[up_to(400), up_to(200)], &[500, 500]),
        // One asks for all: it has what the others leave, and they their floor.
        (1_000, &[HUNGRY, IDLE], &[950, 50]),
        (1_000, &[HUNGRY, up_to(200)], &[800, 200]),
        (1_000, &[HUNGRY, up_to(200), IDLE], &[767, 200, 33]),
        // Several do: alike.
        (1_000, &[HUNGRY, HUNGRY], &[500, 500]),
        (1_000, &[HUNGRY, HUNGRY, up_to(200)], &[400, 400, 200]),
        (1_000, &[HUNGRY, up_to(900), IDLE, IDLE], &[475, 475, 25, 25]),
        (1_000, &[up_to(900), up_to(800)], &[500, 500]),
        // A stream's own limit is its most, and what it leaves is the others'.
        (1_000, &[own(100, HUNGRY), HUNGRY], &[100, 900]),
        (1_000, &[own(100, HUNGRY), IDLE], &[100, 900]),
        (1_000, &[own(20, IDLE), HUNGRY], &[20, 980]),
        (1_000, &[own(100, HUNGRY), own(200, HUNGRY)], &[100, 200]),
        // What cannot be divided is not given.
        (10, &[HUNGRY, HUNGRY, HUNGRY], &[3, 3, 3]),
        (0, &[HUNGRY, IDLE], &[0, 0]),
    ] {
        let given = shares(BitsPerSecond(total), wishes);
        let given: Vec<u64> = given.into_iter().map(|share| share.0).collect();
        assert_eq!(given, expected, "{total} among {wishes:?}");
    }
}

fn wish() -> impl Strategy<Value = Wish> {
    let rate = || prop_oneof![0..2_000_u64, 0..2_000_000_000_000_u64].prop_map(BitsPerSecond);
    let demand = prop_oneof![Just(Demand::Everything), rate().prop_map(Demand::UpTo)];
    (proptest::option::of(rate()), demand).prop_map(|(own, demand)| Wish { own, demand })
}

proptest! {
    #[test]
    fn shares_keep_the_total_the_floor_and_each_own_limit(
        total in prop_oneof![0..10_000_u64, 0..=1_000_000_000_000_u64],
        wishes in prop::collection::vec(wish(), 1..40),
    ) {
        let given = shares(BitsPerSecond(total), &wishes);
        prop_assert_eq!(given.len(), wishes.len());
        let all = sum(given.iter().map(|share| share.0));
        prop_assert!(all <= u128::from(total), "{} of {}", all, total);
        let floor = floor(BitsPerSecond(total), wishes.len());
        for (share, wish) in given.iter().zip(&wishes) {
            prop_assert!(share.0 <= wish.own(), "{:?}: {:?}", wish, share);
            prop_assert!(share.0 >= floor.min(wish.own()), "{:?}: {:?}", wish, share);
        }
    }

    #[test]
    fn what_is_left_goes_to_those_that_can_use_it(
        total in prop_oneof![0..10_000_u64, 0..=1_000_000_000_000_u64],
        wishes in prop::collection::vec(wish(), 1..40),
    ) {
        let given = shares(BitsPerSecond(total), &wishes);
        let all = sum(given.iter().map(|share| share.0));
        let left = u128::from(total) - all;
        let pairs: Vec<_> = given.iter().map(|share| share.0).zip(&wishes).collect();
        if pairs.iter().any(|(share, wish)| *share < wish.own()) {
            prop_assert!(left < wishes.len() as u128, "{} left of {}", left, total);
        }
        // Where one lacks something, nobody has more than that one, unless it is the floor.
        let floor = floor(BitsPerSecond(total), wishes.len());
        for (share, wish) in &pairs {
            if *share < wish.demand().min(wish.own()) {
                for (other, _) in &pairs {
                    prop_assert!(*other <= (*share).max(floor), "{} beside {}", other, share);
                }
            }
        }
    }
}
