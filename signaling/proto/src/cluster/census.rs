//! The swarms of this node: what is told to the others, and which swarm a name on the bus stands for.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::packet::{MAX_PARTS, Part, SWARMS_PER_PACKET};
use super::seal::{Namer, SwarmKey};

/// The most swarms of one summary.
const MAX_SWARMS: usize = MAX_PARTS as usize * SWARMS_PER_PACKET;

/// The latest count.
#[derive(Debug)]
pub(super) struct Census {
    namer: Namer,
    names: BTreeMap<SwarmKey, String>,
    round: u64,
}

impl Census {
    pub(super) fn new(namer: Namer) -> Self {
        Self {
            namer,
            names: BTreeMap::new(),
            round: 0,
        }
    }

    /// The name of a swarm on the bus.
    pub(super) fn key(&self, swarm: &str) -> SwarmKey {
        self.namer.name(swarm)
    }

    /// The swarm that a name stands for, where this node has members of it.
    pub(super) fn swarm(&self, key: &[u8]) -> Option<&str> {
        let key = SwarmKey(key.try_into().ok()?);
        self.names.get(&key).map(String::as_str)
    }

    /// Takes a new count, and returns the packets that tell of it: one at least, since it also says that this node is
    /// there.
    pub(super) fn count(
        &mut self,
        connections: u32,
        swarms: impl IntoIterator<Item = (String, u32)>,
    ) -> Vec<Part> {
        let mut swarms: Vec<(String, u32)> = swarms.into_iter().filter(|(_, members)| *members > 0).collect();
        if swarms.len() > MAX_SWARMS {
            swarms.select_nth_unstable_by_key(MAX_SWARMS, |(_, members)| Reverse(*members));
            swarms.truncate(MAX_SWARMS);
        }
        self.round += 1;
        self.names.clear();
        let mut tallies = Vec::with_capacity(swarms.len());
        for (swarm, members) in swarms {
            let key = self.namer.name(&swarm);
            tallies.push((key, members));
            self.names.insert(key, swarm);
        }
        self.parts(connections, &tallies)
    }

    fn parts(&self, connections: u32, tallies: &[(SwarmKey, u32)]) -> Vec<Part> {
        if tallies.is_empty() {
            return vec![Part::new(self.round, (0, 1), connections, &[])];
        }
        let chunks = tallies.chunks(SWARMS_PER_PACKET);
        let parts = u8::try_from(chunks.len()).expect("invariant: MAX_PARTS is a byte");
        (0..parts)
            .zip(chunks)
            .map(|(part, chunk)| Part::new(self.round, (part, parts), connections, chunk))
            .collect()
    }
}
