//! Who is introduced to whom.

use super::ConnId;

/// Chooses the peers that one peer is introduced to.
///
/// `available` yields, lazily, those that may be chosen: members of the same swarm with room for a pairing, not
/// paired with the peer, not kept apart from it; the least loaded first, and of equals the one that joined
/// first. What is chosen must come from there, at most `count` of them, each once.
pub trait Pairing: std::fmt::Debug {
    /// Chooses for `peer`.
    fn choose(&self, peer: ConnId, available: &mut dyn Iterator<Item = ConnId>, count: usize) -> Vec<ConnId>;
}

/// Takes the first that are available, in the order given. Load thus spreads: a member gets its second pairing
/// only when every other that is available has its first.
#[derive(Debug, Clone, Copy, Default)]
pub struct FirstAvailable;

impl Pairing for FirstAvailable {
    fn choose(
        &self,
        _peer: ConnId,
        available: &mut dyn Iterator<Item = ConnId>,
        count: usize,
    ) -> Vec<ConnId> {
        available.take(count).collect()
    }
}
