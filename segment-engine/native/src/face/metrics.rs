//! The figures in Prometheus' text format, version 0.0.4. Labels name streams; no label names a peer or an address.

use std::fmt::{Display, Write};

use segment_engine_native::figures::{BOUNDS, Figures, Histogram, ManifestState, SignalingState};

use super::process::Process;
use super::proxy::Responses;
use super::status::{Seen, State, is_well};

/// The `Content-Type` of `/metrics`.
pub(super) const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The running version, as a label.
const VERSION: &str = concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"");

/// A figure of a stream: its labels beside the stream's, and its value.
type Sample = (&'static str, u64);

/// Writes all figures.
pub(super) fn render(
    seen: &[Seen],
    responses: Option<Responses>,
    dropped_datagrams: u64,
    process: &Process,
) -> String {
    let mut page = Page {
        text: String::new(),
        streams: seen.iter().filter_map(running).collect(),
    };
    page.head(
        "fugitive_seeder_build_info",
        "gauge",
        "1, with the version that runs.",
    );
    page.line("fugitive_seeder_build_info", VERSION, 1);
    let missing = seen.len() - page.streams.len();
    page.single("streams", "gauge", "Streams that run.", page.streams.len() as u64);
    page.single(
        "streams_missing",
        "gauge",
        "Streams that should run and do not.",
        missing as u64,
    );
    states(&mut page);
    bytes(&mut page);
    peers(&mut page);
    page.single(
        "dropped_datagrams_total",
        "counter",
        "Datagrams to a shared UDP port that were for no peer, or too many for theirs.",
        dropped_datagrams,
    );
    store(&mut page);
    cache(&mut page);
    digests(&mut page);
    origin(&mut page);
    if let Some(responses) = responses {
        proxy(&mut page, responses);
    }
    process_families(&mut page, process);
    page.text
}

fn running(seen: &Seen) -> Option<(&str, &Figures)> {
    match &seen.state {
        State::Running(_, figures) => Some((&seen.name, figures)),
        State::Missing(_) => None,
    }
}

fn states(page: &mut Page<'_>) {
    page.family(
        "healthy",
        "gauge",
        "1 where all of a stream is well.",
        |figures| vec![("", u64::from(is_well(figures)))],
    );
    page.family(
        "manifest_read",
        "gauge",
        "1 where the manifest was read the last time that it was tried.",
        |figures| vec![("", u64::from(figures.manifest == ManifestState::Read))],
    );
    page.family(
        "signaling_joined",
        "gauge",
        "1 where the stream is a member of its swarm at signaling.",
        |figures| vec![("", u64::from(figures.signaling == SignalingState::Joined))],
    );
}

fn bytes(page: &mut Page<'_>) {
    let help = "Bytes of segments received, by source.";
    page.family("received_bytes_total", "counter", help, |figures| {
        let received = &figures.stats.received;
        vec![
            ("source=\"origin\"", received.origin),
            ("source=\"seeder\"", received.seeder),
            ("source=\"peer\"", received.peer),
        ]
    });
    let help = "Bytes of segments sent to peers.";
    page.family("sent_bytes_total", "counter", help, |figures| {
        vec![("", figures.stats.uploaded)]
    });
    let help = "Bytes of segments handed to players by the proxy, by where they had come from.";
    page.family("delivered_bytes_total", "counter", help, |figures| {
        let delivered = &figures.stats.delivered;
        vec![
            ("source=\"origin\"", delivered.origin),
            ("source=\"seeder\"", delivered.seeder),
            ("source=\"peer\"", delivered.peer),
        ]
    });
    let help = "Bytes that came though they were there already, or no longer wanted.";
    page.family("duplicate_bytes_total", "counter", help, |figures| {
        vec![("", figures.stats.duplicate)]
    });
}

fn peers(page: &mut Page<'_>) {
    page.family("peers", "gauge", "Peers that are linked, by role.", |figures| {
        vec![
            ("role=\"viewer\"", figures.stats.peers.into()),
            ("role=\"seeder\"", figures.stats.seeders.into()),
        ]
    });
    let help = "Connections to peers, those that are being made included.";
    page.family("links", "gauge", help, |figures| vec![("", figures.links as u64)]);
    let help =
        "Links that could not be made for want of a port, an address or a file descriptor of this host.";
    page.family("impossible_links_total", "counter", help, |figures| {
        vec![("", figures.impossible_links)]
    });
    let help = "Bytes that wait to be sent to peers: for their turn, and in channels for the network.";
    page.family("upload_queue_bytes", "gauge", help, |figures| {
        vec![
            ("stage=\"turn\"", figures.upload_queue),
            ("stage=\"channel\"", figures.in_channels),
        ]
    });
    let help = "Requests of peers that were refused because the uplink was busy.";
    page.family("refused_total", "counter", help, |figures| {
        vec![("", figures.stats.refused)]
    });
    let help = "Links that were let go because others are worth more.";
    page.family("evicted_total", "counter", help, |figures| {
        vec![("", figures.stats.evicted)]
    });
    let help = "Frames from peers that broke the protocol.";
    page.family("violations_total", "counter", help, |figures| {
        vec![("", figures.stats.violations)]
    });
    let help = "Pieces from peers that were wrong.";
    page.family("corrupt_total", "counter", help, |figures| {
        vec![("", figures.stats.corrupt)]
    });
}

fn store(page: &mut Page<'_>) {
    page.family(
        "store_bytes",
        "gauge",
        "Bytes of segments held in memory.",
        |figures| vec![("", figures.stats.stored_bytes)],
    );
    page.family("store_segments", "gauge", "Segments held in memory.", |figures| {
        vec![("", figures.stats.stored_segments)]
    });
    let help = "Segments of the title that are available now.";
    page.family("available_segments", "gauge", help, |figures| {
        vec![("", figures.available_segments as u64)]
    });
    let help = "Segments that the proxy asked for, by what became of it: from the store at once, awaited, or left to it.";
    page.family("demands_total", "counter", help, |figures| {
        let stats = &figures.stats;
        let awaited = stats
            .demands
            .saturating_sub(stats.hits)
            .saturating_sub(stats.declined);
        vec![
            ("outcome=\"hit\"", stats.hits),
            ("outcome=\"awaited\"", awaited),
            ("outcome=\"declined\"", stats.declined),
        ]
    });
}

fn cache(page: &mut Page<'_>) {
    page.family("cache_bytes", "gauge", "Bytes of segments on disk.", |figures| {
        vec![("", figures.stats.shelved_bytes)]
    });
    page.family("cache_segments", "gauge", "Segments on disk.", |figures| {
        vec![("", figures.stats.shelved_segments)]
    });
    let help = "Segments that were read back from disk, and were right.";
    page.family("cache_reads_total", "counter", help, |figures| {
        vec![("", figures.stats.shelf_reads)]
    });
    let help = "Segments that were altered or gone on disk, and are fetched anew.";
    page.family("cache_faults_total", "counter", help, |figures| {
        vec![("", figures.stats.shelf_faults)]
    });
}

fn digests(page: &mut Page<'_>) {
    page.family("digests", "gauge", "Segments whose digest is known.", |figures| {
        vec![("", figures.stats.known_digests)]
    });
    let help = "Segments that were seen, and whose digest is not signed yet.";
    page.family("digests_unsigned", "gauge", help, |figures| {
        vec![("", figures.unsigned as u64)]
    });
    let help = "From a segment's last byte to the signature of its digest; for each batch its oldest.";
    page.histograms("digest_lag_seconds", help, |figures| &figures.digest_lag);
    let help = "How often the chain of signed batches breaks off.";
    page.family("digest_gaps", "gauge", help, |figures| {
        vec![("", figures.stats.digest_gaps.into())]
    });
    let help = "How often the key's owner was seen to contradict itself.";
    page.family("equivocations_total", "counter", help, |figures| {
        vec![("", figures.stats.equivocations.into())]
    });
}

fn origin(page: &mut Page<'_>) {
    let help = "Requests to the origin, manifests included.";
    page.family("origin_requests_total", "counter", help, |figures| {
        vec![("", figures.origin.requests)]
    });
    let help = "Requests to the origin that failed, by why.";
    page.family("origin_failures_total", "counter", help, |figures| {
        let failures = &figures.origin.failures;
        vec![
            ("reason=\"network\"", failures.network),
            ("reason=\"timeout\"", failures.timeout),
            ("reason=\"status_4xx\"", failures.client_status),
            ("reason=\"status_5xx\"", failures.server_status),
        ]
    });
    let help = "From a request to the origin to the head of its response.";
    page.histograms("origin_latency_seconds", help, |figures| &figures.origin.latency);
}

fn proxy(page: &mut Page<'_>, responses: Responses) {
    let samples = [
        ("outcome=\"segment\"", responses.segments),
        ("outcome=\"manifest\"", responses.manifests),
        ("outcome=\"passed\"", responses.passed),
        ("outcome=\"failed\"", responses.failed),
        ("outcome=\"refused\"", responses.refused),
    ];
    let help = "Responses of the proxy: segments, manifests, other files passed through, failures of the origin, requests refused.";
    page.head("fugitive_seeder_proxy_responses_total", "counter", help);
    for (labels, value) in samples {
        page.line("fugitive_seeder_proxy_responses_total", labels, value);
    }
}

/// Figures of the process go by the names that Prometheus' client libraries give them.
fn process_families(page: &mut Page<'_>, process: &Process) {
    let families = [
        (
            "process_resident_memory_bytes",
            "Bytes in memory.",
            process.resident,
        ),
        ("process_open_fds", "Open files and sockets.", process.open_files),
        (
            "process_max_fds",
            "How many of them there may be.",
            process.max_files,
        ),
    ];
    for (name, help, value) in families {
        if let Some(value) = value {
            page.head(name, "gauge", help);
            page.line(name, "", value);
        }
    }
}

struct Page<'a> {
    text: String,
    streams: Vec<(&'a str, &'a Figures)>,
}

impl Page<'_> {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        let _ = match labels {
            "" => writeln!(self.text, "{name} {value}"),
            labels => writeln!(self.text, "{name}{{{labels}}} {value}"),
        };
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        let name = format!("fugitive_seeder_{name}");
        self.head(&name, kind, help);
        self.line(&name, "", value);
    }

    /// A figure of each stream.
    fn family(&mut self, name: &str, kind: &str, help: &str, samples: impl Fn(&Figures) -> Vec<Sample>) {
        let name = format!("fugitive_seeder_{name}");
        self.head(&name, kind, help);
        for (stream, figures) in self.streams.clone() {
            for (label, value) in samples(figures) {
                let comma = if label.is_empty() { "" } else { "," };
                self.line(&name, &format!("stream=\"{stream}\"{comma}{label}"), value);
            }
        }
    }

    /// A histogram of each stream.
    fn histograms(&mut self, name: &str, help: &str, histogram: impl Fn(&Figures) -> &Histogram) {
        let name = format!("fugitive_seeder_{name}");
        self.head(&name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (stream, figures) in self.streams.clone() {
            let histogram = histogram(figures);
            for (bound, count) in BOUNDS.iter().zip(histogram.cumulative()) {
                self.line(&bucket, &format!("stream=\"{stream}\",le=\"{bound}\""), count);
            }
            let count = histogram.count();
            self.line(&bucket, &format!("stream=\"{stream}\",le=\"+Inf\""), count);
            let labels = format!("stream=\"{stream}\"");
            self.line(&format!("{name}_sum"), &labels, histogram.sum().as_secs_f64());
            self.line(&format!("{name}_count"), &labels, count);
        }
    }
}
