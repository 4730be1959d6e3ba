//! `swarm-sim`: runs scenarios and prints their figures. `cargo xtask sim` builds and starts it.

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use swarm_tests::command::{Command, start};

/// Thousands of engines allocate small things in turn: with 500 of them a run takes a third less time than with glibc's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

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
