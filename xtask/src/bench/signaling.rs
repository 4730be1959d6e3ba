//! `cargo xtask bench signaling`: builds the server, its load client and the bench of its pairing for speed, brings the
//! anchors where they are asked for, runs both benches, and makes one list of their figures.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use clap::Args;
use serde_json::{Value, json};

use super::anchors;
use super::{Output, pass_numbers};
use crate::exec;
use crate::need;
use crate::workspace;

/// Options of `cargo xtask bench signaling`.
#[derive(Debug, Args)]
pub(crate) struct SignalingArgs {
    /// How often each server is measured, and viewers that join; the median counts [default: 5]
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
    /// Measures nothing but viewers that join one swarm on two nodes
    #[arg(long, conflicts_with = "anchors")]
    join: bool,
    /// How many join [default: 10000]
    #[arg(long, value_name = "N")]
    viewers: Option<u32>,
    #[command(flatten)]
    output: Output,
}

/// Builds and runs the benches.
///
/// # Errors
/// They do not build, or fail.
pub(crate) fn run(args: &SignalingArgs) -> Result<()> {
    let nats = need::NATS.find();
    ensure!(
        nats.is_some() || !args.join,
        "--join needs nats-server: install it with `sudo apt-get install nats-server`"
    );
    // Standard output is the benches' alone: with --json a program reads it.
    exec::run_quietly(workspace::cargo().args([
        "build",
        "--release",
        "--package",
        "signaling",
        "--package",
        "signaling-proto",
        "--bin",
        "fugitive-signaling",
        "--example",
        "load",
        "--example",
        "pairing",
    ]))?;
    let built = workspace::target_dir().join("release");
    let mut benches = Vec::new();
    if !args.join {
        benches.push(Command::new(built.join("examples/pairing")));
    }
    benches.push(load(args, &built, nats.as_deref()));
    if !args.output.json {
        return benches.iter_mut().try_for_each(exec::run);
    }
    let mut figures = Vec::new();
    for bench in &mut benches {
        let text = exec::read_output(bench.arg("--json"))?;
        let told: Value = serde_json::from_str(&text).context("a bench's figures")?;
        figures.extend(told["figures"].as_array().cloned().unwrap_or_default());
    }
    println!("{}", json!({ "figures": figures }));
    Ok(())
}

/// The load client's command.
fn load(args: &SignalingArgs, built: &Path, nats: Option<&Path>) -> Command {
    let mut load = Command::new(built.join("examples/load"));
    load.current_dir(workspace::root());
    load.arg("--fugitive").arg(built.join("fugitive-signaling"));
    match nats {
        Some(nats) => _ = load.arg("--nats").arg(nats),
        None => eprintln!(
            "viewers that join two nodes are left out: nats-server is missing; install it with `sudo apt-get install nats-server`"
        ),
    }
    if args.anchors {
        for anchor in anchors::bring() {
            load.arg(anchor.flag).arg(anchor.program);
        }
    }
    let numbers = [
        ("--runs", if args.join { Some(0) } else { args.runs }),
        ("--join-runs", args.runs.map(|runs| runs.max(1))),
        ("--connections", args.connections),
        ("--seconds", args.seconds),
        ("--viewers", args.viewers),
    ];
    pass_numbers(&mut load, &numbers);
    load
}
