//! Players and what they get: manifests, demands, deliveries, their own requests.

use segment_engine::Input;
use segment_engine::id::DemandId;
use segment_engine::input::Demand;
use segment_engine::time::MediaTime;

use super::{Happening, News, NodeId, World};
use crate::clock::MILLI;
use crate::origin::{Asker, Resource, Title};
use crate::player::{Habits, Player};

/// After a failure a player tries again this much later.
const RETRY: u64 = 500 * MILLI;

impl World {
    /// The manifest is there: the player begins.
    pub(super) fn on_manifest(&mut self, node: NodeId) {
        let body = self.title.manifest().into_bytes();
        let url = Title::manifest_url();
        self.news
            .push_back(News::Engine(node, Input::Manifest { url, body }));
        self.look(node);
    }

    pub(super) fn retry_manifest(&mut self, node: NodeId) {
        self.nodes[node.index()].awaits_manifest = true;
        self.set_tick(node, self.now + RETRY);
    }

    pub(super) fn on_tick(&mut self, node: NodeId) {
        let member = &mut self.nodes[node.index()];
        if member.tick != self.now || !member.alive {
            return;
        }
        member.tick = u64::MAX;
        if std::mem::take(&mut member.awaits_manifest) {
            self.request_manifest(node);
            return;
        }
        self.look(node);
    }

    /// A player looks at the clock: plays, tells, wants.
    pub(super) fn look(&mut self, node: NodeId) {
        let now = self.now;
        let Some(player) = &mut self.nodes[node.index()].player else {
            return;
        };
        player.advance(&self.title, now);
        let told = player.tell(&self.title, now);
        let wanted = player.wants(&self.title, now);
        if let Some(playback) = told {
            self.news.push_back(News::Engine(node, Input::Playback(playback)));
        }
        for resource in wanted {
            self.demand(node, resource);
        }
        let player = self.nodes[node.index()].player.as_ref();
        if let Some(next) = player.map(|player| player.next_at(&self.title, now))
            && next != u64::MAX
        {
            self.set_tick(node, next);
        }
    }

    /// A player begins at a segment, in place of the one that was there.
    pub(crate) fn play_from(&mut self, node: NodeId, habits: Habits, first: u32) {
        self.cancel_demands(node);
        let position = u64::from(first - 1) * self.title.segment;
        let player = Player::at(habits, &self.title, self.now, position);
        self.nodes[node.index()].player = Some(Box::new(player));
        self.look(node);
        self.settle();
    }

    /// A player jumps to a segment.
    pub(crate) fn seek(&mut self, node: NodeId, number: u32) {
        self.cancel_demands(node);
        let position = u64::from(number - 1) * self.title.segment;
        if let Some(player) = &mut self.nodes[node.index()].player {
            player.seek(&self.title, self.now, position);
        }
        let position = MediaTime::from_micros(i64::try_from(position).unwrap_or(i64::MAX));
        self.news.push_back(News::Engine(node, Input::Seeked(position)));
        self.look(node);
        self.settle();
    }

    fn cancel_demands(&mut self, node: NodeId) {
        let player = self.nodes[node.index()].player.as_ref();
        let open = player.map_or_else(Vec::new, |player| player.open_demands());
        for demand in open {
            self.news
                .push_back(News::Engine(node, Input::DemandCancelled(demand)));
        }
        self.settle();
    }

    fn set_tick(&mut self, node: NodeId, at: u64) {
        let member = &mut self.nodes[node.index()];
        if at < member.tick {
            member.tick = at;
            self.queue.push(at, Happening::Tick(node));
        }
    }

    fn demand(&mut self, node: NodeId, resource: Resource) {
        let now = self.now;
        let member = &mut self.nodes[node.index()];
        member.next_demand += 1;
        let id = DemandId(member.next_demand);
        if let Some(player) = &mut member.player {
            player.on_demanded(&self.title, resource, id, now);
        }
        let url = self.title.url(resource);
        if self.nodes[node.index()].engine.is_none() {
            self.request(node, Asker::Player(id), &url, None);
            return;
        }
        let demand = Demand {
            id,
            url,
            range: None,
            position: None,
        };
        self.news.push_back(News::Engine(node, Input::Demand(demand)));
    }

    /// An engine leaves a demand to the player.
    pub(super) fn on_declined(&mut self, node: NodeId, demand: DemandId) {
        let player = self.nodes[node.index()].player.as_ref();
        let Some((resource, _)) = player.and_then(|player| player.resource(demand)) else {
            panic!(
                "demand {demand:?} of node {} is answered twice, or was never made",
                node.0
            );
        };
        let url = self.title.url(resource);
        self.request(node, Asker::Player(demand), &url, None);
    }

    pub(super) fn on_own_failure(&mut self, node: NodeId, demand: DemandId) {
        let retry = self.now + RETRY;
        if let Some(player) = &mut self.nodes[node.index()].player {
            player.on_failed(demand);
        }
        self.set_tick(node, retry);
    }

    pub(super) fn count_played(&mut self, node: NodeId, resource: Resource, bytes: u64) {
        if self.nodes[node.index()].conduct.counts() {
            self.ledger.on_played(self.now, resource, bytes);
        }
    }

    /// A player takes in what it wanted.
    pub(super) fn feed(&mut self, node: NodeId, resource: Resource, bytes: u64, rate: u64) {
        let now = self.now;
        if let Some(player) = &mut self.nodes[node.index()].player {
            player.on_arrived(&self.title, resource, bytes, rate, now);
        }
        self.look(node);
    }
}
