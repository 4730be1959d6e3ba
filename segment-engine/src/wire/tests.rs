//! Each frame is pinned twice: by its bytes, and by a round trip.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::id::{ByteRange, Member, PeerId, SegmentKey, SegmentKind, TrackKey};
use crate::input::Signature;
use crate::piece::{Digest, Piece};

#[test]
fn hello_is_pinned() {
    let frame = Frame::Hello {
        version: VERSION,
        swarm: "film".into(),
        role: PeerRole::Seeder,
        member: Member([9; 8]),
        capabilities: capability::RELAYS,
    };
    check(
        &frame,
        &expect!["96 00 01 a4 66 69 6c 6d 01 c4 08 09 09 09 09 09 09 09 09 02"],
    );
}

#[test]
fn announce_is_pinned() {
    let frame = Frame::Announce {
        came: vec![
            whole(media(), 70_000),
            Have {
                holds: Holds::Runs(vec![(0, 2), (4, 1)]),
                leaves: Leaves::Held,
                ..whole(media(), 70_000)
            },
        ],
        gone: vec![init()],
    };
    check(
        &frame,
        &expect![
            "93 01 92 94 94 c4 08 01 02 03 04 05 06 07 08 01 cd 01 00 c0 ce 00 01 11 70 c0 00 94 94 c4 08 01 02 03 04 05 06 07 08 01 cd 01 00 c0 ce 00 01 11 70 94 00 02 04 01 01 91 94 c4 08 01 02 03 04 05 06 07 08 00 00 92 00 cd 02 bc"
        ],
    );
}

#[test]
fn proof_is_pinned() {
    let bytes = vec!["ab"; 64].join(" ");
    let message = encode(&Frame::Proof(Signature([0xab; 64])));
    assert_eq!(hex(&message.into_bytes()), format!("92 0f c4 40 {bytes}"));
}

#[test]
fn request_is_pinned() {
    let frame = Frame::Request {
        request: RequestId(7),
        key: media(),
        first: 0,
        count: 5,
    };
    check(
        &frame,
        &expect!["95 02 07 94 c4 08 01 02 03 04 05 06 07 08 01 cd 01 00 c0 00 05"],
    );
}

#[test]
fn piece_is_pinned() {
    let frame = Frame::Piece {
        request: RequestId(7),
        piece: 3,
        body: PieceBody::Plain(Piece::new(&[0xaa, 0xbb])),
    };
    check(&frame, &expect!["95 03 07 03 00 c4 02 aa bb"]);
}

#[test]
fn cancel_reject_and_bye_are_pinned() {
    check(&Frame::Cancel(RequestId(300)), &expect!["92 04 cd 01 2c"]);
    let reject = |reason, retry_ms| Frame::Reject {
        request: RequestId(1),
        reason,
        retry_ms,
    };
    check(&reject(Reject::NotHeld, 0), &expect!["94 05 01 00 00"]);
    check(&reject(Reject::Busy, 500), &expect!["94 05 01 01 cd 01 f4"]);
    check(&Frame::Bye(Bye::Version), &expect!["92 07 00"]);
    check(&Frame::Bye(Bye::Corrupt), &expect!["92 07 04"]);
}

#[test]
fn digests_are_pinned() {
    let frame = Frame::Digests {
        batch: vec![1, 2],
        signature: Signature([0x11; 64]),
    };
    let signature = " 11".repeat(64);
    let bytes = hex(&encode(&frame).into_bytes());
    assert_eq!(bytes, format!("93 06 c4 02 01 02 c4 40{signature}"));
    assert_eq!(decode(travelled(&frame)), Ok(frame));
}

#[test]
fn a_full_piece_and_a_full_announcement_fit_in_a_frame() {
    let piece = Frame::Piece {
        request: RequestId(u32::MAX),
        piece: piece_count(MAX_SEGMENT) - 1,
        body: PieceBody::Plain(Piece::new(&[0; PIECE])),
    };
    assert!(encode(&piece).len() <= MAX_FRAME);
    let key = SegmentKey {
        time: i64::MIN,
        range: ByteRange::new(u64::MAX - 1, u64::MAX),
        ..media()
    };
    let came = Frame::Announce {
        came: vec![whole(key, MAX_SEGMENT); MAX_KEYS],
        gone: Vec::new(),
    };
    let gone = Frame::Announce {
        came: Vec::new(),
        gone: vec![key; MAX_KEYS],
    };
    assert!(encode(&came).len() <= MAX_FRAME);
    assert!(encode(&gone).len() <= MAX_FRAME);
}

#[test]
fn frames_and_fields_of_later_versions_are_skipped() {
    assert_eq!(decode(message("92 63 c3")), Ok(Frame::Unknown(99)));
    assert_eq!(decode(message("93 04 07 a1 78")), Ok(Frame::Cancel(RequestId(7))));
    let request = "96 02 07 95 c4 08 01 02 03 04 05 06 07 08 01 00 93 01 02 c0 c2 00 05 a1 78";
    assert!(
        matches!(decode(message(request)), Ok(Frame::Request { count: 5, .. })),
        "in the frame, its key and the key's range"
    );
}

#[test]
fn values_of_any_kind_are_skipped() {
    let values = [
        "05",
        "ff",
        "c0",
        "c2",
        "c3",
        "cc 80",
        "cd 01 00",
        "ce 00 01 00 00",
        "cf 00 00 00 01 00 00 00 00",
        "d0 80",
        "d1 80 00",
        "d2 80 00 00 00",
        "d3 80 00 00 00 00 00 00 00",
        "ca 00 00 00 00",
        "cb 00 00 00 00 00 00 00 00",
        "a2 68 69",
        "d9 01 68",
        "da 00 01 68",
        "db 00 00 00 01 68",
        "c4 01 ff",
        "c5 00 01 ff",
        "c6 00 00 00 01 ff",
        "92 c0 91 c0",
        "dc 00 01 c0",
        "dd 00 00 00 01 c0",
        "81 01 91 02",
        "de 00 01 c0 c0",
        "df 00 00 00 01 c0 c0",
        "d4 01 ff",
        "d5 01 ff ff",
        "d6 01 00 00 00 00",
        "d7 01 00 00 00 00 00 00 00 00",
        "d8 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00",
        "c7 01 05 ff",
        "c8 00 01 05 ff",
        "c9 00 00 00 01 05 ff",
    ];
    for value in values {
        // One follows, so that a value which is skipped too far or too short shows.
        let frame = format!("94 04 07 {value} 05");
        assert_eq!(
            decode(message(&frame)),
            Ok(Frame::Cancel(RequestId(7))),
            "{value}"
        );
        let cut = value.rsplit_once(' ').map(|(cut, _)| cut);
        if let Some(cut) = cut {
            let frame = format!("93 04 07 {cut}");
            assert!(decode(message(&frame)).is_err(), "{value} without its end");
        }
    }
    assert!(
        decode(message("93 04 07 c1")).is_err(),
        "the one byte that MessagePack leaves out"
    );
}

#[test]
fn arrays_of_any_depth_are_skipped() {
    let mut bytes = vec![0x93, 0x04, 0x07];
    bytes.resize(MAX_FRAME - 1, 0x91);
    bytes.push(0xc0);
    assert_eq!(
        decode(Message::from_bytes(bytes)),
        Ok(Frame::Cancel(RequestId(7)))
    );
}

#[test]
fn numbers_are_read_at_any_width() {
    for seven in [
        "07",
        "cc 07",
        "cd 00 07",
        "ce 00 00 00 07",
        "cf 00 00 00 00 00 00 00 07",
        "d0 07",
        "d1 00 07",
        "d2 00 00 00 07",
        "d3 00 00 00 00 00 00 00 07",
    ] {
        let frame = format!("92 04 {seven}");
        assert_eq!(
            decode(message(&frame)),
            Ok(Frame::Cancel(RequestId(7))),
            "{seven}"
        );
    }
    for minus in [
        "ff",
        "d0 ff",
        "d1 ff ff",
        "d2 ff ff ff ff",
        "d3 ff ff ff ff ff ff ff ff",
    ] {
        let frame = format!("97 0b 00 00 {minus} 90 c4 00 00");
        let read = decode(message(&frame));
        assert!(
            matches!(read, Ok(Frame::Neighbours { head: -1, .. })),
            "{minus}: {read:?}"
        );
    }
}

#[test]
fn numbers_are_written_as_short_as_can_be() {
    let edges = [
        i64::MIN,
        -0x8000_0001,
        -0x8000_0000,
        -0x8001,
        -0x8000,
        -0x81,
        -0x80,
        -0x21,
        -0x20,
        -1,
        0,
        0x7f,
        0x80,
        0xff,
        0x100,
        0xffff,
        0x1_0000,
        0xffff_ffff,
        0x1_0000_0000,
        i64::MAX,
    ];
    let lengths = [9, 9, 5, 5, 3, 3, 2, 2, 1, 1, 1, 1, 2, 2, 3, 3, 5, 5, 9, 9];
    for (number, length) in edges.into_iter().zip(lengths) {
        let mut to = Writer::default();
        to.int(number);
        assert_eq!(to.0.len(), length, "{number}");
        assert_eq!(Reader::new(&to.0).int(), Ok(number));
    }
}

#[test]
fn what_is_no_frame_is_refused() {
    let refused = [
        ("", "nothing"),
        ("c0", "nil"),
        ("90", "no tag"),
        ("91 04", "a missing field"),
        ("92 04 ff", "a negative number"),
        ("95 03 07 03 00 c4 00", "an empty piece"),
        (
            "95 02 07 94 c4 08 01 02 03 04 05 06 07 08 01 00 c0 00 00",
            "no piece asked for",
        ),
        (
            "95 02 07 94 c4 08 01 02 03 04 05 06 07 08 02 00 c0 00 05",
            "an unknown kind",
        ),
        (
            "95 02 07 94 c4 08 01 02 03 04 05 06 07 08 01 00 92 05 04 00 05",
            "a range backwards",
        ),
        (
            "93 01 91 94 94 c4 08 01 02 03 04 05 06 07 08 01 00 c0 00 c0 00 90",
            "a segment of no size",
        ),
        ("92 07 09", "an unknown reason"),
        ("94 05 01 02 00", "an unknown reason to reject"),
        ("95 03 07 03 02 c4 01 00", "an unknown encoding"),
        ("94 09 07 00 c4 00", "no leaves"),
        ("94 09 07 00 c4 01 00", "part of a leaf"),
        ("93 0e a0 c4 00", "a peer without a name"),
        ("93 0e a1 20 c4 00", "a peer named by a space"),
        (
            "97 0b 00 00 d3 7f ff ff ff ff ff ff ff 90 c4 00 00",
            "a playhead over 32 bits",
        ),
        ("97 0b 00 00 00 90 c4 01 00 00", "a sketch of one register"),
        (
            "93 01 91 94 94 c4 08 01 02 03 04 05 06 07 08 01 00 c0 cd 40 01 92 01 02 00 90",
            "a run beyond the segment",
        ),
        (
            "93 01 91 94 94 c4 08 01 02 03 04 05 06 07 08 01 00 c0 cd 40 01 92 01 00 00 90",
            "a run of no piece",
        ),
        (
            "93 01 91 94 94 c4 08 01 02 03 04 05 06 07 08 01 00 c0 cd 40 01 91 01 00 90",
            "half a run",
        ),
        (
            "93 01 91 94 94 c4 08 01 02 03 04 05 06 07 08 01 00 c0 cd 40 01 c0 02 90",
            "leaves that are neither held nor missing",
        ),
        ("93 01 dd ff ff ff ff", "more keys than bytes"),
    ];
    for (frame, what) in refused {
        assert!(
            matches!(decode(message(frame)), Err(DecodeError::Malformed(_))),
            "{what}"
        );
    }
    assert_eq!(decode(message("92 04 07 00")), Err(DecodeError::Trailing));
    assert_eq!(
        decode(Message::from_bytes(vec![0; MAX_FRAME + 1])),
        Err(DecodeError::TooLarge(MAX_FRAME + 1))
    );
}

#[test]
fn more_than_a_frame_may_hold_is_refused() {
    let runs = |count| Have {
        holds: Holds::Runs(vec![(0, 1); count]),
        ..whole(media(), MAX_SEGMENT)
    };
    let announce = |came, gone| Frame::Announce { came, gone };
    let claims = |count| Frame::Claim {
        claims: vec![
            Claim {
                key: media(),
                attempt: 0,
                stripes: 0,
            };
            count
        ],
        claimer: Member([0; 8]),
        hops: 0,
    };
    let relay = |size| Frame::Relay {
        peer: PeerId::new(&"p".repeat(PeerId::MAX_LEN)).unwrap(),
        payload: vec![0; size],
    };
    let half = MAX_KEYS / 2;
    check_limits([
        (announce(vec![runs(0); half], vec![media(); half]), true, "keys"),
        (
            announce(vec![runs(0); half], vec![media(); half + 1]),
            false,
            "keys",
        ),
        (announce(vec![runs(0); MAX_KEYS + 1], vec![]), false, "keys"),
        (announce(vec![runs(MAX_RUNS); 16], vec![]), true, "runs"),
        (announce(vec![runs(MAX_RUNS + 1)], vec![]), false, "runs of one"),
        (announce(vec![runs(MAX_RUNS); 17], vec![]), false, "runs of all"),
        (neighbours(MAX_NEIGHBOURS, SKETCH), true, "neighbours"),
        (neighbours(MAX_NEIGHBOURS + 1, 0), false, "neighbours"),
        (neighbours(0, SKETCH + 1), false, "registers"),
        (claims(MAX_CLAIMS), true, "claims"),
        (claims(MAX_CLAIMS + 1), false, "claims"),
        (relay(MAX_PAYLOAD), true, "payload"),
        (relay(MAX_PAYLOAD + 1), false, "payload"),
    ]);
}

#[test]
fn pieces_beyond_what_a_request_or_a_segment_may_have_are_refused() {
    let request = |first, count| Frame::Request {
        request: RequestId(0),
        key: media(),
        first,
        count,
    };
    let piece = |piece| Frame::Piece {
        request: RequestId(0),
        piece,
        body: PieceBody::Plain(Piece::new(&[1])),
    };
    let leaves = |first, count| Frame::Leaves {
        request: RequestId(0),
        first,
        leaves: vec![Digest([0; 28]); count],
    };
    let last = piece_count(MAX_SEGMENT) - 1;
    check_limits([
        (leaves(0, MAX_LEAVES), true, "leaves"),
        (leaves(0, MAX_LEAVES + 1), false, "leaves"),
        (leaves(last, 1), true, "leaves of the largest segment"),
        (leaves(last, 2), false, "leaves beyond every segment"),
        (request(0, MAX_COUNT), true, "pieces"),
        (request(0, MAX_COUNT + 1), false, "pieces"),
        (request(last, 1), true, "the last piece of the largest segment"),
        (request(last, 2), false, "pieces beyond every segment"),
        (request(u32::MAX, 2), false, "pieces beyond all numbers"),
        (piece(last), true, "the last piece of the largest segment"),
        (piece(last + 1), false, "a piece beyond every segment"),
    ]);
    assert!(
        decode(encode(&piece(last + 1))).is_err(),
        "nor is one that never became bytes"
    );
}

fn check_limits<const N: usize>(table: [(Frame, bool, &str); N]) {
    for (frame, taken, what) in table {
        assert_eq!(decode(travelled(&frame)).is_ok(), taken, "{what}: {frame:?}");
    }
}

fn neighbours(count: usize, registers: usize) -> Frame {
    let neighbour = Neighbour {
        peer: PeerId::new("p").unwrap(),
        member: Member([0; 8]),
        uplink: 0,
        links: 0,
        head: 0,
    };
    Frame::Neighbours {
        uplink: 0,
        links: 0,
        head: 0,
        neighbours: vec![neighbour; count],
        sketch: vec![0; registers],
        epoch: 0,
    }
}

#[test]
fn a_piece_is_not_hashed_again_where_it_never_became_bytes() {
    let piece = Piece::new(&[1; 9]);
    let frame = Frame::Piece {
        request: RequestId(1),
        piece: 2,
        body: PieceBody::Plain(piece.clone()),
    };
    let Ok(Frame::Piece {
        body: PieceBody::Plain(passed),
        ..
    }) = decode(encode(&frame))
    else {
        panic!("it is a piece");
    };
    assert!(std::ptr::eq(piece.bytes(), passed.bytes()), "nor copied");
}

proptest! {
    #[test]
    fn every_frame_comes_back(frame in any_frame()) {
        prop_assert_eq!(decode(encode(&frame)), Ok(frame.clone()), "without having become bytes");
        prop_assert_eq!(decode(travelled(&frame)), Ok(frame));
    }

    #[test]
    fn a_message_is_as_long_as_it_says(
        request in prop::sample::select(vec![0, 127, 128, 255, 256, 65_535, 65_536, u32::MAX]),
        index in prop::sample::select(vec![0, 127, 128, 255, 256, 65_535, 65_536, u32::MAX]),
        size in prop::sample::select(vec![1, 255, 256, PIECE]),
    ) {
        let (request, piece) = (RequestId(request), Piece::new(&vec![1; size]));
        let message = Message::Piece { request, index, piece };
        let length = message.len();
        prop_assert_eq!(message.into_bytes().len(), length);
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        check_bounds(bytes)?;
    }

    #[test]
    fn no_damage_makes_the_decoder_panic(
        frame in any_frame(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = encode(&frame).into_bytes();
        for (at, to) in damage {
            let at = at.index(bytes.len());
            bytes[at] = to;
        }
        check_bounds(bytes)?;
    }

    #[test]
    fn a_frame_that_breaks_off_or_goes_on_is_refused(frame in any_frame(), at in any::<prop::sample::Index>()) {
        let mut bytes = encode(&frame).into_bytes();
        let cut = bytes[..at.index(bytes.len())].to_vec();
        prop_assert!(decode(Message::from_bytes(cut)).is_err());
        bytes.push(0xc0);
        prop_assert_eq!(decode(Message::from_bytes(bytes)), Err(DecodeError::Trailing));
    }
}

/// Decodes; what comes of it takes no more memory than the bytes allow.
fn check_bounds(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let length = bytes.len();
    if let Ok(frame) = decode(Message::from_bytes(bytes)) {
        let taken = taken(&frame);
        prop_assert!(taken <= 16 * length, "{taken} bytes for {length}: {frame:?}");
    }
    Ok(())
}

/// How much memory a frame's lists have taken, room to grow included.
fn taken(frame: &Frame) -> usize {
    fn list<T>(list: &Vec<T>) -> usize {
        list.capacity() * size_of::<T>()
    }
    match frame {
        Frame::Announce { came, gone } => {
            let runs = came.iter().map(|have| match &have.holds {
                Holds::All => 0,
                Holds::Runs(runs) => list(runs),
            });
            list(came) + list(gone) + runs.sum::<usize>()
        }
        Frame::Hello { swarm, .. } => swarm.capacity(),
        Frame::Piece { body, .. } => match body {
            PieceBody::Plain(piece) => piece.len(),
            PieceBody::Zstd(bytes) => list(bytes),
        },
        Frame::Digests { batch, .. } => list(batch),
        Frame::Leaves { leaves, .. } => list(leaves),
        Frame::Claim { claims, .. } => list(claims),
        Frame::Neighbours {
            neighbours, sketch, ..
        } => list(neighbours) + list(sketch),
        Frame::Relay { payload, .. } => list(payload),
        Frame::Request { .. }
        | Frame::Cancel(_)
        | Frame::Reject { .. }
        | Frame::Bye(_)
        | Frame::WantLeaves { .. }
        | Frame::Interest { .. }
        | Frame::Promise { .. }
        | Frame::Proof(_)
        | Frame::Unknown(_) => 0,
    }
}

fn any_key() -> impl Strategy<Value = SegmentKey> {
    let range = prop::option::of((0..u64::MAX / 2, 0..u64::MAX / 2))
        .prop_map(|range| range.and_then(|(first, more)| ByteRange::new(first, first + more)));
    (any::<[u8; 8]>(), any::<bool>(), any::<i64>(), range).prop_map(|(track, init, time, range)| SegmentKey {
        track: TrackKey(track),
        kind: if init {
            SegmentKind::Init
        } else {
            SegmentKind::Media
        },
        time,
        range,
    })
}

fn any_have() -> impl Strategy<Value = Have> {
    let piece =
        |index: prop::sample::Index, pieces: u32| u32::try_from(index.index(pieces as usize)).unwrap();
    let runs = prop::collection::vec(any::<prop::sample::Index>(), 0..9);
    let holds = prop::option::of(runs);
    (any_key(), 1..=MAX_SEGMENT, holds, any::<bool>()).prop_map(move |(key, size, runs, leaves)| Have {
        key,
        size,
        holds: runs.map_or(Holds::All, |runs| {
            let run = |index| (piece(index, piece_count(size)), 1);
            Holds::Runs(runs.into_iter().map(run).collect())
        }),
        leaves: if leaves { Leaves::Held } else { Leaves::Missing },
    })
}

fn any_peer() -> impl Strategy<Value = PeerId> {
    "[!-~]{1,64}".prop_map(|name| PeerId::new(&name).unwrap())
}

fn any_neighbour() -> impl Strategy<Value = Neighbour> {
    (any_peer(), any::<[u8; 8]>(), any::<[u8; 2]>(), any::<i32>()).prop_map(
        |(peer, member, [uplink, links], head)| Neighbour {
            peer,
            member: Member(member),
            uplink,
            links,
            head,
        },
    )
}

fn any_bytes(size: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), size)
}

fn any_frame() -> impl Strategy<Value = Frame> {
    prop_oneof![opening(), trading(), leafing(), gossiping()]
}

/// Frames that open, close and fill a link's knowledge.
fn opening() -> impl Strategy<Value = Frame> {
    let hello = (
        any::<u32>(),
        ".{0,20}",
        any::<bool>(),
        any::<[u8; 8]>(),
        any::<u32>(),
    );
    let byes = [
        Bye::Version,
        Bye::OtherSwarm,
        Bye::Full,
        Bye::Violation,
        Bye::Corrupt,
    ];
    prop_oneof![
        hello.prop_map(|(version, swarm, seeder, member, capabilities)| Frame::Hello {
            version,
            swarm,
            role: if seeder {
                PeerRole::Seeder
            } else {
                PeerRole::Viewer
            },
            member: Member(member),
            capabilities,
        }),
        (
            prop::collection::vec(any_have(), 0..9),
            prop::collection::vec(any_key(), 0..9)
        )
            .prop_map(|(came, gone)| Frame::Announce { came, gone }),
        (any_bytes(0..99), any::<u8>()).prop_map(|(batch, byte)| Frame::Digests {
            batch,
            signature: Signature([byte; 64])
        }),
        prop::sample::select(byes.to_vec()).prop_map(Frame::Bye),
    ]
}

/// Frames about requests for pieces.
fn trading() -> impl Strategy<Value = Frame> {
    let request = || any::<u32>().prop_map(RequestId);
    let last = piece_count(MAX_SEGMENT);
    let asked = || (request(), any_key(), 0..=last - MAX_COUNT, 1..=MAX_COUNT);
    let body = (any_bytes(1..99), any::<bool>());
    prop_oneof![
        asked().prop_map(|(request, key, first, count)| Frame::Request {
            request,
            key,
            first,
            count,
        }),
        asked().prop_map(|(request, key, first, count)| Frame::Interest {
            request,
            key,
            first,
            count,
        }),
        (request(), 0..last, body).prop_map(|(request, piece, (bytes, plain))| Frame::Piece {
            request,
            piece,
            body: if plain {
                PieceBody::Plain(Piece::new(&bytes))
            } else {
                PieceBody::Zstd(bytes)
            },
        }),
        request().prop_map(Frame::Cancel),
        (request(), any::<bool>(), any::<u32>()).prop_map(|(request, busy, retry_ms)| Frame::Reject {
            request,
            reason: if busy { Reject::Busy } else { Reject::NotHeld },
            retry_ms,
        }),
        (request(), any::<u32>()).prop_map(|(request, within_ms)| Frame::Promise { request, within_ms }),
    ]
}

/// Frames about leaf layers.
fn leafing() -> impl Strategy<Value = Frame> {
    let request = || any::<u32>().prop_map(RequestId);
    let leaves = prop::collection::vec(any::<[u8; 28]>().prop_map(Digest), 1..9);
    prop_oneof![
        (request(), any_key()).prop_map(|(request, key)| Frame::WantLeaves { request, key }),
        (request(), 0..4_000_u32, leaves).prop_map(|(request, first, leaves)| Frame::Leaves {
            request,
            first,
            leaves
        }),
    ]
}

/// Frames about the swarm.
fn gossiping() -> impl Strategy<Value = Frame> {
    let claim = (any_key(), any::<u8>(), any::<u16>()).prop_map(|(key, attempt, stripes)| Claim {
        key,
        attempt,
        stripes,
    });
    let sketch = prop::option::of(any::<[u8; 32]>());
    let neighbours = prop::collection::vec(any_neighbour(), 0..=MAX_NEIGHBOURS);
    let claims = prop::collection::vec(claim, 0..=MAX_CLAIMS);
    prop_oneof![
        (claims, any::<[u8; 8]>(), any::<u8>()).prop_map(|(claims, claimer, hops)| Frame::Claim {
            claims,
            claimer: Member(claimer),
            hops,
        }),
        (any_neighbour(), neighbours, sketch, any::<u32>()).prop_map(|(own, neighbours, sketch, epoch)| {
            Frame::Neighbours {
                uplink: own.uplink,
                links: own.links,
                head: own.head,
                neighbours,
                sketch: sketch.map_or(Vec::new(), |half| [half, half].concat()),
                epoch,
            }
        }),
        (any_peer(), any_bytes(0..99)).prop_map(|(peer, payload)| Frame::Relay { peer, payload }),
        any::<[u8; 32]>().prop_map(|half| Frame::Proof(signature_of(half))),
    ]
}

fn signature_of(half: [u8; 32]) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&half);
    Signature(bytes)
}

fn whole(key: SegmentKey, size: u64) -> Have {
    Have {
        key,
        size,
        holds: Holds::All,
        leaves: Leaves::Missing,
    }
}

fn media() -> SegmentKey {
    SegmentKey {
        track: TrackKey([1, 2, 3, 4, 5, 6, 7, 8]),
        kind: SegmentKind::Media,
        time: 256,
        range: None,
    }
}

fn init() -> SegmentKey {
    SegmentKey {
        kind: SegmentKind::Init,
        time: 0,
        range: ByteRange::new(0, 700),
        ..media()
    }
}

fn check(frame: &Frame, expected: &Expect) {
    let encoded = encode(frame);
    let length = encoded.len();
    let bytes = encoded.into_bytes();
    expected.assert_eq(&hex(&bytes));
    assert_eq!(length, bytes.len());
    assert_eq!(decode(Message::from_bytes(bytes)).as_ref(), Ok(frame));
}

/// A frame as it comes out of a channel.
fn travelled(frame: &Frame) -> Message {
    Message::from_bytes(encode(frame).into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn message(hex: &str) -> Message {
    let bytes = hex.split_whitespace();
    Message::from_bytes(bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect())
}
