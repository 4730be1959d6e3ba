//! The connections that came with each token, in the order in which they came.

use std::collections::BTreeMap;

use super::{Front, RoomAddress};
use crate::admission::{Full, Place};
use crate::rooms::ConnId;

/// A connection that came with a token, or is about to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder {
    /// Its membership.
    pub conn: ConnId,
    /// Its connection to the server: one may have several memberships, which do not replace each other.
    pub visit: u64,
    /// Where it comes from.
    pub place: Place,
}

/// One that made room for a newer one from the same place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Replaced {
    /// Its membership.
    pub conn: ConnId,
    /// The room that it is in.
    pub address: RoomAddress,
}

#[derive(Debug, Default)]
pub(super) struct Holders(BTreeMap<String, Vec<Held>>);

/// A connection that is a member: its room, and its swarm and protocol.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) holder: Holder,
    pub(super) address: RoomAddress,
    pub(super) front: Front,
    pub(super) swarm: String,
}

impl Holders {
    /// Finds out whether a token allows one more connection, and which one is closed for it: the oldest from the same
    /// place, which mostly is one that broke unnoticed. A newcomer from another place drives nobody out.
    pub(super) fn room(&self, (token, most): (&str, u32), newcomer: Holder) -> Result<Option<&Held>, Full> {
        let Some(holders) = self.0.get(token) else {
            return Ok(None);
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if holders.len() < most {
            return Ok(None);
        }
        let replaceable =
            |held: &&Held| held.holder.place == newcomer.place && held.holder.visit != newcomer.visit;
        let oldest = holders.iter().find(replaceable).filter(|_| holders.len() == most);
        oldest.map(Some).ok_or(Full::Token)
    }

    pub(super) fn add(&mut self, token: &str, held: Held) {
        self.0.entry(token.to_owned()).or_default().push(held);
    }

    /// Takes a connection out, if it is still there.
    pub(super) fn remove(&mut self, token: &str, conn: ConnId) {
        let Some(holders) = self.0.get_mut(token) else {
            return;
        };
        holders.retain(|held| held.holder.conn != conn);
        if holders.is_empty() {
            self.0.remove(token);
        }
    }

    pub(super) fn holds(&self, token: &str, conn: ConnId) -> bool {
        let holders = self.0.get(token);
        holders.is_some_and(|holders| holders.iter().any(|held| held.holder.conn == conn))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
