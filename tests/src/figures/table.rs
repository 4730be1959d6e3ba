//! The figures by name: what each is, and how it follows from what was seen.

use std::collections::BTreeMap;

use super::Pair;
use super::possible::possible;
use crate::clock::SECOND;
use crate::run::Seen;
use crate::scenario::Scenario;

/// The unit of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A part of a whole, or one thing to another.
    Ratio,
    /// A number of things.
    Count,
    /// Time.
    Seconds,
    /// Kilobits per second.
    Rate,
    /// Happenings per second of CPU.
    PerSecond,
}

impl Unit {
    /// The unit as it is printed.
    pub fn text(self) -> &'static str {
        match self {
            Self::Ratio => "",
            Self::Count => "count",
            Self::Seconds => "s",
            Self::Rate => "kbit/s",
            Self::PerSecond => "1/s",
        }
    }
}

/// All figures, in the order in which they are printed.
pub const NAMES: [(&str, Unit); 36] = [
    ("viewers", Unit::Count),
    ("offload", Unit::Ratio),
    ("possible", Unit::Ratio),
    ("ratio", Unit::Ratio),
    ("copies", Unit::Count),
    ("copies_p95", Unit::Count),
    ("copies_possible", Unit::Count),
    ("stalls", Unit::Count),
    ("stalled", Unit::Seconds),
    ("stalls_http", Unit::Count),
    ("stalled_http", Unit::Seconds),
    ("stalls_beyond_http", Unit::Count),
    ("stalled_beyond_http", Unit::Seconds),
    ("startup_p50", Unit::Seconds),
    ("startup_http_p50", Unit::Seconds),
    ("startup_p95", Unit::Seconds),
    ("startup_http_p95", Unit::Seconds),
    ("unstarted", Unit::Count),
    ("delivery_p50", Unit::Seconds),
    ("delivery_p95", Unit::Seconds),
    ("delivery_shortest", Unit::Seconds),
    ("duplicates", Unit::Ratio),
    ("control", Unit::Ratio),
    ("uplink_use", Unit::Ratio),
    ("bitrate", Unit::Rate),
    ("bitrate_ratio", Unit::Ratio),
    ("switches", Unit::Count),
    ("switches_ratio", Unit::Ratio),
    ("excess_mean", Unit::Seconds),
    ("excess_most", Unit::Seconds),
    ("seeder_copies", Unit::Count),
    ("links", Unit::Count),
    ("rescues", Unit::Count),
    ("corrupt_repeats", Unit::Count),
    ("events_per_second", Unit::PerSecond),
    ("cpu", Unit::Seconds),
];

/// The figures of one seed.
pub(super) fn values(scenario: &Scenario, pair: &Pair) -> BTreeMap<&'static str, f64> {
    let (peers, http) = (&pair.peers, &pair.http);
    let possible = possible(scenario, peers);
    let offload = 1.0 - over(peers.origin as f64, peers.played as f64);
    let mut values = BTreeMap::from([
        ("viewers", peers.viewers),
        ("offload", offload),
        ("possible", possible.offload),
        ("ratio", ratio(offload, possible.offload)),
        ("stalls", peers.stalls as f64),
        ("stalled", peers.stalled),
        ("stalls_http", http.stalls as f64),
        ("stalled_http", http.stalled),
        (
            "stalls_beyond_http",
            peers.stalls.saturating_sub(http.stalls) as f64,
        ),
        ("stalled_beyond_http", (peers.stalled - http.stalled).max(0.0)),
        ("startup_p50", quantile(&peers.startups, 0.5)),
        ("startup_http_p50", quantile(&http.startups, 0.5)),
        ("startup_p95", quantile(&peers.startups, 0.95)),
        ("startup_http_p95", quantile(&http.startups, 0.95)),
        ("unstarted", peers.unstarted as f64),
        (
            "duplicates",
            over(peers.stats.duplicate as f64, peers.taken() as f64),
        ),
        ("control", over(peers.control as f64, peers.media as f64)),
        ("uplink_use", peers.uplink_use),
        ("bitrate", peers.bitrate / 1_000.0),
        ("bitrate_ratio", over(peers.bitrate, http.bitrate)),
        ("switches", peers.switches as f64),
        ("excess_mean", peers.excess_mean),
        ("excess_most", peers.excess_most),
        ("links", over(f64::from(peers.stats.peers), peers.engines as f64)),
        ("rescues", peers.stats.rescues as f64),
        ("corrupt_repeats", peers.corrupt_repeats as f64),
        ("events_per_second", over(peers.happenings as f64, pair.cpu)),
        ("cpu", pair.cpu),
    ]);
    if http.switches > 0 {
        values.insert("switches_ratio", peers.switches as f64 / http.switches as f64);
    }
    live(&mut values, peers);
    if !peers.copies.is_empty() {
        values.insert("copies_possible", possible.copies);
        values.insert("delivery_shortest", possible.shortest as f64 / SECOND as f64);
    }
    values
}

/// The figures of live streams alone.
fn live(values: &mut BTreeMap<&'static str, f64>, seen: &Seen) {
    if seen.copies.is_empty() {
        return;
    }
    let mean = seen.copies.iter().sum::<f64>() / seen.copies.len() as f64;
    values.insert("copies", mean);
    values.insert("copies_p95", quantile(&seen.copies, 0.95));
    values.insert("seeder_copies", over(seen.seeders as f64, seen.published as f64));
    values.insert("delivery_p50", seen.delivery[0]);
    values.insert("delivery_p95", seen.delivery[1]);
}

/// `one` divided by `other`; 0 if that is not positive.
fn over(one: f64, other: f64) -> f64 {
    if other > 0.0 { one / other } else { 0.0 }
}

/// The share of what was possible that was achieved; 1 if nothing was possible.
fn ratio(had: f64, possible: f64) -> f64 {
    if possible > 0.0 { had / possible } else { 1.0 }
}

/// The value that this share of the sorted values does not exceed.
pub(super) fn quantile(values: &[f64], part: f64) -> f64 {
    let index = (values.len() as f64 * part).ceil() as usize;
    values.get(index.max(1) - 1).copied().unwrap_or(0.0)
}
