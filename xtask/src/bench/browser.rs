//! `cargo xtask bench browser`: builds the plug-in as a page loads it, signaling and the seeder for speed, brings
//! p2p-media-loader and its player, and runs the bench in a real Chromium.

use std::env;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use super::{Output, pass_numbers};
use crate::exec;
use crate::need::{self, CHROMIUM};
use crate::workspace;

/// What the pages are compared with; a package of its own, so that `npm ci` of the repository does not bring it.
const ANCHORS: &str = "tests/bench-browser/anchors";
const BENCH: &str = "tests/bench-browser/src/bench.ts";

/// Options of `cargo xtask bench browser`.
#[derive(Debug, Args)]
pub(crate) struct BrowserArgs {
    /// How often pages of each kind are watched, in turn; the median counts [default: 1]
    #[arg(long, value_name = "N")]
    runs: Option<u32>,
    /// Measures this alone: size, startup, live, vod, main-thread, and what is measured only when asked for, visits, cpu or
    /// memory; may be given several times [default: all but those]
    #[arg(long, value_name = "ROW")]
    only: Vec<String>,
    /// How long `memory` watches [default: 30]
    #[arg(long, value_name = "N")]
    minutes: Option<u32>,
    #[command(flatten)]
    output: Output,
}

/// Builds and runs the bench.
///
/// # Errors
/// Something is missing, does not build, or fails.
pub(crate) fn run(args: &BrowserArgs) -> Result<()> {
    need::ensure(&[CHROMIUM])?;
    // Standard output is the bench's alone: with --json a program reads it.
    let xtask = env::current_exe().context("this program has no path")?;
    exec::run_quietly(Command::new(xtask).arg("wasm"))?;
    exec::run_quietly(workspace::npm().args(["run", "build", "--workspace", "dashjs-bridge"]))?;
    exec::run_quietly(workspace::cargo().args([
        "build",
        "--release",
        "--package",
        "signaling",
        "--bin",
        "fugitive-signaling",
        "--package",
        "segment-engine-native",
        "--bin",
        "fugitive-seeder",
    ]))?;
    bring_anchors()?;
    let mut bench = workspace::node();
    bench.args(["--import", "tsx", BENCH]);
    bench.env("FUGITIVE_BIN_DIR", workspace::target_dir().join("release"));
    if let Some(chromium) = CHROMIUM.find() {
        bench.env("CHROMIUM", chromium);
    }
    for row in &args.only {
        bench.arg("--only").arg(row);
    }
    pass_numbers(&mut bench, &[("--runs", args.runs), ("--minutes", args.minutes)]);
    if args.output.json {
        bench.arg("--json");
    }
    exec::become_program(&mut bench)
}

/// Installs the packages that the lock file beside them names, where they are missing.
fn bring_anchors() -> Result<()> {
    let folder = workspace::root().join(ANCHORS);
    if folder.join("node_modules/p2p-media-loader-hlsjs").is_dir() {
        return Ok(());
    }
    let mut npm = workspace::npm();
    npm.current_dir(folder);
    exec::run_quietly(npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}
