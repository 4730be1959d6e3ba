//! What viewers that join one swarm on two nodes have shown, and what was asked for: the median of the runs, and of what is
//! not to happen at all the worst.

use signaling_proto::message::MAX_FRAME;

use super::{Figure, Goal, millis};
use crate::join::{Joined, PATIENCE};
use crate::statistics::median;

/// The most memory that a viewer can make a node take by the server's default limits, in KiB. It is a bound, not what is
/// expected: the figure checks that memory stays within it while all join, whoever reads slowly. On a quiet machine 25 to 29
/// were measured, most of it the peak of frames that were on their way at once.
const JOIN_KIB: f64 = IDLE_KIB + PAIRINGS_KIB + QUEUE_KIB + READ_KIB + WRITE_KIB;
/// What an idle connection may take: a goal of its own.
const IDLE_KIB: f64 = 12.0;
/// `pairs_per_peer` (256) pairings of some 256 bytes, the peer's id and its place in two maps among them.
const PAIRINGS_KIB: f64 = 64.0;
/// `queue_bytes`: what waits for a viewer that does not read.
const QUEUE_KIB: f64 = 256.0;
/// A message that is read as a whole before it is looked at: up to four times the largest frame.
const READ_KIB: f64 = (4 * MAX_FRAME) as f64 / 1024.0;
/// What is gathered before it is written, 4 KiB, and the frame that goes over that.
const WRITE_KIB: f64 = 4.0 + MAX_FRAME as f64 / 1024.0;

/// A value of one run; `None` where it was never reached.
type Value = fn(&Joined) -> Option<f64>;

/// Times and memory: the median of the runs counts.
const MEDIANS: [(&str, &str, Option<Goal>, Value); 9] = [
    (
        "all_paired_after",
        "s",
        Some(Goal::AtMost(PATIENCE.as_secs() as f64)),
        |joined| joined.all_after.map(|after| after.as_secs_f64()),
    ),
    (
        "memory_per_viewer",
        "KiB",
        Some(Goal::AtMost(JOIN_KIB)),
        |joined| Some(joined.kib),
    ),
    ("memory_of_a_node", "MiB", None, |joined| Some(joined.mib)),
    ("wait_p50", "ms", None, |joined| Some(millis(joined.p50))),
    ("wait_p99", "ms", None, |joined| Some(millis(joined.p99))),
    ("links", "count", None, |joined| Some(joined.links as f64)),
    ("links_across_nodes", "%", None, |joined| {
        Some(joined.across as f64 / joined.links.max(1) as f64 * 100.0)
    }),
    ("servers_cpu", "s", None, |joined| {
        Some(joined.servers.as_secs_f64())
    }),
    ("client_cpu", "s", None, |joined| {
        Some(joined.client.as_secs_f64())
    }),
];

/// What is not to happen in any run: the most of them counts.
const WORST: [(&str, &str, Option<Goal>, Value); 5] = [
    ("unpaired_in_time", "count", NEVER, |joined| {
        Some((joined.viewers - joined.in_time) as f64)
    }),
    ("closed", "count", NEVER, |joined| Some(joined.closed as f64)),
    ("given_up", "count", NEVER, |joined| Some(joined.given_up as f64)),
    ("dropped", "count", NEVER, |joined| Some(joined.dropped as f64)),
    ("undeliverable", "count", None, |joined| {
        Some(joined.undeliverable as f64)
    }),
];
const NEVER: Option<Goal> = Some(Goal::AtMost(0.0));

/// What viewers that join all at once ask for, of the same number in each run.
pub(crate) fn join_figures(runs: &[Joined]) -> Vec<Figure> {
    let viewers = runs.first().map_or(0, |run| run.viewers);
    let figure = |name, unit, goal, value| Figure {
        name: format!("join_{viewers}_{name}"),
        value,
        unit,
        goal,
    };
    let worst = WORST.map(|(name, unit, goal, value)| {
        let most = runs.iter().filter_map(value).reduce(f64::max);
        figure(name, unit, goal, most)
    });
    let medians = MEDIANS.map(|(name, unit, goal, value)| figure(name, unit, goal, middle(runs, value)));
    worst.into_iter().chain(medians).collect()
}

/// The median; a run that never got there is later than all others. `None` where the middle one is such a run.
fn middle(runs: &[Joined], value: Value) -> Option<f64> {
    let values = runs.iter().map(|run| value(run).unwrap_or(f64::INFINITY));
    median(values).filter(|middle| middle.is_finite())
}
