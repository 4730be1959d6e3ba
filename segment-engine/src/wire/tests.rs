//! Each frame is pinned twice: by its bytes, and by a round trip.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::id::{ByteRange, SegmentKey, SegmentKind, TrackKey};
use crate::input::Signature;

#[test]
fn hello_is_pinned() {
    let frame = Frame::Hello {
        version: VERSION,
        swarm: "film".into(),
        role: PeerRole::Seeder,
    };
    check(&frame, &expect!["94 00 01 a4 66 69 6c 6d 01"]);
}

#[test]
fn announce_is_pinned() {
    let frame = Frame::Announce {
        came: vec![Have(media(), 70_000)],
        gone: vec![init()],
    };
    check(
        &frame,
        &expect![[
            "93 01 91 92 94 c4 08 01 02 03 04 05 06 07 08 01 cd 01 00 c0 ce 00 01 11 70 91 94 c4 08 01 02 03 04 05 06 07 08 00 00 92 00 cd 02 bc"
        ]],
    );
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
        data: vec![0xaa, 0xbb],
    };
    check(&frame, &expect!["94 03 07 03 c4 02 aa bb"]);
}

#[test]
fn cancel_reject_and_bye_are_pinned() {
    check(&Frame::Cancel(RequestId(300)), &expect!["92 04 cd 01 2c"]);
    check(
        &Frame::Reject(RequestId(1), Reject::NotHeld),
        &expect!["93 05 01 00"],
    );
    check(
        &Frame::Reject(RequestId(1), Reject::Busy),
        &expect!["93 05 01 01"],
    );
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
    let bytes = hex(&encode(&frame));
    assert_eq!(bytes, format!("93 06 c4 02 01 02 c4 40{signature}"));
    assert_eq!(decode(&encode(&frame)), Ok(frame));
}

#[test]
fn a_full_piece_and_a_full_announcement_fit_in_a_frame() {
    let piece = Frame::Piece {
        request: RequestId(u32::MAX),
        piece: u32::MAX,
        data: vec![0; PIECE],
    };
    assert!(encode(&piece).len() <= MAX_FRAME);
    let key = SegmentKey {
        time: i64::MIN,
        range: ByteRange::new(u64::MAX - 1, u64::MAX),
        ..media()
    };
    let came = Frame::Announce {
        came: vec![Have(key, MAX_SEGMENT); MAX_KEYS],
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
    assert_eq!(decode(&bytes("92 63 c3")), Ok(Frame::Unknown(99)));
    assert_eq!(decode(&bytes("93 04 07 a1 78")), Ok(Frame::Cancel(RequestId(7))));
}

#[test]
fn what_is_no_frame_is_refused() {
    let refused = [
        ("", "nothing"),
        ("c0", "nil"),
        ("90", "no tag"),
        ("91 04", "a missing field"),
        ("92 04 ff", "a negative number"),
        ("94 03 07 03 c4 00", "an empty piece"),
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
            "93 01 91 92 94 c4 08 01 02 03 04 05 06 07 08 01 00 c0 00 90",
            "a segment of no size",
        ),
        ("92 07 09", "an unknown reason"),
        ("93 01 dd ff ff ff ff", "more keys than bytes"),
    ];
    for (frame, what) in refused {
        assert!(
            matches!(decode(&bytes(frame)), Err(DecodeError::Malformed(_))),
            "{what}"
        );
    }
    assert_eq!(decode(&bytes("92 04 07 00")), Err(DecodeError::Trailing));
    assert_eq!(
        decode(&vec![0; MAX_FRAME + 1]),
        Err(DecodeError::TooLarge(MAX_FRAME + 1))
    );
}

#[test]
fn pieces_cover_a_segment() {
    for (size, pieces) in [
        (1, 1),
        (16_384, 1),
        (16_385, 2),
        (MAX_SEGMENT, 4096),
        (u64::MAX, 4096),
    ] {
        assert_eq!(piece_count(size), pieces, "{size} bytes");
    }
}

proptest! {
    #[test]
    fn every_frame_comes_back(frame in any_frame()) {
        prop_assert_eq!(decode(&encode(&frame)), Ok(frame));
    }

    #[test]
    fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = decode(&bytes);
    }

    #[test]
    fn no_damage_makes_the_decoder_panic(frame in any_frame(), at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut bytes = encode(&frame);
        let at = at.index(bytes.len());
        bytes[at] = to;
        let _ = decode(&bytes);
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

fn any_frame() -> impl Strategy<Value = Frame> {
    let have = (any_key(), 1..=MAX_SEGMENT).prop_map(|(key, size)| Have(key, size));
    let request = any::<u32>().prop_map(RequestId);
    prop_oneof![
        (any::<u32>(), ".{0,20}", any::<bool>()).prop_map(|(version, swarm, seeder)| Frame::Hello {
            version,
            swarm,
            role: if seeder {
                PeerRole::Seeder
            } else {
                PeerRole::Viewer
            },
        }),
        (
            prop::collection::vec(have, 0..9),
            prop::collection::vec(any_key(), 0..9)
        )
            .prop_map(|(came, gone)| Frame::Announce { came, gone }),
        (request.clone(), any_key(), any::<u32>(), 1..u32::MAX).prop_map(|(request, key, first, count)| {
            Frame::Request {
                request,
                key,
                first,
                count,
            }
        }),
        (
            request.clone(),
            any::<u32>(),
            prop::collection::vec(any::<u8>(), 1..99)
        )
            .prop_map(|(request, piece, data)| Frame::Piece { request, piece, data }),
        request.clone().prop_map(Frame::Cancel),
        (request, prop_oneof![Just(Reject::NotHeld), Just(Reject::Busy)])
            .prop_map(|(request, reason)| Frame::Reject(request, reason)),
        (prop::collection::vec(any::<u8>(), 0..99), any::<u8>()).prop_map(|(batch, byte)| Frame::Digests {
            batch,
            signature: Signature([byte; 64])
        }),
        prop_oneof![
            Just(Bye::Version),
            Just(Bye::OtherSwarm),
            Just(Bye::Full),
            Just(Bye::Violation),
            Just(Bye::Corrupt)
        ]
        .prop_map(Frame::Bye),
    ]
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
    expected.assert_eq(&hex(&encoded));
    assert_eq!(decode(&encoded).as_ref(), Ok(frame));
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace()
        .map(|byte| u8::from_str_radix(byte, 16).unwrap())
        .collect()
}
