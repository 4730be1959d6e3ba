//! A population as a live event has it: fifty autonomous systems of Zipf's sizes in twelve countries, with the round trips
//! between them. The tests' and the `pairing` example's.

use std::net::IpAddr;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

const SYSTEMS: u32 = 50;
const COUNTRIES: u32 = 12;
/// Countries of one continent.
const PER_CONTINENT: u32 = 4;

/// Some people, by number.
#[derive(Debug)]
pub(super) struct People(Vec<Person>);

/// One of them, and where.
#[derive(Debug)]
pub(super) struct Person {
    /// The autonomous system, from 0.
    pub(super) system: u32,
    pub(super) address: IpAddr,
    /// What the access line adds to a round trip, in milliseconds.
    access: u64,
}

impl People {
    pub(super) fn new(count: u64, seed: u8) -> Self {
        let mut rng = ChaCha20Rng::from_seed([seed; 32]);
        let mut below = |bound: u64| rng.next_u64() % bound;
        // Zipf: the second is half as large as the first, the third a third.
        let sizes: Vec<u64> = (1..=u64::from(SYSTEMS)).map(|rank| 100_000 / rank).collect();
        let people = (0..count).map(|_| {
            let mut at = below(sizes.iter().sum());
            let mut system = 0;
            for size in &sizes {
                if at < *size {
                    break;
                }
                at -= size;
                system += 1;
            }
            // A /16 each, and in it a few members of each /24.
            let host = u16::try_from(below(1 << 16))
                .expect("invariant: below")
                .to_be_bytes();
            let block = u8::try_from(system).expect("invariant: below SYSTEMS");
            Person {
                system,
                address: [100, block, host[0], host[1]].into(),
                access: below(15),
            }
        });
        Self(people.collect())
    }

    pub(super) fn person(&self, number: u64) -> &Person {
        &self.0[usize::try_from(number).expect("invariant: of this population")]
    }

    /// The round trip between two, in milliseconds.
    pub(super) fn rtt(&self, one: u64, other: u64) -> u64 {
        let (one, other) = (self.person(one), self.person(other));
        let between = if one.system == other.system {
            12
        } else if one.country_number() == other.country_number() {
            30
        } else if one.continent() == other.continent() {
            60
        } else {
            140
        };
        between + one.access + other.access
    }
}

impl Person {
    /// The number of the autonomous system.
    pub(super) fn asn(&self) -> u32 {
        64_500 + self.system
    }

    /// The country's code.
    pub(super) fn country(&self) -> [u8; 2] {
        let letter = u8::try_from(self.country_number()).expect("invariant: below COUNTRIES");
        [b'X', b'A' + letter]
    }

    /// The point of presence: two countries share one.
    pub(super) fn pop(&self) -> String {
        format!("POP{}", self.country_number() / 2)
    }

    /// The time zone: a continent has one.
    pub(super) fn zone(&self) -> String {
        format!("Zone/{}", self.continent())
    }

    fn country_number(&self) -> u32 {
        self.system % COUNTRIES
    }

    fn continent(&self) -> u32 {
        self.country_number() / PER_CONTINENT
    }
}
