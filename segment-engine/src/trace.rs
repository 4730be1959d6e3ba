//! Record and replay: all that an engine was told, in few bytes, so that what it did can be had again anywhere.
//!
//! An engine's choices follow from its configuration, its seed and what it is told, and from nothing else. Whoever drives
//! one can keep a [`Recorder`] beside it; [`replay`] makes the same engine do the same, output by output.
//!
//! A trace is the text `fugitive trace 1`, the seed, and the engine's birth; then steps. A step is the time since the one
//! before, what it is, and its fields. Numbers are LEB128, signed ones folded (0, -1, 1, -2..); texts and bytes have their
//! length before them; a peer is a number, followed by its name where it is the first of that number. The configuration is
//! not in it: it may hold what an operator does not want to hand on. Kinds of steps are only added, so that older traces
//! can still be read.

mod read;
#[cfg(feature = "shelf")]
mod shelf;
mod write;

use thiserror::Error;

pub use read::read;
pub use write::Recorder;

use crate::config::Config;
use crate::engine::Engine;
use crate::error::ConfigError;
use crate::input::Input;
use crate::output::Output;
use crate::time::Timestamp;

/// What a trace begins with.
const HEAD: &[u8] = b"fugitive trace 1";

/// What an engine was told, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The seed it was made with.
    pub seed: [u8; 32],
    /// When it was made.
    pub born: Timestamp,
    /// What it was told since.
    pub steps: Vec<Step>,
}

/// One call of an engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// What it was told; `None` where it was called because it wanted to be.
    pub input: Option<Input>,
}

/// Bytes are no trace. Check where they come from, and that this version wrote them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TraceError {
    /// They do not begin as a trace does.
    #[error("not a trace of this version")]
    Head,
    /// They break off, or hold what no recorder writes.
    #[error("malformed trace: {0}")]
    Malformed(&'static str),
}

/// Makes an engine, tells it all of a trace, and hands each thing that it wants to `on_output`, with its time.
///
/// What the driver may not have told it in the first place is passed over, as it was then.
///
/// # Errors
/// When the configuration is out of its range.
pub fn replay(
    config: Config,
    trace: &Trace,
    mut on_output: impl FnMut(Timestamp, Output),
) -> Result<Engine, ConfigError> {
    let mut engine = Engine::new(config, trace.seed, trace.born)?;
    for step in &trace.steps {
        match &step.input {
            // The driver was told of its mistake; the engine did as if nothing had been said.
            Some(input) => drop(engine.handle_input(step.at, input.clone())),
            None => engine.handle_timeout(step.at),
        }
        while let Some(output) = engine.poll_output() {
            on_output(step.at, output);
        }
    }
    Ok(engine)
}

#[cfg(test)]
mod tests;
