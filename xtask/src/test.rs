//! `cargo xtask test`: brings what is missing, runs every suite, and ends with one line: `N passed, N failed`.
//! A suite that fails does not stop the others, except those that need what it builds.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;

use crate::need;
use crate::npm;
use crate::step::{self, Steps};
use size::Recording;
use suite::Suite;
use tally::Tally;

mod size;
mod suite;
mod tally;

/// Options of `cargo xtask test`.
#[derive(Debug, Args)]
pub(crate) struct TestArgs {
    /// Leaves the tests in a real browser out.
    #[arg(long)]
    skip_browser: bool,
    /// Runs one suite, with what it needs built first.
    #[arg(long, value_enum, value_name = "NAME")]
    only: Option<Suite>,
    /// Writes the measured sizes into size-budget.json, so that the change shows in the diff.
    #[arg(long)]
    update_sizes: bool,
}

/// How a suite ended.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    suite: Suite,
    tally: Tally,
    time: Duration,
}

/// Runs the tests.
///
/// # Errors
/// Something is missing that may not be installed; a failed test is the exit code instead.
pub(crate) fn run(args: &TestArgs) -> Result<ExitCode> {
    let wanted = args.only.map_or_else(|| Suite::TESTS.to_vec(), |only| vec![only]);
    run_suites(wanted, args)
}

/// Runs what CONTRIBUTING.md asks for before a push: the checks of documentation, dependencies and spelling, then all
/// that `run` does.
///
/// # Errors
/// As `run`.
pub(crate) fn run_before_push(args: &TestArgs) -> Result<ExitCode> {
    let all = || Suite::BEFORE_PUSH.iter().chain(&Suite::TESTS).copied().collect();
    let wanted = args.only.map_or_else(all, |only| vec![only]);
    run_suites(wanted, args)
}

fn run_suites(mut wanted: Vec<Suite>, args: &TestArgs) -> Result<ExitCode> {
    if args.skip_browser {
        wanted.retain(|suite| *suite != Suite::Browser);
    }
    let suites = suite::with_needs(&wanted);
    let recording = if args.update_sizes {
        Recording::Renew
    } else {
        Recording::Compare
    };

    let mut steps = Steps::new(suites.len() + 1);
    steps.run("checking that everything needed is there", || prepare(&suites))?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for suite in suites {
        let start = Instant::now();
        let tally = run_one(suite, recording, &mut steps, &outcomes);
        outcomes.push(Outcome {
            suite,
            tally,
            time: start.elapsed(),
        });
    }
    Ok(report(&outcomes))
}

fn prepare(suites: &[Suite]) -> Result<()> {
    if suites.iter().any(|suite| suite.uses_npm()) {
        npm::ensure_packages()?;
    }
    if suites.contains(&Suite::Native) {
        need::ensure(&[need::NATS])?;
    }
    if suites.contains(&Suite::Browser) {
        need::ensure(&[need::CHROMIUM, need::FIREFOX, need::FFMPEG])?;
    }
    suite::ensure_components(suites)
}

fn run_one(suite: Suite, recording: Recording, steps: &mut Steps, done: &[Outcome]) -> Tally {
    let broken = done
        .iter()
        .find(|outcome| suite.needs().contains(&outcome.suite) && outcome.tally.failed > 0);
    let result = steps.run(suite.title(), || match broken {
        Some(outcome) => anyhow::bail!("not run, because this failed: {}", outcome.suite.title()),
        None => suite.run(recording),
    });
    result.unwrap_or_else(|error| {
        println!("      {error:#}");
        Tally { passed: 0, failed: 1 }
    })
}

fn report(outcomes: &[Outcome]) -> ExitCode {
    println!();
    for Outcome { suite, tally, time } in outcomes {
        let Tally { passed, failed } = tally;
        println!(
            "{:<46} {passed:>5} passed {failed:>4} failed {:>14}",
            suite.title(),
            step::elapsed(*time)
        );
    }
    let all = outcomes
        .iter()
        .fold(Tally::default(), |sum, outcome| sum + outcome.tally);
    println!("\n{} passed, {} failed", all.passed, all.failed);
    if all.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
