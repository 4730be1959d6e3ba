//! A seeder that follows a site's list of files: it is read again and again, its files are fetched, and nothing is signed:
//! the list vouches for them.

use std::collections::VecDeque;
use std::time::Duration;

use super::{Engine, Replan};
use crate::id::SegmentKey;
use crate::input::FetchError;
use crate::integrity::Record;
use crate::manifest::files::read_list;
use crate::origin::{Fetched, Verdict};
use crate::output::{Event, GapReason};
use crate::piece::Digest;
use crate::time::UnixTime;
use crate::timer::Timer;

/// How often a list is asked for, by its validators: so long a page that has a newer one finds its new files nowhere else
/// than with other pages and at the server.
const REFRESH: Duration = Duration::from_secs(15);

/// So many texts of a list are known again: servers of one site that are not of one mind show them in turn.
const KNOWN_TEXTS: usize = 4;

/// A list that is followed.
#[derive(Debug)]
pub(super) struct FollowedList {
    /// Of the texts that came last, whatever each was worth, the latest at the end.
    texts: VecDeque<Digest>,
    /// Where the one that was read last came from, and its bytes: no more than a manifest may have.
    last: (String, Vec<u8>),
    /// By the clock of then: when that was read, or the one that counts ceased to.
    judged: UnixTime,
    /// When the one that counts ceases to; never where none does.
    expires: UnixTime,
}

impl FollowedList {
    /// Notes that a text came; whether it is none of those that came lately.
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
    /// A list came: it is read if it is another than those before.
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

    /// The wall clock was set: a list that had expired by the clock of then, and has not by this one, is read again. It does
    /// not come again: the server says that it is as it was.
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
            // The others may have been refused by that clock, too.
            list.texts.clear();
            list.is_new(Digest::of(&[&body]));
            self.on_file_list(&url, &body);
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
        let Some(list) = list.filter(|list| list.expires <= unix) else {
            return false;
        };
        list.expires = UnixTime::MAX;
        list.judged = unix;
        true
    }

    /// Whether a file is not what the list that is followed says.
    pub(super) fn is_other_file(&self, key: &SegmentKey, record: Record) -> bool {
        let follows = self
            .seeding
            .as_ref()
            .is_some_and(|seeding| seeding.list.is_some());
        follows && !self.integrity.is_signed(key, record)
    }

    /// The server has another file than the list says: it is not kept. What is held stands, whatever a look at the server
    /// finds; else it is asked again later, as for a file that it has not got. Lists and files do not change in one moment.
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
                // The offer may have been taken back while the other was on its way.
                self.offer(key);
            } else {
                // Tried as often, and as slowly, as what does not come at all.
                let error = FetchError::Network;
                match seeding.harvest.on_failed(key, error, &self.timeline, now) {
                    Verdict::NotYet(at) | Verdict::Again(at) => self.timers.set_no_later(Timer::Harvest, at),
                    Verdict::GivenUp(GapReason::Origin(_)) => self.on_gap(key, GapReason::OtherFile),
                    Verdict::GivenUp(reason) => self.on_gap(key, reason),
                }
            }
        }
        self.serve_awaited(&key);
        self.replan(Replan::Window);
    }
}

#[cfg(test)]
mod tests;
