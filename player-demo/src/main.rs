//! The binary player-demo: checks what it was given, serves, and stops when asked to.

mod cli;
mod control;
mod gallery;
mod live;
mod member;
mod origin;
mod page;
mod playground;
mod power;
mod seeders;
mod server;
mod streams;
mod switch;
mod throttle;
mod viewers;

use std::io::{ErrorKind, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Parser;
use segment_engine_native::SeedKey;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::Cli;

/// The log filter if RUST_LOG says nothing.
const DEFAULT_LOG: &str = "warn,player_demo=info,signaling=info,segment_engine_native=warn,rtc=error,webrtc=error,\
                           rtc_ice=error,rtc_dtls=error,rtc_sctp=error";

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start_log().and_then(|()| run(&cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without standard error there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "player-demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start_log() -> anyhow::Result<()> {
    tracing_subscriber::fmt()
        .with_env_filter(service::log::filter(DEFAULT_LOG)?)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

#[tokio::main]
async fn run(cli: &Cli) -> anyhow::Result<()> {
    need(
        &cli.page,
        "index.html",
        "the page is not built",
        "cargo xtask demo",
    )?;
    need(
        &cli.media,
        "manifest.mpd",
        "the clip is not there",
        "cargo xtask media",
    )?;
    // Listened for before anybody is told that this runs: a signal that comes sooner would kill.
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let listener = listen(cli.listen).await?;
    let address = listener
        .local_addr()
        .context("the listening socket has no address")?;

    let key = match &cli.seed_key {
        Some(path) => SeedKey::load_or_create(path)?,
        None => SeedKey::generate(),
    };
    let server = server::start(listener, address, cli, &key).await?;
    if let Some(seeders) = &server.playground().seeders {
        seeders.start()?;
    }
    announce(address)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    server.shutdown().await;
    Ok(())
}

/// Checks that a folder holds what it is there for.
fn need(folder: &Path, file: &str, what: &str, command: &str) -> anyhow::Result<()> {
    if folder.join(file).is_file() {
        return Ok(());
    }
    bail!(
        "{what}: {} has no {file}; make it with `{command}`",
        folder.display()
    );
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            bail!("{address} is taken by another process; stop it, or choose another with --listen IP:PORT")
        }
        Err(error) => bail!("cannot listen on {address}: {error}; choose another with --listen IP:PORT"),
    }
}

/// Writes the one plain line that programs wait for, and what a person does next.
fn announce(address: SocketAddr) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "listening on http://{address}")
        .and_then(|()| {
            writeln!(
                out,
                "Open http://{address}/ in two tabs: they get most of their video over WebRTC, not from the origin."
            )
        })
        .and_then(|()| writeln!(out, "Ctrl-C stops the demo."))
        .and_then(|()| out.flush())
        .context("cannot write to standard output")
}
