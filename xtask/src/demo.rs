//! `cargo xtask demo`: builds what the demo needs and starts it in the place of this process, so that Ctrl-C reaches
//! it alone. player-demo prints the address itself.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::exec;
use crate::npm;
use crate::step::Steps;
use crate::wasm;
use crate::workspace;

/// Options of `cargo xtask demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Options of player-demo itself, after `--`; `cargo xtask demo -- --help` lists them.
    #[arg(last = true, value_name = "OPTIONS")]
    options: Vec<OsString>,
}

/// Builds and starts the demo; returns only when that fails.
///
/// # Errors
/// A tool is missing, or something does not build or start.
pub(crate) fn run(args: &DemoArgs) -> Result<()> {
    let mut steps = Steps::new(4);
    steps.run("checking npm packages", npm::ensure_packages)?;
    steps.run("building the engine for wasm", wasm::build)?;
    steps.run("building the page", build_page)?;
    steps.run("building player-demo", || {
        exec::run(workspace::cargo().args(["build", "--package", "player-demo", "--bin", "player-demo"]))
    })?;
    let mut demo = Command::new(workspace::target_dir().join("debug/player-demo"));
    demo.current_dir(workspace::root()).args(&args.options);
    exec::become_program(&mut demo)
}

fn build_page() -> Result<()> {
    for folder in npm::workspaces_with("build")? {
        exec::run(workspace::npm().args(["run", "build", "--workspace", &folder]))?;
    }
    Ok(())
}
