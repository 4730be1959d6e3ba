//! `cargo xtask bench signaling`: builds the server and its load client for speed, brings the anchors where they are asked
//! for, and starts the client in the place of this process.

use std::process::Command;

use anyhow::Result;
use clap::Args;

use super::Output;
use super::anchors;
use crate::exec;
use crate::workspace;

/// Options of `cargo xtask bench signaling`.
#[derive(Debug, Args)]
pub(crate) struct SignalingArgs {
    /// How often each server is measured; the median counts [default: 5]
    #[arg(long, value_name = "N")]
    runs: Option<u32>,
    /// Connections under load [default: 5000]; 10,000 or as many are silent
    #[arg(long, value_name = "N")]
    connections: Option<u32>,
    /// Seconds of each of the two loads [default: 10]
    #[arg(long, value_name = "N")]
    seconds: Option<u32>,
    /// Installs other trackers into target/anchors/ (minutes, the first time), and measures them too
    #[arg(long)]
    anchors: bool,
    #[command(flatten)]
    output: Output,
}

/// Builds and starts the load client; returns only when that fails.
///
/// # Errors
/// It does not build or start.
pub(crate) fn run(args: &SignalingArgs) -> Result<()> {
    // Standard output is the client's alone: with --json a program reads it.
    exec::run_quietly(workspace::cargo().args([
        "build",
        "--release",
        "--package",
        "signaling",
        "--bin",
        "fugitive-signaling",
        "--example",
        "load",
    ]))?;
    let built = workspace::target_dir().join("release");
    let mut load = Command::new(built.join("examples/load"));
    load.current_dir(workspace::root());
    load.arg("--fugitive").arg(built.join("fugitive-signaling"));
    if args.anchors {
        for anchor in anchors::bring() {
            load.arg(anchor.flag).arg(anchor.program);
        }
    }
    let numbers = [
        ("--runs", args.runs),
        ("--connections", args.connections),
        ("--seconds", args.seconds),
    ];
    for (flag, number) in numbers {
        load.args(
            number
                .iter()
                .flat_map(|number| [flag.to_owned(), number.to_string()]),
        );
    }
    if args.output.json {
        load.arg("--json");
    }
    exec::become_program(&mut load)
}
