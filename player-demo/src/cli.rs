//! The command line of player-demo.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Parser;
use segment_engine_native::parse_public_key;

const EXAMPLES: &str = "\
Examples:
  Build everything and start the demo:
    cargo xtask demo

  Start it on another port, with an origin of 2 Mbit/s that makes sharing worth while:
    player-demo --listen 127.0.0.1:9000 --origin-kbps 2000

  Only origin and page; signaling and the seeder of the live stream run elsewhere:
    player-demo --no-signaling --no-seeder --signaling-url ws://127.0.0.1:8041/v1/ws --digest-key <hex>
    fugitive-seeder --manifest http://127.0.0.1:8040/live/manifest.mpd --swarm player-demo/live \\
      --signaling ws://127.0.0.1:8041/v1/ws

It serves the page at /, the clip at /media/, a live stream at /live/manifest.mpd, signaling at /v1/ws. Where it listens
on loopback, the page's panel and /control change it while it runs. The line `listening on http://...` on standard output
says that it is ready; Ctrl-C stops it.";

/// Shows fugitive at work: an origin, a live stream, signaling, seeders and a page, in one process.
#[derive(Debug, Parser)]
#[command(name = "player-demo", version, after_help = EXAMPLES, max_term_width = 110)]
pub(crate) struct Cli {
    /// Where to listen; port 0 takes any free port
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:8040")]
    pub(crate) listen: SocketAddr,

    /// The folder of the built page
    #[arg(long, value_name = "DIR", default_value = "player-demo/web/dist")]
    pub(crate) page: PathBuf,

    /// The folder of the clip
    #[arg(long, value_name = "DIR", default_value = "sample-media")]
    pub(crate) media: PathBuf,

    /// Start no seeder
    #[arg(long)]
    pub(crate) no_seeder: bool,

    /// Serve no signaling
    #[arg(long)]
    pub(crate) no_signaling: bool,

    /// The signaling server that page and seeders use instead of this process's own: a ws or wss URL
    #[arg(long, value_name = "URL")]
    pub(crate) signaling_url: Option<String>,

    /// The public key that the page trusts, where the seeder runs elsewhere: 64 hexadecimal digits
    #[arg(long, value_name = "HEX", value_parser = digest_key)]
    pub(crate) digest_key: Option<String>,

    /// Slow the origin down to this many kilobits a second, over all viewers together
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) origin_kbps: Option<u32>,

    /// The file of the seeders' signing key, made on first start; without it each start has a new key
    #[arg(long, value_name = "FILE")]
    pub(crate) seed_key: Option<PathBuf>,
}

fn digest_key(text: &str) -> Result<String, &'static str> {
    match parse_public_key(text) {
        Some(_) => Ok(text.trim().to_ascii_lowercase()),
        None => Err("a public key has 64 hexadecimal digits"),
    }
}
