//! A stripe's way from vacant to fetched, and what lapses.

use super::*;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// The quickest pace: claims within 0.3 s, leases of 1 s, and 0.8 s until nobody is taken to claim.
fn pace() -> Pace {
    Pace::of(Duration::ZERO)
}

fn stripes() -> Stripes {
    let mut stripes = Stripes::new(4);
    stripes.on_sized(64, at(0), pace());
    stripes
}

fn member(name: u8) -> Member {
    Member([name; 8])
}

fn only(member: Member) -> VecSet<Member> {
    let mut set = VecSet::default();
    set.insert(member);
    set
}

#[test]
fn a_segment_has_a_stripe_for_each_256_kib_four_or_more_and_sixteen_at_most() {
    let table = [
        (1, 1),
        (64 << 10, 1),
        (150 << 10, 2),
        (400 << 10, 4),
        (1 << 20, 4),
        (1_300_000, 5),
        (2_000_000, 8),
        (64 << 20, 16),
    ];
    for (size, count) in table {
        assert_eq!(stripe_count(size), count, "{size} bytes");
    }
}

#[test]
fn stripes_cover_all_pieces_once() {
    for (count, pieces) in [(1, 1), (8, 123), (16, 320), (1, 19), (4, 3), (16, 1)] {
        let mut stripes = Stripes::new(count);
        stripes.on_sized(pieces, at(0), pace());
        let mut next = 0;
        for stripe in 0..stripes.count() {
            let range = stripes.range(stripe);
            assert_eq!(range.start, next);
            assert!(
                range.clone().all(|piece| stripes.of_piece(piece) == stripe),
                "{count} {stripe}"
            );
            next = range.end;
        }
        assert_eq!(next, pieces);
    }
}

#[test]
fn the_more_time_there_is_the_longer_claims_and_leases_are_within_bounds() {
    let table = [
        (0, 300, 1_000),
        (1, 300, 1_000),
        (60, 1_500, 2_500),
        (600, 1_500, 2_500),
    ];
    for (slack, span, lease) in table {
        let pace = Pace::of(Duration::from_secs(slack));
        assert_eq!((pace.span(), pace.lease()), (ms(span), ms(lease)), "{slack} s");
    }
    let paces: Vec<_> = (0..20)
        .map(|slack| Pace::of(Duration::from_secs(slack)))
        .collect();
    assert!(paces.is_sorted_by_key(|pace| pace.span()) && paces.is_sorted_by_key(|pace| pace.lease()));
}

#[test]
fn a_volunteer_claims_when_its_time_has_come() {
    let mut stripes = stripes();
    stripes.arm(1, at(0), Lot::Volunteers(ms(300)), pace(), 1);
    assert_eq!(stripes.next_due(), Some(at(300)));
    assert_eq!(stripes.pop_due(at(299), pace()), None);
    assert_eq!(
        stripes.pop_due(at(300), pace()),
        Some(Due::Claim {
            stripe: 1,
            attempt: 0
        })
    );
    stripes.on_mine(1);
    assert_eq!(stripes.next_due(), None);
}

#[test]
fn a_volunteer_stands_back_for_a_claim_that_it_hears() {
    let mut stripes = stripes();
    stripes.arm(0, at(0), Lot::Volunteers(ms(300)), pace(), 1);
    stripes.on_claim(0, 0, member(1), at(200), pace());
    assert_eq!(stripes.pop_due(at(300), pace()), None);
    assert_eq!(stripes.next_due(), Some(at(1_200)), "the lease");
}

#[test]
fn a_claim_lapses_when_nothing_is_seen_to_come() {
    let mut stripes = stripes();
    stripes.arm(0, at(0), Lot::Listens, pace(), 1);
    stripes.on_claim(0, 0, member(1), at(200), pace());
    let lapsed = only(member(1));
    assert_eq!(
        stripes.pop_due(at(1_200), pace()),
        Some(Due::Vacant { stripe: 0, lapsed })
    );
    assert_eq!(stripes.attempt(0), 1);
}

#[test]
fn what_is_seen_to_come_renews_the_lease() {
    let mut stripes = stripes();
    stripes.arm(0, at(0), Lot::Listens, pace(), 1);
    stripes.on_claim(0, 0, member(1), at(200), pace());
    stripes.on_progress(0, at(1_000), pace());
    assert_eq!(stripes.pop_due(at(1_200), pace()), None);
    assert_eq!(stripes.next_due(), Some(at(2_000)));
}

#[test]
fn volunteers_that_never_claim_are_replaced_until_rescue_is_left() {
    let mut stripes = stripes();
    for attempt in 0..3 {
        stripes.arm(0, at(0), Lot::Listens, pace(), 1);
        assert_eq!(stripes.attempt(0), attempt);
        let vacant = Due::Vacant {
            stripe: 0,
            lapsed: VecSet::default(),
        };
        assert_eq!(stripes.pop_due(at(800), pace()), Some(vacant));
    }
    stripes.arm(0, at(0), Lot::Listens, pace(), 1);
    assert_eq!(stripes.pop_due(at(800), pace()), None, "left to rescue");
    assert_eq!(stripes.next_due(), None);
}

#[test]
fn an_attempt_is_silent_where_nobody_claimed() {
    let mut stripes = stripes();
    stripes.arm(0, at(0), Lot::Listens, pace(), 1);
    stripes.pop_due(at(800), pace());
    assert_eq!(stripes.silent(0), 1);
    stripes.arm(0, at(800), Lot::Listens, pace(), 1);
    stripes.on_claim(0, 1, member(1), at(900), pace());
    stripes.pop_due(at(1_900), pace());
    assert_eq!(
        (stripes.attempt(0), stripes.silent(0)),
        (2, 1),
        "one was claimed, and lapsed"
    );
}

#[test]
fn an_old_claim_does_not_hold_a_new_attempt_back() {
    let mut stripes = stripes();
    stripes.arm(0, at(0), Lot::Listens, pace(), 1);
    stripes.pop_due(at(800), pace());
    stripes.arm(0, at(800), Lot::Volunteers(ms(100)), pace(), 1);
    stripes.on_claim(0, 0, member(1), at(850), pace());
    assert_eq!(
        stripes.pop_due(at(900), pace()),
        Some(Due::Claim {
            stripe: 0,
            attempt: 1
        })
    );
}

#[test]
fn a_second_claim_does_not_prolong_the_first() {
    let mut stripes = stripes();
    stripes.arm(0, at(0), Lot::Listens, pace(), 1);
    stripes.on_claim(0, 0, member(1), at(200), pace());
    stripes.on_claim(0, 0, member(2), at(1_100), pace());
    assert!(matches!(
        stripes.pop_due(at(1_200), pace()),
        Some(Due::Vacant { .. })
    ));
}

#[test]
fn a_failed_fetch_is_for_others_to_make_good_and_who_stood_back_for_it_has_broken_no_word() {
    for stood_back in [false, true] {
        // Of a segment whose size is known nobody stands back.
        let mut stripes = if stood_back { Stripes::new(4) } else { stripes() };
        stripes.arm(0, at(0), Lot::Volunteers(ms(300)), pace(), 1);
        stripes.pop_due(at(300), pace());
        stripes.on_mine(0);
        if stood_back {
            stripes.on_claim(0, 0, member(2), at(350), pace());
        }
        stripes.on_mine_failed(0, at(2_000));
        assert_eq!(
            stripes.pop_due(at(2_000), pace()),
            Some(Due::Vacant {
                stripe: 0,
                lapsed: VecSet::default()
            })
        );
    }
}

#[test]
fn claims_of_one_whose_claims_lapse_are_ignored_for_a_minute_and_then_for_longer() {
    let mut reputation = Reputation::default();
    reputation.on_lapse(member(1), at(0));
    assert!(reputation.is_good(member(1), at(0)), "once may be bad luck");
    reputation.on_lapse(member(1), at(1_000));
    assert!(!reputation.is_good(member(1), at(60_000)));
    assert!(reputation.is_good(member(1), at(61_000)));
    reputation.on_lapse(member(1), at(61_000));
    assert!(!reputation.is_good(member(1), at(180_999)), "twice as long");
    assert!(reputation.is_good(member(1), at(181_000)));
    reputation.on_kept(member(1), at(62_000));
    assert!(reputation.is_good(member(1), at(62_000)));
}

#[test]
fn a_peer_is_proven_by_a_claim_that_was_kept_until_one_lapses() {
    let mut reputation = Reputation::default();
    assert!(!reputation.is_proven(member(1)), "nobody knows it");
    reputation.on_kept(member(1), at(0));
    assert!(reputation.is_proven(member(1)));
    reputation.on_lapse(member(1), at(1_000));
    assert!(!reputation.is_proven(member(1)));
}

#[test]
fn the_peer_heard_of_longest_ago_is_forgotten_first() {
    let mut reputation = Reputation::default();
    for index in 0..=256_u64 {
        reputation.on_kept(Member(index.to_be_bytes()), at(index));
    }
    let proven = |index: u64| reputation.is_proven(Member(index.to_be_bytes()));
    assert_eq!((proven(0), proven(1), proven(256)), (false, true, true));
}

#[test]
fn all_who_claimed_in_vain_are_named() {
    let mut stripes = stripes();
    stripes.arm(0, at(0), Lot::Listens, pace(), 1);
    stripes.on_claim(0, 0, member(1), at(200), pace());
    stripes.on_claim(0, 0, member(2), at(300), pace());
    let mut both = only(member(1));
    both.insert(member(2));
    assert_eq!(
        stripes.pop_due(at(1_200), pace()),
        Some(Due::Vacant {
            stripe: 0,
            lapsed: both
        })
    );
}

#[test]
fn a_claim_that_runs_ahead_does_not_use_the_attempts_up() {
    let mut stripes = stripes();
    stripes.arm(0, at(0), Lot::Volunteers(ms(300)), pace(), 1);
    for attempt in 1..4 {
        stripes.on_claim(0, attempt, member(attempt), at(200), pace());
    }
    assert_eq!(
        stripes.pop_due(at(300), pace()),
        Some(Due::Claim {
            stripe: 0,
            attempt: 0
        })
    );
}

/// A segment that is yet to come.
fn awaited() -> Stripes {
    Stripes::new(4)
}

/// Of two members, the one with the lower name comes first.
fn by_name(own: u8) -> impl Fn(Member, u8) -> bool {
    move |other, _| other < member(own)
}

#[test]
fn what_is_claimed_before_the_segment_is_there_does_not_lapse_before_either() {
    let mut stripes = awaited();
    stripes.arm(2, at(0), Lot::Listens, pace(), 1);
    stripes.on_claim(2, 0, member(1), at(200), pace());
    assert_eq!(stripes.next_due(), None);
    stripes.on_sized(64, at(9_000), pace());
    assert_eq!(stripes.next_due(), Some(at(10_000)), "the lease");
}

#[test]
fn who_claimed_before_the_segment_is_there_fetches_once_it_is() {
    let mut stripes = awaited();
    stripes.arm(3, at(0), Lot::Volunteers(ms(100)), pace(), 1);
    assert!(matches!(
        stripes.pop_due(at(100), pace()),
        Some(Due::Claim { stripe: 3, .. })
    ));
    stripes.on_mine(3);
    stripes.on_sized(64, at(2_000), pace());
    assert_eq!((stripes.mine(), stripes.range(3)), (vec![3], 48..64));
    assert_eq!(stripes.idle(), [0, 1, 2]);
}

#[test]
fn of_two_that_claim_an_awaited_stripe_one_yields() {
    for (own, stays) in [(1, true), (3, false)] {
        let mut stripes = awaited();
        stripes.on_mine(0);
        stripes.on_claim(0, 0, member(2), at(0), pace());
        stripes.yield_to(0, by_name(own));
        assert_eq!(stripes.mine() == [0], stays, "{own}");
    }
}

#[test]
fn nobody_yields_once_the_segment_is_there() {
    let mut stripes = stripes();
    stripes.on_mine(0);
    stripes.on_claim(0, 0, member(2), at(0), pace());
    stripes.yield_to(0, by_name(3));
    assert_eq!(stripes.mine(), [0]);
}

#[test]
fn as_many_claims_stand_as_are_enough() {
    let mut stripes = awaited();
    stripes.arm(0, at(0), Lot::Volunteers(ms(300)), pace(), 2);
    stripes.on_claim(0, 0, member(1), at(100), pace());
    assert_eq!(stripes.next_due(), Some(at(300)), "one is not enough");
    stripes.on_claim(0, 0, member(2), at(200), pace());
    assert_eq!(stripes.next_due(), None, "two are");

    let mut stripes = awaited();
    stripes.arm(0, at(0), Lot::Volunteers(ms(300)), pace(), 2);
    stripes.on_mine(0);
    stripes.on_claim(0, 0, member(1), at(310), pace());
    stripes.yield_to(0, by_name(9));
    assert_eq!(
        stripes.mine(),
        [0],
        "one that comes before leaves room for this one"
    );
    stripes.on_claim(0, 0, member(2), at(320), pace());
    stripes.yield_to(0, by_name(9));
    assert!(stripes.mine().is_empty(), "two do not");
}

#[test]
fn a_segment_that_is_there_without_a_size_is_claimed_like_one_with() {
    let mut stripes = Stripes::new(1);
    stripes.on_there();
    stripes.arm(0, at(0), Lot::Listens, pace(), 1);
    stripes.on_claim(0, 0, member(1), at(200), pace());
    assert_eq!(stripes.next_due(), Some(at(1_200)), "the lease");
    stripes.on_mine(0);
    stripes.yield_to(0, by_name(9));
    assert_eq!(stripes.mine(), [0]);
}
