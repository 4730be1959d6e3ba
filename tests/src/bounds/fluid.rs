//! Bounds of rate: what uplinks cannot bring, the origin must (Kumar, Liu and Ross, INFOCOM 2007).

/// Of what an uplink sends so much is media, in percent: the rest is headers of UDP, DTLS and SCTP.
const PAYLOAD: u64 = 93;

/// What an uplink of that rate gives to others, where so many percent of it may be spent.
pub fn usable(rate: u64, percent: u64) -> u64 {
    rate * percent / 100 * PAYLOAD / 100
}

/// A rendition in one segment's time: how many watch it, and how large it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rendition {
    /// How many watch it.
    pub viewers: u64,
    /// Its size in bits.
    pub bits: u64,
}

/// The bits that the origin has to send for one segment of all its renditions: each rendition once, or as much as
/// `uplink` bits, which is what all viewers give in the segment's time, leave over. Where `seeded`, somebody who is no
/// viewer has all already, and once is not needed.
pub fn origin_bits(renditions: &[Rendition], uplink: u64, seeded: bool) -> u64 {
    let watched = renditions.iter().filter(|rendition| rendition.viewers > 0);
    let once: u64 = watched.clone().map(|rendition| rendition.bits).sum();
    let all: u64 = watched.map(|rendition| rendition.viewers * rendition.bits).sum();
    let left = all.saturating_sub(uplink);
    if seeded { left } else { left.max(once) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_copy_or_what_uplinks_lack() {
        let of = |viewers| [Rendition { viewers, bits: 16 }];
        let table = [
            // (viewers, uplink bits, seeded) -> bits of the origin
            ((1, 0, false), 16),
            ((20, 0, false), 320),
            ((20, 304, false), 16),
            ((20, 10_000, false), 16),
            ((20, 160, false), 160),
            ((20, 10_000, true), 0),
            ((0, 0, false), 0),
        ];
        for ((viewers, uplink, seeded), expected) in table {
            assert_eq!(
                origin_bits(&of(viewers), uplink, seeded),
                expected,
                "{viewers} {uplink}"
            );
        }
    }

    #[test]
    fn each_rendition_needs_its_copy() {
        let two = [
            Rendition { viewers: 5, bits: 10 },
            Rendition { viewers: 5, bits: 30 },
        ];
        assert_eq!(origin_bits(&two, 1_000, false), 40);
        assert_eq!(origin_bits(&two, 100, false), 100);
    }

    #[test]
    fn headers_and_reserve_are_not_usable() {
        assert_eq!(usable(10_000_000, 80), 7_440_000);
    }
}
