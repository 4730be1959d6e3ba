//! `cargo xtask bench seeder`: builds the seeder, the bench of it, and the bare senders that it is measured against, for
//! speed, and runs the bench.

use std::process::Command;

use anyhow::{Result, ensure};
use clap::Args;

use super::{Output, pass_numbers};
use crate::exec;
use crate::need;
use crate::workspace;

/// Options of `cargo xtask bench seeder`.
#[derive(Debug, Args)]
pub(crate) struct SeederArgs {
    /// How often each sender is measured; the median counts [default: 5]
    #[arg(long, value_name = "N")]
    runs: Option<u32>,
    /// Measures this alone: cost, crowd, loss, pages, lag or hashing; may be given several times [default: all]
    #[arg(long, value_name = "ROW", conflicts_with = "soak")]
    only: Vec<String>,
    /// To how many peers at once costs are measured [default: 2]
    #[arg(long, value_name = "N")]
    peers: Option<u32>,
    /// How many viewers watch the live stream of `crowd` [default: 64]
    #[arg(long, value_name = "N")]
    viewers: Option<u32>,
    /// How long the live streams of `crowd` and `lag` are watched [default: 60]
    #[arg(long, value_name = "N")]
    seconds: Option<u32>,
    /// Measures nothing but a long run of a live stream, with peers that come and go
    #[arg(long)]
    soak: bool,
    /// How many segments of 200 ms that has [default: 21600, as 24 h have of segments of 4 s]
    #[arg(long, value_name = "N", requires = "soak")]
    segments: Option<u32>,
    #[command(flatten)]
    output: Output,
}

/// Builds and runs the bench.
///
/// # Errors
/// Something does not build, or fails.
pub(crate) fn run(args: &SeederArgs) -> Result<()> {
    // Standard output is the bench's alone: with --json a program reads it.
    exec::run_quietly(workspace::cargo().args([
        "build",
        "--release",
        "--package",
        "segment-engine-native",
        "--bin",
        "fugitive-seeder",
        "--example",
        "measure",
    ]))?;
    let built = workspace::target_dir().join("release");
    let mut bench = Command::new(built.join("examples/measure"));
    bench.arg("--seeder").arg(built.join("fugitive-seeder"));
    if args.needs_anchors() {
        let manifest = workspace::root().join("tests/anchors/Cargo.toml");
        let mut cargo = workspace::cargo();
        cargo
            .args(["build", "--release", "--locked", "--manifest-path"])
            .arg(manifest);
        cargo.arg("--target-dir").arg(workspace::target_dir());
        exec::run_quietly(&mut cargo)?;
        bench.arg("--anchors").arg(&built);
    }
    if args.is_wanted("pages") {
        need::ensure(&[need::CHROMIUM])?;
        let packages = workspace::root().join("node_modules/tsx");
        ensure!(packages.is_dir(), "the pages' packages are missing: run `npm ci`");
        bench
            .arg("--receivers")
            .arg(workspace::root().join("tests/e2e/src/receivers.ts"));
    }
    args.pass_on(&mut bench);
    exec::become_program(&mut bench)
}

impl SeederArgs {
    /// Whether something is measured against bare senders, whose stacks take minutes to build the first time.
    fn needs_anchors(&self) -> bool {
        self.is_wanted("cost") || self.is_wanted("loss")
    }

    fn is_wanted(&self, row: &str) -> bool {
        !self.soak && (self.only.is_empty() || self.only.iter().any(|only| only == row))
    }

    fn pass_on(&self, bench: &mut Command) {
        for row in &self.only {
            bench.arg("--only").arg(row);
        }
        let numbers = [
            ("--runs", self.runs),
            ("--peers", self.peers),
            ("--viewers", self.viewers),
            ("--seconds", self.seconds),
            ("--segments", self.segments),
        ];
        pass_numbers(bench, &numbers);
        if self.soak {
            bench.arg("--soak");
        }
        if self.output.json {
            bench.arg("--json");
        }
    }
}
