//! The command line: which scenarios are run with which seeds, and how what comes out is shown.

mod args;
mod failure;
mod jobs;
mod print;
mod progress;

pub use args::Command;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::figures::{self, Figure};
use crate::report;
use crate::run::{Options, Seen};
use crate::scenario::{self, Scenario};

use self::failure::Failure;
use self::jobs::{Done, Job};

/// Does what was asked for; false where a run failed or missed a goal.
///
/// # Errors
/// When a scenario cannot be read, or a file not be written.
pub fn start(command: &Command) -> Result<bool> {
    if command.list {
        print::list(&command.folder())?;
        return Ok(true);
    }
    if let Some(file) = &command.replay {
        return failure::replay(file);
    }
    if command.report {
        let written = report::write(command)?;
        print::written(&written.path);
        return Ok(written.fine);
    }
    let scenarios = scenarios(command)?;
    if let Some(node) = command.trace_node {
        let [scenario] = scenarios.as_slice() else {
            bail!("--trace-node follows one scenario");
        };
        return Ok(failure::trace(scenario, command.seed, node));
    }
    if let Some(node) = command.record {
        for scenario in &scenarios {
            failure::record(scenario, command.seed, node, &command.out)?;
        }
        return Ok(true);
    }
    let runs = run_all(command, &scenarios)?;
    let all = scenarios.len() > 1;
    let mut fine = true;
    let mut json = Vec::new();
    for run in &runs {
        fine &= run.is_fine();
        if command.json {
            json.extend(
                run.figures
                    .iter()
                    .map(|figure| print::named(&run.scenario, figure, all)),
            );
        } else {
            print::scenario(run, command.verbose);
        }
    }
    if command.json {
        print::json(&json)?;
    }
    Ok(fine)
}

/// Runs a scenario for a test. One that fails is told with its seed, and what runs it again is written to a file in `out`.
///
/// # Panics
/// Where the run breaks an invariant, or panics otherwise.
pub fn attempt(scenario: &Scenario, options: Options, out: &Path) -> Seen {
    jobs::attempt(scenario, options, &mut |_, _| {}).unwrap_or_else(|failure| {
        let report = failure.report(out);
        panic!(
            "{failure}{}",
            report.map_or_else(|error| format!(" ({error:#})"), |()| String::new())
        )
    })
}

/// One scenario, run with all its seeds.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) scenario: Scenario,
    pub(crate) figures: Vec<Figure>,
    pub(crate) done: Vec<Done>,
    pub(crate) failures: Vec<Failure>,
}

impl Run {
    /// Whether no run failed, and no goal was missed.
    pub(crate) fn is_fine(&self) -> bool {
        self.failures.is_empty() && self.figures.iter().all(|figure| figure.holds != Some(false))
    }
}

/// Runs scenarios with as many seeds as were asked for, on all cores.
pub(crate) fn run_all(command: &Command, scenarios: &[Scenario]) -> Result<Vec<Run>> {
    let end = command.seed.checked_add(u64::from(command.seeds.max(1)));
    let seeds = command.seed..end.context("--seed and --seeds together go beyond the last seed")?;
    let jobs: Vec<Job> = scenarios
        .iter()
        .enumerate()
        .flat_map(|(index, _)| {
            seeds.clone().map(move |seed| Job {
                scenario: index,
                seed,
            })
        })
        .collect();
    let outcomes = jobs::run(scenarios, &jobs, command.jobs);
    let mut runs: Vec<Run> = scenarios
        .iter()
        .map(|scenario| Run {
            scenario: scenario.clone(),
            figures: Vec::new(),
            done: Vec::new(),
            failures: Vec::new(),
        })
        .collect();
    for (job, outcome) in jobs.iter().zip(outcomes) {
        match outcome {
            Ok(done) => runs[job.scenario].done.push(done),
            Err(failure) => {
                failure.report(&command.out)?;
                runs[job.scenario].failures.push(failure);
            }
        }
    }
    for run in &mut runs {
        let seeds: Vec<_> = run
            .done
            .iter()
            .map(|done| figures::of_seed(&run.scenario, &done.pair))
            .collect();
        run.figures = figures::medians(&run.scenario, &seeds);
    }
    Ok(runs)
}

fn scenarios(command: &Command) -> Result<Vec<Scenario>> {
    let folder = command.folder();
    let names = match (command.all, &command.scenario) {
        (true, _) => scenario::names(&folder).with_context(|| format!("reading {}", folder.display()))?,
        (false, Some(name)) => vec![name.clone()],
        (false, None) => bail!("name a scenario, or give --all; --list names those that there are"),
    };
    names
        .iter()
        .map(|name| {
            let path = if name.ends_with(".toml") {
                PathBuf::from(name)
            } else {
                folder.join(format!("{name}.toml"))
            };
            Ok(Scenario::load_with(&path, &command.set)?)
        })
        .collect()
}
