//! Frames from peers, made of bytes: of every kind, about segments and requests that may exist.

use segment_engine::id::{Member, PeerId};
use segment_engine::input::Signature;
use segment_engine::piece::{Body, PIECE};
use segment_engine::wire::{
    Bye, Claim, Frame, Have, Holds, Leaves, Neighbour, PeerRole, PieceBody, Reject, RequestId, VERSION,
};

use super::{Bytes, World};

impl World {
    /// A frame that says something well-formed.
    pub(super) fn frame(&self, bytes: &mut Bytes<'_>) -> Frame {
        let request = RequestId(u32::from(bytes.below(12)));
        let (first, count) = (u32::from(bytes.below(9)), 1 + u32::from(bytes.below(8)));
        match bytes.below(14) {
            0 | 1 => Frame::Announce {
                came: vec![self.have(bytes)],
                gone: Vec::new(),
            },
            2 => Frame::Announce {
                came: Vec::new(),
                gone: vec![self.key(bytes)],
            },
            3 => Frame::Request {
                request,
                key: self.key(bytes),
                first,
                count,
            },
            4 | 5 => Frame::Piece {
                request,
                piece: first,
                body: PieceBody::Plain(body(bytes).pieces()[0].clone()),
            },
            6 => Frame::Cancel(request),
            7 => Frame::Reject {
                request,
                reason: [Reject::NotHeld, Reject::Busy][usize::from(bytes.below(2))],
                retry_ms: u32::from(bytes.below(255)) * 30,
            },
            8 => Frame::WantLeaves {
                request,
                key: self.key(bytes),
            },
            9 => Frame::Leaves {
                request,
                first: 0,
                leaves: body(bytes).leaves(),
            },
            10 => Frame::Claim {
                claims: vec![Claim {
                    key: self.key(bytes),
                    attempt: bytes.below(5),
                    stripes: u16::from(bytes.below(32)),
                }],
                claimer: Member([bytes.below(8); 8]),
                hops: 1 + bytes.below(12),
            },
            11 => Frame::Interest {
                request,
                key: self.key(bytes),
                first,
                count,
            },
            12 => Frame::Promise {
                request,
                within_ms: 2_000,
            },
            _ => rare(bytes),
        }
    }

    fn have(&self, bytes: &mut Bytes<'_>) -> Have {
        let size = body(bytes).len();
        let pieces = u32::try_from(size.div_ceil(PIECE as u64)).expect("a few");
        Have {
            key: self.key(bytes),
            size,
            holds: match bytes.below(3) {
                0 => Holds::All,
                1 => Holds::Runs(vec![(0, 1)]),
                _ => Holds::Runs(vec![(pieces - 1, 1)]),
            },
            leaves: [Leaves::Held, Leaves::Missing][usize::from(bytes.below(2))],
        }
    }
}

/// A frame of a rare kind.
fn rare(bytes: &mut Bytes<'_>) -> Frame {
    match bytes.below(8) {
        0 => Frame::Bye(Bye::Full),
        1 => Frame::Unknown(200),
        2 => Frame::Relay {
            peer: peer(bytes.below(8)),
            payload: vec![bytes.below(3), b'x'],
        },
        3 => hello(bytes.below(6)),
        4 => Frame::Proof(Signature([bytes.below(3); 64])),
        _ => Frame::Neighbours {
            uplink: bytes.below(20),
            links: bytes.below(20),
            head: i32::MIN,
            neighbours: vec![Neighbour {
                peer: peer(bytes.below(10)),
                member: Member([bytes.below(10); 8]),
                uplink: bytes.below(20),
                links: bytes.below(20),
                head: i32::from(bytes.below(100)),
            }],
            sketch: Vec::new(),
            epoch: 0,
        },
    }
}

/// A segment that is smaller or larger than it should be, with an end that fills no piece.
pub(super) fn body(bytes: &mut Bytes<'_>) -> Body {
    Body::of(&vec![7; 1 + usize::from(bytes.below(9)) * PIECE])
}

pub(super) fn peer(number: u8) -> PeerId {
    PeerId::new(&format!("p{number}")).expect("a name")
}

pub(super) fn hello(member: u8) -> Frame {
    Frame::Hello {
        version: VERSION,
        swarm: "title".into(),
        role: if member == 5 {
            PeerRole::Seeder
        } else {
            PeerRole::Viewer
        },
        member: Member([member; 8]),
        capabilities: u32::from(member),
    }
}
