//! Frames to bytes.

use super::MAX_FRAME;
use super::frame::{
    Bye, Claim, Frame, Have, Holds, Leaves, Neighbour, PeerRole, PieceBody, Reject, RequestId,
};
use super::message::Message;
use super::pack::Writer;
use crate::id::{SegmentKey, SegmentKind};

/// Writes a frame. A plain piece stays a piece.
pub fn encode(frame: &Frame) -> Message {
    if let Frame::Piece {
        request,
        piece: index,
        body: PieceBody::Plain(piece),
    } = frame
    {
        return Message::Piece {
            request: *request,
            index: *index,
            piece: piece.clone(),
        };
    }
    let mut to = Writer::default();
    write(&mut to, frame);
    debug_assert!(to.0.len() <= MAX_FRAME, "a frame of {} bytes", to.0.len());
    Message::Bytes(to.0)
}

fn write(to: &mut Writer, frame: &Frame) {
    match frame {
        Frame::Hello {
            version,
            swarm,
            role,
            member,
            capabilities,
        } => {
            open(to, 0, 5);
            to.uint((*version).into());
            to.text(swarm);
            to.uint(role_code(*role));
            to.bytes(&member.0);
            to.uint((*capabilities).into());
        }
        Frame::Announce { came, gone } => {
            open(to, 1, 2);
            to.list(came.len());
            came.iter().for_each(|have| write_have(to, have));
            to.list(gone.len());
            gone.iter().for_each(|key| write_key(to, key));
        }
        Frame::Request {
            request,
            key,
            first,
            count,
        } => pieces(to, 2, *request, key, [*first, *count]),
        Frame::Piece { request, piece, body } => write_piece(to, *request, *piece, body),
        Frame::Cancel(request) => about(to, 4, 1, *request),
        Frame::Reject {
            request,
            reason,
            retry_ms,
        } => {
            about(to, 5, 3, *request);
            to.uint(reject_code(*reason));
            to.uint((*retry_ms).into());
        }
        Frame::Digests { batch, signature } => {
            open(to, 6, 2);
            to.bytes(batch);
            to.bytes(&signature.0);
        }
        Frame::Bye(reason) => {
            open(to, 7, 1);
            to.uint(bye_code(*reason));
        }
        Frame::WantLeaves { request, key } => {
            about(to, 8, 2, *request);
            write_key(to, key);
        }
        Frame::Leaves { .. } | Frame::Claim { .. } | Frame::Neighbours { .. } => write_more(to, frame),
        Frame::Interest {
            request,
            key,
            first,
            count,
        } => pieces(to, 12, *request, key, [*first, *count]),
        Frame::Promise { request, within_ms } => {
            about(to, 13, 2, *request);
            to.uint((*within_ms).into());
        }
        Frame::Relay { peer, payload } => {
            open(to, 14, 2);
            to.text(peer.as_str());
            to.bytes(payload);
        }
        #[cfg(feature = "seeder")]
        Frame::Proof(signature) => {
            open(to, 15, 1);
            to.bytes(&signature.0);
        }
        Frame::Unknown(tag) => open(to, *tag, 0),
    }
}

/// Frames with lists of their own.
fn write_more(to: &mut Writer, frame: &Frame) {
    if let Frame::Leaves {
        request,
        first,
        leaves,
    } = frame
    {
        about(to, 9, 3, *request);
        to.uint((*first).into());
        to.bytes_head(leaves.len() * 28);
        leaves.iter().for_each(|leaf| to.0.extend_from_slice(&leaf.0));
    }
    if let Frame::Claim {
        claims,
        claimer,
        hops,
    } = frame
    {
        open(to, 10, 3);
        to.list(claims.len());
        claims.iter().for_each(|claim| write_claim(to, claim));
        to.bytes(&claimer.0);
        to.uint((*hops).into());
    }
    if let Frame::Neighbours {
        uplink,
        links,
        head,
        neighbours,
        sketch,
        epoch,
    } = frame
    {
        open(to, 11, 6);
        to.uint((*uplink).into());
        to.uint((*links).into());
        to.int((*head).into());
        to.list(neighbours.len());
        neighbours
            .iter()
            .for_each(|neighbour| write_neighbour(to, neighbour));
        to.bytes(sketch);
        to.uint((*epoch).into());
    }
}

/// Opens a frame with `fields` fields after its tag.
fn open(to: &mut Writer, tag: u8, fields: usize) {
    to.list(fields + 1);
    to.uint(tag.into());
}

/// Opens a frame whose first field is a request.
fn about(to: &mut Writer, tag: u8, fields: usize, request: RequestId) {
    open(to, tag, fields);
    to.uint(request.0.into());
}

/// A frame that asks for pieces.
fn pieces(to: &mut Writer, tag: u8, request: RequestId, key: &SegmentKey, [first, count]: [u32; 2]) {
    about(to, tag, 4, request);
    write_key(to, key);
    to.uint(first.into());
    to.uint(count.into());
}

/// A Piece.
pub(super) fn write_piece(to: &mut Writer, request: RequestId, piece: u32, body: &PieceBody) {
    about(to, 3, 4, request);
    to.uint(piece.into());
    match body {
        PieceBody::Plain(piece) => {
            to.uint(0);
            to.bytes(piece.bytes());
        }
        PieceBody::Zstd(bytes) => {
            to.uint(1);
            to.bytes(bytes);
        }
    }
}

/// A segment's key.
pub(crate) fn write_key(to: &mut Writer, key: &SegmentKey) {
    to.list(4);
    to.bytes(&key.track.0);
    to.uint(match key.kind {
        SegmentKind::Init => 0,
        SegmentKind::Media => 1,
    });
    to.int(key.time);
    match key.range {
        None => to.nil(),
        Some(range) => {
            to.list(2);
            to.uint(range.first);
            to.uint(range.last);
        }
    }
}

fn write_have(to: &mut Writer, have: &Have) {
    to.list(4);
    write_key(to, &have.key);
    to.uint(have.size);
    match &have.holds {
        Holds::All => to.nil(),
        Holds::Runs(runs) => {
            to.list(2 * runs.len());
            for (first, count) in runs {
                to.uint((*first).into());
                to.uint((*count).into());
            }
        }
    }
    to.uint(match have.leaves {
        Leaves::Missing => 0,
        Leaves::Held => 1,
    });
}

fn write_claim(to: &mut Writer, claim: &Claim) {
    to.list(3);
    write_key(to, &claim.key);
    to.uint(claim.attempt.into());
    to.uint(claim.stripes.into());
}

fn write_neighbour(to: &mut Writer, neighbour: &Neighbour) {
    to.list(5);
    to.text(neighbour.peer.as_str());
    to.bytes(&neighbour.member.0);
    to.uint(neighbour.uplink.into());
    to.uint(neighbour.links.into());
    to.int(neighbour.head.into());
}

const fn role_code(role: PeerRole) -> u64 {
    match role {
        PeerRole::Viewer => 0,
        PeerRole::Seeder => 1,
    }
}

const fn reject_code(reason: Reject) -> u64 {
    match reason {
        Reject::NotHeld => 0,
        Reject::Busy => 1,
    }
}

const fn bye_code(reason: Bye) -> u64 {
    match reason {
        Bye::Version => 0,
        Bye::OtherSwarm => 1,
        Bye::Full => 2,
        Bye::Violation => 3,
        Bye::Corrupt => 4,
    }
}
