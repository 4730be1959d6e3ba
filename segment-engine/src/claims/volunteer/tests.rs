//! Who volunteers, how many, and how soon: by lots that all peers draw alike.

use super::*;
use crate::id::{SegmentKind, TrackKey};

fn key(time: i64) -> SegmentKey {
    SegmentKey {
        track: TrackKey([3; 8]),
        kind: SegmentKind::Media,
        time,
        range: None,
    }
}

fn lots(peers: u64, attempt: u8, capable: u32, time: i64) -> Vec<Duration> {
    let pace = Pace::of(Duration::from_secs(10));
    let lot = |peer: u64| {
        Lot::draw(
            Member(peer.to_be_bytes()),
            &key(time),
            0,
            (attempt, attempt),
            capable,
            pace,
        )
    };
    let mut delays: Vec<_> = (0..peers)
        .filter_map(|peer| match lot(peer) {
            Lot::Volunteers(delay) => Some(delay),
            Lot::Listens => None,
        })
        .collect();
    delays.sort();
    delays
}

#[test]
fn about_twelve_volunteer_however_large_the_swarm() {
    for peers in [100_u32, 1_000, 10_000] {
        let counts: Vec<_> = (0..50)
            .map(|time| lots(peers.into(), 0, peers, time).len())
            .collect();
        let mean = counts.iter().sum::<usize>() / counts.len();
        assert!((10..=14).contains(&mean), "{mean} of {peers}");
        assert!(counts.iter().all(|count| *count > 0), "nobody of {peers}");
    }
}

#[test]
fn all_of_a_small_swarm_volunteer() {
    assert_eq!(lots(12, 0, 12, 7).len(), 12);
}

#[test]
fn more_volunteer_after_each_attempt_in_which_nobody_did() {
    let mean = |attempt| {
        (0..30)
            .map(|time| lots(3_000, attempt, 3_000, time).len())
            .sum::<usize>()
            / 30
    };
    assert!((30..=42).contains(&mean(1)), "{}", mean(1));
    assert!((95..=121).contains(&mean(2)), "{}", mean(2));
}

#[test]
fn the_first_to_claim_is_mostly_alone() {
    // A claim is heard everywhere after some 150 ms; the span is 1.5 s. An even draw would mean 2.2 claims.
    let alone = |time| {
        let delays = lots(1_000, 0, 1_000, time);
        delays
            .iter()
            .filter(|delay| **delay < delays[0] + Duration::from_millis(150))
            .count()
    };
    let claims = (0..1_000).map(alone).sum::<usize>();
    assert!(
        (1_450..1_700).contains(&claims),
        "{claims} claims for 1000 stripes"
    );
}

#[test]
fn few_peers_take_turns_in_an_order_that_differs_from_stripe_to_stripe() {
    let members: Vec<Member> = (0_u64..10).map(|name| Member(name.to_be_bytes())).collect();
    let first = |stripe| {
        let lots = members.iter().map(|member| {
            let others: Vec<Member> = members.iter().copied().filter(|other| other != member).collect();
            Lot::in_turn(*member, &others, &key(3), stripe, 0)
        });
        let lots: Vec<Lot> = lots.collect();
        for rank in 0..10 {
            assert!(
                lots.contains(&Lot::Volunteers(TURN * rank)),
                "somebody is in place {rank}"
            );
        }
        lots.iter()
            .position(|lot| *lot == Lot::Volunteers(Duration::ZERO))
    };
    let firsts: std::collections::BTreeSet<_> = (0..16).map(first).collect();
    assert!(firsts.len() > 4, "{firsts:?}");
}

#[test]
fn far_reaching_uplinks_claim_in_the_first_half_of_the_span() {
    let pace = Pace::of(Duration::from_secs(6));
    for millis in [0, 10, 400, 1_000] {
        let lot = Lot::Volunteers(Duration::from_millis(millis));
        let (Lot::Volunteers(far), Lot::Volunteers(near)) =
            (lot.of(pace, Reach::Far), lot.of(pace, Reach::Near))
        else {
            panic!("{millis}: still volunteers");
        };
        assert!(far <= pace.span() / 2 && near >= pace.span() / 2 && near <= pace.span());
    }
    assert_eq!(Lot::Listens.of(pace, Reach::Far), Lot::Listens);
}

#[test]
fn of_two_members_one_comes_first_for_everybody() {
    let (one, other) = (Member([1; 8]), Member([2; 8]));
    for stripe in 0..16 {
        let first = outranks(one, other, &key(1), stripe, 0);
        assert_ne!(first, outranks(other, one, &key(1), stripe, 0));
    }
    assert!(!outranks(one, one, &key(1), 0, 0));
}

#[test]
fn delays_stay_within_the_span_and_grow_with_the_draw() {
    let span = Duration::from_millis(800);
    let draws = (0..=32_u64).map(|step| (step << 27).min(u64::from(u32::MAX)));
    let delays: Vec<_> = draws.map(|draw| delay(draw, span)).collect();
    assert!(
        delays.is_sorted() && delays[0].is_zero() && delays[32] <= span,
        "{delays:?}"
    );
}
