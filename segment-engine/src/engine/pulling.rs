//! Asks peers: for leaves first, then for pieces, the most urgent first, each of the peer that brings it soonest.

use std::time::Duration;

use super::trusting::LAYER_PATIENCE;
use super::{Engine, Replan};
use crate::id::{PeerId, SegmentKey, Slot};
use crate::peer::{Mark, Outstanding, Peer, Wanted};
use crate::scheduler::{Candidate, Need, Outlook, Run, next_run};
use crate::time::Timestamp;
use crate::timer::Timer;
use crate::transfer::Download;
use crate::wire::{Frame, RequestId};

/// The most runs in flight over all links: 1.5 MiB. After a late segment of a title with several rungs it is half of
/// that, until some have come in time: on a link that barely suffices, each run waits for all that was asked for
/// before it. With half at all times, 300 viewers, four to a downlink with cross traffic, stalled 57 and 45 times in
/// three minutes, by seed, instead of 86 and 63; but where links suffice, a segment of 4 s is complete up to 0.4 s
/// later.
const MAX_IN_FLIGHT: u32 = 24;

/// How long a response may be silent: this, or four times the time to a first byte if that is more.
const SILENCE: Duration = Duration::from_secs(1);

/// How often pieces are looked for that a second peer should be asked for.
const ENDGAME_EVERY: Duration = Duration::from_millis(100);

impl Engine {
    /// Asks for whatever can be asked for now.
    pub(super) fn pull(&mut self) {
        let (mut candidates, mut in_flight) = self.candidates();
        if candidates.is_empty() {
            return;
        }
        self.heed_silence();
        let most = MAX_IN_FLIGHT / if self.rates.is_unsettled() { 2 } else { 1 };
        let pressed = self.is_pressed();
        for key in self.transfers.by_deadline() {
            if pressed && !self.demands.wants(&key) {
                continue;
            }
            while in_flight < most && !candidates.is_empty() {
                let Some(run) = self.next_run(&key, &candidates) else {
                    break;
                };
                self.ask(key, run);
                in_flight += 1;
                candidates.retain_mut(|candidate| {
                    if candidate.slot == run.slot {
                        candidate.load += 1;
                        candidate.room -= 1;
                    }
                    candidate.room > 0
                });
            }
            if in_flight >= most || candidates.is_empty() {
                break;
            }
        }
        if in_flight < most && self.now >= self.next_endgame {
            self.next_endgame = self.now + ENDGAME_EVERY;
            self.endgame(&candidates);
        }
    }

    /// An origin that falls silent in a response, or never starts one, could stay so until the player stalls: what it
    /// was to bring is asked of neighbours as well.
    fn heed_silence(&mut self) {
        let patience = SILENCE.max(self.origin.round_trip() * 4);
        let next = self.transfers.heed_silence(self.now, patience);
        if let Some(next) = next {
            self.timers.set_no_later(Timer::Pull, next);
        }
    }

    /// The peers that can be asked now, and how many runs are in flight over all links. Schedules another look for
    /// when a busy peer said it would be free.
    fn candidates(&mut self) -> (Vec<Candidate>, u32) {
        let (mut candidates, mut in_flight) = (Vec::with_capacity(self.peers.len()), 0);
        let mut free_at: Option<Timestamp> = None;
        for (id, peer) in self.peers.iter() {
            in_flight += peer.load();
            if self.takes_from(id) {
                candidates.extend(peer.candidate(self.now));
            }
            let busy = Some(peer.busy_until()).filter(|until| *until > self.now);
            free_at = free_at.into_iter().chain(busy).min();
        }
        if let Some(until) = free_at {
            self.timers.set_no_later(Timer::Pull, until);
        }
        (candidates, in_flight)
    }

    fn next_run(&mut self, key: &SegmentKey, candidates: &[Candidate]) -> Option<Run> {
        let download = self.transfers.get(key)?;
        if !download.is_open_to_peers() {
            return None;
        }
        let missing = download.missing();
        if missing.is_empty() {
            return None;
        }
        let outlook = Outlook {
            missing: &missing,
            replicas: &|piece| download.replicas(piece),
            holder: &|slot| download.holder(slot),
            slack: download.slack(self.now),
        };
        next_run(&outlook, candidates, &mut self.rng)
    }

    fn ask(&mut self, key: SegmentKey, run: Run) {
        let Run { slot, first, count } = run;
        let Some(id) = self.peer_at(slot) else {
            return;
        };
        let now = self.now;
        let Some(download) = self.transfers.get_mut(&key) else {
            return;
        };
        for piece in first..first + count {
            download.asks.ask(piece);
        }
        let peer = self.peers.get_mut(&id).expect("invariant: found above");
        let request = peer.on_asked(key, Wanted::run(first, count), now);
        self.send(
            &id,
            &Frame::Request {
                request,
                key,
                first,
                count,
            },
        );
        self.watch(&id);
    }

    /// The peer of a link.
    pub(super) fn peer_at(&self, slot: Slot) -> Option<PeerId> {
        let mut peers = self.peers.iter();
        peers
            .find(|(_, peer)| peer.slot() == slot)
            .map(|(id, _)| id.clone())
    }

    /// Sets the time at which a peer's next answer is overdue.
    pub(super) fn watch(&mut self, id: &PeerId) {
        match self.peers.get(id).and_then(Peer::next_due) {
            Some(due) => self.timers.set(Timer::Answer(id.clone()), due),
            None => self.timers.stop(&Timer::Answer(id.clone())),
        }
    }

    /// Asks one neighbour for the leaves of each segment that cannot be gathered without them.
    pub(super) fn ask_for_layers(&mut self) {
        let wanting = |download: &&Download| self.wants_layer(download);
        let keys: Vec<_> = self.transfers.iter().filter(wanting).map(Download::key).collect();
        for key in keys {
            let holders = self.layer_holders(&key);
            let service = |id: PeerId| {
                let peer = self.peers.get(&id).filter(|peer| peer.gives_leaves(self.now))?;
                Some((!peer.serves(), peer.quality.service_time(16 << 10), id))
            };
            // Leaves are few and open a segment to the swarm: the link's window does not hold them back.
            let Some((_, _, id)) = holders.into_iter().filter_map(service).min() else {
                continue;
            };
            let peer = self.peers.get_mut(&id).expect("invariant: a holder is a peer");
            let request = peer.on_asked(key, Wanted::Layer(Vec::new()), self.now);
            self.send(&id, &Frame::WantLeaves { request, key });
            self.watch(&id);
            let Some(download) = self.transfers.get(&key) else {
                continue;
            };
            if self.wants_layer(download) {
                // Another neighbour has to give the same.
                self.replan(Replan::Pull);
            } else if download.segment().is_timeless() {
                // Another one is asked after this even if nothing else happens.
                self.timers.set_no_later(Timer::Pull, self.now + LAYER_PATIENCE);
            }
        }
    }

    /// Asks a second peer for late pieces, once little else is left to ask for: a tenth, or a quarter if time is
    /// short. If more than that is missing so late, uplinks are scarce, and asking twice means sending twice.
    ///
    /// The quickest peer is asked for all of it, and a mere promise counts as late: with 300 viewers of 2 s segments
    /// 95 % came within 2.48 s (one seed). With each piece counted as load it was 2.63 s, and without promised pieces
    /// 2.71 s.
    fn endgame(&mut self, candidates: &[Candidate]) {
        for key in self.transfers.by_deadline() {
            let Some(download) = self.transfers.get(&key) else {
                continue;
            };
            let lacking = download.lacking();
            let guard = Need::guard(download.segment().duration, self.config.rescue_guard);
            let pressing = download.slack(self.now) < guard * 2;
            let part = if pressing { 4 } else { 10 };
            let nearly = lacking.count() * part <= download.piece_count();
            if !download.is_open_to_peers() || lacking.is_empty() || !nearly {
                continue;
            }
            let late = self.late_pieces(&key);
            for (piece, from) in late {
                let Some(download) = self.transfers.get(&key) else {
                    break;
                };
                let holds = |candidate: &&Candidate| {
                    candidate.slot != from
                        && download
                            .holder(candidate.slot)
                            .is_some_and(|held| held.contains(piece))
                };
                let second = candidates
                    .iter()
                    .filter(holds)
                    .min_by_key(|candidate| candidate.cost(128));
                let Some(slot) = second.map(|candidate| candidate.slot) else {
                    continue;
                };
                if download.asks.pieces().contains(piece) && !download.asks.is_twice(piece) {
                    self.ask(
                        key,
                        Run {
                            slot,
                            first: piece,
                            count: 1,
                        },
                    );
                }
            }
        }
    }

    /// Pieces of a segment that have been in flight for twice as long as expected, and from whom.
    fn late_pieces(&self, key: &SegmentKey) -> Vec<(u32, Slot)> {
        let mut late = Vec::new();
        for peer in self.peers.values() {
            let expected = peer
                .quality
                .service_time(64 << 10)
                .max(Duration::from_millis(100));
            for (_, asked) in peer.requests() {
                let overdue = self.now.since(asked.at) > expected.saturating_mul(2 + peer.load());
                if asked.key == *key && overdue {
                    late.extend(asked.lacking().into_iter().map(|piece| (piece, peer.slot())));
                }
            }
        }
        late
    }

    /// A peer's answers are overdue: others are asked for what it has not sent.
    pub(super) fn on_answer_overdue(&mut self, id: &PeerId) {
        let Some(peer) = self.peers.get_mut(id) else {
            return;
        };
        let overdue = peer.overdue(self.now);
        if overdue.is_empty() {
            self.watch(id);
            return;
        }
        let mut failed = false;
        for request in overdue {
            // A broken promise is no failure: the peer has not received the pieces itself.
            failed |= self
                .give_up(id, request)
                .is_some_and(|asked| asked.mark == Mark::Taken);
            self.send(id, &Frame::Cancel(request));
        }
        if failed {
            if let Some(peer) = self.peers.get_mut(id) {
                peer.on_congested();
            }
            self.on_strike(id);
        }
        self.watch(id);
        self.replan(Replan::Pull);
    }

    /// Cancels a request: whatever has not come can be asked of others.
    pub(super) fn give_up(&mut self, id: &PeerId, request: RequestId) -> Option<Outstanding> {
        let asked = self.peers.get_mut(id)?.on_abandoned(request)?;
        self.release(&asked);
        Some(asked)
    }

    /// Makes the outstanding pieces of an ended request available for asking again.
    pub(super) fn release(&mut self, asked: &Outstanding) {
        if let Some(download) = self.transfers.get_mut(&asked.key) {
            asked
                .lacking()
                .into_iter()
                .for_each(|piece| download.asks.release(piece));
        }
    }

    /// Cancels the requests for a segment of which nothing is wanted any more.
    pub(super) fn cancel_requests(&mut self, key: &SegmentKey, unwanted: impl Fn(&Outstanding) -> bool) {
        let mut cancelled = Vec::new();
        for (id, peer) in self.peers.iter() {
            for (request, asked) in peer.requests() {
                if asked.key == *key && unwanted(asked) {
                    cancelled.push((id.clone(), request));
                }
            }
        }
        for (id, request) in cancelled {
            self.give_up(&id, request);
            self.send(&id, &Frame::Cancel(request));
            self.watch(&id);
        }
    }
}

#[cfg(test)]
mod tests;
