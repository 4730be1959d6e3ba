//! Which peers volunteer for a stripe, and after what time each claims it: by hash, so that no message is needed.

use std::time::Duration;

use crate::fnv::Fnv;
use crate::id::{Member, SegmentKey};

/// How many peers are to volunteer for a stripe. With as many, that none does is as likely as e^-12, and the number of
/// those who claim before they hear of another does not grow with the swarm.
const VOLUNTEERS: u64 = 12;

/// By how much more peers are to volunteer after each attempt in which nobody did: it may have counted peers that left, or
/// that watch another representation. Where claims were made and broken there are enough.
const GROWTH: u64 = 3;

/// How fast a stripe has to be claimed, and seen to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace(Duration);

impl Pace {
    /// The pace for a segment that is needed after `slack`.
    pub(crate) fn of(slack: Duration) -> Self {
        Self(slack)
    }

    /// Within which time volunteers claim: a sixth of the slack, 0.3 to 1.5 s. A claim takes 0.1 to 0.2 s to be heard
    /// everywhere; the longer the span, the fewer claims overlap. Measured with 300 viewers 12 s behind live: a tenth
    /// instead of a sixth means 2.0 instead of 1.5 copies, and a segment that is there 0.3 s sooner.
    pub(crate) fn span(self) -> Duration {
        (self.0 / 6).clamp(Duration::from_millis(300), Duration::from_millis(1_500))
    }

    /// How long nothing more of a stripe may be seen before its claim lapses: a quarter of the slack, 1 to 2.5 s. Shorter
    /// leases mend lies sooner, and are broken by more honest peers that are far away.
    pub(crate) fn lease(self) -> Duration {
        (self.0 / 4).clamp(Duration::from_secs(1), Duration::from_millis(2_500))
    }
}

/// What the hash chose for this peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lot {
    /// It claims after this time, unless it hears of another.
    Volunteers(Duration),
    /// Others do.
    Listens,
}

/// How fast the uplink of a volunteer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It sends each piece to several in the time that the piece plays.
    Far,
    /// It does not.
    Near,
}

impl Lot {
    /// Draws for one peer and one attempt at a stripe, `capable` being the number of peers that could volunteer. The more
    /// attempts were `silent`, the more peers are drawn.
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

/// In a swarm of at most so many peers that could volunteer, each knows nearly all others by name.
pub(crate) const FEW: u32 = 24;

/// How long after the one before it each of few peers claims: about as long as a claim takes to be heard.
pub(crate) const TURN: Duration = Duration::from_millis(200);

impl Lot {
    /// Takes turns among few peers that know each other: in the order that the hash gives them (highest random weight,
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

    /// The same lot, of one that claims in the first half of the span, or the second: what is fetched by those whose
    /// uplinks are fast is spread the soonest ("snowball" of Liu, Multimedia 2007).
    pub(crate) fn of(self, pace: Pace, reach: Reach) -> Self {
        match (self, reach) {
            (Self::Volunteers(delay), Reach::Far) => Self::Volunteers(delay / 2),
            (Self::Volunteers(delay), Reach::Near) => Self::Volunteers((pace.span() + delay) / 2),
            (Self::Listens, _) => Self::Listens,
        }
    }

    /// The same lot, so much later.
    pub(crate) fn after(self, wait: Duration) -> Self {
        match self {
            Self::Volunteers(delay) => Self::Volunteers(delay + wait),
            Self::Listens => Self::Listens,
        }
    }
}

/// Whether of two peers that claimed the same stripe before the segment was there, it is left to `one`.
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

/// FNV-1a over what names the draw, finished with SplitMix64's mixer: even enough for lots, the same on every target. A
/// peer can choose its own member id to be drawn more often; what it wins is to fetch from the origin.
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

fn mix(mut state: u64) -> u64 {
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{SegmentKind, TrackKey};

    fn key(time: i64) -> SegmentKey {
        SegmentKey {
            track: TrackKey([3; 8]),
            kind: SegmentKind::Media,
            time,
            range: None,
        }
    }

    fn lots(peers: u64, attempt: u8, capable: u32, time: i64) -> Vec<Duration> {
        let pace = Pace::of(Duration::from_secs(10));
        let lot = |peer: u64| {
            Lot::draw(
                Member(peer.to_be_bytes()),
                &key(time),
                0,
                (attempt, attempt),
                capable,
                pace,
            )
        };
        let mut delays: Vec<_> = (0..peers)
            .filter_map(|peer| match lot(peer) {
                Lot::Volunteers(delay) => Some(delay),
                Lot::Listens => None,
            })
            .collect();
        delays.sort();
        delays
    }

    #[test]
    fn about_twelve_volunteer_however_large_the_swarm() {
        for peers in [100_u32, 1_000, 10_000] {
            let counts: Vec<_> = (0..50)
                .map(|time| lots(peers.into(), 0, peers, time).len())
                .collect();
            let mean = counts.iter().sum::<usize>() / counts.len();
            assert!((10..=14).contains(&mean), "{mean} of {peers}");
            assert!(counts.iter().all(|count| *count > 0), "nobody of {peers}");
        }
    }

    #[test]
    fn all_of_a_small_swarm_volunteer() {
        assert_eq!(lots(12, 0, 12, 7).len(), 12);
    }

    #[test]
    fn more_volunteer_after_each_attempt_in_which_nobody_did() {
        let mean = |attempt| {
            (0..30)
                .map(|time| lots(3_000, attempt, 3_000, time).len())
                .sum::<usize>()
                / 30
        };
        assert!((30..=42).contains(&mean(1)), "{}", mean(1));
        assert!((95..=121).contains(&mean(2)), "{}", mean(2));
    }

    #[test]
    fn the_first_to_claim_is_mostly_alone() {
        // A claim is heard everywhere after some 150 ms; the span is 1.5 s. An even draw would mean 2.2 claims.
        let alone = |time| {
            let delays = lots(1_000, 0, 1_000, time);
            delays
                .iter()
                .filter(|delay| **delay < delays[0] + Duration::from_millis(150))
                .count()
        };
        let claims = (0..1_000).map(alone).sum::<usize>();
        assert!(
            (1_450..1_700).contains(&claims),
            "{claims} claims for 1000 stripes"
        );
    }

    #[test]
    fn few_peers_take_turns_in_an_order_that_differs_from_stripe_to_stripe() {
        let members: Vec<Member> = (0_u64..10).map(|name| Member(name.to_be_bytes())).collect();
        let first = |stripe| {
            let lots = members.iter().map(|member| {
                let others: Vec<Member> = members.iter().copied().filter(|other| other != member).collect();
                Lot::in_turn(*member, &others, &key(3), stripe, 0)
            });
            let lots: Vec<Lot> = lots.collect();
            for rank in 0..10 {
                assert!(
                    lots.contains(&Lot::Volunteers(TURN * rank)),
                    "somebody is in place {rank}"
                );
            }
            lots.iter()
                .position(|lot| *lot == Lot::Volunteers(Duration::ZERO))
        };
        let firsts: std::collections::BTreeSet<_> = (0..16).map(first).collect();
        assert!(firsts.len() > 4, "{firsts:?}");
    }

    #[test]
    fn far_reaching_uplinks_claim_in_the_first_half_of_the_span() {
        let pace = Pace::of(Duration::from_secs(6));
        for millis in [0, 10, 400, 1_000] {
            let lot = Lot::Volunteers(Duration::from_millis(millis));
            let (Lot::Volunteers(far), Lot::Volunteers(near)) =
                (lot.of(pace, Reach::Far), lot.of(pace, Reach::Near))
            else {
                panic!("{millis}: still volunteers");
            };
            assert!(far <= pace.span() / 2 && near >= pace.span() / 2 && near <= pace.span());
        }
        assert_eq!(Lot::Listens.of(pace, Reach::Far), Lot::Listens);
    }

    #[test]
    fn of_two_members_one_comes_first_for_everybody() {
        let (one, other) = (Member([1; 8]), Member([2; 8]));
        for stripe in 0..16 {
            let first = outranks(one, other, &key(1), stripe, 0);
            assert_ne!(first, outranks(other, one, &key(1), stripe, 0));
        }
        assert!(!outranks(one, one, &key(1), 0, 0));
    }

    #[test]
    fn delays_stay_within_the_span_and_grow_with_the_draw() {
        let span = Duration::from_millis(800);
        let draws = (0..=32_u64).map(|step| (step << 27).min(u64::from(u32::MAX)));
        let delays: Vec<_> = draws.map(|draw| delay(draw, span)).collect();
        assert!(
            delays.is_sorted() && delays[0].is_zero() && delays[32] <= span,
            "{delays:?}"
        );
    }
}
