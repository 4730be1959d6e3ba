//! A seeder that follows a site's list of files: the list is read again and again, its files are fetched, and nothing
//! is signed, as the list vouches for them.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Engine, Replan};
use crate::id::SegmentKey;
use crate::input::FetchError;
use crate::integrity::Record;
use crate::manifest::files::read_list;
use crate::origin::{Fetched, Verdict};
use crate::output::{DeclineReason, Event, GapReason};
use crate::piece::Digest;
use crate::time::UnixTime;
use crate::timer::Timer;

/// How often a list is asked for, conditionally: for that long, a page with a newer list finds its new files only
/// with other pages and at the server.
const REFRESH: Duration = Duration::from_secs(15);

/// How many recent versions of the list are recognised, as mirrors may disagree.
const KNOWN_TEXTS: usize = 4;

/// A list that is followed.
#[derive(Debug)]
pub(super) struct FollowedList {
    /// Digests of the versions that came last, valid or not, the latest at the end.
    texts: VecDeque<Digest>,
    /// URL and bytes of the version that was read last: no more than a manifest may have.
    last: (String, Vec<u8>),
    /// Wall-clock time of the last verdict: when that version was read, or the list in force expired.
    judged: UnixTime,
    /// When the list in force expires; the maximum if none is.
    expires: UnixTime,
}

impl FollowedList {
    /// Notes a version that came; returns whether it is not among the recent ones.
    fn is_new(&mut self, text: Digest) -> bool {
        let before = self.texts.len();
        self.texts.retain(|known| *known != text);
        let is_new = self.texts.len() == before;
        self.texts.push_back(text);
        if self.texts.len() > KNOWN_TEXTS {
            self.texts.pop_front();
        }
        is_new
    }
}

impl Engine {
    /// A list came: it is read unless it is one of the recent versions.
    pub(super) fn on_followed_list(&mut self, index: usize, fetched: &Fetched) {
        let (now, unix, text) = (self.now, self.unix(), Digest::of(&[&fetched.body]));
        let Some(seeding) = &mut self.seeding else {
            return;
        };
        let wait = seeding.follow.on_read(index, now, Some(REFRESH), None);
        self.timers.set(Timer::Refresh(index), now + wait);
        let list = seeding.list.get_or_insert_with(|| FollowedList {
            texts: VecDeque::new(),
            last: (String::new(), Vec::new()),
            judged: unix,
            expires: UnixTime::MAX,
        });
        if list.is_new(text) {
            list.last = (fetched.url.clone(), fetched.body.clone());
            list.judged = unix;
            self.on_file_list(&fetched.url, &fetched.body);
        }
    }

    /// The wall clock was set: reads a list again that had expired by the old clock and has not by the new one. The
    /// server would not send it again, as it has not changed.
    pub(super) fn reread_list(&mut self) {
        let unix = self.unix();
        let list = self.seeding.as_mut().and_then(|seeding| seeding.list.as_mut());
        let Some(list) = list.filter(|list| unix < list.judged) else {
            return;
        };
        let (url, body) = &list.last;
        let expires = read_list(body, &self.config.manifest_limits).map(|signed| signed.list.expires);
        if expires.is_ok_and(|expires| unix < expires && expires <= list.judged) {
            let (url, body) = (url.clone(), body.clone());
            list.judged = unix;
            // The other versions may have been refused by the old clock, too.
            list.texts.clear();
            list.is_new(Digest::of(&[&body]));
            self.on_file_list(&url, &body);
        }
    }

    /// A list is in force from now on: its files are fetched.
    pub(super) fn harvest_list(&mut self, expires: UnixTime) {
        if let Some(list) = self.seeding.as_mut().and_then(|seeding| seeding.list.as_mut()) {
            list.expires = expires;
            self.plan_harvest();
            self.recheck_later();
        }
    }

    /// Whether the followed list has expired; told once.
    pub(super) fn has_list_expired(&mut self) -> bool {
        let unix = self.unix();
        let list = self.seeding.as_mut().and_then(|seeding| seeding.list.as_mut());
        let Some(list) = list.filter(|list| list.expires <= unix) else {
            return false;
        };
        list.expires = UnixTime::MAX;
        list.judged = unix;
        true
    }

    /// Whether a file is not the one that the followed list names.
    pub(super) fn is_other_file(&self, key: &SegmentKey, record: Record) -> bool {
        let follows = self
            .seeding
            .as_ref()
            .is_some_and(|seeding| seeding.list.is_some());
        follows && !self.integrity.is_signed(key, record)
    }

    /// The server has another file than the list says: it is not kept. What is held stays, whatever a recheck finds;
    /// otherwise it is asked for again later, as if the server lacked it. Lists and files do not change in one
    /// moment.
    pub(super) fn on_other_file(&mut self, key: SegmentKey) {
        self.falls_back_to_shelf(&key);
        let (now, has) = (self.now, self.has(&key));
        if !self.settle_dispute(&key) {
            self.emit(Event::OriginMismatch { key });
        }
        if let Some(seeding) = &mut self.seeding {
            seeding.turns.forgive(&key);
            seeding.round.end(&key);
            if has {
                seeding.harvest.on_fetched(&key);
                // The offer may have been withdrawn while the other file was on its way.
                self.offer(key);
            } else {
                // Retried as often, and as slowly, as a file that does not come at all.
                let error = FetchError::Network;
                match seeding.harvest.on_failed(key, error, &self.timeline, now) {
                    Verdict::NotYet(at) | Verdict::Again(at) => self.timers.set_no_later(Timer::Harvest, at),
                    Verdict::GivenUp(GapReason::Origin(_)) => self.on_gap(key, GapReason::OtherFile),
                    Verdict::GivenUp(reason) => self.on_gap(key, reason),
                }
            }
        }
        if has {
            self.resume(key);
        } else {
            // A player of this seeder's own takes the file as the server has it.
            self.decline_all(&key, DeclineReason::Disagreement);
        }
        self.serve_awaited(&key);
        self.replan(Replan::Window);
    }
}

#[cfg(test)]
mod tests;
