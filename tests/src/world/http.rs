//! Requests to the origin: of engines, and of players whose engine declined or who have none.

use segment_engine::Input;
use segment_engine::id::{ByteRange, DemandId};
use segment_engine::input::FetchError;

use super::{Happening, NodeId, World};
use crate::clock::SECOND;
use crate::node::Part;
use crate::origin::{Answer, Asker, Response, ResponseId, Span, Title};

/// The most bytes of one chunk of a response.
const CHUNK: u64 = 64 << 10;

/// How long players wait for the next byte, in microseconds.
const PATIENCE: u64 = 10 * SECOND;

/// Round trips before a first request can be made: TCP and TLS 1.3.
const HANDSHAKES: u64 = 2;

impl World {
    /// Makes a request. What it is answered is decided when it reaches the origin.
    pub(super) fn request(&mut self, node: NodeId, asker: Asker, url: &str, range: Option<ByteRange>) {
        self.request_within(node, asker, (url, range), PATIENCE);
    }

    /// Makes a request that is given up after `patience` without a byte.
    pub(super) fn request_within(
        &mut self,
        node: NodeId,
        asker: Asker,
        (url, range): (&str, Option<ByteRange>),
        patience: u64,
    ) {
        let one_way = self.origin_latency(node);
        let member = &mut self.nodes[node.index()];
        let handshakes = if member.warm { 0 } else { 2 * HANDSHAKES * one_way };
        member.warm = true;
        let arrives = self.now + handshakes + one_way;
        let id =
            ResponseId(u32::try_from(self.responses.len()).expect("invariant: fewer than 2^32 requests"));
        let (resource, span, partial, failure) = match self.origin.answer(&self.title, url, range, arrives) {
            Answer::Follows {
                resource,
                span,
                partial,
            } => (resource, span, partial, None),
            Answer::Fails(error) => (None, Span { first: 0, end: 0 }, false, Some(error)),
        };
        // Dice are thrown where it matters: another scenario's are not moved by it.
        let hangs = self.origin.hangs > 0 && resource.is_some() && self.dice.below(100) < self.origin.hangs;
        self.responses.push(Some(Response {
            node,
            asker,
            resource,
            span,
            at: span.first,
            partial,
            headed: false,
            hangs,
            patience,
            failure,
            sent_at: arrives + one_way,
            told_at: arrives + one_way,
            asked_at: self.now,
        }));
        self.nodes[node.index()].responses.push(id);
        self.queue.push(arrives + one_way, Happening::Response(id));
    }

    pub(super) fn request_manifest(&mut self, node: NodeId) {
        self.request(node, Asker::Manifest, &Title::manifest_url(), None);
    }

    fn origin_latency(&self, node: NodeId) -> u64 {
        self.nodes[node.index()].place.access + self.origin.latency
    }

    /// The next thing of a response: its head, a chunk, its end, or its failure.
    pub(super) fn on_response(&mut self, id: ResponseId) {
        let Some(response) = &mut self.responses[id.0 as usize] else {
            return;
        };
        let node = response.node;
        if let Some(error) = response.failure {
            self.fail(id, error);
            return;
        }
        if !response.headed {
            response.headed = true;
            let (asker, partial, length) = (
                response.asker,
                response.partial,
                response.span.end - response.span.first,
            );
            let total = response.resource.map(|resource| self.title.size(resource));
            self.next_chunk(id);
            if let Asker::Engine(fetch) = asker {
                let input = Input::FetchStarted {
                    fetch,
                    partial,
                    length: Some(length),
                    total,
                    url: None,
                };
                self.tell(node, input);
            }
            return;
        }
        let (first, end) = (response.at, (response.at + CHUNK).min(response.span.end));
        response.at = end;
        response.told_at = self.now;
        let (asker, resource, over) = (response.asker, response.resource, end == response.span.end);
        self.count_sent(node, resource, end - first);
        if let Asker::Engine(fetch) = asker {
            let bytes = match resource {
                Some(resource) => self.truth.bytes(&self.title, resource, first, end),
                None => self.title.manifest().into(),
            };
            self.tell(node, Input::FetchChunk { fetch, bytes });
        }
        if over {
            self.finish(id);
        } else {
            self.next_chunk(id);
        }
    }

    fn next_chunk(&mut self, id: ResponseId) {
        let pace = self.origin.pace();
        let Some(response) = &mut self.responses[id.0 as usize] else {
            return;
        };
        if response.hangs && response.at >= response.span.first.midpoint(response.span.end) {
            response.failure = Some(FetchError::Timeout);
            let gives_up = self.now + response.patience;
            self.queue.push(gives_up, Happening::Response(id));
            return;
        }
        let bytes = (response.span.end - response.at).min(CHUNK);
        response.sent_at += bytes * 1_000_000 / pace;
        let mut arrives = response.sent_at.max(self.origin.book(self.now, bytes));
        let node = response.node;
        if self.loss > 0 {
            let round_trip = 2 * self.origin_latency(node);
            for _ in 0..bytes.div_ceil(1_400) {
                if self.dice.below(1_000_000) < self.loss {
                    arrives += round_trip;
                }
            }
        }
        let downlink = self.nodes[node.index()].downlink;
        let at = self.downlinks[downlink as usize].book(self.now, arrives, bytes);
        if let Some(response) = &mut self.responses[id.0 as usize] {
            response.sent_at = response.sent_at.max(at.saturating_sub(bytes * 1_000_000 / pace));
        }
        self.queue.push(at, Happening::Response(id));
    }

    fn finish(&mut self, id: ResponseId) {
        let Some(response) = self.end(id) else {
            return;
        };
        match response.asker {
            Asker::Engine(fetch) => self.tell(response.node, Input::FetchFinished(fetch)),
            Asker::Player(demand) => self.on_own_response(response.node, demand, &response),
            Asker::Manifest => self.on_manifest(response.node),
        }
    }

    fn fail(&mut self, id: ResponseId, error: FetchError) {
        let Some(response) = self.end(id) else {
            return;
        };
        match response.asker {
            Asker::Engine(fetch) => self.tell(response.node, Input::FetchFailed { fetch, error }),
            Asker::Player(demand) => self.on_own_failure(response.node, demand),
            Asker::Manifest => self.retry_manifest(response.node),
        }
    }

    fn end(&mut self, id: ResponseId) -> Option<Response> {
        let response = self.responses[id.0 as usize].take()?;
        self.nodes[response.node.index()]
            .responses
            .retain(|other| *other != id);
        Some(response)
    }

    /// Gives a request up. What the server has put on the line by then counts as sent.
    pub(super) fn abort(&mut self, node: NodeId, asker: Asker) {
        let ids = self.nodes[node.index()].responses.iter().copied();
        let found = ids.filter(|id| {
            self.responses[id.0 as usize]
                .as_ref()
                .is_some_and(|own| own.asker == asker)
        });
        let found: Vec<_> = found.collect();
        for id in found {
            self.drop_response(id);
        }
    }

    fn drop_response(&mut self, id: ResponseId) {
        let Some(response) = self.end(id) else {
            return;
        };
        if !response.headed {
            return;
        }
        // What left the server until the word reaches it, as far as the chunk under way goes.
        let until = self.now + 2 * self.origin_latency(response.node);
        let sent = until.saturating_sub(response.told_at) * self.origin.pace() / 1_000_000;
        let left = response.span.end - response.at;
        self.count_sent(response.node, response.resource, sent.min(left).min(CHUNK));
    }

    /// All requests of a node end with it.
    pub(super) fn drop_responses(&mut self, node: NodeId) {
        for id in std::mem::take(&mut self.nodes[node.index()].responses) {
            self.drop_response(id);
        }
    }

    fn count_sent(&mut self, node: NodeId, resource: Option<crate::origin::Resource>, bytes: u64) {
        if let Some(resource) = resource
            && self.nodes[node.index()].conduct.counts()
        {
            let seeder = self.nodes[node.index()].part == Part::Seeder;
            self.ledger.on_origin(self.now, resource, bytes, seeder);
            self.nodes[node.index()].fetched += bytes;
        }
    }

    /// Brings the origin back.
    pub(crate) fn restore_origin(&mut self) {
        self.origin.up = true;
    }

    /// Takes the origin away: what is under way fails.
    pub(crate) fn lose_origin(&mut self) {
        self.origin.up = false;
        for index in 0..self.responses.len() {
            let id = ResponseId(u32::try_from(index).expect("invariant: counted in 32 bits"));
            if self.responses[index].is_some() {
                self.fail(id, FetchError::Network);
                self.settle();
            }
        }
    }

    /// A player's own request brought what it wanted.
    fn on_own_response(&mut self, node: NodeId, demand: DemandId, response: &Response) {
        let Some(resource) = response.resource else {
            return;
        };
        let bytes = response.span.end - response.span.first;
        let first_byte = response.asked_at + 2 * self.origin_latency(node);
        let took = self.now.saturating_sub(first_byte).max(1_000);
        let player = self.nodes[node.index()].player.as_ref();
        if player.is_some_and(|player| player.resource(demand).is_some()) {
            self.count_played(node, resource, bytes);
            self.feed(node, resource, bytes, bytes * 8_000_000 / took);
        }
    }
}
