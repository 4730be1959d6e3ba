//! What new settings mean for the streams that run.

use std::sync::Arc;

use super::Running;
use super::starting::Keys;
use crate::settings::Spec;

/// What new settings changed, by names.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) started: Vec<String>,
    pub(crate) restarted: Vec<String>,
    pub(crate) stopped: Vec<String>,
}

/// What is to be done so that what runs is what the settings say.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// To be started.
    pub(super) new: Vec<&'a Spec>,
    /// To go on, perhaps with other memory.
    pub(super) stay: Vec<(Arc<Running>, &'a Spec)>,
    /// To be started anew.
    pub(super) change: Vec<(Arc<Running>, &'a Spec)>,
    /// To be stopped.
    pub(super) gone: Vec<Arc<Running>>,
}

impl<'a> Plan<'a> {
    /// Compares what runs with what should. A key file may hold another key than it did.
    pub(super) fn new(before: &[Arc<Running>], specs: &'a [Spec], keys: &Keys) -> Self {
        let is_gone = |running: &&Arc<Running>| !specs.iter().any(|spec| spec.name == running.spec.name);
        let mut plan = Self {
            new: Vec::new(),
            stay: Vec::new(),
            change: Vec::new(),
            gone: before.iter().filter(is_gone).cloned().collect(),
        };
        for spec in specs {
            let Some(running) = before.iter().find(|running| running.spec.name == spec.name) else {
                plan.add(spec);
                continue;
            };
            let has_key = running.seeder.public_key() == keys[&spec.key].public_key();
            if has_key && !running.spec.needs_restart(spec) {
                plan.stay.push((Arc::clone(running), spec));
            } else {
                plan.change.push((Arc::clone(running), spec));
            }
        }
        plan
    }

    /// Has a stream started: once that of another name has gone that is the same in all else that counts, if there is one.
    fn add(&mut self, spec: &'a Spec) {
        let is_same = |running: &mut Arc<Running>| {
            (&running.spec.swarm, &running.spec.signaling) == (&spec.swarm, &spec.signaling)
        };
        match self.gone.extract_if(.., is_same).next() {
            Some(running) => self.change.push((running, spec)),
            None => self.new.push(spec),
        }
    }

    /// The same as names, for the log.
    pub(super) fn changes(&self) -> Changes {
        let of_running = |running: &Arc<Running>| running.spec.name.clone();
        Changes {
            started: self.new.iter().map(|spec| spec.name.clone()).collect(),
            restarted: self.change.iter().map(|(_, spec)| spec.name.clone()).collect(),
            stopped: self.gone.iter().map(of_running).collect(),
        }
    }
}
