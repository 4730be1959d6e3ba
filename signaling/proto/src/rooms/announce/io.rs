//! What announcers say and are told, and how their rooms are set up.

use std::ops::AddAssign;
use std::time::Duration;

use thiserror::Error;

use crate::range::{OutOfRange, in_range};
use crate::rooms::ConnId;

/// A name of 20 bytes: an info hash, a peer's or an offer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id20(pub [u8; 20]);

/// One announce. What is in the texts of its offers is the shell's matter: each is told to the member that gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announce {
    /// Whether it has everything.
    pub progress: Progress,
    /// What has happened to it.
    pub event: Event,
    /// At most [`MAX_OFFERS`](super::MAX_OFFERS); those beyond are not looked at.
    pub offers: Vec<Offer>,
    /// How many candidates were taken out of its offers, for the figures.
    pub filtered: u64,
}

/// An offer, for nobody in particular.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The name that its sender gave it.
    pub id: Id20,
    /// What the member that gets it is told.
    pub text: String,
}

/// An answer to an offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The name of the member whose offer it was.
    pub to: Id20,
    /// The name of that offer.
    pub offer: Id20,
    /// What that member is told.
    pub text: String,
    /// How many candidates were taken out of it, for the figures.
    pub filtered: u64,
}

/// How much of a torrent a member has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Progress {
    /// Everything: nothing is left.
    Complete,
    /// Less than that.
    #[default]
    Partial,
}

/// What has happened to an announcer. One that stopped is taken out by the shell, as if it were closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Event {
    /// Nothing: a regular announce.
    #[default]
    None,
    /// It has everything as of now.
    Completed,
}

/// The members of a room, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Census {
    /// Members that have everything.
    pub complete: u64,
    /// The others.
    pub incomplete: u64,
    /// How many have said that they completed, since the room was empty.
    pub downloaded: u64,
}

/// Another member of the room has this name. Come under another, or when that one is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("peer_id is in use by another connection")]
pub struct NameTaken;

/// An answer to an offer that its sender was not handed, has answered, or was handed too long ago. Nothing is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("no such offer is open")]
pub struct Unasked;

/// How announcers' rooms are set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnouncersConfig {
    /// How often clients announce. Default 120 s; 10 s to 30 min. One that does not for 2.5 intervals is taken out.
    pub interval: Duration,
}

impl Default for AnnouncersConfig {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(120),
        }
    }
}

impl AnnouncersConfig {
    /// Checks every field against its range.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn validate(&self) -> Result<(), OutOfRange> {
        let range = Duration::from_secs(10)..=Duration::from_secs(1800);
        in_range("announce_interval", &self.interval, &range, "10 s to 30 min")
    }
}

/// Something for the shell to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnnouncersOutput {
    /// Tell a member this. Where its queue has no place for it, it is lost.
    Carry {
        /// The member's connection.
        conn: ConnId,
        /// The text.
        text: String,
    },
    /// Ask a member whether it is there, more than once, and close its connection where it does not answer.
    Probe {
        /// The member's connection.
        conn: ConnId,
    },
    /// A member was silent for too long, and is taken out already.
    Lapsed {
        /// The member's connection.
        conn: ConnId,
    },
}

/// A snapshot of the figures. The first two are current values, the others count up from the start.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AnnouncersStats {
    /// Members of all rooms.
    pub members: u64,
    /// Rooms with a member.
    pub rooms: u64,
    /// Announces.
    pub announces: u64,
    /// Offers carried.
    pub offers: u64,
    /// Answers carried.
    pub answers: u64,
    /// Answers to no offer that was open, which were not carried.
    pub unasked: u64,
    /// Announces under the name of another member.
    pub refused_names: u64,
    /// Members that were silent for too long.
    pub lapsed: u64,
    /// Candidates that were taken out, for their addresses.
    pub filtered: u64,
}

impl AddAssign for AnnouncersStats {
    fn add_assign(&mut self, other: Self) {
        self.members += other.members;
        self.rooms += other.rooms;
        self.announces += other.announces;
        self.offers += other.offers;
        self.answers += other.answers;
        self.unasked += other.unasked;
        self.refused_names += other.refused_names;
        self.lapsed += other.lapsed;
        self.filtered += other.filtered;
    }
}

impl AddAssign for Census {
    fn add_assign(&mut self, other: Self) {
        self.complete += other.complete;
        self.incomplete += other.incomplete;
        self.downloaded += other.downloaded;
    }
}
