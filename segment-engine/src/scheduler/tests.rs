//! Tables: what is seen, and what is decided.

use proptest::prelude::*;

use super::run::run_length;
use super::*;
use crate::bits::Bits;
use crate::rng::Rng;
use crate::vecmap::VecMap;

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn candidate(slot: u16, load: u32, service: u64) -> Candidate {
    Candidate {
        slot: Slot(slot),
        role: PeerRole::Viewer,
        load,
        room: 4,
        service: ms(service),
    }
}

fn set(len: u32, members: &[u32]) -> Bits {
    let mut bits = Bits::none(len);
    for member in members {
        bits.add(*member);
    }
    bits
}

/// Chooses among what neighbours 0, 1, .. hold of 16 pieces.
fn choose(missing: &[u32], held: &[&[u32]], candidates: &[Candidate], slack: u64, seed: u8) -> Option<Run> {
    let held: VecMap<Slot, Bits> = (0..)
        .zip(held)
        .map(|(slot, held)| (Slot(slot), set(16, held)))
        .collect();
    let replicas =
        |piece: u32| u8::try_from(held.values().filter(|held| held.contains(piece)).count()).unwrap();
    let outlook = Outlook {
        missing: &set(16, missing),
        replicas: &replicas,
        holder: &|slot| held.get(&slot),
        slack: ms(slack),
    };
    next_run(&outlook, candidates, &mut Rng::new([seed; 32]))
}

#[test]
fn the_rarest_piece_is_asked_for_first() {
    let held: [&[u32]; 2] = [&[1, 5], &[5, 9]];
    for seed in 0..20 {
        let run = choose(
            &[1, 5],
            &held,
            &[candidate(0, 0, 50), candidate(1, 0, 50)],
            9_000,
            seed,
        );
        assert_eq!(
            run,
            Some(Run {
                slot: Slot(0),
                first: 1,
                count: 1
            })
        );
    }
}

#[test]
fn equally_rare_pieces_are_drawn_at_random() {
    let held: [&[u32]; 1] = [&[1, 5, 9]];
    let mut firsts: Vec<_> = (0..40)
        .filter_map(|seed| choose(&[1, 5, 9], &held, &[candidate(0, 0, 50)], 9_000, seed))
        .map(|run| run.first)
        .collect();
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!(firsts, [1, 5, 9]);
}

#[test]
fn pieces_are_asked_for_in_order_when_slack_is_short() {
    let held: [&[u32]; 2] = [&[1, 2, 5], &[1, 2]];
    let run = choose(
        &[1, 2, 5],
        &held,
        &[candidate(0, 0, 50), candidate(1, 9, 50)],
        250,
        3,
    );
    assert_eq!(
        run,
        Some(Run {
            slot: Slot(0),
            first: 1,
            count: 2
        })
    );
}

#[test]
fn the_cheapest_neighbour_that_holds_it_is_asked() {
    let held: [&[u32]; 3] = [&[4], &[4], &[7]];
    let table = [
        (
            vec![candidate(0, 0, 400), candidate(1, 0, 40)],
            1,
            "the quicker one",
        ),
        (
            vec![candidate(0, 9, 50), candidate(1, 0, 50)],
            1,
            "the one with less to do",
        ),
        (
            vec![candidate(0, 0, 400), candidate(2, 0, 1)],
            0,
            "the only one that has it",
        ),
    ];
    for (candidates, slot, why) in table {
        let run = choose(&[4], &held, &candidates, 9_000, 1).map(|run| run.slot);
        assert_eq!(run, Some(Slot(slot)), "{why}");
    }
}

#[test]
fn viewers_are_asked_before_seeders() {
    let held: [&[u32]; 2] = [&[4], &[4]];
    let seeder = Candidate {
        role: PeerRole::Seeder,
        ..candidate(0, 0, 1)
    };
    let run = choose(&[4], &held, &[seeder, candidate(1, 3, 300)], 9_000, 1);
    assert_eq!(run.map(|run| run.slot), Some(Slot(1)));
}

#[test]
fn a_slow_neighbour_is_asked_for_less_at_a_time() {
    for (service, length) in [(10, 4), (100, 4), (200, 2), (1_000, 1), (0, 4)] {
        assert_eq!(run_length(ms(service)), length, "{service} ms for a full run");
    }
}

#[test]
fn a_rescue_begins_when_slack_is_down_to_what_it_takes() {
    let need = |slack| Need {
        slack: ms(slack),
        origin: ms(500),
        guard: ms(1_000),
    };
    assert_eq!(need(4_000).lateness(), Lateness::InTime(ms(2_500)));
    assert_eq!(need(1_500).lateness(), Lateness::Late(16));
    assert_eq!(need(1_250).lateness(), Lateness::Late(136));
    assert_eq!(
        need(1_000).lateness(),
        Lateness::Late(256),
        "half of the guard is used up"
    );
    assert_eq!(need(0).lateness(), Lateness::Late(256));
}

#[test]
fn a_rescue_grows_with_lateness() {
    for (missing, fetching, share, amount) in [
        (100, 0, 16, 7),
        (93, 7, 16, 0),
        (93, 7, 128, 43),
        (50, 50, 256, 50),
        (0, 9, 256, 0),
        (1, 0, 16, 1),
    ] {
        assert_eq!(
            rescue_amount(missing, fetching, share),
            amount,
            "{missing} {fetching} {share}"
        );
    }
}

proptest! {
    #[test]
    fn never_asks_twice_nor_whom_it_must_not(
        missing in prop::collection::vec(0_u32..16, 0..16),
        held in prop::collection::vec(prop::collection::vec(0_u32..16, 0..16), 1..5),
        with_room in prop::collection::vec(any::<bool>(), 5),
        slack in 0_u64..10_000,
        seed: u8,
    ) {
        let held: Vec<&[u32]> = held.iter().map(Vec::as_slice).collect();
        let candidates: Vec<_> = (0..)
            .zip(held.iter().zip(&with_room))
            .filter(|(_, (_, with_room))| **with_room)
            .map(|(slot, _)| candidate(slot, 0, 50))
            .collect();
        let Some(run) = choose(&missing, &held, &candidates, slack, seed) else {
            let reachable = |piece: &u32| candidates.iter().any(|candidate| held[candidate.slot.0 as usize].contains(piece));
            prop_assert!(!missing.iter().any(reachable), "something could have been asked for");
            return Ok(());
        };
        prop_assert!(candidates.iter().any(|candidate| candidate.slot == run.slot), "asks whom it must not");
        for piece in run.first..run.first + run.count {
            prop_assert!(missing.contains(&piece), "asks for what is not missing");
            prop_assert!(held[run.slot.0 as usize].contains(&piece), "asks whom has it not");
        }
    }
}
