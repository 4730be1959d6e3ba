//! Record and replay: everything an engine was told, compactly, so that its behaviour can be reproduced anywhere.
//!
//! An engine's choices follow from its configuration, its seed and its inputs, and from nothing else. A driver can
//! keep a [`Recorder`] beside it; [`replay`] makes the same engine do the same, output by output.
//!
//! A trace is the text `fugitive trace 1`, the seed, and the time at which the engine was made; then steps. A step is
//! the time since the one before, its kind, and its fields. Numbers are LEB128, signed ones folded (0, -1, 1, -2..);
//! texts and bytes are preceded by their length; a peer is a number, followed by its name at the number's first use.
//! The configuration is not included: it may hold what an operator does not want to pass on. Kinds of steps are only
//! added, so that older traces can still be read.

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

/// The first bytes of a trace.
const HEAD: &[u8] = b"fugitive trace 1";

/// What an engine was told, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// The seed it was made with.
    pub seed: [u8; 32],
    /// When the engine was made.
    pub born: Timestamp,
    /// Its inputs since then.
    pub steps: Vec<Step>,
}

/// One call of an engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The time of the call.
    pub at: Timestamp,
    /// The input; `None` if it was called because a timeout was due.
    pub input: Option<Input>,
}

/// The bytes are not a trace. Check where they come from, and that this version wrote them.
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

/// Makes an engine, gives it all inputs of a trace, and hands each of its outputs to `on_output`, with its time.
///
/// Inputs that the engine refused as the driver's mistakes are ignored again.
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
            // The driver was told of its mistake; the engine acted as if nothing had been said.
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
