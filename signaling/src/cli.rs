//! The flags of the binary, and how they go over the file.

mod key;
mod token;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use service::log::LogFormat;
use signaling::door::Algorithm;
use signaling::{Config, ConfigError};
use signaling_proto::message::IceServer;

pub(crate) use self::key::KeyArgs;
pub(crate) use self::token::TokenArgs;

const EXAMPLES: &str = "\
Examples:
  fugitive-signaling
      Listens on 127.0.0.1:7800: viewers on this machine use ws://127.0.0.1:7800/v1/ws.

  fugitive-signaling --listen 0.0.0.0:7800 --stun stun:stun.example:3478
      Serves a network, and tells viewers a STUN server, so that they reach each other through NAT.

  fugitive-signaling --listen 127.0.0.1:7800 --address-header x-forwarded-for
      Runs behind a reverse proxy that ends TLS (viewers use wss://) and tells their addresses. In a file take the # from
      candidates = \"public\" then: on a loopback address viewers' private addresses go through by default.

  fugitive-signaling --print-config > signaling.toml
  fugitive-signaling --config signaling.toml --check
  fugitive-signaling --config signaling.toml
      Writes all settings with their defaults to a file, to be edited, checks it, and uses it.

  fugitive-signaling key --algorithm HS256 --out tokens.key
  fugitive-signaling token --key tokens.key --swarm my-stream
      Makes a key, and mints a token for one viewer; `fugitive-signaling token --help` tells more.

  fugitive-signaling --config signaling.toml --require-token
      Lets nobody join without a token of a key in the file, in the place of `keys = []` under [door]:
          [[door.keys]]
          id = \"2026-11\"
          algorithm = \"HS256\"
          file = \"tokens.key\"

  fugitive-signaling --webtorrent
      Is a WebTorrent tracker too: ws://127.0.0.1:7800/announce. Its swarms are apart from the others; where a token is
      required, it is in the URL (/announce?t=TOKEN), and lets into webtorrent:INFOHASH, in 40 hexadecimal digits.

  curl http://127.0.0.1:7800/healthz
  curl http://127.0.0.1:7801/metrics
      Asks whether it runs, and for its figures (Prometheus).

RUST_LOG sets what is logged: RUST_LOG=debug for more. SIGTERM or Ctrl-C stops it within five seconds; SIGHUP has it
read keys, secrets, the certificate, databases, sites and the share of viewers anew.
Exit codes: 0 stopped when asked, 1 failed while running or cannot listen, 2 wrong flag or setting.";

/// Introduces the viewers of a stream to each other, so that they share it over WebRTC.
///
/// It carries offers, answers and candidates between viewers of one swarm. Media never passes through it.
#[derive(Debug, Parser)]
#[command(
    name = "fugitive-signaling",
    version,
    after_help = EXAMPLES,
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) serve: ServeArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What it does instead of serving.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Mint a join token, and print it
    Token(TokenArgs),
    /// Make a key for join tokens
    Key(KeyArgs),
}

/// The flags of serving.
#[derive(Debug, Clone, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen [default: 127.0.0.1:7800]; port 0 takes a free one and logs it
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Where the operator finds /metrics and /healthz [default: 127.0.0.1:7801]; port 0 takes a free one and logs it
    #[arg(long, value_name = "ADDRESS:PORT")]
    admin: Option<SocketAddr>,
    /// A TOML file with settings; flags go over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A STUN server for viewers, such as stun:stun.example:3478; may be given several times
    #[arg(long, value_name = "URL")]
    stun: Vec<String>,
    /// The header in which a trusted reverse proxy tells a viewer's address, such as x-forwarded-for
    #[arg(long, value_name = "NAME")]
    address_header: Option<String>,
    /// Let nobody join without a token; the file of --config names the keys, in [[door.keys]]
    #[arg(long)]
    require_token: bool,
    /// Serve clients of WebTorrent trackers too, at /announce
    #[arg(long)]
    webtorrent: bool,
    /// How the log is written to stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Check the settings, the files that they name and the addresses, say in one line what a start would do, and exit: 0 where
    /// it could start, 2 where not. An address that is in use is told, and may be that of the server which is to be restarted
    #[arg(long, conflicts_with = "print_config")]
    pub(crate) check: bool,
    /// Print the settings as TOML, and exit
    #[arg(long)]
    pub(crate) print_config: bool,
}

impl ServeArgs {
    /// Puts the flags over the file, and checks the outcome.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let mut config = self
            .config
            .as_deref()
            .map_or_else(|| Ok(Config::default()), Config::read)?;
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        if let Some(admin) = self.admin {
            config.admin = admin;
        }
        if let Some(header) = &self.address_header {
            config.address_header = Some(header.clone());
        }
        if !self.stun.is_empty() {
            let stun = IceServer {
                urls: self.stun.clone(),
                username: None,
                credential: None,
            };
            config.ice_servers.push(stun);
        }
        if self.webtorrent {
            config.webtorrent = true;
        }
        if self.require_token {
            config.door.require_token = true;
        }
        config.validate()?;
        Ok(config)
    }
}

/// Boils a clap error down to what is wrong and where to look.
pub(crate) fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    // What is missing is on lines of its own, up to an empty one.
    let lines = text.lines().map(str::trim).take_while(|line| !line.is_empty());
    let told = lines.collect::<Vec<_>>().join(" ");
    format!("{}; see --help", told.strip_prefix("error: ").unwrap_or(&told))
}

/// Reads the name of an algorithm, and shows all of them in the help.
fn algorithm() -> impl TypedValueParser<Value = Algorithm> {
    PossibleValuesParser::new(Algorithm::NAMES).try_map(|name| name.parse::<Algorithm>())
}
