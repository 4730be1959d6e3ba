//! The memberships of one connection, and what becomes of each frame that it sends. Nothing is awaited here.

use std::sync::Arc;

use signaling_proto::rooms::announce::{self, Census, Id20};
use signaling_proto::rooms::{Bucket, CloseCode, Reason, Refusal, Verdict};

use super::carry::{Carried, carry_answer, carry_offers};
use super::outcome::Outcome;
use super::read::{Announce, Answer, Event, ReadError, Request, read};
use super::write::{announced, failure, scraped};
use super::{MAX_HASHES, MAX_SCRAPED};
use crate::hub::{Hub, Membership, Tracker, Unlisted, Visit};
use crate::outbox::Outbox;
use crate::socket::Notice;

/// One connection.
pub(super) struct Session {
    hub: Arc<Hub>,
    tracker: Tracker,
    token: Option<String>,
    outbox: Outbox,
    bucket: Bucket,
    /// Whether it was asked if it is there, and has not said anything since.
    probed: bool,
    /// At most [`MAX_HASHES`], each with another info hash.
    members: Vec<Member>,
    visit: Visit,
}

/// A membership of one swarm.
struct Member {
    info_hash: Id20,
    peer: Id20,
    membership: Membership,
}

impl Session {
    pub(super) fn new(
        hub: Arc<Hub>,
        tracker: Tracker,
        visit: Visit,
        token: Option<String>,
        outbox: Outbox,
    ) -> Self {
        let bucket = hub.bucket(&tracker);
        Self {
            hub,
            tracker,
            token,
            outbox,
            bucket,
            probed: false,
            members: Vec::new(),
            visit,
        }
    }

    /// Whether it is no member of any swarm.
    pub(super) fn is_idle(&self) -> bool {
        self.members.is_empty()
    }

    /// Ends all memberships.
    pub(super) fn leave(&mut self) {
        self.members.clear();
    }

    /// Takes in that a membership has ended by itself, or that it is asked whether it is there.
    pub(super) fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Lapsed(conn) => self.members.retain(|member| member.membership.conn() != conn),
            Notice::Probed => self.probed = true,
        }
    }

    /// Takes in a sign of life.
    pub(super) fn heard(&mut self) {
        self.probed = false;
    }

    /// Whether it has yet to show that it is there.
    pub(super) fn is_probed(&self) -> bool {
        self.probed
    }

    /// Takes in a frame.
    pub(super) fn receive(&mut self, frame: &str) -> Outcome {
        if let Some(outcome) = self.charge(1, None) {
            return outcome;
        }
        match read(frame) {
            Ok(Request::Announce(announce)) => self.on_announce(&announce),
            Ok(Request::Answer(answer)) => self.on_answer(&answer),
            Ok(Request::Scrape(hashes)) => self.on_scrape(&hashes),
            Err(error) => self.on_bad_frame(error),
        }
    }

    /// Takes in a ping or pong: it counts as a message.
    pub(super) fn receive_ping(&mut self) -> Outcome {
        self.charge(1, None).unwrap_or_else(Outcome::nothing)
    }

    /// Takes tokens from the bucket. Returns what to reply where there are too few.
    fn charge(&mut self, tokens: usize, info_hash: Option<&Id20>) -> Option<Outcome> {
        let tokens = u32::try_from(tokens).unwrap_or(u32::MAX);
        let verdict = self.bucket.take_many(self.hub.time(), tokens);
        if verdict == Verdict::Admit {
            return None;
        }
        self.hub.count_refused(Reason::RateLimited);
        let outcome = Outcome::failure("too many messages: slow down", info_hash);
        Some(match verdict {
            Verdict::Flood => outcome.and_close(CloseCode::Policy, Refusal::FLOOD.text),
            Verdict::Refuse | Verdict::Admit => outcome,
        })
    }

    fn on_announce(&mut self, announce: &Announce<'_>) -> Outcome {
        let info_hash = &announce.info_hash;
        if let Some(outcome) = self.charge(announce.offers.len(), Some(info_hash)) {
            return outcome;
        }
        let place = match self.place(announce) {
            Ok(Some(place)) => place,
            Ok(None) => return self.respond(info_hash, &Census::default()),
            Err(outcome) => return outcome,
        };
        let (census, refused) = self.hand_in(place, announce);
        if announce.event == Event::Stopped || census.is_none() {
            self.members.swap_remove(place);
        }
        let Some(census) = census else {
            return Outcome::failure("silent for too long: announce again", Some(info_hash));
        };
        let mut outcome = self.respond(info_hash, &census);
        if refused > 0 {
            let text = "an offer that is no description of a data channel";
            outcome.replies.push(failure(text, Some(info_hash)));
        }
        outcome
    }

    /// Hands a member's announce to the rules. Returns the counts of its room, unless it is no longer there itself; and
    /// how many offers were refused.
    fn hand_in(&self, place: usize, announce: &Announce<'_>) -> (Option<Census>, usize) {
        let rules = &self.tracker.descriptions;
        let Carried {
            offers,
            filtered,
            refused,
        } = carry_offers(rules, &announce.info_hash, &announce.peer, &announce.offers);
        for _ in 0..refused {
            self.hub.count_refused(Reason::Description);
        }
        let event = match announce.event {
            Event::Completed => announce::Event::Completed,
            Event::None | Event::Stopped => announce::Event::None,
        };
        let census = self.members[place].membership.announce(announce::Announce {
            progress: announce.progress,
            event,
            offers,
            filtered,
        });
        (census, refused)
    }

    /// Finds an announcer's index among the members, or makes it a member. `None` where it stopped before it was one.
    fn place(&mut self, announce: &Announce<'_>) -> Result<Option<usize>, Outcome> {
        let info_hash = &announce.info_hash;
        let same = |member: &Member| member.info_hash == *info_hash;
        if let Some(place) = self.members.iter().position(same) {
            if self.members[place].peer == announce.peer {
                return Ok(Some(place));
            }
            self.hub.count_refused(Reason::OutOfRange);
            let text = "one connection has one peer_id for an info_hash";
            return Err(Outcome::failure(text, Some(info_hash)).and_close(CloseCode::Policy, text));
        }
        if announce.event == Event::Stopped {
            return Ok(None);
        }
        if self.members.len() == MAX_HASHES {
            self.hub.count_refused(Reason::OutOfRange);
            let text = "too many info hashes on one connection";
            return Err(Outcome::failure(text, Some(info_hash)));
        }
        let token = self.token.as_deref();
        let membership = self
            .visit
            .enlist(info_hash, announce.peer, token, &self.outbox)
            .map_err(|error| self.unlisted(error, info_hash))?;
        self.members.push(Member {
            info_hash: *info_hash,
            peer: announce.peer,
            membership,
        });
        Ok(Some(self.members.len() - 1))
    }

    /// The reply where no membership came about. A connection with other memberships goes on with those.
    fn unlisted(&self, error: Unlisted, info_hash: &Id20) -> Outcome {
        let (text, code) = match error {
            Unlisted::NameTaken(_) => ("peer_id is in use by another connection", CloseCode::Policy),
            Unlisted::Refused(refusal) => (refusal.text, refusal.close),
        };
        let outcome = Outcome::failure(text, Some(info_hash));
        if self.is_idle() || matches!(error, Unlisted::NameTaken(_)) {
            return outcome.and_close(code, text);
        }
        outcome
    }

    fn respond(&self, info_hash: &Id20, census: &Census) -> Outcome {
        Outcome::reply(announced(info_hash, self.tracker.interval.as_secs(), census))
    }

    fn on_answer(&self, answer: &Answer<'_>) -> Outcome {
        let info_hash = Some(&answer.info_hash);
        let same = |member: &&Member| (member.info_hash, member.peer) == (answer.info_hash, answer.peer);
        let Some(member) = self.members.iter().find(same) else {
            self.hub.count_refused(Reason::NotJoined);
            return Outcome::failure("announce first, under this peer_id", info_hash);
        };
        let Ok(carried) = carry_answer(&self.tracker.descriptions, answer) else {
            self.hub.count_refused(Reason::Description);
            let text = "an answer that is no description of a data channel";
            return Outcome::failure(text, info_hash);
        };
        match member.membership.answer(carried) {
            Ok(()) => Outcome::nothing(),
            Err(error) => Outcome::failure(&error.to_string(), info_hash),
        }
    }

    /// Replies to a scrape. Where tokens are required, a swarm is left out unless the connection is a member of it.
    fn on_scrape(&mut self, hashes: &[Id20]) -> Outcome {
        if let Some(outcome) = self.charge(hashes.len().min(MAX_SCRAPED), None) {
            return outcome;
        }
        self.hub.count_scrape();
        let known = |hash: &Id20| {
            !self.hub.requires_token() || self.members.iter().any(|member| member.info_hash == *hash)
        };
        let mut named: Vec<Id20> = hashes.iter().copied().filter(known).collect();
        named.sort_unstable();
        named.dedup();
        let files: Vec<_> = named.iter().map(|hash| (*hash, self.hub.census(hash))).collect();
        Outcome::reply(scraped(&files))
    }

    fn on_bad_frame(&self, error: ReadError) -> Outcome {
        let (reason, info_hash) = match &error {
            ReadError::TooLarge => (Reason::TooLarge, None),
            ReadError::Malformed => (Reason::Malformed, None),
            ReadError::Action | ReadError::FullScrape => (Reason::OutOfRange, None),
            ReadError::Event(info_hash) => (Reason::OutOfRange, Some(info_hash)),
        };
        self.hub.count_refused(reason);
        let outcome = Outcome::failure(&error.to_string(), info_hash);
        if error == ReadError::TooLarge {
            return outcome.and_close(CloseCode::TooLarge, "the frame is too large");
        }
        outcome
    }
}
