//! Prints on standard output.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks to its user on standard output"
)]

use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use super::Run;
use super::jobs::Done;
use crate::figures::Figure;
use crate::scenario::{self, Scenario};

/// The names of frames, by their tags.
const FRAMES: [&str; 17] = [
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
    "15",
    "later",
];

/// Prints the names of all scenarios, and what they are.
pub(super) fn list(folder: &Path) -> Result<()> {
    for name in scenario::names(folder).with_context(|| format!("reading {}", folder.display()))? {
        let scenario = Scenario::load(&folder.join(format!("{name}.toml")))?;
        println!("{name:<18} {}", scenario.about);
    }
    Ok(())
}

/// Prints the figures of a scenario.
pub(super) fn scenario(run: &Run, verbose: bool) {
    let seeds: Vec<String> = run.done.iter().map(|done| done.seed.to_string()).collect();
    println!("{}: {}", run.scenario.name, run.scenario.about);
    println!("  seeds {}", seeds.join(", "));
    for figure in &run.figures {
        let goal = match (&figure.goal, figure.holds) {
            (Some(goal), Some(true)) => format!("{goal:<10} holds"),
            (Some(goal), _) => format!("{goal:<10} MISSED"),
            (None, _) => String::new(),
        };
        let value = format!("{} {}", number(figure.value), figure.unit);
        println!("  {:<22} {value:<18} {goal}", figure.name);
    }
    for failure in &run.failures {
        println!("  a run FAILED: {failure:?}");
    }
    if verbose {
        run.done.iter().for_each(details);
    }
}

/// The names of happenings, by their codes.
const HAPPENINGS: [&str; 14] = [
    "",
    "arrival",
    "uplink turn",
    "wake",
    "client wake",
    "rooms wake",
    "to rooms",
    "from rooms",
    "response",
    "tick",
    "ice",
    "silence",
    "planned",
    "mischief",
];

fn details(done: &Done) {
    let seen = &done.pair.peers;
    println!("  seed {}, fingerprint {:016x}:", done.seed, seen.fingerprint);
    for (name, (frames, bytes)) in FRAMES.iter().zip(&seen.said).filter(|(_, said)| said.0 > 0) {
        println!("    {name:<12} {frames:>12} frames {bytes:>16} bytes");
    }
    for (name, count) in HAPPENINGS
        .iter()
        .zip(&seen.happened)
        .filter(|(_, count)| **count > 0)
    {
        println!("    happened: {name:<14} {count:>12}");
    }
    for (name, count) in &seen.events {
        println!("    {name:<24} {count:>12}");
    }
    for (how, seen) in [("", seen), (" with HTTP only", &done.pair.http)] {
        for (seconds, node, from) in seen.longest.iter().take(8) {
            println!("    node {node} stalled for {seconds:.2} s{how}, at {from:.2} s");
        }
    }
    let mut copies: Vec<String> = seen.copies.iter().map(|copies| format!("{copies:.2}")).collect();
    copies.truncate(200);
    println!("    copies {}", copies.join(" "));
    println!("    {:?}", seen.peaks);
    println!("    {:?}", seen.stats);
}

/// Four places that say something.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 1_000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 10.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

/// Prints where a page is.
pub(super) fn written(path: &Path) {
    println!("wrote {}", path.display());
}

/// A figure, named with its scenario where there are several.
pub(super) fn named(scenario: &Scenario, figure: &Figure, several: bool) -> Figure {
    let mut named = figure.clone();
    if several {
        named.name = format!("{}/{}", scenario.name, figure.name);
    }
    named
}

/// Prints figures for a program.
pub(super) fn json(figures: &[Figure]) -> Result<()> {
    #[derive(Serialize)]
    struct All<'a> {
        figures: &'a [Figure],
    }
    println!("{}", serde_json::to_string(&All { figures })?);
    Ok(())
}
