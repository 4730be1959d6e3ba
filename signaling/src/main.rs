//! The binary `fugitive-signaling`: flags and file to configuration, errors to one line and an exit code.

mod cli;

use std::io::Write;
use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use service::log::LogFormat;
use signaling::{Config, Listeners, Signaling};
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command, ServeArgs};

/// The exit code for a mistake in the flags or the file. Another start is of no use before that is corrected.
const USAGE: u8 = 2;
/// The exit code where the server failed while it ran, or could not listen. The latter may be over soon: the server
/// before it is not gone yet, or an address not there yet.
const FAILURE: u8 = 1;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            // There is nobody to tell when stdout is closed.
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => return fail(USAGE, &cli::one_line(&error)),
    };
    let outcome = match &cli.command {
        None => serve(&cli.serve),
        Some(Command::Token(args)) => args
            .run()
            .map_err(Failure::usage)
            .and_then(|token| print(&format!("{token}\n"))),
        Some(Command::Key(args)) => args.run().map_err(Failure::usage),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(failure.code, &failure.line),
    }
}

/// A failure: the line for stderr, and the exit code.
struct Failure {
    code: u8,
    line: String,
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands errors over by value")]
impl Failure {
    fn usage(line: impl ToString) -> Self {
        Self {
            code: USAGE,
            line: line.to_string(),
        }
    }

    fn runtime(line: impl ToString) -> Self {
        Self {
            code: FAILURE,
            line: line.to_string(),
        }
    }
}

fn serve(args: &ServeArgs) -> Result<(), Failure> {
    let config = args.config().map_err(Failure::usage)?;
    if args.print_config {
        return print(&config.printed().map_err(Failure::runtime)?);
    }
    let filter = service::log::filter("info").map_err(Failure::usage)?;
    if args.check {
        return check(&config);
    }
    start_log(filter, args.log_format);
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::runtime)?;
    runtime.block_on(async {
        let listeners = Listeners {
            public: bind(config.listen, "--listen").await.map_err(Failure::runtime)?,
            admin: bind(config.admin, "--admin").await.map_err(Failure::runtime)?,
        };
        let address = listeners.public.local_addr().map_err(Failure::runtime)?;
        let admin = listeners.admin.local_addr().map_err(Failure::runtime)?;
        let stop = stop_signal().map_err(Failure::runtime)?;
        let scheme = scheme(&config);
        let signaling = Signaling::start(&config).await.map_err(Failure::usage)?;
        let hang_ups = signal(SignalKind::hangup()).map_err(Failure::runtime)?;
        tracing::info!("listening on {scheme}://{address}/v1/ws");
        if config.webtorrent {
            tracing::info!("WebTorrent tracker at ws://{address}/announce");
        }
        tracing::info!("figures at http://{admin}/metrics");
        tokio::spawn(reload_when_told(
            hang_ups,
            args.clone(),
            config,
            signaling.clone(),
        ));
        signaling::serve(listeners, signaling, stop).await;
        tracing::info!("stopped");
        Ok(())
    })
}

/// Reads the files of the configuration anew at each SIGHUP. What cannot be used changes nothing.
async fn reload_when_told(mut hang_ups: Signal, args: ServeArgs, started: Config, signaling: Signaling) {
    while hang_ups.recv().await.is_some() {
        let read = args
            .config()
            .and_then(|config| signaling.reload(&config).map(|()| config));
        match read {
            Ok(config) => {
                for setting in started.needing_restart(&config) {
                    tracing::warn!(setting, "takes effect at the next start only");
                }
                tracing::info!(
                    "keys, secrets, certificate, databases, sites and the share of viewers were read anew"
                );
            }
            Err(error) => tracing::error!(%error, "nothing was read anew"),
        }
    }
}

/// Tries what a start needs, and prints what a start would do.
fn check(config: &Config) -> Result<(), Failure> {
    Signaling::check(config).map_err(Failure::usage)?;
    let mut notes = String::new();
    for (address, flag) in [(config.listen, "--listen"), (config.admin, "--admin")] {
        match std::net::TcpListener::bind(address) {
            Ok(_) => {}
            // A check may come before a restart, while the old server still listens.
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
                notes.push_str(&format!("; {address} is in use now"));
            }
            Err(error) => return Err(Failure::usage(unbound(address, flag, &error))),
        }
    }
    let scheme = scheme(config);
    let token = if config.door.require_token {
        "with a token only"
    } else {
        "without a token too"
    };
    print(&format!(
        "would serve viewers at {scheme}://{}/v1/ws, {token}, and figures at http://{}/metrics; {} servers of NATS{notes}\n",
        config.listen,
        config.admin,
        config.cluster.nats.len()
    ))
}

fn scheme(config: &Config) -> &'static str {
    if config.tls.cert_file.is_some() {
        "wss"
    } else {
        "ws"
    }
}

async fn bind(address: SocketAddr, flag: &str) -> Result<TcpListener, String> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| unbound(address, flag, &error))
}

fn unbound(address: SocketAddr, flag: &str, error: &std::io::Error) -> String {
    format!("cannot listen on {address}: {error}; choose another with {flag}")
}

fn print(text: &str) -> Result<(), Failure> {
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(Failure::runtime)
}

/// Makes a future that ends at the first SIGTERM or Ctrl-C.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

fn start_log(filter: EnvFilter, format: LogFormat) {
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_ansi(false).init(),
        LogFormat::Json => log.json().init(),
    }
}

fn fail(code: u8, line: &str) -> ExitCode {
    // There is nobody to tell when stderr is closed.
    let _ = writeln!(std::io::stderr(), "fugitive-signaling: {line}");
    ExitCode::from(code)
}
