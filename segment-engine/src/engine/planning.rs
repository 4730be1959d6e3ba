//! Puts what the scheduler decides into motion: who is asked, when the origin is, what is fetched ahead.

use super::{Engine, Replan};
use crate::config::Role;
use crate::demand::Waiting;
use crate::id::{DemandId, PeerId, SegmentKey};
use crate::output::{DeclineReason, Event, Fetch, FetchPurpose, Output, RescueReason};
use crate::peer::{Peer, Urgency};
use crate::scheduler::{self, Course, Holder, Outlook};
use crate::time::Timestamp;
use crate::timer::Timer;
use crate::transfer::{Body, Pieces, Transfer, Via};
use crate::wire::{Frame, PeerRole, piece_count};

/// The most segments of one track that are looked at when fetching ahead.
const LOOK_AHEAD: usize = 64;

impl Engine {
    /// Finds a course for every demand that nothing is being done for.
    pub(super) fn plan_demands(&mut self) {
        let idle: Vec<(DemandId, SegmentKey)> = self
            .demands
            .all()
            .filter(|(_, waiting)| !self.transfers.is_running(&waiting.key))
            .map(|(id, waiting)| (id, waiting.key))
            .collect();
        for (id, key) in idle {
            if !self.transfers.is_running(&key) {
                self.plan_demand(id, key);
            }
        }
    }

    fn plan_demand(&mut self, id: DemandId, key: SegmentKey) {
        let holders = self.holders(&key, Urgency::Demanded);
        let Some(waiting) = self.demands.waiting(id) else {
            return;
        };
        let outlook = Outlook {
            rescue_at: waiting.rescue_at,
            holder: !holders.is_empty(),
            hope: self.hope(waiting),
        };
        match scheduler::course(&outlook, self.now) {
            Course::Ask => self.ask(key, &holders),
            Course::Wait(until) => self.timers.set(Timer::Rescue(id), until),
            Course::Fetch => self.fetch(key),
        }
    }

    /// Until when somebody may come to hold a segment that could be asked of nobody now.
    fn hope(&self, waiting: &Waiting) -> Option<Timestamp> {
        self.config.digest_key?;
        let key = &waiting.key;
        let mut roles = self.peers.values().filter_map(Peer::role);
        let live = self.timeline.live().is_some();
        let known = self.integrity.record(key).is_some();
        let seeder = roles.clone().any(|role| role == PeerRole::Seeder);
        // A seeder fetches what is new by itself, and a locked link has room again: either comes before the
        // player's need, or the rescue does.
        if (seeder && (live || !known)) || self.is_held(key) {
            return Some(waiting.rescue_at);
        }
        if live && roles.any(|role| role == PeerRole::Viewer) {
            return Some(waiting.yield_until);
        }
        if self.peers.values().any(|peer| peer.role().is_none()) {
            return Some(waiting.rescue_at);
        }
        if self.peers.is_empty() {
            return self.swarm.hope(self.now);
        }
        known.then(|| self.swarm.word_until(waiting.since))
    }

    /// Whether any peer could bring a segment, were its link not locked.
    fn is_held(&self, key: &SegmentKey) -> bool {
        let Some(record) = self.integrity.record(key) else {
            return false;
        };
        let mut peers = self.peers.iter();
        peers.any(|(id, peer)| peer.holds(key, record.size) && !self.transfers.has_failed(key, id))
    }

    /// The peers that could be asked for a segment now.
    fn holders(&self, key: &SegmentKey, urgency: Urgency) -> Vec<Holder> {
        let Some(record) = self.integrity.record(key) else {
            return Vec::new();
        };
        let holds = |(id, peer): (&PeerId, &Peer)| {
            let fit = peer.holds(key, record.size)
                && !peer.is_locked(urgency)
                && !self.transfers.has_failed(key, id);
            let role = peer.role().filter(|_| fit)?;
            Some(Holder {
                peer: id.clone(),
                role,
                load: peer.load(),
                service: peer.service(),
            })
        };
        self.peers.iter().filter_map(holds).collect()
    }

    fn ask(&mut self, key: SegmentKey, holders: &[Holder]) {
        let Some(record) = self.integrity.record(&key) else {
            return;
        };
        let Some(holder) = scheduler::choose(holders, record.size) else {
            return;
        };
        let id = holder.peer.clone();
        let peer = self.peers.get_mut(&id).expect("invariant: holders are peers");
        let request = peer.on_asked(key);
        let via = Via::Peer {
            peer: id.clone(),
            request,
            record,
            pieces: Pieces::new(record.size),
        };
        self.transfers.start(
            key,
            Transfer {
                via,
                started: self.now,
            },
        );
        self.timers
            .set(Timer::Silence(key), self.now + self.config.peer_timeout);
        let rescues: Vec<_> = self.demands.rescues(&key).collect();
        for (demand, rescue_at) in rescues {
            self.timers.set(Timer::Rescue(demand), rescue_at);
        }
        self.send(
            &id,
            &Frame::Request {
                request,
                key,
                first: 0,
                count: piece_count(record.size),
            },
        );
    }

    /// Asks the origin for a segment.
    pub(super) fn fetch(&mut self, key: SegmentKey) {
        let Some(segment) = self.timeline.segment(&key) else {
            self.decline_all(&key, DeclineReason::Unknown);
            return;
        };
        let id = self.origin.next_id();
        let via = Via::Origin {
            fetch: id,
            head_at: None,
            body: Body::new(key.range),
        };
        self.transfers.start(
            key,
            Transfer {
                via,
                started: self.now,
            },
        );
        self.outputs.push_back(Output::Fetch(Fetch {
            id,
            url: segment.url,
            range: key.range,
            purpose: FetchPurpose::Segment,
            timeout: self.config.fetch_timeout,
        }));
    }

    /// A demand's time is up: what a peer has not brought by now comes from the origin.
    pub(super) fn on_rescue(&mut self, id: DemandId) {
        let Some(waiting) = self.demands.waiting(id).cloned() else {
            return;
        };
        self.replan = Replan::Due;
        if self.now < waiting.rescue_at {
            return;
        }
        let Some(transfer) = self.transfers.running(&waiting.key) else {
            return;
        };
        if matches!(transfer.via, Via::Origin { .. }) {
            return;
        }
        self.abort(&waiting.key);
        self.rescue(waiting.key, RescueReason::Deadline);
        self.fetch(waiting.key);
    }

    pub(super) fn rescue(&mut self, key: SegmentKey, reason: RescueReason) {
        self.stats.rescues += 1;
        self.emit(Event::Rescued { key, reason });
    }

    /// A peer has been silent for too long over a segment: somebody else is asked, or the origin.
    pub(super) fn on_silence(&mut self, key: SegmentKey) {
        let Some(Via::Peer { peer, .. }) = self.transfers.running(&key).map(|transfer| &transfer.via) else {
            return;
        };
        let peer = peer.clone();
        self.abort(&key);
        self.transfers.on_failed(key, peer.clone());
        self.on_strike(&peer);
        self.after_failure(key);
    }

    /// Gives a transfer up.
    pub(super) fn abort(&mut self, key: &SegmentKey) {
        let Some(transfer) = self.transfers.end(key) else {
            return;
        };
        self.timers.stop(&Timer::Silence(*key));
        match transfer.via {
            Via::Peer { peer, request, .. } => {
                if let Some(link) = self.peers.get_mut(&peer) {
                    link.on_abandoned(request);
                    self.send(&peer, &Frame::Cancel(request));
                }
            }
            Via::Origin { fetch, .. } => self.outputs.push_back(Output::AbortFetch(fetch)),
        }
    }

    /// A transfer from a peer failed: another course is found, and told where it can only be the origin.
    pub(super) fn after_failure(&mut self, key: SegmentKey) {
        self.replan = Replan::Due;
        if self.demands.wants(&key) && !self.is_held(&key) {
            self.rescue(key, RescueReason::NoPeerLeft);
            self.fetch(key);
        }
    }

    /// Asks peers for the segments that the player will want next.
    pub(super) fn plan_ahead(&mut self) {
        if self.config.role != Role::Viewer || self.peers.is_empty() {
            return;
        }
        let current: Vec<_> = self.player.current().collect();
        let mut ahead = Vec::new();
        for (track, from) in current {
            let to = from + self.config.prefetch_window;
            ahead.extend(self.timeline.segments(track, from, to, self.unix(), LOOK_AHEAD));
        }
        ahead.sort_by_key(|segment| (segment.start, segment.key));
        for segment in ahead {
            if self.transfers.peers_running() >= self.config.parallel_transfers as usize {
                return;
            }
            let key = segment.key;
            if !self.store.contains(&key) && !self.transfers.is_running(&key) {
                let holders = self.holders(&key, Urgency::Ahead);
                self.ask(key, &holders);
            }
        }
    }
}
