//! Packets: one pinned byte by byte, all kinds there and back, and whatever a stranger may write.

use proptest::prelude::*;

use super::{Body, MAX_PACKET, MAX_PARTS, PACKET_VERSION, Packet, PacketError, Part, SWARMS_PER_PACKET};
use crate::cluster::seal::{SEAL, Secret, SwarmKey};
use crate::message::{Candidate, MAX_CANDIDATE, MAX_CANDIDATE_NAME, MAX_SDP, Signal};
use crate::rooms::{Envelope, Stranger};

const A: &str = "0000000a-1";
const B: &str = "0000000b-1";

#[test]
fn is_laid_out_as_its_table_says() {
    let bytes = to_b(Body::Carry(left(A, B))).encode(None).unwrap();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    expect_test::expect!["0284a466726f6d0aa2746f0ba561745f6d73cd03e8a4626f647981a5436172727981a44c65667482a466726f6daa30303030303030612d31a2746faa30303030303030622d31"]
    .assert_eq(&hex);
}

#[test]
fn every_kind_comes_back_as_it_went() {
    for secret in [None, Some(secret(1))] {
        for packet in all_kinds() {
            let bytes = packet.encode(secret.as_ref()).unwrap();
            assert_eq!(Packet::decode(&bytes, secret.as_ref()), Ok(packet));
        }
    }
}

#[test]
fn the_largest_signal_and_summary_fit() {
    let secret = secret(1);
    let sdp = "\u{1F4FA}".repeat(MAX_SDP / 4);
    let signal = to_b(Body::Carry(offer(A, B, &sdp)));
    let tallies = vec![(SwarmKey([7; SwarmKey::LEN]), u32::MAX); SWARMS_PER_PACKET];
    let part = Part::new(u64::MAX, (MAX_PARTS - 1, MAX_PARTS), u32::MAX, &tallies);
    for packet in [signal, to_all(Body::Summary(part))] {
        let bytes = packet.encode(Some(&secret)).unwrap();
        assert!(bytes.len() <= MAX_PACKET);
        assert_eq!(Packet::decode(&bytes, Some(&secret)), Ok(packet));
    }
}

#[test]
fn refuses_what_is_beyond_a_limit_or_speaks_for_others() {
    let many = vec![A.to_owned(); 33];
    let long = format!("0000000a{}", "x".repeat(60));
    let candidate = |candidate: String, mid: usize| {
        Signal::Candidate(Candidate {
            candidate,
            sdp_mid: Some("m".repeat(mid)),
            sdp_m_line_index: None,
            username_fragment: None,
        })
    };
    let carry = |from: &str, signal| {
        Body::Carry(Envelope::Signal {
            from: from.into(),
            to: B.into(),
            signal,
        })
    };
    let seek = |seeker: &str, swarm, count| Body::Seek {
        seeker: seeker.into(),
        swarm: vec![0; swarm],
        count,
    };
    let found = |seeker: &str, peers: Vec<String>| {
        Body::Carry(Envelope::Found {
            seeker: seeker.into(),
            peers: peers.iter().map(Stranger::from).collect(),
        })
    };
    let bad = [
        Body::Carry(offer(A, B, "")),
        Body::Carry(offer(A, B, &"x".repeat(MAX_SDP + 1))),
        Body::Carry(offer("0000000c-1", B, "v=0")),
        Body::Carry(offer(A, "0000000c-1", "v=0")),
        Body::Carry(offer("0000000a 1", B, "v=0")),
        carry(&long, Signal::Answer { sdp: "v=0".into() }),
        carry(A, candidate("x".repeat(MAX_CANDIDATE + 1), 1)),
        carry(A, candidate(String::new(), MAX_CANDIDATE_NAME + 1)),
        Body::Carry(left(B, A)),
        Body::Carry(Envelope::Undeliverable {
            from: A.into(),
            to: B.into(),
        }),
        Body::Carry(Envelope::Seek {
            seeker: A.into(),
            swarm: "film".into(),
            room: 0,
            count: 1,
        }),
        found(B, many),
        found(B, vec![B.to_owned()]),
        found(A, vec![A.to_owned()]),
        seek(A, 15, 1),
        seek(A, 16, 0),
        seek(A, 16, 33),
        seek(B, 16, 1),
        // These go to all, not to one.
        Body::Bye,
        Body::Summary(Part::new(1, (0, 1), 0, &[])),
    ];
    for body in bad {
        let packet = to_b(body);
        let bytes = packet.encode(None).unwrap();
        assert_eq!(
            Packet::decode(&bytes, None),
            Err(PacketError::Malformed),
            "{packet:?}"
        );
    }
    for body in [seek(A, 16, 1), found(B, vec![A.to_owned()])] {
        let bytes = to_b(body).encode(None).unwrap();
        assert!(Packet::decode(&bytes, None).is_ok());
    }
    let nobody = to_all(Body::Carry(left(A, B))).encode(None).unwrap();
    assert_eq!(Packet::decode(&nobody, None), Err(PacketError::Malformed));
}

#[test]
fn refuses_a_summary_whose_parts_do_not_add_up() {
    let good = Part::new(1, (0, 1), 0, &[(SwarmKey([1; SwarmKey::LEN]), 1)]);
    let bad = [
        Part {
            part: 1,
            ..good.clone()
        },
        Part {
            parts: 0,
            ..good.clone()
        },
        Part {
            parts: MAX_PARTS + 1,
            ..good.clone()
        },
        Part {
            tallies: vec![0; 19],
            ..good.clone()
        },
        Part {
            tallies: vec![0; 20 * (SWARMS_PER_PACKET + 1)],
            ..good.clone()
        },
    ];
    for part in bad {
        let bytes = to_all(Body::Summary(part.clone())).encode(None).unwrap();
        let read = Packet::decode(&bytes, None);
        assert_eq!(
            read,
            Err(PacketError::Malformed),
            "{} of {}",
            part.part,
            part.parts
        );
    }
    let bytes = to_all(Body::Summary(good)).encode(None).unwrap();
    assert!(Packet::decode(&bytes, None).is_ok());
}

#[test]
fn refuses_another_version_what_follows_the_packet_and_what_is_too_large() {
    let bytes = to_all(Body::Bye).encode(None).unwrap();
    let mut other = bytes.clone();
    other[0] = PACKET_VERSION + 1;
    let mut longer = bytes.clone();
    longer.push(0);
    for wrong in [
        other,
        longer,
        vec![PACKET_VERSION; MAX_PACKET + 1],
        Vec::new(),
        vec![PACKET_VERSION],
        bytes[..bytes.len() - 1].to_vec(),
    ] {
        assert_eq!(Packet::decode(&wrong, None), Err(PacketError::Malformed));
    }
}

#[test]
fn lists_and_texts_that_claim_to_be_endless_are_no_packet() {
    // A map of one, "from", and then: a text, bytes, a list and a map of 2^32 - 1.
    for kind in [0xdb, 0xc6, 0xdd, 0xdf] {
        let mut bytes = vec![PACKET_VERSION, 0x81, 0xa4];
        bytes.extend_from_slice(b"from");
        bytes.extend_from_slice(&[kind, 0xff, 0xff, 0xff, 0xff]);
        assert_eq!(Packet::decode(&bytes, None), Err(PacketError::Malformed));
    }
    // Lists within lists, deeper than any stack, under a name that nobody knows.
    let mut bytes = vec![PACKET_VERSION, 0x81, 0xa1, b'x'];
    bytes.resize(20_000, 0x91);
    assert_eq!(Packet::decode(&bytes, None), Err(PacketError::Malformed));
}

#[test]
fn refuses_what_lacks_the_seal_or_bears_another() {
    let packet = to_b(Body::Carry(left(A, B)));
    let sealed = packet.encode(Some(&secret(1))).unwrap();
    let bare = packet.encode(None).unwrap();
    assert_eq!(sealed.len(), bare.len() + SEAL);
    let forged = Err(PacketError::Forged);
    assert_eq!(Packet::decode(&sealed, Some(&secret(2))), forged);
    assert_eq!(Packet::decode(&bare, Some(&secret(1))), forged);
    assert_eq!(Packet::decode(&sealed[..SEAL], Some(&secret(1))), forged);
    for place in 1..sealed.len() {
        let mut changed = sealed.clone();
        changed[place] ^= 1;
        assert_eq!(Packet::decode(&changed, Some(&secret(1))), forged, "byte {place}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let mut versioned = vec![PACKET_VERSION];
        versioned.extend_from_slice(&bytes);
        for bytes in [&bytes, &versioned] {
            let _ = Packet::decode(bytes, None);
            let _ = Packet::decode(bytes, Some(&secret(1)));
        }
    }

    #[test]
    fn a_packet_with_some_bytes_changed_is_read_without_panic(
        kind in 0..6_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = all_kinds()[kind].encode(None).unwrap();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(packet) = Packet::decode(&bytes, None) {
            prop_assert!(packet.is_within_limits());
        }
    }
}

fn all_kinds() -> [Packet; 6] {
    let swarms = [
        (SwarmKey([1; SwarmKey::LEN]), 3),
        (SwarmKey([0xff; SwarmKey::LEN]), 70_000),
    ];
    [
        to_all(Body::Summary(Part::new(7, (1, 2), 900, &swarms))),
        to_all(Body::Bye),
        to_b(Body::Seek {
            seeker: A.into(),
            swarm: vec![9; SwarmKey::LEN],
            count: 32,
        }),
        to_b(Body::Carry(Envelope::Found {
            seeker: B.into(),
            peers: vec![A.into()],
        })),
        to_b(Body::Carry(offer(A, B, "v=0\r\n"))),
        to_b(Body::Carry(Envelope::Undeliverable {
            from: B.into(),
            to: A.into(),
        })),
    ]
}

fn secret(byte: u8) -> Secret {
    Secret::new(&[byte; 16]).unwrap()
}

fn to_b(body: Body) -> Packet {
    Packet {
        from: 0xa,
        to: Some(0xb),
        at_ms: 1_000,
        body,
    }
}

fn to_all(body: Body) -> Packet {
    Packet {
        from: 0xa,
        to: None,
        at_ms: 1_000,
        body,
    }
}

fn left(from: &str, to: &str) -> Envelope {
    Envelope::Left {
        from: from.into(),
        to: to.into(),
    }
}

fn offer(from: &str, to: &str, sdp: &str) -> Envelope {
    Envelope::Signal {
        from: from.into(),
        to: to.into(),
        signal: Signal::Offer { sdp: sdp.into() },
    }
}
