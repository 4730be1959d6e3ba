//! The shape of large swarms: what introductions make of thousands of members that come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use super::Stage;
use crate::message::{Hints, Join, ToClient, ToServer};
use crate::rooms::{ClientLocation, Nearest, Pairing, RoomsConfig, RoomsOutput, Scattered};

/// How many pairings a member has at least, if it can.
const WANT: u32 = 6;
/// How many it takes.
const CAPACITY: u32 = 16;

#[test]
fn two_thousand_that_join_one_after_another_are_a_few_hops_apart() {
    for seed in 0..3 {
        let shape = Mesh::grown(seed, 2000).shape();
        assert_eq!(shape.reached, 2000, "it is connected");
        assert!(shape.diameter <= 8, "{shape:?}");
        assert!(shape.mean_path <= 5.0, "{shape:?}");
        assert!(shape.degrees.0 >= 6 && shape.degrees.1 <= 16, "{shape:?}");
    }
}

#[test]
fn members_that_ask_for_half_of_what_they_take_or_all_do_not_become_a_chain() {
    // What is wanted and taken, the widest that the mesh may be, and the fewest pairings of a member.
    let cases = [(8, 16, 11, 7), (16, 16, 11, 6), (4, 8, 13, 3), (8, 8, 13, 3)];
    for (want, capacity, diameter, fewest) in cases {
        let shape = Mesh::taking(want, capacity, 1, 2000).shape();
        assert_eq!(shape.reached, 2000, "{want} of {capacity}");
        assert!(shape.diameter <= diameter && shape.mean_path <= 5.0, "{shape:?}");
        let (least, most) = shape.degrees;
        let most_allowed = usize::try_from(capacity).unwrap() + 2;
        assert!(
            least >= fewest && most <= most_allowed,
            "{want} of {capacity}: {shape:?}"
        );
    }
}

#[test]
fn all_have_what_they_look_for_once_they_have_asked_again_and_do_not_become_a_chain() {
    let engines: [fn() -> Box<dyn Pairing + Send>; 2] = [|| Box::new(Scattered), || Box::new(Nearest)];
    for pairing in engines {
        let mut mesh = Mesh::empty(pairing(), 8, 16, 3);
        // A hundred a second come, and each asks for what it lacks 2 s, 4 s and 8 s after.
        for conn in 0..2_000_u64 {
            mesh.stage.now += Duration::from_millis(10);
            // Four of a /24, so that none has too many of one.
            let [.., high, low] = (conn / 4_u64).to_be_bytes();
            let host = u8::try_from(conn % 4).unwrap();
            mesh.join_as(
                conn,
                IpAddr::from([100, high, low, host]).into(),
                Hints::default(),
            );
            let earlier = [200, 400, 800].map(|ago| conn.checked_sub(ago));
            earlier.into_iter().flatten().for_each(|conn| mesh.ask(conn));
        }
        for _ in 0..2 {
            mesh.stage.now += Duration::from_secs(2);
            let short: Vec<u64> = mesh.short().collect();
            short.into_iter().for_each(|conn| mesh.ask(conn));
        }
        let shape = mesh.shape();
        assert_eq!(shape.reached, 2000);
        assert_eq!(shape.degrees.0, 8, "{shape:?}");
        assert!(shape.degrees.1 <= 18 && shape.diameter <= 11, "{shape:?}");
        assert!(shape.mean_path <= 5.0, "{shape:?}");
    }
}

#[test]
fn when_half_of_them_have_left_and_the_rest_asks_again_it_is_connected_again() {
    type Goes = fn(usize) -> bool;
    let cases: [(&str, Goes); 4] = [
        ("any", |_| false),
        ("every other", |place| place % 2 == 0),
        ("those that came first", |place| place < 1000),
        ("those that came last", |place| place >= 1000),
    ];
    for (who, goes) in cases {
        let mut mesh = Mesh::grown(7, 2000);
        let mut members: Vec<u64> = mesh.pairs.keys().copied().collect();
        let leaving: Vec<u64> = if who == "any" {
            // Peer ids are random.
            members.sort_by_key(|conn| mesh.ids[conn].clone());
            members.drain(..1000).collect()
        } else {
            let places = 0..2000;
            places
                .filter(|place| goes(*place))
                .map(|place| members[place])
                .collect()
        };
        assert_eq!(leaving.len(), 1000);
        leaving.into_iter().for_each(|conn| mesh.leave(conn));
        let rest: Vec<u64> = mesh.pairs.keys().copied().collect();
        rest.into_iter().for_each(|conn| mesh.ask(conn));
        let shape = mesh.shape();
        assert_eq!(shape.reached, 1000, "{who} left: {shape:?}");
        assert!(
            shape.diameter <= 8 && shape.mean_path <= 5.0,
            "{who} left: {shape:?}"
        );
        assert!(
            shape.degrees.0 >= 6 && shape.degrees.1 <= 16,
            "{who} left: {shape:?}"
        );
        mesh.stage.rooms.hall.check();
    }
}

#[test]
fn a_swarm_whose_members_turn_over_again_and_again_stays_a_few_hops_wide() {
    for (want, fewest) in [(6, 6), (8, 7)] {
        let mut mesh = Mesh::taking(want, CAPACITY, 8, 500);
        for conn in 500..2500 {
            mesh.leave(conn - 500);
            mesh.join(conn);
            // A member that lost a pairing asks for another.
            let short: Vec<u64> = mesh.short().collect();
            short.into_iter().for_each(|conn| mesh.ask(conn));
        }
        let shape = mesh.shape();
        assert_eq!(shape.reached, 500);
        assert!(shape.diameter <= 6, "{shape:?}");
        assert!(shape.degrees.0 >= fewest && shape.degrees.1 <= 16, "{shape:?}");
    }
}

#[test]
fn the_seed_decides_who_meets_whom() {
    let run = |seed| Mesh::grown(seed, 300).pairs;
    assert_eq!(run(4), run(4));
    assert_ne!(run(4), run(5));
}

#[test]
fn an_introduction_in_a_swarm_of_a_hundred_thousand_looks_at_a_few_members() {
    let mut stage = Stage::seeded(crowds(), 1);
    let mut looked_at = 0;
    let mut look = |stage: &Stage| {
        let before = std::mem::replace(&mut looked_at, stage.rooms.stats().looked_at);
        looked_at - before
    };
    // Two and two fill each other up, so that each newcomer has to find the only one with room.
    for conn in 0..50_000 {
        let (_, said) = stage.join_taking(conn, "film", 1, 1);
        let expected = if conn == 0 { 0 } else { 2 };
        assert_eq!(said.len(), expected);
        assert!(look(&stage) <= 3);
    }
    // Three with room among all those without are found, and then those without.
    let open: Vec<String> = (0..3).map(|at| stage.join(50_000 + at, "film", 0).0).collect();
    let (_, said) = stage.join_taking(50_003, "film", WANT, CAPACITY);
    let met: Vec<String> = said.iter().filter_map(partner).collect();
    assert_eq!(met.len(), 4, "a quarter of its capacity");
    assert!(open.iter().all(|id| met[..3].contains(id)));
    assert!(look(&stage) <= 20);
    // Whoever has met thirty already finds others at little more cost.
    for conn in 50_004..100_000 {
        stage.join(conn, "film", 0);
    }
    let (_, said) = stage.join(100_000, "film", 26);
    assert_eq!(said.len(), 52);
    assert!(look(&stage) <= 70);
    let said = stage.say(100_000, &ToServer::Want { count: 6 });
    assert_eq!(said.len(), 12);
    assert!(look(&stage) <= 20);
}

/// Pairings as the members hear of them.
pub(super) struct Mesh {
    pub(super) stage: Stage,
    want: u32,
    capacity: u32,
    pub(super) ids: BTreeMap<u64, String>,
    conns: BTreeMap<String, u64>,
    pub(super) pairs: BTreeMap<u64, BTreeSet<u64>>,
}

/// What a mesh looks like.
#[derive(Debug)]
pub(super) struct Shape {
    /// How many members any of them reaches, and how far that is at most and in the mean.
    pub(super) reached: usize,
    pub(super) diameter: usize,
    pub(super) mean_path: f64,
    /// The fewest pairings and the most.
    pub(super) degrees: (usize, usize),
}

impl Mesh {
    fn grown(seed: u8, members: u64) -> Self {
        Self::taking(WANT, CAPACITY, seed, members)
    }

    fn taking(want: u32, capacity: u32, seed: u8, members: u64) -> Self {
        let mut mesh = Self::empty(Box::new(Scattered), want, capacity, seed);
        (0..members).for_each(|conn| mesh.join(conn));
        mesh
    }

    pub(super) fn empty(pairing: Box<dyn Pairing + Send>, want: u32, capacity: u32, seed: u8) -> Self {
        Self {
            stage: Stage::paired_by(pairing, crowds(), seed),
            want,
            capacity,
            ids: BTreeMap::new(),
            conns: BTreeMap::new(),
            pairs: BTreeMap::new(),
        }
    }

    fn join(&mut self, conn: u64) {
        self.join_as(conn, IpAddr::from([127, 0, 0, 1]).into(), Hints::default());
    }

    pub(super) fn join_as(&mut self, conn: u64, location: ClientLocation, hints: Hints) {
        let join = ToServer::Join(Join {
            capacity: Some(self.capacity),
            hints,
            ..Join::new("film", self.want)
        });
        let (id, said) = self.stage.join_as(conn, location, &join);
        self.ids.insert(conn, id.clone());
        self.conns.insert(id, conn);
        self.pairs.insert(conn, BTreeSet::new());
        self.hear(&said);
    }

    /// Asks for what is missing.
    fn ask(&mut self, conn: u64) {
        let has = u32::try_from(self.pairs[&conn].len()).unwrap();
        self.ask_for(conn, self.want.saturating_sub(has));
    }

    pub(super) fn ask_for(&mut self, conn: u64, count: u32) {
        let said = self.stage.say(conn, &ToServer::Want { count });
        self.hear(&said);
    }

    pub(super) fn leave(&mut self, conn: u64) {
        let said = self.stage.close(conn);
        self.hear(&said);
        assert_eq!(self.pairs.remove(&conn), Some(BTreeSet::new()));
    }

    fn hear(&mut self, said: &[RoomsOutput]) {
        for output in said {
            let RoomsOutput::Send { conn, message } = output else {
                panic!("{output:?}")
            };
            match message {
                ToClient::Paired { peer, .. } => {
                    let fresh = self.pairs.get_mut(&conn.0).unwrap().insert(self.conns[peer]);
                    assert!(fresh, "introduced twice");
                }
                ToClient::Left { peer } => {
                    let gone = self.conns[peer];
                    self.pairs.get_mut(&conn.0).unwrap().remove(&gone);
                    self.pairs.get_mut(&gone).unwrap().remove(&conn.0);
                }
                ToClient::Welcome(_)
                | ToClient::GoAway { .. }
                | ToClient::Signal { .. }
                | ToClient::Undeliverable { .. }
                | ToClient::Pong
                | ToClient::Error { .. } => panic!("{message:?}"),
            }
        }
    }

    /// Those with fewer pairings than they want.
    fn short(&self) -> impl Iterator<Item = u64> + '_ {
        let want = usize::try_from(self.want).unwrap();
        let few = move |others: &BTreeSet<u64>| others.len() < want;
        let short = self.pairs.iter().filter(move |(_, others)| few(others));
        short.map(|(conn, _)| *conn)
    }

    pub(super) fn shape(&self) -> Shape {
        let places: BTreeMap<u64, usize> = self.pairs.keys().copied().zip(0..).collect();
        let links: Vec<Vec<usize>> = self
            .pairs
            .values()
            .map(|others| others.iter().map(|conn| places[conn]).collect())
            .collect();
        let mut within: Vec<Vec<u64>> = (0..links.len()).map(|at| alone(at, links.len())).collect();
        let (mut diameter, mut hops, mut known) = (0, 0, links.len());
        loop {
            let next: Vec<Vec<u64>> = (0..links.len())
                .map(|at| joined(&within, at, &links[at]))
                .collect();
            let now_known = next.iter().map(|members| count(members)).sum();
            if now_known == known {
                break;
            }
            diameter += 1;
            hops += diameter * (now_known - known);
            (within, known) = (next, now_known);
        }
        let degrees = || links.iter().map(Vec::len);
        Shape {
            reached: within.iter().map(|members| count(members)).min().unwrap(),
            diameter,
            mean_path: hops as f64 / (known - links.len()) as f64,
            degrees: (degrees().min().unwrap(), degrees().max().unwrap()),
        }
    }
}

/// A set of members as bits, with one in it.
fn alone(at: usize, members: usize) -> Vec<u64> {
    let mut bits = vec![0; members.div_ceil(64)];
    bits[at / 64] |= 1 << (at % 64);
    bits
}

/// The members that a member or one of its neighbours knows.
fn joined(within: &[Vec<u64>], at: usize, neighbours: &[usize]) -> Vec<u64> {
    let mut bits = within[at].clone();
    for neighbour in neighbours {
        bits.iter_mut()
            .zip(&within[*neighbour])
            .for_each(|(all, more)| *all |= more);
    }
    bits
}

fn count(bits: &[u64]) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

fn partner(output: &RoomsOutput) -> Option<String> {
    match output {
        RoomsOutput::Send {
            message: ToClient::Paired { peer, offer: true },
            ..
        } => Some(peer.clone()),
        RoomsOutput::Send { .. } | RoomsOutput::Close { .. } | RoomsOutput::Abroad(_) => None,
    }
}

fn crowds() -> RoomsConfig {
    RoomsConfig {
        peers_per_swarm: 200_000,
        connections: 200_000,
        connections_per_address: 200_000,
        ..RoomsConfig::default()
    }
}
