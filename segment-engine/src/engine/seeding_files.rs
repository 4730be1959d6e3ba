//! A seeder that follows a site's list of files: it is read again and again, its files are fetched, and nothing is signed:
//! the list vouches for them.

use std::time::Duration;

use super::Engine;
use crate::id::SegmentKey;
use crate::input::FetchError;
use crate::integrity::Record;
use crate::origin::{Fetched, Verdict};
use crate::piece::Digest;
use crate::time::UnixTime;
use crate::timer::Timer;

/// How often a list is asked for, by its validators: so long a page that has a newer one finds its new files nowhere else
/// than with other pages and at the server.
const REFRESH: Duration = Duration::from_secs(15);

/// A list that is followed.
#[derive(Debug)]
pub(super) struct FollowedList {
    /// Of its text, whatever that was worth.
    text: Digest,
    /// When the one that counts ceases to; never where none does.
    expires: UnixTime,
}

impl Engine {
    /// A list came: it is read if it is another than the last.
    pub(super) fn on_followed_list(&mut self, index: usize, fetched: &Fetched) {
        let (now, text) = (self.now, Digest::of(&[&fetched.body]));
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let wait = seeding.follow.on_read(index, now, Some(REFRESH), None);
        self.timers.set(Timer::Refresh(index), now + wait);
        let known = seeding.list.get_or_insert(FollowedList {
            text: Digest([0; 28]),
            expires: UnixTime::MAX,
        });
        if std::mem::replace(&mut known.text, text) != text {
            self.on_file_list(&fetched.url, &fetched.body);
        }
    }

    /// A list counts from now on: its files are fetched.
    pub(super) fn harvest_list(&mut self, expires: UnixTime) {
        if let Some(list) = self.seeding.as_mut().and_then(|seeding| seeding.list.as_mut()) {
            list.expires = expires;
            self.plan_harvest();
            self.recheck_later();
        }
    }

    /// Whether the list that was followed has ceased to count; told once.
    pub(super) fn has_list_expired(&mut self) -> bool {
        let unix = self.unix();
        let list = self.seeding.as_mut().and_then(|seeding| seeding.list.as_mut());
        let expired = list.filter(|list| list.expires <= unix);
        expired.map(|list| list.expires = UnixTime::MAX).is_some()
    }

    /// Whether a file is not what the list that is followed says.
    pub(super) fn is_other_file(&self, key: &SegmentKey, record: Record) -> bool {
        let follows = self
            .seeding
            .as_ref()
            .is_some_and(|seeding| seeding.list.is_some());
        follows && !self.integrity.is_signed(key, record)
    }

    /// The server has another file than the list says: it is asked again later, as for one that it has not got. Lists and
    /// files do not change in one moment.
    pub(super) fn on_other_file(&mut self, key: SegmentKey) {
        self.store.remove(&key);
        let now = self.now;
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        seeding.round.end(&key);
        match seeding
            .harvest
            .on_failed(key, FetchError::Network, &self.timeline, now)
        {
            Verdict::NotYet(at) | Verdict::Again(at) => self.timers.set_no_later(Timer::Harvest, at),
            Verdict::GivenUp(reason) => self.on_gap(key, reason),
        }
    }
}

#[cfg(test)]
mod tests;
