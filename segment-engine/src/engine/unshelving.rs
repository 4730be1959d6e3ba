//! Reads segments back from the shelf, for peers and for the player, and checks them before any byte is given.

use std::time::Duration;

use super::serving::NOT_NOW;
use super::{Engine, Replan};
use crate::bits::PieceRun;
use crate::id::{PeerId, SegmentKey};
use crate::integrity::{Record, root_of};
use crate::output::{DeclineReason, Event};
use crate::piece::{Body, piece_count};
use crate::serving::Queued;
use crate::shelf::{ShelfCommand, ShelfFault, ShelfWaiter, take_of};
use crate::store::Stored;
use crate::wire::{Reject, RequestId};

/// How long a read may take before whoever waits is told to look elsewhere.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a read may take for a viewer's own player.
const PLAYERS_PATIENCE: Duration = Duration::from_secs(1);

/// When a peer should ask again for what could not be read, or would queue too long, in milliseconds.
const ASK_AGAIN: u32 = 500;

/// The part of the memory budget that may be on its way from the shelf at a time (a divisor).
const ON_THEIR_WAY: u64 = 8;

impl Engine {
    /// Has a segment read back if the shelf holds it; false if it does not, or that takes too long.
    pub(super) fn unshelve(&mut self, key: &SegmentKey) -> bool {
        let Some(size) = self.shelved_len(key) else {
            return false;
        };
        let reads = &mut self.shelving.reads;
        let wanted = if self.seeding.is_none() && self.demands.wants(key) {
            reads.want_first(*key, size, self.now + PLAYERS_PATIENCE)
        } else {
            reads.want(*key, size, self.now + PATIENCE)
        };
        self.read_next();
        wanted
    }

    fn read_next(&mut self) {
        let most = self.policy.verdict().limits.store_bytes / ON_THEIR_WAY;
        while let Some(key) = self.shelving.reads.next(most) {
            self.command(ShelfCommand::Unshelve(key));
        }
        self.watch_shelf();
    }

    /// Has pieces that a peer asks for read back, if the shelf holds them. False if it does not.
    pub(super) fn ask_shelf(
        &mut self,
        id: &PeerId,
        request: RequestId,
        key: SegmentKey,
        run: PieceRun,
    ) -> bool {
        let Some(size) = self.shelved_len(&key) else {
            return false;
        };
        if run.end() > piece_count(size) {
            return false;
        }
        if !self.may_upload() {
            self.reject(id, request, Reject::Busy, NOT_NOW);
            return true;
        }
        self.await_shelf(ShelfWaiter::Run {
            peer: id.clone(),
            request,
            key,
            run,
        });
        true
    }

    /// Has a segment read back of which an admitted piece left memory before it could be sent, if the shelf holds it.
    /// False if it does not.
    pub(super) fn ask_shelf_again(&mut self, queued: &Queued) -> bool {
        if self.shelved_len(&queued.key).is_none() {
            return false;
        }
        self.await_shelf(ShelfWaiter::Piece(queued.clone()));
        true
    }

    fn await_shelf(&mut self, asked: ShelfWaiter) {
        if !self.unshelve(&asked.key()) || !self.shelving.reads.wait(asked.clone()) {
            self.refuse_waiters(vec![asked]);
        }
    }

    /// Refuses requests, once each, as busy: what is not there now may be soon, so a peer need not think worse of
    /// this one.
    fn refuse_waiters(&mut self, mut asked: Vec<ShelfWaiter>) {
        while let Some(one) = asked.pop() {
            let (peer, request) = (one.peer().clone(), one.request());
            let same = |other: &ShelfWaiter| *other.peer() == peer && other.request() == request;
            let mut over = self.shelving.reads.take(&same);
            over.append(&mut take_of(&mut asked, &same));
            over.push(one);
            self.give_back(&over);
            self.serving.cancel(&peer, request);
            self.stats.refused += 1;
            self.reject(&peer, request, Reject::Busy, ASK_AGAIN);
        }
    }

    /// Refunds the budget of admitted pieces that are not sent.
    fn give_back(&mut self, over: &[ShelfWaiter]) {
        for asked in over {
            if let ShelfWaiter::Piece(queued) = asked {
                self.serving.give_back(queued);
            }
        }
    }

    /// A peer has cancelled a request.
    pub(super) fn cancel_waiter(&mut self, id: &PeerId, request: RequestId) {
        let over = self
            .shelving
            .reads
            .take(&|asked| asked.peer() == id && asked.request() == request);
        self.give_back(&over);
    }

    /// A peer has left.
    pub(super) fn forget_waiters(&mut self, id: &PeerId) {
        let over = self.shelving.reads.take(&|asked| asked.peer() == id);
        self.give_back(&over);
    }

    pub(super) fn on_unshelved(&mut self, key: SegmentKey, body: Option<Body>) {
        if !self.shelving.reads.on_answer(&key) {
            return;
        }
        if self.offerable(&key) {
            // It came another way in the meantime.
            self.give_unshelved(key);
        } else if let Some(record) = self.on_shelf_of(&key) {
            match body {
                Some(body) if is_of(&body, record) => self.take_unshelved(key, body, record),
                Some(_) => self.on_shelf_fault(key, ShelfFault::Corrupt),
                None => self.on_shelf_fault(key, ShelfFault::Missing),
            }
        } else {
            self.look_elsewhere(key);
        }
        self.read_next();
    }

    /// A segment stays on the shelf but cannot be read now: a seeder fetches it into memory.
    pub(super) fn on_unreadable(&mut self, key: SegmentKey) {
        if !self.shelving.reads.on_answer(&key) {
            return;
        }
        if self.offerable(&key) {
            self.give_unshelved(key);
        } else {
            self.on_shelf_fault(key, ShelfFault::Unreadable);
        }
        self.read_next();
    }

    /// A segment is in memory again, and right.
    fn take_unshelved(&mut self, key: SegmentKey, body: Body, record: Record) {
        let Some(segment) = self.timeline.segment(&key) else {
            self.look_elsewhere(key);
            return;
        };
        self.stats.shelf_reads += 1;
        self.stats.received.stored += self.shelving.shelf.sources(&key).stored;
        self.shelving.shelf.on_readable(&key);
        self.touch(&key);
        self.learn_index(&key, &body);
        let sources = self.shelving.shelf.sources(&key);
        let stored = Stored::new(body, record.root, sources, &segment);
        // It is too late for whoever looked elsewhere, but in time to end that. What a seeder fetches for itself goes
        // on: others wait for its outcome.
        if !self.transfers.is_seeded(&key) {
            self.abandon(&key);
        }
        self.deliver_all(&segment, &stored, Duration::ZERO);
        for evicted in self.store_segment(key, stored) {
            self.let_go(evicted);
        }
        self.sweep_later();
        if self.store.contains(&key) {
            self.give_unshelved(key);
        } else {
            // Memory has become too small for it.
            self.discard(vec![key]);
            self.let_go(key);
            self.look_elsewhere(key);
        }
    }

    /// Gives a segment to whoever waited for it.
    fn give_unshelved(&mut self, key: SegmentKey) {
        if self.demands.wants(&key)
            && let Some(stored) = self.store.get(&key).cloned()
        {
            let segment = self.segment(&key);
            self.deliver_all(&segment, &stored, Duration::ZERO);
        }
        self.serve_awaited(&key);
        for asked in self.shelving.reads.take(&|asked| asked.key() == key) {
            match asked {
                ShelfWaiter::Piece(queued) => self.serving.put_back(queued),
                ShelfWaiter::Run {
                    peer,
                    request,
                    key,
                    run,
                } => self.on_request(&peer, request, key, run),
            }
        }
        self.upload();
    }

    /// A segment does not come from the shelf, and a seeder fetches it again. If its bytes are wrong it is discarded
    /// and no longer offered; if it cannot be read now, it stays.
    fn on_shelf_fault(&mut self, key: SegmentKey, fault: ShelfFault) {
        self.stats.shelf_faults += 1;
        self.emit(Event::ShelfFault { key, fault });
        match fault {
            ShelfFault::Unreadable => self.shelving.shelf.on_unreadable(key),
            ShelfFault::Missing | ShelfFault::Corrupt => {
                self.discard(vec![key]);
                self.let_go(key);
            }
        }
        self.look_elsewhere(key);
        self.harvest_again(key);
    }

    /// A segment does not come from the shelf, or not in time: tells whoever waits for it.
    fn look_elsewhere(&mut self, key: SegmentKey) {
        let asked = self.shelving.reads.take(&|asked| asked.key() == key);
        self.refuse_waiters(asked);
        for (id, request) in self.serving.awaited.take(&key) {
            self.reject(&id, request, Reject::Busy, ASK_AGAIN);
        }
        if self.demands.wants(&key) && !self.transfers.contains(&key) {
            self.begin(key);
        }
    }

    /// Gathers what the player waits for and the shelf lacks.
    pub(super) fn begin(&mut self, key: SegmentKey) {
        let Some(segment) = self.timeline.segment(&key) else {
            self.decline_all(&key, DeclineReason::Unknown);
            return;
        };
        self.start(segment);
        self.arm_stripes(key);
        self.check_rescue(key);
        self.replan(Replan::Pull);
    }

    /// What a demand waited for has ended and brought nothing: the segment comes from the shelf, or as it would have at
    /// first.
    #[cfg(feature = "seeder")]
    pub(super) fn resume(&mut self, key: SegmentKey) {
        if self.demands.wants(&key) && !self.transfers.contains(&key) && !self.unshelve(&key) {
            self.begin(key);
        }
    }

    /// Gives up reads that were waited for long enough.
    pub(super) fn give_up_reads(&mut self) {
        for key in self.shelving.reads.overdue(self.now) {
            self.look_elsewhere(key);
        }
        self.read_next();
    }
}

/// Whether a body has a record's size and root. Its leaves were hashed with the pieces, by whoever read them.
fn is_of(body: &Body, record: Record) -> bool {
    body.len() == record.size && root_of(body.len(), &body.leaves()) == record.root
}
