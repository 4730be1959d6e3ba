//! The project's own commands: `cargo xtask demo`, `test`, `ci`, `sim`, `bench`, `wasm`, `media`, `tidy`. Each lives in a module of its
//! name; what they share is running programs (`exec`), progress lines (`step`), and bringing what is missing (`need`,
//! `npm`).
#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks to its user on standard output"
)]

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

mod bench;
mod demo;
mod exec;
mod media;
mod need;
mod npm;
mod sim;
mod step;
mod test;
mod tidy;
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
    /// Builds everything, starts the demo and prints its address.
    Demo(demo::DemoArgs),
    /// Runs all tests, those in a browser included.
    Test(test::TestArgs),
    /// Runs what a push must pass: all tests, and the checks of documentation, dependencies and spelling.
    Ci(test::TestArgs),
    /// Checks the repository's own rules: crate arrows, sizes, first lines, versions.
    Tidy,
    /// Runs swarms of real engines over a virtual network; `--help` lists its own options.
    Sim(sim::SimArgs),
    /// Measures a part of the project.
    Bench(bench::BenchArgs),
    /// Builds the browser's engine into dashjs-bridge/wasm/.
    Wasm,
    /// Makes the sample clip in sample-media/, with its manifests and checksums.
    Media(media::MediaArgs),
}

fn main() -> ExitCode {
    run(&Cli::parse().command).unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

fn run(task: &Task) -> Result<ExitCode> {
    match task {
        Task::Demo(args) => demo::run(args)?,
        Task::Test(args) => return test::run(args),
        Task::Ci(args) => return test::run_before_push(args),
        Task::Tidy => tidy::run()?,
        Task::Sim(args) => sim::run(args)?,
        Task::Bench(args) => bench::run(args)?,
        Task::Wasm => wasm::run()?,
        Task::Media(args) => media::run(args)?,
    }
    Ok(ExitCode::SUCCESS)
}
