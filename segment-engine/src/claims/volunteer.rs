//! Which peers volunteer for a stripe, and after which delay each claims it: by hash, so that no message is needed.

use std::time::Duration;

use crate::fnv::{Fnv, mix};
use crate::id::{Member, SegmentKey};

/// The expected number of volunteers for a stripe. The probability that there is none is e^-12, and the number of
/// those who claim before they hear of another does not grow with the swarm.
const VOLUNTEERS: u64 = 12;

/// The factor by which the number of volunteers grows after each attempt in which nobody claimed: the estimate may
/// have counted peers that left, or that watch another representation. Attempts whose claims were made and broken do
/// not count.
const GROWTH: u64 = 3;

/// How fast a stripe has to be claimed, and seen to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace(Duration);

impl Pace {
    /// The pace for a segment that is needed after `slack`.
    pub(crate) fn of(slack: Duration) -> Self {
        Self(slack)
    }

    /// The time within which volunteers claim: a sixth of the slack, 0.3 to 1.5 s. A claim takes 0.1 to 0.2 s to be
    /// heard everywhere; the longer the span, the fewer claims overlap. Measured with 300 viewers 12 s behind live: a
    /// tenth instead of a sixth gives 2.0 instead of 1.5 copies, and makes a segment complete 0.3 s sooner.
    pub(crate) fn span(self) -> Duration {
        (self.0 / 6).clamp(Duration::from_millis(300), Duration::from_millis(1_500))
    }

    /// How long no progress of a stripe may be seen before its claim lapses: a quarter of the slack, 1 to 2.5 s.
    /// Shorter leases recover sooner from false claims, but honest peers that are far away break more of them.
    pub(crate) fn lease(self) -> Duration {
        (self.0 / 4).clamp(Duration::from_secs(1), Duration::from_millis(2_500))
    }
}

/// What the hash chose for this peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lot {
    /// It claims after this time, unless it hears of another.
    Volunteers(Duration),
    /// Other peers do.
    Listens,
}

/// How fast a volunteer's uplink is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It can send each piece to several peers in the time that the piece plays.
    Far,
    /// It cannot.
    Near,
}

impl Lot {
    /// Draws the lot of one peer in one attempt at a stripe; `capable` is the number of peers that could volunteer.
    /// The more attempts were `silent`, the more peers are drawn.
    pub(crate) fn draw(
        member: Member,
        key: &SegmentKey,
        stripe: u32,
        (attempt, silent): (u8, u8),
        capable: u32,
        pace: Pace,
    ) -> Self {
        let draw = hash(member, key, stripe, attempt);
        let (gate, timer) = (draw >> 32, draw & u64::from(u32::MAX));
        let wanted = VOLUNTEERS * GROWTH.pow(u32::from(silent.min(4)));
        if gate * u64::from(capable) >= wanted << 32 {
            return Self::Listens;
        }
        Self::Volunteers(delay(timer, pace.span()))
    }
}

/// Up to this many peers that could volunteer, each knows nearly all others by name, and they take turns.
pub(crate) const FEW: u32 = 24;

/// How long each of few peers waits after the one before it: about as long as a claim takes to be heard.
pub(crate) const TURN: Duration = Duration::from_millis(200);

impl Lot {
    /// The lot of a peer among few that know each other: they claim in the order of a hash (highest random weight,
    /// Thaler and Ravishankar 1998). The first claims at once, and mostly alone.
    pub(crate) fn in_turn(
        member: Member,
        others: &[Member],
        key: &SegmentKey,
        stripe: u32,
        attempt: u8,
    ) -> Self {
        let own = hash(member, key, stripe, attempt);
        let before = others
            .iter()
            .filter(|other| hash(**other, key, stripe, attempt) < own);
        let rank = u32::try_from(before.count()).unwrap_or(u32::MAX);
        if u64::from(rank) >= VOLUNTEERS {
            return Self::Listens;
        }
        Self::Volunteers(TURN * rank)
    }

    /// The same lot, confined to the first or the second half of the span: what peers with fast uplinks fetch spreads
    /// soonest ("snowball" of Liu, Multimedia 2007).
    pub(crate) fn of(self, pace: Pace, reach: Reach) -> Self {
        match (self, reach) {
            (Self::Volunteers(delay), Reach::Far) => Self::Volunteers(delay / 2),
            (Self::Volunteers(delay), Reach::Near) => Self::Volunteers((pace.span() + delay) / 2),
            (Self::Listens, _) => Self::Listens,
        }
    }

    /// The same lot, delayed by `wait`.
    pub(crate) fn after(self, wait: Duration) -> Self {
        match self {
            Self::Volunteers(delay) => Self::Volunteers(delay + wait),
            Self::Listens => Self::Listens,
        }
    }
}

/// Whether `one` wins over `other` when both claimed the same stripe before the segment was available.
pub(crate) fn outranks(one: Member, other: Member, key: &SegmentKey, stripe: u32, attempt: u8) -> bool {
    let rank = |member| (hash(member, key, stripe, attempt), member);
    rank(one) < rank(other)
}

/// A truncated exponential of rate `ln 12 + 1` over the span, from an even draw of 32 bits: most draws are late, so that
/// the earliest stands alone ("RandomBackoff" of RFC 5401).
fn delay(draw: u64, span: Duration) -> Duration {
    /// `65536 * ln(1 + i / 32 * (e^L - 1)) / L` with `L = ln 12 + 1`, for i from 0 to 32.
    const CURVE: [u64; 33] = [
        0, 12_923, 20_510, 25_902, 30_087, 33_508, 36_401, 38_909, 41_120, 43_099, 44_890, 46_524, 48_028,
        49_420, 50_717, 51_930, 53_069, 54_143, 55_159, 56_123, 57_040, 57_914, 58_750, 59_550, 60_317,
        61_054, 61_764, 62_447, 63_107, 63_744, 64_361, 64_958, 65_536,
    ];
    let (step, rest) = (
        usize::try_from(draw >> 27).unwrap_or(31).min(31),
        draw & ((1 << 27) - 1),
    );
    let share = CURVE[step] + (((CURVE[step + 1] - CURVE[step]) * rest) >> 27);
    let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(micros.saturating_mul(share) >> 16)
}

/// FNV-1a over what identifies the draw, finished with SplitMix64's mixer: even enough for lots, the same on every
/// target. A peer can choose its own member id to be drawn more often; all it gains is to fetch from the origin.
fn hash(member: Member, key: &SegmentKey, stripe: u32, attempt: u8) -> u64 {
    let range = key.range.map_or(0, |range| range.first.wrapping_add(1));
    let mut hash = Fnv::default();
    hash.write(&member.0);
    hash.write(&key.track.0);
    hash.write(&[key.kind as u8, attempt]);
    hash.write(&key.time.to_be_bytes());
    hash.write(&range.to_be_bytes());
    hash.write(&stripe.to_be_bytes());
    mix(hash.value())
}

#[cfg(test)]
mod tests;
