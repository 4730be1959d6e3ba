//! What is read of datagrams, hostile ones among them.

use super::*;

/// Writes a STUN message: bits of its type, and its attributes.
pub(in crate::network) fn message(kind: u16, transaction: u8, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, value) in attributes {
        body.extend(kind.to_be_bytes());
        body.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
        body.extend(*value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    let mut bytes = kind.to_be_bytes().to_vec();
    bytes.extend(u16::try_from(body.len()).unwrap().to_be_bytes());
    bytes.extend(MAGIC_COOKIE);
    bytes.extend([transaction; 12]);
    bytes.extend(body);
    bytes
}

/// A check for the connection of `fragment`.
pub(in crate::network) fn check(fragment: &str, transaction: u8) -> Vec<u8> {
    message(
        1,
        transaction,
        &[(USERNAME, format!("{fragment}:peer").as_bytes())],
    )
}

#[test]
fn a_check_names_the_receivers_fragment() {
    let bytes = check("abcd", 1);
    assert_eq!(received(&bytes), Packet::Check { fragment: "abcd" });
    let behind_others = message(1, 1, &[(0x24, &[0; 4]), (0x8022, b"odd"), (USERNAME, b"x:y:z")]);
    assert_eq!(received(&behind_others), Packet::Check { fragment: "x" });
}

#[test]
fn protocols_are_told_apart_by_their_first_byte() {
    assert_eq!(received(&message(0x0101, 7, &[])), Packet::Response([7; 12]));
    assert_eq!(received(&message(0x0111, 7, &[])), Packet::Response([7; 12]));
    assert_eq!(received(&message(0x0011, 7, &[])), Packet::Other);
    for (first, expected) in [
        (20, Packet::Other),
        (63, Packet::Other),
        (64, Packet::Other),
        (79, Packet::Other),
        (4, Packet::Foreign),
        (19, Packet::Foreign),
        (80, Packet::Foreign),
        (128, Packet::Foreign),
        (255, Packet::Foreign),
    ] {
        assert_eq!(received(&[first, 1, 2]), expected, "{first}");
    }
}

#[test]
fn hostile_messages_are_nobodys() {
    let good = check("abcd", 1);
    for length in 0..good.len() {
        assert_eq!(received(&good[..length]), Packet::Foreign, "cut at {length}");
    }
    let mut longer = good.clone();
    longer.extend([0; 4]);
    assert_eq!(received(&longer), Packet::Foreign, "more than its length says");
    let mut cookie = good.clone();
    cookie[4] ^= 1;
    assert_eq!(received(&cookie), Packet::Foreign, "another cookie");
    let mut attribute = good;
    attribute[22] = 0xff;
    assert_eq!(received(&attribute), Packet::Foreign, "an attribute over the end");
    let long = "a".repeat(MAX_USERNAME) + ":b";
    let odd: [&[u8]; 4] = [b"no-colon", b"\xff\xfe:b", b"", long.as_bytes()];
    for username in odd {
        assert_eq!(received(&message(1, 1, &[(USERNAME, username)])), Packet::Foreign);
    }
    assert_eq!(
        received(&message(1, 1, &[(0x24, &[0; 4])])),
        Packet::Foreign,
        "no name"
    );
    let many: Vec<(u16, &[u8])> = std::iter::repeat_n((0x24, &[0; 4][..]), 400).collect();
    assert_eq!(received(&message(1, 1, &many)), Packet::Foreign);
}

#[test]
fn requests_that_are_sent_are_known_with_their_method() {
    assert_eq!(sent(&message(0x0001, 5, &[])), Sent::Request([5; 12]));
    assert_eq!(sent(&message(0x0003, 5, &[])), Sent::Allocate([5; 12]));
    assert_eq!(sent(&message(0x0004, 5, &[])), Sent::Request([5; 12]), "refresh");
    assert_eq!(sent(&message(0x0101, 5, &[])), Sent::Other, "a response");
    assert_eq!(sent(&[22, 254, 253]), Sent::Other, "DTLS");
    assert_eq!(sent(&[]), Sent::Other);
}
