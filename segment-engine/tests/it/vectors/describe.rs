//! Frames and what they are made of, as the file has them.

use segment_engine::id::{SegmentKey, SegmentKind};
use segment_engine::piece::Digest;
use segment_engine::wire::{
    Bye, Frame, Have, Holds, Leaves, Neighbour, PeerRole, PieceBody, Reject, RequestId,
};
use serde_json::{Value, json};

use super::hex;

/// Every frame's name in the file. [`kind`] fails to compile when a frame has none.
pub(super) const TYPES: [&str; 16] = [
    "hello",
    "announce",
    "request",
    "piece",
    "cancel",
    "reject",
    "digests",
    "bye",
    "wantLeaves",
    "leaves",
    "claim",
    "neighbours",
    "interest",
    "promise",
    "relay",
    "proof",
];

fn kind(frame: &Frame) -> &'static str {
    let tag = match frame {
        Frame::Hello { .. } => 0,
        Frame::Announce { .. } => 1,
        Frame::Request { .. } => 2,
        Frame::Piece { .. } => 3,
        Frame::Cancel(_) => 4,
        Frame::Reject { .. } => 5,
        Frame::Digests { .. } => 6,
        Frame::Bye(_) => 7,
        Frame::WantLeaves { .. } => 8,
        Frame::Leaves { .. } => 9,
        Frame::Claim { .. } => 10,
        Frame::Neighbours { .. } => 11,
        Frame::Interest { .. } => 12,
        Frame::Promise { .. } => 13,
        Frame::Relay { .. } => 14,
        Frame::Proof(_) => 15,
        Frame::Unknown(_) => return "unknown",
    };
    TYPES[tag]
}

/// A frame.
pub(super) fn frame(frame: &Frame) -> Value {
    let mut value = fields(frame).or_else(|| more_fields(frame)).unwrap();
    value["type"] = kind(frame).into();
    value
}

fn fields(frame: &Frame) -> Option<Value> {
    Some(match frame {
        Frame::Hello {
            version,
            swarm,
            role,
            member,
            capabilities,
        } => json!({
            "version": version,
            "swarm": swarm,
            "role": match role { PeerRole::Viewer => "viewer", PeerRole::Seeder => "seeder" },
            "member": hex(&member.0),
            "capabilities": capabilities,
        }),
        Frame::Announce { came, gone } => json!({
            "came": came.iter().map(have).collect::<Vec<_>>(),
            "gone": gone.iter().map(key).collect::<Vec<_>>(),
        }),
        Frame::Request {
            request,
            key,
            first,
            count,
        }
        | Frame::Interest {
            request,
            key,
            first,
            count,
        } => asked(*request, key, *first, *count),
        Frame::Piece { request, piece, body } => {
            let (encoding, data) = match body {
                PieceBody::Plain(piece) => ("plain", piece.bytes()),
                PieceBody::Zstd(bytes) => ("zstd", &**bytes),
            };
            json!({ "request": request.0, "piece": piece, "encoding": encoding, "data": hex(data) })
        }
        Frame::Cancel(request) => json!({ "request": request.0 }),
        Frame::Reject {
            request,
            reason,
            retry_ms,
        } => json!({
            "request": request.0,
            "reason": match reason { Reject::NotHeld => "notHeld", Reject::Busy => "busy" },
            "retryMs": retry_ms,
        }),
        Frame::Digests { batch, signature } => json!({ "batch": hex(batch), "signature": hex(&signature.0) }),
        Frame::Bye(bye) => json!({ "reason": reason(*bye) }),
        Frame::WantLeaves { .. }
        | Frame::Leaves { .. }
        | Frame::Claim { .. }
        | Frame::Neighbours { .. }
        | Frame::Promise { .. }
        | Frame::Relay { .. }
        | Frame::Proof(_)
        | Frame::Unknown(_) => return None,
    })
}

fn more_fields(frame: &Frame) -> Option<Value> {
    Some(match frame {
        Frame::WantLeaves { request, key: of } => json!({ "request": request.0, "key": key(of) }),
        Frame::Leaves {
            request,
            first,
            leaves,
        } => json!({ "request": request.0, "first": first, "leaves": digests(leaves) }),
        Frame::Claim {
            claims,
            claimer,
            hops,
        } => {
            let claim = |claim: &segment_engine::wire::Claim| json!({ "key": key(&claim.key), "attempt": claim.attempt, "stripes": claim.stripes });
            let claims: Vec<_> = claims.iter().map(claim).collect();
            json!({ "claims": claims, "claimer": hex(&claimer.0), "hops": hops })
        }
        Frame::Neighbours {
            uplink,
            links,
            head,
            neighbours,
            sketch,
            epoch,
        } => json!({
            "uplink": uplink,
            "links": links,
            "head": head,
            "neighbours": neighbours.iter().map(neighbour).collect::<Vec<_>>(),
            "sketch": hex(sketch),
            "epoch": epoch,
        }),
        Frame::Promise { request, within_ms } => json!({ "request": request.0, "withinMs": within_ms }),
        Frame::Relay { peer, payload } => json!({ "peer": peer.as_str(), "payload": hex(payload) }),
        Frame::Proof(signature) => json!({ "signature": hex(&signature.0) }),
        Frame::Unknown(tag) => json!({ "tag": tag }),
        Frame::Hello { .. }
        | Frame::Announce { .. }
        | Frame::Request { .. }
        | Frame::Piece { .. }
        | Frame::Cancel(_)
        | Frame::Reject { .. }
        | Frame::Digests { .. }
        | Frame::Bye(_)
        | Frame::Interest { .. } => return None,
    })
}

fn asked(request: RequestId, of: &SegmentKey, first: u32, count: u32) -> Value {
    json!({ "request": request.0, "key": key(of), "first": first, "count": count })
}

/// A segment's key.
pub(super) fn key(key: &SegmentKey) -> Value {
    json!({
        "track": hex(&key.track.0),
        "kind": match key.kind { SegmentKind::Init => "init", SegmentKind::Media => "media" },
        "time": key.time.to_string(),
        "range": key.range.map(|range| [range.first.to_string(), range.last.to_string()]),
    })
}

/// Digests, one after another.
pub(super) fn digests(digests: &[Digest]) -> Vec<String> {
    digests.iter().map(|digest| hex(&digest.0)).collect()
}

fn have(have: &Have) -> Value {
    json!({
        "key": key(&have.key),
        "size": have.size,
        "holds": match &have.holds { Holds::All => json!("all"), Holds::Runs(runs) => json!(runs) },
        "leaves": match have.leaves { Leaves::Held => "held", Leaves::Missing => "missing" },
    })
}

fn neighbour(neighbour: &Neighbour) -> Value {
    json!({
        "peer": neighbour.peer.as_str(),
        "member": hex(&neighbour.member.0),
        "uplink": neighbour.uplink,
        "links": neighbour.links,
        "head": neighbour.head,
    })
}

fn reason(bye: Bye) -> &'static str {
    match bye {
        Bye::Version => "version",
        Bye::OtherSwarm => "otherSwarm",
        Bye::Full => "full",
        Bye::Violation => "violation",
        Bye::Corrupt => "corrupt",
    }
}
