//! Who fetches a segment's stripes from the origin: claims made and heard, leases.

use std::time::Duration;

use super::Engine;
use super::fetching::TELLS_LINK_RATE;
use super::wanting::CLAIM_LEAD;
use crate::claims::{Due, Pace, outranks};
use crate::id::{Member, PeerId, SegmentKey};
use crate::scheduler::Need;
use crate::timer::Timer;
use crate::transfer::{Cause, Span};
use crate::wire::{Claim, Frame, PIECE, encode};

/// The most hops of a claim: enough to reach any peer of a mesh of 10,000.
pub(crate) const MAX_HOPS: u8 = 12;

/// How long others' claims are held back, to be passed on together.
const FLOOD_AFTER: Duration = Duration::from_millis(5);

/// Fan-out of the claim flood: how many neighbours a claim is passed on to; its claimer tells all of its own. If each
/// who hears of something tells k others, a share x = exp(-k (1 - x)) never hears of it (the final size of an
/// epidemic, Kermack and McKendrick): one in 400 for six, against a dozen volunteers per stripe. To tell all 15
/// neighbours takes two and a half times the messages.
const FANOUT: usize = 6;

/// Claims of live segments are forgotten once these have been available for longer than this.
pub(super) const CLAIMS_LAST: Duration = Duration::from_secs(30);

/// A stripe with less slack than this before its rescue is not waited for.
const LEAST_SLACK: Duration = Duration::from_millis(500);

impl Engine {
    /// Arms a segment's idle stripes.
    pub(super) fn arm_stripes(&mut self, key: SegmentKey) {
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let slack = download.slack(self.now);
        let guard = Need::guard(download.segment().duration, self.config.rescue_guard);
        let near = slack < guard + LEAST_SLACK && self.demands.wants(&key);
        // Only live segments are claimed before they are available, and not next to a seeder, which may bring them
        // all.
        let ahead = self.timeline.live().is_some() && !self.is_linked_to_seeder();
        let claimable = download.size().is_some() || ahead || !self.needs_record(&key);
        if near || !claimable || !self.claims_are_made_for(&key) {
            return;
        }
        let idle = download.stripes.idle();
        if idle.is_empty() {
            return;
        }
        for stripe in idle {
            self.arm(key, stripe);
        }
        self.heed_heard(key);
        self.watch_stripes(&key);
    }

    /// Forgets claims of live segments that nobody needs any more.
    pub(super) fn forget_claims(&mut self) {
        let ahead = self.unix() + CLAIM_LEAD;
        self.heard
            .retain(|key| self.timeline.is_current(key, ahead, CLAIMS_LAST));
    }

    /// Acts on claims heard before they concerned this peer: it did not know the segment, or was not in that attempt
    /// yet.
    fn heed_heard(&mut self, key: SegmentKey) {
        for heard in self.heard.of(&key) {
            self.on_stripes_claimed(&heard.claim, heard.claimer);
        }
    }

    /// A segment's size is known: the stripes that this peer claimed ahead are fetched.
    pub(super) fn on_stripes_sized(&mut self, key: SegmentKey) {
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        let pace = Pace::of(download.slack(self.now));
        download.stripes.on_sized(download.piece_count(), self.now, pace);
        let (count, mine) = (download.stripes.count(), download.stripes.mine());
        // Rather than keep a claim at the player's cost, one that was made ahead is broken. Keeping it until
        // `is_pressed` made 300 viewers stall 3.1 s longer than with HTTP only when an origin came back, instead of
        // 1.3 s.
        let stands_back = self.has_none_to_spare();
        for stripe in mine {
            if stands_back {
                self.on_claim_failed(&key, 1 << stripe);
            } else {
                self.fetch_stripe(key, stripe);
            }
        }
        if !stands_back && self.transfers.fetches_of(&key).is_empty() && self.wants_probe(&key) {
            self.probe(key, u32::from(self.member.0[0]) % count);
        }
        self.arm_stripes(key);
        self.watch_stripes(&key);
    }

    /// Whether to ask the origin for a stripe only to measure its rate: the player could have a higher rung, and
    /// nothing yet says whether that can be sustained.
    fn wants_probe(&self, key: &SegmentKey) -> bool {
        let playing = self.player.current().any(|(current, _)| current == key.track);
        let rung = self
            .rung(key.track)
            .filter(|_| playing && self.timeline.live().is_some());
        rung.is_some_and(|rung| self.rates.wants_probe(self.now, rung))
    }

    /// Fetches a stripe to measure the origin, if it is large enough to tell.
    fn probe(&mut self, key: SegmentKey, stripe: u32) {
        let Some(download) = self.transfers.get(&key) else {
            return;
        };
        let range = download.stripes.range(stripe);
        let bytes = u64::from(range.end - range.start) * PIECE as u64;
        if bytes >= TELLS_LINK_RATE && self.fetch_stripe(key, stripe) {
            self.rates.on_probe(self.now);
            self.stats.probes += 1;
        }
    }

    /// Whether a segment is claimed: if it is live, or the player has asked for it.
    fn claims_are_made_for(&self, key: &SegmentKey) -> bool {
        self.seeding.is_none()
            && self.has_peers()
            && (self.timeline.live().is_some() || self.demands.wants(key))
    }

    /// Does what is due for a segment's stripes.
    pub(super) fn on_stripes_due(&mut self, key: SegmentKey) {
        let mut mine: Vec<(u32, u8)> = Vec::new();
        let mut lapsed_any = false;
        let stands_back = self.has_none_to_spare();
        loop {
            let now = self.now;
            let Some(download) = self.transfers.get_mut(&key) else {
                return;
            };
            let pace = Pace::of(download.slack(now));
            match download.stripes.pop_due(now, pace) {
                Some(Due::Claim { stripe, .. }) if stands_back => self.arm(key, stripe),
                Some(Due::Claim { stripe, attempt }) => mine.push((stripe, attempt)),
                Some(Due::Vacant { stripe, lapsed }) => {
                    for member in lapsed.iter() {
                        self.reputation.on_lapse(*member, now);
                    }
                    self.stats.lapsed_claims += u64::from(!lapsed.is_empty());
                    self.arm(key, stripe);
                    lapsed_any = true;
                }
                None => break,
            }
        }
        if lapsed_any {
            self.heed_heard(key);
        }
        self.claim(key, &mine);
        self.watch_stripes(&key);
    }

    fn watch_stripes(&mut self, key: &SegmentKey) {
        match self
            .transfers
            .get(key)
            .and_then(|download| download.stripes.next_due())
        {
            Some(at) => self.timers.set(Timer::Stripes(*key), at),
            None => self.timers.stop(&Timer::Stripes(*key)),
        }
    }

    /// Fetches a stripe now, or as soon as the segment is available; false if there is nothing to fetch.
    fn begin_stripe(&mut self, key: SegmentKey, stripe: u32) -> bool {
        let needs_size = self.needs_record(&key);
        let Some(download) = self.transfers.get_mut(&key) else {
            return false;
        };
        if download.size().is_none() && needs_size {
            download.stripes.on_mine(stripe);
            return true;
        }
        self.fetch_stripe(key, stripe)
    }

    /// Claims stripes, tells the neighbours, and fetches whatever no neighbour holds.
    fn claim(&mut self, key: SegmentKey, stripes: &[(u32, u8)]) {
        let mut claims: Vec<Claim> = Vec::new();
        for (stripe, attempt) in stripes {
            if !self.begin_stripe(key, *stripe) {
                continue;
            }
            self.stats.claims += 1;
            match claims.iter_mut().find(|claim| claim.attempt == *attempt) {
                Some(claim) => claim.stripes |= 1 << stripe,
                None => claims.push(Claim {
                    key,
                    attempt: *attempt,
                    stripes: 1 << stripe,
                }),
            }
        }
        if claims.is_empty() {
            return;
        }
        self.heard.on_claims(&claims, self.member);
        let frame = Frame::Claim {
            claims,
            claimer: self.member,
            hops: MAX_HOPS,
        };
        for peer in self.ready_peers().collect::<Vec<_>>() {
            self.send(&peer, &frame);
        }
    }

    /// Fetches the parts of a stripe that no neighbour holds; false if there is nothing to fetch.
    fn fetch_stripe(&mut self, key: SegmentKey, stripe: u32) -> bool {
        let Some(download) = self.transfers.get_mut(&key) else {
            return false;
        };
        if download.size().is_none() {
            download.stripes.on_mine(stripe);
            self.fetch_rest(key, Cause::Claim(1 << stripe));
            return true;
        }
        let range = download.stripes.range(stripe);
        let mut wanted = download.missing();
        for piece in wanted.clone().iter() {
            if !range.contains(&piece) || download.replicas(piece) > 0 {
                wanted.remove(piece);
            }
        }
        let runs = wanted.runs();
        let (Some(first), Some(last), Some(size)) = (runs.first(), runs.last(), download.size()) else {
            download.stripes.close(stripe);
            return false;
        };
        download.stripes.on_mine(stripe);
        let span = Span::Pieces {
            first: first.first,
            end: last.end(),
            size,
        };
        if self.origin.serves_ranges() {
            self.fetch(key, span, Cause::Claim(1 << stripe));
        } else if self.transfers.fetches_of(&key).is_empty() {
            self.fetch(key, Span::Whole, Cause::Claim(u16::MAX));
        }
        true
    }

    /// A fetch of claimed stripes failed: they are vacant again.
    pub(super) fn on_claim_failed(&mut self, key: &SegmentKey, stripes: u16) {
        let now = self.now;
        if let Some(download) = self.transfers.get_mut(key) {
            for stripe in download.stripes.of_mask(stripes) {
                download.stripes.on_mine_failed(stripe, now);
            }
        }
        self.watch_stripes(key);
    }

    /// Takes in claims that a neighbour made or passed on. From the second attempt on, only those of members that
    /// kept their latest claim count: where claims are made to be broken, volunteers go by what is announced.
    pub(super) fn on_claims(&mut self, from: &PeerId, claims: Vec<Claim>, claimer: Member, hops: u8) {
        if claimer == self.member || !self.reputation.is_good(claimer, self.now) {
            return;
        }
        let ahead = self.unix() + CLAIM_LEAD;
        let proven = self.reputation.is_proven(claimer);
        let heeded = |claim: &Claim| {
            (claim.attempt == 0 || proven) && self.timeline.is_current(&claim.key, ahead, CLAIMS_LAST)
        };
        let mut claims: Vec<Claim> = claims.into_iter().filter(heeded).collect();
        let peer = self
            .peers
            .get_mut(from)
            .expect("invariant: checked by the caller");
        claims.truncate(peer.claims.take(claims.len(), self.now));
        let fresh = self.heard.on_claims(&claims, claimer);
        for claim in &fresh {
            self.on_stripes_claimed(claim, claimer);
            self.reserve_of_claimer(claimer, claim);
        }
        if hops > 1 && !fresh.is_empty() {
            self.flood
                .push(from.clone(), fresh, claimer, hops.min(MAX_HOPS) - 1);
            self.timers.set_no_later(Timer::Flood, self.now + FLOOD_AFTER);
        }
    }

    fn on_stripes_claimed(&mut self, claim: &Claim, claimer: Member) {
        let now = self.now;
        let Some(download) = self.transfers.get_mut(&claim.key) else {
            return;
        };
        if self.seeding.is_some() {
            // A seeder ignores claims: see `fellows`.
            return;
        }
        let pace = Pace::of(download.slack(now));
        for stripe in download.stripes.of_mask(claim.stripes) {
            let stripes = &mut download.stripes;
            stripes.on_claim(stripe, claim.attempt, claimer, now, pace);
            stripes.yield_to(stripe, |other, attempt| {
                outranks(other, self.member, &claim.key, stripe, attempt)
            });
        }
        self.watch_stripes(&claim.key);
    }

    /// Passes claims on.
    pub(super) fn flood(&mut self) {
        for passed in self.flood.take() {
            let frame = Frame::Claim {
                claims: passed.claims,
                claimer: passed.claimer,
                hops: passed.hops,
            };
            let message = encode(&frame);
            let mut others: Vec<_> = self.ready_peers().filter(|peer| *peer != passed.from).collect();
            for _ in 0..FANOUT.min(others.len()) {
                let chosen = self.rng.below(u32::try_from(others.len()).unwrap_or(u32::MAX));
                let peer = others.swap_remove(chosen as usize);
                self.send_message(&peer, message.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests;
