//! Runs, each on a core of its own: a scenario, a seed, with peers and with HTTP only.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::failure::Failure;
use super::progress::Progress;
use crate::figures::Pair;
use crate::run::{self, Options, Seen, Sharing};
use crate::scenario::Scenario;

/// Runs with this many viewers or more go one after another: each takes gigabytes.
const LARGE: u32 = 3_000;

/// A run to do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Job {
    /// The index of its scenario.
    pub(crate) scenario: usize,
    pub(crate) seed: u64,
}

/// A run that is done.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) seed: u64,
    pub(crate) pair: Pair,
}

/// Runs all jobs, and returns what came of them in their order.
pub(crate) fn run(
    scenarios: &[Scenario],
    jobs: &[Job],
    at_once: Option<usize>,
) -> Vec<Result<Done, Failure>> {
    let large = scenarios.iter().any(|scenario| scenario.viewers.count >= LARGE);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let at_once = at_once
        .unwrap_or(if large { 1 } else { cores })
        .clamp(1, jobs.len().max(1));
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, Result<Done, Failure>)>> = Mutex::new(Vec::new());
    let progress = Progress::new(jobs.len());
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(job) = jobs.get(index) else {
                        return;
                    };
                    let scenario = &scenarios[job.scenario];
                    let outcome = one(scenario, job.seed, &progress);
                    progress.on_done(scenario, job.seed);
                    if let Ok(mut results) = results.lock() {
                        results.push((index, outcome));
                    }
                }
            });
        }
    });
    progress.clear();
    let mut results = results.into_inner().unwrap_or_default();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, outcome)| outcome).collect()
}

/// A run, or what is told of it where it fails.
pub(super) fn attempt(
    scenario: &Scenario,
    options: Options,
    tell: &mut dyn FnMut(u64, u64),
) -> Result<Seen, Failure> {
    let run = AssertUnwindSafe(|| run::run(scenario, options, tell));
    catch_unwind(run)
        .map_err(|panic| Failure::of_panic(scenario, options.seed, options.sharing, panic.as_ref()))
}

fn one(scenario: &Scenario, seed: u64, progress: &Progress) -> Result<Done, Failure> {
    let attempt = |sharing: Sharing| {
        let options = Options {
            seed,
            sharing,
            traced: None,
            recorded: None,
        };
        let mut tell = |now: u64, end: u64| progress.on_step(scenario, seed, sharing, now, end);
        attempt(scenario, options, &mut tell)
    };
    let http = attempt(Sharing::HttpOnly)?;
    let before = cpu_seconds();
    let peers = attempt(Sharing::Peers)?;
    Ok(Done {
        seed,
        pair: Pair {
            peers,
            http,
            cpu: cpu_seconds() - before,
        },
    })
}

/// Seconds of CPU that this thread has used; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|nanos| nanos.parse::<f64>().ok());
    nanos.unwrap_or(0.0) / 1e9
}
