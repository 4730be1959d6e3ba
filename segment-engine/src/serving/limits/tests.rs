//! What limits let through, and who goes without first.

use super::super::{Asking, Serving, Share};
use super::*;
use crate::config::BitsPerSecond;
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
    let mut sent = vec![0; peers.len()];
    for now in 0..millis {
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
