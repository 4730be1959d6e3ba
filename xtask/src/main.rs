//! The project's own commands: `cargo xtask demo`, `test`, `ci`, `wasm`, `media`, `tidy`. Each lives in a module of its
//! name; what they share is running programs (`exec`), progress lines (`step`), and bringing what is missing (`need`).
#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks to its user on standard output"
)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod exec;
mod media;
mod need;
mod npm;
mod step;
mod wasm;
mod workspace;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about,
    arg_required_else_help = true
)]
struct Cli {
    #[command(subcommand)]
    command: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Builds the browser's engine into dashjs-bridge/wasm/.
    Wasm,
    /// Makes the sample clip in sample-media/, with its manifests and checksums.
    Media(media::MediaArgs),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Task::Wasm => wasm::run(),
        Task::Media(args) => media::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
