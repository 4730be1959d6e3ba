//! Swarms of a population as a live event has it: what introductions by distance gain over those at random, and that they
//! tear nothing apart.

mod people;

use std::net::IpAddr;

use self::people::{People, Person};
use super::mesh::{Mesh, Shape};
use crate::message::Hints;
use crate::rooms::{ClientLocation, Nearest, Pairing, Prefix, Scattered};

const MEMBERS: u64 = 2000;
const WANT: u32 = 8;
const CAPACITY: u32 = 16;

#[test]
fn near_members_are_paired_and_the_mesh_stays_connected() {
    for seed in 0..3 {
        let near = Outcome::of(Box::new(Nearest), Told::All, seed);
        let random = Outcome::of(Box::new(Scattered), Told::All, seed);
        near.assert_nearer(&random, 3.0, 0.6);
    }
}

#[test]
fn addresses_alone_are_enough_to_be_near() {
    for seed in 0..3 {
        let near = Outcome::of(Box::new(Nearest), Told::Addresses, seed);
        let random = Outcome::of(Box::new(Scattered), Told::Addresses, seed);
        near.assert_nearer(&random, 3.0, 0.6);
    }
}

#[test]
fn members_that_ask_for_one_at_a_time_make_no_cliques() {
    let population = Population::new(5, Told::All);
    let mut mesh = Mesh::empty(Box::new(Nearest), 1, CAPACITY, 5);
    for conn in 0..MEMBERS {
        population.join(&mut mesh, conn);
        (1..WANT).for_each(|_| mesh.ask_for(conn, 1));
    }
    let outcome = Outcome::new(&population, &mesh);
    outcome.assert_meshed();
    // And so it stays as they turn over: who lost a pairing asks for one.
    for conn in MEMBERS..MEMBERS + 1000 {
        let gone = conn - MEMBERS;
        let others = mesh.pairs[&gone].clone();
        mesh.leave(gone);
        others.into_iter().for_each(|other| mesh.ask_for(other, 1));
        population.join(&mut mesh, conn);
        (1..WANT).for_each(|_| mesh.ask_for(conn, 1));
    }
    Outcome::new(&population, &mesh).assert_meshed();
    mesh.stage.rooms.hall.check();
}

/// What a test's server knows of its members.
#[derive(Clone, Copy)]
enum Told {
    All,
    Addresses,
}

struct Population {
    people: People,
    told: Told,
}

impl Population {
    fn new(seed: u8, told: Told) -> Self {
        Self {
            people: People::new(MEMBERS + 1000, seed),
            told,
        }
    }

    fn person(&self, conn: u64) -> &Person {
        self.people.person(conn)
    }

    fn join(&self, mesh: &mut Mesh, conn: u64) {
        let person = self.person(conn);
        let (location, hints) = match self.told {
            Told::Addresses => (ClientLocation::from(person.address), Hints::default()),
            Told::All => {
                let location = ClientLocation {
                    asn: Some(person.asn()),
                    country: Some(person.country()),
                    ..ClientLocation::from(person.address)
                };
                (location, hints(person))
            }
        };
        mesh.join_as(conn, location, hints);
    }
}

fn hints(person: &Person) -> Hints {
    Hints {
        pop: Some(person.pop()),
        zone: Some(person.zone()),
        ..Hints::default()
    }
}

/// What became of a population.
#[derive(Debug)]
struct Outcome {
    /// The share of pairs that are of one autonomous system.
    same_system: f64,
    mean_rtt: f64,
    shape: Shape,
}

impl Outcome {
    fn of(pairing: Box<dyn Pairing + Send>, told: Told, seed: u8) -> Self {
        let population = Population::new(seed, told);
        let mut mesh = Mesh::empty(pairing, WANT, CAPACITY, seed);
        (0..MEMBERS).for_each(|conn| population.join(&mut mesh, conn));
        mesh.stage.rooms.hall.check();
        Self::new(&population, &mesh)
    }

    fn new(population: &Population, mesh: &Mesh) -> Self {
        let all = mesh.pairs.iter();
        let pairs: Vec<(u64, u64)> = all
            .flat_map(|(one, others)| others.iter().map(|other| (*one, *other)))
            .collect();
        let system = |conn| population.person(conn).system;
        let same = pairs.iter().filter(|(one, other)| system(*one) == system(*other));
        let rtts = pairs
            .iter()
            .map(|(one, other)| population.people.rtt(*one, *other));
        Self {
            same_system: same.count() as f64 / pairs.len() as f64,
            mean_rtt: rtts.sum::<u64>() as f64 / pairs.len() as f64,
            shape: mesh.shape(),
        }
    }

    /// Nearer than at random, by these factors at least.
    fn assert_nearer(&self, random: &Self, more_of_one_system: f64, of_its_rtt: f64) {
        self.assert_meshed();
        assert!(
            self.same_system >= more_of_one_system * random.same_system,
            "{self:?}, at random {random:?}"
        );
        assert!(
            self.mean_rtt <= of_its_rtt * random.mean_rtt,
            "{self:?}, at random {random:?}"
        );
    }

    fn assert_meshed(&self) {
        let shape = &self.shape;
        assert_eq!(
            shape.reached,
            usize::try_from(MEMBERS).unwrap(),
            "it is connected"
        );
        assert!(shape.diameter <= 10 && shape.mean_path <= 5.5, "{self:?}");
        let most = usize::try_from(CAPACITY).unwrap() + 2;
        assert!(shape.degrees.0 >= 5 && shape.degrees.1 <= most, "{self:?}");
    }
}

#[test]
fn a_thousand_false_members_of_one_block_get_a_third_of_a_victim_at_most() {
    // They come first, or the others do, or by turns; they lie about where they are, and ask again and again.
    for order in 0..3u64 {
        let mut mesh = Mesh::empty(Box::new(Nearest), WANT, CAPACITY, 9);
        let population = Population::new(9, Told::All);
        let victim = population.person(500);
        let hints = hints(victim);
        let is_false = |conn: u64| conn >= 10_000;
        let attack = |mesh: &mut Mesh, at: u64| {
            let host = u8::try_from(at % 250).unwrap();
            let address = IpAddr::from([203, 0, 113, host]);
            let location = ClientLocation {
                asn: Some(victim.asn()),
                ..ClientLocation::from(address)
            };
            mesh.join_as(10_000 + at, location, hints.clone());
        };
        if order == 0 {
            (0..1000).for_each(|at| attack(&mut mesh, at));
        }
        for conn in 0..100 {
            population.join(&mut mesh, conn);
            if order == 1 {
                (conn * 10..conn * 10 + 10).for_each(|at| attack(&mut mesh, at));
            }
        }
        if order == 2 {
            (0..1000).for_each(|at| attack(&mut mesh, at));
        }
        population.join(&mut mesh, 500);
        (0..1000).for_each(|at| mesh.ask_for(10_000 + at, 16));
        let others = &mesh.pairs[&500];
        let of_block = others.iter().filter(|conn| is_false(**conn)).count();
        // As the false ones are full, all may ask for less.
        assert!(others.len() >= 6, "{order}: {} pairings", others.len());
        assert!(
            of_block * 3 <= others.len(),
            "{order}: {of_block} of {}",
            others.len()
        );
        // Nor of anyone else.
        let prefix = |conn: &u64| Prefix::of(population.person(*conn).address);
        for conn in 0..100 {
            let others = &mesh.pairs[&conn];
            let of_block = others.iter().filter(|conn| is_false(**conn)).count();
            assert!(
                of_block <= (others.len() / 3).max(2),
                "{order}: {:?}: {of_block} of {}",
                prefix(&conn),
                others.len()
            );
        }
    }
}
