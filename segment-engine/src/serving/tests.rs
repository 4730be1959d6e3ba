//! Who is served, in which order, and who is refused.

use super::bucket::LEAST_SAVED;
use super::*;
use crate::config::BitsPerSecond;
use crate::device::DeviceLimits;
use crate::id::{SegmentKind, TrackKey};

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn key() -> SegmentKey {
    SegmentKey {
        track: TrackKey([1; 8]),
        kind: SegmentKind::Media,
        time: 0,
        range: None,
    }
}

fn ask(
    serving: &mut Serving,
    millis: u64,
    name: &str,
    request: u32,
    pieces: &[(u32, u8)],
) -> Result<(), Busy> {
    ask_beside(serving, millis, (name, request), pieces, "nobody")
}

/// The same while another seems to be gone.
fn ask_beside(
    serving: &mut Serving,
    millis: u64,
    (name, request): (&str, u32),
    pieces: &[(u32, u8)],
    gone: &str,
) -> Result<(), Busy> {
    let asking = Asking {
        uplink: 0,
        peer: &peer(name),
        request: RequestId(request),
        key: key(),
    };
    serving.admit(at(millis), asking, pieces, |id| id.as_str() == gone)
}

fn drain(serving: &mut Serving) -> Vec<(String, u32)> {
    std::iter::from_fn(|| serving.next(|_| true))
        .map(|queued| (queued.peer.to_string(), queued.piece))
        .collect()
}

#[test]
fn the_rarest_piece_is_sent_first_then_the_oldest() {
    let mut serving = Serving::new(Share::percent(100), at(0));
    ask(&mut serving, 0, "a", 1, &[(7, 3), (8, 1)]).unwrap();
    ask(&mut serving, 1, "b", 1, &[(9, 1)]).unwrap();
    let expected = [("a", 8), ("b", 9), ("a", 7)].map(|(peer, piece)| (peer.to_owned(), piece));
    assert_eq!(drain(&mut serving), expected);
}

#[test]
fn pieces_go_first_to_those_who_can_pass_them_on() {
    let mut serving = Serving::new(Share::percent(100), at(0));
    let peers = [("a", 0, 0), ("b", 11, 0), ("c", 15, 3), ("d", 15, 5)];
    for (name, uplink, replicas) in peers {
        let asking = Asking {
            uplink,
            peer: &peer(name),
            request: RequestId(1),
            key: key(),
        };
        serving.admit(at(0), asking, &[(1, replicas)], |_| false).unwrap();
    }
    let order: Vec<_> = drain(&mut serving).into_iter().map(|(name, _)| name).collect();
    assert_eq!(order, ["c", "b", "d", "a"]);
}

#[test]
fn a_channel_without_room_is_passed_over() {
    let mut serving = Serving::new(Share::percent(100), at(0));
    ask(&mut serving, 0, "a", 1, &[(1, 0)]).unwrap();
    ask(&mut serving, 0, "b", 1, &[(2, 5)]).unwrap();
    let next = serving.next(|id| id.as_str() == "b").map(|queued| queued.piece);
    assert_eq!(next, Some(2));
}

#[test]
fn who_comes_when_the_queue_is_full_is_told_when_to_come_again() {
    let mut serving = Serving::new(Share::percent(100), at(0));
    ask(&mut serving, 0, "a", 1, &[(0, 0), (1, 0), (2, 0), (3, 0)]).unwrap();
    let busy = ask(&mut serving, 0, "b", 1, &[(0, 0), (1, 0)]).unwrap_err();
    assert!(
        busy.retry > Duration::ZERO && busy.retry < Duration::from_secs(1),
        "{busy:?}"
    );
    assert!(ask(&mut serving, 1_000, "b", 2, &[(0, 0), (1, 0)]).is_ok());
}

#[test]
fn a_request_for_more_than_is_ever_saved_up_is_served_once_all_is() {
    // 0.5 MB/s save up ten pieces.
    let mut serving = Serving::new(Share::percent(100), at(0));
    let pieces: Vec<(u32, u8)> = (0..32).map(|piece| (piece, 0)).collect();
    assert!(
        ask(&mut serving, 0, "a", 1, &pieces).is_err(),
        "four are saved up at first"
    );
    assert!(ask(&mut serving, 1_000, "a", 2, &pieces).is_ok());
    drain(&mut serving);
    assert!(
        ask(&mut serving, 1_500, "b", 1, &pieces).is_err(),
        "what was sent is not earned yet"
    );
    assert!(ask(&mut serving, 2_100, "b", 2, &pieces).is_ok());
}

#[test]
fn one_peer_does_not_fill_the_queue_while_others_are_served() {
    let mut serving = Serving::new(Share::percent(100), at(0));
    for millis in 0..20 {
        serving.uplink.on_sent(at(millis * 10), 100_000);
        serving.uplink.on_drained(at(millis * 10 + 10), 100_000);
    }
    ask(&mut serving, 1_000, "b", 1, &[(0, 0)]).unwrap();
    let mut admitted = 0;
    for request in 0..100 {
        let pieces = [(request * 2, 0), (request * 2 + 1, 0)];
        admitted += u64::from(ask(&mut serving, 1_000, "a", request, &pieces).is_ok()) * 2 * PIECE as u64;
    }
    assert!(admitted * 2 < serving.uplink.queue_limit(), "{admitted}");
}

#[test]
fn a_peer_has_a_third_of_the_queue_unless_it_is_alone() {
    // (pieces that wait for the peer, for another, that it asks for, whether it is admitted): 213 pieces fit, and so 71 of
    // one peer. More than fits is admitted where nobody waits, or it never would be.
    let table = [
        (0, 0, 213, true),
        (0, 0, 214, true),
        (0, 140, 73, true),
        (0, 140, 74, false),
        (70, 1, 1, true),
        (70, 1, 2, false),
        (1, 100, 70, true),
        (1, 100, 71, false),
        (200, 0, 13, true),
        (200, 0, 14, false),
    ];
    for (own, others, asked, admitted) in table {
        let mut serving = Serving::new(Share::percent(100), at(0));
        for millis in 0..20 {
            serving.uplink.on_sent(at(millis * 10), 100_000);
            serving.uplink.on_drained(at(millis * 10 + 10), 100_000);
        }
        let pieces = |count: u32| (0..count).map(|piece| (piece, 0)).collect::<Vec<_>>();
        for (name, count) in [("a", own), ("b", others)] {
            if count > 0 {
                ask(&mut serving, 1_000, name, 1, &pieces(count)).unwrap();
            }
        }
        let is_admitted = ask(&mut serving, 1_000, "a", 2, &pieces(asked)).is_ok();
        assert_eq!(
            is_admitted, admitted,
            "{own} and {others} wait, {asked} are asked for"
        );
    }
}

#[cfg(feature = "seeder")]
#[test]
fn who_seems_to_be_gone_is_in_nobodys_way_where_links_are_narrower_than_the_line() {
    use crate::config::Pacing;

    let run = [0, 1, 2, 3].map(|piece| (piece, 0));
    let table = [
        (Pacing::Line, "gone", false),
        (Pacing::Links, "nobody", false),
        (Pacing::Links, "gone", true),
    ];
    for (pacing, gone, admitted) in table {
        let mut serving = Serving::new(Share::percent(100), at(0)).paced(pacing);
        for millis in 0..20 {
            serving.uplink.on_sent(at(millis * 10), 100_000);
            serving.uplink.on_drained(at(millis * 10 + 10), 100_000);
        }
        let mut request = 0;
        let mut ask = |name: &str, millis: u64| {
            request += 1;
            ask_beside(&mut serving, millis, (name, request), &run, gone).is_ok()
        };
        // The budget is whole each time, the queue is not.
        let mut millis = 1_000;
        while ask("gone", millis) {
            millis += 1_000;
        }
        assert!(millis > 3_000, "{pacing:?}: the queue took little");
        assert_eq!(ask("b", millis + 1_000), admitted, "{pacing:?}, {gone} is gone");
        assert!(!ask("gone", millis + 2_000), "{pacing:?}: its own is in its way");
    }
}

#[test]
fn a_cancelled_request_is_not_served() {
    let mut serving = Serving::new(Share::percent(100), at(0));
    ask(&mut serving, 0, "a", 1, &[(1, 0)]).unwrap();
    ask(&mut serving, 0, "a", 2, &[(2, 0)]).unwrap();
    serving.cancel(&peer("a"), RequestId(1));
    assert_eq!(drain(&mut serving), [("a".to_owned(), 2)]);
}

#[test]
fn what_is_cancelled_before_it_was_sent_is_not_spent() {
    let four = [(0, 0), (1, 0), (2, 0), (3, 0)];
    let mut serving = Serving::new(Share::percent(100), at(0));
    ask(&mut serving, 0, "a", 1, &four).unwrap();
    serving.next(|_| true).unwrap();
    serving.cancel(&peer("a"), RequestId(1));
    assert!(ask(&mut serving, 0, "b", 1, &four).is_err(), "one was sent");
    ask(&mut serving, 0, "b", 2, &four[1..]).unwrap();
    serving.forget(&peer("b"));
    ask(&mut serving, 0, "c", 1, &four[1..]).unwrap();
}

#[test]
fn what_turns_out_not_to_be_there_is_not_spent() {
    let four = [(0, 0), (1, 0), (2, 0), (3, 0)];
    let mut serving = Serving::new(Share::percent(100), at(0));
    ask(&mut serving, 0, "a", 1, &four).unwrap();
    let queued = serving.next(|_| true).unwrap();
    serving.give_back(&queued);
    serving.cancel(&peer("a"), RequestId(1));
    ask(&mut serving, 0, "b", 1, &four).unwrap();
}

#[cfg(feature = "upload-limits")]
#[test]
fn a_piece_that_leaves_packed_counts_no_more_than_that_against_a_limit() {
    let limits = crate::config::UploadLimits {
        total: Some(BitsPerSecond(1_000_000)),
        per_peer: None,
    };
    let four = [(0, 0), (1, 0), (2, 0), (3, 0)];
    for (bytes, goes_on) in [(PIECE as u64, false), (1_000, true)] {
        let mut serving = Serving::new(Share::percent(100), at(0)).limited(&limits, at(0));
        ask(&mut serving, 0, "a", 1, &four).unwrap();
        for (name, _) in drain(&mut serving) {
            serving.on_sent(&peer(&name), bytes);
        }
        let again = ask(&mut serving, 200, "a", 2, &four);
        assert_eq!(again.is_ok(), goes_on, "{bytes}");
    }
}

#[test]
fn a_promise_that_is_cancelled_earns_nothing() {
    let mut serving = Serving::new(Share::percent(100), at(0));
    let (promised, asking) = (peer("a"), |peer, request| Asking {
        uplink: 0,
        peer,
        request: RequestId(request),
        key: key(),
    });
    ask(&mut serving, 0, "b", 1, &[(0, 0), (1, 0), (2, 0), (3, 0)]).unwrap();
    assert_eq!(drain(&mut serving).len(), 4);
    serving.push(at(0), asking(&promised, 1), 0, 0);
    serving.cancel(&promised, RequestId(1));
    assert!(ask(&mut serving, 0, "c", 1, &[(0, 0)]).is_err());
}

#[test]
fn no_more_is_spent_than_the_budget() {
    let mut uplink = Uplink::new(Share::percent(50), at(0));
    for step in 0..10 {
        uplink.on_sent(at(step * 100), 100_000);
        uplink.on_drained(at(step * 100 + 100), 100_000);
    }
    assert_eq!(uplink.rate(), 1_000_000);
    let mut spent = 0_u64;
    for millis in 1_000..5_000 {
        while uplink.spend(at(millis), 16_384).is_ok() {
            spent += 16_384;
        }
    }
    assert!(
        (1_900_000..2_300_000).contains(&spent),
        "{spent} of 4 s at half of 1 MB/s"
    );
}

#[test]
fn the_rate_follows_what_drains() {
    let mut uplink = Uplink::new(Share::percent(80), at(0));
    assert!(!uplink.is_measured());
    for step in 0..40 {
        uplink.on_sent(at(step * 100), 200_000);
        uplink.on_drained(at(step * 100 + 100), 200_000);
    }
    assert!(
        (1_900_000..=2_000_000).contains(&uplink.rate()),
        "{}",
        uplink.rate()
    );
}

/// Bytes that a queue which three ask of at every turn gives out in ten seconds, on a line of 2 MB/s.
fn given_in_ten_seconds(share: Share) -> u64 {
    let mut serving = Serving::new(share, at(0));
    let mut given = 0;
    for millis in (0..10_000).step_by(10) {
        for (name, request) in [("a", 0), ("b", 1), ("c", 2)] {
            let request = u32::try_from(millis).unwrap() + request;
            let _ = ask(&mut serving, millis, name, request, &[(0, 0), (1, 0)]);
        }
        // What is promised is there as soon as there is room for it.
        let asking = Asking {
            uplink: 0,
            peer: &peer("d"),
            request: RequestId(u32::try_from(millis).unwrap()),
            key: key(),
        };
        let (whom, run) = ((asking.peer, asking.request), PieceRun { first: 0, count: 2 });
        if serving.promise(at(millis), whom, (key(), run)).is_ok() {
            for piece in run.iter() {
                for _ in serving.promises.on_piece(at(millis), &key(), piece) {
                    serving.push(at(millis), asking, piece, 0);
                }
            }
        }
        while serving.next(|_| true).is_some() {
            serving.uplink.on_sent(at(millis), PIECE as u64);
            serving.uplink.on_drained(at(millis + 8), PIECE as u64);
            given += PIECE as u64;
        }
    }
    given
}

#[test]
fn no_more_is_sent_than_the_share_of_the_uplink_nor_than_the_limit() {
    let limited = |percent, bits| {
        Share::of(&DeviceLimits {
            max_target_peers: 16,
            store_bytes: 1 << 20,
            upload_percent: percent,
            max_upload: Some(BitsPerSecond(bits)),
        })
    };
    let unlimited = given_in_ten_seconds(Share::percent(80));
    for (share, bytes_per_second) in [(limited(80, 1_000_000), 125_000), (limited(80, 200_000), 25_000)] {
        let given = given_in_ten_seconds(share);
        let expected = bytes_per_second * 10;
        assert!(
            given >= expected * 8 / 10 && given <= expected + 3 * LEAST_SAVED,
            "{share:?}: {given} for {expected}"
        );
        assert!(given < unlimited / 2, "{unlimited}");
    }
    let share_alone = given_in_ten_seconds(limited(10, 1_000_000_000));
    assert!(share_alone < unlimited / 2, "{share_alone} {unlimited}");
}

#[test]
fn neighbours_are_told_of_no_more_than_the_limit() {
    let mut uplink = Uplink::new(
        Share::of(&DeviceLimits {
            max_target_peers: 16,
            store_bytes: 1 << 20,
            upload_percent: 100,
            max_upload: Some(BitsPerSecond(1_000_000)),
        }),
        at(0),
    );
    uplink.on_sent(at(0), 2_000_000);
    uplink.on_drained(at(1_000), 2_000_000);
    assert_eq!((uplink.rate(), uplink.budget()), (125_000, 125_000));
    uplink.set_share(Share::percent(50));
    assert_eq!((uplink.rate(), uplink.budget()), (2_000_000, 1_000_000));
}

#[test]
fn short_times_in_which_the_channels_are_not_empty_count_together() {
    let mut uplink = Uplink::new(Share::percent(80), at(0));
    for step in 0..40 {
        // 2 pieces at 400 kB/s, then nothing; and a small frame that takes its time.
        uplink.on_sent(at(step * 200), 32_768);
        uplink.on_drained(at(step * 200 + 82), 32_768);
        uplink.on_drained(at(step * 200 + 90), 0);
        uplink.on_sent(at(step * 200 + 100), 40);
        uplink.on_drained(at(step * 200 + 190), 40);
    }
    assert!((395_000..=402_000).contains(&uplink.rate()), "{}", uplink.rate());
}

#[test]
fn a_piece_that_a_transport_takes_at_once_tells_nothing_of_the_line() {
    let mut uplink = Uplink::new(Share::percent(80), at(0));
    for step in 0..40 {
        uplink.on_sent(at(step * 100), 16_384);
        uplink.on_drained(at(step * 100 + 1), 16_384);
        uplink.on_drained(at(step * 100 + 60), 0);
    }
    assert!(!uplink.is_measured());
}

#[test]
fn little_is_let_into_the_channels_at_once() {
    let mut uplink = Uplink::new(Share::percent(80), at(0));
    uplink.on_sent(at(0), 32 << 10);
    assert!(uplink.is_full(), "40 ms of 4 Mbit/s are less than two pieces");
    uplink.on_drained(at(90), 16 << 10);
    assert!(!uplink.is_full());
}

#[test]
fn what_is_lost_with_a_channel_tells_nothing_of_the_uplink() {
    let mut uplink = Uplink::new(Share::percent(80), at(0));
    uplink.on_sent(at(0), 1 << 20);
    assert!(uplink.is_full());
    uplink.on_lost(1 << 20);
    assert!(!uplink.is_full());
    assert!(!uplink.is_measured());
}

#[test]
fn what_many_channels_send_at_once_is_one_measurement() {
    let mut uplink = Uplink::new(Share::percent(80), at(0));
    // Sixteen windows of 128 KiB in each 5 ms: 419 MB/s.
    for step in 0..80 {
        for _ in 0..16 {
            uplink.on_sent(at(step * 10), 128 << 10);
        }
        for _ in 0..16 {
            uplink.on_drained(at(step * 10 + 5), 128 << 10);
        }
    }
    assert!(
        (400_000_000..=420_000_000).contains(&uplink.rate()),
        "{}",
        uplink.rate()
    );
}

#[test]
fn a_channel_is_passed_by_after_several_times_what_takes_its_bytes_through_the_uplink() {
    let mut uplink = Uplink::new(Share::percent(100), at(0));
    assert_eq!(
        uplink.patience(),
        Duration::from_millis(2_000),
        "nobody knows how fast it is"
    );
    uplink.on_sent(at(0), 64 << 10);
    uplink.on_drained(at(1_000), 64 << 10);
    assert_eq!(uplink.rate(), 64 << 10);
    assert_eq!(uplink.patience(), Duration::from_millis(500));
    uplink.on_sent(at(1_000), 32 << 10);
    assert_eq!(uplink.patience(), Duration::from_millis(2_000));
    uplink.on_sent(at(1_000), 1 << 20);
    assert_eq!(uplink.patience(), Duration::from_millis(5_000));
}
