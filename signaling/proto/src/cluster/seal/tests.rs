//! Seals and names, against the standard and each other.

use super::{MAX_SECRET, MIN_SECRET, Namer, Secret};

#[test]
fn takes_no_secret_that_is_short_or_endless() {
    assert!(Secret::new(&[7; MIN_SECRET - 1]).is_none());
    assert!(Secret::new(&[7; MIN_SECRET]).is_some());
    assert!(Secret::new(&[7; MAX_SECRET]).is_some());
    assert!(Secret::new(&[7; MAX_SECRET + 1]).is_none());
}

/// RFC 4231, test case 3: key of 20 bytes aa, data of 50 bytes dd.
#[test]
fn seals_as_the_standard_says() {
    let secret = Secret::new(&[0xaa; 20]).unwrap();
    let seal = secret.seal(&[0xdd; 50]);
    let hex: String = seal.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(
        hex,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
    );
}

#[test]
fn holds_for_the_packet_that_was_sealed_and_no_other() {
    let secret = Secret::new(&[1; 16]).unwrap();
    let seal = secret.seal(b"packet");
    assert!(secret.holds(b"packet", &seal));
    assert!(!secret.holds(b"packed", &seal));
    assert!(!secret.holds(b"packet", &seal[..31]));
    assert!(!Secret::new(&[2; 16]).unwrap().holds(b"packet", &seal));
}

#[test]
fn names_a_swarm_alike_under_one_secret_and_differently_under_another() {
    let secret = Secret::new(&[1; 16]).unwrap();
    let other = Secret::new(&[2; 16]).unwrap();
    let namer = Namer::new(Some(&secret));
    assert_eq!(namer.name("film"), Namer::new(Some(&secret)).name("film"));
    assert_ne!(namer.name("film"), namer.name("movie"));
    assert_ne!(namer.name("film"), Namer::new(Some(&other)).name("film"));
    assert_ne!(namer.name("film"), Namer::new(None).name("film"));
}

#[test]
fn shows_nothing_of_the_secret() {
    let secret = Secret::new(b"correct horse battery staple").unwrap();
    assert_eq!(format!("{secret:?}"), "Secret");
    assert_eq!(format!("{:?}", Namer::new(Some(&secret))), "Namer");
}

#[test]
fn blocks_are_hashed_alike_by_those_with_the_secret_alone() {
    let key = |byte| Secret::new(&[byte; 16]).unwrap().block_key();
    assert_eq!(key(1), key(1));
    assert_ne!(key(1), key(2));
    assert_ne!(key(1), crate::rooms::BlockKey::default());
}
