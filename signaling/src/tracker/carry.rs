//! Offers and answers: filtered by the rules for descriptions, and written as the other peer gets them.

use signaling_proto::rooms::announce::{self, Id20};
use signaling_proto::sdp::{SdpError, SdpRules, filter_description};

use super::read::{Answer, Offer};
use super::write::{Kind, Letterhead};

/// The offers of one announce.
pub(super) struct Carried {
    pub(super) offers: Vec<announce::Offer>,
    /// How many candidates were taken out.
    pub(super) filtered: u64,
    /// How many offers were not carried, as they are not of data channels.
    pub(super) refused: usize,
}

pub(super) fn carry_offers(rules: &SdpRules, info_hash: &Id20, peer: &Id20, offers: &[Offer<'_>]) -> Carried {
    let mut carried = Carried {
        offers: Vec::with_capacity(offers.len()),
        filtered: 0,
        refused: 0,
    };
    if offers.is_empty() {
        return carried;
    }
    let letterhead = Letterhead::new(info_hash, peer);
    for offer in offers {
        let Ok(description) = filter_description(&offer.sdp, rules) else {
            carried.refused += 1;
            continue;
        };
        carried.filtered += u64::try_from(description.dropped).unwrap_or(u64::MAX);
        carried.offers.push(announce::Offer {
            id: offer.id,
            text: letterhead.write(Kind::Offer, &offer.id, &description.sdp),
        });
    }
    carried
}

pub(super) fn carry_answer(rules: &SdpRules, answer: &Answer<'_>) -> Result<announce::Answer, SdpError> {
    let description = filter_description(&answer.sdp, rules)?;
    let letterhead = Letterhead::new(&answer.info_hash, &answer.peer);
    Ok(announce::Answer {
        to: answer.to,
        offer: answer.offer,
        text: letterhead.write(Kind::Answer, &answer.offer, &description.sdp),
        filtered: u64::try_from(description.dropped).unwrap_or(u64::MAX),
    })
}
