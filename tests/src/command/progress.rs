//! Shows how far runs have come: one line that is overwritten on a terminal, or a line now and then elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::run::Sharing;
use crate::scenario::Scenario;

/// How often the line is written anew on a terminal.
const SOON: Duration = Duration::from_millis(200);
/// How often a line is written elsewhere.
const SELDOM: Duration = Duration::from_secs(15);

/// The progress of runs under way, shown on standard error.
#[derive(Debug)]
pub(crate) struct Progress {
    state: Mutex<State>,
    terminal: bool,
}

#[derive(Debug)]
struct State {
    total: usize,
    done: usize,
    running: BTreeMap<(String, u64), u64>,
    written: Instant,
    wrote: bool,
}

impl Progress {
    pub(crate) fn new(total: usize) -> Self {
        let state = State {
            total,
            done: 0,
            running: BTreeMap::new(),
            written: Instant::now(),
            wrote: false,
        };
        Self {
            state: Mutex::new(state),
            terminal: std::io::stderr().is_terminal(),
        }
    }

    /// A run has come so far.
    pub(crate) fn on_step(&self, scenario: &Scenario, seed: u64, sharing: Sharing, now: u64, end: u64) {
        let percent = now * 100 / end.max(1);
        let Ok(mut state) = self.state.lock() else {
            return;
        };
        if sharing == Sharing::HttpOnly {
            return;
        }
        let key = (scenario.name.clone(), seed);
        state.running.insert(key, percent);
        let pause = if self.terminal { SOON } else { SELDOM };
        if state.written.elapsed() >= pause {
            state.written = Instant::now();
            state.wrote = true;
            let line = state.line();
            self.write(&line);
        }
    }

    /// A run has ended, or failed.
    pub(crate) fn on_done(&self, scenario: &Scenario, seed: u64) {
        if let Ok(mut state) = self.state.lock() {
            state.done += 1;
            state.running.remove(&(scenario.name.clone(), seed));
        }
    }

    /// Takes the line away.
    pub(crate) fn clear(&self) {
        let wrote = self.state.lock().is_ok_and(|state| state.wrote);
        if self.terminal && wrote {
            let mut out = std::io::stderr();
            let _ = write!(out, "\r\x1b[2K");
            let _ = out.flush();
        }
    }

    fn write(&self, line: &str) {
        let mut out = std::io::stderr();
        // That nobody sees how far it is must not end a run.
        let _ = if self.terminal {
            write!(out, "\r\x1b[2K{line}").and_then(|()| out.flush())
        } else {
            writeln!(out, "{line}")
        };
    }
}

impl State {
    fn line(&self) -> String {
        let runs = self.running.iter();
        let runs: Vec<String> = runs
            .map(|((name, seed), percent)| {
                let filled = usize::try_from(percent / 5).unwrap_or(20).min(20);
                format!(
                    "{name} seed {seed} [{}{}] {percent} %",
                    "#".repeat(filled),
                    ".".repeat(20 - filled)
                )
            })
            .collect();
        format!("{}/{} runs  {}", self.done, self.total, runs.join("  "))
    }
}
