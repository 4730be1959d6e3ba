//! What one room says to another of the same swarm, on the same server or another: where a member has too few at home,
//! and so that the rooms of a swarm make one mesh.
//!
//! Nothing is answered for certain: an envelope that is lost costs an introduction, which is asked for again.

use serde::{Deserialize, Serialize};

use super::block::BlockTag;
use crate::message::Signal;

/// A message between two rooms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Envelope {
    /// A member looks for others than those of its own room.
    Seek {
        /// The member that looks.
        seeker: Stranger,
        /// The swarm of both rooms.
        swarm: String,
        /// The number of its room, among its server's rooms of that swarm.
        room: u32,
        /// How many it looks for: at most [`MAX_SOUGHT`].
        count: u32,
    },
    /// Those that were found for it: each has been told, and waits for its offer.
    Found {
        /// The peer id of the member that looked.
        seeker: String,
        /// Those that were found: at most [`MAX_SOUGHT`].
        peers: Vec<Stranger>,
    },
    /// A signal to a member that its sender is paired with.
    Signal {
        /// The sender's peer id.
        from: String,
        /// The addressee's peer id.
        to: String,
        /// The signal itself.
        signal: Signal,
    },
    /// A member left, or ended the pairing.
    Left {
        /// The peer id of the one that left.
        from: String,
        /// The peer id of the one that it was paired with.
        to: String,
    },
    /// A signal did not find its addressee.
    Undeliverable {
        /// The peer id of the signal's sender.
        from: String,
        /// The peer id of the addressee, which is not there.
        to: String,
    },
}

/// A member of another room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stranger {
    /// Its peer id.
    pub id: String,
    /// The block of addresses that it is in, so that one block fills no more than its share of pairings there either. None:
    /// it is not known, and the share is not looked at.
    pub block: Option<BlockTag>,
}

impl From<&str> for Stranger {
    /// Makes a stranger of whom nothing but the id is known.
    fn from(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            block: None,
        }
    }
}

impl From<&String> for Stranger {
    fn from(id: &String) -> Self {
        Self::from(id.as_str())
    }
}

/// The most members that one envelope asks for, or names.
pub const MAX_SOUGHT: u32 = 32;

impl Envelope {
    /// The peer whose room it goes to; `None` for what goes to any room of a swarm.
    pub fn addressee(&self) -> Option<&str> {
        match self {
            Self::Seek { .. } => None,
            Self::Found { seeker, .. } => Some(seeker),
            Self::Signal { to, .. } | Self::Left { to, .. } => Some(to),
            Self::Undeliverable { from, .. } => Some(from),
        }
    }

    /// The envelopes that its sender is told instead where it cannot be carried.
    pub fn returned(self) -> Vec<Self> {
        match self {
            Self::Signal { from, to, signal: _ } => vec![Self::Undeliverable { from, to }],
            // They wait for an offer that does not come.
            Self::Found { seeker, peers } => {
                let waiting = peers.into_iter();
                waiting
                    .map(|peer| Self::Left {
                        from: seeker.clone(),
                        to: peer.id,
                    })
                    .collect()
            }
            // It is sought again, and whoever is gone knows.
            Self::Seek { .. } | Self::Left { .. } | Self::Undeliverable { .. } => Vec::new(),
        }
    }
}
