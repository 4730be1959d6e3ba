//! One announcer, and the offers that wait for its answer.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Id20, MAX_WAITING, OFFER_LIFE, Progress};
use crate::rooms::{ConnId, RoomKey};

#[derive(Debug)]
pub(super) struct Announcer {
    /// The name that it chose.
    pub(super) peer: Id20,
    pub(super) room: RoomKey,
    /// Its index in its room's list.
    pub(super) place: usize,
    pub(super) progress: Progress,
    /// Whether it said that it has completed, and was counted.
    pub(super) counted: bool,
    /// When it is taken out unless it announces.
    pub(super) deadline: Duration,
    /// The entry it has in the timer table; never after `deadline`.
    pub(super) armed: Duration,
    /// When it was asked last whether it is there.
    pub(super) probed: Option<Duration>,
    /// The offers that it was handed; the oldest first.
    offers: VecDeque<Expected>,
}

/// An offer that may be answered.
#[derive(Debug)]
pub(super) struct Expected {
    pub(super) from: ConnId,
    offer: Id20,
    until: Duration,
}

impl Announcer {
    pub(super) fn new(peer: Id20, room: RoomKey, place: usize, deadline: Duration) -> Self {
        Self {
            peer,
            room,
            place,
            progress: Progress::Partial,
            counted: false,
            deadline,
            armed: deadline,
            probed: None,
            offers: VecDeque::new(),
        }
    }

    /// The offers that it may answer now.
    pub(super) fn waiting(&self, now: Duration) -> impl ExactSizeIterator<Item = &Expected> {
        self.offers.range(self.expired(now)..)
    }

    /// Notes that it was handed an offer.
    pub(super) fn expect(&mut self, now: Duration, from: ConnId, offer: Id20) {
        self.offers.drain(..self.expired(now));
        if self.offers.len() == MAX_WAITING {
            self.offers.pop_front();
        }
        self.offers.push_back(Expected {
            from,
            offer,
            until: now + OFFER_LIFE,
        });
    }

    /// Takes out an offer that it may answer now. Tells whether there was one.
    pub(super) fn take(&mut self, now: Duration, from: ConnId, offer: Id20) -> bool {
        self.offers.drain(..self.expired(now));
        let found = self
            .offers
            .iter()
            .position(|expected| expected.from == from && expected.offer == offer);
        found.is_some_and(|place| self.offers.remove(place).is_some())
    }

    fn expired(&self, now: Duration) -> usize {
        self.offers.partition_point(|expected| expected.until <= now)
    }
}
