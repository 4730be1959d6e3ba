//! The command line's arguments.

use std::path::PathBuf;

use clap::Parser;

use crate::scenario;

/// Runs swarms of real engines over a virtual network, and prints how they did.
#[derive(Debug, Clone, Parser)]
#[command(name = "swarm-sim")]
pub struct Command {
    /// A scenario's name, or the path of a .toml file.
    pub(crate) scenario: Option<String>,
    /// The first seed. The same seed gives the same run, on every machine.
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) seed: u64,
    /// How many seeds, counted from the first; figures are their medians.
    #[arg(long, default_value_t = 1, value_name = "K")]
    pub(crate) seeds: u32,
    /// Prints {"figures":[..]} and nothing else.
    #[arg(long)]
    pub(crate) json: bool,
    /// Runs every scenario that there is.
    #[arg(long)]
    pub(crate) all: bool,
    /// Names the scenarios that there are.
    #[arg(long)]
    pub(crate) list: bool,
    /// Writes a page with plots over the number of viewers and over the hold-back.
    #[arg(long)]
    pub(crate) report: bool,
    /// Runs again what a failed run wrote.
    #[arg(long, value_name = "FILE")]
    pub(crate) replay: Option<PathBuf>,
    /// Prints what one engine is told and wants; seeders have the first numbers.
    #[arg(long, value_name = "NODE")]
    pub(crate) trace_node: Option<u32>,
    /// Writes what one engine is told to a file, to be replayed by `segment_engine::trace`.
    #[arg(long, value_name = "NODE")]
    pub(crate) record: Option<u32>,
    /// Changes a scenario's value, as in `--set viewers.count=100` or `--set stream.hold_back=8s`.
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// How many runs go at once; by default as many as there are cores, and one of a very large swarm.
    #[arg(long, value_name = "N")]
    pub(crate) jobs: Option<usize>,
    /// Prints frames by kind, engines' counts and events as well.
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// The folder of the scenarios.
    #[arg(long, value_name = "FOLDER", hide = true)]
    pub(crate) folder: Option<PathBuf>,
    /// The folder for the report and the traces of failed runs.
    #[arg(long, value_name = "FOLDER", default_value = "target/sim")]
    pub(crate) out: PathBuf,
}

impl Command {
    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.clone().unwrap_or_else(scenario::folder)
    }
}
