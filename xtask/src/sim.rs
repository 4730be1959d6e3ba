//! `cargo xtask sim`: builds the simulator for speed and starts it in the place of this process, with the arguments that
//! were given. `cargo xtask sim --help` lists them.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::exec;
use crate::workspace;

/// Options of `cargo xtask sim`: the simulator's own.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct SimArgs {
    /// What swarm-sim is given.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

/// Builds and starts the simulator; returns only when that fails.
///
/// # Errors
/// It does not build or start.
pub(crate) fn run(args: &SimArgs) -> Result<()> {
    // Standard output is the simulator's alone: with --json a program reads it.
    exec::run_quietly(workspace::cargo().args([
        "build",
        "--release",
        "--package",
        "swarm-tests",
        "--bin",
        "swarm-sim",
    ]))?;
    let mut sim = Command::new(workspace::target_dir().join("release/swarm-sim"));
    sim.current_dir(workspace::root()).args(&args.options);
    exec::become_program(&mut sim)
}
