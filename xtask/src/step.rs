//! Progress of a command in numbered lines: "[3/9] building the engine for wasm ...", each with the time it took.

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::Result;

/// The steps of one command, counted from 1.
#[derive(Debug)]
pub(crate) struct Steps {
    total: usize,
    current: usize,
}

impl Steps {
    /// `total` is how many times `run` will be called.
    pub(crate) fn new(total: usize) -> Self {
        Self { total, current: 0 }
    }

    /// Announces `what`, does it, and says how it ended.
    ///
    /// # Errors
    /// Whatever `action` returns.
    pub(crate) fn run<T>(&mut self, what: &str, action: impl FnOnce() -> Result<T>) -> Result<T> {
        self.current += 1;
        let label = format!("[{}/{}] {what}", self.current, self.total);
        println!("{label} ...");
        std::io::stdout().flush()?;
        let start = Instant::now();
        let result = action();
        let ending = if result.is_ok() { "done" } else { "FAILED" };
        println!("{label}: {ending}, {}", elapsed(start.elapsed()));
        result
    }
}

/// "4.2 s" or "3 min 05 s".
pub(crate) fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        return format!("{:.1} s", time.as_secs_f32());
    }
    format!("{} min {:02} s", seconds / 60, seconds % 60)
}

#[cfg(test)]
mod tests;
