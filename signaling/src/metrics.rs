//! The figures in Prometheus' text format, version 0.0.4. No label names a peer, a swarm or an address.

use std::fmt::Write;

use crate::hub::HubStats;

/// The content type of `/metrics`.
pub(crate) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes all figures.
pub(crate) fn render(stats: &HubStats) -> String {
    let (rooms, announcers) = (&stats.rooms, &stats.announcers);
    let mut page = Page::default();
    build(&mut page);
    page.family(
        "connections",
        "gauge",
        "Open connections.",
        &[("", stats.connections)],
    );
    page.family(
        "pending",
        "gauge",
        "Connections whose request has not come yet.",
        &[("", stats.pending)],
    );
    page.family("swarms", "gauge", "Swarms with a member.", &[("", stats.swarms)]);
    page.family(
        "announced_swarms",
        "gauge",
        "Info hashes with a member of trackers' protocol.",
        &[("", stats.announced_swarms)],
    );
    page.family(
        "peers",
        "gauge",
        "Members of all swarms.",
        &[("", rooms.peers + announcers.members)],
    );
    page.family("pairs", "gauge", "Pairings that are held.", &[("", rooms.pairs)]);
    page.family("joins_total", "counter", "Joins.", &[("", rooms.joins)]);
    page.family(
        "introductions_total",
        "counter",
        "Pairings made.",
        &[("", rooms.introductions)],
    );
    let relayed = [
        ("{kind=\"offer\"}", rooms.offers),
        ("{kind=\"answer\"}", rooms.answers),
        ("{kind=\"candidate\"}", rooms.candidates),
    ];
    page.family(
        "relayed_total",
        "counter",
        "Signals carried between peers.",
        &relayed,
    );
    let help = "Signals whose addressee was gone or not paired.";
    page.family(
        "undeliverable_total",
        "counter",
        help,
        &[("", rooms.undeliverable)],
    );
    page.family(
        "rooms",
        "gauge",
        "Rooms with a member: a large swarm has several.",
        &[("", rooms.swarms + announcers.rooms)],
    );
    page.family(
        "dropped_total",
        "counter",
        "Signals that found no room in the queue of a slow connection.",
        &[("", stats.dropped)],
    );
    page.family(
        "filtered_candidates_total",
        "counter",
        "Candidates that were not carried, for their addresses.",
        &[("", rooms.filtered + announcers.filtered)],
    );
    cluster(&mut page, stats);
    tracker_families(&mut page, stats);
    refused_family(&mut page, stats);
    page.0
}

/// Which version runs.
fn build(page: &mut Page) {
    let version = concat!("{version=\"", env!("CARGO_PKG_VERSION"), "\"}");
    page.family(
        "build_info",
        "gauge",
        "1, with the version that runs.",
        &[(version, 1)],
    );
}

/// What was refused, by reason.
fn refused_family(page: &mut Page, stats: &HubStats) {
    let refused = &stats.rooms.refused;
    let reasons = [
        ("{reason=\"malformed\"}", refused.malformed),
        ("{reason=\"too_large\"}", refused.too_large),
        ("{reason=\"version\"}", refused.version),
        ("{reason=\"out_of_range\"}", refused.out_of_range),
        ("{reason=\"not_joined\"}", refused.not_joined),
        ("{reason=\"rate_limited\"}", refused.rate_limited),
        ("{reason=\"full_server\"}", refused.full_server),
        ("{reason=\"full_address\"}", refused.full_address),
        ("{reason=\"full_swarm\"}", refused.full_swarm),
        ("{reason=\"replaced\"}", refused.replaced),
        ("{reason=\"full_pending\"}", refused.full_pending),
        ("{reason=\"request_timeout\"}", refused.request_timeout),
        ("{reason=\"tls\"}", stats.broken_handshakes),
        ("{reason=\"join_timeout\"}", refused.join_timeout),
        ("{reason=\"silent\"}", refused.silent),
        ("{reason=\"full_token\"}", refused.full_token),
        ("{reason=\"forbidden\"}", refused.forbidden),
        ("{reason=\"origin\"}", refused.origin),
        ("{reason=\"description\"}", refused.description),
        ("{reason=\"peer_id\"}", stats.announcers.refused_names),
        ("{reason=\"slow\"}", stats.evicted),
    ];
    page.family(
        "refused_total",
        "counter",
        "Messages and connections refused.",
        &reasons,
    );
}

fn cluster(page: &mut Page, stats: &HubStats) {
    let (cluster, bus) = (&stats.cluster.cluster, &stats.cluster.bus);
    page.family(
        "cluster_nodes",
        "gauge",
        "Other servers that are heard of.",
        &[("", cluster.nodes)],
    );
    let packets = [
        ("{outcome=\"published\"}", cluster.published),
        ("{outcome=\"received\"}", cluster.received),
        ("{outcome=\"stale\"}", cluster.dropped_stale),
        ("{outcome=\"malformed\"}", cluster.malformed),
        ("{outcome=\"forged\"}", cluster.forged),
        ("{outcome=\"misdirected\"}", cluster.misdirected),
        ("{outcome=\"undeliverable\"}", cluster.undeliverable),
        ("{outcome=\"away\"}", bus.away),
        ("{outcome=\"overflow\"}", bus.overflow),
    ];
    page.family(
        "cluster_packets_total",
        "counter",
        "Packets between servers.",
        &packets,
    );
    let seeks = [
        ("{outcome=\"asked\"}", cluster.seeks),
        ("{outcome=\"found\"}", cluster.found),
        ("{outcome=\"unfound\"}", cluster.unfound),
    ];
    page.family(
        "cluster_seeks_total",
        "counter",
        "Searches for peers on other servers.",
        &seeks,
    );
}

/// The figures of trackers' protocol alone.
fn tracker_families(page: &mut Page, stats: &HubStats) {
    let announcers = &stats.announcers;
    page.family(
        "announces_total",
        "counter",
        "Announces of trackers' protocol.",
        &[("", announcers.announces)],
    );
    let relayed = [
        ("{kind=\"offer\"}", announcers.offers),
        ("{kind=\"answer\"}", announcers.answers),
    ];
    page.family(
        "announced_relayed_total",
        "counter",
        "Offers and answers of trackers' protocol carried between peers.",
        &relayed,
    );
    page.family(
        "unasked_total",
        "counter",
        "Answers of trackers' protocol to no open offer, which were not carried.",
        &[("", announcers.unasked)],
    );
    page.family(
        "lapsed_total",
        "counter",
        "Members by trackers' protocol that were silent for too long.",
        &[("", announcers.lapsed)],
    );
    page.family(
        "scrapes_total",
        "counter",
        "Scrapes of trackers' protocol that were answered.",
        &[("", stats.scrapes)],
    );
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str, samples: &[(&str, u64)]) {
        let name = format!("fugitive_signaling_{name}");
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in samples {
            let _ = writeln!(self.0, "{name}{labels} {value}");
        }
    }
}
