//! What of an address and a hint is told apart.

use super::{Block, ClientLocation, Group, Locale, Prefix, hash};
use crate::message::Hints;

#[test]
fn a_locale_is_small() {
    assert!(size_of::<Locale>() < 100, "{} bytes", size_of::<Locale>());
}

#[test]
fn a_prefix_is_a_24_of_ipv4_and_a_48_of_ipv6() {
    let cases = [
        ("198.51.100.1", "198.51.100.254", true),
        ("198.51.100.1", "198.51.101.1", false),
        ("::ffff:198.51.100.1", "198.51.100.2", true),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::", true),
        ("2001:db8:1::", "2001:db8:2::", false),
        ("0.0.1.0", "::1:0:0:0:0:0", false),
    ];
    for (one, other, same) in cases {
        let prefix = |address: &str| Prefix::of(address.parse().unwrap());
        assert_eq!(prefix(one) == prefix(other), same, "{one} and {other}");
    }
}

#[test]
fn a_group_is_the_autonomous_system_or_else_a_16_or_a_32() {
    let group = |address: &str, asn| locale(address, asn).group();
    assert_eq!(group("198.51.100.1", Some(7)), Group::Asn(7));
    assert_eq!(group("198.51.100.1", Some(7)), group("2001:db8::", Some(7)));
    assert_eq!(group("198.51.100.1", None), group("198.51.3.4", None));
    assert_ne!(group("198.51.100.1", None), group("198.52.100.1", None));
    assert_eq!(group("2001:db8:1::", None), Group::Block(Block::V6(0x2001_0db8)));
    assert_eq!(group("2001:db8:1::", None), group("2001:db8:ffff::", None));
    assert_ne!(group("2001:db8:1::", None), group("2001:db9:1::", None));
}

#[test]
fn a_name_is_hashed_as_fnv_1a_does() {
    // The vectors of the hash's authors.
    assert_eq!(hash("").get(), 0xcbf2_9ce4_8422_2325);
    assert_eq!(hash("a").get(), 0xaf63_dc4c_8601_ec8c);
    assert_eq!(hash("foobar").get(), 0x8594_4171_f739_67e8);
}

#[test]
fn what_is_not_known_is_not_in_common() {
    assert_eq!(locale("198.51.100.1", None).commons().count(), 2);
    let location = ClientLocation {
        address: "198.51.100.1".parse().unwrap(),
        site: Some(1),
        asn: Some(2),
        country: Some(*b"DE"),
    };
    let hints = Hints {
        pop: Some("FRA".into()),
        ..Hints::default()
    };
    assert_eq!(Locale::new(&location, &hints).commons().count(), 5);
}

fn locale(address: &str, asn: Option<u32>) -> Locale {
    let location = ClientLocation {
        asn,
        ..ClientLocation::from(address.parse::<std::net::IpAddr>().unwrap())
    };
    Locale::new(&location, &Hints::default())
}
