//! One link to a peer, from introduction to its end: which step comes next, and candidates held until then.

use std::time::Duration;

use crate::message::Candidate;

/// The most candidates that are taken from a peer, and sent to it, per negotiation. A browser with several
/// interfaces and servers gathers some 20.
const MAX_CANDIDATES: u32 = 64;

/// How far a link has come. The offerer goes from `Called` to `Offered`, the other from `Awaiting` to
/// `Answering`; both meet in `Described`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Introduced; the engine has yet to ask for the link.
    Called,
    /// Introduced; the peer has yet to offer.
    Awaiting,
    /// The driver makes the offer.
    Offering,
    /// The offer is sent.
    Offered,
    /// The driver makes the answer.
    Answering,
    /// Both descriptions are exchanged: it comes up without signaling, or not at all.
    Described,
    /// The data channel is open.
    Up,
}

impl Stage {
    /// Whether the driver holds a peer connection for it.
    pub(super) fn has_connection(self) -> bool {
        match self {
            Self::Called | Self::Awaiting => false,
            Self::Offering | Self::Offered | Self::Answering | Self::Described | Self::Up => true,
        }
    }

    /// Whether it can go on without signaling.
    pub(super) fn needs_signaling(self) -> bool {
        match self {
            Self::Called | Self::Awaiting | Self::Offering | Self::Offered | Self::Answering => true,
            Self::Described | Self::Up => false,
        }
    }
}

/// What to do with a candidate of a peer.
#[derive(Debug)]
pub(super) enum Arrival {
    /// Apply it.
    Apply(Candidate),
    /// It is kept for later, or of no use.
    Nothing,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) stage: Stage,
    /// Whether the server still holds the pairing.
    pub(super) paired: bool,
    /// When the negotiation fails; irrelevant once it is up.
    pub(super) deadline: Duration,
    held: Vec<Candidate>,
    received: u32,
    sent: u32,
}

impl Link {
    pub(super) fn new(stage: Stage, deadline: Duration) -> Self {
        Self {
            stage,
            paired: true,
            deadline,
            held: Vec::new(),
            received: 0,
            sent: 0,
        }
    }

    /// Takes in a candidate of the peer: held until the peer's description is there.
    pub(super) fn on_candidate(&mut self, candidate: Candidate) -> Arrival {
        if self.received >= MAX_CANDIDATES {
            return Arrival::Nothing;
        }
        self.received += 1;
        match self.stage {
            Stage::Answering | Stage::Described | Stage::Up => Arrival::Apply(candidate),
            Stage::Called | Stage::Awaiting | Stage::Offering | Stage::Offered => {
                self.held.push(candidate);
                Arrival::Nothing
            }
        }
    }

    /// Hands out what was held.
    pub(super) fn release(&mut self) -> Vec<Candidate> {
        std::mem::take(&mut self.held)
    }

    /// Counts a candidate to be sent; tells whether it may be.
    pub(super) fn admit_local(&mut self) -> bool {
        self.sent += 1;
        self.paired && self.sent <= MAX_CANDIDATES
    }

    pub(super) fn is_up(&self) -> bool {
        self.stage == Stage::Up
    }
}
