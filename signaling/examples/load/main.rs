//! How much a signaling server does with a second of processor time, and what a connection costs it: ours and other trackers
//! for WebTorrent, one after the other, round by round, by the same client. `cargo xtask bench signaling` builds and starts it.
//!
//! The machine's other work disturbs all servers alike: only ratios of servers in the same round say something.
#![expect(clippy::print_stdout, reason = "a bench prints its table")]
#![expect(
    clippy::cast_possible_truncation,
    reason = "numbers of peers and announces are far below 2^32"
)]

mod cluster;
mod crowd;
mod description;
mod frame;
mod join;
mod loads;
mod message;
mod random;
mod report;
mod server;
mod sockets;
mod statistics;
mod usage;
mod viewer;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use clap::Parser;

use crate::crowd::{Crowd, SWARM};
use crate::join::Joined;
use crate::report::{Rounds, Sample};
use crate::server::Program;

/// Files that are open besides the sockets.
const OTHER_FILES: u64 = 100;

/// Measures signaling servers under the same load, on this machine's loopback interface.
#[derive(Debug, Parser)]
#[command(name = "load")]
struct Options {
    /// The project's server
    #[arg(long, value_name = "PROGRAM")]
    fugitive: Option<PathBuf>,
    /// An anchor: aquatic_ws
    #[arg(long, value_name = "PROGRAM")]
    aquatic: Option<PathBuf>,
    /// An anchor: bittorrent-tracker's server.js
    #[arg(long, value_name = "SCRIPT")]
    bittorrent_tracker: Option<PathBuf>,
    /// How often each server is measured over WebTorrent's protocol; 0: not at all
    #[arg(long, default_value_t = 5)]
    runs: u32,
    /// NATS' server: viewers that join one swarm on two of the project's servers are measured with it
    #[arg(long, value_name = "PROGRAM", requires = "fugitive")]
    nats: Option<PathBuf>,
    /// How often they are measured
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    join_runs: u32,
    /// How many viewers join
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..))]
    viewers: u32,
    /// Connections under load
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(2 * SWARM as i64..))]
    connections: u32,
    /// Connections that are silent
    #[arg(long, default_value_t = 10_000)]
    silent: u32,
    /// Seconds of each of the two loads
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Print {"figures":[..]}
    #[arg(long)]
    json: bool,
}

impl Options {
    fn programs(&self) -> Vec<Program> {
        let ours = self.fugitive.clone().map(Program::Fugitive);
        let aquatic = self.aquatic.clone().map(Program::Aquatic);
        let script = self.bittorrent_tracker.clone().map(Program::BittorrentTracker);
        [ours, aquatic, script].into_iter().flatten().collect()
    }

    /// Those under load are there already.
    fn silent_peers(&self) -> u32 {
        self.silent.max(self.connections)
    }

    /// Each peer is a file for this process, and one for the server.
    fn check(&self) -> Result<()> {
        ensure!(
            self.runs > 0 || self.nats.is_some(),
            "nothing is to be measured: --runs 0 goes with --nats, the program of nats-server"
        );
        let rounds = if self.runs > 0 { self.silent_peers() } else { 0 };
        let joins = self.nats.as_ref().map_or(0, |_| self.viewers);
        let needed = u64::from(rounds.max(joins)) + OTHER_FILES;
        let allowed = usage::open_files()?;
        ensure!(
            needed <= allowed,
            "{needed} open files are needed, {allowed} are allowed: `ulimit -n {needed}`, or fewer --connections, --silent and \
             --viewers"
        );
        Ok(())
    }
}

fn main() -> Result<()> {
    let options = Options::parse();
    let programs = options.programs();
    ensure!(!programs.is_empty(), "no server is given; see --help");
    options.check()?;
    let folder = Folder::new()?;
    let all = rounds(&programs, &options, &folder.0);
    let mut figures = Vec::new();
    if options.runs > 0 {
        figures.extend(report::figures(&all, options.silent_peers() as usize));
    }
    if let (Some(server), Some(nats)) = (&options.fugitive, &options.nats) {
        let joined: Vec<Joined> = (1..=options.join_runs)
            .map(|run| join(server, nats, (run, options.viewers as usize), &folder.0))
            .collect::<Result<_>>()?;
        figures.extend(report::join_figures(&joined));
    }
    if options.json {
        println!("{}", report::json(&figures));
    } else {
        println!("{}", report::table(&all, &figures));
    }
    // An anchor may fail, and the others still say something; the first is what the bench is for.
    let is_measured = options.runs == 0 || all[0].samples.iter().any(Option::is_some);
    ensure!(is_measured, "{} could not be measured", all[0].server);
    Ok(())
}

/// Measures all servers, round by round.
fn rounds(programs: &[Program], options: &Options, folder: &Path) -> Vec<Rounds> {
    let mut all: Vec<Rounds> = programs
        .iter()
        .map(|program| Rounds {
            server: program.name(),
            samples: Vec::new(),
        })
        .collect();
    for run in 1..=options.runs {
        for (program, rounds) in programs.iter().zip(&mut all) {
            let sample = measure(program, options, run, folder);
            if let Err(error) = &sample {
                eprintln!("round {run}: {}: failed: {error:#}", program.name());
            }
            rounds.samples.push(sample.ok());
        }
    }
    all
}

/// Viewers that join one swarm on two nodes, once.
fn join(server: &Path, nats: &Path, (run, viewers): (u32, usize), folder: &Path) -> Result<Joined> {
    let busy = usage::load_average().unwrap_or_default();
    eprintln!("join {run}: {viewers} viewers come to two nodes (load average {busy})");
    let joined = join::measure(server, nats, viewers, folder).context("viewers that join")?;
    eprintln!(
        "join {run}: {} of {viewers} paired in time, all after {:.1?}; from coming to paired {:.1?}, p99 {:.1?}; {} links, {} across \
         nodes; {} closed, {} given up, {} signals dropped, {} undeliverable; {:.1} KiB for each, {:.0} MiB; servers {:.1?} of CPU, client {:.1?}",
        joined.in_time,
        joined.all_after,
        joined.p50,
        joined.p99,
        joined.links,
        joined.across,
        joined.closed,
        joined.given_up,
        joined.dropped,
        joined.undeliverable,
        joined.kib,
        joined.mib,
        joined.servers,
        joined.client
    );
    if let Some(why) = &joined.why {
        eprintln!("join {run}: the first that was closed: {why}");
    }
    Ok(joined)
}

/// One round of one server, which is started for it and ended after it.
fn measure(program: &Program, options: &Options, run: u32, folder: &Path) -> Result<Sample> {
    let tell = |text: String| eprintln!("round {run}: {}: {text}", program.name());
    let busy = usage::load_average().unwrap_or_default();
    tell(format!(
        "{} peers come (load average {busy})",
        options.connections
    ));
    let server = program.start(folder)?;
    let process = server.process();
    let mut crowd = Crowd::new(server.address(), u64::from(run))?;
    let arrival = loads::arrive(&mut crowd, process, options.connections as usize)?;
    tell(format!(
        "{:.1} KiB and {:.0} us for each",
        arrival.kib, arrival.micros
    ));
    // It takes long, and varies little.
    let silence = if run == 1 {
        Some(loads::silence(
            &mut crowd,
            process,
            options.silent_peers() as usize,
        )?)
    } else {
        None
    };
    if let Some(share) = silence {
        tell(format!(
            "{:.2} % of a core while {} are silent",
            share * 100.0,
            options.silent_peers()
        ));
    }
    let length = Duration::from_secs(u64::from(options.seconds));
    let closed =
        loads::closed(&mut crowd, process, length).context("peers that offer as fast as they can")?;
    tell(format!(
        "{:.0} relays a CPU second; {} relays, offer to answer {:.1?}, p99 {:.1?}, {} lost; client {:.2} of the server's time",
        closed.relays_per_second(),
        closed.relays,
        closed.p50,
        closed.p99,
        closed.lost,
        closed.client_share()
    ));
    let open = loads::open(&mut crowd, process, length).context("peers that offer at a rate")?;
    tell(format!(
        "at an equal load: offer to answer {:.2?}, p99 {:.2?}, {} lost",
        open.p50, open.p99, open.lost
    ));
    let tally = crowd.tally();
    if let Some(reason) = &tally.reason {
        tell(format!("{} refusals, the first: {reason}", tally.refusals));
    }
    // The server goes first: the ports of its connections are free again at once.
    drop(server);
    Ok(Sample {
        arrival,
        silence,
        closed,
        open,
    })
}

/// A temporary folder for the servers' configuration.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let folder = std::env::temp_dir().join(format!("fugitive-load-{}", std::process::id()));
        std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays is a few hundred bytes.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests;
