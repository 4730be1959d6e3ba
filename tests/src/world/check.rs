//! Checks what must always hold when something happens, and takes from events what is counted; prints what a traced node
//! does. What a node may have at most is `limits`.

use segment_engine::id::PeerId;
use segment_engine::output::{Delivery, DisconnectReason};
use segment_engine::wire::{Message, decode};
use segment_engine::{Event, Input, Output};

use super::{NodeId, World};
use crate::adversary::Conduct;
use crate::clock::SECOND;
use crate::node::Part;
use crate::origin::{Content, Resource};

impl World {
    /// Checks that what a player is handed is the origin's, piece by piece, and that each byte has a source.
    pub(super) fn check_delivery(&mut self, node: NodeId, resource: Resource, delivery: &Delivery) {
        let truth = self.truth.body(&self.title, resource);
        let same = delivery.body.len() == truth.len()
            && delivery
                .body
                .pieces()
                .iter()
                .zip(truth.pieces())
                .all(|(piece, truth)| piece.leaf() == truth.leaf());
        assert!(same, "node {} was handed wrong bytes of {resource:?}", node.0);
        assert_eq!(
            delivery.sources.total(),
            delivery.body.len(),
            "each byte of {resource:?} that node {} was handed has a source",
            node.0
        );
    }

    /// Checks that no honest node finds fault with another, and notes whom it finds out.
    pub(super) fn check_parting(&mut self, node: NodeId, peer: &PeerId, reason: DisconnectReason) {
        let fault = matches!(reason, DisconnectReason::Violation | DisconnectReason::Corrupt);
        let Some((_, other)) = self.names.get(peer.as_str()).filter(|_| fault) else {
            return;
        };
        let honest = |node: NodeId| self.nodes[node.index()].conduct == Conduct::Honest;
        assert!(
            !honest(node) || !honest(*other),
            "node {} drops node {} for {reason:?}, though both are honest",
            node.0,
            other.0
        );
        if !honest(*other) && !self.found_out.contains(other) {
            self.found_out.push(*other);
        }
    }

    /// Takes those that were found out since this was last asked.
    pub(crate) fn take_found_out(&mut self) -> Vec<NodeId> {
        std::mem::take(&mut self.found_out)
    }

    /// Takes from an engine's events what is counted.
    pub(super) fn note_event(&mut self, node: NodeId, event: &Event) {
        if let Event::CorruptPiece { peer, .. } = event
            && let Some((_, sender)) = self.names.get(peer.as_str())
        {
            let first = self.ledger.corrupt.insert((node, *sender));
            self.ledger.corrupt_repeats += u64::from(!first);
        }
        if !self.ledger.open {
            return;
        }
        let name = match event {
            Event::SegmentReceived { key, start_ms, .. } => {
                if let Some(start) = start_ms
                    && self.nodes[node.index()].part == Part::Viewer
                {
                    self.note_complete(node, *key, *start);
                }
                return;
            }
            Event::PeerJoined { .. } => "peer joined",
            Event::PeerLeft { reason, .. } => match reason {
                None => "peer left",
                Some(reason) => match reason {
                    DisconnectReason::Corrupt => "peer dropped: corrupt",
                    DisconnectReason::Unresponsive => "peer dropped: unresponsive",
                    DisconnectReason::Violation => "peer dropped: violation",
                    DisconnectReason::Full => "peer dropped: full",
                    _ => "peer dropped: other",
                },
            },
            Event::CorruptPiece { .. } => "corrupt piece",
            Event::OriginMismatch { .. } => "origin mismatch",
            Event::Rescued { .. } => "rescue",
            Event::OriginFailed { .. } => "origin failed",
            Event::DigestsRejected { .. } => "digests rejected",
            Event::QuorumBroken { .. } => "quorum broken",
            Event::Equivocation { .. } => "equivocation",
            _ => return,
        };
        *self.ledger.events.entry(name).or_default() += 1;
    }

    fn note_complete(&mut self, node: NodeId, key: segment_engine::id::SegmentKey, start_ms: i64) {
        let member = &self.nodes[node.index()];
        if !member.conduct.counts() {
            return;
        }
        let Some(track) = member
            .engine
            .as_ref()
            .and_then(|engine| engine.timeline().track(key.track))
        else {
            return;
        };
        let Some(rung) = self.title.rung(&track.representation) else {
            return;
        };
        if self.title.content(rung) != Content::Video {
            return;
        }
        let start = u64::try_from(start_ms).unwrap_or(0) * 1_000;
        let number = u32::try_from(start / self.title.segment).unwrap_or(u32::MAX - 1) + 1;
        let there = self.title.available_at(Resource { rung, number }).unwrap_or(0);
        // Who joined later had to catch up, and who was about to join was not there to get it.
        if member.joined + 2 * SECOND < there {
            self.ledger.on_complete(self.now.saturating_sub(there));
        }
    }

    pub(super) fn trace_input(&self, node: NodeId, input: &Input) {
        let text = match input {
            Input::PeerMessage { peer, message } => {
                format!("from {} {}", self.peer_name(peer), frame(message))
            }
            Input::PeerBuffered { .. } => return,
            Input::FetchChunk { fetch, bytes } => format!("chunk of {} ({} bytes)", fetch.0, bytes.len()),
            Input::Manifest { .. } => "manifest".to_owned(),
            input => format!("{input:?}"),
        };
        self.trace_line(node, "<", &text);
    }

    pub(super) fn trace_output(&self, node: NodeId, output: &Output) {
        let text = match output {
            Output::Send { peer, message } => format!("to {} {}", self.peer_name(peer), frame(message)),
            Output::Deliver(delivery) => format!(
                "deliver {:?}: {:?}, {} ms, {} kbit/s",
                delivery.demand,
                delivery.sources,
                delivery.transfer.as_millis(),
                delivery.rate / 1_000
            ),
            Output::CheckSignature { check, .. } => format!("check {check:?}"),
            Output::Sign { check, .. } => format!("sign {check:?}"),
            output => format!("{output:?}"),
        };
        self.trace_line(node, ">", &text);
    }

    fn peer_name(&self, peer: &PeerId) -> String {
        self.names
            .get(peer.as_str())
            .map_or_else(|| peer.to_string(), |(_, node)| format!("node {}", node.0))
    }

    #[expect(clippy::print_stdout, reason = "a trace is asked for on the command line")]
    fn trace_line(&self, node: NodeId, way: &str, text: &str) {
        let (seconds, micros) = (self.now / SECOND, self.now % SECOND);
        println!("{seconds:>4}.{micros:06} {:>5} {way} {text}", node.0);
    }
}

/// A message in a few words.
fn frame(message: &Message) -> String {
    match message {
        Message::Piece { request, index, .. } => format!("piece {index} of request {}", request.0),
        Message::Bytes(_) => match decode(message.clone()) {
            Ok(frame) => format!("{frame:?}"),
            Err(error) => format!("{error:?}"),
        },
    }
}
