//! Lots: lasting, even, and in one order for all shares.

use std::net::Ipv4Addr;

use super::*;

fn lots(swarm: &str) -> impl Iterator<Item = Lot> {
    let swarm = swarm.to_owned();
    (0..20_000).map(move |number: u32| Lot::draw(&swarm, Drawn::Number(number.wrapping_mul(0x9e37_79b9))))
}

fn place(address: Ipv4Addr) -> Place {
    Place::of(address.into())
}

fn share(percent: u8) -> Share {
    Share::new(percent).unwrap()
}

#[test]
fn a_lot_is_the_same_on_every_server_and_at_every_start() {
    let drawn = [
        Lot::draw("film", Drawn::Number(1)),
        Lot::draw("film", Drawn::Number(2)),
        Lot::draw("film", Drawn::Token("1")),
        Lot::draw("live", Drawn::Number(1)),
        Lot::draw("film", Drawn::Place(place(Ipv4Addr::new(192, 0, 2, 1)))),
    ];
    assert_eq!(
        drawn.map(|lot| lot.0),
        [Some(20), Some(31), Some(49), Some(10), Some(68)]
    );
}

#[test]
fn whoever_is_in_at_a_share_is_in_at_every_larger_one() {
    for lot in lots("film") {
        let first = (0..=100).find(|percent| share(*percent).holds(lot)).unwrap();
        assert!((first..=100).all(|percent| share(percent).holds(lot)), "{lot:?}");
    }
}

#[test]
fn nobody_is_in_at_0_and_everybody_at_100() {
    assert!(lots("film").all(|lot| !share(0).holds(lot) && Share::ALL.holds(lot)));
}

#[test]
fn a_share_holds_about_as_many_as_it_says_in_each_stream() {
    for swarm in ["film", "live", "f"] {
        for percent in [1, 10, 30, 50, 90, 99] {
            let held = lots(swarm).filter(|lot| share(percent).holds(*lot)).count();
            let expected = 200 * usize::from(percent);
            // The standard deviation is 71 at 50 %: four of them.
            assert!(
                held.abs_diff(expected) < 284,
                "{swarm}, {percent} %: {held} of 20000"
            );
        }
    }
}

#[test]
fn neighbouring_numbers_and_addresses_are_spread_too() {
    let by_number = (0..2_000).map(|number| Lot::draw("film", Drawn::Number(number)));
    let by_place = (0..2_000u32).map(|host| Lot::draw("film", Drawn::Place(place(host.into()))));
    for held in [
        by_number.filter(|lot| share(50).holds(*lot)).count(),
        by_place.filter(|lot| share(50).holds(*lot)).count(),
    ] {
        assert!(held.abs_diff(1_000) < 90, "{held} of 2000");
    }
}

#[test]
fn streams_do_not_favour_the_same_viewers() {
    let both = lots("film").zip(lots("live"));
    let both = both.filter(|(film, live)| share(50).holds(*film) && share(50).holds(*live));
    assert!(both.count().abs_diff(5_000) < 245);
}

#[test]
fn a_seeder_is_in_at_every_share() {
    assert!(share(0).holds(Lot::EXEMPT));
}

#[test]
fn a_share_is_0_to_100() {
    assert_eq!(Share::new(100), Ok(Share::ALL));
    assert_eq!(
        Share::new(101).unwrap_err().to_string(),
        "policy.share must be 0 to 100"
    );
}
