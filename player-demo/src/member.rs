//! The state of a swarm's member that runs in this process: its name, its links, and what came over each.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use segment_engine_native::segment_engine::output::Event;
use segment_engine_native::segment_engine::stats::SourceBytes;
use segment_engine_native::{ClientEvent, PeerEvent};
use serde::Serialize;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// Names of one member that are remembered.
const MAX_NAMES: usize = 8;

/// The role of a member in its swarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// It feeds all, and signs.
    Seeder,
    /// It plays.
    Viewer,
}

/// The state of a viewer's player.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum PlayState {
    /// It waits for the first segments.
    #[default]
    Starting,
    /// The playhead moves.
    Playing,
    /// The playhead wants to move, and has nothing to play.
    Stalled,
}

/// A member as `/control` tells of it. All counts are since it joined.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Member {
    /// Its names in the swarm, oldest first: signaling gives another one each time it is joined, and links that were
    /// made before keep the one they were made under.
    pub(crate) names: Vec<String>,
    pub(crate) role: Role,
    /// The id of the stream.
    pub(crate) stream: &'static str,
    /// Whether it alters what it sends.
    pub(crate) poisoned: bool,
    pub(crate) playing: PlayState,
    /// The playhead, in seconds on the stream's timeline.
    pub(crate) position_s: f64,
    /// Media ready behind the playhead, in seconds.
    pub(crate) buffer_s: f64,
    /// How often the playhead ran out of media.
    pub(crate) stalls: u32,
    /// Bytes that the player was given, by source; what it fetched past the engine is the origin's.
    pub(crate) delivered: SourceBytes,
    /// Bytes sent to others.
    pub(crate) uploaded: u64,
    /// Wrong pieces that others sent to it.
    pub(crate) corrupt: u64,
    /// Why nothing is played, if nothing is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) trouble: Option<String>,
    /// The peers that it is linked with, and how many bytes of complete segments came from each.
    #[serde(serialize_with = "as_list")]
    pub(crate) links: BTreeMap<String, u64>,
}

impl Member {
    /// A member that has not joined yet.
    pub(crate) fn new(role: Role, stream: &'static str) -> Self {
        Self {
            names: Vec::new(),
            role,
            stream,
            poisoned: false,
            playing: PlayState::Starting,
            position_s: 0.0,
            buffer_s: 0.0,
            stalls: 0,
            delivered: SourceBytes::default(),
            uploaded: 0,
            corrupt: 0,
            trouble: None,
            links: BTreeMap::new(),
        }
    }

    /// Takes an event in.
    fn hear(&mut self, event: PeerEvent) {
        match event {
            PeerEvent::Signaling(ClientEvent::Joined { peer, .. }) => {
                if self.names.len() == MAX_NAMES {
                    self.names.remove(0);
                }
                self.names.push(peer);
            }
            PeerEvent::Engine(Event::PeerJoined { peer, .. }) => {
                self.links.insert(peer.as_str().to_owned(), 0);
            }
            PeerEvent::Engine(Event::PeerLeft { peer, .. }) => {
                self.links.remove(peer.as_str());
            }
            PeerEvent::Engine(Event::CorruptPiece { .. }) => self.corrupt += 1,
            PeerEvent::Engine(Event::SegmentReceived { peers, .. }) => {
                for share in peers {
                    if let Some(bytes) = self.links.get_mut(share.peer.as_str()) {
                        *bytes += share.bytes;
                    }
                }
            }
            // Both may grow: there is more to tell than a picture of the swarm needs.
            PeerEvent::Engine(_) | PeerEvent::Signaling(_) | _ => {}
        }
    }
}

/// One link, as `/control` tells of it.
#[derive(Debug, Serialize)]
struct LinkFigures<'a> {
    peer: &'a str,
    bytes: u64,
}

fn as_list<S: serde::Serializer>(links: &BTreeMap<String, u64>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(
        links
            .iter()
            .map(|(peer, bytes)| LinkFigures { peer, bytes: *bytes }),
    )
}

/// The state of a member, shared between its writer and its readers.
#[derive(Debug, Clone)]
pub(crate) struct Shown(Arc<Mutex<Member>>);

impl Shown {
    pub(crate) fn new(member: Member) -> Self {
        Self(Arc::new(Mutex::new(member)))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Member> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes down what a peer tells, until it stops.
    pub(crate) async fn follow(&self, mut events: Receiver<PeerEvent>) {
        loop {
            match events.recv().await {
                Ok(event) => self.lock().hear(event),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests;
