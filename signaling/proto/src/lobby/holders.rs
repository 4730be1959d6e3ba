//! The connections that came with each token, in the order in which they came.

use std::collections::BTreeMap;

use super::{Door, Full};
use crate::rooms::{ConnId, Place};

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
    pub door: Door,
}

#[derive(Debug, Default)]
pub(super) struct Holders(BTreeMap<String, Vec<(Holder, Door)>>);

impl Holders {
    /// Finds out whether a token is good for one more, and who has to go for that: the oldest from the same place, which
    /// mostly is one that broke unnoticed. Whoever has the token elsewhere drives nobody out.
    pub(super) fn room(
        &self,
        (token, most): (&str, u32),
        newcomer: Holder,
    ) -> Result<Option<Replaced>, Full> {
        let Some(holders) = self.0.get(token) else {
            return Ok(None);
        };
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        if holders.len() < most {
            return Ok(None);
        }
        let replaceable =
            |(holder, _): &&(Holder, Door)| holder.place == newcomer.place && holder.visit != newcomer.visit;
        let oldest = holders.iter().find(replaceable).filter(|_| holders.len() == most);
        oldest.map_or(Err(Full::Token), |(holder, door)| {
            Ok(Some(Replaced {
                conn: holder.conn,
                door: *door,
            }))
        })
    }

    pub(super) fn add(&mut self, token: &str, holder: Holder, door: Door) {
        self.0.entry(token.to_owned()).or_default().push((holder, door));
    }

    /// Takes one out, where it is in still.
    pub(super) fn remove(&mut self, token: &str, conn: ConnId) {
        let Some(holders) = self.0.get_mut(token) else {
            return;
        };
        holders.retain(|(holder, _)| holder.conn != conn);
        if holders.is_empty() {
            self.0.remove(token);
        }
    }

    pub(super) fn holds(&self, token: &str, conn: ConnId) -> bool {
        let holders = self.0.get(token);
        holders.is_some_and(|holders| holders.iter().any(|(holder, _)| holder.conn == conn))
    }

    #[cfg(test)]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
