//! How far each kind of address reaches.

use super::*;

#[test]
fn knows_how_far_each_special_address_reaches() {
    let cases = [
        (Reach::Unspecified, "0.0.0.0 :: 0:0:0:0:0:0:0:0"),
        (
            Reach::Nowhere,
            "0.0.0.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255",
        ),
        (Reach::Nowhere, "ff02::1 ff0e::1 fe80::1%eth0 64:ff9b::e000:1"),
        (
            Reach::Nowhere,
            "::ffff:224.0.0.251 ::ffff:255.255.255.255 ::ffff:0.0.0.0",
        ),
        (Reach::Own, "127.0.0.1 127.255.255.255 169.254.169.254"),
        (
            Reach::Own,
            "::1 fe80::1 febf::1 ::127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::1",
        ),
        (
            Reach::Own,
            "::ffff:127.0.0.1 ::ffff:7f00:1 ::ffff:169.254.169.254",
        ),
        (Reach::Private, "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1"),
        (Reach::Private, "100.64.0.1 100.127.255.255 192.0.0.2 198.18.0.1"),
        (
            Reach::Private,
            "fc00::1 fdff::1 fec0::1 ::ffff:10.0.0.1 2002:c0a8:101::1 64:ff9b:1::1",
        ),
        (
            Reach::Public,
            "1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0",
        ),
        (
            Reach::Public,
            "126.255.255.255 128.0.0.1 169.253.255.255 172.15.255.255 172.32.0.0",
        ),
        (Reach::Public, "192.0.2.1 198.20.0.0 223.255.255.255"),
        (
            Reach::Public,
            "2001:db8::1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808",
        ),
        (Reach::Masked, "7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local"),
        (Reach::Masked, "7D819880-14C1-44A0-9BFE-C2DFBEFE88D8.local"),
    ];
    for (reach, addresses) in cases {
        for address in addresses.split(' ') {
            assert_eq!(judge(address), Ok(reach), "{address}");
        }
    }
}

#[test]
fn takes_a_name_of_multicast_dns_for_an_address_and_no_other_name() {
    let names = [
        "",
        "localhost",
        "victim.example",
        "printer.local",
        ".local",
        "7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local.",
        "7d819880-14c1-44a0-9bfe-c2dfbefe88d8.local.example",
        "7d819880-14c1-44a0-9bfe-c2dfbefe88d8x.local",
        "7d819880014c1-44a0-9bfe-c2dfbefe88d8.local",
        "g d819880-14c1-44a0-9bfe-c2dfbefe88d8.local",
        // Readers other than the standard's take these for addresses.
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "127.0.0.01",
        "[::1]",
        "127.0.0.1/127",
        "127.0.0.1%lo",
    ];
    for name in names {
        assert_eq!(judge(name), Err(SdpError::HostName), "{name}");
    }
}

#[test]
fn a_wider_rule_carries_what_a_narrower_one_does() {
    let of = |reach: Reach| {
        [Addresses::Public, Addresses::Private, Addresses::Any].map(|addresses| reach.is_carried(addresses))
    };
    assert_eq!(of(Reach::Unspecified), [false, false, false]);
    assert_eq!(of(Reach::Nowhere), [false, false, false]);
    assert_eq!(of(Reach::Own), [false, false, true]);
    assert_eq!(of(Reach::Private), [false, true, true]);
    assert_eq!(of(Reach::Public), [true, true, true]);
    assert_eq!(of(Reach::Masked), [true, true, true]);
}

#[test]
fn a_placeholder_is_never_longer_than_its_address() {
    for address in [
        "0.0.0.1",
        "1.1.1.1",
        "::1",
        "fe80::1",
        "fe80::1%1",
        "::ffff:10.0.0.1",
    ] {
        assert!(placeholder(address).len() <= address.len(), "{address}");
    }
}
