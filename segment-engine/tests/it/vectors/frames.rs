//! Samples of frames: each frame, each choice in it, each edge of its numbers.

use segment_engine::id::{ByteRange, Member, PeerId, SegmentKey, SegmentKind, TrackKey};
use segment_engine::input::Signature;
use segment_engine::piece::{Digest, MAX_SEGMENT, Piece};
use segment_engine::wire::{
    Bye, Claim, Frame, Have, Holds, Leaves, Message, Neighbour, PeerRole, PieceBody, Reject, RequestId,
    VERSION, capability, decode, encode,
};
use serde_json::{Value, json};

use super::{describe, hex};

/// The frames of the file.
pub(super) fn made() -> Vec<Value> {
    let samples = [opening(), announcing(), trading(), leafing(), gossiping()];
    let vector = |(name, frame): (&str, Frame)| {
        let bytes = encode(&frame).into_bytes();
        json!({ "name": name, "frame": describe::frame(&frame), "hex": hex(&bytes) })
    };
    samples.into_iter().flatten().map(vector).collect()
}

/// Encodings that a reader takes and no writer makes.
pub(super) fn tolerated() -> Vec<Value> {
    let samples = [
        ("a frame of a later version", "9263c3"),
        ("a field of a later version", "930407a178"),
        (
            "a key's field of a later version",
            "93 08 07 95 c4080102030405060708 01 00 c0 05",
        ),
        (
            "a number that is longer than it must be",
            "9204cf0000000000000007",
        ),
        ("a number that is signed", "9204d007"),
        (
            "bytes whose length is longer than it must be",
            "93 0e a170 c6 00000001 ff",
        ),
    ]
    .map(|(name, hex)| (name, hex.to_owned()));
    let vector = |(name, text): (&str, String)| {
        let text = text.replace(' ', "");
        let frame = decode(Message::from_bytes(super::unhex(&json!(text)))).unwrap();
        json!({ "name": name, "frame": describe::frame(&frame), "hex": text })
    };
    samples.into_iter().map(vector).collect()
}

/// What no frame is.
pub(super) fn refused() -> Vec<Value> {
    let key = "94c4080102030405060708 01 00 c0";
    let have = |size, holds, leaves| format!("93 01 91 94 {key} {size} {holds} {leaves} 90");
    let samples = [
        ("nothing", String::new()),
        ("no array", "c0".to_owned()),
        ("no tag", "90".to_owned()),
        ("a tag over 255", "91 cd0100".to_owned()),
        ("a field is missing", "91 04".to_owned()),
        ("a byte follows", "92 04 07 00".to_owned()),
        ("it breaks off", "92 04 cd01".to_owned()),
        ("a negative request", "92 04 ff".to_owned()),
        ("a request over 32 bits", "92 04 cf0000000100000000".to_owned()),
        (
            "an unknown role",
            "96 00 01 a166 02 c4080909090909090909 00".to_owned(),
        ),
        (
            "a member of 7 bytes",
            "96 00 01 a166 00 c40709090909090909 00".to_owned(),
        ),
        ("a segment of no size", have("00", "c0", "00")),
        ("a segment over 64 MiB", have("ce04000001", "c0", "00")),
        ("a run beyond the segment", have("cd4001", "920102", "00")),
        ("a run of no piece", have("cd4001", "920100", "00")),
        ("half a run", have("cd4001", "9101", "00")),
        (
            "leaves that are neither there nor not",
            have("cd4001", "c0", "02"),
        ),
        ("a request for no piece", format!("95 02 07 {key} 00 00")),
        ("a request for 33 pieces", format!("95 02 07 {key} 00 21")),
        ("an interest in 33 pieces", format!("95 0c 07 {key} 00 21")),
        (
            "a request beyond every segment",
            format!("95 02 07 {key} cd0fe1 20"),
        ),
        (
            "a piece beyond every segment",
            "95 03 07 cd1000 00 c40100".to_owned(),
        ),
        (
            "leaves beyond every segment",
            format!("94 09 07 cd0fff c438{}", "00".repeat(56)),
        ),
        (
            "an unknown kind of segment",
            format!("95 02 07 {} 00 05", key.replace(" 01 ", " 02 ")),
        ),
        (
            "a range backwards",
            format!("95 02 07 {} 00 05", key.replace("c0", "920504")),
        ),
        ("a piece of no byte", "95 03 07 03 00 c400".to_owned()),
        ("an unknown encoding", "95 03 07 03 02 c40100".to_owned()),
        ("an unknown reason to reject", "94 05 07 02 00".to_owned()),
        (
            "a signature of 63 bytes",
            format!("93 06 c40101 c43f{}", "11".repeat(63)),
        ),
        ("an unknown reason to part", "92 07 05".to_owned()),
        ("no leaf", "94 09 07 00 c400".to_owned()),
        ("part of a leaf", format!("94 09 07 00 c41b{}", "00".repeat(27))),
        (
            "a playhead over 32 bits",
            "97 0b 00 00 ce80000000 90 c400 00".to_owned(),
        ),
        (
            "a sketch of one register",
            "97 0b 00 00 00 90 c40100 00".to_owned(),
        ),
        ("a proof of 63 bytes", format!("92 0f c43f{}", "ab".repeat(63))),
        ("a peer without a name", "93 0e a0 c400".to_owned()),
        ("a peer's name with a space", "93 0e a3702070 c400".to_owned()),
    ];
    let vector = |(name, text): (&str, String)| json!({ "name": name, "hex": text.replace(' ', "") });
    samples.into_iter().map(vector).collect()
}

fn media() -> SegmentKey {
    SegmentKey {
        track: TrackKey([1, 2, 3, 4, 5, 6, 7, 8]),
        kind: SegmentKind::Media,
        time: 900_000,
        range: None,
    }
}

fn init() -> SegmentKey {
    SegmentKey {
        kind: SegmentKind::Init,
        time: 0,
        range: ByteRange::new(0, 699),
        ..media()
    }
}

const fn member(byte: u8) -> Member {
    Member([byte; 8])
}

fn peer(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn opening() -> Vec<(&'static str, Frame)> {
    let hello = |role, capabilities| Frame::Hello {
        version: VERSION,
        swarm: "a title".to_owned(),
        role,
        member: member(0xa5),
        capabilities,
    };
    let all = capability::READS_ZSTD | capability::RELAYS | capability::NEVER_UPLOADS;
    vec![
        ("a viewer that can do nothing special", hello(PeerRole::Viewer, 0)),
        ("a seeder that can do all", hello(PeerRole::Seeder, all)),
        ("another version", Frame::Bye(Bye::Version)),
        ("another title", Frame::Bye(Bye::OtherSwarm)),
        ("peers enough", Frame::Bye(Bye::Full)),
        ("a breach", Frame::Bye(Bye::Violation)),
        ("altered bytes", Frame::Bye(Bye::Corrupt)),
        (
            "a batch on its way",
            Frame::Digests {
                batch: vec![1, 2, 3],
                signature: Signature([0x11; 64]),
            },
        ),
    ]
}

fn announcing() -> Vec<(&'static str, Frame)> {
    let have = |size, holds, leaves| Have {
        key: media(),
        size,
        holds,
        leaves,
    };
    let farthest = SegmentKey {
        time: i64::MIN,
        range: ByteRange::new(u64::MAX - 1, u64::MAX),
        ..media()
    };
    let announce = |came, gone| Frame::Announce { came, gone };
    vec![
        ("nothing", announce(vec![], vec![])),
        (
            "a whole segment",
            announce(vec![have(1_500_000, Holds::All, Leaves::Held)], vec![]),
        ),
        (
            "some pieces of a segment",
            announce(
                vec![have(1_500_000, Holds::Runs(vec![(0, 4), (90, 2)]), Leaves::Held)],
                vec![],
            ),
        ),
        (
            "nothing of a segment but its leaves",
            announce(vec![have(MAX_SEGMENT, Holds::Runs(vec![]), Leaves::Held)], vec![]),
        ),
        (
            "one segment went and another came",
            announce(vec![have(1, Holds::All, Leaves::Missing)], vec![init()]),
        ),
        ("the largest numbers of a key", announce(vec![], vec![farthest])),
    ]
}

fn trading() -> Vec<(&'static str, Frame)> {
    let request = RequestId(300);
    let piece = |body| Frame::Piece {
        request,
        piece: 5,
        body,
    };
    let reject = |reason, retry_ms| Frame::Reject {
        request,
        reason,
        retry_ms,
    };
    let [first, count] = [4, 4];
    // Zstandard's magic; a single segment of 256 + 44 bytes; one block of 300 times the same byte, which is the last.
    let packed = b"\x28\xb5\x2f\xfd\x60\x2c\0\x63\x09\0a".to_vec();
    let key = media();
    vec![
        (
            "four pieces",
            Frame::Request {
                request,
                key,
                first,
                count,
            },
        ),
        ("a piece", piece(PieceBody::Plain(Piece::new(b"plain bytes")))),
        (
            "a piece of 300 bytes",
            piece(PieceBody::Plain(Piece::new(&[7; 300]))),
        ),
        (
            "a piece of 300 times \"a\", compressed",
            piece(PieceBody::Zstd(packed)),
        ),
        ("no more of it", Frame::Cancel(request)),
        ("not there", reject(Reject::NotHeld, 0)),
        ("busy for half a second", reject(Reject::Busy, 500)),
        (
            "four pieces when they come",
            Frame::Interest {
                request,
                key,
                first,
                count,
            },
        ),
        (
            "they come soon",
            Frame::Promise {
                request,
                within_ms: 1_500,
            },
        ),
        (
            "the largest numbers of a request",
            Frame::Request {
                request: RequestId(u32::MAX),
                key,
                first: 4_064,
                count: 32,
            },
        ),
    ]
}

fn leafing() -> Vec<(&'static str, Frame)> {
    let request = RequestId(7);
    vec![
        (
            "a leaf layer is wanted",
            Frame::WantLeaves {
                request,
                key: media(),
            },
        ),
        (
            "its third and fourth leaf",
            Frame::Leaves {
                request,
                first: 2,
                leaves: vec![Digest([0x22; 28]), Digest([0x33; 28])],
            },
        ),
    ]
}

fn gossiping() -> Vec<(&'static str, Frame)> {
    let claim = |key, attempt, stripes| Claim {
        key,
        attempt,
        stripes,
    };
    let neighbour = |name, byte, uplink, links, head| Neighbour {
        peer: peer(name),
        member: member(byte),
        uplink,
        links,
        head,
    };
    vec![
        (
            "two claims that have come a long way",
            Frame::Claim {
                claims: vec![claim(media(), 0, 0b1000_0000_0000_0001), claim(init(), 2, 1)],
                claimer: member(0x5a),
                hops: 6,
            },
        ),
        (
            "a peer that knows nobody",
            Frame::Neighbours {
                uplink: 0,
                links: 1,
                head: i32::MIN,
                neighbours: vec![],
                sketch: vec![],
                epoch: 0,
            },
        ),
        (
            "two neighbours and a sketch",
            Frame::Neighbours {
                uplink: 13,
                links: 12,
                head: 7_200,
                neighbours: vec![
                    neighbour("peer-1", 1, 12, 9, 7_196),
                    neighbour(&"p".repeat(64), 2, 255, 255, -1),
                ],
                sketch: (0..64).collect(),
                epoch: u32::MAX,
            },
        ),
        (
            "an offer that travels over a neighbour",
            Frame::Relay {
                peer: peer("peer-2"),
                payload: b"opaque".to_vec(),
            },
        ),
        (
            "one seeder's proof to another",
            Frame::Proof(Signature([0xab; 64])),
        ),
    ]
}
