//! The command line of fugitive-seeder: flags, and the help that teaches them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use service::log::LogFormat;

use crate::inspect::InspectArgs;

const EXAMPLES: &str = "\
Examples:
  Seed a film for the viewers who meet at a signaling server:
    fugitive-seeder --manifest https://origin.example/film/manifest.mpd --swarm cdn.example/film/manifest.mpd \\
      --signaling wss://signal.example/v1/ws
  The swarm is the pages': host and path of the manifest's URL as they have it. It may be left out where the
  seeder has the same.

  The same from a file, with more memory than the file says:
    fugitive-seeder --config seeder.toml --store-mib 2048

  See what a start would use, as a file to begin with:
    fugitive-seeder --manifest https://origin.example/film/manifest.mpd --swarm cdn.example/film/manifest.mpd \\
      --signaling wss://signal.example/v1/ws --print-config > seeder.toml

  See what it reads out of a manifest:
    fugitive-seeder inspect https://origin.example/film/manifest.mpd

  Seed several streams in one process; the memory of store_mib is shared out among them:
    store_mib = 4096                          # seeder.toml
    signaling = \"wss://signal.example/v1/ws\"
    http = \"127.0.0.1:8042\"
    [[stream]]
    name = \"news\"
    manifest = \"https://origin.example/news/live.mpd\"
    swarm = \"cdn.example/news/live.mpd\"
    [[stream]]
    name = \"film\"
    manifest = \"https://origin.example/film/manifest.mpd\"
    swarm = \"cdn.example/film/manifest.mpd\"
    max_peers = 64

  Check a file, and what it needs of this machine, before a start; check only the file, before a running seeder is
  told to read it again:
    fugitive-seeder --config seeder.toml --check
    fugitive-seeder --config seeder.toml --print-config > /dev/null && kill -HUP $(pidof fugitive-seeder)

  Look at a running seeder, where the file or a flag says http = \"127.0.0.1:8042\":
    curl http://127.0.0.1:8042/readyz
    curl http://127.0.0.1:8042/metrics
    curl http://127.0.0.1:8042/v1/streams

  Serve players without WebRTC from the same box, with news under http://127.0.0.1:8042/news/live.mpd:
    fugitive-seeder --config seeder.toml --proxy

  Sign a film before a seeder takes it in by --digests; see `fugitive-seeder sign --help`:
    fugitive-seeder sign /srv/film --base-url https://cdn.example/film/

The first start makes the key file. The line `public-key <hex>` on standard output is what the page is given as its
digest key: viewers play nothing from a peer that this key did not sign for. Logs go to standard error; RUST_LOG sets
what they tell, e.g. RUST_LOG=segment_engine_native=debug.

SIGHUP has it read the file of --config again: new streams start, those that are gone are drained, those that changed
start anew, the rest go on; a file that cannot be used changes nothing. SIGTERM and Ctrl-C stop it in good order: what
is queued for peers is sent, for drain_ms (5 s) at most. A second one stops it at once.

Exit codes: 0 stopped when asked; 1 failed at run time, or cut short; 2 a flag or a setting cannot be used.";

/// Feeds the viewers of a stream: fetches each segment from the origin once, signs what it found, and serves
/// peers over WebRTC.
#[derive(Debug, Parser)]
#[command(
    name = "fugitive-seeder",
    version,
    after_help = EXAMPLES,
    max_term_width = 110,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) seed: SeedArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What it does instead of seeding.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print what is read out of a manifest: each representation's segments with URL, byte range, start, duration
    Inspect(InspectArgs),
    /// Sign the segments of a film in a folder, into sidecars beside its manifests; or a site's files, into a list
    Sign(SignArgs),
}

/// The flags of seeding.
#[allow(
    rustdoc::broken_intra_doc_links,
    reason = "help texts are read as they are, on a terminal: brackets are no links there"
)]
#[derive(Debug, Clone, Args)]
pub(crate) struct SeedArgs {
    /// The manifest to follow: an absolute http or https URL of an MPD or M3U8, or of a site's list of files that `sign
    /// --files` made with this key. Several streams go into the file of --config, as [[stream]] tables
    #[arg(long, value_name = "URL")]
    pub(crate) manifest: Option<String>,

    /// The signaling server's WebSocket: a ws or wss URL, with its path
    #[arg(long, value_name = "URL")]
    pub(crate) signaling: Option<String>,

    /// The swarm's id; must be the one that the page uses [default: host and path of --manifest's URL, by the rule of
    /// pages, and right only where they have that URL; beyond 128 bytes the first 100 and a hash]
    #[arg(long, value_name = "ID")]
    pub(crate) swarm: Option<String>,

    /// The file of the signing key; made on first start [default: fugitive-seeder.key]
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// A further public key, 64 hexadecimal digits, whose digests are taken and passed on, as those of a seeder beside this one
    /// while the stream goes over to another key; may be given up to three times. What it signed is signed with the own key
    /// as well [default: none]
    #[arg(long, value_name = "HEX")]
    pub(crate) accept_key: Vec<String>,

    /// The file of the join token, where signaling asks for one; read anew whenever signaling refuses, so write a
    /// fresh one into it before the old one ends
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// The CDN's point of presence that this is near, as the pages see it: signaling introduces those of one first
    #[arg(long, value_name = "NAME")]
    pub(crate) pop: Option<String>,

    /// A sidecar of digests to take in besides, by its URL: what another seeder or `sign` has signed with the same key
    #[arg(long, value_name = "URL")]
    pub(crate) digests: Option<String>,

    /// A TOML file of settings; flags win over it
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,

    /// Memory for segments, in MiB; of several streams, for all of them [default: 512]
    #[arg(long, value_name = "N")]
    pub(crate) store_mib: Option<u64>,

    /// A folder that keeps segments on disk, beyond what memory holds and for the next start, which then fetches
    /// nothing again that is there; made where it is not there, for one process alone. A disk that is full or
    /// fails is done without. Delete it to have everything fetched anew [default: none, memory alone]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) cache_dir: Option<PathBuf>,

    /// Room for segments in the folder of --cache-dir, in MiB, 64 at least; what was of use longest ago goes first
    /// [default: 10240]
    #[arg(long, value_name = "N")]
    pub(crate) cache_mib: Option<u64>,

    /// A rendition to seed, by the id that the manifest gives it or by its bandwidth in bit/s; may be given several times.
    /// `all`, or `wanted` for those that viewers hold or ask for: spares the origin the others [default: all]
    #[arg(long, value_name = "NAME")]
    pub(crate) rendition: Vec<String>,

    /// How much of a film is fetched before anybody asks: `all`, `nothing`, a share like 25%, or a length like 600s; the
    /// rest is fetched where viewers play. What was not fetched is not signed, and viewers cannot share it [default: all]
    #[arg(long, value_name = "SHARE")]
    pub(crate) prewarm: Option<String>,

    /// A header for the origin, NAME=env:VARIABLE or NAME=file:PATH; may be given several times. Sent to the manifest's
    /// host and to no other
    #[arg(long, value_name = "NAME=WHERE")]
    pub(crate) origin_header: Vec<String>,

    /// A query parameter for the origin, like --origin-header; viewers never see it
    #[arg(long, value_name = "NAME=WHERE")]
    pub(crate) origin_query: Vec<String>,

    /// How many peers are served at once; of several streams, for each [default: 256]
    #[arg(long, value_name = "N")]
    pub(crate) max_peers: Option<u32>,

    /// The most that is uploaded to all peers together, in Mbit/s, whatever the line carries; of several streams, for
    /// each. Whom others can serve is refused first [default: no limit]
    #[arg(long, value_name = "N")]
    pub(crate) upload_mbit: Option<u64>,

    /// The most that is uploaded to one peer, in Mbit/s: lower spreads the uplink over more peers [default: no limit]
    #[arg(long, value_name = "N")]
    pub(crate) peer_upload_mbit: Option<u64>,

    /// The most that all streams of the process upload together, in Mbit/s: divided among them each second, so that those
    /// which are asked for most have what others leave. What --proxy gives to players does not count [default: no limit]
    #[arg(long, value_name = "N")]
    pub(crate) total_upload_mbit: Option<u64>,

    /// A UDP address for WebRTC, may be given several times; 0.0.0.0 stands for every IPv4 interface but
    /// loopback, [::] for IPv4 and IPv6. Over a fixed port go all peers, so that a firewall opens one; port 0 gives
    /// each peer any port [default: 0.0.0.0:0]
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) udp_address: Vec<SocketAddr>,

    /// UDP ports for WebRTC, one for each peer and local address: for a firewall that opens a range. Costs a socket
    /// for each; one fixed port needs none [default: any]
    #[arg(long, value_name = "FIRST-LAST")]
    pub(crate) udp_ports: Option<String>,

    /// An interface, by name or address, that 0.0.0.0 and [::] stand for; may be given several times [default: all
    /// but loopback]
    #[arg(long, value_name = "NAME|IP")]
    pub(crate) interface: Vec<String>,

    /// The public address of a NAT that forwards the UDP ports to this host: told to peers in the place of the host's
    /// own; may be given several times [default: none]
    #[arg(long, value_name = "IP")]
    pub(crate) public_address: Vec<IpAddr>,

    /// Keeps the DTLS certificate across restarts, so that pages find the same fingerprint; made on first start
    /// [default: the key's file with the ending .dtls]
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<PathBuf>,
    /// Where /healthz, /readyz, /metrics, /v1/streams and /digests/STREAM are served over HTTP; port 0 takes a free one
    /// and logs it. /metrics and /v1/streams tell what is streamed: keep strangers away [default: nowhere]
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) http: Option<SocketAddr>,

    /// Serve manifests and segments to players there too, under /STREAM/: each is fetched from the origin once
    #[arg(long)]
    pub(crate) proxy: bool,

    /// How log lines are written [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,

    /// Print the settings that a start would use, as TOML, and exit
    #[arg(long)]
    pub(crate) print_config: bool,

    /// Check the settings, the files they name and the addresses, say what a start would do, and exit: 0 where it could
    /// start, 2 where not
    #[arg(long, conflicts_with = "print_config")]
    pub(crate) check: bool,
}

const SIGN_EXAMPLES: &str = "\
Examples:
  Sign all manifests of a folder that a CDN serves as https://cdn.example/film/:
    fugitive-seeder sign /srv/film --base-url https://cdn.example/film/

  Sign all files of a site, for pages that fetch them from each other:
    fugitive-seeder sign /srv/site --files --base-url https://static.example/

  Sign one manifest for a swarm of another name, with a key of its own:
    fugitive-seeder sign /srv/film --manifest master.m3u8 --swarm film-2026 --key film.key

The sidecar of manifest.mpd is manifest.mpd.digests: serve it beside the manifest. A seeder takes it in by --digests
URL. With --files the list of files is fugitive.files in the folder. Either is written whole or not at all, and the one
before is replaced. Keep the key that signs outside of DIR, which is served.

Of a film what is not in the folder, or cannot be shared, is left out: a line for each reason says how many segments.

Exit codes: 0 all is signed; 1 a manifest or segment cannot be read, nothing of a manifest be signed, or a sidecar not be
written; 2 wrong flags or key; 3 segments of films were left out, and the rest is signed.";

/// The flags of signing.
#[derive(Debug, Args)]
#[command(after_help = SIGN_EXAMPLES)]
pub(crate) struct SignArgs {
    /// The folder; nothing outside of it is read
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,

    /// A manifest in it, may be given several times [default: every .mpd, and every .m3u8 that no other names]
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: Vec<PathBuf>,

    /// Sign every file of the folder as it is, into one list, fugitive.files, for fugitiveFetch and its service worker.
    /// Hidden files are left out
    #[arg(long, conflicts_with = "manifest")]
    pub(crate) files: bool,

    /// Under which http or https URL the folder is served: it names the swarms, as a page would
    #[arg(long, value_name = "URL", required_unless_present = "swarm")]
    pub(crate) base_url: Option<String>,

    /// The swarm's id, where the page gives it another; for one manifest only [default: host and path of its URL]
    #[arg(long, value_name = "ID")]
    pub(crate) swarm: Option<String>,

    /// The file of the signing key; made where there is none
    #[arg(long, value_name = "FILE", default_value = crate::settings::DEFAULT_KEY)]
    pub(crate) key: PathBuf,

    /// For how many days the signatures count; 1 to 3650. Longer lets the digests of a segment that is changed
    /// meanwhile be played again for longer
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub(crate) valid_days: u32,
}
