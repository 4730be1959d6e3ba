//! The binary fugitive-seeder: reads its settings, runs the streams, and does what signals ask of it.

mod check;
mod cli;
mod face;
mod inspect;
mod progress;
mod settings;
mod sign;
mod streams;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use clap::Parser;
use segment_engine_native::{Network, NetworkError, hex};
use service::log::LogFormat;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command, SeedArgs};
use crate::face::{Face, Players};
use crate::progress::Bars;
use crate::settings::Settings;
use crate::streams::{Resources, Streams};

/// The log filter if RUST_LOG says nothing: this project's news, and trouble of the rest. The WebRTC stack warns of
/// each late packet, so only its errors are logged.
const DEFAULT_LOG: &str = "warn,segment_engine_native=info,fugitive_seeder=info,rtc=error,webrtc=error,\
                           rtc_ice=error,rtc_dtls=error,rtc_sctp=error";
/// The settings cannot be used.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match &cli.command {
        Some(Command::Inspect(args)) => {
            inspect::run(args).unwrap_or_else(|error| fail(1, &format!("{error:#}")))
        }
        Some(Command::Sign(args)) => match sign::run(args) {
            Ok(extent) => ExitCode::from(extent.exit_code()),
            Err(error) => fail(error.exit_code(), &error),
        },
        None => seed(&cli.seed).unwrap_or_else(|error| fail(1, &format!("{error:#}"))),
    }
}

/// Prints the settings, checks them, or runs with them.
fn seed(args: &SeedArgs) -> anyhow::Result<ExitCode> {
    let settings = match Settings::from_args(args) {
        Ok(settings) => settings,
        Err(error) => return Ok(fail(EXIT_SETTINGS, &error)),
    };
    if args.print_config {
        return write_out(&settings.printed().context("cannot write the settings as TOML")?);
    }
    let filter = match service::log::filter(DEFAULT_LOG) {
        Ok(filter) => filter,
        Err(error) => return Ok(fail(EXIT_SETTINGS, &error)),
    };
    if !args.check {
        return run(args, settings, filter);
    }
    match check::check(&settings) {
        Ok(text) => write_out(&text),
        Err(error) => Ok(fail(EXIT_SETTINGS, &error)),
    }
}

fn write_out(text: &str) -> anyhow::Result<ExitCode> {
    std::io::stdout()
        .write_all(text.as_bytes())
        .context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn run(args: &SeedArgs, settings: Settings, filter: EnvFilter) -> anyhow::Result<ExitCode> {
    let bars = Bars::for_log(settings.log_format());
    start_logging(filter, settings.log_format(), &bars);
    // Listened for before anybody is told that this runs: a signal that comes sooner would kill.
    let signals = Signals::listen()?;
    let network = match Network::open(settings.network()?) {
        Ok(network) => network,
        // The one before is not gone yet, or the address not there: another start may go well.
        Err(error @ NetworkError::Bind { .. }) => return Err(error.into()),
        Err(error) => return Ok(fail(EXIT_SETTINGS, &error)),
    };
    let shelf = match settings.open_shelf() {
        Ok(shelf) => shelf,
        // The one before is not gone yet.
        Err(error) if error.may_pass() => return Err(error.into()),
        Err(error) => return Ok(fail(EXIT_SETTINGS, &error)),
    };
    let resources = Resources {
        network,
        shelf,
        uplink: Arc::default(),
    };
    let (streams, stopped) = Streams::new(bars, resources);
    let listener = match settings.http() {
        Some(address) => Some(Face::listen(address).await?),
        None => None,
    };
    if let Err(error) = streams.apply(&settings).await {
        if error.is_of_settings() {
            return Ok(fail(EXIT_SETTINGS, &error));
        }
        return Err(error.into());
    }
    let serve = |listener| Face::serve(listener, players(&settings), &streams);
    let face = listener.map(serve).transpose()?;
    tell_keys(&streams)?;
    let mut process = Process {
        args: args.clone(),
        started: settings,
        streams,
        signals,
        stopped,
        reloading: None,
    };
    process.until_stopped().await?;
    process.stop(face).await
}

fn players(settings: &Settings) -> Players {
    if settings.proxy() {
        Players::Served
    } else {
        Players::None
    }
}

/// Writes a line for each public key, with the streams that it signs for where there are several.
fn tell_keys(streams: &Streams) -> anyhow::Result<()> {
    let keys = streams.public_keys();
    for (key, names) in &keys {
        let names = if keys.len() > 1 {
            names.join(" ")
        } else {
            String::new()
        };
        let line = format!("public-key {} {names}", hex(key));
        writeln!(std::io::stdout(), "{}", line.trim_end()).context("cannot write to standard output")?;
    }
    Ok(())
}

/// The signals that an operator can send.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?,
            interrupt: signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?,
            hang_up: signal(SignalKind::hangup()).context("cannot listen for SIGHUP")?,
        })
    }

    /// Waits for SIGTERM or Ctrl-C.
    async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// A running process.
struct Process {
    args: SeedArgs,
    /// The settings that the process was started with: those that need a restart still hold, whatever was read since.
    started: Settings,
    streams: Arc<Streams>,
    signals: Signals,
    stopped: UnboundedReceiver<String>,
    reloading: Option<JoinHandle<()>>,
}

impl Process {
    /// Runs until it is asked to stop.
    ///
    /// # Errors
    /// When every stream has stopped by itself.
    async fn until_stopped(&mut self) -> anyhow::Result<()> {
        loop {
            tokio::select! {
                _ = self.signals.terminate.recv() => return Ok(()),
                _ = self.signals.interrupt.recv() => return Ok(()),
                _ = self.signals.hang_up.recv() => self.reload(),
                Some(name) = self.stopped.recv() => {
                    if self.streams.all().is_empty() {
                        anyhow::bail!("stream {name:?} stopped by itself, and no other is left");
                    }
                }
            }
        }
    }

    /// Reads the settings again. What cannot be used changes nothing.
    fn reload(&mut self) {
        let settings = match Settings::from_args(&self.args) {
            Ok(settings) => settings,
            Err(error) => return tracing::error!(%error, "nothing was changed"),
        };
        for setting in self.started.needing_restart(&settings) {
            tracing::warn!(setting, "takes effect at the next start only");
        }
        let streams = Arc::clone(&self.streams);
        // One that still goes on is waited for by the next; signals are heard meanwhile.
        self.reloading = Some(tokio::spawn(async move {
            match streams.apply(&settings).await {
                Ok(changes) => tracing::info!(
                    started = changes.started.join(" "),
                    restarted = changes.restarted.join(" "),
                    stopped = changes.stopped.join(" "),
                    "the settings were read again"
                ),
                Err(error) => tracing::error!(%error, "nothing was changed"),
            }
        }));
    }

    /// Stops in good order, unless it is asked again.
    async fn stop(mut self, face: Option<Face>) -> anyhow::Result<ExitCode> {
        tracing::info!("stopping");
        let patience = self.streams.patience();
        let stopping = async {
            let (begun, mut players_cut) = (Instant::now(), 0);
            // Players are answered by the streams: they go first, and leave half of the time to peers where there are any.
            if let Some(face) = face {
                let peers = self.streams.links().await;
                players_cut = face.stop(if peers > 0 { patience / 2 } else { patience }).await;
            }
            let peers_cut = self.streams.stop(patience.saturating_sub(begun.elapsed())).await;
            if let Some(reloading) = self.reloading.take() {
                // A task that failed has nothing left to stop.
                let _ = reloading.await;
            }
            // The last of the cache waits for the disk, and a second signal is to be heard meanwhile.
            let streams = self.streams;
            let _ = tokio::task::spawn_blocking(move || drop(streams)).await;
            tracing::info!(players_cut, peers_cut, "stopped");
        };
        tokio::select! {
            () = stopping => Ok(ExitCode::SUCCESS),
            () = self.signals.stop() => Ok(fail(1, &"stopped at once: asked a second time")),
        }
    }
}

fn start_logging(filter: EnvFilter, format: LogFormat, bars: &Bars) {
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(bars.clone());
    match format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
}

/// Writes the one line that says what is wrong.
fn fail(code: u8, error: &dyn std::fmt::Display) -> ExitCode {
    // Without standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "fugitive-seeder: {error}");
    ExitCode::from(code)
}
