//! The store against what it promises: the budget holds, the least useful goes first, and whatever goes is told.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;

use super::retention::{Span, Title};
use super::*;
use crate::id::sample::key;
use crate::piece::Body;
use crate::stats::SourceBytes;
use crate::time::MediaTime;
use crate::timeline::Segment;

const MIB: u64 = 1 << 20;

fn at(seconds: i64) -> MediaTime {
    MediaTime::from_micros(seconds * 1_000_000)
}

/// A segment of 4 s that starts at so many seconds, of bytes that stay as they are.
fn segment(start: i64, size: usize) -> Stored {
    made(start, Duration::from_secs(4), size)
}

fn made(start: i64, duration: Duration, size: usize) -> Stored {
    let body = Body::of(&vec![7; size]);
    let root = body.pieces()[0].leaf();
    let segment = Segment {
        key: key(start),
        url: "https://origin.example/video/1.m4s".into(),
        start: at(start),
        duration,
    };
    Stored::new(body, root, SourceBytes::default(), &segment)
}

fn film(playhead: i64) -> Horizon {
    Horizon {
        playhead: Some(at(playhead)),
        title: Title::Complete,
    }
}

fn nobody(_: &SegmentKey) -> u32 {
    0
}

fn unasked(key: &SegmentKey) -> u32 {
    panic!("replicas of {key} were counted")
}

fn starts(keys: Vec<SegmentKey>) -> Vec<i64> {
    keys.into_iter().map(|key| key.time).collect()
}

#[test]
fn holds_what_fits() {
    let mut store = Store::new(MIB);
    assert!(
        store
            .insert(key(1), segment(1, 1000), &film(0), unasked)
            .is_empty()
    );
    assert_eq!(store.get(&key(1)).map(|stored| stored.body().len()), Some(1000));
    assert_eq!((store.len(), store.bytes()), (1, 1000));
    assert_eq!(store.keys(), vec![(key(1), 1000)]);
    assert!(store.root(&key(1)).is_some());
    assert!(!store.contains(&key(2)));
}

#[test]
fn refuses_what_is_larger_than_all_of_it() {
    let mut store = Store::new(MIB);
    store.insert(key(1), segment(1, 1000), &film(0), unasked);
    let too_large = segment(2, (1 << 20) - (1 << 16) + 1);
    assert_eq!(store.insert(key(2), too_large, &film(0), unasked), [key(2)]);
    assert!(store.contains(&key(1)) && !store.contains(&key(2)));
}

#[test]
fn takes_a_segment_again_without_telling_that_it_went() {
    let mut store = Store::new(MIB);
    store.insert(key(1), segment(1, 1000), &film(0), unasked);
    assert_eq!(store.insert(key(1), segment(1, 2000), &film(0), unasked), []);
    assert_eq!((store.len(), store.bytes()), (1, 2000));
}

#[test]
fn what_lies_outside_of_the_window_goes_first_and_nothing_else_is_counted() {
    let mut store = Store::new(MIB);
    for start in [0, 4, 8, 2000, 1000] {
        store.insert(key(start), segment(start, 200_000), &film(0), unasked);
    }
    let replicas = |key: &SegmentKey| match key.time {
        0 => 0,
        4 => 3,
        8 => 1,
        other => panic!("{other} lies within the window"),
    };
    let gone = store.insert(key(1008), segment(1008, 200_000), &film(1000), replicas);
    assert_eq!(starts(gone), [4, 8]);
}

#[test]
fn what_many_neighbours_hold_goes_before_what_is_old() {
    let mut store = Store::new(MIB);
    let made = [4, 0, 8, 12, 16];
    for start in made {
        store.insert(key(start), segment(start, 200_000), &film(0), unasked);
    }
    let replicas = |key: &SegmentKey| if key.time == 8 { 2 } else { 1 };
    let gone = store.insert(key(20), segment(20, 300_000), &film(10), replicas);
    assert_eq!(starts(gone), [8, 0]);
}

#[test]
fn segments_are_ranked_once_for_many_that_come() {
    let mut store = Store::new(16 * MIB);
    let mut ranked = 0;
    for start in 0..1000 {
        let count = |_: &SegmentKey| {
            ranked += 1;
            0
        };
        store.insert(key(start * 4), segment(start * 4, 64 << 10), &film(4000), count);
    }
    // 256 fit; 16 go each time, so that 744 more cost 47 times what a ranking costs.
    assert!(ranked <= 48 * 256, "{ranked}");
    assert!(store.len() >= 240, "{}", store.len());
}

#[test]
fn a_lower_budget_holds_at_once_and_what_went_is_told() {
    let mut store = Store::new(8 * MIB);
    for start in 0..8 {
        store.insert(key(start), segment(start, 900_000), &film(0), unasked);
    }
    let gone = store.set_budget(4 * MIB, &film(0), nobody);
    assert_eq!(starts(gone), [0, 1, 2, 3]);
    assert!(store.bytes() <= 4 * MIB);
    assert_eq!(store.len(), 4);
    assert_eq!(store.set_budget(16 * MIB, &film(0), unasked), []);
    for start in 10..18 {
        assert_eq!(
            store.insert(key(start), segment(start, 900_000), &film(0), unasked),
            []
        );
    }
}

#[test]
fn a_sweep_forgets_what_live_playback_has_left_behind() {
    let mut store = Store::new(64 * MIB);
    let live = |edge: i64| Horizon {
        playhead: Some(at(edge - 6)),
        title: Title::Live {
            edge: Some(at(edge)),
            hold_back: Duration::from_secs(6),
        },
    };
    store.insert(key(-1), made(0, Duration::ZERO, 700), &live(0), unasked);
    for start in (0..40).step_by(4) {
        store.insert(key(start), segment(start, 1000), &live(start + 4), unasked);
    }
    assert_eq!(store.sweep(&live(30)), []);
    assert_eq!(starts(store.sweep(&live(40))), [0, 4]);
    assert_eq!(store.sweep(&live(40)), []);
    assert_eq!(store.len(), 9);
    assert!(store.contains(&key(-1)), "init segments stay");
}

const LARGEST: u64 = 300_000;

/// What may be done to a store.
#[derive(Debug, Clone)]
enum Step {
    Insert { start: i64, size: usize },
    Budget(u64),
    Sweep,
    Play(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (0_i64..200, 1..LARGEST).prop_map(|(start, size)| Step::Insert { start, size: usize::try_from(size).unwrap() }),
        1 => (300_000..3 * MIB).prop_map(Step::Budget),
        1 => Just(Step::Sweep),
        1 => (0_i64..900).prop_map(Step::Play),
    ]
}

/// What the store is meant to do, without a cache.
#[derive(Debug, Default)]
struct Model {
    held: BTreeMap<SegmentKey, Stored>,
}

impl Model {
    fn rank(&self, key: &SegmentKey, horizon: &Horizon) -> Option<Rank> {
        let span: Span = self.held.get(key)?.span();
        Some(rank(span, horizon, replicas(key)))
    }

    /// What went was there, once, and nothing that stays is of less use.
    fn lose(&mut self, gone: &[SegmentKey], horizon: &Horizon, incoming: Option<SegmentKey>) {
        let mut worst_kept = None;
        for key in self.held.keys().filter(|key| !gone.contains(key)) {
            if Some(*key) != incoming {
                let rank = self.rank(key, horizon);
                worst_kept = worst_kept.map_or(rank, |worst| rank.min(Some(worst)));
            }
        }
        for key in gone.iter().filter(|key| Some(**key) != incoming) {
            let rank = self.rank(key, horizon);
            assert!(rank.is_some(), "{key} was not held");
            assert!(
                worst_kept.is_none() || rank <= worst_kept,
                "{key} was of more use"
            );
        }
        for key in gone {
            assert!(self.held.remove(key).is_some(), "{key} went twice");
        }
    }
}

fn replicas(key: &SegmentKey) -> u32 {
    u32::try_from(key.time % 3).unwrap_or(0)
}

proptest! {
    #[test]
    fn does_what_a_naive_store_does(steps in prop::collection::vec(step(), 1..60)) {
        let (mut store, mut model) = (Store::new(MIB), Model::default());
        let (mut budget, mut horizon) = (MIB, film(0));
        for step in steps {
            let before = store.bytes();
            match step {
                Step::Insert { start, size } => {
                    let (key, stored) = (key(start), segment(start * 4, size));
                    model.held.insert(key, stored.clone());
                    let gone = store.insert(key, stored, &horizon, replicas);
                    model.lose(&gone, &horizon, Some(key));
                    prop_assert_eq!(model.held.contains_key(&key), (size as u64) <= budget - budget / 16);
                    let spared = store.bytes() + LARGEST + budget / 16;
                    prop_assert!(spared > before.min(budget), "more went than had to");
                }
                Step::Budget(bytes) => {
                    budget = bytes;
                    let gone = store.set_budget(bytes, &horizon, replicas);
                    model.lose(&gone, &horizon, None);
                    prop_assert!(store.bytes() + LARGEST > before.min(budget), "more went than had to");
                }
                Step::Sweep => {
                    let gone = store.sweep(&horizon);
                    model.lose(&gone, &horizon, None);
                    let outside = |stored: &Stored| horizon.place(stored.span()) == Place::Outside;
                    prop_assert!(!model.held.values().any(outside));
                }
                Step::Play(playhead) => horizon = film(playhead),
            }
            prop_assert!(store.bytes() <= budget);
            prop_assert_eq!(store.bytes(), model.held.values().map(Stored::weight).sum::<u64>());
            let held: Vec<_> = model.held.iter().map(|(key, stored)| (*key, stored.len())).collect();
            prop_assert_eq!(store.keys(), held);
            for (key, expected) in &model.held {
                let found = store.get(key).map(Stored::body);
                prop_assert_eq!(found, Some(expected.body()));
            }
        }
    }
}
