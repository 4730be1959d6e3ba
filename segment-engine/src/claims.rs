//! Who fetches a segment's stripes from the origin: volunteers by hash, claims that are heard, leases that lapse.
//!
//! A segment is cut into stripes of neighbouring pieces. For each, a hash makes some twelve peers of the swarm
//! volunteer, and gives each a delay; the one with the shortest claims the stripe and fetches it. The claim is
//! flooded, so that the others stand back. If nothing of a stripe appears, its claim lapses and other volunteers are
//! chosen. Nobody coordinates, and no server keeps any state.
//!
//! If the manifest says when a segment will be available, it is claimed before: the claimers then fetch their stripes
//! as soon as they can, and claims have the time to be heard.

mod heard;
mod reputation;
mod volunteer;

use std::ops::Range;
use std::time::Duration;

pub(crate) use heard::{Flood, Heard};
pub(crate) use reputation::Reputation;
pub(crate) use volunteer::{FEW, Lot, Pace, Reach, TURN, outranks};

use crate::id::Member;
use crate::time::Timestamp;
use crate::vecmap::VecSet;

/// The most stripes of a segment: one for each bit of a claim's mask.
pub(crate) const MAX_STRIPES: u32 = 16;

/// The approximate size of a stripe, in bytes; smaller ones mean more requests to the origin, larger ones longer
/// waits.
const STRIPE: u64 = 256 << 10;

/// A segment is cut into at least this many stripes, as long as each still has `LEAST_STRIPE` bytes: the more peers
/// start with a part of it, the sooner all have it.
const LEAST_STRIPES: u64 = 4;
const LEAST_STRIPE: u64 = 64 << 10;

/// How many rounds of volunteers are chosen for a stripe; after the last it is left to each peer's own rescue.
const MAX_ATTEMPTS: u8 = 4;

/// The most claims of one stripe that are remembered.
const MAX_CLAIMERS: usize = 32;

/// The time of a stripe for which nothing is scheduled.
const NEVER: Timestamp = Timestamp::from_micros(u64::MAX);

/// The number of stripes for a segment of about `nominal` bytes: its length times the bandwidth of its track. All
/// peers read the same in the manifest, so they agree before anybody has seen the segment.
pub(crate) fn stripe_count(nominal: u64) -> u32 {
    let rounded = nominal.saturating_add(STRIPE / 2) / STRIPE;
    let count = rounded.max(LEAST_STRIPES.min(nominal / LEAST_STRIPE));
    u32::try_from(count).unwrap_or(u32::MAX).clamp(1, MAX_STRIPES)
}

/// One segment's stripes, and what this peer knows of who fetches them.
#[derive(Debug)]
pub(crate) struct Stripes {
    /// How many pieces the segment has, once known.
    pieces: Option<u32>,
    /// Whether the segment is available from the origin.
    there: bool,
    stripes: Vec<Stripe>,
}

#[derive(Debug, Clone)]
struct Stripe {
    attempt: u8,
    /// In how many attempts nobody claimed it.
    silent: u8,
    course: Course,
    at: Timestamp,
    progress: Timestamp,
    /// Who else claimed it in this attempt, until some of it appears.
    claimers: VecSet<Member>,
    /// How many claims are enough.
    enough: usize,
}

/// What is expected of a stripe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    /// Nothing yet.
    Idle,
    /// This peer volunteers, and claims at the given time.
    Claim,
    /// Others volunteer; one of them should have claimed by the given time.
    Listen,
    /// Somebody fetches it, or some of it has appeared; more must appear by the given time. No time is set before the
    /// segment is available.
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
        /// How many rounds of volunteers came before this one.
        attempt: u8,
    },
    /// Nobody claimed it, or a claim lapsed: choose volunteers anew, by [`Stripes::arm`].
    Vacant {
        /// Which stripe.
        stripe: u32,
        /// The members whose claims lapsed.
        lapsed: VecSet<Member>,
    },
}

impl Stripes {
    /// The given number of stripes, of a segment that may not be available yet. Nothing is expected of them until
    /// they are armed.
    pub(crate) fn new(count: u32) -> Self {
        let idle = Stripe {
            attempt: 0,
            silent: 0,
            course: Course::Idle,
            at: NEVER,
            progress: Timestamp::ZERO,
            claimers: VecSet::default(),
            enough: 1,
        };
        Self {
            pieces: None,
            there: false,
            stripes: vec![idle; count.clamp(1, MAX_STRIPES) as usize],
        }
    }

    /// Learns how many pieces the segment has, and so that it is available. Leases count from now.
    pub(crate) fn on_sized(&mut self, pieces: u32, now: Timestamp, pace: Pace) {
        self.pieces = Some(pieces);
        self.there = true;
        let leased = self.stripes.iter_mut();
        for stripe in leased.filter(|stripe| stripe.course == Course::Leased) {
            stripe.progress = now;
            stripe.at = now + pace.lease();
        }
    }

    /// Learns that the segment is available, though its size is still unknown.
    pub(crate) fn on_there(&mut self) {
        self.there = true;
    }

    /// The stripes that are not armed yet.
    pub(crate) fn idle(&self) -> Vec<u32> {
        self.in_course(Course::Idle)
    }

    /// The stripes that this peer has claimed.
    pub(crate) fn mine(&self) -> Vec<u32> {
        self.in_course(Course::Mine)
    }

    fn in_course(&self, course: Course) -> Vec<u32> {
        let stripes = (0..self.count()).zip(&self.stripes);
        stripes
            .filter(|(_, stripe)| stripe.course == course)
            .map(|(index, _)| index)
            .collect()
    }

    /// How many stripes there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.stripes.len()).expect("invariant: at most 16 stripes")
    }

    /// The stripes that a claim's bits name, ascending.
    pub(crate) fn of_mask(&self, mask: u16) -> impl Iterator<Item = u32> + use<> {
        (0..self.count()).filter(move |stripe| mask & (1 << stripe) != 0)
    }

    /// A stripe's pieces. Empty before the segment's piece count is known, and for some stripes of a segment that has
    /// fewer pieces than stripes.
    pub(crate) fn range(&self, stripe: u32) -> Range<u32> {
        let edge = |stripe: u32| {
            let pieces = u64::from(self.pieces.unwrap_or(0)) * u64::from(stripe) / u64::from(self.count());
            u32::try_from(pieces).expect("invariant: no more than there are pieces")
        };
        edge(stripe)..edge(stripe + 1)
    }

    /// The stripe that a piece belongs to.
    pub(crate) fn of_piece(&self, piece: u32) -> u32 {
        let pieces = u64::from(self.pieces.unwrap_or(0)).max(1);
        let guess = u64::from(piece) * u64::from(self.count()) / pieces;
        let guess = u32::try_from(guess).unwrap_or(0).min(self.count() - 1);
        let behind = |stripe: &u32| piece < self.range(*stripe).end;
        (guess..self.count()).find(behind).unwrap_or(self.count() - 1)
    }

    /// The attempt that a stripe is in.
    pub(crate) fn attempt(&self, stripe: u32) -> u8 {
        self.stripes
            .get(stripe as usize)
            .map_or(0, |stripe| stripe.attempt)
    }

    /// In how many attempts nobody claimed it: fewer peers may be able to than it seems.
    pub(crate) fn silent(&self, stripe: u32) -> u8 {
        self.stripes
            .get(stripe as usize)
            .map_or(0, |stripe| stripe.silent)
    }

    /// Sets this peer's part in a stripe's present attempt: claim after the lot's delay, or listen; either ends once
    /// `enough` claims were heard.
    pub(crate) fn arm(&mut self, stripe: u32, now: Timestamp, lot: Lot, pace: Pace, enough: usize) {
        let Some(stripe) = self.stripes.get_mut(stripe as usize) else {
            return;
        };
        stripe.enough = enough.max(1);
        stripe.progress = now;
        (stripe.course, stripe.at) = match lot {
            Lot::Volunteers(delay) => (Course::Claim, now + delay),
            Lot::Listens => (Course::Listen, now + pace.patience()),
        };
    }

    /// Closes a stripe: it is complete, or left to rescue.
    pub(crate) fn close(&mut self, stripe: u32) {
        if let Some(stripe) = self.stripes.get_mut(stripe as usize) {
            stripe.course = Course::Closed;
            stripe.at = NEVER;
        }
    }

    /// Notes that this peer fetches a stripe.
    pub(crate) fn on_mine(&mut self, stripe: u32) {
        if let Some(stripe) = self.stripes.get_mut(stripe as usize) {
            stripe.course = Course::Mine;
            stripe.at = NEVER;
        }
    }

    /// Gives up this peer's claim of a stripe if enough of the other claimers outrank it; only before the segment is
    /// available.
    pub(crate) fn yield_to(&mut self, stripe: u32, outranks: impl Fn(Member, u8) -> bool) {
        if let Some(stripe) = self.stripes.get_mut(stripe as usize)
            && stripe.course == Course::Mine
            && !self.there
        {
            let before = stripe.claimers.iter();
            let before = before.filter(|other| outranks(**other, stripe.attempt)).count();
            if before >= stripe.enough {
                stripe.course = Course::Leased;
            }
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
            // The other claimers stood back for this peer, and broke no promise.
            stripe.claimers.clear();
        }
    }

    /// Notes a claim that was heard. A claim of an attempt other than the stripe's is ignored: a peer moves to the
    /// next attempt by its own leases alone, so nobody can use up the attempts for all by endless claims.
    pub(crate) fn on_claim(&mut self, stripe: u32, attempt: u8, by: Member, now: Timestamp, pace: Pace) {
        let there = self.there;
        let Some(stripe) = self.stripes.get_mut(stripe as usize) else {
            return;
        };
        let open = !matches!(stripe.course, Course::Idle | Course::Closed);
        if !open || attempt != stripe.attempt {
            return;
        }
        if matches!(stripe.course, Course::Leased | Course::Mine) {
            let contested = stripe.course == Course::Mine && !there;
            if (contested || !stripe.claimers.is_empty()) && stripe.claimers.len() < MAX_CLAIMERS {
                stripe.claimers.insert(by);
            }
            return;
        }
        stripe.claimers.insert(by);
        if stripe.course == Course::Claim && stripe.claimers.len() < stripe.enough {
            return;
        }
        stripe.course = Course::Leased;
        stripe.progress = now;
        stripe.at = if there { now + pace.lease() } else { NEVER };
    }

    /// Notes that a neighbour offers more of a stripe, or that more was received. Returns the claimer that kept its
    /// word by it, if there was only one.
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

    /// When a stripe next has to be looked at.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        let armed = self
            .stripes
            .iter()
            .filter(|stripe| !matches!(stripe.course, Course::Idle | Course::Closed));
        armed.map(|stripe| stripe.at).min().filter(|at| *at < NEVER)
    }

    /// Takes what is due, one stripe at a time; `None` once nothing is due any more.
    pub(crate) fn pop_due(&mut self, now: Timestamp, pace: Pace) -> Option<Due> {
        for (index, stripe) in (0_u32..).zip(&mut self.stripes) {
            if stripe.at > now {
                continue;
            }
            match stripe.course {
                Course::Claim => {
                    stripe.at = NEVER;
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
                    stripe.at = NEVER;
                    let lapsed = std::mem::take(&mut stripe.claimers);
                    stripe.silent += u8::from(lapsed.is_empty());
                    if stripe.attempt < MAX_ATTEMPTS {
                        return Some(Due::Vacant {
                            stripe: index,
                            lapsed,
                        });
                    }
                }
                Course::Idle | Course::Mine | Course::Closed => stripe.at = NEVER,
            }
        }
        None
    }
}

impl Pace {
    /// How long volunteers may take before it counts that nobody claimed.
    fn patience(self) -> Duration {
        self.span() + Duration::from_millis(500)
    }
}

#[cfg(test)]
mod tests;
