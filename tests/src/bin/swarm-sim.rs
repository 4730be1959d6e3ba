//! `swarm-sim`: runs scenarios and prints their figures. `cargo xtask sim` starts it.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks to its user on standard output"
)]

use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use swarm_tests::run::{Options, Sharing, run};
use swarm_tests::scenario::{Scenario, folder};

#[derive(Debug, Parser)]
#[command(about)]
struct Cli {
    scenario: String,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[arg(long)]
    trace_node: Option<u32>,
    #[arg(short)]
    verbose: bool,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let path = folder().join(format!("{}.toml", cli.scenario));
    let scenario = Scenario::load(&path)?;
    let options = Options {
        seed: cli.seed,
        sharing: Sharing::Peers,
        traced: cli.trace_node,
    };
    let start = Instant::now();
    let cpu = cpu_seconds();
    let seen = run(&scenario, options, &mut |_, _| {});
    let took = start.elapsed().as_secs_f64();
    let copies = seen.copies.iter().sum::<f64>() / seen.copies.len().max(1) as f64;
    println!(
        "viewers {:.1}, copies {copies:.3} (p95 {:.2}), offload {:.4}",
        seen.viewers,
        seen.copies
            .get(seen.copies.len() * 95 / 100)
            .copied()
            .unwrap_or(0.0),
        1.0 - seen.origin as f64 / seen.played as f64
    );
    println!(
        "stalls {} ({:.1} s), delivery p50 {:.2} p95 {:.2}, startup p50 {:.2}",
        seen.stalls,
        seen.stalled,
        seen.delivery[0],
        seen.delivery[1],
        seen.startups.get(seen.startups.len() / 2).copied().unwrap_or(0.0)
    );
    println!(
        "duplicates {:.2} %, control {:.2} %, uplink use {:.1} %",
        100.0 * seen.stats.duplicate as f64 / seen.played as f64,
        100.0 * seen.control as f64 / seen.media as f64,
        100.0 * seen.uplink_use
    );
    println!(
        "links {:.1}, rescues {}, claims {}, lapsed {}, refused {}, {:?}",
        f64::from(seen.stats.peers) / seen.viewers,
        seen.stats.rescues,
        seen.stats.claims,
        seen.stats.lapsed_claims,
        seen.stats.refused,
        seen.events
    );
    if cli.verbose {
        let names = [
            "hello",
            "announce",
            "request",
            "piece",
            "cancel",
            "reject",
            "digests",
            "bye",
            "want leaves",
            "leaves",
            "claim",
            "neighbours",
            "interest",
            "promise",
            "relay",
            "later",
            "later",
        ];
        for (name, (frames, bytes)) in names.iter().zip(&seen.said) {
            println!("{name:>12} {frames:>10} frames {bytes:>14} bytes");
        }
        println!("{:#?}", seen.stats);
    }
    println!(
        "{took:.2} s, {} events, {:.0} events/s, fingerprint {:016x}",
        seen.happenings,
        seen.happenings as f64 / took,
        seen.fingerprint
    );
    Ok(())
}

/// Seconds of CPU that this thread has used; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.unwrap_or(0.0) / 1e9
}
