//! What was asked of a peer, and how far its answer has come.

use crate::id::SegmentKey;
use crate::piece::Digest;
use crate::time::Timestamp;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Neighbouring pieces of a segment.
    Run {
        /// The first piece.
        first: u32,
        /// How many pieces.
        count: u32,
        /// Which of them have come: a bit each, the lowest for the first.
        come: u32,
    },
    /// A segment's leaves: those that have come.
    Layer(Vec<Digest>),
}

/// A request in flight.
#[derive(Debug, Clone)]
pub(crate) struct Outstanding {
    /// The segment.
    pub(crate) key: SegmentKey,
    /// The part of it that is asked for.
    pub(crate) wanted: Wanted,
    /// Since when its answer is due: when it was sent, or when leaves that were asked for in advance became due. Zero for what is
    /// reserved or promised.
    pub(crate) at: Timestamp,
    /// When the first part of the answer came.
    pub(crate) first_byte: Option<Timestamp>,
    /// When it is given up.
    pub(crate) due: Timestamp,
    /// Whether its pieces are left to this peer.
    pub(crate) mark: Mark,
}

/// Whether others are asked for the pieces of a request as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// They are not: this peer brings them.
    Taken,
    /// They are not, for a while: the peer is expected to promise them.
    Reserved,
    /// They are not, for a while: the peer brings them when it has them itself.
    Promised,
}

/// What a peer's answer turns out to be.
#[derive(Debug)]
pub(crate) enum Answer<'a> {
    /// It answers this request in flight.
    Expected(&'a mut Outstanding),
    /// It answers a request that is over.
    Late,
    /// Nobody asked.
    Unasked,
}

/// What a piece means for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Wanted; more are to come.
    Some,
    /// Wanted, and the last.
    Last,
    /// Not asked for, or sent before.
    Foreign,
}

impl Outstanding {
    /// A request made at `now` and given up at `due`.
    pub(crate) fn new(key: SegmentKey, wanted: Wanted, now: Timestamp, due: Timestamp) -> Self {
        Self {
            key,
            wanted,
            at: now,
            first_byte: None,
            due,
            mark: Mark::Taken,
        }
    }

    /// Notes that a piece came, and says what it means for the request.
    pub(crate) fn on_piece(&mut self, piece: u32) -> Part {
        let Wanted::Run { first, count, come } = &mut self.wanted else {
            return Part::Foreign;
        };
        let Some(offset) = piece.checked_sub(*first).filter(|offset| offset < count) else {
            return Part::Foreign;
        };
        if *come & (1 << offset) != 0 {
            return Part::Foreign;
        }
        *come |= 1 << offset;
        if come.count_ones() == *count {
            Part::Last
        } else {
            Part::Some
        }
    }

    /// Whether the peer is to send pieces for it now.
    pub(crate) fn is_load(&self) -> bool {
        self.mark == Mark::Taken && self.wanted.pieces() > 0
    }

    /// The pieces that have not come.
    pub(crate) fn lacking(&self) -> Vec<u32> {
        match self.wanted {
            Wanted::Run { first, count, come } => {
                let lacking = (0..count).filter(|offset| come & (1 << offset) == 0);
                lacking.map(|offset| first + offset).collect()
            }
            Wanted::Layer(_) => Vec::new(),
        }
    }
}

impl Wanted {
    /// A run of at most 32 pieces, of which none has come.
    pub(crate) fn run(first: u32, count: u32) -> Self {
        debug_assert!((1..=32).contains(&count), "a run of {count} pieces");
        Self::Run {
            first,
            count,
            come: 0,
        }
    }

    /// How many pieces it is.
    pub(crate) fn pieces(&self) -> u32 {
        match self {
            Self::Run { count, .. } => *count,
            Self::Layer(_) => 0,
        }
    }
}

#[cfg(test)]
mod tests;
