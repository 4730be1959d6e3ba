//! Bounds of rate: what uplinks cannot bring, the origin must (Kumar, Liu and Ross, INFOCOM 2007).

/// The share of media in what an uplink sends, in percent: the rest is headers of UDP, DTLS and SCTP.
const PAYLOAD: u64 = 93;

/// The rate that an uplink gives to others, if `percent` of it may be spent.
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
mod tests;
