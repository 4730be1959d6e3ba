//! The table of scores, row by row.

use super::{is_within, refined, score};
use crate::message::{Cell, Hints};
use crate::rooms::locale::{ClientLocation, Locale, Nat};

#[test]
fn the_nearest_thing_in_common_decides() {
    // Address, site, system, country, point of presence, time zone.
    type Row = (&'static str, u32, u32, &'static str, &'static str, &'static str);
    let me: Row = ("198.51.100.7", 1, 64500, "DE", "FRA", "Europe/Berlin");
    let cases: [(Row, u8); 12] = [
        (me, 0),
        (("198.51.100.7", 0, 1, "US", "LAX", "America/Los_Angeles"), 0),
        (("203.0.113.1", 1, 1, "US", "LAX", "America/Los_Angeles"), 0),
        (("198.51.100.8", 2, 1, "US", "LAX", "America/Los_Angeles"), 1),
        (("203.0.113.1", 2, 64500, "DE", "FRA", "Europe/Berlin"), 2),
        (("203.0.113.1", 2, 64500, "DE", "MUC", "Europe/Berlin"), 3),
        // Of one /16, but of systems that are known to differ.
        (("198.51.3.4", 2, 1, "US", "LAX", "America/Los_Angeles"), 10),
        (("203.0.113.1", 2, 1, "CH", "FRA", "Europe/Zurich"), 5),
        (("203.0.113.1", 2, 1, "DE", "MUC", "Europe/Busingen"), 5),
        (("203.0.113.1", 0, 0, "FR", "CDG", "Europe/Berlin"), 7),
        (("203.0.113.1", 2, 1, "FR", "CDG", "Europe/Paris"), 10),
        (("2001:db8::1", 0, 0, "", "", ""), 10),
    ];
    for (other, expected) in cases {
        let (one, other) = (row(me), row(other));
        assert_eq!(score(&one, &other), expected, "{other:?}");
        assert_eq!(score(&other, &one), expected, "both ways");
    }
}

#[test]
fn addresses_alone_tell_a_provider_from_a_stranger() {
    let cases = [
        ("198.51.100.7", "198.51.100.7", 0),
        ("198.51.100.7", "198.51.100.8", 1),
        ("198.51.100.7", "198.51.101.7", 4),
        ("198.51.100.7", "198.52.100.7", 10),
        ("2001:db8:1:2::3", "2001:db8:1:2::4", 0),
        ("2001:db8:1:2::3", "2001:db8:1:3::3", 1),
        ("2001:db8:1:2::3", "2001:db8:2:2::3", 4),
        ("2001:db8:1:2::3", "2001:db9:1:2::3", 10),
        ("198.51.100.7", "2001:db8::", 10),
    ];
    for (one, other, expected) in cases {
        let bare = |address| row((address, 0, 0, "", "", ""));
        assert_eq!(score(&bare(one), &bare(other)), expected, "{one} and {other}");
    }
    let (one, other) = ("198.51.100.7", "198.51.101.7");
    let at_one_pop = |address| row((address, 0, 0, "", "FRA", ""));
    assert_eq!(score(&at_one_pop(one), &at_one_pop(other)), 3);
}

#[test]
fn two_symmetric_nats_are_further_apart_than_strangers() {
    let behind = |address, nat| Locale {
        nat,
        ..row((address, 0, 7, "", "", ""))
    };
    let (one, other) = ("198.51.100.7", "203.0.113.1");
    let pairs = [
        (Nat::Symmetric, Nat::Symmetric, 11),
        (Nat::Symmetric, Nat::Unknown, 3),
        (Nat::Unknown, Nat::Unknown, 3),
    ];
    for (first, second, expected) in pairs {
        assert_eq!(score(&behind(one, first), &behind(other, second)), expected);
    }
}

#[test]
fn cells_stand_in_for_a_country_and_a_time_zone() {
    let at = |address, north, east| Locale {
        cell: Some(Cell { north, east }),
        ..row((address, 0, 0, "", "", ""))
    };
    // Half degrees: Berlin, Hamburg (255 km), Munich (504 km), Moscow (1,610 km).
    let berlin = at("198.51.100.7", 105, 27);
    let cases = [(107, 20, 5), (96, 23, 7), (111, 75, 10)];
    for (north, east, expected) in cases {
        assert_eq!(score(&berlin, &at("203.0.113.1", north, east)), expected);
    }
    assert_eq!(score(&berlin, &row(("203.0.113.1", 0, 0, "", "", ""))), 10);
}

#[test]
fn cells_on_both_sides_of_the_date_line_are_near_and_poles_harm_nobody() {
    let cell = |north, east| Cell { north, east };
    assert!(is_within(cell(-36, 357), cell(-34, -359), 300), "Fiji");
    assert!(!is_within(cell(0, 0), cell(0, 360), 1500));
    assert!(is_within(cell(180, 0), cell(180, 360), 1), "the pole");
    assert!(!is_within(cell(180, 0), cell(-180, 0), 1500));
    for north in [i16::MIN, -180, 0, 180, i16::MAX] {
        for east in [i16::MIN, -360, 0, 360, i16::MAX] {
            assert!(is_within(cell(north, east), cell(north, east), 0));
            is_within(cell(north, east), cell(-(north / 2), east / 3), 300);
        }
    }
}

#[test]
fn what_is_measured_moves_neither_neighbours_nor_strangers_among_them() {
    let cases = [
        (0, -2, 0),
        (1, 2, 1),
        (2, -2, 2),
        (3, -2, 2),
        (10, -2, 8),
        (10, 2, 12),
        (2, 2, 4),
        (5, 0, 5),
    ];
    for (score, shift, expected) in cases {
        assert_eq!(refined(score, shift), expected, "{score} by {shift}");
    }
}

fn row(row: (&str, u32, u32, &str, &str, &str)) -> Locale {
    let (address, site, asn, country, pop, zone) = row;
    let number = |number| (number > 0).then_some(number);
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let location = ClientLocation {
        address: address.parse().unwrap(),
        site: number(site),
        asn: number(asn),
        country: country.as_bytes().try_into().ok(),
    };
    let hints = Hints {
        pop: text(pop),
        zone: text(zone),
        ..Hints::default()
    };
    Locale::new(&location, &hints)
}
