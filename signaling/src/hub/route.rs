//! What rooms say to each other, in one shard, in two, or on two servers: carried one lock at a time.

use std::collections::VecDeque;
use std::time::Duration;

use signaling_proto::cluster::ClusterHealth;
use signaling_proto::lobby::RoomAddress;
use signaling_proto::rooms::{Envelope, RoomKey, Stranger, Whereabouts};

use super::Hub;
use crate::bus::{Delivery, Members, Summary};

/// The most envelopes that the ones to be carried may lead to: a search is answered by one. Further ones are dropped.
const MAX_ENVELOPES: usize = 256;

impl Hub {
    /// Carries what rooms say to each other, one lock at a time.
    pub(super) fn route(&self, now: Duration, envelopes: Vec<Envelope>) {
        let most = envelopes.len() + MAX_ENVELOPES;
        let mut waiting = VecDeque::from(envelopes);
        for _ in 0..most {
            let Some(envelope) = waiting.pop_front() else {
                return;
            };
            waiting.extend(self.carry(now, envelope));
        }
        tracing::warn!(
            dropped = waiting.len(),
            "rooms have too much to say to each other"
        );
    }

    fn carry(&self, now: Duration, envelope: Envelope) -> Vec<Envelope> {
        if let Envelope::Seek {
            seeker,
            swarm,
            room,
            count,
        } = envelope
        {
            return self.seek(now, seeker, swarm, room, count);
        }
        let Some(whereabouts) = envelope.addressee().and_then(Whereabouts::of) else {
            return envelope.returned();
        };
        if whereabouts.node != self.cluster.node() {
            let sent = self.cluster.send(envelope);
            return sent.map_or_else(|envelope| envelope.returned(), |()| Vec::new());
        }
        self.deliver_here(now, whereabouts, envelope)
    }

    fn deliver_here(&self, now: Duration, whereabouts: Whereabouts, envelope: Envelope) -> Vec<Envelope> {
        match self.shards.get(usize::from(whereabouts.shard)) {
            Some(shard) => shard.tell(now, |rooms| rooms.handle_envelope(now, envelope)),
            None => envelope.returned(),
        }
    }

    /// Looks for peers in another room of this server; in one of four searches on another server, so that the rooms of a
    /// swarm are one mesh wherever they are, and in all where there is no other room here.
    fn seek(&self, now: Duration, seeker: Stranger, swarm: String, home: u32, count: u32) -> Vec<Envelope> {
        let picked = self.lock().lobby.pick(&swarm, Some(home), rand::random());
        let others = matches!(self.cluster.health(), ClusterHealth::Connected { nodes } if nodes > 0);
        match picked {
            Some(found) if !others || rand::random_range(0..4) > 0 => {
                self.seek_in(now, found, swarm, &seeker, count)
            }
            None if !others => Vec::new(),
            Some(_) | None => {
                let sent = self.cluster.send(Envelope::Seek {
                    seeker,
                    swarm,
                    room: home,
                    count,
                });
                sent.map_or_else(|seek| self.take_back(now, *seek), |()| Vec::new())
            }
        }
    }

    /// Takes back what did not reach another server. What was sought there in vain may be in another room of this one.
    fn take_back(&self, now: Duration, envelope: Envelope) -> Vec<Envelope> {
        let Envelope::Seek {
            seeker,
            swarm,
            room,
            count,
        } = envelope
        else {
            return envelope.returned();
        };
        let picked = self.lock().lobby.pick(&swarm, Some(room), rand::random());
        picked.map_or_else(Vec::new, |found| self.seek_in(now, found, swarm, &seeker, count))
    }

    fn seek_in(
        &self,
        now: Duration,
        to: RoomAddress,
        swarm: String,
        seeker: &Stranger,
        count: u32,
    ) -> Vec<Envelope> {
        let room = RoomKey {
            swarm,
            number: to.number,
        };
        self.shard(to)
            .tell(now, |rooms| rooms.handle_seek(now, &room, seeker, count))
    }

    /// Looks among the members of this server for one of another.
    fn seek_for_other(&self, now: Duration, seeker: Stranger, swarm: String, count: u32) -> Vec<Envelope> {
        let picked = self.lock().lobby.pick(&swarm, None, rand::random());
        let found = picked.map(|found| self.seek_in(now, found, swarm, &seeker, count));
        match found {
            Some(found) if !found.is_empty() => found,
            // So that it asks another at once.
            Some(_) | None => vec![Envelope::Found {
                seeker: seeker.id,
                peers: Vec::new(),
            }],
        }
    }
}

impl Members for Hub {
    fn deliver(&self, delivery: Delivery) {
        let now = self.now();
        let envelopes = match delivery {
            Delivery::Delivered(Envelope::Seek {
                seeker,
                swarm,
                count,
                room: _,
            }) => self.seek_for_other(now, seeker, swarm, count),
            Delivery::Delivered(envelope) => match envelope.addressee().and_then(Whereabouts::of) {
                Some(whereabouts) => self.deliver_here(now, whereabouts, envelope),
                None => Vec::new(),
            },
            Delivery::Undeliverable(envelope) => self.take_back(now, envelope),
            // Links to its peers live on, or their ends unpair.
            Delivery::Gone(node) => {
                tracing::info!(%node, "another server is gone");
                Vec::new()
            }
        };
        self.route(now, envelopes);
    }

    fn summary(&self) -> Summary {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let front = self.lock();
        Summary {
            connections: count(front.lobby.connections()),
            // Those of trackers' protocol meet on one server only.
            swarms: front
                .lobby
                .swarms()
                .map(|(id, members)| (id.to_owned(), count(members)))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests;
