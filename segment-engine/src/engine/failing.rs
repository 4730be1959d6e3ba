//! What is done when the origin fails, or sends something else than was asked for, or than the swarm has.

use std::time::Duration;

use super::{Engine, Replan};
use crate::id::{FetchId, SegmentKey};
use crate::input::FetchError;
use crate::output::{DeclineReason, Event, Output};
use crate::timer::Timer;
use crate::transfer::{Cause, Download, Span, Truncated};

/// How long the origin is not asked again for a segment that it says it does not have.
const REFUSED_PAUSE: Duration = Duration::from_secs(1);

/// How many times a failing origin is asked for one segment before its demand is left to the player.
const MAX_FAILURES: u32 = 3;

/// The status of a response to a range that begins beyond the resource's end (RFC 9110, section 15.5.17).
const RANGE_BEYOND_END: u16 = 416;

impl Engine {
    /// The origin has told how large a segment is: it may be another size than the swarm's.
    pub(super) fn check_size(&mut self, fetch: FetchId) {
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        let key = response.key;
        let (said, believed) = match response.span {
            Span::Pieces { size, .. } => (response.size, Some(size)),
            Span::Whole => {
                let said = response.size;
                (said, self.transfers.get(&key).and_then(Download::size))
            }
        };
        if said.is_some() && believed.is_some() && said != believed {
            self.on_other_size(fetch, 0);
        }
    }

    /// The origin's segment has another size than the swarm's: all of it comes from the origin. A response that
    /// brings all of it goes on, and the pieces before `next`, which it has brought, are kept.
    pub(super) fn on_other_size(&mut self, fetch: FetchId, next: u32) {
        let Some(mut response) = self.transfers.end_fetch(fetch) else {
            return;
        };
        let key = response.key;
        if let (Cause::Audit, Span::Pieces { first, .. }) = (response.cause, response.span) {
            self.outputs.push_back(Output::AbortFetch(fetch));
            self.on_audit_failed(key, first);
            return;
        }
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        let vouchers = std::mem::take(&mut download.vouchers);
        let came = (0..next).filter_map(|index| Some((index, download.piece(index)?.clone())));
        response.early.extend(came);
        self.abandon(&key);
        self.note_dispute(key);
        let segment = self.segment(&key);
        self.start(segment);
        if let Some(download) = self.transfers.get_mut(&key) {
            download.dispute();
        }
        if response.span == Span::Whole {
            self.transfers.on_fetch(fetch, response);
        } else {
            self.outputs.push_back(Output::AbortFetch(fetch));
            self.fetch(key, Span::Whole, response.cause);
        }
        self.on_origin_differs(key, &vouchers);
    }

    /// The origin sends the whole segment where a part was asked for: one such response is enough.
    pub(super) fn on_range_ignored(&mut self, fetch: FetchId) {
        self.origin.on_range_ignored();
        let Some(key) = self.transfers.response_mut(fetch).map(|response| response.key) else {
            return;
        };
        for other in self.transfers.fetches_of(&key) {
            if other != fetch {
                self.abort_fetch(other);
            }
        }
        if let Some(download) = self.transfers.get_mut(&key) {
            download.fetching.start_all(download.lacking());
        }
    }

    pub(super) fn on_bad_response(&mut self, fetch: FetchId, error: Truncated) {
        match error {
            Truncated::Short => {
                // The origin's segment may end before the part that was asked for: only all of it tells.
                self.ask_in_one(fetch);
                self.on_segment_failed(fetch, FetchError::Network);
            }
            Truncated::Long => {
                let Some(response) = self.transfers.end_fetch(fetch) else {
                    return;
                };
                self.decline_all(&response.key, DeclineReason::TooLarge);
                self.abandon(&response.key);
                self.on_seed_too_large(response.key);
            }
        }
    }

    pub(super) fn on_fetch_failed(&mut self, fetch: FetchId, error: FetchError) {
        if let Some(index) = self.followed(fetch) {
            self.on_manifest_failed(index, error);
            return;
        }
        self.on_segment_failed(fetch, error);
    }

    /// Parts of a response's segment are not asked for any more: all of it is.
    fn ask_in_one(&mut self, fetch: FetchId) {
        let Some(response) = self.transfers.response_mut(fetch) else {
            return;
        };
        let (key, span) = (response.key, response.span);
        if let Some(download) = self.transfers.get_mut(&key) {
            download.in_one |= span != Span::Whole;
        }
    }

    /// The origin did not bring what was asked for: it is asked again after a pause, as often as its budget allows.
    fn on_segment_failed(&mut self, fetch: FetchId, error: FetchError) {
        let span = self.transfers.response_mut(fetch).map(|response| response.span);
        if error == FetchError::Status(RANGE_BEYOND_END) && span.is_some_and(|span| span != Span::Whole) {
            self.on_other_size(fetch, 0);
            return;
        }
        let Some(response) = self.transfers.end_fetch(fetch) else {
            return;
        };
        let key = response.key;
        if response.cause == Cause::Seed {
            // What a fellow was asked for has no place any more.
            self.cancel_requests(&key, |_| true);
            self.transfers.end(&key);
            self.on_seed_failed(key, error);
            return;
        }
        if let (Cause::Audit, Span::Pieces { first, .. }) = (response.cause, response.span) {
            self.on_audit_ended(key, first);
            return;
        }
        self.emit(Event::OriginFailed { key, error });
        self.release_fetch(&response);
        self.origin.on_failed(self.now, error, self.least_slack());
        match response.cause {
            Cause::Claim(stripes) => self.on_claim_failed(&key, stripes),
            Cause::Start | Cause::Rescue | Cause::Audit | Cause::Seed => {}
        }
        self.replan(Replan::Pull);
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        download.failures += 1;
        let came = download.have().count();
        let stands_still = download.had_at_failure.replace(came) == Some(came);
        if stands_still && error == FetchError::Network && !self.origin.has_sent_parts() {
            // A browser asks before it sends a Range to another site, and may be refused that alone.
            download.in_one |= response.span != Span::Whole;
        }
        let final_word = error.is_of_one_thing();
        let held = download.holders().any(|(_, held)| !held.is_empty());
        let is_hopeless = if held {
            // Neighbours may announce what never comes.
            stands_still && self.is_budget_spent(&key)
        } else {
            final_word || self.is_budget_spent(&key)
        };
        if self.demands.wants(&key) && is_hopeless {
            // The player's own loader takes over, by its own rules.
            self.decline_all(&key, DeclineReason::OriginFailed(error));
            self.let_idle_go(&key);
        } else if final_word {
            // Peers have what the origin lacks so far: it is asked again, but not at once.
            self.timers.set(Timer::Rescue(key), self.now + REFUSED_PAUSE);
        } else {
            self.check_rescue(key);
        }
    }

    fn is_budget_spent(&self, key: &SegmentKey) -> bool {
        let download = self.transfers.get(key);
        download
            .is_some_and(|download| download.failures > MAX_FAILURES || download.slack(self.now).is_zero())
    }
}

#[cfg(test)]
mod tests;
