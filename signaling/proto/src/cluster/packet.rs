//! What goes over the bus, as bytes. Whoever can write to the bus may be hostile: each packet is held to a size, each
//! text and list in it to a limit, and where the cluster has a secret, nothing is read before the seal was checked.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | version: 2 |
//! | 1 to 24,575 | MessagePack: a map of sender, addressee, time and body |
//! | 32 | HMAC-SHA256 of all before it; only where the cluster has a secret |

use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::seal::{SEAL, Secret, SwarmKey};
use crate::message::Signal;
use crate::node::NodeId;
use crate::parse::{is_candidate, is_id, is_sdp};
use crate::rooms::{Envelope, MAX_SOUGHT, Stranger};

/// The version of the packets. A node ignores other versions, and counts them as malformed.
pub const PACKET_VERSION: u8 = 2;

/// The largest packet, in bytes: a description of 8 KiB, or 512 swarms, with room to spare.
pub const MAX_PACKET: usize = 24 << 10;

/// The most swarms in one packet: 512 x 20 bytes.
pub const SWARMS_PER_PACKET: usize = 512;

/// The most packets of one summary: 16 x 512 = 8,192 swarms; of more, those with the most members are told.
pub const MAX_PARTS: u8 = 16;

/// How deep MessagePack may nest. Packets nest 5 levels deep.
const MAX_DEPTH: usize = 12;

/// One swarm in a summary: its name, and its members as 4 bytes, the most significant first.
const TALLY: usize = SwarmKey::LEN + 4;

/// A packet that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Packet {
    /// The sender.
    pub(super) from: u32,
    /// The addressee; `None` is all.
    pub(super) to: Option<u32>,
    /// When it was written: milliseconds of unix time.
    pub(super) at_ms: u64,
    pub(super) body: Body,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Body {
    /// To all: I am here, with these swarms.
    Summary(Part),
    /// To all: I leave.
    Bye,
    /// To one: give me members of this swarm. It is [`Envelope::Seek`] with the swarm's name hashed.
    Seek {
        seeker: Stranger,
        #[serde(with = "serde_bytes")]
        swarm: Vec<u8>,
        count: u32,
    },
    /// To one: any other envelope.
    Carry(Envelope),
}

/// One packet of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    /// The summary's number: counts up.
    pub(super) round: u64,
    /// This packet's number in it, from 0.
    pub(super) part: u8,
    /// How many packets it has: 1 to [`MAX_PARTS`].
    pub(super) parts: u8,
    /// The node's connections.
    pub(super) connections: u32,
    /// Swarms and their members: see [`TALLY`].
    #[serde(with = "serde_bytes")]
    tallies: Vec<u8>,
}

/// Why bytes are no packet. Ignore them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum PacketError {
    /// Too large, of another version, no MessagePack, or beyond a limit.
    #[error("not a packet of this version")]
    Malformed,
    /// The seal is missing or wrong.
    #[error("not sealed with the cluster's secret")]
    Forged,
}

impl Packet {
    /// Writes the packet; `None` where it would be over [`MAX_PACKET`].
    pub(super) fn encode(&self, secret: Option<&Secret>) -> Option<Vec<u8>> {
        let mut bytes = vec![PACKET_VERSION];
        rmp_serde::encode::write_named(&mut bytes, self).expect("invariant: all of it can be written");
        if let Some(secret) = secret {
            let seal = secret.seal(&bytes);
            bytes.extend_from_slice(&seal);
        }
        (bytes.len() <= MAX_PACKET).then_some(bytes)
    }

    /// Reads a packet, whoever wrote it.
    ///
    /// # Errors
    /// See [`PacketError`].
    pub(super) fn decode(bytes: &[u8], secret: Option<&Secret>) -> Result<Self, PacketError> {
        if bytes.len() > MAX_PACKET || bytes.first() != Some(&PACKET_VERSION) {
            return Err(PacketError::Malformed);
        }
        let sealed = match secret {
            Some(secret) => open(secret, bytes)?,
            None => bytes,
        };
        let mut rest = &sealed[1..];
        let mut reader = rmp_serde::Deserializer::new(&mut rest);
        reader.set_max_depth(MAX_DEPTH);
        let packet = Self::deserialize(&mut reader).map_err(|_| PacketError::Malformed)?;
        if rest.is_empty() && packet.is_within_limits() {
            return Ok(packet);
        }
        Err(PacketError::Malformed)
    }

    /// When it was written, in unix time.
    pub(super) fn at(&self) -> Duration {
        Duration::from_millis(self.at_ms)
    }

    /// Whether all is within its limits, addressed as its kind must be, and speaks for peers of the sender to peers of the
    /// addressee only.
    fn is_within_limits(&self) -> bool {
        match &self.body {
            Body::Summary(part) => self.to.is_none() && part.is_within_limits(),
            Body::Bye => self.to.is_none(),
            Body::Seek { seeker, swarm, count } => {
                self.is_of_sender(&seeker.id) && swarm.len() == SwarmKey::LEN && is_sought(*count)
            }
            Body::Carry(envelope) => self.may_carry(envelope),
        }
    }

    fn may_carry(&self, envelope: &Envelope) -> bool {
        match envelope {
            // It goes as `Body::Seek`.
            Envelope::Seek { .. } => false,
            Envelope::Found { seeker, peers } => {
                self.is_of_addressee(seeker)
                    && u32::try_from(peers.len()).is_ok_and(|count| count <= MAX_SOUGHT)
                    && peers.iter().all(|peer| self.is_of_sender(&peer.id))
            }
            Envelope::Signal { from, to, signal } => {
                self.is_of_sender(from) && self.is_of_addressee(to) && is_signal(signal)
            }
            Envelope::Left { from, to } => self.is_of_sender(from) && self.is_of_addressee(to),
            Envelope::Undeliverable { from, to } => self.is_of_addressee(from) && self.is_of_sender(to),
        }
    }

    fn is_of_sender(&self, peer: &str) -> bool {
        is_id(peer) && NodeId::of_peer(peer) == Some(NodeId(self.from))
    }

    fn is_of_addressee(&self, peer: &str) -> bool {
        is_id(peer) && self.to.is_some() && NodeId::of_peer(peer) == self.to.map(NodeId)
    }
}

impl Part {
    /// Writes one packet of a summary.
    pub(super) fn new(
        round: u64,
        (part, parts): (u8, u8),
        connections: u32,
        swarms: &[(SwarmKey, u32)],
    ) -> Self {
        debug_assert!(swarms.len() <= SWARMS_PER_PACKET && part < parts && parts <= MAX_PARTS);
        let mut tallies = Vec::with_capacity(swarms.len() * TALLY);
        for (SwarmKey(key), count) in swarms {
            tallies.extend_from_slice(key);
            tallies.extend_from_slice(&count.to_be_bytes());
        }
        Self {
            round,
            part,
            parts,
            connections,
            tallies,
        }
    }

    /// The swarms, with their members.
    pub(super) fn swarms(&self) -> impl Iterator<Item = (SwarmKey, u32)> + '_ {
        self.tallies.chunks_exact(TALLY).map(|tally| {
            let (mut key, mut count) = ([0; SwarmKey::LEN], [0; 4]);
            key.copy_from_slice(&tally[..SwarmKey::LEN]);
            count.copy_from_slice(&tally[SwarmKey::LEN..]);
            (SwarmKey(key), u32::from_be_bytes(count))
        })
    }

    fn is_within_limits(&self) -> bool {
        self.part < self.parts
            && self.parts <= MAX_PARTS
            && self.tallies.len().is_multiple_of(TALLY)
            && self.tallies.len() <= SWARMS_PER_PACKET * TALLY
    }
}

fn open<'a>(secret: &Secret, bytes: &'a [u8]) -> Result<&'a [u8], PacketError> {
    let at = bytes
        .len()
        .checked_sub(SEAL)
        .filter(|at| *at > 0)
        .ok_or(PacketError::Forged)?;
    let (sealed, seal) = bytes.split_at(at);
    if secret.holds(sealed, seal) {
        return Ok(sealed);
    }
    Err(PacketError::Forged)
}

fn is_sought(count: u32) -> bool {
    (1..=MAX_SOUGHT).contains(&count)
}

fn is_signal(signal: &Signal) -> bool {
    match signal {
        Signal::Offer { sdp } | Signal::Answer { sdp } => is_sdp(sdp),
        Signal::Candidate(candidate) => is_candidate(candidate),
    }
}

#[cfg(test)]
mod tests;
