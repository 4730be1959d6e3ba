//! `cargo xtask bench NAME`: measures a part of the project, built for speed, and prints a table, or with `--json` its
//! figures.

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::exec;
use crate::workspace;

/// Options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// What is measured.
    name: Bench,
    /// Prints {"figures":[..]} and nothing else on standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Bench {
    /// How long the engine takes for one input, among 16 neighbours and 1,500 known segments.
    HandleInput,
}

/// Builds and runs a bench.
///
/// # Errors
/// It does not build, or fails.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    let (package, bench) = match args.name {
        Bench::HandleInput => ("swarm-tests", "handle_input"),
    };
    let mut cargo = workspace::cargo();
    cargo.args(["bench", "--quiet", "--package", package, "--bench", bench]);
    if args.json {
        cargo.args(["--", "--json"]);
    }
    // Standard output is the bench's alone: with --json a program reads it.
    exec::become_program(&mut cargo)
}
