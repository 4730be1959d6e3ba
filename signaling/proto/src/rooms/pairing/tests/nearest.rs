//! Which of those that it draws the strategy by distance takes.

use std::collections::{BTreeMap, BTreeSet};

use super::super::Nearest;
use super::{ConnId, Crowd, Pairing, Party, Pool, party};
use crate::rooms::locale::Prefix;

#[test]
fn the_nearest_are_taken_and_one_at_random() {
    let mut crowd = Village::new();
    crowd.add(&[Pool::Network, Pool::Room], (1..=10).map(|conn| scored(conn, 3)));
    crowd.add(
        &[Pool::Country, Pool::Room],
        (11..=20).map(|conn| scored(conn, 5)),
    );
    crowd.add(&[Pool::Room], (21..=90).map(|conn| scored(conn, 10)));
    crowd.swap_first(90);
    let chosen = choose(&mut crowd, party(99, 0), 8);
    let (near, others): (Vec<u64>, Vec<u64>) = chosen.iter().partition(|conn| **conn <= 10);
    assert_eq!(
        (near.len(), others),
        (7, vec![90]),
        "the first of the whole swarm"
    );
}

#[test]
fn of_those_that_are_as_near_the_less_loaded_are_taken() {
    let mut crowd = Village::new();
    let loaded = |conn: u64| Party {
        pairs: usize::try_from(conn % 10).unwrap(),
        ..scored(conn, 3)
    };
    crowd.add(&[Pool::Network], (10..20).map(loaded));
    crowd.add(&[Pool::Room], [scored(50, 10)]);
    let chosen = choose(&mut crowd, party(99, 0), 5);
    assert_eq!(chosen, [50, 10, 11, 12, 13]);
}

#[test]
fn a_sample_of_32_is_looked_at_however_large_the_swarm_is() {
    let mut crowd = Village::new();
    let all = [Pool::Network, Pool::Pop, Pool::Country, Pool::Room];
    crowd.add(&all, (1..=1000).map(|conn| scored(conn, 2)));
    assert_eq!(choose(&mut crowd, party(9999, 0), 8).len(), 8);
    assert_eq!(crowd.drawn.len(), 33, "and the one at random");
    assert_eq!(choose(&mut crowd, party(9999, 0), 100).len(), 100);
    assert_eq!(crowd.drawn.len(), 33 + 201);
}

#[test]
fn who_asks_for_one_gets_a_near_one_unless_chance_says_otherwise() {
    for (strays, expected) in [(false, 1), (true, 50)] {
        let mut crowd = Village::new();
        crowd.add(&[Pool::Room], [scored(50, 10)]);
        crowd.add(&[Pool::Network, Pool::Room], [scored(1, 3)]);
        crowd.strays = strays;
        assert_eq!(choose(&mut crowd, party(99, 0), 1), [expected]);
        assert_eq!(crowd.asked, [8]);
    }
}

#[test]
fn nobody_wanted_or_nobody_there_is_nobody_taken() {
    let mut crowd = Village::new();
    assert_eq!(choose(&mut crowd, party(99, 0), 8).len(), 0);
    crowd.add(&[Pool::Room], [scored(1, 3)]);
    assert_eq!(choose(&mut crowd, party(99, 0), 0).len(), 0);
    assert_eq!(crowd.drawn.len(), 0);
}

#[test]
fn all_of_a_small_swarm_are_taken() {
    let mut crowd = Village::new();
    crowd.add(&[Pool::Room], (1..=5).map(|conn| scored(conn, 10)));
    assert_eq!(choose(&mut crowd, party(99, 0), 8).len(), 5);
}

#[test]
fn one_block_of_addresses_gets_a_third_of_a_list() {
    let mut crowd = Village::new();
    crowd.add(&[Pool::Network, Pool::Room], (100..200).map(of_block));
    crowd.add(&[Pool::Country, Pool::Room], (1..=10).map(|conn| scored(conn, 5)));
    let chosen = choose(&mut crowd, party(999, 0), 9);
    assert_eq!(chosen.len(), 9);
    assert_eq!(chosen.iter().filter(|conn| **conn >= 100).count(), 3);
    // The seeker's own block is not held to that.
    let mut crowd = Village::new();
    let own = |conn| Party {
        prefix: None,
        ..of_block(conn)
    };
    crowd.add(&[Pool::Network, Pool::Room], (100..200).map(own));
    assert_eq!(choose(&mut crowd, party(999, 0), 9).len(), 9);
}

#[test]
fn what_a_block_holds_already_counts() {
    // How many pairings the seeker has, how many of them with the block, and how many more it gets of 3.
    let cases = [(0, 0, 2), (9, 3, 1), (9, 4, 0), (6, 0, 3), (2, 2, 0), (1, 1, 1)];
    for (pairs, held, expected) in cases {
        let mut crowd = Village::new();
        let held = |conn| Party {
            held,
            ..of_block(conn)
        };
        crowd.add(&[Pool::Room], (100..200).map(held));
        let others = (1..=3).map(|conn| scored(conn, 15));
        crowd.add(&[Pool::EachPrefix], others);
        let chosen = choose(&mut crowd, party(999, pairs), 3);
        assert_eq!(chosen.len(), 3, "the rest are others");
        let of_block = chosen.iter().filter(|conn| **conn >= 100).count();
        assert_eq!(of_block, expected, "{pairs} pairings");
    }
}

#[test]
fn a_member_that_has_its_share_of_the_seekers_block_is_left_alone() {
    // Its pairings, how many of them are with the seeker's block, and whether it is taken.
    let cases = [
        (0, 0, true),
        (1, 1, true),
        (2, 2, false),
        (7, 2, false),
        (8, 2, true),
    ];
    for (pairs, taken, expected) in cases {
        let mut crowd = Village::new();
        crowd.taken = taken;
        let other = Party { pairs, ..of_block(1) };
        crowd.add(&[Pool::Room], [other]);
        assert_eq!(choose(&mut crowd, party(99, 0), 1).len(), usize::from(expected));
        let kin = Party {
            prefix: None,
            conn: ConnId(2),
            ..other
        };
        crowd.add(&[Pool::Room], [kin]);
        assert_eq!(choose(&mut crowd, party(99, 0), 1), [2]);
    }
}

#[test]
fn where_there_are_no_others_a_list_is_short_rather_than_of_one_block() {
    let mut crowd = Village::new();
    crowd.add(&[Pool::Room], (100..200).map(of_block));
    crowd.add(&[Pool::EachPrefix], [scored(1, 10)]);
    // Of three, one block has two at most.
    assert_eq!(choose(&mut crowd, party(999, 0), 30).len(), 3);
}

/// A swarm whose pools are drawn from in the order in which they are listed.
struct Village {
    pools: BTreeMap<Pool, Vec<Party>>,
    drawn: BTreeSet<ConnId>,
    strays: bool,
    asked: Vec<u32>,
    /// How many of the seeker's block each is paired with.
    taken: usize,
}

impl Village {
    fn new() -> Self {
        Self {
            pools: BTreeMap::new(),
            drawn: BTreeSet::new(),
            strays: false,
            asked: Vec::new(),
            taken: 0,
        }
    }

    fn add(&mut self, pools: &[Pool], parties: impl IntoIterator<Item = Party>) {
        let parties: Vec<Party> = parties.into_iter().collect();
        for pool in pools {
            self.pools.entry(*pool).or_default().extend(&parties);
        }
    }

    /// Has one drawn first of the whole swarm.
    fn swap_first(&mut self, conn: u64) {
        let room = self.pools.get_mut(&Pool::Room).unwrap();
        let place = room.iter().position(|party| party.conn == ConnId(conn)).unwrap();
        room.swap(0, place);
    }
}

impl Crowd for Village {
    fn draw(&mut self, pool: Pool) -> Option<Party> {
        let list = self.pools.get(&pool)?;
        let party = list.iter().find(|party| !self.drawn.contains(&party.conn))?;
        self.drawn.insert(party.conn);
        Some(*party)
    }

    fn taken(&self, other: ConnId) -> usize {
        assert!(self.drawn.contains(&other));
        self.taken
    }

    fn chance(&mut self, one_in: u32) -> bool {
        self.asked.push(one_in);
        self.strays
    }
}

fn choose(crowd: &mut Village, seeker: Party, count: usize) -> Vec<u64> {
    let chosen = Nearest.choose(seeker, crowd, count);
    let unique: BTreeSet<&ConnId> = chosen.iter().collect();
    assert!(unique.len() == chosen.len() && chosen.len() <= count);
    chosen.iter().map(|conn| conn.0).collect()
}

/// One in a block of its own.
fn scored(conn: u64, score: u8) -> Party {
    let [.., high, low] = conn.to_be_bytes();
    Party {
        score,
        prefix: Some(Prefix::of([10, high, low, 1].into())),
        ..party(conn, 0)
    }
}

/// One of a block that many are in.
fn of_block(conn: u64) -> Party {
    Party {
        score: 3,
        prefix: Some(Prefix::of([203, 0, 113, 1].into())),
        ..party(conn, 0)
    }
}
