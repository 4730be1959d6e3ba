//! Who fetches a segment's stripes from the origin: volunteers by hash, claims that are heard, leases that lapse.
//!
//! A segment is cut into stripes of neighbouring pieces. For each, some twelve peers of the swarm volunteer, whom a
//! hash chooses; each waits for a time that the hash chooses too, and the first claims the stripe and fetches it. The
//! claim is flooded, so that the others stand back. Where nothing of a stripe comes to be seen, its claim lapses and
//! other volunteers are chosen. Nobody coordinates, and no server keeps any state.

mod heard;
mod reputation;
mod volunteer;

use std::time::Duration;

pub(crate) use heard::{Flood, Heard};
pub(crate) use reputation::Reputation;
pub(crate) use volunteer::{FEW, Lot, Pace, TURN};

use crate::id::Member;
use crate::time::Timestamp;
use crate::vecmap::VecSet;

/// The most stripes of a segment: as many bits as a claim has.
pub(crate) const MAX_STRIPES: u32 = 16;

/// Bytes of a stripe, about; smaller ones mean more requests to the origin, larger ones longer waits.
const STRIPE: u64 = 256 << 10;

/// How often other volunteers are chosen for a stripe; after that it is left to each peer's own rescue.
const MAX_ATTEMPTS: u8 = 4;

/// The most claims of one stripe that are remembered.
const MAX_CLAIMERS: usize = 32;

/// How many stripes a segment of `size` bytes has. The same for all peers, who agree on the size.
pub(crate) fn stripe_count(size: u64) -> u32 {
    let rounded = size.saturating_add(STRIPE / 2) / STRIPE;
    u32::try_from(rounded).unwrap_or(u32::MAX).clamp(1, MAX_STRIPES)
}

/// One segment's stripes, as far as this peer knows who fetches them.
#[derive(Debug)]
pub(crate) struct Stripes {
    pieces: u32,
    stripes: Vec<Stripe>,
}

#[derive(Debug, Clone)]
struct Stripe {
    attempt: u8,
    course: Course,
    at: Timestamp,
    progress: Timestamp,
    /// Who claimed it in this attempt, until some of it is seen.
    claimers: VecSet<Member>,
}

/// What is expected of a stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// This peer volunteers, and claims when its time has come.
    Claim,
    /// Others volunteer; one of them is expected to claim by its time.
    Listen,
    /// Somebody fetches it, or it is seen to come; by its time there must be more of it.
    Leased,
    /// This peer fetches it.
    Mine,
    /// It is all there, or left to rescue.
    Closed,
}

/// What is to be done about a stripe whose time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    /// Claim it, in this attempt, and fetch it.
    Claim {
        /// Which stripe.
        stripe: u32,
        /// The how-manieth choice of volunteers this is, from 0.
        attempt: u8,
    },
    /// Nobody claimed it, or a claim lapsed: choose volunteers anew, by [`Stripes::arm`].
    Vacant {
        /// Which stripe.
        stripe: u32,
        /// Whose claims came to nothing.
        lapsed: VecSet<Member>,
    },
}

impl Stripes {
    /// The stripes of a segment of `pieces` pieces and `size` bytes. Nothing is expected of them until they are armed.
    pub(crate) fn new(size: u64, pieces: u32) -> Self {
        let idle = Stripe {
            attempt: 0,
            course: Course::Closed,
            at: Timestamp::from_micros(u64::MAX),
            progress: Timestamp::ZERO,
            claimers: VecSet::default(),
        };
        let count = stripe_count(size).min(pieces.max(1));
        Self {
            pieces,
            stripes: vec![idle; count as usize],
        }
    }

    /// How many stripes there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.stripes.len()).expect("invariant: at most 16 stripes")
    }

    /// A stripe's pieces: the first, and one past the last.
    pub(crate) fn range(&self, stripe: u32) -> (u32, u32) {
        let edge = |stripe: u32| {
            let pieces = u64::from(self.pieces) * u64::from(stripe) / u64::from(self.count());
            u32::try_from(pieces).expect("invariant: no more than there are pieces")
        };
        (edge(stripe), edge(stripe + 1))
    }

    /// The stripe that a piece belongs to.
    pub(crate) fn of_piece(&self, piece: u32) -> u32 {
        let guess = u64::from(piece) * u64::from(self.count()) / u64::from(self.pieces.max(1));
        let guess = u32::try_from(guess).unwrap_or(0).min(self.count() - 1);
        if piece >= self.range(guess).1 {
            guess + 1
        } else {
            guess
        }
    }

    /// The attempt that a stripe is in.
    pub(crate) fn attempt(&self, stripe: u32) -> u8 {
        self.stripes
            .get(stripe as usize)
            .map_or(0, |stripe| stripe.attempt)
    }

    /// Sets what this peer does in a stripe's present attempt: claim after its lot's delay, or listen.
    pub(crate) fn arm(&mut self, stripe: u32, now: Timestamp, lot: Lot, pace: Pace) {
        let Some(stripe) = self.stripes.get_mut(stripe as usize) else {
            return;
        };
        stripe.progress = now;
        (stripe.course, stripe.at) = match lot {
            Lot::Volunteers(delay) => (Course::Claim, now + delay),
            Lot::Listens => (Course::Listen, now + pace.patience()),
        };
    }

    /// Leaves a stripe to rescue, or as complete.
    pub(crate) fn close(&mut self, stripe: u32) {
        if let Some(stripe) = self.stripes.get_mut(stripe as usize) {
            stripe.course = Course::Closed;
            stripe.at = Timestamp::from_micros(u64::MAX);
        }
    }

    /// Notes that this peer fetches a stripe.
    pub(crate) fn on_mine(&mut self, stripe: u32) {
        if let Some(stripe) = self.stripes.get_mut(stripe as usize) {
            stripe.course = Course::Mine;
            stripe.at = Timestamp::from_micros(u64::MAX);
        }
    }

    /// Notes that this peer's own fetch of a stripe failed: others have to.
    pub(crate) fn on_mine_failed(&mut self, stripe: u32, now: Timestamp) {
        if let Some(stripe) = self.stripes.get_mut(stripe as usize)
            && stripe.course == Course::Mine
        {
            stripe.course = Course::Leased;
            stripe.at = now;
            stripe.progress = Timestamp::ZERO;
        }
    }

    /// Notes a claim that was heard. One of an earlier attempt than the stripe is in changes nothing; nor does one that
    /// runs ahead, which would use the attempts up.
    pub(crate) fn on_claim(&mut self, stripe: u32, attempt: u8, by: Member, now: Timestamp, pace: Pace) {
        let Some(stripe) = self.stripes.get_mut(stripe as usize) else {
            return;
        };
        let open = matches!(stripe.course, Course::Claim | Course::Listen | Course::Leased);
        if !open || attempt < stripe.attempt || attempt > stripe.attempt + 1 || attempt >= MAX_ATTEMPTS {
            return;
        }
        if attempt > stripe.attempt {
            stripe.attempt = attempt;
            stripe.claimers.clear();
        } else if stripe.course == Course::Leased {
            if !stripe.claimers.is_empty() && stripe.claimers.len() < MAX_CLAIMERS {
                stripe.claimers.insert(by);
            }
            return;
        }
        stripe.claimers.insert(by);
        stripe.course = Course::Leased;
        stripe.progress = now;
        stripe.at = now + pace.lease();
    }

    /// Notes that more of a stripe is to be had from a neighbour, or was received. Returns who kept its word by it, where
    /// only one gave it.
    pub(crate) fn on_progress(&mut self, stripe: u32, now: Timestamp, pace: Pace) -> Option<Member> {
        let stripe = self.stripes.get_mut(stripe as usize)?;
        stripe.progress = now;
        let claimers = std::mem::take(&mut stripe.claimers);
        if matches!(stripe.course, Course::Claim | Course::Listen) {
            stripe.course = Course::Leased;
            stripe.at = now + pace.lease();
        }
        claimers.first().filter(|_| claimers.len() == 1).copied()
    }

    /// When the next stripe has to be looked at.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let armed = self
            .stripes
            .iter()
            .filter(|stripe| stripe.course != Course::Closed);
        armed
            .map(|stripe| stripe.at)
            .min()
            .filter(|at| *at < Timestamp::from_micros(u64::MAX))
    }

    /// What is due, one stripe at a time; `None` when all that was due has been returned.
    pub(crate) fn pop_due(&mut self, now: Timestamp, pace: Pace) -> Option<Due> {
        for (index, stripe) in (0_u32..).zip(&mut self.stripes) {
            if stripe.at > now {
                continue;
            }
            match stripe.course {
                Course::Claim => {
                    stripe.at = Timestamp::from_micros(u64::MAX);
                    return Some(Due::Claim {
                        stripe: index,
                        attempt: stripe.attempt,
                    });
                }
                Course::Leased if stripe.progress + pace.lease() > now => {
                    stripe.at = stripe.progress + pace.lease();
                }
                Course::Listen | Course::Leased => {
                    stripe.attempt += 1;
                    stripe.course = Course::Closed;
                    stripe.at = Timestamp::from_micros(u64::MAX);
                    let lapsed = std::mem::take(&mut stripe.claimers);
                    if stripe.attempt < MAX_ATTEMPTS {
                        return Some(Due::Vacant {
                            stripe: index,
                            lapsed,
                        });
                    }
                }
                Course::Mine | Course::Closed => stripe.at = Timestamp::from_micros(u64::MAX),
            }
        }
        None
    }
}

impl Pace {
    /// How long volunteers may take to claim, before nobody is taken to have.
    fn patience(self) -> Duration {
        self.span() + Duration::from_millis(500)
    }
}

#[cfg(test)]
mod tests;
