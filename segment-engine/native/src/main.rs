//! The binary fugitive-seeder: reads its settings, starts a seeder, and stops it when asked to.

mod cli;
mod progress;
mod settings;

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use segment_engine_native::{SeedKey, Seeder, StartError, hex};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, LogFormat};
use crate::settings::Settings;

/// What is logged when RUST_LOG says nothing: this project's news, and trouble of the rest. The WebRTC stack warns
/// of each packet that comes late.
const DEFAULT_LOG: &str = "warn,segment_engine_native=info,fugitive_seeder=info,rtc=error,webrtc=error,\
                           rtc_ice=error,rtc_dtls=error,rtc_sctp=error";
/// The settings cannot be used.
const EXIT_SETTINGS: u8 = 2;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let print_config = cli.print_config;
    let settings = match Settings::from_cli(cli) {
        Ok(settings) => settings,
        Err(error) => return fail(EXIT_SETTINGS, &error),
    };
    let outcome = if print_config {
        print(&settings)
    } else {
        run(&settings)
    };
    match outcome {
        Ok(code) => code,
        Err(error) => fail(1, &format!("{error:#}")),
    }
}

fn print(settings: &Settings) -> anyhow::Result<ExitCode> {
    let text = toml::to_string(settings).context("cannot write the settings as TOML")?;
    std::io::stdout()
        .write_all(text.as_bytes())
        .context("cannot write to standard output")?;
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn run(settings: &Settings) -> anyhow::Result<ExitCode> {
    start_logging(settings.log_format());
    let key = match SeedKey::load_or_create(settings.key()) {
        Ok(key) => key,
        Err(error) => return Ok(fail(EXIT_SETTINGS, &error)),
    };
    // Listened for before anybody is told that this runs: a signal that comes sooner would kill.
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let mut options = settings.options();
    options.shelf = match settings.open_shelf() {
        Ok(shelf) => shelf,
        Err(error) => return Ok(fail(EXIT_SETTINGS, &error)),
    };
    let seeder = match Seeder::start(settings.engine(), key, options) {
        Err(error @ StartError::Token(_)) => return Ok(fail(EXIT_SETTINGS, &error)),
        started => started?,
    };
    let public_key = hex(&seeder.public_key().0);
    tracing::info!(
        %public_key, manifest = settings.manifest(), swarm = settings.swarm(),
        "seeding; pages need this public key as their digest key"
    );
    writeln!(std::io::stdout(), "public-key {public_key}").context("cannot write to standard output")?;
    tokio::select! {
        () = progress::report(seeder.peer()) => anyhow::bail!("the seeder stopped by itself"),
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping");
    seeder.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

fn start_logging(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
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
