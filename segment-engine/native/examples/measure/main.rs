//! What `fugitive-seeder` does with a machine: its cost over bare WebRTC, many peers, loss, lag, hashing, and long runs.
//! `cargo xtask bench seeder` builds and starts it.
//!
//! The machine's other work disturbs all alike: of costs only ratios within one run say something.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a bare peer looks at the frames and events that it measures, and at no others"
)]

mod anchor;
mod cost;
mod crowd;
mod hashing;
mod lag;
mod loss;
mod origin;
mod pages;
mod player;
mod process;
mod report;
mod seeder;
mod shim;
mod signaling;
mod soak;
mod stack;
mod tally;
mod wire_peer;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

/// Measures fugitive-seeder, on this machine's loopback interface.
#[derive(Debug, Parser)]
#[command(name = "measure")]
struct Options {
    /// The program
    #[arg(long, value_name = "PROGRAM")]
    seeder: PathBuf,
    /// Where the programs of tests/anchors are; without them there are no ratios
    #[arg(long, value_name = "DIR")]
    anchors: Option<PathBuf>,
    /// The script that has pages of a browser receive: tests/e2e/src/receivers.ts
    #[arg(long, value_name = "FILE")]
    receivers: Option<PathBuf>,
    /// What is measured; may be given several times [default: all]
    #[arg(long, value_name = "ROW")]
    only: Vec<Row>,
    /// How often each sender is measured; the median counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// To how many peers at once costs are measured
    #[arg(long, default_value_t = 2)]
    peers: usize,
    /// How much is sent in each round of a cost, in MiB
    #[arg(long, default_value_t = 256)]
    mebibytes: u64,
    /// How many viewers watch the live stream
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=512))]
    viewers: u16,
    /// How long live streams are watched, in seconds
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(10..))]
    seconds: u32,
    /// Measures nothing but a long run of a live stream, with peers that come and go
    #[arg(long, conflicts_with = "only")]
    soak: bool,
    /// How many segments of 200 ms it has; 24 h of segments of 4 s are 21,600
    #[arg(long, default_value_t = 21_600, value_parser = clap::value_parser!(u64).range(100..))]
    segments: u64,
    /// Print {"figures":[..]}
    #[arg(long)]
    json: bool,
}

/// What can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Row {
    /// Processor time for each GB sent, over bare senders
    Cost,
    /// Viewers of a live stream: in time, fairness, memory of each
    Crowd,
    /// Goodput with 1 % loss and 40 ms round trips, over a bare sender's
    Loss,
    /// Chromium pages that take all they can: gaps, first piece, and whose processor time it takes
    Pages,
    /// From a live segment's being at the origin until its first piece is offered
    Lag,
    /// SHA-224, over sha2's own speed
    Hashing,
}

impl Options {
    fn is_wanted(&self, row: Row) -> bool {
        !self.soak && (self.only.is_empty() || self.only.contains(&row))
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let options = Options::parse();
    // Where another part of the process has chosen one, that one serves.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut figures = Vec::new();
    if options.is_wanted(Row::Cost) {
        figures.extend(cost::measure(&options).await?);
    }
    if options.is_wanted(Row::Hashing) {
        figures.extend(hashing::measure(&options));
    }
    if options.is_wanted(Row::Lag) {
        figures.extend(lag::measure(&options).await?);
    }
    if options.is_wanted(Row::Loss) {
        figures.extend(loss::measure(&options).await?);
    }
    if options.is_wanted(Row::Pages) {
        figures.extend(pages::measure(&options).await?);
    }
    if options.is_wanted(Row::Crowd) {
        figures.extend(crowd::measure(&options).await?);
    }
    if options.soak {
        figures.extend(soak::measure(&options).await?);
    }
    if options.json {
        println!("{}", report::json(&figures));
    } else {
        print!("{}", report::table(&figures));
    }
    Ok(())
}
