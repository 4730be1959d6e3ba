//! Ramp-up and switch-off: which viewers are let in, and what becomes of members who are not in a smaller share.

use std::time::Duration;

use signaling_proto::admission::Place;
use signaling_proto::message::Role;
use signaling_proto::rooms::{Reason, Refusal};
use signaling_proto::share::{Drawn, Lot};

use super::Hub;
use super::visit::{Caller, Membership};
use crate::config::Ramp;
use crate::door::{Door, Ticket};
use crate::shard::Shard;

impl Ramp {
    /// Lets a newcomer in by its lot, or says when to ask again.
    pub(super) fn admit(&self, lot: Lot) -> Result<(), Refusal> {
        if self.share.holds(lot) {
            return Ok(());
        }
        Err(Refusal::switched_off(self.retry_in_ms()))
    }

    /// Draws when one who is out asks again: half of the time to all of it, so that they do not all come at once.
    pub(crate) fn retry_in_ms(&self) -> u64 {
        let most = millis(self.retry);
        rand::random_range(most / 2..=most)
    }
}

impl Hub {
    /// Ends the memberships of those who are not in the share that was read last.
    pub(super) fn switch_off(&self) {
        for shard in &self.shards {
            self.switch_off_in(shard);
        }
    }

    /// Ends a membership that began while a smaller share was read: that did not see it.
    pub(super) fn part_if_switched_off(&self, membership: &Membership, lot: Lot) {
        if !self.tables().ramp.share.holds(lot) {
            self.switch_off_in(self.shard(membership.entry.address()));
        }
    }

    fn switch_off_in(&self, shard: &Shard) {
        let now = self.now();
        let (ended, left) = shard.switch_off(now, &self.tables().ramp);
        for _ in 0..ended {
            self.count_refused(Reason::SwitchedOff);
        }
        self.route(now, left);
    }
}

/// The lot of a newcomer: a seeder's, or what is drawn by what it has that lasts. Its own word for a seeder counts only
/// where nobody needs a token.
pub(super) fn lot_of(door: &Door, caller: &Caller<'_>, ticket: Option<&Ticket>, place: Place) -> Lot {
    let is_seeder = match ticket {
        Some(ticket) if ticket.role == Role::Seeder => true,
        Some(_) | None => caller.role == Role::Seeder && !door.requires_token(),
    };
    if is_seeder {
        return Lot::EXEMPT;
    }
    let by_token = ticket.map(|ticket| Drawn::Token(&ticket.id));
    let drawn = caller.drawn.or(by_token).unwrap_or(Drawn::Place(place));
    Lot::draw(caller.swarm, drawn)
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
