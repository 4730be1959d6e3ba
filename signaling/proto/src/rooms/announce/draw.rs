//! Draws members of a room that may be handed an offer, at random and each once.

use std::collections::BTreeMap;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;

use super::member::Announcer;
use super::{MAX_LOOKED_AT, MAX_WAITING, MAX_WAITING_OF_ONE};
use crate::rooms::draw::{Shuffled, below};
use crate::rooms::{ConnId, Crowd, Party, Pool};

/// Yields all but the announcer and those that have as many offers waiting as they may.
pub(super) struct Draw<'a> {
    pub(super) now: Duration,
    pub(super) announcer: ConnId,
    pub(super) members: &'a BTreeMap<ConnId, Announcer>,
    pub(super) list: Shuffled<'a>,
    pub(super) rng: &'a mut ChaCha20Rng,
}

impl Crowd for Draw<'_> {
    /// Nobody tells where announcers are: only the whole room has any.
    fn draw(&mut self, pool: Pool) -> Option<Party> {
        if pool != Pool::Room {
            return None;
        }
        while self.list.drawn() < MAX_LOOKED_AT {
            let other = self.list.draw(self.rng)?;
            let Some(member) = self.members.get(&other).filter(|_| other != self.announcer) else {
                continue;
            };
            let waiting = member.waiting(self.now);
            let pairs = waiting.len();
            let of_one = waiting.filter(|offer| offer.from == self.announcer).count();
            if pairs < MAX_WAITING && of_one < MAX_WAITING_OF_ONE {
                return Some(Party::new(other, pairs));
            }
        }
        None
    }

    fn taken(&self, _other: ConnId) -> usize {
        0
    }

    fn chance(&mut self, one_in: u32) -> bool {
        let bound = usize::try_from(one_in).unwrap_or(usize::MAX);
        bound > 0 && below(self.rng, bound) == 0
    }
}
