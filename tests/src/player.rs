//! A player: wants segments in order up to a buffer, plays what it has, stalls when it has nothing, changes rungs.
//!
//! Its clock is the run's. What it wants it is asked for by [`Player::wants`]; when it wants to be looked at again is told
//! by [`Player::next_at`].

mod abr;
mod account;
mod lane;

pub(crate) use account::{Account, Window};

use segment_engine::id::DemandId;
use segment_engine::input::{Playback, PlaybackState};
use segment_engine::time::MediaTime;

use self::abr::Abr;
use self::lane::Lane;
use crate::clock::SECOND;
use crate::origin::{Content, Kind, Resource, Title};

/// The habits of a player.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Habits {
    /// How far behind the live edge it plays, in microseconds.
    pub(crate) hold_back: u64,
    /// How much it keeps ahead of its playhead, in microseconds.
    pub(crate) buffer: u64,
    /// How much it needs before it begins, and after a stall; at least something.
    pub(crate) threshold: u64,
    /// How much later than it is there a live segment is seen to be, in microseconds.
    pub(crate) detection: u64,
    /// The rung that it starts with.
    pub(crate) rung: u8,
    /// Whether it changes rungs.
    pub(crate) adaptation: Adaptation,
    /// The last segment that it plays.
    pub(crate) last: u32,
}

/// Whether a player changes rungs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adaptation {
    /// It stays on the one it started with.
    Fixed,
    /// As throughput and buffer allow.
    ByThroughput,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Starting,
    Playing,
    Stalled { since: u64 },
    Ended,
}

/// A player.
#[derive(Debug)]
pub(crate) struct Player {
    habits: Habits,
    lanes: Vec<Lane>,
    /// The playhead at `at`, on the timeline of the title.
    position: u64,
    at: u64,
    state: State,
    abr: Abr,
    next_tell: u64,
    /// Where it began.
    began: u64,
    pub(crate) account: Account,
}

impl Player {
    /// A player that begins at `now`: at the start of a film, or behind the live edge.
    pub(crate) fn new(habits: Habits, title: &Title, now: u64) -> Self {
        let position = match title.kind {
            Kind::Live => now.saturating_sub(habits.hold_back),
            Kind::Film(_) => 0,
        };
        Self::at(habits, title, now, position)
    }

    /// A player that begins at a position.
    pub(crate) fn at(habits: Habits, title: &Title, now: u64, position: u64) -> Self {
        let first = u32::try_from(position / title.segment).unwrap_or(u32::MAX - 1) + 1;
        let mut lanes = vec![Lane::new(Content::Video, habits.rung, first)];
        if title.audio > 0 {
            let rung = u8::try_from(title.video.len()).unwrap_or(u8::MAX);
            lanes.push(Lane::new(Content::Audio, rung, first));
        }
        Self {
            habits,
            lanes,
            position,
            at: now,
            state: State::Starting,
            abr: Abr::default(),
            next_tell: now,
            began: position,
            account: Account::new(now),
        }
    }

    /// The demands that are open.
    pub(crate) fn open_demands(&self) -> Vec<DemandId> {
        let asked = self.lanes.iter().filter_map(|lane| lane.asked);
        asked.map(|(demand, ..)| demand).collect()
    }

    /// Jumps.
    pub(crate) fn seek(&mut self, title: &Title, now: u64, position: u64) {
        let first = u32::try_from(position / title.segment).unwrap_or(u32::MAX - 1) + 1;
        self.lanes.iter_mut().for_each(|lane| lane.seek(first));
        self.position = position;
        self.at = now;
        self.state = State::Starting;
        self.next_tell = now;
    }

    /// The resources that it wants now, in order. The demands that are made for them are noted by
    /// [`Player::on_demanded`].
    pub(crate) fn wants(&mut self, title: &Title, now: u64) -> Vec<Resource> {
        let position = self.position;
        let (buffer, newest) = (self.habits.buffer, self.newest(title, now));
        let lanes = self.lanes.iter_mut();
        lanes
            .filter_map(|lane| lane.wants(title, position, buffer, newest))
            .collect()
    }

    /// Notes that what it wanted was asked for.
    pub(crate) fn on_demanded(&mut self, title: &Title, resource: Resource, demand: DemandId, now: u64) {
        self.lane(title, resource.rung).asked = Some((demand, resource, now));
    }

    /// Notes that a demand came to nothing: it is made again.
    pub(crate) fn on_failed(&mut self, demand: DemandId) {
        for lane in &mut self.lanes {
            if lane.asked.is_some_and(|(asked, ..)| asked == demand) {
                lane.asked = None;
            }
        }
    }

    /// The resource that a demand is for, and since when.
    pub(crate) fn resource(&self, demand: DemandId) -> Option<(Resource, u64)> {
        let asked = self.lanes.iter().filter_map(|lane| lane.asked);
        asked
            .filter(|(asked, ..)| *asked == demand)
            .map(|(_, resource, at)| (resource, at))
            .next()
    }

    /// Takes in what it demanded, which came at `rate` bits per second.
    pub(crate) fn on_arrived(&mut self, title: &Title, resource: Resource, bytes: u64, rate: u64, now: u64) {
        self.advance(title, now);
        let rung = resource.rung;
        let lane = self.lane(title, rung);
        lane.asked = None;
        if resource.number == 0 {
            lane.on_init(rung);
            return;
        }
        if !lane.on_media(resource.number) {
            return;
        }
        let video = title.content(rung) == Content::Video;
        self.account
            .on_segment(now, bytes, video.then(|| title.bitrate(rung)));
        if video && self.habits.adaptation == Adaptation::ByThroughput {
            self.abr.on_sample(rate);
            let buffered = self.buffered(title);
            let started = self.state != State::Starting;
            let chosen = self.abr.choose(title, buffered, started, rung);
            let lane = self.lane(title, rung);
            if chosen != lane.rung {
                lane.rung = chosen;
                self.account.on_switch(now);
            }
        }
        self.advance(title, now);
    }

    /// Lets the playhead come to where it is at `now`.
    pub(crate) fn advance(&mut self, title: &Title, now: u64) {
        let ready = self.ready_until(title);
        if self.state == State::Playing {
            let position = self.position + (now - self.at);
            if position < ready {
                self.position = position;
                self.at = now;
                return;
            }
            let dry_at = self.at + (ready - self.position);
            self.position = ready;
            self.at = now;
            self.next_tell = now;
            self.state = if self.is_over(title) {
                State::Ended
            } else {
                State::Stalled { since: dry_at }
            };
        }
        self.at = now;
        let enough = self.position + self.habits.threshold.max(1) <= ready || self.is_all_there(title);
        match self.state {
            State::Starting if enough => {
                if title.kind == Kind::Live && self.habits.hold_back > 0 {
                    let aim = now.saturating_sub(self.habits.hold_back);
                    if aim < ready {
                        self.position = self.position.max(aim);
                        self.began = self.position;
                    }
                }
                self.account.on_started(now);
                self.state = State::Playing;
                self.next_tell = now;
            }
            State::Stalled { since } if enough => {
                self.account.on_stalled(since, now);
                self.state = State::Playing;
                self.next_tell = now;
            }
            State::Starting | State::Stalled { .. } | State::Playing | State::Ended => {}
        }
    }

    /// Ends the session: what it still waits for counts as a stall until now.
    pub(crate) fn on_end(&mut self, title: &Title, now: u64) {
        self.advance(title, now);
        if let State::Stalled { since } = self.state {
            self.account.on_stalled(since, now);
        }
        self.state = State::Ended;
    }

    /// The report on the playhead for its engine, if one is due.
    pub(crate) fn tell(&mut self, title: &Title, now: u64) -> Option<Playback> {
        if now < self.next_tell {
            return None;
        }
        self.next_tell = now + SECOND;
        Some(Playback {
            position: MediaTime::from_micros(i64::try_from(self.position).unwrap_or(i64::MAX)),
            buffered: std::time::Duration::from_micros(self.buffered(title)),
            state: match self.state {
                State::Starting | State::Stalled { .. } => PlaybackState::Stalled,
                State::Playing => PlaybackState::Playing,
                State::Ended => PlaybackState::Paused,
            },
        })
    }

    /// When it is to be looked at again.
    pub(crate) fn next_at(&self, title: &Title, now: u64) -> u64 {
        if self.state == State::Ended {
            return u64::MAX;
        }
        let mut next = self.next_tell;
        if self.state == State::Playing {
            next = next.min(now + (self.ready_until(title) - self.position));
        }
        for lane in &self.lanes {
            if lane.asked.is_some() {
                continue;
            }
            let resource = Resource {
                rung: lane.rung,
                number: lane.next,
            };
            let Some(available) = title
                .available_at(resource)
                .filter(|_| lane.next <= self.habits.last)
            else {
                continue;
            };
            let available = match title.kind {
                Kind::Live => available + self.habits.detection,
                Kind::Film(_) => 0,
            };
            let ahead = lane.buffered(title, self.position);
            let room = match self.state {
                State::Playing => now + (ahead + 1).saturating_sub(self.habits.buffer),
                State::Starting | State::Stalled { .. } | State::Ended => now,
            };
            next = next.min(available.max(room));
        }
        next.max(now + 1)
    }

    /// Whether it has played all.
    pub(crate) fn is_over(&self, title: &Title) -> bool {
        self.end(title).is_some_and(|end| self.position >= end)
    }

    /// The rung of its video.
    pub(crate) fn rung(&self) -> u8 {
        self.lanes[0].rung
    }

    /// The number of the segment that it plays.
    pub(crate) fn number(&self, title: &Title) -> u32 {
        u32::try_from(self.position / title.segment).unwrap_or(u32::MAX - 100) + 1
    }

    /// Where it began.
    pub(crate) fn began(&self) -> u64 {
        self.began
    }

    /// The playhead.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// How much is ready ahead of the playhead.
    pub(crate) fn buffered(&self, title: &Title) -> u64 {
        self.ready_until(title).saturating_sub(self.position)
    }

    fn is_all_there(&self, title: &Title) -> bool {
        self.end(title).is_some_and(|end| self.ready_until(title) >= end)
    }

    fn newest(&self, title: &Title, now: u64) -> u32 {
        let newest = match title.kind {
            Kind::Live => title.newest(now.saturating_sub(self.habits.detection)),
            Kind::Film(count) => count,
        };
        newest.min(self.habits.last)
    }

    /// Where it ends, if ever.
    fn end(&self, title: &Title) -> Option<u64> {
        let last = match title.kind {
            Kind::Live => Some(self.habits.last).filter(|last| *last != u32::MAX),
            Kind::Film(count) => Some(count.min(self.habits.last)),
        };
        last.map(|last| u64::from(last) * title.segment)
    }

    fn ready_until(&self, title: &Title) -> u64 {
        let ready = self.lanes.iter().map(|lane| lane.ready_until(title));
        ready.min().unwrap_or(0).max(self.position)
    }

    fn lane(&mut self, title: &Title, rung: u8) -> &mut Lane {
        let content = title.content(rung);
        let lane = self.lanes.iter_mut().find(|lane| lane.content == content);
        lane.expect("invariant: what arrives was asked for by a lane")
    }
}

#[cfg(test)]
mod tests;
