//! The flags of the binary, and how they go over the file.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use signaling::{Config, ConfigError};
use signaling_proto::message::IceServer;

const EXAMPLES: &str = "\
Examples:
  fugitive-signaling
      Listens on 127.0.0.1:7800: viewers on this machine use ws://127.0.0.1:7800/v1/ws.

  fugitive-signaling --listen 0.0.0.0:7800 --stun stun:stun.example:3478
      Serves a network, and tells viewers a STUN server, so that they reach each other through NAT.

  fugitive-signaling --listen 127.0.0.1:7800 --address-header x-forwarded-for
      Runs behind a reverse proxy that ends TLS (viewers use wss://) and tells their addresses.

  fugitive-signaling --print-config > signaling.toml
  fugitive-signaling --config signaling.toml
      Writes all settings with their defaults to a file, to be edited, and uses it.

  curl http://127.0.0.1:7800/healthz
  curl http://127.0.0.1:7800/metrics
      Asks whether it runs, and for its figures (Prometheus).

RUST_LOG sets what is logged: RUST_LOG=debug for more. SIGTERM or Ctrl-C stops it within five seconds.
Exit codes: 0 stopped when asked, 1 failed while running, 2 wrong flag, setting or address.";

/// Introduces the viewers of a stream to each other, so that they share it over WebRTC.
///
/// It carries offers, answers and candidates between viewers of one swarm. Media never passes through it.
#[derive(Debug, Parser)]
#[command(name = "fugitive-signaling", version, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// Where to listen [default: 127.0.0.1:7800]; port 0 takes a free one and logs it
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// A TOML file with settings; flags go over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A STUN server for viewers, such as stun:stun.example:3478; may be given several times
    #[arg(long, value_name = "URL")]
    stun: Vec<String>,
    /// The header in which a trusted reverse proxy tells a viewer's address, such as x-forwarded-for
    #[arg(long, value_name = "NAME")]
    address_header: Option<String>,
    /// How the log is written to stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub(crate) log_format: LogFormat,
    /// Print the settings as TOML, and exit
    #[arg(long)]
    pub(crate) print_config: bool,
}

/// How the log is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// A line for a person.
    Text,
    /// A JSON object per line.
    Json,
}

impl Cli {
    /// Puts the flags over the file, and checks the outcome.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        let mut config = self
            .config
            .as_deref()
            .map_or_else(|| Ok(Config::default()), Config::read)?;
        if let Some(listen) = self.listen {
            config.listen = listen;
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
        config.validate()?;
        Ok(config)
    }
}

/// Boils a clap error down to what is wrong and where to look.
pub(crate) fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    format!("{}; see --help", first.strip_prefix("error: ").unwrap_or(first))
}
