//! What limits let through, and who goes without first.

use std::ops::Range;

use proptest::prelude::*;

use super::super::{Asking, Serving, Share};
use super::*;
use crate::id::{SegmentKey, SegmentKind, TrackKey};
use crate::wire::{PIECE, RequestId};

/// Of one piece, that so many neighbours have.
const RARE: &[(u32, u8)] = &[(0, 0)];
const COMMON: &[(u32, u8)] = &[(0, 2)];

#[test]
fn no_more_leaves_than_the_total() {
    let mut serving = serving(Some(8_000_000), None);
    let sent = flood(&mut serving, &["a", "b", "c"], 10_000);
    let all: u64 = sent.iter().sum();
    // 1 MB a second for 10 s, and what was saved up.
    assert!((9_900_000..=10_400_000).contains(&all), "{all}");
}

#[test]
fn no_peer_gets_more_than_one_may_and_others_get_theirs() {
    let mut serving = serving(None, Some(1_600_000));
    let sent = flood(&mut serving, &["a", "b", "c"], 10_000);
    for bytes in sent {
        assert!((1_990_000..=2_100_000).contains(&bytes), "{bytes}");
    }
}

#[test]
fn a_slow_limit_still_serves_long_runs() {
    let mut serving = serving(Some(800_000), None);
    let run: Vec<(u32, u8)> = (0..16).map(|piece| (piece, 0)).collect();
    let mut admitted = 0;
    for millis in 0..20_000 {
        if ask(&mut serving, millis, "a", &run).is_ok() {
            admitted += 1;
            drain(&mut serving);
        }
    }
    // 100 kB a second; a run is 262 kB.
    assert!((7..=9).contains(&admitted), "{admitted}");
}

#[test]
fn who_others_can_serve_goes_without_first() {
    let mut serving = serving(Some(8_000_000), None);
    let until_refused = |serving: &mut Serving, pieces: &[(u32, u8)]| {
        let count = (0..100)
            .take_while(|_| ask(serving, 0, "a", pieces).is_ok())
            .count();
        drain(serving);
        count
    };
    let common = until_refused(&mut serving, COMMON);
    let rare = until_refused(&mut serving, RARE);
    // 350 ms of 1 MB/s are 21 pieces.
    assert!(
        (9..=11).contains(&common) && (9..=12).contains(&rare),
        "{common} {rare}"
    );
    let Busy { retry } = ask(&mut serving, 0, "a", COMMON).unwrap_err();
    assert!((150..250).contains(&retry.as_millis()), "{retry:?}");
    let later = u64::try_from(retry.as_millis()).unwrap() + 1;
    ask(&mut serving, later, "a", COMMON).unwrap();
}

#[test]
fn what_was_not_sent_was_not_used() {
    let mut serving = serving(Some(8_000_000), Some(8_000_000));
    for _ in 0..50 {
        let run: Vec<(u32, u8)> = (0..4).map(|piece| (piece, 0)).collect();
        ask(&mut serving, 0, "a", &run).unwrap();
        serving.cancel(&peer("a"), RequestId(1));
    }
}

#[test]
fn what_was_promised_counts() {
    let mut serving = serving(Some(8_000_000), None);
    let peer = peer("a");
    for piece in 0..40 {
        serving.push(at(0), asking(&peer), piece, 0);
    }
    drain(&mut serving);
    assert!(ask(&mut serving, 0, "b", RARE).is_err());
}

/// What is sent in 10 s after 10 s at another limit, all of it asked for; in kilobits per second and kilobytes.
#[test]
fn another_total_holds_at_once_and_pays_for_nothing_twice() {
    for (before, after, least, most) in [
        (Some(8_000), Some(800), 950, 1_080),
        (Some(800), Some(8_000), 9_900, 10_100),
        (Some(8_000), Some(8_000), 9_900, 10_100),
        (None, Some(8_000), 9_900, 10_400),
        (Some(8_000), Some(0), 0, 70),
        (Some(0), Some(8_000), 9_900, 10_100),
        (Some(8_000), None, 100_000, u64::MAX),
    ] {
        let kbit = |rate: Option<u64>| rate.map(|kbit| BitsPerSecond(kbit * 1_000));
        let mut serving = serving(None, None);
        serving.limit_total(at(0), kbit(before));
        flood_between(&mut serving, &["a", "b"], 0..10_000);
        serving.limit_total(at(10_000), kbit(after));
        let sent: u64 = flood_between(&mut serving, &["a", "b"], 10_000..20_000)
            .iter()
            .sum();
        let sent = sent / 1_000;
        assert!((least..=most).contains(&sent), "{before:?} {after:?}: {sent}");
    }
}

#[test]
fn what_was_saved_up_at_a_higher_total_is_not_sent_at_a_lower_one() {
    for (total, pieces) in [(8_000_000, 21), (4_000_000, 10), (800_000, 4), (0, 4)] {
        let mut serving = serving(Some(80_000_000), None);
        serving.limit_total(at(0), Some(BitsPerSecond(total)));
        let sent = (0..1_000).take_while(|_| ask(&mut serving, 0, "a", RARE).is_ok());
        assert_eq!(sent.count(), pieces, "{total}");
    }
}

#[test]
fn what_is_queued_is_sent_at_another_total_and_stays_paid_for() {
    let mut serving = serving(Some(8_000_000), None);
    while ask(&mut serving, 0, "a", RARE).is_ok() {}
    let queued = serving.waiting();
    serving.limit_total(at(0), Some(BitsPerSecond(1_600_000)));
    assert_eq!(serving.waiting(), queued);
    let Busy { retry } = ask(&mut serving, 0, "a", RARE).unwrap_err();
    serving.limit_total(at(0), Some(BitsPerSecond(16_000_000)));
    let Busy { retry: sooner } = ask(&mut serving, 0, "a", RARE).unwrap_err();
    assert!(sooner < retry && !sooner.is_zero(), "{sooner:?} {retry:?}");
}

#[test]
fn totals_that_are_passed_to_and_fro_let_no_more_through_than_one() {
    let mut both = [serving(Some(4_000_000), None), serving(Some(4_000_000), None)];
    let mut all = 0;
    for step in 0..100_u64 {
        let high = usize::from(step.is_multiple_of(2));
        both[1 - high].limit_total(at(100 * step), Some(BitsPerSecond(400_000)));
        both[high].limit_total(at(100 * step), Some(BitsPerSecond(7_600_000)));
        for serving in &mut both {
            let sent = flood_between(serving, &["a"], 100 * step..100 * (step + 1));
            all += sent.iter().sum::<u64>();
        }
    }
    // 1 MB a second for 10 s, and what was saved up.
    assert!((9_900_000..=10_400_000).contains(&all), "{all}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn no_row_of_totals_lets_more_through_than_they_bring(
        steps in prop::collection::vec((0..1_000_u64, 0..20_000_000_u64), 1..12),
    ) {
        let mut serving = serving(Some(8_000_000), None);
        // What was saved up, and what comes.
        let (mut now, mut earned, mut sent) = (0, 350_000, 0);
        for (millis, rate) in steps {
            serving.limit_total(at(now), Some(BitsPerSecond(rate)));
            let bytes = flood_between(&mut serving, &["a", "b"], now..now + millis);
            sent += bytes.iter().sum::<u64>();
            now += millis;
            earned += rate / 8 * millis / 1_000 + 1;
            prop_assert!(sent <= earned, "{sent} of {earned}");
        }
    }
}

fn serving(total: Option<u64>, per_peer: Option<u64>) -> Serving {
    let limits = UploadLimits {
        total: total.map(BitsPerSecond),
        per_peer: per_peer.map(BitsPerSecond),
    };
    let mut serving = Serving::new(Share::percent(100), Timestamp::from_millis(0)).limited(&limits, at(0));
    // An uplink of 100 MB/s, so that only the limits count.
    for step in 0..100 {
        serving
            .uplink
            .on_sent(Timestamp::from_millis(10 * step), 1_000_000);
        serving
            .uplink
            .on_drained(Timestamp::from_millis(10 * step + 10), 1_000_000);
    }
    serving
}

/// Each peer asks for a rare piece as often as it may; what each was sent.
fn flood(serving: &mut Serving, peers: &[&str], millis: u64) -> Vec<u64> {
    flood_between(serving, peers, 0..millis)
}

/// The same from one time to another, in milliseconds.
fn flood_between(serving: &mut Serving, peers: &[&str], time: Range<u64>) -> Vec<u64> {
    let mut sent = vec![0; peers.len()];
    for now in time {
        for (name, sent) in peers.iter().zip(&mut sent) {
            while ask(serving, now, name, RARE).is_ok() {
                *sent += PIECE as u64;
                drain(serving);
            }
        }
    }
    sent
}

fn drain(serving: &mut Serving) {
    while serving.next(|_| true).is_some() {}
}

fn ask(serving: &mut Serving, millis: u64, name: &str, pieces: &[(u32, u8)]) -> Result<(), Busy> {
    serving.admit(at(millis), asking(&peer(name)), pieces, |_| false)
}

fn asking(peer: &PeerId) -> Asking<'_> {
    Asking {
        uplink: 0,
        peer,
        request: RequestId(1),
        key: SegmentKey {
            track: TrackKey([1; 8]),
            kind: SegmentKind::Media,
            time: 0,
            range: None,
        },
    }
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

/// Behind the time in which the uplink was measured.
const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(2_000 + millis)
}
