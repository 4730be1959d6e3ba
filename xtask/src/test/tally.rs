//! Counting: the closing lines of cargo's, nextest's and Node's test runners, and what an exit code adds to them. A
//! runner that fails without naming a failed test counts as one failed test, and so does one that ran no test at all.

use std::ops::Add;
use std::process::Command;

use anyhow::Result;

use crate::exec;

/// Tests that passed and failed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: u64,
    pub(super) failed: u64,
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
        }
    }
}

/// Whose closing lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `test result: ok. 3 passed; 0 failed; ...`, once per binary; none at all is no mistake.
    Cargo,
    /// `Summary [ 1.2s] 5 tests run: 4 passed, 1 failed, 2 skipped`.
    Nextest,
    /// `# pass 3`, `# fail 0`, or the same after an information sign.
    Node,
}

impl Tally {
    /// Runs a test runner, shows what it prints, and counts.
    ///
    /// # Errors
    /// The runner cannot be started.
    pub(super) fn count(format: Format, command: &mut Command) -> Result<Self> {
        let mut counted = Self::default();
        let status = exec::watch(command, |line| counted = counted + format.read(line))?;
        Ok(counted.judged(format, status.success()))
    }

    fn judged(self, format: Format, exited_well: bool) -> Self {
        let ran_nothing = self.passed == 0 && self.failed == 0 && format != Format::Cargo;
        if (!exited_well && self.failed == 0) || ran_nothing {
            return self + Self { passed: 0, failed: 1 };
        }
        self
    }
}

impl Format {
    /// What one line adds.
    fn read(self, line: &str) -> Tally {
        let line = line.trim();
        match self {
            Self::Cargo => line
                .strip_prefix("test result: ")
                .map(|rest| numbers_before(rest, ';'))
                .unwrap_or_default(),
            Self::Nextest => line
                .strip_prefix("Summary [")
                .and_then(|rest| rest.split_once(" run: "))
                .map(|(_, counts)| numbers_before(counts, ','))
                .unwrap_or_default(),
            Self::Node => node(line).unwrap_or_default(),
        }
    }
}

/// Reads `ok. 3 passed; 1 failed` and `3 passed (1 slow), 1 failed, 2 timed out`.
fn numbers_before(text: &str, separator: char) -> Tally {
    let mut tally = Tally::default();
    for part in text.split(separator) {
        let mut words = part
            .split_whitespace()
            .skip_while(|word| !word.starts_with(|c: char| c.is_ascii_digit()));
        let Some(count) = words.next().and_then(|word| word.parse::<u64>().ok()) else {
            continue;
        };
        match words.next() {
            Some("passed") => tally.passed += count,
            // nextest: "timed out", "exec failed".
            Some("failed" | "timed" | "exec") => tally.failed += count,
            _ => {}
        }
    }
    tally
}

fn node(line: &str) -> Option<Tally> {
    let mut words = line
        .strip_prefix("# ")
        .or_else(|| line.strip_prefix("ℹ "))?
        .split_whitespace();
    let kind = words.next()?;
    let count = words.next()?.parse().ok()?;
    if words.next().is_some() {
        return None;
    }
    match kind {
        "pass" => Some(Tally {
            passed: count,
            failed: 0,
        }),
        "fail" | "cancelled" => Some(Tally {
            passed: 0,
            failed: count,
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
