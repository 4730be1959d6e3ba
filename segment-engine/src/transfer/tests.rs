//! What is on its way: in which order it is needed, and which HTTP requests bring it.

use std::time::Duration;

use super::*;
use crate::id::sample::key;
use crate::time::{MediaTime, Timestamp};
use crate::timeline::Segment;

const fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn download(time: i64, deadline: u64) -> Download {
    let segment = Segment {
        key: key(time),
        url: "http://origin/s".into(),
        start: MediaTime::ZERO,
        duration: Duration::from_secs(2),
    };
    Download::new(segment, 2, at(0), at(deadline))
}

fn transfers(deadlines: &[(i64, u64)]) -> Transfers {
    let mut transfers = Transfers::default();
    for (time, deadline) in deadlines {
        transfers.start(download(*time, *deadline));
    }
    transfers
}

fn times(transfers: &mut Transfers) -> Vec<i64> {
    transfers.by_deadline().iter().map(|key| key.time).collect()
}

#[test]
fn what_is_needed_first_comes_first() {
    let mut transfers = transfers(&[(1, 900), (2, 100), (3, 500), (4, 100)]);
    assert_eq!(times(&mut transfers), [2, 4, 3, 1]);
}

#[test]
fn the_order_follows_what_starts_ends_and_is_put_off() {
    let mut transfers = transfers(&[(1, 900), (2, 100)]);
    assert_eq!(times(&mut transfers), [2, 1]);
    transfers.start(download(3, 500));
    assert_eq!(times(&mut transfers), [2, 3, 1]);
    transfers.end(&key(2));
    assert_eq!(times(&mut transfers), [3, 1]);
    for download in transfers.iter_mut() {
        download.set_deadline(at(if download.key() == key(1) { 200 } else { 400 }));
    }
    transfers.on_deadlines();
    assert_eq!(times(&mut transfers), [1, 3]);
}

#[test]
fn a_segment_is_on_its_way_once() {
    let mut transfers = transfers(&[(1, 900), (1, 100)]);
    assert_eq!(transfers.len(), 1);
    assert_eq!(transfers.get(&key(1)).map(Download::deadline), Some(at(100)));
    assert!(transfers.end(&key(1)).is_some());
    assert!(!transfers.contains(&key(1)) && transfers.end(&key(1)).is_none());
}

#[test]
fn a_segment_has_the_requests_that_were_made_for_it() {
    let mut transfers = Transfers::default();
    for (fetch, time) in [(1, 5), (2, 6), (3, 5)] {
        let response = Response::new(key(time), Span::Whole, Cause::Start, at(0));
        transfers.on_fetch(FetchId(fetch), response);
    }
    assert_eq!(transfers.fetches_of(&key(5)), [FetchId(1), FetchId(3)]);
    assert_eq!(
        transfers.end_fetch(FetchId(1)).map(|response| response.key),
        Some(key(5))
    );
    assert!(transfers.end_fetch(FetchId(1)).is_none());
    assert_eq!(transfers.fetches_of(&key(5)), [FetchId(3)]);
    assert_eq!(transfers.fetches(), 2);
}
