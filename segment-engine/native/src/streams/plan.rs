//! The changes that new settings mean for the streams that run.

use std::sync::Arc;

use super::Running;
use super::starting::Keys;
use crate::settings::Spec;

/// The changes that new settings made, as names of streams.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) started: Vec<String>,
    pub(crate) restarted: Vec<String>,
    pub(crate) stopped: Vec<String>,
}

/// The steps after which the running streams are those of the settings.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// To be started, with nothing in the way.
    pub(super) new: Vec<&'a Spec>,
    /// To go on, perhaps with other memory.
    pub(super) stay: Vec<(Arc<Running>, &'a Spec)>,
    /// To be stopped.
    pub(super) ending: Vec<Arc<Running>>,
    /// To be started once those have ended that are in the way.
    pub(super) change: Vec<Change<'a>>,
}

/// A stream that takes the place of others.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) spec: &'a Spec,
    /// The names of the streams whose end it waits for: one of the same name, and one that feeds its swarm.
    pub(super) after: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Compares what runs with what should. A key file may hold another key than it did.
    pub(super) fn new(before: &[Arc<Running>], specs: &'a [Spec], keys: &Keys) -> Self {
        let goes_on = |running: &Running, spec: &Spec| {
            let has_key = running.seeder.public_key() == keys[&spec.key].public_key();
            running.spec.name == spec.name && has_key && !running.spec.needs_restart(spec)
        };
        let mut plan = Self {
            new: Vec::new(),
            stay: Vec::new(),
            ending: Vec::new(),
            change: Vec::new(),
        };
        for running in before {
            match specs.iter().find(|spec| goes_on(running, spec)) {
                Some(spec) => plan.stay.push((Arc::clone(running), spec)),
                None => plan.ending.push(Arc::clone(running)),
            }
        }
        for spec in specs {
            if !plan.stay.iter().any(|(_, stays)| stays.name == spec.name) {
                plan.add(spec);
            }
        }
        plan
    }

    /// Plans the start of a stream, for when nothing is in its way.
    fn add(&mut self, spec: &'a Spec) {
        let ending = self.ending.iter().map(|running| &running.spec);
        let in_the_way = ending.filter(|ending| ending.name == spec.name || ending.feeds_swarm_of(spec));
        let after: Vec<_> = in_the_way.map(|ending| ending.name.clone()).collect();
        if after.is_empty() {
            self.new.push(spec);
        } else {
            self.change.push(Change { spec, after });
        }
    }

    /// The changes as names, for the log.
    pub(super) fn changes(&self) -> Changes {
        let restarted: Vec<_> = self
            .change
            .iter()
            .map(|change| change.spec.name.clone())
            .collect();
        let is_replaced = |name: &String| self.change.iter().any(|change| change.after.contains(name));
        let ended = self.ending.iter().map(|running| running.spec.name.clone());
        Changes {
            started: self.new.iter().map(|spec| spec.name.clone()).collect(),
            restarted,
            stopped: ended.filter(|name| !is_replaced(name)).collect(),
        }
    }
}
