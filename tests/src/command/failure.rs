//! Runs that fail: what is printed and written of them, and how they are run again.

use std::any::Any;
use std::fmt::{self, Display, Formatter};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::jobs::attempt;
use crate::run::{self, Options, Sharing};
use crate::scenario::Scenario;
use crate::world::whereabouts;

/// A run that broke an invariant, or panicked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Failure {
    /// The scenario's name.
    name: String,
    seed: u64,
    /// Whether it ran with HTTP only.
    http_only: bool,
    /// The message of what failed.
    why: String,
    /// When, in microseconds of the run's clock.
    at: u64,
    /// The node that was told something last.
    node: u32,
    /// The scenario as it was run.
    scenario: String,
}

impl Failure {
    pub(crate) fn of_panic(
        scenario: &Scenario,
        seed: u64,
        sharing: Sharing,
        panic: &(dyn Any + Send),
    ) -> Self {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        let (at, node) = whereabouts();
        Self {
            name: scenario.name.clone(),
            seed,
            http_only: sharing == Sharing::HttpOnly,
            why: text.unwrap_or("a panic without a message").to_owned(),
            at,
            node,
            scenario: scenario.text.clone(),
        }
    }

    /// Prints it, and writes what it takes to run it again.
    pub(crate) fn report(&self, out: &Path) -> Result<()> {
        let path = out.join(format!("{}-{}.failed.toml", self.name, self.seed));
        std::fs::create_dir_all(out).with_context(|| format!("making {}", out.display()))?;
        let text = toml::to_string(self).context("writing a trace")?;
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        eprintln!(
            "FAILED: {self}\n        again: cargo xtask sim --replay {}",
            path.display()
        );
        Ok(())
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} with seed {}, at {}.{:06} s, node {}: {}",
            self.name,
            self.seed,
            self.at / 1_000_000,
            self.at % 1_000_000,
            self.node,
            self.why
        )
    }
}

/// Runs a failed run again, with what the node it failed at was told and wanted; true where it no longer fails.
///
/// # Errors
/// When the file is none that a failed run wrote.
pub(crate) fn replay(file: &Path) -> Result<bool> {
    let text = std::fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let failure: Failure =
        toml::from_str(&text).with_context(|| format!("{} is no trace", file.display()))?;
    let scenario = Scenario::parse(&failure.name, &failure.scenario)?;
    eprintln!("it failed with: {}", failure.why);
    let sharing = if failure.http_only {
        Sharing::HttpOnly
    } else {
        Sharing::Peers
    };
    Ok(traced(&scenario, failure.seed, sharing, failure.node))
}

/// Runs a scenario, and prints what one node's engine is told and wants; false where it fails.
pub(crate) fn trace(scenario: &Scenario, seed: u64, node: u32) -> bool {
    traced(scenario, seed, Sharing::Peers, node)
}

fn traced(scenario: &Scenario, seed: u64, sharing: Sharing, node: u32) -> bool {
    let options = Options {
        seed,
        sharing,
        traced: Some(node),
        recorded: None,
    };
    match attempt(scenario, options, &mut |_, _| {}) {
        Ok(seen) => {
            eprintln!("it ran to its end; fingerprint {:016x}", seen.fingerprint);
            true
        }
        Err(failure) => {
            eprintln!("it fails with: {}", failure.why);
            false
        }
    }
}

/// Runs a scenario, and writes what one node's engine is told.
pub(crate) fn record(scenario: &Scenario, seed: u64, node: u32, out: &Path) -> Result<()> {
    let options = Options {
        seed,
        sharing: Sharing::Peers,
        traced: None,
        recorded: Some(node),
    };
    let seen = run::run(scenario, options, &mut |_, _| {});
    let recorded = seen
        .recorded
        .with_context(|| format!("there is no node {node} with an engine"))?;
    std::fs::create_dir_all(out).with_context(|| format!("making {}", out.display()))?;
    let path = out.join(format!("{}-{seed}-node-{node}.trace", scenario.name));
    std::fs::write(&path, &recorded.trace).with_context(|| format!("writing {}", path.display()))?;
    eprintln!(
        "{} bytes of node {node} in {}",
        recorded.trace.len(),
        path.display()
    );
    Ok(())
}
