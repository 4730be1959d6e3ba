//! The report: short runs over the number of viewers and over the hold-back, as one page with plots.

mod axis;
mod look;
mod page;
mod plot;

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use crate::command::{self, Command, Run};
use crate::scenario::{Scenario, Time};

use self::page::{Page, Row};
use self::plot::Point;

/// The scenario that is varied.
const BASE: &str = "live-300";

/// Changes to the scenario for all runs, so that the whole takes minutes; `--set` overrides them.
const SHORTENED: [&str; 4] = [
    "viewers.count=100",
    "stream.hold_back=12s",
    "time.warm_up=40s",
    "time.measure=60s",
];

/// How many watch, in the first row.
const VIEWERS: [u32; 5] = [20, 50, 100, 200, 300];

/// How many seconds they play behind the live edge, in the second row.
const HOLD_BACKS: [u32; 5] = [6, 8, 10, 12, 16];

/// The report that was written.
#[derive(Debug)]
pub(crate) struct Written {
    /// The page's path.
    pub(crate) path: PathBuf,
    /// Whether no run failed. Goals are for runs of full length, and are not looked at.
    pub(crate) fine: bool,
}

/// Runs what is to be plotted, and writes the page.
///
/// # Errors
/// When a value that `--set` names makes no sense, or the page cannot be written.
pub(crate) fn write(command: &Command) -> Result<Written> {
    ensure!(
        command.scenario.is_none() && !command.all,
        "--report has scenarios of its own; --set changes them"
    );
    let mut plan = Plan::new(command);
    let viewers = plan.vary(&VIEWERS, |count| format!("viewers.count={count}"))?;
    let hold_backs = plan.vary(&HOLD_BACKS, |seconds| format!("stream.hold_back={seconds}s"))?;
    let runs = command::run_all(command, &plan.scenarios)?;
    let page = Page {
        command: called(command),
        seeds: seeds(command),
        measured: measured(&runs[viewers[0].1].scenario),
        rows: vec![by_viewers(&viewers, &runs), by_hold_back(&hold_backs, &runs)],
        failed: runs.iter().map(|run| run.failures.len()).sum(),
    };
    let path = command.out.join("report.html");
    std::fs::create_dir_all(&command.out).with_context(|| format!("making {}", command.out.display()))?;
    std::fs::write(&path, page.html()).with_context(|| format!("writing {}", path.display()))?;
    Ok(Written {
        path,
        fine: page.failed == 0,
    })
}

/// The runs to do: each scenario once, though several rows may show it.
struct Plan<'a> {
    command: &'a Command,
    scenarios: Vec<Scenario>,
}

impl<'a> Plan<'a> {
    fn new(command: &'a Command) -> Self {
        Self {
            command,
            scenarios: Vec::new(),
        }
    }

    /// Adds a scenario for each value of an axis; returns the values, each with the number of its scenario.
    fn vary(&mut self, values: &[u32], change: impl Fn(u32) -> String) -> Result<Vec<(f64, usize)>> {
        let path = self.command.folder().join(format!("{BASE}.toml"));
        let changes: Vec<String> = SHORTENED.iter().map(ToString::to_string).collect();
        let mut points = Vec::new();
        for value in values {
            let mut changes = changes.clone();
            changes.extend(self.command.set.iter().cloned());
            changes.push(change(*value));
            let scenario = Scenario::load_with(&path, &changes)?;
            points.push((f64::from(*value), self.place(scenario)));
        }
        Ok(points)
    }

    /// The number of a scenario, which is added where it is new.
    fn place(&mut self, mut scenario: Scenario) -> usize {
        let known = self
            .scenarios
            .iter()
            .position(|known| known.text == scenario.text);
        known.unwrap_or_else(|| {
            let hold_back = seconds(scenario.stream.hold_back);
            // Failed runs' files are named for it.
            scenario.name = format!("report-{}-viewers-{hold_back}s", scenario.viewers.count);
            self.scenarios.push(scenario);
            self.scenarios.len() - 1
        })
    }
}

fn by_viewers(points: &[(f64, usize)], runs: &[Run]) -> Row {
    let fixed = &runs[points[0].1].scenario;
    Row {
        title: "Over the number of viewers".to_owned(),
        note: format!(
            "All play {} s behind the live edge.",
            seconds(fixed.stream.hold_back)
        ),
        axis: "viewers",
        points: figures(points, runs),
    }
}

fn by_hold_back(points: &[(f64, usize)], runs: &[Run]) -> Row {
    let fixed = &runs[points[0].1].scenario;
    Row {
        title: "Over the hold-back".to_owned(),
        note: format!(
            "{} viewers. The hold-back is how far behind the live edge they play: a segment is needed at the \
             hold-back less {} s after it was published. Where even the shortest delivery takes longer, peers cannot \
             give it to all in time.",
            fixed.viewers.count,
            seconds(fixed.stream.segment)
        ),
        axis: "hold-back, s",
        points: figures(points, runs),
    }
}

/// The figures of a row, point by point; a point whose runs failed has none.
fn figures(points: &[(f64, usize)], runs: &[Run]) -> Vec<Point> {
    let of_run = |run: &Run| -> BTreeMap<String, f64> {
        let figures = run.figures.iter();
        figures
            .map(|figure| (figure.name.clone(), figure.value))
            .collect()
    };
    points
        .iter()
        .map(|(at, run)| Point {
            at: *at,
            figures: of_run(&runs[*run]),
        })
        .collect()
}

/// A sentence that says what is measured.
fn measured(scenario: &Scenario) -> String {
    let rungs = scenario.stream.video.iter();
    let video: Vec<String> = rungs.map(|rate| format!("{}", rate.0 as f64 / 1e6)).collect();
    format!(
        "Real engines over a virtual network watch a live stream of {} Mbit/s in segments of {} s, and are measured for \
         {} s after {} s of warm-up.",
        video.join(" / "),
        seconds(scenario.stream.segment),
        seconds(scenario.time.measure),
        seconds(scenario.time.warm_up)
    )
}

fn seconds(time: Time) -> f64 {
    time.0 as f64 / 1e6
}

/// A text that names the seeds of the runs.
fn seeds(command: &Command) -> String {
    if command.seeds <= 1 {
        return format!("Seed {}.", command.seed);
    }
    let last = command.seed + u64::from(command.seeds) - 1;
    format!("Medians over the seeds {} to {last}.", command.seed)
}

/// The command line that makes this page again.
fn called(command: &Command) -> String {
    let mut words = vec!["cargo xtask sim --report".to_owned()];
    if command.seed != 1 {
        words.push(format!("--seed {}", command.seed));
    }
    if command.seeds > 1 {
        words.push(format!("--seeds {}", command.seeds));
    }
    for change in &command.set {
        words.push(format!("--set '{change}'"));
    }
    words.join(" ")
}

#[cfg(test)]
mod tests;
