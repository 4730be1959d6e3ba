//! Peers that mean harm: real engines, whose messages are tampered with on their way out and in, and who say more.

use segment_engine::id::{Member, SegmentKey, TrackKey};
use segment_engine::piece::Piece;
use segment_engine::wire::{Claim, Frame, Have, Holds, Leaves, Message, Reject, RequestId, decode, encode};

use crate::clock::{Dice, MILLI};

/// How a node treats what its engine sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Sends it as it is.
    Honest,
    /// Changes a byte of each piece.
    Alters,
    /// Takes requests, and sends no piece.
    Withholds,
    /// Claims all stripes of each segment, and fetches none.
    ClaimsFalsely,
    /// Says that it holds all of each segment, and sends nothing of it.
    HoldsFalsely,
    /// Sends frames without end.
    Floods,
}

/// A segment as somebody who lies about it needs to know it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) key: SegmentKey,
    pub(crate) size: u64,
}

/// How often a flooder sends.
pub(crate) const FLOOD_EVERY: u64 = 5 * MILLI;

impl Conduct {
    /// Whether its bytes and stalls are counted. Those who are dropped by all sooner or later are not: what the swarm
    /// costs them is no figure of it.
    pub(crate) fn counts(self) -> bool {
        match self {
            Self::Honest | Self::ClaimsFalsely => true,
            Self::Alters | Self::Withholds | Self::HoldsFalsely | Self::Floods => false,
        }
    }

    /// What leaves a node of what its engine sends.
    pub(crate) fn passes(self, message: Message) -> Option<Message> {
        match (self, message) {
            (
                Self::Alters,
                Message::Piece {
                    request,
                    index,
                    piece,
                },
            ) => {
                let mut bytes = piece.bytes().to_vec();
                bytes[0] ^= 0xff;
                let piece = Piece::new(&bytes);
                Some(Message::Piece {
                    request,
                    index,
                    piece,
                })
            }
            (Self::Withholds | Self::HoldsFalsely, Message::Piece { .. }) => None,
            (_, message) => Some(message),
        }
    }

    /// What a node answers in its engine's place; `None` where the engine is to hear it.
    pub(crate) fn answers(self, message: &Message, dice: &mut Dice) -> Option<Vec<Message>> {
        if self != Self::HoldsFalsely {
            return None;
        }
        let Ok(Frame::Request { request, .. } | Frame::WantLeaves { request, .. }) = decode(message.clone())
        else {
            return None;
        };
        // Some say no at once, some leave the other waiting.
        Some(if dice.chance(0.5) {
            vec![refusal(request)]
        } else {
            Vec::new()
        })
    }

    /// What it tells each neighbour of a new segment, unasked.
    pub(crate) fn lies(self, subject: Subject, own: Member) -> Option<Message> {
        let frame = match self {
            Self::ClaimsFalsely => Frame::Claim {
                claims: vec![Claim {
                    key: subject.key,
                    attempt: 0,
                    stripes: u16::MAX,
                }],
                claimer: own,
                hops: 12,
            },
            Self::HoldsFalsely => Frame::Announce {
                came: vec![Have {
                    key: subject.key,
                    size: subject.size,
                    holds: Holds::All,
                    leaves: Leaves::Held,
                }],
                gone: Vec::new(),
            },
            Self::Honest | Self::Alters | Self::Withholds | Self::Floods => return None,
        };
        Some(encode(&frame))
    }
}

/// A frame of a flood: well-formed, and of no use.
pub(crate) fn flood(dice: &mut Dice, subject: Subject) -> Message {
    let mut key = subject.key;
    key.time = i64::try_from(dice.below(1 << 40)).unwrap_or(0);
    let frame = match dice.below(4) {
        0 => {
            let have = |number: u64| Have {
                key: SegmentKey {
                    time: key.time + i64::try_from(number).unwrap_or(0),
                    ..key
                },
                size: 1 + dice.clone().below(1 << 24),
                holds: Holds::Runs((0..32).map(|run| (run * 4, 2)).collect()),
                leaves: Leaves::Held,
            };
            Frame::Announce {
                came: (0..16).map(have).collect(),
                gone: Vec::new(),
            }
        }
        1 => Frame::Request {
            request: RequestId(u32::try_from(dice.below(1 << 31)).unwrap_or(0)),
            key: subject.key,
            first: 0,
            count: u32::MAX,
        },
        2 => {
            let claimer = Member(dice.next().to_be_bytes());
            let claim = |track: u64| Claim {
                key: SegmentKey {
                    track: TrackKey(track.to_be_bytes()),
                    ..key
                },
                attempt: 0,
                stripes: u16::MAX,
            };
            Frame::Claim {
                claims: (0..32).map(claim).collect(),
                claimer,
                hops: 12,
            }
        }
        _ => Frame::WantLeaves {
            request: RequestId(u32::try_from(dice.below(1 << 31)).unwrap_or(0)),
            key: subject.key,
        },
    };
    encode(&frame)
}

fn refusal(request: RequestId) -> Message {
    encode(&Frame::Reject {
        request,
        reason: Reject::NotHeld,
        retry_ms: 0,
    })
}

/// The name that a node's engine gives itself in its handshake.
pub(crate) fn member_of(message: &Message) -> Option<Member> {
    let Message::Bytes(bytes) = message else {
        return None;
    };
    if bytes.get(1) != Some(&0) {
        return None;
    }
    match decode(message.clone()) {
        Ok(Frame::Hello { member, .. }) => Some(member),
        _ => None,
    }
}
