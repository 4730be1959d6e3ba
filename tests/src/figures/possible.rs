//! What was possible in a run: the bounds, for the renditions and viewers that it had.

use crate::bounds::{self, Rendition, Watcher};
use crate::clock::SECOND;
use crate::run::{Present, Seen};
use crate::scenario::{Scenario, StreamKind};

/// The time for a detection and the way of a first message: a segment is not asked for earlier.
const DETECTION: u64 = SECOND / 10;

/// Kept for the rescue over HTTP.
const GUARD: u64 = 7 * SECOND / 10;

/// The unit of relay: a piece, in bits.
const PIECE_BITS: u64 = 16 * 1024 * 8;

/// The typical one-way delay between two viewers.
const LATENCY: u64 = SECOND / 20;

/// What is possible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Possible {
    /// The share of bytes that the origin need not send.
    pub(super) offload: f64,
    /// Copies of each segment, in the mean.
    pub(super) copies: f64,
    /// The shortest time in which a segment can reach all.
    pub(super) shortest: u64,
}

/// Works out what is possible for what was seen.
pub(super) fn possible(scenario: &Scenario, seen: &Seen) -> Possible {
    match scenario.stream.kind {
        StreamKind::Live => live(scenario, seen),
        StreamKind::Film => film(scenario, seen),
    }
}

/// What seeders give to peers.
fn seeded(scenario: &Scenario) -> u64 {
    u64::from(scenario.seeders.count) * bounds::usable(scenario.seeders.uplink.0, percent(scenario))
}

/// How much of uplinks is spent on peers.
fn percent(scenario: &Scenario) -> u64 {
    u64::from(scenario.engine.upload_percent.unwrap_or(80))
}

/// What a viewer's uplink of that rate gives to peers.
fn usable(scenario: &Scenario, rate: u64) -> u64 {
    let most = scenario
        .engine
        .max_upload
        .map_or(u64::MAX, |most| bounds::usable(most.0, 100));
    bounds::usable(rate, percent(scenario)).min(most)
}

fn live(scenario: &Scenario, seen: &Seen) -> Possible {
    let segment = scenario.stream.segment.0;
    let window = scenario.stream.hold_back.0 - segment;
    let window = window.saturating_sub(DETECTION + GUARD);
    let seeders = seeded(scenario);
    let (mut need, mut all, mut copies, mut shortest) = (0.0, 0.0, 0.0, 0_u64);
    for slot in &seen.slots {
        let present: Vec<&Present> = seen
            .present
            .iter()
            .filter(|viewer| viewer.is_there(slot.at))
            .collect();
        // Who reaches nobody is a swarm of its own.
        let alone = present.iter().filter(|viewer| viewer.alone).count() as u64;
        let linked = || present.iter().filter(|viewer| !viewer.alone);
        let mut uplinks: Vec<u64> = linked().map(|viewer| usable(scenario, viewer.gives)).collect();
        uplinks.sort_unstable_by(|one, other| other.cmp(one));
        let uplink = (uplinks.iter().sum::<u64>() + seeders).saturating_mul(segment) / SECOND;
        let renditions: Vec<Rendition> = slot
            .renditions
            .iter()
            .map(|rendition| shared(*rendition, alone))
            .collect();
        let bits = bounds::origin_bits(&renditions, uplink, seeders > 0);
        let largest = slot
            .renditions
            .iter()
            .map(|rendition| rendition.bits)
            .max()
            .unwrap_or(0);
        let late = bounds::copies_for_delay(&uplinks, PIECE_BITS, window, LATENCY) as u64;
        let bits = bits.max(if seeders > 0 { 0 } else { late * largest });
        let watched = slot
            .renditions
            .iter()
            .map(|rendition| rendition.viewers * rendition.bits);
        let watched: u64 = watched.sum();
        let lonely = watched / present.len().max(1) as u64 * alone;
        need += (bits + lonely) as f64;
        all += watched as f64;
        if largest > 0 {
            copies += (bits + lonely) as f64 / largest as f64;
        }
        let origin = scenario.origin.rate.0;
        // Where nobody gives anything a spread takes for ever.
        let spread = bounds::shortest_spread(&uplinks, scenario.network.downlink[0].0, largest, origin, 8);
        shortest = shortest.saturating_add(spread);
    }
    // Each who joins needs one segment before it has a link.
    let joins =
        seen.joins as f64 * seen.slots.iter().map(mean_bits).sum::<f64>() / seen.slots.len().max(1) as f64;
    let slots = seen.slots.len().max(1);
    let largest = seen
        .slots
        .iter()
        .flat_map(|slot| &slot.renditions)
        .map(|rendition| rendition.bits);
    let largest = largest.max().unwrap_or(1).max(1);
    Possible {
        offload: if all > 0.0 {
            (1.0 - (need + joins) / all).max(0.0)
        } else {
            0.0
        },
        copies: (copies + joins / largest as f64) / slots as f64,
        shortest: shortest / slots as u64,
    }
}

/// A rendition without those who are alone, in proportion.
fn shared(rendition: Rendition, alone: u64) -> Rendition {
    Rendition {
        viewers: rendition.viewers.saturating_sub(alone),
        ..rendition
    }
}

/// The mean number of bits that one viewer takes of a slot.
fn mean_bits(slot: &crate::run::Slot) -> f64 {
    let viewers: u64 = slot.renditions.iter().map(|rendition| rendition.viewers).sum();
    let bits: u64 = slot
        .renditions
        .iter()
        .map(|rendition| rendition.viewers * rendition.bits)
        .sum();
    bits as f64 / viewers.max(1) as f64
}

fn film(scenario: &Scenario, seen: &Seen) -> Possible {
    /// How often the viewers are looked at.
    const EVERY: u64 = 5 * SECOND;
    /// How much the store keeps behind the playhead.
    const CACHE: u64 = 300 * SECOND;
    let bitrate = scenario.stream.video.last().map_or(0, |rate| rate.0) + scenario.stream.audio.0;
    let seeders = seeded(scenario);
    let (mut need, mut all) = (0.0, 0.0);
    let mut at = seen.window.0;
    while at < seen.window.1 {
        let present = seen.present.iter().filter(|viewer| viewer.is_there(at));
        let playing = present.filter(|viewer| at - viewer.joins < scenario.stream.length.0);
        let watchers: Vec<Watcher> = playing
            .map(|viewer| Watcher {
                position: at - viewer.joins,
                uplink: if viewer.alone {
                    0
                } else {
                    usable(scenario, viewer.gives)
                },
            })
            .collect();
        let server = bounds::film_server_rate(&watchers, bitrate, CACHE).saturating_sub(seeders);
        need += server as f64 * EVERY as f64 / SECOND as f64;
        all += (watchers.len() as u64 * bitrate) as f64 * EVERY as f64 / SECOND as f64;
        at += EVERY;
    }
    let joins = seen.joins as f64 * bitrate as f64 * scenario.stream.segment.0 as f64 / SECOND as f64;
    Possible {
        offload: if all > 0.0 {
            (1.0 - (need + joins) / all).max(0.0)
        } else {
            0.0
        },
        copies: 0.0,
        shortest: 0,
    }
}
