//! The command line of fugitive-seeder: flags, and the help that teaches them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use serde::{Deserialize, Serialize};

const EXAMPLES: &str = "\
Examples:
  Seed a film for the viewers who meet at a signaling server:
    fugitive-seeder --manifest https://origin.example/film/manifest.mpd --signaling wss://signal.example/v1/ws

  The same from a file, with more memory than the file says:
    fugitive-seeder --config seeder.toml --store-mib 2048

  See what a start would use, as a file to begin with:
    fugitive-seeder --manifest https://origin.example/film/manifest.mpd --signaling wss://signal.example/v1/ws \\
      --print-config > seeder.toml

The first start makes the key file. The line `public-key <hex>` on standard output is what the page is given as its
digest key: viewers play nothing from a peer that this key did not sign for. Logs go to standard error; RUST_LOG sets
what they tell, e.g. RUST_LOG=segment_engine_native=debug. SIGTERM and Ctrl-C stop the seeder in good order.

Exit codes: 0 stopped when asked; 1 failed at run time; 2 a flag or a setting cannot be used.";

/// Feeds the viewers of a stream: fetches each segment from the origin once, signs what it found, and serves
/// peers over WebRTC.
#[derive(Debug, Parser)]
#[command(name = "fugitive-seeder", version, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Cli {
    /// The manifest to follow: an absolute http or https URL of an MPD or M3U8
    #[arg(long, value_name = "URL")]
    pub(crate) manifest: Option<String>,

    /// The signaling server's WebSocket: a ws or wss URL, with its path
    #[arg(long, value_name = "URL")]
    pub(crate) signaling: Option<String>,

    /// The swarm's id; must be the one that the page uses [default: host and path of the manifest's URL]
    #[arg(long, value_name = "ID")]
    pub(crate) swarm: Option<String>,

    /// The file of the signing key; made on first start [default: fugitive-seeder.key]
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// The file of the join token, where signaling asks for one; read anew whenever signaling refuses, so write a
    /// fresh one into it before the old one ends
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,

    /// The CDN's point of presence that this is near, as the pages see it: signaling introduces those of one first
    #[arg(long, value_name = "NAME")]
    pub(crate) pop: Option<String>,

    /// A TOML file of settings; flags win over it
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,

    /// Memory for segments, in MiB [default: 512]
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

    /// How many peers are served at once [default: 256]
    #[arg(long, value_name = "N")]
    pub(crate) max_peers: Option<u32>,

    /// A UDP address for WebRTC, may be given several times; 0.0.0.0 stands for every IPv4 interface but
    /// loopback, port 0 for any port [default: 0.0.0.0:0]
    #[arg(long, value_name = "IP:PORT")]
    pub(crate) udp_address: Vec<SocketAddr>,

    /// How log lines are written [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,

    /// Print the settings that a start would use, as TOML, and exit
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for machines.
    Json,
}
