//! `swarm-sim`: runs scenarios and prints their figures. `cargo xtask sim` builds and starts it.

use std::process::ExitCode;

use clap::Parser;
use swarm_tests::command::{Command, start};

fn main() -> ExitCode {
    match start(&Command::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
