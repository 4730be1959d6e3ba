//! The figures in Prometheus' text format, version 0.0.4. No label names a peer, a swarm or an address.

use service::prometheus::Kind::{self, Counter, Gauge};
use service::prometheus::Page;

use crate::hub::HubStats;

/// A figure without labels: its name, its help text, its value.
type Single = (&'static str, &'static str, u64);

/// Writes all figures.
pub(crate) fn render(stats: &HubStats) -> String {
    let mut page = Page::default();
    let version = concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"");
    let help = "1, with the version that runs.";
    family(&mut page, "build_info", Gauge, help, &[(version, 1)]);
    singles(&mut page, Gauge, &present(stats));
    singles(&mut page, Counter, &since_start(stats));
    relayed_families(&mut page, stats);
    cluster(&mut page, stats);
    singles(&mut page, Counter, &tracker(stats));
    refused_family(&mut page, stats);
    page.into_text()
}

/// What there is now.
fn present(stats: &HubStats) -> [Single; 8] {
    let (rooms, announcers) = (&stats.rooms, &stats.announcers);
    [
        ("connections", "Open connections.", stats.connections),
        (
            "pending",
            "Connections whose request has not come yet.",
            stats.pending,
        ),
        ("swarms", "Swarms with a member.", stats.swarms),
        (
            "announced_swarms",
            "Info hashes with a member of trackers' protocol.",
            stats.announced_swarms,
        ),
        (
            "rooms",
            "Rooms with a member: a large swarm has several.",
            rooms.swarms + announcers.rooms,
        ),
        (
            "peers",
            "Members of all swarms.",
            rooms.peers + announcers.members,
        ),
        ("pairs", "Pairings that are held.", rooms.pairs),
        (
            "share_percent",
            "How many of a hundred viewers may take part.",
            stats.share,
        ),
    ]
}

/// What there was since the start.
fn since_start(stats: &HubStats) -> [Single; 5] {
    let (rooms, announcers) = (&stats.rooms, &stats.announcers);
    [
        ("joins_total", "Joins.", rooms.joins),
        ("introductions_total", "Pairings made.", rooms.introductions),
        (
            "undeliverable_total",
            "Signals whose addressee was gone or not paired.",
            rooms.undeliverable,
        ),
        (
            "dropped_total",
            "Signals that found no room in the queue of a slow connection.",
            stats.dropped,
        ),
        (
            "filtered_candidates_total",
            "Candidates that were not carried, for their addresses.",
            rooms.filtered + announcers.filtered,
        ),
    ]
}

fn relayed_families(page: &mut Page, stats: &HubStats) {
    let (rooms, announcers) = (&stats.rooms, &stats.announcers);
    let relayed = [
        ("kind=\"offer\"", rooms.offers),
        ("kind=\"answer\"", rooms.answers),
        ("kind=\"candidate\"", rooms.candidates),
    ];
    let help = "Signals carried between peers.";
    family(page, "relayed_total", Counter, help, &relayed);
    let relayed = [
        ("kind=\"offer\"", announcers.offers),
        ("kind=\"answer\"", announcers.answers),
    ];
    let help = "Offers and answers of trackers' protocol carried between peers.";
    family(page, "announced_relayed_total", Counter, help, &relayed);
}

/// What was refused, by reason.
fn refused_family(page: &mut Page, stats: &HubStats) {
    let refused = &stats.rooms.refused;
    let reasons = [
        ("reason=\"malformed\"", refused.malformed),
        ("reason=\"too_large\"", refused.too_large),
        ("reason=\"version\"", refused.version),
        ("reason=\"out_of_range\"", refused.out_of_range),
        ("reason=\"not_joined\"", refused.not_joined),
        ("reason=\"rate_limited\"", refused.rate_limited),
        ("reason=\"full_server\"", refused.full_server),
        ("reason=\"full_address\"", refused.full_address),
        ("reason=\"full_swarm\"", refused.full_swarm),
        ("reason=\"replaced\"", refused.replaced),
        ("reason=\"full_pending\"", refused.full_pending),
        ("reason=\"request_timeout\"", refused.request_timeout),
        ("reason=\"tls\"", stats.broken_handshakes),
        ("reason=\"join_timeout\"", refused.join_timeout),
        ("reason=\"silent\"", refused.silent),
        ("reason=\"full_token\"", refused.full_token),
        ("reason=\"forbidden\"", refused.forbidden),
        ("reason=\"origin\"", refused.origin),
        ("reason=\"description\"", refused.description),
        ("reason=\"switched_off\"", refused.switched_off),
        ("reason=\"peer_id\"", stats.announcers.refused_names),
        ("reason=\"slow\"", stats.evicted),
    ];
    family(
        page,
        "refused_total",
        Counter,
        "Messages and connections refused.",
        &reasons,
    );
}

fn cluster(page: &mut Page, stats: &HubStats) {
    let (cluster, bus) = (&stats.cluster.cluster, &stats.cluster.bus);
    family(
        page,
        "cluster_nodes",
        Gauge,
        "Other servers that are heard of.",
        &[("", cluster.nodes)],
    );
    let packets = [
        ("outcome=\"published\"", cluster.published),
        ("outcome=\"received\"", cluster.received),
        ("outcome=\"stale\"", cluster.dropped_stale),
        ("outcome=\"malformed\"", cluster.malformed),
        ("outcome=\"forged\"", cluster.forged),
        ("outcome=\"misdirected\"", cluster.misdirected),
        ("outcome=\"undeliverable\"", cluster.undeliverable),
        ("outcome=\"away\"", bus.away),
        ("outcome=\"overflow\"", bus.overflow),
    ];
    family(
        page,
        "cluster_packets_total",
        Counter,
        "Packets between servers.",
        &packets,
    );
    let seeks = [
        ("outcome=\"asked\"", cluster.seeks),
        ("outcome=\"found\"", cluster.found),
        ("outcome=\"unfound\"", cluster.unfound),
    ];
    family(
        page,
        "cluster_seeks_total",
        Counter,
        "Searches for peers on other servers.",
        &seeks,
    );
}

/// The figures of trackers' protocol alone.
fn tracker(stats: &HubStats) -> [Single; 4] {
    let announcers = &stats.announcers;
    [
        (
            "announces_total",
            "Announces of trackers' protocol.",
            announcers.announces,
        ),
        (
            "unasked_total",
            "Answers of trackers' protocol to no open offer, which were not carried.",
            announcers.unasked,
        ),
        (
            "lapsed_total",
            "Members by trackers' protocol that were silent for too long.",
            announcers.lapsed,
        ),
        (
            "scrapes_total",
            "Scrapes of trackers' protocol that were answered.",
            stats.scrapes,
        ),
    ]
}

fn singles(page: &mut Page, kind: Kind, figures: &[Single]) {
    for (name, help, value) in figures {
        family(page, name, kind, help, &[("", *value)]);
    }
}

/// Adds a figure, with its samples by their labels.
fn family(page: &mut Page, name: &str, kind: Kind, help: &str, samples: &[(&str, u64)]) {
    let name = format!("fugitive_signaling_{name}");
    page.head(&name, kind, help);
    for (labels, value) in samples {
        page.sample(&name, labels, value);
    }
}
