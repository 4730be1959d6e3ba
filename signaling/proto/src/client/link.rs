//! One link to a peer, from introduction to its end: which step comes next, and candidates held until then.

use std::time::Duration;

use super::io::Route;
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

    /// Whether descriptions are still to be exchanged.
    pub(super) fn is_talking(self) -> bool {
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

/// An offer of the other side.
#[derive(Debug)]
pub(super) struct Offer {
    pub(super) sdp: String,
    pub(super) route: Route,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) stage: Stage,
    /// What carries its negotiation.
    pub(super) route: Route,
    /// The number that decides between its offer and one that crosses it.
    pub(super) tie: u32,
    /// An offer that crossed this side's and stands: taken up once the driver is done with its own.
    pub(super) crossing: Option<Offer>,
    /// Whether the server still holds the pairing.
    pub(super) paired: bool,
    /// When the negotiation fails; irrelevant once it is up.
    pub(super) deadline: Duration,
    held: Vec<Candidate>,
    received: u32,
    sent: u32,
}

impl Link {
    /// A link that signaling introduced.
    pub(super) fn introduced(stage: Stage, deadline: Duration) -> Self {
        Self {
            paired: true,
            route: Route::Signaling,
            ..Self::called(stage, 0, deadline)
        }
    }

    /// A link whose negotiation a neighbour carries.
    pub(super) fn called(stage: Stage, tie: u32, deadline: Duration) -> Self {
        Self {
            stage,
            route: Route::Neighbours,
            tie,
            crossing: None,
            paired: false,
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
        let carried = match self.route {
            Route::Signaling => self.paired,
            Route::Neighbours => true,
        };
        carried && self.sent <= MAX_CANDIDATES
    }

    /// Whether it cannot go on without signaling.
    pub(super) fn needs_signaling(&self) -> bool {
        self.route == Route::Signaling && self.stage.is_talking()
    }

    pub(super) fn is_up(&self) -> bool {
        self.stage == Stage::Up
    }
}
