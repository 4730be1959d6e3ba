//! The figures in Prometheus' text format, version 0.0.4. Labels name streams; no label names a peer or an address.

use segment_engine_native::figures::{BOUNDS, Figures, Histogram, ManifestState, SignalingState};
use service::prometheus::Kind::{self, Counter, Gauge};
use service::prometheus::Page;

use super::process::Process;
use super::proxy::Responses;
use super::status::{Seen, State, is_well};
use crate::streams::UploadShares;

/// The running version, as a label.
const VERSION: &str = concat!("version=\"", env!("CARGO_PKG_VERSION"), "\"");

/// A figure of a stream: its labels beside the stream's, and its value.
type Sample = (&'static str, u64);

/// Writes all figures.
pub(super) fn render(
    seen: &[Seen],
    responses: Option<Responses>,
    dropped_datagrams: u64,
    upload: Option<&UploadShares>,
    process: &Process,
) -> String {
    let mut page = StreamPage {
        page: Page::default(),
        streams: seen.iter().filter_map(running).collect(),
    };
    build(&mut page.page);
    let missing = seen.len() - page.streams.len();
    page.single("streams", Gauge, "Streams that run.", page.streams.len() as u64);
    page.single(
        "streams_missing",
        Gauge,
        "Streams that should run and do not.",
        missing as u64,
    );
    states(&mut page);
    bytes(&mut page);
    if let Some(upload) = upload {
        upload_shares(&mut page, upload);
    }
    peers(&mut page);
    page.single(
        "dropped_datagrams_total",
        Counter,
        "Datagrams to a shared UDP port that were for no peer, or too many for theirs.",
        dropped_datagrams,
    );
    store(&mut page);
    cache(&mut page);
    digests(&mut page);
    origin(&mut page);
    if let Some(responses) = responses {
        proxy(&mut page.page, responses);
    }
    process_families(&mut page.page, process);
    page.page.into_text()
}

/// Which version runs.
fn build(page: &mut Page) {
    let name = "fugitive_seeder_build_info";
    page.head(name, Gauge, "1, with the version that runs.");
    page.sample(name, VERSION, 1);
}

fn running(seen: &Seen) -> Option<(&str, &Figures)> {
    match &seen.state {
        State::Running(_, figures) => Some((&seen.name, figures)),
        State::Missing(_) => None,
    }
}

fn states(page: &mut StreamPage<'_>) {
    page.family("healthy", Gauge, "1 where all of a stream is well.", |figures| {
        vec![("", u64::from(is_well(figures)))]
    });
    page.family(
        "manifest_read",
        Gauge,
        "1 where the manifest was read the last time that it was tried.",
        |figures| vec![("", u64::from(figures.manifest == ManifestState::Read))],
    );
    page.family(
        "signaling_joined",
        Gauge,
        "1 where the stream is a member of its swarm at signaling.",
        |figures| vec![("", u64::from(figures.signaling == SignalingState::Joined))],
    );
}

fn bytes(page: &mut StreamPage<'_>) {
    let help = "Bytes of segments received, by source.";
    page.family("received_bytes_total", Counter, help, |figures| {
        let received = &figures.stats.received;
        vec![
            ("source=\"origin\"", received.origin),
            ("source=\"seeder\"", received.seeder),
            ("source=\"peer\"", received.peer),
        ]
    });
    let help = "Bytes of segments sent to peers.";
    page.family("sent_bytes_total", Counter, help, |figures| {
        vec![("", figures.stats.uploaded)]
    });
    let help = "Bytes of segments handed to players by the proxy, by where they had come from.";
    page.family("delivered_bytes_total", Counter, help, |figures| {
        let delivered = &figures.stats.delivered;
        vec![
            ("source=\"origin\"", delivered.origin),
            ("source=\"seeder\"", delivered.seeder),
            ("source=\"peer\"", delivered.peer),
        ]
    });
    let help = "Bytes that came though they were there already, or no longer wanted.";
    page.family("duplicate_bytes_total", Counter, help, |figures| {
        vec![("", figures.stats.duplicate)]
    });
}

/// The limit of all streams and its division, in bytes as all rates that are made of counters of bytes.
fn upload_shares(page: &mut StreamPage<'_>, upload: &UploadShares) {
    let help = "The most that all streams may upload together.";
    let total = upload.total.bytes_per_second();
    page.single("total_upload_limit_bytes_per_second", Gauge, help, total);
    let name = "fugitive_seeder_upload_share_bytes_per_second";
    page.page
        .head(name, Gauge, "What a stream may upload of that now.");
    for (stream, share) in &upload.streams {
        let labels = format!("stream=\"{stream}\"");
        page.page.sample(name, &labels, share.bytes_per_second());
    }
}

fn peers(page: &mut StreamPage<'_>) {
    page.family("peers", Gauge, "Peers that are linked, by role.", |figures| {
        vec![
            ("role=\"viewer\"", figures.stats.peers.into()),
            ("role=\"seeder\"", figures.stats.seeders.into()),
        ]
    });
    let help = "Connections to peers, those that are being made included.";
    page.family("links", Gauge, help, |figures| vec![("", figures.links as u64)]);
    let help =
        "Links that could not be made for want of a port, an address or a file descriptor of this host.";
    page.family("impossible_links_total", Counter, help, |figures| {
        vec![("", figures.impossible_links)]
    });
    let help = "Bytes that wait to be sent to peers: for their turn, and in channels for the network.";
    page.family("upload_queue_bytes", Gauge, help, |figures| {
        vec![
            ("stage=\"turn\"", figures.upload_queue),
            ("stage=\"channel\"", figures.in_channels),
        ]
    });
    let help = "Requests of peers that were refused because the uplink was busy.";
    page.family("refused_total", Counter, help, |figures| {
        vec![("", figures.stats.refused)]
    });
    let help = "Links that were let go because others are worth more.";
    page.family("evicted_total", Counter, help, |figures| {
        vec![("", figures.stats.evicted)]
    });
    let help = "Frames from peers that broke the protocol.";
    page.family("violations_total", Counter, help, |figures| {
        vec![("", figures.stats.violations)]
    });
    let help = "Pieces from peers that were wrong.";
    page.family("corrupt_total", Counter, help, |figures| {
        vec![("", figures.stats.corrupt)]
    });
}

fn store(page: &mut StreamPage<'_>) {
    page.family(
        "store_bytes",
        Gauge,
        "Bytes of segments held in memory.",
        |figures| vec![("", figures.stats.stored_bytes)],
    );
    page.family("store_segments", Gauge, "Segments held in memory.", |figures| {
        vec![("", figures.stats.stored_segments)]
    });
    let help = "Segments of the title that are available now.";
    page.family("available_segments", Gauge, help, |figures| {
        vec![("", figures.available_segments as u64)]
    });
    let help = "Segments that the proxy asked for, by what became of it: from the store at once, awaited, or left to it.";
    page.family("demands_total", Counter, help, |figures| {
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

fn cache(page: &mut StreamPage<'_>) {
    page.family("cache_bytes", Gauge, "Bytes of segments on disk.", |figures| {
        vec![("", figures.stats.shelved_bytes)]
    });
    page.family("cache_segments", Gauge, "Segments on disk.", |figures| {
        vec![("", figures.stats.shelved_segments)]
    });
    let help = "Segments that were read back from disk, and were right.";
    page.family("cache_reads_total", Counter, help, |figures| {
        vec![("", figures.stats.shelf_reads)]
    });
    let help = "Segments that were altered or gone on disk, and are fetched anew.";
    page.family("cache_faults_total", Counter, help, |figures| {
        vec![("", figures.stats.shelf_faults)]
    });
}

fn digests(page: &mut StreamPage<'_>) {
    page.family("digests", Gauge, "Segments whose digest is known.", |figures| {
        vec![("", figures.stats.known_digests)]
    });
    let help = "Segments that were seen, and whose digest is not signed yet.";
    page.family("digests_unsigned", Gauge, help, |figures| {
        vec![("", figures.unsigned as u64)]
    });
    let help = "From a segment's last byte to the signature of its digest; for each batch its oldest.";
    page.histograms("digest_lag_seconds", help, |figures| &figures.digest_lag);
    let help = "How often the chain of signed batches breaks off.";
    page.family("digest_gaps", Gauge, help, |figures| {
        vec![("", figures.stats.digest_gaps.into())]
    });
    let help = "How often the key's owner was seen to contradict itself.";
    page.family("equivocations_total", Counter, help, |figures| {
        vec![("", figures.stats.equivocations.into())]
    });
}

fn origin(page: &mut StreamPage<'_>) {
    let help = "Requests to the origin, manifests included.";
    page.family("origin_requests_total", Counter, help, |figures| {
        vec![("", figures.origin.requests)]
    });
    let help = "Requests to the origin that failed, by why.";
    page.family("origin_failures_total", Counter, help, |figures| {
        let failures = &figures.origin.failures;
        vec![
            ("reason=\"network\"", failures.network),
            ("reason=\"timeout\"", failures.timeout),
            ("reason=\"status_4xx\"", failures.client_status),
            ("reason=\"status_5xx\"", failures.server_status),
        ]
    });
    let help = "Segments that were given up: the origin did not give them, or not in time.";
    page.family("gaps_total", Counter, help, |figures| {
        vec![("", figures.stats.gaps)]
    });
    let help = "From a request to the origin to the head of its response.";
    page.histograms("origin_latency_seconds", help, |figures| &figures.origin.latency);
}

fn proxy(page: &mut Page, responses: Responses) {
    let samples = [
        ("outcome=\"segment\"", responses.segments),
        ("outcome=\"manifest\"", responses.manifests),
        ("outcome=\"passed\"", responses.passed),
        ("outcome=\"failed\"", responses.failed),
        ("outcome=\"refused\"", responses.refused),
    ];
    let help = "Responses of the proxy: segments, manifests, other files passed through, failures of the origin, requests refused.";
    page.head("fugitive_seeder_proxy_responses_total", Counter, help);
    for (labels, value) in samples {
        page.sample("fugitive_seeder_proxy_responses_total", labels, value);
    }
}

/// Figures of the process go by the names that Prometheus' client libraries give them.
fn process_families(page: &mut Page, process: &Process) {
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
            page.head(name, Gauge, help);
            page.sample(name, "", value);
        }
    }
}

/// A page whose figures are of each stream.
struct StreamPage<'a> {
    page: Page,
    streams: Vec<(&'a str, &'a Figures)>,
}

impl StreamPage<'_> {
    /// A figure of the whole process.
    fn single(&mut self, name: &str, kind: Kind, help: &str, value: u64) {
        let name = format!("fugitive_seeder_{name}");
        self.page.head(&name, kind, help);
        self.page.sample(&name, "", value);
    }

    /// A figure of each stream.
    fn family(&mut self, name: &str, kind: Kind, help: &str, samples: impl Fn(&Figures) -> Vec<Sample>) {
        let name = format!("fugitive_seeder_{name}");
        self.page.head(&name, kind, help);
        for (stream, figures) in &self.streams {
            for (label, value) in samples(figures) {
                let comma = if label.is_empty() { "" } else { "," };
                self.page
                    .sample(&name, &format!("stream=\"{stream}\"{comma}{label}"), value);
            }
        }
    }

    /// A histogram of each stream.
    fn histograms(&mut self, name: &str, help: &str, histogram: impl Fn(&Figures) -> &Histogram) {
        let name = format!("fugitive_seeder_{name}");
        self.page.head(&name, Kind::Histogram, help);
        let bucket = format!("{name}_bucket");
        for (stream, figures) in &self.streams {
            let histogram = histogram(figures);
            for (bound, count) in BOUNDS.iter().zip(histogram.cumulative()) {
                self.page
                    .sample(&bucket, &format!("stream=\"{stream}\",le=\"{bound}\""), count);
            }
            let count = histogram.count();
            self.page
                .sample(&bucket, &format!("stream=\"{stream}\",le=\"+Inf\""), count);
            let labels = format!("stream=\"{stream}\"");
            let sum = histogram.sum().as_secs_f64();
            self.page.sample(&format!("{name}_sum"), &labels, sum);
            self.page.sample(&format!("{name}_count"), &labels, count);
        }
    }
}
