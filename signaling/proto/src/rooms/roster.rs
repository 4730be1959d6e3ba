//! The members of one swarm, listed by whether they take more pairings, so that any list can be drawn from at random
//! without a look at the others. A member knows its seat; `Hall` keeps the two in step.

use super::ConnId;
use super::index::Index;
use super::locale::Locale;

/// Whether a member takes more pairings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// It takes more.
    Open,
    /// It has as many as it said it takes: it is offered when nobody else is left.
    Full,
    /// It has as many as the server allows.
    Shut,
}

/// A member's place in its swarm's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) standing: Standing,
    pub(super) index: usize,
}

#[derive(Debug, Default)]
pub(super) struct Roster {
    open: Vec<ConnId>,
    full: Vec<ConnId>,
    shut: Vec<ConnId>,
    /// The members that are open, by what they have in common.
    index: Index,
}

impl Roster {
    /// Gives a member a seat.
    pub(super) fn seat(&mut self, conn: ConnId, standing: Standing, locale: &Locale) -> Seat {
        if standing == Standing::Open {
            self.index.insert(conn, locale);
        }
        let list = self.list_mut(standing);
        list.push(conn);
        Seat {
            standing,
            index: list.len() - 1,
        }
    }

    /// Frees a member's seat. The member that is returned, if any, moves into it.
    pub(super) fn vacate(&mut self, conn: ConnId, seat: Seat, locale: &Locale) -> Option<ConnId> {
        if seat.standing == Standing::Open {
            self.index.remove(conn, locale);
        }
        let list = self.list_mut(seat.standing);
        list.swap_remove(seat.index);
        list.get(seat.index).copied()
    }

    /// Those that take more pairings, by what they have in common.
    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// The members of one standing, in no particular order.
    pub(super) fn list(&self, standing: Standing) -> &[ConnId] {
        match standing {
            Standing::Open => &self.open,
            Standing::Full => &self.full,
            Standing::Shut => &self.shut,
        }
    }

    /// How many pairings a member that takes `capacity` may ask for: the share of it that members with room have in
    /// the swarm, or a quarter where they are few.
    ///
    /// So there is always room left in many places. If all could ask for half of what they take, as the engine does by
    /// default, those that came earlier would be full: each newcomer would meet the latest before it, and the swarm
    /// would become a chain. Two thousand that join one after another and ask for 8 of 16 would then be up to 66 hops
    /// apart; with this rule they are 9, and 3 % of them have 7 peers until they ask again.
    pub(super) fn allowance(&self, capacity: usize) -> usize {
        let share = capacity * self.open.len() / self.len().max(1);
        share.max(capacity / 4).max(1)
    }

    pub(super) fn len(&self) -> usize {
        self.open.len() + self.full.len() + self.shut.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn list_mut(&mut self, standing: Standing) -> &mut Vec<ConnId> {
        match standing {
            Standing::Open => &mut self.open,
            Standing::Full => &mut self.full,
            Standing::Shut => &mut self.shut,
        }
    }
}
