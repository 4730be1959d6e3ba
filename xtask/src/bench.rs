//! `cargo xtask bench NAME`: measures a part of the project, built for speed, and prints a table, or with `--json` its
//! figures.

use std::process::Command;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::exec;
use crate::workspace;
use browser::BrowserArgs;
use seeder::SeederArgs;
use signaling::SignalingArgs;

mod anchors;
mod browser;
mod seeder;
mod signaling;

/// Options of `cargo xtask bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// What is measured.
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Debug, Subcommand)]
enum Bench {
    /// How long the engine takes for one input, among 16 neighbours and 1,500 known segments.
    #[command(name = "handle_input")]
    HandleInput(Output),
    /// What a viewer costs the signaling server, over WebTorrent's tracker protocol, with --anchors beside other trackers;
    /// what pairing costs and gains; viewers that join one swarm on two nodes.
    Signaling(SignalingArgs),
    /// What a GB costs the seeder over bare WebRTC stacks, many viewers at once, a lossy path, live lag, hashing; with --soak a
    /// long run.
    Seeder(SeederArgs),
    /// What the plug-in gains and costs in a real Chromium, beside the stock player and beside p2p-media-loader: offload, startup,
    /// stalls, download, main thread, processor time, memory.
    Browser(BrowserArgs),
}

/// How a bench tells what it found.
#[derive(Debug, Clone, Copy, Args)]
struct Output {
    /// Prints {"figures":[..]} and nothing else on standard output.
    #[arg(long)]
    json: bool,
}

/// Builds and runs a bench.
///
/// # Errors
/// It does not build, or fails.
pub(crate) fn run(args: &BenchArgs) -> Result<()> {
    match &args.bench {
        Bench::HandleInput(output) => handle_input(*output),
        Bench::Signaling(args) => signaling::run(args),
        Bench::Seeder(args) => seeder::run(args),
        Bench::Browser(args) => browser::run(args),
    }
}

fn handle_input(output: Output) -> Result<()> {
    let mut cargo = workspace::cargo();
    cargo.args([
        "bench",
        "--quiet",
        "--package",
        "swarm-tests",
        "--bench",
        "handle_input",
    ]);
    if output.json {
        cargo.args(["--", "--json"]);
    }
    // Standard output is the bench's alone: with --json a program reads it.
    exec::become_program(&mut cargo)
}

/// Passes on those numbers that were given, each under its flag.
fn pass_numbers(command: &mut Command, numbers: &[(&str, Option<u32>)]) {
    for (flag, number) in numbers {
        if let Some(number) = number {
            command.arg(flag).arg(number.to_string());
        }
    }
}
