//! Each claim once, and no more of them than can be remembered.

use proptest::prelude::*;

use super::*;
use crate::id::sample::key;
use crate::wire::MAX_CLAIMS;

fn claim(time: i64, attempt: u8, stripes: u16) -> Claim {
    Claim {
        key: key(time),
        attempt,
        stripes,
    }
}

fn member(name: u8) -> Member {
    Member([name; 8])
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn hear(heard: &mut Heard, claimer: u8, claims: &[Claim]) -> Vec<Claim> {
    heard.on_claims(claims, member(claimer))
}

#[test]
fn a_claim_is_news_once() {
    let mut heard = Heard::default();
    let claims = [claim(1, 0, 0b01), claim(2, 0, 0b10)];
    assert_eq!(hear(&mut heard, 1, &claims), claims);
    assert_eq!(hear(&mut heard, 1, &claims), []);
}

#[test]
fn what_is_said_twice_in_one_frame_is_news_once() {
    let fresh = hear(&mut Heard::default(), 1, &[claim(1, 0, 0b11), claim(1, 0, 0b110)]);
    assert_eq!(fresh, [claim(1, 0, 0b11), claim(1, 0, 0b100)]);
}

#[test]
fn of_a_stripe_no_more_claims_are_minded_than_the_most() {
    let mut heard = Heard::default();
    for claimer in 1..=16 {
        assert_eq!(
            hear(&mut heard, claimer, &[claim(1, 0, 0b01)]),
            [claim(1, 0, 0b01)]
        );
    }
    assert_eq!(hear(&mut heard, 17, &[claim(1, 0, 0b01)]), []);
    assert_eq!(hear(&mut heard, 17, &[claim(1, 0, 0b11)]), [claim(1, 0, 0b10)]);
    assert_eq!(hear(&mut heard, 17, &[claim(1, 1, 0b01)]), [claim(1, 1, 0b01)]);
    assert_eq!(hear(&mut heard, 17, &[claim(2, 0, 0b01)]), [claim(2, 0, 0b01)]);
}

#[test]
fn claims_are_forgotten_with_their_segments() {
    let mut heard = Heard::default();
    hear(&mut heard, 1, &[claim(1, 0, 1), claim(2, 0, 1)]);
    heard.retain(|kept| *kept == key(2));
    assert_eq!((heard.of(&key(1)).len(), heard.of(&key(2)).len()), (0, 1));
}

#[test]
fn a_claim_of_no_stripe_is_no_news() {
    let mut heard = Heard::default();
    assert_eq!(hear(&mut heard, 1, &[claim(1, 0, 0)]), []);
    assert!(heard.of(&key(1)).is_empty());
}

#[test]
fn another_claimer_attempt_or_segment_is_another_claim() {
    let mut heard = Heard::default();
    hear(&mut heard, 1, &[claim(1, 0, 1)]);
    for (claimer, claim) in [(2, claim(1, 0, 1)), (1, claim(1, 1, 1)), (1, claim(2, 0, 1))] {
        assert_eq!(
            hear(&mut heard, claimer, &[claim]),
            [claim],
            "{claimer} {claim:?}"
        );
    }
}

#[test]
fn the_claims_of_a_segment_are_told_with_all_their_stripes() {
    let mut heard = Heard::default();
    hear(&mut heard, 1, &[claim(1, 0, 0b001), claim(2, 0, 1)]);
    hear(&mut heard, 2, &[claim(1, 0, 0b100)]);
    hear(&mut heard, 1, &[claim(1, 0, 0b010), claim(1, 1, 0b001)]);
    let of: Vec<_> = heard
        .of(&key(1))
        .iter()
        .map(|heard| (heard.claimer, heard.claim))
        .collect();
    let expected = [
        (member(1), claim(1, 0, 0b011)),
        (member(2), claim(1, 0, 0b100)),
        (member(1), claim(1, 1, 0b001)),
    ];
    assert_eq!(of, expected);
}

#[test]
fn the_oldest_claims_are_forgotten_beyond_the_most() {
    let mut heard = Heard::default();
    let most = i64::try_from(MAX_HEARD).unwrap();
    for time in 0..=most {
        hear(&mut heard, 1, &[claim(time, 0, 1)]);
    }
    assert!(heard.of(&key(0)).is_empty());
    for time in 1..=most {
        assert_eq!(hear(&mut heard, 1, &[claim(time, 0, 1)]), [], "{time}");
    }
    assert_eq!(hear(&mut heard, 1, &[claim(0, 0, 1)]), [claim(0, 0, 1)]);
}

proptest! {
    #[test]
    fn every_stripe_is_news_once(
        frames in prop::collection::vec(
            (0_u8..3, prop::collection::vec((0_i64..3, 0_u8..2, any::<u16>()), 0..6)),
            0..20,
        ),
    ) {
        let (mut heard, mut seen) = (Heard::default(), Vec::new());
        for (claimer, claims) in frames {
            let claims: Vec<_> =
                claims.into_iter().map(|(time, attempt, stripes)| claim(time, attempt, stripes)).collect();
            let name = |claim: &Claim, stripe: u16| (claimer, claim.key, claim.attempt, stripe);
            let stripes = |claims: &[Claim]| -> Vec<_> {
                let each = claims.iter().flat_map(|claim| {
                    let set = (0..16).filter(|stripe| claim.stripes & (1 << stripe) != 0);
                    set.map(|stripe| name(claim, stripe)).collect::<Vec<_>>()
                });
                each.collect()
            };
            let mut expected = Vec::new();
            for stripe in stripes(&claims) {
                if !seen.contains(&stripe) {
                    seen.push(stripe);
                    expected.push(stripe);
                }
            }
            prop_assert_eq!(stripes(&hear(&mut heard, claimer, &claims)), expected);
        }
    }
}

#[test]
fn claims_that_go_the_same_way_are_passed_on_together() {
    let mut flood = Flood::default();
    flood.push(peer("a"), vec![claim(1, 0, 1)], member(1), 5);
    flood.push(peer("a"), vec![claim(2, 0, 1)], member(1), 5);
    flood.push(peer("b"), vec![claim(3, 0, 1)], member(1), 5);
    flood.push(peer("a"), vec![claim(4, 0, 1)], member(2), 5);
    flood.push(peer("a"), vec![claim(5, 0, 1)], member(1), 4);
    let lots: Vec<Vec<i64>> = flood
        .take()
        .iter()
        .map(|passed| passed.claims.iter().map(|claim| claim.key.time).collect())
        .collect();
    assert_eq!(lots, [vec![1, 2], vec![3], vec![4], vec![5]]);
    assert!(flood.take().is_empty(), "once");
}

#[test]
fn no_frame_has_more_claims_than_the_most() {
    let mut flood = Flood::default();
    for time in 0..80 {
        flood.push(peer("a"), vec![claim(time, 0, 1)], member(1), 5);
    }
    let lots = flood.take();
    assert!(lots.iter().all(|passed| passed.claims.len() <= MAX_CLAIMS));
    assert_eq!(lots.iter().map(|passed| passed.claims.len()).sum::<usize>(), 80);
}

#[test]
fn no_more_waits_to_be_passed_on_than_the_most() {
    let mut flood = Flood::default();
    for hops in 0..=u8::MAX {
        flood.push(peer("a"), vec![claim(1, 0, 1)], member(1), hops);
    }
    assert_eq!(flood.take().len(), MAX_FLOOD);
}
