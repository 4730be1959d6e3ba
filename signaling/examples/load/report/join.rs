//! What viewers that join one swarm on two nodes have shown, and what was asked for.

use super::{Figure, Goal, millis};
use crate::join::{Joined, PATIENCE};

/// So much memory a node may take for each of its viewers at most while they join, in KiB: the 12 that an idle connection
/// may, 4 for sixteen pairings with the peers' ids, and 16 for a frame of the largest size, which is read as a whole
/// before it goes on into queues.
const JOIN_KIB: f64 = 32.0;

/// What viewers that join all at once ask for.
pub(crate) fn join_figures(joined: &Joined) -> Vec<Figure> {
    let figure = |name: &str, value, unit, goal| Figure {
        name: format!("join_{}_{name}", joined.viewers),
        value,
        unit,
        goal,
    };
    let viewers = joined.viewers as f64;
    vec![
        figure(
            "paired_in_time",
            Some(joined.in_time as f64 / viewers * 100.0),
            "%",
            Some(Goal::AtLeast(100.0)),
        ),
        figure(
            "all_paired_after",
            joined.all_after.map(|after| after.as_secs_f64()),
            "s",
            Some(Goal::AtMost(PATIENCE.as_secs_f64())),
        ),
        figure(
            "closed",
            Some(joined.closed as f64),
            "count",
            Some(Goal::AtMost(0.0)),
        ),
        figure(
            "dropped",
            Some(joined.dropped as f64),
            "count",
            Some(Goal::AtMost(0.0)),
        ),
        figure("undeliverable", Some(joined.undeliverable as f64), "count", None),
        figure(
            "memory_per_viewer",
            Some(joined.kib),
            "KiB",
            Some(Goal::AtMost(JOIN_KIB)),
        ),
        figure("memory_of_a_node", Some(joined.mib), "MiB", None),
        figure("wait_p50", Some(millis(joined.p50)), "ms", None),
        figure("wait_p99", Some(millis(joined.p99)), "ms", None),
        figure("links", Some(joined.links as f64), "count", None),
        figure(
            "links_across_nodes",
            Some(joined.across as f64 / joined.links.max(1) as f64 * 100.0),
            "%",
            None,
        ),
        figure("servers_cpu", Some(joined.servers.as_secs_f64()), "s", None),
        figure("client_cpu", Some(joined.client.as_secs_f64()), "s", None),
    ]
}
