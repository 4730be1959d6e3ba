//! Records one node's engine: all its inputs and outputs.

use segment_engine::config::Config;
use segment_engine::time::Timestamp;
use segment_engine::trace::Recorder;
use segment_engine::{Input, Output};

use super::{NodeId, World};

/// A recording under way.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) node: NodeId,
    /// Made with the engine.
    engine: Option<(Config, Recorder)>,
    outputs: Vec<(Timestamp, Output)>,
}

/// The recording of an engine.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Its configuration.
    pub config: Config,
    /// Its inputs: see [`segment_engine::trace`].
    pub trace: Vec<u8>,
    /// Its outputs, and when each came.
    pub outputs: Vec<(Timestamp, Output)>,
}

impl Recording {
    pub(super) fn on_made(&mut self, config: &Config, seed: [u8; 32], now: Timestamp) {
        self.engine = Some((config.clone(), Recorder::new(seed, now)));
    }

    pub(super) fn on_input(&mut self, now: Timestamp, input: &Input) {
        if let Some((_, recorder)) = &mut self.engine {
            recorder.on_input(now, input);
        }
    }

    pub(super) fn on_timeout(&mut self, now: Timestamp) {
        if let Some((_, recorder)) = &mut self.engine {
            recorder.on_timeout(now);
        }
    }

    pub(super) fn on_output(&mut self, now: Timestamp, output: &Output) {
        self.outputs.push((now, output.clone()));
    }
}

impl World {
    /// Records the engine of a node that has yet to come.
    pub(crate) fn record(&mut self, node: u32) {
        self.recording = Some(Recording {
            node: NodeId(node),
            engine: None,
            outputs: Vec::new(),
        });
    }

    /// Takes the recording, if there is one.
    pub(crate) fn take_recorded(&mut self) -> Option<Recorded> {
        let recording = self.recording.take()?;
        let (config, recorder) = recording.engine?;
        Some(Recorded {
            config,
            trace: recorder.into_bytes(),
            outputs: recording.outputs,
        })
    }
}
