//! How far apart two members are, as far as can be told: a score in small integers, the less the nearer. It ranks, no
//! more: hints are what a client says, and a lie changes whom it is introduced to first.
//!
//! | what the two share | score |
//! | --- | --- |
//! | the public address (IPv6: the /64), or the operator's site | 0 |
//! | the /24 (IPv4) or the /48 (IPv6) | 1 |
//! | the autonomous system, and the point of presence that the CDN sends them to | 2 |
//! | the autonomous system; or the point of presence and a /16 or /32, where a system is not known | 3 |
//! | a /16 (IPv4) or /32 (IPv6), where a system is not known | 4 |
//! | the point of presence or the country; or cells at most 300 km apart | 5 |
//! | the time zone; or cells at most 1,500 km apart | 7 |
//! | nothing of these | 10 |
//!
//! Round trips that were measured between their networks move what is more than 1 by up to 2, but not below 2
//! ([`super::rtt`]). Two behind symmetric NATs are [`SYMMETRIC`] further apart: without a relay their link fails. Two
//! that ended a pairing lately are [`FAILED`] further apart. One that is full needs no penalty: it is drawn only when
//! nobody else is left.
//!
//! The buckets' order follows measurements of peers by network: those of one system have the shortest paths, and two that
//! a CDN sends to one place are near each other (D. Choffnes and F. Bustamante, "Taming the torrent", SIGCOMM 2008).

use super::locale::{Group, Locale, Nat};
use crate::message::Cell;

/// What two symmetric NATs add: more than all but a stranger's distance.
pub(super) const SYMMETRIC: u8 = 8;
/// What a pairing that ended lately adds.
pub(super) const FAILED: u8 = 6;

/// The least score that measurements move: what is nearer is known without them.
const MEASURABLE: u8 = 2;
/// How far apart cells of one country are, and of one time zone, at most, in kilometres.
const COUNTRY_KM: i64 = 300;
const ZONE_KM: i64 = 1500;

/// Scores two members by what they share.
pub(super) fn score(one: &Locale, other: &Locale) -> u8 {
    let bucket = bucket(one, other);
    if one.nat == Nat::Symmetric && other.nat == Nat::Symmetric {
        return bucket + SYMMETRIC;
    }
    bucket
}

/// Moves a score by what was measured: `shift` of -2 to 2.
pub(super) fn refined(score: u8, shift: i8) -> u8 {
    if score < MEASURABLE {
        return score;
    }
    score.saturating_add_signed(shift).max(MEASURABLE)
}

fn bucket(one: &Locale, other: &Locale) -> u8 {
    if one.place == other.place || shared(one.site, other.site) {
        return 0;
    }
    if one.prefix == other.prefix {
        return 1;
    }
    let same_pop = shared(one.pop, other.pop);
    let group = one.group();
    if group == other.group() {
        return match (group, same_pop) {
            (Group::Asn(_), true) => 2,
            (Group::Asn(_), false) | (Group::Block(_), true) => 3,
            (Group::Block(_), false) => 4,
        };
    }
    let cells = one.cell.zip(other.cell);
    let within = |km| cells.is_some_and(|(one, other)| is_within(one, other, km));
    if same_pop || shared(one.country, other.country) || within(COUNTRY_KM) {
        return 5;
    }
    if shared(one.zone, other.zone) || within(ZONE_KM) {
        return 7;
    }
    10
}

fn shared<T: PartialEq + Copy>(one: Option<T>, other: Option<T>) -> bool {
    one.is_some() && one == other
}

/// Cosines of 0 to 90 degrees by fives, in thousandths: whole numbers are the same on every target.
const COSINES: [i64; 19] = [
    1000, 996, 985, 966, 940, 906, 866, 819, 766, 707, 643, 574, 500, 423, 342, 259, 174, 87, 0,
];
/// The length of half a degree of a great circle, in metres.
const HALF_DEGREE: i64 = 55_597;

/// Tells whether two cells are at most `km` apart, as if the earth between them were flat: some per cent too far where
/// it matters here.
fn is_within(one: Cell, other: Cell, km: i64) -> bool {
    let half_degrees = |from: i16, to: i16| (i64::from(from) - i64::from(to)).abs();
    let north = half_degrees(one.north, other.north) * HALF_DEGREE;
    let around = half_degrees(one.east, other.east);
    let around = around.min((720 - around).abs());
    let from_equator = (i64::from(one.north) + i64::from(other.north)).abs() / 2;
    let step = usize::try_from(from_equator / 10).unwrap_or(usize::MAX);
    let cosine = COSINES.get(step).copied().unwrap_or(0);
    let east = around * HALF_DEGREE * cosine / 1000;
    let most = km * 1000;
    north * north + east * east <= most * most
}

#[cfg(test)]
mod tests;
