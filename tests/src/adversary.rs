//! Peers that mean harm: real engines, whose messages are tampered with on their way out and in, and who say more.

use segment_engine::id::{Member, SegmentKey};
use segment_engine::piece::{Piece, piece_count};
use segment_engine::wire::{Claim, Frame, Have, Holds, Leaves, Message, Reject, RequestId, decode, encode};

use crate::clock::{Dice, MILLI, SECOND};

/// How a node treats what its engine sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conduct {
    /// Sends it as it is.
    Honest,
    /// Changes a byte of each piece.
    Alters,
    /// Takes requests, and sends no piece.
    Withholds,
    /// Claims all stripes of each segment before anybody else can, and gives nothing of what it fetches.
    ClaimsFalsely,
    /// Does the same for each attempt, each time under a name that nobody has heard before.
    ForgesClaims,
    /// Says that it holds all of each segment, and sends nothing of it.
    HoldsFalsely,
    /// Sends frames without end, each well-formed.
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
            Self::Honest | Self::ClaimsFalsely | Self::ForgesClaims => true,
            Self::Alters | Self::Withholds | Self::HoldsFalsely | Self::Floods => false,
        }
    }

    /// The message that leaves a node in place of its engine's; `None` if nothing does.
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
            (Self::ClaimsFalsely | Self::ForgesClaims, Message::Bytes(bytes)) => {
                let hidden = matches!(tag(&bytes), Some(ANNOUNCE | CLAIM));
                (!hidden).then_some(Message::Bytes(bytes))
            }
            (_, message) => Some(message),
        }
    }

    /// A node's answers in place of its engine's; `None` if the engine is to get the message.
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

    /// The messages that it sends each neighbour about a new segment, unasked.
    pub(crate) fn lies(self, subject: Subject, own: Member, dice: &mut Dice) -> Vec<Message> {
        let claim = |attempt, claimer| Frame::Claim {
            claims: vec![Claim {
                key: subject.key,
                attempt,
                stripes: u16::MAX,
            }],
            claimer,
            hops: 12,
        };
        let frames = match self {
            Self::ClaimsFalsely => vec![claim(0, own)],
            // Several of each: one may not be enough to hold volunteers back.
            Self::ForgesClaims => (0..16)
                .map(|number| claim(number / 4, Member(dice.next().to_be_bytes())))
                .collect(),
            Self::HoldsFalsely => vec![Frame::Announce {
                came: vec![Have {
                    key: subject.key,
                    size: subject.size,
                    holds: Holds::All,
                    leaves: Leaves::Held,
                }],
                gone: Vec::new(),
            }],
            Self::Honest | Self::Alters | Self::Withholds | Self::Floods => Vec::new(),
        };
        frames.iter().map(encode).collect()
    }

    /// How long before a segment is there it begins to lie about it.
    pub(crate) fn head_start(self) -> u64 {
        match self {
            // Just after others can know of it, and before they claim.
            Self::ClaimsFalsely | Self::ForgesClaims => 2 * SECOND - 20 * MILLI,
            Self::Honest | Self::Alters | Self::Withholds | Self::HoldsFalsely | Self::Floods => 0,
        }
    }
}

/// The tags of frames that are known without reading them.
const HELLO: u8 = 0;
const ANNOUNCE: u8 = 1;
const CLAIM: u8 = 10;

/// The tag of a frame, which follows the head of its array.
fn tag(bytes: &[u8]) -> Option<u8> {
    bytes.get(1).copied()
}

/// A frame of a flood: such as an honest peer sends, and of no use.
pub(crate) fn flood(dice: &mut Dice, subject: Subject) -> Message {
    let request = RequestId(u32::try_from(dice.below(1 << 31)).unwrap_or(0));
    let key = subject.key;
    let first = u32::try_from(dice.below(u64::from(piece_count(subject.size)))).unwrap_or(0);
    // Times at which there is no segment, of a track that there is: nobody can tell at once.
    let mut elsewhere = || SegmentKey {
        time: i64::try_from(dice.below(1 << 40)).unwrap_or(0),
        ..key
    };
    let frame = match request.0 % 5 {
        0 => Frame::Announce {
            came: (0..16)
                .map(|_| Have {
                    key: elsewhere(),
                    size: 2 << 20,
                    holds: Holds::Runs((0..32).map(|run| (run * 4, 2)).collect()),
                    leaves: Leaves::Held,
                })
                .collect(),
            gone: Vec::new(),
        },
        1 => Frame::Request {
            request,
            key,
            first,
            count: 1,
        },
        2 => Frame::Claim {
            claims: (0..32)
                .map(|_| Claim {
                    key: elsewhere(),
                    attempt: 0,
                    stripes: u16::MAX,
                })
                .collect(),
            claimer: Member(dice.next().to_be_bytes()),
            hops: 12,
        },
        3 => Frame::Interest {
            request,
            key,
            first,
            count: 1,
        },
        _ => Frame::WantLeaves { request, key },
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
    if tag(bytes) != Some(HELLO) {
        return None;
    }
    match decode(message.clone()) {
        Ok(Frame::Hello { member, .. }) => Some(member),
        _ => None,
    }
}
