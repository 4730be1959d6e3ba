//! Clusters of seeders: how often the origin is asked for each segment, and what a fellow costs that fails.

use std::collections::BTreeSet;

use super::*;
use crate::config::Prewarm;
use crate::engine::cluster::{Cluster, FILM, LIVE, NOW, name};
use crate::input::Input;
use crate::output::DisconnectReason;
use crate::time::MediaTime;
use crate::wire::{PeerRole, RequestId};

/// A cluster in which all are linked to all.
fn linked(manifest: &'static str, seeders: u8) -> Cluster {
    let mut cluster = Cluster::new(manifest, seeders, |_| {});
    link_all(&mut cluster);
    cluster
}

fn link_all(cluster: &mut Cluster) {
    let count = cluster.seats.len();
    for one in 0..count {
        (0..one).for_each(|other| cluster.link(one, other));
    }
}

#[test]
fn two_seeders_of_a_live_title_ask_for_each_segment_once() {
    for seeders in [2, 3] {
        let mut cluster = linked(LIVE, seeders);
        cluster.wait(12_000);
        for seat in &mut cluster.seats {
            // What was there at the start was fetched before any knew of another.
            seat.fetched.clear();
        }
        cluster.wait(120_000);
        let (twice, all) = cluster.twice();
        assert_eq!(twice, Vec::<String>::new());
        assert!((59..=61).contains(&all), "of 60 segments: {all}");
        for seat in &cluster.seats {
            let own = seat.fetched.len();
            assert!(
                own > 60 / usize::from(seeders) / 2,
                "each has its part of {seeders}: {own}"
            );
            let newest = seat.engine.stats().known_digests;
            assert!(newest >= 60 && seat.stored() >= 6, "and all of it: {newest}");
            assert_eq!(seat.engine.stats().gaps, 0);
        }
    }
}

#[test]
fn a_film_is_fetched_ahead_in_halves_and_held_whole_by_both() {
    let mut cluster = Cluster::new(FILM, 2, |_| {});
    cluster.origin = Duration::from_millis(250);
    link_all(&mut cluster);
    cluster.wait(20_000);
    let (twice, all) = cluster.twice();
    assert!(
        twice.len() <= 12 && all == 40 + twice.len(),
        "but for the first few: {twice:?} of {all}"
    );
    for seat in &cluster.seats {
        assert_eq!((seat.stored(), seat.engine.stats().known_digests), (40, 40));
        assert!(seat.fetched.len() >= 10, "{:?}", seat.fetched.len());
    }
}

#[test]
fn one_that_comes_later_takes_from_the_other_what_that_has() {
    let mut cluster = Cluster::new(FILM, 2, |_| {});
    let alone = cluster.seats[0].engine.stats();
    assert_eq!(alone.stored_segments, 0);
    cluster.seats[1].hangs = true;
    cluster.wait(5_000);
    assert_eq!(cluster.seats[0].stored(), 40);
    cluster.link(0, 1);
    cluster.seats[1].hangs = false;
    let begun = cluster.seats[1].fetched.len();
    cluster.wait(20_000);
    assert_eq!(
        cluster.seats[1].fetched.len(),
        begun,
        "what it had begun to fetch"
    );
    assert_eq!(cluster.seats[1].engine.stats().known_digests, 40);
}

#[test]
fn what_is_wished_for_at_one_is_fetched_by_one() {
    let mut cluster = Cluster::new(FILM, 2, |config| config.seeding.prewarm = Prewarm::Nothing);
    cluster.link(0, 1);
    cluster.wait(1_000);
    for (seat, who) in [(0, "v0"), (1, "v1")] {
        cluster.join(seat, who, PeerRole::Viewer, 60 + u8::try_from(seat).unwrap());
    }
    for number in 0..10 {
        let time = number * 2;
        for (seat, who) in [(0, "v0"), (1, "v1")] {
            let timeline = cluster.seats[seat].engine.timeline();
            let from = MediaTime::ZERO + Duration::from_secs(time);
            let to = from + Duration::from_secs(1);
            let found = timeline.segments(timeline.tracks()[0].key, from, to, NOW, 1);
            let (key, request) = (found[0].key, RequestId(u32::try_from(number).unwrap()));
            cluster.hear(seat, who, &Frame::WantLeaves { request, key });
        }
        cluster.wait(2_000);
    }
    let (twice, all) = cluster.twice();
    assert!(twice.len() <= 1 && all == 10 + twice.len(), "{twice:?} of {all}");
    for seat in &cluster.seats {
        assert_eq!(seat.stored(), 10);
    }
}

/// When each segment of the live title came to be held by a seat, in milliseconds after it was there; from one number on.
fn delays(cluster: &mut Cluster, seat: usize, seconds: u64) -> Vec<u64> {
    let mut delays = Vec::new();
    let mut known = cluster.seats[seat].engine.stats().known_digests;
    for _ in 0..seconds * 20 {
        cluster.wait(50);
        let now = cluster.seats[seat].engine.stats().known_digests;
        for _ in known..now {
            // Segments are there at even seconds; the world began at one.
            delays.push((cluster.now.as_micros() / 1_000 + 1_000) % 2_000);
        }
        known = now;
    }
    delays
}

#[test]
fn one_that_dies_in_the_middle_of_a_segment_costs_no_more_than_its_link() {
    let mut cluster = linked(LIVE, 2);
    cluster.wait(30_000);
    cluster.seats[1].hangs = true;
    cluster.wait(2_500);
    cluster.kill(1);
    let before = cluster.seats[0].fetched.len();
    cluster.wait(20_000);
    let seat = &cluster.seats[0];
    assert!(seat.fetched.len() - before >= 10, "it goes on alone");
    assert_eq!(seat.engine.stats().gaps, 0);
    assert!(seat.engine.stats().known_digests >= 25);
}

#[test]
fn one_that_fetches_nothing_costs_a_lease_twice_and_is_waited_for_no_more() {
    let mut cluster = linked(LIVE, 2);
    cluster.wait(30_000);
    cluster.seats[1].hangs = true;
    let delays = delays(&mut cluster, 0, 40);
    let late: Vec<_> = delays.iter().filter(|delay| **delay > 300).collect();
    assert_eq!(delays.len(), 20, "each came: {delays:?}");
    assert_eq!(late.len(), 2, "{delays:?}");
    assert!(late.iter().all(|delay| **delay < 1_500), "{late:?}");
}

#[test]
fn seeders_with_two_keys_do_not_wait_for_each_other() {
    let mut cluster = Cluster::with_keys(FILM, &[1, 2], |_| {});
    cluster.link(0, 1);
    cluster.wait(20_000);
    for seat in &cluster.seats {
        assert_eq!(seat.fetched.len(), 40);
        assert_eq!(seat.fellows(), Vec::<&str>::new());
    }
}

#[test]
fn one_that_is_linked_to_some_only_never_leaves_a_segment_to_nobody() {
    let mut cluster = Cluster::new(LIVE, 3, |_| {});
    cluster.link(0, 1);
    cluster.link(1, 2);
    cluster.wait(12_000);
    for seat in &mut cluster.seats {
        seat.fetched.clear();
    }
    cluster.wait(120_000);
    let (_, all) = cluster.twice();
    let fetched: BTreeSet<_> = cluster.seats.iter().flat_map(|seat| &seat.fetched).collect();
    assert!((59..=61).contains(&fetched.len()), "{}", fetched.len());
    assert!(all < 60 * 2, "{all} of 60");
    for seat in &cluster.seats {
        assert!(seat.engine.stats().known_digests >= 60);
    }
}

#[test]
fn an_origin_that_fails_for_all_is_nobodys_lapse() {
    let mut cluster = linked(LIVE, 2);
    cluster.wait(12_000);
    for seat in &mut cluster.seats {
        seat.hangs = true;
    }
    cluster.wait(15_000);
    for seat in &mut cluster.seats {
        seat.hangs = false;
        seat.fetched.clear();
    }
    cluster.wait(15_000);
    for seat in &mut cluster.seats {
        seat.fetched.clear();
    }
    cluster.wait(20_000);
    let (twice, _) = cluster.twice();
    assert_eq!(twice, Vec::<String>::new(), "they are fellows as before");
}

#[test]
fn a_fellow_whose_link_is_cut_is_not_waited_for() {
    let mut cluster = linked(FILM, 2);
    cluster.wait(200);
    cluster.tell(0, Input::PeerClosed(name(1)));
    cluster.wait(20_000);
    assert_eq!(cluster.seats[0].stored(), 40);
    assert!(
        !cluster.seats[0]
            .dropped
            .contains(&(name(1), DisconnectReason::Corrupt))
    );
}
